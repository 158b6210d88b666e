//! How much speaks for two submissions with one set of initials in one commune being one household, in bits
//! (Fellegi–Sunter), by the model `models/submissions.toml`. It is the same for every file, so that what is decided of two
//! submissions never depends on others.

use diachiso_link::{Text, condition::Test};
use diachiso_spatial::distance;
use diachiso_text::{fold, name};

use super::Twin;
use crate::{
    spelling::{self, Spelling},
    weigh::{Graded, SUBMISSIONS, submission as of},
};

/// Bits from which two submissions are one household: 64 to 1.
pub(crate) const UPPER_BITS: f32 = 6.0;
/// Bits below which they are two: evens. Between the two bounds a person decides (D04).
pub(crate) const LOWER_BITS: f32 = 0.0;

/// Metres within which positions alone make two submissions worth a look.
pub(super) const NEAR_M: f64 = 60.0;

/// What each kind of evidence weighs, in bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) prior: f32,
    pub(crate) name: f32,
    pub(crate) identity: f32,
    pub(crate) phone: f32,
    pub(crate) place: f32,
    pub(crate) members: f32,
}

impl Evidence {
    /// The evidence of two submissions whose names have the same initials; the order of the two does not matter.
    pub(crate) fn of(a: &Twin, b: &Twin) -> Self {
        let model = &*SUBMISSIONS;
        Self {
            prior: model.prior,
            name: names(a, b),
            identity: agreement(&model.identity, a.identity, b.identity),
            phone: agreement(&model.phone, a.phone, b.phone),
            place: places(a, b),
            members: members(a.members, b.members),
        }
    }

    /// log2 of the odds that the two are one household.
    pub(crate) fn bits(&self) -> f32 {
        self.prior + self.name + self.identity + self.phone + self.place + self.members
    }
}

/// Of two values that are equal or not, 0 where nothing is stated.
fn agreement(graded: &Graded, a: u64, b: u64) -> f32 {
    if a == 0 || b == 0 { 0.0 } else { graded.first(|_, _| a == b).bits }
}

fn places(a: &Twin, b: &Twin) -> f32 {
    let graded = &SUBMISSIONS.place;
    let apart_m = metres(a, b).unwrap_or(f64::INFINITY);
    let same = |a: u64, b: u64| a != 0 && a == b;
    let reached = graded.first(|column, test| match (column, test) {
        (of::CODE, _) => same(a.code, b.code),
        (of::HOUSE, _) => same(a.house, b.house),
        (of::VILLAGE, _) => same(u64::from(a.village), u64::from(b.village)),
        (of::POSITION, Test::Metres(most)) => apart_m <= most,
        _ => false,
    });
    let silent = graded.is_last(reached) && (a.village == 0 || b.village == 0);
    if silent { 0.0 } else { reached.bits }
}

fn members(a: u16, b: u16) -> f32 {
    if a == 0 || b == 0 {
        return 0.0;
    }
    let apart = f64::from(a.abs_diff(b));
    let holds = |_, test| match test {
        Test::Exact => apart <= 0.0,
        Test::Difference(most) => apart <= most,
        _ => false,
    };
    SUBMISSIONS.members.first(holds).bits
}

fn names(a: &Twin, b: &Twin) -> f32 {
    let graded = &SUBMISSIONS.name;
    let reached = if a.name == b.name {
        graded.first(|_, test| test == Test::Exact)
    } else {
        let keys = [a, b].map(|twin| twin.spelling.key());
        let [p, q] = [0, 1].map(|at| Text::new(&keys[at]));
        let [given, other] = [0, 1].map(|at| {
            let folded = fold::unaccent_key(&keys[at]);
            spelling::given(&folded).to_owned()
        });
        graded.first(|_, test| match test {
            // Told by their hashes: no more than the beginning of a long name is kept.
            Test::Exact => false,
            // What is left of a name without its given name fits too many.
            Test::Initials => !given.is_empty() && given == other && p.holds(test, &q),
            test => p.holds(test, &q),
        })
    };
    if reached.bits <= 0.0 {
        return reached.bits;
    }
    // Of two spellings the commoner counts.
    reached.bits + f32::from(a.rarity.min(b.rarity)) / TENTHS
}

/// How much commoner than most a name is, by its family and middle names, in tenths of a bit from 0 down: a rare name weighs
/// no more than most, so that a name and a village are never enough.
pub(super) fn rarity(spelling: Spelling) -> i8 {
    let folded = fold::unaccent_key(&spelling.key());
    let parts = name::split(&folded);
    // Compound families are listed by their first word.
    let family = parts.family.split(' ').next().unwrap_or("");
    let bits = SUBMISSIONS.families.of(family) + SUBMISSIONS.middles.of(parts.middle);
    (bits.clamp(LEAST_RARITY, 0.0) * TENTHS) as i8
}

const TENTHS: f32 = 10.0;
/// The most that a common name takes from agreement.
const LEAST_RARITY: f32 = -12.0;

/// Metres between two submissions that both have a position.
pub(super) fn metres(a: &Twin, b: &Twin) -> Option<f64> {
    a.point.zip(b.point).map(|(a, b)| distance::metres(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_name_a_village_and_the_members_is_two_households() {
        let model = &*SUBMISSIONS;
        // Farther than is looked at: the best that positions and a village can say.
        let weak = model.place.first(|column, test| match (column, test) {
            (of::POSITION, Test::Metres(most)) => NEAR_M < most,
            _ => false,
        });
        let village = model.place.first(|column, _| column == of::VILLAGE);
        let weak = weak.bits.max(village.bits);
        assert!((3.0..4.0).contains(&weak), "{weak}");
        let most = model.prior + model.name.most() + weak + model.members.most();
        assert!(most < LOWER_BITS, "candidates would be missed: {most}");
    }

    #[test]
    fn other_tones_stay_apart_whatever_else_agrees_but_an_identity_number() {
        let model = &*SUBMISSIONS;
        let tones = model.name.first(|_, test| test == Test::Unaccented).bits;
        let rest =
            model.prior + tones + model.phone.most() + model.place.most() + model.members.most();
        assert!(rest < UPPER_BITS);
        assert!(rest + model.identity.most() >= UPPER_BITS);
    }
}
