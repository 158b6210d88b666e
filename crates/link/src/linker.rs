//! Linkage that is kept up to date as records come and go, without doing it all again.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Between, Cell, Decision, Decisions, Frequencies, Model, Pair, Records, Scorer, Table,
    TableError,
    block_index::{BlockIndex, Effect},
    candidates::Keys,
    cluster::Forest,
    clusters,
    decisions::ByRow,
    find_pairs, frequency,
};

/// Why a change cannot be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkerError {
    /// A model whose numbers were not learnt.
    #[error("the model has no numbers yet: estimate it first")]
    Unestimated,
    /// Two records of one name.
    #[error("a record of the name {0} is there already")]
    Taken(u64),
    /// No record of that name.
    #[error("there is no record of the name {0}")]
    Unknown(u64),
    /// A record that does not fit the columns.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// What a change did to the published state. Everything else stayed as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Records whose cluster has another id than before, by name, with the new id.
    pub moved: Vec<(u64, u64)>,
    /// Pairs decided to be the same that other decisions keep apart, by name.
    pub contradicted: Vec<(u64, u64)>,
    /// Pairs compared.
    pub compared: u64,
}

/// Records, the pairs among them and their clusters, under one model whose numbers stay fixed.
///
/// After any sequence of changes, pairs and clusters are those that [`find_pairs`] and [`clusters`] find among the
/// records that are there: a change touches the blocks of the record and the components of the pairs that it gains or
/// loses, and nothing else.
///
/// **Ids.** A cluster's id is the least name of its members; let names grow with age, and a merge keeps the older id. A
/// record's name resolves to its cluster for ever: after a merge it is the alias of the cluster it went into, after a
/// split it names its own cluster again, and the name of a record that was withdrawn resolves to where it last was.
#[derive(Clone, Debug)]
pub struct Linker {
    records: Records,
    scorer: Scorer,
    /// Rows of the records that are there.
    rows: FxHashMap<u64, u32>,
    /// Keys of all rows, [`crate::part_keys::NO_KEY`] where none.
    keys: Keys,
    blocks: Vec<BlockIndex>,
    /// Pairs from the lower threshold on, both ways.
    near: FxHashMap<u32, Vec<(u32, f32)>>,
    decisions: Decisions,
    decided: ByRow,
    /// The representative of every row; of a withdrawn one, the name of the cluster that it was last in.
    cluster_of: Vec<u32>,
    withdrawn: FxHashMap<u64, u64>,
}

impl Linker {
    /// Links the records of a table all at once.
    ///
    /// Frequencies and the number of records that the model leaves open are fixed to those of this table, so that the
    /// score of a pair does not depend on what else is there.
    ///
    /// # Errors
    /// When the model is not estimated, two records have one name, or the table does not fit the model.
    pub fn new(mut model: Model, table: Table, decisions: Decisions) -> Result<Self, LinkerError> {
        if !model.is_estimated() {
            return Err(LinkerError::Unestimated);
        }
        model.prior.records.get_or_insert(table.len() as u64);
        let mut rows = FxHashMap::default();
        for (row, name) in (0_u32..).zip(table.names()) {
            if rows.insert(*name, row).is_some() {
                return Err(LinkerError::Taken(*name));
            }
        }
        model.frequencies.resize(model.comparisons.len(), Frequencies::default());
        let mut records = Records::new(model.clone(), table)?;
        for (comparison, listed) in model.comparisons.iter().zip(&mut model.frequencies) {
            if comparison.by_frequency && listed.0.is_empty() {
                *listed = Frequencies(frequency::to_list(&records, comparison.column));
            }
        }
        records.set_model(model);
        let scorer = Scorer::new(&records);
        let thresholds = records.model().thresholds;
        let found = find_pairs(&records, &scorer, Between::All, thresholds.lower_bits);
        let cluster_of =
            clusters(&records, &scorer, &found.pairs, &decisions, thresholds.upper_bits);
        let keys = Keys::new(&records);
        let blocks = 0..records.model().blocks.len();
        let mut linker = Self {
            blocks: blocks.map(|block| BlockIndex::new(&records, &keys, block)).collect(),
            decided: decisions.by_row(&records),
            near: FxHashMap::default(),
            withdrawn: FxHashMap::default(),
            records,
            scorer,
            rows,
            keys,
            decisions,
            cluster_of,
        };
        found.pairs.into_iter().for_each(|pair| linker.add_pair(pair));
        Ok(linker)
    }

    /// The model, every number of it fixed.
    #[must_use]
    pub fn model(&self) -> &Model {
        self.records.model()
    }

