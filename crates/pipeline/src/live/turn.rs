//! One change, stage by stage: who is touched, and what is said of them now.

use std::sync::Arc;

use diachiso_model::{
    Finding, HouseholdState, LonLat, Proposal, ProposalId, RuleCode, Submission, SubmissionId,
    Verdict,
};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Effect, Live, Proposed, Step, Turned, VALUES, marks};
use crate::{
    entity_rules,
    forensics::{self, Case},
    link::{self, Compared, Mark, Match, Noter},
    median::median_point,
    row_rulings::is_chosen,
    rulings::Rulings,
    set_rules::{self, SHARED_PHONE, STACKED, VILLAGE_POINTS},
    submissions::Draft,
    tally,
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

    /// D01, D03, D04 and R04.
    fn look_for_repeats(&mut self, work: &mut Work) {
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

    /// States of households and counts by village, and what all of it comes to.
    fn count(&mut self, turned: &[(u32, Option<Box<Submission>>)], mut work: Work) -> Effect {
        let mut effect = Effect { proposals: work.proposals, ..Effect::default() };
        let mut villages: FxHashSet<u32> = FxHashSet::default();
        let mut moved: FxHashSet<u32> = FxHashSet::default();
        let placed = |s: &Submission| -> Option<(u32, LonLat)> {
            Some((s.village?, s.point?)).filter(|_| s.verdict == Verdict::Accepted)
        };
        for (at, before) in turned {
            let after = self.rows.there(*at).then(|| &self.rows.drafts[*at as usize].submission);
            let (old, new) = (before.as_deref().and_then(placed), after.and_then(placed));
            if old != new {
                moved.extend([old, new].into_iter().flatten().map(|(village, _)| village));
            }
            for (register, matches) in self.matches.iter().enumerate() {
                let found = &matches[*at as usize];
                match found {
                    Match::One(link) => drop(work.households.insert(link.household)),
                    Match::Several(fitting) => work.households.extend(fitting),
                    Match::Outside => {}
                }
                let outside = after.and_then(|s| tally::outside_list(s, found));
                villages.extend(self.counts.set_outside(register, *at, outside));
            }
            let id = before.as_deref().or(after).map(|s| s.id);
            let (before, after) = (before.as_ref().map(|s| s.verdict), after.map(|s| s.verdict));
            effect.submissions.extend(id.map(|id| Turned { id, before, after }));
        }
        work.households.extend(std::mem::take(&mut self.revisited));
        let mut households: Vec<u32> = Vec::new();
        for village in &moved {
            if !self.find_centre(*village) {
                continue;
            }
            let centre = self.registers.villages.list[*village as usize].centre;
            for at in self.counts.households(*village) {
                let h = &mut self.registers.households[*at as usize];
                let drafts = &self.rows.drafts;
                let is_erased = |at: u32| drafts[at as usize].submission.point.is_none();
                let hidden =
                    h.state == HouseholdState::Covered && h.submission.is_some_and(is_erased);
                if (h.state.is_gap() || hidden) && !work.households.contains(at) {
                    h.point = centre;
                    households.push(*at);
                }
            }
        }
        for at in work.households {
            let h = &mut self.registers.households[at as usize];
            let before = (h.state, h.submission, h.point);
            let matches = &self.matches[h.register as usize];
            self.counts.state(h, at, (&self.rows, matches), self.results.of(at));
            if tally::lies_in_village(h) {
                h.point = self.registers.villages.list[h.village as usize].centre;
            }
            if (h.state, h.submission, h.point) != before {
                households.push(at);
            }
            villages.insert(h.village);
        }
        for village in &villages {
            self.counts.count(*village, &self.registers.households, &self.rows);
        }
        villages.extend(moved);
        effect.villages = villages.into_iter().collect();
        effect.households = households;
        effect.sorted()
    }

    /// States and counts of all households before there is any row.
    pub(super) fn count_all(&mut self) {
        let Self { registers, counts, rows, results, .. } = self;
        for (at, household) in (0..).zip(&mut registers.households) {
            counts.state(household, at, (rows, &[]), results.of(at));
        }
        for village in 0..registers.villages.list.len() as u32 {
            counts.count(village, &registers.households, rows);
        }
    }

    /// The middle of a village's accepted points, and whether it is another; its commune is to be drawn anew.
    fn find_centre(&mut self, village: u32) -> bool {
        let own = &mut self.registers.villages.list[village as usize];
        let rows = self.values[VILLAGE].rows(u64::from(village));
        let rows = rows.map(|at| &self.rows.drafts[at as usize].submission);
        let accepted = rows.filter(|s| s.verdict == Verdict::Accepted);
        let points: Vec<LonLat> = accepted.filter_map(|s| s.point).collect();
        let centre = median_point(points.into_iter());
        self.undrawn.insert(own.commune);
        std::mem::replace(&mut own.centre, centre) != centre
    }
}

impl Effect {
    fn sorted(mut self) -> Self {
        self.submissions.sort_unstable_by_key(|turned| turned.id);
        self.households.sort_unstable();
        self.villages.sort_unstable();
        self.proposals.sort_unstable();
        self.proposals.dedup();
        self
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
