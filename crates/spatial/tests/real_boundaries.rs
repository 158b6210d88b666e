//! Real boundaries, clean and dirty: what is reported and what repair makes of them.
//!
//! The files are not committed; the folder comes from `DIACHISO_REAL_DATA`.

use std::path::PathBuf;

use diachiso_spatial::coverage_check::{self, NEGLIGIBLE_M2, RepairOptions};
use geo::Area;
use geo_types::{Geometry, MultiPolygon};

type Areas = Vec<(String, MultiPolygon<f64>)>;

fn areas(name: &str) -> Areas {
    let folder = std::env::var_os("DIACHISO_REAL_DATA").unwrap_or_else(|| {
        panic!("DIACHISO_REAL_DATA is unset: point it to the folder that holds {name}")
    });
    let file = PathBuf::from(folder).join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let collection: geojson::FeatureCollection = text.parse().expect("a feature collection");
    let mut areas: Areas = collection
        .features
        .into_iter()
        .map(|feature| {
            let code =
                feature.property("code").and_then(|v| v.as_str()).expect("a code").to_owned();
            let shape = match feature.geometry.expect("a geometry").try_into().expect("a shape") {
                Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
                Geometry::MultiPolygon(shape) => shape,
                other => panic!("{code} is no polygon: {other:?}"),
            };
            (code, shape)
        })
        .collect();
    areas.sort_by(|a, b| a.0.cmp(&b.0));
    areas
}

#[track_caller]
fn check_clean(name: &str, count: usize) {
    let areas = areas(name);
    assert_eq!(areas.len(), count);
    let report = coverage_check::inspect(&areas);
    assert!(report.overlaps.is_empty() && report.gaps.is_empty(), "{report:?}");
}

#[test]
fn real_boundaries_of_today_neither_overlap_nor_gape_by_a_square_metre() {
    check_clean("communes_40_simplified.geojson", 40);
}

#[test]
fn real_boundaries_of_2021_neither_overlap_nor_gape_by_a_square_metre() {
    check_clean("communes_141_clean.geojson", 141);
}

#[test]
fn real_dirty_boundaries_are_reported_and_mended() {
    let areas = areas("communes_152_overlapping.geojson");
    let before = coverage_check::inspect(&areas);
    assert!(before.overlaps.len() >= 200, "{} overlaps", before.overlaps.len());
    assert!(before.gaps.len() >= 200, "{} gaps", before.gaps.len());

    let options = RepairOptions::default();
    let (mended, actions) = coverage_check::repair(areas.clone(), &options);
    let after = coverage_check::inspect(&mended);
    assert_eq!(after.overlaps, [], "after repair");
    assert_eq!(after.invalid, [], "after repair");
    assert!(after.gaps.iter().all(|gap| gap.area_m2 > options.max_gap_m2), "{:?}", after.gaps);
    assert!(actions.len() >= before.overlaps.len());
    assert!(actions.iter().all(|a| a.area_m2 >= NEGLIGIBLE_M2 && a.at.is_some()));
    assert!(mended.iter().zip(&areas).all(|(m, a)| m.0 == a.0 && m.1.unsigned_area() > 0.0));
    let again = coverage_check::repair(mended.clone(), &options);
    assert_eq!(again.1, [], "nothing is left to do");
    assert_eq!(again.0, mended);
}
