//! How many households lie where, in cells that refine with the zoom, without singling out a few.
//!
//! Every number that is told is the sum of others that are, down to *areas* whose inside nothing tells of: a cell with at
//! least [`MIN_HOUSEHOLDS`], or two to four cells beside one another with [`MIN_TOGETHER`] or more of which at least one
//! holds fewer. So no subtraction, between zooms or between neighbours, gives away what a small cell holds.

use diachiso_model::LonLat;
use rustc_hash::FxHashMap;

use crate::tile::{EXTENT, TileId, cell_at};

/// Cells with fewer households are told of only together with others.
pub const MIN_HOUSEHOLDS: u64 = 5;

/// The fewest households of cells that are told of together: what one of them holds could be any of several numbers even
/// for somebody who knows these rules.
pub const MIN_TOGETHER: u64 = 10;

/// The most that are joined with a small cell: beyond, what would be lost in detail is worth more than the few.
const MAX_TOGETHER: u64 = 100;

/// Zoom whose tiles are the finest cells: 292 m wide in the province. Smaller ones would single out houses.
pub const FINEST_ZOOM: u8 = 17;

/// Tiles are 2^4 cells wide and high, down to the finest cells.
const CELLS_A_TILE_LOG2: u8 = 4;

/// Column and row of a cell.
type Cell = (u32, u32);

/// Households by area, for every zoom.
#[derive(Debug, Default)]
pub struct Density {
    /// By the zoom of their cells, 0 to [`FINEST_ZOOM`]: the areas that the zoom tells of, from west to east.
    by_zoom: Vec<Vec<Area>>,
    told: u64,
    hidden: u64,
}

/// Ground that one number is told of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Area {
    /// Its cells: one, or two to four of one parent.
    cells: Vec<Cell>,
    /// The zoom whose tiles its cells are.
    zoom: u8,
    /// Households in it.
    pub households: u64,
}

/// A square in tile units, clockwise on the screen.
pub type Square = [[i32; 2]; 4];

impl Area {
    /// A number that no other area has: of its first cell, and whether it stands alone.
    #[must_use]
    pub fn id(&self) -> u64 {
        let (x, y) = self.cells.first().copied().unwrap_or_default();
        let joined = u64::from(self.cells.len() > 1);
        (((((1 << self.zoom) | u64::from(x)) << self.zoom) | u64::from(y)) << 1) | joined
    }

    /// Cells that it is made of.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Its squares as far as they lie in a tile; none where it lies elsewhere.
    #[must_use]
    pub fn squares(&self, tile: TileId) -> Vec<Square> {
        let extent = i64::from(EXTENT);
        let bound = |cell: u32, tile_at: u32| {
            // Both at the finer of the two zooms, a tile being EXTENT wide.
            let (cell, own) = (i64::from(cell), i64::from(tile_at) * extent);
            let at = |cell: i64| match self.zoom.checked_sub(tile.z()) {
                Some(finer) => ((cell * extent) >> finer) - own,
                None => ((cell * extent) << (tile.z() - self.zoom)) - own,
            };
            [at(cell), at(cell + 1)].map(|v| v.clamp(0, extent) as i32)
        };
        let squares = self.cells.iter().map(|(x, y)| {
            let ([left, right], [top, bottom]) = (bound(*x, tile.x()), bound(*y, tile.y()));
            [[left, top], [right, top], [right, bottom], [left, bottom]]
        });
        squares.filter(|s| s[0][0] < s[1][0] && s[0][1] < s[2][1]).collect()
    }
}

/// What becomes of the cells below one.
struct Split {
    alone: Vec<(Cell, u64)>,
    together: Vec<(Cell, u64)>,
}

