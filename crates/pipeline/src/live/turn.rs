//! One change, stage by stage: who is touched, and what is said of them now.

mod counting;
mod repeats;

use std::sync::Arc;

use diachiso_model::{Finding, Proposal, ProposalId, RuleCode, Submission, SubmissionId, Verdict};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Effect, Live, Proposed, Step, VALUES, marks};
use crate::{
    entity_rules,
    forensics::{self, Case},
    link::{self, Match, Noter},
    row_rulings::is_chosen,
    rulings::Rulings,
    set_rules::{self, SHARED_PHONE, STACKED, VILLAGE_POINTS},
    submissions::Draft,
};

/// Numbers of values among [`Live::values`]; those of the entity rules follow.
const STACK: usize = 0;
const PHONE: usize = 1;
pub(super) const VILLAGE: usize = 2;
const ENTITY: usize = 3;

/// Rows up to which one thread matches them.
const FEW: usize = 64;

/// What is touched so far.
#[derive(Default)]
struct Work {
    /// Rows that say something else than before, as they were published; `None` of one that was not there.
    before: FxHashMap<u32, Option<Box<Submission>>>,
    /// Rows that were judged alone anew, and are there.
    put: FxHashSet<u32>,
    /// Rows that proposals that turned speak of.
    spoken_of: FxHashSet<u32>,
    /// Values whose rows are to be compared.
    values: [FxHashSet<u64>; VALUES],
    households: FxHashSet<u32>,
    proposals: Vec<ProposalId>,
    /// Whether rulings about single submissions were read anew.
    ruled: bool,
}

/// The value of a kind by which a row is compared.
fn value(kind: usize, draft: &Draft) -> Option<u64> {
    match kind {
        STACK => set_rules::stack(draft),
        PHONE => draft.submission.phone,
        VILLAGE => set_rules::in_village(draft),
        entity => entity_rules::TABLE[entity - ENTITY].key(draft),
    }
}

impl Live {
    /// Carries out a change; `heed` where decisions were read anew.
    pub(super) fn turn(&mut self, step: Step, heed: bool) -> Effect {
        let mut work = Work::default();
        let changed = self.step(step, &mut work);
        self.look_at_collectors(&changed, heed, &mut work);
        self.compare_points_and_phones(&mut work);
        self.match_again(&changed, heed, &mut work);
        self.compare_households(&mut work);
        self.look_for_repeats(&mut work);
        let turned = self.settle(&mut work);
        self.count(&turned, work)
    }

    fn draft(&self, at: u32) -> &Draft {
        &self.rows.drafts[at as usize]
    }

    /// Keeps what was published of a row, before it is changed.
    fn touch(&mut self, at: u32, work: &mut Work) {
        let Self { rows, .. } = self;
        let before =
            || rows.there(at).then(|| Box::new(rows.drafts[at as usize].submission.clone()));
        work.before.entry(at).or_insert_with(before);
    }

    /// Puts rows in and takes them out; returns all of them.
    fn step(&mut self, step: Step, work: &mut Work) -> Vec<u32> {
        let Step { new, instead, gone } = step;
        let mut changed = gone;
        for at in &changed {
            self.touch(*at, work);
            for kind in 0..VALUES {
                work.values[kind].extend(self.values[kind].set(*at, None));
            }
            self.rows.set_there(*at, false);
            self.proposed.originals.remove(at);
        }
        changed.reserve(new.len() + instead.len());
        work.before.reserve(new.len());
        for (at, draft) in instead {
            self.touch(at, work);
            self.rows.drafts[at as usize] = draft;
            self.proposed.originals.remove(&at);
            self.put(at, work);
            changed.push(at);
        }
        for at in new {
            self.touch(at, work);
            self.rows.set_there(at, true);
            self.put(at, work);
            changed.push(at);
        }
        changed
    }

