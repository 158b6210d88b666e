//! How much speaks for two submissions of one name in one commune being one household, in bits (Fellegi–Sunter).
//!
//! The weights are log2 (m / u) of the starter model of households, as `diachiso link train` estimates them without labels
//! from 300,000 synthetic records (`diachiso generate --linkage 300000 --out D`, then `diachiso link train D/records.csv
//! --model households --out M.toml`), rounded to a tenth; what is not from there says so. They are the same for every file,
//! so that what is decided of two submissions never depends on others.

use diachiso_spatial::distance;

use super::Twin;

/// Bits from which two submissions are one household: 64 to 1.
pub(crate) const UPPER_BITS: f32 = 6.0;
/// Bits below which they are two: evens. Between the two bounds a person decides (D04).
pub(crate) const LOWER_BITS: f32 = 0.0;

/// log2 of the odds that two records drawn at random are one household.
const PRIOR: f32 = -19.6;
/// One name, with its tones or with no marks in one of the two.
const NAME: f32 = 13.2;
/// *Thủy* and *Thúy* are two persons: not estimated, and so much that only an identity number outweighs it.
const OTHER_TONES: f32 = -20.0;
const IDENTITY: Graded = Graded { agrees: 18.7, differs: -13.8 };
const PHONE: Graded = Graded { agrees: 18.8, differs: -3.2 };

/// A value that agrees or does not.
struct Graded {
    agrees: f32,
    differs: f32,
}

impl Graded {
    fn weigh(&self, a: u64, b: u64) -> f32 {
        match (a, b) {
            (0, _) | (_, 0) => 0.0,
            (a, b) if a == b => self.agrees,
            _ => self.differs,
        }
    }
}

/// Where the two are, as the levels of [`PLACES`] see it.
struct Where {
    /// Metres between their positions; infinite where one has none.
    apart_m: f64,
    code: bool,
    house: bool,
    village: Option<bool>,
}

type Level = (fn(&Where) -> bool, f32);

/// The first that holds counts: code, house, village and position say one thing, which must not count several times.
const PLACES: [Level; 11] = [
    (|w| w.code && w.apart_m <= NEAR_M, 19.9),
    (|w| w.house && w.apart_m <= 12.0, 18.6),
    (|w| w.apart_m <= 12.0, 16.5),
    (|w| w.code, 15.6),
    (|w| w.house, 14.3),
    (|w| w.apart_m <= 30.0, 11.0),
    // Between its neighbours: the model has no such level.
    (|w| w.apart_m <= NEAR_M, 8.0),
    (|w| w.apart_m <= 100.0, 3.4),
    (|w| w.village == Some(true), 3.5),
    (|w| w.village == Some(false), -3.7),
    (|_| true, 0.0),
];

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
    /// The evidence of two submissions whose names are equal but for their marks; the order of the two does not matter.
    pub(crate) fn of(a: &Twin, b: &Twin) -> Self {
        let stated = |a: u64, b: u64| a != 0 && a == b;
        let seen = Where {
            apart_m: metres(a, b).unwrap_or(f64::INFINITY),
            code: stated(a.code, b.code),
            house: stated(a.house, b.house),
            village: (a.village != 0 && b.village != 0).then_some(a.village == b.village),
        };
        let place = PLACES.iter().find(|(holds, _)| holds(&seen)).map_or(0.0, |(_, bits)| *bits);
        let one_name = a.name == b.name || a.unmarked || b.unmarked;
        let members = match (a.members, b.members) {
            (0, _) | (_, 0) => 0.0,
            (a, b) => match a.abs_diff(b) {
                0 => 2.6,
                1 => -1.8,
                _ => -3.2,
            },
        };
        Self {
            prior: PRIOR,
            name: if one_name { NAME } else { OTHER_TONES },
            identity: IDENTITY.weigh(a.identity, b.identity),
            phone: PHONE.weigh(a.phone, b.phone),
            place,
            members,
        }
    }

    /// log2 of the odds that the two are one household.
    pub(crate) fn bits(&self) -> f32 {
        self.prior + self.name + self.identity + self.phone + self.place + self.members
    }
}

/// Metres between two submissions that both have a position.
pub(super) fn metres(a: &Twin, b: &Twin) -> Option<f64> {
    a.point.zip(b.point).map(|(a, b)| distance::metres(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_name_a_village_and_the_members_is_two_households() {
        let weak = PLACES.iter().map(|(_, bits)| *bits).filter(|bits| *bits < 8.0);
        let weak = weak.fold(f32::MIN, f32::max);
        assert!(PRIOR + NAME + weak + 2.6 < LOWER_BITS, "candidates would be missed");
    }

    #[test]
    fn other_tones_stay_apart_whatever_else_agrees_but_an_identity_number() {
        let rest = PRIOR + OTHER_TONES + PHONE.agrees + PLACES[0].1 + 2.6;
        assert!(rest < UPPER_BITS);
        assert!(rest + IDENTITY.agrees >= UPPER_BITS);
    }
}
