//! Mapping files, and the table of the first rows that they speak of.

use crate::drain::says_what_is_wrong;
use crate::text::text;
use diachiso_model::{Field, RegisterField, SubmissionField};
use diachiso_source::{MappingFile, RowBlock, map_columns_with};

/// What parts the mapping file from the rows, which are lines of cells with bars between.
const BETWEEN: &str = "\n---\n";

/// Uses a mapping file on the rows behind it, or on some of ours.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    let (file, table) = text.split_once(BETWEEN).unwrap_or((&text, "A|B\nHọ tên|Xã|Ngày\nx|y|z"));
    let file = match file.parse::<MappingFile>() {
        Ok(file) => file,
        Err(error) => return assert!(error.to_string().len() <= 4_000 + file.len()),
    };
    assert_eq!(file.is_empty(), file == MappingFile::default());
    let mut block = RowBlock::new();
    for (number, line) in (1..).zip(table.lines()) {
        block.push_row(number, line.split('|').take(50));
    }
    map::<SubmissionField>(&block, &file);
    map::<RegisterField>(&block, &file);
}

fn map<F: Field>(block: &RowBlock, file: &MappingFile) {
    let width = block.rows().map(|row| row.len()).max().unwrap_or(0);
    match map_columns_with::<F>("a.csv", block, file) {
        Ok(mapping) => {
            let columns: Vec<usize> = F::ALL.iter().filter_map(|f| mapping.column(*f)).collect();
            assert!(columns.iter().all(|column| *column < width), "{columns:?} of {width}");
            assert!(mapping.describe().len() <= width);
        }
        Err(error) => says_what_is_wrong("a.csv", &error),
    }
}
