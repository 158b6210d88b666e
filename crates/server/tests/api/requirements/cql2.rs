//! OGC API – Features, part 3, and CQL2.

use axum::http::StatusCode;
use diachiso_model::LonLat;
use diachiso_spatial::projected_zone::ProjectedZone;
use serde_json::{Value, json};

use super::features::{json as document, links};
use crate::state::{PERSONAL, Server, encoded};

const ITEMS: &str = "/ogc/collections/villages/items";

/// Codes of the villages that a filter leaves: Đông and Tây of 19870, Nam of 19873.
async fn left(server: &Server, filter: &str) -> Vec<String> {
    let answer = document(server, &format!("{ITEMS}?filter={}", encoded(filter))).await;
    let features = answer["features"].as_array().unwrap().iter();
    features.map(|f| f["id"].as_str().unwrap().split('-').nth(1).unwrap().to_owned()).collect()
}

/// The villages of which something is true, told by looking at each.
async fn slowly(server: &Server, test: impl Fn(&Value) -> bool) -> Vec<String> {
    let all = document(server, ITEMS).await;
    let features = all["features"].as_array().unwrap().iter().filter(|f| test(&f["properties"]));
    features.map(|f| f["id"].as_str().unwrap().split('-').nth(1).unwrap().to_owned()).collect()
}

