//! OGC API – Features: a test for each requirement that is met, and GDAL as its reader.

use std::{process::Command, sync::Arc};

use axum::http::{Request, StatusCode};
use diachiso_server::AppState;
use diachiso_spatial::projected_zone::ProjectedZone;
use serde_json::Value;

use crate::state::{HOUSEHOLDS, PERSONAL, Server};

const FEATURES: &str = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/";

async fn json(server: &Server, url: &str) -> Value {
    let request = Request::get(url).header("host", "map.example:8080");
    let answer = server.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{url}: {}", answer.text());
    for word in PERSONAL {
        assert!(!answer.text().contains(word), "{url} tells of a person");
    }
    answer.json()
}

/// The link of a relation.
#[track_caller]
fn link<'d>(document: &'d Value, rel: &str) -> Option<&'d str> {
    let links = document["links"].as_array().expect("links");
    links.iter().find(|link| link["rel"] == rel).and_then(|link| link["href"].as_str())
}

fn path(url: &str) -> &str {
    url.strip_prefix("http://map.example:8080").expect("the host that was asked")
}

#[tokio::test]
async fn core_landing_conformance_and_collections_lead_to_one_another() {
    let server = Server::published().await;
    let landing = json(&server, "/ogc").await;
    for rel in ["self", "service-desc", "conformance", "data"] {
        let url = link(&landing, rel).unwrap_or_else(|| panic!("no link to {rel}"));
        json(&server, path(url)).await;
    }
    let conformance = json(&server, path(link(&landing, "conformance").unwrap())).await;
    let classes = conformance["conformsTo"].as_array().unwrap();
    assert!(classes.contains(&format!("{FEATURES}core").into()));
    assert!(classes.contains(&format!("{FEATURES}geojson").into()));
    let collections = json(&server, path(link(&landing, "data").unwrap())).await;
    let ids: Vec<&str> = collections["collections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["communes", "communes-2025-07-01", "villages"]);
    for collection in collections["collections"].as_array().unwrap() {
        let own = json(&server, path(link(collection, "self").unwrap())).await;
        assert_eq!(&own, collection);
        assert_eq!(own["itemType"], "feature");
        assert_eq!(own["extent"]["spatial"]["bbox"][0].as_array().unwrap().len(), 4);
        let items = json(&server, path(link(&own, "items").unwrap())).await;
        assert_eq!(items["type"], "FeatureCollection");
    }
    assert_eq!(
        collections["collections"][0]["extent"]["temporal"]["interval"],
        serde_json::json!([["2020-01-01T00:00:00Z", "2025-07-01T00:00:00Z"]])
    );
}

#[tokio::test]
async fn core_features_bear_the_figures_of_the_coverage_api() {
    let server = Server::published().await;
    let items = json(&server, "/ogc/collections/communes/items").await;
    let coverage = json(&server, "/api/v1/coverage").await;
    let (features, rows) =
        (items["features"].as_array().unwrap(), coverage["rows"].as_array().unwrap());
    assert_eq!((features.len(), rows.len()), (2, 2));
    for (feature, row) in features.iter().zip(rows) {
        let properties = &feature["properties"];
        assert_eq!(feature["id"], row["code"]);
        for name in ["name", "households", "covered", "percent", "persons", "parent"] {
            assert_eq!(properties[name], row[name], "{name}");
        }
        let missing = row["households"].as_u64().unwrap() - row["covered"].as_u64().unwrap();
        assert_eq!(properties["missing"], missing);
        assert_eq!(properties["source"], coverage["source"]);
        assert_eq!(properties["closed_on"], coverage["closed_on"]);
        assert!(properties.get("poor").is_none());
    }
    let households: u64 =
        features.iter().map(|f| f["properties"]["households"].as_u64().unwrap()).sum();
    assert!(households > 0 && households <= HOUSEHOLDS.iter().sum::<usize>() as u64);
}

#[tokio::test]
async fn core_pages_hand_out_every_feature_once() {
    let server = Server::published().await;
    let mut url = "/ogc/collections/villages/items?limit=1".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = json(&server, &url).await;
        assert_eq!(page["numberReturned"], page["features"].as_array().unwrap().len());
        assert_eq!(page["numberMatched"], 3);
        assert!(page["timeStamp"].as_str().unwrap().ends_with('Z'));
        seen.extend(page["features"].as_array().unwrap().iter().map(|f| f["id"].to_string()));
        match link(&page, "next") {
            Some(next) => path(next).clone_into(&mut url),
            None => break,
        }
    }
    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn core_a_box_and_a_time_choose_features() {
    let server = Server::published().await;
    let count = async |query: &str| {
        json(&server, &format!("/ogc/collections/communes/items?{query}")).await["numberMatched"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(count("bbox=107.0,16.0,108.0,17.0").await, 2);
    assert_eq!(count("bbox=107.445,16.55,107.46,16.57").await, 1);
    assert_eq!(count("bbox=100,10,101,11").await, 0);
    assert_eq!(count("datetime=2024-01-01").await, 2);
    assert_eq!(count("datetime=2025-07-01").await, 0, "merged since");
    assert_eq!(count("datetime=2019-01-01/..").await, 2);
    assert_eq!(count("datetime=../2019-12-31").await, 0);
    // The same box in metres of the cadastre.
    let zone = ProjectedZone::of_epsg(9214).unwrap();
    let corner = |lon, lat| zone.from_wgs84(diachiso_model::LonLat::new(lon, lat).unwrap());
    let ((w, s), (e, n)) = (corner(107.445, 16.55), corner(107.46, 16.57));
    let uri = "http://www.opengis.net/def/crs/EPSG/0/9214";
    assert_eq!(count(&format!("bbox={w},{s},{e},{n}&bbox-crs={uri}")).await, 1);
}

#[tokio::test]
async fn core_what_cannot_be_understood_is_refused_with_a_reason() {
    let server = Server::published().await;
    for (query, status) in [
        ("items?bbox=1,2,3", StatusCode::BAD_REQUEST),
        ("items?bbox=1,2,x,4", StatusCode::BAD_REQUEST),
        ("items?datetime=yesterday", StatusCode::BAD_REQUEST),
        ("items?limit=0", StatusCode::BAD_REQUEST),
        ("items?limit=x", StatusCode::BAD_REQUEST),
        ("items?unknown=1", StatusCode::BAD_REQUEST),
        ("items?crs=http://www.opengis.net/def/crs/EPSG/0/3857", StatusCode::BAD_REQUEST),
        ("items/19999", StatusCode::NOT_FOUND),
    ] {
        let answer = server.get(&format!("/ogc/collections/communes/{query}")).await;
        assert_eq!(answer.status, status, "{query}");
        assert!(answer.json()["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    assert_eq!(server.get("/ogc/collections/nothing").await.status, StatusCode::NOT_FOUND);
    let unpublished = Server::empty().await;
    let answer = unpublished.get("/ogc/collections").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn geojson_rings_run_as_the_format_wants_and_a_feature_is_found_by_its_code() {
    let server = Server::published().await;
    let answer = server.get("/ogc/collections/communes/items/19870").await;
    assert_eq!(answer.headers["content-type"], "application/geo+json");
    answer.text().parse::<geojson::Feature>().expect("a feature");
    let feature = answer.json();
    assert_eq!(feature["geometry"]["type"], "MultiPolygon");
    let ring: Vec<[f64; 2]> =
        serde_json::from_value(feature["geometry"]["coordinates"][0][0].clone()).expect("a ring");
    let doubled: f64 = ring.windows(2).map(|p| p[0][0] * p[1][1] - p[1][0] * p[0][1]).sum();
    assert!(doubled > 0.0, "the exterior ring runs clockwise");
    assert_eq!(ring.first(), ring.last());
}

#[tokio::test]
async fn crs_coordinates_come_in_the_system_asked_for_and_say_so() {
    let server = Server::published().await;
    let url = "/ogc/collections/communes/items/19870";
    let first = |value: &Value| -> [f64; 2] {
        let at = &value["geometry"]["coordinates"][0][0][0];
        [at[0].as_f64().unwrap(), at[1].as_f64().unwrap()]
    };
    let answer = server.get(url).await;
    assert_eq!(answer.headers["content-crs"], "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
    let [lon, lat] = first(&answer.json());
    for code in [9214, 3405] {
        let uri = format!("http://www.opengis.net/def/crs/EPSG/0/{code}");
        let answer = server.get(&format!("{url}?crs={uri}")).await;
        assert_eq!(answer.headers["content-crs"], format!("<{uri}>").as_str());
        let place = diachiso_model::LonLat::new(lon, lat).unwrap();
        let (easting, northing) = ProjectedZone::of_epsg(code).unwrap().from_wgs84(place);
        let [x, y] = first(&answer.json());
        assert!((x - easting).abs() < 0.02 && (y - northing).abs() < 0.02, "{code}: {x} {y}");
    }
    let swapped =
        server.get(&format!("{url}?crs=http://www.opengis.net/def/crs/EPSG/0/4326")).await;
    let at = swapped.json()["geometry"]["coordinates"][0][0][0].clone();
    assert_eq!(at, serde_json::json!([lat, lon]));
    let described = json(&server, "/ogc/collections/communes").await;
    assert_eq!(described["storageCrs"], described["crs"][0]);
}

#[tokio::test]
async fn queryables_can_be_asked_for_by_name() {
    let server = Server::published().await;
    let schema = json(&server, "/ogc/collections/communes/queryables").await;
    let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 15, "{names:?}");
    for (query, matched) in [
        ("code=19870", 1),
        ("code=19867", 0),
        ("name=X%C3%A3%20Qu%E1%BA%A3ng%20Th%C3%A1i", 1),
        ("parent=477&limit=1", 2),
    ] {
        let page = json(&server, &format!("/ogc/collections/communes/items?{query}")).await;
        assert_eq!(page["numberMatched"], matched, "{query}");
        if let Some(next) = link(&page, "next") {
            let next = json(&server, path(next)).await;
            assert_eq!(next["numberMatched"], matched, "{query} is forgotten on the next page");
        }
    }
}

#[tokio::test]
async fn tiles_core_a_tile_is_found_from_the_collection_and_is_that_of_the_map() {
    let server = Server::published().await;
    let collections = json(&server, "/ogc/collections").await;
    for collection in collections["collections"].as_array().unwrap() {
        let rel = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
        let tilesets = json(&server, path(link(collection, rel).unwrap())).await;
        let listed = &tilesets["tilesets"][0];
        let tileset = json(&server, path(link(listed, "self").unwrap())).await;
        assert_eq!(&tileset, listed);
        let rel = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
        let tiling = json(&server, path(link(&tileset, rel).unwrap())).await;
        assert_eq!(
            (&tiling["id"], &tiling["tileMatrices"][9]["matrixWidth"]),
            (&"WebMercatorQuad".into(), &512.into())
        );
        // The tile of zoom 9 about 107.42 E, 16.56 N.
        let template = path(link(&tileset, "item").unwrap());
        let url = template
            .replace("{tileMatrix}", "9")
            .replace("{tileRow}", "232")
            .replace("{tileCol}", "408");
        let tile = server.get(&url).await;
        assert_eq!(tile.status, StatusCode::OK, "{url}");
        assert_eq!(tile.headers["content-type"], "application/vnd.mapbox-vector-tile");
        let (layer, on) = match collection["id"].as_str().unwrap() {
            "villages" => ("villages", ""),
            "communes" => ("communes", ""),
            _ => ("communes", "?on=2025-07-01"),
        };
        let map = server.get(&format!("/tiles/{layer}/9/408/232{on}")).await;
        assert_eq!((map.status, &map.body), (StatusCode::OK, &tile.body), "{url}");
    }
}

#[tokio::test]
async fn tiles_mvt_what_is_not_there_is_said_not_to_be() {
    let server = Server::published().await;
    let at = "/ogc/collections/communes/tiles";
    for (url, status) in [
        ("/WebMercatorQuad/9/0/0", StatusCode::NO_CONTENT),
        ("/WebMercatorQuad/99/0/0", StatusCode::NOT_FOUND),
        ("/WebMercatorQuad/2/4/0", StatusCode::NOT_FOUND),
        ("/WebMercatorQuad/x/0/0", StatusCode::NOT_FOUND),
        ("/WorldCRS84Quad", StatusCode::NOT_FOUND),
        ("/WorldCRS84Quad/1/0/0", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(server.get(&format!("{at}{url}")).await.status, status, "{url}");
    }
    assert_eq!(server.get("/ogc/collections/x/tiles").await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/ogc/tileMatrixSets/x").await.status, StatusCode::NOT_FOUND);
    let all = json(&server, "/ogc/tileMatrixSets").await;
    json(&server, path(link(&all["tileMatrixSets"][0], "self").unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gdal_reads_every_feature_page_by_page() {
    let server = Server::published().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("OAPIF:http://{}/ogc", listener.local_addr().unwrap());
    let state = AppState::new(Arc::clone(&server.store) as Arc<_>, Arc::clone(&server.service));
    let serving = tokio::spawn(diachiso_server::serve(listener, state, std::future::pending()));
    let read = tokio::task::spawn_blocking(move || {
        let all = |layer: &str| {
            let run = Command::new("ogrinfo")
                .args(["-ro", "-al", "-oo", "PAGE_SIZE=1", &at, layer])
                .output()
                .expect("ogrinfo runs; install gdal-bin");
            let said = String::from_utf8_lossy(&run.stdout).into_owned();
            assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
            said
        };
        (all("communes"), all("villages"))
    });
    let (communes, villages) = read.await.unwrap();
    serving.abort();
    assert!(communes.contains("Feature Count: 2"), "{communes}");
    assert!(villages.contains("Feature Count: 3"), "{villages}");
    assert_eq!(communes.matches("OGRFeature(communes)").count(), 2, "{communes}");
    assert!(
        communes.contains("MULTIPOLYGON (((107.4") && communes.contains("Quảng Thái"),
        "{communes}"
    );
    assert!(communes.contains("households (Integer)"), "{communes}");
}

async fn as_browser(server: &Server, url: &str) -> crate::state::Answer {
    let request = Request::get(url)
        .header("host", "map.example:8080")
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    server.send(request.body(axum::body::Body::empty()).unwrap()).await
}

#[tokio::test]
async fn html_every_document_is_a_page_for_who_would_rather_have_one() {
    let server = Server::published().await;
    for (url, shown) in [
        ("/ogc", "/ogc/collections"),
        ("/ogc/conformance", "ogcapi-features-1/1.0/conf/html"),
        ("/ogc/collections", "/ogc/collections/villages/items"),
        ("/ogc/collections/communes", "/ogc/collections/communes/items"),
        ("/ogc/collections/communes/queryables", "parent"),
        ("/ogc/collections/communes/items", "Xã Quảng Thái"),
        ("/ogc/collections/communes/items/19870", "Xã Quảng Thái"),
    ] {
        let page = as_browser(&server, url).await;
        assert_eq!(page.status, StatusCode::OK, "{url}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{url}");
        assert!(page.text().contains(shown), "{url}: {}", page.text());
        assert!(page.text().contains("f=json"), "{url} does not lead to its JSON");
        for word in PERSONAL {
            assert!(!page.text().contains(word), "{url} tells of a person");
        }
        // Asked for by name the form is what was named, whatever the client would rather have.
        let plain = server.get(url).await;
        assert!(plain.header("link").contains("f=html"), "{url} does not lead to its page");
        let named = server.get(&format!("{url}?f=html")).await;
        assert_eq!(named.header("content-type"), "text/html; charset=utf-8");
        let json = as_browser(&server, &format!("{url}?f=json")).await;
        assert!(json.header("content-type").contains("json"), "{url}");
    }
    let page = as_browser(&server, "/ogc/collections/villages/items?limit=1").await;
    assert!(page.text().contains("offset=1"), "no way to the next page");
    assert_eq!(server.get("/ogc?f=xml").await.status, StatusCode::BAD_REQUEST);
    let nothing = as_browser(&server, "/ogc/collections/nothing").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    let tile =
        as_browser(&server, "/ogc/collections/communes/tiles/WebMercatorQuad/9/232/408").await;
    assert_eq!(tile.header("content-type"), "application/vnd.mapbox-vector-tile");
}
