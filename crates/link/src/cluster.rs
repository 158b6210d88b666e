//! Which records are one entity, taken together.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use crate::{Pair, Records, Scorer};

/// Most pairs across two clusters that are looked at before they are joined.
const ACROSS_MAX: usize = 64;
/// Bounds within which one pair counts towards the mean across two clusters: one contradiction must not outweigh many
/// agreements, nor the other way round.
const PAIR_BITS: f32 = 20.0;

/// Clusters of the records that pairs of at least `upper` bits join, as the row of each record's representative: the
/// member with the least name. Records that no pair joins stand for themselves.
///
/// Pairs are taken from the strongest down. Two clusters are joined by a pair only if, over the pairs across them, the
/// mean score speaks for one entity too: a record with little in it must not chain two households that contradict each
/// other. What comes out depends on the records, their names and the model, and neither on the order of records nor on
/// what other components hold.
#[must_use]
pub fn clusters(records: &Records, scorer: &Scorer, pairs: &[Pair], upper: f32) -> Vec<u32> {
    let mut strong: Vec<Pair> = pairs.iter().copied().filter(|p| p.bits >= upper).collect();
    sort_by_strength(records, &mut strong);
    let mut forest = Forest::new(records.len());
    let bits = |a: u32, b: u32| scorer.bits(records, a, b);
    for pair in &strong {
        forest.join(records, *pair, &bits);
    }
    forest.representatives(records)
}

/// From the strongest down, ties by the names of the records.
pub(crate) fn sort_by_strength(records: &Records, pairs: &mut [Pair]) {
    use rayon::prelude::*;
    pairs.par_sort_unstable_by(|p, q| {
        q.bits.total_cmp(&p.bits).then_with(|| ends(records, p).cmp(&ends(records, q)))
    });
}

fn ends(records: &Records, pair: &Pair) -> [(u64, u32); 2] {
    let (a, b) = (records.name(pair.a), records.name(pair.b));
    if a.cmp(&b) == Ordering::Less { [a, b] } else { [b, a] }
}

/// Clusters that grow.
pub(crate) struct Forest {
    parent: Vec<u32>,
    /// Members of clusters of two at least, by root.
    members: FxHashMap<u32, Vec<u32>>,
}

impl Forest {
    pub(crate) fn new(records: usize) -> Self {
        Self { parent: (0..records as u32).collect(), members: FxHashMap::default() }
    }

    pub(crate) fn root(&mut self, mut at: u32) -> u32 {
        while self.parent[at as usize] != at {
            let above = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = above;
            at = above;
        }
        at
    }

    /// Joins the clusters of a pair, unless what lies across them speaks against it.
    pub(crate) fn join(&mut self, records: &Records, pair: Pair, bits: &dyn Fn(u32, u32) -> f32) {
        let (p, q) = (self.root(pair.a), self.root(pair.b));
        if p == q {
            return;
        }
        let alone = |root: u32| vec![root];
        let first = self.members.remove(&p).unwrap_or_else(|| alone(p));
        let second = self.members.remove(&q).unwrap_or_else(|| alone(q));
        if !agree(records, &first, &second, bits) {
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

    /// The member with the least name of each record's cluster.
    fn representatives(&mut self, records: &Records) -> Vec<u32> {
        let mut of: Vec<u32> = (0..self.parent.len() as u32).collect();
        for members in self.members.values() {
            let least = members.iter().copied().min_by_key(|m| records.name(*m));
            for member in members {
                of[*member as usize] = least.unwrap_or(*member);
            }
        }
        of
    }
}

/// Whether the mean over pairs across two clusters speaks for one entity. Of large clusters the members with the least
/// names are asked.
fn agree(records: &Records, a: &[u32], b: &[u32], bits: &dyn Fn(u32, u32) -> f32) -> bool {
    if a.len() == 1 && b.len() == 1 {
        return true;
    }
    let some = |of: &[u32], most: usize| {
        let mut of = of.to_vec();
        of.sort_unstable_by_key(|m| records.name(*m));
        of.truncate(most);
        of
    };
    let most_a = ACROSS_MAX / b.len().clamp(1, 8);
    let a = some(a, most_a);
    let b = some(b, ACROSS_MAX / a.len());
    let across = a.iter().flat_map(|x| b.iter().map(move |y| (*x, *y)));
    let sum: f32 = across.map(|(x, y)| bits(x, y).clamp(-PAIR_BITS, PAIR_BITS)).sum();
    sum >= 0.0
}
