//! The audit log: what was appended is there, in order, and nobody changes it unseen.

use std::sync::Arc;

use diachiso_model::Timestamp;
use diachiso_store::{AuditAnchor, AuditCheck, AuditEntry, AuditFault, ServiceStore};

use crate::home::Home;

on_both! {
    entries_come_back_as_they_were_given_and_verify
    the_database_itself_refuses_changes
    an_edited_field_is_found_at_its_entry
    deleted_entries_leave_a_gap_and_closing_it_breaks_the_chain
    exchanged_entries_are_found
    a_cut_off_end_is_told_by_an_anchor
    a_log_written_anew_is_told_by_an_anchor
    two_writers_with_hundreds_of_callers_make_one_chain_and_lose_nothing
    a_caller_who_goes_away_takes_nobody_down
}

pub(crate) fn entry(n: u64) -> AuditEntry {
    AuditEntry {
        at: Timestamp::from_microsecond(1_800_000_000_000_000 + n.cast_signed())
            .expect("an instant"),
        who: format!("token:{}", n % 7).into(),
        action: "read".into(),
        operation: "GET /api/v1/areas/{area}/gaps".into(),
        area: "477".into(),
        purpose: "đi từng nhà".into(),
        rows: n,
        columns: "head,address".into(),
        export: "".into(),
        content_hash: n.is_multiple_of(2).then_some([n as u8; 32]),
    }
}

pub(crate) async fn verify(
    service: &dyn ServiceStore,
    anchors: &[AuditAnchor],
) -> Result<AuditAnchor, AuditFault> {
    let mut check = AuditCheck::new(anchors.to_vec());
    let mut after = 0;
    loop {
        let page = service.audit_page(after, 10).await.expect("read");
        let Some(last) = page.last() else { return check.end() };
        after = last.anchor.seq;
        for record in &page {
            check.next(record)?;
        }
    }
}

/// A log of 25 entries on which somebody with the file in hand did `sql`.
async fn tampered(home: &Home, sql: &str) -> Result<AuditAnchor, AuditFault> {
    let free = if home.database.is_some() {
        "drop trigger if exists audit_is_never_changed on audit;
         alter table audit drop constraint if exists audit_pkey, drop constraint if exists audit_is_numbered_from_one;"
    } else {
        "drop trigger if exists audit_is_not_updated; drop trigger if exists audit_is_not_deleted;"
    };
    // What was done to the log before goes away with it.
    home.by_hand(&format!("{free} delete from audit")).await.expect("nothing guards it");
    for n in 1..=25 {
        home.service.append(entry(n)).await.expect("appended");
    }
    let head = home.service.audit_head().await.expect("read");
    assert_eq!(verify(&*home.service, &[head]).await, Ok(head), "it holds before");
    home.by_hand(sql).await.expect("tampered");
    verify(&*home.service, &[head]).await
}

async fn entries_come_back_as_they_were_given_and_verify(home: &Home) {
    let service = &*home.service;
    for n in 1..=25 {
        let anchor = service.append(entry(n)).await.expect("appended");
        assert_eq!(anchor.seq, n.cast_signed());
        assert_eq!(service.audit_head().await.expect("read"), anchor);
    }
    let page = service.audit_page(20, 3).await.expect("read");
    assert_eq!(page.iter().map(|r| r.entry.clone()).collect::<Vec<_>>(), [21, 22, 23].map(entry));
    let text = service.audit_head().await.expect("read").to_string();
    let anchor: AuditAnchor = text.parse().expect("an anchor");
    assert_eq!(verify(service, &[anchor]).await, Ok(anchor));
}

async fn the_database_itself_refuses_changes(home: &Home) {
    home.service.append(entry(1)).await.expect("appended");
    let mut forbidden = vec!["update audit set who = 'nobody'", "delete from audit"];
    if home.database.is_some() {
        forbidden.push("truncate audit");
    }
    for sql in forbidden {
        let words = home.by_hand(sql).await.expect_err(sql);
        assert!(words.contains("never changed"), "{sql}: {words}");
    }
}

