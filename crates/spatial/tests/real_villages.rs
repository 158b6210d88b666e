//! Village shapes over real communes: hundreds of thousands of points, and the commune covered.

mod real_communes;

use std::time::Instant;

use diachiso_model::LonLat;
use diachiso_spatial::village_shape::village_shapes;
use geo::{Area as _, BooleanOps as _, BoundingRect as _, Validation as _};
use geo_types::MultiPolygon;

/// Villages in every commune.
const VILLAGES: u32 = 8;
/// Households in every village: 141 communes then hold 330,000.
const HOUSEHOLDS: u32 = 293;

/// Households scattered about the middle of their villages, by low-discrepancy sequences.
fn households(commune: &MultiPolygon<f64>) -> Vec<(u32, LonLat)> {
    let bounds = commune.bounding_rect().expect("a commune has an extent");
    let fraction = |number: u32, factor: f64| (f64::from(number) * factor).fract();
    let household = |village: u32, number: u32| {
        let x = 0.8 * fraction(village + 1, 0.754_877_666) + 0.2 * fraction(number, 0.618_033_988);
        let y = 0.8 * fraction(village + 1, 0.569_840_290) + 0.2 * fraction(number, 0.414_213_562);
        let position =
            LonLat::new(bounds.min().x + x * bounds.width(), bounds.min().y + y * bounds.height());
        (village, position.expect("the household is on the globe"))
    };
    (0..VILLAGES)
        .flat_map(|village| (0..HOUSEHOLDS).map(move |number| household(village, number)))
        .collect()
}

#[test]
fn the_villages_of_every_real_commune_partition_it() {
    let communes = real_communes::read();
    let points: Vec<_> = communes.iter().map(|(_, commune)| households(commune)).collect();
    let started = Instant::now();
    let coverages: Vec<_> = communes
        .iter()
        .zip(&points)
        .map(|((_, commune), points)| village_shapes(commune, points, &[]))
        .collect();
    let outside: usize = coverages.iter().map(|coverage| coverage.outside.len()).sum();
    let count: usize = points.iter().map(Vec::len).sum();
    println!("{count} points, {outside} outside their village, in {:?}", started.elapsed());
    for ((code, commune), coverage) in communes.iter().zip(&coverages) {
        let whole = commune.unsigned_area();
        let shapes = &coverage.shapes;
        let sum: f64 = shapes.iter().map(|own| own.shape.unsigned_area()).sum();
        // Corners are rounded to a centimetre, which shows in a ward of half a square kilometre.
        assert!((sum / whole - 1.0).abs() < 1e-5, "{code}: the shapes add up to {}", sum / whole);
        for (number, own) in shapes.iter().enumerate() {
            assert!(own.shape.is_valid(), "{code}: village {} is not valid", own.village);
            for other in &shapes[number + 1..] {
                let shared = own.shape.intersection(&other.shape).unsigned_area();
                assert!(shared / whole < 1e-9, "{code}: two shapes share {}", shared / whole);
            }
        }
    }
}
