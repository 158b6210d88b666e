//! GDAL opens every layer, counts its features and uses its spatial index.

mod common;

use std::{path::Path, process::Command};

use common::{publish, state, units};
use diachiso_store::{GeoPackage, Store};

const N: u32 = 2000;

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|e| {
        panic!("{program} is needed and cannot be run ({e}): apt-get install gdal-bin")
    });
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {text}{words}");
    let complaint = words.lines().find(|l| l.contains("ERROR") || l.contains("Warning"));
    assert_eq!(complaint, None, "{program} {args:?}");
    text
}

/// What `ogrinfo` prints after a label in the part on one layer.
fn field<'t>(text: &'t str, layer: &str, label: &str) -> &'t str {
    let part = text.split(&format!("Layer name: {layer}\n")).nth(1);
    let part = part.unwrap_or_else(|| panic!("no layer {layer} in {text}"));
    let line = part.lines().find_map(|l| l.strip_prefix(label));
    line.unwrap_or_else(|| panic!("no `{label}` for {layer}")).trim()
}

async fn stored(path: &Path) {
    let store = GeoPackage::create_or_open(path).await.expect("a store");
    publish(&store, &state(&units(), 10, 1)).await;
    publish(&store, &state(&units(), N, 0)).await;
    drop(store);
}

#[tokio::test]
async fn ogrinfo_opens_every_layer_and_counts_its_features() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    stored(&path).await;
    let state = state(&units(), N, 0);
    let gaps = state.households.iter().filter(|h| h.state.is_gap()).count();
    let findings = state.submissions.iter().map(|s| s.findings.len()).sum();
    let text = run("ogrinfo", &["-al", "-so", path.to_str().expect("a path")]);
    for (layer, geometry, count) in [
        ("units", "Multi Polygon", 3),
        ("villages", "Multi Polygon", 3),
        ("coverage", "Multi Polygon", state.tallies.len()),
        ("gaps", "Point", gaps),
        ("submissions", "Point", N as usize),
        ("boundaries", "Multi Polygon", 0),
        ("masks", "Multi Polygon", 0),
        ("households", "None", N as usize),
        ("findings", "None", findings),
        ("files", "None", 3),
        ("runs", "None", 2),
        ("registers", "None", 1),
        ("rules", "None", 1),
        ("skipped", "None", 1),
        ("repeats", "None", 1),
    ] {
        assert_eq!(field(&text, layer, "Geometry:"), geometry, "{layer}");
        assert_eq!(field(&text, layer, "Feature Count:"), count.to_string(), "{layer}");
    }
    assert_eq!(
        field(&text, "units", "Extent:"),
        "(107.500000, 16.500000) - (107.700000, 16.700000)"
    );
    let units = text.split("Layer name: units\n").nth(1).expect("units");
    assert!(units.contains("DESCRIPTION=") && units.contains("schematic boundaries"), "{units}");
    assert!(text.contains("phone: Integer64") && text.contains("collected_on: Date"), "{text}");
}

#[tokio::test]
async fn a_spatial_filter_finds_what_the_state_has_there_by_the_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    stored(&path).await;
    let path = path.to_str().expect("a path");
    let filter = ["-spat", "107.52", "16.52", "107.55", "16.56"];
    let args = [&["-so", path, "submissions"], &filter[..]].concat();
    let text = run("ogrinfo", &args);
    let inside = |p: &diachiso_model::LonLat| {
        (107.52..=107.55).contains(&p.lon()) && (16.52..=16.56).contains(&p.lat())
    };
    let expected =
        state(&units(), N, 0).submissions.iter().filter_map(|s| s.point).filter(inside).count();
    assert!(expected > 100);
    assert_eq!(field(&text, "submissions", "Feature Count:"), expected.to_string());
    let sql = "select HasSpatialIndex('submissions', 'geom') as there";
    let text = run("ogrinfo", &["-q", "-sql", sql, path]);
    assert!(text.contains("= 1"), "{text}");
}

#[tokio::test]
async fn an_edit_by_gdal_keeps_the_index_and_the_next_run_replaces_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    stored(&path).await;
    let text = path.to_str().expect("a path");
    run(
        "ogrinfo",
        &[
            "-q",
            "-sql",
            "delete from submissions where fid in (select fid from submissions order by fid limit 500)",
            text,
        ],
    );
    let world = ["-so", text, "submissions", "-spat", "100", "10", "110", "20"];
    let left = run("ogrinfo", &world);
    let points = |first: usize| {
        let mut all = state(&units(), N, 0).submissions;
        all.sort_by_key(|s| (s.file, s.row));
        all[first..].iter().filter(|s| s.point.is_some()).count().to_string()
    };
    assert_eq!(field(&left, "submissions", "Feature Count:"), points(500));
    let store = GeoPackage::open(&path).await.expect("a store");
    publish(&store, &state(&units(), N, 0)).await;
    assert_eq!(store.latest_run().await.expect("read").expect("a run").number, 3);
    drop(store);
    let whole = run("ogrinfo", &world);
    assert_eq!(field(&whole, "submissions", "Feature Count:"), points(0));
}
