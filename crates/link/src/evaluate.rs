//! How good clusters are, against a truth that is known.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{Pair, Records, Scorer};

/// Most true pairs of one entity that are told apart by kind and listed as missed.
const PAIRS_OF_ENTITY_MAX: usize = 512;

/// What was found, what of it is right, and what should have been found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// How many were found.
    pub found: u64,
    /// How many of those are right.
    pub right: u64,
    /// How many there are in truth.
    pub wanted: u64,
}

impl Rates {
    /// Share of what was found that is right; 1 where nothing was found.
    #[must_use]
    pub fn precision(self) -> f64 {
        share(self.right, self.found)
    }

    /// Share of what there is that was found; 1 where there is nothing.
    #[must_use]
    pub fn recall(self) -> f64 {
        share(self.right, self.wanted)
    }

    /// Harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(self) -> f64 {
        share(2 * self.right, self.found + self.wanted)
    }
}

fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 1.0 } else { part as f64 / of as f64 }
}

/// True pairs one of whose records bears a kind of corruption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfKind {
    /// The kind.
    pub kind: String,
    /// True pairs.
    pub wanted: u64,
    /// Those that are in one cluster.
    pub right: u64,
}

/// A point of the curve of precision and recall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtThreshold {
    /// Pairs from so many bits on.
    pub bits: f32,
    /// How good they are, each by itself.
    pub pairs: Rates,
}

/// A pair on the wrong side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wrong {
    /// The pair and its bits.
    pub pair: Pair,
    /// Whether it shares a block, so that it was compared at all.
    pub compared: bool,
}

/// How good clusters are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Pairs of records in one cluster.
    pub pairs: Rates,
    /// Clusters, those of one record included; one is right if it is exactly an entity.
    pub clusters: Rates,
    /// Clusters and entities of two records and more.
    pub clusters_of_several: Rates,
    /// Entities.
    pub entities: u64,
    /// Entities that share a cluster with another one.
    pub false_merges: u64,
    /// By kind of corruption, the most frequent first.
    pub by_kind: Vec<OfKind>,
    /// By threshold, the highest first.
    pub curve: Vec<AtThreshold>,
    /// Two entities joined, the strongest pairs first.
    pub joined: Vec<Wrong>,
    /// One entity parted, the weakest pairs first.
    pub parted: Vec<Wrong>,
}

/// What is to be evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// Pairs found, as [`crate::find_pairs`] gives them.
    pub pairs: &'a [Pair],
    /// The cluster of each record, as [`crate::clusters`] gives them.
    pub clusters: &'a [u32],
}

/// What is true.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    /// The entity of each record.
    pub entities: &'a [u32],
    /// The kinds of corruption that each record bears; empty where that is not known.
    pub kinds: &'a [Vec<Box<str>>],
}

/// Evaluates an outcome; of wrong pairs the worst `list` of each sort are listed.
///
/// # Panics
/// When outcome or truth speak of another number of records.
#[must_use]
pub fn evaluate(
    records: &Records,
    scorer: &Scorer,
    outcome: Outcome<'_>,
    truth: Truth<'_>,
    list: usize,
) -> Evaluation {
    let Truth { entities, kinds } = truth;
    assert_eq!(outcome.clusters.len(), records.len(), "a cluster for each record");
    assert_eq!(entities.len(), records.len(), "an entity for each record");
    assert!(kinds.is_empty() || kinds.len() == records.len(), "kinds for each record or none");
    let mut result = counted(outcome.clusters, entities);
    result.curve = curve(outcome.pairs, entities, result.pairs.wanted);
    let one = |p: &Pair| entities[p.a as usize] == entities[p.b as usize];
    let joined = outcome.pairs.iter().filter(|p| !one(p));
    let together = |a: u32, b: u32| outcome.clusters[a as usize] == outcome.clusters[b as usize];
    let joined = joined.filter(|p| together(p.a, p.b));
    result.joined = joined.map(|pair| Wrong { pair: *pair, compared: true }).collect();
    result.joined.sort_by(|p, q| q.pair.bits.total_cmp(&p.pair.bits));
    result.joined.truncate(list);
    let mut of_kinds: FxHashMap<&str, [u64; 2]> = FxHashMap::default();
    let mut parted = Vec::new();
    for (a, b) in true_pairs(entities) {
        let right = together(a, b);
        if !right {
            parted.push((a, b));
        }
        if let (Some(of_a), Some(of_b)) = (kinds.get(a as usize), kinds.get(b as usize)) {
            let new = of_b.iter().filter(|kind| !of_a.contains(kind));
            for kind in of_a.iter().chain(new) {
                let count = of_kinds.entry(kind).or_default();
                count[0] += 1;
                count[1] += u64::from(right);
            }
        }
    }
    result.by_kind = of_kinds
        .into_iter()
        .map(|(kind, [wanted, right])| OfKind { kind: kind.to_owned(), wanted, right })
        .collect();
    result.by_kind.sort_by(|p, q| q.wanted.cmp(&p.wanted).then_with(|| p.kind.cmp(&q.kind)));
    result.parted = parted
        .into_par_iter()
        .map(|(a, b)| Wrong {
            pair: Pair { a, b, bits: scorer.bits(records, a, b) },
            compared: records.share_block(a, b),
        })
        .collect();
    result.parted.sort_by(|p, q| {
        p.pair.bits.total_cmp(&q.pair.bits).then((p.pair.a, p.pair.b).cmp(&(q.pair.a, q.pair.b)))
    });
    result.parted.truncate(list);
    result
}

