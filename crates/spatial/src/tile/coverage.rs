//! Shapes that share borders, ready to be cut into tiles of any zoom: simplified together, so that they still share them.

use std::collections::hash_map::Entry;

use geo_types::{LineString, MultiPolygon};
use rayon::prelude::*;
use rstar::{AABB, RTree};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    EXTENT, MAX_ZOOM, TileId, in_world,
    noding::{Segments, clip},
};
use crate::grid_rings::{Node, Ring, cross, dot, into_polygons, minus};

/// Bits of the grid that shapes are kept on: tile units of [`MAX_ZOOM`], 9 mm at the equator.
const GRID_BITS: u8 = MAX_ZOOM + EXTENT.ilog2() as u8;

/// A point this many grid steps from an edge lies on it: seven decimals of a degree are coarser than a step, and each end
/// of an edge is off by as much.
const ON_EDGE: i64 = 2;

/// Tile units that simplifying may move a border by: an eighth of a pixel where a tile is 512 of them wide.
const TOLERANCE: f64 = 1.0;

/// Polygons of rings in tile units: the exterior first, with a positive area by the surveyor's formula (clockwise on the
/// screen), then its holes. Rings are open, come through no point twice, and do not cross.
pub type TilePolygons = Vec<Vec<Vec<[i32; 2]>>>;

/// An open ring in tile units.
type TileRing = Vec<[i32; 2]>;

/// Shapes on one grid, each of their points with the zoom from which it is drawn.
///
/// What two shapes share is simplified once: their border is the same points in both, in tiles of any zoom, whether or
/// not both had a point where a third meets them.
#[derive(Debug, Default)]
pub struct TileCoverage {
    shapes: Vec<Shape>,
}

#[derive(Debug)]
struct Shape {
    bounds: [i64; 4],
    rings: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    bounds: [i64; 4],
    points: Vec<Node>,
    from_zoom: Vec<u8>,
}

impl TileCoverage {
    /// Puts shapes on the grid. Cost: n log n of their points, on all cores.
    #[must_use]
    pub fn of(shapes: &[&MultiPolygon<f64>]) -> Self {
        let mut rings: Vec<Vec<Ring>> = shapes.par_iter().map(|shape| on_grid(shape)).collect();
        let mut points: Vec<[i64; 2]> =
            rings.iter().flatten().flatten().map(|p| [p.0, p.1]).collect();
        points.par_sort_unstable();
        points.dedup();
        let points = RTree::bulk_load(points);
        rings.par_iter_mut().flatten().for_each(|ring| *ring = through(ring, &points));
        let kept = anchors(&rings);
        let shapes = rings.into_par_iter().map(|rings| Shape::of(rings, &kept)).collect();
        Self { shapes }
    }

    /// The shapes that a tile and the `buffer` tile units around it show, by number, each as valid polygons. A shape that
    /// is too small to show is a square of one unit in the tile that holds it.
    #[must_use]
    pub fn cut(&self, tile: TileId, buffer: u32) -> Vec<(usize, TilePolygons)> {
        let window = Window::of(tile, buffer);
        let meets = |(_, shape): &(usize, &Shape)| window.meets(&shape.bounds);
        let drawn: Vec<(usize, &Shape, Vec<TileRing>)> = (0..)
            .zip(&self.shapes)
            .filter(meets)
            .map(|(number, shape)| (number, shape, window.rings(shape)))
            .collect();
        let mut segments = Segments::default();
        for (_, _, rings) in &drawn {
            for ring in rings {
                segments.add(ring);
            }
        }
        let noded = segments.node();
        let mut edges = 0;
        let polygons = drawn.into_iter().filter_map(|(number, shape, rings)| {
            let led = rings.iter().map(|ring| {
                let led = noded.led(ring, edges);
                edges += ring.len();
                led.into_iter().map(wide).collect()
            });
            let mut polygons = outermost(into_polygons(led.collect()));
            if polygons.is_empty() {
                polygons.push(vec![window.speck(shape)?]);
            }
            Some((number, polygons.into_iter().map(|rings| narrow(&rings)).collect()))
        });
        polygons.collect()
    }
}

fn wide(p: [i32; 2]) -> Node {
    (p[0].into(), p[1].into())
}

