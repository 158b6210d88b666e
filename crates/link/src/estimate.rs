//! Estimation of a model from records that nobody labelled.
//!
//! * `u`, the shares of levels among pairs of two entities, come from random pairs (Splink's way, Linacre et al. 2022),
//!   with the few true pairs among them taken out by what was learnt of those.
//! * `m`, the shares among pairs of one entity, come from expectation maximisation (Winkler 1988) within each key of
//!   blocks in turn, over the comparisons that do not look at what the block already fixes, and are averaged by how
//!   many true pairs each key held.
//! * The prior is the sum of posteriors over all pairs that share a block.
//!
//! Random pairs are drawn by a fixed sequence: equal records give equal models.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Model, Records, Scorer,
    candidates::Keys,
    frequency,
    model::{COMPARISONS_MAX, Frequencies},
    scorer::NULL_LEVEL,
};

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Random pairs for `u`.
    pub random_pairs: u64,
    /// Pairs per key of blocks for `m`; larger keys are sampled block by block.
    pub pairs_per_block: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { random_pairs: 1_000_000, pairs_per_block: 100_000 }
    }
}

/// What one key of blocks taught.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// The key as the model file writes it.
    pub written: String,
    /// Pairs looked at.
    pub pairs: u64,
    /// True pairs among all pairs of this key, as estimated.
    pub true_pairs: f64,
    /// Iterations of expectation maximisation.
    pub iterations: u32,
}

/// An estimated model and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    /// The model.
    pub model: Model,
    /// Per key of blocks.
    pub lessons: Vec<Lesson>,
    /// True pairs among all records, as estimated.
    pub true_pairs: f64,
}

/// Iterations after which a key of blocks is left as it is.
const ITERATIONS_MAX: u32 = 200;
/// Change of every share below which iteration ends.
const CONVERGED: f64 = 1e-6;
/// Share of true pairs among those of a key of blocks at the start.
const START: f64 = 0.2;
/// Pairs that are added to every level, so that what a sample did not see is not impossible.
const PSEUDO: f64 = 0.5;

/// Levels of all comparisons of a pair in four bits each; 15 where nothing is stated.
type Pattern = u64;

fn pattern(levels: &[u8; COMPARISONS_MAX]) -> Pattern {
    levels.iter().rev().fold(0, |pattern, level| pattern << 4 | u64::from(level & 15))
}

fn level(pattern: Pattern, comparison: usize) -> Option<usize> {
    let level = (pattern >> (4 * comparison) & 15) as usize;
    (level != usize::from(NULL_LEVEL & 15)).then_some(level)
}

/// Estimates `m`, `u`, frequencies and the prior of the model of `records` and puts them in place.
#[must_use]
pub fn estimate(records: &mut Records, effort: Effort) -> Estimated {
    let mut model = records.model().clone();
    model.frequencies = vec![Frequencies::default(); model.comparisons.len()];
    records.set_model(model.clone());
    let scorer = Scorer::new(records);
    let random = random_shares(records, &scorer, effort.random_pairs);
    let mut u = random.clone();
    let keys = Keys::new(records);
    let samples: Vec<Sample> = (0..model.blocks.len())
        .map(|block| sample(records, &scorer, &keys, block, effort))
        .collect();
    let mut m = start(&model);
    let mut lessons = Vec::new();
    let mut true_pairs = 0.0;
    // Twice: what was learnt of true pairs in the first round takes them out of the random pairs for the second.
    for _ in 0..2 {
        let learnt: Vec<Learnt> = samples
            .iter()
            .enumerate()
            .map(|(block, sample)| maximise(&model, block, &sample.all, &m, &u))
            .collect();
        m = average(&model, &learnt, &m);
        let union: Vec<&(Pattern, f64)> = samples.iter().flat_map(|s| &s.fresh).collect();
        true_pairs = expected(&union, &m, &u, records.len());
        u = without(&random, &m, true_pairs, records.len());
        lessons = learnt
            .iter()
            .zip(&samples)
            .zip(&model.blocks)
            .map(|((learnt, sample), block)| Lesson {
                written: block.written.clone(),
                pairs: sample.pairs,
                true_pairs: learnt.true_pairs,
                iterations: learnt.iterations,
            })
            .collect();
    }
    for (at, comparison) in model.comparisons.iter_mut().enumerate() {
        for (level, (m, u)) in comparison.levels.iter_mut().zip(m[at].iter().zip(&u[at])) {
            (level.m, level.u) = (Some(*m), Some(*u));
        }
        if comparison.by_frequency {
            model.frequencies[at] = Frequencies(frequency::to_list(records, comparison.column));
        }
    }
    model.prior.pairs_per_record = (true_pairs / records.len().max(1) as f64).max(1e-9);
    records.set_model(model.clone());
    Estimated { model, lessons, true_pairs }
}

