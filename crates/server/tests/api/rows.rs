//! Submissions, the row report, the rules.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use diachiso_model::RuleCode;

use crate::state::Server;

#[tokio::test]
async fn a_submission_comes_with_its_findings_in_both_languages_and_a_masked_phone() {
    let server = Server::published().await;
    // The third household of the first village is held.
    let url = "/api/v1/submissions/00000002070707070707070707070707";
    let answer = server.get_with_token(url).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.text().contains("905123"), "{}", answer.text());
    insta::assert_json_snapshot!(answer.json());
}

#[tokio::test]
async fn a_submission_that_is_not_there_is_404() {
    let server = Server::published().await;
    for id in ["ffffffffffffffffffffffffffffffff", "xyz"] {
        let answer = server.get_with_token(&format!("/api/v1/submissions/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_report_s_pages_hold_every_finding_exactly_once() {
    let server = Server::published().await;
    let whole = server.get_with_token("/api/v1/report?limit=5000").await.json();
    let lines = |page: &serde_json::Value| -> Vec<String> {
        page["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| format!("{}{}", r["row"], r["code"]))
            .collect()
    };
    let whole = lines(&whole);
    assert_eq!(whole.len(), 18 * 2, "two findings on each of the 18 held");
    let mut paged = Vec::new();
    let mut url = "/api/v1/report?limit=3&file=phieu%20thu.csv".to_owned();
    loop {
        let page = server.get_with_token(&url).await.json();
        paged.extend(lines(&page));
        let Some(next) = page["next"].as_str() else { break };
        url = next.to_owned();
    }
    assert_eq!(paged, whole);
    assert_eq!(paged.iter().collect::<BTreeSet<_>>().len(), whole.len());
}

#[tokio::test]
async fn the_report_as_csv_masks_phones() {
    let server = Server::published().await;
    let answer = server.get_with_token("/api/v1/report?format=csv&limit=2&purpose=test").await;
    assert!(!answer.text().contains("905123"));
    // The mark that the file carries is of this export alone.
    let id = server.audit().await[0].export.clone();
    let kept = server.service.export(&id).await.unwrap().expect("kept");
    let ends = kept.expires_at.strftime("%d/%m/%Y").to_string();
    let text = answer.text().strip_prefix('\u{feff}').unwrap();
    insta::assert_snapshot!(text.replace(&*id, "ID").replace(&ends, "DAY"));
}

#[tokio::test]
async fn every_rule_is_told() {
    let server = Server::published().await;
    let rules = server.get("/api/v1/rules").await.json();
    let codes: Vec<_> =
        rules["rules"].as_array().unwrap().iter().map(|r| r["code"].clone()).collect();
    let expected: Vec<_> = RuleCode::ALL.iter().map(|c| c.as_str()).collect();
    assert_eq!(codes, expected);
}
