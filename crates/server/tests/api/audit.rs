//! What is told of persons stands on record before it leaves.

use axum::http::StatusCode;
use diachiso_store::{AuditCheck, AuditEntry};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::state::{Server, gap_count};

const GAPS: &str = "/api/v1/areas/477/gaps";

fn actions(log: &[AuditEntry]) -> Vec<&str> {
    log.iter().map(|e| &*e.action).collect()
}

#[tokio::test]
async fn a_page_of_persons_is_on_record_with_who_where_and_how_many() {
    let server = Server::published().await;
    let page = server.get_with_token(&format!("{GAPS}?limit=7")).await;
    assert_eq!(page.status, StatusCode::OK);
    let log = server.audit().await;
    assert_eq!(actions(&log), ["read"]);
    let entry = &log[0];
    assert_eq!((&*entry.who, &*entry.area, entry.rows), ("token:1", "477", 7));
    assert_eq!(&*entry.operation, "GET /api/v1/areas/{area}/gaps");
    assert!(entry.columns.contains("head"), "{}", entry.columns);
}

#[tokio::test]
async fn what_anybody_may_see_and_what_was_not_answered_leave_no_entry() {
    let server = Server::published().await;
    for url in ["/api/v1/coverage", "/tiles/communes.json", "/api/v1/reverse?lat=16.5&lon=107.4"] {
        server.get(url).await;
    }
    server.get(GAPS).await;
    server.get_with_token("/api/v1/areas/99999/gaps").await;
    server.get_with_token("/api/v1/submissions/ffffffffffffffffffffffffffffffff").await;
    assert_eq!(server.audit().await, []);
}

#[tokio::test]
async fn a_refusal_of_somebody_known_is_on_record() {
    let server = Server::published().await;
    let token = server.token_for(&["officer:19873@2024-12-31"]).await;
    let refused = server.ask("GET", "/api/v1/areas/19870/gaps", "", Some(&token)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let log = server.audit().await;
    assert_eq!((actions(&log), &*log[0].area, log[0].rows), (vec!["refused"], "19870", 0));
}

#[tokio::test]
async fn a_file_needs_a_purpose_carries_its_id_and_is_on_record_with_its_hash() {
    let server = Server::published().await;
    for format in ["csv", "xlsx", "geojson"] {
        let url = format!("{GAPS}?format={format}");
        let answer = server.get_with_token(&url).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text().contains("purpose"), "{}", answer.text());
        let before = server.audit().await.len();
        let answer =
            server.get_with_token(&format!("{url}&purpose=%C4%91i+t%E1%BB%ABng+nh%C3%A0")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text_or_bytes());
        let log = server.audit().await.split_off(before);
        assert_eq!(actions(&log), ["export", "export-end"]);
        let (begin, end) = (&log[0], &log[1]);
        assert_eq!((&*begin.purpose, &begin.export), ("đi từng nhà", &end.export));
        assert_eq!(end.rows, gap_count() as u64);
        let hash = *blake3::hash(&answer.body).as_bytes();
        assert_eq!(end.content_hash, Some(hash), "the hash is of what the client has");
        let kept = server.service.export(&begin.export).await.unwrap().expect("kept");
        assert_eq!((&*kept.format, &*kept.area), (format, "477"));
        assert!(kept.expires_at > kept.made_at);
        if format != "xlsx" {
            assert!(answer.text().contains(&*begin.export), "the file carries its id");
        }
    }
}

#[tokio::test]
async fn every_row_of_a_csv_and_every_sheet_of_a_workbook_carries_the_mark() {
    use calamine::Reader as _;
    let server = Server::published().await;
    let csv = server.get_with_token(&format!("{GAPS}?format=csv&purpose=test")).await;
    let mark = format!("Bản xuất {} cho token:1, hết hạn ", server.audit().await[0].export);
    let mut lines = csv.text().lines();
    assert!(lines.next().unwrap().ends_with(",Bản xuất"));
    assert!(lines.all(|line| line.contains(&mark)), "{}", csv.text());
    let book = server.get_with_token(&format!("{GAPS}?format=xlsx&purpose=test")).await;
    let id = server.audit().await.last().unwrap().export.clone();
    let mut book: calamine::Xlsx<_> =
        calamine::Xlsx::new(std::io::Cursor::new(book.body.to_vec())).unwrap();
    for name in book.sheet_names() {
        let sheet = book.worksheet_range(&name).unwrap();
        let third = sheet.get_value((2, 0)).unwrap().to_string();
        assert!(third.contains(&*id), "{name}: {third}");
    }
}

#[tokio::test]
async fn what_cannot_be_put_on_record_is_not_told() {
    let server = Server::published().await;
    assert_eq!(server.get_with_token(GAPS).await.status, StatusCode::OK);
    let path = server.folder.path().join("test.service.db");
    let mut c = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::raw_sql("drop table audit").execute(&mut c).await.unwrap();
    for url in [GAPS.to_owned(), format!("{GAPS}?format=csv&purpose=test"), "/api/v1/report".into()]
    {
        let answer = server.get_with_token(&url).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{url}");
        assert!(!answer.text().contains("Bí Mật"), "{url}");
    }
    assert_eq!(server.get("/api/v1/coverage").await.status, StatusCode::OK, "figures go on");
}

#[tokio::test]
async fn the_chain_of_a_busy_server_verifies() {
    let server = Server::published().await;
    let asks = (0..50).map(|i| format!("{GAPS}?limit={}", i % 9 + 1));
    let urls: Vec<String> = asks.collect();
    let server = std::sync::Arc::new(server);
    let mut answers = tokio::task::JoinSet::new();
    for url in urls {
        let server = std::sync::Arc::clone(&server);
        answers.spawn(async move { server.get_with_token(&url).await.status });
    }
    while let Some(status) = answers.join_next().await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    let mut check = AuditCheck::new(Vec::new());
    for record in server.service.audit_page(0, 1000).await.unwrap() {
        check.next(&record).unwrap();
    }
    assert_eq!(check.end().unwrap().seq, 50 + 1, "and that of the token");
}
