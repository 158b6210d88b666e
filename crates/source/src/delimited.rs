//! Text with a delimiter to rows.
//!
//! Quoting follows the `csv` crate (which the tests compare with): a quote opens a cell only at
//! its start, a doubled quote inside stands for one, text behind a closing quote is kept. On
//! top of that, rows are numbered with the blank lines counted, and a quote that is never
//! closed ends in an error instead of in all the memory there is.

use crate::SourceError;
use crate::decode::TextStream;
use crate::row_block::{MAX_COLUMNS, RowBlock, RowSource};
use memchr::{memchr2, memchr2_iter};
use std::io::Read;

/// Largest csv file: 1 GiB, about 5 million rows of 200 bytes, twenty times the province.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// Largest record: 1 MiB, 5,000 times an ordinary row.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// Largest cell: 64 KiB, twice the characters that a spreadsheet cell can hold.
pub const MAX_CELL_BYTES: usize = 64 << 10;

/// Reads rows from text with a delimiter.
pub(crate) struct Delimited<R> {
    name: String,
    text: TextStream<R>,
    chunk: String,
    position: usize,
    delimiter: u8,
    state: State,
    /// A carriage return ended the last record: a line feed right behind it belongs to it.
    after_return: bool,
    rows_seen: u32,
    done: bool,
    /// Offsets of the delimiters in the line under the fast path.
    offsets: Vec<u32>,
    limits: Limits,
}

/// What a record may have.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) columns: usize,
    pub(crate) record_bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character of a cell.
    Start,
    /// In a cell without quotes, or behind a closing quote.
    Plain,
    /// Between quotes.
    Quoted,
    /// Right behind a quote that closes the cell or is the first of two.
    QuoteSeen,
}

impl<R: Read + Send> Delimited<R> {
    pub(crate) fn new(name: &str, text: TextStream<R>, delimiter: u8) -> Self {
        Self {
            name: name.to_owned(),
            text,
            chunk: String::new(),
            position: 0,
            delimiter,
            state: State::Start,
            after_return: false,
            rows_seen: 0,
            done: false,
            offsets: Vec::new(),
            limits: Limits { columns: MAX_COLUMNS, record_bytes: MAX_RECORD_BYTES },
        }
    }

