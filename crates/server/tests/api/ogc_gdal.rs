//! GDAL as a reader of OGC API – Features: everything, page by page, in three coordinate systems, filtered.

use std::{process::Command, sync::Arc};

use diachiso_server::AppState;
use serde_json::Value;

use crate::state::Server;

/// Metres by which PROJ and the server may differ: what is written has a millimetre, and degrees have a centimetre.
const TOLERANCE_M: f64 = 0.03;

/// Asks the server as GDAL would over the network.
async fn ogr2ogr(server: &Server, args: Vec<String>) -> Value {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("OAPIF:http://{}/ogc", listener.local_addr().unwrap());
    let state = AppState::new(Arc::clone(&server.store) as Arc<_>, Arc::clone(&server.service));
    let serving = tokio::spawn(diachiso_server::serve(listener, state, std::future::pending()));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.json");
    let written = out.clone();
    let ran = tokio::task::spawn_blocking(move || {
        let run = Command::new("ogr2ogr")
            .args(["-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=8", "-oo", "PAGE_SIZE=1"])
            .arg(&written)
            .arg(&at)
            .args(&args)
            .output()
            .expect("ogr2ogr runs; install gdal-bin");
        assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
    });
    ran.await.unwrap();
    serving.abort();
    serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap()
}

/// Codes and corners of features, by code.
fn corners(of: &Value) -> Vec<(String, Vec<[f64; 2]>)> {
    let corners = |feature: &Value| {
        let polygons = feature["geometry"]["coordinates"].as_array().unwrap();
        let rings = polygons.iter().flat_map(|polygon| polygon.as_array().unwrap());
        let points = rings.flat_map(|ring| ring.as_array().unwrap());
        let corners = points.map(|at| [at[0].as_f64().unwrap(), at[1].as_f64().unwrap()]).collect();
        (feature["properties"]["code"].as_str().unwrap().to_owned(), corners)
    };
    let mut all: Vec<_> = of["features"].as_array().unwrap().iter().map(corners).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[track_caller]
fn assert_same(read: &Value, told: &Value, tolerance: f64) {
    let (read, told) = (corners(read), corners(told));
    assert_eq!(read.len(), told.len());
    for ((code, read), (other, told)) in read.iter().zip(&told) {
        assert_eq!((code, read.len()), (other, told.len()));
        for (a, b) in read.iter().zip(told) {
            let apart = (a[0] - b[0]).hypot(a[1] - b[1]);
            assert!(apart <= tolerance, "{code}: {a:?} and {b:?} are {apart} apart");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ogr2ogr_pages_through_every_collection_with_equal_counts_attributes_and_geometry() {
    let server = Server::published().await;
    for name in ["communes", "communes-2025-07-01", "villages"] {
        let read = ogr2ogr(&server, vec![name.to_owned()]).await;
        let told = server.get(&format!("/ogc/collections/{name}/items")).await.json();
        assert_same(&read, &told, 1e-7);
        let sum = |of: &Value, field: &str| -> u64 {
            let features = of["features"].as_array().unwrap().iter();
            features.map(|f| f["properties"][field].as_u64().unwrap()).sum()
        };
        for field in ["households", "covered", "persons"] {
            assert_eq!(sum(&read, field), sum(&told, field), "{name} {field}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metres_of_the_cadastre_are_those_that_proj_makes_of_the_degrees() {
    let server = Server::published().await;
    for code in [9214, 3405] {
        let system = format!("EPSG:{code}");
        let args = ["-t_srs", system.as_str(), "communes"].map(str::to_owned);
        let by_proj = ogr2ogr(&server, args.to_vec()).await;
        let uri = format!("http://www.opengis.net/def/crs/EPSG/0/{code}");
        let told = server.get(&format!("/ogc/collections/communes/items?crs={uri}")).await.json();
        assert_same(&by_proj, &told, TOLERANCE_M);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gdal_is_asked_for_by_attribute_is_what_a_filter_leaves() {
    let server = Server::published().await;
    for (wanted, filter) in [
        ("code = '19870-tay'", "code%20=%20'19870-tay'"),
        ("covered > 10", "covered%20%3E%2010"),
        ("name LIKE '%Nam' OR covered = 20", "name%20LIKE%20'%25Nam'%20OR%20covered=20"),
    ] {
        let args = ["-where", wanted, "villages"].map(str::to_owned);
        let read = ogr2ogr(&server, args.to_vec()).await;
        let told = server.get(&format!("/ogc/collections/villages/items?filter={filter}")).await;
        assert_same(&read, &told.json(), 1e-7);
    }
}
