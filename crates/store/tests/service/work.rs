//! What waits to be processed.

use diachiso_model::{Choice, Decision, DecisionKind, Timestamp};
use diachiso_store::{
    BatchKind, BatchOutcome, BatchRequest, BatchState, Handed, NewBatch, NewSubmission, OrderKind,
    OrderState,
};

use crate::{home::Home, noted};

on_both! {
    one_key_names_one_batch_of_one_owner
    a_batch_is_moved_once_and_what_was_left_running_comes_first
    orders_wait_until_they_are_settled_and_read_back_whole
    a_submission_is_kept_once_and_put_into_one_batch
}

pub(crate) fn batch(key: Option<&str>, hash: &str) -> NewBatch {
    NewBatch {
        key: key.map(Into::into),
        owner: 1,
        by: "Tổ 3".into(),
        request: BatchRequest {
            kind: BatchKind::Submissions,
            name: "phieu.csv".into(),
            legal_basis: "QĐ 12".into(),
            purpose: "thu thập".into(),
            profile: None,
            mapping: None,
            sheets: vec!["Thôn A".into()],
        },
        spool: hash.into(),
        hash: hash.into(),
        bytes: 12,
        received_at: "2026-01-02T03:04:05Z".parse().expect("an instant"),
    }
}

async fn one_key_names_one_batch_of_one_owner(home: &Home) {
    let service = &*home.service;
    let hand_in =
        async |batch: NewBatch| service.hand_in(&batch, &noted("token:1")).await.expect("answered");
    assert_eq!(hand_in(batch(Some("k"), "aa")).await, Handed::Kept(1));
    assert_eq!(hand_in(batch(Some("k"), "aa")).await, Handed::Repeated(1));
    assert_eq!(hand_in(batch(Some("k"), "bb")).await, Handed::Other(1));
    let mut told = batch(Some("k"), "aa");
    told.request.purpose = "khác".into();
    assert_eq!(hand_in(told).await, Handed::Other(1), "what was said of it is other");
    assert_eq!(hand_in(NewBatch { owner: 2, ..batch(Some("k"), "bb") }).await, Handed::Kept(2));
    assert_eq!(hand_in(batch(None, "aa")).await, Handed::Kept(3));
    assert_eq!(hand_in(batch(None, "aa")).await, Handed::Kept(4), "no key, no repeat");
    let kept = service.batch(1).await.expect("read").expect("there");
    assert_eq!((kept.batch, kept.state), (batch(Some("k"), "aa"), BatchState::Queued));
    let ids = |batches: Vec<diachiso_store::BatchRecord>| {
        batches.into_iter().map(|b| b.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(service.batches(None, 2).await.expect("read")), [4, 3]);
    assert_eq!(ids(service.batches(Some(3), 9).await.expect("read")), [2, 1]);
}

async fn a_batch_is_moved_once_and_what_was_left_running_comes_first(home: &Home) {
    let service = &*home.service;
    for hash in ["aa", "bb"] {
        service.hand_in(&batch(None, hash), &noted("token:1")).await.expect("kept");
    }
    let outcome =
        BatchOutcome { rows: Some(7), verdicts: Some([1, 2, 3, 1]), ..BatchOutcome::default() };
    let (queued, running) = (BatchState::Queued, BatchState::Running);
    let moves = (0..8).map(|_| service.move_batch(2, queued, running, &outcome));
    let mut won = 0;
    for moved in moves {
        won += usize::from(moved.await.expect("answered"));
    }
    assert_eq!(won, 1);
    assert_eq!(
        service.next_batch(&["aa".into(), "bb".into()]).await.expect("read").expect("there").id,
        2
    );
    assert_eq!(service.spooled().await.expect("read"), ["aa".into(), "bb".into()]);
    assert!(service.move_batch(2, running, BatchState::Published, &outcome).await.expect("moved"));
    assert_eq!(
        service.next_batch(&["aa".into(), "bb".into()]).await.expect("read").expect("there").id,
        1
    );
    assert_eq!(service.spooled().await.expect("read"), ["aa".into()]);
    assert_eq!(service.batch(2).await.expect("read").expect("there").outcome, outcome);
}

async fn orders_wait_until_they_are_settled_and_read_back_whole(home: &Home) {
    let service = &*home.service;
    let decision = Decision::new(
        DecisionKind::Pair,
        "a b",
        Choice::Apply,
        "Lê Văn A",
        "2026-01-02T03:04:05.678901Z".parse::<Timestamp>().expect("an instant"),
        "cùng nhà",
    )
    .expect("whole");
    let decide = OrderKind::Decide(vec![decision]);
    let order = async |batch, kind: &OrderKind, by| {
        service.order(batch, kind, (by, "vì"), &noted(by)).await.expect("kept")
    };
    let first = order(Some(4), &OrderKind::Release(9), "A").await;
    let second = order(None, &decide, "B").await;
    let waiting = service.orders(10).await.expect("read");
    assert_eq!(waiting.iter().map(|o| o.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!((&waiting[0].kind, &waiting[1].kind), (&OrderKind::Release(9), &decide));
    assert!(service.ordered(4).await.expect("read") && !service.ordered(5).await.expect("read"));
    service.settle_orders(&[first], &OrderState::Done(Some(3))).await.expect("settled");
    service.settle_orders(&[second], &OrderState::Failed("không".into())).await.expect("settled");
    assert!(service.orders(10).await.expect("read").is_empty());
    assert!(!service.ordered(4).await.expect("read"));
    let state = async |id| service.order_state(id).await.expect("read");
    assert_eq!(state(first).await, Some(OrderState::Done(Some(3))));
    assert_eq!(state(second).await, Some(OrderState::Failed("không".into())));
    assert_eq!(state(99).await, None);
}

async fn a_submission_is_kept_once_and_put_into_one_batch(home: &Home) {
    let service = &*home.service;
    let submission = |id: &&str| NewSubmission { id: (*id).into(), cells: "{}".into(), owner: 1 };
    let submit = async |ids: &[&str]| {
        let submissions: Vec<_> = ids.iter().map(submission).collect();
        service.submit(&submissions, &[noted("token:1")]).await.expect("kept");
    };
    submit(&["a", "b"]).await;
    submit(&["a", "c"]).await;
    assert_eq!(service.waiting().await.expect("read").0, 3);
    let ids: Vec<Box<str>> =
        service.inbox(2).await.expect("read").into_iter().map(|s| s.id).collect();
    let number = service.bundle(&batch(None, "aa"), &ids).await.expect("bundled");
    assert_eq!(service.submitted(&ids[0]).await.expect("read"), Some(Some(number)));
    assert_eq!(service.submitted("c").await.expect("read"), Some(None));
    assert_eq!(service.submitted("d").await.expect("read"), None);
    // What was bundled is known still: sent again it is not put into another batch.
    submit(&["a"]).await;
    let (count, since) = service.waiting().await.expect("read");
    assert!(count == 1 && since.is_some());
}
