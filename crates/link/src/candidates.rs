//! Which pairs are compared: those that share a block, each once.

use rayon::prelude::*;

use crate::{Pair, Records, Scorer, part_keys::NO_KEY};

/// Between which records pairs are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Between all of one table.
    All,
    /// Between rows below this one and rows from it on: two tables laid one after the other.
    Across(u32),
}

impl Between {
    fn admits(self, a: u32, b: u32) -> bool {
        match self {
            Self::All => true,
            Self::Across(split) => (a < split) != (b < split),
        }
    }
}

/// What one key of blocks gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockReport {
    /// The key as the model file writes it.
    pub written: String,
    /// Pairs compared that no earlier key had given.
    pub compared: u64,
    /// Blocks with more members than the limit.
    pub capped_blocks: u64,
    /// Their members.
    pub capped_records: u64,
    /// Members of the largest of them.
    pub largest: u64,
    /// Pairs that were not compared because of the limit.
    pub pairs_left_out: u64,
}

/// Members of a block that are sorted at a time: 16 KiB, which a core's own cache holds.
const PART_MEMBERS: usize = 1_024;
/// Parts are told by so many bits at most: their heads stay in a cache too.
const PART_BITS_MAX: u32 = 13;

/// The keys of all records in all blocks, record by record; those of capped blocks are struck out.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) of: Vec<u64>,
    blocks: usize,
}

impl Keys {
    pub(crate) fn new(records: &Records) -> Self {
        let blocks = records.model().blocks.len();
        let mut of = vec![NO_KEY; records.len() * blocks];
        of.par_chunks_mut(blocks).enumerate().for_each(|(row, keys)| {
            for (block, key) in keys.iter_mut().enumerate() {
                *key = records.key(block, row as u32);
            }
        });
        Self { of, blocks }
    }

    pub(crate) fn of(&self, row: u32) -> &[u64] {
        &self.of[row as usize * self.blocks..][..self.blocks]
    }

    /// Whether an earlier key than `block` gives the pair.
    pub(crate) fn met_before(&self, block: usize, a: u32, b: u32) -> bool {
        let (a, b) = (&self.of(a)[..block], &self.of(b)[..block]);
        a.iter().zip(b).any(|(x, y)| x == y && *x != NO_KEY)
    }

    /// The members of each block with two at least, sorted by key and then by row.
    ///
    /// Keys are hashes, so that their highest bits part them evenly: what falls into one part is sorted in the cache.
    pub(crate) fn groups(&self, block: usize) -> Groups {
        let own = || self.of.iter().skip(block).step_by(self.blocks);
        let bits = (self.of.len() / self.blocks / PART_MEMBERS).max(2).ilog2().min(PART_BITS_MAX);
        let part = |key: u64| (key >> (64 - bits)) as usize;
        let mut ends = vec![0_u32; 1 << bits];
        own().filter(|key| **key != NO_KEY).for_each(|key| ends[part(*key)] += 1);
        let mut total = 0;
        let mut heads: Vec<u32> = ends
            .iter_mut()
            .map(|count| {
                let from = total;
                total += *count;
                *count = total;
                from
            })
            .collect();
        let mut members = vec![(NO_KEY, 0_u32); total as usize];
        for (row, key) in (0_u32..).zip(own()).filter(|(_, key)| **key != NO_KEY) {
            let head = &mut heads[part(*key)];
            members[*head as usize] = (*key, row);
            *head += 1;
        }
        let mut parts = Vec::with_capacity(ends.len());
        let (mut rest, mut from) = (&mut members[..], 0_u32);
        for end in ends {
            let (own, behind) = rest.split_at_mut((end - from) as usize);
            parts.push((from, own));
            (rest, from) = (behind, end);
        }
        let spans = parts.into_par_iter().flat_map_iter(|(mut from, members)| {
            members.sort_unstable();
            let mut spans = Vec::new();
            for group in members.chunk_by(|a, b| a.0 == b.0) {
                let to = from + group.len() as u32;
                if group.len() > 1 {
                    spans.push((from, to));
                }
                from = to;
            }
            spans
        });
        Groups { spans: spans.collect(), members }
    }
}

/// Blocks of one key.
pub(crate) struct Groups {
    pub(crate) members: Vec<(u64, u32)>,
    pub(crate) spans: Vec<(u32, u32)>,
}

impl Groups {
    pub(crate) fn get(&self, span: (u32, u32)) -> &[(u64, u32)] {
        &self.members[span.0 as usize..span.1 as usize]
    }
}