fn narrow(rings: &[Ring]) -> Vec<Vec<[i32; 2]>> {
    let ring = |ring: &Ring| ring.iter().map(|p| [p.0 as i32, p.1 as i32]).collect();
    rings.iter().map(ring).collect()
}

/// The rings of a shape on the grid, exteriors with a positive area, holes with a negative one, y down.
fn on_grid(shape: &MultiPolygon<f64>) -> Vec<Ring> {
    let ring = |line: &LineString<f64>, positive: bool| {
        let world = (1_u64 << GRID_BITS) as f64 - 1.0;
        let open = &line.0[..line.0.len().saturating_sub(1)];
        let mut ring: Ring = open
            .iter()
            .map(|at| {
                let at = in_world(*at, GRID_BITS);
                (at.x.round().clamp(0.0, world) as i64, at.y.round().clamp(0.0, world) as i64)
            })
            .collect();
        ring.dedup();
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        if (doubled_area(&ring) > 0) != positive {
            ring.reverse();
        }
        ring
    };
    let polygons = shape.iter().flat_map(|polygon| {
        let holes = polygon.interiors().iter().map(move |hole| ring(hole, false));
        std::iter::once(ring(polygon.exterior(), true)).chain(holes)
    });
    polygons.filter(|ring| ring.len() > 2).collect()
}

/// Twice the area of a ring; wide numbers, since grid steps of the world squared are 64 bits.
fn doubled_area(ring: &[Node]) -> i128 {
    let next = ring.iter().cycle().skip(1);
    let terms = ring.iter().zip(next).map(|(a, b)| {
        let (a, b) = (minus(*a, ring[0]), minus(*b, ring[0]));
        i128::from(a.0) * i128::from(b.1) - i128::from(a.1) * i128::from(b.0)
    });
    terms.sum()
}

/// The ring led through the points of other rings that lie on its edges.
fn through(ring: &Ring, points: &RTree<[i64; 2]>) -> Ring {
    let mut led = Ring::with_capacity(ring.len());
    for (k, a) in ring.iter().enumerate() {
        let b = ring[(k + 1) % ring.len()];
        led.push(*a);
        let envelope = AABB::from_corners(
            [a.0.min(b.0) - ON_EDGE, a.1.min(b.1) - ON_EDGE],
            [a.0.max(b.0) + ON_EDGE, a.1.max(b.1) + ON_EDGE],
        );
        let along = minus(b, *a);
        let length = (along.0 as f64).hypot(along.1 as f64);
        let mut on: Vec<(f64, Node)> = points
            .locate_in_envelope(envelope)
            .map(|p| (p[0], p[1]))
            .filter(|p| p != a && *p != b)
            .filter_map(|p| {
                let from = minus(p, *a);
                let off = cross(along, from) as f64 / length;
                let at = dot(along, from) as f64 / length;
                (off.abs() <= ON_EDGE as f64 && at > 0.0 && at < length).then_some((at, p))
            })
            .collect();
        on.sort_unstable_by(|p, q| p.0.total_cmp(&q.0).then(p.1.cmp(&q.1)));
        led.extend(on.into_iter().map(|(_, p)| p));
    }
    led
}

/// Points that are drawn at every zoom: those where borders meet or part, and of each shape the outermost, so that a small
/// one does not vanish early.
fn anchors(rings: &[Vec<Ring>]) -> FxHashSet<Node> {
    let mut kept = FxHashSet::default();
    let mut beside: FxHashMap<Node, (Node, Node)> = FxHashMap::default();
    for ring in rings.iter().flatten() {
        for (k, at) in ring.iter().enumerate() {
            let (a, b) = (ring[(k + ring.len() - 1) % ring.len()], ring[(k + 1) % ring.len()]);
            let pair = (a.min(b), a.max(b));
            match beside.entry(*at) {
                Entry::Vacant(free) => drop(free.insert(pair)),
                Entry::Occupied(taken) if *taken.get() != pair => drop(kept.insert(*at)),
                Entry::Occupied(_) => {}
            }
        }
    }
    for shape in rings {
        let Some(largest) = shape.iter().max_by_key(|ring| doubled_area(ring)) else { continue };
        // Westernmost, easternmost, northernmost, southernmost.
        kept.extend(largest.iter().min());
        kept.extend(largest.iter().max());
        kept.extend(largest.iter().min_by_key(|p| (p.1, p.0)));
        kept.extend(largest.iter().max_by_key(|p| (p.1, p.0)));
    }
    kept
}

