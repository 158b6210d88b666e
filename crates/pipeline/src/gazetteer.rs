//! From the name of a commune, as people write it, to the unit that bore it.

use std::collections::BTreeSet;

use diachiso_model::{Date, Level, UnitId, Units};
use diachiso_text::place;
use rustc_hash::FxHashMap;

/// What a stated commune comes to on a date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Resolution {
    /// Nothing stated or nothing known under that name.
    Unknown,
    /// One unit, which bore the name on that date.
    Exact(UnitId),
    /// One unit of the date, reached through the lineage from a unit of another date.
    Converted(UnitId),
    /// Several units fit.
    Ambiguous(Vec<UnitId>),
}

/// Names of communes of all periods.
pub(crate) struct Gazetteer {
    by_fold: FxHashMap<String, Vec<UnitId>>,
    strong: FxHashMap<UnitId, String>,
    /// Unaccented names of the districts and provinces above each commune version.
    districts: FxHashMap<UnitId, Vec<String>>,
}

impl Gazetteer {
    pub(crate) fn new(units: &Units) -> Self {
        let mut this = Self {
            by_fold: FxHashMap::default(),
            strong: FxHashMap::default(),
            districts: FxHashMap::default(),
        };
        for (id, unit) in units.iter().filter(|(_, u)| u.level == Level::Commune) {
            this.by_fold.entry(place::commune_key(&unit.name).1).or_default().push(id);
            this.strong.insert(id, place::commune_strong(&unit.name).1);
            let last = unit.valid_to.unwrap_or(unit.valid_from);
            let above: BTreeSet<_> = [unit.valid_from, last]
                .into_iter()
                .filter_map(|day| units.ancestor(id, Level::District, day))
                .map(|d| place::district_key(&units.get(d).name))
                .collect();
            this.districts.insert(id, above.into_iter().collect());
        }
        this
    }

    /// The unit meant by `commune` (a name in any spelling, or a five-digit code) in `district` on `on`.
    pub(crate) fn resolve(
        &self,
        units: &Units,
        commune: &str,
        district: &str,
        on: Date,
    ) -> Resolution {
        let named = self.candidates(units, commune);
        if named.is_empty() {
            return Resolution::Unknown;
        }
        let named = self.narrow(named, commune, district);
        let then: Vec<UnitId> =
            named.iter().copied().filter(|id| units.get(*id).holds_on(on)).collect();
        match then.as_slice() {
            [one] => return Resolution::Exact(*one),
            [] => {}
            _ => return Resolution::Ambiguous(then),
        }
        let converted: BTreeSet<UnitId> = named.iter().flat_map(|id| units.at(*id, on)).collect();
        let mut converted = converted.into_iter();
        match (converted.next(), converted.len()) {
            (None, _) => Resolution::Unknown,
            (Some(one), 0) => Resolution::Converted(one),
            (Some(first), _) => {
                Resolution::Ambiguous(std::iter::once(first).chain(converted).collect())
            }
        }
    }

    fn candidates(&self, units: &Units, commune: &str) -> Vec<UnitId> {
        if let Ok(code) = commune.trim().parse::<diachiso_model::UnitCode>()
            && code.level() == Level::Commune
        {
            return units.iter().filter(|(_, u)| u.code == code).map(|(id, _)| id).collect();
        }
        self.by_fold.get(&place::commune_key(commune).1).cloned().unwrap_or_default()
    }

    /// Keeps the candidates that agree on tones and on the district, where any do.
    fn narrow(&self, all: Vec<UnitId>, commune: &str, district: &str) -> Vec<UnitId> {
        let keep_if_any = |all: Vec<UnitId>, fits: &dyn Fn(&UnitId) -> bool| {
            let some: Vec<UnitId> = all.iter().copied().filter(fits).collect();
            if some.is_empty() { all } else { some }
        };
        let strong = place::commune_strong(commune).1;
        let all = keep_if_any(all, &|id| self.strong.get(id).is_some_and(|s| *s == strong));
        let district = place::district_key(district);
        if district.is_empty() {
            return all;
        }
        keep_if_any(all, &|id| self.districts.get(id).is_some_and(|d| d.contains(&district)))
    }
}
