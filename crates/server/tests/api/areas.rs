//! Areas: units on days, saved sets of units, and units of earlier dates by name.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::state::{Answer, PERSONAL, Server, encoded};

const SET: &str = "/api/v1/areas/ven-pha";

impl Server {
    /// Saves an area as an administrator.
    async fn saved(&self, id: &str, name: &str, units: &[&str]) -> Answer {
        let token = self.token_for(&["administrator:*"]).await;
        let body = json!({ "name": name, "units": units }).to_string();
        self.ask("PUT", &format!("/api/v1/areas/{id}"), body, Some(&token)).await
    }
}

fn codes(answer: &Value, list: &str, field: &str) -> Vec<String> {
    let rows = answer[list].as_array().unwrap_or_else(|| panic!("{answer}"));
    rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_area_is_saved_read_by_anybody_changed_and_removed_and_each_is_on_record() {
    let server = Server::published().await;
    let officer = server.token_for(&["officer:19870@2024-12-31"]).await;
    let body = json!({ "name": "Ven phá", "units": ["19870@2024-12-31"] }).to_string();
    let made = server.ask("PUT", SET, body.clone(), Some(&officer)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert_eq!((&made.json()["villages"], &made.json()["id"]), (&json!(2), &json!("ven-pha")));
    let again = server.ask("PUT", SET, body.clone(), Some(&officer)).await;
    assert_eq!(again.status, StatusCode::OK);
    let listed = server.get("/api/v1/areas").await.json();
    assert_eq!(codes(&listed, "saved", "name"), ["Ven phá"]);
    assert_eq!(listed["saved"][0]["households"], 56);
    let told = server.get("/api/v1/areas/Ven%20ph%C3%A1").await.json();
    assert_eq!(told["villages"], json!(["19870-dong", "19870-tay"]));
    assert_eq!(told["units"][0]["name"], "Xã Quảng Thái");

    // Another officer may not; an administrator may.
    let other = server.token_for(&["officer:*"]).await;
    for (method, body) in [("PUT", body.clone()), ("DELETE", String::new())] {
        let refused = server.ask(method, SET, body, Some(&other)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method}");
    }
    assert_eq!(
        server.saved("ven-pha", "Ven phá", &["477@2024-12-31"]).await.status,
        StatusCode::OK
    );
    assert_eq!(server.ask("DELETE", SET, "", Some(&officer)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.ask("DELETE", SET, "", Some(&officer)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get(SET).await.status, StatusCode::NOT_FOUND);
    let record = server.audit().await;
    let changes: Vec<_> = record.iter().filter(|e| &*e.action == "change").collect();
    assert!(changes.iter().all(|e| &*e.area == "ven-pha"), "{changes:?}");
    assert_eq!(changes.iter().filter(|e| e.operation.starts_with("DELETE")).count(), 1);
}

#[tokio::test]
async fn what_is_no_area_is_refused_with_what_would_do() {
    let server = Server::published().await;
    let token = server.token_for(&["administrator:*"]).await;
    for (id, body, words) in [
        ("477", r#"{"name":"A","units":["477@2024-12-31"]}"#, "no id of an area"),
        ("a", r#"{"name":"","units":["477@2024-12-31"]}"#, "1 to 80 characters"),
        ("a", r#"{"name":"A","units":[]}"#, "1 to 300 units"),
        ("a", r#"{"name":"A","units":["477"]}"#, "says no day"),
        ("a", r#"{"name":"A","units":["477@2025-07-01"]}"#, "has no households"),
        ("a", r#"{"name":"A","units":["19870-bac@2024-12-31"]}"#, "has no households"),
        ("a", r#"{"name":"A","units":["477@2024-12-31"],"by":"x"}"#, "cannot be read"),
        ("a", "[", "cannot be read"),
    ] {
        let answer = server.ask("PUT", &format!("/api/v1/areas/{id}"), body, Some(&token)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.text().contains(words), "{body}: {}", answer.text());
    }
    for text in ["ven-pha", "x", "Kh%C3%B4ng%20c%C3%B3", "477@2025-07-01", "@", "%20"] {
        let answer = server.get(&format!("/api/v1/areas/{text}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{text}");
    }
    let both = server.get("/api/v1/coverage?area=477&within=477").await;
    assert_eq!(both.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_unit_of_an_earlier_date_is_known_by_its_old_name() {
    let server = Server::published().await;
    let listed = server.get("/api/v1/areas").await.json();
    assert_eq!(
        codes(&listed, "former", "id"),
        ["477@2025-06-30", "19870@2025-06-30", "19873@2025-06-30"]
    );
    assert_eq!(listed["former"][0]["name"], "Huyện Quảng Điền cũ");
    for name in ["Quảng Điền cũ", "huyện Quảng Điền cũ", "quang-dien-cu", "477@2024-12-31"]
    {
        let asked = format!("/api/v1/coverage?on=2025-07-01&area={}", encoded(name));
        let answer = server.get(&asked).await;
        let body = answer.json();
        assert_eq!(codes(&body, "rows", "code"), ["19867"], "{name}");
        assert_eq!(body["total"]["households"], 72);
        assert_eq!(body["rows"][0]["part"], Value::Null, "all of it lies inside");
    }
}

/// All counts of an answer that add up.
fn counts(of: &Value) -> Vec<u64> {
    let flat = [
        "households",
        "covered",
        "persons",
        "persons_covered",
        "poor",
        "poor_covered",
        "outside_list",
    ];
    let nested = ["states", "by_class"].map(|k| of[k].as_object().unwrap().values());
    let numbers = flat.iter().map(|k| &of[*k]).chain(nested.into_iter().flatten());
    numbers.map(|n| n.as_u64().unwrap_or_else(|| panic!("{of}"))).collect()
}

#[tokio::test]
async fn coverage_of_any_set_is_the_sum_of_its_villages_on_every_day_and_level() {
    let server = Server::published().await;
    let all = server.get_with_token("/api/v1/coverage?level=village").await.json();
    let villages = codes(&all, "rows", "code");
    for mask in 1..8_usize {
        let inside: BTreeSet<&String> = villages
            .iter()
            .enumerate()
            .filter(|(i, _)| mask >> i & 1 == 1)
            .map(|(_, v)| v)
            .collect();
        let units: Vec<String> = inside.iter().map(|v| format!("{v}@2025-03-31")).collect();
        let units: Vec<&str> = units.iter().map(String::as_str).collect();
        assert!(server.saved("ven-pha", "Ven phá", &units).await.status.is_success());
        let mut sum = vec![0; counts(&all["total"]).len()];
        for row in all["rows"].as_array().unwrap() {
            if inside.contains(&row["code"].as_str().unwrap().to_owned()) {
                sum.iter_mut().zip(counts(row)).for_each(|(sum, n)| *sum += n);
            }
        }
        for on in ["2021-01-01", "2025-03-31", "2025-07-01"] {
            for level in ["province", "commune", "village"] {
                let url = format!("/api/v1/coverage?level={level}&on={on}&area=ven-pha");
                let answer = server.get_with_token(&url).await.json();
                assert_eq!(counts(&answer["total"]), sum, "{mask} {url}");
                let parts = answer["rows"].as_array().unwrap().iter();
                let parts = parts.filter(|row| row["part"] == true).count();
                assert_eq!(
                    parts > 0,
                    level != "village" && splits(&inside, level, on),
                    "{mask} {url}"
                );
            }
        }
        let url = "/api/v1/coverage/course?level=commune&on=2025-07-01&area=ven-pha";
        let course = server.get(url).await.json();
        let last = course["rows"][0]["covered"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (course["rows"][0]["households"].as_u64(), last.as_u64()),
            (Some(sum[0]), Some(sum[1]))
        );
    }
}

/// Whether a unit of a level has villages in a set and others that are not.
fn splits(inside: &BTreeSet<&String>, level: &str, on: &str) -> bool {
    let holds = |village: &str| inside.iter().any(|v| *v == village);
    let [dong, tay, nam] = ["19870-dong", "19870-tay", "19873-nam"].map(holds);
    if level == "commune" && on < "2025-07-01" { dong != tay } else { !(dong && tay && nam) }
}

#[tokio::test]
async fn small_numbers_do_not_follow_from_what_is_told_of_sets() {
    let server = Server::published().await;
    // Poor households: 10 in Đông, 3 in Tây, 2 in Nam; told to everybody are those of Đông and of all three.
    for (units, poor) in [
        (vec!["19870-dong@2025-03-31"], Some(10)),
        (vec!["19870@2025-03-31"], None),
        (vec!["19870-dong@2025-03-31", "19873@2025-03-31"], None),
        (vec!["19870-tay@2025-03-31", "19873@2025-03-31"], None),
        (vec!["19873-nam@2025-03-31"], None),
        (vec!["477@2025-03-31"], Some(15)),
        (vec!["19870@2025-03-31", "19873@2025-03-31"], Some(15)),
    ] {
        server.saved("ven-pha", "Ven phá", &units).await;
        for level in ["province", "commune", "village"] {
            for on in ["2025-03-31", "2025-07-01"] {
                let url = format!("/api/v1/coverage?level={level}&on={on}&area=ven-pha");
                let answer = server.get(&url).await.json();
                assert_eq!(answer["total"]["poor"].as_u64(), poor, "{units:?} {url}");
            }
        }
    }
    let planner = server.token_for(&["planner:19870@2024-12-31"]).await;
    server.saved("ven-pha", "Ven phá", &["19870@2025-03-31"]).await;
    let url = "/api/v1/coverage?area=ven-pha";
    let entitled = server.ask("GET", url, "", Some(&planner)).await.json();
    assert_eq!(entitled["total"]["poor"], 13);
    server.saved("ven-pha", "Ven phá", &["477@2025-03-31"]).await;
    let changed = server.ask("GET", url, "", Some(&planner)).await.json();
    assert_eq!(changed["rows"][0]["poor"], Value::Null, "a wider set widens nobody's rights");
}

#[tokio::test]
async fn gap_lists_of_a_set_are_those_of_its_units_in_every_form_and_need_rights_to_all() {
    let server = Server::published().await;
    server.saved("ven-pha", "Ven phá", &["19870-tay@2025-03-31", "19873@2025-03-31"]).await;
    let token = server.token_for(&["officer:477@2024-12-31"]).await;
    let list = async |area: &str| {
        let url = format!("/api/v1/areas/{area}/gaps?limit=1000");
        let answer = server.ask("GET", &url, "", Some(&token)).await;
        codes(&answer.json(), "rows", "household")
    };
    let mut apart = list("19870-tay").await;
    apart.extend(list("19873").await);
    assert_eq!(list("ven-pha").await, apart);
    assert!(!apart.is_empty());
    let mut paged = Vec::new();
    let mut next = Some("/api/v1/areas/ven-pha/gaps?limit=7".to_owned());
    while let Some(url) = next {
        let page = server.ask("GET", &url, "", Some(&token)).await.json();
        paged.extend(codes(&page, "rows", "household"));
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(paged, apart);
    for format in ["csv", "geojson", "xlsx"] {
        let url = format!("/api/v1/areas/ven-pha/gaps?format={format}&purpose=testing");
        let file = server.ask("GET", &url, "", Some(&token)).await;
        assert_eq!(file.status, StatusCode::OK, "{format}");
        if format != "xlsx" {
            let found = apart.iter().filter(|id| file.text().contains(id.as_str())).count();
            assert_eq!(found, apart.len(), "{format}");
        }
    }
    let narrow = server.token_for(&["officer:19873@2024-12-31"]).await;
    let refused = server.ask("GET", "/api/v1/areas/ven-pha/gaps", "", Some(&narrow)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(server.audit().await.last().map(|e| e.area.clone()).as_deref(), Some("ven-pha"));
}

#[tokio::test]
async fn review_report_and_features_keep_what_lies_in_the_set() {
    let server = Server::published().await;
    server.saved("ven-pha", "Ven phá", &["19873@2025-03-31"]).await;
    let ids = async |url: &str, list: &str, field: &str| {
        let answer = server.get_with_token(url).await;
        codes(&answer.json(), list, field)
    };
    for area in ["19870", "19870@2025-03-31", "477@2025-03-31"] {
        let one = ids(&format!("/api/v1/review?area={area}&limit=100"), "items", "id").await;
        let code = area.split('@').next().unwrap();
        let other = ids(&format!("/api/v1/review?area={code}&limit=100"), "items", "id").await;
        assert_eq!(one, other, "{area}");
    }
    let all = ids("/api/v1/review?limit=100", "items", "id").await;
    let inside = ids("/api/v1/review?limit=100&area=ven-pha", "items", "id").await;
    let outside = ids("/api/v1/review?limit=100&area=19870@2025-03-31", "items", "id").await;
    assert!(inside.iter().chain(&outside).all(|id| all.contains(id)));
    assert!(inside.iter().all(|id| !outside.contains(id)));
    let whole = server.get_with_token("/api/v1/report?area=477@2025-03-31").await.json();
    let part = server.get_with_token("/api/v1/report?area=ven-pha").await.json();
    let rows = |of: &Value| of["rows"].as_array().unwrap().len();
    assert!(rows(&part) < rows(&whole), "{part}");
    for (url, expected) in [
        ("/ogc/collections/communes/items?area=ven-pha", vec!["19873"]),
        ("/ogc/collections/communes-2025-07-01/items?area=ven-pha", vec!["19867"]),
        ("/ogc/collections/villages/items?area=ven-pha", vec!["19873-nam"]),
        (
            "/ogc/collections/villages/items?area=Qu%E1%BA%A3ng%20%C4%90i%E1%BB%81n%20c%C5%A9&limit=1",
            vec!["19870-dong"],
        ),
    ] {
        let answer = server.get(url).await;
        assert_eq!(codes(&answer.json(), "features", "id"), expected, "{url}");
        assert!(PERSONAL.iter().all(|word| !answer.text().contains(word)), "{url}");
    }
}
