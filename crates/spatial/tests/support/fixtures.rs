//! The committed tables as values, for tests and for the example that draws the boundaries.

use std::path::{Path, PathBuf};

use diachiso_model::{Change, Date, Kind, LineageStep, LonLat, PostalCode, Unit, UnitCode, Units};
use diachiso_spatial::schematic::Anchor;
use geo_types::Polygon;

/// A day on which the communes of `points.csv` hold.
pub(crate) fn anchored_on() -> Date {
    jiff::civil::date(2021, 7, 1)
}

/// The path of a committed input.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures")).join(name)
}

/// The rows of a table under its heading.
pub(crate) fn rows(name: &str) -> Vec<csv::StringRecord> {
    let file = path(name);
    csv::Reader::from_path(&file)
        .and_then(|mut reader| reader.records().collect())
        .unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// A cell read as a value.
#[track_caller]
pub(crate) fn cell<T: std::str::FromStr>(row: &csv::StringRecord, column: usize) -> T {
    row[column].parse().unwrap_or_else(|_| panic!("cell {column} of {row:?}"))
}

/// All units with lineage and postal codes.
pub(crate) fn units() -> Units {
    let units = rows("units/units.csv")
        .iter()
        .map(|row| {
            let code: UnitCode = cell(row, 0);
            assert_eq!(code.level().as_str(), &row[1], "{row:?}");
            Unit {
                level: code.level(),
                code,
                kind: Kind::from_key(&row[2]).unwrap_or_else(|| panic!("kind of {row:?}")),
                name: row[3].into(),
                parent: (!row[4].is_empty()).then(|| cell(row, 4)),
                valid_from: cell(row, 5),
                valid_to: (!row[6].is_empty()).then(|| cell(row, 6)),
            }
        })
        .collect();
    let lineage: Vec<LineageStep> = rows("units/lineage.csv")
        .iter()
        .map(|row| LineageStep {
            on: cell(row, 0),
            from: cell(row, 1),
            to: cell(row, 2),
            change: Change::from_key(&row[3]).unwrap_or_else(|| panic!("change of {row:?}")),
        })
        .collect();
    let postal: Vec<PostalCode> = rows("units/postal.csv")
        .iter()
        .map(|row| PostalCode { code: cell(row, 0), on: cell(row, 1), postal: cell(row, 2) })
        .collect();
    Units::new(units, &lineage, &postal).expect("units that fit together")
}

/// Points and areas of the communes of 2021.
pub(crate) fn anchors() -> Vec<Anchor> {
    rows("units/points.csv")
        .iter()
        .map(|row| Anchor {
            code: cell(row, 0),
            at: LonLat::new(cell(row, 1), cell(row, 2)).expect("a position"),
            area_km2: cell(row, 3),
        })
        .collect()
}

/// The province's outline.
pub(crate) fn outline() -> Polygon<f64> {
    let file = path("boundaries/outline.geojson");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let feature: geojson::Feature = text.parse().expect("a GeoJSON feature");
    feature.geometry.expect("a geometry").try_into().expect("a polygon")
}
