//! Directed edges on an integer grid: rings become edges, opposite edges cancel, what is left becomes rings.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use rstar::{AABB, RTree};

/// Grid steps per unit of length: seven decimals.
const STEPS: f64 = 1e7;
/// Points nearer than this are one point computed in two ways.
const SAME: f64 = 1e-8;
/// Steps to either side of a node within which an edge passes through it: half a step, within which points round to
/// the node, and what [`SAME`] may have moved one of them.
const REACH: f64 = 0.5 + 1.1 * SAME * STEPS;

/// A grid point: (x, y) in steps.
pub(super) type Node = (i64, i64);

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

/// A set of directed edges with the inside on their left.
#[derive(Default)]
pub(super) struct Edges {
    count: BTreeMap<(Node, Node), u32>,
}

impl Edges {
    /// Adds a ring's edges.
    pub(super) fn add(&mut self, ring: &[Node]) {
        for (k, a) in ring.iter().enumerate() {
            self.add_edge(*a, ring[(k + 1) % ring.len()]);
        }
    }

    /// Adds a ring's edges, each led through the nodes that it passes.
    pub(super) fn add_noded(&mut self, ring: &[Coord<f64>], nodes: &RTree<[i64; 2]>) {
        for (k, a) in ring.iter().enumerate() {
            let b = ring[(k + 1) % ring.len()];
            // The same way round for both sides of a border.
            let turned = (b.x, b.y) < (a.x, a.y);
            let mut path = if turned { passed(b, *a, nodes) } else { passed(*a, b, nodes) };
            if turned {
                path.reverse();
            }
            for pair in path.windows(2) {
                self.add_edge(pair[0], pair[1]);
            }
        }
    }

    fn add_edge(&mut self, a: Node, b: Node) {
        if a == b {
            return;
        }
        match self.count.get_mut(&(b, a)) {
            Some(1) => {
                self.count.remove(&(b, a));
            }
            Some(opposite) => *opposite -= 1,
            None => *self.count.entry((a, b)).or_default() += 1,
        }
    }

    /// The shape that the edges enclose.
    pub(super) fn into_shape(self) -> MultiPolygon<f64> {
        let mut out: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        for ((a, b), count) in self.count {
            out.entry(a).or_default().extend(std::iter::repeat_n(b, count as usize));
        }
        let mut rings = Vec::new();
        while let Some((start, _)) = out.first_key_value() {
            let start = *start;
            split_at_repeats(walk(start, &mut out), &mut rings);
        }
        into_polygons(rings)
    }
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

fn minus(a: Node, b: Node) -> Node {
    (a.0 - b.0, a.1 - b.1)
}

fn dot(a: Node, b: Node) -> i64 {
    a.0 * b.0 + a.1 * b.1
}

fn cross(a: Node, b: Node) -> i64 {
    a.0 * b.1 - a.1 * b.0
}

/// Takes edges out of `out` until the walk is back at its start, keeping close to the inside on the left.
fn walk(start: Node, out: &mut BTreeMap<Node, Vec<Node>>) -> Vec<Node> {
    let mut ring = vec![start];
    let (mut before, mut at) = (None, start);
    while let Some(ways) = out.get_mut(&at) {
        let best = match before {
            Some(from) => {
                let back = minus(from, at);
                (0..ways.len())
                    .min_by(|i, j| clockwise(back, minus(ways[*i], at), minus(ways[*j], at)))
            }
            None => Some(0),
        };
        let to = ways.swap_remove(best.unwrap_or(0));
        if ways.is_empty() {
            out.remove(&at);
        }
        if to == start {
            break;
        }
        ring.push(to);
        (before, at) = (Some(at), to);
    }
    ring
}

/// Which of two directions is met first when turning clockwise from `back`.
fn clockwise(back: Node, a: Node, b: Node) -> Ordering {
    let half = |d: Node| match cross(back, d).signum() {
        -1 => 0,
        0 if dot(back, d) < 0 => 1,
        1 => 2,
        _ => 3,
    };
    // `a` comes first when `b` lies clockwise of it.
    half(a).cmp(&half(b)).then_with(|| cross(a, b).cmp(&0))
}

/// Cuts a walk that comes through a node twice into rings that do not.
fn split_at_repeats(walk: Vec<Node>, rings: &mut Vec<Vec<Node>>) {
    let mut open: Vec<Node> = Vec::with_capacity(walk.len());
    let mut place: HashMap<Node, usize> = HashMap::new();
    for n in walk {
        if let Some(first) = place.get(&n).copied() {
            let loop_: Vec<Node> = open.drain(first..).collect();
            for m in &loop_ {
                place.remove(m);
            }
            rings.push(loop_);
        }
        place.insert(n, open.len());
        open.push(n);
    }
    rings.push(open);
}

/// Twice the area within a ring, negative when it runs clockwise.
fn area2(ring: &[Node]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| cross(minus(*a, ring[0]), minus(*b, ring[0]))).sum()
}

