//! What one row alone says of its position, to be counted with those of its subject.

use diachiso_model::{LonLat, RuleCode, Verdict};
use diachiso_spatial::{address_code::AddressCode, distance, vn2000};
use rayon::prelude::*;

use super::{Case, borders};
use crate::{position, submissions::Draft};

/// Metres within which a point and the cell of a code are at one place.
const SAME_PLACE_M: f64 = 30.0;

/// How the position was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Given {
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
pub(super) enum Vote {
    /// It cannot tell.
    None,
    /// The point is where a shifted one would be.
    For,
    /// It is not.
    Against,
}

/// What one row says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) given: Given,
    /// Whether the point comes into its commune, or leaves it, when VN-2000 is undone.
    pub(super) border: Vote,
    /// Whether a code that names the place says that the point is off by VN-2000.
    pub(super) code: Vote,
    /// Whether the boundary is a real one.
    pub(super) real_border: bool,
}

impl Sight {
    /// Of every draft.
    pub(super) fn of_all(drafts: &[Draft], case: &Case<'_>) -> Vec<Self> {
        drafts.par_iter().map(|draft| Self::of(draft, case)).collect()
    }

    fn of(draft: &Draft, case: &Case<'_>) -> Self {
        let given = given(draft);
        let mut sight = Self { given, border: Vote::None, code: Vote::None, real_border: false };
        let s = &draft.submission;
        let Some(point) = s.point.filter(|_| given == Given::Degrees) else { return sight };
        if s.verdict == Verdict::Rejected {
            return sight;
        }
        let undone = vn2000::geographic_to_wgs84(point);
        if let Some(border) = borders::Border::of(draft, case) {
            sight.real_border = border.real;
            sight.border = borders::vote(&border, point, undone);
        }
        sight.code = code(&s.code, point, undone);
        sight
    }
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
