//! Addresses with hidden truth: how often the answer is right, and whether it knows when it is not.

mod support;

use std::collections::BTreeMap;

use diachiso_geocode::{Audience, Grade, PlaceLevel, Query, Scratch};
use diachiso_model::PrecisionClass;
use diachiso_synth::{AddressNoise, AddressPlan};
use support::World;

const PLAN: AddressPlan = AddressPlan { seed: 7, villages: 9, streets: 8, rural_houses: 14 };

/// One house in so many is asked for.
const EVERY: usize = 4;

/// Wrong answers printed for whoever looks into them.
const MOST_SHOWN: usize = 40;

/// Right, of how many.
#[derive(Default, Clone, Copy)]
struct Share(u64, u64);

impl Share {
    fn add(&mut self, right: bool) {
        self.0 += u64::from(right);
        self.1 += 1;
    }

    fn of(self) -> f64 {
        self.0 as f64 / self.1.max(1) as f64
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{} = {:.3} %", self.0, self.1, 100.0 * self.of())
    }
}

#[test]
fn noisy_addresses_are_found_and_what_is_sure_is_right() {
    let world = World::new(PLAN);
    // Three houses in ten are not known.
    let index = world.index(|at| at % 10 < 7);
    let entitled = Audience::Entitled;
    let mut scratch = Scratch::default();
    let (mut commune, mut village) = (Share::default(), Share::default());
    let mut grades: BTreeMap<Option<Grade>, Share> = BTreeMap::new();
    let mut radius: BTreeMap<PrecisionClass, Share> = BTreeMap::new();
    let mut levels: BTreeMap<PlaceLevel, Share> = BTreeMap::new();
    let mut shown = 0;
    for house in (0..world.addresses.houses.len()).step_by(EVERY) {
        let written = world.addresses.written(house, 1, &AddressNoise::HEAVY).expect("a house");
        let query = Query { audience: entitled, ..Query::of(&written.text) };
        let answer = index.geocode(&query, &mut scratch).expect("a short text");
        let truth = world.addresses.houses[house];
        let of_village = &world.addresses.villages[truth.village as usize];
        let best = answer.best();
        let right_commune = best.is_some_and(|c| c.now == [world.now(of_village.commune)]);
        commune.add(right_commune);
        let found_village = best.and_then(|c| c.village).map(|v| u32::from(v.0));
        if written.village {
            village.add(found_village == Some(truth.village));
        }
        let right = right_commune && (!written.village || found_village == Some(truth.village));
        grades.entry(answer.grade).or_default().add(right);
        if !right && shown < MOST_SHOWN {
            shown += 1;
            println!("{:?}: {} → {best:?} {:?}", answer.grade, written.text, answer.evidence);
        }
        // The radius is about the place found: a wrong commune is counted above.
        if let Some(position) = best.filter(|_| right).and_then(|c| c.position) {
            let far = diachiso_spatial::distance::metres(position.point, truth.at);
            radius.entry(position.class).or_default().add(far <= position.radius_m);
            levels
                .entry(best.map_or(PlaceLevel::District, |c| c.level))
                .or_default()
                .add(far <= position.radius_m);
        }
    }
    println!("commune {commune}");
    println!("village {village}");
    for (grade, share) in &grades {
        println!("grade {grade:?} {share}");
    }
    for (class, share) in &radius {
        println!("radius of {class:?} holds {share}");
    }
    for (level, share) in &levels {
        println!("radius of {level:?} holds {share}");
    }
    assert!(commune.of() >= 0.98, "right commune: {commune}");
    assert!(village.of() >= 0.95, "right village: {village}");
    let sure = grades.get(&Some(Grade::A)).copied().unwrap_or_default();
    assert!(sure.1 > 2_000, "few sure answers: {sure}");
    assert!(1.0 - sure.of() <= 0.001, "sure and wrong: {sure}");
    for class in PrecisionClass::ALL {
        let share = radius.get(&class).copied().unwrap_or_default();
        assert!(share.1 >= 100, "too few of class {class:?} to tell: {share}");
        assert!(share.of() >= 0.9, "radius of class {class:?} holds for {share}");
    }
}
