//! The plan: how the totals fall on communes and villages, so that each village can be made alone.

use crate::{
    SynthError,
    config::{CommuneInput, Config, Targets},
    dirt::Dirt,
    ground::{Ground, Spot},
    places,
    random::{Rng, key},
};

/// Households of a village, on average.
const VILLAGE_HOUSEHOLDS: u64 = 290;
/// How far a village's centre keeps from the border of its commune.
const CENTRE_MARGIN_M: f64 = 60.0;
/// Neighbouring villages that a village's houses keep out of.
const NEIGHBOURS: usize = 16;

/// Uncovered households of a commune from which a shifted device is sure to be noticed.
const SHIFTED_HOUSEHOLDS: u64 = 150;

/// The first name of other dates that another commune of the same district has as well.
fn ambiguous_name(input: &CommuneInput, all: &[CommuneInput]) -> Option<String> {
    let others =
        || all.iter().filter(|c| c.code != input.code && c.district_name == input.district_name);
    input.other_names.iter().find(|name| others().any(|c| c.other_names.contains(name))).cloned()
}

/// Everything that villages share. Its size grows with the number of villages, not of households.
pub(crate) struct Plan<'a> {
    pub(crate) config: &'a Config,
    pub(crate) targets: Targets,
    pub(crate) communes: Vec<CommunePlan<'a>>,
    /// Village `v` of the whole is the first of its commune plus its place there.
    first_villages: Vec<u64>,
    /// Uncovered register lines of all villages before each, and of all at the end.
    uncovered_before: Vec<u64>,
}

/// One commune's part.
pub(crate) struct CommunePlan<'a> {
    pub(crate) input: &'a CommuneInput,
    pub(crate) ground: Ground,
    pub(crate) centres: Vec<Spot>,
    /// A name of another date that a second commune of the district bears too.
    pub(crate) ambiguous_name: Option<String>,
    /// Whether its uncovered households are visited by a collector whose device is set to VN-2000.
    pub(crate) shifted: bool,
    /// Register lines of the communes before.
    first: u64,
    /// Register lines of this commune.
    households: u64,
}

/// What one village has to yield.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    /// Place of the commune in the plan.
    pub(crate) commune: usize,
    /// Place of the village in its commune.
    pub(crate) village: u64,
    /// Place of the village in the whole.
    pub(crate) overall: u64,
    /// Register lines before this village, in the whole and in the commune.
    pub(crate) before: u64,
    pub(crate) before_in_commune: u64,
    /// Register lines.
    pub(crate) households: u64,
    pub(crate) covered: u64,
    pub(crate) persons_covered: u64,
    pub(crate) poor_covered: u64,
    pub(crate) poor_uncovered: u64,
    /// Households outside the register, and those before this village, in the whole and in the commune.
    pub(crate) outside: u64,
    pub(crate) outside_before: u64,
    pub(crate) outside_in_commune: u64,
}

/// `total × done ÷ of`, rounded down: what the first `done` of `of` get of a total.
///
/// Differences of it share a total out without a remainder, and never give more than one each.
fn up_to(total: u64, done: u64, of: u64) -> u64 {
    (u128::from(total) * u128::from(done) / u128::from(of.max(1))) as u64
}

impl<'a> Plan<'a> {
    pub(crate) fn new(config: &'a Config) -> Result<Self, SynthError> {
        config.check()?;
        let weight_of = |i: usize, input: &CommuneInput| {
            input.weight * Rng::new(&[config.seed, 33, i as u64]).uniform(0.6, 1.4)
        };
        let weights: Vec<f64> =
            config.communes.iter().enumerate().map(|(i, c)| weight_of(i, c)).collect();
        let weight: f64 = weights.iter().sum();
        let mut communes = Vec::with_capacity(config.communes.len());
        let mut first_villages = vec![0];
        let (mut done, mut first) = (0.0, 0);
        for (i, input) in config.communes.iter().enumerate() {
            done += weights[i];
            let last = i + 1 == config.communes.len();
            let end = (config.households as f64 * done / weight).round() as u64;
            let end = if last { config.households } else { end.clamp(first, config.households) };
            let households = end - first;
            let villages = ((households + VILLAGE_HOUSEHOLDS / 2) / VILLAGE_HOUSEHOLDS).max(1);
            let ground =
                Ground::new(&input.shape).ok_or_else(|| SynthError::Shape(input.name.clone()))?;
            let mut rng = Rng::new(&[config.seed, 31, i as u64]);
            let centres = ground.centres(villages as usize, CENTRE_MARGIN_M, &mut rng);
            let ambiguous_name = ambiguous_name(input, &config.communes);
            communes.push(CommunePlan {
                input,
                ground,
                centres,
                ambiguous_name,
                shifted: false,
                first,
                households,
            });
            first_villages.push(first_villages[i] + villages);
            first = end;
        }
        let targets = config.effective_targets();
        let uncovered_before = Vec::new();
        let mut plan = Self { config, targets, communes, first_villages, uncovered_before };
        plan.uncovered_before = plan.share_out_uncovered();
        plan.shift_devices();
        Ok(plan)
    }

    /// Picks the communes that a shifted device works in: of those where it meets enough households to be noticed.
    fn shift_devices(&mut self) {
        let share = self.config.dirt.share(Dirt::Shifted);
        for i in 0..self.communes.len() {
            let (from, to) = (self.first_villages[i] as usize, self.first_villages[i + 1] as usize);
            let uncovered = self.uncovered_before[to] - self.uncovered_before[from];
            let drawn = Rng::new(&[self.config.seed, 36, i as u64]).chance(share);
            self.communes[i].shifted = drawn && uncovered >= SHIFTED_HOUSEHOLDS && to - from >= 3;
        }
    }

