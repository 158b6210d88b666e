//! Tokens.

use diachiso_store::NewToken;

use crate::{at, home::Home, noted};

on_both! {
    a_token_comes_back_as_it_was_given_and_holds_until_its_end
    a_revoked_token_holds_no_more_and_revoking_again_gives_it_no_time
    rotating_keeps_the_old_token_for_a_while_and_never_one_that_ended
}

fn token(n: u8, expires_at: &str) -> NewToken {
    NewToken {
        hash: [n; 32],
        label: format!("token {n}").into(),
        grants: vec![
            "officer:477@2024-12-31".parse().expect("a grant"),
            "collector:*;team=Tổ 3".parse().expect("a grant"),
        ],
        created_at: at("2026-01-01T00:00:00Z"),
        expires_at: at(expires_at),
    }
}

async fn a_token_comes_back_as_it_was_given_and_holds_until_its_end(home: &Home) {
    let service = &*home.service;
    let given = token(1, "2026-02-01T00:00:00.5Z");
    let id = service.add_token(&given, &noted("cli:an")).await.expect("added");
    let kept = service.token([1; 32]).await.expect("read").expect("there");
    assert_eq!((kept.id, &kept.label, &kept.grants), (id, &given.label, &given.grants));
    assert!(kept.holds_at(at("2026-02-01T00:00:00Z")));
    assert!(!kept.holds_at(at("2026-02-01T00:00:00.5Z")));
    assert_eq!(service.token([2; 32]).await.expect("read"), None);
}

async fn a_revoked_token_holds_no_more_and_revoking_again_gives_it_no_time(home: &Home) {
    let service = &*home.service;
    let id = service
        .add_token(&token(1, "2999-01-01T00:00:00Z"), &noted("cli:an"))
        .await
        .expect("added");
    let first = at("2026-01-02T00:00:00Z");
    assert!(service.revoke_token(id, first, &noted("cli:an")).await.expect("revoked"));
    assert!(
        service
            .revoke_token(id, at("2026-01-03T00:00:00Z"), &noted("cli:an"))
            .await
            .expect("revoked")
    );
    let kept = service.token([1; 32]).await.expect("read").expect("there");
    assert_eq!(kept.revoked_at, Some(first));
    assert!(!kept.holds_at(first));
    assert!(
        !service.revoke_token(id + 1, first, &noted("cli:an")).await.expect("asked"),
        "there is no such token"
    );
}

async fn rotating_keeps_the_old_token_for_a_while_and_never_one_that_ended(home: &Home) {
    let service = &*home.service;
    let old = service
        .add_token(&token(1, "2999-01-01T00:00:00Z"), &noted("cli:an"))
        .await
        .expect("added");
    let until = at("2026-01-02T00:00:00Z");
    let new = token(2, "2999-01-01T00:00:00Z");
    let id = service
        .rotate_token(old, &new, until, &noted("cli:an"))
        .await
        .expect("rotated")
        .expect("held");
    let kept = service.tokens().await.expect("read");
    assert_eq!(
        kept.iter().map(|t| (t.id, t.revoked_at)).collect::<Vec<_>>(),
        [(old, Some(until)), (id, None)]
    );
    let mut late = token(3, "2999-01-01T00:00:00Z");
    late.created_at = until;
    assert_eq!(
        service.rotate_token(old, &late, until, &noted("cli:an")).await.expect("asked"),
        None
    );
    assert_eq!(service.tokens().await.expect("read").len(), 2, "nothing is kept of a refusal");
}
