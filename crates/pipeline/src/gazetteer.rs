//! From the name or code of a commune, as people write it, to the unit that bore it.
//!
//! Names and codes outlive units: after a reform people go on writing the old name, some old names are borne by another
//! unit today, and codes are given to another name. So a resolution looks at *all* units that ever bore what is stated,
//! follows each to the day asked for, and decides only when all of them come to one unit there. Otherwise the point,
//! the village or a person must (rule A02).

use std::collections::BTreeSet;

use diachiso_model::{Date, Kind, Level, UnitCode, UnitId, Units};
use diachiso_text::place::{self, CommuneKind};
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
    /// Several units fit; at least two, by id.
    Ambiguous(Vec<UnitId>),
}

/// How a commune version is known.
struct Bearer {
    /// Bare name with its tones.
    strong: String,
    kind: CommuneKind,
    /// Unaccented names of the districts above it; for a unit without district those above the units it was made of,
    /// which people go on writing.
    districts: BTreeSet<String>,
}

/// Names of communes of all periods.
pub(crate) struct Gazetteer {
    by_fold: FxHashMap<String, Vec<UnitId>>,
    bearers: FxHashMap<UnitId, Bearer>,
}

impl Gazetteer {
    pub(crate) fn new(units: &Units) -> Self {
        let mut this = Self { by_fold: FxHashMap::default(), bearers: FxHashMap::default() };
        for (id, unit) in units.iter().filter(|(_, u)| u.level == Level::Commune) {
            let (strong, fold) =
                (place::commune_strong(&unit.name).1, place::commune_key(&unit.name).1);
            this.by_fold.entry(fold).or_default().push(id);
            let districts = districts(units, id);
            this.bearers.insert(id, Bearer { strong, kind: commune_kind(unit.kind), districts });
        }
        this
    }

    /// The unit meant by `commune` (a name in any spelling, or a five-digit code) in `district` on `on`.
    ///
    /// A name is taken at its word: units that took it after `on` count only when none bore it by then. What follows a
    /// comma or bracket in `commune` stands for an empty `district`.
    pub(crate) fn resolve(
        &self,
        units: &Units,
        commune: &str,
        district: &str,
        on: Date,
    ) -> Resolution {
        let narrowed = self.narrow(units, self.candidates(units, commune), commune, district, on);
        let resolution = settle(units, narrowed, on);
        match resolution {
            Resolution::Converted(one) => self.with_numbered(units, one, commune, on),
            Resolution::Ambiguous(several) => {
                Resolution::Ambiguous(with_district(units, several, commune, on))
            }
            decided => decided,
        }
    }

    /// The unit meant by a `code` and a name together: the bearers of both, where there are any.
    ///
    /// A code that no unit bore leaves the name to decide, and a name that no unit bore the code. Where they contradict
    /// each other, the units of both are returned.
    pub(crate) fn resolve_coded(
        &self,
        units: &Units,
        code: &str,
        commune: &str,
        district: &str,
        on: Date,
    ) -> Resolution {
        let named = self.candidates(units, commune);
        let coded = of_code(units, code);
        if coded.is_empty() {
            return self.resolve(units, commune, district, on);
        }
        let both: Vec<UnitId> = coded.iter().copied().filter(|id| named.contains(id)).collect();
        let candidates = match (both.is_empty(), named.is_empty()) {
            (false, _) => self.narrow(units, both, commune, district, on),
            (true, true) => coded,
            (true, false) => {
                coded.into_iter().chain(self.narrow(units, named, commune, district, on)).collect()
            }
        };
        settle(units, candidates, on)
    }

    /// One unit of the day, or several where it is not alone: "Xã A Lưới" of 2026 may be A Lưới 1 as well as the
    /// A Lưới 2 that the township of A Lưới became. Who states the kind that the old unit had, or none, means that one.
    fn with_numbered(&self, units: &Units, one: UnitId, commune: &str, on: Date) -> Resolution {
        let (kind, fold) = place::commune_key(commune);
        let borne = self.by_fold.get(&fold).into_iter().flatten();
        let meant = borne.filter_map(|id| self.bearers.get(id)).any(|b| kind == Some(b.kind));
        if meant || kind.is_none() {
            return Resolution::Converted(one);
        }
        let numbered = (1..=9).filter_map(|n| self.by_fold.get(&format!("{fold} {n}")));
        let holding = numbered.flatten().copied().filter(|id| units.get(*id).holds_on(on));
        let mut all: BTreeSet<UnitId> = holding.collect();
        if all.len() < 2 {
            return Resolution::Converted(one);
        }
        all.insert(one);
        Resolution::Ambiguous(all.into_iter().collect())
    }

    fn candidates(&self, units: &Units, commune: &str) -> Vec<UnitId> {
        let coded = of_code(units, commune);
        if coded.is_empty() {
            self.by_fold.get(&place::commune_key(commune).1).cloned().unwrap_or_default()
        } else {
            coded
        }
    }

