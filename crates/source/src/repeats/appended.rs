//! A source whose rows get a column with the number of persons.

use crate::SourceError;
use crate::mapping::HEADER_SEARCH_ROWS;
use crate::row_block::{Row, RowBlock, RowSource};
use std::fmt::Write as _;

/// Finds the heading of a file and counts the persons of each row below it.
pub(crate) trait Counter: Send {
    /// The headings to be appended, the first over the counts, where the row is the heading.
    fn headings(&mut self, row: Row<'_>) -> Option<Vec<String>>;

    /// How many persons a row below the heading has; `None` where it does not tell.
    fn count(&mut self, row: Row<'_>) -> Option<u64>;
}

/// Rows as they come, with one more column behind those of the heading.
pub(crate) struct Appended<S, C> {
    rows: S,
    counter: C,
    /// Columns of the heading and columns appended, once the heading was found.
    widths: Option<(usize, usize)>,
    /// Rows among which the heading was looked for.
    looked_at: usize,
    block: RowBlock,
}

impl<S: RowSource, C: Counter> Appended<S, C> {
    pub(crate) fn new(rows: S, counter: C) -> Self {
        Self { rows, counter, widths: None, looked_at: 0, block: RowBlock::new() }
    }

    /// The column of the counts; `None` before the heading was found.
    pub(crate) fn column(&self) -> Option<usize> {
        self.widths.map(|(column, _)| column)
    }

    pub(crate) fn counter(&self) -> &C {
        &self.counter
    }

    fn push(&mut self, into: &mut RowBlock, index: usize, text: &mut String) {
        let row = self.block.row(index);
        if self.widths.is_none() && self.looked_at < HEADER_SEARCH_ROWS {
            self.looked_at += 1;
            if let Some(headings) = self.counter.headings(row) {
                self.widths = Some((row.len(), headings.len()));
                let more = headings.iter().map(String::as_str);
                into.push_row(row.number, row.cells().chain(more));
                return;
            }
        }
        let Some((width, more)) = self.widths else {
            into.push_row(row.number, row.cells());
            return;
        };
        text.clear();
        if let Some(count) = self.counter.count(row) {
            write!(text, "{count}").expect("a string takes any text");
        }
        if text.is_empty() && row.len() <= width {
            into.push_row(row.number, row.cells());
            return;
        }
        // Cells beyond the heading stay beyond it.
        let own = (0..width).map(|column| row.get(column));
        let count = std::iter::once(text.as_str()).chain(std::iter::repeat_n("", more - 1));
        let beyond = (width..row.len()).map(|column| row.get(column));
        let more = if row.len() > width { more } else { 1 };
        into.push_row(row.number, own.chain(count.take(more)).chain(beyond));
    }
}

impl<S: RowSource, C: Counter> RowSource for Appended<S, C> {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        if self.widths.is_none() && self.looked_at >= HEADER_SEARCH_ROWS {
            return self.rows.next_block(into, max_rows);
        }
        into.clear();
        self.rows.next_block(&mut self.block, max_rows)?;
        let mut text = String::new();
        for index in 0..self.block.len() {
            self.push(into, index, &mut text);
        }
        Ok(into.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that are there already.
    struct Ready(RowBlock, usize);

    impl RowSource for Ready {
        fn next_block(&mut self, into: &mut RowBlock, max: usize) -> Result<usize, SourceError> {
            into.clear();
            while self.1 < self.0.len() && into.len() < max {
                let row = self.0.row(self.1);
                into.push_row(row.number, row.cells());
                self.1 += 1;
            }
            Ok(into.len())
        }
    }

    /// Counts the letters of the first cell below a heading that begins with `#`.
    struct Letters;

    impl Counter for Letters {
        fn headings(&mut self, row: Row<'_>) -> Option<Vec<String>> {
            row.get(0).starts_with('#').then(|| vec!["n".to_owned(), "all".to_owned()])
        }

        fn count(&mut self, row: Row<'_>) -> Option<u64> {
            Some(row.get(0).len() as u64).filter(|count| *count > 0)
        }
    }

    #[track_caller]
    fn check(rows: &[&[&str]], expected: &[&[&str]]) {
        for most in [1, 2, 100] {
            let mut block = RowBlock::new();
            for (number, row) in (1..).zip(rows) {
                block.push_row(number, row.iter().copied());
            }
            let mut source = Appended::new(Ready(block, 0), Letters);
            let (mut block, mut found) = (RowBlock::new(), Vec::new());
            while source.next_block(&mut block, most).expect("reads") > 0 {
                found.extend(
                    block.rows().map(|row| row.cells().map(str::to_owned).collect::<Vec<_>>()),
                );
            }
            assert_eq!(found, expected, "{most} rows at a time");
        }
    }

    #[test]
    fn the_count_stands_behind_the_heading_and_before_what_lies_beyond() {
        check(
            &[&["title"], &["#a", "b"], &["abc"], &["ab", "x", "beyond"], &["", "x", "y"], &[""]],
            &[
                &["title"],
                &["#a", "b", "n", "all"],
                &["abc", "", "3"],
                &["ab", "x", "2", "", "beyond"],
                &["", "x", "", "", "y"],
                &[""],
            ],
        );
    }

    #[test]
    fn rows_without_such_a_heading_stay_as_they_are() {
        check(&[&["a"], &["b", "c"]], &[&["a"], &["b", "c"]]);
        let late: Vec<&[&str]> = std::iter::repeat_n(&["a"][..], HEADER_SEARCH_ROWS)
            .chain([&["#a"][..], &["abc"][..]])
            .collect();
        check(&late, &late);
    }
}
