//! What is found.

use diachiso_model::UnitId;

use crate::{
    lexicon::Role,
    mention::Match,
    place::{PlaceLevel, Position},
};

/// How sure an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Everything stated is known, and nothing else fits.
    A,
    /// One place fits much better than others, with small differences to what is stated.
    B,
    /// Several places fit.
    C,
}

impl Grade {
    /// The letter that stands for the grade.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["A", "B", "C"][self as usize]
    }

    /// In Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        ["chắc chắn", "khá chắc, có khác biệt nhỏ", "nhiều nơi cùng khớp"][self as usize]
    }
}

/// Village of an index; [`crate::Index::village`] tells about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VillageId(pub u16);

/// Street of an index; [`crate::Index::street_name`] tells its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreetId(pub u32);

/// One place that an address may mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// How deep it goes.
    pub level: PlaceLevel,
    /// Where; `None` where no boundary or house tells.
    pub position: Option<Position>,
    /// The unit that bears the stated name on the day asked for, or bore it at last; where none is named, the unit of
    /// that day around the place.
    pub then: Option<UnitId>,
    /// The communes of today that hold the place: several where it was split or is known by its district alone.
    pub now: Vec<UnitId>,
    /// The village.
    pub village: Option<VillageId>,
    /// The street or hamlet.
    pub street: Option<StreetId>,
    /// What speaks for it, in no unit: to compare candidates of one answer.
    pub score: f32,
    /// Whether every name that the text states is known there.
    pub complete: bool,
    /// Whether it rests on houses that not everybody may see.
    pub personal: bool,
}

/// A name that was read in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// As what it was read.
    pub role: Role,
    /// How it stands there.
    pub how: Match,
    /// The words as they stand in the text, without the kind before them.
    pub text: String,
    /// The name as it is written.
    pub name: String,
    /// Whether a kind word or the column says something else.
    pub doubtful: bool,
}

/// An address taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// House number: `31`, `12b`.
    pub number: String,
    /// Alleys, outermost first, joined by strokes.
    pub alley: String,
    /// Words that tell nothing the index knows.
    pub left_over: Vec<String>,
}

/// The answer to one address.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Answer {
    /// How sure; `None` where nothing was found.
    pub grade: Option<Grade>,
    /// Candidates, best first; at most [`MAX_CANDIDATES`].
    pub candidates: Vec<Candidate>,
    /// House, alley and what is left over.
    pub parts: Parts,
    /// The names read in the text, widest first.
    pub evidence: Vec<Evidence>,
    /// Whether the hint (point or postal code) contradicts everything that is named.
    pub against_hint: bool,
}

impl Answer {
    /// The best candidate.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.first()
    }
}

/// Most candidates of an answer.
pub const MAX_CANDIDATES: usize = 5;
