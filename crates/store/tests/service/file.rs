//! What only a file does: it stands beside the store, takes over what older ones kept, and is refused where it is another's.

use std::path::Path;

use diachiso_store::{ServiceError, ServiceStore, SqliteService, TokenStore};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use crate::{at, common, noted};

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
    service
        .revoke_token(kept.id, at("2026-01-01T00:00:00Z"), &noted("cli:an"))
        .await
        .expect("revoked");
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
