//! What the maps tell of units: by period, by denominator, and as of a day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diachiso_model::{Date, HouseholdState, Level, Tally, UnitCode};
use diachiso_store::{CoverageRow, VillageDays};

use super::Asked;
use crate::{
    access::AreaIndex,
    error::ApiError,
    routes::coverage::{hidden_poor, percent},
};

/// Classes of the share of poor households covered, by the greatest share below each, in per cent.
const POOR_CLASSES: [(u64, &str); 4] =
    [(50, "0-50"), (80, "50-80"), (95, "80-95"), (101, "95-100")];

/// The figures of all units that are drawn.
#[derive(Default)]
pub(crate) struct Figures {
    /// Sources of the registers, the first one first.
    pub(crate) denominators: Vec<Box<str>>,
    /// By denominator and period.
    by: HashMap<(usize, Date), HashMap<UnitCode, Figure>>,
    /// The period that villages are told of.
    closing: Option<Date>,
}

/// The figures of one unit.
pub(crate) struct Figure {
    row: CoverageRow,
    poor: Option<&'static str>,
    /// Covered households by day, each with those of the days before.
    covered_by: Vec<(Date, u64)>,
}

/// The rows of one register: by period and level, widest level first.
pub(crate) type RegisterRows = Vec<(Date, Vec<(Level, Vec<CoverageRow>)>)>;

/// The figures that a tile tells.
pub(crate) struct Told<'f> {
    communes: Option<&'f HashMap<UnitCode, Figure>>,
    villages: Option<&'f HashMap<UnitCode, Figure>>,
    pub(crate) period: Date,
    closing: Date,
    pub(crate) as_of: Option<Date>,
}

impl Figures {
    /// From the rows of every register. `villages` tells which make up a unit.
    pub(crate) fn of(
        registers: Vec<(Box<str>, RegisterRows)>,
        days: &[VillageDays],
        villages: &AreaIndex,
        closing: Date,
    ) -> Self {
        let mut figures = Self { closing: Some(closing), ..Self::default() };
        for (number, (source, periods)) in registers.into_iter().enumerate() {
            let own = days.iter().filter(|of| of.source == source);
            let by_village: HashMap<&UnitCode, &[(Date, u64)]> =
                own.map(|of| (&of.village, &*of.days)).collect();
            for (period, levels) in periods {
                let hidden = hidden_poor(levels.iter().map(|(_, rows)| rows.as_slice()));
                let drawn = |level| matches!(level, Level::Commune | Level::Village);
                let rows = levels.into_iter().filter(|(level, _)| drawn(*level));
                let of_period = rows.flat_map(|(_, rows)| rows).map(|row| {
                    let inside = villages.on(&row.code, period);
                    let figure = Figure::of(row, &hidden, inside, &by_village);
                    (figure.row.code.clone(), figure)
                });
                figures.by.insert((number, period), of_period.collect());
            }
            figures.denominators.push(source);
        }
        figures
    }

    /// Number of the denominator of a source.
    ///
    /// # Errors
    /// [`ApiError::missing`] where there is no such register.
    pub(crate) fn number(&self, source: &str) -> Result<usize, ApiError> {
        let known = &self.denominators;
        known.iter().position(|s| **s == *source).ok_or_else(|| {
            ApiError::missing(
                format!("Không có danh sách hộ từ nguồn này; có {}", known.join(", ")),
                format!("there is no register from this source; there are {}", known.join(", ")),
            )
        })
    }

    /// The units of a level, by code.
    pub(crate) fn units(&self, asked: Asked, level: Level) -> BTreeMap<&UnitCode, &Figure> {
        let all = self.by.get(&(asked.denominator, asked.period)).into_iter().flatten();
        all.filter(|(code, _)| (code.level() == Level::Village) == (level == Level::Village))
            .collect()
    }

    /// Source and closing date of every register with households, the first one first.
    pub(crate) fn registers(&self) -> Vec<(&str, Date)> {
        let of = |number: usize| Some((&*self.denominators[number], self.closed_on(number)?));
        (0..self.denominators.len()).filter_map(of).collect()
    }

