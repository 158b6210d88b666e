//! What each run changed of what is published: counts, the villages whose numbers are others, and what was decided.

use diachiso_model::{HouseholdState, UnitCode, Verdict};
use serde::{Deserialize, Serialize};

/// A count before a run and after it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Change(
    /// Before.
    pub u64,
    /// After.
    pub u64,
);

impl Change {
    /// Whether both are one.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.0 == self.1
    }
}

/// A village whose numbers are others after a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VillageChange {
    /// Its code.
    pub code: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Households in the denominator.
    pub households: Change,
    /// Households covered.
    pub covered: Change,
    /// Households whose submission is held.
    pub pending: Change,
}

/// A decision that was taken with a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DecisionTaken {
    /// What it is about: `batch`, `verdict`, …
    pub kind: Box<str>,
    /// `apply`, `refuse` or `withdraw`.
    pub choice: Box<str>,
    /// What it decides of: an id, or the hash of a file.
    pub target: Box<str>,
    /// Who decided.
    pub by: Box<str>,
}

/// What a run changed, in the units of the first register's closing date and against that register.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct RunChanges {
    /// Rows by verdict, indexed by [`Verdict`].
    pub verdicts: [Change; Verdict::ALL.len()],
    /// Households by state, indexed by [`HouseholdState`].
    pub states: [Change; HouseholdState::ALL.len()],
    /// Accepted submissions in no register.
    pub outside_list: Change,
    /// Villages whose numbers are others, by code; those too that are gone or new.
    pub villages: Vec<VillageChange>,
    /// What was decided with it.
    pub decisions: Vec<DecisionTaken>,
}

impl RunChanges {
    /// Households in the denominator.
    #[must_use]
    pub fn households(&self) -> Change {
        let counted = HouseholdState::ALL.iter().filter(|state| state.in_denominator());
        counted
            .map(|state| self.states[*state as usize])
            .fold(Change::default(), |sum, of| Change(sum.0 + of.0, sum.1 + of.1))
    }

    /// Households covered.
    #[must_use]
    pub fn covered(&self) -> Change {
        self.states[HouseholdState::Covered as usize]
    }

    /// Notes a village where its numbers are others.
    pub fn note(
        &mut self,
        (code, name): (&UnitCode, &str),
        [households, covered, pending]: [Change; 3],
    ) {
        if [households, covered, pending].into_iter().all(Change::is_none) {
            return;
        }
        let code = code.as_str().into();
        self.villages.push(VillageChange { code, name: name.into(), households, covered, pending });
    }

    /// As it is kept with its run.
    pub(crate) fn text(&self) -> String {
        // Numbers and texts always have a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A run of the ledger and what it changed.
#[derive(Clone, PartialEq, Debug)]
pub struct LedgerRun {
    /// Number, from 1.
    pub number: i64,
    /// When it was committed, RFC 3339, UTC.
    pub committed_at: Box<str>,
    /// Version of the rules.
    pub rule_version: u32,
    /// What it changed; `None` of runs made before that was kept.
    pub changes: Option<RunChanges>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_and_adds_up() {
        let mut changes = RunChanges::default();
        changes.states[HouseholdState::Covered as usize] = Change(3, 5);
        changes.states[HouseholdState::None as usize] = Change(7, 4);
        changes.states[HouseholdState::Moved as usize] = Change(0, 1);
        let code: UnitCode = "19870-trung-lang".parse().expect("a code");
        changes.note((&code, "Thôn Trung Làng"), [Change(10, 9), Change(3, 5), Change(0, 0)]);
        changes.note((&code, "như cũ"), [Change(1, 1), Change(2, 2), Change(3, 3)]);
        assert_eq!(changes.households(), Change(10, 9), "who moved is not counted");
        assert_eq!(changes.covered(), Change(3, 5));
        assert_eq!(changes.villages.len(), 1, "a village that is as it was is not noted");
        let read: RunChanges = serde_json::from_str(&changes.text()).expect("read back");
        assert_eq!(read, changes);
    }
}
