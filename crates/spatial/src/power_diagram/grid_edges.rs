//! Shapes in degrees put on a grid of seven decimals and joined there.

use std::collections::HashMap;

use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use rstar::{AABB, RTree};

pub(super) use crate::grid_rings::{Edges, Node};

/// Grid steps per unit of length: seven decimals.
const STEPS: f64 = 1e7;
/// Points nearer than this are one point computed in two ways.
const SAME: f64 = 1e-8;
/// Steps to either side of a node within which an edge passes through it: half a step, within which points round to
/// the node, and what [`SAME`] may have moved one of them.
const REACH: f64 = 0.5 + 1.1 * SAME * STEPS;

fn node(point: Coord<f64>) -> Node {
    ((point.x * STEPS).round() as i64, (point.y * STEPS).round() as i64)
}

/// An open ring's points on the grid.
pub(super) fn ring_nodes(ring: &[Coord<f64>]) -> Vec<Node> {
    ring.iter().map(|p| node(*p)).collect()
}

/// Gives points that differ only by rounding errors one place, wherever the grid lines lie.
#[derive(Default)]
pub(super) struct Nodes {
    by_bucket: HashMap<Node, Coord<f64>>,
}

impl Nodes {
    /// The place of a point: that of the first one that was the same.
    pub(super) fn snap(&mut self, point: Coord<f64>) -> Coord<f64> {
        let bucket = ((point.x / SAME).floor() as i64, (point.y / SAME).floor() as i64);
        for dx in -1..=1 {
            for dy in -1..=1 {
                if let Some(seen) = self.by_bucket.get(&(bucket.0 + dx, bucket.1 + dy)) {
                    let apart = *seen - point;
                    if apart.x.abs() <= SAME && apart.y.abs() <= SAME {
                        return *seen;
                    }
                }
            }
        }
        self.by_bucket.insert(bucket, point);
        point
    }

    /// All nodes, to be found by place.
    pub(super) fn into_index(self) -> RTree<[i64; 2]> {
        let mut nodes: Vec<[i64; 2]> =
            self.by_bucket.into_values().map(|p| node(p).into()).collect();
        nodes.sort_unstable();
        nodes.dedup();
        RTree::bulk_load(nodes)
    }
}

/// Adds a ring's edges, each led through the nodes that it passes.
pub(super) fn add_noded(edges: &mut Edges, ring: &[Coord<f64>], nodes: &RTree<[i64; 2]>) {
    for (k, a) in ring.iter().enumerate() {
        let b = ring[(k + 1) % ring.len()];
        // The same way round for both sides of a border.
        let turned = (b.x, b.y) < (a.x, a.y);
        let mut path = if turned { passed(b, *a, nodes) } else { passed(*a, b, nodes) };
        if turned {
            path.reverse();
        }
        for pair in path.windows(2) {
            edges.add_edge(pair[0], pair[1]);
        }
    }
}

/// The shape that edges enclose.
pub(super) fn shape(edges: Edges) -> MultiPolygon<f64> {
    let polygon = |rings: Vec<Vec<Node>>| {
        let mut lines = rings.iter().map(|ring| line(ring));
        lines.next().map(|exterior| Polygon::new(exterior, lines.collect()))
    };
    edges.into_polygons().into_iter().filter_map(polygon).collect()
}

/// The nodes that the edge from `a` to `b` passes, those of its ends first and last (snap rounding).
///
/// What decides is the edge before it is put on the grid: a cell that ends within the edge of another lies on the same
/// line there and no longer does once all are rounded.
fn passed(a: Coord<f64>, b: Coord<f64>, nodes: &RTree<[i64; 2]>) -> Vec<Node> {
    let (first, last) = (node(a), node(b));
    let (a, b) = (a * STEPS, b * STEPS);
    let ab = b - a;
    let envelope = AABB::from_corners(
        [a.x.min(b.x).floor() as i64 - 1, a.y.min(b.y).floor() as i64 - 1],
        [a.x.max(b.x).ceil() as i64 + 1, a.y.max(b.y).ceil() as i64 + 1],
    );
    let passes = |n: Node| {
        // Where along the edge it is beside the node, first by one coordinate, then by the other.
        let beside = |from: f64, by: f64, at: i64| {
            let (near, far) = (at as f64 - REACH - from, at as f64 + REACH - from);
            if by == 0.0 {
                return (near <= 0.0 && far >= 0.0).then_some((0.0, 1.0));
            }
            Some(((near / by).min(far / by), (near / by).max(far / by)))
        };
        let (Some(x), Some(y)) = (beside(a.x, ab.x, n.0), beside(a.y, ab.y, n.1)) else {
            return false;
        };
        x.0.max(y.0).max(0.0) <= x.1.min(y.1).min(1.0)
    };
    let along = |n: Node| (n.0 as f64 - a.x) * ab.x + (n.1 as f64 - a.y) * ab.y;
    let mut between: Vec<(f64, Node)> = nodes
        .locate_in_envelope(envelope)
        .map(|n| (n[0], n[1]))
        .filter(|n| *n != first && *n != last && passes(*n))
        .map(|n| (along(n), n))
        .collect();
    between.sort_unstable_by(|p, q| p.0.total_cmp(&q.0).then(p.1.cmp(&q.1)));
    std::iter::once(first).chain(between.into_iter().map(|(_, n)| n)).chain([last]).collect()
}

fn line(ring: &[Node]) -> LineString<f64> {
    let point = |n: &Node| Coord { x: n.0 as f64 / STEPS, y: n.1 as f64 / STEPS };
    ring.iter().chain(ring.first()).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_point_computed_in_two_ways_is_one_node_on_whichever_side_of_a_grid_line() {
        let mut nodes = Nodes::default();
        let at = |x: f64| Coord { x, y: 16.5 };
        let line = 107.500_000_05;
        assert_ne!(node(at(line - 1e-9)), node(at(line + 1e-9)), "rounding alone parts them");
        assert_eq!(nodes.snap(at(line - 1e-9)), nodes.snap(at(line + 1e-9)));
        assert_ne!(node(nodes.snap(at(line))), node(nodes.snap(at(line + 2e-7))));
    }

    #[test]
    fn parts_that_touch_in_two_nodes_are_two_outer_rings() {
        // Two crescents that meet in (0, 0) and (0, 6) around an opening.
        let left = [(0, 0), (-1, 3), (0, 6), (-4, 3)];
        let right = [(0, 0), (4, 3), (0, 6), (1, 3)];
        let mut edges = Edges::default();
        edges.add(&left);
        edges.add(&right);
        let shape = super::shape(edges);
        assert_eq!(shape.0.len(), 2, "{shape:?}");
        assert!(shape.iter().all(|p| p.interiors().is_empty() && p.exterior().0.len() == 5));
    }
}
