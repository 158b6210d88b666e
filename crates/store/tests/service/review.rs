//! Claims and decisions of reviewers: one looks at a thing at a time, and it is decided once.

use std::sync::Arc;

use diachiso_model::{Choice, Decision, DecisionKind, Timestamp};
use diachiso_store::{OrderKind, OrderState, Reviewed, Reviewing};

use crate::{at, home::Home, noted};

on_both! {
    a_claim_keeps_others_out_until_it_ends
    a_claim_is_released_by_whoever_holds_it
    of_many_who_decide_at_once_one_does
    what_was_carried_out_later_than_was_seen_is_decided
    a_decision_is_taken_back_once
}

fn who<'a>(by: &'a str, now: &str, run: i64) -> Reviewing<'a> {
    Reviewing { item: "ab", by, now: at(now), run }
}

fn accept() -> OrderKind {
    let (kind, now) = (DecisionKind::Verdict, Timestamp::UNIX_EPOCH);
    let decision = Decision::new(kind, "ab", Choice::Apply, "Lê Văn C", now, "đã xem");
    OrderKind::Decide(vec![decision.expect("whole")])
}

async fn a_claim_keeps_others_out_until_it_ends(home: &Home) {
    let (service, asks) = (&*home.service, noted("token:1"));
    let until = at("2026-01-02T08:15:00Z");
    let first = service.claim_review(who("token:1", "2026-01-02T08:00:00Z", 1), until, &asks).await;
    let Reviewed::Done(claim) = first.expect("kept") else { panic!("nobody has it") };
    assert_eq!((&*claim.by, claim.until), ("token:1", until));
    let other = who("token:2", "2026-01-02T08:14:59Z", 1);
    let later = at("2026-01-02T09:00:00Z");
    let refused = service.claim_review(other, later, &asks).await.expect("answered");
    assert_eq!(refused, Reviewed::Claimed(claim.clone()));
    let refused = service.decide_review(other, &accept(), "vì", &asks).await.expect("answered");
    assert_eq!(refused, Reviewed::Claimed(claim));
    assert!(service.orders(10).await.expect("read").is_empty(), "nothing was ordered");
    // The same person again, and the other one when it ended.
    let again = who("token:1", "2026-01-02T08:10:00Z", 1);
    let until = at("2026-01-02T08:20:00Z");
    assert!(matches!(service.claim_review(again, until, &asks).await, Ok(Reviewed::Done(_))));
    let ended = who("token:2", "2026-01-02T08:20:00Z", 1);
    assert!(matches!(service.claim_review(ended, later, &asks).await, Ok(Reviewed::Done(_))));
    let marks = service.reviews(&["ab", "cd"]).await.expect("read");
    assert_eq!(marks.len(), 1);
    assert_eq!(&*marks[0].claim.as_ref().expect("a claim").by, "token:2");
}

async fn a_claim_is_released_by_whoever_holds_it(home: &Home) {
    let (service, asks) = (&*home.service, noted("token:1"));
    let (now, until) = ("2026-01-02T08:00:00Z", at("2026-01-02T08:15:00Z"));
    let (mine, other) = (who("token:1", now, 1), who("token:2", now, 1));
    assert_eq!(
        service.release_review(mine, &asks).await.expect("answered"),
        Reviewed::Done(()),
        "none"
    );
    let claimed = service.claim_review(mine, until, &asks).await.expect("answered");
    let Reviewed::Done(claim) = claimed else { panic!("nobody has it") };
    let refused = service.release_review(other, &asks).await.expect("answered");
    assert_eq!(refused, Reviewed::Claimed(claim), "it is not theirs");
    assert!(matches!(service.claim_review(other, until, &asks).await, Ok(Reviewed::Claimed(_))));
    assert_eq!(service.release_review(mine, &asks).await.expect("answered"), Reviewed::Done(()));
    assert!(matches!(service.claim_review(other, until, &asks).await, Ok(Reviewed::Done(_))));
}

async fn of_many_who_decide_at_once_one_does(home: &Home) {
    let servers = [Arc::clone(&home.service), home.again().await];
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..16_usize {
        let service = Arc::clone(&servers[n % 2]);
        callers.spawn(async move {
            let by = format!("token:{n}");
            let asked = who(&by, "2026-01-02T08:00:00Z", 1);
            service.decide_review(asked, &accept(), "vì", &noted(asked.by)).await.expect("answered")
        });
    }
    let answers = callers.join_all().await;
    let done = answers.iter().filter(|a| matches!(a, Reviewed::Done(_))).count();
    let decided = answers.iter().filter(|a| matches!(a, Reviewed::Decided(_))).count();
    assert_eq!((done, decided), (1, 15), "{answers:?}");
    assert_eq!(home.service.orders(100).await.expect("read").len(), 1);
}

async fn what_was_carried_out_later_than_was_seen_is_decided(home: &Home) {
    let service = &*home.service;
    let decide = async |by: &str, run| {
        let asked = who(by, "2026-01-02T08:00:00Z", run);
        service.decide_review(asked, &accept(), "vì", &noted(asked.by)).await.expect("answered")
    };
    let Reviewed::Done(order) = decide("token:1", 4).await else { panic!("nobody decided") };
    assert!(matches!(decide("token:2", 4).await, Reviewed::Decided(_)), "it waits");
    service.settle_orders(&[order], &OrderState::Done(Some(5))).await.expect("settled");
    assert!(matches!(decide("token:2", 4).await, Reviewed::Decided(_)), "by a run not seen");
    assert!(matches!(decide("token:2", 5).await, Reviewed::Done(_)), "it waits again");
}

async fn a_decision_is_taken_back_once(home: &Home) {
    let service = &*home.service;
    let asked = who("token:1", "2026-01-02T08:00:00Z", 1);
    let Ok(Reviewed::Done(order)) =
        service.decide_review(asked, &accept(), "vì", &noted(asked.by)).await
    else {
        panic!("nobody decided")
    };
    assert_eq!(service.order_kind(order).await.expect("read"), Some(accept()));
    let undo = async |order| {
        service.undo_review(asked, order, (&accept(), "nhầm"), &noted(asked.by)).await
    };
    assert_eq!(undo(order + 7).await.expect("answered"), None, "another order");
    let back = undo(order).await.expect("answered").expect("taken back");
    assert_eq!(undo(order).await.expect("answered"), None);
    assert_eq!(undo(back).await.expect("answered"), None, "what takes back is no decision");
    assert_eq!(service.orders(10).await.expect("read").len(), 2, "what was refused is not kept");
    let marks = service.reviews(&["ab"]).await.expect("read");
    let last = marks[0].order.as_ref().expect("an order");
    assert!(last.order == back && last.undoes);
}
