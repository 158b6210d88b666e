//! Rows by a value that they share, kept as rows come and go: a list through the rows of each value, so that a million
//! values that one row bears take no million vectors.

use rustc_hash::FxHashMap;

const NONE: u32 = u32::MAX;

/// Where a row stands in the list of its value.
#[derive(Clone, Copy)]
struct Place {
    key: Option<u64>,
    before: u32,
    after: u32,
}

const NOWHERE: Place = Place { key: None, before: NONE, after: NONE };

/// Rows by value; in each list the last that came is the first.
#[derive(Default)]
pub(super) struct Chains {
    first: FxHashMap<u64, u32>,
    places: Vec<Place>,
}

impl Chains {
    /// The value of a row.
    pub(super) fn key(&self, at: u32) -> Option<u64> {
        self.places.get(at as usize)?.key
    }

    /// Gives a row another value, or none; returns the one that it had.
    pub(super) fn set(&mut self, at: u32, key: Option<u64>) -> Option<u64> {
        let old = self.key(at);
        if old == key {
            return old;
        }
        if let Some(old) = old {
            self.take_out(at, old);
        }
        if let Some(key) = key {
            self.put_in(at, key);
        }
        old
    }

    fn take_out(&mut self, at: u32, key: u64) {
        let Place { before, after, .. } = std::mem::replace(&mut self.places[at as usize], NOWHERE);
        if after != NONE {
            self.places[after as usize].before = before;
        }
        match (before, after) {
            (NONE, NONE) => drop(self.first.remove(&key)),
            (NONE, after) => drop(self.first.insert(key, after)),
            (before, after) => self.places[before as usize].after = after,
        }
    }

    fn put_in(&mut self, at: u32, key: u64) {
        if self.places.len() <= at as usize {
            self.places.resize(at as usize + 1, NOWHERE);
        }
        let after = self.first.insert(key, at).unwrap_or(NONE);
        if after != NONE {
            self.places[after as usize].before = at;
        }
        self.places[at as usize] = Place { key: Some(key), before: NONE, after };
    }

    /// The rows of a value.
    pub(super) fn rows(&self, key: u64) -> impl Iterator<Item = u32> + Clone {
        let first = self.first.get(&key).copied();
        std::iter::successors(first, |at| {
            let after = self.places[*at as usize].after;
            (after != NONE).then_some(after)
        })
    }

    /// Whether so many rows at least have a value.
    pub(super) fn has(&self, key: u64, least: usize) -> bool {
        self.rows(key).nth(least - 1).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_under_the_value_that_they_were_given_last(
            steps in prop::collection::vec((0_u32..12, prop::option::of(0_u64..4)), 0..80)
        ) {
            let mut chains = Chains::default();
            let mut obvious: BTreeMap<u32, u64> = BTreeMap::new();
            for (at, key) in steps {
                let old = match key {
                    Some(key) => obvious.insert(at, key),
                    None => obvious.remove(&at),
                };
                prop_assert_eq!(chains.set(at, key), old);
                for key in 0..4 {
                    let rows: BTreeSet<u32> = chains.rows(key).collect();
                    let own = obvious.iter().filter(|(_, k)| **k == key).map(|(at, _)| *at);
                    prop_assert_eq!(&rows, &own.collect::<BTreeSet<_>>());
                    prop_assert_eq!(chains.rows(key).count(), rows.len());
                    prop_assert!(chains.has(key, rows.len().max(1)) != rows.is_empty());
                    prop_assert!(!chains.has(key, rows.len() + 1));
                }
            }
        }
    }
}
