//! Proposals about all rows of a collector; they name people.

use axum::http::StatusCode;

use crate::state::{PROPOSAL, Server};

#[tokio::test]
async fn proposals_are_listed_with_their_rows_and_read_by_id() {
    let server = Server::published().await;
    let answer = server.get_with_token("/api/v1/proposals").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    let all = body["proposals"].as_array().unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0]["id"].as_str(), all[0]["kind"].as_str()), (Some(PROPOSAL), Some("datum")));
    assert_eq!((all[0]["shift_m"].as_f64(), all[0]["rows"].as_u64()), (Some(224.5), Some(2)));
    assert_eq!(all[0]["files"][0]["rows"].as_array().map(Vec::len), Some(2));
    let one = server.get_with_token(&format!("/api/v1/proposals/{PROPOSAL}")).await;
    assert_eq!(&one.json(), &all[0]);
}

#[tokio::test]
async fn without_a_token_nobody_is_named_and_an_unknown_id_is_none() {
    let server = Server::published().await;
    for url in ["/api/v1/proposals".to_owned(), format!("/api/v1/proposals/{PROPOSAL}")] {
        assert_eq!(server.get(&url).await.status, StatusCode::UNAUTHORIZED, "{url}");
    }
    for id in ["ffffffffffff", "no-id"] {
        let answer = server.get_with_token(&format!("/api/v1/proposals/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
    }
}
