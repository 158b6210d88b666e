//! The places that one reading comes to, and where each is.

use diachiso_model::{Level, UnitId};

use crate::{
    answer::{Candidate, StreetId, VillageId},
    doors::{Filter, Found, NO_ATOM, NO_VILLAGE, Street},
    geocode::Hints,
    house_key::AlleyKey,
    houses::House,
    index::Index,
    lexicon::{Name, Role},
    mention::{Match, Mention, Mentions},
    place::{Extent, PlaceLevel, Position},
    reading::Reading,
    territory::Territory,
};

/// One place that a reading may mean.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(super) territory: Territory,
    /// District or commune named.
    pub(super) unit: Option<UnitId>,
    pub(super) village: Option<u16>,
    pub(super) street: Option<u32>,
    /// Whether a name that is stated is not known there.
    pub(super) missing: bool,
    pub(super) score: f32,
}

/// Most bearers of one name that are looked at.
const MOST_BEARERS: usize = 8;
/// A unit of the day comes before one that bore the name earlier or took it later.
const OTHER_DAY: f32 = 0.8;
/// The name is spelt with other marks: it takes more than a change of name to make that up.
const OTHER_SPELLING: f32 = 1.6;
/// No bearer of a name that is stated is known there.
const UNKNOWN_THERE: f32 = 0.8;
/// The kind stated is another (`xã` for what is a `phường`).
const OTHER_KIND: f32 = 0.3;
/// Outside the city that is named, where that may be the province.
const OUTSIDE_CAPITAL: f32 = 0.7;
/// Metres by which the mouth of an alley may be from a house in it.
const ALLEY_DEPTH_M: f64 = 130.0;

impl Index {
    /// Fills `options` with the places of a reading.
    pub(super) fn expand(
        &self,
        reading: &Reading,
        mentions: &Mentions,
        house: &House,
        hints: &Hints,
        options: &mut Vec<Choice>,
    ) {
        options.clear();
        let get = |at: Option<u8>| at.and_then(|at| mentions.all.get(usize::from(at)));
        let base = Choice {
            territory: reading.territory,
            unit: None,
            village: None,
            street: None,
            missing: false,
            score: reading.score,
        };
        match (get(reading.commune), get(reading.wide)) {
            (Some(commune), _) => self.communes(commune, &base, hints, options),
            (None, Some(wide)) => self.communes(wide, &base, hints, options),
            (None, None) => options.push(base),
        }
        if let Some(mention) = get(reading.village) {
            self.spread(options, mention, |this, option, bearer| {
                let village = this.villages.get(bearer as usize)?;
                let territory = option.territory.and(village.territory);
                (!territory.is_empty()).then_some(Choice {
                    territory,
                    village: Some(bearer as u16),
                    ..*option
                })
            });
        }
        if let Some(mention) = get(reading.street) {
            self.spread(options, mention, |this, option, bearer| {
                let street = this.doors.streets.get(bearer as usize)?;
                let territory = option.territory.and(street.territory);
                let village = option.village.is_none_or(|village| {
                    street.village == NO_VILLAGE || street.village == village
                });
                (!territory.is_empty() && village).then_some(Choice {
                    territory,
                    street: Some(bearer),
                    ..*option
                })
            });
        }
        // A number without a street is one of its village.
        if house.number.is_some() && reading.street.is_none() {
            for option in options.iter_mut() {
                let village = option.village.and_then(|id| self.villages.get(usize::from(id)));
                option.street = village.and_then(|village| village.houses);
            }
        }
    }

