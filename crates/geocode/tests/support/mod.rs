//! The province with made-up addresses in it.

use diachiso_geocode::{Extent, Index, IndexBuilder, NewHouse, NewVillage, Origin};
use diachiso_model::{Date, Level, LonLat, UnitCode, UnitId};
use diachiso_pipeline::Reference;
use diachiso_synth::{AddressCommune, AddressPlan, AddressWorld, addresses};
use diachiso_text::house::HouseAddress;

/// The day of the shapes and villages.
pub(crate) fn then() -> Date {
    "2022-01-01".parse().expect("a date")
}

/// Today: behind every reform.
pub(crate) fn today() -> Date {
    "2026-06-01".parse().expect("a date")
}

/// Units, made-up addresses, and the commune of each.
pub(crate) struct World {
    pub(crate) reference: Reference,
    pub(crate) addresses: AddressWorld,
    /// Communes of [`then`], in the order of [`AddressWorld::communes`].
    pub(crate) communes: Vec<UnitId>,
}

impl World {
    pub(crate) fn new(plan: AddressPlan) -> Self {
        let reference = Reference::load([]).expect("reference data");
        let units = &reference.units;
        let communes: Vec<UnitId> = units.on(Level::Commune, then()).map(|(id, _)| id).collect();
        let inputs = communes.iter().map(|id| {
            let now = units.at(*id, today());
            let district = units.ancestor(*id, Level::District, then()).expect("a district");
            AddressCommune {
                then: (units.get(*id).full_name(), units.get(district).full_name()),
                now: units.get(now[0]).full_name(),
                shape: reference.boundaries.get(*id).expect("a shape").shape.clone(),
                urban: !units.get(*id).full_name().starts_with("Xã"),
            }
        });
        let addresses = addresses(plan, inputs.collect());
        Self { reference, addresses, communes }
    }

    /// The commune of today that holds a commune of then.
    pub(crate) fn now(&self, commune: usize) -> UnitId {
        self.reference.units.at(self.communes[commune], today())[0]
    }

    /// An index that knows the houses `known` says, a few metres off.
    pub(crate) fn index(&self, known: impl Fn(usize) -> bool) -> Index {
        let boundaries = &self.reference.boundaries;
        let extent = |id| Extent::of_shape(&boundaries.get(id)?.shape);
        let units = &self.reference.units;
        let mut builder = IndexBuilder::new(units, today(), extent).expect("few communes");
        let mut villages = Vec::new();
        for (at, village) in self.addresses.villages.iter().enumerate() {
            let commune = self.communes[village.commune];
            let kind = if self.addresses.communes[village.commune].urban { "TDP" } else { "Thôn" };
            let code: UnitCode =
                format!("{}-v{at}", units.get(commune).code).parse().expect("a code");
            let name = format!("{kind} {}", village.name);
            let new = NewVillage { code: &code, name: &name, commune, extent: None };
            villages.push(builder.village(new).expect("few villages"));
        }
        for (at, house) in self.addresses.houses.iter().enumerate().filter(|(at, _)| known(*at)) {
            let street = match (house.street, house.hamlet) {
                (Some(street), _) => self.addresses.streets[street as usize].to_lowercase(),
                (None, 0) => String::new(),
                (None, hamlet) => format!("xóm {hamlet}"),
            };
            let text = |n: u16| if n == 0 { String::new() } else { n.to_string() };
            let address =
                HouseAddress { number: text(house.number), alley: text(house.alley), street };
            // A fix is some metres off, by a pattern without a mean.
            let angle = at as f64 * 2.399_963;
            // One fix in nine is poor: up to 33 m off, and says 30.
            let poor = at % 9 == 4;
            let off = 1e-5 * if poor { at / 9 % 31 } else { at % 7 } as f64;
            let point =
                LonLat::new(house.at.lon() + off * angle.cos(), house.at.lat() + off * angle.sin());
            let village = &self.addresses.villages[house.village as usize];
            let house = NewHouse {
                address: &address,
                village: Some(villages[house.village as usize]),
                commune: Some(self.communes[village.commune]),
                oldest: None,
                point: point.expect("a point"),
                radius_m: if poor { 30.0 } else { 8.0 },
                origin: Origin::Submission,
            };
            builder.house(&house).expect("few houses");
        }
        builder.build()
    }
}
