//! The ground of one commune: how far a place lies inside its boundary.

use geo_types::{Coord, MultiPolygon};

use crate::random::Rng;

/// Cells along the longer side of a commune's box.
const CELLS: f64 = 300.0;
/// No finer than this, metres.
const CELL_MIN_M: f64 = 4.0;
/// The chamfer distance (steps of 1 and √2) overstates the true one by at most this factor.
const CHAMFER_EXCESS: f64 = 1.0824;
/// Both ends of a distance lie somewhere in their cell: half a diagonal each, and a little.
const CELL_SLACK: f64 = 1.5;

/// A place in metres east and north of a commune's south-western corner.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Spot {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// A commune's boundary in metres, with a raster of how deep inside each cell lies.
///
/// The plane is equidistant at the commune's middle latitude: over 30 km it errs by a few metres per
/// thousand at the rims, which moves points, but is undone exactly on the way back to degrees.
pub(crate) struct Ground {
    origin: Coord<f64>,
    metres_per_degree: Coord<f64>,
    cell_m: f64,
    columns: usize,
    rows: usize,
    /// Distance to the border in cells; 0 outside and on it.
    depth: Vec<f32>,
    rings: Vec<Vec<Spot>>,
}

impl Spot {
    pub(crate) fn distance(self, other: Self) -> f64 {
        // `hypot` guards against overflow, which metres do not need, and takes five times as long.
        ((self.x - other.x).powi(2) + (self.y - other.y).powi(2)).sqrt()
    }

    pub(crate) fn toward(self, angle: f64, distance_m: f64) -> Self {
        Self { x: self.x + distance_m * angle.cos(), y: self.y + distance_m * angle.sin() }
    }

    fn nearest_on(self, a: Self, b: Self) -> Self {
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let length2 = dx * dx + dy * dy;
        let t = if length2 > 0.0 {
            (((self.x - a.x) * dx + (self.y - a.y) * dy) / length2).clamp(0.0, 1.0)
        } else {
            0.0
        };
        Self { x: a.x + t * dx, y: a.y + t * dy }
    }
}

impl Ground {
    /// The raster of a shape; `None` when it is empty.
    pub(crate) fn new(shape: &MultiPolygon<f64>) -> Option<Self> {
        let rings =
            || shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
        let coords = || rings().flat_map(|r| r.0.iter());
        let fold =
            |f: fn(f64, f64) -> f64, pick: fn(&Coord<f64>) -> f64| coords().map(pick).reduce(f);
        let (west, east) = (fold(f64::min, |c| c.x)?, fold(f64::max, |c| c.x)?);
        let (south, north) = (fold(f64::min, |c| c.y)?, fold(f64::max, |c| c.y)?);
        let origin = Coord { x: west, y: south };
        let metres_per_degree = metres_per_degree(f64::midpoint(south, north));
        let width_m = (east - west) * metres_per_degree.x;
        let height_m = (north - south) * metres_per_degree.y;
        let cell_m = (width_m.max(height_m) / CELLS).max(CELL_MIN_M);
        let to_spot = |c: &Coord<f64>| Spot {
            x: (c.x - origin.x) * metres_per_degree.x,
            y: (c.y - origin.y) * metres_per_degree.y,
        };
        let mut ground = Self {
            origin,
            metres_per_degree,
            cell_m,
            columns: (width_m / cell_m) as usize + 1,
            rows: (height_m / cell_m) as usize + 1,
            depth: Vec::new(),
            rings: rings().map(|r| r.0.iter().map(to_spot).collect()).collect(),
        };
        ground.depth = ground.fill();
        ground.spread();
        Some(ground)
    }

    /// Degrees of a place.
    pub(crate) fn degrees(&self, spot: Spot) -> Coord<f64> {
        Coord {
            x: self.origin.x + spot.x / self.metres_per_degree.x,
            y: self.origin.y + spot.y / self.metres_per_degree.y,
        }
    }

    /// The place of a position in degrees.
    pub(crate) fn spot(&self, at: Coord<f64>) -> Spot {
        Spot {
            x: (at.x - self.origin.x) * self.metres_per_degree.x,
            y: (at.y - self.origin.y) * self.metres_per_degree.y,
        }
    }

