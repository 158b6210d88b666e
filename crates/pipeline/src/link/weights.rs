//! What speaks for a submission being of a household of a register, part by part.

use std::cell::OnceCell;

use diachiso_link::{Text, condition::Test};
use diachiso_model::{Household, PovertyClass};
use diachiso_text::fold;
use rustc_hash::FxHashMap;

use super::{Index, LOWER_BITS, Matcher, Stated};
use crate::{
    submissions::{LinkKeys, joint},
    weigh::{REGISTER, register as of},
};

/// log2 of the odds that a visited household is listed: 49 of 50.
const LISTED_BITS: f32 = 5.6;

/// What each kind of evidence weighs, in bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weights {
    pub(crate) prior: f32,
    pub(crate) place: f32,
    pub(crate) address: f32,
    pub(crate) members: f32,
    pub(crate) poverty: f32,
    pub(crate) name: f32,
}

impl Weights {
    pub(crate) fn sum(self) -> f32 {
        self.prior + self.place + self.address + self.members + self.poverty + self.name
    }
}

/// A name as it was handed in, taken apart only where hashes do not decide.
pub(crate) struct Spelt<'a> {
    head: &'a str,
    text: OnceCell<Text>,
}

impl<'a> Spelt<'a> {
    pub(crate) fn new(head: &'a str) -> Self {
        Self { head, text: OnceCell::new() }
    }

    fn text(&self) -> &Text {
        self.text.get_or_init(|| Text::new(&fold::strong_key(self.head)))
    }
}

/// How many households of a register bear a value.
pub(super) struct Counts {
    all: u32,
    /// By name without marks.
    name: FxHashMap<u64, u32>,
    /// By given name and the initials of all.
    initials: FxHashMap<u64, u32>,
    village: FxHashMap<u32, u32>,
    commune: FxHashMap<u16, u32>,
    poverty: [u32; 3],
}

/// Given name, and the initials of all: what is left of a name in initials.
fn shortened(keys: &LinkKeys) -> u64 {
    joint(keys.initials, keys.given)
}

fn class(poverty: PovertyClass) -> usize {
    match poverty {
        PovertyClass::None => 0,
        PovertyClass::NearPoor => 1,
        PovertyClass::Poor => 2,
    }
}

impl Counts {
    pub(super) fn new(households: &[Household], keys: &[LinkKeys]) -> Self {
        let mut counts = Self {
            all: households.len().max(1) as u32,
            name: FxHashMap::default(),
            initials: FxHashMap::default(),
            village: FxHashMap::default(),
            commune: FxHashMap::default(),
            poverty: [0; 3],
        };
        for (h, k) in households.iter().zip(keys) {
            *counts.name.entry(k.name_fold).or_default() += 1;
            *counts.initials.entry(shortened(k)).or_default() += 1;
            *counts.village.entry(h.village).or_default() += 1;
            *counts.commune.entry(h.commune.0).or_default() += 1;
            counts.poverty[class(h.poverty)] += 1;
        }
        counts
    }

    /// log2 of how rare a value is that so many bear.
    fn rarity(&self, bearers: Option<&u32>) -> f32 {
        (self.all as f32 / (*bearers.unwrap_or(&1)).max(1) as f32).log2()
    }
}

