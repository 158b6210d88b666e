//! Rows kept as they came, with their numbers: what a run stores of every file.
//!
//! The form is csv with the row number first, in UTF-8, one record a row. Packing is the
//! caller's business.

use crate::SourceError;
use crate::decode::TextStream;
use crate::delimited::{Delimited, Limits, MAX_FILE_BYTES, MAX_RECORD_BYTES};
use crate::row_block::{MAX_COLUMNS, RowBlock, RowSource};
use encoding_rs::UTF_8;
use std::io::{self, Read, Write};

/// First cell of the first record: what the file is, and in which version.
const MARK: &str = "#row";

/// What a row in an archive may have: its number, the cells of the widest row that a reader hands
/// out, the columns of a point and of its coordinate system beside those of a `GeoJSON` feature, and two of a repeat group;
/// twice the text of a record, since the elements of a JSON array are longer in a cell.
const LIMITS: Limits = Limits { columns: 1 + MAX_COLUMNS + 5, record_bytes: 2 * MAX_RECORD_BYTES };

/// Bytes gathered before they are written: 64 KiB.
const BUFFER_BYTES: usize = 64 << 10;

/// Writes rows to an archive.
pub struct ArchiveWriter<W> {
    to: W,
    buffer: Vec<u8>,
}

/// An archive written to `to`; nothing is written before some rows are gathered.
pub fn writer<W: Write>(to: W) -> ArchiveWriter<W> {
    ArchiveWriter::new(to)
}

impl<W: Write> ArchiveWriter<W> {
    /// An archive written to `to`; nothing is written before some rows are gathered.
    pub fn new(to: W) -> Self {
        Self { to, buffer: format!("{MARK},cells\n").into_bytes() }
    }

    /// Appends a row.
    ///
    /// # Errors
    /// When the place written to fails.
    pub fn push<'a>(
        &mut self,
        number: u32,
        cells: impl IntoIterator<Item = &'a str>,
    ) -> io::Result<()> {
        write!(self.buffer, "{number}")?;
        for cell in cells {
            self.buffer.push(b',');
            if cell.bytes().any(|b| matches!(b, b'"' | b',' | b'\n' | b'\r')) {
                self.buffer.push(b'"');
                self.buffer.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
                self.buffer.push(b'"');
            } else {
                self.buffer.extend_from_slice(cell.as_bytes());
            }
        }
        self.buffer.push(b'\n');
        if self.buffer.len() >= BUFFER_BYTES {
            self.to.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Ends the archive and gives back what it was written to.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.write_all(&self.buffer)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

/// Reads an archive; the rows bear the numbers they were pushed with.
///
/// # Errors
/// [`SourceError::NotATable`] when the bytes are no archive.
pub fn open<'a>(
    name: &str,
    bytes: impl Read + Send + 'a,
) -> Result<Box<dyn RowSource + 'a>, SourceError> {
    // A row in the archive is a little longer than it was: its number, quotes.
    let text = TextStream::new(name, bytes, 2 * MAX_FILE_BYTES, Some(UTF_8));
    let mut rows = Delimited::new(name, text, b',').with_limits(LIMITS);
    let mut block = RowBlock::new();
    if rows.next_block(&mut block, 1)? == 0 || block.row(0).get(0) != MARK {
        return Err(SourceError::not_a_table(name, "it is no archive of rows"));
    }
    Ok(Box::new(Archive { name: name.to_owned(), rows, block }))
}

struct Archive<R> {
    name: String,
    rows: Delimited<R>,
    block: RowBlock,
}

impl<R: Read + Send> RowSource for Archive<R> {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        into.clear();
        self.rows.next_block(&mut self.block, max_rows)?;
        for row in self.block.rows() {
            let number = row.get(0).parse().map_err(|_| {
                let reason = format!("`{}` is no row number", row.get(0));
                SourceError::Csv { name: self.name.clone(), row: row.number, reason }
            })?;
            into.push_row(number, row.cells().skip(1));
        }
        Ok(into.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_back_with_their_numbers(
            rows in prop::collection::vec(
                (any::<u32>(), prop::collection::vec("[a\u{1ea1}\",;\n\r =#]{0,6}", 0..5)), 0..20)
        ) {
            let mut archive = writer(Vec::new());
            for (number, cells) in &rows {
                archive.push(*number, cells.iter().map(String::as_str)).expect("writes");
            }
            let bytes = archive.finish().expect("ends");
            let mut source = open("archive", bytes.as_slice()).expect("opens");
            let (mut block, mut back) = (RowBlock::new(), Vec::new());
            while source.next_block(&mut block, 3).expect("reads") > 0 {
                back.extend(block.rows().map(|row| {
                    (row.number, row.cells().map(str::to_owned).collect::<Vec<_>>())
                }));
            }
            prop_assert_eq!(back, rows);
        }
    }

    #[test]
    fn the_widest_and_the_longest_row_come_back() {
        let wide = vec!["x"; MAX_COLUMNS + 5];
        let cell = "x".repeat(MAX_RECORD_BYTES / 16 - 1);
        let long = vec![cell.as_str(); 16];
        for row in [wide, long] {
            let mut archive = writer(Vec::new());
            archive.push(7, row.iter().copied()).expect("writes");
            let bytes = archive.finish().expect("ends");
            let mut block = RowBlock::new();
            let mut source = open("archive", bytes.as_slice()).expect("opens");
            assert_eq!(source.next_block(&mut block, 3).expect("reads"), 1);
            assert!(block.row(0).cells().eq(row.iter().copied()));
        }
    }

    #[test]
    fn something_else_is_no_archive() {
        assert!(open("x", &b"a,b\n1,2\n"[..]).is_err());
        assert!(open("x", &b""[..]).is_err());
    }
}
