//! Directed edges on an integer grid: rings become edges, opposite edges cancel, what is left becomes rings.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

/// A grid point: (x, y) in steps.
pub(crate) type Node = (i64, i64);

/// An open ring.
pub(crate) type Ring = Vec<Node>;

/// A set of directed edges with the inside on their left.
#[derive(Default)]
pub(crate) struct Edges {
    count: BTreeMap<(Node, Node), u32>,
}

impl Edges {
    /// Adds a ring's edges.
    pub(crate) fn add(&mut self, ring: &[Node]) {
        for (k, a) in ring.iter().enumerate() {
            self.add_edge(*a, ring[(k + 1) % ring.len()]);
        }
    }

    /// Adds an edge; it and one that runs back are none.
    pub(crate) fn add_edge(&mut self, a: Node, b: Node) {
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

    /// The polygons that the edges enclose: exterior rings have a positive area by the surveyor's formula, their
    /// holes, which follow, a negative one. Rings are open and come through no node twice.
    pub(crate) fn into_polygons(self) -> Vec<Vec<Ring>> {
        let mut out: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        for ((a, b), count) in self.count {
            out.entry(a).or_default().extend(std::iter::repeat_n(b, count as usize));
        }
        let mut rings = Vec::new();
        while let Some((start, _)) = out.first_key_value() {
            let start = *start;
            split_at_repeats(walk(start, &mut out), &mut rings);
        }
        polygons(rings)
    }
}

/// The polygons that rings enclose together, as [`Edges::into_polygons`] makes them.
pub(crate) fn into_polygons(rings: Vec<Ring>) -> Vec<Vec<Ring>> {
    let mut nodes: Vec<Node> = rings.iter().flatten().copied().collect();
    nodes.sort_unstable();
    if nodes.windows(2).all(|pair| pair[0] != pair[1]) {
        // No edge runs back along another, nor does any ring touch itself or another.
        return polygons(rings);
    }
    let mut edges = Edges::default();
    for ring in &rings {
        edges.add(ring);
    }
    edges.into_polygons()
}

pub(crate) fn minus(a: Node, b: Node) -> Node {
    (a.0 - b.0, a.1 - b.1)
}

pub(crate) fn dot(a: Node, b: Node) -> i64 {
    a.0 * b.0 + a.1 * b.1
}

pub(crate) fn cross(a: Node, b: Node) -> i64 {
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
fn split_at_repeats(walk: Ring, rings: &mut Vec<Ring>) {
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
pub(crate) fn area2(ring: &[Node]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| cross(minus(*a, ring[0]), minus(*b, ring[0]))).sum()
}

/// Gives every hole (clockwise) to the smallest outer ring around it.
fn polygons(mut rings: Vec<Ring>) -> Vec<Vec<Ring>> {
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
            inner.push(hole);
        }
    }
    outer.into_iter().map(|(_, ring, inner)| std::iter::once(ring).chain(inner).collect()).collect()
}

/// Whether `hole`, which does not cross `ring`, lies within it.
fn encloses(ring: &[Node], hole: &[Node]) -> bool {
    hole.iter().find_map(|n| inside(ring, *n)).unwrap_or(true)
}

/// Whether a node is inside a ring; `None` on it.
pub(crate) fn inside(ring: &[Node], n: Node) -> Option<bool> {
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
    fn directions_are_met_clockwise() {
        let back = (3, 1);
        let mut met = [(3, 2), (-1, 3), (-2, 0), (-3, -1), (-2, -1), (0, -1), (3, 0), (3, 1)];
        let expected = [(3, 0), (0, -1), (-2, -1), (-3, -1), (-2, 0), (-1, 3), (3, 2), (3, 1)];
        met.sort_by(|a, b| clockwise(back, *a, *b));
        assert_eq!(met, expected);
    }
}
