//! Short walks through given places: an open tour that visits each once, from a start that is free.
//!
//! A greedy walk to the nearest place left is improved by 2-opt (a stretch is walked the other way round) and Or-opt
//! (up to three places are visited elsewhere). Only the places near to one another are tried, so that a tour of
//! thousands costs milliseconds. Of at most nine places the shortest walk of all is found (Held and Karp).

use geo_types::Coord;
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Near places that a place is tried beside.
const NEIGHBOURS: usize = 10;
/// Rounds of improvement at most; a round that finds nothing ends them earlier.
const MAX_ROUNDS: usize = 60;
/// Up to so many places the shortest walk is found: 2⁹ sets × 9² steps are 40,000 comparisons.
const EXACT: usize = 9;
/// Coordinates beyond this are no places: more metres than there are around the Earth. Up to here rounding is less than
/// the least saving; beyond, two tours could replace each other for ever.
pub const MAX_COORDINATE: f64 = 5e7;
/// Longest stretch that Or-opt moves.
const MAX_MOVED: usize = 3;
/// A change that saves less than this is rounding: without it two equal tours could replace each other for ever.
const LEAST_SAVING: f64 = 1e-7;

/// The order in which to walk through places in a plane, as their indices: each once.
///
/// The walk is never longer than [`nearest_neighbour`]. It depends on the places and their order alone, and begins at
/// whichever of its ends comes first by x, then y.
///
/// Places without a usable position, a coordinate that is no number or beyond [`MAX_COORDINATE`], come last, as given.
#[must_use]
pub fn open_tour(places: &[Coord<f64>]) -> Vec<u32> {
    let is_usable =
        |at: Coord<f64>| at.x.abs().max(at.y.abs()) <= MAX_COORDINATE && !(at.x + at.y).is_nan();
    let (sound, lost): (Vec<u32>, Vec<u32>) =
        (0..places.len() as u32).partition(|at| is_usable(places[*at as usize]));
    if lost.is_empty() {
        return walked(places);
    }
    let positions: Vec<Coord<f64>> = sound.iter().map(|at| places[*at as usize]).collect();
    walked(&positions).into_iter().map(|at| sound[at as usize]).chain(lost).collect()
}

/// [`open_tour`] of places that all have a usable position.
fn walked(places: &[Coord<f64>]) -> Vec<u32> {
    let mut tour = if places.len() <= EXACT { shortest(places) } else { improved(places) };
    if let [first, .., last] = tour.as_slice()
        && by_position(places[*last as usize], places[*first as usize]).is_lt()
    {
        tour.reverse();
    }
    tour
}

/// The shortest walk through at most [`EXACT`] places: for each set of places and last place the shortest walk that
/// ends there, from sets of one up.
fn shortest(places: &[Coord<f64>]) -> Vec<u32> {
    let count = places.len();
    if count == 0 {
        return Vec::new();
    }
    let sets = 1_usize << count;
    // By set and last place: length so far, and the place before.
    let mut walks = vec![(f64::INFINITY, 0_usize); sets * count];
    for last in 0..count {
        walks[(1 << last) * count + last].0 = 0.0;
    }
    for set in 1..sets {
        for last in (0..count).filter(|last| set & (1 << last) != 0) {
            let so_far = walks[set * count + last].0;
            for next in (0..count).filter(|next| set & (1 << next) == 0) {
                let longer = so_far + between(places[last], places[next]);
                let known = &mut walks[(set | (1 << next)) * count + next];
                if longer < known.0 {
                    *known = (longer, last);
                }
            }
        }
    }
    let mut set = sets - 1;
    let best = |a: &usize, b: &usize| {
        walks[set * count + a].0.total_cmp(&walks[set * count + b].0).then(a.cmp(b))
    };
    let mut at = (0..count).min_by(best).unwrap_or(0);
    let mut tour = vec![at as u32];
    while set.count_ones() > 1 {
        let before = walks[set * count + at].1;
        set &= !(1 << at);
        at = before;
        tour.push(at as u32);
    }
    tour
}

/// The greedy walk, changed as long as a change near a place makes it shorter.
fn improved(places: &[Coord<f64>]) -> Vec<u32> {
    let mut tour = nearest_neighbour(places);
    let near = neighbours(places);
    let mut walk = Walk::new(places, &mut tour);
    for _ in 0..MAX_ROUNDS {
        let mut improved = false;
        for place in 0..places.len() as u32 {
            improved |= walk.improve(place, &near[place as usize]);
        }
        if !improved {
            break;
        }
    }
    tour
}

