//! Squares by which lines and points near one another are found.

use std::ops::RangeInclusive;

use super::noding::Unit;

/// Sides of the squares by which lines and points are found, in tile units.
const SIDES_LOG2: RangeInclusive<u8> = 2..=12;

/// Squares for each line at most: with more of them, finding those of a line costs more than what is found needlessly.
const SQUARES_A_LINE: usize = 4;

/// Lists of things one behind the other, found by the number of the list.
pub(super) struct Groups<T> {
    all: Vec<T>,
    /// Where each list begins, and where the last one ends.
    starts: Vec<u32>,
}

impl<T> Groups<T> {
    /// One list for each of `of`, which `tell` adds to those before it.
    pub(super) fn of<U>(of: &[U], mut tell: impl FnMut(&U, &mut Vec<T>)) -> Self {
        let (mut all, mut starts) =
            (Vec::with_capacity(of.len()), Vec::with_capacity(of.len() + 1));
        starts.push(0);
        for one in of {
            tell(one, &mut all);
            starts.push(all.len() as u32);
        }
        Self { all, starts }
    }

    pub(super) fn get(&self, list: usize) -> &[T] {
        &self.all[self.starts[list] as usize..self.starts[list + 1] as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..self.starts.len() - 1).map(|list| self.get(list))
    }
}

impl Groups<u32> {
    /// For each of `count` numbers the lists that it stands in, in order.
    pub(super) fn turned(&self, count: usize) -> Self {
        let numbers = || self.all.iter().copied();
        let lists = (0..).zip(self.iter()).flat_map(|(list, of)| of.iter().map(move |_| list));
        Self::put(count, numbers, lists)
    }
}

impl<T: Copy + Default> Groups<T> {
    /// Puts each thing into the list of its number, in order; there are `count` lists.
    fn put<N: Iterator<Item = u32>>(
        count: usize,
        numbers: impl Fn() -> N,
        things: impl Iterator<Item = T>,
    ) -> Self {
        let mut starts = vec![0_u32; count + 1];
        for number in numbers() {
            starts[number as usize + 1] += 1;
        }
        for k in 0..count {
            starts[k + 1] += starts[k];
        }
        let mut next = starts.clone();
        let mut all = vec![T::default(); starts[count] as usize];
        for (number, thing) in numbers().zip(things) {
            let at = &mut next[number as usize];
            all[*at as usize] = thing;
            *at += 1;
        }
        Self { all, starts }
    }
}

/// Squares of equal size that lines and points are found by.
pub(super) struct Buckets {
    least: Unit,
    side_log2: u8,
    columns: i32,
    rows: i32,
}

impl Buckets {
    /// As many squares as lines, about, so that each holds a few.
    pub(super) fn of(lines: &[(Unit, Unit)]) -> Self {
        let (mut least, mut most) = ([i32::MAX; 2], [i32::MIN; 2]);
        for axis in 0..2 {
            for (a, b) in lines {
                // A line is near what it comes within a pixel of.
                least[axis] = least[axis].min(a[axis].min(b[axis]) - 1);
                most[axis] = most[axis].max(a[axis].max(b[axis]) + 1);
            }
        }
        if lines.is_empty() {
            return Self { least: [0; 2], side_log2: 0, columns: 0, rows: 0 };
        }
        let squares =
            |side_log2: u8| [0, 1].map(|axis| ((most[axis] - least[axis]) >> side_log2) + 1);
        let few = |side_log2: &u8| {
            let [columns, rows] = squares(*side_log2).map(|n| n.unsigned_abs() as usize);
            columns * rows <= SQUARES_A_LINE * lines.len()
        };
        let side_log2 = SIDES_LOG2.clone().find(few).unwrap_or(*SIDES_LOG2.end());
        let [columns, rows] = squares(side_log2);
        Self { least, side_log2, columns, rows }
    }

