//! The comparisons of the two models that come with the stages: register lines and submissions, submissions and each other.
//!
//! The models are files of `diachiso-link`, and levels are tested by its comparisons of texts. Its engine as a whole is
//! not used here: it codes all records of a table by their values, to compare each with hundreds, while a submission is
//! compared with the few households that share a hash with it, in a register of which only hashes are kept; and a
//! check keeps no more of a row than fits a record of a fixed size.

use std::sync::LazyLock;

use diachiso_link::{
    Frequencies, Model,
    condition::{Condition, Test},
};
use rustc_hash::FxHashMap;

/// A comparison: its levels and what they weigh.
pub(crate) struct Graded {
    levels: Vec<(Vec<Condition>, f32)>,
}

/// The level that a pair reached.
#[derive(Clone, Copy)]
pub(crate) struct Reached {
    /// From 0, the best.
    pub(crate) level: usize,
    /// What it weighs without regard to how rare the value is.
    pub(crate) bits: f32,
}

impl Graded {
    fn of(model: &Model, name: &str) -> Self {
        let found = model.comparisons.iter().find(|c| &*c.name == name);
        let levels = &found.expect("tests read every model").levels;
        Self { levels: levels.iter().map(|l| (l.conditions.clone(), l.bits())).collect() }
    }

    /// The first level whose conditions all hold, each a test of a column; the last asks for nothing.
    pub(crate) fn first(&self, holds: impl Fn(usize, Test) -> bool) -> Reached {
        let all = |conditions: &[Condition]| {
            let met = |c: &Condition| c.test == Test::Otherwise || holds(c.column, c.test);
            conditions.iter().all(met)
        };
        let last = self.levels.len() - 1;
        let level = self.levels[..last].iter().position(|(conditions, _)| all(conditions));
        let level = level.unwrap_or(last);
        Reached { level, bits: self.levels[level].1 }
    }

    /// Whether a level is the last, `otherwise`.
    pub(crate) fn is_last(&self, reached: Reached) -> bool {
        reached.level + 1 == self.levels.len()
    }

    /// The first test of a level.
    pub(crate) fn test(&self, reached: Reached) -> Test {
        self.levels[reached.level].0.first().map_or(Test::Otherwise, |c| c.test)
    }

    /// The most that any level weighs.
    #[cfg(test)]
    pub(crate) fn most(&self) -> f32 {
        self.levels.iter().map(|(_, bits)| *bits).fold(f32::MIN, f32::max)
    }
}

/// Submissions and lines of a register; columns are those of [`register`].
pub(crate) struct RegisterModel {
    pub(crate) name: Graded,
    pub(crate) place: Graded,
    pub(crate) address: Graded,
    pub(crate) members: Graded,
    pub(crate) poverty: Graded,
}

/// Columns of the model of registers.
pub(crate) mod register {
    /// In their order.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 8] =
        ["head", "village", "commune", "address", "house", "street", "members", "poverty"];
    pub(crate) const VILLAGE: usize = 1;
    pub(crate) const COMMUNE: usize = 2;
    pub(crate) const ADDRESS: usize = 3;
    pub(crate) const HOUSE: usize = 4;
    pub(crate) const STREET: usize = 5;
}

/// Submissions and each other; columns are those of [`submission`].
pub(crate) struct SubmissionModel {
    pub(crate) prior: f32,
    pub(crate) name: Graded,
    pub(crate) identity: Graded,
    pub(crate) phone: Graded,
    pub(crate) place: Graded,
    pub(crate) members: Graded,
    pub(crate) families: Rarity,
    pub(crate) middles: Rarity,
}

/// Columns of the model of submissions.
pub(crate) mod submission {
    /// In their order.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 10] = [
        "head", "family", "middle", "identity", "phone", "code", "house", "village", "position",
        "members",
    ];
    pub(crate) const CODE: usize = 5;
    pub(crate) const HOUSE: usize = 6;
    pub(crate) const VILLAGE: usize = 7;
    pub(crate) const POSITION: usize = 8;
}

