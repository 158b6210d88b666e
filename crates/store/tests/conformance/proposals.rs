//! Proposals are published with every run, decisions stay for ever, and older stores open as they are.

use crate::common::{code, publish, shapes, state, units};
use crate::home::Home;
use diachiso_model::{
    Choice, Decision, DecisionKind, Proposal, ProposalId, ProposalKind, ProposalStatus, Published,
    Remedy, Timestamp, Units,
};
use diachiso_store::{NewRun, StoreError};

on_both! {
    a_proposal_reads_back_with_the_rows_that_it_touches
    decisions_are_added_and_never_lost_or_overlooked
}

const ID: ProposalId = ProposalId([1, 2, 3, 4, 5, 6]);

fn proposal(units: &Units, rows: Vec<u32>) -> Proposal {
    Proposal {
        id: ID,
        kind: ProposalKind::Datum,
        subject: "Trần Thị B · Thị trấn Sịa".into(),
        collector: "Trần Thị B".into(),
        commune: units.by_code(&code("19867"), crate::common::date("2024-06-01")),
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

async fn a_proposal_reads_back_with_the_rows_that_it_touches(home: &Home) {
    let store = home.store.as_ref();
    assert!(store.proposals().await.expect("none").is_empty());
    publish(store, &proposing(&units())).await;
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

async fn decisions_are_added_and_never_lost_or_overlooked(home: &Home) {
    let store = home.store.as_ref();
    let units = units();
    let mut state = proposing(&units);
    publish(store, &state).await;
    let before = store.verdicts().await.expect("counts");
    assert_eq!(before.iter().sum::<u64>(), 6);
    for choice in [Choice::Apply, Choice::Withdraw, Choice::Refuse] {
        state.decisions.push(decision(choice));
        publish(store, &state).await;
        assert_eq!(store.decisions().await.expect("read"), state.decisions);
    }
    publish(store, &state).await;
    assert_eq!(store.decisions().await.expect("read").len(), 3, "the same record adds nothing");
    // Whoever began before the last decision does not know of it, and must not publish.
    state.decisions.pop();
    let late = store.publish(&state, &units, &shapes(), &NewRun::default(), &|_| {}).await;
    assert!(matches!(late, Err(StoreError::Overtaken { .. })), "{late:?}");
    assert_eq!(store.decisions().await.expect("read").len(), 3);
}
