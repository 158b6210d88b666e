//! Which of the names that a text may mention it means together.

use crate::{
    lexicon::Role,
    mention::{Mention, Mentions},
    territory::Territory,
};

/// One way to read a text: at most one name a role, none overlapping, all in one place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    /// A district, or a larger commune that the other one became.
    pub(crate) wide: Option<u8>,
    pub(crate) commune: Option<u8>,
    pub(crate) village: Option<u8>,
    pub(crate) street: Option<u8>,
    pub(crate) words: u64,
    pub(crate) territory: Territory,
    pub(crate) score: f32,
}

/// Readings that are worked out.
pub(crate) const MOST_READINGS: usize = 6;
/// What a larger commune counts less than as the commune itself: as much as a district.
const LARGER_COMMUNE: f32 = 1.6;
/// A word that no name explains.
const LEFT_OVER: f32 = 0.3;
/// Bits by which a reading may be worse than the best and still be worked out.
const WORSE_BY: f32 = 1.6;

impl Reading {
    /// The mentions of a reading, widest first.
    pub(crate) fn mentions<'m>(&self, all: &'m [Mention]) -> impl Iterator<Item = &'m Mention> {
        let places = [self.wide, self.commune, self.village, self.street];
        places.into_iter().flatten().filter_map(move |at| all.get(usize::from(at)))
    }

    /// Puts a mention in, if its words are free and its place is here.
    fn with(mut self, mention: &Mention, at: u8) -> Option<Self> {
        let territory = self.territory.and(mention.territory);
        if self.words & mention.words != 0 || territory.is_empty() {
            return None;
        }
        self.words |= mention.words;
        self.territory = territory;
        self.score += mention.score;
        match mention.role {
            Role::District => self.wide = Some(at),
            Role::Commune => self.commune = Some(at),
            Role::Village => self.village = Some(at),
            Role::Street | Role::Province => self.street = Some(at),
        }
        Some(self)
    }
}

/// Fills `readings` with the best, best first. `hint` is where a point or a postal code puts the address, `letters` are the
/// words that a name ought to explain, one bit each.
pub(crate) fn readings(
    mentions: &Mentions,
    hint: Territory,
    letters: u64,
    readings: &mut Vec<Reading>,
) {
    readings.clear();
    let all = &mentions.all;
    let places = |role: Role| {
        let from = all.partition_point(|m| m.role < role);
        (from..from + mentions.of(role).len()).map(|at| (at as u8, &all[at]))
    };
    let start = Reading { territory: Territory::EVERYWHERE, ..Reading::default() };
    let mut best = f32::MIN;
    let mut keep = |reading: Reading| {
        if reading.words == 0 {
            return;
        }
        let hinted = reading.territory.and(hint);
        let (territory, bonus) = match (hint == Territory::EVERYWHERE, hinted.is_empty()) {
            (true, _) => (reading.territory, 0.0),
            (false, true) => (reading.territory, -1.0),
            (false, false) => (hinted, 0.8),
        };
        let left = (letters & !reading.words).count_ones() as f32;
        let score = reading.score + bonus - LEFT_OVER * left;
        let reading = Reading { territory, score, ..reading };
        if reading.score > best - WORSE_BY {
            best = best.max(reading.score);
            readings.push(reading);
        }
    };
    // The larger of two communes that are one after the other stands in the place of the district.
    let wider = places(Role::Commune).map(|(at, mention)| (at, mention, true));
    let districts = places(Role::District).map(|(at, mention)| (at, mention, false));
    let wide = districts.chain(wider).map(Some).chain([None]);
    for wide in wide {
        let under = match wide {
            None => Some(start),
            Some((at, mention, false)) => start.with(mention, at),
            Some((at, mention, true)) => start.with(mention, at).map(|reading| Reading {
                commune: None,
                wide: reading.commune,
                score: reading.score - LARGER_COMMUNE,
                ..reading
            }),
        };
        let Some(under) = under else { continue };
        let communes = places(Role::Commune).map(Some).chain([None]);
        for commune in communes {
            let Some(under) = stacked(under, commune) else { continue };
            // A larger commune stands there for the sake of a smaller one only.
            if wide.is_some_and(|(_, _, larger)| larger) {
                let larger = wide.map_or(Territory::EVERYWHERE, |(_, m, _)| m.territory);
                let inside = commune
                    .is_some_and(|(_, m)| m.territory != larger && m.territory.within(larger));
                if !inside {
                    continue;
                }
            }
            for village in places(Role::Village).map(Some).chain([None]) {
                let Some(under) = stacked(under, village) else { continue };
                for street in places(Role::Street).map(Some).chain([None]) {
                    if let Some(reading) = stacked(under, street) {
                        keep(reading);
                    }
                }
            }
        }
    }
    readings.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.words.cmp(&b.words)));
    readings.retain(|reading| reading.score > best - WORSE_BY);
    readings.truncate(MOST_READINGS);
}

fn stacked(reading: Reading, mention: Option<(u8, &Mention)>) -> Option<Reading> {
    match mention {
        None => Some(reading),
        Some((at, mention)) => reading.with(mention, at),
    }
}