fn choose_two(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

/// Everything that follows from how many records of an entity are in a cluster.
fn counted(clusters: &[u32], entities: &[u32]) -> Evaluation {
    let sizes = |of: &[u32]| {
        let mut sizes: FxHashMap<u32, u64> = FxHashMap::default();
        for at in of {
            *sizes.entry(*at).or_default() += 1;
        }
        sizes
    };
    let (of_cluster, of_entity) = (sizes(clusters), sizes(entities));
    let mut both: FxHashMap<(u32, u32), u64> = FxHashMap::default();
    for at in clusters.iter().copied().zip(entities.iter().copied()) {
        *both.entry(at).or_default() += 1;
    }
    let pairs_in = |sizes: &FxHashMap<u32, u64>| sizes.values().map(|n| choose_two(*n)).sum();
    let several = |sizes: &FxHashMap<u32, u64>| sizes.values().filter(|n| **n > 1).count() as u64;
    let exact = |((cluster, entity), n): (&(u32, u32), &u64)| {
        (of_cluster[cluster] == *n && of_entity[entity] == *n).then_some(*n)
    };
    let exact: Vec<u64> = both.iter().filter_map(exact).collect();
    let mut merged: Vec<u32> = both
        .iter()
        .filter(|((cluster, _), n)| of_cluster[cluster] > **n)
        .map(|((_, entity), _)| *entity)
        .collect();
    merged.sort_unstable();
    merged.dedup();
    Evaluation {
        pairs: Rates {
            found: pairs_in(&of_cluster),
            right: both.values().map(|n| choose_two(*n)).sum(),
            wanted: pairs_in(&of_entity),
        },
        clusters: Rates {
            found: of_cluster.len() as u64,
            right: exact.len() as u64,
            wanted: of_entity.len() as u64,
        },
        clusters_of_several: Rates {
            found: several(&of_cluster),
            right: exact.iter().filter(|n| **n > 1).count() as u64,
            wanted: several(&of_entity),
        },
        entities: of_entity.len() as u64,
        false_merges: merged.len() as u64,
        ..Evaluation::default()
    }
}

/// Pairs of records of one entity, in the order of records.
fn true_pairs(entities: &[u32]) -> Vec<(u32, u32)> {
    let mut order: Vec<u32> = (0..entities.len() as u32).collect();
    order.par_sort_unstable_by_key(|row| (entities[*row as usize], *row));
    let mut pairs = Vec::new();
    for group in order.chunk_by(|a, b| entities[*a as usize] == entities[*b as usize]) {
        let all = (0..group.len()).flat_map(|i| group[i + 1..].iter().map(move |b| (group[i], *b)));
        pairs.extend(all.take(PAIRS_OF_ENTITY_MAX));
    }
    pairs
}

/// Rates at every half bit, pairs taken one by one and not through clusters.
fn curve(pairs: &[Pair], entities: &[u32], wanted: u64) -> Vec<AtThreshold> {
    let mut by_step: FxHashMap<i32, [u64; 2]> = FxHashMap::default();
    for pair in pairs {
        let count = by_step.entry((pair.bits * 2.0).floor() as i32).or_default();
        count[0] += 1;
        count[1] += u64::from(entities[pair.a as usize] == entities[pair.b as usize]);
    }
    let mut steps: Vec<(i32, [u64; 2])> = by_step.into_iter().collect();
    steps.sort_unstable_by_key(|(step, _)| -step);
    let mut so_far = Rates { found: 0, right: 0, wanted };
    let add = |(step, [found, right]): (i32, [u64; 2])| {
        so_far.found += found;
        so_far.right += right;
        AtThreshold { bits: step as f32 / 2.0, pairs: so_far }
    };
    steps.into_iter().map(add).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_counted_by_hand() {
        // Entities {0 1 2} {3} {4 5}; clusters {0 1} {2 3} {4 5}.
        let found = counted(&[0, 0, 2, 2, 4, 4], &[7, 7, 7, 8, 9, 9]);
        assert_eq!(found.pairs, Rates { found: 3, right: 2, wanted: 4 });
        assert_eq!(found.clusters, Rates { found: 3, right: 1, wanted: 3 });
        assert_eq!(found.clusters_of_several, Rates { found: 3, right: 1, wanted: 2 });
        assert_eq!((found.entities, found.false_merges), (3, 2));
        assert!((found.pairs.precision() - 2.0 / 3.0).abs() < 1e-12);
        assert!((found.pairs.recall() - 0.5).abs() < 1e-12);
        assert!((found.pairs.f1() - 4.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn a_curve_adds_up_from_the_highest_threshold() {
        let pair = |a, b, bits| Pair { a, b, bits };
        let found = curve(&[pair(0, 1, 9.2), pair(0, 2, 3.0), pair(2, 3, 3.4)], &[7, 7, 7, 8], 3);
        let rates = |found, right| Rates { found, right, wanted: 3 };
        let expected = [
            AtThreshold { bits: 9.0, pairs: rates(1, 1) },
            AtThreshold { bits: 3.0, pairs: rates(3, 2) },
        ];
        assert_eq!(found, expected);
    }
}
