//! What everything is compared with: merely reading a csv file.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

/// How much a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Size {
    /// Records, the heading included.
    pub rows: u64,
    /// Cells of all records.
    pub cells: u64,
}

/// As large as the buffer of `diachiso run`, so that only the reading differs.
const BUFFER_BYTES: usize = 1 << 18;

/// Reads a file with the `csv` crate as fast as that crate goes: one record of bytes, filled again and again, its
/// cells counted and not looked at. Nothing checks that the bytes are UTF-8.
///
/// # Errors
/// When the file cannot be read.
pub fn read_with_csv(path: &Path) -> anyhow::Result<Size> {
    let mut file = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
    let delimiter = delimiter(file.fill_buf()?);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(file);
    let (mut record, mut size) = (csv::ByteRecord::new(), Size::default());
    while reader.read_byte_record(&mut record)? {
        size.rows += 1;
        size.cells += record.len() as u64;
    }
    Ok(size)
}

/// The delimiter of a file of ours: no heading of the template has a semicolon in it.
fn delimiter(start: &[u8]) -> u8 {
    let heading = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if heading.contains(&b';') { b';' } else { b',' }
}

impl std::ops::AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.cells += other.cells;
    }
}

impl std::iter::Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), |mut all, size| {
            all += size;
            all
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_cells_are_counted_with_either_delimiter() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.csv");
        for (text, cells) in [("a,b\n\"1,5\",2\n", 4), ("a;b;c\n1,5;2;3\n", 6)] {
            std::fs::write(&path, text)?;
            assert_eq!(read_with_csv(&path)?, Size { rows: 2, cells }, "{text}");
        }
        Ok(())
    }
}
