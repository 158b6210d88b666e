//! What a list or a map is asked for: a unit, a unit as it was on a day, a saved set of units, or what "Quảng Điền cũ"
//! means. Whatever it is, it becomes villages, which outlive reforms: totals roll up from them and are never relabelled.

use std::collections::{BTreeMap, BTreeSet};

use diachiso_model::{AreaId, AreaOn, Level, SavedArea, Unit, UnitCode, Units};
use diachiso_store::{RowPlace, Thing};
use diachiso_text::fold::unaccent_key;

use crate::{AppState, access::Ground, error::ApiError, routes::coverage::unknown_unit};

/// Longest text that can mean an area, in characters; longer than any name with its kind.
const MAX_CHARS: usize = 120;
/// Ids that an answer to an ambiguous name lists at most.
const MOST_TOLD: usize = 12;

/// An area that was asked for.
pub(crate) struct Area {
    /// As it stands in paths: `477`, `477@2025-06-30`, `ven-pha`.
    pub(crate) id: Box<str>,
    /// For people.
    pub(crate) name: Box<str>,
    /// The code, where it was asked for without a day.
    pub(crate) code: Option<UnitCode>,
    /// The units on days that it is made of; none where it is a code without a day.
    pub(crate) units: Vec<AreaOn>,
    /// Its villages.
    pub(crate) villages: BTreeSet<UnitCode>,
    ground: Ground,
}

impl Area {
    /// What a text means.
    ///
    /// # Errors
    /// [`ApiError::missing`] where it means nothing, [`ApiError::bad`] where it means several things.
    pub(crate) async fn of(state: &AppState, text: &str) -> Result<Self, ApiError> {
        if let Ok(code) = text.parse::<UnitCode>() {
            return Self::unit(state, code).await;
        }
        let ground = Ground::of(state).await?;
        if let Ok(on) = text.parse::<AreaOn>() {
            let villages = ground.villages(&on);
            if villages.is_empty() {
                return Err(unknown(text));
            }
            let name = ground.name_on(&on);
            return Ok(Self::made(on.to_string(), name, vec![on], villages, ground));
        }
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(unknown(text));
        }
        if let Ok(id) = text.parse::<AreaId>()
            && let Some(record) = state.service().saved_area(&id).await?
        {
            return Ok(Self::saved(&record.area, ground));
        }
        let key = unaccent_key(text);
        if key.is_empty() {
            return Err(unknown(text));
        }
        let saved = state.service().saved_areas().await?;
        let named: Vec<_> = saved.iter().filter(|r| unaccent_key(r.area.name()) == key).collect();
        match named.as_slice() {
            [] => Self::former(text, &key, ground),
            [record] => Ok(Self::saved(&record.area, ground)),
            several => Err(ambiguous(text, several.iter().map(|r| r.area.id().to_string()))),
        }
    }

    async fn unit(state: &AppState, code: UnitCode) -> Result<Self, ApiError> {
        let ground = Ground::of(state).await?;
        let snapshot = &ground.snapshot;
        if !snapshot.knows(&code) {
            let missing = || unknown_unit(&code);
            return Err(ApiError::gone_or(state.store(), Thing::Unit, code.as_str(), missing).await);
        }
        let villages = snapshot.area_index.undated(&code, snapshot.period);
        let villages = villages.cloned().unwrap_or_default();
        let name = snapshot.areas.iter().find(|row| row.code == code);
        let name = name.map_or_else(|| code.to_string(), |row| row.name.to_string());
        let area = Self::made(code.to_string(), name, Vec::new(), villages, ground);
        Ok(Self { code: Some(code), ..area })
    }

    fn saved(area: &SavedArea, ground: Ground) -> Self {
        let villages = area.units().iter().flat_map(|unit| ground.villages(unit)).collect();
        Self::made(
            area.id().to_string(),
            area.name().to_owned(),
            area.units().to_vec(),
            villages,
            ground,
        )
    }

    /// A unit of an earlier date by its name: of several the widest; see [`Former`].
    fn former(text: &str, key: &str, ground: Ground) -> Result<Self, ApiError> {
        let mut named = formers(&ground);
        named.retain(|f| f.keys().contains(&key.to_owned()));
        let widest = named.iter().map(|f| f.level).min();
        named.retain(|f| Some(f.level) == widest);
        match named.pop() {
            None => Err(unknown(text)),
            Some(only) if named.is_empty() => Ok(Self::made(
                only.on.to_string(),
                only.title(),
                vec![only.on],
                only.villages,
                ground,
            )),
            Some(last) => {
                let ids = named.iter().chain([&last]).map(|f| f.on.to_string());
                Err(ambiguous(text, ids))
            }
        }
    }

    fn made(
        id: String,
        name: String,
        units: Vec<AreaOn>,
        villages: BTreeSet<UnitCode>,
        ground: Ground,
    ) -> Self {
        Self { id: id.into(), name: name.into(), code: None, units, villages, ground }
    }

    /// Whether a row lies in it: by its village of the register, else by its commune on the day of collection.
    pub(crate) fn holds(&self, place: &RowPlace) -> bool {
        if place.commune.is_some() && place.commune == self.code {
            return true;
        }
        match (&place.village, &place.commune, place.collected_on) {
            (Some(village), ..) => {
                self.villages.contains(village) || Some(village) == self.code.as_ref()
            }
            (None, Some(commune), Some(on)) => {
                self.holds_all(&self.ground.villages(&AreaOn { code: commune.clone(), on }))
            }
            (None, Some(commune), None) => self.holds_commune(commune),
            _ => false,
        }
    }

    /// Whether a commune without a day lies in it.
    pub(crate) fn holds_commune(&self, commune: &UnitCode) -> bool {
        let snapshot = &self.ground.snapshot;
        let villages = snapshot.area_index.undated(commune, snapshot.period);
        Some(commune) == self.code.as_ref() || villages.is_some_and(|v| self.holds_all(v))
    }

    fn holds_all(&self, villages: &BTreeSet<UnitCode>) -> bool {
        !villages.is_empty() && villages.is_subset(&self.villages)
    }

    /// All that it depends on besides the run: what was saved may change.
    pub(crate) fn words(&self) -> String {
        let units: Vec<String> = self.units.iter().map(ToString::to_string).collect();
        format!("{} {:?} {}", self.id, self.name, units.join(","))
    }
}

