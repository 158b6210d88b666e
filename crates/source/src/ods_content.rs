//! The sheets of an ods file, walked before their reader is let in.
//!
//! The reader waits for the end of a table for ever, even at the end of the file, and repeats
//! rows and cells as often as they say. Here the tags are checked to be closed in order, and the
//! cells are counted.

use crate::zip_directory::{Entry, u16_at};
use flate2::bufread::DeflateDecoder;
use std::io::{BufRead, BufReader, Read};

/// Most cells of an ods file, repeated ones counted as often as they stand, blank ones at the
/// end of a row or sheet left out: 16,777,216, as for xls.
pub(crate) const MAX_ODS_CELLS: u64 = 1 << 24;

/// Most that tags are nested: spreadsheets nest some ten.
const MAX_DEPTH: usize = 256;

/// Longest tag: 64 KiB.
const MAX_TAG_BYTES: u64 = 64 << 10;

const LOCAL_HEADER_BYTES: usize = 30;

/// Why a file is not for the reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OdsFault {
    /// Tags are left open, or the part cannot be unpacked.
    Broken,
    /// More than [`MAX_ODS_CELLS`].
    TooManyCells,
}

/// Checks the part `content.xml` of an archive.
pub(crate) fn check(archive: &[u8], entry: &Entry<'_>) -> Result<(), OdsFault> {
    let broken = |_| OdsFault::Broken;
    let header = archive.get(entry.offset..).ok_or(OdsFault::Broken)?;
    let [method, name, extra] = [8, 26, 28].map(|at| u16_at(header, at));
    let start = LOCAL_HEADER_BYTES
        + usize::from(name.map_err(broken)?)
        + usize::from(extra.map_err(broken)?);
    let packed = header.get(start..).ok_or(OdsFault::Broken)?;
    let packed = &packed[..packed.len().min(entry.packed_bytes as usize)];
    match method.map_err(broken)? {
        0 => check_xml(packed),
        // What unpacks to more than it says ends too early here, and in its reader too.
        8 => check_xml(BufReader::new(DeflateDecoder::new(packed)).take(entry.unpacked_bytes)),
        _ => Err(OdsFault::Broken),
    }
}

