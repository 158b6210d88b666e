//! Files that were handed out.

use diachiso_store::ExportRecord;

use crate::{at, home::Home};

on_both! {
    exports_are_found_by_their_id
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
