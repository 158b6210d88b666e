//! An index of what stores and runs know: villages with their shapes, accepted households, places of reference files.

use diachiso_model::{Date, LonLat, PlaceKind, ReferencePlace, UnitCode, UnitId, Units};
use diachiso_text::house::{self, HouseAddress};
use geo_types::MultiPolygon;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{
    answer::VillageId,
    builder::{BuildError, Frame, IndexBuilder, NewHouse, NewVillage, Origin},
    index::Index,
    place::Extent,
};

/// Metres within which a house of a reference file is.
const REFERENCE_RADIUS_M: f64 = 12.0;
/// Metres within which an accepted point is that states no accuracy.
const USUAL_RADIUS_M: f64 = 20.0;
/// Metres within which a village of a reference file lies that is known by its middle alone.
const VILLAGE_RADIUS_M: f64 = 1_000.0;
/// Houses whose addresses are taken apart at a time, on all threads.
const HOUSES_AT_A_TIME: usize = 1 << 15;

/// What boundaries tell.
pub trait Land: Sync {
    /// Where a unit version lies.
    fn extent(&self, unit: UnitId) -> Option<Extent>;
    /// The commune that holds a point on a day.
    fn commune_at(&self, point: LonLat, on: Date) -> Option<UnitId>;
    /// Whether a point may be shown: it is in no exclusion mask (G14).
    fn may_show(&self, point: LonLat) -> bool;
}

/// A village of the registers.
#[derive(Clone, Copy, Debug)]
pub struct KnownVillage<'a> {
    /// Its code: that of its commune, a dash, a slug.
    pub code: &'a UnitCode,
    /// Full name.
    pub name: &'a str,
    /// The commune version that it is of.
    pub commune: UnitId,
    /// Its shape.
    pub shape: Option<&'a MultiPolygon<f64>>,
}

/// The address of an accepted submission that somebody stood at.
#[derive(Clone, Copy, Debug)]
pub struct KnownAddress<'a> {
    /// House number, alley and street in one line.
    pub address: &'a str,
    /// Code of its village.
    pub village: Option<&'a UnitCode>,
    /// Its commune on the day of collection.
    pub commune: Option<UnitId>,
    /// Where it is.
    pub point: LonLat,
    /// Accuracy of the fix in metres.
    pub accuracy_m: Option<f64>,
}

/// What is known besides units and their boundaries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Villages.
    pub villages: &'a [KnownVillage<'a>],
    /// Accepted addresses; personal.
    pub addresses: &'a [KnownAddress<'a>],
    /// Places of reference files, which anybody may see.
    pub places: &'a [ReferencePlace],
}

impl Index {
    /// The index of what is known. Equal arguments, in equal order, give equal indexes.
    ///
    /// # Errors
    /// When there is more than an index can count.
    pub fn of_known(
        units: &Units,
        today: Date,
        land: &impl Land,
        known: &Known<'_>,
    ) -> Result<Self, BuildError> {
        let frame = Frame::new(units, |id| land.extent(id))?;
        Self::of_known_over(&frame, today, land, known)
    }

    /// The same over a frame that is made already.
    pub(crate) fn of_known_over(
        frame: &Frame,
        today: Date,
        land: &impl Land,
        known: &Known<'_>,
    ) -> Result<Self, BuildError> {
        let (builder, units) = (IndexBuilder::over(frame, today), frame.units());
        let first = units.reforms().first().copied().unwrap_or(today);
        let mut making =
            Making { units, land, today, first, builder, villages: FxHashMap::default() };
        for village in known.villages {
            making.village(village)?;
        }
        for (nth, place) in known.places.iter().enumerate() {
            making.place(place, nth)?;
        }
        for addresses in known.addresses.chunks(HOUSES_AT_A_TIME) {
            making.addresses(addresses)?;
        }
        Ok(making.builder.build())
    }
}

/// An index on its way.
struct Making<'a, L> {
    units: &'a Units,
    land: &'a L,
    today: Date,
    /// A day of the oldest period.
    first: Date,
    builder: IndexBuilder,
    villages: FxHashMap<UnitCode, VillageId>,
}

impl<L: Land> Making<'_, L> {
    fn village(&mut self, village: &KnownVillage<'_>) -> Result<(), BuildError> {
        let KnownVillage { code, name, commune, shape } = *village;
        let extent = shape.and_then(Extent::of_shape);
        let id = self.builder.village(NewVillage { code, name, commune, extent })?;
        self.villages.insert(code.clone(), id);
        Ok(())
    }

    fn addresses(&mut self, addresses: &[KnownAddress<'_>]) -> Result<(), BuildError> {
        let read: Vec<(HouseAddress, Option<UnitId>)> = addresses
            .par_iter()
            .map(|known| {
                (house::parse_line(known.address), self.land.commune_at(known.point, self.first))
            })
            .collect();
        for (known, (address, oldest)) in addresses.iter().zip(&read) {
            self.builder.house(&NewHouse {
                address,
                village: known.village.and_then(|code| self.villages.get(code)).copied(),
                commune: known.commune,
                oldest: *oldest,
                point: known.point,
                radius_m: known.accuracy_m.unwrap_or(USUAL_RADIUS_M),
                origin: Origin::Submission,
            })?;
        }
        Ok(())
    }

    fn place(&mut self, place: &ReferencePlace, nth: usize) -> Result<(), BuildError> {
        let commune = self.land.commune_at(place.point, self.today);
        if place.kind == PlaceKind::Village {
            let Some(commune) = commune else { return Ok(()) };
            let of = &self.units.get(commune).code;
            let Ok(code) = UnitCode::village(of, &format!("place-{nth}")) else { return Ok(()) };
            let extent = Some(Extent { middle: place.point, radius_m: VILLAGE_RADIUS_M });
            let new = NewVillage { code: &code, name: &place.name, commune, extent };
            self.builder.village(new)?;
            return Ok(());
        }
        let read = house::parse(&place.number, &place.alley, &place.name);
        let address = match place.kind {
            PlaceKind::Street => HouseAddress { number: String::new(), ..read },
            _ => read,
        };
        self.builder.house(&NewHouse {
            address: &address,
            village: None,
            commune,
            oldest: self.land.commune_at(place.point, self.first),
            point: place.point,
            radius_m: REFERENCE_RADIUS_M,
            origin: Origin::Reference,
        })
    }
}
