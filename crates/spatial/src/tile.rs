//! Web Mercator tiles: their numbers, and shapes in their coordinates, ready for Mapbox Vector Tiles 2.1.

use diachiso_model::LonLat;
use geo_types::{Coord, Rect};

mod buckets;
mod coverage;
mod noding;

pub use coverage::{TileCoverage, TilePolygons};

/// The side of a tile in tile units.
pub const EXTENT: u32 = 4096;

/// The deepest zoom: a tile unit is 9 mm at the equator.
pub const MAX_ZOOM: u8 = 20;

/// The latitude at which the square world ends.
const MAX_LAT_DEG: f64 = 85.051_128_779_806_6;

/// A tile: zoom, column from the west, row from the north. Sorts by zoom, then column, then row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TileId {
    z: u8,
    x: u32,
    y: u32,
}

/// Why three numbers are no tile.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TileError {
    /// The zoom is too deep.
    #[error("zoom {0} is deeper than {MAX_ZOOM}")]
    Zoom(u8),
    /// The column or the row is outside the world.
    #[error("tile {z}/{x}/{y} is outside the world: columns and rows at zoom {z} end at {last}")]
    Outside {
        /// The zoom.
        z: u8,
        /// The column asked for.
        x: u32,
        /// The row asked for.
        y: u32,
        /// The last column and row.
        last: u32,
    },
}

impl TileId {
    /// A tile from its numbers.
    ///
    /// # Errors
    /// When the zoom is deeper than [`MAX_ZOOM`] or the world has no such column or row.
    pub fn new(z: u8, x: u32, y: u32) -> Result<Self, TileError> {
        if z > MAX_ZOOM {
            return Err(TileError::Zoom(z));
        }
        let last = (1 << z) - 1;
        if x > last || y > last {
            return Err(TileError::Outside { z, x, y, last });
        }
        Ok(Self { z, x, y })
    }

    /// The tile that holds a position; positions beyond 85.05° count to the last row.
    ///
    /// # Errors
    /// When the zoom is deeper than [`MAX_ZOOM`].
    pub fn at(position: LonLat, z: u8) -> Result<Self, TileError> {
        if z > MAX_ZOOM {
            return Err(TileError::Zoom(z));
        }
        let (x, y) = cell_at(position, z);
        Self::new(z, x, y)
    }

    /// The zoom, 0 to [`MAX_ZOOM`].
    #[must_use]
    pub fn z(self) -> u8 {
        self.z
    }

    /// The column, from the west.
    #[must_use]
    pub fn x(self) -> u32 {
        self.x
    }

    /// The row, from the north.
    #[must_use]
    pub fn y(self) -> u32 {
        self.y
    }

    /// The four tiles of the next zoom that it is made of; none of the deepest.
    #[must_use]
    pub fn children(self) -> Vec<Self> {
        let at = [(0, 0), (0, 1), (1, 0), (1, 1)];
        let child = |(x, y)| Self::new(self.z + 1, 2 * self.x + x, 2 * self.y + y).ok();
        at.into_iter().filter_map(child).collect()
    }

    /// The tile's west, south, east and north in degrees.
    #[must_use]
    pub fn bounds(self) -> Rect<f64> {
        cell_bounds(self.z, self.x, self.y)
    }

    /// The bounds in degrees of the tile and `buffer` tile units around it.
    #[must_use]
    pub fn buffered_bounds(self, buffer: u32) -> Rect<f64> {
        let margin = f64::from(buffer) / f64::from(EXTENT);
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        let north_west = degrees_at(x - margin, y - margin, self.z);
        let south_east = degrees_at(x + 1.0 + margin, y + 1.0 + margin, self.z);
        Rect::new(north_west, south_east)
    }

    /// A position in tile units, east and south of the tile's north-western corner.
    #[must_use]
    pub fn project(self, position: LonLat) -> (f64, f64) {
        let point = self.local(Coord { x: position.lon(), y: position.lat() });
        (point.x, point.y)
    }

    fn local(self, degrees: Coord<f64>) -> Coord<f64> {
        let world = in_world(degrees, self.z);
        Coord {
            x: (world.x - f64::from(self.x)) * f64::from(EXTENT),
            y: (world.y - f64::from(self.y)) * f64::from(EXTENT),
        }
    }
}

/// A position in whole tile units, or none when it lies outside the tile and the `buffer` tile units around it.
#[must_use]
pub fn quantise_point(position: LonLat, tile: TileId, buffer: u32) -> Option<[i32; 2]> {
    let (x, y) = tile.project(position);
    let (least, most) = reach(buffer);
    let inside = x >= least && x <= most && y >= least && y <= most;
    inside.then(|| [x.round() as i32, y.round() as i32])
}