    pub(super) fn count(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    fn number(&self, [column, row]: Unit) -> u32 {
        (row * self.columns + column).cast_unsigned()
    }

    fn at(&self, p: Unit) -> Unit {
        [0, 1].map(|axis| (p[axis] - self.least[axis]) >> self.side_log2)
    }

    /// Every square that a line comes within a pixel of, once.
    pub(super) fn near(&self, (a, b): (Unit, Unit), mut tell: impl FnMut(u32)) {
        let (left, right) = if a[0] <= b[0] { (a, b) } else { (b, a) };
        let (low, high) = (a[1].min(b[1]) - 1, a[1].max(b[1]) + 1);
        let from = self.at([left[0] - 1, low]);
        let to = self.at([right[0] + 1, high]);
        let mut column = |column: i32, rows: [i32; 2]| {
            (rows[0]..=rows[1]).for_each(|row| tell(self.number([column, row])));
        };
        if from[0] == to[0] || from[1] == to[1] || left[0] == right[0] {
            (from[0]..=to[0]).for_each(|at| column(at, [from[1], to[1]]));
            return;
        }
        let slope = f64::from(right[1] - left[1]) / f64::from(right[0] - left[0]);
        let height =
            |x: i32| f64::from(left[1]) + f64::from(x.clamp(left[0], right[0]) - left[0]) * slope;
        for at in from[0]..=to[0] {
            let west = self.least[0] + (at << self.side_log2);
            let ends = [height(west - 1), height(west + (1 << self.side_log2) + 1)];
            let reach =
                [ends[0].min(ends[1]).floor() as i32 - 1, ends[0].max(ends[1]).ceil() as i32 + 1];
            column(at, reach.map(|y| (y.clamp(low, high) - self.least[1]) >> self.side_log2));
        }
    }

    /// Points by the square that they lie in, each once.
    pub(super) fn sorted(&self, points: &[Unit]) -> Groups<Unit> {
        let squares = || points.iter().map(|p| self.number(self.at(*p)));
        let mut by_square = Groups::put(self.count(), squares, points.iter().copied());
        let (mut from, mut kept) = (0, 0);
        for square in 1..by_square.starts.len() {
            let to = by_square.starts[square] as usize;
            by_square.all[from..to].sort_unstable();
            let first = kept;
            for k in from..to {
                if kept == first || by_square.all[kept - 1] != by_square.all[k] {
                    by_square.all[kept] = by_square.all[k];
                    kept += 1;
                }
            }
            by_square.starts[square] = kept as u32;
            from = to;
        }
        by_square
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_and_the_pixels_that_it_passes_share_a_square(
            lines in prop::collection::vec(
                (prop::array::uniform2(-70..300_i32), prop::array::uniform2(-70..300_i32)), 1..40
            ),
            share in 0.0..=1.0_f64,
        ) {
            let buckets = Buckets::of(&lines);
            for (a, b) in &lines {
                let mut near = Vec::new();
                buckets.near((*a, *b), |square| near.push(square));
                let at = |k: usize| f64::from(a[k]) + share * f64::from(b[k] - a[k]);
                for pixel in [f64::floor, f64::ceil].map(|round| [0, 1].map(|k| round(at(k)) as i32)) {
                    let sorted = buckets.sorted(&[pixel, pixel]);
                    let filled = (0..).zip(sorted.iter()).filter(|(_, points)| !points.is_empty());
                    let filled: Vec<(u32, &[Unit])> = filled.collect();
                    prop_assert_eq!(filled.len(), 1);
                    prop_assert_eq!(filled[0].1, &[pixel]);
                    prop_assert!(near.contains(&filled[0].0), "{:?} of {:?}", pixel, (a, b));
                }
                near.sort_unstable();
                let all = near.len();
                near.dedup();
                prop_assert_eq!(near.len(), all, "a square is told twice");
            }
        }

        #[test]
        fn turned_groups_hold_the_lists_of_a_number_in_order(
            lists in prop::collection::vec(prop::collection::vec(0..9_u32, 0..5), 0..9)
        ) {
            let groups = Groups::of(&lists, |list, all| all.extend(list));
            let turned = groups.turned(9);
            for (number, of) in (0..9).zip(turned.iter()) {
                let plain: Vec<u32> = (0..).zip(&lists)
                    .flat_map(|(k, list)| list.iter().filter(|n| **n == number).map(move |_| k))
                    .collect();
                prop_assert_eq!(of, &plain[..]);
            }
        }
    }
}