/// The area of a parameter.
pub(crate) async fn asked(state: &AppState, text: Option<&str>) -> Result<Option<Area>, ApiError> {
    match text {
        None => Ok(None),
        Some(text) => Area::of(state, text).await.map(Some),
    }
}

/// A unit of an earlier date that is no more what it was.
pub(crate) struct Former {
    /// The unit on the last day on which it held.
    pub(crate) on: AreaOn,
    pub(crate) level: Level,
    full_name: String,
    name: Box<str>,
    pub(crate) villages: BTreeSet<UnitCode>,
}

impl Former {
    /// "Huyện Quảng Điền cũ".
    pub(crate) fn title(&self) -> String {
        format!("{} cũ", self.full_name)
    }

    /// The keys of "Quảng Điền cũ" and of its title.
    fn keys(&self) -> [String; 2] {
        [unaccent_key(&format!("{} cũ", self.name)), unaccent_key(&self.title())]
    }
}

/// Every unit that ended and holds other villages than its code does today, as it was last; by level and code.
pub(crate) fn formers(ground: &Ground) -> Vec<Former> {
    let reference = ground.locator.reference();
    let mut last: BTreeMap<(Level, &UnitCode, &str), &Unit> = BTreeMap::new();
    // The province is one and the same land under every name.
    let ended = |unit: &Unit| unit.valid_to.is_some() && unit.level != Level::Province;
    for (_, unit) in reference.units.iter().filter(|(_, unit)| ended(unit)) {
        // Versions come by day: a later one takes the place of an earlier.
        last.insert((unit.level, &unit.code, &unit.name), unit);
    }
    let newest = |code: &UnitCode| ground.snapshot.area_index.newest(code);
    let former = last.into_values().filter_map(|unit| {
        let on = AreaOn { code: unit.code.clone(), on: unit.valid_to? };
        let villages = ground.villages(&on);
        let same = today_of(&reference.units, unit) && newest(&unit.code) == Some(&villages);
        (!villages.is_empty() && !same).then(|| Former {
            on,
            level: unit.level,
            full_name: unit.full_name(),
            name: unit.name.clone(),
            villages,
        })
    });
    former.collect()
}

/// Whether a unit of the same code and name holds with no end.
fn today_of(units: &Units, unit: &Unit) -> bool {
    units.iter().any(|(_, u)| u.valid_to.is_none() && u.code == unit.code && u.name == unit.name)
}

fn unknown(text: &str) -> ApiError {
    let text: String = text.chars().take(MAX_CHARS).collect();
    ApiError::missing(
        format!("Không có địa bàn `{text}`; xem /api/v1/areas"),
        format!("there is no area `{text}`; see /api/v1/areas"),
    )
}

fn ambiguous(text: &str, ids: impl Iterator<Item = String>) -> ApiError {
    let ids: Vec<String> = ids.take(MOST_TOLD).collect();
    ApiError::bad(
        format!("`{text}` chỉ nhiều địa bàn: {}", ids.join(", ")),
        format!("`{text}` means several areas: {}", ids.join(", ")),
    )
}
