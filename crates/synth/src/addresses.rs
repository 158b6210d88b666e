//! A made-up province of addresses with their truth: villages, streets with alleys, houses, and what people write.
//!
//! Communes and their old and new names come from outside; everything in them is invented. For trying geocoders.

use diachiso_model::LonLat;
use geo_types::{Coord, LineString, MultiPolygon};
use rayon::prelude::*;

use crate::{places, random::Rng};

mod written;

pub use written::{AddressNoise, WrittenAddress};

/// A commune to put addresses into.
#[derive(Clone, Debug)]
pub struct AddressCommune {
    /// Full name on the day of the shapes, its district behind a comma where there was one.
    pub then: (String, String),
    /// Full name today.
    pub now: String,
    /// Its shape.
    pub shape: MultiPolygon<f64>,
    /// Whether it has streets.
    pub urban: bool,
}

/// How much to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressPlan {
    /// The seed.
    pub seed: u64,
    /// Villages of each commune.
    pub villages: u64,
    /// Streets of each urban commune.
    pub streets: u64,
    /// Houses of each village in the country.
    pub rural_houses: u64,
}

/// A made-up village.
#[derive(Clone, Debug)]
pub struct AddressVillage {
    /// Index of its commune.
    pub commune: usize,
    /// Bare name.
    pub name: String,
    /// Its middle.
    pub middle: LonLat,
}

/// A made-up house.
#[derive(Clone, Copy, Debug)]
pub struct AddressHouse {
    /// Index of its village.
    pub village: u32,
    /// Index of its street; none in the country.
    pub street: Option<u32>,
    /// Number; 0 for none.
    pub number: u16,
    /// Alley; 0 for none.
    pub alley: u16,
    /// Hamlet of the village; 0 for none.
    pub hamlet: u8,
    /// Where it is.
    pub at: LonLat,
}

/// A made-up province.
#[derive(Clone, Debug)]
pub struct AddressWorld {
    /// The communes, as given.
    pub communes: Vec<AddressCommune>,
    /// Villages by commune.
    pub villages: Vec<AddressVillage>,
    /// Names of streets.
    pub streets: Vec<String>,
    /// Houses by commune.
    pub houses: Vec<AddressHouse>,
    seed: u64,
}

/// Metres of a degree in the province.
const LAT_M: f64 = 110_660.0;
const LON_M: f64 = 106_750.0;

/// Family names, middle names and names of people that streets are called after.
const FAMILY: [&str; 14] = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Tôn Thất",
];
const MIDDLE: [&str; 14] = [
    "Văn", "Đình", "Quang", "Hữu", "Công", "Đức", "Thị", "Xuân", "Bá", "Duy", "Trọng", "Viết",
    "Huy", "Khắc",
];
const GIVEN: [&str; 30] = [
    "Linh", "Cảnh", "Trứ", "Lượng", "Song", "Đạt", "Nợ", "Phái", "Lân", "Thành", "Can", "Tất",
    "Đạm", "Sơn", "Dĩnh", "Định", "Điểm", "An", "Khoan", "Phiên", "Loan", "Huề", "Thụ", "Chiểu",
    "Khuyến", "Hành", "Bảo", "Tri", "Kỳ", "Nghị",
];

/// What one commune holds.
struct Made {
    villages: Vec<AddressVillage>,
    streets: Vec<String>,
    houses: Vec<AddressHouse>,
}

/// Makes a province: a function of its arguments alone.
#[must_use]
pub fn addresses(plan: AddressPlan, communes: Vec<AddressCommune>) -> AddressWorld {
    let made: Vec<Made> = communes
        .par_iter()
        .enumerate()
        .map(|(at, commune)| commune_of(plan, at, commune))
        .collect();
    let mut world = AddressWorld {
        communes,
        villages: Vec::new(),
        streets: Vec::new(),
        houses: Vec::new(),
        seed: plan.seed,
    };
    for part in made {
        let (villages, streets) = (world.villages.len() as u32, world.streets.len() as u32);
        world.villages.extend(part.villages);
        world.streets.extend(part.streets);
        world.houses.extend(part.houses.into_iter().map(|house| AddressHouse {
            village: house.village + villages,
            street: house.street.map(|street| street + streets),
            ..house
        }));
    }
    world
}

fn commune_of(plan: AddressPlan, at: usize, commune: &AddressCommune) -> Made {
    let mut made = Made { villages: Vec::new(), streets: Vec::new(), houses: Vec::new() };
    let mut rng = Rng::new(&[plan.seed, 31, at as u64]);
    for number in 0..plan.villages {
        let Some(middle) = inside(&commune.shape, &mut rng) else { continue };
        // Some villages of different communes are namesakes.
        let as_of = if rng.chance(0.3) { at as u64 / 20 } else { at as u64 };
        let name = places::village_name(plan.seed, as_of, number);
        if made.villages.iter().all(|known: &AddressVillage| known.name != name) {
            made.villages.push(AddressVillage { commune: at, name, middle });
        }
    }
    if made.villages.is_empty() {
        return made;
    }
    if commune.urban {
        for street in 0..plan.streets {
            add_street(&mut made, commune, street as u32, &mut rng);
        }
    } else {
        for village in 0..made.villages.len() {
            for _ in 0..plan.rural_houses {
                add_rural(&mut made, village, &mut rng);
            }
        }
    }
    made
}

