//! Names that a text may mention, each with what speaks for it.

use diachiso_model::Kind;

use crate::{
    kinds::{KindsAt, Marker},
    lexicon::{Lexicon, Name, NameId, Role},
    poly_hash,
    territory::Territory,
    tokens::{Column, Tokens},
};

/// How a name stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// To the letter, tones included; where the tone sits does not matter.
    Exact,
    /// The text has no marks here.
    Unmarked,
    /// The marks differ.
    OtherMarks,
    /// With one or two typing errors.
    Typing(u8),
}

impl Match {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Unmarked => "unmarked",
            Self::OtherMarks => "other_marks",
            Self::Typing(_) => "typing",
        }
    }

    fn cost(self) -> f32 {
        match self {
            Self::Exact => 0.0,
            Self::Unmarked => 0.05,
            Self::OtherMarks => 0.7,
            Self::Typing(errors) => 0.4 + 0.6 * f32::from(errors),
        }
    }
}

/// A run of words that may be a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mention {
    pub(crate) role: Role,
    pub(crate) name: NameId,
    /// The words of the name.
    pub(crate) body: (u8, u8),
    /// The words of the name and of the kind before it, one bit each.
    pub(crate) words: u64,
    pub(crate) how: Match,
    /// Signature of the words as spelt.
    pub(crate) exact_spelling: u64,
    /// Kind that the text gives a commune.
    pub(crate) kind: Option<Kind>,
    /// Whether a kind word or the column speaks against the role.
    pub(crate) doubtful: bool,
    pub(crate) score: f32,
    pub(crate) territory: Territory,
}

/// Words of the longest kind: `tổ dân phố`.
const LONGEST_KIND: usize = 3;
/// Most mentions of one role that are looked at.
const MOST: usize = 6;
/// Most runs of words that are looked up with typing errors.
const MOST_SIMILAR: usize = 40;

/// Mentions by role, the likelier first; buffers are used again.
#[derive(Default)]
pub(crate) struct Mentions {
    pub(crate) all: Vec<Mention>,
    similar: Vec<(NameId, u8)>,
}

fn bits(from: usize, to: usize) -> u64 {
    (from..to).fold(0, |words, at| words | 1 << at)
}

impl Mentions {
    /// Finds the names in a text.
    pub(crate) fn find(&mut self, lexicon: &Lexicon, tokens: &Tokens, kinds: &KindsAt) {
        self.all.clear();
        let words = tokens.list.len();
        let mut settled = 0_u64;
        for from in 0..words {
            for to in from + 1..=words.min(from + lexicon.most_words()) {
                if tokens.list[to - 1].segment != tokens.list[from].segment {
                    break;
                }
                let fold = tokens.text(from, to);
                for name in lexicon.exact(fold, tokens.hash(from, to)) {
                    let mention = self.add(lexicon, tokens, kinds, (from, to), name, 0);
                    if mention
                        .is_some_and(|m| !m.doubtful && (to - from > 1 || m.words.count_ones() > 1))
                    {
                        settled |= bits(from, to);
                    }
                }
            }
            self.numbered(lexicon, tokens, kinds, from);
        }
        self.with_errors(lexicon, tokens, kinds, settled);
        self.keep_likely();
    }

    /// Villages named by a kind and a number: `TDP 5`, `Thôn số 3`.
    fn numbered(&mut self, lexicon: &Lexicon, tokens: &Tokens, kinds: &KindsAt, at: usize) {
        let Some(kind) = kinds[at] else { return };
        let Marker::Village(word) = kind.marker else { return };
        let mut number = usize::from(kind.to);
        if kinds.get(number).copied().flatten().is_some_and(|k| k.marker == Marker::Number) {
            number += 1;
        }
        let same = |t: &&crate::tokens::Token| t.number && t.segment == tokens.list[at].segment;
        if !tokens.list.get(number).is_some_and(|token| same(&token)) {
            return;
        }
        let digits = tokens.text(number, number + 1);
        let mut key = [0_u8; 24];
        let length = word.len() + digits.len();
        if length > key.len() {
            return;
        }
        key[..word.len()].copy_from_slice(word.as_bytes());
        key[word.len()..length].copy_from_slice(digits.as_bytes());
        let Ok(fold) = std::str::from_utf8(&key[..length]) else { return };
        for name in lexicon.exact(fold, poly_hash::hash(fold)) {
            if lexicon.get(name).role == Role::Village {
                self.push(
                    lexicon,
                    tokens,
                    &Found {
                        name,
                        body: (at, number + 1),
                        words: bits(at, number + 1),
                        how: Match::Exact,
                        marker: Some(kind.marker),
                    },
                );
            }
        }
    }

    /// Names with typing errors, in runs of words that hold one which no name explains yet.
    fn with_errors(&mut self, lexicon: &Lexicon, tokens: &Tokens, kinds: &KindsAt, settled: u64) {
        let words = tokens.list.len();
        let mut similar = std::mem::take(&mut self.similar);
        let mut runs = 0;
        let kind_words = (0..words).filter_map(|at| Some((at, kinds[at]?)));
        let announced: u64 =
            kind_words.clone().fold(0, |sum, (at, k)| sum | bits(at, usize::from(k.to)));
        let long_kinds = kind_words.filter(|(at, k)| usize::from(k.to) > at + 1);
        let within_kind: u64 = long_kinds.fold(0, |sum, (at, k)| sum | bits(at, usize::from(k.to)));
        for from in 0..words {
            if tokens.list[from].number {
                continue;
            }
            for to in from + 1..=words.min(from + lexicon.most_words()) {
                let last = &tokens.list[to - 1];
                if last.segment != tokens.list[from].segment || last.number {
                    break;
                }
                let run = bits(from, to);
                if run & !settled & !announced == 0 || run & within_kind != 0 {
                    continue;
                }
                let (first, end) = (tokens.list[from].from, last.to);
                if end - first < 4 {
                    continue;
                }
                runs += 1;
                if runs > MOST_SIMILAR {
                    break;
                }
                let span = (usize::from(first), usize::from(end));
                lexicon.similar(&tokens.fold, &tokens.hashes, span, &mut similar);
                for (name, errors) in &similar {
                    self.add(lexicon, tokens, kinds, (from, to), *name, *errors);
                }
            }
        }
        self.similar = similar;
    }

