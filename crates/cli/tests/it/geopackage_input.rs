//! GeoPackages that other programs made are files like any other: their rows and points come to the same as the csv
//! that they were made of.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support;
use diachiso_testkit::fixture;
use serde_json::Value;
use support::{diachiso, folder, succeed};

fn csv_file() -> PathBuf {
    fixture("dirty/files/doi-chieu-danh-sach.csv")
}

/// Makes a GeoPackage of the file's rows with `ogr2ogr`, without the columns of the position.
fn geopackage(folder: &Path, srs: &str) -> PathBuf {
    let out = folder.join(format!("phieu-{}.gpkg", srs.replace(':', "-")));
    let output = Command::new("ogr2ogr")
        .args(["-f", "GPKG", "-a_srs", "EPSG:4326", "-s_srs", "EPSG:4326", "-t_srs", srs])
        .args(["-oo", "X_POSSIBLE_NAMES=Kinh độ", "-oo", "Y_POSSIBLE_NAMES=Vĩ độ"])
        .args(["-oo", "KEEP_GEOM_COLUMNS=NO"])
        .args([out.as_path(), &csv_file()])
        .output()
        .expect("ogr2ogr runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out
}

fn check(file: &Path) -> Value {
    let args =
        ["check", &file.to_string_lossy(), "--today", "2025-12-31", "--json"].map(str::to_owned);
    serde_json::from_str(&succeed(args)).expect("JSON")
}

fn codes(of: &Value) -> Vec<(String, u64)> {
    let rules = of["rules"].as_array().expect("rules").iter();
    let mut codes: Vec<_> = rules
        .map(|r| {
            (r["code"].as_str().expect("a code").to_owned(), r["findings"].as_u64().unwrap_or(0))
        })
        .collect();
    codes.sort();
    codes
}

#[test]
fn points_in_degrees_come_to_the_same_as_the_csv() {
    let folder = folder();
    let (text, layer) = (check(&csv_file()), check(&geopackage(folder.path(), "EPSG:4326")));
    assert_eq!(layer["verdicts"], text["verdicts"]);
    assert_eq!(layer["rows_read"], text["rows_read"]);
    assert_eq!(codes(&layer), codes(&text));
}

#[test]
fn points_in_metres_are_converted_and_said_to_be() {
    let folder = folder();
    let (text, layer) = (check(&csv_file()), check(&geopackage(folder.path(), "EPSG:9214")));
    assert_eq!(layer["verdicts"], text["verdicts"]);
    let records = text["rows_read"].as_u64().expect("a number") - 1;
    let converted = codes(&layer).into_iter().find(|(code, _)| code == "G04");
    assert_eq!(converted, Some(("G04".to_owned(), records)), "all rows");
    let rest: Vec<_> = codes(&layer).into_iter().filter(|(code, _)| code != "G04").collect();
    assert_eq!(rest, codes(&text));
}

#[test]
fn a_run_takes_one_and_keeps_its_rows() {
    let folder = folder();
    let layer = geopackage(folder.path(), "EPSG:4326");
    let store = folder.path().join("s.gpkg");
    let args =
        support::run_args(&store, &[fixture("dirty/register.csv")], std::slice::from_ref(&layer));
    succeed(args.clone());
    let twice = diachiso(args);
    assert!(String::from_utf8_lossy(&twice.stderr).contains("F04"), "the same content");
    let columns = succeed(["columns", &layer.to_string_lossy()]);
    assert!(columns.contains("Vĩ độ (đúng mẫu"), "{columns}");
}

#[test]
fn a_damaged_one_is_refused_by_name() {
    let folder = folder();
    let whole = fs::read(geopackage(folder.path(), "EPSG:4326")).expect("a file");
    let damaged = folder.path().join("hong.gpkg");
    for bytes in
        [&whole[..100], &whole[..whole.len() / 2], b"SQLite format 3\0 and nothing else of it"]
    {
        fs::write(&damaged, bytes).expect("a file");
        let output = diachiso(["check", &damaged.to_string_lossy()]);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains("F01") && words.contains("hong.gpkg"), "{words}");
    }
}

#[test]
fn bytes_changed_anywhere_give_rows_or_a_fault_that_names_the_file() {
    const TRIES: u64 = 400;
    let folder = folder();
    let whole = fs::read(geopackage(folder.path(), "EPSG:4326")).expect("a file");
    let path = folder.path().join("hong.gpkg");
    let (mut read, mut refused) = (0, 0);
    for seed in 0..TRIES {
        let mut rng = diachiso_testkit::Rng::new(seed);
        let mut bytes = whole.clone();
        // Pages of the schema and of the header are hit as often as all others.
        let most = if seed % 2 == 0 { bytes.len() } else { 8192.min(bytes.len()) };
        for _ in 0..=rng.below(16) {
            bytes[16 + rng.below(most - 16)] = rng.next_u64() as u8;
        }
        if seed % 8 == 7 {
            bytes.truncate(16 + rng.below(whole.len() - 16));
        }
        fs::write(&path, &bytes).expect("a file");
        let mut rows = diachiso_store::TableRows::open(&path, "hong.gpkg");
        let mut block = diachiso_source::RowBlock::new();
        let fault = loop {
            match diachiso_source::RowSource::next_block(&mut rows, &mut block, 100) {
                Ok(0) => break None,
                Ok(count) => assert!(count <= 100 && block.len() == count, "seed {seed}"),
                Err(error) => break Some(error.to_string()),
            }
        };
        match fault {
            None => read += 1,
            Some(fault) => {
                assert!(fault.contains("hong.gpkg"), "seed {seed}: {fault}");
                refused += 1;
            }
        }
    }
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
}