    /// How many records are there.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What was decided.
    #[must_use]
    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// The id of the cluster in which the record of a name is, or last was; `None` for a name that never was there.
    #[must_use]
    pub fn cluster(&self, name: u64) -> Option<u64> {
        match self.rows.get(&name) {
            Some(row) => Some(self.name(self.cluster_of[*row as usize])),
            // What it last was in may itself be gone, or merged, since.
            None => self.withdrawn.get(&name).map(|last| match *last {
                last if last == name => name,
                last => self.cluster(last).unwrap_or(last),
            }),
        }
    }

    /// Whether the record of a name is there.
    #[must_use]
    pub fn contains(&self, name: u64) -> bool {
        self.rows.contains_key(&name)
    }

    /// All pairs from the lower threshold on, by name, the lesser first, sorted.
    #[must_use]
    pub fn pairs(&self) -> Vec<(u64, u64, f32)> {
        let each = self.near.iter().flat_map(|(a, others)| {
            others.iter().map(move |(b, bits)| (self.name(*a), self.name(*b), *bits))
        });
        let mut pairs: Vec<(u64, u64, f32)> = each.filter(|(a, b, _)| a < b).collect();
        pairs.sort_unstable_by_key(|(a, b, _)| (*a, *b));
        pairs
    }

    /// Names and ids of all records that are there, sorted.
    #[must_use]
    pub fn clusters(&self) -> Vec<(u64, u64)> {
        let of = |(name, row): (&u64, &u32)| (*name, self.name(self.cluster_of[*row as usize]));
        let mut all: Vec<(u64, u64)> = self.rows.iter().map(of).collect();
        all.sort_unstable();
        all
    }

