//! Archives of csv tables, as survey servers export a form with repeat groups.

use crate::drain::{drain, says_what_is_wrong};
use crate::support::zip::zip;
use crate::text::text;
use diachiso_source::{RowBlock, open};

/// What parts the tables from one another.
const BETWEEN: char = '\u{1D}';

/// Most tables of a try: one more than a form has in earnest.
const MAX_TABLES: usize = 6;

/// Reads tables that are packed into an archive: the first is called as the form, the others as its groups. No person of
/// a group is handed out: their rows hold a key and a word at most.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    let tables: Vec<&str> = text.split(BETWEEN).take(MAX_TABLES).collect();
    let names: Vec<String> = (0..tables.len())
        .map(|at| if at == 0 { "form.csv".to_owned() } else { format!("form-group{at}.csv") })
        .collect();
    let parts: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(tables.iter().copied()).collect();
    let archive = zip(&parts);
    let (rows, result) = drain("form.zip", &archive, 8);
    if result.is_ok() {
        let lines: usize = tables.iter().map(|table| table.matches(['\n', '\r']).count() + 1).sum();
        assert!(rows.len() <= lines, "{} rows of {lines} lines", rows.len());
    }
    // A table that is cut off, an archive that is.
    let cut = &archive[..archive.len() - archive.len().min(data.len() % 64)];
    if let Err(error) = open("form.zip", cut).and_then(|mut rows| {
        let mut block = RowBlock::new();
        while rows.next_block(&mut block, 100)? > 0 {}
        Ok(())
    }) {
        says_what_is_wrong("form.zip", &error);
    }
}
