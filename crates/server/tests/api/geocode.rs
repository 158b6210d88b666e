//! Addresses to places, and who may see houses of households.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use diachiso_model::{LonLat, PlaceKind, ReferencePlace};
use diachiso_server::app;
use diachiso_store::Store as _;
use geo_types::{MultiPolygon, Rect, coord};
use serde_json::{Value, json};
use tokio_stream::StreamExt as _;
use tower::ServiceExt as _;

use crate::state::{Server, VILLAGES};

fn names(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|unit| unit["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_old_name_is_told_with_what_it_is_today() {
    let server = Server::published().await;
    let answer = server.get("/api/v1/geocode?q=xa%20Quang%20Phu,%20Quang%20Dien").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let body = answer.json();
    let best = &body["candidates"][0];
    assert_eq!(best["level"], "commune", "{body}");
    assert_eq!(best["then"]["name"], "Xã Quảng Phú");
    assert_eq!(best["then"]["district"], "Huyện Quảng Điền");
    assert_eq!(names(&best["now"]), ["Xã Đan Điền"]);
    assert_eq!((&best["precision"], &body["grade"]), (&json!("E"), &json!("A")));
    assert!(best["radius_m"].as_f64().unwrap() > 500.0);
}

#[tokio::test]
async fn houses_of_households_are_for_those_who_may_see_them() {
    let server = Server::published().await;
    let address =
        json!({"number": "2", "alley": "Kiệt Riêng", "village": VILLAGES[0].2, "commune": "19870"});
    let anybody = server.post("/api/v1/geocode", address.to_string(), false).await;
    let known = server.post("/api/v1/geocode", address.to_string(), true).await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.text());
    assert_eq!(known.header("cache-control"), "no-store");
    assert_eq!(known.json()["candidates"][0]["level"], "door", "{}", known.text());
    assert_eq!(anybody.json()["candidates"][0]["level"], "village", "{}", anybody.text());
    assert_eq!(server.get("/api/v1/geocode").await.json()["candidates"], json!([]));
}

#[tokio::test]
async fn places_of_reference_files_are_for_anybody_and_known_at_once() {
    let server = Server::published().await;
    let ask = "/api/v1/geocode?q=22/31%20Cao%20B%C3%A1%20Qu%C3%A1t";
    assert_eq!(server.get(ask).await.json()["grade"], Value::Null);
    let place = ReferencePlace {
        kind: PlaceKind::House,
        name: "Cao Bá Quát".into(),
        number: "31".into(),
        alley: "22".into(),
        point: LonLat::new(107.585, 16.485).unwrap(),
    };
    server.store.import_places(&[place], "so-nha.csv").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let body = server.get(ask).await.json();
    assert_eq!(body["candidates"][0]["level"], "door", "{body}");
    assert_eq!((&body["number"], &body["alley"]), (&json!("31"), &json!("22")));
}

/// A square around a point, so many degrees to each side.
fn around(lat: f64, lon: f64, degrees: f64) -> MultiPolygon<f64> {
    let (low, high) = (
        coord! { x: lon - degrees, y: lat - degrees },
        coord! { x: lon + degrees, y: lat + degrees },
    );
    MultiPolygon(vec![Rect::new(low, high).to_polygon()])
}

#[tokio::test]
async fn no_answer_tells_a_position_in_a_mask() {
    let server = Server::published().await;
    let masked = |points: &Value| points["lat"].is_null() && points["lon"].is_null();
    let door =
        json!({"number": "2", "alley": "Kiệt Riêng", "village": VILLAGES[0].2, "commune": "19870"});
    let village = json!({"village": VILLAGES[0].2, "commune": "19870"});
    let elsewhere = json!({"village": VILLAGES[2].2, "commune": "19873"});
    let lines = format!("{door}\n{village}\n{elsewhere}\n");
    let ask = async || {
        let mut told: Vec<Value> = Vec::new();
        for address in [&door, &village, &elsewhere] {
            let answer = server.post("/api/v1/geocode", address.to_string(), true).await.json();
            told.push(answer["candidates"][0].clone());
        }
        let batch = server.post("/api/v1/geocode/batch", lines.clone(), true).await;
        for line in batch.text().lines() {
            let answer: Value = serde_json::from_str(line).unwrap();
            told.push(answer["candidates"][0].clone());
        }
        for typed in ["thon%20dong", "quang%20thai", "thon%20nam"] {
            let answer = server.get_with_token(&format!("/api/v1/suggest?q={typed}")).await.json();
            told.push(answer["suggestions"][0].clone());
        }
        told
    };
    let open = ask().await;
    assert!(open.len() == 9 && open.iter().all(|found| !masked(found)), "{open:?}");
    assert_eq!((&open[0]["level"], &open[1]["level"]), (&json!("door"), &json!("village")));
    // Everything but the last village lies in the mask.
    let degrees = |at: &Value| (at["lat"].as_f64().unwrap(), at["lon"].as_f64().unwrap());
    let hidden = [0, 1, 6, 7].map(|at| degrees(&open[at]));
    let masks: Vec<_> = hidden.iter().map(|(lat, lon)| around(*lat, *lon, 1e-4)).collect();
    server.store.import_masks(&masks, "vung-cam.geojson").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let now = ask().await;
    let hides: Vec<bool> = now.iter().map(masked).collect();
    assert_eq!(hides, [true, true, false, true, true, false, true, true, false], "{now:?}");
    let named = |all: &[Value]| -> Vec<(Value, Value)> {
        all.iter().map(|one| (one["level"].clone(), one["label"].clone())).collect()
    };
    assert_eq!(named(&now), named(&open), "places are told still, where they are not");
    assert!(now.iter().filter(|one| masked(one)).all(|one| one["radius_m"].is_null()), "{now:?}");
    let nearest = server.get_with_token("/api/v1/reverse?lat=16.5605&lon=107.41").await.json();
    let known = &nearest["address"]["address"];
    assert_ne!(known, "2 Kiệt Riêng", "its house lies in the mask");
}

