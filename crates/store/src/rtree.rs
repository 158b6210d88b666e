//! R-trees packed from below, in the node format of SQLite's `rtree` module (sqlite.org/rtree.html, §3.6).
//!
//! Inserting a million points one by one spends most of its time splitting nodes. A run knows all points
//! beforehand: sorted along a Hilbert curve they fill the nodes from left to right, each written once.

use crate::geometry::Bounds;

/// Most cells of a node, as the module itself reckons for pages of 4096 bytes and two dimensions.
const CELLS: usize = 51;
/// Bytes of a cell: a 64-bit id and four 32-bit floats.
const CELL_BYTES: usize = 24;
/// Bytes of a node: depth, count, cells.
const NODE_BYTES: usize = 4 + CELLS * CELL_BYTES;
/// Side of the grid under the Hilbert curve, as a power of two.
const ORDER: u32 = 16;

/// The three shadow tables of an R-tree.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Packed {
    /// Node numbers and contents; the root is number 1.
    pub(crate) nodes: Vec<(i64, Vec<u8>)>,
    /// Row and the leaf that holds it, by row.
    pub(crate) rows: Vec<(i64, i64)>,
    /// Node and the node above it, by node.
    pub(crate) parents: Vec<(i64, i64)>,
}

#[derive(Clone, Copy)]
struct Cell {
    id: i64,
    min: [f32; 2],
    max: [f32; 2],
}

impl Cell {
    fn new(id: i64, b: &Bounds) -> Self {
        Self { id, min: [down(b.min_x), down(b.min_y)], max: [up(b.max_x), up(b.max_y)] }
    }

    fn around(id: i64, cells: &[Self]) -> Self {
        let mut all = cells[0];
        for c in cells {
            for d in 0..2 {
                all.min[d] = all.min[d].min(c.min[d]);
                all.max[d] = all.max[d].max(c.max[d]);
            }
        }
        Self { id, ..all }
    }
}

/// The greatest 32-bit float that is not above `v`.
pub(crate) fn down(v: f64) -> f32 {
    let f = v as f32;
    if f64::from(f) > v { f.next_down() } else { f }
}

/// The smallest 32-bit float that is not below `v`.
pub(crate) fn up(v: f64) -> f32 {
    let f = v as f32;
    if f64::from(f) < v { f.next_up() } else { f }
}

/// Packs rows with their bounds into a tree.
pub(crate) fn pack(mut items: Vec<(i64, Bounds)>) -> Packed {
    sort_along_curve(&mut items);
    let mut level: Vec<Cell> = items.iter().map(|(id, b)| Cell::new(*id, b)).collect();
    drop(items);
    let mut packed = Packed::default();
    let (mut next_node, mut depth) = (2_i64, 0_u16);
    while level.len() > CELLS {
        let mut above = Vec::with_capacity(level.len() / CELLS + 1);
        for range in even_ranges(level.len()) {
            let cells = &level[range];
            packed.hold(next_node, depth, cells, 0);
            above.push(Cell::around(next_node, cells));
            next_node += 1;
        }
        level = above;
        depth += 1;
    }
    packed.hold(1, depth, &level, depth);
    packed.rows.sort_unstable();
    packed.parents.sort_unstable();
    packed.nodes.sort_unstable_by_key(|(number, _)| *number);
    packed
}

/// Cuts a level into as few nodes as can be, all of about the same size, so that none is nearly empty.
fn even_ranges(cells: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let nodes = cells.div_ceil(CELLS);
    (0..nodes).map(move |i| i * cells / nodes..(i + 1) * cells / nodes)
}

impl Packed {
    /// Writes a node; `depth` is its height above the leaves, `stated` what its first bytes say (the root's only).
    fn hold(&mut self, number: i64, depth: u16, cells: &[Cell], stated: u16) {
        let mut data = Vec::with_capacity(NODE_BYTES);
        data.extend_from_slice(&stated.to_be_bytes());
        data.extend_from_slice(&(cells.len() as u16).to_be_bytes());
        for c in cells {
            data.extend_from_slice(&c.id.to_be_bytes());
            for d in 0..2 {
                data.extend_from_slice(&c.min[d].to_be_bytes());
                data.extend_from_slice(&c.max[d].to_be_bytes());
            }
            let below = if depth == 0 { &mut self.rows } else { &mut self.parents };
            below.push((c.id, number));
        }
        data.resize(NODE_BYTES, 0);
        self.nodes.push((number, data));
    }
}

fn sort_along_curve(items: &mut [(i64, Bounds)]) {
    let Some(all) = items.iter().map(|(_, b)| *b).reduce(Bounds::join) else { return };
    let side = f64::from((1_u32 << ORDER) - 1);
    let scale = |v: f64, min: f64, max: f64| {
        if max > min { ((v - min) / (max - min) * side) as u32 } else { 0 }
    };
    items.sort_by_cached_key(|(id, b)| {
        let x = scale(f64::midpoint(b.min_x, b.max_x), all.min_x, all.max_x);
        let y = scale(f64::midpoint(b.min_y, b.max_y), all.min_y, all.max_y);
        (hilbert(x, y), *id)
    });
}

/// Distance along the Hilbert curve of order [`ORDER`] (Wikipedia, *Hilbert curve*, `xy2d`).
fn hilbert(mut x: u32, mut y: u32) -> u32 {
    let mut d = 0;
    let mut s = 1_u32 << (ORDER - 1);
    while s > 0 {
        let (rx, ry) = (u32::from(x & s > 0), u32::from(y & s > 0));
        d += s * s * ((3 * rx) ^ ry);
        if ry == 0 {
            if rx == 1 {
                x = (s - 1).wrapping_sub(x) & (s - 1);
                y = (s - 1).wrapping_sub(y) & (s - 1);
            }
            (x, y) = (y, x);
        }
        x &= s - 1;
        y &= s - 1;
        s >>= 1;
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_curve_visits_neighbours_one_after_the_other() {
        let n = 64_u32;
        let mut cells: Vec<(u32, u32)> = (0..n).flat_map(|x| (0..n).map(move |y| (x, y))).collect();
        cells.sort_by_key(|(x, y)| hilbert(*x, *y));
        for pair in cells.windows(2) {
            let step = pair[0].0.abs_diff(pair[1].0) + pair[0].1.abs_diff(pair[1].1);
            assert_eq!(step, 1, "{pair:?}");
        }
        assert_eq!(cells.iter().map(|(x, y)| hilbert(*x, *y)).collect::<HashSet<_>>().len(), 4096);
    }

    #[test]
    fn floats_are_rounded_outwards() {
        for v in [107.123_456_789, -16.7, 0.1, 0.0, 180.0] {
            assert!(f64::from(down(v)) <= v && v <= f64::from(up(v)), "{v}");
        }
    }

    #[test]
    fn no_node_is_left_nearly_empty() {
        for n in [52, 103, 2602, 132_652, 1_000_001] {
            let sizes: Vec<usize> = even_ranges(n).map(|r| r.len()).collect();
            assert_eq!(sizes.iter().sum::<usize>(), n);
            assert!(sizes.iter().all(|s| *s <= CELLS && *s * 3 >= CELLS), "{n}: {sizes:?}");
        }
    }
}
