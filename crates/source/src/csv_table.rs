//! Csv answers that spreadsheets open as they are, made row by row and handed out in pieces.

use crate::{WriteError, report::BYTE_ORDER_MARK, safe_cell::safe_cell};

/// A csv table in memory: UTF-8 with a byte order mark (without it Excel reads the system's legacy code page),
/// and no cell that can start a formula.
pub struct CsvTable {
    writer: csv::Writer<Vec<u8>>,
}

impl CsvTable {
    /// A table with its heading.
    ///
    /// # Errors
    /// Never while memory lasts.
    pub fn new(heading: &[&str]) -> Result<Self, WriteError> {
        let mut table = Self { writer: csv::Writer::from_writer(BYTE_ORDER_MARK.to_vec()) };
        table.row(heading)?;
        Ok(table)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it has not as many cells as the heading.
    pub fn row<S: AsRef<str>>(&mut self, cells: &[S]) -> Result<(), WriteError> {
        for cell in cells {
            self.writer.write_field(safe_cell(cell.as_ref()).as_ref())?;
        }
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    /// The bytes since the last piece.
    ///
    /// # Errors
    /// Never while memory lasts.
    pub fn take(&mut self) -> Result<Vec<u8>, WriteError> {
        let writer = std::mem::replace(&mut self.writer, csv::Writer::from_writer(Vec::new()));
        writer.into_inner().map_err(|e| WriteError::Io(e.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: &[&str], expected: &str) {
        let mut table = CsvTable::new(&["h"]).expect("heading");
        assert_eq!(table.take().expect("heading"), "\u{feff}h\n".as_bytes());
        table.row(cells).expect("row");
        assert_eq!(table.take().expect("row"), expected.as_bytes());
    }

    #[test]
    fn cells_are_quoted_and_none_starts_a_formula() {
        check(&["a,b", "c"], "\"a,b\",c\n");
        check(&["=1+1"], "'=1+1\n");
        check(&["@x", "-2.5", "+84 abc"], "'@x,-2.5,'+84 abc\n");
        check(&[" =x", "-inf", "＝x"], "' =x,'-inf,'＝x\n");
        check(&["\tx"], "'\tx\n");
    }
}
