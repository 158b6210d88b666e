//! Why a file was not read or not written.

use crate::mapping_file::MappingFileError;
use diachiso_model::RuleCode;
use std::io;

/// Why a file cannot be used. Every text names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No row at all.
    #[error("`{name}` is empty: send a csv or xlsx file with a heading and rows")]
    Empty {
        /// The file.
        name: String,
    },
    /// A folder where a file was wanted.
    #[error("`{name}` is a folder: name the csv or xlsx files inside it")]
    Directory {
        /// The folder.
        name: String,
    },
    /// More bytes, rows or columns than a table of households can have.
    #[error("`{name}` is too large: more than {limit}; cut it into several files")]
    TooLarge {
        /// The file.
        name: String,
        /// The limit in words, with its unit.
        limit: String,
    },
    /// Something else than a table.
    #[error("`{name}` is not a table: {reason}; save it as csv (UTF-8) or xlsx")]
    NotATable {
        /// The file.
        name: String,
        /// What was seen instead.
        reason: String,
    },
    /// A workbook that stops before its end.
    #[error("`{name}` is cut off: the end of the workbook is missing; copy or download it again")]
    Truncated {
        /// The file.
        name: String,
    },
    /// A workbook whose rows all stand on hidden sheets.
    #[error(
        "`{name}` shows no sheet with the required columns and hides {}: choose one with --sheet, or show it and save",
        quoted(sheets)
    )]
    OnlyHidden {
        /// The file.
        name: String,
        /// The hidden sheets that are not empty.
        sheets: Vec<String>,
    },
    /// A csv record that cannot be read.
    #[error("`{name}`, row {row}: {reason}")]
    Csv {
        /// The file.
        name: String,
        /// Number of the row in which the record starts.
        row: u32,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A JSON record that cannot be read.
    #[error("`{name}`, record {record}: {reason}")]
    Json {
        /// The file.
        name: String,
        /// Number of the record, from 1; 0 before the first.
        record: u32,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Columns without which the file is of no use.
    #[error(
        "`{name}` lacks {}: add the column or mend its heading; headings found: {}",
        quoted(names),
        if found.is_empty() { "none".to_owned() } else { quoted(found) }
    )]
    MissingColumns {
        /// The file.
        name: String,
        /// Titles of the missing columns.
        names: Vec<String>,
        /// The headings that the file has.
        found: Vec<String>,
    },
    /// A mapping file that is wrong or was made for another file.
    #[error("`{name}` and its mapping file do not fit")]
    Mapping {
        /// The file.
        name: String,
        /// What does not fit.
        source: MappingFileError,
    },
    /// The bytes could not be had.
    #[error("`{name}` cannot be read: check that it is still there and readable")]
    Io {
        /// The file.
        name: String,
        /// The system's word.
        source: io::Error,
    },
}

pub(crate) fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl SourceError {
    /// The rule of the table that the file breaks: F02 for columns, F01 for all else.
    #[must_use]
    pub fn rule(&self) -> RuleCode {
        match self {
            Self::MissingColumns { .. } | Self::Mapping { .. } => RuleCode::F02,
            _ => RuleCode::F01,
        }
    }

    /// The file.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Empty { name }
            | Self::Directory { name }
            | Self::TooLarge { name, .. }
            | Self::NotATable { name, .. }
            | Self::Truncated { name }
            | Self::OnlyHidden { name, .. }
            | Self::Csv { name, .. }
            | Self::Json { name, .. }
            | Self::Mapping { name, .. }
            | Self::MissingColumns { name, .. }
            | Self::Io { name, .. } => name,
        }
    }

    pub(crate) fn io(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::IsADirectory => Self::Directory { name },
            _ => Self::Io { name, source },
        }
    }

    pub(crate) fn not_a_table(name: &str, reason: impl Into<String>) -> Self {
        Self::NotATable { name: name.to_owned(), reason: reason.into() }
    }

    /// The same, of a part of the file; the bytes of parts are in memory, so that what cannot be
    /// had of them is what cannot be unpacked.
    pub(crate) fn within(self, part: &str) -> Self {
        match self {
            Self::NotATable { name, reason } => {
                Self::NotATable { name, reason: format!("`{part}` in it: {reason}") }
            }
            Self::Csv { name, row, reason } => {
                Self::Csv { name, row, reason: format!("in `{part}`: {reason}") }
            }
            Self::TooLarge { name, limit } => {
                Self::TooLarge { name, limit: format!("{limit} in `{part}`") }
            }
            Self::Io { name, source } => {
                Self::NotATable { name, reason: format!("`{part}` in it: {source}") }
            }
            other => other,
        }
    }

    pub(crate) fn json(name: &str, record: u32, reason: impl Into<String>) -> Self {
        Self::Json { name: name.to_owned(), record, reason: reason.into() }
    }

    pub(crate) fn too_large(name: &str, limit: impl Into<String>) -> Self {
        Self::TooLarge { name: name.to_owned(), limit: limit.into() }
    }
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The place written to failed.
    #[error("cannot write")]
    Io(#[from] io::Error),
    /// A csv record could not be written.
    #[error("cannot write csv")]
    Csv(#[from] csv::Error),
    /// The workbook could not be put together.
    #[error("cannot write workbook")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// A `GeoParquet` file could not be put together.
    #[error("cannot write GeoParquet")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// An archive of tiles could not be put together.
    #[error("cannot write PMTiles")]
    Tiles(#[from] pmtiles::PmtError),
    /// A sheet holds no more rows.
    #[error("a sheet holds {rows} rows and no more: write csv instead")]
    SheetFull {
        /// Rows of a sheet.
        rows: u32,
    },
}
