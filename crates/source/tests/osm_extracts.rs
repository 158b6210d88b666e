//! Extracts of `OpenStreetMap` as another program wrote them (`fixtures/osm/make.py`, libosmium).

use std::{fs, path::PathBuf};

use diachiso_model::{LonLat, PlaceKind, ReferencePlace};
use diachiso_source::places::{PlacesRead, is_osm_pbf, read_osm_pbf};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/osm").join(name)
}

#[track_caller]
fn read(name: &str) -> PlacesRead {
    let bytes = fs::read(path(name)).expect("an extract");
    assert!(is_osm_pbf(&bytes));
    read_osm_pbf(name, || Ok(&*bytes)).expect("it is read")
}

#[track_caller]
fn check_near(place: &ReferencePlace, lon: f64, lat: f64) {
    let wanted = LonLat::new(lon, lat).expect("a point");
    let off = (place.point.lon() - wanted.lon()).hypot(place.point.lat() - wanted.lat());
    assert!(off < 1e-7, "{place:?} is not at {wanted}");
}

/// The places of an extract with so many houses on nodes.
#[track_caller]
fn check(name: &str, houses: usize) {
    let read = read(name);
    assert!(read.rejected.is_empty());
    // The relation with an address, and the street whose corners are not in the extract.
    assert_eq!(read.left_out, 2, "{name}");
    let of = |kind| read.places.iter().filter(move |place| place.kind == kind);
    let on_nodes: Vec<_> =
        of(PlaceKind::House).filter(|place| &*place.name == "Cao Bá Quát").collect();
    assert_eq!(on_nodes.len(), houses, "{name}");
    for (n, place) in on_nodes.iter().enumerate() {
        assert_eq!(*place.number, *(2 * n + 1).to_string());
        check_near(place, 107.58 + n as f64 * 2e-4, 16.48);
    }
    let building: Vec<_> = of(PlaceKind::House).filter(|place| &*place.number == "12b").collect();
    assert!(building.len() == 1 && &*building[0].name == "Tố Hữu", "{building:?}");
    check_near(building[0], 107.6002, 16.4601);
    assert_eq!(of(PlaceKind::House).count(), houses + 1, "the relation's house is left out");
    let street: Vec<_> = of(PlaceKind::Street).collect();
    assert!(street.len() >= 10 && street.iter().all(|place| &*place.name == "Lê Lợi"));
    check_near(street[0], 107.61, 16.47);
    check_near(street[street.len() - 1], 107.614, 16.47);
    let village: Vec<_> = of(PlaceKind::Village).collect();
    assert!(village.len() == 1 && &*village[0].name == "An Xuân", "{village:?}");
    check_near(village[0], 107.53, 16.55);
}

#[test]
fn dense_nodes_in_compressed_blobs_of_several_blocks_are_read() {
    check("dense-zlib.osm.pbf", 9_000);
}

#[test]
fn nodes_that_are_not_dense_are_read() {
    check("nodes-zlib.osm.pbf", 40);
}

#[test]
fn blobs_that_are_not_compressed_are_read() {
    check("dense-none.osm.pbf", 40);
}

#[test]
fn an_extract_cut_anywhere_is_refused_or_read_in_part() {
    let bytes = fs::read(path("dense-none.osm.pbf")).expect("an extract");
    for end in 0..bytes.len() {
        let cut = &bytes[..end];
        if let Ok(read) = read_osm_pbf("cut.osm.pbf", || Ok(cut)) {
            assert!(read.places.len() <= 100);
        }
    }
}