const REGISTER_TOML: &str = include_str!("../models/register.toml");
const SUBMISSIONS_TOML: &str = include_str!("../models/submissions.toml");

/// The model of registers.
pub(crate) static REGISTER: LazyLock<RegisterModel> = LazyLock::new(|| {
    let model = Model::parse(REGISTER_TOML).expect("tests read every model");
    let graded = |name| Graded::of(&model, name);
    RegisterModel {
        name: graded("name"),
        place: graded("place"),
        address: graded("address"),
        members: graded("members"),
        poverty: graded("poverty"),
    }
});

/// The model of submissions.
pub(crate) static SUBMISSIONS: LazyLock<SubmissionModel> = LazyLock::new(|| {
    let model = Model::parse(SUBMISSIONS_TOML).expect("tests read every model");
    let graded = |name| Graded::of(&model, name);
    let rarity = |name| {
        let at = model.comparisons.iter().position(|c| &*c.name == name);
        Rarity::new(&model.frequencies[at.expect("tests read every model")])
    };
    SubmissionModel {
        prior: model.prior_bits(0),
        name: graded("name"),
        identity: graded("identity"),
        phone: graded("phone"),
        place: graded("place"),
        members: graded("members"),
        families: rarity("family name"),
        middles: rarity("middle name"),
    }
});

/// How much rarer than most a word is.
pub(crate) struct Rarity {
    bits: FxHashMap<Box<str>, f32>,
    others: f32,
}

impl Rarity {
    /// Of shares without marks; `*` is the share of each word that is not listed.
    fn new(Frequencies(listed): &Frequencies) -> Self {
        let rest = listed.iter().find(|(word, _)| &**word == "*").map_or(1.0, |(_, share)| *share);
        let chance: f64 = listed.iter().map(|(_, share)| share * share).sum();
        let bits = |share: f64| (chance / share).log2() as f32;
        let of = |(word, share): &(Box<str>, f64)| (word.clone(), bits(*share));
        Self { bits: listed.iter().map(of).collect(), others: bits(rest) }
    }

    /// Bits that agreement on a word weighs above agreement on most, or below.
    pub(crate) fn of(&self, word: &str) -> f32 {
        self.bits.get(word).copied().unwrap_or(self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{link, twin};

    fn written(model: &Model) -> (Vec<&str>, Vec<&str>) {
        let columns = model.columns.iter().map(|c| &*c.name).collect();
        (columns, model.blocks.iter().map(|b| &*b.written).collect())
    }

    #[test]
    fn models_say_the_bounds_columns_and_blocks_that_the_code_goes_by() {
        let model = Model::parse(REGISTER_TOML).expect("a model");
        let bounds = (model.thresholds.upper_bits, model.thresholds.lower_bits);
        assert_eq!(bounds, (link::UPPER_BITS, link::LOWER_BITS));
        let (columns, blocks) = written(&model);
        assert_eq!(columns, register::ALL);
        let keys = [
            "village, fold(head)",
            "village, address",
            "commune, fold(head)",
            "village, initials(head)",
        ];
        assert_eq!(blocks, keys);

        let model = Model::parse(SUBMISSIONS_TOML).expect("a model");
        let bounds = (model.thresholds.upper_bits, model.thresholds.lower_bits);
        assert_eq!(bounds, (twin::UPPER_BITS, twin::LOWER_BITS));
        let (columns, blocks) = written(&model);
        assert_eq!(columns, submission::ALL);
        let keys = ["identity", "phone", "code", "house", "square(position, 60)"];
        assert_eq!(blocks, keys.map(|key| format!("initials(head), {key}")));
        assert!(REGISTER.members.most() > 0.9 && SUBMISSIONS.place.most() > 19.0);
    }

    #[test]
    fn a_common_word_weighs_less_than_a_rare_one() {
        let families = &SUBMISSIONS.families;
        assert!(families.of("nguyen") < 0.0 && families.of("nguyen") < families.of("ton"));
        assert!(families.of("ton") < families.of("au"));
    }
}
