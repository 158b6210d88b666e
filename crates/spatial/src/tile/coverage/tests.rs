use std::collections::BTreeMap;

use diachiso_model::LonLat;
use geo::Validation as _;
use geo_types::{Coord, Polygon, polygon};
use proptest::prelude::*;

use super::*;

fn tile_at(lon: f64, lat: f64, z: u8) -> TileId {
    TileId::at(LonLat::new(lon, lat).expect("a position"), z).expect("a tile")
}

/// A country of `side` by `side` quarters whose borders wander; every corner belongs to all that meet there, and a quarter
/// has a point on its border only where `wander` put one. Seven decimals, as shapes are kept.
fn country(side: usize, size_deg: f64, wander: &[f64], bends: usize) -> Vec<MultiPolygon<f64>> {
    let mut next = wander.iter().cycle().enumerate();
    let mut sway = |by: f64| {
        let (k, value) = next.next().expect("an endless cycle");
        // Different each time round.
        let value = (value * (1.0 + k as f64 * 0.618)).fract() - 0.5;
        value * by
    };
    let seven =
        |c: Coord<f64>| Coord { x: (c.x * 1e7).round() / 1e7, y: (c.y * 1e7).round() / 1e7 };
    let step = size_deg / side as f64;
    let corners: Vec<Vec<Coord<f64>>> = (0..=side)
        .map(|row| {
            (0..=side)
                .map(|column| {
                    seven(Coord {
                        x: 107.4 + column as f64 * step + sway(step * 0.6),
                        y: 16.4 + row as f64 * step + sway(step * 0.6),
                    })
                })
                .collect()
        })
        .collect();
    let mut border = |a: Coord<f64>, b: Coord<f64>| -> Vec<Coord<f64>> {
        let along = |k: usize| a + (b - a) * (k as f64 / (bends + 1) as f64);
        let bent = (1..=bends).map(|k| {
            let at = along(k);
            seven(Coord { x: at.x + sway(step * 0.1), y: at.y + sway(step * 0.1) })
        });
        std::iter::once(a).chain(bent).chain([b]).collect()
    };
    let across: Vec<Vec<Vec<Coord<f64>>>> = (0..=side)
        .map(|r| (0..side).map(|c| border(corners[r][c], corners[r][c + 1])).collect())
        .collect();
    let up: Vec<Vec<Vec<Coord<f64>>>> = (0..side)
        .map(|r| (0..=side).map(|c| border(corners[r][c], corners[r + 1][c])).collect())
        .collect();
    let quarter = |r: usize, c: usize| {
        let back = |line: &[Coord<f64>]| line.iter().rev().copied().collect::<Vec<_>>();
        let parts =
            [across[r][c].clone(), up[r][c + 1].clone(), back(&across[r + 1][c]), back(&up[r][c])];
        let ring: LineString<f64> =
            parts.into_iter().flat_map(|p| p[..p.len() - 1].to_vec()).collect();
        MultiPolygon(vec![Polygon::new(ring, Vec::new())])
    };
    (0..side).flat_map(|r| (0..side).map(move |c| (r, c))).map(|(r, c)| quarter(r, c)).collect()
}

fn as_geo(polygons: &TilePolygons) -> MultiPolygon<f64> {
    let line = |ring: &Vec<[i32; 2]>| -> LineString<f64> {
        ring.iter().chain(ring.first()).map(|p| Coord { x: p[0].into(), y: p[1].into() }).collect()
    };
    let polygon = |rings: &Vec<Vec<[i32; 2]>>| {
        Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect())
    };
    polygons.iter().map(polygon).collect()
}

/// Directed edges of all shapes that no neighbour runs back.
fn unmatched(cut: &[(usize, TilePolygons)]) -> Vec<([i32; 2], [i32; 2])> {
    let mut edges: BTreeMap<([i32; 2], [i32; 2]), i32> = BTreeMap::new();
    for ring in cut.iter().flat_map(|(_, polygons)| polygons).flatten() {
        for (k, a) in ring.iter().enumerate() {
            let b = ring[(k + 1) % ring.len()];
            *edges.entry((*a, b)).or_default() += 1;
        }
    }
    edges.iter().filter(|((a, b), _)| !edges.contains_key(&(*b, *a))).map(|(e, _)| *e).collect()
}

