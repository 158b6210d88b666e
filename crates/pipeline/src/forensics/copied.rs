//! The last fix copied from house to house: several households on the very same coordinates, to the last decimal, by
//! one subject.
//!
//! Two hypotheses: fixes were copied (believed beforehand: 0.02), or taken anew at every house. Two fixes taken anew
//! fall on one cell of the last decimal with a chance of at most cell ÷ (4π σ²), the density of the difference of two
//! fixes at nothing, even where the houses are one place; σ is the error of a fix on each axis. That `k` of the
//! `NEIGHBOURS` households about each of `n` do so is expected `n · C(NEIGHBOURS, k − 1) · chance^(k − 1)` times at
//! most; that it happens to `g` groups, the product of these over `g!`. Coordinates of few decimals thus prove nothing.

use diachiso_model::{ProposalKind, Remedy, RuleCode, Submission, Verdict};
use diachiso_spatial::distance::DegreeLength;
use diachiso_text::angle;
use rustc_hash::FxHashSet;

use super::{
    Found, PROPOSED, posterior,
    sight::{Given, Sight},
    subject::Subjects,
};
use crate::{groups::Groups, submissions::Draft, submissions::joint};

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
    subject: u32,
    households: usize,
    rows: Vec<u32>,
}

/// All subjects that copied fixes.
pub(super) fn find(drafts: &[Draft], sights: &[Sight], subjects: &Subjects) -> Vec<Found> {
    let mut copies = copies(drafts, sights, subjects);
    copies.sort_by(|a, b| (a.subject, &a.rows).cmp(&(b.subject, &b.rows)));
    copies
        .chunk_by(|a, b| a.subject == b.subject)
        .filter_map(|own| {
            let rows = subjects.rows(own[0].subject).iter();
            let fixes = rows.filter(|at| sights[**at as usize].given != Given::Nothing).count();
            // One more group than expected is believed of few groups only: log(g!) grows with them.
            let chance: f64 = own
                .iter()
                .zip(1_u32..)
                .map(|(copy, nth)| {
                    let first = &drafts[copy.rows[0] as usize].submission;
                    log_expected(fixes, copy.households, cell_m2(first)) - f64::from(nth).ln()
                })
                .sum();
            let [confidence, _] = posterior([COPIED.ln(), (1.0 - COPIED).ln() + chance.min(0.0)]);
            let mut rows: Vec<u32> = own.iter().flat_map(|c| &c.rows).copied().collect();
            rows.sort_unstable();
            let largest = own.iter().map(|c| c.households).max().unwrap_or_default();
            (confidence >= PROPOSED).then(|| Found {
                subject: own[0].subject,
                kind: ProposalKind::CopiedFix,
                remedy: Remedy::Hold { fixes: own.len() as u32 },
                votes: rows.len(),
                confidence,
                evidence: format!(
                    "{} vị trí trùng đến số lẻ cuối, nhiều nhất {largest} hộ một vị trí; đo thật thì khả năng là 10^{:.0}",
                    own.len(),
                    chance.min(0.0) / std::f64::consts::LN_10
                ),
                rows,
            })
        })
        .collect()
}

/// Fixes that at least three households of one subject have to the last bit.
fn copies(drafts: &[Draft], sights: &[Sight], subjects: &Subjects) -> Vec<Copy> {
    let measured = |at: usize, d: &Draft| {
        let s = &d.submission;
        let counts = s.verdict != Verdict::Rejected
            && sights[at].given != Given::Nothing
            && !d.keys.shared_house;
        s.point.filter(|_| counts)
    };
    let key = |at: usize, d: &Draft| {
        let point = measured(at, d)?;
        let place = point.lon().to_bits().rotate_left(21) ^ point.lat().to_bits();
        Some(joint(u64::from(subjects.of[at]) + 1, place | 1))
    };
    let mut found = Vec::new();
    for group in Groups::by_index(drafts, key).of(LEAST) {
        // A hash may bring two fixes together; what is counted is one.
        let first = group.clone().next().map(|at| (subjects.of[at as usize], point(drafts, at)));
        let same = |at: &u32| Some((subjects.of[*at as usize], point(drafts, *at))) == first;
        let rows: Vec<u32> = group.filter(same).collect();
        let households = households(drafts, &rows);
        if households >= LEAST {
            found.push(Copy { subject: subjects.of[rows[0] as usize], households, rows });
        }
    }
    found
}

fn point(drafts: &[Draft], at: u32) -> Option<diachiso_model::LonLat> {
    drafts[at as usize].submission.point
}

/// Households among rows: no more than there are names, and than there are addresses where one is stated.
fn households(drafts: &[Draft], rows: &[u32]) -> usize {
    let drafts = || rows.iter().map(|at| &drafts[*at as usize]);
    let names: FxHashSet<_> = drafts().map(|d| (d.keys.name_fold, d.submission.village)).collect();
    let addresses: FxHashSet<_> = drafts()
        .map(|d| match d.keys.house {
            0 => (d.keys.name_fold, d.submission.village, false),
            house => (house, d.submission.village, true),
        })
        .collect();
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
fn cell_m2(s: &Submission) -> f64 {
    let Some(point) = s.point else { return f64::INFINITY };
    let sexagesimal = s.findings.iter().find(|f| f.code == RuleCode::G02);
    let pitch_deg = match sexagesimal {
        Some(f) => {
            // The last digit of seconds is worth nearly three of degrees.
            let decimals = f.original.split("; ").filter_map(angle::parse).map(|a| a.decimals);
            3.0 * 0.1_f64.powi(decimals.max().unwrap_or(0).into())
        }
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
