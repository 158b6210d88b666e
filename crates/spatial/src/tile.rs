//! Web Mercator tiles: their numbers, and shapes in their coordinates, ready for Mapbox Vector Tiles 2.1.

use diachiso_model::LonLat;
use geo_types::{Coord, LineString, MultiPolygon, Rect};

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

/// A shape in whole tile units, clipped to the tile and the `buffer` tile units around it: polygons of rings.
///
/// The exterior ring comes first and has a positive area by the surveyor's formula with y down, holes a negative one;
/// no ring repeats its first point at the end, has equal or collinear neighbours, or is without area. Rings are
/// clipped one by one (Sutherland and Hodgman): a concave one may run back along the edge of the buffer.
#[must_use]
pub fn clip_and_quantise(
    shape: &MultiPolygon<f64>,
    tile: TileId,
    buffer: u32,
) -> Vec<Vec<Vec<[i32; 2]>>> {
    let reached = tile.buffered_bounds(buffer);
    let polygons = shape.iter().filter_map(|polygon| {
        let exterior = clipped_ring(polygon.exterior(), tile, buffer, &reached)?;
        let mut rings = vec![wound(exterior, true)];
        let holes = polygon.interiors().iter();
        let holes = holes.filter_map(|ring| clipped_ring(ring, tile, buffer, &reached));
        rings.extend(holes.map(|ring| wound(ring, false)));
        Some(rings)
    });
    polygons.collect()
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

/// A ring clipped and put on the grid, or none when nothing of it is left.
fn clipped_ring(
    ring: &LineString<f64>,
    tile: TileId,
    buffer: u32,
    reached: &Rect<f64>,
) -> Option<Vec<[i32; 2]>> {
    let (min, max) = (reached.min(), reached.max());
    // Most rings of a province miss a deep tile on one side: cheaper to see in degrees than to project.
    let misses = |beyond: &dyn Fn(&Coord<f64>) -> bool| ring.0.iter().all(beyond);
    if misses(&|p| p.x < min.x)
        || misses(&|p| p.x > max.x)
        || misses(&|p| p.y < min.y)
        || misses(&|p| p.y > max.y)
    {
        return None;
    }
    let (least, most) = reach(buffer);
    let open = &ring.0[..ring.0.len().saturating_sub(1)];
    let mut points: Vec<Coord<f64>> = open.iter().map(|point| tile.local(*point)).collect();
    for side in [
        Side { vertical: false, sign: 1.0, bound: least },
        Side { vertical: false, sign: -1.0, bound: most },
        Side { vertical: true, sign: 1.0, bound: least },
        Side { vertical: true, sign: -1.0, bound: most },
    ] {
        points = side.clip(&points);
    }
    let quantised =
        points.iter().map(|point| [point.x.round() as i32, point.y.round() as i32]).collect();
    clean_ring(quantised)
}

/// One side of the clipping window.
struct Side {
    /// Whether it bounds y.
    vertical: bool,
    /// 1 for a lower bound, −1 for an upper one.
    sign: f64,
    bound: f64,
}

impl Side {
    /// What of a ring lies within the bound.
    fn clip(&self, ring: &[Coord<f64>]) -> Vec<Coord<f64>> {
        let depth = |point: &Coord<f64>| {
            self.sign * (if self.vertical { point.y } else { point.x } - self.bound)
        };
        let mut kept = Vec::with_capacity(ring.len() + 4);
        let Some(mut previous) = ring.last() else { return kept };
        for point in ring {
            let (before, now) = (depth(previous), depth(point));
            if (before < 0.0) != (now < 0.0) {
                kept.push(self.meet(*previous, *point, before / (before - now)));
            }
            if now >= 0.0 {
                kept.push(*point);
            }
            previous = point;
        }
        kept
    }

    /// The point of the bound a fraction of the way from one point to another.
    fn meet(&self, from: Coord<f64>, to: Coord<f64>, fraction: f64) -> Coord<f64> {
        let point = from + (to - from) * fraction;
        if self.vertical {
            Coord { x: point.x, y: self.bound }
        } else {
            Coord { x: self.bound, y: point.y }
        }
    }
}

/// A ring without repeated points, collinear points and spikes, or none when no area is left.
fn clean_ring(points: Vec<[i32; 2]>) -> Option<Vec<[i32; 2]>> {
    let mut ring: Vec<[i32; 2]> = Vec::with_capacity(points.len());
    for point in points {
        while ring.last() != Some(&point)
            && ring.len() > 1
            && cross(ring[ring.len() - 2], ring[ring.len() - 1], point) == 0
        {
            ring.pop();
        }
        if ring.last() != Some(&point) {
            ring.push(point);
        }
    }
    // The same where the end meets the beginning.
    let mut from = 0;
    while ring.len() - from.min(ring.len()) > 2 {
        let last = ring.len() - 1;
        if ring[last] == ring[from] || cross(ring[last - 1], ring[last], ring[from]) == 0 {
            ring.pop();
        } else if cross(ring[last], ring[from], ring[from + 1]) == 0 {
            from += 1;
        } else {
            break;
        }
    }
    ring.drain(..from.min(ring.len()));
    (ring.len() > 2 && doubled_area(&ring) != 0).then_some(ring)
}

/// The ring with a positive area for an exterior and a negative one for a hole.
fn wound(mut ring: Vec<[i32; 2]>, exterior: bool) -> Vec<[i32; 2]> {
    if (doubled_area(&ring) > 0) != exterior {
        ring.reverse();
    }
    ring
}

/// Twice the area by the surveyor's formula: positive for clockwise on the screen.
fn doubled_area(ring: &[[i32; 2]]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]))
        .sum()
}

