//! What people decided about pairs of records; no score overrules it.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::Records;

/// What a person decided about two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// They are one entity.
    Same,
    /// They are two.
    Different,
}

/// Decisions by the names of the records, so that they hold whenever records of these names are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions(BTreeMap<u64, BTreeMap<u64, Decision>>);

impl Decisions {
    /// No decisions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides about two records, or with `None` takes the decision back; returns what was decided before. Nothing can
    /// be decided about a record and itself.
    pub fn set(&mut self, a: u64, b: u64, decision: Option<Decision>) -> Option<Decision> {
        let before = self.get(a, b);
        for (a, b) in [(a, b), (b, a)] {
            match decision {
                Some(decision) if a != b => {
                    self.0.entry(a).or_default().insert(b, decision);
                }
                _ => {
                    if let Some(about) = self.0.get_mut(&a) {
                        about.remove(&b);
                    }
                    if self.0.get(&a).is_some_and(BTreeMap::is_empty) {
                        self.0.remove(&a);
                    }
                }
            }
        }
        before
    }

    /// What was decided about two records.
    #[must_use]
    pub fn get(&self, a: u64, b: u64) -> Option<Decision> {
        self.0.get(&a)?.get(&b).copied()
    }

    /// What was decided about a record: the names of the others.
    pub fn about(&self, name: u64) -> impl Iterator<Item = (u64, Decision)> + '_ {
        self.0.get(&name).into_iter().flatten().map(|(other, decision)| (*other, *decision))
    }

    /// Whether nothing is decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, by the lesser name and then the other.
    pub fn iter(&self) -> impl Iterator<Item = ((u64, u64), Decision)> + '_ {
        let of = |(a, about): (&u64, &'_ BTreeMap<u64, Decision>)| {
            let a = *a;
            let later: Vec<(u64, Decision)> =
                about.range(a..).map(|(b, decision)| (*b, *decision)).collect();
            later.into_iter().map(move |(b, decision)| ((a, b), decision))
        };
        self.0.iter().flat_map(of)
    }

    /// Those about records that are there, by row.
    pub(crate) fn by_row(&self, records: &Records) -> ByRow {
        let mut by_row = ByRow::default();
        if self.is_empty() {
            return by_row;
        }
        let named = (0_u32..).zip(records.table().names());
        let there: FxHashMap<u64, u32> = named
            .filter(|(_, name)| self.0.contains_key(name))
            .map(|(row, name)| (*name, row))
            .collect();
        for ((a, b), decision) in self.iter() {
            if let (Some(a), Some(b)) = (there.get(&a), there.get(&b)) {
                by_row.add(*a, *b, decision);
            }
        }
        by_row
    }
}

/// Decisions by the rows of both records.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByRow {
    same: FxHashMap<u32, Vec<u32>>,
    different: FxHashMap<u32, Vec<u32>>,
}

impl ByRow {
    fn side(&mut self, decision: Decision) -> &mut FxHashMap<u32, Vec<u32>> {
        match decision {
            Decision::Same => &mut self.same,
            Decision::Different => &mut self.different,
        }
    }

    pub(crate) fn add(&mut self, a: u32, b: u32, decision: Decision) {
        let side = self.side(decision);
        side.entry(a).or_default().push(b);
        side.entry(b).or_default().push(a);
    }

    pub(crate) fn remove(&mut self, a: u32, b: u32, decision: Decision) {
        let side = self.side(decision);
        for (a, b) in [(a, b), (b, a)] {
            if let Some(others) = side.get_mut(&a) {
                others.retain(|other| *other != b);
                if others.is_empty() {
                    side.remove(&a);
                }
            }
        }
    }

    /// Records that a record was decided to be one with.
    pub(crate) fn same(&self, row: u32) -> &[u32] {
        self.same.get(&row).map_or(&[], Vec::as_slice)
    }

    /// Records that a record was decided to be none with.
    pub(crate) fn different(&self, row: u32) -> &[u32] {
        self.different.get(&row).map_or(&[], Vec::as_slice)
    }

    /// Whether any two records were decided to be two.
    pub(crate) fn parts_any(&self) -> bool {
        !self.different.is_empty()
    }

    /// Pairs that are one, each once.
    pub(crate) fn same_pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let of = |(a, others): (&u32, &Vec<u32>)| {
            let a = *a;
            others.clone().into_iter().filter(move |b| a < *b).map(move |b| (a, b))
        };
        self.same.iter().flat_map(of)
    }
}
