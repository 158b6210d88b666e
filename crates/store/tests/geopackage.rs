//! What holds of a store in a file alone: the file itself, its trees, its plans, and files of older programs.

mod common;

use std::path::Path;

use common::{publish, sources, state, units};
use diachiso_model::{
    Choice, Decision, DecisionKind, GuardLimits, LonLat, Proposal, ProposalId, ProposalKind,
    ProposalStatus, Remedy, Timestamp,
};
use diachiso_store::{GeoPackage, NewHeld, SealedWith, Store};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

const N: u32 = 30;

async fn stored(n: u32) -> (tempfile::TempDir, GeoPackage) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = GeoPackage::create_or_open(folder.path().join("a.gpkg")).await.expect("a store");
    publish(&store, &state(&units(), n, 0)).await;
    (folder, store)
}

async fn sqlite(path: &Path, sql: &'static str) {
    let mut c = SqliteConnectOptions::new().filename(path).connect().await.expect("connected");
    sqlx::raw_sql(sql).execute(&mut c).await.expect("executed");
    c.close().await.expect("closed");
}

fn batch() -> NewHeld {
    let state = state(&units(), 6, 1);
    NewHeld {
        reasons: vec!["một / one".to_owned()],
        after_run: 1,
        profile: state.profile,
        today: state.today,
        guard: GuardLimits::default(),
        key: None,
        files: sources(&state).into_iter().zip(state.files.iter().cloned()).collect(),
    }
}

fn decision(kind: DecisionKind, target: &str, choice: Choice) -> Decision {
    Decision::new(kind, target, choice, "Lê Văn C", Timestamp::UNIX_EPOCH, "đã gọi hỏi")
        .expect("whole")
}

#[tokio::test]
async fn the_file_alone_holds_everything_after_a_run() {
    let (folder, store) = stored(N).await;
    let copy = folder.path().join("copy.gpkg");
    std::fs::copy(folder.path().join("a.gpkg"), &copy).expect("copied");
    let alone = GeoPackage::open(&copy).await.expect("a store");
    assert_eq!(alone.dump().await.expect("a dump"), store.dump().await.expect("a dump"));
}

#[tokio::test]
async fn packed_trees_pass_the_check_of_sqlite() {
    let (folder, _store) = stored(20_000).await;
    let options = SqliteConnectOptions::new().filename(folder.path().join("a.gpkg"));
    let mut c = options.connect().await.expect("connected");
    for layer in ["units", "villages", "coverage", "gaps", "submissions"] {
        let check: String = sqlx::query_scalar("select rtreecheck(?)")
            .bind(format!("rtree_{layer}_geom"))
            .fetch_one(&mut c)
            .await
            .expect("checked");
        assert_eq!(check, "ok", "{layer}");
    }
    let inside: i64 = sqlx::query_scalar("select count(*) from rtree_submissions_geom where minx >= 107.52 and maxx <= 107.55 and miny >= 16.51 and maxy <= 16.56")
        .fetch_one(&mut c)
        .await
        .expect("counted");
    let state = state(&units(), 20_000, 0);
    let within =
        |p: &LonLat| (107.52..=107.55).contains(&p.lon()) && (16.51..=16.56).contains(&p.lat());
    let expected = state.submissions.iter().filter_map(|s| s.point).filter(within).count();
    // The tree holds 32-bit floats rounded outwards, so points on the rim may be left out.
    assert!(expected > 100 && inside.cast_unsigned().abs_diff(expected as u64) <= 3);
}

#[tokio::test]
async fn the_gap_list_is_read_in_order_and_never_sorted() {
    let (folder, _store) = stored(N).await;
    let options = SqliteConnectOptions::new().filename(folder.path().join("a.gpkg"));
    let mut c = options.connect().await.expect("connected");
    let sql = concat!("explain query plan ", include_str!("../src/sql/gaps.sql"));
    let plan = sqlx::query(sql).fetch_all(&mut c).await.expect("a plan");
    let plan: Vec<String> = plan.iter().map(|r| sqlx::Row::get(r, "detail")).collect();
    assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:?}");
    assert!(plan.iter().any(|line| line.contains("gaps_page")), "{plan:?}");
}

#[tokio::test]
async fn the_rows_of_a_discarded_batch_do_not_linger_in_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gpkg");
    let store = GeoPackage::create_or_open(&path).await.expect("a store");
    let mut new = batch();
    let mark = b"rows of a household that is none of ours".repeat(50_000);
    new.files[0].0.archive.clone_from(&mark);
    store.hold(&new).await.expect("held");
    let lingers = || {
        let bytes = std::fs::read(&path).expect("the file");
        bytes.windows(40).any(|w| w == &mark[..40])
    };
    assert!(lingers(), "held, the rows are there");
    let refused = decision(DecisionKind::Batch, "1", Choice::Refuse);
    store.discard(1, &refused).await.expect("discarded");
    assert!(!lingers());
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
         alter table runs drop column changes;
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
    assert_eq!(old.runs(i64::MAX, 10).await.expect("read").len(), 1);
    let mut state = state(&units, 6, 0);
    let id = ProposalId([1, 2, 3, 4, 5, 6]);
    state.proposals.push(Proposal {
        id,
        kind: ProposalKind::Datum,
        subject: "Trần Thị B".into(),
        collector: "Trần Thị B".into(),
        commune: None,
        remedy: Remedy::Unshift { shift_m: 224.5, azimuth_deg: -60.1 },
        votes: 2,
        rows: vec![0, 1],
        confidence: 0.9987,
        evidence: "người khác đo".into(),
        status: ProposalStatus::Open,
    });
    state.decisions.push(decision(DecisionKind::Proposal, &id.to_string(), Choice::Apply));
    assert_eq!(publish(&old, &state).await.number, 2);
    assert_eq!(old.decisions().await.expect("read"), state.decisions);
    assert_eq!(old.proposals().await.expect("read").len(), 1);
    drop(old);
    let mut c = SqliteConnectOptions::new().filename(&path).connect().await.expect("connected");
    let sql = "select value from diachiso_meta where key = 'schema_version'";
    let version: String = sqlx::query_scalar(sql).fetch_one(&mut c).await.expect("a version");
    assert_eq!(version, "6");
    let renewed = GeoPackage::open(&path).await.expect("it opens");
    let told = renewed.runs(i64::MAX, 10).await.expect("read");
    assert_eq!(
        told.iter().map(|r| (r.number, r.changes.is_some())).collect::<Vec<_>>(),
        [(2, false), (1, false)]
    );
}
