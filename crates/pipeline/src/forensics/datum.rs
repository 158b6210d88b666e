//! Devices set to VN-2000 whose degrees are taken for WGS 84: all points of a subject are off by one vector, about 225 m
//! at azimuth −60° in this province.
//!
//! Three hypotheses: the points are where they say (believed beforehand: 0.97), off by VN-2000 (0.02), off by some
//! other vector (0.01; normal about nothing with `OTHER_M` on each axis). Three witnesses, whose logarithms of
//! likelihoods are added:
//!
//! - **Other people** ([`village_view`](super::village_view)): the middle of the subject's points of a village less that
//!   of everybody else's, per village, with a variance that allows for a collector who measured one end of it.
//! - **Boundaries** ([`borders`](super::borders)): rows that come into their commune when the shift is undone, less those
//!   that leave it. Other vectors are tried too, in rings about nothing: where one of them explains the rows better,
//!   it is not VN-2000. A commune that one collector alone measured is decided by this witness.
//! - **Codes that name a place** (Plus Codes and codes made of them): rows whose code lies where the point would be,
//!   against rows whose code does not. Codes are often made of the very point, so that they may say nothing: half of
//!   the belief is kept for that.
//!
//! Points that have nothing to do with the communes that their rows state are none of the three: where more than
//! `MOST_LOST` of the rows lie elsewhere before and after the shift is undone, the few that happen to come into their
//! commune prove nothing.
//!
//! Those who are found to be shifted are no witnesses: everything is looked at once more without them.

use std::sync::OnceLock;

use diachiso_model::{ProposalKind, Remedy};
use diachiso_spatial::{distance, vn2000};
use rustc_hash::FxHashSet;

use super::{
    Case, Found, PROPOSED, Rows,
    borders::{self, Balance, Placed},
    posterior,
    trace::{Given, Trace, Vote},
    traces::{Spot, Subject, Traces},
    village_view::{self, Middles, Seen, View, Views},
};

/// Rows from which a subject is looked at.
const LEAST_ROWS: usize = 20;
/// What is believed beforehand: nothing is wrong, VN-2000, another vector.
const BEFORE: [f64; 3] = [0.97, 0.02, 0.01];
/// Standard deviation of other vectors on each axis, metres.
const OTHER_M: f64 = 150.0;
/// The most that codes say.
const CODES_MOST: f64 = 12.0;
/// Rows whose codes agree with a hypothesis that is true, of a hundred; with one that is not.
const CODE_FITS: f64 = 0.9;
const CODE_BY_CHANCE: f64 = 0.02;
/// Share of rows that may lie far from their commune and not come into it when the shift is undone.
const MOST_LOST: f64 = 0.5;
/// Rings of other vectors: lengths, and how many directions.
const RINGS_M: [f64; 4] = [75.0, 150.0, 225.0, 320.0];
const DIRECTIONS: u32 = 12;
/// Rows that the rings are tried on at most.
const RING_ROWS: usize = 2_000;

/// Logarithms for the three hypotheses.
type Logs = [f64; 3];