/// The walk that always goes to the nearest place left, from the place that comes first by x, then y.
///
/// Of places equally near the one that was given first is taken. Coordinates must be numbers within
/// [`MAX_COORDINATE`].
#[must_use]
pub fn nearest_neighbour(places: &[Coord<f64>]) -> Vec<u32> {
    let first = (0..places.len()).min_by(|a, b| by_position(places[*a], places[*b]));
    let Some(first) = first else { return Vec::new() };
    let mut left = RTree::bulk_load(indexed(places));
    let mut tour = Vec::with_capacity(places.len());
    let mut at = first as u32;
    left.remove(&GeomWithData::new(places[first].into(), at));
    tour.push(at);
    while let Some(next) = nearest_left(&left, places[at as usize]) {
        left.remove(&GeomWithData::new(places[next as usize].into(), next));
        at = next;
        tour.push(at);
    }
    tour
}

/// The length of a walk through places.
#[must_use]
pub fn length(places: &[Coord<f64>], tour: &[u32]) -> f64 {
    tour.windows(2).map(|pair| between(places[pair[0] as usize], places[pair[1] as usize])).sum()
}

type Indexed = GeomWithData<[f64; 2], u32>;

fn indexed(places: &[Coord<f64>]) -> Vec<Indexed> {
    (0..).zip(places).map(|(at, place)| GeomWithData::new((*place).into(), at)).collect()
}

/// The nearest place; of several equally near the one that was given first.
fn nearest_left(left: &RTree<Indexed>, from: Coord<f64>) -> Option<u32> {
    let mut by_distance = left.nearest_neighbor_iter_with_distance_2(from.into());
    let (nearest, least) = by_distance.next()?;
    let same = by_distance.take_while(|(_, distance)| *distance <= least);
    Some(same.map(|(place, _)| place.data).fold(nearest.data, u32::min))
}

/// For each place the [`NEIGHBOURS`] nearest others, nearest first.
fn neighbours(places: &[Coord<f64>]) -> Vec<Vec<u32>> {
    let tree = RTree::bulk_load(indexed(places));
    let of = |(own, place): (u32, &Coord<f64>)| {
        // Places that coincide come in any order out of the tree.
        let mut near: Vec<(f64, u32)> = tree
            .nearest_neighbor_iter_with_distance_2((*place).into())
            .map(|(other, distance)| (distance, other.data))
            .filter(|(_, other)| *other != own)
            .take(NEIGHBOURS)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.into_iter().map(|(_, other)| other).collect()
    };
    (0..).zip(places).map(of).collect()
}

fn by_position(a: Coord<f64>, b: Coord<f64>) -> std::cmp::Ordering {
    a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
}

fn between(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// A tour and where in it each place stands.
struct Walk<'a> {
    places: &'a [Coord<f64>],
    tour: &'a mut Vec<u32>,
    position: Vec<u32>,
}

impl<'a> Walk<'a> {
    fn new(places: &'a [Coord<f64>], tour: &'a mut Vec<u32>) -> Self {
        let mut position = vec![0; places.len()];
        for (at, place) in (0..).zip(tour.iter()) {
            position[*place as usize] = at;
        }
        Self { places, tour, position }
    }

    /// The length of the step from the place at `a` to the one at `b` of the tour; nothing where the walk ends.
    fn step(&self, a: Option<usize>, b: Option<usize>) -> f64 {
        match (a, b) {
            (Some(a), Some(b)) => {
                let place = |at: usize| self.places[self.tour[at] as usize];
                between(place(a), place(b))
            }
            _ => 0.0,
        }
    }

    fn before(at: usize) -> Option<usize> {
        at.checked_sub(1)
    }

    fn after(&self, at: usize) -> Option<usize> {
        Some(at + 1).filter(|next| *next < self.tour.len())
    }

    /// Takes the first change around a place that shortens the walk, until there is none.
    fn improve(&mut self, place: u32, near: &[u32]) -> bool {
        let mut improved = false;
        while self.turn_an_end(place)
            || near.iter().any(|other| self.turn(place, *other) || self.shift(place, *other))
        {
            improved = true;
        }
        improved
    }

