//! What teams found at households of the registers, looked up by line, whatever version of the register is loaded.

use diachiso_model::{
    Decision, FieldResult, FieldState, Household, HouseholdState, RegisterInfo, ResultStatus,
    ResultWord,
};
use rustc_hash::FxHashMap;

/// What results come to, by index of the household. Households about which nothing is said are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Results {
    of: FxHashMap<u32, FieldState>,
}

impl Results {
    /// The results of a record; households are sorted by register and id. Those about lines that are listed no more wait until
    /// they are.
    pub(crate) fn new(
        record: &[Decision],
        registers: &[RegisterInfo],
        households: &[Household],
    ) -> Self {
        let mut said: FxHashMap<u32, Vec<(diachiso_model::Date, ResultWord, ResultStatus)>> =
            FxHashMap::default();
        for (result, standing) in FieldResult::standing(record) {
            let of_source = |r: &RegisterInfo| *r.source == *result.key.source();
            let Some(register) = registers.iter().position(of_source) else { continue };
            let own = (register as u32, result.key.household());
            let at = households.binary_search_by(|h| (h.register, &*h.id).cmp(&own));
            let Ok(at) = at else { continue };
            let told = (result.day, result.word, standing.status);
            said.entry(at as u32).or_default().push(told);
        }
        let of = said.into_iter().map(|(at, told)| {
            let closed_on = registers[households[at as usize].register as usize].closed_on;
            (at, FieldState::of(told, closed_on))
        });
        Self { of: of.collect() }
    }

    /// What results come to at a household; nothing at most.
    pub(crate) fn of(&self, household: u32) -> FieldState {
        self.of.get(&household).copied().unwrap_or_default()
    }

    /// Households about which something else is said than before.
    pub(crate) fn turned(&self, before: &Self) -> Vec<u32> {
        let both = self.of.keys().chain(before.of.keys());
        both.copied().filter(|at| self.of(*at) != before.of(*at)).collect()
    }
}

/// The state of a household by its submissions and its register, with what was found there.
///
/// A submission that covers the household or is held says more than a result. One of `moved` and `gone` that is approved
/// counts unless an accepted submission was collected later (`seen_later`).
pub(crate) fn with_results(
    state: HouseholdState,
    found: FieldState,
    seen_later: bool,
) -> HouseholdState {
    use HouseholdState::{Away, Claimed, Covered, Gone, Leaving, Moved, None, Pending, Rejected};
    let word = found.counts.map(|(word, _)| word);
    let said = word.and_then(ResultWord::state);
    match (state, word) {
        (Moved | Gone, _) => state,
        (_, Some(word)) if word.leaves() && !seen_later => said.unwrap_or(state),
        (Covered | Pending, _) => state,
        _ if found.waits => Leaving,
        (Rejected, Some(ResultWord::Done)) => Rejected,
        (None | Away, Some(ResultWord::Done)) => Claimed,
        (None | Away | Rejected, Some(word)) if !word.leaves() => said.unwrap_or(state),
        _ => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diachiso_model::Date;

    #[test]
    fn submissions_say_more_than_results_and_results_more_than_nothing() {
        use HouseholdState as S;
        use ResultWord as W;
        #[track_caller]
        fn check(state: S, word: Option<W>, waits: bool, expected: S) {
            let counts = word.map(|word| (word, Date::constant(2026, 11, 3)));
            let found = FieldState { counts, waits };
            assert_eq!(with_results(state, found, false), expected);
        }
        for state in [S::Covered, S::Pending, S::Moved, S::Gone] {
            for word in
                [Option::None, Some(W::Done), Some(W::Absent), Some(W::Away), Some(W::Refused)]
            {
                check(state, word, false, state);
                check(state, word, true, state);
            }
        }
        check(S::None, Some(W::Done), false, S::Claimed);
        check(S::Rejected, Some(W::Done), false, S::Rejected);
        check(S::Away, Some(W::Done), false, S::Claimed);
        check(S::Rejected, Some(W::Refused), false, S::Refused);
        check(S::Away, Some(W::Absent), false, S::Absent);
        check(S::None, Some(W::Away), true, S::Leaving);
        check(S::None, Option::None, true, S::Leaving);
        check(S::Covered, Some(W::Moved), false, S::Moved);
        check(S::Gone, Some(W::Moved), false, S::Gone);
        let gone =
            FieldState { counts: Some((W::Gone, Date::constant(2026, 11, 3))), waits: false };
        assert_eq!(with_results(S::Covered, gone, true), S::Covered, "it was seen later");
    }
}
