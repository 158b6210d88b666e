//! Archives whose parts are packed, and xls files whose texts are shared: what a few bytes can
//! ask for.

use crate::support::{xls_record, xls_stream};

/// The stream of an xls file with shared texts, of which each row shows one.
pub(crate) fn shared_text_stream(texts: &[&str], rows: &[u32]) -> Vec<u8> {
    let count = u32::try_from(texts.len()).expect("small").to_le_bytes();
    let mut table = [count, count].concat();
    for text in texts {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        table.extend(u16::try_from(units.len() / 2).expect("small").to_le_bytes());
        table.push(1);
        table.extend(units);
    }
    let mut cells = Vec::new();
    for (row, text) in (0_u16..).zip(rows) {
        let mut cell = [row, 0, 0].map(u16::to_le_bytes).concat();
        cell.extend(text.to_le_bytes());
        cells.extend(xls_record(0x00FD, &cell));
    }
    xls_stream(&xls_record(0x00FC, &table), &cells)
}
