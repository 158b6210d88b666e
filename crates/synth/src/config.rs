//! What is to be generated.

use geo_types::MultiPolygon;
use jiff::civil::{Date, date};

use crate::{SynthError, dirt::DirtProfile};

/// A commune as the generator needs it.
#[derive(Clone, Debug)]
pub struct CommuneInput {
    /// Five-digit code of the statistics office on the dates of collection.
    pub code: String,
    /// Full name: "Xã Quảng Thái".
    pub name: String,
    /// Whether it is a phường or thị trấn (with streets and tổ dân phố) rather than a xã.
    pub kind_is_urban: bool,
    /// Full name of the district: "Huyện Quảng Điền".
    pub district_name: String,
    /// Five-digit postal code; without one, no household has an address code.
    pub postal: Option<u32>,
    /// Boundary in WGS 84 degrees.
    pub shape: MultiPolygon<f64>,
    /// Share of the households, in any unit; chance moves it by up to 40 %.
    pub weight: f64,
    /// Full names of its predecessors and successors, for rows that state a unit of another date.
    pub other_names: Vec<String>,
}

/// Totals that the pipeline is to arrive at, exactly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Targets {
    /// Register households with an acceptable submission.
    pub covered: u64,
    /// Persons of those households, as the register counts them.
    pub persons_covered: u64,
    /// Poor households in the denominator.
    pub poor: u64,
    /// Poor households covered.
    pub poor_covered: u64,
}

/// Everything that the output is a function of.
#[derive(Clone, Debug)]
pub struct Config {
    /// The seed.
    pub seed: u64,
    /// Lines of the register, from 1,000 to 30,000,000.
    pub households: u64,
    /// The communes.
    pub communes: Vec<CommuneInput>,
    /// First day of collection.
    pub collected_from: Date,
    /// Last day of collection; repeats follow up to [`REPEAT_DAYS_MAX`] days later.
    pub collected_to: Date,
    /// Closing date of the register.
    pub closed_on: Date,
    /// Source of the register, as its column says it.
    pub source: String,
    /// How dirty the submissions are.
    pub dirt: DirtProfile,
    /// Exact totals; without them, the proportions of the preset.
    pub targets: Option<Targets>,
    /// Share of the covered households that are handed in twice.
    pub duplicates_share: f64,
    /// Households outside the register, as a share of its lines.
    pub outside_share: f64,
}

/// Households that a register may have.
pub const HOUSEHOLDS: std::ops::RangeInclusive<u64> = 1_000..=30_000_000;
/// Days after which a household is handed in again, at most.
pub const REPEAT_DAYS_MAX: u64 = 25;

const PRESET_HOUSEHOLDS: u64 = 26_412;
const PRESET: Targets =
    Targets { covered: 24_124, persons_covered: 80_942, poor: 670, poor_covered: 665 };

/// The preset: the district of Quảng Điền as its published figures have it.
///
/// 26,412 register lines in about 90 villages, of which 24,124 with 80,942 persons are covered, and
/// 665 of 670 poor ones. Collected while the district had its 11 communes (2021-07 to 2024-12).
#[must_use]
pub fn quang_dien(communes: Vec<CommuneInput>) -> Config {
    Config {
        households: PRESET_HOUSEHOLDS,
        targets: Some(PRESET),
        ..Config::proportional(20_240_401, PRESET_HOUSEHOLDS, communes)
    }
}

impl Config {
    /// A configuration of any size with the preset's dates, dirt and proportions.
    #[must_use]
    pub fn proportional(seed: u64, households: u64, communes: Vec<CommuneInput>) -> Self {
        Self {
            seed,
            households,
            communes,
            collected_from: date(2024, 4, 1),
            collected_to: date(2024, 11, 15),
            closed_on: date(2024, 3, 31),
            source: "police".into(),
            dirt: DirtProfile::default(),
            targets: None,
            duplicates_share: 0.04,
            outside_share: 0.01,
        }
    }

    /// The targets, or the preset's proportions of this size.
    #[must_use]
    pub fn effective_targets(&self) -> Targets {
        let scaled = |n: u64| {
            let exact = u128::from(n) * u128::from(self.households);
            ((exact + u128::from(PRESET_HOUSEHOLDS) / 2) / u128::from(PRESET_HOUSEHOLDS)) as u64
        };
        self.targets.unwrap_or(Targets {
            covered: scaled(PRESET.covered),
            persons_covered: scaled(PRESET.persons_covered),
            poor: scaled(PRESET.poor),
            poor_covered: scaled(PRESET.poor_covered),
        })
    }

    /// Checks that what is asked for can be made.
    ///
    /// # Errors
    /// When a number is out of its range or the targets contradict each other; the message says which.
    pub fn check(&self) -> Result<(), SynthError> {
        let t = self.effective_targets();
        let fail = |why: String| Err(SynthError::Config(why));
        if !HOUSEHOLDS.contains(&self.households) {
            return fail(format!("{} households, expected 1000 to 30000000", self.households));
        }
        if self.communes.is_empty()
            || self.communes.iter().any(|c| c.weight.is_nan() || c.weight <= 0.0)
        {
            return fail("expected at least one commune, each with a weight above 0".into());
        }
        if self.collected_from > self.collected_to {
            let (from, to) = (self.collected_from, self.collected_to);
            return fail(format!("collection ends on {to}, before it begins on {from}"));
        }
        if t.covered == 0 || t.covered >= self.households {
            let all = self.households;
            return fail(format!(
                "{} covered of {all} households, expected some, not all",
                t.covered
            ));
        }
        if !(t.covered * 2..=t.covered * 6).contains(&t.persons_covered) {
            return fail(format!(
                "{} persons in {} households, expected 2 to 6 a household",
                t.persons_covered, t.covered
            ));
        }
        // Half of the uncovered at most, because lines of people who moved away are not poor.
        if t.poor_covered > t.poor.min(t.covered)
            || t.poor - t.poor_covered > (self.households - t.covered) / 2
        {
            return fail(format!(
                "{} of {} poor households covered, which the other targets exclude",
                t.poor_covered, t.poor
            ));
        }
        if ![self.duplicates_share, self.outside_share].iter().all(|s| (0.0..=0.5).contains(s)) {
            return fail("a share of duplicates or outside households is not in 0 to 0.5".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_targets_the_proportions_of_the_preset_hold() {
        let config = Config::proportional(1, 2 * PRESET_HOUSEHOLDS, Vec::new());
        assert_eq!(
            config.effective_targets(),
            Targets { covered: 48_248, persons_covered: 161_884, poor: 1_340, poor_covered: 1_330 }
        );
    }
}
