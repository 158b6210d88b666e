//! Comma-separated answers that spreadsheets open as they are.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
};

use crate::error::ApiError;

/// Byte order mark: without it Excel reads UTF-8 as the system's legacy code page.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Media type of csv answers.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// A csv table that grows row by row and is handed out in pieces.
pub(crate) struct Table {
    writer: csv::Writer<Vec<u8>>,
}

impl Table {
    /// A table with its byte order mark and heading.
    pub(crate) fn new(heading: &[&str]) -> Result<Self, ApiError> {
        let mut table = Self { writer: csv::Writer::from_writer(BOM.to_vec()) };
        table.row(heading)?;
        Ok(table)
    }

    /// Adds a row; no cell of it can start a formula.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: &[S]) -> Result<(), ApiError> {
        for cell in cells {
            let cell = cell.as_ref();
            let written = if starts_formula(cell) {
                self.writer.write_field(format!("'{cell}"))
            } else {
                self.writer.write_field(cell)
            };
            written.map_err(ApiError::internal)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(ApiError::internal)
    }

    /// The rows since the last piece.
    pub(crate) fn take(&mut self) -> Result<Bytes, ApiError> {
        let writer = std::mem::replace(&mut self.writer, csv::Writer::from_writer(Vec::new()));
        writer.into_inner().map(Bytes::from).map_err(|e| ApiError::internal(e.to_string()))
    }
}

/// Whether a spreadsheet would run the cell: it starts like a formula (OWASP, "CSV Injection"; full-width
/// forms included) and is no plain signed number.
fn starts_formula(cell: &str) -> bool {
    const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let plain = cell.strip_prefix(['+', '-']).is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    cell.trim_start_matches(' ').starts_with(STARTS) && !plain
}

/// Headers of a file to be kept under a name made of ASCII letters, digits, dashes and dots.
pub(crate) fn download(content_type: &'static str, name: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: &[&str], expected: &str) {
        let mut table = Table::new(&["h"]).expect("heading");
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