/// Pairs found and what was left out on the way.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Pairs from the least bits on, sorted by rows, each once.
    pub pairs: Vec<Pair>,
    /// Per key of blocks.
    pub blocks: Vec<BlockReport>,
}

/// Compares all pairs that share a block and keeps those with at least `least` bits.
///
/// The work is bounded by (records × keys × the larger of the limit of a block and the window): a block over the limit is
/// sorted by content and each member compared with the few that follow, which finds repeats to the letter and near
/// ones, and what was not compared is counted.
#[must_use]
pub fn find_pairs(records: &Records, scorer: &Scorer, between: Between, least: f32) -> Found {
    let mut keys = Keys::new(records);
    let limits = records.model().limits;
    let mut found = Found::default();
    let mut ahead = None;
    let blocks = &records.model().blocks;
    for (block, spec) in blocks.iter().enumerate() {
        // Two at a time: parting keys runs on one core, and what is struck out of one block is in no other.
        let groups = ahead.take().unwrap_or_else(|| {
            let (groups, next) = rayon::join(
                || keys.groups(block),
                || (block + 1 < blocks.len()).then(|| keys.groups(block + 1)),
            );
            ahead = next;
            groups
        });
        let mut report = BlockReport { written: spec.written.clone(), ..BlockReport::default() };
        let capped: Vec<(u32, u32)> = groups
            .spans
            .iter()
            .copied()
            .filter(|(from, to)| (to - from) as usize > limits.block)
            .collect();
        for span in &capped {
            let members = groups.get(*span);
            let n = members.len() as u64;
            report.capped_blocks += 1;
            report.capped_records += n;
            report.largest = report.largest.max(n);
            let window = limits.window as u64;
            report.pairs_left_out +=
                n * (n - 1) / 2 - (n * window - window * (window + 1) / 2).min(n * (n - 1) / 2);
            for (_, row) in members {
                keys.of[*row as usize * keys.blocks + block] = NO_KEY;
            }
        }
        let visit = |(pairs, compared): &mut (Vec<Pair>, u64), a: u32, b: u32| {
            if !between.admits(a, b) || keys.met_before(block, a, b) {
                return;
            }
            *compared += 1;
            if let Some(bits) = scorer.bits_from(records, a, b, least) {
                pairs.push(Pair { a: a.min(b), b: a.max(b), bits });
            }
        };
        let small =
            groups.spans.par_iter().filter(|(from, to)| (to - from) as usize <= limits.block);
        let from_small = small
            .fold(<(Vec<Pair>, u64)>::default, |mut to, span| {
                let members = groups.get(*span);
                for (i, (_, a)) in members.iter().enumerate() {
                    members[i + 1..].iter().for_each(|(_, b)| visit(&mut to, *a, *b));
                }
                to
            })
            .collect::<Vec<_>>();
        let from_capped = capped.par_iter().map(|span| {
            let mut rows: Vec<u32> = groups.get(*span).iter().map(|(_, row)| *row).collect();
            rows.par_sort_unstable_by(|a, b| records.by_content(*a, *b));
            windows(&rows, limits.window)
                .fold(<(Vec<Pair>, u64)>::default, |mut to, (a, b)| {
                    visit(&mut to, a, b);
                    to
                })
                .collect::<Vec<_>>()
        });
        for (pairs, compared) in
            from_small.into_iter().chain(from_capped.flatten().collect::<Vec<_>>())
        {
            found.pairs.extend(pairs);
            report.compared += compared;
        }
        found.blocks.push(report);
    }
    found.pairs.par_sort_unstable_by_key(|p| (p.a, p.b));
    // Two windows may give one pair; a window may also repeat what a later key gives.
    found.pairs.dedup_by_key(|p| (p.a, p.b));
    found
}

/// Each row with the `window` rows behind it.
pub(crate) fn windows_of(rows: &[u32], window: usize) -> impl Iterator<Item = (u32, u32)> {
    rows.iter()
        .enumerate()
        .flat_map(move |(i, a)| rows[i + 1..].iter().take(window).map(move |b| (*a, *b)))
}

/// [`windows_of`], in parallel.
fn windows(rows: &[u32], window: usize) -> impl ParallelIterator<Item = (u32, u32)> {
    (0..rows.len()).into_par_iter().flat_map_iter(move |i| {
        let to = (i + 1 + window).min(rows.len());
        rows[i + 1..to].iter().map(move |b| (rows[i], *b))
    })
}
