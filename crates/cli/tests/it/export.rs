//! The public map as files, opened by programs of others.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::support;
use serde_json::Value;
use support::{diachiso_with, loaded};

/// What a program says; fails where it is not installed or refuses.
fn said(program: &str, args: &[&str]) -> String {
    let run = Command::new(program).args(args).output();
    let run =
        run.unwrap_or_else(|e| panic!("{program} ({e}): run `cargo xtask test --only install`"));
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{program}: {text}{}", String::from_utf8_lossy(&run.stderr));
    text
}

fn export(store: &Path, format: &str, layer: &str) -> PathBuf {
    let file = store.with_file_name(format!("map.{format}"));
    let (store, to) = (store.to_str().expect("a name"), file.to_str().expect("a name"));
    let run = diachiso_with(["export", format, to, "--layer", layer, "--store", store], &[]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    file
}

#[test]
fn every_format_holds_the_same_public_units_for_readers_of_others() {
    let (_folder, store, _) = loaded();
    let geojson = export(&store, "geojson", "villages");
    let read: Value =
        serde_json::from_slice(&std::fs::read(&geojson).expect("a file")).expect("JSON");
    let features = read["features"].as_array().expect("features");
    assert!(features.len() > 3, "{} villages", features.len());
    let count = format!("Feature Count: {}", features.len());
    let households: i64 =
        features.iter().filter_map(|f| f["properties"]["households"].as_i64()).sum();
    let by_gdal = |file: &Path, layer: &str| {
        said("ogrinfo", &["-ro", "-so", file.to_str().expect("a name"), layer])
    };
    assert!(by_gdal(&geojson, "villages").contains(&count));
    let gpkg = export(&store, "gpkg", "villages");
    let told = by_gdal(&gpkg, "villages");
    assert!(told.contains(&count) && told.contains("households: Integer"), "{told}");
    assert!(told.contains("Multi Polygon") && told.contains("WGS 84"), "{told}");
    let csv = export(&store, "csv", "villages");
    assert_eq!(std::fs::read_to_string(&csv).expect("text").lines().count(), features.len() + 1);
    let parquet = export(&store, "geoparquet", "villages");
    let bytes = std::fs::read(&parquet).expect("a file");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let sum = said(
        "ogrinfo",
        &[
            "-ro",
            "-q",
            gpkg.to_str().expect("a name"),
            "-sql",
            "select sum(households) as n from villages",
        ],
    );
    assert!(sum.contains(&format!("n (Integer) = {households}")), "{sum}");
    // A layer that is not there is named with those that are.
    let (from, to) = (store.to_str().expect("a name"), csv.to_str().expect("a name"));
    let run = diachiso_with(["export", "csv", to, "--layer", "people", "--store", from], &[]);
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stderr).contains("villages"));
}

#[test]
fn an_archive_of_tiles_holds_what_the_server_draws() {
    let (folder, store, _) = loaded();
    let file = export(&store, "pmtiles", "villages");
    let bytes = std::fs::read(&file).expect("a file");
    // Version 3 of the format: magic, version, then offsets; byte 99 tells gzip, byte 100 the zooms.
    assert_eq!(&bytes[..8], b"PMTiles\x03");
    assert_eq!((bytes[98], bytes[99], bytes[100], bytes[101]), (2, 1, 0, 14));
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let (first, tiles) = (number(56) as usize, number(72));
    assert!(tiles > 20, "{tiles} tiles");
    // The tile of zoom 0 comes first; GDAL finds every layer in it.
    let mut tile = Vec::new();
    let mut unpacked = flate2::bufread::GzDecoder::new(&bytes[first..]);
    std::io::Read::read_to_end(&mut unpacked, &mut tile).expect("a packed tile");
    let one = folder.path().join("0.mvt");
    std::fs::write(&one, tile).expect("written");
    let told = said("ogrinfo", &["-ro", one.to_str().expect("a name")]);
    for layer in ["communes", "villages", "density", "gaps"] {
        assert!(told.contains(layer), "{layer} is not in {told}");
    }
}
