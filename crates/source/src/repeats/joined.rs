//! Households with their persons counted, and behind them the rows of the persons, each with a
//! mark of what it is and nothing else.

use super::{Appended, FamilyCounter, Mark};
use crate::SourceError;
use crate::row_block::{RowBlock, RowSource};
use std::collections::VecDeque;

/// A table of persons: rows with the key of their household in the first cell, or without cells
/// where they are not counted.
pub(crate) trait Keys: Send {
    /// Begins to read it, once.
    fn open(self: Box<Self>) -> Result<Box<dyn RowSource>, SourceError>;
}

/// The households, then the rows of the other tables in their order.
pub(crate) struct Joined<S> {
    name: String,
    households: Appended<S, FamilyCounter>,
    tables: VecDeque<Box<dyn Keys>>,
    under_way: Option<Box<dyn RowSource>>,
    /// Number of the last row handed out, and what is added to those of the table under way.
    last: u32,
    base: u32,
    block: RowBlock,
}

impl<S: RowSource> Joined<S> {
    pub(crate) fn new(
        name: &str,
        households: S,
        counter: FamilyCounter,
        tables: VecDeque<Box<dyn Keys>>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            households: Appended::new(households, counter),
            tables,
            under_way: None,
            last: 0,
            base: 0,
            block: RowBlock::new(),
        }
    }

    /// Marks the rows of the block.
    fn mark(&mut self, into: &mut RowBlock) -> Result<(), SourceError> {
        let column = self.households.column().unwrap_or(0);
        for row in self.block.rows() {
            let mark = match row.cells().next() {
                Some(key) => self.households.counter().families.mark(key),
                None => Mark::Other,
            };
            self.last = self
                .base
                .checked_add(row.number)
                .ok_or_else(|| SourceError::too_large(&self.name, format!("{} rows", u32::MAX)))?;
            let blank = std::iter::repeat_n("", column);
            into.push_row(self.last, blank.chain([mark.as_str()]));
        }
        Ok(())
    }
}

impl<S: RowSource> RowSource for Joined<S> {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        if self.under_way.is_none() {
            let read = self.households.next_block(into, max_rows)?;
            if read > 0 {
                self.last = into.row(read - 1).number;
                return Ok(read);
            }
        }
        into.clear();
        while !into.is_full(max_rows) {
            let Some(table) = &mut self.under_way else {
                let Some(table) = self.tables.pop_front() else { break };
                self.base = self.last;
                self.under_way = Some(table.open()?);
                continue;
            };
            if table.next_block(&mut self.block, max_rows - into.len())? == 0 {
                self.under_way = None;
                if self.tables.is_empty() {
                    break;
                }
                continue;
            }
            self.mark(into)?;
        }
        Ok(into.len())
    }
}
