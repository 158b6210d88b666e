//! Until when the personal cells of files are kept.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    str::FromStr,
};

use diachiso_model::{Choice, Date, Decision, DecisionKind, SourceKind, Timestamp};
use diachiso_store::{ServiceStore, Store, StoredSource};
use diachiso_text::fold::strong_key;
use jiff::ToSpan as _;

use crate::{Acceptance, JobError, withdraw::named};

/// Days that can be told: up to a hundred years.
const DAYS: std::ops::RangeInclusive<i32> = 1..=36_500;

/// Batches that are read at a time.
const PAGE: u32 = 500;

/// One word of how long is kept: `1825`, or for one purpose `khảo sát=365`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetentionRule {
    purpose: Option<Box<str>>,
    days: i32,
}

/// How long nobody can be told to keep.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RetentionError {
    /// The number is none, or out of range.
    #[error("`{0}` is no number of days: expected 1 to 36500, or PURPOSE=DAYS")]
    Days(Box<str>),
    /// Two numbers for the same files.
    #[error("how long {0} is kept is told twice")]
    Twice(Box<str>),
}

impl FromStr for RetentionRule {
    type Err = RetentionError;

    fn from_str(text: &str) -> Result<Self, RetentionError> {
        // A purpose may hold the sign itself; the number cannot.
        let (purpose, days) = match text.rsplit_once('=') {
            Some((purpose, days)) => (Some(purpose.trim()), days),
            None => (None, text),
        };
        let wrong = || RetentionError::Days(text.into());
        let days = days.trim().parse().ok().filter(|days| DAYS.contains(days));
        let days = days.ok_or_else(wrong)?;
        if purpose.is_some_and(|purpose| strong_key(purpose).is_empty()) {
            return Err(wrong());
        }
        Ok(Self { purpose: purpose.map(Into::into), days })
    }
}

/// How long personal cells are kept after a file was taken in: for every purpose, and other times for some. The purpose of a
/// file is what its batch stated, whatever its case and spacing; a file of the command line states none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Retention {
    of_all: Option<i32>,
    /// The purpose as it was told and its days, by the key of the purpose.
    of: BTreeMap<String, (Box<str>, i32)>,
}

impl Retention {
    /// The times that rules tell together.
    ///
    /// # Errors
    /// When two tell the same.
    pub fn new(rules: impl IntoIterator<Item = RetentionRule>) -> Result<Self, RetentionError> {
        let mut all = Self::default();
        for RetentionRule { purpose, days } in rules {
            let Some(purpose) = purpose else {
                if all.of_all.replace(days).is_some() {
                    return Err(RetentionError::Twice("every file".into()));
                }
                continue;
            };
            if let Some((before, _)) = all.of.insert(strong_key(&purpose), (purpose, days)) {
                return Err(RetentionError::Twice(format!("`{before}`").into()));
            }
        }
        Ok(all)
    }

    /// Whether nothing is told: everything is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of_all.is_none() && self.of.is_empty()
    }

    /// Days of a purpose.
    fn days(&self, purpose: Option<&str>) -> Option<i32> {
        let own = purpose.and_then(|purpose| self.of.get(&strong_key(purpose)));
        own.map(|(_, days)| *days).or(self.of_all)
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_all = self.of_all.map(|days| days.to_string());
        let of = self.of.values().map(|(purpose, days)| format!("{purpose}={days}"));
        f.write_str(&of_all.into_iter().chain(of).collect::<Vec<_>>().join(" | "))
    }
}

/// A file of submissions, and until when its personal cells are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Its name.
    pub name: Box<str>,
    /// Hash of its bytes.
    pub hash: Box<str>,
    /// What it was handed in for, where that was stated.
    pub purpose: Option<Box<str>>,
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

/// Purposes of batches by their files: hashes, and names of sheets, which have hashes of their own.
#[derive(Default)]
struct Purposes(HashMap<Box<str>, Box<str>>);

impl Purposes {
    async fn read(service: &dyn ServiceStore) -> Result<Self, JobError> {
        let (mut purposes, mut before) = (Self::default(), None);
        loop {
            let page = service.batches(before, PAGE).await?;
            let Some(last) = page.last() else { return Ok(purposes) };
            before = Some(last.id);
            // The newest come first, and stand.
            for record in page {
                let names = record.outcome.tables.into_iter();
                for name in names.chain([record.batch.hash]) {
                    let purpose = &record.batch.request.purpose;
                    purposes.0.entry(name).or_insert_with(|| purpose.clone());
                }
            }
        }
    }

    fn of(&self, file: &StoredSource) -> Option<Box<str>> {
        self.0.get(&file.hash).or_else(|| self.0.get(&file.name)).cloned()
    }
}

/// The files of submissions in force: each is kept until the day that was chosen for it, else as long as its purpose says from
/// when it was taken in, else without an end.
///
/// # Errors
/// When the store or the service's database fails.
pub async fn retained(
    store: &dyn Store,
    service: &dyn ServiceStore,
    retention: &Retention,
) -> Result<Vec<Kept>, JobError> {
    let record = store.decisions().await?;
    let chosen = Decision::standing(&record, DecisionKind::Retain);
    let purposes = Purposes::read(service).await?;
    let sources = store.sources().await?;
    let own = sources.into_iter().filter(|file| {
        file.kind == SourceKind::Submissions && !Decision::withdraws(&record, &file.hash)
    });
    Ok(own
        .map(|file| {
            let day =
                chosen.get(&*file.hash).and_then(|d| d.target().split(' ').nth(1)?.parse().ok());
            let taken_in = file.loaded_at.get(..10).and_then(|day| day.parse::<Date>().ok());
            let purpose = purposes.of(&file);
            let days = retention.days(purpose.as_deref());
            let after = || Some(taken_in?.saturating_add(days?.days()));
            Kept {
                name: file.name,
                hash: file.hash,
                purpose,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rules: &[&str]) -> Result<Retention, RetentionError> {
        let rules = rules.iter().map(|rule| rule.parse()).collect::<Result<Vec<_>, _>>()?;
        Retention::new(rules)
    }

    #[test]
    fn a_purpose_has_its_own_days_and_others_those_of_all() {
        let retention = told(&["1825", "Khảo sát=365", "a=b=7"]).expect("told");
        for (purpose, days) in [
            (Some("khảo  SÁT"), Some(365)),
            (Some("khao sat"), Some(1825)),
            (Some("a=b"), Some(7)),
            (None, Some(1825)),
        ] {
            assert_eq!(retention.days(purpose), days, "{purpose:?}");
        }
        let alone = told(&["khảo sát=365"]).expect("told");
        assert_eq!(alone.days(None), None, "without days of all they are kept");
        assert!(!alone.is_empty() && told(&[]).expect("nothing").is_empty());
        assert_eq!(retention.to_string(), "1825 | a=b=7 | Khảo sát=365");
    }

    #[test]
    fn what_is_no_time_or_is_told_twice_is_refused() {
        for wrong in ["0", "36501", "x", "a=", "a=x", "=7", " =7", ""] {
            assert!(matches!(told(&[wrong]), Err(RetentionError::Days(_))), "{wrong}");
        }
        for twice in [&["7", "8"], &["khảo sát=7", "Khảo Sát=7"]] {
            assert!(matches!(told(twice), Err(RetentionError::Twice(_))), "{twice:?}");
        }
    }
}
