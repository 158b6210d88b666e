//! Proposals are published with every run, decisions stay for ever, and older stores open as they are.

mod common;

use std::path::Path;

use common::{code, publish, shapes, state, units};
use diachiso_model::{
    Choice, Decision, DecisionKind, Proposal, ProposalId, ProposalKind, ProposalStatus, Published,
    Remedy, Timestamp, Units,
};
use diachiso_store::{GeoPackage, NewRun, SealedWith, Store, StoreError};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

const ID: ProposalId = ProposalId([1, 2, 3, 4, 5, 6]);

fn proposal(units: &Units, rows: Vec<u32>) -> Proposal {
    Proposal {
        id: ID,
        kind: ProposalKind::Datum,
        subject: "Trần Thị B · Thị trấn Sịa".into(),
        collector: "Trần Thị B".into(),
        commune: units.by_code(&code("19867"), common::date("2024-06-01")),
        remedy: Remedy::Unshift { shift_m: 224.5, azimuth_deg: -60.1 },
        votes: 2,
        rows,
        confidence: 0.9987,
        evidence: "người khác đo".into(),
        status: ProposalStatus::Open,
    }
}

fn decision(choice: Choice) -> Decision {
    let kind = DecisionKind::Proposal;
    let at = Timestamp::UNIX_EPOCH;
    Decision::new(kind, &ID.to_string(), choice, "Lê Văn C", at, "đã gọi hỏi").expect("whole")
}

fn proposing(units: &Units) -> Published {
    Published { proposals: vec![proposal(units, vec![0, 1, 2])], ..state(units, 6, 0) }
}

async fn sqlite(path: &Path, sql: &'static str) {
    let mut c = SqliteConnectOptions::new().filename(path).connect().await.expect("connected");
    sqlx::raw_sql(sql).execute(&mut c).await.expect("executed");
    c.close().await.expect("closed");
}

#[tokio::test]
async fn a_proposal_reads_back_with_the_rows_that_it_touches() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = GeoPackage::create_or_open(folder.path().join("a.gpkg")).await.expect("a store");
    assert!(store.proposals().await.expect("none").is_empty());
    publish(&store, &proposing(&units())).await;
    let read = store.proposals().await.expect("read");
    let [view] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((view.id, view.kind, view.status), (ID, ProposalKind::Datum, ProposalStatus::Open));
    assert_eq!(view.vector, Some((224.5, -60.1)));
    assert_eq!((view.votes, view.confidence, view.zone.as_ref()), (2, 0.9987, None));
    assert_eq!((&*view.subject, &*view.collector), ("Trần Thị B · Thị trấn Sịa", "Trần Thị B"));
    assert_eq!(view.commune, Some(code("19867")));
    let places: Vec<_> = view.rows.iter().map(|(file, row)| (&**file, *row)).collect();
    assert_eq!(places, [("t1.csv", 10), ("t1.csv", 11), ("t2.csv", 10)]);
    let dump = store.dump().await.expect("a dump");
    let line = dump.lines().find(|l| l.contains(r#""record":"proposal""#)).expect("in the dump");
    assert!(line.contains(r#""rows":3"#) && !line.contains("t1.csv"), "{line}");
}

#[tokio::test]
async fn decisions_are_added_and_never_lost_or_overlooked() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = GeoPackage::create_or_open(folder.path().join("a.gpkg")).await.expect("a store");
    let units = units();
    let mut state = proposing(&units);
    publish(&store, &state).await;
    let before = store.verdicts().await.expect("counts");
    assert_eq!(before.iter().sum::<u64>(), 6);
    for choice in [Choice::Apply, Choice::Withdraw, Choice::Refuse] {
        state.decisions.push(decision(choice));
        publish(&store, &state).await;
        assert_eq!(store.decisions().await.expect("read"), state.decisions);
    }
    publish(&store, &state).await;
    assert_eq!(store.decisions().await.expect("read").len(), 3, "the same record adds nothing");
    // Whoever began before the last decision does not know of it, and must not publish.
    state.decisions.pop();
    let late = store.publish(&state, &units, &shapes(), &NewRun::default(), &|_| {}).await;
    assert!(matches!(late, Err(StoreError::Overtaken { .. })), "{late:?}");
    assert_eq!(store.decisions().await.expect("read").len(), 3);
}

#[tokio::test]
async fn a_store_of_schema_1_reads_as_it_is_and_is_renewed_by_the_next_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let units = units();
    let store = GeoPackage::create_or_open(&path).await.expect("a store");
    publish(&store, &state(&units, 6, 0)).await;
    let dump = store.dump().await.expect("a dump");
    drop(store);
    sqlite(
        &path,
        "drop table decisions; drop table proposals; drop table proposal_rows;
         alter table runs drop column guard; alter table runs drop column identity_key;
         drop table gone; drop index submissions_place; alter table submissions drop column place;
         drop table places; drop table held_batches; drop table held_files; drop table held_archive;
         delete from gpkg_contents where table_name in
             ('decisions', 'proposals', 'proposal_rows', 'held_batches', 'held_files');
         update diachiso_meta set value = '1' where key = 'schema_version'",
    )
    .await;
    let old = GeoPackage::open(&path).await.expect("it opens");
    assert!(old.proposals().await.expect("none").is_empty());
    assert!(old.decisions().await.expect("none").is_empty());
    // Programs of then told no places.
    let placeless = dump.lines().map(|line| {
        let (from, to) = line.split_once("\"place\":").map_or((line, ""), |(a, b)| (a, b));
        let rest = to.split_once(',').map_or("", |(_, rest)| rest);
        format!("{from}{rest}\n")
    });
    assert_eq!(old.dump().await.expect("a dump"), placeless.collect::<String>());
    let run = old.latest_run().await.expect("read").expect("a run");
    assert_eq!((run.number, run.guard, run.sealed), (1, None, SealedWith::Unknown));
    assert!(old.held().await.expect("none").is_empty());
    let mut state = proposing(&units);
    state.decisions.push(decision(Choice::Apply));
    assert_eq!(publish(&old, &state).await.number, 2);
    assert_eq!(old.decisions().await.expect("read"), state.decisions);
    assert_eq!(old.proposals().await.expect("read").len(), 1);
    drop(old);
    let mut c = SqliteConnectOptions::new().filename(&path).connect().await.expect("connected");
    let sql = "select value from diachiso_meta where key = 'schema_version'";
    let version: String = sqlx::query_scalar(sql).fetch_one(&mut c).await.expect("a version");
    assert_eq!(version, "5");
}
