//! Which records are one entity, taken together.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{
    Pair, Records, Scorer,
    decisions::{ByRow, Decisions},
};

/// Most pairs across two clusters that are looked at before they are joined.
const ACROSS_MAX: usize = 64;
/// Bounds within which one pair counts towards the mean across two clusters: one contradiction must not outweigh many
/// agreements, nor the other way round.
const PAIR_BITS: f32 = 20.0;

/// Clusters of the records that pairs of at least `upper` bits join, as the row of each record's representative: the
/// member with the least name. Records that no pair joins stand for themselves.
///
/// Decisions come first: records that are the same are joined whatever the scores, and clusters with two records that
/// are different stay apart. Then pairs are taken from the strongest down. Two clusters are joined by a pair only if,
/// over the pairs across them, the mean score speaks for one entity too: a record with little in it must not chain two
/// households that contradict each other. What comes out depends on the records, their names, the decisions and the
/// model, and neither on the order of records nor on what other components hold.
#[must_use]
pub fn clusters(
    records: &Records,
    scorer: &Scorer,
    pairs: &[Pair],
    decisions: &Decisions,
    upper: f32,
) -> Vec<u32> {
    let mut strong: Vec<Pair> = pairs.iter().copied().filter(|p| p.bits >= upper).collect();
    let decided = decisions.by_row(records);
    let mut same: Vec<(u32, u32)> = decided.same_pairs().collect();
    let rows = 0..records.len() as u32;
    let mut forest = Forest::new(records, scorer, &decided, rows.len(), &Some);
    forest.join_all(&mut same, &mut strong);
    let mut of: Vec<u32> = rows.collect();
    for (representative, members) in forest.into_clusters() {
        for member in members {
            of[member as usize] = representative;
        }
    }
    of
}

/// Names of both ends, the lesser first.
fn ends(records: &Records, (a, b): (u32, u32)) -> [(u64, u32); 2] {
    let (a, b) = (records.name(a), records.name(b));
    if a < b { [a, b] } else { [b, a] }
}

/// Clusters that grow, of some records.
pub(crate) struct Forest<'a> {
    records: &'a Records,
    scorer: &'a Scorer,
    decided: &'a ByRow,
    /// The place of a row in `parent`; none for records of other components.
    place: &'a dyn Fn(u32) -> Option<u32>,
    parent: Vec<u32>,
    /// Members of clusters of two at least, by the place of their root.
    members: FxHashMap<u32, Vec<u32>>,
}

impl<'a> Forest<'a> {
    pub(crate) fn new(
        records: &'a Records,
        scorer: &'a Scorer,
        decided: &'a ByRow,
        len: usize,
        place: &'a dyn Fn(u32) -> Option<u32>,
    ) -> Self {
        let parent = (0..len as u32).collect();
        Self { records, scorer, decided, place, parent, members: FxHashMap::default() }
    }

    /// Joins what was decided to be the same, then what pairs join, strongest first, ties by name.
    pub(crate) fn join_all(&mut self, same: &mut [(u32, u32)], strong: &mut [Pair]) {
        let records = self.records;
        same.sort_unstable_by_key(|pair| ends(records, *pair));
        for (a, b) in same {
            self.join(*a, *b, true);
        }
        strong.par_sort_unstable_by(|p, q| {
            let names = || ends(records, (p.a, p.b)).cmp(&ends(records, (q.a, q.b)));
            q.bits.total_cmp(&p.bits).then_with(names)
        });
        for pair in strong {
            self.join(pair.a, pair.b, false);
        }
    }

    fn root(&mut self, row: u32) -> Option<u32> {
        let mut at = (self.place)(row)?;
        while self.parent[at as usize] != at {
            let above = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = above;
            at = above;
        }
        Some(at)
    }

    /// Joins the clusters of two records, unless a decision or, where nobody `decided`, what lies across them is against
    /// it.
    fn join(&mut self, a: u32, b: u32, decided: bool) {
        let (Some(p), Some(q)) = (self.root(a), self.root(b)) else { return };
        if p == q {
            return;
        }
        let first = self.members.remove(&p).unwrap_or_else(|| vec![a]);
        let second = self.members.remove(&q).unwrap_or_else(|| vec![b]);
        let refused = self.parted(&first, q)
            || !(decided || agree(self.records, self.scorer, &first, &second));
        if refused {
            for (root, members) in [(p, first), (q, second)] {
                if members.len() > 1 {
                    self.members.insert(root, members);
                }
            }
            return;
        }
        let (root, other, mut all, rest) =
            if first.len() >= second.len() { (p, q, first, second) } else { (q, p, second, first) };
        self.parent[other as usize] = root;
        all.extend(rest);
        self.members.insert(root, all);
    }

    /// Whether a record of a cluster was decided to be none with one of the cluster of root `other`.
    fn parted(&mut self, cluster: &[u32], other: u32) -> bool {
        let decided = self.decided;
        decided.parts_any()
            && cluster
                .iter()
                .flat_map(|row| decided.different(*row))
                .any(|row| self.root(*row) == Some(other))
    }

    /// Clusters of two at least, with the member of the least name.
    pub(crate) fn into_clusters(self) -> impl Iterator<Item = (u32, Vec<u32>)> {
        let records = self.records;
        self.members.into_values().filter_map(|members| {
            let least = members.iter().copied().min_by_key(|m| records.name(*m))?;
            Some((least, members))
        })
    }
}

/// Whether the mean over pairs across two clusters speaks for one entity. Of large clusters the members with the least
/// names are asked.
fn agree(records: &Records, scorer: &Scorer, a: &[u32], b: &[u32]) -> bool {
    if a.len() == 1 && b.len() == 1 {
        return true;
    }
    let sorted = |of: &[u32]| {
        let mut of = of.to_vec();
        of.sort_unstable_by_key(|m| records.name(*m));
        of
    };
    // One way round, whichever cluster the pair named first: a sum of fractions depends on its order.
    let (mut a, mut b) = (sorted(a), sorted(b));
    if records.name(b[0]) < records.name(a[0]) {
        std::mem::swap(&mut a, &mut b);
    }
    a.truncate(ACROSS_MAX / b.len().clamp(1, 8));
    b.truncate(ACROSS_MAX / a.len());
    let across = a.iter().flat_map(|x| b.iter().map(move |y| (*x, *y)));
    let bits = across.map(|(x, y)| scorer.bits(records, x, y).clamp(-PAIR_BITS, PAIR_BITS));
    bits.sum::<f32>() >= 0.0
}
