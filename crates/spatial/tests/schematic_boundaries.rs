//! The committed schematic boundaries are what the generator draws, and a coverage in every period.

#[path = "support/fixtures.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod fixtures;

use std::sync::LazyLock;

use diachiso_model::{Level, Units};
use diachiso_spatial::coverage_check::{self, RepairOptions};
use diachiso_spatial::distance::DegreeLength;
use diachiso_spatial::schematic::{self, SchematicUnit};
use geo::{Area, Contains, Distance, Euclidean, MapCoords};
use geo_types::{Coord, MultiPolygon, Point};

/// Largest size of the committed file, bytes.
const MAX_BYTES: usize = 1_500_000;
/// How far inside the outline every commune point lies at least, m.
const INSIDE_M: f64 = 300.0;

static UNITS: LazyLock<Units> = LazyLock::new(fixtures::units);
static DRAWN: LazyLock<Vec<SchematicUnit>> = LazyLock::new(|| {
    let on = fixtures::anchored_on();
    schematic::draw(&UNITS, &fixtures::anchors(), on, &fixtures::outline()).expect("boundaries")
});

/// The shapes of each period by code.
fn periods() -> impl Iterator<Item = Vec<(String, MultiPolygon<f64>)>> {
    UNITS.reforms().iter().map(|day| {
        let held =
            |u: &&SchematicUnit| u.valid_from <= *day && u.valid_to.is_none_or(|to| *day <= to);
        DRAWN.iter().filter(held).map(|u| (u.code.to_string(), u.shape.clone())).collect()
    })
}

#[test]
fn the_committed_file_is_what_the_generator_draws_byte_for_byte() {
    let file = fixtures::path("boundaries/schematic.geojson");
    let committed =
        std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let same = committed == schematic::to_geojson(&DRAWN);
    assert!(same, "draw anew: cargo run -p diachiso-spatial --example schematic");
    assert!(committed.len() < MAX_BYTES);
}

#[test]
fn the_committed_file_is_geojson_that_calls_itself_schematic() {
    let collection: geojson::FeatureCollection =
        schematic::to_geojson(&DRAWN).parse().expect("a feature collection");
    let members = collection.foreign_members.expect("members of its own");
    assert_eq!(members["schematic"], true);
    assert!(members["note"]["vi"].is_string() && members["note"]["en"].is_string());
    assert_eq!(
        collection.features.len(),
        UNITS.iter().filter(|(_, u)| u.level == Level::Commune).count()
    );
}

#[test]
fn every_period_is_a_coverage_of_the_outline() {
    let whole = fixtures::outline().unsigned_area();
    // Points where a border meets the outline are rounded to a centimetre.
    let on_grid = 1e-7;
    let mut sums = Vec::new();
    for (areas, day) in periods().zip(UNITS.reforms()) {
        assert_eq!(areas.len(), UNITS.on(Level::Commune, *day).count());
        let report = coverage_check::inspect(&areas);
        assert!(report.is_clean(), "{day}: {report:?}");
        let sum: f64 = areas.iter().map(|(_, shape)| shape.unsigned_area()).sum();
        assert!((sum - whole).abs() < on_grid, "{day}: {sum} of {whole} square degrees");
        sums.push(sum);
    }
    assert!(sums.iter().all(|sum| (sum - sums[0]).abs() < 1e-12), "{sums:?}");
}

#[test]
fn repairing_a_coverage_changes_nothing() {
    for areas in periods() {
        let (same, actions) = coverage_check::repair(areas.clone(), &RepairOptions::default());
        assert_eq!(actions, []);
        assert_eq!(same, areas);
    }
}

#[test]
fn every_commune_of_2021_holds_its_own_point() {
    let on = fixtures::anchored_on();
    let held = |u: &&SchematicUnit| u.valid_from <= on && u.valid_to.is_none_or(|to| on <= to);
    for anchor in fixtures::anchors() {
        let unit = DRAWN.iter().filter(held).find(|u| u.code == anchor.code).expect("a shape");
        let point = Point::new(anchor.at.lon(), anchor.at.lat());
        assert!(unit.shape.contains(&point), "{} at {}", anchor.code, anchor.at);
    }
}

#[test]
fn every_unit_is_in_one_piece() {
    for unit in DRAWN.iter() {
        assert_eq!(unit.shape.0.len(), 1, "{} from {}", unit.code, unit.valid_from);
    }
}

#[test]
fn areas_follow_the_communes() {
    let on = fixtures::anchored_on();
    let degree = DegreeLength::at(16.4);
    let held = |u: &&SchematicUnit| u.valid_from <= on && u.valid_to.is_none_or(|to| on <= to);
    let mut ratios: Vec<f64> = fixtures::anchors()
        .iter()
        .map(|anchor| {
            let unit = DRAWN.iter().filter(held).find(|u| u.code == anchor.code).expect("a shape");
            let area_km2 = unit.shape.unsigned_area() * degree.lon_m * degree.lat_m / 1e6;
            area_km2 / anchor.area_km2
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    assert!((0.8..1.25).contains(&ratios[ratios.len() / 2]), "{ratios:?}");
    let within_half = ratios.iter().filter(|r| (0.5..2.0).contains(*r)).count();
    assert!(within_half * 10 >= ratios.len() * 9, "{ratios:?}");
}

#[test]
fn the_outline_lies_in_the_province_box_and_well_around_every_point() {
    let outline = fixtures::outline();
    assert!(outline.interiors().is_empty());
    let inside =
        |p: &Coord<f64>| (107.03..=108.21).contains(&p.x) && (15.99..=16.75).contains(&p.y);
    assert!(outline.exterior().0.iter().all(inside));
    let degree = DegreeLength::at(16.4);
    let metres = |p: Coord<f64>| Coord { x: p.x * degree.lon_m, y: p.y * degree.lat_m };
    let ground = outline.map_coords(metres);
    for anchor in fixtures::anchors() {
        let point = Point(metres(Coord { x: anchor.at.lon(), y: anchor.at.lat() }));
        assert!(ground.contains(&point), "{}", anchor.code);
        let distance_m = Euclidean.distance(&point, ground.exterior());
        assert!(distance_m >= INSIDE_M, "{}: {distance_m} m", anchor.code);
    }
}
