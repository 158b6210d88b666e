//! What lies at a point: the commune of a day, the village, the codes; beyond the border the nearest commune.

use std::sync::Arc;

use diachiso_model::{Date, Level, LonLat, UnitCode, UnitId};
use diachiso_spatial::{address_code::AddressCode, olc, point_index::AreaIndex};
use geo_types::MultiPolygon;

use crate::Reference;

/// Further than this from every commune a point has no nearest one: metres in a plane mean nothing there.
pub const MAX_NEAREST_M: f64 = 100_000.0;

/// A point outside every village's shape is told the nearest village up to this far.
pub const MAX_VILLAGE_M: f64 = 1_000.0;

/// Digits of the Plus Code of a point: a cell of 3 m.
const OLC_DIGITS: usize = 11;

/// A village with a shape.
#[derive(Clone, PartialEq, Debug)]
pub struct LocatedVillage {
    /// Its code.
    pub code: UnitCode,
    /// Name with kind.
    pub name: Box<str>,
    /// How far the shape is to be trusted, from 0 to 1; 1 for an official one.
    pub confidence: f32,
}

/// Finds what lies at a point, on any day. Immutable, and `Sync`.
pub struct Locator {
    reference: Arc<Reference>,
    villages: Vec<LocatedVillage>,
    shapes: AreaIndex,
    /// By unit.
    postal: Vec<Option<u32>>,
}

/// What lies at a point on a day.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// The commune that covers the point; on a shared border, the one that comes first.
    pub commune: Option<UnitId>,
    /// Metres to the nearest border of that commune, or of the nearest one; none further than [`MAX_NEAREST_M`].
    pub border_m: Option<f64>,
    /// The nearest commune, where none covers the point.
    pub nearest: Option<UnitId>,
    /// The village, by the shapes of the last run.
    pub village: Option<PlaceVillage>,
    /// The codes of the point.
    pub codes: PointCodes,
}

/// The village at a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PlaceVillage {
    /// Index into [`Locator::villages`].
    pub village: usize,
    /// Whether its shape covers the point; otherwise it is the nearest, up to [`MAX_VILLAGE_M`] away.
    pub inside: bool,
    /// Metres to the nearest border of the shape.
    pub border_m: f64,
}

/// The codes of a point that need no register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PointCodes {
    /// Plus Code of 11 digits.
    pub olc: String,
    /// Postal code of the commune on the day: the first five digits of a `national10` issued there.
    pub postal: Option<u32>,
    /// The code of scheme `vpostcode12`, where there is a postal code.
    pub vpostcode12: Option<String>,
}

impl Locator {
    /// A locator over the boundaries of `reference` and the villages of the last run.
    #[must_use]
    pub fn new(
        reference: Arc<Reference>,
        villages: impl IntoIterator<Item = (LocatedVillage, MultiPolygon<f64>)>,
    ) -> Self {
        let (villages, shapes): (Vec<_>, Vec<_>) = villages.into_iter().unzip();
        let shapes = AreaIndex::new((0..).zip(shapes).collect());
        let units = &reference.units;
        let postal = |(id, unit): (UnitId, &diachiso_model::Unit)| {
            (unit.level == Level::Commune).then(|| units.postal_of(id)).flatten()
        };
        let postal = units.iter().map(postal).collect();
        Self { reference, villages, shapes, postal }
    }

    /// The units and boundaries.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The villages with a shape.
    #[must_use]
    pub fn villages(&self) -> &[LocatedVillage] {
        &self.villages
    }

    /// What lies at a point on a day. Exact for communes (boundary included), total for any position on the globe.
    #[must_use]
    pub fn place(&self, point: LonLat, on: Date) -> Place {
        let boundaries = &self.reference.boundaries;
        let commune = boundaries.locate(point, on);
        let (nearest, border_m) = match commune {
            Some(id) => (None, boundaries.border_m(id, point, on)),
            None => boundaries.nearest(point, on, MAX_NEAREST_M).unzip(),
        };
        Place {
            commune,
            border_m,
            nearest,
            village: self.village(point),
            codes: self.codes(point, commune),
        }
    }

    /// The village at a point.
    #[must_use]
    pub fn village(&self, point: LonLat) -> Option<PlaceVillage> {
        if let Some(id) = self.shapes.locate(point) {
            let border_m = self.shapes.border_m(id, point);
            return Some(PlaceVillage { village: id as usize, inside: true, border_m });
        }
        let (id, border_m) = self.shapes.nearest_within(point, MAX_VILLAGE_M)?;
        Some(PlaceVillage { village: id as usize, inside: false, border_m })
    }

    /// The postal code of a commune: the one given to it, or to what it came from or became.
    #[must_use]
    pub fn postal(&self, commune: UnitId) -> Option<u32> {
        self.postal[usize::from(commune.0)]
    }