/// All subjects that are shifted, and the middles of villages without them; with what is seen `beside` in each subject
/// when it is first looked at, since reading all of them is work.
pub(super) fn find<S: Traces, T: Send>(
    traces: &S,
    case: &Case<'_>,
    beside: impl Fn(&Subject<'_>) -> Vec<T> + Sync,
) -> Result<(Vec<Found>, Middles, Vec<T>), S::Error> {
    let mut views = Views::all(traces, &FxHashSet::default())?;
    let first = traces.subjects(
        |_| true,
        |subject| vec![(Shifted::of(subject, &views, case), beside(subject))],
    )?;
    let (mut shifted, mut also) = (Vec::new(), Vec::new());
    for (found, rest) in first {
        shifted.extend(found);
        also.extend(rest);
    }
    if shifted.is_empty() {
        return Ok((Vec::new(), views.middles, also));
    }
    // Once more without them, where they worked: of all others the same is seen as before.
    let excluded = subjects(&shifted);
    let villages = worked_in(traces, &shifted.iter().collect::<Vec<_>>(), &excluded)?;
    let mut wanted = views.renew(traces, &villages, &excluded)?;
    wanted.extend(&excluded);
    let again = traces.subjects(
        |subject| wanted.contains(&subject),
        |subject| Shifted::of(subject, &views, case).into_iter().collect(),
    )?;
    let now = subjects(&again);
    let changed: FxHashSet<u64> = now.symmetric_difference(&excluded).copied().collect();
    if !changed.is_empty() {
        let either: Vec<&Shifted> = shifted.iter().chain(&again).collect();
        let villages = worked_in(traces, &either, &changed)?;
        views.renew(traces, &villages, &now)?;
    }
    Ok((again.into_iter().map(|shifted| shifted.found).collect(), views.middles, also))
}

/// A subject that is shifted.
struct Shifted {
    found: Found,
    /// Where it worked; `None` where not all of its rows were looked at.
    villages: Option<Vec<u32>>,
}

impl Shifted {
    fn of(subject: &Subject<'_>, views: &Views, case: &Case<'_>) -> Option<Self> {
        let found = examine(subject, views.of(subject.key), case)?;
        let villages = || subject.rows.iter().map(|row| row.village).collect();
        Some(Self { found, villages: (!subject.sampled).then(villages) })
    }
}

fn subjects(shifted: &[Shifted]) -> FxHashSet<u64> {
    shifted.iter().map(|shifted| shifted.found.subject).collect()
}

/// The villages in which some subjects, all of them shifted, have points.
fn worked_in<S: Traces>(
    traces: &S,
    shifted: &[&Shifted],
    subjects: &FxHashSet<u64>,
) -> Result<FxHashSet<u32>, S::Error> {
    let own = shifted.iter().filter(|shifted| subjects.contains(&shifted.found.subject));
    let told: Option<Vec<&[u32]>> = own.map(|shifted| shifted.villages.as_deref()).collect();
    if let Some(villages) = told {
        return Ok(villages.into_iter().flatten().copied().collect());
    }
    let among = |spots: &[Spot]| {
        let own = spots.iter().any(|spot| subjects.contains(&spot.subject));
        own.then_some(spots[0].village).into_iter().collect()
    };
    Ok(traces.villages(|_| true, among)?.into_iter().collect())
}

/// Whether a subject is shifted, of which villages say `seen`.
fn examine(subject: &Subject<'_>, seen: &[Seen], case: &Case<'_>) -> Option<Found> {
    let own = Own::of(subject)?;
    if own.may_be_shifted(seen) { own.found(subject, seen, case) } else { None }
}

/// What the rows of a subject say themselves, whatever others measured.
pub(super) struct Own {
    /// Degrees of VN-2000 read as WGS 84: where the points seem to be, less where they are.
    expected: (f64, f64),
    balance: Balance,
    codes: Codes,
    /// What the rings say; they are tried where it matters.
    others: OnceLock<f64>,
}

/// Rows whose degrees may be shifted.
fn suspects<'s>(subject: &Subject<'s>) -> Vec<&'s Trace> {
    subject.rows.iter().filter(|t| t.given == Given::Degrees).collect()
}

impl Own {
    /// Of rows that are many enough, and not lost.
    pub(super) fn of(subject: &Subject<'_>) -> Option<Self> {
        let rows = suspects(subject);
        if rows.len() < LEAST_ROWS {
            return None;
        }
        let lost = rows.iter().filter(|t| t.astray() && t.border != Vote::For).count();
        if lost as f64 > MOST_LOST * rows.len() as f64 {
            return None;
        }
        let point = rows[0].point()?;
        Some(Self {
            expected: distance::offset_m(vn2000::geographic_to_wgs84(point), point),
            balance: Balance::of(rows.iter().map(|t| (t.village, t.border, t.real_border()))),
            codes: Codes::of(rows.iter().map(|t| t.code)),
            others: OnceLock::new(),
        })
    }

    /// How sure it is that the subject is shifted, where other vectors explain the boundaries so well.
    fn confidence(&self, seen: &[Seen], others: f64) -> f64 {
        let people = Shift::of(seen).map_or([0.0; 3], |s| s.logs(seen, self.expected));
        let (before, codes) = (BEFORE.map(f64::ln), self.codes.logs());
        let borders = self.balance.capped(self.balance.log_ratio(), others);
        posterior([0, 1, 2].map(|h| before[h] + people[h] + borders[h] + codes[h]))[1]
    }

    /// Whether it would be proposed if no other vector explained the boundaries: the most that the rings can leave of it.
    pub(super) fn may_be_shifted(&self, seen: &[Seen]) -> bool {
        self.confidence(seen, 0.0) >= PROPOSED
    }

    /// What is found of the subject whose rows these are.
    pub(super) fn found(
        &self,
        subject: &Subject<'_>,
        seen: &[Seen],
        case: &Case<'_>,
    ) -> Option<Found> {
        let rows = suspects(subject);
        let others = *self.others.get_or_init(|| other_vectors(&rows, self.expected, case));
        let confidence = self.confidence(seen, others);
        if confidence < PROPOSED {
            return None;
        }
        let witness = |t: &&&Trace| {
            let among = seen.binary_search_by_key(&t.village, |seen| seen.village).is_ok();
            !t.rejected() && among || t.border != Vote::None || t.code != Vote::None
        };
        let shift = Shift::of(seen);
        let (east_m, north_m) = shift.map_or(self.expected, |s| s.off_m);
        Some(Found {
            kind: ProposalKind::Datum,
            remedy: Remedy::Unshift {
                shift_m: tenths(east_m.hypot(north_m)),
                azimuth_deg: tenths(east_m.atan2(north_m).to_degrees()),
            },
            votes: rows.iter().filter(witness).count(),
            confidence,
            evidence: evidence(seen.len(), shift, self.balance, self.codes),
            rows: Rows::Given(Given::Degrees),
            ..Found::about(subject)
        })
    }
}

