//! A store that is copied is the same store, whichever kind it was and becomes.

use diachiso_model::{Choice, Decision, DecisionKind, GuardLimits, Timestamp};
use diachiso_store::{
    BoundaryRecord, GeoPackage, NewHeld, NewRun, PostGis, Store, StoreError, copy, open_store,
};
use diachiso_testkit::Rng;

use crate::{
    common::{MERGER, change, code, date, publish, shapes, sources, square, state, units},
    home::{Home, geopackage, postgis},
    told::{same, told},
};

const N: u32 = 60;

/// A store with something in every table.
async fn filled(home: &Home) {
    let store = &*home.store;
    let boundary = BoundaryRecord {
        code: code("19867"),
        valid_from: date(MERGER),
        shape: square(107.0, 16.0, 0.25),
        origin: "file.geojson".into(),
        schematic: false,
    };
    store.import_boundaries(&[boundary]).await.expect("imported");
    store.import_masks(&[square(107.0, 16.0, 0.1)], "a.geojson").await.expect("imported");
    let mut now = state(&units(), N, 0);
    let sources = sources(&now);
    let new = NewRun { sources: sources.clone(), key: Some("0a1b".into()), ..NewRun::default() };
    store.publish(&now, &units(), &shapes(), &new, &|_| {}).await.expect("published");
    let at: Timestamp = "2026-03-04T05:06:07.123456Z".parse().expect("a moment");
    let decision = |kind, target: &str, choice| {
        Decision::new(kind, target, choice, "Lê Văn C", at, "đã gọi hỏi").expect("whole")
    };
    now.decisions.push(decision(DecisionKind::File, &"0123456789abcdef".repeat(4), Choice::Apply));
    // A file is exchanged, so that ids are gone.
    now.files[0].hash = "another".into();
    now.submissions.retain(|s| s.file != 0 || s.row % 2 == 0);
    for s in &mut now.submissions {
        s.master = None;
    }
    for h in &mut now.households {
        h.submission = None;
    }
    publish(store, &now).await;
    let mut batch = NewHeld {
        reasons: vec!["một".to_owned()],
        after_run: 2,
        profile: now.profile,
        today: now.today,
        guard: GuardLimits::default(),
        key: None,
        files: sources.into_iter().zip(now.files.iter().cloned()).take(1).collect(),
    };
    store.hold(&batch).await.expect("held");
    let refused = decision(DecisionKind::Batch, "1", Choice::Refuse);
    store.discard(1, &refused).await.expect("discarded");
    batch.files[0].0.hash = "yet another".into();
    store.hold(&batch).await.expect("held");
}

/// A run over a copy changes what a run over the original changes, and no more.
async fn goes_on(original: &dyn Store, copied: &dyn Store, when: &str) {
    let mut now = state(&units(), N, 0);
    now.decisions = original.decisions().await.expect("read");
    change(&mut now, &mut Rng::new(5));
    for store in [original, copied] {
        publish(store, &now).await;
    }
    same(&told(original, &now).await, &told(copied, &now).await, when);
}

#[tokio::test]
async fn a_store_moves_to_a_server_and_back_with_all_that_it_holds() {
    let (file, server, back) = (geopackage().await, postgis().await, geopackage().await);
    filled(&file).await;
    let known = state(&units(), N, 0);
    let before = told(&*file.store, &known).await;
    let there = copy(&file.url, &server.url).await.expect("copied");
    same(&before, &told(&*server.store, &known).await, "on the server");
    let again = copy(&server.url, &back.url).await.expect("copied");
    same(&before, &told(&*back.store, &known).await, "back in a file");
    assert_eq!(there, again, "as many rows of every table");
    assert!(there.iter().all(|table| table.rows > 0) && there.len() > 20, "{there:?}");
    goes_on(&*file.store, &*server.store, "a run on the server").await;
    same(&told(&*back.store, &known).await, &before, "the other file is a store of its own");
    publish(&*back.store, &known_with(&*back.store).await).await;
    let packed = GeoPackage::open(&back.url).await.expect("it opens");
    assert!(!packed.dump().await.expect("a dump").is_empty());
}

async fn known_with(store: &dyn Store) -> diachiso_model::Published {
    let mut now = state(&units(), N, 0);
    now.decisions = store.decisions().await.expect("read");
    now
}

#[tokio::test]
async fn a_store_of_a_server_moves_to_a_file_and_to_another_server() {
    let (server, file, other) = (postgis().await, geopackage().await, postgis().await);
    filled(&server).await;
    let known = state(&units(), N, 0);
    let before = told(&*server.store, &known).await;
    copy(&server.url, &file.url).await.expect("copied");
    copy(&file.url, &other.url).await.expect("copied");
    same(&before, &told(&*file.store, &known).await, "in a file");
    same(&before, &told(&*other.store, &known).await, "on another server");
    goes_on(&*server.store, &*file.store, "a run in the file").await;
}

#[tokio::test]
async fn nothing_is_copied_over_what_is_there() {
    let (file, server) = (geopackage().await, postgis().await);
    filled(&file).await;
    filled(&server).await;
    let known = state(&units(), N, 0);
    for (from, to) in [(&file, &server), (&server, &file)] {
        let before = told(&*to.store, &known).await;
        let refused = copy(&from.url, &to.url).await;
        assert!(matches!(refused, Err(StoreError::NotEmpty { .. })), "{refused:?}");
        same(&before, &told(&*to.store, &known).await, "as it was");
    }
    let nowhere = copy("nowhere.gpkg", &server.url).await;
    assert!(matches!(nowhere, Err(StoreError::Missing { .. })), "{nowhere:?}");
}

#[tokio::test]
async fn a_store_without_a_run_is_copied_too() {
    let (file, server, back) = (geopackage().await, postgis().await, geopackage().await);
    file.store.import_masks(&[square(107.0, 16.0, 0.1)], "a.geojson").await.expect("imported");
    copy(&file.url, &server.url).await.expect("copied");
    copy(&server.url, &back.url).await.expect("copied");
    for store in [&*server.store, &*back.store] {
        assert_eq!(store.masks().await.expect("masks"), [square(107.0, 16.0, 0.1)]);
        assert_eq!(store.latest_run().await.expect("none"), None);
    }
    // What is given a number here goes on after what came.
    let server = PostGis::open(&server.url).await.expect("it opens");
    server.import_masks(&[square(108.0, 16.0, 0.1)], "b.geojson").await.expect("imported");
    let file = open_store(&back.url, false).await.expect("it opens");
    publish(&*file, &state(&units(), 5, 0)).await;
    assert_eq!(file.masks().await.expect("masks"), [square(107.0, 16.0, 0.1)]);
}