    /// 2-opt: walks a stretch the other way round so that two near places become neighbours.
    fn turn(&mut self, place: u32, other: u32) -> bool {
        let (a, b) = (self.at(place), self.at(other));
        let (low, high) = (a.min(b), a.max(b));
        if high - low < 2 {
            return false;
        }
        // …low | low+1 … high | high+1…  and  …low-1 | low … high-1 | high…
        let forward = self.step(Some(low), self.after(low))
            + self.step(Some(high), self.after(high))
            - self.step(Some(low), Some(high))
            - self.step(self.after(low), self.after(high));
        if forward > LEAST_SAVING {
            self.reverse(low + 1, high);
            return true;
        }
        let backward = self.step(Self::before(low), Some(low))
            + self.step(Some(high - 1), Some(high))
            - self.step(Self::before(low), Some(high - 1))
            - self.step(Some(low), Some(high));
        if backward > LEAST_SAVING {
            self.reverse(low, high - 1);
            return true;
        }
        false
    }

    /// 2-opt at the ends of the open walk: the walk up to a place, or from it on, the other way round.
    fn turn_an_end(&mut self, place: u32) -> bool {
        let at = self.at(place);
        let last = self.tour.len() - 1;
        let step = self.step(Some(at), self.after(at));
        if step - self.step(Some(0), self.after(at)) > LEAST_SAVING && at < last {
            self.reverse(0, at);
            return true;
        }
        if step - self.step(Some(at), Some(last)) > LEAST_SAVING && at < last {
            self.reverse(at + 1, last);
            return true;
        }
        false
    }

    /// Or-opt: visits a place, and up to two behind or before it, next to another one.
    fn shift(&mut self, place: u32, other: u32) -> bool {
        let (at, to) = (self.at(place), self.at(other));
        for length in 1..=MAX_MOVED {
            for from in [Some(at), (at + 1).checked_sub(length)].into_iter().flatten() {
                let end = from + length;
                if end > self.tour.len() || (from..end).contains(&to) {
                    continue;
                }
                if self.shift_stretch(from, end, to) {
                    return true;
                }
                if length == 1 {
                    break;
                }
            }
        }
        false
    }

    /// Moves the stretch `from..end` before or behind the place at `to`, whichever way round is shorter, if that saves.
    fn shift_stretch(&mut self, from: usize, end: usize, to: usize) -> bool {
        let (first, last) = (Some(from), Some(end - 1));
        let (before, after) = (Self::before(from), self.after(end - 1));
        let saved = self.step(before, first) + self.step(last, after) - self.step(before, after);
        for behind in [true, false] {
            let (left, right) =
                if behind { (Some(to), self.after(to)) } else { (Self::before(to), Some(to)) };
            if left == last || right == first {
                continue;
            }
            let open = self.step(left, right);
            let ahead = self.step(left, first) + self.step(last, right) - open;
            let turned = self.step(left, last) + self.step(first, right) - open;
            if saved - ahead.min(turned) > LEAST_SAVING {
                if turned < ahead {
                    self.tour[from..end].reverse();
                }
                self.carry(from, end, if behind { to + 1 } else { to });
                return true;
            }
        }
        false
    }

    /// Carries the stretch `from..end` to stand before what is now at `to`.
    fn carry(&mut self, from: usize, end: usize, to: usize) {
        let length = end - from;
        let (low, high) = if to <= from {
            self.tour[to..end].rotate_right(length);
            (to, end)
        } else {
            self.tour[from..to].rotate_left(length);
            (from, to)
        };
        self.renumber(low, high);
    }

    fn reverse(&mut self, from: usize, last: usize) {
        self.tour[from..=last].reverse();
        self.renumber(from, last + 1);
    }

    fn renumber(&mut self, from: usize, end: usize) {
        for at in from..end {
            self.position[self.tour[at] as usize] = at as u32;
        }
    }