    /// Keeps the candidates that agree on tones, then on the district, then on the kind, where any do.
    fn narrow(
        &self,
        units: &Units,
        all: Vec<UnitId>,
        commune: &str,
        district: &str,
        on: Date,
    ) -> Vec<UnitId> {
        let keep_if_any = |all: Vec<UnitId>, fits: &dyn Fn(&Bearer) -> bool| {
            let fits = |id: &UnitId| self.bearers.get(id).is_some_and(fits);
            let some: Vec<UnitId> = all.iter().copied().filter(fits).collect();
            if some.is_empty() { all } else { some }
        };
        let (kind, strong) = place::commune_strong(commune);
        let mut kept = keep_if_any(all, &|bearer| bearer.strong == strong);
        let district = place::district_key(stated_district(commune, district));
        // Since the province has the name of its old capital, "Thành phố Huế" contains every commune.
        let everywhere =
            || units.on(Level::Province, on).any(|(_, p)| place::district_key(&p.name) == district);
        if !district.is_empty() && !everywhere() {
            kept = keep_if_any(kept, &|bearer| bearer.districts.contains(&district));
        }
        match kind {
            Some(kind) => keep_if_any(kept, &|bearer| bearer.kind == kind),
            None => kept,
        }
    }
}

impl Gazetteer {
    /// The units of a day that the bearers of a name are then, whenever they bore it.
    pub(crate) fn bearers_on(&self, units: &Units, commune: &str, on: Date) -> Vec<UnitId> {
        self.candidates(units, commune).into_iter().flat_map(|id| units.at(id, on)).collect()
    }

    /// The same of those bearers that were in a district of this name.
    pub(crate) fn in_district(
        &self,
        units: &Units,
        commune: &str,
        district: &str,
        on: Date,
    ) -> Vec<UnitId> {
        let district = place::district_key(district);
        let within =
            |id: &UnitId| self.bearers.get(id).is_some_and(|b| b.districts.contains(&district));
        let bearers = self.candidates(units, commune).into_iter().filter(within);
        bearers.flat_map(|id| units.at(id, on)).collect()
    }
}

/// The district stated: apart, or behind the commune after a comma or in brackets.
pub(crate) fn stated_district<'a>(commune: &'a str, district: &'a str) -> &'a str {
    if district.trim().is_empty() {
        commune.split_once([',', '(', ';']).map_or("", |(_, after)| after)
    } else {
        district
    }
}

/// The one of `several` units of a date that holds what a postal code was given to, whole or in part.
pub(crate) fn of_postal(
    units: &Units,
    several: &[UnitId],
    postal: u32,
    on: Date,
) -> Option<UnitId> {
    let given: Vec<UnitId> =
        units.by_postal(postal).iter().flat_map(|id| units.at(*id, on)).collect();
    let mut fitting = several.iter().copied().filter(|id| given.contains(id));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// What the candidates come to on a date: those that existed by then decide, later ones only where there are none.
fn settle(units: &Units, candidates: Vec<UnitId>, on: Date) -> Resolution {
    let (known, later): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|id| units.get(*id).valid_from <= on);
    let bearers = if known.is_empty() { later } else { known };
    let reached: BTreeSet<UnitId> = bearers.iter().flat_map(|id| units.at(*id, on)).collect();
    let mut reached: Vec<UnitId> = reached.into_iter().collect();
    match (reached.len(), reached.pop()) {
        (1, Some(one)) if bearers.contains(&one) => Resolution::Exact(one),
        (1, Some(one)) => Resolution::Converted(one),
        (_, Some(last)) => {
            reached.push(last);
            Resolution::Ambiguous(reached)
        }
        (_, None) => Resolution::Unknown,
    }
}

/// The candidates of a name that tells no kind, with the communes of the district so named, if none of them bears the
/// name on the day: "Phú Vang" of 2020 is a district, and only later a commune.
fn with_district(units: &Units, several: Vec<UnitId>, commune: &str, on: Date) -> Vec<UnitId> {
    let (kind, fold) = place::commune_key(commune);
    let borne = |id: &UnitId| place::commune_key(&units.get(*id).name).1 == fold;
    if kind.is_some() || several.iter().any(borne) {
        return several;
    }
    let inside = units.on(Level::Commune, on).map(|(id, _)| id).filter(|id| {
        let district = units.ancestor(*id, Level::District, on);
        district.is_some_and(|d| place::district_key(&units.get(d).name) == fold)
    });
    let all: BTreeSet<UnitId> = several.into_iter().chain(inside).collect();
    all.into_iter().collect()
}

/// Every version of a commune's code.
pub(crate) fn of_code(units: &Units, text: &str) -> Vec<UnitId> {
    match text.trim().parse::<UnitCode>() {
        Ok(code) if code.level() == Level::Commune => {
            units.iter().filter(|(_, u)| u.code == code).map(|(id, _)| id).collect()
        }
        _ => Vec::new(),
    }
}

fn commune_kind(kind: Kind) -> CommuneKind {
    match kind {
        Kind::Phuong => CommuneKind::Ward,
        Kind::ThiTran => CommuneKind::Township,
        _ => CommuneKind::Commune,
    }
}

/// Names of the districts above a commune version, over all its days.
fn districts(units: &Units, id: UnitId) -> BTreeSet<String> {
    let above = |id: UnitId, day: Date| {
        let district = units.ancestor(id, Level::District, day)?;
        Some(place::district_key(&units.get(district).name))
    };
    let unit = units.get(id);
    let reforms = units.reforms().iter().copied().filter(|day| unit.holds_on(*day));
    let own: BTreeSet<String> =
        reforms.chain([unit.valid_from]).filter_map(|day| above(id, day)).collect();
    match unit.valid_from.yesterday() {
        Ok(before) if own.is_empty() => {
            units.at(id, before).into_iter().filter_map(|old| above(old, before)).collect()
        }
        _ => own,
    }
}

#[cfg(test)]
mod tests;
