//! What a run changes of what is published, for the ledger.

use std::collections::BTreeMap;

use diachiso_model::{
    Decision, HouseholdState, Level, Published, SourceKind, Tally, UnitCode, Verdict,
};
use diachiso_store::{AreaQuery, Change, DecisionTaken, RunChanges, Store};

use crate::JobError;

/// What was published before a run, in the units of the first register's closing date.
pub(crate) struct Beforehand {
    verdicts: [u64; 4],
    villages: BTreeMap<UnitCode, (Box<str>, Tally)>,
}

impl Beforehand {
    /// Reads it; nothing of a store without a run.
    pub(crate) async fn read(store: &dyn Store) -> Result<Self, JobError> {
        if store.latest_run().await?.is_none() {
            return Ok(Self { verdicts: [0; 4], villages: BTreeMap::new() });
        }
        let query = AreaQuery { on: None, level: Level::Village, within: None, source: None };
        let rows = store.coverage(&query).await?;
        let villages = rows.into_iter().map(|row| (row.code, (row.name, row.tally))).collect();
        Ok(Self { verdicts: store.verdicts().await?, villages })
    }

    /// What is other in a state, and what was decided with it.
    pub(crate) fn until(mut self, state: &Published, decisions: &[Decision]) -> RunChanges {
        let mut changes = RunChanges::default();
        for verdict in Verdict::ALL {
            let files = state.files.iter().filter(|file| file.kind == SourceKind::Submissions);
            let after = files.map(|file| file.verdict(verdict)).sum();
            changes.verdicts[verdict as usize] = Change(self.verdicts[verdict as usize], after);
        }
        let first = state.tallies.iter().filter(|t| t.register == 0);
        let period = first.clone().map(|t| t.period).min();
        let now = first.filter(|t| Some(t.period) == period && t.code.level() == Level::Village);
        let nothing = Tally::default();
        for unit in now {
            let before = self.villages.remove(&unit.code).map_or(nothing, |(_, t)| t);
            add(&mut changes, (&unit.code, &unit.name), [&before, &unit.tally]);
        }
        // Villages that no register knows any more.
        for (code, (name, before)) in &self.villages {
            add(&mut changes, (code, name), [before, &nothing]);
        }
        changes.villages.sort_by(|a, b| a.code.cmp(&b.code));
        changes.decisions = decisions.iter().map(taken).collect();
        changes
    }
}

fn add(changes: &mut RunChanges, (code, name): (&UnitCode, &str), [before, after]: [&Tally; 2]) {
    for (change, (b, a)) in changes.states.iter_mut().zip(before.states.iter().zip(after.states)) {
        *change = Change(change.0 + b, change.1 + a);
    }
    let outside = &mut changes.outside_list;
    *outside = Change(outside.0 + before.outside_list, outside.1 + after.outside_list);
    let of = |count: fn(&Tally) -> u64| Change(count(before), count(after));
    let pending = of(|tally| tally.states[HouseholdState::Pending as usize]);
    changes.note((code, name), [of(Tally::households), of(Tally::covered), pending]);
}

fn taken(d: &Decision) -> DecisionTaken {
    DecisionTaken {
        kind: d.kind().as_str().into(),
        choice: d.choice().as_str().into(),
        target: d.target().into(),
        by: d.by().into(),
    }
}
