//! The witness of boundaries: whether points lie in the commune that their rows state.
//!
//! Of points in their true places `INSIDE` of a hundred lie in their commune where the boundary is real, fewer where it
//! is schematic. Each row whose answer differs between two hypotheses is worth the logarithm of those odds, and all of
//! them together, for some shift against none, no more than a cap: a border drawn in the wrong place makes many rows err
//! alike. For the same reason rows of one village are worth less together. Between two shifts there is no cap.

use diachiso_model::{Date, LonLat, UnitId};
use diachiso_spatial::distance::DegreeLength;
use rustc_hash::FxHashMap;

use super::{
    Case,
    trace::{Trace, Vote},
};
use crate::boundaries::Boundaries;

/// Share of true points inside a boundary: real, schematic.
const INSIDE: [f64; 2] = [0.88, 0.8];
/// The most that all rows together may say, as a logarithm: 1 to 100,000 where boundaries are real, 1 to 2,000 where
/// they are schematic.
const MOST: [f64; 2] = [11.5, 7.6];

/// Correlation of the answers of one village's rows: they lie at one border, which is right or wrong for all of them, so
/// that `n` of them are worth n ÷ (1 + (n − 1) ρ).
const VILLAGE_CORRELATION: f64 = 0.1;

/// The boundary that a row is to lie in.
pub(super) struct Border<'a> {
    boundaries: &'a Boundaries,
    commune: UnitId,
    on: Date,
    pub(super) real: bool,
}

impl<'a> Border<'a> {
    pub(super) fn of(trace: &Trace, case: &Case<'a>) -> Option<Self> {
        let boundaries = &case.reference.boundaries;
        let commune = trace.commune?;
        let real = !boundaries.get(commune)?.schematic;
        Some(Self { boundaries, commune, on: trace.on, real })
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
    /// Rows in favour less rows against, those of one village worth less together.
    net: f64,
    /// Whether a boundary among them is schematic: then all are taken to be.
    schematic: bool,
}

impl Balance {
    /// Of the votes of rows with their villages and whether the boundary is real.
    pub(super) fn of(votes: impl Iterator<Item = (u32, Vote, bool)>) -> Self {
        let mut balance = Self::default();
        let mut villages: FxHashMap<u32, i32> = FxHashMap::default();
        for (village, vote, real) in votes {
            let net = match vote {
                Vote::None => continue,
                Vote::For => 1,
                Vote::Against => -1,
            };
            *if net > 0 { &mut balance.into } else { &mut balance.out } += 1;
            *villages.entry(village).or_default() += net;
            balance.schematic |= !real;
        }
        let mut nets: Vec<i32> = villages.into_values().collect();
        // Sums of broken numbers depend on their order.
        nets.sort_unstable();
        let worth = |net: f64| net / (1.0 + (net.abs() - 1.0).max(0.0) * VILLAGE_CORRELATION);
        balance.net = nets.into_iter().map(|net| worth(f64::from(net))).sum();
        balance
    }

    /// Logarithm of the likelihood of a shift over that of none, before any cap.
    pub(super) fn log_ratio(self) -> f64 {
        let inside = INSIDE[usize::from(self.schematic)];
        self.net * (inside / (1.0 - inside)).ln()
    }

    /// Logarithms for no shift, this one, and others, from the ratios of the latter two to the first.
    pub(super) fn capped(self, this: f64, others: f64) -> [f64; 3] {
        let over = (this.max(others) - MOST[usize::from(self.schematic)]).max(0.0);
        [0.0, this - over, others - over]
    }
}

/// What a row's boundary says of a point that would lie elsewhere; the commune of the point that it has is known.
pub(super) fn vote_of(border: &Border<'_>, located: Option<UnitId>, there: LonLat) -> Vote {
    match (located == Some(border.commune), border.holds(there)) {
        (false, true) => Vote::For,
        (true, false) => Vote::Against,
        _ => Vote::None,
    }
}

/// A row that is looked at under several vectors.
pub(super) struct Placed<'a> {
    village: u32,
    point: LonLat,
    border: Border<'a>,
    /// The commune that holds the point, found once for all vectors.
    located: Option<UnitId>,
}

impl<'a> Placed<'a> {
    pub(super) fn of(trace: &Trace, case: &Case<'a>) -> Option<Self> {
        let (point, border) = (trace.point()?, Border::of(trace, case)?);
        let located = border.boundaries.locate(point, border.on);
        Some(Self { village: trace.village, point, border, located })
    }
}

/// The balance for any vector: what if the points of `rows` lay `east_m`, `north_m` off?
pub(super) fn balance(rows: &[Placed<'_>], east_m: f64, north_m: f64) -> Balance {
    Balance::of(rows.iter().filter_map(|Placed { village, point, border, located }| {
        let degree = DegreeLength::at(point.lat());
        let (lon, lat) =
            (point.lon() - east_m / degree.lon_m, point.lat() - north_m / degree.lat_m);
        let there = LonLat::new(lon, lat).ok()?;
        Some((*village, vote_of(border, *located, there), border.real))
    }))
}
