//! Saved areas.

use diachiso_model::{AreaId, SavedArea, Timestamp};
use diachiso_store::AuditEntry;

use crate::{at, home::Home, noted};

on_both! {
    an_area_is_made_changed_by_who_may_and_removed
    a_record_of_another_store_keeps_who_made_it
}

fn id(text: &str) -> AreaId {
    text.parse().expect("an id")
}

fn area(name: &str, units: &[&str]) -> SavedArea {
    let units = units.iter().map(|text| text.parse().expect("a unit on a day")).collect();
    SavedArea::new(id("ven-pha"), name, units).expect("an area")
}

fn by(who: &str, at: Timestamp) -> AuditEntry {
    AuditEntry { at, ..noted(who) }
}

async fn an_area_is_made_changed_by_who_may_and_removed(home: &Home) {
    let service = &*home.service;
    let (first, later) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let small = area("Ven phá", &["19870@2024-12-31"]);
    let wide = area("Ven phá Tam Giang", &["477@2024-12-31", "19867@2025-07-01"]);
    assert!(service.save_area(&small, Some("token:1"), &by("token:1", first)).await.expect("kept"));
    assert!(
        !service.save_area(&wide, Some("token:2"), &by("token:2", later)).await.expect("asked")
    );
    let kept = service.saved_areas().await.expect("read");
    assert_eq!(kept.iter().map(|r| &r.area).collect::<Vec<_>>(), [&small], "another's stays");
    assert!(service.save_area(&wide, None, &by("cli:an", later)).await.expect("kept"));
    let kept = service.saved_area(&id("ven-pha")).await.expect("read").expect("there");
    assert_eq!(kept.area, wide);
    assert_eq!((&*kept.made_by, kept.made_at), ("token:1", first));
    assert_eq!((&*kept.changed_by, kept.changed_at), ("cli:an", later));
    assert_eq!(home.again().await.saved_areas().await.expect("read"), [kept]);
    let (ven_pha, asked) = (id("ven-pha"), noted("token:1"));
    let remove = |only_of| service.remove_area(&ven_pha, only_of, &asked);
    assert!(!remove(Some("token:2")).await.expect("asked"));
    assert!(remove(Some("token:1")).await.expect("removed"));
    assert!(!remove(None).await.expect("asked"));
    assert_eq!(service.saved_area(&id("ven-pha")).await.expect("read"), None);
}

async fn a_record_of_another_store_keeps_who_made_it(home: &Home) {
    let (first, later) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let own = area("Ven phá", &["19870@2024-12-31"]);
    home.service.save_area(&own, None, &by("token:1", first)).await.expect("kept");
    home.service.save_area(&own, None, &by("token:2", later)).await.expect("kept");
    let told = home.service.saved_areas().await.expect("read");
    let other = home.another().await;
    other.service.save_area(&own, None, &by("cli:an", later)).await.expect("kept");
    for record in &told {
        other.service.take_area(record).await.expect("taken");
    }
    assert_eq!(other.service.saved_areas().await.expect("read"), told);
}
