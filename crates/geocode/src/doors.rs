//! Known addresses in streets, and points for those between them.

use diachiso_model::LonLat;

use crate::{
    house_key::{AlleyKey, NumberKey},
    place::Extent,
    territory::Territory,
};

/// Ten millionths of a degree in a degree: a centimetre is one.
const SCALE: f64 = 1e7;

/// No village.
pub(crate) const NO_VILLAGE: u16 = u16::MAX;

/// A known address: 32 bytes, for there are many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Door {
    pub(crate) alley: AlleyKey,
    pub(crate) number: NumberKey,
    pub(crate) lon: i32,
    pub(crate) lat: i32,
    pub(crate) village: u16,
    /// Its commune of the oldest period, [`NO_ATOM`] if unknown.
    pub(crate) atom: u16,
    /// Metres, rounded up.
    pub(crate) radius_m: u16,
    /// Whether it comes from a reference file and so may be shown to anybody.
    pub(crate) public: bool,
}

/// No commune.
pub(crate) const NO_ATOM: u16 = u16::MAX;

impl Door {
    pub(crate) fn new(point: LonLat, radius_m: f64) -> Self {
        Self {
            alley: AlleyKey::NONE,
            number: NumberKey::NONE,
            lon: (point.lon() * SCALE).round() as i32,
            lat: (point.lat() * SCALE).round() as i32,
            village: NO_VILLAGE,
            atom: NO_ATOM,
            radius_m: radius_m.ceil().clamp(1.0, f64::from(u16::MAX)) as u16,
            public: false,
        }
    }

    pub(crate) fn at(&self) -> Spot {
        Spot { lon: f64::from(self.lon) / SCALE, lat: f64::from(self.lat) / SCALE }
    }

    /// The order within a street: alley, side, number.
    pub(crate) fn order(&self) -> (AlleyKey, bool, NumberKey) {
        (self.alley, self.number.is_odd(), self.number)
    }
}

/// A position that came out of positions, and so is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spot {
    pub(crate) lon: f64,
    pub(crate) lat: f64,
}

impl Spot {
    /// Metres to another; good to a thousandth within the province.
    pub(crate) fn metres(self, other: Self) -> f64 {
        const LAT_M: f64 = 110_660.0;
        const LON_M: f64 = 111_320.0;
        let east = (self.lon - other.lon) * LON_M * self.lat.to_radians().cos();
        east.hypot((self.lat - other.lat) * LAT_M)
    }

    pub(crate) fn between(self, other: Self, share: f64) -> Self {
        Self {
            lon: self.lon + (other.lon - self.lon) * share,
            lat: self.lat + (other.lat - self.lat) * share,
        }
    }

    pub(crate) fn lon_lat(self) -> Option<LonLat> {
        LonLat::new(self.lon, self.lat).ok()
    }

    pub(crate) fn of(point: LonLat) -> Self {
        Self { lon: point.lon(), lat: point.lat() }
    }
}

/// A street, or a hamlet of a village, or the houses of a village that are in no street.
#[derive(Clone, Debug)]
pub(crate) struct Street {
    /// Its doors in [`Doors::list`].
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) territory: Territory,
    pub(crate) extent: Extent,
    /// Metres within which nearly all of its houses are of where the numbers beside theirs put them.
    pub(crate) stray_m: f32,
    /// Metres per number within which nearly all first and last houses of such streets are of those beside them.
    pub(crate) front_m: f32,
    /// Whether its extent may be shown to anybody: it names no single house.
    pub(crate) public: bool,
    /// Its name in the lexicon; none for houses of a village without street.
    pub(crate) name: Option<u32>,
    /// The village, where it lies in one alone.
    pub(crate) village: u16,
}

/// Which doors count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) territory: Territory,
    /// Only those of this village, and those of none.
    pub(crate) village: Option<u16>,
    /// Only those that may be shown to anybody.
    pub(crate) public: bool,
}

impl Filter {
    pub(crate) fn takes(&self, door: &Door) -> bool {
        let here = door.atom == NO_ATOM || {
            let mut at = Territory::default();
            at.add(usize::from(door.atom));
            at.meets(self.territory)
        };
        let village = self.village.is_none_or(|v| door.village == v || door.village == NO_VILLAGE);
        here && village && (door.public || !self.public)
    }
}

/// A point found in a street.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) at: Spot,
    pub(crate) radius_m: f64,
    /// A door that it rests on.
    pub(crate) door: u32,
}

/// Metres a house may be from its point where a known one stands on the same number: several households, a gate or a
/// back door.
const SAME_NUMBER_M: f64 = 12.0;
/// Part of the distance between two known houses by which one between them may be off.
const SHARE_BETWEEN: f64 = 0.35;
/// Metres that a house between two others may be off beside that: how deep it stands, the fix of each.
const BESIDE_M: f64 = 25.0;
/// Metres of street front per number on one side, behind the last known one.
const FRONT_M: f64 = 8.0;
/// Numbers behind the last known one that are still told by it.
const BEHIND: u32 = 40;
/// Metres beyond which a point between two houses says less than the street.
const LONGEST_GAP_M: f64 = 1_500.0;

