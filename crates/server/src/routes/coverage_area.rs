//! Coverage of an area: rows of units as far as they lie in it, rolled up from villages.

use std::collections::BTreeSet;

use diachiso_model::{Date, Level, Tally, UnitCode};
use diachiso_store::{AreaQuery, CoverageRow};

use super::coverage::{SUPPRESSED_BELOW, suppress};
use crate::{AppState, access::AreaIndex, area::Area, error::ApiError};

/// A unit as far as it lies in an area.
pub(super) struct PartRow {
    /// The unit, with the counts of its villages in the area.
    pub(super) row: CoverageRow,
    /// Whether some of its villages lie outside.
    pub(super) part: bool,
    /// Whether its number of poor households may be told to everybody, and that of near-poor ones.
    pub(super) told: [bool; 2],
}

/// The units of a level in an area.
pub(super) struct AreaRows {
    pub(super) rows: Vec<PartRow>,
    /// The sum of the rows.
    pub(super) total: Tally,
    /// Whether the sum's number of poor households may be told to everybody, and that of near-poor ones.
    pub(super) told: [bool; 2],
}

/// All units of one period, which villages make them up, and what is told of them.
struct Period {
    day: Date,
    levels: Vec<Vec<CoverageRow>>,
    index: AreaIndex,
    /// Units whose number of poor households is not told; the same of near-poor ones.
    hidden: [BTreeSet<UnitCode>; 2],
}

impl Period {
    async fn read(state: &AppState, query: &AreaQuery) -> Result<Option<Self>, ApiError> {
        let mut levels = Vec::new();
        let mut hidden = [BTreeSet::new(), BTreeSet::new()];
        for level in Level::ALL {
            let query = AreaQuery { level, within: None, ..query.clone() };
            let rows = state.store().coverage(&query).await?;
            suppress(&mut hidden[0], &rows, |t| t.poor);
            suppress(&mut hidden[1], &rows, |t| t.near_poor);
            levels.push(rows);
        }
        let Some(day) = levels.iter().flatten().map(|row| row.period).next() else {
            return Ok(None);
        };
        let index = AreaIndex::of(levels.iter().flatten());
        Ok(Some(Self { day, levels, index, hidden }))
    }

    fn inside<'p>(&'p self, unit: &UnitCode) -> Option<&'p BTreeSet<UnitCode>> {
        self.index.on(unit, self.day)
    }

    /// Whether some villages are, without one left over, units whose number is told: then their sum tells nothing that
    /// the units do not.
    fn tells(&self, villages: &BTreeSet<UnitCode>, which: usize) -> bool {
        let mut left = villages.clone();
        // The widest first: a unit that is told saves its villages, which may be hidden.
        for row in self.levels.iter().flatten() {
            let Some(own) = self.inside(&row.code) else { continue };
            if !self.hidden[which].contains(&row.code) && own.is_subset(&left) {
                left.retain(|village| !own.contains(village));
            }
        }
        left.is_empty()
    }
}

/// The rows of an area. A number of poor households is told to everybody where it is the sum of units that are told, in
/// the period asked for or in one of those whose units the area is made of.
pub(super) async fn rows(
    state: &AppState,
    query: &AreaQuery,
    area: &Area,
) -> Result<AreaRows, ApiError> {
    let Some(period) = Period::read(state, query).await? else {
        return Ok(AreaRows { rows: Vec::new(), total: Tally::default(), told: [false; 2] });
    };
    let mut others = Vec::new();
    let snapshot = state.snapshot().await?;
    let periods: BTreeSet<Date> =
        area.units.iter().map(|unit| snapshot.period_of(Some(unit.on))).collect();
    for day in periods.into_iter().filter(|day| *day != period.day) {
        let query = AreaQuery { on: Some(day), ..query.clone() };
        others.extend(Period::read(state, &query).await?);
    }
    let tells = |villages: &BTreeSet<UnitCode>| {
        [0, 1].map(|which| {
            std::iter::once(&period).chain(&others).any(|period| period.tells(villages, which))
        })
    };
    let level = Level::ALL.iter().position(|level| *level == query.level).unwrap_or_default();
    let mut answer = AreaRows { rows: Vec::new(), total: Tally::default(), told: [false; 2] };
    let mut all = BTreeSet::new();
    for row in &period.levels[level] {
        let Some(own) = period.inside(&row.code) else { continue };
        let inside: BTreeSet<UnitCode> = own.intersection(&area.villages).cloned().collect();
        if inside.is_empty() {
            continue;
        }
        let part = inside.len() < own.len();
        let mut row = row.clone();
        if part {
            row.tally = Tally::default();
            let villages = period.levels[Level::Village as usize].iter();
            villages.filter(|v| inside.contains(&v.code)).for_each(|v| row.tally += &v.tally);
        }
        answer.total += &row.tally;
        let told = if part {
            tells(&inside)
        } else {
            [0, 1].map(|which| !period.hidden[which].contains(&row.code))
        };
        let few = [row.tally.poor, row.tally.near_poor].map(|n| n < SUPPRESSED_BELOW);
        answer.rows.push(PartRow { row, part, told: [told[0] && !few[0], told[1] && !few[1]] });
        all.extend(inside);
    }
    let few = [answer.total.poor, answer.total.near_poor].map(|n| n < SUPPRESSED_BELOW);
    let told = tells(&all);
    answer.told = [told[0] && !few[0], told[1] && !few[1]];
    Ok(answer)
}
