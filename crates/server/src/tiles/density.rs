//! Covered households by cell: what may be told of positions without telling anyone's.

use std::collections::BTreeMap;

use diachiso_model::LonLat;
use diachiso_spatial::{
    density::bins,
    tile::{EXTENT, TileId},
};
use diachiso_store::DensityPoint;

/// Zoom whose cells are counted: the finest, 292 m a side at the latitude of Huế.
const COUNTED_ZOOM: u8 = 13;

/// Cells are tiles this many zooms further in.
const CELL_ZOOMS: u8 = 4;

/// Zoom whose tiles are the finest cells.
const FINEST_CELL_ZOOM: u8 = COUNTED_ZOOM + CELL_ZOOMS;

/// Households by cell. Cells with too few are dropped at the finest zoom, before anything is summed: a
/// coarser cell is the sum of finer ones that are told, so subtraction gives nothing away.
pub(crate) struct Density {
    /// Cells (column, row) and households, by zoom of the cell.
    by_zoom: Vec<BTreeMap<(u32, u32), u64>>,
}

impl Density {
    /// Counts points, one a household.
    pub(crate) fn of(points: &[DensityPoint]) -> Self {
        let mut finest: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (cell, n) in bins(points, COUNTED_ZOOM) {
            let centre = cell.center();
            let at = LonLat::new(centre.x, centre.y).ok();
            if let Some(id) = at.and_then(|at| TileId::at(at, FINEST_CELL_ZOOM).ok()) {
                *finest.entry((id.x(), id.y())).or_default() += u64::from(n);
            }
        }
        let mut by_zoom = vec![finest];
        for zoom in 0..usize::from(FINEST_CELL_ZOOM) {
            let mut coarser: BTreeMap<(u32, u32), u64> = BTreeMap::new();
            for ((x, y), n) in &by_zoom[zoom] {
                *coarser.entry((x / 2, y / 2)).or_default() += n;
            }
            by_zoom.push(coarser);
        }
        by_zoom.reverse();
        Self { by_zoom }
    }

    /// Cells of a tile as squares (clockwise on the screen) in its units, with their households.
    pub(super) fn cells(&self, id: TileId) -> impl Iterator<Item = (Vec<[i32; 2]>, u64)> {
        let cell_zoom = (id.z() + CELL_ZOOMS).min(FINEST_CELL_ZOOM);
        let deeper = cell_zoom - id.z();
        let (west, north) = (id.x() << deeper, id.y() << deeper);
        let count = 1_u32 << deeper;
        let side = EXTENT >> deeper;
        // At most the extent of a tile, hence no wrap.
        let at = move |cells: u32| (cells * side).cast_signed();
        self.by_zoom[usize::from(cell_zoom)]
            .range((west, 0)..(west + count, 0))
            .filter(move |((_, y), _)| (north..north + count).contains(y))
            .map(move |((x, y), n)| {
                let (left, top) = (at(x - west), at(y - north));
                let (right, bottom) = (at(x - west + 1), at(y - north + 1));
                (vec![[left, top], [right, top], [right, bottom], [left, bottom]], *n)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(n: usize, lon: f64) -> Vec<LonLat> {
        vec![LonLat::new(lon, 16.57).expect("a position"); n]
    }

    fn world(points: &[LonLat]) -> Vec<u64> {
        let world = TileId::new(0, 0, 0).expect("the world");
        Density::of(points).cells(world).map(|(_, n)| n).collect()
    }

    #[test]
    fn a_small_cell_is_told_at_no_zoom() {
        assert_eq!(world(&points(4, 107.5)), [0; 0]);
        assert_eq!(world(&points(5, 107.5)), [5]);
        // Two cells side by side: the small one is in no sum either.
        assert_eq!(world(&[points(4, 107.5), points(6, 107.51)].concat()), [6]);
    }

    #[test]
    fn every_told_household_is_in_exactly_one_tile_of_a_zoom() {
        let all: Vec<LonLat> =
            (0..40).flat_map(|i| points(5, 107.3 + f64::from(i) / 50.0)).collect();
        let density = Density::of(&all);
        for z in 0..=16_u8 {
            let at =
                |lon| TileId::at(LonLat::new(lon, 16.57).expect("a position"), z).expect("a tile");
            let tiles = (at(107.2).x()..=at(108.2).x()).map(|x| TileId::new(z, x, at(107.5).y()));
            let sum: u64 = tiles
                .flat_map(|t| density.cells(t.expect("a tile")).map(|(_, n)| n).collect::<Vec<_>>())
                .sum();
            assert_eq!(sum, 200, "zoom {z}");
        }
    }
}
