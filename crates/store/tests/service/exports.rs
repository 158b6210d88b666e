//! Files that were handed out.

use diachiso_store::ExportRecord;

use crate::{at, home::Home, noted};

on_both! {
    exports_are_found_by_their_id
    an_export_past_its_end_is_closed_once_and_forgets_its_purpose
}

async fn exports_are_found_by_their_id(home: &Home) {
    let service = &*home.service;
    let export = ExportRecord {
        id: "X-1".into(),
        made_at: at("2026-01-01T00:00:00Z"),
        expires_at: at("2026-01-31T00:00:00Z"),
        who: "token:1".into(),
        operation: "GET /x".into(),
        area: "477".into(),
        purpose: "đi từng nhà".into(),
        format: "csv".into(),
    };
    service.add_export(&export).await.expect("kept");
    assert!(service.add_export(&export).await.is_err(), "an id is given once");
    assert_eq!(service.export("X-1").await.expect("read"), Some(export));
    assert_eq!(service.export("X-2").await.expect("read"), None);
}

async fn an_export_past_its_end_is_closed_once_and_forgets_its_purpose(home: &Home) {
    let service = &*home.service;
    let export = |id: &str, ends: &str| ExportRecord {
        id: id.into(),
        made_at: at("2026-01-01T00:00:00Z"),
        expires_at: at(ends),
        who: "token:1".into(),
        operation: "GET /x".into(),
        area: "477".into(),
        purpose: "gặp bà Bí Mật".into(),
        format: "csv".into(),
    };
    for (id, ends) in [
        ("later", "2026-03-01T00:00:00Z"),
        ("second", "2026-01-31T00:00:00Z"),
        ("first", "2026-01-30T00:00:00Z"),
    ] {
        service.add_export(&export(id, ends)).await.expect("kept");
    }
    let ended = async |now: &str, limit| {
        service.ended_exports(at(now), limit).await.expect("asked").join(" ")
    };
    assert_eq!(ended("2026-01-29T00:00:00Z", 10).await, "");
    assert_eq!(ended("2026-01-31T00:00:00Z", 10).await, "first second", "the end is outside");
    assert_eq!(ended("2026-01-31T00:00:00Z", 1).await, "first");
    let asked = noted("service");
    let close = async |id| service.close_export(id, &asked).await;
    assert!(close("first").await.expect("closed"));
    assert!(!close("first").await.expect("asked"), "once");
    assert!(!close("never").await.expect("asked"));
    assert_eq!(ended("2026-02-01T00:00:00Z", 10).await, "second");
    let kept = service.export("first").await.expect("read").expect("still known");
    assert_eq!((&*kept.purpose, &*kept.area), ("", "477"));
    assert!(!kept.holds_at(at("2026-02-01T00:00:00Z")));
}
