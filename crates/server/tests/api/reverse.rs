//! What lies at a point, and what a code says.

use axum::http::StatusCode;

use crate::state::{PERSONAL, Server};

#[tokio::test]
async fn a_point_has_its_commune_of_the_day_its_village_and_its_codes() {
    let server = Server::published().await;
    let answer = server.get("/api/v1/reverse?lat=16.56&lon=107.41&on=2021-08-01").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let body = answer.json();
    assert!(body["commune"]["code"].is_string() && body["today"]["code"].is_string(), "{body}");
    assert_eq!((&body["schematic"], &body["nearest"]), (&true.into(), &serde_json::Value::Null));
    let village = &body["village"];
    assert_eq!((&village["code"], &village["inside"]), (&"19870-dong".into(), &true.into()));
    assert!((village["border_m"].as_f64().unwrap() - 1_067.0).abs() < 2.0, "{village}");
    assert!((village["confidence"].as_f64().unwrap() - 0.75).abs() < 1e-6);
    assert_eq!(body["codes"]["olc"].as_str().unwrap().len(), 12);
    let postal = body["codes"]["postal_code"].as_str().unwrap();
    assert!(body["codes"]["vpostcode12"].as_str().unwrap().starts_with(postal));
}

#[tokio::test]
async fn the_nearest_address_comes_with_a_token_alone() {
    let server = Server::published().await;
    let url = "/api/v1/reverse?lat=16.5605&lon=107.41";
    let public = server.get(url).await;
    assert!(public.json().get("address").is_none());
    assert!(PERSONAL.iter().all(|personal| !public.text().contains(personal)));
    let body = server.get_with_token(url).await.json();
    let address = &body["address"];
    assert_eq!(address["address"], "2 Kiệt Riêng");
    assert_eq!(
        (&address["village"], &address["direction_vi"]),
        (&"19870-dong".into(), &"nam".into())
    );
    assert!((address["distance_m"].as_f64().unwrap() - 55.3).abs() < 0.2, "{address}");
    let far = server.get_with_token("/api/v1/reverse?lat=16.2&lon=107.9").await.json();
    assert!(far["address"].is_null() && far.get("address").is_some());
    let wrong = axum::http::Request::get(url).header("authorization", "Bearer x");
    let wrong = server.send(wrong.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn beyond_the_border_it_is_the_nearest_commune_and_how_far() {
    let server = Server::published().await;
    let sea = server.get("/api/v1/reverse?lat=16.75&lon=107.9").await.json();
    assert!(sea["commune"].is_null() && sea["nearest"]["name"].is_string());
    assert!(sea["border_m"].as_f64().unwrap() > 1_000.0);
    let pole = server.get("/api/v1/reverse?lat=90&lon=-180").await.json();
    assert!(pole["nearest"].is_null() && pole["border_m"].is_null() && pole["village"].is_null());
}

#[tokio::test]
async fn any_number_has_an_answer_or_a_reason() {
    let server = Server::published().await;
    let numbers = [
        "0",
        "-0",
        "-0.0",
        "90",
        "-90",
        "90.0000001",
        "180",
        "-180",
        "180.5",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "infinity",
        "1e308",
        "1e999",
        "5e-324",
        "-1e-400",
        "16,5",
        "",
        " ",
        "x",
        "0x10",
    ];
    for lat in numbers {
        for lon in numbers {
            let query: String = [("lat", lat), ("lon", lon)]
                .map(|(name, value)| format!("{name}={}", value.replace(' ', "%20")))
                .join("&");
            let answer = server.get_with_token(&format!("/api/v1/reverse?{query}")).await;
            let inside =
                |text: &str, most: f64| text.trim().parse().is_ok_and(|n: f64| n.abs() <= most);
            let expected = if inside(lat, 90.0) && inside(lon, 180.0) { 200 } else { 400 };
            assert_eq!(answer.status.as_u16(), expected, "{query}: {}", answer.text());
            if expected == 400 {
                assert!(answer.json()["detail"].as_str().unwrap().contains("cần -"), "{query}");
            }
        }
    }
    let nothing = server.get("/api/v1/reverse").await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn before_the_first_run_there_are_communes_and_no_villages() {
    let server = Server::empty().await;
    let body = server.get("/api/v1/reverse?lat=16.5735&lon=107.506&on=2019-05-01").await.json();
    assert_eq!(
        (&body["commune"]["district"], &body["village"]),
        (&"Huyện Quảng Điền".into(), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn a_code_says_its_scheme_its_communes_and_its_cell() {
    let server = Server::published().await;
    let place = server.get("/api/v1/reverse?lat=16.5735&lon=107.506&on=2019-05-01").await.json();
    let twelve = place["codes"]["vpostcode12"].as_str().unwrap();
    let code = server.get(&format!("/api/v1/codes/{twelve}?on=2019-05-01")).await.json();
    assert_eq!(code["scheme"], "vpostcode12");
    assert!((code["cell"]["lat"].as_f64().unwrap() - 16.5735).abs() < 1e-4, "{code}");
    let communes = code["communes"].as_array().unwrap();
    assert!(communes.iter().any(|c| c["code"] == place["commune"]["code"]), "{code}");
    let serial =
        server.get(&format!("/api/v1/codes/{}00001?on=2026-01-01", &twelve[..5])).await.json();
    assert_eq!(
        (&serial["scheme"], &serial["cell"]),
        (&"national10".into(), &serde_json::Value::Null)
    );
    assert!(
        serial["communes"].as_array().unwrap().iter().any(|c| c["code"] == place["today"]["code"]),
        "{serial}"
    );
    for (url, named) in
        [("/api/v1/codes/hello", "code=`hello`"), ("/api/v1/codes/5310712345?on=x", "on=`x`")]
    {
        let answer = server.get(url).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{url}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(named), "{url}");
    }
}
