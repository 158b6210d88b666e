//! Which unit an address means on a day, decided for rows and for people who ask by one function.

use diachiso_model::{Date, LonLat, RuleCode, UnitId};
use diachiso_spatial::address_code::AddressCode;
use diachiso_text::number;

use crate::{
    Reference,
    gazetteer::{Resolution, of_code, of_postal, stated_district},
};

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecidedBy {
    /// One unit bore what is stated on that day.
    Name,
    /// One unit of the day is what the units that bore it became, or came from.
    Lineage,
    /// Of several, one has the village.
    Village,
    /// The point is in one of them, or, where nothing is known by that name, in one.
    Point,
    /// The point is near one of them alone.
    Nearness,
    /// The postal code of the address code was given to one of them alone.
    PostalCode,
    /// Nothing decided.
    Nobody,
}

impl DecidedBy {
    /// Stable name for machines, in Vietnamese, in English.
    #[must_use]
    pub fn words(self) -> [&'static str; 3] {
        match self {
            Self::Name => ["name", "tên, mã", "name or code"],
            Self::Lineage => ["lineage", "sáp nhập, đổi tên", "merged, split or renamed"],
            Self::Village => ["village", "thôn/TDP", "village"],
            Self::Point => ["point", "toạ độ", "point"],
            Self::Nearness => ["nearness", "toạ độ sát ranh giới", "point near its border"],
            Self::PostalCode => {
                ["postal_code", "tiền tố mã địa chỉ", "postal prefix of the address code"]
            }
            Self::Nobody => ["nobody", "chưa quyết được", "nothing decided"],
        }
    }

    /// The rule that notes it, if any does.
    #[must_use]
    pub fn rule(self, ambiguous: bool) -> Option<RuleCode> {
        match self {
            Self::Name => None,
            Self::Nobody if ambiguous => Some(RuleCode::A02),
            Self::Nobody => Some(RuleCode::A01),
            _ => Some(RuleCode::A03),
        }
    }
}

/// What else an address says of where it is.
pub(crate) struct Hints {
    pub(crate) point: Option<LonLat>,
    /// First five digits of the address code.
    pub(crate) postal: Option<u32>,
    pub(crate) on: Date,
}

/// The unit that a stated name comes to, by what else is known; `by_village` picks one of several by their villages.
pub(crate) fn decide(
    reference: &Reference,
    resolution: &Resolution,
    hints: &Hints,
    by_village: impl FnOnce(&[UnitId]) -> Option<UnitId>,
) -> (Option<UnitId>, DecidedBy) {
    let Hints { point, postal, on } = *hints;
    let boundaries = &reference.boundaries;
    let located = || point.and_then(|p| boundaries.locate(p, on));
    let found = match resolution {
        Resolution::Exact(id) => Some((*id, DecidedBy::Name)),
        Resolution::Converted(id) => Some((*id, DecidedBy::Lineage)),
        Resolution::Unknown => located().map(|id| (id, DecidedBy::Point)),
        Resolution::Ambiguous(several) => {
            let by = |by: DecidedBy| move |id| (id, by);
            let near = || boundaries.only_near(several, point?, on);
            let given = || of_postal(&reference.units, several, postal?, on);
            by_village(several)
                .map(by(DecidedBy::Village))
                .or_else(|| located().filter(|id| several.contains(id)).map(by(DecidedBy::Point)))
                .or_else(|| near().map(by(DecidedBy::Nearness)))
                .or_else(|| given().map(by(DecidedBy::PostalCode)))
        }
    };
    found.map_or((None, DecidedBy::Nobody), |(id, by)| (Some(id), by))
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct UnitQuery<'a> {
    /// Name of a commune in any spelling, perhaps with its district behind a comma; or its code.
    pub text: &'a str,
    /// District, where it is stated apart.
    pub district: &'a str,
    /// Code of the commune, where it is stated beside the name.
    pub code: Option<&'a str>,
    /// A point.
    pub point: Option<LonLat>,
    /// An address code, whose first five digits are a postal code.
    pub address_code: Option<&'a AddressCode>,
    /// The day on which the address was written.
    pub on: Date,
}

