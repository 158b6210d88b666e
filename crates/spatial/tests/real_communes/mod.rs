//! The real communes that tests run over; they stay outside the repository.

use std::path::PathBuf;

use geo_types::MultiPolygon;

/// The 141 communes of 2021 to 2024 by code.
pub(crate) fn read() -> Vec<(u32, MultiPolygon<f64>)> {
    let folder = std::env::var_os("DIACHISO_REAL_DATA")
        .expect("DIACHISO_REAL_DATA is unset: run `cargo xtask test`, which sets it");
    let path = PathBuf::from(folder).join("communes_141_clean.geojson");
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
    assert_eq!(communes.len(), 141, "the file of the 141 communes");
    communes
}
