//! Keeps the rows of a file for later runs: csv of the cells as they came, compressed.

use std::io;

use diachiso_pipeline::RowSink;
use diachiso_source::{RowBlock, archive::ArchiveWriter};

/// Fast and about six times smaller; the next levels cost twice the time for a tenth of the size.
pub(crate) const LEVEL: i32 = 1;

/// A sink that compresses rows into memory.
pub(crate) struct Archive {
    writer: ArchiveWriter<zstd::Encoder<'static, Vec<u8>>>,
}

impl Archive {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { writer: ArchiveWriter::new(zstd::Encoder::new(Vec::new(), LEVEL)?) })
    }

    /// The compressed archive.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        self.writer.finish()?.finish()
    }
}

impl RowSink for Archive {
    fn keep(&mut self, rows: &RowBlock) -> io::Result<()> {
        rows.rows().try_for_each(|row| self.writer.push(row.number, row.cells()))
    }
}
