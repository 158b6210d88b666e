//! The members of every block of one key, kept as records come and go.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use crate::{
    Records,
    candidates::{Keys, windows_of},
    part_keys::NO_KEY,
};

/// Members by key: those of a bulk load as one sorted column, and lists of their own for keys that changed since.
///
/// Most keys never change after a load; a map of lists over all of them would take several times the memory.
#[derive(Clone, Debug)]
pub(crate) struct BlockIndex {
    base: Vec<(u64, u32)>,
    changed: FxHashMap<u64, Vec<u32>>,
    limit: usize,
    window: usize,
}

/// What a change of a block's members does to its pairs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effect {
    /// Pairs that the block gives now.
    pub(crate) gained: Vec<(u32, u32)>,
    /// Pairs that it gives no longer; another block may.
    pub(crate) lost: Vec<(u32, u32)>,
}

impl BlockIndex {
    /// The blocks of key number `block` among all `records`.
    pub(crate) fn new(records: &Records, keys: &Keys, block: usize) -> Self {
        let groups = keys.groups(block);
        let limits = records.model().limits;
        let mut index = Self {
            changed: FxHashMap::default(),
            limit: limits.block,
            window: limits.window,
            base: Vec::new(),
        };
        // Over the limit, members are held in the order in which windows run over them.
        for span in groups.spans.iter().filter(|(from, to)| (to - from) as usize > limits.block) {
            let members = groups.get(*span);
            let mut rows: Vec<u32> = members.iter().map(|(_, row)| *row).collect();
            rows.sort_unstable_by(|a, b| records.by_content(*a, *b));
            index.changed.insert(members[0].0, rows);
        }
        index.base = groups.members;
        index
    }

    fn members(&self, key: u64) -> Vec<u32> {
        let from = self.base.partition_point(|(k, _)| *k < key);
        self.base[from..].iter().take_while(|(k, _)| *k == key).map(|(_, row)| *row).collect()
    }

    fn list(&mut self, key: u64) -> Vec<u32> {
        self.changed.remove(&key).unwrap_or_else(|| self.members(key))
    }

    /// Pairs as far apart as the window is wide with the gap before `at` between them: in reach if nothing stands there.
    fn around<'a>(&self, rows: &'a [u32], at: usize) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let window = self.window;
        (at.saturating_sub(window)..at).filter_map(move |a| Some((rows[a], *rows.get(a + window)?)))
    }

    /// Adds a record to the block of `key`.
    pub(crate) fn insert(&mut self, records: &Records, key: u64, row: u32) -> Effect {
        let mut effect = Effect::default();
        if key == NO_KEY {
            return effect;
        }
        let mut rows = self.list(key);
        let n = rows.len();
        match n.cmp(&self.limit) {
            Ordering::Less => {
                effect.gained.extend(rows.iter().map(|other| (*other, row)));
                rows.push(row);
            }
            Ordering::Equal => {
                // From here on only neighbours by content are compared.
                rows.push(row);
                rows.sort_unstable_by(|a, b| records.by_content(*a, *b));
                for (i, a) in rows.iter().enumerate() {
                    effect.lost.extend(rows[i + 1..].iter().skip(self.window).map(|b| (*a, *b)));
                }
                let own = windows_of(&rows, self.window).filter(|(a, b)| *a == row || *b == row);
                effect.gained.extend(own);
            }
            Ordering::Greater => {
                let at = rows.partition_point(|other| records.by_content(*other, row).is_lt());
                effect.lost.extend(self.around(&rows, at));
                let near = &rows[at.saturating_sub(self.window)..(at + self.window).min(n)];
                effect.gained.extend(near.iter().map(|other| (*other, row)));
                rows.insert(at, row);
            }
        }
        self.changed.insert(key, rows);
        effect
    }

    /// Takes a record out of the block of `key`; its own pairs are the caller's to drop.
    pub(crate) fn remove(&mut self, records: &Records, key: u64, row: u32) -> Effect {
        let mut effect = Effect::default();
        if key == NO_KEY {
            return effect;
        }
        let mut rows = self.list(key);
        let Some(at) = rows.iter().position(|other| *other == row) else {
            self.changed.insert(key, rows);
            return effect;
        };
        let n = rows.len();
        rows.remove(at);
        if n == self.limit + 1 {
            // Small enough again to compare all with all.
            for (i, a) in rows.iter().enumerate() {
                effect.gained.extend(rows[i + 1..].iter().map(|b| (*a, *b)));
            }
        } else if n > self.limit {
            effect.gained.extend(self.around(&rows, at));
        }
        debug_assert!(
            n <= self.limit + 1 || rows.is_sorted_by(|a, b| records.by_content(*a, *b).is_lt())
        );
        self.changed.insert(key, rows);
        effect
    }

    /// Whether the block of `key`, which two records share, gives the pair.
    pub(crate) fn gives(&self, records: &Records, key: u64, a: u32, b: u32) -> bool {
        let Some(rows) = self.changed.get(&key) else { return true };
        if rows.len() <= self.limit {
            return true;
        }
        let place =
            |row: u32| rows.partition_point(|other| records.by_content(*other, row).is_lt());
        place(a).abs_diff(place(b)) <= self.window
    }

    /// Blocks over the limit and the members of the largest.
    pub(crate) fn capped(&self) -> (usize, usize) {
        let over = self.changed.values().map(Vec::len).filter(|n| *n > self.limit);
        over.fold((0, 0), |(blocks, largest), n| (blocks + 1, largest.max(n)))
    }
}