#[tokio::test]
async fn what_is_typed_is_completed() {
    let server = Server::published().await;
    let body = server.get("/api/v1/suggest?q=quang%20th").await.json();
    let labels: Vec<&str> = body["suggestions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["label"].as_str().unwrap())
        .collect();
    assert!(
        labels.iter().any(|label| label.starts_with("Xã Quảng Thành, Huyện Quảng Điền")),
        "{labels:?}"
    );
    let none = server.get("/api/v1/suggest?q=zzzzzz").await.json();
    assert_eq!(none["suggestions"], json!([]));
}

#[tokio::test]
async fn a_batch_is_answered_line_by_line_in_order() {
    let server = Server::published().await;
    let body = "{\"q\":\"Quảng Phú, Quảng Điền\"}\nnot json\n{\"commune\":\"Xã Quảng Thái\"}\n{\"on\":\"2025-13-01\"}\n";
    let answer = server.post("/api/v1/geocode/batch", body, true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> =
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["candidates"][0]["then"]["name"], "Xã Quảng Phú");
    assert!(
        lines[1]["error"].is_string() && !lines[1]["error"].as_str().unwrap().contains("not json")
    );
    assert_eq!(lines[2]["candidates"][0]["then"]["name"], "Xã Quảng Thái");
    assert!(lines[3]["error"].is_string());
    let anybody = server.post("/api/v1/geocode/batch", body, false).await;
    assert_eq!(anybody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn any_text_and_any_number_give_an_answer_or_a_refusal_in_words() {
    let server = Server::published().await;
    for (query, status) in [
        ("q=%00%F0%9F%8F%A0%E2%80%8B".to_owned(), StatusCode::OK),
        (format!("q={}", "a%20".repeat(190)), StatusCode::BAD_REQUEST),
        (format!("q={}", "x".repeat(500)), StatusCode::BAD_REQUEST),
        ("q=a&point=NaN,inf".to_owned(), StatusCode::BAD_REQUEST),
        ("q=a&point=-0,-0".to_owned(), StatusCode::OK),
        ("q=a&point=90,180".to_owned(), StatusCode::OK),
        ("q=a&on=yesterday".to_owned(), StatusCode::BAD_REQUEST),
        ("q=a&address_code=x".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let answer = server.get(&format!("/api/v1/geocode?{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
    let posted = server.post("/api/v1/geocode", "{\"q\":\"Quảng Phú\"}", false).await;
    assert_eq!(posted.status, StatusCode::OK, "{}", posted.text());
    let refused = server.post("/api/v1/geocode", "{\"q\":1}", false).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_batch_is_answered_while_it_is_still_being_sent() {
    let server = Server::published().await;
    let (send, receive) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(1);
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receive));
    let asked = Request::post("/api/v1/geocode/batch")
        .header("authorization", format!("Bearer {}", server.token))
        .body(body)
        .unwrap();
    let answering = app(server.state.clone()).oneshot(asked);
    let lines = "{\"q\":\"Quảng Phú, Quảng Điền\"}\n".repeat(1_000);
    let (taken, response) = tokio::join!(send.send(Ok(lines.clone())), answering);
    taken.unwrap();
    let mut answers = response.unwrap().into_body().into_data_stream();
    // The sender still holds its end: nothing but the first thousand lines can be answered.
    let first = answers.next().await.unwrap().unwrap();
    assert_eq!(std::str::from_utf8(&first).unwrap().lines().count(), 1_000);
    send.send(Ok(lines)).await.unwrap();
    drop(send);
    let rest = answers.next().await.unwrap().unwrap();
    assert_eq!(first, rest);
    assert!(answers.next().await.is_none());
}
