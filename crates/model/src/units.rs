//! All units of the province through time, and what became of them.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;

use crate::{Level, Unit, UnitCode, UnitId};

/// What a reform did to a unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Change {
    /// Only the district changed.
    Moved,
    /// Name or kind changed.
    Renamed,
    /// The whole unit went into another.
    Merged,
    /// Parts went into several units.
    Split,
    /// The unit itself took others in, or kept its extent under a new version.
    Continued,
}

impl Change {
    const TABLE: [(Self, &'static str); 5] = [
        (Self::Moved, "moved"),
        (Self::Renamed, "renamed"),
        (Self::Merged, "merged"),
        (Self::Split, "split"),
        (Self::Continued, "continued"),
    ];

    /// The change of a stable name; unknown names read as `Continued` would hide errors, so they are `None`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::TABLE.into_iter().find(|(_, k)| *k == key).map(|(change, _)| change)
    }

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::TABLE[self as usize].1
    }
}

/// One arrow of the lineage: on `on`, `from` (valid the day before) became `to`, whole or in part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineageStep {
    /// First day of the new unit.
    pub on: Date,
    /// Code of the unit that held until the day before.
    pub from: UnitCode,
    /// Code of the unit that holds from `on`.
    pub to: UnitCode,
    /// What happened.
    pub change: Change,
}

/// A postal code of a commune (five digits) at the time of issue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostalCode {
    /// The commune's code.
    pub code: UnitCode,
    /// A day on which that commune code carried the postal code.
    pub on: Date,
    /// The postal code, 10000–99999.
    pub postal: u32,
}

/// Why unit data cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UnitsError {
    /// Two versions of one code hold on the same day.
    #[error("unit {0} has two versions on {1}")]
    Overlap(UnitCode, Date),
    /// A lineage step names a unit that does not hold then.
    #[error("lineage on {on}: no unit {code} holds {when} that day")]
    Lineage {
        /// The step's day.
        on: Date,
        /// The code that was not found.
        code: UnitCode,
        /// "before" or "on".
        when: &'static str,
    },
    /// More versions than a [`UnitId`] can count.
    #[error("{0} unit versions are more than 65,535")]
    TooMany(usize),
}

/// All unit versions, sorted by (level, code, first day), with their lineage.
#[derive(Clone, Debug)]
pub struct Units {
    versions: Vec<Unit>,
    by_code: HashMap<UnitCode, Vec<UnitId>>,
    next: Vec<Vec<UnitId>>,
    previous: Vec<Vec<UnitId>>,
    postal: HashMap<u32, Vec<UnitId>>,
    reforms: Vec<Date>,
}

impl Units {
    /// Checks and indexes unit versions.
    ///
    /// # Errors
    /// When versions of one code overlap in time or the lineage names units that do not exist.
    pub fn new(
        mut units: Vec<Unit>,
        lineage: &[LineageStep],
        postal: &[PostalCode],
    ) -> Result<Self, UnitsError> {
        units.sort_by(|a, b| {
            (a.level, &a.code, a.valid_from).cmp(&(b.level, &b.code, b.valid_from))
        });
        if units.len() > usize::from(u16::MAX) {
            return Err(UnitsError::TooMany(units.len()));
        }
        let mut by_code: HashMap<UnitCode, Vec<UnitId>> = HashMap::new();
        for (i, unit) in units.iter().enumerate() {
            by_code.entry(unit.code.clone()).or_default().push(UnitId(i as u16));
        }
        if let Some(pair) =
            units.windows(2).find(|p| p[0].code == p[1].code && p[0].holds_on(p[1].valid_from))
        {
            return Err(UnitsError::Overlap(pair[1].code.clone(), pair[1].valid_from));
        }
        let reforms: BTreeSet<Date> =
            units.iter().filter(|u| u.level == Level::Commune).map(|u| u.valid_from).collect();
        let mut all = Self {
            next: vec![Vec::new(); units.len()],
            previous: vec![Vec::new(); units.len()],
            postal: HashMap::new(),
            reforms: reforms.into_iter().collect(),
            versions: units,
            by_code,
        };
        for step in lineage {
            all.add_step(step)?;
        }
        for p in postal {
            if let Some(id) = all.by_code(&p.code, p.on) {
                all.postal.entry(p.postal).or_default().push(id);
            }
        }
        Ok(all)
    }

    fn add_step(&mut self, step: &LineageStep) -> Result<(), UnitsError> {
        let missing =
            |code: &UnitCode, when| UnitsError::Lineage { on: step.on, code: code.clone(), when };
        let before = step.on.yesterday().unwrap_or(step.on);
        let from = self.by_code(&step.from, before).ok_or_else(|| missing(&step.from, "before"))?;
        let to = self.by_code(&step.to, step.on).ok_or_else(|| missing(&step.to, "on"))?;
        self.next[usize::from(from.0)].push(to);
        self.previous[usize::from(to.0)].push(from);
        Ok(())
    }

    /// The unit version with this id.
    #[must_use]
    pub fn get(&self, id: UnitId) -> &Unit {
        &self.versions[usize::from(id.0)]
    }

