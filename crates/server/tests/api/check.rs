//! Files and single submissions looked at over HTTP; nothing of them is kept.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::state::Server;

const FILE: &str = "Họ và tên chủ hộ;Số điện thoại;Xã/Phường;Vĩ độ;Kinh độ;Ngày thu thập;Tôn giáo\n\
    nguyễn văn AN;0126 123 4567;Xã Quảng Phú;16,5735;107,5060;12/03/2024;x\n\
    Trần Thị Bé;0905123123;Xã Quảng Phú;16,5736;107,5061;31/02/2024;y\n\
    Cộng thôn;;;;;;\n";

const CHECK: &str = "/api/v1/check?name=phieu.csv&legal_basis=true";

fn rule<'a>(body: &'a Value, code: &str) -> &'a Value {
    body["rules"].as_array().unwrap().iter().find(|r| r["code"] == code).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn a_file_is_judged_row_by_row_and_every_row_ends_somewhere() {
    let server = Server::published().await;
    let answer = server.post(CHECK, FILE, true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body["columns"][3]["field"], "Vĩ độ");
    assert_eq!(body["columns"][6]["sensitive"], true);
    assert_eq!(rule(&body, "N02")["examples"][0]["replacement"], "Nguyễn Văn An");
    assert_eq!(rule(&body, "T01")["severity"], "E");
    assert_eq!(rule(&body, "C02")["findings"], 1);
    let sum: u64 =
        body["verdicts"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    let skipped: u64 =
        body["skipped"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(
        (body["rows_read"].as_u64().unwrap(), body["verdicts"]["rejected"].as_u64()),
        (sum + skipped, Some(1))
    );
}

#[tokio::test]
async fn every_sheet_of_households_is_read_and_the_others_are_named() {
    let server = Server::published().await;
    let book = std::fs::read(diachiso_testkit::fixture("dirty/files/moi-thon-mot-trang.xlsx"));
    let answer = server.post("/api/v1/check?name=thon.xlsx", book.expect("a workbook"), true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["rows_read"], 16);
    let sheets: Vec<&Value> =
        body["sheets"].as_array().unwrap().iter().map(|s| &s["sheet"]).collect();
    assert_eq!(sheets, ["Thôn Hà Hải", "Thôn Phò Mai"]);
    let unread = json!([
        {"sheet": "Bìa", "rows": 3, "why": "not_data"},
        {"sheet": "Tổng hợp", "rows": 4, "why": "not_data"},
        {"sheet": "Nháp", "rows": 2, "why": "hidden"},
    ]);
    assert_eq!(body["unread_sheets"], unread);
    let shared = &rule(&body, "D02")["examples"][0];
    assert_eq!(shared["rows"], json!([6, 4]));
    assert_eq!(shared["sheets"], json!(["Thôn Hà Hải", "Thôn Phò Mai"]));
}

#[tokio::test]
async fn without_a_token_nothing_is_read() {
    let server = Server::published().await;
    for url in [CHECK, "/api/v1/check/submission"] {
        assert_eq!(server.post(url, FILE, false).await.status, StatusCode::UNAUTHORIZED, "{url}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_refused_with_its_rule() {
    let server = Server::published().await;
    for (body, rule) in [("%PDF-1.7 …", "F01"), ("a;b;c\n1;2;3\n", "F02"), ("", "F01")] {
        let answer = server.post(CHECK, body, true).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{rule}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(rule), "{detail}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let server = Server::published().await;
    let long = vec![b'x'; (16 << 20) + 1];
    assert_eq!(server.post(CHECK, long, true).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let long = vec![b' '; 32 << 10];
    let answer = server.post("/api/v1/check/submission", long, true).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn one_submission_is_judged_with_the_villages_of_the_register() {
    let server = Server::published().await;
    let cells = json!({
        "head": "Nguyễn Văn An", "commune": "Xã Quảng Phú", "village": "Thôn Không Có",
        "phone": "01261234567", "latitude": "16,5735", "longitude": "107,5060",
        "collected_on": "12/03/2024",
    });
    let url = "/api/v1/check/submission?profile=strict&legal_basis=true";
    let answer = server.post(url, cells.to_string(), true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let body = answer.json();
    let codes: Vec<&str> =
        body["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    for code in ["G01", "P02", "M01"] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    assert_eq!(body["verdict"], "held", "no code is enough to hold in the strict profile");
    assert!(!answer.text().contains("01261234567"), "phones are masked");
}

#[tokio::test]
async fn what_is_no_submission_is_refused_with_the_columns_that_there_are() {
    let server = Server::published().await;
    for (body, words) in [("[1]", "JSON"), ("{\"ten\": \"x\"}", "head"), ("{\"head\": 1}", "JSON")]
    {
        let answer = server.post("/api/v1/check/submission", body, true).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}
