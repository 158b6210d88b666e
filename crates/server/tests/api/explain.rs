//! Why: the weights behind a match, and what speaks of a household.

use axum::http::StatusCode;

use crate::state::{Server, published, units};

/// Ids of two submissions and of the household of the first.
fn ids() -> [String; 3] {
    let state = published(&units());
    let household = &state.households[state.submissions[0].link.unwrap().household as usize];
    [
        state.submissions[0].id.to_string(),
        state.submissions[1].id.to_string(),
        household.id.to_string(),
    ]
}

#[tokio::test]
async fn a_match_is_told_by_its_bits_and_drawn() {
    let server = Server::explaining().await;
    let [submission, _, household] = ids();
    let url = format!("/api/v1/explain?a={submission}&b={household}");
    let answer = server.get_with_token(&url).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let told = answer.json();
    let parts = told["parts"].as_array().unwrap();
    let sum: f64 = parts.iter().map(|part| part["bits"].as_f64().unwrap()).sum();
    assert!(parts.len() > 4 && (sum - told["bits"].as_f64().unwrap()).abs() < 1e-3, "{told}");
    assert_eq!(told["bounds"]["upper"], 5.0);
    assert!(!answer.text().contains("Bí Mật"), "a name was told");
    // Both ways round.
    let turned =
        server.get_with_token(&format!("/api/v1/explain?a={household}&b={submission}")).await;
    assert_eq!(turned.json(), told);
    let drawn = server.get_with_token(&format!("{url}&format=svg")).await;
    assert_eq!(drawn.header("content-type"), "image/svg+xml");
    assert!(drawn.text().starts_with("<svg"), "{}", drawn.text());
}

#[tokio::test]
async fn a_household_tells_its_submissions_and_two_submissions_how_they_stand() {
    let server = Server::explaining().await;
    let [one, other, household] = ids();
    let account = server.get_with_token(&format!("/api/v1/explain?a={household}")).await.json();
    assert_eq!(account["matched"][0]["submission"], one, "{account}");
    assert_eq!(account["register"]["source"], "police");
    let pair = server.get_with_token(&format!("/api/v1/explain?a={one}&b={other}")).await.json();
    assert_eq!((&pair["relation"], &pair["same"]), (&"matched".into(), &false.into()), "{pair}");
    let row = server.get_with_token("/api/v1/explain?a=phieu%20thu.csv:2").await;
    assert_eq!(row.json()["submission"], one, "{}", row.text());
}

#[tokio::test]
async fn what_cannot_be_explained_is_refused_in_words() {
    let server = Server::explaining().await;
    let [one, other, household] = ids();
    for (query, status) in [
        ("a=nobody".to_owned(), StatusCode::NOT_FOUND),
        ("a=no.csv:3".to_owned(), StatusCode::NOT_FOUND),
        (format!("a={household}&b={household}"), StatusCode::BAD_REQUEST),
        // Matched to two households: nothing was weighed that could be drawn.
        (format!("a={one}&b={other}&format=svg"), StatusCode::BAD_REQUEST),
        (format!("a={one}&format=pdf"), StatusCode::BAD_REQUEST),
        (format!("a={}", "x".repeat(400)), StatusCode::BAD_REQUEST),
        ("b=x".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let answer = server.get_with_token(&format!("/api/v1/explain?{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        assert!(answer.header("content-type").starts_with("application/problem+json"), "{query}");
    }
    let anybody = server.get(&format!("/api/v1/explain?a={one}")).await;
    assert_eq!(anybody.status, StatusCode::UNAUTHORIZED);
    // A server that was not given the means says so.
    let plain = Server::published().await;
    let answer = plain.get_with_token(&format!("/api/v1/explain?a={one}")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
