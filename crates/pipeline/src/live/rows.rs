//! The rows of a live state: each under a number of its own, which other rows may get when it is gone.

use diachiso_model::{RuleCode, SubmissionId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::submissions::Draft;

/// Rows by number and by id.
#[derive(Default)]
pub(super) struct Rows {
    /// As they are now; those that are gone stay until their number is given away.
    pub(super) drafts: Vec<Draft>,
    there: Vec<bool>,
    free: Vec<u32>,
    numbers: FxHashMap<SubmissionId, u32>,
    /// Rows that repeat another to the letter, as they were judged alone, by id.
    repeats: FxHashMap<SubmissionId, Vec<Draft>>,
}

/// Rows that come, go, or are spoken for by another copy.
#[derive(Default)]
pub(super) struct Step {
    /// Numbers of rows that are new; they stand among [`Rows::drafts`] already.
    pub(super) new: Vec<u32>,
    /// Another copy that stands for a row from now on.
    pub(super) instead: FxHashMap<u32, Draft>,
    pub(super) gone: Vec<u32>,
}

/// Which of several copies stands: one whose file has a legal basis, else the first by file and row.
fn rank(draft: &Draft) -> (bool, u32, u32) {
    let s = &draft.submission;
    (s.findings.iter().any(|f| f.code == RuleCode::C01), s.file, s.row)
}

impl Rows {
    pub(super) fn there(&self, at: u32) -> bool {
        self.there[at as usize]
    }

    pub(super) fn set_there(&mut self, at: u32, there: bool) {
        if !there && self.there[at as usize] {
            self.numbers.remove(&self.drafts[at as usize].submission.id);
            self.free.push(at);
        }
        self.there[at as usize] = there;
    }

    /// The number of the submission of an id.
    pub(super) fn number(&self, id: SubmissionId) -> Option<u32> {
        self.numbers.get(&id).copied()
    }

    /// The rows that are there.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, &Draft)> {
        (0..).zip(&self.drafts).filter(|(at, _)| self.there(*at))
    }

    /// The other copies of rows.
    pub(super) fn repeats(&self) -> impl Iterator<Item = (u32, &Draft)> {
        let copies = self.repeats.values().flatten();
        copies.filter_map(|copy| Some((self.number(copy.submission.id)?, copy)))
    }

    /// Takes rows in; `alone` gives a row that is there as it was judged alone.
    pub(super) fn add(&mut self, drafts: Vec<Draft>, alone: impl Fn(&Draft, u32) -> Draft) -> Step {
        let mut step = Step::default();
        for draft in drafts {
            let id = draft.submission.id;
            let Some(at) = self.number(id) else {
                let at = self.give_number(draft);
                self.numbers.insert(id, at);
                step.new.push(at);
                continue;
            };
            let slot = &mut self.drafts[at as usize];
            let copy = if !self.there[at as usize] {
                if rank(&draft) < rank(slot) { std::mem::replace(slot, draft) } else { draft }
            } else if rank(&draft) < rank(step.instead.get(&at).unwrap_or(slot)) {
                step.instead.insert(at, draft).unwrap_or_else(|| alone(slot, at))
            } else {
                draft
            };
            self.repeats.entry(id).or_default().push(copy);
        }
        step
    }

    fn give_number(&mut self, draft: Draft) -> u32 {
        let Some(at) = self.free.pop() else {
            self.drafts.push(draft);
            self.there.push(false);
            return self.drafts.len() as u32 - 1;
        };
        self.drafts[at as usize] = draft;
        at
    }

    /// Lets go of the rows of a file.
    pub(super) fn remove(&mut self, file: u32, ids: &FxHashSet<SubmissionId>) -> Step {
        let mut step = Step::default();
        for id in ids {
            let Some(at) = self.number(*id) else { continue };
            let copies = self.repeats.get_mut(id);
            let stands = self.drafts[at as usize].submission.file != file;
            let next = copies.and_then(|copies| {
                copies.retain(|copy| copy.submission.file != file);
                let least = (0..copies.len()).min_by_key(|copy| rank(&copies[*copy]));
                least.filter(|_| !stands).map(|least| copies.swap_remove(least))
            });
            if self.repeats.get(id).is_some_and(Vec::is_empty) {
                self.repeats.remove(id);
            }
            match next {
                _ if stands => {}
                Some(next) => drop(step.instead.insert(at, next)),
                None => step.gone.push(at),
            }
        }
        step
    }
}