    /// The units that bear a name, one for each place that they are today.
    fn communes(&self, mention: &Mention, base: &Choice, hints: &Hints, out: &mut Vec<Choice>) {
        let name = self.lexicon.get(mention.name);
        let from = out.len();
        for (bearer, spelling) in &name.bearers {
            let id = UnitId(*bearer as u16);
            let unit = self.units.get(id);
            let own = self.unit_places[usize::from(id.0)].territory;
            let territory = base.territory.and(own);
            if territory.is_empty() {
                continue;
            }
            let mut score = base.score - spelling_cost(name, mention, *spelling);
            if !unit.holds_on(hints.on) {
                score -= OTHER_DAY;
            }
            if mention.kind.is_some_and(|kind| kind != unit.kind) && mention.role == Role::Commune {
                score -= OTHER_KIND;
            }
            if hints.capital && unit.level == Level::Commune && !territory.meets(self.capital) {
                score -= OUTSIDE_CAPITAL;
            }
            let option = Choice { territory, unit: Some(id), score, ..*base };
            // Versions of one unit are one place: the one of the day, else the last.
            let same = |known: &Choice| self.one_place(known.territory, territory);
            match out[from..].iter().position(same) {
                Some(at) if out[from + at].score <= option.score => out[from + at] = option,
                None if out.len() - from < MOST_BEARERS => out.push(option),
                Some(_) | None => {}
            }
        }
    }

    /// Whether two territories are of one unit in two versions: one holds the other, or they became one.
    fn one_place(&self, a: Territory, b: Territory) -> bool {
        if a.within(b) || b.within(a) {
            return true;
        }
        let today = |territory| self.communes_on(territory, self.today);
        a.meets(b) && today(a).eq(today(b))
    }

    /// Replaces each option by those that the bearers of a name make of it.
    fn spread(
        &self,
        options: &mut Vec<Choice>,
        mention: &Mention,
        make: impl Fn(&Self, &Choice, u32) -> Option<Choice>,
    ) {
        let name = self.lexicon.get(mention.name);
        let before = std::mem::take(options);
        for option in &before {
            let fitting = name.bearers.iter().filter_map(|(bearer, spelling)| {
                let choice = make(self, option, *bearer)?;
                let cost = spelling_cost(name, mention, *spelling);
                Some(Choice { score: choice.score - cost, ..choice })
            });
            let from = options.len();
            options.extend(fitting.take(MOST_BEARERS));
            if options.len() == from {
                options.push(Choice {
                    score: option.score - UNKNOWN_THERE,
                    missing: true,
                    ..*option
                });
            }
        }
        options.sort_by(|a, b| b.score.total_cmp(&a.score));
        options.truncate(2 * MOST_BEARERS);
    }

    /// Where an option is.
    pub(super) fn candidate(
        &self,
        option: &Choice,
        house: &House,
        hints: &Hints,
    ) -> Option<Candidate> {
        let place = self.place(option, house, hints);
        let (level, extent, door) = place?;
        let mut territory = option.territory;
        if let Some(door) = door.map(|at| &self.doors.list[at as usize])
            && door.atom != NO_ATOM
        {
            let mut atom = Territory::default();
            atom.add(usize::from(door.atom));
            if atom.meets(territory) {
                territory = atom;
            }
        }
        let now: Vec<UnitId> = self.communes_on(territory, self.today).collect();
        let named = option.unit.map(|unit| self.on_day(unit, hints));
        let then = named.or_else(|| {
            let mut around = self.communes_on(territory, hints.on);
            around.next().filter(|_| around.next().is_none())
        });
        let bonus = match level {
            PlaceLevel::Door => 0.6,
            PlaceLevel::HouseNumber => 0.3,
            PlaceLevel::Alley => 0.2,
            _ if house.number.is_some() => -0.1,
            _ => 0.0,
        };
        let position = extent.map(|Extent { middle, radius_m }| Position {
            point: middle,
            radius_m,
            class: level.class(radius_m),
        });
        let personal = match (door, option.street) {
            (Some(at), _) if level > PlaceLevel::Street => !self.doors.list[at as usize].public,
            _ => false,
        };
        Some(Candidate {
            level,
            position,
            then,
            now,
            village: option.village.map(VillageId),
            street: option.street.filter(|_| level >= PlaceLevel::Street).map(StreetId),
            score: option.score + bonus,
            complete: !option.missing,
            personal,
        })
    }

