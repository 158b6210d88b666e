//! Why a run comes to nothing.

use std::{error::Error, io};

use diachiso_model::{DecisionError, RuleCode};
use diachiso_pipeline::RunError;
use diachiso_source::{MappingFileError, SourceError};
use diachiso_store::{ServiceError, StoreError};

/// Why a run comes to nothing, in the words of whoever asked for it. Nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A file cannot be taken in.
    #[error("F01 {path}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        #[source]
        fault: FileFault,
    },
    /// A file cannot be read as a table.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The stages end without a state.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A mapping file says nothing that can be followed.
    #[error("{name}")]
    Mapping {
        /// Of which file it is the mapping, or its own name.
        name: String,
        /// What is wrong with it.
        source: MappingFileError,
    },
    /// No workbook has a sheet of this name.
    #[error("F01 --sheet: không có trang tính `{unknown}` / there is no such sheet{known}")]
    NoSheet {
        /// The name.
        unknown: String,
        /// The sheets that there are.
        known: String,
    },
    /// F04: the content was taken in before.
    #[error(
        "F04 {path}: nội dung này đã nạp ngày {day} với tên `{name}`, lượt {run} / the same content was loaded on {day} as `{name}` (run {run})"
    )]
    Loaded {
        /// The file.
        path: String,
        /// When.
        day: Box<str>,
        /// Under which name.
        name: Box<str>,
        /// By which run.
        run: i64,
    },
    /// F04: the content was taken in and withdrawn.
    #[error(
        "F04 {path}: đã nạp rồi được rút / the same content was loaded as `{name}` and withdrawn; `diachiso withdraw {hash:.12} --undo` puts it back"
    )]
    Withdrawn {
        /// The file.
        path: String,
        /// Under which name.
        name: Box<str>,
        /// BLAKE3 of its bytes.
        hash: Box<str>,
        /// By which run it was loaded.
        run: i64,
    },
    /// F04: two files of one run are the same.
    #[error(
        "F04 {path}: trùng nội dung với {other}, chỉ nêu một lần / the same content as {other}, name it once"
    )]
    Twice {
        /// The second file.
        path: String,
        /// The first.
        other: String,
    },
    /// The content waits in a held batch.
    #[error("{path}: đang bị giữ trong lô {batch} / is held in batch {batch} since {at}\n{steps}")]
    HeldAlready {
        /// The file.
        path: String,
        /// Number of the held batch.
        batch: i64,
        /// Since when.
        at: String,
        /// What people can do about it.
        steps: String,
    },
    /// The batch looks like a mistake: it is held now.
    #[error(
        "lô bị giữ lại (số {batch}), chưa công bố gì / the batch is held as number {batch}, nothing was published:\n  - {}\n{steps}",
        reasons.join("\n  - ")
    )]
    Held {
        /// Its number.
        batch: i64,
        /// Why.
        reasons: Vec<String>,
        /// What people can do about it.
        steps: String,
    },
    /// There is no such held batch.
    #[error("không có lô {0} / no batch {0} is or was held; see `diachiso held list`")]
    NoBatch(i64),
    /// The batch was settled before.
    #[error(
        "lô {batch} đã được quyết định / batch {batch} is {status} already: {by} · {at} · {why}"
    )]
    Settled {
        /// Its number.
        batch: i64,
        /// `released` or `discarded`.
        status: &'static str,
        /// Who settled it.
        by: Box<str>,
        /// When.
        at: String,
        /// Why.
        why: Box<str>,
    },
    /// The numbers at hand were sealed with another key.
    #[error("{fault}\n{help}")]
    Key {
        /// Which key is missing or does not fit.
        fault: &'static str,
        /// What people can do about it.
        help: &'static str,
    },
    /// A key that is none.
    #[error("the identity key must be 64 hexadecimal digits")]
    KeyDigits,
    /// No run was made yet.
    #[error("{0}: nothing was run yet")]
    NoRun(String),
    /// It is not said who decides, why, or what about.
    #[error("{source}: {hint}")]
    Unsigned {
        /// What is missing.
        source: DecisionError,
        /// How to say it.
        hint: &'static str,
    },
    /// What is decided about is not there, or the decision changes nothing.
    #[error("{0}")]
    Undecidable(String),
    /// Nobody is there who is meant.
    #[error("không có phiếu hay hộ như vậy / there is no such submission or household")]
    Nobody,
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service's database refuses.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The program or the machine fails.
    #[error(transparent)]
    Ours(Box<dyn Error + Send + Sync>),
}

impl JobError {
    /// A failure of the program or the machine.
    pub(crate) fn ours(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Ours(error.into())
    }

    /// Whether whoever asked can do something about it.
    #[must_use]
    pub fn is_users(&self) -> bool {
        !matches!(self, Self::Ours(_) | Self::Service(_))
    }

    /// The rule that a file breaks as a whole, if that is what went wrong.
    #[must_use]
    pub fn rule(&self) -> Option<RuleCode> {
        match self {
            Self::File { .. } | Self::NoSheet { .. } => Some(RuleCode::F01),
            Self::Source(source) | Self::Run(RunError::Source(source)) => Some(source.rule()),
            Self::Loaded { .. } | Self::Withdrawn { .. } | Self::Twice { .. } => {
                Some(RuleCode::F04)
            }
            _ => None,
        }
    }
}

/// What is wrong with a file before anything is read of it.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// The system gives nothing of it.
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),
    /// Reading it fails.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A folder.
    #[error("is a folder; name the files inside it")]
    Folder,
    /// A device, a pipe.
    #[error("is no regular file")]
    NotRegular,
    /// No byte in it.
    #[error("is empty; export it again")]
    Empty,
    /// More than is taken in at once.
    #[error(
        "has {mib} MiB, more than the {most_mib} MiB that are taken in at once; cut it into several files"
    )]
    TooLarge {
        /// Its size.
        mib: u64,
        /// The limit.
        most_mib: u64,
    },
}
