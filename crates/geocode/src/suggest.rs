//! What somebody who is typing may mean.

use diachiso_model::{LonLat, UnitId};

use crate::{
    answer::{StreetId, VillageId},
    doors::Doors,
    geocode::Scratch,
    index::Index,
    lexicon::{Lexicon, NameId, Role},
    query::{Audience, Query, QueryError},
    territory::Territory,
    tokens::{Column, Tokens},
};

/// Most suggestions of an answer.
pub const MAX_SUGGESTIONS: usize = 20;
/// Most names that begin as typed and are looked at: all of them, but for the first letter or two.
const MOST_LOOKED_AT: usize = 4_096;

/// One completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The whole text: what was typed before, the name, and where it is.
    pub label: String,
    /// What it is.
    pub role: Role,
    /// The unit, for units.
    pub unit: Option<UnitId>,
    /// The village, for villages and hamlets in one.
    pub village: Option<VillageId>,
    /// The street, for streets.
    pub street: Option<StreetId>,
    /// The middle, where it may be shown.
    pub point: Option<LonLat>,
    /// The commune of today.
    pub now: Option<UnitId>,
}

/// Names by every word at which they may begin.
#[derive(Default)]
pub(crate) struct Completions {
    /// Folded text from a word on, the name, and whether it begins there.
    starts: Vec<(Box<str>, NameId, bool)>,
    /// By name: how often it is wanted.
    weights: Vec<f32>,
}

impl Completions {
    pub(crate) fn new(lexicon: &Lexicon, doors: &Doors) -> Self {
        let mut starts = Vec::new();
        let mut weights = Vec::with_capacity(lexicon.names.len());
        let mut tokens = Tokens::default();
        for (id, name) in (0..).zip(&lexicon.names) {
            let houses = |street: &u32| {
                doors.streets.get(*street as usize).map_or(0, |street| street.to - street.from)
            };
            let houses: u32 = match name.role {
                Role::Street => name.bearers.iter().map(|(street, _)| houses(street)).sum(),
                _ => 0,
            };
            weights.push(match name.role {
                Role::Province => 0.0,
                Role::District => 1.0,
                Role::Commune => 4.0,
                Role::Village => 3.0,
                Role::Street => 2.0 + (f64::from(houses) + 1.0).log10().min(2.0) as f32,
            });
            if name.role == Role::Province || name.fold.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            tokens.clear();
            tokens.push(&name.display, Column::Any);
            let words = tokens.list.len();
            // The words of a village's kind are none of its name.
            let own = (0..words).find(|at| tokens.text(*at, words) == &*name.fold).unwrap_or(0);
            starts.push((name.fold.clone(), id, true));
            starts.extend((own + 1..words).map(|at| (tokens.text(at, words).into(), id, false)));
        }
        starts.sort_unstable();
        Self { starts, weights }
    }

    fn of(&self, prefix: &str) -> &[(Box<str>, NameId, bool)] {
        let from = self.starts.partition_point(|(text, ..)| &**text < prefix);
        let rest = &self.starts[from..];
        let count = rest.partition_point(|(text, ..)| text.starts_with(prefix));
        &rest[..count.min(MOST_LOOKED_AT)]
    }

    pub(crate) fn bytes(&self) -> usize {
        let text: usize = self.starts.iter().map(|(text, ..)| text.len()).sum();
        text + self.starts.capacity() * size_of::<(Box<str>, NameId, bool)>()
            + self.weights.capacity() * size_of::<f32>()
    }
}

impl Index {
    /// Completions of what is typed so far: its last words begin a name, and what stands before narrows the place.
    ///
    /// # Errors
    /// When the text is too long to be an address.
    pub fn suggest(
        &self,
        text: &str,
        limit: usize,
        audience: Audience,
        scratch: &mut Scratch,
    ) -> Result<Vec<Suggestion>, QueryError> {
        let limit = limit.min(MAX_SUGGESTIONS);
        let query = Query { audience, ..Query::of(text) };
        query.cut(&mut scratch.tokens)?;
        let words = scratch.tokens.list.len();
        let segment = scratch.tokens.list.last().map(|token| token.segment);
        let first = scratch.tokens.list.iter().position(|token| Some(token.segment) == segment);
        // The longest run of last words that begins some name.
        let begins =
            |from: &usize| !self.completions.of(scratch.tokens.text(*from, words)).is_empty();
        let from = (first.unwrap_or(0)..words).find(begins);
        let Some(from) = from else { return Ok(self.answered(&query, limit, scratch)) };
        let typed: Box<str> = scratch.tokens.text(from, words).into();
        let cut = usize::from(scratch.tokens.list[from].source.0);
        let head = text.get(..cut).unwrap_or_default().to_owned();
        let around = self.around(&head, audience, scratch)?;
        Ok(self.completed(&typed, &head, around, limit, audience))
    }

    /// Where the words before the last ones put it.
    fn around(
        &self,
        head: &str,
        audience: Audience,
        scratch: &mut Scratch,
    ) -> Result<Territory, QueryError> {
        let answer = self.geocode(&Query { audience, ..Query::of(head) }, scratch)?;
        let territory = answer.candidates.iter().fold(Territory::default(), |sum, candidate| {
            let now = candidate.now.iter();
            now.fold(sum, |sum, id| sum.or(self.unit_places[usize::from(id.0)].territory))
        });
        Ok(if territory.is_empty() { Territory::EVERYWHERE } else { territory })
    }

