//! A run that writes what changed leaves what a run that writes everything leaves, in every table and tree.

mod common;

use std::path::Path;

use common::{change, shapes, state, units};
use diachiso_model::Published;
use diachiso_store::{GeoPackage, NewRun, Store};
use diachiso_testkit::Rng;
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Row, SqliteConnection, TypeInfo, ValueRef,
    sqlite::SqliteConnectOptions,
};

/// Tables that runs fill.
const TABLES: [&str; 16] = [
    "units",
    "villages",
    "coverage",
    "gaps",
    "submissions",
    "findings",
    "households",
    "registers",
    "rules",
    "repeats",
    "skipped",
    "register_rejects",
    "areas",
    "proposals",
    "proposal_rows",
    "digests",
];
const TREES: [&str; 5] = ["units", "villages", "coverage", "gaps", "submissions"];

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.expect("connected")
}

/// Every row of a table as text.
async fn rows(c: &mut SqliteConnection, table: &str, order: &str) -> Vec<String> {
    let sql = format!("select * from {table} order by {order}");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(c).await.expect("read");
    let cell = |row: &sqlx::sqlite::SqliteRow, at: usize| {
        let raw = row.try_get_raw(at).expect("a value");
        match (raw.is_null(), raw.type_info().name()) {
            (true, _) => "null".to_owned(),
            (_, "INTEGER" | "BOOLEAN") => row.get_unchecked::<i64, _>(at).to_string(),
            (_, "REAL") => row.get_unchecked::<f64, _>(at).to_string(),
            (_, "BLOB") => format!("{:?}", row.get_unchecked::<Vec<u8>, _>(at)),
            _ => row.get_unchecked::<String, _>(at),
        }
    };
    let line = |row: &sqlx::sqlite::SqliteRow| {
        let cells: Vec<String> =
            row.columns().iter().map(|column| cell(row, column.ordinal())).collect();
        cells.join("|")
    };
    rows.iter().map(line).collect()
}

async fn publish(path: &Path, state: &Published, full: bool) {
    let store = GeoPackage::create_or_open(path).await.expect("a store");
    let new = NewRun { full, ..NewRun::default() };
    store.publish(state, &units(), &shapes(), &new, &|_| {}).await.expect("published");
}

#[tokio::test]
async fn rows_that_changed_are_written_and_all_others_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let (kept, anew) = (folder.path().join("kept.gpkg"), folder.path().join("anew.gpkg"));
    let mut rng = Rng::new(11);
    let units = units();
    let mut now = state(&units, 300, 0);
    publish(&kept, &now, false).await;
    publish(&anew, &now, false).await;
    for round in 0..40 {
        for _ in 0..=rng.below(4) {
            change(&mut now, &mut rng);
        }
        publish(&kept, &now, false).await;
        if round % 8 != 7 {
            continue;
        }
        publish(&anew, &now, true).await;
        let (mut a, mut b) = (open(&kept).await, open(&anew).await);
        for table in TABLES {
            let order = if table == "digests" { "layer, part" } else { "1, 2, 3" };
            let written = rows(&mut a, table, order).await;
            let filled = |row: &String| table != "digests" || !row.ends_with("|[]");
            let written: Vec<String> = written.into_iter().filter(filled).collect();
            let same = written == rows(&mut b, table, order).await;
            assert!(same, "{table} is another after {round}");
        }
        for layer in TREES {
            let tree = format!("rtree_{layer}_geom");
            let here = rows(&mut a, &tree, "id").await;
            assert!(here == rows(&mut b, &tree, "id").await, "{tree} is another after {round}");
            let sql = format!("select rtreecheck('{tree}')");
            let fit: String =
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut a).await.expect("checked");
            assert_eq!(fit, "ok", "{tree} after {round}");
        }
    }
}

#[tokio::test]
async fn a_run_that_changes_nothing_writes_no_row_of_a_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let now = state(&units(), 300, 0);
    publish(&path, &now, false).await;
    // A row that somebody else spoils, unseen: a trigger would tell.
    let mut c = open(&path).await;
    let sql = "select name from sqlite_master where type = 'trigger' and tbl_name = 'submissions'";
    let triggers: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("triggers");
    for name in triggers {
        let sql = AssertSqlSafe(format!("drop trigger {name}"));
        sqlx::raw_sql(sql).execute(&mut c).await.expect("dropped");
    }
    let spoil = "update submissions set head = 'x'";
    sqlx::raw_sql(spoil).execute(&mut c).await.expect("spoilt");
    drop(c);
    publish(&path, &now, false).await;
    let mut c = open(&path).await;
    let spoilt = "select count(*) from submissions where head = 'x'";
    let spoilt: i64 = sqlx::query_scalar(spoilt).fetch_one(&mut c).await.expect("counted");
    assert_eq!(spoilt, 300, "no row was written");
    // Seen, it makes the next run write everything.
    let spoil = "update households set head = 'y' where fid = 3";
    sqlx::raw_sql(spoil).execute(&mut c).await.expect("spoilt");
    drop(c);
    publish(&path, &now, false).await;
    let mut c = open(&path).await;
    let left = "select (select count(*) from submissions where head = 'x')
                     + (select count(*) from households where head = 'y')";
    let left: i64 = sqlx::query_scalar(left).fetch_one(&mut c).await.expect("counted");
    assert_eq!(left, 0);
}
