//! What the service's database promises, over a real file.

use std::path::Path;

use diachiso_model::{Date, SubjectRequestKind, Timestamp};
use diachiso_store::{
    ExportRecord, ExportStore, NewRequest, NewToken, RequestStore, ServiceError, ServiceStore,
    SqliteService, TokenStore,
};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

mod common;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn token(n: u8, expires_at: &str) -> NewToken {
    NewToken {
        hash: [n; 32],
        label: format!("token {n}").into(),
        grants: vec![
            "officer:477@2024-12-31".parse().expect("a grant"),
            "collector:*;team=Tổ 3".parse().expect("a grant"),
        ],
        created_at: at("2026-01-01T00:00:00Z"),
        expires_at: at(expires_at),
    }
}

async fn fresh() -> (TempDir, SqliteService) {
    let folder = tempfile::tempdir().expect("a folder");
    let service = SqliteService::beside(&folder.path().join("a.gpkg")).await.expect("a database");
    (folder, service)
}

async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .connect()
        .await
        .expect("open")
}

#[tokio::test]
async fn a_token_comes_back_as_it_was_given_and_holds_until_its_end() {
    let (_folder, service) = fresh().await;
    let given = token(1, "2026-02-01T00:00:00.5Z");
    let id = service.add_token(&given).await.expect("added");
    let kept = service.token([1; 32]).await.expect("read").expect("there");
    assert_eq!((kept.id, &kept.label, &kept.grants), (id, &given.label, &given.grants));
    assert!(kept.holds_at(at("2026-02-01T00:00:00Z")));
    assert!(!kept.holds_at(at("2026-02-01T00:00:00.5Z")));
    assert_eq!(service.token([2; 32]).await.expect("read"), None);
}

#[tokio::test]
async fn a_revoked_token_holds_no_more_and_revoking_again_gives_it_no_time() {
    let (_folder, service) = fresh().await;
    let id = service.add_token(&token(1, "2999-01-01T00:00:00Z")).await.expect("added");
    let first = at("2026-01-02T00:00:00Z");
    assert!(service.revoke_token(id, first).await.expect("revoked"));
    assert!(service.revoke_token(id, at("2026-01-03T00:00:00Z")).await.expect("revoked"));
    let kept = service.token([1; 32]).await.expect("read").expect("there");
    assert_eq!(kept.revoked_at, Some(first));
    assert!(!kept.holds_at(first));
    assert!(!service.revoke_token(id + 1, first).await.expect("asked"), "there is no such token");
}

#[tokio::test]
async fn rotating_keeps_the_old_token_for_a_while_and_never_one_that_ended() {
    let (_folder, service) = fresh().await;
    let old = service.add_token(&token(1, "2999-01-01T00:00:00Z")).await.expect("added");
    let until = at("2026-01-02T00:00:00Z");
    let new = token(2, "2999-01-01T00:00:00Z");
    let id = service.rotate_token(old, &new, until).await.expect("rotated").expect("held");
    let kept = service.tokens().await.expect("read");
    assert_eq!(
        kept.iter().map(|t| (t.id, t.revoked_at)).collect::<Vec<_>>(),
        [(old, Some(until)), (id, None)]
    );
    let mut late = token(3, "2999-01-01T00:00:00Z");
    late.created_at = until;
    assert_eq!(service.rotate_token(old, &late, until).await.expect("asked"), None);
    assert_eq!(service.tokens().await.expect("read").len(), 2, "nothing is kept of a refusal");
}

#[tokio::test]
async fn tokens_of_an_older_geopackage_move_once_and_see_what_they_saw() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let store = diachiso_store::GeoPackage::create_or_open(&path).await.expect("a store");
    common::publish(&store, &common::state(&common::units(), 3, 0)).await;
    let mut c = raw(&path).await;
    sqlx::query(
        "insert into tokens (hash, label, expires_at) values (?, 'old', '2999-01-01T00:00:00Z')",
    )
    .bind([7_u8; 32].as_slice())
    .execute(&mut c)
    .await
    .expect("as an older program kept it");
    let service = SqliteService::beside(&path).await.expect("a database");
    let kept = service.token([7; 32]).await.expect("read").expect("moved");
    assert_eq!(kept.grants.iter().map(ToString::to_string).collect::<Vec<_>>(), ["reviewer:*"]);
    let left: i64 =
        sqlx::query_scalar("select count(*) from tokens").fetch_one(&mut c).await.expect("read");
    assert_eq!(left, 0, "a copy of the GeoPackage carries none");
    service.revoke_token(kept.id, at("2026-01-01T00:00:00Z")).await.expect("revoked");
    drop(service);
    let again = SqliteService::beside(&path).await.expect("a database");
    assert_eq!(again.tokens().await.expect("read").len(), 1, "nothing comes back");
}