    /// Puts a row that was judged alone under its values.
    fn put(&mut self, at: u32, work: &mut Work) {
        for kind in 0..VALUES {
            let new = value(kind, self.draft(at));
            let old = self.values[kind].set(at, new);
            work.values[kind].extend([old, new].into_iter().flatten());
        }
        work.put.insert(at);
    }

    /// What collectors did to all their rows, and what was decided of it.
    fn look_at_collectors(&mut self, changed: &[u32], heed: bool, work: &mut Work) {
        let Self { forensics, rows, proposed, registers, options, decided, same, judge, .. } = self;
        let Self { row_rulings, reruled, .. } = self;
        let reference = Arc::clone(&self.reference);
        let closed_on = registers.infos.first().map_or(options.today, |info| info.closed_on);
        let days = (closed_on, options.today);
        let case = Case::knowing(Arc::clone(same), &reference, &registers.villages, days);
        let mut turns = if heed { forensics.decide(decided) } else { Vec::new() };
        let alone = |at: u32| {
            let draft = rows.drafts.get(at as usize).filter(|_| rows.there(at))?;
            Some(proposed.originals.get(&at).unwrap_or(draft))
        };
        turns.extend(forensics.turn(changed, &alone, (&case, decided)));
        for (before, after) in turns {
            work.proposals.extend([&before, &after].into_iter().flatten().map(|p| p.id));
            for (proposal, is) in [(before, false), (after, true)] {
                let Some(proposal) = proposal else { continue };
                work.spoken_of.extend(&proposal.rows);
                proposed.note(proposal, is);
            }
        }
        work.spoken_of.retain(|at| rows.there(*at));
        let reruled = std::mem::take(reruled).into_iter().filter_map(|id| rows.number(id));
        let again: FxHashSet<u32> =
            reruled.chain(work.spoken_of.iter().copied()).chain(work.put.iter().copied()).collect();
        let mut moved: Vec<(u32, Draft)> = Vec::new();
        for at in again.into_iter().filter(|at| rows.there(*at)) {
            let own = &rows.drafts[at as usize];
            let (by, ruled) = (proposed.moved.get(&at), row_rulings.of(own.submission.id));
            if by.is_none() && ruled.is_none() && !proposed.originals.contains_key(&at) {
                continue;
            }
            let mut draft = proposed.alone(own, at);
            proposed.originals.remove(&at);
            if by.is_some() || ruled.is_some() {
                proposed.originals.insert(at, draft.clone());
            }
            if let Some(by) = by {
                forensics::replay_one(&mut draft, by.remedy, &case, *judge);
            }
            if let Some(ruled) = ruled {
                ruled.apply(&mut draft, &case, *judge);
            }
            moved.push((at, draft));
        }
        for (at, draft) in moved {
            self.touch(at, work);
            self.rows.drafts[at as usize] = draft;
            self.put(at, work);
        }
    }

    /// Gives a row the finding of a rule, or takes it off.
    fn mark(&mut self, at: u32, code: RuleCode, mut finding: Option<Finding>, work: &mut Work) {
        if let Some(finding) = &mut finding {
            self.judge.settle(std::slice::from_mut(finding));
        }
        let findings = &self.draft(at).submission.findings;
        let old = findings.iter().position(|f| f.code == code);
        if old.map(|old| &findings[old]) == finding.as_ref() {
            return;
        }
        self.touch(at, work);
        let findings = &mut self.rows.drafts[at as usize].submission.findings;
        if let Some(old) = old {
            findings.remove(old);
        }
        findings.extend(finding);
    }

    /// Rows to be marked anew by a rule that speaks of all who share a value or of none: those of values about which it
    /// turned, and those that were put in.
    fn turned(
        &mut self,
        kind: usize,
        work: &Work,
        speaks: impl Fn(&Self, u64) -> bool,
    ) -> FxHashSet<u32> {
        let mut rows = work.put.clone();
        for value in &work.values[kind] {
            let is = speaks(self, *value);
            let spoken = &mut self.spoken[kind];
            let turned = if is { spoken.insert(*value) } else { spoken.remove(value) };
            if turned {
                rows.extend(self.values[kind].rows(*value));
            }
        }
        rows
    }