    /// A lower bound of the distance from a place inside to the border, metres; 0 where unsure or outside.
    pub(crate) fn clear_m(&self, spot: Spot) -> f64 {
        if spot.x < 0.0 || spot.y < 0.0 {
            return 0.0;
        }
        let (column, row) = ((spot.x / self.cell_m) as usize, (spot.y / self.cell_m) as usize);
        if column >= self.columns || row >= self.rows {
            return 0.0;
        }
        self.bound_m(self.depth[row * self.columns + column])
    }

    fn bound_m(&self, depth: f32) -> f64 {
        ((f64::from(depth) / CHAMFER_EXCESS - CELL_SLACK) * self.cell_m).max(0.0)
    }

    /// Area that is clear of the border, square metres.
    pub(crate) fn clear_area_m2(&self) -> f64 {
        let clear = self.depth.iter().filter(|&&d| self.bound_m(d) > 0.0).count();
        clear.max(1) as f64 * self.cell_m * self.cell_m
    }

    /// Whether a place is inside, exactly (even-odd rule).
    pub(crate) fn contains(&self, spot: Spot) -> bool {
        self.segments().fold(false, |inside, (a, b)| {
            let crosses = (a.y > spot.y) != (b.y > spot.y)
                && spot.x < (b.x - a.x) * (spot.y - a.y) / (b.y - a.y) + a.x;
            inside != crosses
        })
    }

    /// The nearest place on the border.
    pub(crate) fn nearest_border(&self, spot: Spot) -> Spot {
        self.segments()
            .map(|(a, b)| spot.nearest_on(a, b))
            .min_by(|p, q| spot.distance(*p).total_cmp(&spot.distance(*q)))
            .unwrap_or(spot)
    }

    /// Places for `count` villages, far from each other and at least `margin_m` inside where the shape allows.
    pub(crate) fn centres(&self, count: usize, margin_m: f64, rng: &mut Rng) -> Vec<Spot> {
        let deepest = self.depth.iter().copied().fold(0.0, f32::max);
        let margin_m = margin_m.min(self.bound_m(deepest) * 0.7);
        let cells: Vec<usize> = (0..self.depth.len())
            .filter(|&i| self.depth[i] > 0.0 && self.bound_m(self.depth[i]) >= margin_m)
            .collect();
        // Mitchell's best candidate; fewer candidates when the pairwise distances would cost seconds.
        let tries = (20_000 / count.max(1)).clamp(2, 24);
        let mut centres: Vec<Spot> = Vec::with_capacity(count);
        for _ in 0..count {
            let best = (0..tries)
                .map(|_| {
                    let cell = *rng.pick(&cells);
                    let spot = Spot {
                        x: ((cell % self.columns) as f64 + rng.unit()) * self.cell_m,
                        y: ((cell / self.columns) as f64 + rng.unit()) * self.cell_m,
                    };
                    let nearest = centres.iter().map(|c| c.distance(spot)).fold(f64::MAX, f64::min);
                    (nearest, spot)
                })
                .max_by(|a, b| a.0.total_cmp(&b.0));
            centres.extend(best.map(|b| b.1));
        }
        centres
    }

    fn segments(&self) -> impl Iterator<Item = (Spot, Spot)> {
        self.rings.iter().flat_map(|r| r.windows(2).map(|w| (w[0], w[1])))
    }

