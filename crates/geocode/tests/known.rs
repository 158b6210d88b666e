//! Indexes of what stores and runs know.

use diachiso_geocode::{Extent, Index, Known, Land, Query, Scratch};
use diachiso_model::{Date, LonLat, PlaceKind, ReferencePlace, UnitId};
use diachiso_pipeline::Reference;
use diachiso_testkit::Rng;

struct OnBoundaries(Reference);

impl Land for OnBoundaries {
    fn extent(&self, unit: UnitId) -> Option<Extent> {
        Extent::of_shape(&self.0.boundaries.get(unit)?.shape)
    }

    fn commune_at(&self, point: LonLat, on: Date) -> Option<UnitId> {
        self.0.boundaries.locate(point, on)
    }

    fn may_show(&self, _: LonLat) -> bool {
        true
    }
}

#[test]
fn a_reference_house_is_in_the_old_ward_whose_boundary_holds_it() {
    let land = OnBoundaries(Reference::load([]).expect("reference data"));
    let (units, today) = (&land.0.units, "2026-06-01".parse().expect("a date"));
    let first = units.reforms()[0];
    let mut rng = Rng::new(5);
    let mut places = Vec::new();
    let mut old = Vec::new();
    while places.len() < 300 {
        let degrees = |from: f64, share: usize| from + share as f64 * 1e-6;
        let (lon, lat) = (degrees(107.0, rng.below(1_200_000)), degrees(16.0, rng.below(750_000)));
        let point = LonLat::new(lon, lat).expect("a point");
        let (Some(then), Some(_)) = (land.commune_at(point, first), land.commune_at(point, today))
        else {
            continue;
        };
        // Each in a street of its own, so that nothing else tells where it is.
        let letter = |n: usize| char::from(b'a' + (n % 23) as u8);
        let n = places.len();
        let name = format!("Vườn {}{}x{}", letter(n), letter(n / 23), letter(n / 7));
        places.push(ReferencePlace {
            kind: PlaceKind::House,
            name: name.as_str().into(),
            number: "12".into(),
            alley: "".into(),
            point,
        });
        old.push((name, then, point));
    }
    let known = Known { places: &places, ..Known::default() };
    let index = Index::of_known(units, today, &land, &known).expect("few places");
    let mut scratch = Scratch::default();
    let (mut told, mut wrong) = (0, Vec::new());
    for (name, then, point) in &old {
        let text = format!("12 {name}");
        let query = Query { on: Some(first), ..Query::of(&text) };
        let answer = index.geocode(&query, &mut scratch).expect("a short text");
        let here = answer.candidates.iter().find(|c| {
            c.position.is_some_and(|p| diachiso_spatial::distance::metres(p.point, *point) < 1.0)
        });
        let Some(found) = here.and_then(|c| c.then) else { continue };
        told += 1;
        if found != *then {
            wrong.push((name, units.get(found).full_name(), units.get(*then).full_name()));
        }
    }
    assert!(told >= 250, "{told}");
    assert!(wrong.is_empty(), "{} of {told}: {wrong:?}", wrong.len());
}