    /// Every unit version with its id.
    pub fn iter(&self) -> impl Iterator<Item = (UnitId, &Unit)> {
        self.versions.iter().enumerate().map(|(i, u)| (UnitId(i as u16), u))
    }

    /// The units of a level that hold on a date, by code.
    pub fn on(&self, level: Level, date: Date) -> impl Iterator<Item = (UnitId, &Unit)> {
        self.iter().filter(move |(_, u)| u.level == level && u.holds_on(date))
    }

    /// The unit that bore `code` on `date`.
    #[must_use]
    pub fn by_code(&self, code: &UnitCode, date: Date) -> Option<UnitId> {
        self.by_code.get(code)?.iter().copied().find(|id| self.get(*id).holds_on(date))
    }

    /// First days of the periods between reforms of communes, oldest first.
    #[must_use]
    pub fn reforms(&self) -> &[Date] {
        &self.reforms
    }

    /// The first day of the period that holds `date`; days before the first reform fall into the first period.
    #[must_use]
    pub fn period_of(&self, date: Date) -> Date {
        let at = self.reforms.partition_point(|r| *r <= date);
        self.reforms[at.saturating_sub(1)]
    }

    /// The units that `id` became or came from on `date`: one, or several where a unit was
    /// split (forwards) or merged from several (backwards). `id` itself when it holds then.
    #[must_use]
    pub fn at(&self, id: UnitId, date: Date) -> Vec<UnitId> {
        let arrows = if self.get(id).valid_from <= date { &self.next } else { &self.previous };
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if self.get(id).holds_on(date) {
                found.insert(id);
            } else {
                open.extend(&arrows[usize::from(id.0)]);
            }
        }
        found.into_iter().collect()
    }

    /// The unit of `level` that holds `id` on a day on which `id` is valid.
    #[must_use]
    pub fn ancestor(&self, id: UnitId, level: Level, date: Date) -> Option<UnitId> {
        let mut id = id;
        loop {
            let unit = self.get(id);
            if unit.level <= level {
                return (unit.level == level).then_some(id);
            }
            id = self.by_code(unit.parent.as_ref()?, date)?;
        }
    }

    /// The communes (any version) to which a postal code was given.
    #[must_use]
    pub fn by_postal(&self, postal: u32) -> &[UnitId] {
        self.postal.get(&postal).map_or(&[], Vec::as_slice)
    }

    /// A postal code of the commune or of the units it came from or became, if any.
    #[must_use]
    pub fn postal_of(&self, id: UnitId) -> Option<u32> {
        let direct = self.postal.iter().filter(|(_, ids)| ids.contains(&id)).map(|(p, _)| *p).min();
        direct.or_else(|| {
            self.postal
                .iter()
                .filter(|(_, ids)| {
                    ids.iter().any(|i| self.at(*i, self.get(id).valid_from).contains(&id))
                })
                .map(|(p, _)| *p)
                .min()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn code(text: &str) -> UnitCode {
        text.parse().expect("a code")
    }

    fn unit(c: &str, name: &str, from: &str, to: Option<&str>) -> Unit {
        Unit {
            code: code(c),
            level: code(c).level(),
            kind: Kind::Xa,
            name: name.into(),
            parent: Some(code("46")),
            valid_from: date(from),
            valid_to: to.map(date),
        }
    }

    fn sample() -> Units {
        let units = vec![
            unit("19867", "Sịa", "2011-11-16", Some("2025-06-30")),
            unit("19879", "Quảng Công", "2011-11-16", Some("2025-06-30")),
            unit("19867", "Quảng Điền", "2025-07-01", None),
        ];
        let step = |from: &str| LineageStep {
            on: date("2025-07-01"),
            from: code(from),
            to: code("19867"),
            change: Change::Merged,
        };
        Units::new(units, &[step("19867"), step("19879")], &[]).expect("units")
    }

    #[test]
    fn a_code_means_the_unit_of_its_date() {
        let units = sample();
        let name = |on: &str| {
            units.by_code(&code("19867"), date(on)).map(|id| units.get(id).name.to_string())
        };
        assert_eq!(name("2020-01-01").as_deref(), Some("Sịa"));
        assert_eq!(name("2025-07-01").as_deref(), Some("Quảng Điền"));
        assert_eq!(name("2000-01-01"), None);
    }

    #[test]
    fn lineage_is_followed_both_ways() {
        let units = sample();
        let old = units.by_code(&code("19879"), date("2020-01-01")).expect("old");
        let new = units.by_code(&code("19867"), date("2026-01-01")).expect("new");
        assert_eq!(units.at(old, date("2026-01-01")), [new]);
        assert_eq!(units.at(new, date("2020-01-01")).len(), 2);
        assert_eq!(units.at(new, date("2026-01-01")), [new]);
    }

    #[test]
    fn overlapping_versions_are_refused() {
        let twice =
            vec![unit("19867", "a", "2011-11-16", None), unit("19867", "b", "2025-07-01", None)];
        assert!(matches!(Units::new(twice, &[], &[]), Err(UnitsError::Overlap(..))));
    }
}
