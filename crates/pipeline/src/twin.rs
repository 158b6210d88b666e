//! Submissions of one name in one commune that are in no register: which of them repeat each other (D04).

use diachiso_model::{LonLat, Submission, SubmissionId, Verdict};
use diachiso_spatial::distance;

use crate::submissions::{Draft, joint};

/// Metres between two positions of one household from which they are two places (D03).
pub(crate) const SAME_PLACE_M: f64 = 50.0;

/// Who comes first of several submissions of one household: one whose position counts, then the
/// oldest, then the smallest id — an order of the submissions themselves, not of their arrival.
pub(crate) type Seniority = (bool, Option<diachiso_model::Date>, SubmissionId);

/// The seniority of a submission; the least is the master.
pub(crate) fn seniority(s: &Submission) -> Seniority {
    (!s.precision.is_some_and(diachiso_model::PrecisionClass::counts), s.collected_on, s.id)
}

/// What tells whether two submissions of one name speak of one household. Hashes are 0 where nothing is stated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twin {
    /// Its index or row.
    pub(crate) at: u32,
    pub(crate) seniority: Seniority,
    /// Name with tones.
    pub(crate) name: u64,
    pub(crate) code: u64,
    pub(crate) phone: u64,
    pub(crate) identity: u64,
    /// Address within the village.
    pub(crate) address: u64,
    pub(crate) point: Option<LonLat>,
}

impl Twin {
    /// The twin of a draft that stands at `at`.
    pub(crate) fn of(at: u32, draft: &Draft) -> Self {
        let (s, k) = (&draft.submission, &draft.keys);
        let village = s.village.map_or(0, |v| u64::from(v) + 1);
        Self {
            at,
            seniority: seniority(s),
            name: k.name,
            code: k.code,
            phone: s.phone.unwrap_or(0),
            identity: s.identity.map_or(0, |identity| identity.hash),
            address: joint(village, k.address),
            point: s.point,
        }
    }

    /// Same name, and a second thing that namesakes do not share.
    fn same_household(&self, other: &Self) -> bool {
        let stated = |a: u64, b: u64| a != 0 && a == b;
        self.name == other.name
            && (stated(self.code, other.code)
                || stated(self.phone, other.phone)
                || stated(self.identity, other.identity)
                || stated(self.address, other.address)
                || self
                    .point
                    .zip(other.point)
                    .is_some_and(|(a, b)| distance::metres(a, b) <= SAME_PLACE_M))
    }
}

/// The group of a submission whose repeats are looked for, if it takes part: an accepted one of no register household,
/// with a legible name.
pub(crate) fn block(draft: &Draft, commune: Option<diachiso_model::UnitId>) -> Option<u64> {
    let s = &draft.submission;
    let takes_part = s.verdict == Verdict::Accepted && s.link.is_none();
    (takes_part && draft.keys.name_fold != 0)
        .then(|| joint(commune.map_or(0, |c| u64::from(c.0)), draft.keys.name_fold))
}

/// Repeats within a group: each with its master. `parted` tells of two that a person decided are two households.
pub(crate) fn repeats(mut group: Vec<Twin>, parted: &dyn Fn(u32, u32) -> bool) -> Vec<(u32, u32)> {
    group.sort_unstable_by_key(|twin| twin.seniority);
    let mut masters: Vec<Twin> = Vec::new();
    let mut found = Vec::new();
    for twin in group {
        let same = |master: &&Twin| master.same_household(&twin) && !parted(master.at, twin.at);
        match masters.iter().find(same) {
            Some(master) => found.push((twin.at, master.at)),
            None => masters.push(twin),
        }
    }
    found
}