/// The column and row of the cell that holds a position in a world of 2^z by 2^z cells.
pub(crate) fn cell_at(position: LonLat, z: u8) -> (u32, u32) {
    let world = in_world(Coord { x: position.lon(), y: position.lat() }, z);
    let last = (1_u64 << z) as f64 - 1.0;
    (world.x.clamp(0.0, last) as u32, world.y.clamp(0.0, last) as u32)
}

/// The bounds in degrees of a cell of a world of 2^z by 2^z cells.
pub(crate) fn cell_bounds(z: u8, x: u32, y: u32) -> Rect<f64> {
    let (x, y) = (f64::from(x), f64::from(y));
    Rect::new(degrees_at(x, y, z), degrees_at(x + 1.0, y + 1.0, z))
}

/// Degrees in cells of a world of 2^z by 2^z.
fn in_world(degrees: Coord<f64>, z: u8) -> Coord<f64> {
    let cells = (1_u64 << z) as f64;
    let lat = degrees.y.clamp(-MAX_LAT_DEG, MAX_LAT_DEG).to_radians();
    Coord {
        x: (degrees.x + 180.0) / 360.0 * cells,
        y: (1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0 * cells,
    }
}

/// The degrees of a position in cells of a world of 2^z by 2^z.
fn degrees_at(x: f64, y: f64, z: u8) -> Coord<f64> {
    let cells = (1_u64 << z) as f64;
    let mercator = (1.0 - 2.0 * y / cells) * std::f64::consts::PI;
    Coord { x: x / cells * 360.0 - 180.0, y: mercator.sinh().atan().to_degrees() }
}

/// The least and greatest tile unit with a buffer.
fn reach(buffer: u32) -> (f64, f64) {
    (-f64::from(buffer), f64::from(EXTENT) + f64::from(buffer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("the test's position is on the globe")
    }

    fn tile(z: u8, x: u32, y: u32) -> TileId {
        TileId::new(z, x, y).expect("the test's tile exists")
    }

    #[test]
    fn tiles_outside_the_world_are_refused() {
        assert_eq!(TileId::new(21, 0, 0), Err(TileError::Zoom(21)));
        assert_eq!(TileId::new(1, 2, 0), Err(TileError::Outside { z: 1, x: 2, y: 0, last: 1 }));
        assert!(TileId::new(20, (1 << 20) - 1, 0).is_ok());
    }

    #[test]
    fn the_citadel_lies_on_its_known_tile() {
        // 14/13087/7431 by the formula of the OpenStreetMap wiki.
        assert_eq!(TileId::at(at(107.5775, 16.4698), 14), Ok(tile(14, 13087, 7431)));
        assert_eq!(TileId::at(at(180.0, -90.0), 3), Ok(tile(3, 7, 7)));
    }

    #[test]
    fn the_corners_of_a_tile_project_to_its_extent() {
        let tile = tile(12, 3271, 1858);
        let bounds = tile.bounds();
        let (x, y) = tile.project(at(bounds.min().x, bounds.max().y));
        assert!(x.abs() < 1e-6 && y.abs() < 1e-6, "{x} {y}");
        let (x, y) = tile.project(at(bounds.max().x, bounds.min().y));
        assert!((x - 4096.0).abs() < 1e-6 && (y - 4096.0).abs() < 1e-6, "{x} {y}");
    }

    #[test]
    fn a_point_belongs_to_the_tile_and_its_buffer() {
        let tile = tile(14, 13087, 7431);
        assert!(quantise_point(at(107.5775, 16.4698), tile, 0).is_some());
        let west = at(tile.bounds().min().x - 1e-4, 16.4698);
        assert_eq!(quantise_point(west, tile, 0), None);
        assert!(quantise_point(west, tile, 64).is_some_and(|[x, _]| x < 0));
    }

    proptest! {
        #[test]
        fn a_position_lies_within_its_tile(lon in -180.0..180.0, lat in -85.0..85.0, z in 0_u8..=20) {
            let tile = TileId::at(at(lon, lat), z).expect("the zoom exists");
            let (x, y) = tile.project(at(lon, lat));
            prop_assert!((-1e-4..=4096.0001).contains(&x) && (-1e-4..=4096.0001).contains(&y));
            prop_assert!(quantise_point(at(lon, lat), tile, 1).is_some());
        }
    }
}