impl Matcher<'_> {
    /// Weight of the evidence that a submission speaks of household `at`.
    pub(crate) fn weights(&self, (s, ours): Stated<'_>, spelt: &Spelt<'_>, at: u32) -> Weights {
        let Index { keys, counts, village_address, .. } = self.index;
        let (h, theirs) = (&self.households[at as usize], &keys[at as usize]);
        let model = &*REGISTER;
        let same = |a: u64, b: u64| a != 0 && a == b;
        let told = |test: Test, a: bool, b: bool| match test {
            Test::OneStates => a != b,
            Test::Unstated => !(a && b),
            _ => false,
        };
        // A line always states village and commune.
        let holds = |column: usize, test: Test| match (column, test) {
            (of::VILLAGE, Test::Exact) => s.village == Some(h.village),
            (of::COMMUNE, Test::Exact) => ours.commune == Some(h.commune),
            (of::ADDRESS, Test::Exact) => same(ours.address, theirs.address),
            (of::STREET, Test::Exact) => same(ours.street, theirs.street),
            (of::VILLAGE, test) => told(test, s.village.is_some(), true),
            (of::HOUSE, test) => told(test, ours.house != 0, theirs.house != 0),
            (of::STREET, test) => told(test, ours.street != 0, theirs.street != 0),
            _ => false,
        };
        let place = match model.place.first(holds) {
            reached if model.place.is_last(reached) => {
                let stated = s.village.is_some() || ours.commune.is_some();
                if stated { reached.bits } else { 0.0 }
            }
            reached if s.village == Some(h.village) => {
                reached.bits + counts.rarity(counts.village.get(&h.village))
            }
            reached => reached.bits + counts.rarity(counts.commune.get(&h.commune.0)),
        };
        let address = match model.address.first(holds) {
            _ if ours.address == 0 || theirs.address == 0 => 0.0,
            reached
                if same(ours.address, theirs.address)
                    && s.village.is_none_or(|v| v == h.village) =>
            {
                let village = u64::from(h.village);
                let bearers = village_address.get(joint(village, theirs.address)).len();
                let neighbours = counts.village.get(&h.village).copied().unwrap_or(1);
                reached.bits + (neighbours as f32 / bearers.max(1) as f32).log2()
            }
            reached => reached.bits,
        };
        let members = s.members.map_or(0.0, |stated| {
            let apart = f64::from(stated.abs_diff(h.members));
            let holds = |_, test| match test {
                Test::Exact => apart <= 0.0,
                Test::Difference(most) => apart <= most,
                _ => false,
            };
            model.members.first(holds).bits
        });
        let poverty =
            match model.poverty.first(|_, test| test == Test::Exact && s.poverty == h.poverty) {
                reached if model.poverty.is_last(reached) => reached.bits,
                reached => reached.bits + counts.rarity(Some(&counts.poverty[class(h.poverty)])),
            };
        let prior = LISTED_BITS - (counts.all as f32).log2();
        let mut weights = Weights { prior, place, address, members, poverty, name: 0.0 };
        weights.name = self.name_bits(ours, spelt, at, weights.sum());
        weights
    }

    /// Weight of the names; `rest` is that of everything else, so that names are spelt out only where it can matter.
    fn name_bits(&self, ours: &LinkKeys, spelt: &Spelt<'_>, at: u32, rest: f32) -> f32 {
        let Index { keys, counts, .. } = self.index;
        let (model, theirs) = (&REGISTER.name, &keys[at as usize]);
        if ours.name == 0 || theirs.name == 0 {
            return 0.0;
        }
        let may_matter = rest + (counts.all as f32).log2() >= LOWER_BITS;
        let other = OnceCell::new();
        let spelling = |test: Test| {
            let other = other
                .get_or_init(|| Text::new(&fold::strong_key(&self.households[at as usize].head)));
            may_matter && spelt.text().holds(test, other)
        };
        let unmarked = ours.name == ours.name_fold || theirs.name == theirs.name_fold;
        let reached = model.first(|_, test| match test {
            Test::Exact => ours.name == theirs.name,
            Test::Unmarked => ours.name_fold == theirs.name_fold && unmarked,
            Test::Unaccented => ours.name_fold == theirs.name_fold,
            // What is left of a name without its given name fits too many.
            Test::Initials => ours.given != 0 && ours.given == theirs.given && spelling(test),
            test => spelling(test),
        });
        let rarity = match model.test(reached) {
            Test::Exact | Test::Unmarked | Test::SameWords | Test::Slip => {
                counts.rarity(counts.name.get(&theirs.name_fold))
            }
            Test::Initials => counts.rarity(counts.initials.get(&shortened(theirs))),
            _ => 0.0,
        };
        reached.bits + rarity
    }
}