fn check_xml(mut xml: impl BufRead) -> Result<(), OdsFault> {
    let mut count = Count::default();
    let (mut open, mut tag): (Vec<Vec<u8>>, Vec<u8>) = (Vec::new(), Vec::new());
    loop {
        if xml.skip_until(b'<').map_err(|_| OdsFault::Broken)? == 0 {
            break;
        }
        if !read_tag(&mut xml, &mut tag)? {
            break;
        }
        let Some(inside) = tag.strip_suffix(b">") else { return Err(OdsFault::Broken) };
        if inside.starts_with(b"!") || inside.starts_with(b"?") {
            continue;
        }
        if let Some(name) = inside.strip_prefix(b"/") {
            let opened = open.pop().ok_or(OdsFault::Broken)?;
            if opened != name.trim_ascii() {
                return Err(OdsFault::Broken);
            }
            count.end(&opened)?;
            continue;
        }
        let (inside, alone) = inside.strip_suffix(b"/").map_or((inside, false), |i| (i, true));
        let end = inside.iter().position(u8::is_ascii_whitespace).unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(end);
        count.begin(name, attributes, alone)?;
        if alone {
            count.end(name)?;
        } else if open.len() == MAX_DEPTH {
            return Err(OdsFault::Broken);
        } else {
            open.push(name.to_vec());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(OdsFault::Broken) }
}

/// Reads behind a `<` up to the `>` that ends the tag, comment or section; `false` at the end.
fn read_tag(xml: &mut impl BufRead, tag: &mut Vec<u8>) -> Result<bool, OdsFault> {
    tag.clear();
    let mut whole = false;
    while !whole {
        let before = tag.len();
        let left = MAX_TAG_BYTES.saturating_sub(before as u64);
        let read = xml.take(left).read_until(b'>', tag).map_err(|_| OdsFault::Broken)?;
        if read == 0 {
            return if before == 0 { Ok(false) } else { Err(OdsFault::Broken) };
        }
        whole = match tag.as_slice() {
            [b'!', b'-', b'-', text @ ..] => text.len() > 2 && text.ends_with(b"-->"),
            [b'!', b'[', ..] => tag.ends_with(b"]]>"),
            [b'?', ..] => tag.ends_with(b"?>"),
            [b'!', ..] => true,
            _ => tag.ends_with(b">") && !in_quotes(tag),
        };
    }
    Ok(true)
}

fn in_quotes(tag: &[u8]) -> bool {
    let step = |open: Option<u8>, byte: &u8| match (open, *byte) {
        (None, b'"' | b'\'') => Some(*byte),
        (Some(quote), byte) if quote == byte => None,
        _ => open,
    };
    tag.iter().fold(None, step).is_some()
}

/// Counts cells: the rectangle from the first cell to the last that is filled, sheet by sheet.
#[derive(Default)]
struct Count {
    /// Cells of the sheets before this one.
    before: u64,
    cells: u64,
    rows: u64,
    /// Widest row of the sheet.
    width: u64,
    row_repeats: u64,
    column: u64,
    row_width: u64,
    in_cell: bool,
}

impl Count {
    fn begin(&mut self, name: &[u8], attributes: &[u8], alone: bool) -> Result<(), OdsFault> {
        match name {
            b"table:table" => {
                self.before += self.cells;
                (self.cells, self.rows, self.width) = (0, 0, 0);
            }
            b"table:table-row" => {
                self.row_repeats = repeats(attributes, b"table:number-rows-repeated=")?;
                (self.column, self.row_width) = (0, 0);
            }
            b"table:table-cell" | b"table:covered-table-cell" => {
                let repeats = repeats(attributes, b"table:number-columns-repeated=")?;
                self.column = self.column.saturating_add(repeats);
                let holds = |attribute: &[u8]| find(attributes, attribute).is_some();
                self.in_cell = !alone;
                if holds(b"office:") || holds(b"table:formula") {
                    self.row_width = self.column;
                }
            }
            // A paragraph of text, most of all.
            _ if self.in_cell => self.row_width = self.column,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &[u8]) -> Result<(), OdsFault> {
        if name == b"table:table-cell" || name == b"table:covered-table-cell" {
            self.in_cell = false;
        }
        if name != b"table:table-row" {
            return Ok(());
        }
        self.rows = self.rows.saturating_add(self.row_repeats);
        if self.row_width > 0 {
            self.width = self.width.max(self.row_width);
            // The sheet so far, as the rectangle that the reader makes of it.
            self.cells = self.cells.max(self.rows.saturating_mul(self.width));
        }
        if self.before + self.cells > MAX_ODS_CELLS { Err(OdsFault::TooManyCells) } else { Ok(()) }
    }
}

/// How often a row or cell stands; once where it does not say.
fn repeats(attributes: &[u8], name: &[u8]) -> Result<u64, OdsFault> {
    let Some(at) = find(attributes, name) else { return Ok(1) };
    let value = attributes.get(at + name.len() + 1..).unwrap_or_default();
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    let number = std::str::from_utf8(&value[..digits]).ok().and_then(|text| text.parse().ok());
    number.ok_or(OdsFault::Broken)
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &str, expected: Result<(), OdsFault>) {
        assert_eq!(check_xml(xml.as_bytes()), expected, "{xml}");
    }

    #[test]
    fn tags_must_be_closed_in_order() {
        for xml in [
            "<?xml version=\"1.0\"?><a><b/><c x=\">\">t</c ></a>\n",
            "<a><!-- <b> --><![CDATA[<c>]]></a>",
            "<!DOCTYPE a><a></a>",
        ] {
            check(xml, Ok(()));
        }
        for xml in ["<a>", "<a><b></a></b>", "</a>", "<a", "<a><!-- </a>", "<a x=\"></a>"] {
            check(xml, Err(OdsFault::Broken));
        }
        check(&"<a>".repeat(300), Err(OdsFault::Broken));
        check(&format!("<{}/>", "a".repeat(70_000)), Err(OdsFault::Broken));
    }

    #[test]
    fn cells_are_counted_as_often_as_they_are_repeated() {
        let sheet = |rows: &str| format!("<table:table>{rows}</table:table>");
        let row = |repeats: u64, cells: &str| {
            format!(
                "<table:table-row table:number-rows-repeated=\"{repeats}\">{cells}</table:table-row>"
            )
        };
        let blank = "<table:table-cell table:number-columns-repeated=\"16384\"/>";
        let filled = "<table:table-cell office:value=\"1\"/>";
        check(&sheet(&format!("{}{}", row(1, filled), row(1_048_575, blank))), Ok(()));
        let wide = format!("{filled}{blank}{filled}");
        check(&sheet(&row(1_000, &wide)), Ok(()));
        check(&sheet(&row(2_000, &wide)), Err(OdsFault::TooManyCells));
        let far = format!("{}{}", row(1_048_575, blank), row(1, &wide));
        check(&sheet(&far), Err(OdsFault::TooManyCells));
        check(&sheet("<table:table-row table:number-rows-repeated=\"x\"/>"), Err(OdsFault::Broken));
        let text = "<table:table-cell><text:p>x</text:p></table:table-cell>";
        let open_blank = blank.replace("/>", "></table:table-cell>");
        check(&sheet(&row(1_048_576, &format!("{text}{open_blank}"))), Ok(()));
        check(&sheet(&row(1_048_576, &text.repeat(17))), Err(OdsFault::TooManyCells));
        let many = format!("<x>{}</x>", sheet(&row(1_048_576, text)).repeat(17));
        check(&many, Err(OdsFault::TooManyCells));
    }
}