    fn completed(
        &self,
        typed: &str,
        head: &str,
        around: Territory,
        limit: usize,
        audience: Audience,
    ) -> Vec<Suggestion> {
        let mut ranked: Vec<(f32, NameId, u32)> = Vec::new();
        for (text, id, whole) in self.completions.of(typed) {
            let name = self.lexicon.get(*id);
            if !name.territory.meets(around) {
                continue;
            }
            let exact = if text.len() == typed.len() { 2.0 } else { 0.0 };
            let start = if *whole { 1.0 } else { 0.0 };
            let shorter = -0.02 * text.len() as f32;
            let score = self.completions.weights[*id as usize] + exact + start + shorter;
            let mut seen: Option<Territory> = None;
            for (bearer, _) in &name.bearers {
                let (territory, public, today) = self.bearer(name.role, *bearer);
                let here = territory.meets(around);
                let shown = public || audience == Audience::Entitled;
                // Versions of a unit are one suggestion.
                let again = name.role <= Role::Commune && seen.is_some_and(|s| s.meets(territory));
                if here && shown && !again {
                    seen = Some(seen.unwrap_or_default().or(territory));
                    ranked.push((score + if today { 0.5 } else { 0.0 }, *id, *bearer));
                }
            }
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        ranked.dedup_by_key(|(_, name, bearer)| (*name, *bearer));
        ranked.truncate(limit);
        ranked.into_iter().map(|(_, name, bearer)| self.suggestion(head, name, bearer)).collect()
    }

    fn bearer(&self, role: Role, bearer: u32) -> (Territory, bool, bool) {
        match role {
            Role::Village => {
                let village = &self.villages[bearer as usize];
                (village.territory, true, true)
            }
            Role::Street => {
                let street = &self.doors.streets[bearer as usize];
                (street.territory, street.public, true)
            }
            _ => {
                let id = UnitId(bearer as u16);
                let today = self.units.get(id).holds_on(self.today);
                (self.unit_places[usize::from(id.0)].territory, true, today)
            }
        }
    }

    fn suggestion(&self, head: &str, name: NameId, bearer: u32) -> Suggestion {
        let role = self.lexicon.get(name).role;
        let (territory, _, _) = self.bearer(role, bearer);
        let mut communes = self.communes_on(territory, self.today);
        let now = communes.next().filter(|_| communes.next().is_none());
        let mut made = Suggestion {
            label: head.to_owned(),
            role,
            unit: None,
            village: None,
            street: None,
            point: None,
            now,
        };
        match role {
            Role::Village => {
                let village = &self.villages[bearer as usize];
                made.village = Some(VillageId(bearer as u16));
                made.point = village.extent.filter(|_| village.public).map(|e| e.middle);
                made.label.push_str(&village.name);
            }
            Role::Street => {
                let street = &self.doors.streets[bearer as usize];
                made.street = Some(StreetId(bearer));
                made.point = Some(street.extent.middle).filter(|_| street.public);
                made.label.push_str(&self.lexicon.get(name).display);
                if let Some(village) = self.villages.get(usize::from(street.village)) {
                    made.village = Some(VillageId(street.village));
                    made.label.push_str(", ");
                    made.label.push_str(&village.name);
                }
            }
            _ => {
                let id = UnitId(bearer as u16);
                made.unit = Some(id);
                made.point = self.middle_of(id);
                made.label.push_str(&self.units.get(id).full_name());
                if let Some(district) = self.district_of(id).filter(|_| role == Role::Commune) {
                    made.label.push_str(", ");
                    made.label.push_str(&self.units.get(district).full_name());
                }
            }
        }
        if let Some(now) = now.filter(|now| made.unit != Some(*now)) {
            made.label.push_str(", ");
            made.label.push_str(&self.units.get(now).full_name());
        }
        made
    }

    /// Where nothing begins as typed, what the text means as it stands, typing errors and all.
    fn answered(&self, query: &Query<'_>, limit: usize, scratch: &mut Scratch) -> Vec<Suggestion> {
        let Ok(answer) = self.geocode(query, scratch) else { return Vec::new() };
        let made = answer.candidates.iter().filter_map(|candidate| {
            let village = candidate.village.and_then(|id| self.village(id));
            let street = candidate.street.and_then(|id| self.street_name(id));
            let now = candidate.now.first().filter(|_| candidate.now.len() == 1).copied();
            let unit = candidate.then.or(now);
            let names = [
                street.map(str::to_owned),
                village.map(|village| village.name.to_owned()),
                unit.map(|id| self.units.get(id).full_name()),
            ];
            let role = match (&names, candidate.street, candidate.village) {
                (_, Some(_), _) => Role::Street,
                (_, None, Some(_)) => Role::Village,
                _ => Role::Commune,
            };
            let label: Vec<String> = names.into_iter().flatten().collect();
            (!label.is_empty()).then(|| Suggestion {
                label: label.join(", "),
                role,
                unit: unit.filter(|_| role == Role::Commune),
                village: candidate.village,
                street: candidate.street,
                point: candidate.position.map(|position| position.point),
                now,
            })
        });
        made.take(limit).collect()
    }
}
