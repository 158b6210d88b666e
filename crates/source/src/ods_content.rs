//! The sheets of an ods file, walked before their reader is let in.
//!
//! The reader waits for the end of a table for ever, even at the end of the file, and repeats
//! rows and cells as often as they say. Here the tags are checked to be closed in order, and the
//! cells are counted.

use crate::xml_part::{Look, MAX_CELL_XML_BYTES, PartFault, Piece, find, number, open, walk};
use crate::zip_directory::Entry;

/// Most cells of an ods file, repeated ones counted as often as they stand, blank ones at the
/// end of a row or sheet left out: 16,777,216, as for xls.
pub(crate) const MAX_ODS_CELLS: u64 = 1 << 24;

/// Most text of the cells of an ods file, repeated ones counted as often as they stand: 512 MiB, since the reader copies the text into each.
pub(crate) const MAX_ODS_TEXT_BYTES: u64 = 512 << 20;

/// Checks the part `content.xml` of an archive.
pub(crate) fn check(archive: &[u8], entry: &Entry<'_>) -> Result<(), PartFault> {
    walk(open(archive, entry)?, &mut Count::default())
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
    cell_repeats: u64,
    /// Whether the cell holds something.
    filled: bool,
    /// XML of the cell under way, or since the last one.
    cell_bytes: u64,
    /// What of it is text.
    cell_text: u64,
    /// Text of the row under way, and of all rows before it.
    row_text: u64,
    text: u64,
}

impl Look for Count {
    fn pass(&mut self, bytes: u64, kind: Piece) -> Result<(), PartFault> {
        self.cell_bytes += bytes;
        self.cell_text += if kind == Piece::Text { bytes } else { 0 };
        let long = self.in_cell && self.cell_bytes > MAX_CELL_XML_BYTES;
        if long || bytes > MAX_CELL_XML_BYTES { Err(PartFault::TooMuchText) } else { Ok(()) }
    }

    fn begin(&mut self, name: &[u8], attributes: &[u8], alone: bool) -> Result<(), PartFault> {
        match name {
            b"table:table" => {
                self.before += self.cells;
                (self.cells, self.rows, self.width) = (0, 0, 0);
            }
            b"table:table-row" => {
                self.row_repeats = repeats(attributes, b"table:number-rows-repeated")?;
                (self.column, self.row_width, self.row_text) = (0, 0, 0);
            }
            b"table:table-cell" | b"table:covered-table-cell" => {
                let repeats = repeats(attributes, b"table:number-columns-repeated")?;
                self.column = self.column.saturating_add(repeats);
                let holds = |attribute: &[u8]| find(attributes, attribute).is_some();
                self.in_cell = !alone;
                self.cell_repeats = repeats;
                self.cell_bytes = 0;
                let in_attribute = holds(b"office:string-value");
                self.cell_text = if in_attribute { attributes.len() as u64 } else { 0 };
                self.filled = holds(b"office:") || holds(b"table:formula");
                if self.filled {
                    self.row_width = self.column;
                }
            }
            // A paragraph of text, most of all.
            _ if self.in_cell => {
                self.filled = true;
                self.row_width = self.column;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &[u8]) -> Result<(), PartFault> {
        if name == b"table:table-cell" || name == b"table:covered-table-cell" {
            self.in_cell = false;
            if self.filled {
                let text = self.cell_text.saturating_mul(self.cell_repeats);
                self.row_text = self.row_text.saturating_add(text);
            }
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
        self.text = self.text.saturating_add(self.row_text.saturating_mul(self.row_repeats));
        if self.before + self.cells > MAX_ODS_CELLS {
            Err(PartFault::TooManyCells)
        } else if self.text > MAX_ODS_TEXT_BYTES {
            Err(PartFault::TooMuchText)
        } else {
            Ok(())
        }
    }
}

/// How often a row or cell stands; once where it does not say.
fn repeats(attributes: &[u8], name: &[u8]) -> Result<u64, PartFault> {
    let Some(digits) = number(attributes, name) else { return Ok(1) };
    let number = std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok());
    number.ok_or(PartFault::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &str, expected: Result<(), PartFault>) {
        assert_eq!(walk(xml.as_bytes(), &mut Count::default()), expected, "{xml}");
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
        check(&sheet(&row(2_000, &wide)), Err(PartFault::TooManyCells));
        let far = format!("{}{}", row(1_048_575, blank), row(1, &wide));
        check(&sheet(&far), Err(PartFault::TooManyCells));
        check(
            &sheet("<table:table-row table:number-rows-repeated=\"x\"/>"),
            Err(PartFault::Broken),
        );
        let text = "<table:table-cell><text:p>x</text:p></table:table-cell>";
        let open_blank = blank.replace("/>", "></table:table-cell>");
        check(&sheet(&row(1_048_576, &format!("{text}{open_blank}"))), Ok(()));
        check(&sheet(&row(1_048_576, &text.repeat(17))), Err(PartFault::TooManyCells));
        let many = format!("<x>{}</x>", sheet(&row(1_048_576, text)).repeat(17));
        check(&many, Err(PartFault::TooManyCells));
    }

    #[test]
    fn text_is_counted_as_often_as_it_is_repeated() {
        let sheet = |repeats: u64, text: usize| {
            format!(
                "<table:table><table:table-row table:number-rows-repeated=\"{repeats}\">\
                 <table:table-cell table:style-name=\"s\" table:number-columns-repeated=\"9\">\
                 <text:p>{}</text:p></table:table-cell></table:table-row></table:table>",
                "x".repeat(text)
            )
        };
        let result = |repeats, text| walk(sheet(repeats, text).as_bytes(), &mut Count::default());
        assert_eq!(result(500, 100_000), Ok(()));
        assert_eq!(result(700, 100_000), Err(PartFault::TooMuchText));
        assert_eq!(result(1, 1_100_000), Err(PartFault::TooMuchText));
    }
}
