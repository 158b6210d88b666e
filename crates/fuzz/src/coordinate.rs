//! Coordinates: angles as text, and the way from degrees or metres to a point.

use crate::text::text;
use diachiso_model::LonLat;
use diachiso_spatial::distance::metres;
use diachiso_spatial::vn2000::{
    TM3_107, UTM_48N, Zone, from_wgs84, geographic_to_wgs84, to_wgs84, wgs84_to_geographic,
};
use diachiso_text::angle::parse;

/// Reads the bytes as two coordinates apart by a semicolon, and as two numbers.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    let (first, second) = text.split_once(';').unwrap_or((&text, "107.5"));
    if let (Some(first), Some(second)) = (parse(first), parse(second)) {
        assert!(first.degrees.is_finite() && second.degrees.is_finite(), "{text:?}");
        point(first.degrees, second.degrees);
    }
    if let Some((numbers, _)) = data.split_first_chunk::<16>() {
        let [a, b] = [0, 8].map(|at| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&numbers[at..at + 8]);
            f64::from_le_bytes(bytes)
        });
        point(a, b);
    }
}

/// Takes two numbers for degrees, then for metres.
fn point(a: f64, b: f64) {
    if let Ok(point) = LonLat::new(b, a) {
        let moved = wgs84_to_geographic(point);
        let back = geographic_to_wgs84(moved);
        let off = metres(point, back);
        // Beside the country, the height that is dropped makes some centimetres.
        assert!(off < 0.5, "{point:?} came back {off} m away");
    }
    for zone in [Zone::from(TM3_107), UTM_48N] {
        let point = to_wgs84(b, a, zone);
        assert!(point.lon().abs() <= 180.0 && point.lat().abs() <= 90.0, "{point:?}");
        let on_the_map = (0.0..1_000_000.0).contains(&b) && (500_000.0..3_000_000.0).contains(&a);
        if on_the_map {
            let (easting, northing) = from_wgs84(point, zone);
            let off = (easting - b).hypot(northing - a);
            assert!(off < 0.01, "({b}, {a}) comes back {off} m away");
        }
    }
}
