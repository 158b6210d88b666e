//! Numbers of poor households that are too small to be told, and those that would give them away.

use std::collections::{BTreeMap, BTreeSet};

use diachiso_model::{Level, Tally, UnitCode};
use diachiso_store::{AreaQuery, CoverageRow};

use super::{Counts, Row};
use crate::{AppState, error::ApiError};

/// Fewest poor (or near-poor) households of a unit whose number the public may read.
pub(crate) const SUPPRESSED_BELOW: u64 = 5;

/// Poverty numbers that are not told.
#[derive(Clone, Copy, Default)]
pub(super) struct Hidden {
    pub(super) poor: bool,
    pub(super) near_poor: bool,
}

/// Units whose poverty numbers are not told; empty hides nothing.
#[derive(Default)]
pub(super) struct Mask {
    public: bool,
    within: Option<UnitCode>,
    poor: BTreeSet<UnitCode>,
    near_poor: BTreeSet<UnitCode>,
}

impl Mask {
    /// A row as it is told.
    pub(super) fn row(&self, row: &CoverageRow) -> Row {
        let hidden = Hidden {
            poor: self.poor.contains(&row.code),
            near_poor: self.near_poor.contains(&row.code),
        };
        Row::new(row, Counts::new(&row.tally, hidden))
    }

    /// The sum; that of the rows within a unit is told as the unit's own number is.
    pub(super) fn total(&self, rows: &[CoverageRow]) -> Counts {
        let mut sum = Tally::default();
        for row in rows {
            sum += &row.tally;
        }
        let hide = |n: u64, set: &BTreeSet<UnitCode>| {
            let unit = self.within.as_ref().is_some_and(|code| set.contains(code));
            self.public && (n < SUPPRESSED_BELOW || unit)
        };
        let hidden = Hidden {
            poor: hide(sum.poor, &self.poor),
            near_poor: hide(sum.near_poor, &self.near_poor),
        };
        Counts::new(&sum, hidden)
    }
}

/// The mask of whole levels from the province down, whatever part is asked for: the answers to two
/// questions about one period must not tell together what neither tells alone.
pub(super) async fn mask(state: &AppState, query: &AreaQuery) -> Result<Mask, ApiError> {
    let deepest = query.within.as_ref().map_or(query.level, |code| code.level().max(query.level));
    let mut mask = Mask { public: true, within: query.within.clone(), ..Mask::default() };
    for level in Level::ALL.into_iter().filter(|l| *l <= deepest) {
        let rows =
            state.store().coverage(&AreaQuery { level, within: None, ..query.clone() }).await?;
        suppress(&mut mask.poor, &rows, |t| t.poor);
        suppress(&mut mask.near_poor, &rows, |t| t.near_poor);
    }
    Ok(mask)
}

/// Units whose number of poor households is not told, of the levels of one period from the province down.
pub(crate) fn hidden_poor<'r>(
    levels: impl IntoIterator<Item = &'r [CoverageRow]>,
) -> BTreeSet<UnitCode> {
    let mut hidden = BTreeSet::new();
    for rows in levels {
        suppress(&mut hidden, rows, |t| t.poor);
    }
    hidden
}

/// Hides the units of a level with fewer than [`SUPPRESSED_BELOW`]. Where one of a parent's units would be
/// hidden alone, its smallest sister is too, since the parent's number less the others' would give it away;
/// under a parent that is hidden itself at least one unit is, or their sum would be the parent's number.
pub(crate) fn suppress(
    hidden: &mut BTreeSet<UnitCode>,
    rows: &[CoverageRow],
    number: impl Fn(&Tally) -> u64,
) {
    let mut families: BTreeMap<Option<&UnitCode>, Vec<(u64, &UnitCode)>> = BTreeMap::new();
    for row in rows {
        families.entry(row.parent.as_ref()).or_default().push((number(&row.tally), &row.code));
    }
    for (parent, mut family) in families {
        family.sort_unstable();
        let few = family.iter().take_while(|(n, _)| *n < SUPPRESSED_BELOW).count();
        let take = match (few, parent.is_some_and(|p| hidden.contains(p))) {
            (0, true) => 1,
            (1, false) => 2,
            (few, _) => few,
        };
        hidden.extend(family.iter().take(take).map(|(_, code)| (*code).clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(code: &str, parent: &str, poor: u64) -> CoverageRow {
        let day = "2025-06-01".parse().expect("a day");
        CoverageRow {
            code: code.parse().expect("a code"),
            level: Level::Village,
            name: code.into(),
            parent: parent.parse().ok(),
            period: day,
            source: "police".into(),
            closed_on: day,
            tally: Tally { poor, ..Tally::default() },
        }
    }

    #[track_caller]
    fn check(parent_hidden: bool, poor: &[u64], expected: &[usize]) {
        let code = |i: usize| format!("19870-v{i}");
        let rows: Vec<_> =
            poor.iter().enumerate().map(|(i, n)| row(&code(i), "19870", *n)).collect();
        let parent: UnitCode = "19870".parse().expect("a code");
        let mut hidden: BTreeSet<_> = parent_hidden.then(|| parent.clone()).into_iter().collect();
        suppress(&mut hidden, &rows, |t| t.poor);
        hidden.remove(&parent);
        let hidden: Vec<String> = hidden.iter().map(ToString::to_string).collect();
        assert_eq!(hidden, expected.iter().map(|i| code(*i)).collect::<Vec<_>>());
    }

    #[test]
    fn a_number_too_small_is_hidden_and_never_follows_from_the_sum() {
        check(false, &[5, 9, 7], &[]);
        check(false, &[4, 9, 7], &[0, 2]);
        check(false, &[4, 0, 7], &[0, 1]);
        check(false, &[3], &[0]);
    }

    #[test]
    fn a_hidden_parent_does_not_follow_from_its_units() {
        check(true, &[6, 5], &[1]);
        check(true, &[6, 2, 7], &[1]);
    }

    #[test]
    fn a_parent_s_units_are_weighed_among_themselves() {
        let rows =
            [row("19870-a", "19870", 2), row("19870-b", "19870", 8), row("19873-a", "19873", 6)];
        let mut hidden = BTreeSet::new();
        suppress(&mut hidden, &rows, |t| t.poor);
        assert_eq!(hidden.len(), 2);
        assert!(!hidden.contains(&rows[2].code));
    }
}
