//! Until when the personal cells of files are kept.

use diachiso_model::{Choice, Date, Decision, DecisionKind, SourceKind, Timestamp};
use diachiso_store::Store;
use jiff::ToSpan as _;

use crate::{Acceptance, JobError, withdraw::named};

/// A file of submissions, and until when its personal cells are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Its name.
    pub name: Box<str>,
    /// Hash of its bytes.
    pub hash: Box<str>,
    /// The day from which on they are not, if there is one.
    pub until: Option<Date>,
    /// Whether somebody chose that day for this file.
    pub chosen: bool,
}

impl Kept {
    /// Whether its end has come.
    #[must_use]
    pub fn has_ended(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until <= today)
    }
}

/// The files of submissions in force: each is kept until the day that was chosen for it, else so many days from when it was
/// taken in, else without an end.
///
/// # Errors
/// When the store fails.
pub async fn retained(store: &dyn Store, days: Option<i32>) -> Result<Vec<Kept>, JobError> {
    let record = store.decisions().await?;
    let chosen = Decision::standing(&record, DecisionKind::Retain);
    let sources = store.sources().await?;
    let own = sources.into_iter().filter(|file| {
        file.kind == SourceKind::Submissions && !Decision::withdraws(&record, &file.hash)
    });
    Ok(own
        .map(|file| {
            let day =
                chosen.get(&*file.hash).and_then(|d| d.target().split(' ').nth(1)?.parse().ok());
            let taken_in = file.loaded_at.get(..10).and_then(|day| day.parse::<Date>().ok());
            let after = || Some(taken_in?.saturating_add(days?.days()));
            Kept {
                name: file.name,
                hash: file.hash,
                until: day.or_else(after),
                chosen: day.is_some(),
            }
        })
        .collect())
}

/// The decisions that choose the day of a file (its name, that of its workbook, the beginning of its hash).
///
/// # Errors
/// When the text names no file or several, or nobody answers for it.
pub async fn retention_decision(
    store: &dyn Store,
    text: &str,
    until: Date,
    by: &Acceptance,
) -> Result<Vec<Decision>, JobError> {
    let stored = store.sources().await?;
    let sign = |hash: &str| {
        let (kind, target) = (DecisionKind::Retain, format!("{hash} {until}"));
        Decision::new(kind, &target, Choice::Apply, &by.by, Timestamp::now(), &by.why)
            .map_err(|source| JobError::Unsigned { source, hint: "give --by NAME and --why TEXT" })
    };
    named(text, &stored)?.into_iter().map(|file| sign(&file.hash)).collect()
}
