//! Metres of another zone: read in the zone of the province they lie nowhere, or in a wrong place.
//!
//! Each zone of [`ZONES`] is a hypothesis, beside that of no zone at all. A row lies in the commune that it states, near
//! it, or far from it; how often is known for the true zone and for none. Zones of one central meridian differ by
//! hundreds of metres: between them the middles of villages decide as well, and where these are silent, what is believed
//! beforehand (metres on WGS 84 are rarer).

use diachiso_model::{LonLat, ProposalKind, Remedy, RuleCode, Submission};
use diachiso_spatial::projected_zone::{HOME, ProjectedZone, ZONES};

use super::{
    Case, Found, PROPOSED, Rows,
    borders::Border,
    posterior,
    trace::{Given, Trace},
    traces::Subject,
    village_view::{self, Middles},
};
use crate::{position, submissions::Draft};

/// Rows from which a subject is looked at.
const LEAST_ROWS: usize = 5;
/// Share of the rows that must lie in or near their commune, and share that may do so in any other projection.
const MOST_FIT: f64 = 0.8;
const FEW_FIT: f64 = 0.5;
/// Rows that all zones are tried on; only those that fit half of them are tried on the rest.
const SAMPLE: usize = 24;
/// Metres outside the commune that are near it (as of rule G08).
const NEAR_M: f64 = position::NEAR_BORDER_M;
/// Chances of a row to lie inside, near, far: in the true zone, and without one.
const TRUE_ZONE: [f64; 3] = [0.88, 0.10, 0.02];
const NO_ZONE: [f64; 3] = [0.01, 0.01, 0.98];
/// What is believed beforehand of all zones together, and the share of that for WGS 84.
const SOME_ZONE: f64 = 0.03;
const ON_WGS84: f64 = 0.08;

/// Metres of a row, both ways round.
struct Metres<'a> {
    village: u32,
    pair: (f64, f64),
    border: Border<'a>,
}

/// How the rows of a subject lie when read in a zone.
struct Reading {
    zone: &'static ProjectedZone,
    /// Rows inside, near, far.
    counts: [usize; 3],
    points: Vec<Option<LonLat>>,
}

impl Reading {
    fn of<'r>(zone: &'static ProjectedZone, rows: impl Iterator<Item = &'r Metres<'r>>) -> Self {
        let mut counts = [0; 3];
        let points = rows
            .map(|row| {
                let point = position::in_zone(zone, row.pair.0, row.pair.1);
                let class = match point {
                    Some(point) if row.border.holds(point) => 0,
                    Some(point) if row.border.outside_m(point) <= NEAR_M => 1,
                    _ => 2,
                };
                counts[class] += 1;
                point
            })
            .collect();
        Self { zone, counts, points }
    }

    fn fit(&self) -> f64 {
        (self.counts[0] + self.counts[1]) as f64 / self.points.len().max(1) as f64
    }

    fn log(&self, chances: [f64; 3]) -> f64 {
        self.counts.iter().zip(chances).map(|(n, p)| *n as f64 * p.ln()).sum()
    }
}

/// Rows of a subject in metres.
fn touched<'s>(subject: &Subject<'s>) -> impl Iterator<Item = &'s Trace> {
    subject.rows.iter().filter(|t| t.given == Given::Metres)
}

/// Whether a subject has rows in metres that may be of another zone: metres that are read and lie where they should need
/// none.
pub(super) fn may_tell(subject: &Subject<'_>) -> bool {
    let (all, astray) = touched(subject)
        .fold((0, 0), |(all, astray), t| (all + 1, astray + usize::from(t.astray())));
    all >= LEAST_ROWS && astray * 2 >= all
}

/// Whether a subject's metres, which [`may_tell`], are of another zone.
pub(super) fn examine(subject: &Subject<'_>, middles: &Middles, case: &Case<'_>) -> Option<Found> {
    let metres = |t: &Trace| {
        let (village, pair) = (t.village, t.pair()?);
        Some(Metres { village, pair, border: Border::of(t, case)? })
    };
    let rows: Vec<Metres<'_>> =
        touched(subject).filter(|t| !t.rejected()).filter_map(metres).collect();
    let found = (rows.len() >= LEAST_ROWS).then(|| decide(&rows, middles)).flatten()?;
    Some(Found {
        kind: ProposalKind::Zone,
        remedy: Remedy::Zone(found.zone),
        votes: rows.len(),
        rows: Rows::Given(Given::Metres),
        confidence: found.confidence,
        evidence: found.evidence,
        ..Found::about(subject)
    })
}

