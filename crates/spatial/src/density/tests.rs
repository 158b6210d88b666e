use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("a position")
}

/// The point in the middle of a finest cell, so many cells east and south of a corner of the province.
fn cell_point(east: u32, south: u32) -> LonLat {
    let corner = TileId::at(at(107.4, 16.6), FINEST_ZOOM).expect("a tile");
    let cell = TileId::new(FINEST_ZOOM, corner.x() / 64 * 64 + east, corner.y() / 64 * 64 + south);
    let centre = cell.expect("a tile").bounds().center();
    at(centre.x, centre.y)
}

fn points(cells: &[(u32, u32, usize)]) -> Vec<LonLat> {
    cells.iter().flat_map(|(e, s, n)| std::iter::repeat_n(cell_point(*e, *s), *n)).collect()
}

fn finest(density: &Density) -> Vec<(usize, u64)> {
    let all = &density.by_zoom[usize::from(FINEST_ZOOM)];
    all.iter().map(|area| (area.cells(), area.households)).collect()
}

#[test]
fn four_households_are_told_of_nowhere_and_five_are() {
    let few = Density::of(&points(&[(0, 0, 4)]));
    assert_eq!((few.told(), few.hidden(), finest(&few)), (0, 4, vec![]));
    let five = Density::of(&points(&[(0, 0, 5)]));
    assert_eq!((five.told(), five.hidden(), finest(&five)), (5, 0, vec![(1, 5)]));
}

#[test]
fn a_small_cell_is_told_of_with_its_smallest_neighbour() {
    let density = Density::of(&points(&[(0, 0, 3), (1, 0, 20), (0, 1, 9), (1, 1, 30)]));
    let mut told = finest(&density);
    told.sort_unstable();
    assert_eq!(told, [(1, 20), (1, 30), (2, 12)]);
    // With two of four there is nothing but the two: they stay what they were a zoom before.
    assert_eq!(finest(&Density::of(&points(&[(0, 0, 3), (1, 0, 20)]))), [(1, 23)]);
}

#[test]
fn a_few_beside_very_many_are_told_of_nowhere() {
    let density = Density::of(&points(&[(0, 0, 3), (1, 0, 500), (1, 1, 400)]));
    assert_eq!((density.told(), density.hidden()), (900, 3));
    let mut told = finest(&density);
    told.sort_unstable();
    assert_eq!(told, [(1, 400), (1, 500)]);
}

/// Cells by households, clustered as villages are.
fn settled() -> impl Strategy<Value = Vec<(u32, u32, usize)>> {
    let cell = (0_u32..24, 0_u32..24, prop_oneof![1_usize..5, 1_usize..40, 100_usize..300]);
    prop::collection::vec(cell, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn all_zooms_tell_of_the_same_households(cells in settled()) {
        let points = points(&cells);
        let density = Density::of(&points);
        for (zoom, areas) in density.by_zoom.iter().enumerate() {
            let sum: u64 = areas.iter().map(|a| a.households).sum();
            prop_assert_eq!(sum, density.told(), "zoom {}", zoom);
            let ids: BTreeSet<u64> = areas.iter().map(Area::id).collect();
            prop_assert_eq!(ids.len(), areas.len());
        }
        prop_assert_eq!(density.told() + density.hidden(), points.len() as u64);
    }

    /// Whoever takes everything that all zooms tell and solves it for the number in any small cell is left with several
    /// answers. Everything told is a sum of the areas that are never split, so these alone need be looked at.
    #[test]
    fn no_sum_of_a_parent_and_no_other_zoom_gives_a_small_cell_away(cells in settled()) {
        let points = points(&cells);
        let density = Density::of(&points);
        let mut counts: BTreeMap<Cell, u64> = BTreeMap::new();
        for point in &points {
            *counts.entry(cell_at(*point, FINEST_ZOOM)).or_default() += 1;
        }
        let within = |cell: Cell, area: &Area| {
            let up = FINEST_ZOOM - area.zoom;
            area.cells.contains(&(cell.0 >> up, cell.1 >> up))
        };
        let last = &density.by_zoom[usize::from(FINEST_ZOOM)];
        for (zoom, areas) in density.by_zoom.iter().enumerate() {
            for area in areas {
                prop_assert!(area.households >= MIN_HOUSEHOLDS, "zoom {}: {:?}", zoom, area);
                prop_assert!(area.cells() == 1 || area.households >= MIN_TOGETHER);
                // It is the sum of whole areas that are never split.
                let shifted = |part: &Area| (part.zoom >= area.zoom).then(|| {
                    let up = part.zoom - area.zoom;
                    part.cells.iter().filter(|c| area.cells.contains(&(c.0 >> up, c.1 >> up))).count()
                });
                let mut sum = 0;
                for part in last {
                    match shifted(part) {
                        Some(0) | None => {}
                        Some(all) => {
                            prop_assert_eq!(all, part.cells(), "an area is told of in part");
                            sum += part.households;
                        }
                    }
                }
                prop_assert_eq!(sum, area.households, "zoom {}", zoom);
            }
        }
        // And within one that is never split, a small cell has a companion that may hold what it holds.
        for area in last.iter().filter(|a| a.cells() > 1) {
            let held = area.cells.iter().map(|cell| {
                let up = FINEST_ZOOM - area.zoom;
                counts.iter().filter(|(c, _)| (c.0 >> up, c.1 >> up) == *cell).map(|(_, n)| n).sum::<u64>()
            });
            prop_assert!(held.filter(|n| *n > 0).count() >= 2);
        }
        for (cell, n) in counts.iter().filter(|(_, n)| **n < MIN_HOUSEHOLDS) {
            let around: Vec<&Area> = last.iter().filter(|a| within(*cell, a)).collect();
            prop_assert!(around.len() <= 1);
            prop_assert!(around.iter().all(|a| a.households > *n), "{:?} is told of alone", cell);
        }
    }

    #[test]
    fn order_does_not_matter_and_every_area_is_whole_in_the_tiles_of_a_zoom(cells in settled(), z in 8_u8..16) {
        let mut points = points(&cells);
        let density = Density::of(&points);
        points.reverse();
        prop_assert_eq!(&density.by_zoom, &Density::of(&points).by_zoom);
        let corner = TileId::at(cell_point(0, 0), z).expect("a tile");
        let far = TileId::at(cell_point(31, 31), z).expect("a tile");
        let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
        for (x, y) in (corner.x()..=far.x()).flat_map(|x| (corner.y()..=far.y()).map(move |y| (x, y))) {
            for (area, squares) in density.in_tile(TileId::new(z, x, y).expect("a tile")) {
                prop_assert!(squares.iter().flatten().flatten().all(|v| (0..=4096).contains(v)));
                seen.insert(area.id(), area.households);
            }
        }
        prop_assert_eq!(seen.values().sum::<u64>(), density.told());
    }
}
