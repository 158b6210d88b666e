//! Places, and what became of ids that are published no more.

use diachiso_model::{LonLat, PrecisionClass, SubmissionId, Verdict};

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
