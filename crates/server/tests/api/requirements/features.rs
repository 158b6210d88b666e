//! OGC API – Features, parts 1 and 2.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use diachiso_model::LonLat;
use diachiso_spatial::projected_zone::ProjectedZone;
use serde_json::Value;

use crate::state::{Answer, PERSONAL, Server};

/// Documents that are pages too.
pub(super) const PAGES: [&str; 4] =
    ["/ogc", "/ogc/collections", "/ogc/collections/communes", "/ogc/collections/communes/items"];

const ITEMS: &str = "/ogc/collections/communes/items";
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// A document; none tells of a person.
pub(super) async fn json(server: &Server, url: &str) -> Value {
    let answer = server.get(url).await;
    assert_eq!(answer.status, StatusCode::OK, "{url}: {}", answer.text());
    assert!(PERSONAL.iter().all(|word| !answer.text().contains(word)), "{url} tells of a person");
    answer.json()
}

/// The same as a browser asks for it.
pub(super) async fn page(server: &Server, url: &str) -> Answer {
    let request = Request::get(url).header("accept", "text/html");
    server.send(request.body(Body::empty()).unwrap()).await
}

/// Paths of the links of a relation.
pub(super) fn links(document: &Value, rel: &str) -> Vec<String> {
    let all = document["links"].as_array().expect("links");
    let urls =
        all.iter().filter(|link| link["rel"] == rel).map(|link| link["href"].as_str().unwrap());
    urls.map(|url| {
        url[url
            .find("/ogc")
            .or_else(|| url.find("/openapi"))
            .or_else(|| url.find("/docs"))
            .unwrap()..]
            .to_owned()
    })
    .collect()
}

async fn matched(server: &Server, query: &str) -> u64 {
    json(server, &format!("{ITEMS}?{query}")).await["numberMatched"].as_u64().unwrap()
}

async fn collections(server: &Server) -> Vec<Value> {
    json(server, "/ogc/collections").await["collections"].as_array().unwrap().clone()
}

pub(super) async fn req_core_fc_md_links(server: &Server) {
    let all = json(server, "/ogc/collections").await;
    assert_eq!(links(&all, "self"), ["/ogc/collections"]);
}

pub(super) async fn req_core_fc_md_items(server: &Server) {
    let ids: Vec<Value> = collections(server).await.iter().map(|c| c["id"].clone()).collect();
    assert_eq!(ids, ["communes", "communes-2025-07-01", "villages"]);
}

pub(super) async fn req_core_fc_md_items_links(server: &Server) {
    for collection in collections(server).await {
        let items = links(&collection, "items");
        assert_eq!(
            items,
            [format!("/ogc/collections/{}/items", collection["id"].as_str().unwrap())]
        );
        assert_eq!(json(server, &items[0]).await["type"], "FeatureCollection");
    }
}