    fn is_spoken_of(&self, kind: usize, at: u32) -> bool {
        self.values[kind].key(at).is_some_and(|value| self.spoken[kind].contains(&value))
    }

    /// The open proposal that speaks of the device of a row, unless a person chose its point.
    fn suspect(&self, at: u32) -> Option<&Arc<Proposal>> {
        self.proposed.suspects.get(&at).filter(|_| !is_chosen(self.draft(at)))
    }

    /// G10, P04, G12 and G13.
    fn compare_points_and_phones(&mut self, work: &mut Work) {
        let crowd = |kind: usize, least: usize| {
            move |live: &Self, value: u64| {
                let rows = || live.values[kind].rows(value);
                live.values[kind].has(value, least)
                    && set_rules::is_crowd(&live.rows.drafts, rows(), least)
            }
        };
        let mut stacked = self.turned(STACK, work, crowd(STACK, STACKED));
        stacked.extend(&work.spoken_of);
        for at in stacked {
            let Proposed { copied, honest, .. } = &self.proposed;
            let copied = copied.contains(&at) && !is_chosen(self.draft(at));
            let is = copied || self.is_spoken_of(STACK, at) && !honest.contains(&at);
            let finding = is.then(|| set_rules::at_point(RuleCode::G10, self.draft(at)));
            self.mark(at, RuleCode::G10, finding, work);
        }
        for at in self.turned(PHONE, work, crowd(PHONE, SHARED_PHONE + 1)) {
            let finding = self.is_spoken_of(PHONE, at).then(set_rules::shared_phone);
            self.mark(at, RuleCode::P04, finding, work);
        }
        for at in work.spoken_of.union(&work.put).copied().collect::<Vec<_>>() {
            let suspected = self.suspect(at);
            let finding = suspected.map(|by| set_rules::suspected(self.draft(at), by));
            self.mark(at, RuleCode::G12, finding, work);
            work.values[VILLAGE].extend(self.values[VILLAGE].key(at));
        }
        for village in work.values[VILLAGE].iter().copied().collect::<Vec<_>>() {
            let mut far: FxHashMap<u32, f64> = FxHashMap::default();
            if self.values[VILLAGE].has(village, VILLAGE_POINTS) {
                let rows = self.values[VILLAGE].rows(village);
                let speak = rows.filter(|at| self.suspect(*at).is_none());
                far.extend(set_rules::far_from_village(&self.rows.drafts, speak));
            }
            let now: Vec<u32> = far.keys().copied().collect();
            let before = self.far.insert(village, now).unwrap_or_default();
            // Most rows of a village are near, and were: they are not looked at.
            let before =
                before.into_iter().filter(|at| self.values[VILLAGE].key(*at) == Some(village));
            let turned: FxHashSet<u32> = before.chain(far.keys().copied()).collect();
            for at in turned {
                let metres = far.get(&at);
                let finding = metres.map(|metres| set_rules::too_far(self.draft(at), *metres));
                self.mark(at, RuleCode::G13, finding, work);
            }
            if far.is_empty() {
                self.far.remove(&village);
            }
        }
    }