    /// Closing date of a denominator; `None` of one without households.
    pub(crate) fn closed_on(&self, number: usize) -> Option<Date> {
        let mut units = self.by.iter().filter(move |((n, _), _)| *n == number);
        let first = units.find_map(|(_, units)| units.values().next());
        first.map(|figure| figure.denominator().1)
    }

    /// Those that a tile is asked to tell.
    pub(crate) fn asked(&self, asked: Asked) -> Told<'_> {
        let closing = self.closing.unwrap_or(asked.period);
        Told {
            communes: self.by.get(&(asked.denominator, asked.period)),
            villages: self.by.get(&(asked.denominator, closing)),
            period: asked.period,
            closing,
            as_of: asked.as_of,
        }
    }
}

impl Told<'_> {
    /// The figures of a unit, and the first day of the period that it is told of.
    pub(crate) fn unit(&self, code: &UnitCode) -> (Option<&Figure>, Date) {
        match code.level() {
            Level::Village => (self.villages.and_then(|units| units.get(code)), self.closing),
            _ => (self.communes.and_then(|units| units.get(code)), self.period),
        }
    }
}

impl Figure {
    fn of(
        row: CoverageRow,
        hidden: &BTreeSet<UnitCode>,
        inside: Option<&BTreeSet<UnitCode>>,
        by_village: &HashMap<&UnitCode, &[(Date, u64)]>,
    ) -> Self {
        let own = inside.into_iter().flatten().filter_map(|village| by_village.get(village));
        let mut covered_by: Vec<(Date, u64)> = own.copied().flatten().copied().collect();
        covered_by.sort_unstable();
        let mut sum = 0;
        covered_by = covered_by
            .chunk_by(|a, b| a.0 == b.0)
            .map(|day| {
                sum += day.iter().map(|(_, n)| n).sum::<u64>();
                (day[0].0, sum)
            })
            .collect();
        let told = !hidden.contains(&row.code);
        Self { poor: poor_class(&row.tally).filter(|_| told), row, covered_by }
    }

    /// Its full name.
    pub(crate) fn name(&self) -> &str {
        &self.row.name
    }

    /// Code of the unit above.
    pub(crate) fn parent(&self) -> Option<&UnitCode> {
        self.row.parent.as_ref()
    }

    /// The denominator.
    pub(crate) fn households(&self) -> u64 {
        self.row.tally.households()
    }

    /// The numerator: all of it, or what was collected by a day.
    pub(crate) fn covered(&self, as_of: Option<Date>) -> u64 {
        let Some(day) = as_of else { return self.row.tally.covered() };
        let after = self.covered_by.partition_point(|(d, _)| *d <= day);
        after.checked_sub(1).map_or(0, |at| self.covered_by[at].1)
    }

    /// Days on which submissions that cover its households were collected.
    pub(crate) fn days(&self) -> impl Iterator<Item = Date> {
        self.covered_by.iter().map(|(day, _)| *day)
    }

    /// 100 × covered / households.
    pub(crate) fn percent(&self, as_of: Option<Date>) -> Option<f64> {
        if as_of.is_none() {
            return percent(&self.row.tally);
        }
        let (covered, households) = (self.covered(as_of), self.households());
        (households > 0).then(|| (covered as f64 * 10_000.0 / households as f64).round() / 100.0)
    }

    /// Counts that are told of the newest state alone, by name.
    pub(crate) fn states(&self) -> [(&'static str, u64); 3] {
        let t = &self.row.tally;
        [
            ("pending", t.state(HouseholdState::Pending)),
            ("rejected", t.state(HouseholdState::Rejected)),
            ("outside_list", t.outside_list),
        ]
    }

    /// Persons in the denominator.
    pub(crate) fn persons(&self) -> u64 {
        self.row.tally.persons
    }

    /// Share of poor households covered, as a class, where they are not few.
    pub(crate) fn poor(&self) -> Option<&'static str> {
        self.poor
    }

    /// Source and closing date of the denominator.
    pub(crate) fn denominator(&self) -> (&str, Date) {
        (&self.row.source, self.row.closed_on)
    }
}

fn poor_class(tally: &Tally) -> Option<&'static str> {
    let share = (tally.poor_covered * 100).checked_div(tally.poor)?;
    POOR_CLASSES.iter().find(|(below, _)| share < *below).map(|(_, class)| *class)
}