    /// The same with other limits.
    pub(crate) fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Takes from the chunk until it is used up or the block is full.
    fn parse(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<(), SourceError> {
        let chunk = std::mem::take(&mut self.chunk);
        let result = self.parse_chunk(&chunk, into, max_rows);
        self.chunk = chunk;
        result
    }

    fn parse_chunk(
        &mut self,
        chunk: &str,
        into: &mut RowBlock,
        max_rows: usize,
    ) -> Result<(), SourceError> {
        let bytes = chunk.as_bytes();
        let delimiter = self.delimiter;
        while let Some(&byte) = bytes.get(self.position) {
            if self.plain_line(chunk, into) {
                if into.is_full(max_rows) {
                    return Ok(());
                }
                continue;
            }
            let from = self.position;
            match self.state {
                State::Start if byte == b'"' => {
                    self.after_return = false;
                    self.state = State::Quoted;
                    self.position += 1;
                }
                State::Start if byte == b'\n' && self.after_return => {
                    self.after_return = false;
                    self.position += 1;
                }
                State::Start | State::Plain => {
                    let length = bytes[from..]
                        .iter()
                        .position(|&b| b == delimiter || b == b'\n' || b == b'\r');
                    let end = length.map_or(bytes.len(), |length| from + length);
                    if end > from {
                        into.push_text(&chunk[from..end]);
                        self.state = State::Plain;
                        self.after_return = false;
                    }
                    self.position = end;
                    if end < bytes.len() && self.end_at(bytes[end], into, max_rows)? {
                        return Ok(());
                    }
                }
                State::Quoted => {
                    let length = bytes[from..].iter().position(|&b| b == b'"');
                    let end = length.map_or(bytes.len(), |length| from + length);
                    into.push_text(&chunk[from..end]);
                    self.position = end;
                    if length.is_some() {
                        self.state = State::QuoteSeen;
                        self.position += 1;
                    }
                }
                State::QuoteSeen if byte == b'"' => {
                    into.push_text("\"");
                    self.state = State::Quoted;
                    self.position += 1;
                }
                State::QuoteSeen if byte == delimiter || byte == b'\n' || byte == b'\r' => {
                    if self.end_at(byte, into, max_rows)? {
                        return Ok(());
                    }
                }
                State::QuoteSeen => self.state = State::Plain,
            }
        }
        self.check_sizes(into)
    }

    /// Takes a whole line at once where nothing in it is special; `false`, and nothing taken,
    /// where the state machine has to look.
    fn plain_line(&mut self, chunk: &str, into: &mut RowBlock) -> bool {
        let line = &chunk.as_bytes()[self.position..];
        if self.state != State::Start || self.after_return || into.open_row_cells() > 0 {
            return false;
        }
        self.offsets.clear();
        let Some(end) = scan_line(line, self.delimiter, &mut self.offsets) else { return false };
        let length = end - usize::from(end > 0 && line[end - 1] == b'\r');
        if length > MAX_CELL_BYTES
            || self.offsets.len() >= self.limits.columns
            || self.rows_seen == u32::MAX
        {
            return false;
        }
        self.rows_seen += 1;
        if length > 0 {
            let text = &chunk[self.position..self.position + length];
            into.push_line(self.rows_seen, text, &self.offsets);
        }
        self.position += end + 1;
        true
    }

    /// Ends the cell, or the record, at the delimiter or line end `byte`; `true` when the block
    /// is full.
    fn end_at(
        &mut self,
        byte: u8,
        into: &mut RowBlock,
        max_rows: usize,
    ) -> Result<bool, SourceError> {
        self.position += 1;
        if byte == self.delimiter {
            self.end_cell(into)?;
            self.after_return = false;
            self.state = State::Start;
            return Ok(false);
        }
        self.end_record(into)?;
        self.after_return = byte == b'\r';
        Ok(into.is_full(max_rows))
    }

    fn end_cell(&mut self, into: &mut RowBlock) -> Result<(), SourceError> {
        if into.end_cell() > MAX_CELL_BYTES {
            return Err(self.cell_too_long());
        }
        let columns = self.limits.columns;
        if into.open_row_cells() > columns {
            return Err(SourceError::too_large(&self.name, format!("{columns} columns")));
        }
        Ok(())
    }

    fn end_record(&mut self, into: &mut RowBlock) -> Result<(), SourceError> {
        let blank = self.state == State::Start && into.open_row_cells() == 0;
        self.rows_seen = self
            .rows_seen
            .checked_add(1)
            .ok_or_else(|| SourceError::too_large(&self.name, format!("{} rows", u32::MAX)))?;
        if !blank {
            self.end_cell(into)?;
            if into.open_row_len() > self.limits.record_bytes {
                return Err(self.record_too_long());
            }
            into.end_row(self.rows_seen);
        }
        self.state = State::Start;
        Ok(())
    }

    fn check_sizes(&self, into: &RowBlock) -> Result<(), SourceError> {
        if into.open_cell_len() > MAX_CELL_BYTES {
            return Err(self.cell_too_long());
        }
        if into.open_row_len() > self.limits.record_bytes {
            return Err(self.record_too_long());
        }
        Ok(())
    }

    /// The last record, which no line end closes.
    fn finish(&mut self, into: &mut RowBlock) -> Result<(), SourceError> {
        if self.state == State::Quoted {
            return Err(self.csv("a quote is opened and never closed; close it or remove it"));
        }
        if self.state != State::Start || into.open_row_cells() > 0 {
            self.end_record(into)?;
        }
        Ok(())
    }

    fn cell_too_long(&self) -> SourceError {
        let kib = MAX_CELL_BYTES >> 10;
        self.csv(&format!(
            "a cell is longer than {kib} KiB, often because a quote is never closed; mend the row"
        ))
    }

    fn record_too_long(&self) -> SourceError {
        let kib = self.limits.record_bytes >> 10;
        self.csv(&format!("the row is longer than {kib} KiB; mend the row"))
    }

    fn csv(&self, reason: &str) -> SourceError {
        let row = self.rows_seen.saturating_add(1);
        SourceError::Csv { name: self.name.clone(), row, reason: reason.to_owned() }
    }

    /// The next piece of text; `false` at the end.
    fn refill(&mut self) -> Result<bool, SourceError> {
        self.position = 0;
        if !self.text.next_chunk(&mut self.chunk)? {
            return Ok(false);
        }
        if self.chunk.as_bytes().contains(&0) {
            return Err(SourceError::not_a_table(&self.name, "it holds zero bytes"));
        }
        Ok(true)
    }
}

impl<R: Read + Send> RowSource for Delimited<R> {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        into.clear();
        while !self.done && !into.is_full(max_rows) {
            if self.position < self.chunk.len() {
                self.parse(into, max_rows)?;
            } else if !self.refill()? {
                self.done = true;
                self.finish(into)?;
            }
        }
        Ok(into.len())
    }
}