impl Shape {
    fn of(rings: Vec<Ring>, kept: &FxHashSet<Node>) -> Self {
        let rings: Vec<Line> = rings.into_iter().map(|ring| Line::of(ring, kept)).collect();
        let none = [i64::MAX, i64::MAX, i64::MIN, i64::MIN];
        let bounds = rings
            .iter()
            .map(|ring| ring.bounds)
            .fold(none, |a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
        Self { bounds, rings }
    }
}

impl Line {
    /// A ring with the zoom of each point. Each part between two kept points is simplified from the lesser of its ends, so
    /// that both sides of a border agree.
    fn of(mut points: Ring, kept: &FxHashSet<Node>) -> Self {
        // Begins at a kept point, or at the least of a ring that touches nothing.
        let start = (0..points.len())
            .filter(|k| kept.contains(&points[*k]))
            .min_by_key(|k| points[*k])
            .or_else(|| (0..points.len()).min_by_key(|k| points[*k]));
        points.rotate_left(start.unwrap_or(0));
        let mut from_zoom = vec![0; points.len()];
        let mut stops: Vec<usize> =
            (0..points.len()).filter(|k| *k == 0 || kept.contains(&points[*k])).collect();
        if stops.len() == 1 {
            // A ring of one stop is cut in two at the point furthest from it.
            let far = (1..points.len()).max_by_key(|k| (apart(points[0], points[*k]), points[*k]));
            stops.extend(far);
        }
        stops.push(points.len());
        points.push(points[0]);
        from_zoom.push(0);
        for ends in stops.windows(2) {
            simplify(&points[ends[0]..=ends[1]], &mut from_zoom[ends[0]..=ends[1]]);
        }
        points.pop();
        from_zoom.pop();
        let x = || points.iter().map(|p| p.0);
        let y = || points.iter().map(|p| p.1);
        let bounds = [
            x().min().unwrap_or(i64::MAX),
            y().min().unwrap_or(i64::MAX),
            x().max().unwrap_or(i64::MIN),
            y().max().unwrap_or(i64::MIN),
        ];
        Self { bounds, points, from_zoom }
    }
}

/// Squared distance, as an order.
fn apart(a: Node, b: Node) -> i128 {
    let d = minus(a, b);
    i128::from(d.0) * i128::from(d.0) + i128::from(d.1) * i128::from(d.1)
}

/// Douglas and Peucker's, for all zooms at once: a point is drawn from the zoom at which it is further than the tolerance
/// from the line between those drawn before it.
fn simplify(points: &[Node], from_zoom: &mut [u8]) {
    let last = points.len() - 1;
    if last < 2 {
        return;
    }
    // Either side of a border hands in the same points in another order.
    let ahead = (0..=last).map(|k| points[k]).cmp((0..=last).map(|k| points[last - k])).is_le();
    let at = |k: usize| points[if ahead { k } else { last - k }];
    let mut parts = vec![(0, last, f64::INFINITY)];
    while let Some((from, to, above)) = parts.pop() {
        let furthest = (from + 1..to)
            .map(|k| (distance(at(k), at(from), at(to)), k))
            .max_by(|p, q| p.0.total_cmp(&q.0).then(q.1.cmp(&p.1)));
        let Some((distance, k)) = furthest else { continue };
        let distance = distance.min(above);
        from_zoom[if ahead { k } else { last - k }] = zoom_of(distance);
        parts.push((from, k, distance));
        parts.push((k, to, distance));
    }
}

/// The first zoom at which a distance in grid steps is more than the tolerance.
fn zoom_of(distance: f64) -> u8 {
    let unit = |z: u8| f64::from(1_u32 << (MAX_ZOOM - z));
    (0..=MAX_ZOOM).find(|z| distance > TOLERANCE * unit(*z)).unwrap_or(MAX_ZOOM)
}

/// Distance of a point from the line between two others; from the point where the two are one.
fn distance(p: Node, a: Node, b: Node) -> f64 {
    let (ab, ap) = (minus(b, a), minus(p, a));
    let (abx, aby, apx, apy) = (ab.0 as f64, ab.1 as f64, ap.0 as f64, ap.1 as f64);
    let squared = abx * abx + aby * aby;
    let share =
        if squared > 0.0 { ((apx * abx + apy * aby) / squared).clamp(0.0, 1.0) } else { 0.0 };
    (apx - share * abx).hypot(apy - share * aby)
}

/// The part of the grid that a tile draws.
struct Window {
    tile: TileId,
    shift: u8,
    reach: [i32; 2],
    /// In grid steps.
    bounds: [i64; 4],
}

impl Window {
    fn of(tile: TileId, buffer: u32) -> Self {
        let shift = GRID_BITS - tile.z - EXTENT.ilog2() as u8;
        let side = i64::from(EXTENT) << shift;
        // A unit more: what rounds into the window.
        let margin = i64::from(buffer + 1) << shift;
        let (x, y) = (i64::from(tile.x) * side, i64::from(tile.y) * side);
        let bounds = [x - margin, y - margin, x + side + margin, y + side + margin];
        let reach = [-buffer.cast_signed(), (EXTENT + buffer).cast_signed()];
        Self { tile, shift, reach, bounds }
    }

