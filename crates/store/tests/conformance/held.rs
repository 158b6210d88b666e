//! Held batches are kept with their rows until somebody settles them, once, and stay on record.

use crate::common::{publish, shapes, sources, state, units};
use crate::home::Home;
use diachiso_model::{Choice, Decision, DecisionKind, GuardLimits, Published, Timestamp};
use diachiso_store::{
    HeldBatch, NewHeld, NewRun, NewSource, Release, SealedWith, Store, StoreError,
};

on_both! {
    a_held_batch_reads_back_with_its_rows_and_nothing_is_published
    a_batch_is_settled_once_and_its_rows_go
    a_release_and_its_run_are_one_transaction
    rows_of_a_held_batch_are_put_instead_of_others
}

/// A state of other files than those that are published.
fn others() -> Published {
    let mut state = state(&units(), 6, 1);
    for file in &mut state.files {
        file.hash = format!("other-{}", file.hash).into();
    }
    state
}

fn batch(state: &Published) -> NewHeld {
    NewHeld {
        reasons: vec!["một / one".to_owned(), "hai / two".to_owned()],
        after_run: 1,
        profile: state.profile,
        today: state.today,
        guard: GuardLimits::default(),
        key: Some("0a1b".into()),
        files: sources(state).into_iter().zip(state.files.iter().cloned()).collect(),
    }
}

fn decision(choice: Choice) -> Decision {
    Decision::new(DecisionKind::Batch, "1", choice, "Lê Văn C", Timestamp::UNIX_EPOCH, "đã gọi hỏi")
        .expect("whole")
}

/// A store with a run and a batch that is held.
async fn holding(home: &Home) -> (&dyn Store, NewHeld) {
    let store = home.store.as_ref();
    assert!(store.held().await.expect("none").is_empty());
    publish(store, &state(&units(), 6, 0)).await;
    let new = batch(&others());
    assert_eq!(store.hold(&new).await.expect("held"), 1);
    (store, new)
}

async fn one(store: &dyn Store) -> HeldBatch {
    let mut batches = store.held().await.expect("read");
    assert_eq!(batches.len(), 1);
    batches.remove(0)
}

async fn archives(store: &dyn Store, batch: &HeldBatch) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut archives = Vec::new();
    for file in &batch.files {
        archives.push(store.held_archive(file.id).await?);
    }
    Ok(archives)
}

async fn a_held_batch_reads_back_with_its_rows_and_nothing_is_published(home: &Home) {
    let (store, new) = holding(home).await;
    let batch = one(store).await;
    assert_eq!((batch.id, batch.status(), batch.after_run), (1, "held", 1));
    assert_eq!(batch.reasons, [Box::from("một / one"), "hai / two".into()]);
    assert_eq!(batch.sealed, SealedWith::Key("0a1b".into()));
    assert_eq!((batch.profile, batch.today, batch.guard), (new.profile, new.today, new.guard));
    for (file, (source, report)) in batch.files.iter().zip(&new.files) {
        assert_eq!(file.report, *report);
        assert_eq!((&file.legal_basis, &file.mapping), (&source.legal_basis, &source.mapping));
    }
    let expected: Vec<_> = new.files.iter().map(|(source, _)| source.archive.clone()).collect();
    assert!(!expected.is_empty());
    assert_eq!(archives(store, &batch).await.expect("archives"), expected);
    assert_eq!(store.latest_run().await.expect("read").map(|run| run.number), Some(1));
    let twice = store.hold(&new).await;
    assert!(matches!(twice, Err(StoreError::HeldAlready { batch: 1, .. })), "{twice:?}");
    assert_eq!(one(store).await, batch, "nothing of the second is kept");
}

async fn rows_of_a_held_batch_are_put_instead_of_others(home: &Home) {
    let (store, new) = holding(home).await;
    let before = one(store).await;
    let mut expected: Vec<_> = new.files.iter().map(|(source, _)| source.archive.clone()).collect();
    // More than a part of an archive, and less than there was.
    for instead in [vec![7; (1 << 20) + 9], vec![1, 2, 3]] {
        store.rewrite_held(&[(before.files[0].id, instead.clone())]).await.expect("rewritten");
        expected[0] = instead;
        let batch = one(store).await;
        assert_eq!(archives(store, &batch).await.expect("archives"), expected);
        assert_eq!(batch, before, "what is said of it stays");
    }
}

async fn a_batch_is_settled_once_and_its_rows_go(home: &Home) {
    let (store, new) = holding(home).await;
    let dump = store.dump().await.expect("a dump");
    store.discard(1, &decision(Choice::Refuse)).await.expect("discarded");
    let batch = one(store).await;
    assert_eq!(batch.status(), "discarded");
    let settled = batch.settled.as_ref().expect("settled");
    assert_eq!((&*settled.by, &*settled.why, settled.run), ("Lê Văn C", "đã gọi hỏi", None));
    assert!(archives(store, &batch).await.is_err(), "the rows are gone");
    assert_eq!(store.dump().await.expect("a dump"), dump);
    let again = store.discard(1, &decision(Choice::Refuse)).await;
    assert!(matches!(again, Err(StoreError::NotHeld { batch: 1, .. })), "{again:?}");
    assert_eq!(store.hold(&new).await.expect("it may come again"), 2);
}

async fn a_release_and_its_run_are_one_transaction(home: &Home) {
    let (store, new) = holding(home).await;
    let (units, state) = (units(), others());
    let sources: Vec<NewSource> = new.files.iter().map(|(source, _)| source.clone()).collect();
    let release = |batch| NewRun {
        sources: sources.clone(),
        releases: Some(Release { batch, decision: decision(Choice::Apply) }),
        ..NewRun::default()
    };
    let dump = store.dump().await.expect("a dump");
    let unknown = store.publish(&state, &units, &shapes(), &release(9), &|_| {}).await;
    assert!(matches!(unknown, Err(StoreError::NotHeld { batch: 9, .. })), "{unknown:?}");
    assert_eq!(store.dump().await.expect("a dump"), dump, "nothing of the run is there");
    assert_eq!(one(store).await.status(), "held");
    let run = store.publish(&state, &units, &shapes(), &release(1), &|_| {}).await.expect("run");
    let batch = one(store).await;
    assert_eq!((batch.status(), run.number), ("released", 2));
    assert_eq!(batch.settled.as_ref().and_then(|s| s.run), Some(2));
    assert!(archives(store, &batch).await.is_err(), "the rows are kept once");
    let kept = store.sources().await.expect("read");
    let of_run_2: Vec<&str> = kept.iter().filter(|s| s.run == 2).map(|s| &*s.hash).collect();
    assert_eq!(of_run_2, sources.iter().map(|s| &*s.hash).collect::<Vec<_>>());
}
