//! Streams of xls files whose cells show texts from one list.

use crate::support::{xls_record, xls_stream};

/// The stream of an xls file with shared texts, of which each row shows one.
pub(crate) fn shared_text_stream(texts: &[&str], rows: &[u32]) -> Vec<u8> {
    let count = u32::try_from(texts.len()).expect("small").to_le_bytes();
    let mut pieces = vec![[count, count].concat()];
    for text in texts {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut start = u16::try_from(units.len() / 2).expect("small").to_le_bytes().to_vec();
        start.push(1);
        pieces.last_mut().expect("never empty").extend(start);
        // A record holds some 8 KiB; the rest of a text goes on in the next.
        for (at, piece) in units.chunks(8_000).enumerate() {
            if at > 0 {
                pieces.push(vec![1]);
            }
            pieces.last_mut().expect("never empty").extend(piece);
        }
    }
    let mut book = xls_record(0x00FC, &pieces[0]);
    for piece in &pieces[1..] {
        book.extend(xls_record(0x003C, piece));
    }
    let mut cells = Vec::new();
    for (row, text) in (0..=u16::MAX).zip(rows) {
        let mut cell = [row, 0, 0].map(u16::to_le_bytes).concat();
        cell.extend(text.to_le_bytes());
        cells.extend(xls_record(0x00FD, &cell));
    }
    xls_stream(&book, &cells)
}