    fn meets(&self, [x0, y0, x1, y1]: &[i64; 4]) -> bool {
        let [west, north, east, south] = self.bounds;
        *x0 <= east && *x1 >= west && *y0 <= south && *y1 >= north
    }

    fn local(&self, p: Node) -> [i32; 2] {
        let half = (1_i64 << self.shift) >> 1;
        let unit = |v: i64, tile: u32| {
            (((v + half) >> self.shift) - i64::from(tile) * i64::from(EXTENT)) as i32
        };
        [unit(p.0, self.tile.x), unit(p.1, self.tile.y)]
    }

    /// The rings of a shape as the zoom draws them, clipped.
    fn rings(&self, shape: &Shape) -> Vec<Vec<[i32; 2]>> {
        let lines = shape.rings.iter().filter(|line| self.meets(&line.bounds));
        let rings = lines.map(|line| {
            let drawn = line.points.iter().zip(&line.from_zoom);
            let drawn = drawn.filter(|(_, from)| **from <= self.tile.z);
            let mut ring: Vec<[i32; 2]> = drawn.map(|(p, _)| self.local(*p)).collect();
            ring.dedup();
            clip(ring, self.reach)
        });
        rings.filter(|ring| ring.len() > 2).collect()
    }

    /// A square of one unit for a shape too small to show, where its middle lies in the tile.
    fn speck(&self, shape: &Shape) -> Option<Ring> {
        let [x0, y0, x1, y1] = shape.bounds;
        let side = i64::from(EXTENT) << self.shift;
        let (west, north) = (i64::from(self.tile.x) * side, i64::from(self.tile.y) * side);
        // Only what is smaller than a unit or two across; the rest of a larger shape is elsewhere.
        let small = (x1 - x0).min(y1 - y0) <= 2 << self.shift;
        let (x, y) = (i64::midpoint(x0, x1), i64::midpoint(y0, y1));
        let inside = (west..west + side).contains(&x) && (north..north + side).contains(&y);
        (small && inside).then(|| {
            let (x, y) = ((x - west) >> self.shift, (y - north) >> self.shift);
            vec![(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
        })
    }
}

/// Without polygons that lie in others: simplifying may fold a narrow shape over itself.
fn outermost(polygons: Vec<Vec<Ring>>) -> Vec<Vec<Ring>> {
    if polygons.len() < 2 {
        return polygons;
    }
    let within = |ring: &Ring, other: &[Ring]| {
        let holds = |outer: &Ring| ring.iter().find_map(|p| crate::grid_rings::inside(outer, *p));
        holds(&other[0]) == Some(true) && !other[1..].iter().any(|hole| holds(hole) != Some(false))
    };
    let hidden: Vec<bool> = (0..polygons.len())
        .map(|k| (0..polygons.len()).any(|o| o != k && within(&polygons[k][0], &polygons[o])))
        .collect();
    polygons.into_iter().zip(hidden).filter(|(_, hidden)| !hidden).map(|(p, _)| p).collect()
}

#[cfg(test)]
mod tests;
