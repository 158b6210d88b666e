//! Who hands in again what was handed in before.

use diachiso_model::Finding;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Live, Work};
use crate::{
    link::{self, Compared, Mark},
    live::marks,
};

impl Live {
    /// D01, D03, D04 and R04.
    pub(super) fn look_for_repeats(&mut self, work: &mut Work) {
        let mut groups: FxHashSet<u64> = FxHashSet::default();
        for at in work.before.keys().copied().collect::<Vec<_>>() {
            let new = self.compared_with(at).map(key_of);
            let old = self.compared.set(at, new);
            groups.extend([old, new].into_iter().flatten());
        }
        let joined = self.joined(&mut groups, work);
        let drafts = &self.rows.drafts;
        let rows: Vec<u32> = groups.iter().flat_map(|key| self.compared.rows(*key)).collect();
        let marks = |key: &u64| {
            let group: Vec<u32> = self.compared.rows(*key).collect();
            let several = group.len() > 1;
            several.then(|| link::repeats_in(drafts, group_of(*key), group, &self.rulings))
        };
        let mut marks: Vec<Mark> = groups.iter().filter_map(marks).flatten().collect();
        let outside = |at: u32| {
            self.compared.key(at).is_some_and(|key| matches!(group_of(key), Compared::Outside(_)))
        };
        link::join_ruled(drafts, &joined, &outside, &mut marks);
        let mut by_row: FxHashMap<u32, Vec<Mark>> = FxHashMap::default();
        for mark in marks {
            by_row.entry(mark.at).or_default().push(mark);
        }
        let touched = work.before.keys().copied();
        for at in rows.into_iter().chain(touched).collect::<FxHashSet<u32>>() {
            let own = by_row.remove(&at);
            let s = &self.draft(at).submission;
            let marked = |f: &Finding| marks::OF_REPEATS.contains(&f.code);
            if own.is_none() && s.master.is_none() && !s.findings.iter().any(marked) {
                continue;
            }
            self.touch(at, work);
            let s = &mut self.rows.drafts[at as usize].submission;
            s.master = None;
            s.findings.retain(|f| !marked(f));
            for mark in own.into_iter().flatten() {
                mark.note(&mut self.rows.drafts);
            }
        }
    }

    /// With what a row is compared now; settles its findings.
    fn compared_with(&mut self, at: u32) -> Option<Compared> {
        if !self.rows.there(at) {
            return None;
        }
        let draft = &mut self.rows.drafts[at as usize];
        self.judge.settle(&mut draft.submission.findings);
        let accepted = marks::accepted(&draft.submission.findings);
        accepted.then(|| Compared::of(draft, &self.registers.villages)).flatten()
    }

    /// Groups of submissions ruled to be one household that groups of the compared touch, whose groups are touched then.
    fn joined(&self, groups: &mut FxHashSet<u64>, work: &Work) -> Vec<Vec<u32>> {
        let of = |at: &u32| self.compared.key(*at);
        if work.ruled {
            groups.extend(self.rulings.named().iter().filter_map(of));
        }
        let mut waiting: Vec<&Vec<u32>> = self.rulings.same().iter().collect();
        loop {
            let before = waiting.len();
            waiting.retain(|same| {
                let touched = same.iter().filter_map(of).any(|key| groups.contains(&key));
                if touched {
                    groups.extend(same.iter().filter_map(of));
                }
                !touched
            });
            if waiting.len() == before {
                break;
            }
        }
        let touched =
            |same: &&Vec<u32>| same.iter().filter_map(of).any(|key| groups.contains(&key));
        self.rulings.same().iter().filter(touched).cloned().collect()
    }
}

/// The bit that tells a group outside the registers from a household.
const OUTSIDE: u64 = 1 << 63;

fn key_of(compared: Compared) -> u64 {
    match compared {
        Compared::Household(household) => u64::from(household),
        Compared::Outside(block) => block | OUTSIDE,
    }
}

fn group_of(key: u64) -> Compared {
    if key & OUTSIDE == 0 { Compared::Household(key as u32) } else { Compared::Outside(key) }
}