/// Reads a point as people type it: latitude, comma, longitude, in degrees, such as `16.47,107.59`.
#[must_use]
pub fn parse_point(text: &str) -> Option<LonLat> {
    let (lat, lon) = text.split_once(',')?;
    let degrees = |text: &str| number::parse_decimal(text.trim()).map(|number| number.value);
    LonLat::new(degrees(lon)?, degrees(lat)?).ok()
}

/// Whether a piece of evidence is for the unit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It points to the unit found.
    For,
    /// It points elsewhere.
    Against,
    /// It is stated and tells nothing.
    Nothing,
}

/// One thing that an address states, and the units of the day that it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Stable name for machines: `name`, `code`, `district`, `postal_code` or `point`.
    pub kind: &'static str,
    /// Whether it is for what was found.
    pub says: Says,
    /// The units that it points to, valid on the day; for a district, those of the candidates in it.
    pub units: Vec<UnitId>,
}

/// The unit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundUnit {
    /// The unit valid on the day; `None` where nothing decided.
    pub unit: Option<UnitId>,
    /// What decided.
    pub by: DecidedBy,
    /// The rule that a row of this address would bear: A01, A02 or A03.
    pub rule: Option<RuleCode>,
    /// The units that fit, where several do.
    pub candidates: Vec<UnitId>,
    /// What the unit is today: its successors, several where it was split.
    pub today: Vec<UnitId>,
    /// Everything stated, for and against.
    pub evidence: Vec<Evidence>,
}

impl Reference {
    /// The unit that an address means on a day, as a row of that day would be read, and what it is on the day `today`.
    #[must_use]
    pub fn find_unit(&self, query: &UnitQuery<'_>, today: Date) -> FoundUnit {
        let UnitQuery { text, district, on, .. } = *query;
        let (units, gazetteer) = (&self.units, &self.gazetteer);
        let resolution = match query.code {
            Some(code) => gazetteer.resolve_coded(units, code, text, district, on),
            None => gazetteer.resolve(units, text, district, on),
        };
        let postal = query.address_code.and_then(AddressCode::postal);
        let hints = Hints { point: query.point, postal, on };
        let (unit, by) = decide(self, &resolution, &hints, |_| None);
        let candidates = match resolution {
            Resolution::Ambiguous(several) => several,
            _ => Vec::new(),
        };
        let today = unit.map_or_else(Vec::new, |unit| units.at(unit, today));
        let evidence = self.evidence(query, &hints, unit);
        FoundUnit { unit, by, rule: by.rule(!candidates.is_empty()), candidates, today, evidence }
    }

    fn evidence(
        &self,
        query: &UnitQuery<'_>,
        hints: &Hints,
        unit: Option<UnitId>,
    ) -> Vec<Evidence> {
        let UnitQuery { text, on, .. } = *query;
        let (units, gazetteer) = (&self.units, &self.gazetteer);
        let mut evidence = Vec::new();
        let mut add = |kind, mut pointed: Vec<UnitId>| {
            pointed.sort_unstable();
            pointed.dedup();
            let says = match unit {
                Some(unit) if pointed.contains(&unit) => Says::For,
                _ if pointed.is_empty() => Says::Nothing,
                _ => Says::Against,
            };
            evidence.push(Evidence { kind, says, units: pointed });
        };
        let on_the_day = |ids: Vec<UnitId>| -> Vec<UnitId> {
            ids.into_iter().flat_map(|id| units.at(id, on)).collect()
        };
        if !text.trim().is_empty() {
            add("name", gazetteer.bearers_on(units, text, on));
        }
        if let Some(code) = query.code {
            add("code", on_the_day(of_code(units, code)));
        }
        let district = stated_district(text, query.district);
        if !district.trim().is_empty() {
            add("district", gazetteer.in_district(units, text, district, on));
        }
        if let Some(postal) = hints.postal {
            add("postal_code", on_the_day(units.by_postal(postal).to_vec()));
        }
        if let Some(point) = hints.point {
            add("point", self.boundaries.locate(point, on).into_iter().collect());
        }
        evidence
    }
}