    /// The communes of a day whose places bear codes of a postal prefix: those that it was given to, and what became of
    /// them or what they came from, by unit.
    #[must_use]
    pub fn of_prefix(&self, postal: u32, on: Date) -> Vec<UnitId> {
        let units = &self.reference.units;
        let given = units.by_postal(postal).iter();
        let mut found: Vec<UnitId> = given.flat_map(|id| units.at(*id, on)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn codes(&self, point: LonLat, commune: Option<UnitId>) -> PointCodes {
        let postal = commune.and_then(|id| self.postal(id));
        let vpostcode12 = postal.and_then(|postal| AddressCode::vpostcode12(postal, point).ok());
        PointCodes {
            // Eleven digits are an allowed length.
            olc: olc::encode(point, OLC_DIGITS).unwrap_or_default(),
            postal,
            vpostcode12: vpostcode12.map(|code| code.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::Rect;
    use proptest::prelude::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("on the globe")
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    /// Over schematic boundaries, with one square village.
    fn locator() -> Locator {
        let reference = Reference::load([]).expect("the tables that come along");
        let village = LocatedVillage {
            code: "19870-dong".parse().expect("a code"),
            name: "Thôn Đông".into(),
            confidence: 0.9,
        };
        let shape = Rect::new((107.50, 16.55), (107.52, 16.57)).to_polygon();
        Locator::new(Arc::new(reference), [(village, shape.into())])
    }

    #[test]
    fn a_point_lies_in_the_commune_of_the_day() {
        let locator = locator();
        let names: Vec<String> = ["2019-05-01", "2021-08-01", "2026-01-01"]
            .map(|on| {
                let place = locator.place(at(107.5060, 16.5735), day(on));
                let id = place.commune.expect("in the district");
                assert!(place.nearest.is_none() && place.border_m.is_some_and(|m| m > 0.0));
                assert_eq!(place.codes.postal, locator.postal(id));
                locator.reference().units.get(id).full_name()
            })
            .into();
        assert_eq!(names[0], names[1]);
        assert_ne!(names[1], names[2], "merged in 2025");
    }

    #[test]
    fn a_point_at_sea_is_told_the_nearest_commune_and_how_far() {
        let place = locator().place(at(107.9, 16.75), day("2026-01-01"));
        assert_eq!((place.commune, place.codes.vpostcode12.as_ref()), (None, None));
        assert!(place.nearest.is_some() && place.border_m.is_some_and(|m| m > 1_000.0));
        assert_eq!(place.codes.olc.len(), 12);
        let beyond = locator().place(at(105.8, 21.0), day("2026-01-01"));
        assert_eq!((beyond.nearest, beyond.border_m), (None, None));
    }

    #[test]
    fn a_village_holds_a_point_or_is_near() {
        let locator = locator();
        let village = |lon, lat| {
            locator.village(at(lon, lat)).map(|v| (v.village, v.inside, v.border_m.round()))
        };
        assert_eq!(village(107.501, 16.56), Some((0, true, 107.0)));
        assert_eq!(village(107.521, 16.56), Some((0, false, 107.0)));
        assert_eq!(village(107.6, 16.56), None);
    }

    #[test]
    fn a_postal_prefix_is_the_communes_of_the_day() {
        let locator = locator();
        let units = &locator.reference().units;
        for on in units.reforms() {
            for (id, unit) in units.on(Level::Commune, *on) {
                let Some(postal) = locator.postal(id) else { continue };
                assert!(
                    locator.of_prefix(postal, *on).contains(&id),
                    "{} on {on}",
                    unit.full_name()
                );
            }
        }
        assert_eq!(locator.of_prefix(99_999, day("2026-01-01")), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn any_position_on_any_day_has_an_answer(
            lon in -180.0..=180.0_f64, lat in -90.0..=90.0_f64, in_province in any::<bool>(), days in 0_i64..20_000
        ) {
            static LOCATOR: std::sync::LazyLock<Locator> = std::sync::LazyLock::new(locator);
            let (lon, lat) = if in_province { (107.62 + lon / 300.0, 16.37 + lat / 230.0) } else { (lon, lat) };
            let on = day("1990-01-01").checked_add(jiff::Span::new().days(days)).expect("a day");
            let place = LOCATOR.place(at(lon, lat), on);
            prop_assert!(place.commune.is_none() || place.nearest.is_none());
            prop_assert!(place.border_m.is_none_or(|m| m.is_finite() && m >= 0.0));
            prop_assert_eq!(place.border_m.is_some(), place.commune.is_some() || place.nearest.is_some());
            let cell = olc::decode(&place.codes.olc).expect("our own code");
            prop_assert!((cell.center.lat() - lat).abs() <= cell.half_lat_deg + 1e-7);
        }
    }
}