    /// Shares the uncovered lines out so that villages differ, and communes too, as they do where teams differ.
    fn share_out_uncovered(&self) -> Vec<u64> {
        let total = self.config.households - self.targets.covered;
        let households: Vec<u64> = (0..self.villages()).map(|v| self.size(v).1).collect();
        let mut factors: Vec<f64> = (0..self.villages()).map(|v| self.neglect(v)).collect();
        let weighed = |factors: &[f64]| -> f64 {
            factors.iter().zip(&households).map(|(f, h)| f * *h as f64).sum()
        };
        // Nowhere more than nine in ten may be missing: where that cannot be, all villages are alike.
        let per_weight = total as f64 / weighed(&factors);
        if factors.iter().any(|f| f * per_weight > 0.9) {
            factors.fill(1.0);
        }
        let per_weight = total as f64 / weighed(&factors);
        let (mut exact, mut done) = (0.0, 0);
        let mut before = vec![0];
        for (factor, households) in factors.iter().zip(&households) {
            exact += factor * *households as f64 * per_weight;
            done += (exact.round() as u64).clamp(done, done + households) - done;
            before.push(done.min(total));
        }
        before.pop();
        before.push(total);
        before
    }

    /// How much likelier than elsewhere a household of a village is uncovered.
    fn neglect(&self, overall: u64) -> f64 {
        let commune = self.commune_of(overall) as u64;
        let seed = self.config.seed;
        Rng::new(&[seed, 34, commune]).uniform(0.4, 2.2)
            * Rng::new(&[seed, 35, overall]).uniform(0.4, 1.6)
    }

    fn commune_of(&self, overall: u64) -> usize {
        self.first_villages.partition_point(|&f| f <= overall) - 1
    }

    /// Register lines of the commune before a village, and its own.
    fn size(&self, overall: u64) -> (u64, u64) {
        let commune = self.commune_of(overall);
        let village = overall - self.first_villages[commune];
        let before = self.cut(commune, village);
        (before, self.cut(commune, village + 1) - before)
    }

    pub(crate) fn villages(&self) -> u64 {
        self.first_villages.last().copied().unwrap_or(0)
    }

    pub(crate) fn quota(&self, overall: u64) -> Quota {
        let commune = self.commune_of(overall);
        let village = overall - self.first_villages[commune];
        let plan = &self.communes[commune];
        let (before_in_commune, households) = self.size(overall);
        let before = plan.first + before_in_commune;
        let (t, all) = (&self.targets, self.config.households);
        let after = before + households;
        let at = overall as usize;
        let (u0, u1) = (self.uncovered_before[at], self.uncovered_before[at + 1]);
        // The covered and the uncovered are counted separately, so that no part exceeds its whole.
        let (c0, c1) = (before - u0, after - u1);
        let among_covered = |total| up_to(total, c1, t.covered) - up_to(total, c0, t.covered);
        let poor_uncovered = t.poor - t.poor_covered;
        let outside_all = (all as f64 * self.config.outside_share).round() as u64;
        let outside_before = up_to(outside_all, before, all);
        Quota {
            commune,
            village,
            overall,
            before,
            before_in_commune,
            households,
            covered: c1 - c0,
            persons_covered: among_covered(t.persons_covered),
            poor_covered: among_covered(t.poor_covered),
            poor_uncovered: up_to(poor_uncovered, u1, all - t.covered)
                - up_to(poor_uncovered, u0, all - t.covered),
            outside: up_to(outside_all, after, all) - outside_before,
            outside_before,
            outside_in_commune: outside_before - up_to(outside_all, plan.first, all),
        }
    }

    /// Register lines of a commune before its `village`-th village; sizes differ by up to 30 %.
    fn cut(&self, commune: usize, village: u64) -> u64 {
        let plan = &self.communes[commune];
        let villages = plan.centres.len() as u64;
        if village == 0 || village >= villages {
            return if village == 0 { 0 } else { plan.households };
        }
        let even = up_to(plan.households, village, villages);
        let sway = plan.households / villages * 3 / 10;
        let draw = key(&[self.config.seed, 32, commune as u64, village]);
        even + draw % (sway + 1) - sway / 2
    }

    /// Full name of a village: "Thôn Trung Làng", "TDP Vĩnh Hòa".
    pub(crate) fn village_title(&self, quota: &Quota) -> String {
        let commune = &self.communes[quota.commune];
        let kind = if commune.input.kind_is_urban { "TDP" } else { "Thôn" };
        let name = places::village_name(self.config.seed, quota.commune as u64, quota.village);
        format!("{kind} {name}")
    }

    /// Centres of the villages next to one, nearest first.
    pub(crate) fn neighbours(&self, quota: &Quota) -> Vec<Spot> {
        let centres = &self.communes[quota.commune].centres;
        let own = centres[quota.village as usize];
        let mut others: Vec<Spot> = centres
            .iter()
            .enumerate()
            .filter(|&(i, c)| i as u64 != quota.village && c.distance(own) < 3_000.0)
            .map(|(_, c)| *c)
            .collect();
        others.sort_by(|a, b| a.distance(own).total_cmp(&b.distance(own)));
        others.truncate(NEIGHBOURS);
        others
    }
}
