//! Which submissions with one set of initials repeat which.

use diachiso_model::LonLat;
use rustc_hash::FxHashMap;

use super::{
    Evidence, LOWER_BITS, SAME_PLACE_M, Twin, UPPER_BITS,
    evidence::{NEAR_M, metres},
};

/// Submissions of one name up to which each is compared with all before it.
const FEW: usize = 64;
/// Submissions that share a value up to which a later one is compared with them. A phone that more households of one name
/// give tells none of them from the others; rules P04 and D05 say that it is shared.
const CROWD: usize = 64;

/// A submission that repeats another, or may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Repeat {
    pub(crate) at: u32,
    /// The more senior of the two.
    pub(crate) of: u32,
    /// Whether it is sure; else a person decides.
    pub(crate) sure: bool,
    /// Whether the two give positions that are too far apart to be one place (D03).
    pub(crate) apart: bool,
}

/// Repeats within a group, by seniority. `ruled` tells what a person decided of two: one household or two.
///
/// Each is compared with those before it that repeat nothing themselves, and repeats the most senior of them that is surely
/// the same; where none is, it may repeat the one that most speaks for.
pub(crate) fn repeats(
    mut group: Vec<Twin>,
    ruled: &dyn Fn(u32, u32) -> Option<bool>,
) -> Vec<Repeat> {
    group.sort_unstable_by_key(|twin| twin.seniority);
    let mut masters = Masters::new(group.len());
    let mut found = Vec::new();
    for twin in group {
        let best = masters.best(&twin, ruled);
        if !best.is_some_and(|repeat| repeat.sure) {
            masters.add(twin);
        }
        found.extend(best);
    }
    found
}

/// Submissions that surely repeat none before them.
struct Masters {
    list: Vec<Twin>,
    /// Where those stand that share a value, in large groups.
    by_value: Option<FxHashMap<(u8, u64), Vec<u32>>>,
    /// Whom the submission at hand is compared with.
    near: Vec<u32>,
}

impl Masters {
    fn new(group: usize) -> Self {
        let by_value = (group > FEW).then(FxHashMap::default);
        Self { list: Vec::new(), by_value, near: Vec::new() }
    }

    fn add(&mut self, twin: Twin) {
        let at = self.list.len() as u32;
        self.list.push(twin);
        let Some(by_value) = &mut self.by_value else { return };
        for key in values(&twin).into_iter().chain(cell(twin.point, 0, 0)) {
            let sharing = by_value.entry(key).or_default();
            if sharing.len() < CROWD {
                sharing.push(at);
            }
        }
    }

    fn best(&mut self, twin: &Twin, ruled: &dyn Fn(u32, u32) -> Option<bool>) -> Option<Repeat> {
        self.near.clear();
        match &self.by_value {
            None => self.near.extend(0..self.list.len() as u32),
            Some(by_value) => {
                let around = (-1..=1).flat_map(|x| (-1..=1).map(move |y| (x, y)));
                let cells = around.filter_map(|(x, y)| cell(twin.point, x, y));
                let sharing = values(twin).into_iter().chain(cells);
                let sharing = sharing.filter_map(|key| by_value.get(&key));
                self.near.extend(sharing.flatten());
                self.near.sort_unstable();
                self.near.dedup();
            }
        }
        let mut doubt: Option<(f32, Repeat)> = None;
        for at in &self.near {
            let master = &self.list[*at as usize];
            // Two that are neither near nor share a value are two households, unless a person says otherwise.
            if self.by_value.is_none()
                && !is_worth_a_look(master, twin)
                && ruled(master.at, twin.at).is_none()
            {
                continue;
            }
            let repeat = Repeat { at: twin.at, of: master.at, sure: true, apart: false };
            match ruled(master.at, twin.at) {
                Some(true) => return Some(repeat),
                Some(false) => continue,
                None => {}
            }
            let bits = Evidence::of(master, twin).bits();
            if bits >= UPPER_BITS {
                let apart = metres(master, twin).is_some_and(|metres| metres > SAME_PLACE_M);
                return Some(Repeat { apart, ..repeat });
            }
            if bits >= LOWER_BITS && doubt.is_none_or(|(most, _)| bits > most) {
                doubt = Some((bits, Repeat { sure: false, ..repeat }));
            }
        }
        doubt.map(|(_, repeat)| repeat)
    }
}

/// The values by which two may be one household, each with its kind; those that are not stated are left out.
fn values(twin: &Twin) -> impl IntoIterator<Item = (u8, u64)> + use<> {
    let all = [(0, twin.identity), (1, twin.phone), (2, twin.code), (3, twin.house)];
    all.into_iter().filter(|(_, value)| *value != 0)
}

/// Whether two share a value or may be near each other; cheap, and never wrongly no.
fn is_worth_a_look(a: &Twin, b: &Twin) -> bool {
    let same = |a: u64, b: u64| a != 0 && a == b;
    same(a.identity, b.identity)
        || same(a.phone, b.phone)
        || same(a.code, b.code)
        || same(a.house, b.house)
        || a.point.zip(b.point).is_some_and(|(p, q)| {
            (p.lon() - q.lon()).abs() <= CELL_DEG && (p.lat() - q.lat()).abs() <= CELL_DEG
        })
}