    /// Which household of each register rows speak of.
    fn match_again(&mut self, changed: &[u32], heed: bool, work: &mut Work) {
        let mut again = work.put.clone();
        let is_named = |at: &u32| {
            let now = self.draft(*at).submission.id;
            self.named.contains(&now)
        };
        work.ruled = heed || changed.iter().any(is_named);
        if work.ruled {
            again.extend(self.rulings.named());
            let find = |id: SubmissionId| self.rows.number(id).filter(|at| self.rows.there(*at));
            let record = &self.options.decisions;
            let (infos, households) = (&self.registers.infos, &self.registers.households);
            self.rulings = Rulings::new(record, find, infos, households);
            again.extend(self.rulings.named());
        }
        let (there, gone): (Vec<u32>, Vec<u32>) = again
            .into_iter()
            .chain(changed.iter().copied().filter(|at| !self.rows.there(*at)))
            .partition(|at| self.rows.there(*at));
        for register in 0..self.indexes.len() {
            let found = self.found(register, &there);
            let matches = &mut self.matches[register];
            matches.resize(self.rows.drafts.len(), Match::Outside);
            let mut old: Vec<(u32, Match)> = Vec::with_capacity(there.len());
            for (at, found) in there.iter().zip(found) {
                old.push((*at, std::mem::replace(&mut matches[*at as usize], found)));
            }
            for at in &gone {
                old.push((*at, std::mem::replace(&mut matches[*at as usize], Match::Outside)));
            }
            if work.ruled {
                let span = self.spans[register].clone();
                let own = &self.registers.households[span.start as usize..span.end as usize];
                let index = self.indexes[register].of(own, span.start);
                link::share(&self.rows.drafts, matches, index, register, &self.rulings);
            }
            for (at, old) in old {
                let new = &self.matches[register][at as usize];
                let same = old == *new;
                if !same {
                    self.counts.set_match(register, at, (&old, new), &mut work.households);
                }
                let anew = !same || work.put.contains(&at);
                if register == 0 && self.rows.there(at) && anew {
                    self.note_match(at, work);
                }
            }
        }
    }

    /// What each of some rows says of a register alone.
    fn found(&self, register: usize, rows: &[u32]) -> Vec<Match> {
        let span = self.spans[register].clone();
        let own = &self.registers.households[span.start as usize..span.end as usize];
        let index = self.indexes[register].of(own, span.start);
        let rulings = &self.rulings;
        let alone = |at: &u32| index.alone(self.draft(*at), rulings.line(register, *at));
        // Handing a few rows to other threads takes longer than they do.
        if rows.len() < FEW {
            rows.iter().map(alone).collect()
        } else {
            rows.par_iter().map(alone).collect()
        }
    }

    /// Writes the match with the first register into a row.
    fn note_match(&mut self, at: u32, work: &mut Work) {
        self.touch(at, work);
        for kind in ENTITY..VALUES {
            // Who shares a value may be one household now, or two.
            work.values[kind].extend(self.values[kind].key(at));
        }
        let Self { rows, matches, registers, births, .. } = self;
        let draft = &mut rows.drafts[at as usize];
        draft.submission.link = None;
        draft.submission.findings.retain(|f| !marks::OF_MATCH.contains(&f.code));
        let noter = Noter { households: &registers.households, sexes: &registers.sexes, births };
        noter.note(draft, &matches[0][at as usize]);
    }

    /// D02, I05, D05, D06 and D07.
    fn compare_households(&mut self, work: &mut Work) {
        for (kind, rule) in (ENTITY..).zip(&entity_rules::TABLE) {
            let speaks = |live: &Self, value: u64| {
                rule.speaks(&live.rows.drafts, live.values[kind].rows(value))
            };
            for at in self.turned(kind, work, speaks) {
                let is = self.is_spoken_of(kind, at);
                let finding = is.then(|| rule.finding(self.draft(at)));
                self.mark(at, rule.code, finding, work);
            }
        }
    }

    /// Verdicts of what was touched; returns what is said otherwise than before.
    fn settle(&mut self, work: &mut Work) -> Vec<(u32, Option<Box<Submission>>)> {
        let before = std::mem::take(&mut work.before);
        let mut turned = Vec::with_capacity(before.len());
        for (at, before) in before {
            let there = self.rows.there(at);
            let s = &mut self.rows.drafts[at as usize].submission;
            if there {
                s.verdict = self.judge.settle(&mut s.findings);
                if s.master.is_some() && s.verdict == Verdict::Accepted {
                    s.verdict = Verdict::Duplicate;
                }
            }
            if before.as_deref() != there.then_some(&*s) {
                turned.push((at, before));
            }
        }
        turned
    }
}
