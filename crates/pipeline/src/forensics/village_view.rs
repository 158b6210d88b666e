//! The witness of other people: where a collector's points of a village lie, against the middle of everybody else's.
//!
//! People work their way through a village from one end, so that the middles of two honest collectors may lie as far
//! apart as the village is wide; that is the variance of a village's answer. A collector whose answers agree from
//! village to village better than that measured no ends: the variances of one subject share a factor φ, believed
//! beforehand to be inverse gamma with shape `SHAPE` and scale `SCALE`, and integrated out. With `S` the sum over `k`
//! villages of the squares (east and north) about what a hypothesis expects, each over its variance, the likelihood is
//! (`SCALE` + S/2)^−(`SHAPE` + k): one village says little, five that agree say much, and no tail is too sure.

use diachiso_model::LonLat;
use diachiso_spatial::distance::{self, DegreeLength};
use rustc_hash::{FxHashMap, FxHashSet};

use super::traces::{Spot, Traces};
use crate::median::{median, median_point, spread};

/// Points of others that the middle of a village needs, and own points that are compared with it.
const LEAST_OTHERS: usize = 15;
const LEAST_OWN: usize = 3;
/// Of a village of which a subject holds less than this share the middle is that of all: it cannot move it, and
/// villages of very many collectors stay cheap.
const SMALL_SHARE: usize = 20;
/// What is believed of φ beforehand.
const SHAPE: f64 = 1.0;
const SCALE: f64 = 0.15;
/// Error of a middle that is there at any number of points, metres; a village is never narrower than the second.
const FLOOR_M: f64 = 10.0;
const LEAST_SPREAD_M: f64 = 20.0;
/// Variance of a median over that of a mean, for a normal sample.
const MEDIAN_VARIANCE: f64 = std::f64::consts::FRAC_PI_2;

/// Middle and spread of a village.
#[derive(Clone, Copy, Debug)]
pub(super) struct Middle {
    pub(super) at: LonLat,
    east_m: f64,
    north_m: f64,
    points: usize,
}

impl Middle {
    fn of(points: &[LonLat]) -> Option<Self> {
        if points.len() < LEAST_OTHERS {
            return None;
        }
        let at = median_point(points.iter().copied())?;
        // One length of a degree for all: a village is small, and there are many points to be compared with many middles.
        let degree = DegreeLength::at(at.lat());
        let off =
            |p: &LonLat| ((p.lon() - at.lon()) * degree.lon_m, (p.lat() - at.lat()) * degree.lat_m);
        let (mut east, mut north): (Vec<f64>, Vec<f64>) = points.iter().map(off).unzip();
        Some(Self {
            at,
            east_m: spread(&mut east, 0.0)?.max(LEAST_SPREAD_M),
            north_m: spread(&mut north, 0.0)?.max(LEAST_SPREAD_M),
            points: points.len(),
        })
    }

    /// How far the middle of own points lies from it, with the variance of that.
    pub(super) fn view(&self, own: &[LonLat]) -> Option<View> {
        if own.len() < LEAST_OWN {
            return None;
        }
        let (east, north): (Vec<f64>, Vec<f64>) =
            own.iter().map(|p| distance::offset_m(self.at, *p)).unzip();
        let axis = |mut own_m: Vec<f64>, others_m: f64| {
            let n = own_m.len() as f64;
            let off_m = median(&mut own_m)?;
            // Of few points the spread is not known: they lie as others' do, or wider.
            let spread_m = spread(&mut own_m, off_m)?.max(others_m / 2.0);
            let (own, others) = (spread_m * spread_m, others_m * others_m);
            let sampling = MEDIAN_VARIANCE * (own / n + others / self.points as f64);
            Some((off_m, own + others + sampling + FLOOR_M * FLOOR_M))
        };
        let (east_m, east_variance) = axis(east, self.east_m)?;
        let (north_m, north_variance) = axis(north, self.north_m)?;
        Some(View { east_m, north_m, east_variance, north_variance })
    }
}

/// What one village says of one subject.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) east_m: f64,
    pub(super) north_m: f64,
    pub(super) east_variance: f64,
    pub(super) north_variance: f64,
}

impl View {
    /// Squares about what is expected, over their variances.
    pub(super) fn square(&self, expected: (f64, f64)) -> f64 {
        let (east, north) = (self.east_m - expected.0, self.north_m - expected.1);
        east * east / self.east_variance + north * north / self.north_variance
    }
}

/// Logarithm of the likelihood of so many villages' answers whose squares come to a sum.
pub(super) fn log_likelihood(villages: usize, squares: f64) -> f64 {
    -(SHAPE + villages as f64) * (SCALE + squares / 2.0).ln()
}

/// The factor φ of all variances that such answers suggest.
pub(super) fn factor(villages: usize, squares: f64) -> f64 {
    (SCALE + squares / 2.0) / (SHAPE + villages as f64)
}

/// A view from a village.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) village: u32,
    pub(super) view: View,
}

