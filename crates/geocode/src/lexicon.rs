//! The names of units, villages and streets, found by what people make of them.

use rustc_hash::FxHashMap;

use crate::{
    poly_hash::{self, PrefixHashes},
    territory::Territory,
    tokens::{Column, Tokens},
};

/// What a name is a name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A province: it tells nothing within it.
    Province,
    /// A district of any period.
    District,
    /// A commune of any period.
    Commune,
    /// A village or urban group.
    Village,
    /// A street, or a hamlet of a village.
    Street,
}

impl Role {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["province", "district", "commune", "village", "street"][self as usize]
    }
}

/// Place of a name in the lexicon.
pub(crate) type NameId = u32;

/// One name in one role, with everything that bears it.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) role: Role,
    /// Folded, without spaces.
    pub(crate) fold: Box<str>,
    /// As it is written.
    pub(crate) display: Box<str>,
    /// Where its bearers are, together.
    pub(crate) territory: Territory,
    /// Units, villages or streets, by role; each with the signature of its spelling.
    pub(crate) bearers: Vec<(u32, u64)>,
}

/// Names by hashes of their folded text, whole and with letters left out.
#[derive(Default)]
pub(crate) struct Lexicon {
    pub(crate) names: Vec<Name>,
    exact: FxHashMap<u64, Vec<NameId>>,
    /// Without one letter, or without two; the text itself is not among them.
    deletes: FxHashMap<u64, Vec<NameId>>,
    /// Bytes of the longest name, folded.
    longest: usize,
    most_words: usize,
}

/// Shortest name that may have one typing error, in letters.
const ONE_ERROR_FROM: usize = 5;
/// Shortest name that may have two.
const TWO_ERRORS_FROM: usize = 9;

/// What collects names before they are indexed.
#[derive(Default)]
pub(crate) struct LexiconBuilder {
    names: Vec<Name>,
    by_key: FxHashMap<(Role, Box<str>), NameId>,
    words: FxHashMap<NameId, usize>,
    scratch: Tokens,
}

impl LexiconBuilder {
    /// Adds a bearer of a name; `None` for a name without letters or digits. Gives the name and the spelling.
    pub(crate) fn add(
        &mut self,
        role: Role,
        name: &str,
        bearer: u32,
        territory: Territory,
    ) -> Option<NameId> {
        let (fold, spelling, words) = self.read(name)?;
        let id = *self.by_key.entry((role, fold.clone())).or_insert_with(|| {
            self.names.push(Name {
                role,
                fold,
                display: name.into(),
                territory: Territory::default(),
                bearers: Vec::new(),
            });
            (self.names.len() - 1) as NameId
        });
        let most = self.words.entry(id).or_default();
        *most = words.max(*most);
        let entry = &mut self.names[id as usize];
        entry.territory = entry.territory.or(territory);
        if !entry.bearers.contains(&(bearer, spelling)) {
            entry.bearers.push((bearer, spelling));
        }
        Some(id)
    }

    /// Writes a name as it stands, if it has no other bearer yet.
    pub(crate) fn display(&mut self, id: NameId, text: &str) {
        let name = &mut self.names[id as usize];
        if name.bearers.len() == 1 {
            name.display = text.into();
        }
    }

    /// The folded text of a name, the signature of its spelling, and its number of words.
    pub(crate) fn read(&mut self, name: &str) -> Option<(Box<str>, u64, usize)> {
        self.scratch.clear();
        self.scratch.push(name, Column::Any);
        let words = self.scratch.list.len();
        let fold = self.scratch.text(0, words);
        (!fold.is_empty()).then(|| (fold.into(), self.scratch.spelling(0, words).1, words))
    }