    /// Cells whose centre is inside get infinity, the others and those on the border 0.
    fn fill(&self) -> Vec<f32> {
        let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); self.rows];
        for (a, b) in self.segments() {
            let (low, high) = if a.y < b.y { (a, b) } else { (b, a) };
            let first = (low.y / self.cell_m - 0.5).ceil().max(0.0) as usize;
            for (row, line) in crossings.iter_mut().enumerate().skip(first) {
                let y = (row as f64 + 0.5) * self.cell_m;
                if y >= high.y {
                    break;
                }
                line.push(low.x + (high.x - low.x) * (y - low.y) / (high.y - low.y));
            }
        }
        let mut depth = vec![0.0f32; self.columns * self.rows];
        for (row, line) in crossings.iter_mut().enumerate() {
            line.sort_by(f64::total_cmp);
            for pair in line.chunks_exact(2) {
                let from = (pair[0] / self.cell_m - 0.5).ceil().max(0.0) as usize;
                let to = ((pair[1] / self.cell_m - 0.5).ceil().max(0.0) as usize).min(self.columns);
                for cell in from..to {
                    depth[row * self.columns + cell] = f32::INFINITY;
                }
            }
        }
        for (a, b) in self.segments() {
            let steps = (a.distance(b) / (self.cell_m / 2.0)).ceil().max(1.0);
            for step in 0..=steps as usize {
                let t = step as f64 / steps;
                let column = ((a.x + (b.x - a.x) * t) / self.cell_m).max(0.0) as usize;
                let row = ((a.y + (b.y - a.y) * t) / self.cell_m).max(0.0) as usize;
                depth[row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)] = 0.0;
            }
        }
        depth
    }

    /// Two passes of the chamfer distance transform.
    #[expect(clippy::cast_possible_wrap, reason = "a raster has some 300 columns and rows")]
    fn spread(&mut self) {
        const DIAGONAL: f32 = std::f32::consts::SQRT_2;
        let (columns, rows) = (self.columns as i64, self.rows as i64);
        let forward = [(-1, 0, 1.0), (0, -1, 1.0), (-1, -1, DIAGONAL), (1, -1, DIAGONAL)];
        let order = |i: i64, back: bool| if back { columns * rows - 1 - i } else { i };
        for back in [false, true] {
            let sign = if back { -1 } else { 1 };
            for i in 0..columns * rows {
                let at = order(i, back);
                let (x, y) = (at % columns, at / columns);
                let mut best = self.depth[at as usize];
                for (dx, dy, cost) in forward {
                    let (nx, ny) = (x + dx * sign, y + dy * sign);
                    let there = (0..columns).contains(&nx) && (0..rows).contains(&ny);
                    // Beyond the raster lies the outside.
                    let depth = if there { self.depth[(ny * columns + nx) as usize] } else { 0.0 };
                    best = best.min(depth + cost);
                }
                self.depth[at as usize] = best;
            }
        }
    }
}

/// Metres per degree of longitude (x) and latitude (y) on WGS 84 at a latitude.
///
/// Series of the meridian and parallel arcs, good to a centimetre per degree.
fn metres_per_degree(latitude: f64) -> Coord<f64> {
    let phi = latitude.to_radians();
    Coord {
        x: 111_412.84 * phi.cos() - 93.5 * (3.0 * phi).cos() + 0.118 * (5.0 * phi).cos(),
        y: 111_132.92 - 559.82 * (2.0 * phi).cos() + 1.175 * (4.0 * phi).cos(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::polygon;

    fn ring() -> Ground {
        let square = polygon!(
            exterior: [
                (x: 107.50, y: 16.50), (x: 107.54, y: 16.505), (x: 107.545, y: 16.54), (x: 107.50, y: 16.53),
            ],
            interiors: [[
                (x: 107.515, y: 16.515), (x: 107.525, y: 16.515), (x: 107.52, y: 16.52),
            ]],
        );
        Ground::new(&MultiPolygon(vec![square])).expect("a shape")
    }

    #[test]
    fn the_raster_never_promises_more_than_the_true_distance() {
        let ground = ring();
        let mut rng = Rng::new(&[1]);
        let mut clear = 0;
        for _ in 0..5_000 {
            let spot = Spot { x: rng.uniform(-100.0, 4_900.0), y: rng.uniform(-100.0, 4_500.0) };
            let bound = ground.clear_m(spot);
            if bound > 0.0 {
                clear += 1;
                let truth = ground.nearest_border(spot).distance(spot);
                assert!(ground.contains(spot) && bound <= truth, "{spot:?} {bound} {truth}");
            }
        }
        assert!(clear > 1_500, "{clear}");
    }

    #[test]
    fn villages_keep_their_distance_from_the_border_and_each_other() {
        let ground = ring();
        let centres = ground.centres(12, 60.0, &mut Rng::new(&[2]));
        assert_eq!(centres.len(), 12);
        for (i, c) in centres.iter().enumerate() {
            assert!(ground.contains(*c) && ground.nearest_border(*c).distance(*c) >= 60.0);
            assert!(centres[..i].iter().all(|d| d.distance(*c) > 200.0));
        }
    }

    #[test]
    fn degrees_and_metres_undo_each_other() {
        let ground = ring();
        let spot = Spot { x: 1_234.5, y: 2_345.6 };
        assert!(ground.spot(ground.degrees(spot)).distance(spot) < 1e-6);
    }
}
