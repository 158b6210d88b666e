//! From a query to an answer.

use diachiso_model::{Date, Level, UnitId};
use rayon::prelude::*;

use crate::{
    answer::{Answer, Candidate, Evidence, MAX_CANDIDATES, Parts},
    geocode::places::Choice,
    house_key::NumberKey,
    houses::House,
    index::Index,
    kinds::{KindsAt, Marker, kinds},
    lexicon::Role,
    mention::{Match, Mention, Mentions},
    query::{Query, QueryError},
    reading::{Reading, readings},
    territory::Territory,
    tokens::{MAX_TOKENS, Tokens},
};

mod grade;
mod places;

/// Buffers that queries of one thread use again.
pub struct Scratch {
    pub(crate) tokens: Tokens,
    pub(crate) kinds: KindsAt,
    pub(crate) mentions: Mentions,
    pub(crate) readings: Vec<Reading>,
    pub(crate) house: House,
    pub(crate) options: Vec<Choice>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            tokens: Tokens::default(),
            kinds: [None; MAX_TOKENS],
            mentions: Mentions::default(),
            readings: Vec::new(),
            house: House::default(),
            options: Vec::new(),
        }
    }
}

/// What a query says beside its names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hints {
    pub(crate) on: Date,
    pub(crate) stated_day: bool,
    /// Where a point or postal code puts it.
    pub(crate) territory: Territory,
    /// Whether the capital is named, which may be the province as well.
    pub(crate) capital: bool,
    pub(crate) public: bool,
}

impl Index {
    /// The places that an address may mean.
    ///
    /// Any text gives an answer: nothing found is one too.
    ///
    /// # Errors
    /// When it is too long to be an address.
    pub fn geocode(&self, query: &Query<'_>, scratch: &mut Scratch) -> Result<Answer, QueryError> {
        query.cut(&mut scratch.tokens)?;
        let Scratch { tokens, kinds: at, mentions, readings: found, house, options } = scratch;
        kinds(tokens, at);
        mentions.find(&self.lexicon, tokens, at);
        let hints = self.hints(query, tokens, mentions);
        readings(mentions, hints.territory, letters(tokens, at, mentions), found);
        let mut candidates: Vec<(Candidate, usize)> = Vec::new();
        for (nth, reading) in found.iter().enumerate() {
            let province = province_words(mentions, reading.words);
            house.read(tokens, at, reading.words | province);
            self.expand(reading, mentions, house, &hints, options);
            candidates.extend(
                options
                    .drain(..)
                    .filter_map(|option| Some((self.candidate(&option, house, &hints)?, nth))),
            );
        }
        candidates.sort_by(|(a, x), (b, y)| {
            b.score.total_cmp(&a.score).then(x.cmp(y)).then(a.village.cmp(&b.village))
        });
        let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len().min(MAX_CANDIDATES));
        let best = candidates.first().map(|(_, nth)| *nth);
        for (candidate, _) in candidates {
            if kept.len() < MAX_CANDIDATES
                && kept.iter().all(|known| !grade::same(known, &candidate))
            {
                kept.push(candidate);
            }
        }
        let Some(reading) = best.and_then(|nth| found.get(nth)) else {
            let parts = Parts { left_over: left_over(tokens, at, 0), ..Parts::default() };
            return Ok(Answer { parts, ..Answer::default() });
        };
        let province = province_words(mentions, reading.words);
        house.read(tokens, at, reading.words | province);
        let read = reading.words | province | house.words;
        let parts = Parts {
            number: house.number.map_or_else(String::new, number_text),
            alley: house.alley.clone(),
            left_over: left_over(tokens, at, read),
        };
        let against_hint =
            hints.territory != Territory::EVERYWHERE && !reading.territory.within(hints.territory);
        let evidence = self.evidence(query, tokens, reading.mentions(&mentions.all));
        let unsure = reading.mentions(&mentions.all).any(|m| self.unsure(m)) || against_hint;
        let grade = grade::grade(&kept, &parts, house, unsure);
        Ok(Answer { grade, candidates: kept, parts, evidence, against_hint })
    }

    /// Answers many queries on all threads, in their order.
    #[must_use]
    pub fn geocode_all(&self, queries: &[Query<'_>]) -> Vec<Result<Answer, QueryError>> {
        queries
            .par_iter()
            .with_min_len(64)
            .map_init(Scratch::default, |scratch, query| self.geocode(query, scratch))
            .collect()
    }

    fn hints(&self, query: &Query<'_>, tokens: &Tokens, mentions: &Mentions) -> Hints {
        let written = tokens.list.iter().enumerate().filter(|(_, token)| token.number);
        let postal = query.postal.or_else(|| {
            written
                .filter_map(|(at, _)| tokens.text(at, at + 1).parse::<u32>().ok())
                .find(|code| self.postal.contains_key(code))
        });
        let given = postal.and_then(|code| self.postal.get(&code)).copied();
        let around = query
            .within
            .and_then(|id| self.unit_places.get(usize::from(id.0)))
            .map(|place| place.territory)
            .filter(|territory| !territory.is_empty());
        let all = Territory::EVERYWHERE;
        // A point decides before a code, which may be of another place.
        let both = given.unwrap_or(all).and(around.unwrap_or(all));
        let territory = if both.is_empty() { around.unwrap_or(all) } else { both };
        let capital = mentions.of(Role::Province).iter().any(|mention| {
            self.lexicon
                .get(mention.name)
                .bearers
                .iter()
                .any(|(id, _)| self.units.get(UnitId(*id as u16)).level == Level::District)
        });
        Hints {
            on: query.on.unwrap_or(self.today),
            stated_day: query.on.is_some(),
            territory,
            capital,
            public: query.audience == crate::Audience::Public,
        }
    }

    /// Whether a name read here leaves doubt.
    fn unsure(&self, mention: &Mention) -> bool {
        let bearers = &self.lexicon.get(mention.name).bearers;
        match mention.how {
            Match::Exact => mention.doubtful,
            // Without marks two names may look alike.
            Match::Unmarked => {
                mention.doubtful || bearers.iter().any(|(_, spelling)| *spelling != bearers[0].1)
            }
            Match::OtherMarks | Match::Typing(_) => true,
        }
    }

    fn evidence<'m>(
        &self,
        query: &Query<'_>,
        tokens: &Tokens,
        mentions: impl Iterator<Item = &'m Mention>,
    ) -> Vec<Evidence> {
        let words = |mention: &Mention| {
            let (from, to) = (usize::from(mention.body.0), usize::from(mention.body.1));
            let (first, last) = (&tokens.list[from], &tokens.list[to - 1]);
            let text = query.column(first.column);
            text.get(usize::from(first.source.0)..usize::from(last.source.1))
                .unwrap_or_else(|| tokens.text(from, to))
                .to_owned()
        };
        mentions
            .map(|mention| Evidence {
                role: mention.role,
                how: mention.how,
                text: words(mention),
                name: self.lexicon.get(mention.name).display.to_string(),
                doubtful: mention.doubtful,
            })
            .collect()
    }
}