    pub(crate) fn build(self) -> Lexicon {
        let mut lexicon = Lexicon { names: self.names, ..Lexicon::default() };
        lexicon.most_words = self.words.values().copied().max().unwrap_or(0);
        let mut prefixes = PrefixHashes::default();
        let Lexicon { names, exact, deletes, longest, .. } = &mut lexicon;
        for (id, name) in (0..).zip(names.iter()) {
            exact.entry(poly_hash::hash(&name.fold)).or_default().push(id);
            let length = name.fold.len();
            *longest = length.max(*longest);
            let mut add = |hash| {
                let ids = deletes.entry(hash).or_default();
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
            };
            prefixes.reset(name.fold.as_bytes());
            if length >= ONE_ERROR_FROM {
                prefixes.without_one(0, length, &mut add);
            }
            if length >= TWO_ERRORS_FROM {
                prefixes.without_two(0, length, &mut add);
            }
        }
        lexicon
    }
}

impl Lexicon {
    pub(crate) fn get(&self, id: NameId) -> &Name {
        &self.names[id as usize]
    }

    /// Words of the longest run that can be a name, with a word split in two.
    pub(crate) fn most_words(&self) -> usize {
        self.most_words + 1
    }

    /// The names that read exactly like this, marks aside.
    pub(crate) fn exact(&self, fold: &str, hash: u64) -> impl Iterator<Item = NameId> + '_ {
        let ids = self.exact.get(&hash).map_or(&[][..], Vec::as_slice);
        let fold_len = fold.len();
        ids.iter().copied().filter(move |id| self.get(*id).fold.len() == fold_len)
    }

    /// The names that read like the bytes `from..to` of `fold` but for one or two letters, with the number of errors.
    pub(crate) fn similar(
        &self,
        fold: &str,
        hashes: &PrefixHashes,
        (from, to): (usize, usize),
        found: &mut Vec<(NameId, u8)>,
    ) {
        found.clear();
        let (text, length) = (&fold[from..to], to - from);
        if length + 1 < ONE_ERROR_FROM || length > self.longest + 2 || !text.is_ascii() {
            return;
        }
        let mut look = |map: &FxHashMap<u64, Vec<NameId>>, hash: u64| {
            self.verify(map, hash, text, found);
        };
        // Letters missing in the text.
        look(&self.deletes, hashes.range(from, to));
        // Letters too many, and letters for others.
        hashes.without_one(from, to, |hash| {
            look(&self.exact, hash);
            look(&self.deletes, hash);
        });
        if length + 1 >= TWO_ERRORS_FROM && found.is_empty() {
            hashes.without_two(from, to, |hash| {
                self.verify(&self.exact, hash, text, found);
                self.verify(&self.deletes, hash, text, found);
            });
        }
    }

    /// Adds the names behind a hash that are within the errors allowed.
    fn verify(
        &self,
        map: &FxHashMap<u64, Vec<NameId>>,
        hash: u64,
        text: &str,
        found: &mut Vec<(NameId, u8)>,
    ) {
        for id in map.get(&hash).into_iter().flatten() {
            if found.iter().all(|(known, _)| known != id) {
                let name = self.get(*id);
                let allowed = errors_allowed(name.fold.len());
                let errors = distance(text.as_bytes(), name.fold.as_bytes(), allowed);
                if errors > 0 && errors <= allowed {
                    found.push((*id, errors as u8));
                }
            }
        }
    }

    /// Bytes held, about.
    pub(crate) fn bytes(&self) -> usize {
        let names: usize = self
            .names
            .iter()
            .map(|n| size_of::<Name>() + n.fold.len() + n.display.len() + n.bearers.capacity() * 16)
            .sum();
        let map = |m: &FxHashMap<u64, Vec<NameId>>| {
            m.capacity() * (8 + size_of::<Vec<NameId>>() + 1)
                + m.values().map(|v| v.capacity() * size_of::<NameId>()).sum::<usize>()
        };
        names + map(&self.exact) + map(&self.deletes)
    }
}

fn errors_allowed(length: usize) -> usize {
    match length {
        0..ONE_ERROR_FROM => 0,
        ONE_ERROR_FROM..TWO_ERRORS_FROM => 1,
        _ => 2,
    }
}

