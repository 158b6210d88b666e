//! Which unit an address means on a day.

use axum::http::StatusCode;

use crate::state::Server;

#[tokio::test]
async fn an_address_is_the_unit_of_its_day_and_its_successor_today() {
    let server = Server::published().await;
    let url = "/api/v1/units/find?q=X%C3%A3%20Qu%E1%BA%A3ng%20Ph%C3%BA&district=qu%E1%BA%A3ng%20%C4%91i%E1%BB%81n&on=2019-05-01";
    let answer = server.get(url).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["unit"]["code"], "19897");
    assert_eq!(body["unit"]["district"], "Huyện Quảng Điền");
    assert_eq!(body["today"][0]["name"], "Xã Đan Điền");
    assert_eq!((&body["decided_by"], body["rule"].is_null()), (&"name".into(), true));
    assert_eq!(body["evidence"][1]["says"], "for");
}

#[tokio::test]
async fn a_point_decides_where_the_name_does_not() {
    let server = Server::published().await;
    let url = "/api/v1/units/find?q=Ph%C3%BA%20Vang&on=2020-03-01";
    let open = server.get(url).await.json();
    assert_eq!((open["rule"].as_str(), open["unit"].is_null()), (Some("A02"), true));
    assert!(open["candidates"].as_array().unwrap().len() > 2);
    let decided = server.get(&format!("{url}&point=16.45,107.7")).await.json();
    assert_eq!(
        (decided["rule"].as_str(), decided["decided_by"].as_str()),
        (Some("A03"), Some("point"))
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_name() {
    let server = Server::published().await;
    let long = "x".repeat(201);
    for (query, named) in [
        ("q=a&on=yesterday", "on=`yesterday`"),
        ("q=a&point=16", "point=`16`"),
        ("q=a&address_code=hello", "address_code=`hello`"),
        (&*format!("q={long}"), "q=`xxx"),
    ] {
        let answer = server.get(&format!("/api/v1/units/find?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(named), "{detail}");
    }
    assert_eq!(server.get("/api/v1/units/find").await.status, StatusCode::BAD_REQUEST);
}