fn add_rural(made: &mut Made, village: usize, rng: &mut Rng) {
    let (angle, far) = (rng.unit() * std::f64::consts::TAU, 450.0 * rng.unit().sqrt());
    let middle = made.villages[village].middle;
    let Some(at) = shifted(middle, far * angle.cos(), far * angle.sin()) else { return };
    let numbered = rng.chance(0.4);
    made.houses.push(AddressHouse {
        village: village as u32,
        street: None,
        number: if numbered { 1 + rng.below(250) as u16 } else { 0 },
        alley: 0,
        // Hamlets are the quarters of a village.
        hamlet: if rng.chance(0.5) {
            1 + (angle / std::f64::consts::FRAC_PI_2) as u8 % 4
        } else {
            0
        },
        at,
    });
}

fn add_street(made: &mut Made, commune: &AddressCommune, street: u32, rng: &mut Rng) {
    let Some(start) = inside(&commune.shape, rng) else { return };
    let name = loop {
        let name = format!("{} {} {}", rng.pick(&FAMILY), rng.pick(&MIDDLE), rng.pick(&GIVEN));
        if !made.streets.contains(&name) {
            break name;
        }
    };
    made.streets.push(name);
    let street = street.min(made.streets.len() as u32 - 1);
    let angle = rng.unit() * std::f64::consts::TAU;
    let (east, north) = (angle.cos(), angle.sin());
    let length_m = rng.uniform(250.0, 900.0);
    let front_m = rng.uniform(8.0, 14.0);
    let per_side = (length_m / front_m) as u16;
    for side in [1_u16, 2] {
        for nth in 0..per_side {
            let number = side + 2 * nth;
            let along = f64::from(nth) * front_m + rng.gauss();
            let across = if side == 1 { 14.0 } else { -14.0 } + 2.0 * rng.gauss();
            let put = |along: f64, across: f64| {
                shifted(start, along * east - across * north, along * north + across * east)
            };
            let mut add = |at: Option<LonLat>, number: u16, alley: u16| {
                let Some(at) = at else { return };
                let village = nearest(&made.villages, at);
                let street = Some(street);
                made.houses.push(AddressHouse { village, street, number, alley, hamlet: 0, at });
            };
            add(put(along, across), number, 0);
            if rng.chance(0.08) {
                let depth = 4 + rng.below(10) as u16;
                for house in 1..=depth {
                    let deep = across.signum() * (14.0 + 9.0 * f64::from(house / 2));
                    let beside = if house % 2 == 1 { 6.0 } else { -6.0 };
                    add(put(along + beside, across + deep), house, number);
                }
            }
        }
    }
}

fn nearest(villages: &[AddressVillage], at: LonLat) -> u32 {
    let far = |village: &AddressVillage| {
        ((village.middle.lon() - at.lon()) * LON_M).hypot((village.middle.lat() - at.lat()) * LAT_M)
    };
    let best = (0..).zip(villages).min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b)));
    best.map_or(0, |(at, _)| at)
}

fn shifted(from: LonLat, east_m: f64, north_m: f64) -> Option<LonLat> {
    LonLat::new(from.lon() + east_m / LON_M, from.lat() + north_m / LAT_M).ok()
}

/// A point in a shape; `None` where none is found in reasonable time.
fn inside(shape: &MultiPolygon<f64>, rng: &mut Rng) -> Option<LonLat> {
    let corners = || shape.iter().flat_map(|part| part.exterior().coords());
    let bound = |of: fn(&Coord<f64>) -> f64| {
        corners().map(of).fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((west, east), (south, north)) = (bound(|c| c.x), bound(|c| c.y));
    (0..1_000).find_map(|_| {
        let at = Coord { x: rng.uniform(west, east), y: rng.uniform(south, north) };
        let holds = shape.iter().any(|part| {
            encloses(part.exterior(), at) && !part.interiors().iter().any(|hole| encloses(hole, at))
        });
        if holds { LonLat::new(at.x, at.y).ok() } else { None }
    })
}

/// Whether a ring goes around a point, by counting crossings.
fn encloses(ring: &LineString<f64>, at: Coord<f64>) -> bool {
    let crossings = ring.lines().filter(|line| {
        let (a, b) = (line.start, line.end);
        (a.y > at.y) != (b.y > at.y) && at.x < a.x + (at.y - a.y) / (b.y - a.y) * (b.x - a.x)
    });
    crossings.count() % 2 == 1
}