/// Letters put in, left out, changed or swapped with the next (optimal string alignment); `most + 1` where there are
/// more than `most`.
pub(crate) fn distance(a: &[u8], b: &[u8], most: usize) -> usize {
    const ROOM: usize = poly_hash::MAX_LEN + 4;
    if a.len().abs_diff(b.len()) > most || a.len() >= ROOM || b.len() >= ROOM {
        return most + 1;
    }
    let mut rows = [[0_u8; ROOM]; 3];
    rows[1].iter_mut().zip(0..).for_each(|(cell, at)| *cell = at);
    for i in 1..=a.len() {
        let mut row = [0_u8; ROOM];
        row[0] = i as u8;
        let mut least = row[0];
        for j in 1..=b.len() {
            let change = rows[1][j - 1] + u8::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[0][j - 2] + 1);
            }
            row[j] = best;
            least = least.min(best);
        }
        if usize::from(least) > most {
            return most + 1;
        }
        rows[0] = rows[1];
        rows[1] = row;
    }
    usize::from(rows[1][b.len()]).min(most + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lexicon(names: &[&str]) -> Lexicon {
        let mut builder = LexiconBuilder::default();
        for (at, name) in (0..).zip(names) {
            builder.add(Role::Street, name, at, Territory::EVERYWHERE).expect("a name");
        }
        builder.build()
    }

    fn similar(lexicon: &Lexicon, text: &str) -> Vec<(NameId, u8)> {
        let mut tokens = Tokens::default();
        tokens.push(text, Column::Any);
        tokens.seal();
        let mut found = Vec::new();
        lexicon.similar(&tokens.fold, &tokens.hashes, (0, tokens.fold.len()), &mut found);
        found.sort_unstable();
        found
    }

    #[test]
    fn names_with_typing_errors_are_found() {
        let lexicon = lexicon(&["Cao Bá Quát", "Tố Hữu", "Nguyễn Huệ"]);
        for (text, expected) in [
            ("Cao Bá Quat", vec![]),
            ("Cao B Quát", vec![(0, 1)]),
            ("Caoo Bá Quátt", vec![(0, 2)]),
            ("To Hu", vec![(1, 1)]),
            ("Nguyễn Hệu", vec![(2, 1)]),
            ("Lê Lợi", vec![]),
        ] {
            assert_eq!(similar(&lexicon, text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn similar_finds_what_comparing_with_every_name_finds(
            names in prop::collection::hash_set("[abc]{4,12}", 1..12),
            text in "[abc]{1,14}",
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let lexicon = lexicon(&names.iter().map(String::as_str).collect::<Vec<_>>());
            let slow = |most: usize| -> Vec<(NameId, u8)> {
                (0..).zip(&names).filter_map(|(at, name)| {
                    let errors = plain_distance(text.as_bytes(), name.as_bytes());
                    let allowed = errors_allowed(name.len()).min(most);
                    (1..=allowed).contains(&errors).then_some((at, errors as u8))
                }).collect()
            };
            let found = similar(&lexicon, &text);
            // Everything with one error, and where there is none of those everything with two; letters swapped and
            // another error may need three letters left out.
            let one: Vec<_> = slow(1);
            for hit in &one {
                prop_assert!(found.contains(hit), "{hit:?} {found:?}");
            }
            for hit in &found {
                prop_assert!(slow(2).contains(hit), "{hit:?}");
            }
        }
    }

    /// The textbook table, all of it.
    fn plain_distance(a: &[u8], b: &[u8]) -> usize {
        let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                d[i][j] = match (i, j) {
                    (0, n) | (n, 0) => n,
                    _ => {
                        let swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                        let base = (d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                            .min(d[i - 1][j] + 1)
                            .min(d[i][j - 1] + 1);
                        if swap { base.min(d[i - 2][j - 2] + 1) } else { base }
                    }
                };
            }
        }
        d[a.len()][b.len()]
    }
}
