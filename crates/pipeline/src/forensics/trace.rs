//! What is kept of a row to be counted with others of its collector: 64 bytes, no text.

use std::sync::Arc;

use diachiso_model::{Date, LonLat, RuleCode, Submission, UnitId, Verdict};
use diachiso_spatial::{address_code::AddressCode, distance, vn2000};
use diachiso_text::{angle, fold, place};
use rustc_hash::FxHashMap;

use super::{Case, borders, zone};
use crate::{
    position,
    submissions::{self, Draft, joint, key},
};

/// Metres within which a point and the cell of a code are at one place.
const SAME_PLACE_M: f64 = 30.0;
/// Numbers that are not there.
const NONE: [f64; 2] = [f64::NAN; 2];
/// The bit that tells the hash of a stated village from the number of a known one.
const STATED: u32 = 1 << 31;

/// How the position was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Given {
    /// Not at all, or not as a measurement.
    Nothing,
    /// Degrees taken for WGS 84.
    Degrees,
    /// Degrees of VN-2000, said to be that.
    Converted,
    /// Projected metres, in the home zone or unclear.
    Metres,
}

/// Whether a witness speaks for a shift.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Vote {
    /// It cannot tell.
    None,
    /// The point is where a shifted one would be.
    For,
    /// It is not.
    Against,
}

/// What one row says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trace {
    /// Longitude and latitude.
    pub(crate) degrees: [f64; 2],
    /// The two metres of a row that gives its position so, as they came.
    pub(crate) metres: [f64; 2],
    /// Who is known by name at which village; the same by address, where one is stated.
    pub(crate) named: u32,
    pub(crate) housed: u32,
    /// Village: 0 where none is stated.
    pub(crate) village: u32,
    /// Index of the draft, or number of the row in its file.
    pub(crate) at: u32,
    /// The commune stated, as it was on the day.
    pub(crate) commune: Option<UnitId>,
    /// Day of the boundaries.
    pub(crate) on: Date,
    /// Decimals of the last part of degrees, minutes and seconds.
    pub(crate) sexagesimal: Option<u8>,
    pub(crate) given: Given,
    /// Whether the point comes into its commune, or leaves it, when VN-2000 is undone.
    pub(crate) border: Vote,
    /// Whether a code that names the place says that the point is off by VN-2000.
    pub(crate) code: Vote,
    pub(crate) marks: Marks,
}

/// What is true of a row, a bit each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Marks(pub(crate) u8);

impl Marks {
    /// The boundary is a real one.
    const REAL_BORDER: u8 = 1;
    const REJECTED: u8 = 1 << 1;
    /// The position does not lie where it should.
    const ASTRAY: u8 = 1 << 2;
    const SHARED_HOUSE: u8 = 1 << 3;

    /// The marks of which something is true.
    fn of(marks: [(u8, bool); 3]) -> Self {
        Self(marks.into_iter().filter(|(_, is)| *is).fold(0, |all, (mark, _)| all | mark))
    }
}

impl Trace {
    /// The point.
    pub(crate) fn point(&self) -> Option<LonLat> {
        let [lon, lat] = self.degrees;
        LonLat::new(lon, lat).ok()
    }

    /// The two metres.
    pub(super) fn pair(&self) -> Option<(f64, f64)> {
        let [a, b] = self.metres;
        (!a.is_nan()).then_some((a, b))
    }

    pub(super) fn real_border(&self) -> bool {
        self.marks.0 & Marks::REAL_BORDER != 0
    }

    pub(super) fn rejected(&self) -> bool {
        self.marks.0 & Marks::REJECTED != 0
    }

    pub(super) fn astray(&self) -> bool {
        self.marks.0 & Marks::ASTRAY != 0
    }

    pub(super) fn shared_house(&self) -> bool {
        self.marks.0 & Marks::SHARED_HOUSE != 0
    }

    /// Whether the row is a witness where points are compared with others'.
    pub(super) fn measures(&self) -> bool {
        !self.rejected() && self.given != Given::Nothing
    }
}

/// Makes traces; remembers what repeats from row to row.
pub(crate) struct Tracer<'a> {
    case: &'a Case<'a>,
    whom: FxHashMap<Arc<str>, u64>,
    villages: FxHashMap<(UnitId, Arc<str>), u32>,
}

impl<'a> Tracer<'a> {
    pub(crate) fn new(case: &'a Case<'a>) -> Self {
        Self { case, whom: FxHashMap::default(), villages: FxHashMap::default() }
    }

