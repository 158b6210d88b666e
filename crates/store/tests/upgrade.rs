//! A store that an older program made is read as it is, and brought up to date by the next run.
//!
//! `fixtures/upgrade/` holds the tables as those programs made them; what lasts longer than a run is put into them from a
//! store of today, with the columns that there were then.

mod common;

use std::path::Path;

use common::{publish, shapes, state, units};
use diachiso_model::SourceKind;
use diachiso_store::{GeoPackage, NewRun, NewSource, Store};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

/// What each schema had, and what is put into it beside runs, files and their rows.
const OLD: [(&str, &str); 4] = [
    (include_str!("../../../fixtures/upgrade/schema_1.sql"), ""),
    (include_str!("../../../fixtures/upgrade/schema_2.sql"), ""),
    (include_str!("../../../fixtures/upgrade/schema_3.sql"), LIMITS),
    (include_str!("../../../fixtures/upgrade/schema_4.sql"), LIMITS),
];

/// Of each run, what schema 3 added.
const LIMITS: &str = "update runs set (guard, identity_key) =
    (select r.guard, r.identity_key from now.runs r where r.number = runs.number);";

/// What lasts longer than a run.
const LASTING: &str = "
insert into runs (number, committed_at, rule_version, profile, inputs_hash, today)
select number, committed_at, rule_version, profile, inputs_hash, today from now.runs;
insert into files (id, name, hash, bytes, kind, run, loaded_at, legal_basis, mapping)
select id, name, hash, bytes, kind, run, loaded_at, legal_basis, mapping from now.files;
insert into source_archive (id, file, part, data)
select id, file, part, data from now.source_archive;
";

/// Makes a store of an old schema of what lasts in one of today.
async fn older(path: &Path, (tables, more): (&'static str, &'static str), now: &Path) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut c = options.connect().await.expect("connected");
    sqlx::raw_sql(tables).execute(&mut c).await.expect("the tables of that time");
    let name = now.to_string_lossy().into_owned();
    sqlx::query("attach ? as now").bind(name).execute(&mut c).await.expect("attached");
    for sql in [LASTING, more] {
        sqlx::raw_sql(sql).execute(&mut c).await.expect("what lasts");
    }
    c.close().await.expect("closed");
}

#[tokio::test]
async fn stores_of_every_older_schema_are_read_and_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let units = units();
    let fresh = GeoPackage::create_or_open(path("fresh.gpkg")).await.expect("a store");
    let source = NewSource {
        name: "cũ.csv".into(),
        hash: "00ff".into(),
        bytes: 3,
        kind: SourceKind::Submissions,
        legal_basis: Some("QĐ 12/QĐ-UBND".into()),
        mapping: None,
        archive: vec![1, 2, 3],
    };
    let new = NewRun { sources: vec![source], ..NewRun::default() };
    let first = state(&units, 300, 1);
    fresh.publish(&first, &units, &shapes(), &new, &|_| ()).await.expect("published");
    for (version, of) in (1..).zip(OLD) {
        let at = path(&format!("old-{version}.gpkg"));
        older(&at, of, &path("fresh.gpkg")).await;
        let store = GeoPackage::open(&at).await.expect("it is ours");
        let (was, is) = (fresh.latest_run().await, store.latest_run().await);
        let (was, is) = (was.expect("read").expect("a run"), is.expect("read").expect("a run"));
        assert_eq!((is.number, &is.inputs_hash), (was.number, &was.inputs_hash), "{version}");
        assert_eq!(store.sources().await.expect("read"), fresh.sources().await.expect("read"));
        assert_eq!(store.decisions().await.expect("read"), []);
        let old = store.sources().await.expect("read");
        let kept = old.iter().find(|s| &*s.hash == "00ff").expect("the file");
        assert_eq!(store.archive(kept.id).await.expect("its rows"), [1, 2, 3]);
        // The next run writes everything in the layout of today.
        publish(&store, &first).await;
        assert!(
            store.dump().await.expect("dump") == fresh.dump().await.expect("dump"),
            "{version}"
        );
        let run = store.latest_run().await.expect("read").expect("a run");
        assert_eq!(run.number, was.number + 1);
        assert_eq!(store.places().await.expect("read").len(), 0);
        assert_eq!(store.held().await.expect("read").len(), 0);
    }
}
