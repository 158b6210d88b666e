//! What is changed and the entry that says so are one: where the entry cannot be written nothing is kept, and what changes
//! nothing leaves no entry.

use std::collections::BTreeSet;

use diachiso_model::{Date, SavedArea, SubjectRequestKind};
use diachiso_store::{
    AuditEntry, ExportRecord, NewRequest, NewSubmission, NewToken, OrderKind, Reviewing,
    ServiceError, ServiceStore,
};

use crate::{at, audit::verify, home::Home, noted, work::batch};

on_both! {
    every_change_is_kept_with_its_entry_or_not_at_all
}

/// Whose entries the database refuses.
const NOBODY: &str = "nobody";

/// Every method that changes something for somebody, in an order in which each finds what it is about, and whether it leaves
/// an entry when the same is asked again.
const CHANGES: [(&str, bool); 16] = [
    ("add_token", false),
    ("rotate_token", false),
    ("revoke_token", true),
    ("close_export", false),
    ("add_request", true),
    ("answer_request", false),
    ("complete_request", false),
    ("hand_in", false),
    ("order", true),
    ("submit", true),
    ("claim_review", true),
    ("release_review", false),
    ("decide_review", false),
    ("undo_review", false),
    ("save_area", true),
    ("remove_area", false),
];

const ORDER: OrderKind = OrderKind::Discard(3);

async fn ask(s: &dyn ServiceStore, change: &str, e: &AuditEntry) -> Result<(), ServiceError> {
    let now = at("2026-01-02T08:00:00Z");
    let later = at("2026-01-02T09:00:00Z");
    let who = Reviewing { item: "ab", by: "token:1", now, run: 1 };
    match change {
        "add_token" => s.add_token(&token(1), e).await.map(drop),
        "rotate_token" => s.rotate_token(first(s).await, &token(2), now, e).await.map(drop),
        "revoke_token" => s.revoke_token(last(s).await, now, e).await.map(drop),
        "close_export" => s.close_export("x", e).await.map(drop),
        "add_request" => s.add_request(&request(), e).await.map(drop),
        "answer_request" => s.answer_request(asked(s).await, day(), e).await.map(drop),
        "complete_request" => s.complete_request(asked(s).await, day(), "xong", e).await.map(drop),
        "hand_in" => s.hand_in(&batch(Some("k"), "aa"), e).await.map(drop),
        "order" => s.order(Some(1), &ORDER, ("A", "b"), e).await.map(drop),
        "submit" => {
            let submission = NewSubmission { id: "a".into(), cells: "{}".into(), owner: 1 };
            s.submit(&[submission], std::slice::from_ref(e)).await
        }
        "claim_review" => s.claim_review(who, later, e).await.map(drop),
        "release_review" => s.release_review(who, e).await.map(drop),
        "decide_review" => s.decide_review(who, &ORDER, "vì", e).await.map(drop),
        "undo_review" => {
            let order = s.reviews(&["ab"]).await?.remove(0).order.expect("decided").order;
            s.undo_review(who, order, (&ORDER, "nhầm"), e).await.map(drop)
        }
        "save_area" => s.save_area(&area(), None, e).await.map(drop),
        "remove_area" => s.remove_area(area().id(), None, e).await.map(drop),
        other => panic!("nobody asks for {other}"),
    }
}

/// Number of the first token: on a server a number that was not kept is not given again.
async fn first(s: &dyn ServiceStore) -> i64 {
    s.tokens().await.expect("read")[0].id
}

/// Number of the token that took its place.
async fn last(s: &dyn ServiceStore) -> i64 {
    s.tokens().await.expect("read").pop().expect("a token").id
}

/// Number of the first request.
async fn asked(s: &dyn ServiceStore) -> i64 {
    s.requests().await.expect("read")[0].id
}

fn token(n: u8) -> NewToken {
    NewToken {
        hash: [n; 32],
        label: "t".into(),
        grants: vec!["planner:*".parse().expect("a grant")],
        created_at: at("2026-01-01T00:00:00Z"),
        expires_at: at("2999-01-01T00:00:00Z"),
    }
}

fn request() -> NewRequest {
    let (kind, about) = (SubjectRequestKind::Erase, "HO-1".into());
    NewRequest { kind, about, received_on: day(), recorded_by: "cli:an".into() }
}

