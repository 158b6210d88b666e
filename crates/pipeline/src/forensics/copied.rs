//! The last fix copied from house to house: several households on the very same coordinates, to the last decimal, by
//! one subject.
//!
//! Two hypotheses: fixes were copied (believed beforehand: 0.02), or taken anew at every house. Two fixes taken anew
//! fall on one cell of the last decimal with a chance of at most cell ÷ (4π σ²), the density of the difference of two
//! fixes at nothing, even where the houses are one place; σ is the error of a fix on each axis. That `k` of the
//! `NEIGHBOURS` households about each of `n` do so is expected `n · C(NEIGHBOURS, k − 1) · chance^(k − 1)` times at
//! most; that it happens to `g` groups, the product of these over `g!`. Coordinates of few decimals thus prove nothing.

use diachiso_model::{ProposalKind, Remedy};
use diachiso_spatial::distance::DegreeLength;
use rustc_hash::FxHashSet;

use super::{
    Found, PROPOSED, Rows, posterior,
    trace::{Given, Trace},
    traces::Subject,
};

/// Households on one fix from which it is looked at.
const LEAST: usize = 3;
/// What is believed beforehand.
const COPIED: f64 = 0.02;
/// Error of a fix on each axis, metres.
const SIGMA_M: f64 = 3.0;
/// Households so near each other that their fixes could be one.
const NEIGHBOURS: f64 = 5.0;
/// Decimals beyond which a number is taken to have no end.
const MOST_DECIMALS: i32 = 8;

/// One fix and those who have it.
struct Copy {
    households: usize,
    cell_m2: f64,
    /// Places among the rows of the subject, ascending.
    rows: Vec<usize>,
}

/// Whether a subject copied fixes.
pub(super) fn examine(subject: &Subject<'_>) -> Option<Found> {
    let copies = copies(subject.rows);
    if copies.is_empty() {
        return None;
    }
    let fixes = subject.rows.iter().filter(|t| t.given != Given::Nothing).count();
    // One more group than expected is believed of few groups only: log(g!) grows with them.
    let chance: f64 = copies
        .iter()
        .zip(1_u32..)
        .map(|(copy, nth)| log_expected(fixes, copy.households, copy.cell_m2) - f64::from(nth).ln())
        .sum();
    let [confidence, _] = posterior([COPIED.ln(), (1.0 - COPIED).ln() + chance.min(0.0)]);
    if confidence < PROPOSED {
        return None;
    }
    let largest = copies.iter().map(|c| c.households).max().unwrap_or_default();
    let own = copies.iter().flat_map(|copy| &copy.rows);
    let mut rows: Vec<u32> = own.map(|row| subject.rows[*row].at).collect();
    rows.sort_unstable();
    Some(Found {
        kind: ProposalKind::CopiedFix,
        remedy: Remedy::Hold { fixes: copies.len() as u32 },
        votes: rows.len(),
        rows: Rows::These(rows),
        confidence,
        evidence: format!(
            "{} vị trí trùng đến số lẻ cuối, nhiều nhất {largest} hộ một vị trí; đo thật thì khả năng là 10^{:.0}",
            copies.len(),
            chance.min(0.0) / std::f64::consts::LN_10
        ),
        ..Found::about(subject)
    })
}

/// Fixes that at least three households have to the last bit, in the order of their first rows.
fn copies(rows: &[Trace]) -> Vec<Copy> {
    let mut fixes: Vec<([u64; 2], usize)> = rows
        .iter()
        .enumerate()
        .filter(|(_, t)| t.measures() && !t.shared_house() && t.point().is_some())
        .map(|(at, t)| (t.degrees.map(f64::to_bits), at))
        .collect();
    fixes.sort_unstable();
    let mut copies: Vec<Copy> = fixes
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|run| run.len() >= LEAST)
        .filter_map(|run| {
            let own: Vec<usize> = run.iter().map(|(_, at)| *at).collect();
            let households = households(own.iter().map(|at| &rows[*at]));
            let cell_m2 = cell_m2(&rows[own[0]]);
            (households >= LEAST).then_some(Copy { households, cell_m2, rows: own })
        })
        .collect();
    copies.sort_by_key(|copy| copy.rows[0]);
    copies
}

/// Households among rows: no more than there are names, and than there are addresses where one is stated.
fn households<'t>(rows: impl Iterator<Item = &'t Trace> + Clone) -> usize {
    let names: FxHashSet<u32> = rows.clone().map(|t| t.named).collect();
    let addresses: FxHashSet<u32> = rows.map(|t| t.housed).collect();
    names.len().min(addresses.len())
}

/// Logarithm of how many groups of `k` households on one fix are expected at most of `n` fixes taken anew.
fn log_expected(n: usize, k: usize, cell_m2: f64) -> f64 {
    let chance = (cell_m2 / (4.0 * std::f64::consts::PI * SIGMA_M * SIGMA_M)).min(1.0);
    let others = (k - 1) as f64;
    // C(NEIGHBOURS, k − 1), and its largest value where there are more on the fix than neighbours.
    let ways = (1..k)
        .map(|i| (NEIGHBOURS - i as f64 + 1.0) / i as f64)
        .take_while(|factor| *factor > 1.0)
        .product::<f64>();
    (n as f64).ln() + ways.ln() + others * chance.ln()
}

/// Area of the cell that the decimals of a fix leave open, m².
fn cell_m2(trace: &Trace) -> f64 {
    let Some(point) = trace.point() else { return f64::INFINITY };
    let pitch_deg = match trace.sexagesimal {
        // The last digit of seconds is worth nearly three of degrees.
        Some(decimals) => 3.0 * 0.1_f64.powi(decimals.into()),
        None => 0.1_f64.powi(decimals(point.lon()).max(decimals(point.lat()))),
    };
    let degree = DegreeLength::at(point.lat());
    pitch_deg * degree.lon_m * pitch_deg * degree.lat_m
}

/// Decimals that a number was written with: the fewest that give it back.
fn decimals(value: f64) -> i32 {
    let given_back = |d: &i32| {
        let scaled = value * 10_f64.powi(*d);
        (scaled - scaled.round()).abs() < 1e-4 * 10_f64.powi(*d - MOST_DECIMALS).max(1e-3)
    };
    (0..MOST_DECIMALS).find(given_back).unwrap_or(MOST_DECIMALS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decimals_of_a_number_are_those_it_was_written_with() {
        for (value, expected) in [
            (16.573_412, 6),
            (16.57, 2),
            (107.5, 1),
            (107.506_12, 5),
            (16.0, 0),
            (16.573_412_345_6, 8),
        ] {
            assert_eq!(decimals(value), expected, "{value}");
        }
    }

    #[test]
    fn few_decimals_prove_nothing_and_many_much() {
        let expected = |decimals: i32, k| {
            let pitch_m = 110_000.0 * 0.1_f64.powi(decimals);
            log_expected(150, k, pitch_m * pitch_m)
        };
        assert!(expected(4, 8) > 0.0);
        assert!(expected(6, 3) < -10.0);
        assert!(expected(6, 4) < expected(6, 3));
        assert!(expected(5, 3) > expected(6, 3));
    }
}
