//! What a change comes to: states of households, counts of villages, and who is told of it.

use diachiso_model::{HouseholdState, LonLat, Submission, Verdict};
use rustc_hash::FxHashSet;

use super::{Live, VILLAGE, Work};
use crate::{
    link::Match,
    live::{Effect, Turned},
    median::median_point,
    tally,
};

impl Live {
    /// States of households and counts by village, and what all of it comes to.
    pub(super) fn count(
        &mut self,
        turned: &[(u32, Option<Box<Submission>>)],
        mut work: Work,
    ) -> Effect {
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
    pub(in crate::live) fn count_all(&mut self) {
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
