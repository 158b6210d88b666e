//! Places, and what became of ids that are published no more.

use std::collections::HashSet;

use diachiso_model::{
    FileReport, LonLat, PrecisionClass, Published, SourceKind, SubmissionId, Verdict,
};

use crate::{RunInfo, SealedWith};

/// Steps from a submission that is gone to one that is not: each is a run in which the one before went.
pub(crate) const MAX_STEPS: usize = 1000;

/// Which ids a run may let go of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Replaced {
    pub(crate) submissions: bool,
    pub(crate) registers: bool,
}

impl Replaced {
    /// Those of submissions where a file is withdrawn, those of households and villages where the registers are others; all
    /// where ids are made otherwise (`anew`). `before` are hash and kind of the files that counted.
    pub(crate) fn of(before: &HashSet<(String, String)>, state: &Published, anew: bool) -> Self {
        let others = |kind: SourceKind| {
            let of = |f: &&FileReport| f.kind == kind;
            let now: HashSet<&str> = state.files.iter().filter(of).map(|f| &*f.hash).collect();
            let of = |(_, k): &&(String, String)| k == kind.as_str();
            let was: HashSet<&str> = before.iter().filter(of).map(|(h, _)| h.as_str()).collect();
            (was.iter().any(|h| !now.contains(h)), was != now)
        };
        Self {
            submissions: anew || others(SourceKind::Submissions).0,
            registers: anew || others(SourceKind::Register).1,
        }
    }
}

impl RunInfo {
    /// Whether the run before it, of these rules and this fingerprint of a key, made ids by other rules or seals.
    pub(crate) fn made_otherwise(&self, rules: i64, key: Option<String>) -> bool {
        let same = key.is_some_and(|key| SealedWith::of(Some(key.into())) == self.sealed);
        rules != i64::from(self.rule_version) || !same
    }
}

/// What has an id of its own that people may keep.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Thing {
    /// A submission, and the place that it names.
    Submission,
    /// A line of a register.
    Household,
    /// A village of a register.
    Unit,
    /// A proposal.
    Proposal,
}

impl Thing {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["submission", "household", "unit", "proposal"][self as usize]
    }
}

/// What became of an id that was published once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gone {
    /// Number of the run that let it go.
    pub run: i64,
    /// When that run was committed, RFC 3339.
    pub at: Box<str>,
    /// The place to which submissions of the same place belong now, if any are left.
    pub successor: Option<SubmissionId>,
}

/// A place: submissions of one household, see [`diachiso_model::Published::places`].
#[derive(Clone, PartialEq, Debug)]
pub struct PlaceView {
    /// Its name: that of its oldest submission.
    pub id: SubmissionId,
    /// Its submissions, those that count first.
    pub members: Vec<PlaceMember>,
    /// Source of the register and id of the household that they were matched to.
    pub household: Option<(Box<str>, Box<str>)>,
    /// Where it is, by the submission that counts.
    pub position: Option<(LonLat, PrecisionClass)>,
}

/// A submission of a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlaceMember {
    /// Its id.
    pub id: SubmissionId,
    /// What became of it.
    pub verdict: Verdict,
}