/// Gives every hole (clockwise) to the smallest outer ring around it.
fn into_polygons(mut rings: Vec<Vec<Node>>) -> MultiPolygon<f64> {
    for ring in &mut rings {
        let least = (0..ring.len()).min_by_key(|k| ring[*k]).unwrap_or(0);
        ring.rotate_left(least);
    }
    rings.sort_unstable();
    let (mut outer, mut holes) = (Vec::new(), Vec::new());
    for ring in rings {
        match area2(&ring) {
            0 => {}
            area if area > 0 => outer.push((area, ring, Vec::new())),
            area => holes.push((-area, ring)),
        }
    }
    for (area, hole) in holes {
        let around = outer
            .iter_mut()
            .filter(|(size, ring, _)| *size > area && encloses(ring, &hole))
            .min_by_key(|(size, _, _)| *size);
        if let Some((_, _, inner)) = around {
            inner.push(line(&hole));
        }
    }
    outer
        .iter_mut()
        .map(|(_, ring, inner)| Polygon::new(line(ring), std::mem::take(inner)))
        .collect()
}

fn line(ring: &[Node]) -> LineString<f64> {
    let point = |n: &Node| Coord { x: n.0 as f64 / STEPS, y: n.1 as f64 / STEPS };
    ring.iter().chain(ring.first()).map(point).collect()
}

/// Whether `hole`, which does not cross `ring`, lies within it.
fn encloses(ring: &[Node], hole: &[Node]) -> bool {
    hole.iter().find_map(|n| inside(ring, *n)).unwrap_or(true)
}

/// Whether a node is inside a ring; `None` on it.
fn inside(ring: &[Node], n: Node) -> Option<bool> {
    let mut is_inside = false;
    for (k, a) in ring.iter().enumerate() {
        let b = ring[(k + 1) % ring.len()];
        let turn = cross(minus(b, *a), minus(n, *a));
        if turn == 0 && dot(minus(*a, n), minus(b, n)) <= 0 {
            return None;
        }
        if (a.1 > n.1) != (b.1 > n.1) && (turn > 0) == (b.1 > a.1) {
            is_inside = !is_inside;
        }
    }
    Some(is_inside)
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
    fn directions_are_met_clockwise() {
        let back = (3, 1);
        let mut met = [(3, 2), (-1, 3), (-2, 0), (-3, -1), (-2, -1), (0, -1), (3, 0), (3, 1)];
        let expected = [(3, 0), (0, -1), (-2, -1), (-3, -1), (-2, 0), (-1, 3), (3, 2), (3, 1)];
        met.sort_by(|a, b| clockwise(back, *a, *b));
        assert_eq!(met, expected);
    }

    #[test]
    fn parts_that_touch_in_two_nodes_are_two_outer_rings() {
        // Two crescents that meet in (0, 0) and (0, 6) around an opening.
        let left = [(0, 0), (-1, 3), (0, 6), (-4, 3)];
        let right = [(0, 0), (4, 3), (0, 6), (1, 3)];
        let mut edges = Edges::default();
        edges.add(&left);
        edges.add(&right);
        let shape = edges.into_shape();
        assert_eq!(shape.0.len(), 2, "{shape:?}");
        assert!(shape.iter().all(|p| p.interiors().is_empty() && p.exterior().0.len() == 5));
    }
}