impl Density {
    /// Counts points, one a household; their order does not matter.
    #[must_use]
    pub fn of(points: &[LonLat]) -> Self {
        let mut cells: FxHashMap<Cell, u64> = FxHashMap::default();
        for point in points {
            *cells.entry(cell_at(*point, FINEST_ZOOM)).or_default() += 1;
        }
        // From the finest cells up: how each cell is split, and what may be told of it at all.
        let mut splits: Vec<FxHashMap<Cell, Split>> = Vec::new();
        for _ in 0..FINEST_ZOOM {
            let mut below: FxHashMap<Cell, Vec<(Cell, u64)>> = FxHashMap::default();
            for (cell, n) in cells {
                below.entry((cell.0 / 2, cell.1 / 2)).or_default().push((cell, n));
            }
            let mut above = FxHashMap::default();
            let mut split = FxHashMap::default();
            for (cell, children) in below {
                let (sum, own) = split_of(children);
                if sum > 0 {
                    above.insert(cell, sum);
                }
                if let Some(own) = own {
                    split.insert(cell, own);
                }
            }
            cells = above;
            splits.push(split);
        }
        let world = cells.get(&(0, 0)).copied().filter(|n| *n >= MIN_HOUSEHOLDS);
        let told = world.unwrap_or(0);
        let whole = |households| Area { cells: vec![(0, 0)], zoom: 0, households };
        let mut by_zoom = vec![world.map(whole).into_iter().collect::<Vec<_>>()];
        for (zoom, split) in (1..).zip(splits.iter().rev()) {
            let refined =
                by_zoom[usize::from(zoom) - 1].iter().flat_map(|area| refine(area, zoom, split));
            let mut areas: Vec<Area> = refined.collect();
            areas.sort_unstable();
            by_zoom.push(areas);
        }
        Self { by_zoom, told, hidden: points.len() as u64 - told }
    }

    /// Households that are told of, at every zoom.
    #[must_use]
    pub fn told(&self) -> u64 {
        self.told
    }

    /// Households that are told of at none: a few by themselves, with nobody near to be counted with.
    #[must_use]
    pub fn hidden(&self) -> u64 {
        self.hidden
    }

    /// The areas of a tile with their squares.
    pub fn in_tile(&self, tile: TileId) -> impl Iterator<Item = (&Area, Vec<Square>)> {
        let zoom = (tile.z() + CELLS_A_TILE_LOG2).min(FINEST_ZOOM);
        let areas = self.by_zoom.get(usize::from(zoom)).map_or(&[][..], Vec::as_slice);
        let drawn = areas.iter().map(move |area| (area, area.squares(tile)));
        drawn.filter(|(_, squares)| !squares.is_empty())
    }
}

/// What may be told of a cell, and how it is split into those below; not at all where they stay together.
fn split_of(mut children: Vec<(Cell, u64)>) -> (u64, Option<Split>) {
    // By number, then place: the same whatever order they come in.
    children.sort_unstable_by_key(|(cell, n)| (*n, *cell));
    let sum = |of: &[(Cell, u64)]| of.iter().map(|(_, n)| n).sum::<u64>();
    let mut few = children.partition_point(|(_, n)| *n < MIN_HOUSEHOLDS);
    if few == 0 {
        return (sum(&children), Some(Split { alone: children, together: Vec::new() }));
    }
    let small = few;
    while few < children.len() && (few < 2 || sum(&children[..few]) < MIN_TOGETHER) {
        few += 1;
    }
    let together = sum(&children[..few]);
    if few == children.len() && (together <= MAX_TOGETHER || small == few) {
        return (together, None);
    }
    let alone = if together <= MAX_TOGETHER {
        children.split_off(few)
    } else {
        // Their neighbours are too many to stay together for a few, who are told of nowhere.
        let alone = children.split_off(small);
        children.clear();
        alone
    };
    (sum(&children) + sum(&alone), Some(Split { alone, together: children }))
}

/// What an area is at the next zoom: its parts, or itself.
fn refine(area: &Area, zoom: u8, splits: &FxHashMap<Cell, Split>) -> Vec<Area> {
    let split = match area.cells[..] {
        [cell] if area.zoom + 1 == zoom => splits.get(&cell),
        _ => None,
    };
    let Some(Split { alone, together }) = split else { return vec![area.clone()] };
    let mut parts: Vec<Area> = alone
        .iter()
        .map(|(cell, households)| Area { cells: vec![*cell], zoom, households: *households })
        .collect();
    if !together.is_empty() {
        let mut cells: Vec<Cell> = together.iter().map(|(cell, _)| *cell).collect();
        cells.sort_unstable();
        parts.push(Area { cells, zoom, households: together.iter().map(|(_, n)| n).sum() });
    }
    parts
}

#[cfg(test)]
mod tests;