/// Whether rules say that a position does not lie where it should.
pub(super) fn is_astray(s: &Submission) -> bool {
    let astray = |code| matches!(code, RuleCode::G05 | RuleCode::G09 | RuleCode::G11);
    s.findings.iter().any(|f| astray(f.code))
}

/// The two numbers of a row in metres, as they came.
pub(super) fn pair(draft: &Draft) -> Option<(f64, f64)> {
    let told = |code| matches!(code, RuleCode::G04 | RuleCode::G05);
    let finding = draft.submission.findings.iter().find(|f| told(f.code))?;
    position::metres(&finding.original)
}

/// The zone that rows are of.
struct Decided {
    zone: &'static str,
    confidence: f64,
    evidence: String,
}

fn decide(rows: &[Metres<'_>], middles: &Middles) -> Option<Decided> {
    // Spread over the rows, so that one village does not stand for all.
    let step = rows.len().div_ceil(SAMPLE);
    let sample = || rows.iter().step_by(step);
    let likely = ZONES.iter().filter(|zone| Reading::of(zone, sample()).fit() >= FEW_FIT);
    let readings: Vec<Reading> = likely.map(|zone| Reading::of(zone, rows.iter())).collect();
    let home = |r: &Reading| r.zone.name == HOME.name;
    if readings.iter().any(|r| home(r) && r.fit() >= FEW_FIT) {
        return None;
    }
    let on_wgs84 = ZONES.iter().filter(|z| z.on_wgs84()).count() as f64;
    let before = |zone: &ProjectedZone| {
        let share = if zone.on_wgs84() {
            ON_WGS84 / on_wgs84
        } else {
            (1.0 - ON_WGS84) / (ZONES.len() as f64 - on_wgs84)
        };
        (SOME_ZONE * share).ln()
    };
    let log = |r: &Reading| before(r.zone) + r.log(TRUE_ZONE) + villages(rows, &r.points, middles);
    let best = readings.iter().max_by(|a, b| log(a).total_cmp(&log(b)))?;
    // Without a zone the rows would lie as they lie only by chance.
    let none = (1.0 - SOME_ZONE).ln() + best.log(NO_ZONE);
    let rivals = readings.iter().filter(|r| r.zone.name != best.zone.name).map(log);
    let rival = rivals.fold(f64::NEG_INFINITY, f64::max);
    let [confidence, ..] = posterior([log(best), rival, none]);
    let apart = readings.iter().filter(|r| !r.zone.same_meridian(best.zone));
    let unique = apart.map(Reading::fit).all(|fit| fit < FEW_FIT);
    (confidence >= PROPOSED && best.fit() >= MOST_FIT && unique).then(|| Decided {
        zone: best.zone.name,
        confidence,
        evidence: format!(
            "{} phiếu: {} trong xã, {} sát ranh giới, {} ngoài; múi khác không khớp",
            rows.len(),
            best.counts[0],
            best.counts[1],
            best.counts[2]
        ),
    })
}

/// What the middles of villages say of points: a logarithm.
fn villages(rows: &[Metres<'_>], points: &[Option<LonLat>], middles: &Middles) -> f64 {
    let mut placed: Vec<(u32, LonLat)> =
        rows.iter().zip(points).filter_map(|(row, point)| Some((row.village, (*point)?))).collect();
    // Stable: points of a village stay in the order of the rows.
    placed.sort_by_key(|(village, _)| *village);
    let (mut villages, mut squares) = (0, 0.0);
    for run in placed.chunk_by(|a, b| a.0 == b.0) {
        let own: Vec<LonLat> = run.iter().map(|(_, point)| *point).collect();
        if let Some(view) = middles.get(&run[0].0).and_then(|m| m.view(&own)) {
            villages += 1;
            squares += view.square((0.0, 0.0));
        }
    }
    village_view::log_likelihood(villages, squares)
}
