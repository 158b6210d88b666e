//! Persons side by side in the row of their household: `members[1]/name`, `members[2]/name`.

use super::{Counter, Repeats, count_heading, is_blank, is_count};
use crate::row_block::Row;

/// Counts the persons of a row of whom at least one cell says something.
#[derive(Default)]
pub(crate) struct WideCounter {
    /// Columns of persons, and which person each is of.
    columns: Vec<(usize, usize)>,
    /// Whether a person was seen in the row under way.
    seen: Vec<bool>,
}

impl Counter for WideCounter {
    fn headings(&mut self, row: Row<'_>) -> Option<Vec<String>> {
        // A file that was counted before says so itself.
        if !row.cells().any(|cell| cell.contains('[')) || row.cells().any(|c| is_count(c.trim())) {
            return None;
        }
        let repeats = Repeats::of(row.cells());
        let group = repeats.group.as_deref()?;
        let person = |(column, cell)| Some((column, repeats.person(cell)?));
        self.columns = row.cells().enumerate().filter_map(person).collect();
        self.seen = vec![false; repeats.persons];
        Some(vec![count_heading(group)])
    }

    /// A household of which no person was entered has no count: nobody lives in no house.
    fn count(&mut self, row: Row<'_>) -> Option<u64> {
        self.seen.fill(false);
        for (column, person) in &self.columns {
            self.seen[*person] |= !is_blank(row.get(*column));
        }
        let count = self.seen.iter().filter(|seen| **seen).count() as u64;
        (count > 0).then_some(count)
    }
}
