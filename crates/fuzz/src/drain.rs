//! Files read to their end or first fault, and what must hold on the way.

use diachiso_model::{Field, RegisterField, SubmissionField};
use diachiso_source::{
    ArchiveWriter, MAX_COLUMNS, RowBlock, RowSource, SourceError, map_columns, non_record, open,
    open_archive,
};
use std::io::Read;

/// A row as it was read: its number and its cells.
pub type Row = (u32, Vec<String>);

/// Longest message: whatever stands in a file, its fault fits on a screen.
const MAX_MESSAGE_BYTES: usize = 4_000;

/// Reads a file twice, in small and in large blocks, and checks that
///
/// - the rows do not depend on the blocks, and their numbers rise;
/// - the text of all cells is at most `growth` times the bytes, and a little;
/// - a fault names the file, in a message that can be read;
/// - its beginning can be mapped, or is refused in words;
/// - the rows come back from an archive as they went in.
///
/// The rows are those before the first fault.
///
/// # Panics
/// When one of these does not hold.
pub fn drain(name: &str, bytes: &[u8], growth: usize) -> (Vec<Row>, Result<(), SourceError>) {
    let (rows, result) = read(name, bytes, 1_000);
    let (again, result_again) = read(name, bytes, 3);
    // A fault behind the first rows of a large block takes these with it.
    assert!(again.starts_with(&rows), "{name}: rows depend on the size of blocks");
    assert_eq!(result.is_ok(), result_again.is_ok(), "{name}: faults depend on the size of blocks");
    if result.is_ok() {
        assert_eq!(rows.len(), again.len(), "{name}: rows depend on the size of blocks");
    }
    let text: usize = rows.iter().flat_map(|(_, cells)| cells).map(String::len).sum();
    let most = (bytes.len() + 64) * growth;
    assert!(text <= most, "{name}: {text} bytes of text from {}", bytes.len());
    if let Err(error) = &result {
        says_what_is_wrong(name, error);
    }
    comes_back_from_an_archive(&rows);
    (rows, result)
}

fn read(name: &str, bytes: &[u8], block_rows: usize) -> (Vec<Row>, Result<(), SourceError>) {
    let mut rows: Vec<Row> = Vec::new();
    let mut reads = 0;
    let result = (|| {
        let mut source = open(name, Counted { bytes, reads: &mut reads })?;
        collect(&mut *source, block_rows, &mut rows, |block| map(name, block))
    })();
    // A few reads for the head, one a chunk, and one at the end.
    assert!(reads <= bytes.len() + 64, "{name}: {reads} reads");
    (rows, result)
}

fn collect(
    source: &mut dyn RowSource,
    block_rows: usize,
    rows: &mut Vec<Row>,
    look: impl Fn(&RowBlock),
) -> Result<(), SourceError> {
    let mut block = RowBlock::new();
    while source.next_block(&mut block, block_rows)? > 0 {
        assert!(block.len() <= block_rows, "a block is too long");
        for row in block.rows() {
            assert!(rows.last().is_none_or(|last| last.0 < row.number), "rows go back");
            // A feature's point and its system add three columns to those of its properties, a repeat group two.
            assert!(row.len() <= MAX_COLUMNS + 5, "{} columns", row.len());
            let cells: Vec<String> = row.cells().map(str::to_owned).collect();
            assert!(cells.iter().all(|cell| !cell.contains('\0')), "a cell holds a zero");
            rows.push((row.number, cells));
        }
        if rows.len() == block.len() {
            look(&block);
        }
    }
    assert_eq!(source.next_block(&mut block, block_rows)?, 0, "rows follow the end");
    Ok(())
}

/// Maps the beginning of a file as either kind.
fn map(name: &str, block: &RowBlock) {
    map_as::<SubmissionField>(name, block);
    map_as::<RegisterField>(name, block);
}

fn map_as<F: Field>(name: &str, block: &RowBlock) {
    let mapping = match map_columns::<F>(name, block) {
        Ok(mapping) => mapping,
        Err(error) => return says_what_is_wrong(name, &error),
    };
    let mut taken: Vec<usize> = F::ALL.iter().filter_map(|field| mapping.column(*field)).collect();
    let fields = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), fields, "{name}: a column serves two fields");
    let is_there = |field: &F| mapping.column(*field).is_some();
    for field in F::ALL.iter().filter(|field| field.required() && !is_there(field)) {
        let instead = field.stand_ins();
        let stands_in = !instead.is_empty() && instead.iter().all(is_there);
        assert!(stands_in, "{name}: {} is missing", field.key());
    }
    let described = mapping.describe();
    assert_eq!(described.iter().filter(|column| column.field.is_some()).count(), fields);
    assert!(mapping.sensitive().iter().all(|column| mapping.unknown().contains(column)));
    let mut blanked = block.clone();
    blanked.blank(mapping.sensitive(), mapping.header_row());
    assert_eq!(blanked.len(), block.len(), "{name}: blanking loses rows");
    for (row, blank) in block.rows().zip(blanked.rows()) {
        assert_eq!((row.number, row.len()), (blank.number, blank.len()));
        let _ = non_record(&mapping, row);
    }
}

/// Fails when a fault does not name its file or goes on for ever.
///
/// # Panics
/// When it does.
pub fn says_what_is_wrong(name: &str, error: &SourceError) {
    let text = error.to_string();
    assert_eq!(error.name(), name);
    assert!(text.contains(name), "{text} does not name its file");
    assert!(text.len() <= MAX_MESSAGE_BYTES, "a message of {} bytes", text.len());
}

/// Fails when rows do not come back from an archive as they were put in.
///
/// # Panics
/// When they do not.
pub fn comes_back_from_an_archive(rows: &[Row]) {
    let mut writer = ArchiveWriter::new(Vec::new());
    for (number, cells) in rows {
        writer.push(*number, cells.iter().map(String::as_str)).expect("a vector takes all");
    }
    let bytes = writer.finish().expect("a vector takes all");
    let mut back = Vec::new();
    let mut source = open_archive("archive", bytes.as_slice()).expect("what was written opens");
    collect(&mut *source, 100, &mut back, |_| {}).expect("what was written is read");
    assert_eq!(back, rows, "an archive changes rows");
}

/// Counts how often it is read from.
struct Counted<'a> {
    bytes: &'a [u8],
    reads: &'a mut usize,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        *self.reads += 1;
        self.bytes.read(buffer)
    }
}
