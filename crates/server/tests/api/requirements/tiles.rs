//! OGC API – Tiles.

use axum::http::StatusCode;

use super::features::{json, links};
use crate::state::Server;

const TILES: &str = "/ogc/collections/communes/tiles/WebMercatorQuad";
const REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";

pub(super) async fn req_core_tc_op(server: &Server) {
    let tile = server.get(&format!("{TILES}/9/232/408")).await;
    assert_eq!(tile.status, StatusCode::OK);
}

pub(super) async fn req_core_tc_success(server: &Server) {
    let tile = server.get(&format!("{TILES}/9/232/408")).await;
    assert!(!tile.body.is_empty());
    assert_eq!(server.get(&format!("{TILES}/9/0/0")).await.status, StatusCode::NO_CONTENT);
}

pub(super) async fn req_core_tc_error(server: &Server) {
    for url in ["/99/0/0", "/2/4/0", "/x/0/0"] {
        let answer = server.get(&format!("{TILES}{url}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{url}");
    }
}

pub(super) async fn req_tileset_desc_links(server: &Server) {
    let tileset = json(server, TILES).await;
    assert_eq!(links(&tileset, "self"), [TILES]);
    let rel = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
    assert_eq!(json(server, &links(&tileset, rel)[0]).await["id"], "WebMercatorQuad");
    let template = links(&tileset, "item").pop().unwrap();
    let url = template.replace("{tileMatrix}", "9").replace("{tileRow}", "232");
    assert_eq!(server.get(&url.replace("{tileCol}", "408")).await.status, StatusCode::OK);
}

pub(super) async fn req_tileset_success(server: &Server) {
    let tileset = json(server, TILES).await;
    assert_eq!(tileset["dataType"], "vector");
    assert!(tileset["tileMatrixSetURI"].is_string() || tileset["tileMatrixSet"].is_object());
}

pub(super) async fn req_tilesets_list_tileset_list(server: &Server) {
    let listed = json(server, "/ogc/collections/communes/tiles").await;
    let tilesets = listed["tilesets"].as_array().unwrap();
    assert!(!tilesets.is_empty());
    for tileset in tilesets {
        assert_eq!(&json(server, &links(tileset, "self")[0]).await, tileset);
    }
}

pub(super) async fn req_geodata_tilesets_desc_links(server: &Server) {
    let all = json(server, "/ogc/collections").await;
    for collection in all["collections"].as_array().unwrap() {
        json(server, &links(collection, REL)[0]).await;
    }
}

pub(super) async fn req_mvt_content(server: &Server) {
    let tile = server.get(&format!("{TILES}/9/232/408")).await;
    assert_eq!(tile.header("content-type"), "application/vnd.mapbox-vector-tile");
    assert_eq!(tile.body, server.get("/tiles/communes/9/408/232").await.body);
}