    /// Blocks over the limit, by key of the model: as it is written, how many, and the members of the largest.
    pub fn capped(&self) -> impl Iterator<Item = (&str, usize, usize)> {
        let written = self.records.model().blocks.iter().map(|block| block.written.as_str());
        let capped = written.zip(&self.blocks).map(|(written, index)| (written, index.capped()));
        capped.map(|(written, (n, largest))| (written, n, largest)).filter(|(_, n, _)| *n > 0)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When a record of the name is there, or its cells do not fit the columns; nothing has changed then.
    pub fn insert(&mut self, name: u64, cells: &[Cell<'_>]) -> Result<Change, LinkerError> {
        if self.rows.contains_key(&name) {
            return Err(LinkerError::Taken(name));
        }
        let row = self.records.push(name, cells)?;
        self.scorer.extend(&self.records);
        self.rows.insert(name, row);
        self.cluster_of.push(row);
        let blocks = 0..self.blocks.len();
        self.keys.of.extend(blocks.map(|block| self.records.key(block, row)));
        for (other, decision) in self.decisions.about(name) {
            if let Some(other) = self.rows.get(&other) {
                self.decided.add(row, *other, decision);
            }
        }
        let effects = self.blocks.iter_mut().enumerate().map(|(block, index)| {
            let key = self.keys.of(row)[block];
            index.insert(&self.records, key, row)
        });
        let effects: Vec<Effect> = effects.collect();
        self.withdrawn.remove(&name);
        let mut change = self.apply(effects, [row]);
        if self.cluster_of[row as usize] == row {
            change.moved.push((name, name));
            change.moved.sort_unstable();
        }
        Ok(change)
    }

    /// Takes a record out.
    ///
    /// # Errors
    /// When there is no record of that name.
    pub fn withdraw(&mut self, name: u64) -> Result<Change, LinkerError> {
        let row = self.rows.remove(&name).ok_or(LinkerError::Unknown(name))?;
        let effects = self.blocks.iter_mut().enumerate().map(|(block, index)| {
            let key = self.keys.of(row)[block];
            index.remove(&self.records, key, row)
        });
        let effects: Vec<Effect> = effects.collect();
        let upper = self.records.model().thresholds.upper_bits;
        let mut around: Vec<u32> = self.decided.same(row).to_vec();
        for (other, bits) in self.near.remove(&row).unwrap_or_default() {
            drop_half(&mut self.near, other, row);
            if bits >= upper {
                around.push(other);
            }
        }
        for (other, decision) in self.decisions.about(name) {
            if let Some(other) = self.rows.get(&other) {
                self.decided.remove(row, *other, decision);
            }
        }
        let last = self.cluster_of[row as usize];
        // Where it was the oldest, its name leads to the cluster by another member that stays.
        let heir = if last == row {
            around.iter().copied().min_by_key(|other| self.name(*other)).unwrap_or(row)
        } else {
            last
        };
        self.withdrawn.insert(name, self.name(heir));
        self.cluster_of[row as usize] = row;
        Ok(self.apply(effects, around))
    }

    /// Decides about two records, there or not, or with `None` takes the decision back.
    pub fn decide(&mut self, a: u64, b: u64, decision: Option<Decision>) -> Change {
        let before = self.decisions.set(a, b, decision);
        let (Some(p), Some(q)) = (self.rows.get(&a).copied(), self.rows.get(&b).copied()) else {
            return Change::default();
        };
        if let Some(before) = before {
            self.decided.remove(p, q, before);
        }
        if let Some(decision) = self.decisions.get(a, b) {
            self.decided.add(p, q, decision);
        }
        self.apply(Vec::new(), [p, q])
    }

    fn name(&self, row: u32) -> u64 {
        self.records.name(row).0
    }

    fn add_pair(&mut self, Pair { a, b, bits }: Pair) {
        self.near.entry(a).or_default().push((b, bits));
        self.near.entry(b).or_default().push((a, bits));
    }

    fn bits_of(&self, a: u32, b: u32) -> Option<f32> {
        let others = self.near.get(&a)?;
        others.iter().find(|(other, _)| *other == b).map(|(_, bits)| *bits)
    }

    /// Takes over what blocks gained and lost, and clusters anew what that touches.
    fn apply(&mut self, effects: Vec<Effect>, around: impl IntoIterator<Item = u32>) -> Change {
        let thresholds = self.records.model().thresholds;
        let mut change = Change::default();
        let mut touched: Vec<u32> = around.into_iter().collect();
        let mut seen = FxHashSet::default();
        for (a, b) in effects.iter().flat_map(|effect| &effect.lost).copied() {
            let Some(bits) = self.bits_of(a, b) else { continue };
            if !self.given(a, b) {
                drop_half(&mut self.near, a, b);
                drop_half(&mut self.near, b, a);
                if bits >= thresholds.upper_bits {
                    touched.extend([a, b]);
                }
            }
        }
        for (a, b) in effects.into_iter().flat_map(|effect| effect.gained) {
            let (a, b) = (a.min(b), a.max(b));
            if !seen.insert((a, b)) || self.bits_of(a, b).is_some() {
                continue;
            }
            change.compared += 1;
            let bits = self.scorer.bits_from(&self.records, a, b, thresholds.lower_bits);
            if let Some(bits) = bits {
                self.add_pair(Pair { a, b, bits });
                if bits >= thresholds.upper_bits {
                    touched.extend([a, b]);
                }
            }
        }
        self.cluster_again(&touched, &mut change);
        change
    }

    /// Whether any block gives a pair.
    fn given(&self, a: u32, b: u32) -> bool {
        let keys = self.keys.of(a).iter().zip(self.keys.of(b));
        keys.zip(&self.blocks).any(|((x, y), index)| {
            x == y && *x != crate::part_keys::NO_KEY && index.gives(&self.records, *x, a, b)
        })
    }

    /// Clusters the components of some records anew.
    fn cluster_again(&mut self, touched: &[u32], change: &mut Change) {
        let upper = self.records.model().thresholds.upper_bits;
        let mut place: FxHashMap<u32, u32> = FxHashMap::default();
        let mut component: Vec<u32> = Vec::new();
        for row in touched {
            if !place.contains_key(row) {
                place.insert(*row, component.len() as u32);
                component.push(*row);
            }
        }
        let (mut strong, mut same) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(row) = component.get(at).copied() {
            at += 1;
            let mut reach = |other: u32| {
                place.entry(other).or_insert_with(|| {
                    component.push(other);
                    component.len() as u32 - 1
                });
            };
            for (other, bits) in self.near.get(&row).into_iter().flatten() {
                if *bits >= upper {
                    reach(*other);
                    if row < *other {
                        strong.push(Pair { a: row, b: *other, bits: *bits });
                    }
                }
            }
            for other in self.decided.same(row) {
                reach(*other);
                if row < *other {
                    same.push((row, *other));
                }
            }
        }
        let find = |row: u32| place.get(&row).copied();
        let mut forest =
            Forest::new(&self.records, &self.scorer, &self.decided, component.len(), &find);
        forest.join_all(&mut same, &mut strong);
        let mut of: FxHashMap<u32, u32> = component.iter().map(|row| (*row, *row)).collect();
        for (representative, members) in forest.into_clusters() {
            of.extend(members.into_iter().map(|member| (member, representative)));
        }
        for (a, b) in same {
            if of[&a] != of[&b] {
                let (a, b) = (self.name(a), self.name(b));
                change.contradicted.push((a.min(b), a.max(b)));
            }
        }
        for (row, representative) in of {
            if self.cluster_of[row as usize] != representative {
                change.moved.push((self.name(row), self.name(representative)));
                self.cluster_of[row as usize] = representative;
            }
        }
        change.moved.sort_unstable();
        change.contradicted.sort_unstable();
    }
}

fn drop_half(near: &mut FxHashMap<u32, Vec<(u32, f32)>>, a: u32, b: u32) {
    if let Some(others) = near.get_mut(&a) {
        others.retain(|(other, _)| *other != b);
        if others.is_empty() {
            near.remove(&a);
        }
    }
}
