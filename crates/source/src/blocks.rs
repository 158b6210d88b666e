//! Rows in memory, handed out once.

use crate::SourceError;
use crate::row_block::{RowBlock, RowSource};
use std::collections::VecDeque;

/// Rows in blocks that are freed as they are handed out.
pub(crate) struct Blocks {
    blocks: VecDeque<RowBlock>,
    /// Rows of the first block already handed out.
    taken: usize,
}

impl Blocks {
    pub(crate) fn new(blocks: VecDeque<RowBlock>) -> Self {
        Self { blocks, taken: 0 }
    }
}

impl RowSource for Blocks {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        into.clear();
        while !into.is_full(max_rows) {
            let Some(block) = self.blocks.front() else { break };
            while self.taken < block.len() && !into.is_full(max_rows) {
                let row = block.row(self.taken);
                into.push_row(row.number, row.cells());
                self.taken += 1;
            }
            if self.taken == block.len() {
                self.blocks.pop_front();
                self.taken = 0;
            }
        }
        Ok(into.len())
    }
}
