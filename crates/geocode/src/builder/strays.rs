//! How far houses are from where the numbers beside theirs put them, street by street: the least that a house told by its
//! neighbours may be off.

use crate::{
    doors::{Door, Doors, Spot},
    house_key::NumberKey,
};

/// Fewest houses between two others by which a street is judged; one with fewer is judged as those of its kind.
const FEWEST: usize = 20;
/// Part of the houses that are no farther off: more than a radius promises, for few houses tell little of the rare ones
/// that stand far off.
const HELD: f64 = 0.95;
/// Streets, hamlets, and houses of villages that are in neither.
const KINDS: usize = 3;

/// How far houses of one street, or of one kind of street, are from where others put them.
#[derive(Clone, Default)]
struct Strays {
    /// Metres from a house to where the known ones before and behind it on its side put it.
    between_m: Vec<f64>,
    /// Metres per number from the first or last house of a side to the one beside it.
    beyond_m: Vec<f64>,
}

/// Fills in how far the houses of each street stray; `kinds` tells the kind of each.
pub(super) fn judge(doors: &mut Doors, kinds: &[usize]) {
    let mut of_kind: [Strays; KINDS] = Default::default();
    let mut own: Vec<Option<f64>> = Vec::with_capacity(doors.streets.len());
    for (street, kind) in doors.streets.iter().zip(kinds) {
        let mut strays = Strays::of(doors.of(street));
        of_kind[*kind].between_m.extend_from_slice(&strays.between_m);
        of_kind[*kind].beyond_m.extend_from_slice(&strays.beyond_m);
        own.push(held(&mut strays.between_m));
    }
    let of_kind = of_kind.map(|mut strays| {
        let usual = |of: &mut Vec<f64>| held(of).unwrap_or(0.0) as f32;
        [usual(&mut strays.between_m), usual(&mut strays.beyond_m)]
    });
    for ((street, kind), own) in doors.streets.iter_mut().zip(kinds).zip(own) {
        let [between_m, beyond_m] = of_kind[*kind];
        street.stray_m = own.map_or(between_m, |own| own as f32);
        street.front_m = beyond_m;
    }
}

/// The metres within which nearly all of enough houses are.
fn held(strays: &mut [f64]) -> Option<f64> {
    if strays.len() < FEWEST {
        return None;
    }
    let at = ((strays.len() as f64 * HELD).ceil() as usize).clamp(1, strays.len()) - 1;
    Some(*strays.select_nth_unstable_by(at, f64::total_cmp).1)
}

fn number(door: &Door) -> f64 {
    f64::from(door.number.number())
}

impl Strays {
    fn of(doors: &[Door]) -> Self {
        let numbered: Vec<&Door> = doors.iter().filter(|d| d.number != NumberKey::NONE).collect();
        let mut strays = Self::default();
        let one_side = |a: &&Door, b: &&Door| {
            a.alley == b.alley && a.number.is_odd() == b.number.is_odd() && a.village == b.village
        };
        // Two streets of one name in villages side by side are numbered each from 1: houses of two villages are no pair.
        for side in numbered.chunk_by(one_side) {
            let firsts: Vec<&Door> =
                side.chunk_by(|a, b| a.number == b.number).map(|same| same[0]).collect();
            strays.between_m.extend(firsts.windows(3).map(|three| {
                let [low, house, high] = [three[0], three[1], three[2]];
                let span = (number(high) - number(low)).max(1.0);
                let share = (number(house) - number(low)) / span;
                let told: Spot = low.at().between(high.at(), share);
                told.metres(house.at())
            }));
            if let [first, second, .., before, last] = *firsts {
                for (end, inner) in [(first, second), (last, before)] {
                    let steps = (number(end) - number(inner)).abs().max(1.0);
                    strays.beyond_m.push(end.at().metres(inner.at()) / steps);
                }
            }
        }
        strays
    }
}

#[cfg(test)]
mod tests {
    use diachiso_model::LonLat;

    use super::*;

    /// Houses 1, 3, 5, … ten metres apart, every other one `aside_m` off the line.
    fn side(count: u32, aside_m: f64) -> Vec<Door> {
        (0..count)
            .map(|n| {
                let aside = if n % 2 == 0 { 0.0 } else { aside_m };
                let lon = 107.58 + f64::from(n) * 10.0 / 106_750.0;
                let point = LonLat::new(lon, 16.46 + aside / 110_660.0).expect("a point");
                let number = NumberKey::read(&(2 * n + 1).to_string()).expect("a number");
                Door { number, ..Door::new(point, 5.0) }
            })
            .collect()
    }

    #[test]
    fn houses_in_line_stray_nowhere_and_those_aside_by_how_far_they_stand() {
        let of = |aside_m| held(&mut Strays::of(&side(40, aside_m)).between_m).expect("enough");
        assert!(of(0.0) < 0.1, "{}", of(0.0));
        assert!((of(80.0) - 80.0).abs() < 0.5, "{}", of(80.0));
        assert!(held(&mut Strays::of(&side(10, 80.0)).between_m).is_none(), "too few to tell");
        let ends = Strays::of(&side(40, 0.0)).beyond_m;
        assert!(ends.len() == 2 && ends.iter().all(|m| (m - 5.0).abs() < 0.1), "{ends:?}");
    }
}