/// Metres by which a street or hamlet may reach beyond its known houses: the fewer there are, the more.
pub(crate) fn beyond_m(houses: usize) -> f64 {
    40.0 + 400.0 / houses.max(1) as f64
}

/// All known addresses, street by street.
#[derive(Default)]
pub(crate) struct Doors {
    pub(crate) list: Vec<Door>,
    pub(crate) streets: Vec<Street>,
}

impl Doors {
    pub(crate) fn of(&self, street: &Street) -> &[Door] {
        &self.list[street.from as usize..street.to as usize]
    }

    /// The known house of this number.
    pub(crate) fn exact(
        &self,
        street: &Street,
        alley: AlleyKey,
        number: NumberKey,
        filter: &Filter,
    ) -> Option<Found> {
        let doors = self.of(street);
        let key = (alley, number.is_odd(), number);
        let from = doors.partition_point(|door| door.order() < key);
        let same = doors[from..].iter().zip(from..).take_while(|(door, _)| door.order() == key);
        let mut best: Option<(&Door, usize)> = None;
        let mut spread = 0.0_f64;
        for (door, at) in same.filter(|(door, _)| filter.takes(door)) {
            match best {
                Some((first, _)) if first.radius_m <= door.radius_m => {
                    spread = spread.max(first.at().metres(door.at()));
                }
                Some((first, _)) => {
                    spread = spread.max(first.at().metres(door.at()));
                    best = Some((door, at));
                }
                None => best = Some((door, at)),
            }
        }
        let (door, at) = best?;
        let radius_m = f64::from(door.radius_m).max(SAME_NUMBER_M).max(spread);
        Some(Found { at: door.at(), radius_m, door: street.from + at as u32 })
    }

    /// A point for a number between known ones on its side of the street or alley, or a little beyond the last.
    pub(crate) fn between(
        &self,
        street: &Street,
        alley: AlleyKey,
        number: NumberKey,
        filter: &Filter,
    ) -> Option<Found> {
        let side = |odd: bool| {
            let found = self.on_side(street, alley, odd, number, filter)?;
            Some(Found { radius_m: found.radius_m.max(f64::from(street.stray_m)), ..found })
        };
        side(number.is_odd()).or_else(|| {
            let across = side(!number.is_odd())?;
            Some(Found { radius_m: across.radius_m + 20.0, ..across })
        })
    }

    fn on_side(
        &self,
        street: &Street,
        alley: AlleyKey,
        odd: bool,
        number: NumberKey,
        filter: &Filter,
    ) -> Option<Found> {
        let doors = self.of(street);
        let from = doors.partition_point(|door| (door.alley, door.number.is_odd()) < (alley, odd));
        let cut = from
            + doors[from..].partition_point(|door| {
                (door.alley, door.number.is_odd()) == (alley, odd) && door.number < number
            });
        let here = |door: &&Door| (door.alley, door.number.is_odd()) == (alley, odd);
        let counts = |door: &Door| door.number != NumberKey::NONE && filter.takes(door);
        let lower = (from..cut).rev().find(|at| counts(&doors[*at]));
        let upper =
            (cut..doors.len()).take_while(|at| here(&&doors[*at])).find(|at| counts(&doors[*at]));
        let steps = |door: &Door| door.number.number().abs_diff(number.number());
        let id = |at: usize| street.from + at as u32;
        match (lower, upper) {
            (Some(low), Some(high)) => {
                let (a, b) = (&doors[low], &doors[high]);
                let gap_m = a.at().metres(b.at());
                if gap_m > LONGEST_GAP_M {
                    return None;
                }
                let span = f64::from(b.number.number() - a.number.number()).max(1.0);
                let share = f64::from(steps(a)) / span;
                Some(Found {
                    at: a.at().between(b.at(), share),
                    radius_m: BESIDE_M + SHARE_BETWEEN * gap_m,
                    door: id(if share < 0.5 { low } else { high }),
                })
            }
            (Some(at), None) | (None, Some(at)) => {
                let door = &doors[at];
                let steps = steps(door);
                (steps <= BEHIND).then(|| Found {
                    at: door.at(),
                    radius_m: BESIDE_M
                        + (FRONT_M / 2.0).max(f64::from(street.front_m)) * f64::from(steps)
                        + f64::from(door.radius_m),
                    door: id(at),
                })
            }
            (None, None) => None,
        }
    }

