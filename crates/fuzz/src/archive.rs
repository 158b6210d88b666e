//! The archive of rows that a run keeps of every file.

use crate::drain::{Row, comes_back_from_an_archive, says_what_is_wrong};
use crate::text::text;
use diachiso_source::{MAX_COLUMNS, RowBlock, open_archive};

/// Reads the bytes as an archive, and puts them into one as rows.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let mut rows: Vec<Row> = Vec::new();
    let result = open_archive("a.archive", data).and_then(|mut source| {
        let mut block = RowBlock::new();
        while source.next_block(&mut block, 10)? > 0 {
            rows.extend(
                block.rows().map(|row| (row.number, row.cells().map(str::to_owned).collect())),
            );
        }
        Ok(())
    });
    if let Err(error) = result {
        says_what_is_wrong("a.archive", &error);
    }
    rows.sort_unstable_by_key(|row| row.0);
    rows.dedup_by_key(|row| row.0);
    comes_back_from_an_archive(&rows);
    let text = text(data).replace('\0', "");
    let lines = (1..).zip(text.split('\u{1E}'));
    let rows: Vec<Row> = lines
        .map(|(number, line)| {
            (number, line.split('\u{1F}').take(MAX_COLUMNS).map(str::to_owned).collect())
        })
        .collect();
    comes_back_from_an_archive(&rows);
}
