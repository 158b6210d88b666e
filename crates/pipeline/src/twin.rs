//! Submissions with one set of initials in one commune that are in no register: which of them repeat each other (D04).

mod evidence;
mod repeats;

use diachiso_model::{LonLat, Submission, SubmissionId, Verdict};

use crate::{
    spelling::Spelling,
    submissions::{Draft, LinkKeys, joint},
};

pub(crate) use evidence::{Evidence, LOWER_BITS, UPPER_BITS};
pub(crate) use repeats::{Repeat, repeats};

/// Metres between two positions of one household from which they are two places (D03).
pub(crate) const SAME_PLACE_M: f64 = 50.0;

/// Who comes first of several submissions of one household: one whose position counts, then the
/// oldest, then the smallest id — an order of the submissions themselves, not of their arrival.
pub(crate) type Seniority = (bool, Option<diachiso_model::Date>, SubmissionId);

/// The seniority of a submission; the least is the master.
pub(crate) fn seniority(s: &Submission) -> Seniority {
    (!s.precision.is_some_and(diachiso_model::PrecisionClass::counts), s.collected_on, s.id)
}

/// What tells whether two submissions with one set of initials speak of one household. Hashes are 0 where nothing is stated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twin {
    /// Its index or row.
    pub(crate) at: u32,
    pub(crate) seniority: Seniority,
    /// Name with tones.
    pub(crate) name: u64,
    pub(crate) spelling: Spelling,
    /// How much commoner than most the name is, in tenths of a bit, from 0 down.
    pub(crate) rarity: i8,
    pub(crate) code: u64,
    pub(crate) phone: u64,
    pub(crate) identity: u64,
    /// Address within the village, where it has a house number.
    pub(crate) house: u64,
    /// Index of the village and one more.
    pub(crate) village: u32,
    pub(crate) members: u16,
    pub(crate) point: Option<LonLat>,
}

impl Twin {
    /// The twin of a submission that stands at `at`.
    pub(crate) fn of(at: u32, s: &Submission, keys: &LinkKeys) -> Self {
        let village = s.village.map_or(0, |v| v + 1);
        Self {
            at,
            seniority: seniority(s),
            name: keys.name,
            spelling: keys.spelling,
            rarity: evidence::rarity(keys.spelling),
            code: keys.code,
            phone: s.phone.unwrap_or(0),
            identity: s.identity.map_or(0, |identity| identity.hash),
            house: joint(u64::from(village), keys.house),
            village,
            members: s.members.unwrap_or(0),
            point: s.point,
        }
    }
}

/// The group of a submission whose repeats are looked for, if it takes part: an accepted one of no register household,
/// with a legible name.
pub(crate) fn block(draft: &Draft, commune: Option<diachiso_model::UnitId>) -> Option<u64> {
    let takes_part = draft.submission.verdict == Verdict::Accepted;
    takes_part.then(|| block_of_accepted(draft, commune)).flatten()
}

/// The same of one that is known to be accepted.
pub(crate) fn block_of_accepted(
    draft: &Draft,
    commune: Option<diachiso_model::UnitId>,
) -> Option<u64> {
    let named = draft.submission.link.is_none() && draft.keys.initials != 0;
    named.then(|| joint(commune.map_or(0, |c| u64::from(c.0)), draft.keys.initials))
}
