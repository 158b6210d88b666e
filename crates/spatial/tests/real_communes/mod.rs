//! The real communes that tests run over; they stay outside the repository.

use std::path::PathBuf;

use geo_types::MultiPolygon;

/// The periods whose communes have real boundaries: file, number of communes.
#[allow(dead_code, reason = "each test that includes this module takes what it needs")]
pub(crate) const PERIODS: [(&str, usize); 3] = [
    ("communes_152_overlapping.geojson", 152),
    ("communes_141_clean.geojson", 141),
    ("communes_40_simplified.geojson", 40),
];

/// The 141 communes of 2021 to 2024 by code.
#[allow(dead_code, reason = "each test that includes this module takes what it needs")]
pub(crate) fn read() -> Vec<(u32, MultiPolygon<f64>)> {
    read_period(PERIODS[1])
}

/// The communes of one of [`PERIODS`] by code.
pub(crate) fn read_period((name, count): (&str, usize)) -> Vec<(u32, MultiPolygon<f64>)> {
    let folder = std::env::var_os("DIACHISO_REAL_DATA")
        .expect("DIACHISO_REAL_DATA is unset: run `cargo xtask test`, which sets it");
    let path = PathBuf::from(folder).join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    let file: geojson::FeatureCollection = text.parse().expect("the communes are GeoJSON");
    let communes: Vec<_> = file
        .features
        .into_iter()
        .map(|feature| {
            let code =
                feature.property("code").and_then(|code| code.as_str()).map(str::parse::<u32>);
            let shape =
                geo_types::Geometry::<f64>::try_from(feature).expect("a commune has a shape");
            let shape = match shape {
                geo_types::Geometry::Polygon(polygon) => MultiPolygon(vec![polygon]),
                geo_types::Geometry::MultiPolygon(shape) => shape,
                other => panic!("a commune is no {other:?}"),
            };
            (code.expect("a commune has a code").expect("the code is a number"), shape)
        })
        .collect();
    assert_eq!(communes.len(), count, "communes of {name}");
    communes
}