/// Finds the line feed that ends the line and the delimiters before it; `None` where a quote, a carriage return inside
/// the line or the end of the text comes first.
fn scan_line(line: &[u8], delimiter: u8, offsets: &mut Vec<u32>) -> Option<usize> {
    let end = match memchr2(b'\n', b'\r', line)? {
        at if line[at] == b'\n' => at,
        at => (line.get(at + 1) == Some(&b'\n')).then_some(at + 1)?,
    };
    for at in memchr2_iter(delimiter, b'"', &line[..end]) {
        if line[at] == b'"' {
            return None;
        }
        offsets.push(at as u32);
    }
    Some(end)
}

/// The delimiter that the first lines speak for: the one that stands most often, and equally
/// often on most lines, outside quotes. `preferred` wins where it occurs at all.
pub(crate) fn sniff_delimiter(head: &str, preferred: Option<u8>) -> u8 {
    const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
    const LINES: usize = 40;
    if let [s, e, p, b'=', delimiter, b'\r' | b'\n', ..] = head.as_bytes()
        && [*s, *e, *p].eq_ignore_ascii_case(b"sep")
        && delimiter.is_ascii()
    {
        return *delimiter;
    }
    let mut lines: Vec<[u32; 4]> = vec![[0; 4]];
    let mut quoted = false;
    for byte in head.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => {
                if lines.len() == LINES {
                    break;
                }
                lines.push([0; 4]);
            }
            _ if quoted => {}
            _ => {
                if let Some(which) = CANDIDATES.iter().position(|c| *c == byte) {
                    lines.last_mut().expect("never empty")[which] += 1;
                }
            }
        }
    }
    let score = |which: usize| {
        let counts = || lines.iter().map(|line| line[which]).filter(|count| *count > 0);
        counts().map(|count| count as usize * counts().filter(|c| *c == count).count()).max()
    };
    let scores: Vec<usize> = (0..4).map(|which| score(which).unwrap_or(0)).collect();
    if let Some(delimiter) = preferred
        && CANDIDATES.iter().position(|c| *c == delimiter).is_some_and(|at| scores[at] > 0)
    {
        return delimiter;
    }
    let best = (0..4).rev().max_by_key(|which| scores[*which]).unwrap_or(0);
    CANDIDATES[best]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8], delimiter: u8) -> Result<Vec<(u32, Vec<String>)>, SourceError> {
        let text = TextStream::new("t.csv", bytes, MAX_FILE_BYTES, None);
        let mut source = Delimited::new("t.csv", text, delimiter);
        let (mut block, mut rows) = (RowBlock::new(), Vec::new());
        while source.next_block(&mut block, 2)? > 0 {
            rows.extend(
                block.rows().map(|row| (row.number, row.cells().map(str::to_owned).collect())),
            );
        }
        Ok(rows)
    }

    #[track_caller]
    fn check(text: &str, expected: &[(u32, &[&str])]) {
        let rows = read(text.as_bytes(), b',').expect("reads");
        let rows: Vec<(u32, Vec<&str>)> =
            rows.iter().map(|(n, row)| (*n, row.iter().map(String::as_str).collect())).collect();
        let expected: Vec<(u32, Vec<&str>)> =
            expected.iter().map(|(n, row)| (*n, row.to_vec())).collect();
        assert_eq!(rows, expected, "{text:?}");
    }

    #[test]
    fn records_are_numbered_as_a_spreadsheet_counts() {
        check("", &[]);
        check("a", &[(1, &["a"])]);
        check("a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check("\n\na\r\n\r\nb", &[(3, &["a"]), (5, &["b"])]);
        check("\"a\nb\",c\nd", &[(1, &["a\nb", "c"]), (2, &["d"])]);
        check("a\rb\r\rc", &[(1, &["a"]), (2, &["b"]), (4, &["c"])]);
    }

    #[test]
    fn quotes_and_ragged_rows_follow_common_practice() {
        check("\"a\"\"b\",c\"d\n", &[(1, &["a\"b", "c\"d"])]);
        check("\"a\"x,y", &[(1, &["ax", "y"])]);
        check("\"\"\n\"\",", &[(1, &[""]), (2, &["", ""])]);
        check("a,\n,\nx,y,z", &[(1, &["a", ""]), (2, &["", ""]), (3, &["x", "y", "z"])]);
    }

    #[test]
    fn a_quote_that_is_never_closed_names_its_row() {
        for tail in ["x".repeat(10), "x\n".repeat(200_000)] {
            let error = read(format!("a\n\nb,\"{tail}").as_bytes(), b',').expect_err("unclosed");
            assert!(matches!(error, SourceError::Csv { row: 3, .. }), "{error}");
        }
    }

    #[test]
    fn a_row_of_very_many_columns_is_refused() {
        assert!(read(",".repeat(MAX_COLUMNS - 1).as_bytes(), b',').is_ok());
        let error = read(",".repeat(MAX_COLUMNS).as_bytes(), b',').expect_err("too wide");
        assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
    }

    #[test]
    fn a_record_over_its_limit_is_refused_although_every_cell_is_small() {
        let row = vec!["x".repeat(MAX_CELL_BYTES - 1); 17].join(",");
        let error = read(row.as_bytes(), b',').expect_err("too long");
        assert!(matches!(error, SourceError::Csv { row: 1, .. }), "{error}");
    }

    #[test]
    fn the_delimiter_is_found_by_evidence() {
        #[track_caller]
        fn check(head: &str, expected: u8) {
            assert_eq!(sniff_delimiter(head, None) as char, expected as char, "{head:?}");
        }
        check("a,b\n", b',');
        check("UBND XÃ, HUYỆN\nSTT;Tên;Vĩ độ\n1;A, B;16,5\n2;C;16,6\n", b';');
        check("a\tb,c\n1\t2,3\n4\t5\n", b'\t');
        check("\"a,b,c\"|d\n\"e,f,g\"|h\n", b'|');
        check("one column\nonly\n", b',');
        check("sep=;\na,b\n", b';');
        assert_eq!(sniff_delimiter("a,b\tc,d\n", Some(b'\t')), b'\t');
        assert_eq!(sniff_delimiter("a,b\n", Some(b'\t')), b',');
    }

    proptest! {
        #[test]
        fn rows_equal_those_of_the_csv_crate(text in "([ab\u{1ea1},;]{0,9}(,|,|\n|\n|\r\n|\r|\"|\"\")?){0,12}") {
            let mut slow = csv::ReaderBuilder::new()
                .has_headers(false).flexible(true).from_reader(text.as_bytes());
            let slow: Vec<Vec<String>> = slow.records()
                .map(|record| record.expect("utf-8").iter().map(str::to_owned).collect())
                .collect();
            match read(text.as_bytes(), b',') {
                Ok(rows) => {
                    let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, row)| row).collect();
                    prop_assert_eq!(rows, slow);
                }
                Err(error) => prop_assert!(error.to_string().contains("never closed")),
            }
        }
    }
}