    /// The middle of the known houses of an alley.
    pub(crate) fn alley(&self, street: &Street, alley: AlleyKey, filter: &Filter) -> Option<Found> {
        let doors = self.of(street);
        let from = doors.partition_point(|door| door.alley < alley);
        let inside = || {
            let of_alley = doors[from..].iter().zip(from..).take_while(|(d, _)| d.alley == alley);
            of_alley.filter(|(door, _)| filter.takes(door))
        };
        let extent = Extent::around(inside().map(|(door, _)| door.at()))?;
        let (_, door) = inside().next()?;
        let alone = if inside().nth(1).is_none() { 100.0 } else { 30.0 };
        Some(Found {
            at: extent.spot(),
            radius_m: extent.radius_m + alone,
            door: street.from + door as u32,
        })
    }

    /// The middle of those houses of a street that count, where not all do.
    pub(crate) fn part(&self, street: &Street, filter: &Filter) -> Option<Found> {
        let doors = || self.of(street).iter().zip(0..).filter(|(door, _)| filter.takes(door));
        let extent = Extent::around(doors().map(|(door, _)| door.at()))?;
        let (_, first) = doors().next()?;
        Some(Found {
            at: extent.spot(),
            radius_m: extent.radius_m + beyond_m(doors().count()),
            door: street.from + first,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Filter = Filter { territory: Territory::EVERYWHERE, village: None, public: false };

    fn key(text: &str) -> NumberKey {
        NumberKey::read(text).expect("a number")
    }

    /// A street along a parallel: one house every 10 m a side, odd numbers 20 m north of even ones.
    fn street(numbers: &[(&str, &str, f64, f64)]) -> Doors {
        let mut list: Vec<Door> = numbers
            .iter()
            .map(|(alley, number, east_m, north_m)| Door {
                alley: AlleyKey::of(alley),
                number: key(number),
                ..Door::new(
                    LonLat::new(107.58 + east_m / 106_750.0, 16.46 + north_m / 110_660.0)
                        .expect("a point"),
                    5.0,
                )
            })
            .collect();
        list.sort_by_key(Door::order);
        let extent = Extent::around(list.iter().map(Door::at)).expect("some doors");
        let street = Street {
            from: 0,
            to: list.len() as u32,
            territory: Territory::EVERYWHERE,
            extent,
            stray_m: 0.0,
            front_m: 0.0,
            public: true,
            name: None,
            village: NO_VILLAGE,
        };
        Doors { list, streets: vec![street] }
    }

    #[track_caller]
    fn check_near(found: Option<Found>, east_m: f64, north_m: f64) {
        let found = found.expect("a point");
        let wanted = Spot { lon: 107.58 + east_m / 106_750.0, lat: 16.46 + north_m / 110_660.0 };
        let off = found.at.metres(wanted);
        assert!(off < 1.0, "{off} m off");
        assert!(found.radius_m >= 10.0);
    }

    #[test]
    fn numbers_lie_between_known_ones_on_their_own_side() {
        let doors = street(&[
            ("", "1", 0.0, 20.0),
            ("", "21", 100.0, 20.0),
            ("", "2", 0.0, 0.0),
            ("", "42", 200.0, 0.0),
        ]);
        let street = &doors.streets[0];
        let between = |number| doors.between(street, AlleyKey::NONE, key(number), &EVERY);
        check_near(between("11"), 50.0, 20.0);
        check_near(between("22"), 100.0, 0.0);
        check_near(between("11b"), 50.0, 20.0);
        check_near(doors.exact(street, AlleyKey::NONE, key("42"), &EVERY), 200.0, 0.0);
        assert!(doors.exact(street, AlleyKey::NONE, key("11"), &EVERY).is_none());
        check_near(between("45"), 100.0, 20.0);
        assert!(between("401").is_none(), "too far behind the last known number");
    }

    #[test]
    fn alleys_have_numbers_of_their_own() {
        let doors =
            street(&[("", "22", 100.0, 0.0), ("22", "1", 100.0, 50.0), ("22", "9", 100.0, 90.0)]);
        let street = &doors.streets[0];
        let alley = AlleyKey::of("22");
        check_near(doors.between(street, alley, key("5"), &EVERY), 100.0, 70.0);
        check_near(doors.alley(street, alley, &EVERY), 100.0, 70.0);
        assert!(doors.alley(street, AlleyKey::of("24"), &EVERY).is_none());
    }

    #[test]
    fn what_nobody_may_see_is_no_neighbour_either() {
        let mut doors = street(&[("", "1", 0.0, 20.0), ("", "21", 100.0, 20.0)]);
        let public = Filter { public: true, ..EVERY };
        let ask =
            |doors: &Doors| doors.between(&doors.streets[0], AlleyKey::NONE, key("11"), &public);
        assert!(ask(&doors).is_none());
        doors.list.iter_mut().for_each(|door| door.public = true);
        assert!(ask(&doors).is_some());
    }
}