fn area2(ring: &[[i32; 2]]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    let terms = ring.iter().zip(next);
    terms.map(|(a, b)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1])).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn neighbours_share_their_borders_in_tiles_of_every_zoom_and_are_valid(
        wander in prop::collection::vec(0.0..1.0_f64, 12..40),
        side in 2_usize..6, bends in 0_usize..12, size in 0.01..0.6_f64, z in 6_u8..15,
    ) {
        let country = country(side, size, &wander, bends);
        // Borders that wander may cross; what is no coverage to begin with says nothing.
        prop_assume!(country.iter().all(geo::Validation::is_valid));
        let shapes: Vec<&MultiPolygon<f64>> = country.iter().collect();
        let coverage = TileCoverage::of(&shapes);
        let cut = coverage.cut(tile_at(107.4 + size / 2.0, 16.4 + size / 2.0, z), 64);
        for (number, polygons) in &cut {
            let shape = as_geo(polygons);
            prop_assert!(shape.is_valid(), "{number}: {:?}", shape.validation_errors());
            for rings in polygons {
                prop_assert!(area2(&rings[0]) > 0, "an exterior runs the wrong way");
                prop_assert!(rings[1..].iter().all(|hole| area2(hole) < 0));
                prop_assert!(rings.iter().flatten().flatten().all(|v| (-64..=4160).contains(v)));
            }
        }
        // Whatever is not shared is the outline of the country or the edge of the window, and closes on itself.
        let outline = unmatched(&cut);
        let mut turns: BTreeMap<[i32; 2], i32> = BTreeMap::new();
        for (a, b) in &outline {
            *turns.entry(*a).or_default() += 1;
            *turns.entry(*b).or_default() -= 1;
        }
        prop_assert!(turns.values().all(|n| *n == 0), "the outline is broken");
        let enclosed: i64 = outline
            .iter()
            .map(|(a, b)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]))
            .sum();
        let drawn: i64 = cut.iter().flat_map(|(_, p)| p).flatten().map(|ring| area2(ring)).sum();
        prop_assert_eq!(enclosed, drawn, "shapes overlap or leave gaps between them");
    }

    #[test]
    fn a_shape_is_where_it_was_to_within_two_units(
        wander in prop::collection::vec(0.0..1.0_f64, 12..40), z in 8_u8..15,
    ) {
        let country = country(2, 0.2, &wander, 9);
        prop_assume!(country.iter().all(geo::Validation::is_valid));
        let shapes: Vec<&MultiPolygon<f64>> = country.iter().collect();
        let tile = tile_at(107.5, 16.5, z);
        for (number, polygons) in TileCoverage::of(&shapes).cut(tile, 0) {
            let own: Vec<Coord<f64>> =
                country[number].0[0].exterior().coords().map(|at| tile.local(*at)).collect();
            for at in polygons.iter().flatten().flatten() {
                let edge = at.iter().any(|v| *v == 0 || *v == 4096);
                let near = own.windows(2).any(|ends| {
                    let (ab, ap) = (ends[1] - ends[0], Coord { x: f64::from(at[0]), y: f64::from(at[1]) } - ends[0]);
                    let share = ((ap.x * ab.x + ap.y * ab.y) / (ab.x * ab.x + ab.y * ab.y)).clamp(0.0, 1.0);
                    (ap.x - share * ab.x).hypot(ap.y - share * ab.y) <= 2.0
                });
                prop_assert!(edge || near, "{at:?} is not on the border of {number}");
            }
        }
    }
}

#[test]
fn a_neighbour_without_a_point_where_a_third_meets_it_is_given_it() {
    let square = |x: f64, y: f64, wide: f64, high: f64| {
        MultiPolygon(vec![polygon![
            (x: x, y: y), (x: x + wide, y: y), (x: x + wide, y: y + high), (x: x, y: y + high),
        ]])
    };
    // One below, two above it; the lower one knows nothing of where they part. The line is slanted by the projection.
    let shapes = [
        square(107.41, 16.5, 0.02, 0.01),
        square(107.41, 16.51, 0.007, 0.01),
        square(107.417, 16.51, 0.013, 0.01),
    ];
    let cut = TileCoverage::of(&shapes.each_ref()).cut(tile_at(107.42, 16.51, 12), 64);
    let parted = cut[1].1[0][0].iter().filter(|p| cut[2].1[0][0].contains(p));
    let met: Vec<_> = parted.filter(|p| cut[0].1[0][0].contains(p)).collect();
    assert_eq!(met.len(), 1, "{cut:?}");
}

#[test]
fn a_shape_around_the_tile_becomes_the_buffered_square() {
    let world = MultiPolygon(vec![polygon![
        (x: -170.0, y: -80.0), (x: 170.0, y: -80.0), (x: 170.0, y: 80.0), (x: -170.0, y: 80.0),
    ]]);
    let tile = TileId::new(10, 817, 464).expect("a tile");
    let mut ring = TileCoverage::of(&[&world]).cut(tile, 64)[0].1[0][0].clone();
    ring.sort_unstable();
    assert_eq!(ring, [[-64, -64], [-64, 4160], [4160, -64], [4160, 4160]]);
}

#[test]
fn a_shape_smaller_than_a_unit_is_a_square_of_one_in_the_tile_that_holds_it() {
    let speck = MultiPolygon(vec![polygon![
        (x: 107.5, y: 16.5), (x: 107.500_01, y: 16.5), (x: 107.5, y: 16.500_01),
    ]]);
    let coverage = TileCoverage::of(&[&speck]);
    let shown = coverage.cut(tile_at(107.5, 16.5, 8), 64);
    assert_eq!(shown[0].1[0][0].len(), 4);
    assert_eq!(area2(&shown[0].1[0][0]), 2);
    assert!(coverage.cut(TileId::new(8, 0, 0).expect("a tile"), 64).is_empty());
}

#[test]
fn an_island_and_the_lake_that_it_lies_in_share_their_shore() {
    let shore =
        [(107.45, 16.45), (107.47, 16.46), (107.49, 16.44), (107.48, 16.48), (107.46, 16.47)];
    let ring = |from: usize| -> LineString<f64> {
        (0..=shore.len()).map(|k| Coord::from(shore[(k + from) % shore.len()])).collect()
    };
    let island = MultiPolygon(vec![Polygon::new(ring(3), Vec::new())]);
    let around = LineString::from(vec![
        (107.4, 16.4),
        (107.55, 16.4),
        (107.55, 16.55),
        (107.4, 16.55),
        (107.4, 16.4),
    ]);
    let lake = MultiPolygon(vec![Polygon::new(around, vec![ring(0)])]);
    for z in 6..15 {
        let cut = TileCoverage::of(&[&lake, &island]).cut(tile_at(107.47, 16.46, z), 64);
        let sum = |n: usize| -> i64 { cut[n].1.iter().flatten().map(|r| area2(r)).sum() };
        let enclosed: i64 = unmatched(&cut)
            .iter()
            .map(|(a, b)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]))
            .sum();
        assert_eq!(sum(0) + sum(1), enclosed, "zoom {z}");
    }
}
