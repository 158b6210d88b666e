//! Places of reference files are kept by file, and accepted submissions tell where houses are.

use crate::common::{publish, state, units};
use crate::home::Home;
use diachiso_model::{LonLat, PlaceKind, ReferencePlace, Verdict};

on_both! {
    a_file_of_places_that_is_loaded_again_replaces_what_it_brought
    the_houses_of_accepted_submissions_are_known
}

fn place(name: &str, number: &str) -> ReferencePlace {
    let kind = if number.is_empty() { PlaceKind::Street } else { PlaceKind::House };
    let point = LonLat::new(107.58, 16.46).expect("a point");
    ReferencePlace { kind, name: name.into(), number: number.into(), alley: "22".into(), point }
}

async fn a_file_of_places_that_is_loaded_again_replaces_what_it_brought(home: &Home) {
    let store = home.store.as_ref();
    assert_eq!(store.places().await.expect("none"), []);
    let stamp = store.places_stamp().await.expect("none");
    let first = [place("Cao Bá Quát", "31"), place("Tố Hữu", "")];
    store.import_places(&first, "osm.pbf").await.expect("kept");
    store.import_places(&[place("Lê Lợi", "1")], "so-nha.csv").await.expect("kept");
    store.import_places(&first[..1], "osm.pbf").await.expect("kept");
    let kept = store.places().await.expect("read");
    assert_eq!(kept, [first[0].clone(), place("Lê Lợi", "1")]);
    assert_ne!(store.places_stamp().await.expect("read"), stamp);
}

async fn the_houses_of_accepted_submissions_are_known(home: &Home) {
    let store = home.store.as_ref();
    assert!(store.known_houses().await.expect("none").is_empty());
    let state = state(&units(), 6, 0);
    publish(store, &state).await;
    let expected: Vec<&str> = state
        .submissions
        .iter()
        .filter(|s| s.verdict == Verdict::Accepted && s.point.is_some())
        .filter(|s| s.precision.is_some_and(diachiso_model::PrecisionClass::counts))
        .map(|s| &*s.address)
        .collect();
    let mut found: Vec<Box<str>> =
        store.known_houses().await.expect("read").into_iter().map(|h| h.address).collect();
    found.sort_unstable();
    let mut expected: Vec<Box<str>> = expected.into_iter().map(Into::into).collect();
    expected.sort_unstable();
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
}