    /// Subject and trace of a draft.
    pub(crate) fn trace(&mut self, draft: &Draft, at: u32) -> (u64, Trace) {
        let s = &draft.submission;
        let known = s.village.map_or(0, |v| u64::from(v) + 1);
        let name = draft.keys.name_fold.max(1);
        let (house, stated) = match draft.keys.house {
            0 => (name, 1),
            house => (house, 2),
        };
        let given = given(draft);
        let mut trace = Trace {
            degrees: s.point.map_or(NONE, |p| [p.lon(), p.lat()]),
            metres: zone::pair(draft).map_or(NONE, |(a, b)| [a, b]),
            named: short(joint(known, name)),
            housed: short(joint(stated, joint(known, house))),
            village: self.village(draft),
            at,
            commune: s.commune,
            on: submissions::believable(s.collected_on, self.case.today)
                .unwrap_or(self.case.closed_on),
            sexagesimal: sexagesimal(s),
            given,
            border: Vote::None,
            code: Vote::None,
            marks: Marks::of([
                (Marks::REJECTED, s.verdict == Verdict::Rejected),
                (Marks::ASTRAY, zone::is_astray(s)),
                (Marks::SHARED_HOUSE, draft.keys.shared_house),
            ]),
        };
        if let Some(point) = s.point.filter(|_| given == Given::Degrees && !trace.rejected()) {
            let undone = vn2000::geographic_to_wgs84_nearby(point);
            if let Some(border) = borders::Border::of(&trace, self.case) {
                trace.marks.0 |= if border.real { Marks::REAL_BORDER } else { 0 };
                trace.border = borders::vote_of(&border, draft.keys.located, undone);
            }
            trace.code = code(&s.code, point, undone);
        }
        (self.subject(s), trace)
    }

    /// Whom a row comes from; see [`Subject`](super::traces::Subject).
    fn subject(&mut self, s: &Submission) -> u64 {
        let who = whose(s);
        let who = self.whom.get(who).copied().unwrap_or_else(|| {
            let folded = key(&fold::strong_key(who)).max(1);
            *self.whom.entry(Arc::clone(who)).or_insert(folded)
        });
        joint(s.commune.map_or(0, |c| u64::from(self.case.same(c).0) + 1), who)
    }

    /// The village of the registers; where these know none of the commune, the one that the row states, so that a file
    /// without a register can be looked at as well.
    fn village(&mut self, draft: &Draft) -> u32 {
        let s = &draft.submission;
        if let Some(known) = s.village {
            return known + 1;
        }
        let known = draft.keys.commune.is_some_and(|c| self.case.villages.knows(c));
        let Some(commune) = s.commune.filter(|_| !known && !s.village_text.is_empty()) else {
            return 0;
        };
        let commune = self.case.same(commune);
        let slot = (commune, Arc::clone(&s.village_text));
        *self.villages.entry(slot).or_insert_with(|| {
            match key(&place::village_key(&s.village_text)) {
                0 => 0,
                name => short(joint(u64::from(commune.0) + 1, name)) | STATED,
            }
        })
    }
}

/// Collector, or team where no collector is named; empty where nobody is.
pub(crate) fn whose(s: &Submission) -> &Arc<str> {
    if s.collector.is_empty() { &s.team } else { &s.collector }
}

/// A hash in half the size.
fn short(hash: u64) -> u32 {
    (hash ^ hash >> 32) as u32
}

/// Decimals of the last part of a position in degrees, minutes and seconds.
fn sexagesimal(s: &Submission) -> Option<u8> {
    let finding = s.findings.iter().find(|f| f.code == RuleCode::G02)?;
    let decimals = finding.original.split("; ").filter_map(angle::parse).map(|a| a.decimals);
    Some(decimals.max().unwrap_or(0))
}

fn given(draft: &Draft) -> Given {
    let s = &draft.submission;
    let has = |code| s.findings.iter().any(|f| f.code == code);
    if has(RuleCode::G05) {
        return Given::Metres;
    }
    if s.point.is_none() || has(RuleCode::G15) {
        return Given::Nothing;
    }
    match s.findings.iter().find(|f| f.code == RuleCode::G04) {
        None => Given::Degrees,
        Some(f) if position::metres(&f.original).is_some() => Given::Metres,
        Some(_) => Given::Converted,
    }
}

/// What a code that names a place says of the point.
fn code(text: &str, point: LonLat, undone: LonLat) -> Vote {
    // Codes of digits alone name no place, and are the most.
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Vote::None;
    }
    let Some(cell) = AddressCode::parse(text).and_then(|code| code.cell(point)) else {
        return Vote::None;
    };
    if distance::metres(cell.center, undone) < SAME_PLACE_M { Vote::For } else { Vote::Against }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_stays_small() {
        assert!(size_of::<Trace>() <= 64, "{}", size_of::<Trace>());
    }
}
