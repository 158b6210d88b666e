//! Batches that are held until a person answers for them.

use diachiso_model::{Date, Decision, FileReport, GuardLimits, Profile, Timestamp};

use crate::{NewSource, SealedWith};

/// A batch to hold, with all that a later run needs to make of it what this one would have made.
#[derive(Clone, Debug)]
pub struct NewHeld {
    /// Why it is held, in words for people.
    pub reasons: Vec<String>,
    /// Number of the run whose state it was compared with.
    pub after_run: i64,
    /// How strict the rules were.
    pub profile: Profile,
    /// The day that counted as today.
    pub today: Date,
    /// The limits beyond which it is held.
    pub guard: GuardLimits,
    /// Fingerprint of the key that identity numbers are sealed with, if there are such numbers.
    pub key: Option<Box<str>>,
    /// Its files in the order given, and what would have come out of each.
    pub files: Vec<(NewSource, FileReport)>,
}

/// Who let a held batch pass or discarded it, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled {
    /// The run that published it; `None` of a batch that was discarded.
    pub run: Option<i64>,
    /// Who decided.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: Box<str>,
}

/// A held batch as stored, or one that was settled. Its rows are kept only while it is held.
#[derive(Clone, PartialEq, Debug)]
pub struct HeldBatch {
    /// Number inside the store, from 1; never given twice.
    pub id: i64,
    /// When it was held.
    pub held_at: Timestamp,
    /// Why, in words for people.
    pub reasons: Vec<Box<str>>,
    /// Number of the run whose state it was compared with.
    pub after_run: i64,
    /// How strict the rules were.
    pub profile: Profile,
    /// The day that counted as today.
    pub today: Date,
    /// The limits beyond which it is held.
    pub guard: GuardLimits,
    /// What identity numbers are sealed with.
    pub sealed: SealedWith,
    /// How it was settled; `None` while it is held.
    pub settled: Option<Settled>,
    /// Its files in the order given.
    pub files: Vec<HeldFile>,
}

impl HeldBatch {
    /// `held`, `released` or `discarded`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match &self.settled {
            None => "held",
            Some(Settled { run: Some(_), .. }) => "released",
            Some(Settled { run: None, .. }) => "discarded",
        }
    }
}

/// A file of a held batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldFile {
    /// Number inside the store.
    pub id: i64,
    /// What it is, and what would have come out of it.
    pub report: FileReport,
    /// Legal basis recorded for the whole file, if any.
    pub legal_basis: Option<Box<str>>,
    /// Text of the mapping file that it was read with, if any.
    pub mapping: Option<Box<str>>,
}

/// The held batch that a run publishes, and the decision to let it pass.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its number.
    pub batch: i64,
    /// Who lets it pass, when and why.
    pub decision: Decision,
}