/// Logarithm of the likelihood of the boundaries' answers if some other vector is true, over that of none: the mean over
/// the rings, those next to VN-2000 left out.
fn other_vectors(rows: &[&Trace], expected: (f64, f64), case: &Case<'_>) -> f64 {
    let step = rows.len().div_ceil(RING_ROWS);
    let placed: Vec<Placed<'_>> = rows
        .iter()
        .step_by(step)
        .filter(|t| !t.rejected())
        .filter_map(|t| Placed::of(t, case))
        .collect();
    if placed.is_empty() {
        return 0.0;
    }
    let directions = (0..DIRECTIONS)
        .map(|d| (f64::from(d) * std::f64::consts::TAU / f64::from(DIRECTIONS)).sin_cos());
    let vectors = RINGS_M
        .into_iter()
        .flat_map(|m| directions.clone().map(move |(east, north)| (m * east, m * north)))
        .filter(|v| (v.0 - expected.0).hypot(v.1 - expected.1) > RINGS_M[0]);
    let logs: Vec<f64> = vectors.map(|v| borders::balance(&placed, v.0, v.1).log_ratio()).collect();
    let most = logs.iter().copied().fold(0.0, f64::max);
    most + (logs.iter().map(|l| (l - most).exp()).sum::<f64>() / logs.len() as f64).ln()
}

/// One decimal: what is published does not hang on the last bits.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn evidence(villages: usize, shift: Option<Shift>, balance: Balance, codes: Codes) -> String {
    let mut parts = Vec::new();
    if let Some(s) = shift {
        let (metres, error_m) = (s.off_m.0.hypot(s.off_m.1), s.error_m.0.hypot(s.error_m.1));
        parts.push(format!("người khác đo: lệch {metres:.0} ± {error_m:.0} m ở {villages} thôn"));
    }
    if balance.into + balance.out > 0 {
        parts.push(format!("ranh giới: {} điểm vào, {} điểm ra", balance.into, balance.out));
    }
    if codes.fit + codes.other > 0 {
        parts.push(format!("mã địa chỉ: {} khớp, {} không", codes.fit, codes.other));
    }
    parts.join(" · ")
}

/// Where a subject's points lie from where others' do, over all villages: metres east and north.
#[derive(Clone, Copy, Debug)]
struct Shift {
    off_m: (f64, f64),
    error_m: (f64, f64),
}

impl Shift {
    /// The mean, each village weighed by its variance.
    fn of(seen: &[Seen]) -> Option<Self> {
        if seen.is_empty() {
            return None;
        }
        let mean = |axis: fn(&View) -> (f64, f64)| {
            let weight: f64 = seen.iter().map(|s| 1.0 / axis(&s.view).1).sum();
            let sum: f64 = seen.iter().map(|s| axis(&s.view)).map(|(x, v)| x / v).sum();
            (sum / weight, 1.0 / weight)
        };
        let (east_m, east_variance) = mean(|v| (v.east_m, v.east_variance));
        let (north_m, north_variance) = mean(|v| (v.north_m, v.north_variance));
        let squares = squares(seen, (east_m, north_m));
        let factor = village_view::factor(seen.len(), squares);
        let error = |variance: f64| (variance * factor).sqrt();
        Some(Self {
            off_m: (east_m, north_m),
            error_m: (error(east_variance), error(north_variance)),
        })
    }

    /// What villages say of the three hypotheses. Of some other vector, the one that fits best times the part of what
    /// was believed of all vectors that lies within its error (Laplace).
    fn logs(&self, seen: &[Seen], expected: (f64, f64)) -> Logs {
        let log = |at| village_view::log_likelihood(seen.len(), squares(seen, at));
        let occam = |off: f64, error: f64| {
            let all = error * error + OTHER_M * OTHER_M;
            (error / all.sqrt()).ln() - off * off / (2.0 * all)
        };
        let (off, error) = (self.off_m, self.error_m);
        let other = log(off) + occam(off.0, error.0) + occam(off.1, error.1);
        [log((0.0, 0.0)), log(expected), other]
    }
}

/// Sum of the squares about what is expected.
fn squares(seen: &[Seen], expected: (f64, f64)) -> f64 {
    seen.iter().map(|s| s.view.square(expected)).sum()
}

/// Rows whose codes name a place.
#[derive(Clone, Copy, Debug)]
struct Codes {
    fit: usize,
    other: usize,
}

impl Codes {
    fn of(votes: impl Iterator<Item = Vote>) -> Self {
        let mut codes = Self { fit: 0, other: 0 };
        for vote in votes {
            match vote {
                Vote::For => codes.fit += 1,
                Vote::Against => codes.other += 1,
                Vote::None => {}
            }
        }
        codes
    }

    fn logs(self) -> Logs {
        let ratio = self.fit as f64 * (CODE_FITS / CODE_BY_CHANCE).ln()
            + self.other as f64 * ((1.0 - CODE_FITS) / (1.0 - CODE_BY_CHANCE)).ln();
        [0.0, f64::midpoint(1.0, ratio.min(CODES_MOST).exp()).ln(), 0.0]
    }
}
