//! Tiles, as GDAL reads them.

use std::process::Command;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use diachiso_model::{HouseholdState, LonLat, PovertyClass};
use diachiso_spatial::tile::TileId;
use diachiso_store::Store as _;
use serde_json::Value;

use crate::state::{PERSONAL, Server, published, units};

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
async fn density_and_gaps_tell_cells_and_nothing_else() {
    let server = Server::published().await;
    for (layer, expected) in [
        // 16, 12 and 8 covered, and as many not, each village at one point; the first two points share a cell.
        ("density", [r#"{"cells":1,"households":28}"#, r#"{"cells":1,"households":8}"#]),
        ("gaps", [r#"{"cells":1,"households":28}"#, r#"{"cells":1,"households":8}"#]),
    ] {
        let found = features(&server, &format!("/tiles/{layer}/{}", around(9))).await;
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{layer}");
        let about = server.get(&format!("/tiles/{layer}.json")).await.json();
        assert_eq!(
            (&about["households"], &about["suppressed"]),
            (&36.into(), &0.into()),
            "{layer}"
        );
        for question in ["as_of=2025-01-01", "denominator=police"] {
            let refused = server.get(&format!("/tiles/{layer}/0/0/0?{question}")).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{layer} {question}");
        }
    }
}

#[tokio::test]
async fn units_tell_what_was_covered_on_a_day_and_of_a_denominator() {
    let server = Server::published().await;
    let ask = async |question: &str| {
        let all = features(&server, &format!("/tiles/communes/{}?{question}", around(9))).await;
        all.into_iter().find(|f| f["code"] == "19870").expect("the commune")
    };
    // All submissions were collected on 2025-02-01.
    let before = ask("as_of=2025-01-31").await;
    assert_eq!((&before["covered"], &before["percent"]), (&0.into(), &0.0.into()));
    assert_eq!((&before["missing"], &before["as_of"]), (&56.into(), &"2025-01-31".into()));
    assert!(before.get("pending").is_none(), "what was held then is not known");
    assert_eq!(before["register_later"], true, "the register closed on 2025-03-31");
    let after = ask("as_of=2025-03-31").await;
    assert!(after.get("register_later").is_none(), "{after}");
    let on = ask("as_of=2025-02-01").await;
    assert_eq!((&on["covered"], &on["households"]), (&28.into(), &56.into()));
    // On the day of the run it is the state that is published.
    assert_eq!(ask("as_of=2025-08-01").await, ask("").await);
    assert_eq!(ask("denominator=police").await, ask("").await);
    let nobody = server.get("/tiles/communes/0/0/0?denominator=nobody").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    assert!(nobody.text().contains("police"));
}

#[tokio::test]
async fn a_tile_comes_in_the_coding_that_is_asked_for() {
    let server = Server::published().await;
    let url = format!("/tiles/communes/{}", around(9));
    let plain = server.get(&url).await;
    assert_eq!(plain.header("content-encoding"), "");
    let mut tags = vec![plain.header("etag").to_owned()];
    for coding in ["gzip", "br", "zstd"] {
        let ask = Request::get(&url).header("accept-encoding", coding).body(Body::empty()).unwrap();
        let packed = server.send(ask).await;
        assert_eq!(packed.header("content-encoding"), coding);
        assert_eq!(packed.header("vary"), "accept-encoding");
        let unpacked = match coding {
            "zstd" => zstd::decode_all(&packed.body[..]).unwrap(),
            "br" => read(brotli::Decompressor::new(&packed.body[..], 4096)),
            _ => read(flate2::read::GzDecoder::new(&packed.body[..])),
        };
        assert_eq!(unpacked, plain.body, "{coding}");
        tags.push(packed.header("etag").to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "a strong tag names the bytes as they are sent");
}

fn read(mut from: impl std::io::Read) -> Vec<u8> {
    let mut all = Vec::new();
    from.read_to_end(&mut all).unwrap();
    all
}

#[tokio::test]
async fn a_client_that_has_the_tile_is_told_so_until_a_run_changes_it() {
    let server = Server::published().await;
    let url = format!("/tiles/communes/{}", around(9));
    let tag = server.get(&url).await.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag} is weak");
    let again = async || {
        let ask = Request::get(&url).header("if-none-match", &tag).body(Body::empty()).unwrap();
        server.send(ask).await
    };
    let unchanged = again().await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    assert!(unchanged.body.is_empty());
    assert_eq!(
        (unchanged.header("etag"), unchanged.header("cache-control")),
        (&*tag, "public, no-cache")
    );
    // A run that changes nothing of the tile leaves it, another shows soon after.
    server.publish(&published(&units())).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(again().await.status, StatusCode::NOT_MODIFIED);
    let mut state = published(&units());
    for tally in &mut state.tallies {
        tally.tally.count(HouseholdState::None, 4, PovertyClass::None, None);
    }
    server.publish(&state).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let changed = again().await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test]
async fn single_households_are_told_to_those_of_the_area_and_put_on_record() {
    let server = Server::published().await;
    let url = format!("/tiles/households/{}", around(14));
    let here = server.token_for(&["officer:19870@2024-12-31"]).await;
    let beside = server.token_for(&["officer:19873@2024-12-31"]).await;
    assert_eq!(server.get(&url).await.status, StatusCode::UNAUTHORIZED);
    let planner = server.token_for(&["planner:*"]).await;
    let refused = server.ask("GET", &url, "", Some(&planner)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(server.ask("GET", &url, "", Some(&beside)).await.status, StatusCode::NO_CONTENT);
    let answer = server.ask("GET", &url, "", Some(&here)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    let last = server.audit().await.pop().unwrap();
    // Covered and held, of the two villages whose points lie in the tile.
    assert!(last.rows > 16, "{} rows", last.rows);
    assert_eq!(&*last.columns, "household,state,point");
    let low = format!("/tiles/households/{}", around(13));
    assert_eq!(server.ask("GET", &low, "", Some(&here)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_is_shown_in_an_exclusion_mask() {
    let server = Server::published().await;
    // Around the point of the first village, at which 16 are covered and 16 are not.
    let mask = geo_types::Rect::new((107.405, 16.555), (107.415, 16.565)).to_polygon();
    server.store.import_masks(&[mask.into()], "vung-cam.geojson").await.unwrap();
    for layer in ["density", "gaps"] {
        let about = server.get(&format!("/tiles/{layer}.json")).await.json();
        assert_eq!(
            (&about["households"], &about["suppressed"]),
            (&20.into(), &16.into()),
            "{layer}"
        );
    }
    let token = server.token_for(&["officer:*"]).await;
    let url = format!("/tiles/households/{}", around(14));
    assert_eq!(server.ask("GET", &url, "", Some(&token)).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn no_tile_tells_of_a_person() {
    let server = Server::published().await;
    for layer in ["communes", "villages", "density", "gaps"] {
        for z in 0..=16 {
            let tile = server.get(&format!("/tiles/{layer}/{}", around(z))).await;
            let text = String::from_utf8_lossy(&tile.body).into_owned();
            for word in PERSONAL {
                assert!(!text.contains(word), "{layer} at zoom {z}: {word}");
            }
        }
    }
}

/// Every unit, at every zoom, as GDAL reads it, with the numbers of the API.
#[tokio::test]
async fn units_tell_the_numbers_of_the_coverage_api_at_every_zoom() {
    let server = Server::published().await;
    for (layer, level) in [("communes", "commune"), ("villages", "village")] {
        let coverage = server.get(&format!("/api/v1/coverage?level={level}")).await.json();
        for z in 6..=14 {
            let mut seen = std::collections::BTreeMap::new();
            for tile in tiles_of(z) {
                let url = format!("/tiles/{layer}/{tile}");
                if server.get(&url).await.status == StatusCode::OK {
                    for unit in features(&server, &url).await {
                        seen.insert(unit["code"].as_str().unwrap().to_owned(), unit);
                    }
                }
            }
            let rows = coverage["rows"].as_array().unwrap();
            assert_eq!(seen.len(), rows.len(), "{layer} at zoom {z}");
            for row in rows {
                let unit = &seen[row["code"].as_str().unwrap()];
                for name in [
                    "name",
                    "parent",
                    "households",
                    "covered",
                    "percent",
                    "persons",
                    "outside_list",
                ] {
                    assert_eq!(unit[name], row[name], "{layer} at zoom {z}: {name}");
                }
                assert_eq!(unit["pending"], row["states"]["pending"]);
                assert_eq!(unit["closed_on"], coverage["closed_on"]);
            }
        }
    }
}

/// The tiles of a zoom that the units of these tests lie in.
fn tiles_of(z: u8) -> Vec<String> {
    let at = |lon, lat| TileId::at(LonLat::new(lon, lat).unwrap(), z).unwrap();
    let (west, east) = (at(107.4, 16.57), at(107.46, 16.55));
    (west.x()..=east.x())
        .flat_map(|x| (west.y()..=east.y()).map(move |y| format!("{z}/{x}/{y}")))
        .collect()
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
        ("/tiles/people/0/0/0", 404),
        ("/tiles/people.json", 404),
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
