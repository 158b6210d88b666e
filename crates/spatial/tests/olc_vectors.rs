//! The official test vectors of Open Location Code.

use std::path::PathBuf;

use diachiso_model::LonLat;
use diachiso_spatial::olc;

/// The rows of one of the official files, comments left out.
fn vectors(file: &str) -> Vec<Vec<String>> {
    let folder = std::env::var_os("DIACHISO_REAL_DATA")
        .expect("DIACHISO_REAL_DATA is unset: run `cargo xtask test`, which sets it");
    let path = PathBuf::from(folder).join("olc").join(file);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .comment(Some(b'#'))
        .flexible(true)
        .from_path(&path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.expect("the vectors are CSV").iter().map(str::to_owned).collect())
        .collect();
    assert!(rows.len() > 5, "{file} holds no vectors");
    rows
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.trim().parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("the vector's position is on the globe")
}

#[test]
fn whole_units_encode_to_the_official_codes() {
    for row in vectors("encoding.csv") {
        let code = olc::encode_units(number(&row[3]), number(&row[2]), number(&row[4]));
        assert_eq!(code.unwrap_or_default(), row[5], "{row:?}");
    }
}

#[test]
fn degrees_encode_to_the_official_codes() {
    let rows = vectors("encoding.csv");
    let wrong: Vec<_> = rows
        .iter()
        .filter(|row| {
            let (lat, lon): (f64, f64) = (number(&row[0]), number(&row[1]));
            let turned = (lon + 180.0).rem_euclid(360.0) - 180.0;
            let lon = if (-180.0..180.0).contains(&lon) { lon } else { turned };
            let code = olc::encode(at(lon, lat.clamp(-90.0, 90.0)), number(&row[4]));
            code.unwrap_or_default() != row[5]
        })
        .collect();
    // The vectors' own rule: 5 % may differ in the last digit, where a decimal degree is no double.
    assert!(wrong.len() * 20 <= rows.len(), "{} of {} differ: {wrong:?}", wrong.len(), rows.len());
}

#[test]
fn codes_decode_to_the_official_cells() {
    for row in vectors("decoding.csv") {
        let cell = olc::decode(&row[0]).unwrap_or_else(|error| panic!("{row:?}: {error}"));
        let (lon, lat) = (cell.center.lon(), cell.center.lat());
        let ours = [
            lat - cell.half_lat_deg,
            lon - cell.half_lon_deg,
            lat + cell.half_lat_deg,
            lon + cell.half_lon_deg,
        ];
        for (ours, theirs) in ours.iter().zip(&row[2..]) {
            assert!((ours - number::<f64>(theirs)).abs() < 1e-10, "{row:?} gave {cell:?}");
        }
    }
}

#[test]
fn short_codes_are_made_and_recovered_as_officially() {
    for row in vectors("shortCodeTests.csv") {
        let near = at(number(&row[2]), number(&row[1]));
        if row[4] != "R" {
            assert_eq!(olc::shorten(&row[0], near).as_ref(), Ok(&row[3]), "{row:?}");
        }
        if row[4] != "S" {
            assert_eq!(olc::recover_nearest(&row[3], near).as_ref(), Ok(&row[0]), "{row:?}");
        }
    }
}

#[test]
fn validity_is_as_officially() {
    for row in vectors("validityTests.csv") {
        let ours = [olc::is_valid(&row[0]), olc::is_short(&row[0]), olc::is_full(&row[0])];
        let theirs = [&row[1], &row[2], &row[3]].map(|text| text == "true");
        assert_eq!(ours, theirs, "valid, short, full of {row:?}");
    }
}