/// The middles of villages.
pub(super) type Middles = FxHashMap<u32, Middle>;

/// What villages say.
#[derive(Clone, Default)]
pub(super) struct Views {
    /// Of everyone who worked there: by subject, and there by village.
    seen: FxHashMap<u64, Vec<Seen>>,
    /// Of whom each village says something.
    subjects: FxHashMap<u32, Vec<u64>>,
    /// Their middles, where they have one.
    pub(super) middles: Middles,
}

impl Views {
    /// Of all villages; excluded subjects count nowhere.
    pub(super) fn all<S: Traces>(traces: &S, excluded: &FxHashSet<u64>) -> Result<Self, S::Error> {
        let mut views = Self::default();
        views.look(traces, |_| true, excluded)?;
        Ok(views)
    }

    /// Looks once more at villages in which there are other points, or other subjects are excluded, than before; returns
    /// the subjects of which they say something, or said.
    pub(super) fn renew<S: Traces>(
        &mut self,
        traces: &S,
        villages: &FxHashSet<u32>,
        excluded: &FxHashSet<u64>,
    ) -> Result<FxHashSet<u64>, S::Error> {
        let mut touched: FxHashSet<u64> = FxHashSet::default();
        for village in villages {
            touched.extend(self.forget(*village));
        }
        self.look(traces, |village| villages.contains(&village), excluded)?;
        let now = villages.iter().filter_map(|village| self.subjects.get(village)).flatten();
        touched.extend(now);
        Ok(touched)
    }

    /// Sees in a village what others saw there; returns the subjects of which it says something, or said.
    pub(super) fn copy(&mut self, from: &Self, village: u32) -> Vec<u64> {
        let mut touched = self.forget(village);
        self.middles.extend(from.middles.get(&village).map(|middle| (village, *middle)));
        let Some(subjects) = from.subjects.get(&village) else { return touched };
        for subject in subjects {
            let seen = from.of(*subject);
            let at = seen.binary_search_by_key(&village, |seen| seen.village);
            if let Ok(at) = at {
                self.add(*subject, seen[at]);
            }
        }
        self.subjects.insert(village, subjects.clone());
        touched.extend(subjects);
        touched
    }

    /// Forgets what a village says; returns of whom it did.
    fn forget(&mut self, village: u32) -> Vec<u64> {
        self.middles.remove(&village);
        let subjects = self.subjects.remove(&village).unwrap_or_default();
        for subject in &subjects {
            if let Some(seen) = self.seen.get_mut(subject) {
                seen.retain(|seen| seen.village != village);
                if seen.is_empty() {
                    self.seen.remove(subject);
                }
            }
        }
        subjects
    }

    fn add(&mut self, subject: u64, view: Seen) {
        let seen = self.seen.entry(subject).or_default();
        let place = seen.partition_point(|seen| seen.village < view.village);
        seen.insert(place, view);
    }

    fn look<S: Traces>(
        &mut self,
        traces: &S,
        wanted: impl Fn(u32) -> bool + Sync,
        excluded: &FxHashSet<u64>,
    ) -> Result<(), S::Error> {
        let see = |spots: &[Spot]| vec![village(spots, excluded)];
        for (village, middle, views) in traces.villages(wanted, see)? {
            self.middles.extend(middle.map(|middle| (village, middle)));
            for (subject, view) in &views {
                self.add(*subject, Seen { village, view: *view });
            }
            let subjects = views.into_iter().map(|(subject, _)| subject).collect();
            self.subjects.insert(village, subjects);
        }
        Ok(())
    }

    /// What all villages say of a subject, by village.
    pub(super) fn of(&self, subject: u64) -> &[Seen] {
        self.seen.get(&subject).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Points of a village without those of one subject and of the excluded.
fn others(spots: &[Spot], own: Option<u64>, excluded: &FxHashSet<u64>) -> Vec<LonLat> {
    let counts = |s: &&Spot| Some(s.subject) != own && !excluded.contains(&s.subject);
    spots.iter().filter(counts).map(|s| s.point).collect()
}

/// A village with its middle, and what it says of each subject.
fn village(spots: &[Spot], excluded: &FxHashSet<u64>) -> (u32, Option<Middle>, Vec<(u64, View)>) {
    let village = spots[0].village;
    let all = Middle::of(&others(spots, None, excluded));
    let mut seen = Vec::new();
    for run in spots.chunk_by(|a, b| a.subject == b.subject) {
        let subject = run[0].subject;
        let own: Vec<LonLat> = run.iter().filter(|s| s.suspect).map(|s| s.point).collect();
        if own.len() < LEAST_OWN || run.len() == spots.len() {
            continue;
        }
        let middle = if run.len() * SMALL_SHARE < spots.len() {
            all
        } else {
            Middle::of(&others(spots, Some(subject), excluded))
        };
        let view = middle.and_then(|m| m.view(&own));
        seen.extend(view.map(|view| (subject, view)));
    }
    (village, all, seen)
}