pub(super) async fn req_core_fc_md_extent(server: &Server) {
    for collection in collections(server).await {
        let bbox: [f64; 4] =
            serde_json::from_value(collection["extent"]["spatial"]["bbox"][0].clone()).unwrap();
        let id = collection["id"].as_str().unwrap();
        for feature in json(server, &format!("/ogc/collections/{id}/items")).await["features"]
            .as_array()
            .unwrap()
        {
            let rings = feature["geometry"]["coordinates"].as_array().unwrap().iter();
            for at in rings.flat_map(|polygon| polygon[0].as_array().unwrap()) {
                let (x, y) = (at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
                assert!(bbox[0] <= x + 1e-7 && x <= bbox[2] + 1e-7, "{id} {x}");
                assert!(bbox[1] <= y + 1e-7 && y <= bbox[3] + 1e-7, "{id} {y}");
            }
        }
    }
}

pub(super) async fn req_core_sfc_md_success(server: &Server) {
    for listed in collections(server).await {
        let own =
            json(server, &format!("/ogc/collections/{}", listed["id"].as_str().unwrap())).await;
        assert_eq!(own, listed);
    }
    assert_eq!(server.get("/ogc/collections/x").await.status, StatusCode::NOT_FOUND);
}

pub(super) async fn req_core_fc_limit_definition(server: &Server) {
    for (limit, status) in [("1", 200), ("10000", 200), ("1000000", 200), ("0", 400), ("x", 400)] {
        let answer = server.get(&format!("{ITEMS}?limit={limit}")).await;
        assert_eq!(answer.status.as_u16(), status, "{limit}");
    }
}

pub(super) async fn req_core_fc_limit_response_1(server: &Server) {
    let page = json(server, &format!("{ITEMS}?limit=1")).await;
    assert_eq!(page["features"].as_array().unwrap().len(), 1);
}

pub(super) async fn req_core_fc_bbox_response(server: &Server) {
    assert_eq!(matched(server, "bbox=107.445,16.55,107.46,16.57").await, 1);
    assert_eq!(matched(server, "bbox=107.0,16.0,108.0,17.0").await, 2);
    assert_eq!(matched(server, "bbox=107.0,16.0,0,108.0,17.0,10").await, 2, "with heights");
    assert_eq!(matched(server, "bbox=100,10,101,11").await, 0);
}

pub(super) async fn req_core_fc_time_response(server: &Server) {
    assert_eq!(matched(server, "datetime=2024-01-01T00:00:00Z").await, 2);
    assert_eq!(matched(server, "datetime=2025-07-01/..").await, 0);
    assert_eq!(matched(server, "datetime=../2020-01-01").await, 2);
}

pub(super) async fn req_core_fc_links(server: &Server) {
    let mut seen = Vec::new();
    let mut url = format!("{ITEMS}?limit=1");
    loop {
        let page = json(server, &url).await;
        assert_eq!(links(&page, "self").len(), 1);
        seen.extend(page["features"].as_array().unwrap().iter().map(|f| f["id"].to_string()));
        let Some(next) = links(&page, "next").pop() else { break };
        url = next;
    }
    assert_eq!(seen, ["\"19870\"", "\"19873\""]);
}

pub(super) async fn req_core_fc_time_stamp(server: &Server) {
    let told = json(server, ITEMS).await["timeStamp"].as_str().unwrap().to_owned();
    told.parse::<diachiso_model::Timestamp>().expect("a moment");
}

pub(super) async fn req_core_fc_number_matched(server: &Server) {
    assert_eq!(matched(server, "limit=1").await, 2);
}

pub(super) async fn req_core_fc_number_returned(server: &Server) {
    assert_eq!(json(server, &format!("{ITEMS}?limit=1")).await["numberReturned"], 1);
}

pub(super) async fn req_core_f_success(server: &Server) {
    let feature = json(server, &format!("{ITEMS}/19870")).await;
    assert_eq!((&feature["type"], &feature["id"]), (&"Feature".into(), &"19870".into()));
    assert_eq!(server.get(&format!("{ITEMS}/1")).await.status, StatusCode::NOT_FOUND);
}

pub(super) async fn req_core_f_links(server: &Server) {
    let feature = json(server, &format!("{ITEMS}/19870")).await;
    assert_eq!(links(&feature, "self"), [format!("{ITEMS}/19870")]);
    assert_eq!(links(&feature, "collection"), ["/ogc/collections/communes"]);
}

pub(super) async fn req_core_query_param_unknown(server: &Server) {
    for url in [format!("{ITEMS}?unknown=1"), format!("{ITEMS}/19870?unknown=1")] {
        assert_eq!(server.get(&url).await.status, StatusCode::BAD_REQUEST, "{url}");
    }
}

pub(super) async fn req_core_query_param_invalid(server: &Server) {
    for query in ["bbox=1,2,3", "datetime=yesterday", "limit=-1", "crs=x", "covered=many"] {
        let answer = server.get(&format!("{ITEMS}?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

pub(super) async fn req_core_crs84(server: &Server) {
    let answer = server.get(&format!("{ITEMS}/19870")).await;
    assert_eq!(answer.header("content-crs"), format!("<{CRS84}>"));
    let first = answer.json()["geometry"]["coordinates"][0][0][0].clone();
    assert!((107.0..108.5).contains(&first[0].as_f64().unwrap()), "longitude comes first");
}

pub(super) async fn req_core_http(server: &Server) {
    let head = Request::head(ITEMS).body(Body::empty()).unwrap();
    assert_eq!(server.send(head).await.status, StatusCode::OK);
    let post = Request::post(ITEMS).body(Body::empty()).unwrap();
    assert_eq!(server.send(post).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

pub(super) async fn req_geojson_definition(server: &Server) {
    for url in [ITEMS.to_owned(), format!("{ITEMS}/19870")] {
        assert_eq!(server.get(&url).await.header("content-type"), "application/geo+json", "{url}");
    }
}

pub(super) async fn req_geojson_content(server: &Server) {
    let text = server.get(ITEMS).await;
    let read: geojson::FeatureCollection = text.text().parse().expect("features");
    assert_eq!(read.features.len(), 2);
    let feature = server.get(&format!("{ITEMS}/19870")).await;
    feature.text().parse::<geojson::Feature>().expect("a feature");
}

pub(super) async fn req_html_content(server: &Server) {
    let answer = page(server, ITEMS).await;
    for feature in json(server, ITEMS).await["features"].as_array().unwrap() {
        let name = feature["properties"]["name"].as_str().unwrap();
        assert!(answer.text().contains(name), "{name}");
    }
    let one = page(server, &format!("{ITEMS}/19870")).await;
    assert!(one.text().contains("Xã Quảng Thái"));
}

pub(super) async fn req_crs_crs_uri(server: &Server) {
    for collection in collections(server).await {
        let crs = collection["crs"].as_array().unwrap();
        assert!(
            crs.iter().all(|c| c.as_str().unwrap().starts_with("http://www.opengis.net/def/crs/"))
        );
        assert_eq!(crs[0], CRS84);
    }
}

pub(super) async fn req_crs_fc_md_storage_crs(server: &Server) {
    for collection in collections(server).await {
        assert!(collection["crs"].as_array().unwrap().contains(&collection["storageCrs"]));
    }
}

pub(super) async fn req_crs_fc_crs_definition(server: &Server) {
    for uri in collections(server).await[0]["crs"].as_array().unwrap() {
        json(server, &format!("{ITEMS}?crs={}", uri.as_str().unwrap())).await;
    }
}

pub(super) async fn req_crs_fc_crs_valid_value(server: &Server) {
    let url = format!("{ITEMS}?crs=http://www.opengis.net/def/crs/EPSG/0/3857");
    assert_eq!(server.get(&url).await.status, StatusCode::BAD_REQUEST);
}

pub(super) async fn req_crs_fc_bbox_crs_definition(server: &Server) {
    let zone = ProjectedZone::of_epsg(9214).unwrap();
    let corner = |lon, lat| zone.from_wgs84(LonLat::new(lon, lat).unwrap());
    let ((w, s), (e, n)) = (corner(107.445, 16.55), corner(107.46, 16.57));
    let uri = "http://www.opengis.net/def/crs/EPSG/0/9214";
    assert_eq!(matched(server, &format!("bbox={w},{s},{e},{n}&bbox-crs={uri}")).await, 1);
    let url = format!("{ITEMS}?bbox=1,2,3,4&bbox-crs=x");
    assert_eq!(server.get(&url).await.status, StatusCode::BAD_REQUEST);
}

pub(super) async fn req_crs_ogc_crs_header(server: &Server) {
    for code in [4326, 9214, 3405] {
        let uri = format!("http://www.opengis.net/def/crs/EPSG/0/{code}");
        for url in [ITEMS.to_owned(), format!("{ITEMS}/19870")] {
            let answer = server.get(&format!("{url}?crs={uri}")).await;
            assert_eq!(answer.header("content-crs"), format!("<{uri}>"));
        }
    }
}
