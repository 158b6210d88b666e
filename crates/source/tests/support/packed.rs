//! Archives whose parts are packed: what a few bytes can ask for.

use flate2::{Compress, Compression, Crc, FlushCompress};

/// A packed part of an archive.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) packed: Vec<u8>,
    /// What the archive says it unpacks to.
    pub(crate) unpacked: u64,
    /// The checksum of what it unpacks to; 0 where nobody should get that far.
    pub(crate) checksum: u32,
}

impl Part {
    /// A part that unpacks to `before`, then `unit` so many times, then `after`; packing it takes
    /// neither the time nor the memory that it unpacks to.
    pub(crate) fn repeated(
        name: &'static str,
        before: &str,
        (unit, times): (&str, u64),
        after: &str,
    ) -> Self {
        let mut deflate = Compress::new(Compression::best(), false);
        let mut pack = |text: &str, flush| {
            let mut packed = Vec::with_capacity(text.len() + 1_024);
            let before = deflate.total_in();
            if !text.is_empty() || flush == FlushCompress::Finish {
                deflate.compress_vec(text.as_bytes(), &mut packed, flush).expect("packs");
            }
            assert_eq!(deflate.total_in() - before, text.len() as u64);
            packed
        };
        let mut packed = pack(before, FlushCompress::Full);
        // After a full flush nothing refers back, so the same bytes unpack to the same again.
        let again = pack(unit, FlushCompress::Full);
        for _ in 0..times {
            packed.extend(&again);
        }
        packed.extend(pack(after, FlushCompress::Finish));
        let unpacked = before.len() + after.len();
        Self { name, packed, unpacked: unpacked as u64 + unit.len() as u64 * times, checksum: 0 }
    }

    /// A part that unpacks to the text.
    pub(crate) fn of(name: &'static str, text: &str) -> Self {
        let mut checksum = Crc::new();
        checksum.update(text.as_bytes());
        Self { checksum: checksum.sum(), ..Self::repeated(name, text, ("", 0), "") }
    }
}

/// An archive of packed parts.
pub(crate) fn packed_zip(parts: &[Part]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for part in parts {
        let sizes = [part.packed.len() as u64, part.unpacked];
        let [packed, unpacked] = sizes.map(|size| u32::try_from(size).expect("below 4 GiB"));
        let length = u16::try_from(part.name.len()).expect("small");
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0];
        common.extend(part.checksum.to_le_bytes());
        common.extend(packed.to_le_bytes());
        common.extend(unpacked.to_le_bytes());
        common.extend(length.to_le_bytes());
        common.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(bytes.len()).expect("small").to_le_bytes());
        directory.extend(part.name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(part.name.as_bytes());
        bytes.extend(&part.packed);
    }
    let (start, length) = (bytes.len(), directory.len());
    let count = u16::try_from(parts.len()).expect("small").to_le_bytes();
    bytes.append(&mut directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(u32::try_from(length).expect("small").to_le_bytes());
    bytes.extend(u32::try_from(start).expect("small").to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// An xlsx file with the given sheet, and shared texts if there are any.
pub(crate) fn packed_xlsx(sheet: Part, others: Vec<Part>) -> Vec<u8> {
    packed_xlsx_with_sheets("<sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/>", sheet, others)
}

/// The same with a list of sheets of one's own.
pub(crate) fn packed_xlsx_with_sheets(sheets: &str, sheet: Part, others: Vec<Part>) -> Vec<u8> {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"rId1\" Type=\"{OFFICE}/{kind}\" \
             Target=\"{target}\"/></Relationships>"
        )
    };
    let book = format!("<workbook xmlns:r=\"{OFFICE}\"><sheets>{sheets}</sheets></workbook>");
    let parts = vec![
        Part::of("_rels/.rels", &relation("officeDocument", "xl/workbook.xml")),
        Part::of("xl/workbook.xml", &book),
        Part::of("xl/_rels/workbook.xml.rels", &relation("worksheet", "worksheets/sheet1.xml")),
        sheet,
    ];
    packed_zip(&parts.into_iter().chain(others).collect::<Vec<_>>())
}

/// The name of the only sheet.
pub(crate) const SHEET: &str = "xl/worksheets/sheet1.xml";
