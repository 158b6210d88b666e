//! Drafts that share a value, as runs of a sorted column: no map of small vectors, whatever the size.

use rayon::prelude::*;

use crate::submissions::Draft;

/// Values by key with the drafts that bear them.
pub(crate) struct Groups(Vec<(u64, u32)>);

impl Groups {
    /// Groups drafts by a key; those without one are in no group.
    pub(crate) fn by(drafts: &[Draft], key: impl Fn(&Draft) -> Option<u64> + Sync) -> Self {
        Self::by_index(drafts, |_, draft| key(draft))
    }

    /// The same by a key that knows the draft's index.
    pub(crate) fn by_index(
        drafts: &[Draft],
        key: impl Fn(usize, &Draft) -> Option<u64> + Sync,
    ) -> Self {
        let mut pairs: Vec<(u64, u32)> = drafts
            .par_iter()
            .enumerate()
            .filter_map(|(at, draft)| Some((key(at, draft)?, at as u32)))
            .collect();
        pairs.par_sort_unstable();
        Self(pairs)
    }

    /// Groups of at least so many drafts, in the order of their keys; drafts in their order.
    pub(crate) fn of(
        &self,
        least: usize,
    ) -> impl Iterator<Item = impl Iterator<Item = u32> + Clone> {
        self.0
            .chunk_by(|a, b| a.0 == b.0)
            .filter(move |run| run.len() >= least)
            .map(|run| run.iter().map(|(_, at)| *at))
    }
}
