//! Saved areas.

use diachiso_model::{AreaId, SavedArea};

use crate::{at, home::Home};

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

async fn an_area_is_made_changed_by_who_may_and_removed(home: &Home) {
    let service = &*home.service;
    let (first, later) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let small = area("Ven phá", &["19870@2024-12-31"]);
    let wide = area("Ven phá Tam Giang", &["477@2024-12-31", "19867@2025-07-01"]);
    assert!(service.save_area(&small, "token:1", first, Some("token:1")).await.expect("kept"));
    assert!(!service.save_area(&wide, "token:2", later, Some("token:2")).await.expect("asked"));
    let kept = service.saved_areas().await.expect("read");
    assert_eq!(kept.iter().map(|r| &r.area).collect::<Vec<_>>(), [&small], "another's stays");
    assert!(service.save_area(&wide, "cli:an", later, None).await.expect("kept"));
    let kept = service.saved_area(&id("ven-pha")).await.expect("read").expect("there");
    assert_eq!(kept.area, wide);
    assert_eq!((&*kept.made_by, kept.made_at), ("token:1", first));
    assert_eq!((&*kept.changed_by, kept.changed_at), ("cli:an", later));
    assert_eq!(home.again().await.saved_areas().await.expect("read"), [kept]);
    assert!(!service.remove_area(&id("ven-pha"), Some("token:2")).await.expect("asked"));
    assert!(service.remove_area(&id("ven-pha"), Some("token:1")).await.expect("removed"));
    assert!(!service.remove_area(&id("ven-pha"), None).await.expect("asked"));
    assert_eq!(service.saved_area(&id("ven-pha")).await.expect("read"), None);
}

async fn a_record_of_another_store_keeps_who_made_it(home: &Home) {
    let (first, later) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let own = area("Ven phá", &["19870@2024-12-31"]);
    home.service.save_area(&own, "token:1", first, None).await.expect("kept");
    home.service.save_area(&own, "token:2", later, None).await.expect("kept");
    let told = home.service.saved_areas().await.expect("read");
    let other = home.another().await;
    other.service.save_area(&own, "cli:an", later, None).await.expect("kept");
    for record in &told {
        other.service.take_area(record).await.expect("taken");
    }
    assert_eq!(other.service.saved_areas().await.expect("read"), told);
}
