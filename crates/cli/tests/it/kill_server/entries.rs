//! Whether all that is kept has its entry in the audit log, and every entry is about something that is kept.

use std::collections::BTreeMap;

use diachiso_model::{Choice, Decision, DecisionKind};
use diachiso_runs::result_id;
use diachiso_store::{AuditEntry, BatchRecord, OrderKind, open_service};

/// Who hands in the batches that the service makes of single submissions.
const ITSELF: &str = "/api/v1/submissions";

/// How often each thing is there.
type Counts = BTreeMap<String, usize>;

fn counts(things: impl Iterator<Item = String>) -> Counts {
    let mut counts = Counts::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

/// The log, the batches, and what orders would still put on record.
fn read(store: &str) -> (Vec<AuditEntry>, Vec<BatchRecord>, Vec<Decision>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let service = open_service(store).await.expect("a database");
        let page = service.audit_page(0, 100_000).await.expect("read");
        let log = page.into_iter().map(|record| record.entry).collect();
        let batches = service.batches(None, 100_000).await.expect("read");
        let orders = service.orders(100_000).await.expect("read").into_iter();
        let ordered = orders.flat_map(|order| match order.kind {
            OrderKind::Decide(decisions) => decisions,
            _ => Vec::new(),
        });
        (log, batches, ordered.collect())
    })
}

/// Holds what a store and its service keep against the log.
#[track_caller]
pub(super) fn check(store: &str, record: &[Decision]) {
    let (log, batches, ordered) = read(store);
    let record: Vec<&Decision> = record.iter().chain(&ordered).collect();
    let entries = |operation: &str| -> Vec<&AuditEntry> {
        let of = |entry: &&AuditEntry| *entry.operation == *operation && &*entry.action == "change";
        log.iter().filter(of).collect()
    };
    let told = |operation: &str| counts(entries(operation).iter().map(|e| e.area.to_string()));
    let rows = |operation: &str| entries(operation).iter().map(|e| e.rows).sum::<u64>();
    let decided = |kind, choice| {
        record.iter().copied().filter(move |d| (d.kind(), d.choice()) == (kind, choice))
    };
    let of_result = |kind, choice| {
        counts(decided(kind, choice).map(|d| format!("result {}", result_id(d.target()))))
    };

    let (own, handed_in): (Vec<&BatchRecord>, Vec<&BatchRecord>) =
        batches.iter().partition(|batch| &*batch.batch.by == ITSELF);
    let kept = counts(handed_in.iter().map(|batch| format!("batch {}", batch.id)));
    assert_eq!(told("POST /api/v1/batches"), kept, "batches");
    let rejected = counts(
        decided(DecisionKind::Verdict, Choice::Refuse).map(|d| format!("review {}", d.target())),
    );
    assert_eq!(told("POST /api/v1/review/{id}/decision"), rejected, "decisions");
    let results = decided(DecisionKind::Result, Choice::Apply).count() as u64;
    assert_eq!(rows("POST /api/v1/results"), results, "results");
    let approved = of_result(DecisionKind::Approval, Choice::Apply);
    assert_eq!(told("POST /api/v1/results/{id}/approve"), approved, "approvals");
    let taken_back = of_result(DecisionKind::Result, Choice::Withdraw);
    assert_eq!(told("POST /api/v1/results/{id}/withdraw"), taken_back, "results taken back");
    // A withdrawal may be asked for again before it is carried out: twice in the log, once on record.
    let withdrawn: Vec<String> = handed_in
        .iter()
        .filter(|batch| {
            decided(DecisionKind::File, Choice::Refuse).any(|d| d.target() == &*batch.batch.hash)
        })
        .map(|batch| format!("batch {}", batch.id))
        .rev()
        .collect();
    let mut asked: Vec<String> = told("POST /api/v1/batches/{id}/withdraw").into_keys().collect();
    asked.sort_by_key(|batch| batch.split(' ').nth(1).and_then(|n| n.parse::<i64>().ok()));
    assert_eq!(asked, withdrawn, "withdrawals");
    // Of a batch whose process ended before it was noted the rows are not known.
    let bundled: u64 = own.iter().filter_map(|batch| batch.outcome.verdicts).flatten().sum();
    let submitted = rows("POST /api/v1/submissions");
    assert!(submitted >= bundled, "{bundled} submissions, {submitted} in the log");
}