/// Shares of levels, comparison by comparison.
type Shares = Vec<Vec<f64>>;

fn start(model: &Model) -> Shares {
    let of = |levels: usize| {
        // The best level has most of the true pairs, each further one a third of the one before.
        let weights: Vec<f64> = (0..levels).map(|i| 3_f64.powf(-(i as f64))).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / sum).collect()
    };
    model.comparisons.iter().map(|c| of(c.levels.len())).collect()
}

fn zeros(model: &Model) -> Shares {
    model.comparisons.iter().map(|c| vec![0.0; c.levels.len()]).collect()
}

fn normalised(mut counts: Shares, pseudo: f64) -> Shares {
    for levels in &mut counts {
        let sum: f64 = levels.iter().map(|n| n + pseudo).sum();
        for n in levels {
            *n = (*n + pseudo) / sum;
        }
    }
    counts
}

/// A number that looks random, of a number.
fn scatter(x: u64) -> u64 {
    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}

fn random_shares(records: &Records, scorer: &Scorer, pairs: u64) -> Shares {
    let n = records.len() as u64;
    if n < 2 {
        return normalised(zeros(records.model()), PSEUDO);
    }
    let counts = (0..pairs)
        .into_par_iter()
        .fold(
            || zeros(records.model()),
            |mut counts, i| {
                let a = scatter(2 * i) % n;
                let b = (a + 1 + scatter(2 * i + 1) % (n - 1)) % n;
                let levels = scorer.levels(records, a as u32, b as u32);
                for (counts, level) in counts.iter_mut().zip(levels) {
                    if level != NULL_LEVEL {
                        counts[usize::from(level)] += 1.0;
                    }
                }
                counts
            },
        )
        .reduce(|| zeros(records.model()), add);
    normalised(counts, PSEUDO)
}

fn add(mut a: Shares, b: Shares) -> Shares {
    for (a, b) in a.iter_mut().zip(b) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    }
    a
}

/// Pairs by pattern: all, and those that no earlier key gives.
type Counts = FxHashMap<Pattern, [f64; 2]>;

/// Pairs of one key by pattern, with how many pairs each stands for.
struct Sample {
    all: Vec<(Pattern, f64)>,
    /// Those that no earlier key gives.
    fresh: Vec<(Pattern, f64)>,
    pairs: u64,
}

fn sample(records: &Records, scorer: &Scorer, keys: &Keys, block: usize, effort: Effort) -> Sample {
    let groups = keys.groups(block);
    let limit = records.model().limits.block;
    let pairs_of =
        |span: &(u32, u32)| u64::from(span.1 - span.0) * u64::from(span.1 - span.0 - 1) / 2;
    let small: Vec<(u32, u32)> =
        groups.spans.iter().copied().filter(|(a, b)| (b - a) as usize <= limit).collect();
    let all: u64 = small.iter().map(pairs_of).sum();
    let every = all.div_ceil(effort.pairs_per_block.max(1)).max(1);
    let counts = small
        .par_iter()
        .filter(|span| scatter(groups.get(**span)[0].0).is_multiple_of(every))
        .fold(Counts::default, |mut counts, span| {
            let members = groups.get(*span);
            for (i, (_, a)) in members.iter().enumerate() {
                for (_, b) in &members[i + 1..] {
                    let count = counts.entry(pattern(&scorer.levels(records, *a, *b))).or_default();
                    count[0] += 1.0;
                    count[1] += f64::from(u8::from(!keys.met_before(block, *a, *b)));
                }
            }
            counts
        })
        .reduce(Counts::default, |mut a, b| {
            for (pattern, [all, fresh]) in b {
                let count = a.entry(pattern).or_default();
                count[0] += all;
                count[1] += fresh;
            }
            a
        });
    let mut counts: Vec<(Pattern, [f64; 2])> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(pattern, _)| *pattern);
    let pairs = counts.iter().map(|(_, [all, _])| *all as u64).sum();
    let scale = |which: usize| {
        let of = counts.iter().map(|(pattern, n)| (*pattern, n[which] * every as f64));
        of.filter(|(_, n)| *n > 0.0).collect()
    };
    Sample { all: scale(0), fresh: scale(1), pairs }
}

struct Learnt {
    m: Shares,
    /// Whether the key leaves the comparison free.
    free: Vec<bool>,
    true_pairs: f64,
    iterations: u32,
}