    fn at(&self, place: u32) -> usize {
        self.position[place as usize] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(x: f64, y: f64) -> Coord<f64> {
        Coord { x, y }
    }

    #[track_caller]
    fn check_each_once(tour: &[u32], count: usize) {
        let mut sorted = tour.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..count as u32).collect::<Vec<_>>());
    }

    /// The length of the shortest walk of all, by trying every order.
    fn least_length(places: &[Coord<f64>]) -> f64 {
        fn go(places: &[Coord<f64>], walk: &mut Vec<u32>, so_far: f64, best: &mut f64) {
            if so_far >= *best {
                return;
            }
            if walk.len() == places.len() {
                *best = so_far;
                return;
            }
            for next in 0..places.len() as u32 {
                if !walk.contains(&next) {
                    let step = walk
                        .last()
                        .map_or(0.0, |at| between(places[*at as usize], places[next as usize]));
                    walk.push(next);
                    go(places, walk, so_far + step, best);
                    walk.pop();
                }
            }
        }
        let mut best = f64::INFINITY;
        go(places, &mut Vec::new(), 0.0, &mut best);
        best
    }

    #[test]
    fn few_places_are_walked_as_they_lie() {
        assert_eq!(open_tour(&[]), Vec::<u32>::new());
        assert_eq!(open_tour(&[place(1.0, 1.0)]), [0]);
        assert_eq!(open_tour(&[place(1.0, 0.0), place(0.0, 0.0), place(2.0, 0.0)]), [1, 0, 2]);
    }

    #[test]
    fn a_row_of_houses_is_walked_from_end_to_end() {
        let places: Vec<_> = [5, 3, 9, 1, 7, 0, 2, 8, 4, 6]
            .map(|n| place(f64::from(n) * 10.0, f64::from(n % 2)))
            .into();
        let tour = open_tour(&places);
        let along: Vec<f64> = tour.iter().map(|at| places[*at as usize].x).collect();
        assert!(along.is_sorted() || along.iter().rev().is_sorted(), "{along:?}");
    }

    #[test]
    fn what_is_no_place_comes_last() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX];
        let mut places: Vec<_> = odd.map(|n| place(n, 0.0)).into();
        places.extend((0..20).map(|n| place(f64::from(n % 5), f64::from(n / 5))));
        let tour = open_tour(&places);
        check_each_once(&tour, 24);
        assert_eq!(tour[20..], [0, 1, 2, 3]);
        let places = [place(5e7, -5e7), place(-0.0, 0.0), place(-5e7, 5e7)];
        check_each_once(&open_tour(&places), 3);
    }

    #[test]
    fn houses_at_one_place_are_all_visited() {
        let places = vec![place(3.0, 3.0); 40];
        let tour = open_tour(&places);
        check_each_once(&tour, 40);
        assert!(length(&places, &tour).abs() < f64::EPSILON);
    }

    #[test]
    fn a_thousand_places_are_walked_at_least_a_tenth_shorter_than_from_near_to_near() {
        let mut rng = diachiso_testkit::Rng::new(7);
        let places: Vec<_> = (0..1_000)
            .map(|_| place(rng.between(0.0, 2_000.0), rng.between(0.0, 2_000.0)))
            .collect();
        let (greedy, tour) = (nearest_neighbour(&places), open_tour(&places));
        check_each_once(&tour, places.len());
        let (greedy, ours) = (length(&places, &greedy), length(&places, &tour));
        assert!(ours < 0.9 * greedy, "{ours} against {greedy}");
    }

    proptest! {
        #[test]
        fn improving_alone_comes_near_the_best_of_all_orders(
            raw in prop::collection::vec((0.0..1e3_f64, 0.0..1e3_f64), 3..8)
        ) {
            let places: Vec<_> = raw.iter().map(|(x, y)| place(*x, *y)).collect();
            let tour = improved(&places);
            check_each_once(&tour, places.len());
            prop_assert!(length(&places, &tour) <= 1.3 * least_length(&places) + 1e-6);
        }

        #[test]
        fn a_tour_visits_each_place_once_and_is_never_longer_than_the_nearest_neighbour(
            raw in prop::collection::vec((0.0..1e3_f64, 0.0..1e3_f64), 0..120)
        ) {
            let places: Vec<_> = raw.iter().map(|(x, y)| place(*x, *y)).collect();
            let tour = open_tour(&places);
            check_each_once(&tour, places.len());
            let greedy = nearest_neighbour(&places);
            check_each_once(&greedy, places.len());
            prop_assert!(length(&places, &tour) <= length(&places, &greedy) + 1e-6);
        }

        #[test]
        fn places_on_a_lattice_are_walked_too(
            raw in prop::collection::vec((0_u8..6, 0_u8..6), 0..60)
        ) {
            let places: Vec<_> = raw.iter().map(|(x, y)| place((*x).into(), (*y).into())).collect();
            let tour = open_tour(&places);
            check_each_once(&tour, places.len());
            prop_assert_eq!(open_tour(&places), tour.clone(), "the same each time");
            prop_assert!(length(&places, &tour) <= length(&places, &nearest_neighbour(&places)) + 1e-6);
        }

        #[test]
        fn a_small_tour_is_as_short_as_the_best_of_all_orders(
            raw in prop::collection::vec((0.0..1e3_f64, 0.0..1e3_f64), 2..8)
        ) {
            let places: Vec<_> = raw.iter().map(|(x, y)| place(*x, *y)).collect();
            let tour = open_tour(&places);
            check_each_once(&tour, places.len());
            let (ours, best) = (length(&places, &tour), least_length(&places));
            prop_assert!((ours - best).abs() < 1e-6, "{ours} against {best}");
        }
    }
}