fn day() -> Date {
    "2026-01-02".parse().expect("a day")
}

fn area() -> SavedArea {
    let units = vec!["19870@2024-12-31".parse().expect("a unit")];
    SavedArea::new("ven-pha".parse().expect("an id"), "Ven phá", units).expect("an area")
}

fn export() -> ExportRecord {
    ExportRecord {
        id: "x".into(),
        made_at: at("2025-01-01T00:00:00Z"),
        expires_at: at("2025-02-01T00:00:00Z"),
        who: "token:1".into(),
        operation: "GET /x".into(),
        area: "477".into(),
        purpose: "đi từng nhà".into(),
        format: "csv".into(),
    }
}

/// All that is kept beside the log.
async fn kept(s: &dyn ServiceStore) -> String {
    let read = async || -> Result<String, ServiceError> {
        let handed_in = (s.batches(None, 100).await?, s.orders(100).await?, s.inbox(100).await?);
        let marks = s.reviews(&["ab"]).await?;
        let looked_after = (s.tokens().await?, s.requests().await?, s.saved_areas().await?);
        let open = s.ended_exports(at("2999-01-01T00:00:00Z"), 100).await?;
        Ok(format!("{handed_in:?} {marks:?} {looked_after:?} {open:?}"))
    };
    read().await.expect("read")
}

async fn head(s: &dyn ServiceStore) -> i64 {
    s.audit_head().await.expect("read").seq
}

async fn every_change_is_kept_with_its_entry_or_not_at_all(home: &Home) {
    let s = &*home.service;
    s.add_export(&export()).await.expect("kept");
    let refusing = if home.database.is_some() {
        "create function no_entry() returns trigger language plpgsql as $$ begin raise exception 'no entry'; end $$;
         create trigger no_entry before insert on audit for each row when (new.who = 'nobody')
         execute function no_entry()"
    } else {
        "create trigger no_entry before insert on audit when new.who = 'nobody'
         begin select raise(abort, 'no entry'); end"
    };
    home.by_hand(refusing).await.expect("a trigger");
    for (change, again) in CHANGES {
        let (before, last) = (kept(s).await, head(s).await);
        let refused = ask(s, change, &noted(NOBODY)).await;
        assert!(matches!(refused, Err(ServiceError::Audit(_))), "{change}: {refused:?}");
        assert_eq!(kept(s).await, before, "{change} is kept without its entry");
        assert_eq!(head(s).await, last, "{change}");

        let entry = AuditEntry { area: change.into(), ..noted("token:1") };
        ask(s, change, &entry).await.unwrap_or_else(|e| panic!("{change}: {e}"));
        assert_ne!(kept(s).await, before, "{change} changes something");
        let page = s.audit_page(last, 10).await.expect("read");
        let entries: Vec<_> = page.into_iter().map(|record| record.entry).collect();
        // A batch has no number before it is kept.
        let batch = s.batches(None, 1).await.expect("read").pop();
        let area = match batch.filter(|_| change == "hand_in") {
            Some(batch) => format!("batch {}", batch.id),
            None => change.to_owned(),
        };
        assert_eq!(entries, [AuditEntry { area: area.into(), ..entry.clone() }], "{change}");

        // Whatever is answered.
        let _ = ask(s, change, &entry).await;
        assert_eq!(head(s).await, last + 1 + i64::from(again), "{change} once more");
    }
    verify(s, &[]).await.expect("one chain");
}

/// Names of the methods of a trait that are given an entry.
fn with_entries(source: &str) -> impl Iterator<Item = &str> {
    source.split("async fn ").skip(1).filter_map(|method| {
        let (name, rest) = method.split_once('(')?;
        rest.split_once(';')?.0.contains("AuditEntry").then_some(name)
    })
}

#[test]
fn every_method_that_is_given_an_entry_is_asked_here() {
    let sources = [
        include_str!("../../src/service/areas.rs"),
        include_str!("../../src/service/exports.rs"),
        include_str!("../../src/service/requests.rs"),
        include_str!("../../src/service/review.rs"),
        include_str!("../../src/service/tokens.rs"),
        include_str!("../../src/service/work.rs"),
    ];
    let given: BTreeSet<&str> = sources.into_iter().flat_map(with_entries).collect();
    assert_eq!(given, CHANGES.map(|(change, _)| change).into());
}
