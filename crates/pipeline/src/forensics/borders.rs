//! The witness of boundaries: whether points lie in the commune that their rows state.
//!
//! Of points in their true places `INSIDE` of a hundred lie in their commune where the boundary is real, fewer where it
//! is schematic. Each row whose answer differs between two hypotheses is worth the logarithm of those odds, and all of
//! them together no more than a cap: a border drawn in the wrong place makes many rows err alike.

use diachiso_model::{Date, LonLat, UnitId};
use diachiso_spatial::distance::DegreeLength;

use super::{Case, sight::Sight, sight::Vote};
use crate::{
    boundaries::Boundaries,
    submissions::{self, Draft},
};

/// Share of true points inside a boundary: real, schematic.
const INSIDE: [f64; 2] = [0.88, 0.75];
/// The most that all rows together may say, as a logarithm: 1 to 100,000 where boundaries are real, 1 to 2,000 where
/// they are schematic.
const MOST: [f64; 2] = [11.5, 7.6];

/// The boundary that a row is to lie in.
pub(super) struct Border<'a> {
    boundaries: &'a Boundaries,
    commune: UnitId,
    on: Date,
    pub(super) real: bool,
}

impl<'a> Border<'a> {
    pub(super) fn of(draft: &Draft, case: &Case<'a>) -> Option<Self> {
        let boundaries = &case.reference.boundaries;
        let commune = draft.submission.commune?;
        let real = !boundaries.get(commune)?.schematic;
        let on = submissions::believable(draft.submission.collected_on, case.today)
            .unwrap_or(case.closed_on);
        Some(Self { boundaries, commune, on, real })
    }

    pub(super) fn holds(&self, point: LonLat) -> bool {
        self.boundaries.locate(point, self.on) == Some(self.commune)
    }

    /// Metres outside, 0 inside.
    pub(super) fn outside_m(&self, point: LonLat) -> f64 {
        self.boundaries.distance_m(self.commune, point, self.on).unwrap_or(f64::INFINITY)
    }
}

/// Rows that come into their commune and rows that leave it.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Balance {
    pub(super) into: usize,
    pub(super) out: usize,
    real: usize,
}

impl Balance {
    pub(super) fn of(sights: impl Iterator<Item = Sight>) -> Self {
        let mut balance = Self::default();
        for sight in sights.filter(|s| s.border != Vote::None) {
            balance.count(sight.border == Vote::For, sight.real_border);
        }
        balance
    }

    fn count(&mut self, into: bool, real: bool) {
        *if into { &mut self.into } else { &mut self.out } += 1;
        self.real += usize::from(real);
    }

    /// Logarithm of the likelihood of the shift over that of none.
    pub(super) fn log_ratio(self) -> f64 {
        // One schematic boundary among them makes all of them so.
        let at = usize::from(self.real < self.into + self.out);
        let odds = (INSIDE[at] / (1.0 - INSIDE[at])).ln();
        ((self.into as f64 - self.out as f64) * odds).clamp(-MOST[at], MOST[at])
    }
}

/// The same for any vector: what if the points of `rows` lay `east_m`, `north_m` off?
pub(super) fn balance(rows: &[(LonLat, Border<'_>)], east_m: f64, north_m: f64) -> Balance {
    let mut balance = Balance::default();
    for (point, border) in rows {
        let degree = DegreeLength::at(point.lat());
        let there =
            LonLat::new(point.lon() - east_m / degree.lon_m, point.lat() - north_m / degree.lat_m);
        let Ok(there) = there else { continue };
        match (border.holds(*point), border.holds(there)) {
            (false, true) => balance.count(true, border.real),
            (true, false) => balance.count(false, border.real),
            _ => {}
        }
    }
    balance
}
