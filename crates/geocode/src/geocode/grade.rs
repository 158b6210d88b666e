//! How sure an answer is.

use crate::{
    answer::{Candidate, Grade, Parts},
    houses::House,
    place::PlaceLevel,
};

/// Score by which a second place may be behind and still fits.
const FITS_TOO: f32 = 0.5;
/// Score by which the second place must be behind for the first to be sure.
const SURE: f32 = 1.0;

/// Whether two candidates are one place.
pub(super) fn same(a: &Candidate, b: &Candidate) -> bool {
    a.now == b.now && a.village == b.village && a.street == b.street
}

/// Whether two candidates send somebody to different places.
fn elsewhere(a: &Candidate, b: &Candidate) -> bool {
    if a.now != b.now {
        // A part of what the other one holds is the same place, told better.
        return !a.now.iter().all(|unit| b.now.contains(unit));
    }
    let villages = a.village.zip(b.village).is_some_and(|(a, b)| a != b);
    let streets = a.street.zip(b.street).is_some_and(|(a, b)| a != b);
    let apart = a.position.zip(b.position).is_some_and(|(a, b)| {
        diachiso_spatial::distance::metres(a.point, b.point) > a.radius_m + b.radius_m
    });
    villages || streets || apart
}

/// The grade of candidates that are sorted by score.
pub(super) fn grade(
    candidates: &[Candidate],
    parts: &Parts,
    house: &House,
    unsure: bool,
) -> Option<Grade> {
    let first = candidates.first()?;
    let behind = candidates[1..]
        .iter()
        .filter(|other| elsewhere(first, other))
        .map(|other| first.score - other.score)
        .fold(f32::INFINITY, f32::min);
    let one_commune = first.now.len() == 1 || first.level == PlaceLevel::District;
    let found = house.number.is_none() || first.level == PlaceLevel::Door;
    Some(if behind < FITS_TOO || !one_commune {
        Grade::C
    } else if unsure || behind < SURE || !found || !first.complete || !parts.left_over.is_empty() {
        Grade::B
    } else {
        Grade::A
    })
}