    /// A unit on the day asked for, if that is stated and it is one then.
    fn on_day(&self, unit: UnitId, hints: &Hints) -> UnitId {
        if !hints.stated_day || self.units.get(unit).level != Level::Commune {
            return unit;
        }
        match self.units.at(unit, hints.on).as_slice() {
            [one] => *one,
            _ => unit,
        }
    }

    /// The deepest level that is known, its extent, and the door that it rests on.
    fn place(
        &self,
        option: &Choice,
        house: &House,
        hints: &Hints,
    ) -> Option<(PlaceLevel, Option<Extent>, Option<u32>)> {
        let filter =
            Filter { territory: option.territory, village: option.village, public: hints.public };
        if let Some(street) = option.street.and_then(|id| self.doors.streets.get(id as usize)) {
            if let Some((level, found)) = self.in_street(street, house, &filter) {
                return Some((level, extent(&found), Some(found.door)));
            }
            if street.name.is_some() && (street.public || !hints.public) {
                let whole = street.territory.within(option.territory)
                    && option.village.is_none_or(|village| street.village == village);
                let found = if whole { None } else { self.doors.part(street, &filter) };
                // Of a part the middle of few houses is theirs.
                let part = found.filter(|_| !hints.public);
                return Some(match part {
                    Some(found) => (PlaceLevel::Street, extent(&found), Some(found.door)),
                    None => (PlaceLevel::Street, Some(street.extent), None),
                });
            }
        }
        if let Some(village) = option.village.and_then(|id| self.villages.get(usize::from(id))) {
            let shown = village.extent.filter(|_| village.public || !hints.public);
            let within = || self.unit_places.get(usize::from(village.commune.0))?.extent;
            return Some((PlaceLevel::Village, shown.or_else(within), None));
        }
        let unit = option.unit?;
        let place = self.unit_places.get(usize::from(unit.0))?;
        let level = match self.units.get(unit).level {
            Level::Commune => PlaceLevel::Commune,
            _ => PlaceLevel::District,
        };
        Some((level, place.extent, None))
    }

    fn in_street(
        &self,
        street: &Street,
        house: &House,
        filter: &Filter,
    ) -> Option<(PlaceLevel, Found)> {
        let alley = house.alley_key();
        if let Some(number) = house.number {
            if let Some(found) = self.doors.exact(street, alley, number, filter) {
                return Some((PlaceLevel::Door, found));
            }
            if let Some(found) = self.doors.between(street, alley, number, filter) {
                return Some((PlaceLevel::HouseNumber, found));
            }
        }
        if alley == AlleyKey::NONE {
            return None;
        }
        if let Some(found) = self.doors.alley(street, alley, filter) {
            return Some((PlaceLevel::Alley, found));
        }
        let mouth = house.mouth()?;
        let exact = self.doors.exact(street, AlleyKey::NONE, mouth, filter);
        let found = exact.or_else(|| self.doors.between(street, AlleyKey::NONE, mouth, filter))?;
        Some((PlaceLevel::Alley, Found { radius_m: found.radius_m + ALLEY_DEPTH_M, ..found }))
    }
}

fn extent(found: &Found) -> Option<Extent> {
    Some(Extent { middle: found.at.lon_lat()?, radius_m: found.radius_m })
}

/// What it costs that a bearer of a name is spelt with other marks than the text.
fn spelling_cost(name: &Name, mention: &Mention, spelling: u64) -> f32 {
    // Where the text is one bearer's spelling to the letter, the others are others.
    let anothers = || name.bearers.iter().any(|(_, known)| *known == mention.exact_spelling);
    if mention.how == Match::Exact && mention.exact_spelling != spelling && anothers() {
        OTHER_SPELLING
    } else {
        0.0
    }
}
