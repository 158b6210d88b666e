//! Why nothing could be generated.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why nothing could be generated, or a truth could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The configuration contradicts itself.
    #[error("cannot generate {0}")]
    Config(String),
    /// A commune without a boundary.
    #[error("commune `{0}` has an empty boundary")]
    Shape(String),
    /// A file that cannot be read or written.
    #[error("cannot write {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// A csv file that cannot be read or written.
    #[error("cannot use {}", .0.display())]
    Csv(PathBuf, #[source] csv::Error),
    /// A spreadsheet that cannot be written.
    #[error("cannot write {}", .0.display())]
    Sheet(PathBuf, #[source] rust_xlsxwriter::XlsxError),
    /// A truth file that is not as it was written.
    #[error("line {line} of {} is no row of a truth file", .path.display())]
    Truth {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
}

impl SynthError {
    pub(crate) fn csv(path: &Path, source: csv::Error) -> Self {
        Self::Csv(path.to_owned(), source)
    }
}
