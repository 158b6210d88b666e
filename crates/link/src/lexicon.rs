//! What is derived of every distinct text of a column, once.

use diachiso_text::letter::{is_marked, plain};
use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHasher};
use std::hash::{BuildHasher, Hasher};

use crate::{
    Model, TextColumn,
    condition::Test,
    edits::{self, Letter},
    key::Part,
};

/// What a model asks of the texts of a column: nothing else is derived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    letters: bool,
    words: bool,
    /// The text without marks.
    fold: bool,
}

impl Needs {
    /// Per column of a model.
    pub(crate) fn of(model: &Model) -> Vec<Self> {
        let mut needs = vec![Self::default(); model.columns.len()];
        for comparison in &model.comparisons {
            needs[comparison.column].fold |= comparison.by_frequency;
            for condition in comparison.levels.iter().flat_map(|level| &level.conditions) {
                needs[condition.column].test(condition.test);
            }
        }
        for part in model.blocks.iter().flat_map(|block| &block.parts) {
            needs[part.column].part(part.part);
        }
        needs
    }

    fn test(&mut self, test: Test) {
        match test {
            Test::Unmarked | Test::Unaccented => self.fold = true,
            Test::SameWords | Test::WordsWithin | Test::Initials | Test::Words(_) => {
                self.words = true;
            }
            Test::Edits(_) | Test::JaroWinkler(_) | Test::Prefix(_) => self.letters = true,
            Test::Exact
            | Test::Crossed(_)
            | Test::Difference(_)
            | Test::Metres(_)
            | Test::Otherwise => {}
        }
    }

    fn part(&mut self, part: Part) {
        match part {
            Part::Fold => self.fold = true,
            Part::First(_) | Part::Last(_) | Part::Consonants => self.letters = true,
            Part::SortedWords => self.words = true,
            Part::Whole | Part::Step(_) | Part::Square(_) => {}
        }
    }
}

/// Derived values of one text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    /// Equal for texts that are equal without marks; 0 for no text.
    pub(crate) fold: u32,
    /// Whether it bears any mark.
    pub(crate) marked: bool,
    /// Of its letters without marks.
    pub(crate) signature: u64,
    letters: (u32, u16),
    words: (u32, u16),
}

/// A word of a text: its hash without marks, and its first letter where it is that letter alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    pub(crate) hash: u32,
    pub(crate) first: u16,
    pub(crate) lone: bool,
}

/// Derived values of all texts of a column, by code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lexicon {
    needs: Needs,
    entries: Vec<Entry>,
    letters: Vec<Letter>,
    words: Vec<Word>,
    folds: HashTable<(u64, u32)>,
    fold_count: u32,
}

impl Lexicon {
    pub(crate) fn new(needs: Needs) -> Self {
        Self { needs, ..Self::default() }
    }

    /// Derives what is missing for the texts of `column`.
    pub(crate) fn extend(&mut self, column: &TextColumn) {
        if self.needs == Needs::default() {
            return;
        }
        if self.entries.is_empty() {
            self.entries.push(Entry::default());
        }
        for code in self.entries.len()..column.code_count() {
            self.add(column.value(code as u32));
        }
    }

    fn add(&mut self, text: &str) {
        let start = self.letters.len();
        if self.needs.letters {
            self.letters.extend(text.chars().map(edits::letter));
        }
        let (mut fold, mut marked) = (0, false);
        if self.needs.fold {
            marked = text.chars().any(is_marked);
            fold = self.fold(fold_hash(text));
        }
        let letters = self.letters.len() - start;
        let first_word = self.words.len();
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        for word in words.take(if self.needs.words { usize::MAX } else { 0 }) {
            let mut hasher = FxHasher::default();
            word.chars().for_each(|c| hasher.write_u32(plain(c) as u32));
            let hash = hasher.finish();
            let first = word.chars().next().map_or(0, edits::letter);
            let lone = word.chars().nth(1).is_none();
            self.words.push(Word { hash: (hash >> 32) as u32, first, lone });
        }
        let words = self.words.len() - first_word;
        self.entries.push(Entry {
            fold,
            marked,
            signature: edits::signature(&self.letters[start..]),
            letters: (start as u32, letters.min(usize::from(u16::MAX)) as u16),
            words: (first_word as u32, words.min(usize::from(u16::MAX)) as u16),
        });
    }

    fn fold(&mut self, hash: u64) -> u32 {
        let spread = FxBuildHasher.hash_one(hash);
        if let Some((_, fold)) = self.folds.find(spread, |(h, _)| *h == hash) {
            return *fold;
        }
        self.fold_count += 1;
        let fold = self.fold_count;
        self.folds.insert_unique(spread, (hash, fold), |(h, _)| FxBuildHasher.hash_one(*h));
        fold
    }

    pub(crate) fn entry(&self, code: u32) -> &Entry {
        &self.entries[code as usize]
    }

    pub(crate) fn fold_codes(&self) -> usize {
        self.fold_count as usize + 1
    }

    pub(crate) fn letters(&self, code: u32) -> &[Letter] {
        let (start, len) = self.entries[code as usize].letters;
        &self.letters[start as usize..start as usize + usize::from(len)]
    }

    pub(crate) fn words(&self, code: u32) -> &[Word] {
        let (start, len) = self.entries[code as usize].words;
        &self.words[start as usize..start as usize + usize::from(len)]
    }
}

/// Equal for texts that are equal without marks.
pub(crate) fn fold_hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.chars().for_each(|c| hasher.write_u32(plain(c) as u32));
    hasher.finish()
}

/// Most words of a text that are compared.
const WORDS_MAX: usize = 32;

/// How many words two texts share, each counted as often as both have it.
pub(crate) fn shared_words(a: &[Word], b: &[Word]) -> usize {
    let mut taken = 0_u32;
    a.iter()
        .take(WORDS_MAX)
        .filter(|word| {
            let same = |(j, other): &(usize, &Word)| taken >> j & 1 == 0 && other.hash == word.hash;
            match b.iter().take(WORDS_MAX).enumerate().find(same) {
                None => false,
                Some((j, _)) => {
                    taken |= 1 << j;
                    true
                }
            }
        })
        .count()
}

/// Whether word by word each is the other or the other's first letter, and one at least is written out in both.
pub(crate) fn are_initials(a: &[Word], b: &[Word]) -> bool {
    let fits = |(x, y): (&Word, &Word)| {
        x.hash == y.hash || ((x.lone || y.lone) && x.first & 0x3ff == y.first & 0x3ff)
    };
    let whole = |(x, y): (&Word, &Word)| x.hash == y.hash && !x.lone;
    a.len() == b.len() && a.iter().zip(b).all(fits) && a.iter().zip(b).any(whole)
}