async fn refused(server: &Server, query: &str, words: &str) {
    let answer = server.get(&format!("{ITEMS}?{query}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    let told = answer.json()["detail_en"].as_str().unwrap().to_owned();
    assert!(told.contains(words), "{query}: {told}");
}

pub(super) async fn req_queryables_get_queryables_links(server: &Server) {
    let rel = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
    let all = document(server, "/ogc/collections").await;
    for collection in all["collections"].as_array().unwrap() {
        document(server, &links(collection, rel)[0]).await;
    }
}

pub(super) async fn req_queryables_get_queryables_response(server: &Server) {
    let schema = document(server, "/ogc/collections/villages/queryables").await;
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(
        (&schema["type"], &schema["additionalProperties"]),
        (&json!("object"), &json!(false))
    );
    let properties = schema["properties"].as_object().unwrap();
    let items = document(server, ITEMS).await;
    let told = items["features"][0]["properties"].as_object().unwrap();
    let names = |of: &serde_json::Map<String, Value>| {
        let mut names: Vec<String> = of.keys().filter(|n| *n != "geometry").cloned().collect();
        names.sort();
        names
    };
    assert_eq!(names(properties), names(told), "all that features tell can be asked for");
    assert_eq!(properties["geometry"]["format"], "geometry-multipolygon");
}

pub(super) async fn req_queryables_query_parameters_parameters(server: &Server) {
    let all = document(server, ITEMS).await;
    let first = &all["features"][0]["properties"];
    for (name, value) in first.as_object().unwrap() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let page = document(server, &format!("{ITEMS}?{name}={}", encoded(&text))).await;
        let same =
            all["features"].as_array().unwrap().iter().filter(|f| f["properties"][name] == *value);
        assert_eq!(page["numberMatched"], same.count(), "{name}={text}");
    }
    refused(server, "covered=many", "is not valid").await;
    refused(server, "schematic=yes", "is not valid").await;
}

pub(super) async fn req_filter_filter_param(server: &Server) {
    assert_eq!(left(server, "name = 'Thôn Nam'").await, ["nam"]);
    // The next page is of the same filter.
    let page =
        document(server, &format!("{ITEMS}?limit=1&filter={}", encoded("parent = '19870'"))).await;
    let next = document(server, &links(&page, "next")[0]).await;
    assert_eq!(
        (&page["numberMatched"], &next["features"][0]["id"]),
        (&json!(2), &json!("19870-tay"))
    );
}

pub(super) async fn req_filter_filter_lang_param(server: &Server) {
    let json = encoded(r#"{"op":"=","args":[{"property":"name"},"Thôn Nam"]}"#);
    let page = document(server, &format!("{ITEMS}?filter-lang=cql2-json&filter={json}")).await;
    assert_eq!(page["numberMatched"], 1);
    refused(server, "filter-lang=ecql&filter=TRUE", "cql2-text | cql2-json").await;
    refused(server, "filter-lang=ecql", "cql2-text | cql2-json").await;
}

pub(super) async fn req_filter_filter_crs_param(server: &Server) {
    let zone = ProjectedZone::of_epsg(9214).unwrap();
    let (x, y) = zone.from_wgs84(LonLat::new(107.41, 16.56).unwrap());
    let filter = encoded(&format!("S_INTERSECTS(geometry, POINT({x} {y}))"));
    let uri = "http://www.opengis.net/def/crs/EPSG/0/9214";
    let metres = document(server, &format!("{ITEMS}?filter={filter}&filter-crs={uri}")).await;
    let degrees = encoded("S_INTERSECTS(geometry, POINT(107.41 16.56))");
    let degrees = document(server, &format!("{ITEMS}?filter={degrees}")).await;
    assert_eq!(metres["features"], degrees["features"]);
    refused(server, "filter=TRUE&filter-crs=x", "filter-crs").await;
}

pub(super) async fn req_filter_mixing_expressions(server: &Server) {
    let filter = encoded("schematic = TRUE OR schematic = FALSE");
    let page = document(server, &format!("{ITEMS}?parent=19873&filter={filter}")).await;
    assert_eq!(page["numberMatched"], 1, "all that is asked must be true");
}

pub(super) async fn req_filter_expression_validation(server: &Server) {
    for (filter, words) in [
        ("name =", "found the end (at character 7)"),
        ("head = 'x'", "no attribute `head`"),
        ("covered = 'x'", "cannot be compared"),
        ("poor > 1", "no attribute `poor`"),
    ] {
        refused(server, &format!("filter={}", encoded(filter)), words).await;
    }
    let long = encoded(&"x".repeat(5_000));
    refused(server, &format!("filter={long}"), "at most 4096 bytes").await;
}

pub(super) async fn req_features_filter_filter_param(server: &Server) {
    let api = server.get("/openapi.json").await.json();
    let items = &api["paths"]["/ogc/collections/{collection}/items"]["get"];
    let names: Vec<&str> = items["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    for name in ["filter", "filter-lang", "filter-crs", "bbox", "datetime", "covered"] {
        assert!(names.contains(&name), "{name}");
    }
    for collection in ["communes", "communes-2025-07-01", "villages"] {
        let url = format!("/ogc/collections/{collection}/items?filter=TRUE");
        let all = document(server, &format!("/ogc/collections/{collection}/items")).await;
        assert_eq!(document(server, &url).await["numberMatched"], all["numberMatched"]);
    }
}

pub(super) async fn req_cql2_text_validate(server: &Server) {
    let all = left(server, "(((TRUE)))").await;
    assert_eq!(all, ["dong", "tay", "nam"]);
    assert_eq!(
        left(server, "not \"name\" = 'Thôn Nam' and covered >= 1e0").await,
        slowly(server, |p| p["name"] != "Thôn Nam" && p["covered"].as_u64() >= Some(1)).await
    );
}

pub(super) async fn req_cql2_json_validate(server: &Server) {
    for (filter, expected) in [
        (json!({"op": "in", "args": [{"property": "parent"}, ["19870"]]}), 2),
        (json!({"op": "not", "args": [{"op": "isNull", "args": [{"property": "code"}]}]}), 3),
        (json!({"op": "like", "args": [{"property": "name"}, "%Nam"]}), 1),
        (
            json!({"op": "and", "args": [true, {"op": "<", "args": [{"property": "period"}, {"date": "2020-01-01"}]}]}),
            0,
        ),
    ] {
        let url = format!("{ITEMS}?filter-lang=cql2-json&filter={}", encoded(&filter.to_string()));
        assert_eq!(document(server, &url).await["numberMatched"], expected, "{filter}");
    }
}

pub(super) async fn req_basic_cql2_cql2_filter(server: &Server) {
    for limit in [0, 5, 10, 12, 16, 20, 100] {
        let of = |p: &Value| p["covered"].as_i64().unwrap();
        for (op, test) in [
            ("=", &(|a: i64, b: i64| a == b) as &dyn Fn(i64, i64) -> bool),
            ("<>", &|a, b| a != b),
            ("<", &|a, b| a < b),
            (">", &|a, b| a > b),
            ("<=", &|a, b| a <= b),
            (">=", &|a, b| a >= b),
        ] {
            let expected = slowly(server, |p| test(of(p), limit)).await;
            assert_eq!(
                left(server, &format!("covered {op} {limit}")).await,
                expected,
                "{op} {limit}"
            );
        }
    }
    assert_eq!(left(server, "code IS NULL").await, Vec::<String>::new());
    assert_eq!(left(server, "code IS NOT NULL").await.len(), 3);
    assert_eq!(left(server, "closed_on = DATE('2025-03-31')").await.len(), 3);
    assert_eq!(
        left(server, "schematic").await.len(),
        slowly(server, |p| p["schematic"] == true).await.len()
    );
}

pub(super) async fn req_basic_cql2_property(server: &Server) {
    // Of plain letters and digits the answer's link to itself would tell, as it was asked.
    for word in PERSONAL.iter().filter(|word| !word.is_ascii()) {
        assert!(left(server, &format!("name = '{word}' OR code = '{word}'")).await.is_empty());
    }
    refused(server, &format!("filter={}", encoded("phone = '905123'")), "no attribute `phone`")
        .await;
}

pub(super) async fn req_advanced_comparison_operators_like_predicate(server: &Server) {
    for (filter, expected) in [
        ("name LIKE 'Thôn %'", vec!["dong", "tay", "nam"]),
        ("name LIKE '%a_'", vec!["nam"]),
        ("name NOT LIKE '%Nam'", vec!["dong", "tay"]),
    ] {
        assert_eq!(left(server, filter).await, expected, "{filter}");
    }
}

pub(super) async fn req_advanced_comparison_operators_between_predicate(server: &Server) {
    let inside = |p: &Value| (10..=16).contains(&p["covered"].as_i64().unwrap());
    let expected = slowly(server, inside).await;
    assert_eq!(left(server, "covered BETWEEN 10 AND 16").await, expected);
    let expected = slowly(server, |p| !inside(p)).await;
    assert_eq!(left(server, "covered NOT BETWEEN 10 AND 16").await, expected);
}

pub(super) async fn req_advanced_comparison_operators_in_predicate(server: &Server) {
    assert_eq!(left(server, "name IN ('Thôn Nam', 'Thôn Tây')").await, ["tay", "nam"]);
    assert_eq!(left(server, "name NOT IN ('Thôn Nam', 'Thôn Tây')").await, ["dong"]);
}

pub(super) async fn req_case_insensitive_comparison_casei_function(server: &Server) {
    assert_eq!(left(server, "CASEI(name) = CASEI('THÔN NAM')").await, ["nam"]);
    assert!(left(server, "name = 'THÔN NAM'").await.is_empty());
}

pub(super) async fn req_accent_insensitive_comparison_accenti_function(server: &Server) {
    assert_eq!(left(server, "ACCENTI(name) = ACCENTI('Thon Dong')").await, ["dong"]);
    assert!(left(server, "name = 'Thon Dong'").await.is_empty());
}

pub(super) async fn req_basic_spatial_functions_spatial_predicate(server: &Server) {
    let all = document(server, ITEMS).await;
    for feature in all["features"].as_array().unwrap() {
        let corner = &feature["geometry"]["coordinates"][0][0][0];
        let filter =
            format!("S_INTERSECTS(geometry, BBOX({0}, {1}, {0}, {1}))", corner[0], corner[1]);
        let name = feature["id"].as_str().unwrap().split('-').nth(1).unwrap().to_owned();
        assert!(left(server, &filter).await.contains(&name), "{filter}");
    }
    assert_eq!(left(server, "S_INTERSECTS(geometry, BBOX(107, 16, 108, 17))").await.len(), 3);
    assert!(left(server, "S_INTERSECTS(geometry, POINT(100 10))").await.is_empty());
}

pub(super) async fn req_property_property_property_property(server: &Server) {
    let expected = slowly(server, |p| p["missing"].as_i64() < p["covered"].as_i64()).await;
    assert_eq!(left(server, "missing < covered").await, expected);
    assert_eq!(left(server, "persons_covered <= persons").await.len(), 3);
}
