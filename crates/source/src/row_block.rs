//! Rows of text, many to a buffer.

use crate::SourceError;

/// Most columns a row may have. The widest template has 25; a thousand leaves room for forty
/// times that, and a file beyond it is no table of households.
pub const MAX_COLUMNS: usize = 1_000;

/// Bytes of text after which a reader ends a block early: 64 MiB, so that a block of long rows
/// stays far below the 4 GiB that its offsets can address.
pub(crate) const BLOCK_BYTES: usize = 64 << 20;

/// Rows of text in one flat buffer, made to be filled again and again without allocating.
#[derive(Clone, Default, Debug)]
pub struct RowBlock {
    /// The cells, one byte of separator behind each, so that a whole line is copied at once.
    text: String,
    /// End of each cell in `text`, before its separator.
    ends: Vec<u32>,
    rows: Vec<RowEnd>,
}

#[derive(Clone, Copy, Debug)]
struct RowEnd {
    number: u32,
    /// Index in `ends` past the row's last cell.
    cells: u32,
}

impl RowBlock {
    /// An empty block.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the rows and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.rows.clear();
    }

    /// How many rows the block holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row at `index`, counted from 0.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, index: usize) -> Row<'_> {
        let first = if index == 0 { 0 } else { self.rows[index - 1].cells as usize };
        let RowEnd { number, cells } = self.rows[index];
        Row {
            number,
            text: &self.text,
            start: if first == 0 { 0 } else { self.ends[first - 1] + 1 },
            ends: &self.ends[first..cells as usize],
        }
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).map(|index| self.row(index))
    }

    /// Appends a row.
    ///
    /// # Panics
    /// If the block would hold 4 GiB of text or more; readers stop at 64 MiB.
    pub fn push_row<'a>(&mut self, number: u32, cells: impl IntoIterator<Item = &'a str>) {
        for cell in cells {
            self.push_text(cell);
            self.end_cell();
        }
        self.end_row(number);
    }

    /// Empties cells in the rows below the heading: `columns`, in ascending order and counted
    /// from 0, of every row with a number above `header_row`.
    pub fn blank(&mut self, columns: &[usize], header_row: u32) {
        if columns.is_empty() {
            return;
        }
        let mut without = Self {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(self.ends.len()),
            rows: Vec::with_capacity(self.rows.len()),
        };
        for row in self.rows() {
            let is_out =
                |column: &usize| row.number > header_row && columns.binary_search(column).is_ok();
            let cells = row.cells().enumerate();
            let cells = cells.map(|(column, cell)| if is_out(&column) { "" } else { cell });
            without.push_row(row.number, cells);
        }
        *self = without;
    }

    /// Appends to the cell under way.
    pub(crate) fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Ends the cell under way and returns its length in bytes.
    pub(crate) fn end_cell(&mut self) -> usize {
        let length = self.open_cell_len();
        self.ends.push(u32::try_from(self.text.len()).expect("a block stays below 4 GiB"));
        self.text.push('\n');
        length
    }

    /// Appends a line without quotes, whose cells are parted at the given offsets.
    pub(crate) fn push_line(&mut self, number: u32, line: &str, offsets: &[u32]) {
        let base = u32::try_from(self.text.len() + line.len()).expect("a block stays below 4 GiB")
            - line.len() as u32;
        self.text.push_str(line);
        self.ends.extend(offsets.iter().map(|offset| base + offset));
        self.end_cell();
        self.end_row(number);
    }

    /// Ends the row under way.
    pub(crate) fn end_row(&mut self, number: u32) {
        let cells = u32::try_from(self.ends.len()).expect("a block stays below 2^32 cells");
        self.rows.push(RowEnd { number, cells });
    }

    /// Bytes in the cell under way.
    pub(crate) fn open_cell_len(&self) -> usize {
        self.text.len() - self.ends.last().map_or(0, |&end| end as usize + 1)
    }

    /// Whole cells in the row under way.
    pub(crate) fn open_row_cells(&self) -> usize {
        self.ends.len() - self.rows.last().map_or(0, |row| row.cells as usize)
    }

    /// Bytes in the row under way.
    pub(crate) fn open_row_len(&self) -> usize {
        let cells = self.rows.last().map_or(0, |row| row.cells as usize);
        self.text.len() - if cells == 0 { 0 } else { self.ends[cells - 1] as usize + 1 }
    }

    /// Whether a reader should hand the block over.
    pub(crate) fn is_full(&self, max_rows: usize) -> bool {
        self.rows.len() >= max_rows || self.text.len() >= BLOCK_BYTES
    }
}

/// One row of a [`RowBlock`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Number in the file, from 1, as a spreadsheet counts: blank lines and headings included;
    /// a csv record that runs over several lines counts once.
    pub number: u32,
    text: &'a str,
    start: u32,
    ends: &'a [u32],
}

impl<'a> Row<'a> {
    /// How many cells the row has; rows of one file may differ.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the row has no cell at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cell in a column counted from 0, as it stands in the file; empty where the row ends
    /// before it.
    #[must_use]
    pub fn get(&self, column: usize) -> &'a str {
        let Some(&end) = self.ends.get(column) else { return "" };
        let start = if column == 0 { self.start } else { self.ends[column - 1] + 1 };
        &self.text[start as usize..end as usize]
    }

    /// The cells in order.
    #[must_use]
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let row = *self;
        (0..self.ends.len()).map(move |column| row.get(column))
    }
}

/// Something that hands out rows in the order of the file.
pub trait RowSource: Send {
    /// Clears `into` and fills it with up to `max_rows` rows; returns how many, 0 at the end.
    ///
    /// Lines without a single character are counted in the numbers and not handed out.
    ///
    /// # Errors
    /// [`SourceError`] when the rest cannot be read; the rows of earlier blocks stand.
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError>;
}

impl<S: RowSource + ?Sized> RowSource for Box<S> {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        (**self).next_block(into, max_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanked_cells_are_empty_below_the_heading_only() {
        let mut block = RowBlock::new();
        block.push_row(1, ["Tên", "Tôn giáo", "Xã"]);
        block.push_row(2, ["Lài", "x", "Quảng Phước"]);
        block.push_row(4, ["Bé"]);
        block.blank(&[1, 7], 1);
        let rows: Vec<(u32, Vec<&str>)> =
            block.rows().map(|row| (row.number, row.cells().collect())).collect();
        let expected = [
            (1, vec!["Tên", "Tôn giáo", "Xã"]),
            (2, vec!["Lài", "", "Quảng Phước"]),
            (4, vec!["Bé"]),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_block_gives_back_what_was_pushed() {
        let mut block = RowBlock::new();
        block.push_row(3, ["Võ", "", "Lài"]);
        block.push_row(4, []);
        block.push_row(9, [""]);
        block.push_row(10, ["x"]);
        let rows: Vec<(u32, Vec<&str>)> =
            block.rows().map(|row| (row.number, row.cells().collect())).collect();
        assert_eq!(rows, [(3, vec!["Võ", "", "Lài"]), (4, vec![]), (9, vec![""]), (10, vec!["x"])]);
        assert_eq!(block.row(0).get(7), "");
        block.clear();
        assert!(block.is_empty());
        block.push_row(1, ["a"]);
        assert_eq!(block.row(0).get(0), "a");
    }
}
