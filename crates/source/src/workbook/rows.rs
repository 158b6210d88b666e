//! The rows of one sheet.

use super::damaged;
use crate::SourceError;
use crate::delimited::{MAX_CELL_BYTES, MAX_RECORD_BYTES};
use crate::row_block::{MAX_COLUMNS, RowBlock};
use std::collections::VecDeque;

/// Most text kept of a workbook, all its sheets together: 1 GiB, as for csv.
const MAX_TEXT_BYTES: usize = 1 << 30;

/// What a cell takes beside its text.
const BYTES_PER_CELL: usize = 5;

/// Rows to an inner block.
const ROWS_PER_BLOCK: usize = 8_192;

/// The rows of a sheet that are not blank.
#[derive(Default)]
pub(super) struct SheetRows {
    blocks: VecDeque<RowBlock>,
    count: usize,
}

impl SheetRows {
    /// How many rows there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The first rows, among which a heading is.
    pub(super) fn preview(&self) -> Option<&RowBlock> {
        self.blocks.front()
    }

    /// All of them.
    pub(super) fn blocks(&self) -> &VecDeque<RowBlock> {
        &self.blocks
    }

    /// All of them, to be handed out.
    pub(super) fn into_blocks(self) -> VecDeque<RowBlock> {
        self.blocks
    }
}

/// The rows of one sheet under construction.
#[derive(Default)]
pub(super) struct Builder {
    blocks: VecDeque<RowBlock>,
    rows: usize,
    /// Text of this sheet and of those before it.
    text_bytes: usize,
    /// Row under way: its number and its cells, the last of which is not blank.
    number: u32,
    cells: Vec<String>,
    width: usize,
    row_bytes: usize,
}

impl Builder {
    /// A sheet behind others that hold so much text.
    pub(super) fn behind(text_bytes: usize) -> Self {
        Self { text_bytes, ..Self::default() }
    }

    /// The rows, and the text of all sheets so far.
    pub(super) fn end(mut self) -> (SheetRows, usize) {
        self.end_row();
        (SheetRows { blocks: self.blocks, count: self.rows }, self.text_bytes)
    }

    /// Adds a cell; cells come row by row, left to right. Row and column count from 0.
    pub(super) fn push(
        &mut self,
        name: &str,
        at: (u32, u32),
        text: &str,
    ) -> Result<(), SourceError> {
        let (row, column) = (at.0.saturating_add(1), at.1 as usize);
        if row != self.number {
            if row < self.number {
                return Err(damaged(name, format!("row {row} stands below row {}", self.number)));
            }
            self.end_row();
            self.number = row;
        }
        if text.is_empty() {
            return Ok(());
        }
        if column >= MAX_COLUMNS {
            return Err(SourceError::too_large(name, format!("{MAX_COLUMNS} columns")));
        }
        self.text_bytes += text.len();
        if text.len() > MAX_CELL_BYTES || self.text_bytes > MAX_TEXT_BYTES {
            let (cell, all) = (MAX_CELL_BYTES >> 10, MAX_TEXT_BYTES >> 20);
            let limit = format!("{cell} KiB of text in a cell or {all} MiB in a workbook");
            return Err(SourceError::too_large(name, limit));
        }
        self.row_bytes += text.len();
        if self.row_bytes > MAX_RECORD_BYTES {
            let limit = format!("{} KiB of text in row {row}", MAX_RECORD_BYTES >> 10);
            return Err(SourceError::too_large(name, limit));
        }
        if self.cells.len() <= column {
            self.cells.resize_with(column + 1, String::new);
        }
        let cell = &mut self.cells[column];
        if !cell.is_empty() {
            return Err(damaged(name, format!("a cell of row {row} stands twice")));
        }
        cell.push_str(text);
        self.width = self.width.max(column + 1);
        Ok(())
    }

    fn end_row(&mut self) {
        if self.width == 0 {
            return;
        }
        if self.blocks.back().is_none_or(|block| block.is_full(ROWS_PER_BLOCK)) {
            self.blocks.push_back(RowBlock::new());
        }
        if let Some(block) = self.blocks.back_mut() {
            block.push_row(self.number, self.cells[..self.width].iter().map(String::as_str));
        }
        self.rows += 1;
        // Blank cells before the last that is filled take room too.
        self.text_bytes += BYTES_PER_CELL * self.width;
        self.row_bytes = 0;
        self.cells.iter_mut().for_each(String::clear);
        self.width = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_cells_before_one_that_is_filled_take_room_too() {
        let most = MAX_TEXT_BYTES - 3 * BYTES_PER_CELL * MAX_COLUMNS;
        let mut sheet = Builder::behind(most);
        let last = MAX_COLUMNS as u32 - 1;
        let rows = (0..9).take_while(|row| sheet.push("a.xlsx", (*row, last), "x").is_ok()).count();
        assert_eq!(rows, 3);
    }

    #[test]
    fn a_row_over_the_limit_of_records_is_refused_although_every_cell_is_small() {
        let (mut sheet, cell) = (Builder::default(), "x".repeat(MAX_CELL_BYTES));
        let most = MAX_RECORD_BYTES / MAX_CELL_BYTES;
        let cells = (0..40).take_while(|at| sheet.push("a.xlsx", (0, *at), &cell).is_ok()).count();
        assert_eq!(cells, most);
        assert!(sheet.push("a.xlsx", (1, 0), &cell).is_ok(), "the next row begins at nothing");
    }
}