/// 0 for three points on a line.
fn cross(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> i64 {
    let [ax, ay, bx, by, cx, cy] = [a[0], a[1], b[0], b[1], c[0], c[1]].map(i64::from);
    (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area as _, MapCoords as _};
    use geo_types::{Polygon, polygon};
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
    fn a_shape_around_the_tile_becomes_the_buffered_square() {
        let world = MultiPolygon(vec![polygon![
            (x: -170.0, y: -80.0), (x: 170.0, y: -80.0), (x: 170.0, y: 80.0), (x: -170.0, y: 80.0),
        ]]);
        let clipped = clip_and_quantise(&world, tile(10, 817, 464), 64);
        assert_eq!(clipped.len(), 1);
        let mut ring = clipped[0][0].clone();
        ring.sort_unstable();
        assert_eq!(ring, [[-64, -64], [-64, 4160], [4160, -64], [4160, 4160]]);
    }

    #[test]
    fn a_shape_smaller_than_a_unit_or_beside_the_tile_vanishes() {
        let speck = MultiPolygon(vec![polygon![
            (x: 107.5, y: 16.5), (x: 107.500_001, y: 16.5), (x: 107.5, y: 16.500_001),
        ]]);
        let around = TileId::at(at(107.5, 16.5), 8).expect("zoom 8 exists");
        assert!(clip_and_quantise(&speck, around, 64).is_empty());
        assert!(clip_and_quantise(&speck, tile(8, 0, 0), 64).is_empty());
    }

    #[test]
    fn a_point_belongs_to_the_tile_and_its_buffer() {
        let tile = tile(14, 13087, 7431);
        assert!(quantise_point(at(107.5775, 16.4698), tile, 0).is_some());
        let west = at(tile.bounds().min().x - 1e-4, 16.4698);
        assert_eq!(quantise_point(west, tile, 0), None);
        assert!(quantise_point(west, tile, 64).is_some_and(|[x, _]| x < 0));
    }

    #[track_caller]
    fn check_clean(points: &[[i32; 2]], expected: Option<&[[i32; 2]]>) {
        assert_eq!(clean_ring(points.to_vec()).as_deref(), expected);
    }

    #[test]
    fn rings_lose_repeats_straight_corners_and_spikes() {
        let square: &[[i32; 2]] = &[[0, 0], [4, 0], [4, 4], [0, 4]];
        check_clean(square, Some(square));
        check_clean(&[[0, 0], [0, 0], [2, 0], [4, 0], [4, 4], [0, 4], [0, 2]], Some(square));
        check_clean(&[[0, 0], [4, 0], [9, 0], [4, 0], [4, 4], [0, 4], [0, 0]], Some(square));
        check_clean(
            &[[2, 0], [4, 0], [4, 4], [0, 4], [0, 0]],
            Some(&[[4, 0], [4, 4], [0, 4], [0, 0]]),
        );
        check_clean(&[[0, 0], [4, 4], [8, 8]], None);
        check_clean(&[[0, 0], [4, 4], [0, 0], [4, 4]], None);
        check_clean(&[[1, 1]], None);
        check_clean(&[], None);
    }

    /// A star with a hole, of up to a tile's size and more.
    fn shape() -> impl Strategy<Value = MultiPolygon<f64>> {
        let corners = prop::collection::vec(0.3..1.0_f64, 3..40);
        (107.3..107.7, 16.3..16.7, 0.0005..0.5_f64, corners).prop_map(|(x, y, size, radii)| {
            let step = std::f64::consts::TAU / radii.len() as f64;
            let ring = |scale: f64| -> LineString<f64> {
                let corner = |(turn, radius): (usize, &f64)| {
                    let (sin, cos) = (step * turn as f64).sin_cos();
                    Coord { x: x + size * scale * radius * cos, y: y + size * scale * radius * sin }
                };
                radii.iter().enumerate().map(corner).collect()
            };
            MultiPolygon(vec![Polygon::new(ring(1.0), vec![ring(0.5)])])
        })
    }

    proptest! {
        #[test]
        fn clipped_rings_are_within_bounds_wound_rightly_and_not_degenerate(
            shape in shape(), z in 6_u8..16, buffer in 0_u32..256
        ) {
            let tile = TileId::at(at(107.5, 16.5), z).expect("the zoom exists");
            let (least, most) = (-buffer.cast_signed(), (EXTENT + buffer).cast_signed());
            for polygon in clip_and_quantise(&shape, tile, buffer) {
                prop_assert!(doubled_area(&polygon[0]) > 0);
                prop_assert!(polygon[1..].iter().all(|hole| doubled_area(hole) < 0));
                for ring in &polygon {
                    prop_assert!(ring.len() > 2);
                    prop_assert!(ring.iter().flatten().all(|value| (least..=most).contains(value)));
                    let next = |offset: usize| ring.iter().cycle().skip(offset);
                    for ((a, b), c) in ring.iter().zip(next(1)).zip(next(2)) {
                        prop_assert_ne!(a, b);
                        prop_assert_ne!(cross(*a, *b, *c), 0);
                    }
                }
            }
        }

        #[test]
        fn the_tiles_of_a_zoom_share_a_shape_without_loss(shape in shape()) {
            // The area over all tiles in tile units, against the shape projected as a whole.
            let z = 13;
            let whole: MultiPolygon<f64> = {
                let origin = TileId::at(at(107.5, 16.5), z).expect("the zoom exists");
                shape.map_coords(|point| origin.local(point))
            };
            let (west, north) = cell_at(at(106.7, 17.3), z);
            let (east, south) = cell_at(at(108.3, 15.7), z);
            let pieces: i64 = (west..=east)
                .flat_map(|x| (north..=south).map(move |y| tile(z, x, y)))
                .flat_map(|tile| clip_and_quantise(&shape, tile, 0))
                .flatten()
                .map(|ring| doubled_area(&ring))
                .sum();
            let expected = whole.unsigned_area();
            // Rounding moves a border by up to a unit along its length.
            let border: f64 = whole.0[0].exterior().lines().map(|l| l.delta().x.hypot(l.delta().y)).sum();
            prop_assert!((pieces as f64 / 2.0 - expected).abs() <= 3.0 * border + 100.0);
        }

        #[test]
        fn a_position_lies_within_its_tile(lon in -180.0..180.0, lat in -85.0..85.0, z in 0_u8..=20) {
            let tile = TileId::at(at(lon, lat), z).expect("the zoom exists");
            let (x, y) = tile.project(at(lon, lat));
            prop_assert!((-1e-4..=4096.0001).contains(&x) && (-1e-4..=4096.0001).contains(&y));
            prop_assert!(quantise_point(at(lon, lat), tile, 1).is_some());
        }
    }
}