async fn an_edited_field_is_found_at_its_entry(home: &Home) {
    assert_eq!(
        tampered(home, "update audit set who = 'token:9' where seq = 7").await,
        Err(AuditFault::Changed(7))
    );
    assert_eq!(
        tampered(home, "update audit set at = at + 1 where seq = 7").await,
        Err(AuditFault::Changed(7))
    );
    assert_eq!(
        tampered(home, "update audit set row_count = 0 where seq = 7").await,
        Err(AuditFault::Changed(7))
    );
    assert_eq!(
        tampered(home, "update audit set content_hash = null where seq = 8").await,
        Err(AuditFault::Changed(8))
    );
    // What leaves one field for another keeps the bytes together, not apart.
    let moved = "update audit set area = '4', purpose = '77' || purpose where seq = 7";
    assert_eq!(tampered(home, moved).await, Err(AuditFault::Changed(7)));
}

async fn deleted_entries_leave_a_gap_and_closing_it_breaks_the_chain(home: &Home) {
    let gap = tampered(home, "delete from audit where seq = 7").await;
    assert_eq!(gap, Err(AuditFault::Missing { expected: 7, found: 8 }));
    let closed = "delete from audit where seq = 7; update audit set seq = seq - 1 where seq > 7";
    assert_eq!(tampered(home, closed).await, Err(AuditFault::Changed(7)));
    let first = tampered(home, "delete from audit where seq = 1").await;
    assert_eq!(first, Err(AuditFault::Missing { expected: 1, found: 2 }));
}

async fn exchanged_entries_are_found(home: &Home) {
    let sql = "update audit set seq = 1000 where seq = 7; update audit set seq = 7 where seq = 8; update audit set seq = 8 where seq = 1000";
    assert_eq!(tampered(home, sql).await, Err(AuditFault::Changed(7)));
}

async fn a_cut_off_end_is_told_by_an_anchor(home: &Home) {
    let cut = tampered(home, "delete from audit where seq > 20").await;
    assert_eq!(cut, Err(AuditFault::Truncated { last: 20, anchor: 25 }));
    let all = tampered(home, "delete from audit").await;
    assert_eq!(all, Err(AuditFault::Truncated { last: 0, anchor: 25 }));
}

async fn a_log_written_anew_is_told_by_an_anchor(home: &Home) {
    let other = home.another().await;
    let (service, written_anew) = (&*home.service, &*other.service);
    for n in 1..=5 {
        service.append(entry(n)).await.expect("appended");
        written_anew.append(entry(n + 100)).await.expect("appended");
    }
    let anchor = service.audit_head().await.expect("read");
    assert!(verify(written_anew, &[]).await.is_ok(), "a whole chain of its own");
    assert_eq!(verify(written_anew, &[anchor]).await, Err(AuditFault::NotAnchored(5)));
}

async fn two_writers_with_hundreds_of_callers_make_one_chain_and_lose_nothing(home: &Home) {
    let (first, second) = (Arc::clone(&home.service), home.again().await);
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..400_u64 {
        let service = Arc::clone(if n % 2 == 0 { &first } else { &second });
        callers.spawn(async move { service.append(entry(n)).await.map(|a| (n, a.seq)) });
    }
    let mut places = Vec::new();
    while let Some(told) = callers.join_next().await {
        places.push(told.expect("ran").expect("appended"));
    }
    let head = verify(&*first, &[]).await.expect("one chain");
    assert_eq!(head.seq, 400);
    for (n, seq) in places {
        let page = first.audit_page(seq - 1, 1).await.expect("read");
        assert_eq!(page[0].entry, entry(n), "each stands where its caller was told");
    }
}

async fn a_caller_who_goes_away_takes_nobody_down(home: &Home) {
    let service = &home.service;
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..100_u64 {
        let service = Arc::clone(service);
        callers.spawn(async move { service.append(entry(n)).await });
    }
    for _ in 0..50 {
        let service = Arc::clone(service);
        let gone = tokio::spawn(async move { service.append(entry(1000)).await });
        tokio::task::yield_now().await;
        gone.abort();
    }
    while let Some(told) = callers.join_next().await {
        told.expect("ran").expect("appended");
    }
    assert!(verify(&**service, &[]).await.expect("one chain").seq >= 100);
}
