//! How many households lie in each cell of the map, without showing where few do.

use diachiso_model::LonLat;
use geo_types::Rect;
use rustc_hash::FxHashMap;

use crate::tile::{cell_at, cell_bounds};

/// Cells with fewer households are suppressed.
pub const MIN_HOUSEHOLDS: u32 = 5;

/// A tile is 2^4 cells wide and high.
const CELLS_A_TILE_LOG2: u8 = 4;

/// The finest cells: 146 m wide in the province. Smaller ones would single out houses.
const MAX_CELL_ZOOM: u8 = 18;

/// The square cells of a zoom that hold at least [`MIN_HOUSEHOLDS`] points: bounds in degrees and number of points.
///
/// One point a household. Cells are a sixteenth of the tiles of the zoom in width and height, hence aligned to them,
/// down to the finest. They come from north to south, then west to east, whatever the order of the points. Cells of
/// different zooms nest: whoever publishes several zooms of one set reveals differences of sums.
#[must_use]
pub fn bins(points: &[LonLat], z: u8) -> Vec<(Rect<f64>, u32)> {
    let cell_zoom = z.saturating_add(CELLS_A_TILE_LOG2).min(MAX_CELL_ZOOM);
    let mut counts: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    for point in points {
        let (x, y) = cell_at(*point, cell_zoom);
        *counts.entry((y, x)).or_default() += 1;
    }
    let mut kept: Vec<_> =
        counts.into_iter().filter(|(_, count)| *count >= MIN_HOUSEHOLDS).collect();
    kept.sort_unstable();
    kept.into_iter().map(|((y, x), count)| (cell_bounds(cell_zoom, x, y), count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::TileId;
    use proptest::prelude::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("the test's position is on the globe")
    }

    #[test]
    fn four_households_are_suppressed_and_five_are_shown() {
        let mut points = vec![at(107.5, 16.5); 4];
        assert_eq!(bins(&points, 12), []);
        points.push(at(107.5, 16.5));
        let shown = bins(&points, 12);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].1, 5);
    }

    #[test]
    fn a_cell_is_a_sixteenth_of_its_tile_and_never_finer_than_a_block() {
        let points = vec![at(107.5, 16.5); 5];
        let tile = TileId::at(points[0], 10).expect("zoom 10 exists").bounds();
        let cell = bins(&points, 10)[0].0;
        assert!((cell.width() * 16.0 - tile.width()).abs() < 1e-9);
        assert_eq!(bins(&points, 20), bins(&points, 14));
    }

    proptest! {
        #[test]
        fn every_cell_counts_the_points_within_and_no_order_matters(
            mut points in prop::collection::vec((107.50..107.53, 16.50..16.53), 0..300), z in 8_u8..16
        ) {
            let positions: Vec<LonLat> = points.iter().map(|(lon, lat)| at(*lon, *lat)).collect();
            let cells = bins(&positions, z);
            for (cell, count) in &cells {
                let within = |lon: f64, lat: f64| {
                    (cell.min().x..cell.max().x).contains(&lon) && (cell.min().y..cell.max().y).contains(&lat)
                };
                let counted = points.iter().filter(|(lon, lat)| within(*lon, *lat)).count();
                prop_assert_eq!(counted as u32, *count);
                prop_assert!(*count >= MIN_HOUSEHOLDS);
            }
            points.reverse();
            let reversed: Vec<LonLat> = points.iter().map(|(lon, lat)| at(*lon, *lat)).collect();
            prop_assert_eq!(bins(&reversed, z), cells);
        }
    }
}
