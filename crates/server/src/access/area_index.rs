//! Which villages make up a unit in each period, as households roll up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diachiso_model::{Date, Level, UnitCode};
use diachiso_store::CoverageRow;

/// Villages by period and unit.
#[derive(Default, Debug)]
pub(crate) struct AreaIndex {
    periods: BTreeMap<Date, HashMap<UnitCode, BTreeSet<UnitCode>>>,
}

impl AreaIndex {
    /// From the rows of all levels; rows of one period may come more than once.
    pub(crate) fn of<'r>(rows: impl IntoIterator<Item = &'r CoverageRow>) -> Self {
        let rows: Vec<&CoverageRow> = rows.into_iter().collect();
        let mut parents: BTreeMap<Date, HashMap<&UnitCode, &UnitCode>> = BTreeMap::new();
        for row in &rows {
            let of_period = parents.entry(row.period).or_default();
            if let Some(parent) = &row.parent {
                of_period.insert(&row.code, parent);
            }
        }
        let mut periods: BTreeMap<Date, HashMap<UnitCode, BTreeSet<UnitCode>>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.level == Level::Village) {
            let units = periods.entry(row.period).or_default();
            let of_period = parents.get(&row.period);
            let mut unit = Some(&row.code);
            // A village lies in a commune, that in a district perhaps, that in a province.
            for _ in Level::ALL {
                let Some(code) = unit else { break };
                units.entry(code.clone()).or_default().insert(row.code.clone());
                unit = of_period.and_then(|p| p.get(code).copied());
            }
        }
        Self { periods }
    }

    /// First day of the first period with villages.
    pub(crate) fn begins(&self) -> Option<Date> {
        self.periods.keys().next().copied()
    }

    /// The villages that a unit held on a day on or after [`AreaIndex::begins`].
    pub(crate) fn on(&self, code: &UnitCode, day: Date) -> Option<&BTreeSet<UnitCode>> {
        self.periods.range(..=day).next_back()?.1.get(code)
    }

    /// The communes that lie wholly in some villages, in whatever period.
    pub(crate) fn communes_within(&self, villages: &BTreeSet<UnitCode>) -> Vec<UnitCode> {
        let held = |(code, of): (&UnitCode, &BTreeSet<UnitCode>)| {
            (code.level() == Level::Commune && of.is_subset(villages)).then(|| code.clone())
        };
        let mut found: Vec<UnitCode> =
            self.periods.values().flat_map(|units| units.iter().filter_map(held)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The villages of a code without a day, as gap lists read it: in the period of the closing date where the code
    /// meant a unit then, else in the newest one.
    pub(crate) fn undated(&self, code: &UnitCode, closing: Date) -> Option<&BTreeSet<UnitCode>> {
        self.on(code, closing).or_else(|| self.newest(code))
    }

    /// The villages of a code in the newest period in which it had any.
    pub(crate) fn newest(&self, code: &UnitCode) -> Option<&BTreeSet<UnitCode>> {
        self.periods.values().rev().find_map(|units| units.get(code))
    }
}
