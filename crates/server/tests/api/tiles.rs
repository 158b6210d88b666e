//! Tiles, as GDAL reads them.

use std::process::Command;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use diachiso_model::LonLat;
use diachiso_spatial::tile::TileId;
use serde_json::Value;

use crate::state::Server;

/// The tile of a zoom in which the three villages lie.
pub(crate) fn around(z: u8) -> String {
    let id = TileId::at(LonLat::new(107.41, 16.56).unwrap(), z).unwrap();
    format!("{z}/{}/{}", id.x(), id.y())
}

/// Attributes of all features of a tile, by GDAL's MVT driver; fails where GDAL is not installed.
async fn features(server: &Server, url: &str) -> Vec<Value> {
    let answer = server.get(url).await;
    assert_eq!(answer.status, StatusCode::OK, "{url}");
    assert_eq!(answer.header("content-type"), "application/vnd.mapbox-vector-tile");
    let tile = server.folder.path().join("tile.mvt");
    std::fs::write(&tile, &answer.body).unwrap();
    let run = Command::new("ogr2ogr")
        .args(["-f", "GeoJSON", "/vsistdout/"])
        .arg(&tile)
        .output()
        .expect("ogr2ogr runs; install gdal-bin");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let read: Value = serde_json::from_slice(&run.stdout).unwrap();
    let mut found: Vec<Value> =
        read["features"].as_array().unwrap().iter().map(|f| f["properties"].clone()).collect();
    found.sort_by_key(ToString::to_string);
    for feature in &mut found {
        feature.as_object_mut().unwrap().remove("mvt_id");
    }
    found
}

#[tokio::test]
async fn communes_carry_public_attributes_only() {
    let server = Server::published().await;
    insta::assert_json_snapshot!(
        features(&server, &format!("/tiles/communes/{}", around(9))).await
    );
}

#[tokio::test]
async fn villages_carry_public_attributes_only() {
    let server = Server::published().await;
    insta::assert_json_snapshot!(
        features(&server, &format!("/tiles/villages/{}.mvt", around(9))).await
    );
}

#[tokio::test]
async fn communes_of_another_day_are_those_of_its_period() {
    let server = Server::published().await;
    let found =
        features(&server, &format!("/tiles/communes/{}.pbf?on=2025-07-01", around(9))).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["name"], "Xã Đan Điền");
    assert_eq!(found[0]["households"], 72);
}

#[tokio::test]
async fn density_tells_cells_and_nothing_else() {
    let server = Server::published().await;
    let found = features(&server, &format!("/tiles/density/{}", around(9))).await;
    // 16, 12 and 8 covered, each village at one point; the first two points share a cell.
    let households: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(households, [r#"{"households":28}"#, r#"{"households":8}"#]);
}

#[tokio::test]
async fn a_tile_is_kept_compressed_and_unpacked_for_those_who_want_it_plain() {
    let server = Server::published().await;
    let url = format!("/tiles/communes/{}", around(9));
    let packed = Request::get(&url).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let packed = server.send(packed).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let plain = server.get(&url).await;
    assert_eq!(plain.header("content-encoding"), "");
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(&packed.body[..]);
    std::io::Read::read_to_end(&mut reader, &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
}

#[tokio::test]
async fn a_client_that_has_the_tile_is_told_so() {
    let server = Server::published().await;
    let url = format!("/tiles/communes/{}", around(9));
    let tag = server.get(&url).await.header("etag").to_owned();
    assert!(tag.starts_with("W/\"1-"), "{tag}");
    let again = Request::get(&url).header("if-none-match", &tag).body(Body::empty()).unwrap();
    let again = server.send(again).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
}

#[tokio::test]
async fn tiles_that_show_nothing_and_tiles_that_are_none_differ() {
    let server = Server::published().await;
    for (url, status) in [
        ("/tiles/communes/9/0/0", 204),
        ("/tiles/density/16/0/0", 204),
        ("/tiles/communes/17/0/0", 404),
        ("/tiles/communes/3/8/0", 404),
        ("/tiles/communes/3/-1/0", 404),
        ("/tiles/communes/a/b/c", 404),
        ("/tiles/households/0/0/0", 404),
        ("/tiles/households.json", 404),
        ("/tiles/communes", 404),
        ("/tiles/communes/0/0/0?on=never", 400),
    ] {
        let answer = server.get(url).await;
        assert_eq!(answer.status.as_u16(), status, "{url}");
        if status >= 400 {
            assert_eq!(answer.json()["status"], status, "{url}");
        }
    }
}

#[tokio::test]
async fn the_tile_document_says_what_is_schematic() {
    let server = Server::published().await;
    let ask = Request::get("/tiles/communes.json").header("host", "127.0.0.1:8080");
    let answer = server.send(ask.body(Body::empty()).unwrap()).await.json();
    assert!(answer["attribution"].as_str().unwrap().contains("schematic"));
    insta::assert_json_snapshot!(answer);
}
