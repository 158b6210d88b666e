//! Positions made of any floats: what lies there, shapes of villages around them, walks through them.

use std::sync::LazyLock;

use diachiso_model::LonLat;
use diachiso_spatial::address_code::AddressCode;
use diachiso_spatial::point_index::AreaIndex;
use diachiso_spatial::tour::open_tour;
use diachiso_spatial::village_shape::village_shapes;
use geo_types::{Coord, MultiPolygon, Rect};

/// Bytes of a point: longitude and latitude.
const POINT_BYTES: usize = 16;
/// Points looked at in one try.
const MAX_POINTS: usize = 64;

fn square(west: f64, east: f64) -> MultiPolygon<f64> {
    Rect::new((west, 16.0), (east, 16.5)).to_polygon().into()
}

/// Two areas that share a border, and one apart.
static AREAS: LazyLock<AreaIndex> = LazyLock::new(|| {
    let areas = [(107.0, 107.5), (107.5, 108.0), (108.5, 108.6)];
    AreaIndex::new((1..).zip(areas.map(|(west, east)| square(west, east))).collect())
});

/// Reads the bytes as pairs of floats.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let float = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    let pairs: Vec<(f64, f64)> = data
        .chunks_exact(POINT_BYTES)
        .take(MAX_POINTS)
        .map(|pair| (float(&pair[..8]), float(&pair[8..])))
        .collect();
    let mut near: Vec<(u32, LonLat)> = Vec::new();
    for (number, (lon, lat)) in (0..).zip(&pairs) {
        match LonLat::new(*lon, *lat) {
            Ok(position) => look(position),
            Err(error) => assert!(error.to_string().contains("outside"), "{error}"),
        }
        // The same bytes as a point in or about the commune.
        let share = |n: f64| if n.is_finite() { (n % 1.0).abs() } else { 0.5 };
        let position = LonLat::new(106.9 + 0.7 * share(*lon), 15.9 + 0.7 * share(*lat));
        near.push((number % 4, position.expect("a position of the province")));
        look(near[near.len() - 1].1);
    }
    let coverage = village_shapes(&square(107.0, 107.5), &near, &[]);
    assert!(coverage.shapes.iter().all(|own| (0.0..=1.0).contains(&own.confidence)));
    assert!(coverage.outside.is_sorted() && coverage.outside.len() <= near.len());
    let places: Vec<Coord<f64>> = pairs.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect();
    let mut tour = open_tour(&places);
    tour.sort_unstable();
    assert!(tour.into_iter().eq(0..places.len() as u32), "each place once");
}

fn look(position: LonLat) {
    let (id, metres) = AREAS.nearest(position).expect("there are areas");
    assert!(metres >= 0.0 && metres.is_finite(), "{position}");
    assert!(AREAS.border_m(id, position).is_finite());
    if let Some(found) = AREAS.locate(position) {
        assert!(found == id && metres <= 0.0 && AREAS.distance_m(found, position) <= 0.0);
    }
    let code = AddressCode::vpostcode12(53_000, position).expect("five digits");
    assert_eq!(code.to_string().len(), 12);
}
