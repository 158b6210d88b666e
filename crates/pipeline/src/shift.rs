//! Devices whose whole work is shifted: rule G12.
//!
//! A device set to VN-2000 whose degrees are taken for WGS 84 is off by one vector, about 225 m at azimuth −60° in
//! this province, on every row. No single row shows it; the mean of many does, against the middles of the villages
//! as the *other* collectors measured them. Rows are grouped by collector, not by file, so that it does not matter how
//! files were cut.

use std::fmt;

use diachiso_model::{LonLat, Verdict};
use diachiso_spatial::{distance, vn2000};
use rustc_hash::FxHashMap;

use crate::submissions::{Draft, key};

/// Rows of one collector from which their mean is looked at.
const LEAST_ROWS: usize = 25;
/// Points of others that the middle of a village needs.
const LEAST_OTHERS: usize = 15;
/// Villages that a collector must have worked in, and the share of them that must speak for the shift: people work
/// their way through a village, so that within one the rows are no independent witnesses.
const LEAST_VILLAGES: usize = 2;
const VILLAGES_AGREE: f64 = 0.75;
/// How many standard errors the shift must be from nothing, and how many it may be from the vector expected.
const FROM_NOTHING: f64 = 4.0;
const FROM_EXPECTED: f64 = 3.0;

/// What is proposed for all rows of one collector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Proposal {
    /// Length of the shift found, metres, and its azimuth, degrees clockwise from north.
    pub(crate) shift_m: f64,
    pub(crate) azimuth_deg: f64,
    /// Rows that voted, and how many standard errors the shift is from nothing.
    pub(crate) rows: usize,
    pub(crate) deviations: f64,
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shift_m, azimuth_deg, rows, deviations } = self;
        write!(f, "VN-2000? {shift_m:.0} m, {azimuth_deg:.0}°, {rows} phiếu, {deviations:.1} σ")
    }
}

/// A draft of a collector whose work is shifted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shifted {
    pub(crate) at: u32,
    pub(crate) proposal: Proposal,
}

/// Median; `None` of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Median longitude and latitude: robust against a few points in the wrong place.
pub(crate) fn median_point(points: impl Iterator<Item = LonLat> + Clone) -> Option<LonLat> {
    let lon = median(points.clone().map(LonLat::lon).collect())?;
    let lat = median(points.map(LonLat::lat).collect())?;
    LonLat::new(lon, lat).ok()
}

/// All rows of collectors whose points are shifted as un-shifted VN-2000 is.
pub(crate) fn shifted(drafts: &[Draft], villages: usize) -> Vec<Shifted> {
    let votes: Vec<Vec<Vote>> = {
        let mut votes = vec![Vec::new(); villages];
        for (at, draft) in drafts.iter().enumerate() {
            let s = &draft.submission;
            if let (Some(village), Some(point), true) =
                (s.village, s.point, s.verdict != Verdict::Rejected)
            {
                let collector = collector(draft).unwrap_or(0);
                votes[village as usize].push(Vote { at: at as u32, collector, point });
            }
        }
        votes
    };
    let mut residuals: FxHashMap<u64, Residuals> = FxHashMap::default();
    for village in &votes {
        for (collector, own) in by_collector(village) {
            if collector != 0 {
                residuals.entry(collector).or_default().add(village, collector, &own);
            }
        }
    }
    let proposals: FxHashMap<u64, Proposal> =
        residuals.iter().filter_map(|(c, r)| Some((*c, r.proposal()?))).collect();
    if proposals.is_empty() {
        return Vec::new();
    }
    let proposed = |(at, draft): (usize, &Draft)| {
        draft.submission.point?;
        let proposal = *proposals.get(&collector(draft)?)?;
        Some(Shifted { at: at as u32, proposal })
    };
    drafts.iter().enumerate().filter_map(proposed).collect()
}

/// Whose device took the point: the collector within the team.
fn collector(draft: &Draft) -> Option<u64> {
    let s = &draft.submission;
    let name = if s.collector.is_empty() { &s.team } else { &s.collector };
    (!name.is_empty()).then(|| key(name))
}

/// One point of a village.
#[derive(Clone, Copy)]
struct Vote {
    at: u32,
    collector: u64,
    point: LonLat,
}

fn by_collector(village: &[Vote]) -> Vec<(u64, Vec<Vote>)> {
    let mut sorted = village.to_vec();
    sorted.sort_by_key(|v| (v.collector, v.at));
    sorted
        .chunk_by(|a, b| a.collector == b.collector)
        .map(|run| (run[0].collector, run.to_vec()))
        .collect()
}

/// How far a collector's points lie from where others say that their villages are, metres east and north.
#[derive(Default)]
struct Residuals {
    east_m: Vec<f64>,
    north_m: Vec<f64>,
    /// Median of each village.
    villages: Vec<(f64, f64)>,
    somewhere: Option<LonLat>,
}

impl Residuals {
    fn add(&mut self, village: &[Vote], collector: u64, own: &[Vote]) {
        let others = village.iter().filter(|v| v.collector != collector);
        if others.clone().count() < LEAST_OTHERS {
            return;
        }
        let Some(middle) = median_point(others.map(|v| v.point)) else { return };
        let offsets = own.iter().map(|vote| distance::offset_m(middle, vote.point));
        let (east_m, north_m): (Vec<f64>, Vec<f64>) = offsets.unzip();
        self.villages.extend(median(east_m.clone()).zip(median(north_m.clone())));
        self.east_m.extend(east_m);
        self.north_m.extend(north_m);
        self.somewhere = self.somewhere.or(own.first().map(|vote| vote.point));
    }

    /// The shift, if it is sure and is the one expected.
    fn proposal(&self) -> Option<Proposal> {
        let rows = self.east_m.len();
        if rows < LEAST_ROWS || self.villages.len() < LEAST_VILLAGES {
            return None;
        }
        let east = Estimate::of(&self.east_m)?;
        let north = Estimate::of(&self.north_m)?;
        let error_m = east.error.hypot(north.error).max(1.0);
        let found_m = east.middle.hypot(north.middle);
        let point = self.somewhere?;
        // Degrees of VN-2000 read as WGS 84: where the point seems to be, less where it is.
        let is = vn2000::geographic_to_wgs84(point);
        let expected = distance::offset_m(is, point);
        let off = |at: (f64, f64)| (at.0 - expected.0).hypot(at.1 - expected.1);
        let sure = found_m > FROM_NOTHING * error_m;
        let fits = off((east.middle, north.middle)) < FROM_EXPECTED * error_m;
        let speaking = self.villages.iter().filter(|at| off(**at) < at.0.hypot(at.1)).count();
        let agreed = speaking as f64 >= VILLAGES_AGREE * self.villages.len() as f64;
        (sure && fits && agreed).then(|| Proposal {
            shift_m: found_m,
            azimuth_deg: east.middle.atan2(north.middle).to_degrees(),
            rows,
            deviations: found_m / error_m,
        })
    }
}

/// A median with its standard error (1.25 σ ÷ √n, σ from the median absolute deviation, as for a normal sample).
struct Estimate {
    middle: f64,
    error: f64,
}

impl Estimate {
    fn of(values: &[f64]) -> Option<Self> {
        let middle = median(values.to_vec())?;
        let spread = median(values.iter().map(|v| (v - middle).abs()).collect())? * 1.4826;
        Some(Self { middle, error: 1.2533 * spread / (values.len() as f64).sqrt() })
    }
}