fn number_text(number: NumberKey) -> String {
    let mut text = number.number().to_string();
    text.extend(number.letter());
    text
}

/// The words that name the province, where a reading does not take them for something else.
fn province_words(mentions: &Mentions, used: u64) -> u64 {
    let free = mentions.of(Role::Province).iter().filter(|m| m.words & used == 0);
    free.fold(0, |sum, mention| sum | mention.words)
}

/// The words that a name ought to explain: no numbers, kinds or names of the province.
fn letters(tokens: &Tokens, kinds: &KindsAt, mentions: &Mentions) -> u64 {
    let named = |at: &usize| {
        let token = &tokens.list[*at];
        !token.number && token.to - token.from > 1
    };
    let words = (0..tokens.list.len()).filter(named).fold(0_u64, |sum, at| sum | 1 << at);
    let of_kinds = kinds.iter().enumerate().filter_map(|(at, kind)| Some((at, (*kind)?)));
    let kinds = of_kinds.fold(0_u64, |sum, (at, kind)| {
        (at..usize::from(kind.to)).fold(sum, |sum, word| sum | 1 << word)
    });
    words & !kinds & !province_words(mentions, 0)
}

/// The words that nothing explains.
fn left_over(tokens: &Tokens, kinds: &KindsAt, read: u64) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.list.len() {
        let word = tokens.text(at, at + 1);
        let free = read >> at & 1 == 0;
        match kinds[at].filter(|_| free) {
            // A word for a house or street says nothing by itself.
            Some(kind)
                if matches!(kind.marker, Marker::Street | Marker::Number | Marker::Province) =>
            {
                at = usize::from(kind.to);
                continue;
            }
            _ if free && !tokens.list[at].number && word.len() > 1 => out.push(word.to_owned()),
            _ => {}
        }
        at += 1;
    }
    out
}
