//! The parts of an xlsx file, looked at before their reader is let in.
//!
//! The reader keeps each cell, and all shared texts, before anybody can say that they are too
//! long, and makes room for as many shared texts as the file says it has.

use crate::xml_part::{Look, MAX_CELL_XML_BYTES, PartFault, Piece, number, open, walk};
use crate::zip_directory::Entry;

/// Most that the shared texts may unpack to: 512 MiB, ten columns of a full sheet at some 50 bytes
/// a text, none of them twice.
pub(crate) const MAX_SHARED_XML_BYTES: u64 = 512 << 20;

/// Most shared texts: 8,388,608, eight columns of a full sheet; each takes some 50 bytes beside
/// its text.
pub(crate) const MAX_SHARED_TEXTS: u64 = 1 << 23;

/// Parts up to this size are not walked: 64 MiB, of which a cell can only be as long.
const SMALL_PART_BYTES: u64 = 64 << 20;

/// Bytes of the shortest shared text: `<si/>`.
const SHORTEST_TEXT: u64 = 5;

/// Checks that reading a part takes memory in proportion to its text.
pub(crate) fn check(archive: &[u8], entry: &Entry<'_>) -> Result<(), PartFault> {
    let name = entry.name.to_ascii_lowercase();
    let shared = |end: &[u8]| name.rsplit(|b| matches!(b, b'/' | b'\\')).next() == Some(end);
    let texts = shared(b"sharedstrings.xml");
    if (texts || shared(b"sharedstrings.bin")) && entry.unpacked_bytes > MAX_SHARED_XML_BYTES {
        return Err(PartFault::TooMuchText);
    }
    let is_xml = name.ends_with(b".xml") || name.ends_with(b".rels");
    if !texts && (!is_xml || entry.unpacked_bytes <= SMALL_PART_BYTES) {
        return Ok(());
    }
    let mut cells = Cells { unpacked: entry.unpacked_bytes, ..Cells::default() };
    walk(open(archive, entry)?, &mut cells)
}

/// Measures cells and shared texts.
#[derive(Default)]
struct Cells {
    unpacked: u64,
    /// Whether a cell or shared text is under way, and its XML.
    inside: bool,
    bytes: u64,
    texts: u64,
}

impl Look for Cells {
    fn pass(&mut self, bytes: u64, _: Piece) -> Result<(), PartFault> {
        self.bytes += bytes;
        let long = self.inside && self.bytes > MAX_CELL_XML_BYTES;
        if long || bytes > MAX_CELL_XML_BYTES { Err(PartFault::TooMuchText) } else { Ok(()) }
    }

    fn begin(&mut self, name: &[u8], attributes: &[u8], _: bool) -> Result<(), PartFault> {
        match local(name) {
            b"si" | b"c" if !self.inside => {
                self.texts += u64::from(local(name) == b"si");
                (self.inside, self.bytes) = (true, 0);
            }
            b"sst" => {
                let count = number(attributes, b"uniqueCount").map_or(Some(0), whole);
                if count.is_none_or(|count| count > self.unpacked / SHORTEST_TEXT) {
                    return Err(PartFault::Broken);
                }
            }
            _ => {}
        }
        if self.texts > MAX_SHARED_TEXTS { Err(PartFault::TooManyCells) } else { Ok(()) }
    }

    fn end(&mut self, name: &[u8]) -> Result<(), PartFault> {
        if matches!(local(name), b"si" | b"c") {
            self.inside = false;
        }
        Ok(())
    }
}

/// A name without its prefix.
fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}

/// The value of digits; `None` where they are more than a count can have.
fn whole(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().map_or(digits.is_empty().then_some(0), Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &str, expected: Result<(), PartFault>) {
        let mut cells = Cells { unpacked: xml.len() as u64, ..Cells::default() };
        assert_eq!(walk(xml.as_bytes(), &mut cells), expected, "{} bytes", xml.len());
    }

    #[test]
    fn a_cell_is_measured_from_its_first_tag_to_its_last() {
        let short = "<t>x</t>".repeat(1_000);
        check(&format!("<sst>{}</sst>", format!("<si>{short}</si>").repeat(200)), Ok(()));
        let long = "<t>x</t>".repeat(200_000);
        check(&format!("<sst><si>{long}</si></sst>"), Err(PartFault::TooMuchText));
        check(&format!("<x:row><x:c>{long}</x:c></x:row>"), Err(PartFault::TooMuchText));
        check(&format!("<a>{}</a>", "x".repeat(2 << 20)), Err(PartFault::TooMuchText));
    }

    #[test]
    fn a_count_of_texts_that_the_part_cannot_hold_is_not_believed() {
        check("<sst uniqueCount=\"1\"><si/></sst>", Ok(()));
        check("<sst uniqueCount=\"\"><si/></sst>", Ok(()));
        check("<sst uniqueCount=\"1000\"><si/></sst>", Err(PartFault::Broken));
        let beyond = "<x:sst uniqueCount = '99999999999999999999'/>";
        check(beyond, Err(PartFault::Broken));
    }
}
