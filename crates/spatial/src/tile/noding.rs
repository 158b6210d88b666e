//! Lines on the grid of a tile led through every point that they pass, so that no two of them cross (snap rounding).

use rustc_hash::FxHashMap;

use super::buckets::{Buckets, Groups};

/// A point in tile units.
pub(super) type Unit = [i32; 2];

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

/// The lines of rings, each kept once whichever way it runs.
#[derive(Default)]
pub(super) struct Segments {
    numbers: FxHashMap<(Unit, Unit), u32>,
    lines: Vec<(Unit, Unit)>,
    /// The line that each edge of each ring is, in the order in which rings were added.
    of_edges: Vec<u32>,
}

/// Every line of the rings that were added, led through the points that it passes.
pub(super) struct Noded {
    lines: Vec<(Unit, Unit)>,
    of_edges: Vec<u32>,
    /// What lies on each line, from its first end on.
    passed: Groups<Unit>,
}

impl Segments {
    /// Adds an open ring without a point that equals the next one.
    pub(super) fn add(&mut self, ring: &[Unit]) {
        for (k, a) in ring.iter().enumerate() {
            let b = ring[(k + 1) % ring.len()];
            let line = ((*a).min(b), (*a).max(b));
            let number = *self.numbers.entry(line).or_insert_with(|| {
                self.lines.push(line);
                (self.lines.len() - 1) as u32
            });
            self.of_edges.push(number);
        }
    }

    /// Leads each line through the pixels of all ends and crossings that it passes: none of the lines that come out meets
    /// another but at its ends (Hobby; Guibas and Marimont).
    pub(super) fn node(self) -> Noded {
        let Self { lines, of_edges, .. } = self;
        let buckets = Buckets::of(&lines);
        let near = Groups::of(&lines, |line, near| buckets.near(*line, |bucket| near.push(bucket)));
        let mut hot: Vec<Unit> = lines.iter().flat_map(|(a, b)| [*a, *b]).collect();
        for inside in near.turned(buckets.count()).iter() {
            for (k, one) in inside.iter().enumerate() {
                let one = lines[*one as usize];
                let others = inside[k + 1..].iter().map(|other| lines[*other as usize]);
                hot.extend(others.filter_map(|other| crossing(one, other)));
            }
        }
        let hot = buckets.sorted(&hot);
        let lists: Vec<(&(Unit, Unit), &[u32])> = lines.iter().zip(near.iter()).collect();
        let passed = Groups::of(&lists, |((a, b), near), all| {
            let before = all.len();
            let pixels = near.iter().flat_map(|bucket| hot.get(*bucket as usize));
            all.extend(pixels.filter(|p| *p != a && *p != b && passes(*a, *b, **p)));
            let along = |p: &Unit| {
                let [dx, dy, px, py] =
                    [b[0] - a[0], b[1] - a[1], p[0] - a[0], p[1] - a[1]].map(i64::from);
                dx * px + dy * py
            };
            all[before..].sort_unstable_by_key(|p| (along(p), *p));
        });
        Noded { lines, of_edges, passed }
    }
}

impl Noded {
    /// A ring that was added, led through what its edges pass; `edges` is how many edges were added before it.
    pub(super) fn led(&self, ring: &[Unit], edges: usize) -> Vec<Unit> {
        let mut led = Vec::with_capacity(ring.len());
        for (a, number) in ring.iter().zip(&self.of_edges[edges..]) {
            led.push(*a);
            let passed = self.passed.get(*number as usize);
            if self.lines[*number as usize].0 == *a {
                led.extend(passed);
            } else {
                led.extend(passed.iter().rev());
            }
        }
        led
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
            let mut points = points;
            points.dedup();
            prop_assume!(points.len() > 1 && points.first() != points.last());
            let mut segments = Segments::default();
            segments.add(&points);
            let led = segments.node().led(&points, 0);
            let next = led.iter().cycle().skip(1);
            let mut lines: Vec<(Unit, Unit)> =
                led.iter().zip(next).map(|(a, b)| (*a.min(b), *a.max(b))).collect();
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