#[tokio::test]
async fn a_file_of_another_program_or_of_a_newer_one_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let gpkg = folder.path().join("a.gpkg");
    let path = folder.path().join("a.service.db");
    let mut c = raw(&path).await;
    sqlx::raw_sql("create table notes (n)").execute(&mut c).await.expect("made");
    c.close().await.expect("closed");
    let refused = SqliteService::beside(&gpkg).await;
    assert!(matches!(refused, Err(ServiceError::NotOurs { .. })), "{refused:?}");

    std::fs::remove_file(&path).expect("removed");
    drop(SqliteService::beside(&gpkg).await.expect("a database"));
    let mut c = raw(&path).await;
    sqlx::raw_sql("pragma user_version = 9999").execute(&mut c).await.expect("set");
    c.close().await.expect("closed");
    let refused = SqliteService::beside(&gpkg).await;
    assert!(matches!(refused, Err(ServiceError::Newer { found: 9999, .. })), "{refused:?}");
}

#[tokio::test]
async fn the_database_stands_beside_the_store_under_its_name() {
    let (folder, service) = fresh().await;
    let path = folder.path().join("a.service.db");
    assert!(path.is_file());
    assert_eq!(service.name(), path.display().to_string());
}

#[tokio::test]
async fn exports_are_found_by_their_id() {
    let (_folder, service) = fresh().await;
    let export = ExportRecord {
        id: "X-1".into(),
        made_at: at("2026-01-01T00:00:00Z"),
        expires_at: at("2026-01-31T00:00:00Z"),
        who: "token:1".into(),
        operation: "GET /x".into(),
        area: "477".into(),
        purpose: "đi từng nhà".into(),
        format: "csv".into(),
    };
    service.add_export(&export).await.expect("kept");
    assert!(service.add_export(&export).await.is_err(), "an id is given once");
    assert_eq!(service.export("X-1").await.expect("read"), Some(export));
    assert_eq!(service.export("X-2").await.expect("read"), None);
}

#[tokio::test]
async fn a_request_is_answered_and_completed_once() {
    let (_folder, service) = fresh().await;
    let day = |text: &str| text.parse::<Date>().expect("a day");
    let request = NewRequest {
        kind: SubjectRequestKind::Erase,
        about: "HO-0001".into(),
        received_on: day("2026-11-27"),
        recorded_by: "cli:an".into(),
    };
    let first = service.add_request(&request).await.expect("kept");
    let second = service.add_request(&request).await.expect("kept");
    assert!(service.answer_request(first, day("2026-11-30")).await.expect("noted"));
    assert!(!service.answer_request(first, day("2026-12-01")).await.expect("asked"));
    assert!(service.complete_request(first, day("2026-12-02"), "đã xoá").await.expect("noted"));
    assert!(!service.complete_request(first, day("2026-12-03"), "lại").await.expect("asked"));
    assert!(service.complete_request(second, day("2026-12-02"), "từ chối").await.expect("noted"));
    assert!(!service.complete_request(99, day("2026-12-02"), "").await.expect("asked"));
    let kept = service.requests().await.expect("read");
    assert_eq!((kept[0].answer_by, kept[0].complete_by), (day("2026-12-01"), day("2026-12-17")));
    assert_eq!(kept[0].answered_on, Some(day("2026-11-30")));
    assert_eq!(kept[0].outcome.as_deref(), Some("đã xoá"));
    assert_eq!(kept[1].answered_on, Some(day("2026-12-02")), "done is answered");
}