    fn add(
        &mut self,
        lexicon: &Lexicon,
        tokens: &Tokens,
        kinds: &KindsAt,
        body: (usize, usize),
        name: NameId,
        errors: u8,
    ) -> Option<Mention> {
        let how = match errors {
            0 => how_marked(lexicon.get(name), tokens.spelling(body.0, body.1)),
            _ => Match::Typing(errors),
        };
        let segment = tokens.list[body.0].segment;
        let before = (body.0.saturating_sub(LONGEST_KIND)..body.0)
            .filter(|at| tokens.list[*at].segment == segment)
            .find_map(|at| kinds[at].filter(|k| usize::from(k.to) == body.0).map(|k| (at, k)));
        let from = before.map_or(body.0, |(at, _)| at);
        let marker = before.map(|(_, kind)| kind.marker);
        let words = bits(from, body.1);
        self.push(lexicon, tokens, &Found { name, body, words, how, marker })
    }

    fn push(&mut self, lexicon: &Lexicon, tokens: &Tokens, found: &Found) -> Option<Mention> {
        let name = lexicon.get(found.name);
        let (from, to) = found.body;
        let column = tokens.list[from].column;
        let (of_marker, marker_doubts) = agreement(name.role, found.marker);
        let (of_column, column_doubts) = in_column(name.role, column);
        // A number alone is no street, unless somebody says so.
        let bare_number = tokens.list[from..to].iter().all(|token| token.number);
        if bare_number && of_marker <= 0.0 && of_column <= 0.0 {
            return None;
        }
        let base = match name.role {
            Role::Province => 0.3,
            Role::District => 0.6,
            Role::Commune => 2.2,
            Role::Village | Role::Street => 0.9,
        };
        let explained = 0.7 * (to - from) as f32;
        let mention = Mention {
            role: name.role,
            name: found.name,
            body: (from as u8, to as u8),
            words: found.words,
            how: found.how,
            exact_spelling: tokens.spelling(from, to).1,
            kind: match found.marker {
                Some(Marker::Commune(kind)) => Some(kind),
                _ => None,
            },
            doubtful: marker_doubts || column_doubts,
            score: base + explained + of_marker + of_column - found.how.cost(),
            territory: name.territory,
        };
        self.all.push(mention);
        Some(mention)
    }

    /// Keeps the likeliest of each role.
    fn keep_likely(&mut self) {
        self.all.sort_by(|a, b| {
            a.role.cmp(&b.role).then(b.score.total_cmp(&a.score)).then(a.body.cmp(&b.body))
        });
        let (mut role, mut kept) = (None, 0);
        self.all.retain(|mention| {
            if role != Some(mention.role) {
                (role, kept) = (Some(mention.role), 0);
            }
            kept += 1;
            kept <= MOST
        });
    }

    /// The mentions of a role.
    pub(crate) fn of(&self, role: Role) -> &[Mention] {
        let from = self.all.partition_point(|m| m.role < role);
        let to = self.all.partition_point(|m| m.role <= role);
        &self.all[from..to]
    }
}

struct Found {
    name: NameId,
    body: (usize, usize),
    words: u64,
    how: Match,
    marker: Option<Marker>,
}

fn how_marked(name: &Name, (marked, spelling): (bool, u64)) -> Match {
    if name.bearers.iter().any(|(_, known)| *known == spelling) {
        Match::Exact
    } else if marked {
        Match::OtherMarks
    } else {
        Match::Unmarked
    }
}

/// What the kind word before a name says of its role, and whether it speaks against it.
fn agreement(role: Role, marker: Option<Marker>) -> (f32, bool) {
    const FOR: f32 = 0.8;
    const AGAINST: f32 = -1.6;
    match (role, marker) {
        (_, None)
        | (Role::Village, Some(Marker::Hamlet(_)))
        | (Role::Street, Some(Marker::Alley | Marker::Number)) => (0.0, false),
        (Role::Province, Some(Marker::Province | Marker::District))
        | (Role::District, Some(Marker::District))
        | (Role::Commune, Some(Marker::Commune(_)))
        | (Role::Village, Some(Marker::Village(_)))
        | (Role::Street, Some(Marker::Street | Marker::Hamlet(_))) => (FOR, false),
        _ => (AGAINST, true),
    }
}

fn in_column(role: Role, column: Column) -> (f32, bool) {
    let home = match role {
        Role::Province | Role::District => Column::District,
        Role::Commune => Column::Commune,
        Role::Village => Column::Village,
        Role::Street => Column::Street,
    };
    match (role, column) {
        (_, Column::Any) => (0.0, false),
        (_, stated) if stated == home => (0.8, false),
        // The district stands behind the commune, the street behind the number, the hamlet beside the village.
        (Role::Province | Role::District, Column::Commune)
        | (Role::Street, Column::Number | Column::Alley) => (0.0, false),
        (Role::Street, Column::Village) | (Role::Village, Column::Street) => (-0.4, true),
        _ => (-1.6, true),
    }
}