fn maximise(
    model: &Model,
    block: usize,
    counts: &[(Pattern, f64)],
    m: &Shares,
    u: &Shares,
) -> Learnt {
    let fixed: FxHashSet<usize> = model.blocks[block].parts.iter().map(|p| p.column).collect();
    let looks = |c: &crate::Comparison| {
        c.levels.iter().flat_map(|l| &l.conditions).any(|c| fixed.contains(&c.column))
    };
    let free: Vec<bool> =
        model.comparisons.iter().map(|c| !fixed.contains(&c.column) && !looks(c)).collect();
    let all: f64 = counts.iter().map(|(_, n)| n).sum();
    let mut m = m.clone();
    let mut share = START;
    let mut iterations = 0;
    while iterations < ITERATIONS_MAX && all > 0.0 && free.contains(&true) {
        iterations += 1;
        let mut seen = zeros(model);
        let mut matches = 0.0;
        let prior = (share / (1.0 - share)).ln();
        for (pattern, n) in counts {
            let odds =
                free.iter().enumerate().filter(|(_, free)| **free).fold(prior, |odds, (c, _)| {
                    odds + level(*pattern, c).map_or(0.0, |l| (m[c][l] / u[c][l]).ln())
                });
            let expected = n / (1.0 + (-odds).exp());
            matches += expected;
            for (c, _) in free.iter().enumerate().filter(|(_, free)| **free) {
                if let Some(l) = level(*pattern, c) {
                    seen[c][l] += expected;
                }
            }
        }
        let next = normalised(seen, PSEUDO);
        let moved = free
            .iter()
            .enumerate()
            .filter(|(_, free)| **free)
            .flat_map(|(c, _)| next[c].iter().zip(&m[c]).map(|(a, b)| (a - b).abs()));
        let moved = moved.fold((matches / all - share).abs(), f64::max);
        m = next;
        share = (matches / all).clamp(1e-9, 1.0 - 1e-9);
        if moved < CONVERGED {
            break;
        }
    }
    Learnt { m, free, true_pairs: share * all, iterations }
}

/// The mean over keys, by the true pairs each held; a comparison that no key leaves free keeps what it had.
fn average(model: &Model, learnt: &[Learnt], before: &Shares) -> Shares {
    let mut shares = zeros(model);
    for (c, shares) in shares.iter_mut().enumerate() {
        let weight: f64 = learnt.iter().filter(|l| l.free[c]).map(|l| l.true_pairs).sum();
        if weight <= 0.0 {
            shares.clone_from(&before[c]);
            continue;
        }
        for l in learnt.iter().filter(|l| l.free[c]) {
            shares.iter_mut().zip(&l.m[c]).for_each(|(s, m)| *s += m * l.true_pairs / weight);
        }
    }
    shares
}

/// True pairs among all records: the posteriors of those that share a block, under the prior that they themselves give.
fn expected(counts: &[&(Pattern, f64)], m: &Shares, u: &Shares, records: usize) -> f64 {
    let all = records as f64 * (records as f64 - 1.0) / 2.0;
    let ratios: Vec<(f64, f64)> = counts
        .iter()
        .map(|(pattern, n)| {
            let ratio = (0..m.len())
                .filter_map(|c| level(*pattern, c).map(|l| (m[c][l] / u[c][l]).ln()))
                .sum::<f64>();
            (ratio, *n)
        })
        .collect();
    let mut matches = 0.01 * records as f64;
    for _ in 0..ITERATIONS_MAX {
        let share = (matches / all).clamp(1e-15, 0.5);
        let prior = (share / (1.0 - share)).ln();
        let next: f64 = ratios.iter().map(|(ratio, n)| n / (1.0 + (-ratio - prior).exp())).sum();
        let settled = (next - matches).abs() < 1e-6 * matches.max(1.0);
        matches = next;
        if settled {
            break;
        }
    }
    matches
}

/// Random shares without the true pairs among them.
fn without(random: &Shares, m: &Shares, true_pairs: f64, records: usize) -> Shares {
    let all = records as f64 * (records as f64 - 1.0) / 2.0;
    let share = (true_pairs / all.max(1.0)).min(0.5);
    let each = random.iter().zip(m).map(|(random, m)| {
        let rest =
            random.iter().zip(m).map(|(r, m)| ((r - share * m) / (1.0 - share)).max(r * 1e-3));
        let rest: Vec<f64> = rest.collect();
        let sum: f64 = rest.iter().sum();
        rest.into_iter().map(|x| x / sum).collect()
    });
    each.collect()
}
