//! Lines on the grid of a tile led through every point that they pass, so that no two of them cross (snap rounding).

use rustc_hash::{FxHashMap, FxHashSet};

/// A point in tile units.
type Unit = [i32; 2];

/// Side of the squares by which lines and points are found, in tile units.
const BUCKET: i32 = 64;

/// A ring clipped to `reach` in both directions (Sutherland and Hodgman). Both sides of a border are cut at the same
/// points. What runs back along the edge cancels when edges become rings.
pub(super) fn clip(mut ring: Vec<Unit>, [least, most]: [i32; 2]) -> Vec<Unit> {
    for (axis, sign, bound) in [(0, 1, least), (0, -1, most), (1, 1, least), (1, -1, most)] {
        let depth = |p: &Unit| sign * (p[axis] - bound);
        if ring.iter().all(|p| depth(p) >= 0) {
            continue;
        }
        let mut kept = Vec::with_capacity(ring.len() + 4);
        let Some(mut before) = ring.last() else { return ring };
        for at in &ring {
            if (depth(before) < 0) != (depth(at) < 0) {
                kept.push(meet(*before, *at, axis, bound));
            }
            if depth(at) >= 0 {
                kept.push(*at);
            }
            before = at;
        }
        kept.dedup();
        ring = kept;
    }
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

/// Where a line meets a bound of an axis, whichever way it is told.
fn meet(a: Unit, b: Unit, axis: usize, bound: i32) -> Unit {
    let (a, b) = (a.min(b), a.max(b));
    let other = 1 - axis;
    let [from, to, by] = [a[axis], b[axis], bound].map(i64::from);
    let run = i64::from(b[other]) - i64::from(a[other]);
    let (rise, whole) = ((by - from) * run * (to - from).signum(), (to - from).abs());
    let mut point = [bound; 2];
    // Halves go up, whichever way the line runs: never beyond its ends.
    point[other] = a[other] + (2 * rise + whole).div_euclid(2 * whole) as i32;
    point
}

/// Lines between points, each kept once whichever way it runs.
#[derive(Default)]
pub(super) struct Segments {
    all: FxHashSet<(Unit, Unit)>,
}

/// Every line that was added, led through the points that it passes.
pub(super) struct Noded {
    between: FxHashMap<(Unit, Unit), Vec<Unit>>,
}

impl Segments {
    pub(super) fn add(&mut self, ring: &[Unit]) {
        for (k, a) in ring.iter().enumerate() {
            let b = ring[(k + 1) % ring.len()];
            if *a != b {
                self.all.insert(((*a).min(b), (*a).max(b)));
            }
        }
    }

    /// Leads each line through the pixels of all ends and crossings that it passes: none of the lines that come out meets
    /// another but at its ends (Hobby; Guibas and Marimont).
    pub(super) fn node(self) -> Noded {
        let lines: Vec<(Unit, Unit)> = self.all.into_iter().collect();
        let mut hot: FxHashSet<Unit> = lines.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let mut buckets: FxHashMap<Unit, Vec<u32>> = FxHashMap::default();
        for (number, (a, b)) in (0..).zip(&lines) {
            each_bucket(*a, *b, |bucket| buckets.entry(bucket).or_default().push(number));
        }
        for inside in buckets.values() {
            for (k, one) in inside.iter().enumerate() {
                for other in &inside[k + 1..] {
                    hot.extend(crossing(lines[*one as usize], lines[*other as usize]));
                }
            }
        }
        let mut by_bucket: FxHashMap<Unit, Vec<Unit>> = FxHashMap::default();
        for pixel in hot {
            by_bucket.entry(pixel.map(|v| v.div_euclid(BUCKET))).or_default().push(pixel);
        }
        let mut between = FxHashMap::default();
        for (a, b) in lines {
            let along = |p: &Unit| {
                let [dx, dy, px, py] =
                    [b[0] - a[0], b[1] - a[1], p[0] - a[0], p[1] - a[1]].map(i64::from);
                dx * px + dy * py
            };
            let mut on: Vec<Unit> = Vec::new();
            each_bucket(a, b, |bucket| {
                let near = by_bucket.get(&bucket).into_iter().flatten();
                on.extend(near.filter(|p| **p != a && **p != b && passes(a, b, **p)));
            });
            if !on.is_empty() {
                on.sort_unstable_by_key(|p| (along(p), *p));
                on.dedup();
                between.insert((a, b), on);
            }
        }
        Noded { between }
    }
}

impl Noded {
    /// The lines that one between two points became, in its direction.
    pub(super) fn path(&self, a: Unit, b: Unit) -> impl Iterator<Item = (Unit, Unit)> {
        let passed = self.between.get(&(a.min(b), a.max(b))).map_or(&[][..], Vec::as_slice);
        let (turned, count) = (b < a, passed.len());
        let at = move |k: usize| match k {
            0 => a,
            k if k > count => b,
            k if turned => passed[count - k],
            k => passed[k - 1],
        };
        (0..=count).map(move |k| (at(k), at(k + 1)))
    }
}

/// Every bucket that a line comes within a pixel of, once.
fn each_bucket(a: Unit, b: Unit, mut tell: impl FnMut(Unit)) {
    let bucket = |v: i32| v.div_euclid(BUCKET);
    let (left, right) = if a[0] <= b[0] { (a, b) } else { (b, a) };
    let rise = f64::from(right[1] - left[1]);
    let run = f64::from(right[0] - left[0]);
    for column in bucket(left[0] - 1)..=bucket(right[0] + 1) {
        let height = |x: i32| {
            let x = x.clamp(left[0], right[0]);
            let share = if run > 0.0 { f64::from(x - left[0]) / run } else { 0.0 };
            f64::from(left[1]) + share * rise
        };
        let (from, to) = (column * BUCKET - 1, (column + 1) * BUCKET + 1);
        let (mut low, mut high) = (height(from), height(to));
        if run == 0.0 {
            (low, high) = (f64::from(left[1]), f64::from(right[1]));
        }
        if low > high {
            (low, high) = (high, low);
        }
        for row in bucket(low.floor() as i32 - 1)..=bucket(high.ceil() as i32 + 1) {
            tell([column, row]);
        }
    }
}

fn cross(o: Unit, a: Unit, b: Unit) -> i64 {
    let [ax, ay, bx, by] = [a[0] - o[0], a[1] - o[1], b[0] - o[0], b[1] - o[1]].map(i64::from);
    ax * by - ay * bx
}

/// The pixel in which two lines cross within both.
fn crossing((a, b): (Unit, Unit), (c, d): (Unit, Unit)) -> Option<Unit> {
    let apart = |k: usize| a[k].max(b[k]) < c[k].min(d[k]) || c[k].max(d[k]) < a[k].min(b[k]);
    if apart(0) || apart(1) {
        return None;
    }
    let (from, to) = (cross(a, b, c), cross(a, b, d));
    let (back, on) = (cross(c, d, a), cross(c, d, b));
    if from.signum() * to.signum() >= 0 || back.signum() * on.signum() >= 0 {
        return None;
    }
    let share = back as f64 / (back - on) as f64;
    // A pixel holds its least sides and not its greatest.
    let at = |k: usize| (f64::from(a[k]) + share * f64::from(b[k] - a[k]) + 0.5).floor() as i32;
    Some([at(0), at(1)])
}

/// Whether a line passes a pixel: the square of one unit around a point, with its least sides and without its greatest.
fn passes(a: Unit, b: Unit, pixel: Unit) -> bool {
    // In half units about the middle of the pixel, the line from left to right.
    let (p, q) = if a[0] <= b[0] { (a, b) } else { (b, a) };
    let local = |u: Unit| [0, 1].map(|k| 2 * (i64::from(u[k]) - i64::from(pixel[k])));
    let (p, q) = (local(p), local(q));
    let (low, high) = (p[1].min(q[1]), p[1].max(q[1]));
    if q[0] < -1 || p[0] >= 1 || high < -1 || low >= 1 {
        return false;
    }
    if p[0] == q[0] || low == high {
        return true;
    }
    // On which side of the line each corner lies.
    let side = |x: i64, y: i64| ((q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])).signum();
    let rising = q[1] > p[1];
    let [low_left, low_right, high_left, high_right] =
        [side(-1, -1), side(1, -1), side(-1, 1), side(1, 1)];
    if low_left == 0 {
        return true;
    }
    // A line through another corner alone passes the pixel only where it runs through its inside.
    if high_left == 0 {
        return !rising;
    }
    if low_right == 0 {
        return !rising;
    }
    if high_right == 0 {
        return rising;
    }
    let corners = [low_left, low_right, high_left, high_right];
    corners.iter().any(|c| *c != corners[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_passes_the_pixels_whose_least_sides_it_touches() {
        assert!(passes([0, 0], [4, 4], [2, 2]));
        assert!(!passes([0, 0], [4, 4], [2, 3]), "through a corner that is another pixel's");
        assert!(passes([0, 0], [4, 2], [1, 1]), "at its lower side");
        assert!(!passes([0, 0], [4, 0], [2, 1]));
        assert!(!passes([0, 0], [4, 0], [6, 0]), "beyond its end");
    }

    #[test]
    fn both_sides_of_a_border_are_cut_at_one_point() {
        let (a, b) = ([-37, 12], [91, 55]);
        assert_eq!(meet(a, b, 0, 0), meet(b, a, 0, 0));
        assert_eq!(meet(a, b, 0, 0), [0, 24]);
    }

    proptest! {
        #[test]
        fn noded_lines_meet_at_their_ends_alone(
            points in prop::collection::vec(prop::array::uniform2(-70..140_i32), 3..24)
        ) {
            let mut segments = Segments::default();
            segments.add(&points);
            let noded = segments.node();
            let mut lines: Vec<(Unit, Unit)> = Vec::new();
            for (k, a) in points.iter().enumerate() {
                let b = points[(k + 1) % points.len()];
                lines.extend(noded.path(*a, b).filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))));
            }
            lines.sort_unstable();
            lines.dedup();
            for (k, one) in lines.iter().enumerate() {
                for other in &lines[k + 1..] {
                    prop_assert_eq!(crossing(*one, *other), None);
                    // Nor does an end lie within another.
                    for end in [other.0, other.1] {
                        let on = cross(one.0, one.1, end) == 0
                            && (0..2).all(|i| {
                                (one.0[i].min(one.1[i])..=one.0[i].max(one.1[i])).contains(&end[i])
                            });
                        prop_assert!(!on || end == one.0 || end == one.1, "{:?} within {:?}", end, one);
                    }
                }
            }
        }

        #[test]
        fn a_clipped_ring_lies_within_its_bounds(
            points in prop::collection::vec(prop::array::uniform2(-5000..9000_i32), 3..24)
        ) {
            let ring = clip(points, [-64, 4160]);
            prop_assert!(ring.iter().flatten().all(|v| (-64..=4160).contains(v)));
        }
    }
}
