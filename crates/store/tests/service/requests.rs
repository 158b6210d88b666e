//! Requests of data subjects.

use diachiso_model::{Date, SubjectRequestKind};
use diachiso_store::NewRequest;

use crate::{home::Home, noted};

on_both! {
    a_request_is_answered_and_completed_once
}

async fn a_request_is_answered_and_completed_once(home: &Home) {
    let (service, asks) = (&*home.service, noted("cli:an"));
    let day = |text: &str| text.parse::<Date>().expect("a day");
    let request = NewRequest {
        kind: SubjectRequestKind::Erase,
        about: "HO-0001".into(),
        received_on: day("2026-11-27"),
        recorded_by: "cli:an".into(),
    };
    let first = service.add_request(&request, &asks).await.expect("kept");
    let second = service.add_request(&request, &asks).await.expect("kept");
    assert!(service.answer_request(first, day("2026-11-30"), &asks).await.expect("noted"));
    assert!(!service.answer_request(first, day("2026-12-01"), &asks).await.expect("asked"));
    assert!(
        service.complete_request(first, day("2026-12-02"), "đã xoá", &asks).await.expect("noted")
    );
    assert!(
        !service.complete_request(first, day("2026-12-03"), "lại", &asks).await.expect("asked")
    );
    assert!(
        service.complete_request(second, day("2026-12-02"), "từ chối", &asks).await.expect("noted")
    );
    assert!(!service.complete_request(99, day("2026-12-02"), "", &asks).await.expect("asked"));
    let kept = service.requests().await.expect("read");
    assert_eq!((kept[0].answer_by, kept[0].complete_by), (day("2026-12-01"), day("2026-12-17")));
    assert_eq!(kept[0].answered_on, Some(day("2026-11-30")));
    assert_eq!(kept[0].outcome.as_deref(), Some("đã xoá"));
    assert_eq!(kept[1].answered_on, Some(day("2026-12-02")), "done is answered");
}
