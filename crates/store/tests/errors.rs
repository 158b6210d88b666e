//! What cannot be a store is named, with the reason, and left as it was.

mod common;

use std::path::Path;

use common::{publish, state, units};
use diachiso_store::{GeoPackage, NewRun, Store, StoreError, open_store, read_polygons};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

/// Makes a file with SQLite and the statements given.
async fn sqlite(path: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut c = options.connect().await.expect("connected");
    sqlx::raw_sql(sql).execute(&mut c).await.expect("executed");
    c.close().await.expect("closed");
}

/// Both ways to open refuse the file with these words and do not touch it.
#[track_caller]
fn check(path: &Path, words: &str) -> impl Future<Output = ()> {
    let at = std::panic::Location::caller();
    async move {
        let before = std::fs::read(path).ok();
        for result in [GeoPackage::open(path).await, GeoPackage::create_or_open(path).await] {
            let error = result.expect_err("refused").to_string();
            assert!(error.contains(words), "{at}: {error}");
            assert!(error.contains(&path.display().to_string()), "{at}: {error}");
        }
        assert_eq!(std::fs::read(path).ok(), before, "{at}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("text.gpkg"), "STT,Họ tên\n1,Nguyễn Văn A\n").expect("written");
    check(&path("text.gpkg"), "it is no SQLite file").await;
    check(folder.path(), "it is a folder").await;
    sqlite(&path("foreign.gpkg"), "create table t (a); insert into t values (1)").await;
    check(&path("foreign.gpkg"), "no GeoPackage").await;
    sqlite(&path("other.gpkg"), "pragma application_id = 1196444487; create table t (a)").await;
    check(&path("other.gpkg"), "a GeoPackage of another program").await;
    let mut torn = b"SQLite format 3\0".to_vec();
    torn.extend([0x55; 5000]);
    std::fs::write(path("torn.gpkg"), torn).expect("written");
    check(&path("torn.gpkg"), "damaged").await;
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(names.len(), 4, "nothing was made beside them: {names:?}");
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let store = GeoPackage::create_or_open(&path).await.expect("a store");
    publish(&store, &state(&units(), 3, 0)).await;
    drop(store);
    sqlite(&path, "update diachiso_meta set value = '7' where key = 'schema_version'").await;
    check(&path, "schema 7, this program knows 6").await;
}

#[tokio::test]
async fn a_missing_store_is_missing_only_for_those_who_cannot_make_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    assert!(matches!(GeoPackage::open(&path).await, Err(StoreError::Missing { .. })));
    let store = GeoPackage::create_or_open(&path).await.expect("ready");
    assert!(!path.exists());
    assert!(store.boundaries().await.expect("none").is_empty());
    assert_eq!(store.dump().await.expect("empty"), "");
    let lost = folder.path().join("no/such/a.gpkg");
    assert!(matches!(GeoPackage::create_or_open(&lost).await, Err(StoreError::Io { .. })));
}

#[tokio::test]
async fn a_file_without_a_table_works_as_new() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, sql) in [("empty.gpkg", None), ("bare.gpkg", Some("pragma user_version = 1"))] {
        let path = folder.path().join(name);
        match sql {
            None => std::fs::write(&path, "").expect("written"),
            Some(sql) => sqlite(&path, sql).await,
        }
        assert!(matches!(GeoPackage::open(&path).await, Err(StoreError::Missing { .. })));
        let store = GeoPackage::create_or_open(&path).await.expect("a store");
        publish(&store, &state(&units(), 3, 0)).await;
        assert_eq!(store.latest_run().await.expect("read").expect("a run").number, 1);
    }
}

#[tokio::test]
async fn a_second_writer_is_told_to_wait() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let store = GeoPackage::create_or_open(&path).await.expect("a store");
    let units = units();
    let state = state(&units, 3, 0);
    publish(&store, &state).await;
    let mut other = SqliteConnectOptions::new().filename(&path).connect().await.expect("connected");
    sqlx::raw_sql("begin immediate").execute(&mut other).await.expect("locked");
    let run = store.publish(&state, &units, &[], &NewRun::default(), &|_| {}).await;
    assert!(matches!(run, Err(StoreError::Busy { .. })), "{run:?}");
    sqlx::raw_sql("rollback").execute(&mut other).await.expect("unlocked");
    other.close().await.expect("closed");
    assert_eq!(publish(&store, &state).await.number, 2);
}

#[tokio::test]
async fn a_writer_waits_for_a_reader_that_is_in_the_middle_of_something() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let store = GeoPackage::create_or_open(&path).await.expect("a store");
    let state = state(&units(), 3, 0);
    publish(&store, &state).await;
    let mut reader =
        SqliteConnectOptions::new().filename(&path).connect().await.expect("connected");
    sqlx::raw_sql("begin; select * from submissions").execute(&mut reader).await.expect("read");
    let (run, ()) = tokio::join!(publish(&store, &state), async {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        sqlx::raw_sql("rollback").execute(&mut reader).await.expect("ended");
    });
    assert_eq!(run.number, 2);
}

#[tokio::test]
async fn a_url_of_no_known_kind_is_refused_without_its_password() {
    for (url, shown) in
        [("mysql://u:secret@host/db", "mysql://…@host/db"), ("a.sqlite", "a.sqlite"), ("", "")]
    {
        let error = open_store(url, true).await.err().expect("refused").to_string();
        assert!(error.contains(&format!("`{shown}`")) && !error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn polygons_of_a_foreign_file_come_with_their_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let store = GeoPackage::create_or_open(&path).await.expect("a store");
    publish(&store, &state(&units(), 3, 0)).await;
    drop(store);
    let features = read_polygons(&path).await.expect("read");
    let units: Vec<_> = features.iter().filter(|f| f.layer == "units").collect();
    assert_eq!(units.len(), 3);
    assert_eq!(units[0].shape, common::shapes()[0].shape);
    let value = |key: &str| units[0].attributes.iter().find(|(k, _)| k == key).map(|(_, v)| &**v);
    assert_eq!((value("name"), value("schematic")), (Some("Thị trấn Sịa"), Some("1")));
    assert!(!features.iter().any(|f| f.layer == "submissions"), "points are left out");
    sqlite(&path, "insert into gpkg_spatial_ref_sys values ('VN-2000', 9217, 'EPSG', 9217, '', ''); update gpkg_geometry_columns set srs_id = 9217 where table_name = 'villages'").await;
    let error = read_polygons(&path).await.expect_err("refused").to_string();
    assert!(error.contains("`villages`") && error.contains("EPSG:9217"), "{error}");
    assert!(matches!(read_polygons(folder.path()).await, Err(StoreError::NotOurs { .. })));
    assert!(matches!(read_polygons(folder.path().join("no")).await, Err(StoreError::Io { .. })));
}