/// Width and height in degrees of cells that are [`NEAR_M`] wide at least, as far north as 20°.
const CELL_DEG: f64 = NEAR_M / 104_000.0;

/// The cell of a position, or one beside it.
fn cell(point: Option<LonLat>, right: i64, up: i64) -> Option<(u8, u64)> {
    let point = point?;
    let column = (point.lon() / CELL_DEG).floor() as i64 + right;
    let row = (point.lat() / CELL_DEG).floor() as i64 + up;
    Some((4, (column as u64) << 32 | (row as u64 & 0xffff_ffff)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spelling::Spelling;
    use diachiso_model::{Date, SubmissionId};
    use proptest::prelude::*;

    fn twin(at: u32, values: (u64, u64, u64, u32, u16), place: (u8, u8)) -> Twin {
        let (phone, code, house, village, members) = values;
        Twin {
            at,
            seniority: (
                false,
                Some(Date::constant(2024, 1, 1)),
                SubmissionId(u128::from(at).to_be_bytes()),
            ),
            name: 7,
            spelling: Spelling::new("nguyễn văn hùng"),
            rarity: 0,
            code,
            phone,
            identity: 0,
            house,
            village,
            members,
            point: LonLat::new(107.5 + f64::from(place.0) * 1e-4, 16.5 + f64::from(place.1) * 1e-4)
                .ok(),
        }
    }

    fn twins() -> impl Strategy<Value = Vec<Twin>> {
        let values = (0_u64..9, 0_u64..6, 0_u64..4, 0_u32..3, 0_u16..6);
        let one = (values, (any::<u8>(), any::<u8>()));
        proptest::collection::vec(one, FEW + 1..160).prop_map(|all| {
            (0..).zip(all).map(|(at, (values, place))| twin(at, values, place)).collect()
        })
    }

    /// Every submission compared with all before it that repeat nothing.
    fn slow(group: &[Twin], ruled: &dyn Fn(u32, u32) -> Option<bool>) -> Vec<Repeat> {
        let mut masters = Masters { list: Vec::new(), by_value: None, near: Vec::new() };
        let mut found = Vec::new();
        for twin in group {
            let best = masters.best(twin, ruled);
            if best.is_none_or(|repeat| !repeat.sure) {
                masters.add(*twin);
            }
            found.extend(best);
        }
        found
    }

    proptest! {
        #[test]
        fn shared_values_find_what_comparing_all_finds(group in twins()) {
            let ruled = |a: u32, b: u32| match (a + b) % 37 {
                5 => Some(false),
                // What a person decided is looked up for pairs that are compared; others are joined afterwards.
                _ => None,
            };
            prop_assert_eq!(repeats(group.clone(), &ruled), slow(&group, &ruled));
        }

        #[test]
        fn the_order_of_arrival_does_not_matter(group in twins().prop_flat_map(|g| (Just(g.clone()), Just(g).prop_shuffle()))) {
            prop_assert_eq!(repeats(group.0, &|_, _| None), repeats(group.1, &|_, _| None));
        }

        #[test]
        fn evidence_is_the_same_both_ways_round(group in twins()) {
            for pair in group.windows(2) {
                prop_assert_eq!(Evidence::of(&pair[0], &pair[1]), Evidence::of(&pair[1], &pair[0]));
            }
        }
    }

    #[test]
    fn a_hundred_thousand_namesakes_with_one_phone_are_compared_with_few() {
        let all = (0..100_000_u32).map(|at| Twin {
            identity: u64::from(at) + 1,
            point: None,
            ..twin(at, (5, 0, 0, 1, 4), (0, 0))
        });
        // Other identity numbers: none is surely another, and none is compared with all.
        let found = repeats(all.collect(), &|_, _| None);
        assert_eq!(found.len(), 99_999);
        assert!(found.iter().all(|repeat| !repeat.sure && repeat.of < CROWD as u32));
    }

    #[test]
    fn what_is_neither_sure_nor_unlikely_is_for_a_person() {
        let far = twin(0, (0, 0, 0, 1, 4), (0, 0));
        let near = twin(1, (0, 0, 0, 1, 4), (4, 0));
        let found = repeats(vec![far, near], &|_, _| None);
        assert_eq!(found, [Repeat { at: 1, of: 0, sure: false, apart: false }]);
        assert!(repeats(vec![far, near], &|_, _| Some(false)).is_empty());
        let sure = Repeat { at: 1, of: 0, sure: true, apart: false };
        assert_eq!(repeats(vec![far, near], &|_, _| Some(true)), [sure]);
        let phone = |t: Twin| Twin { phone: 3, ..t };
        let moved = Twin { point: LonLat::new(107.52, 16.5).ok(), ..phone(near) };
        let apart = Repeat { apart: true, ..sure };
        assert_eq!(repeats(vec![phone(far), moved], &|_, _| None), [apart]);
    }
}
