//! What is derived of every distinct text of a column, once.

use diachiso_text::{
    letter::{is_marked, plain},
    syllable,
};
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
    words: Words,
    /// The text without marks.
    fold: bool,
}

/// What a model asks of the words of texts; what stands below asks for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Words {
    #[default]
    None,
    /// The words.
    Apart,
    /// And which of them are Vietnamese syllables.
    Syllables,
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
                self.words = self.words.max(Words::Apart);
            }
            Test::Edits(_) | Test::JaroWinkler(_) | Test::Prefix(_) => self.letters = true,
            Test::Slip => *self = Self { letters: true, words: Words::Syllables, fold: true },
            Test::Exact
            | Test::Crossed(_)
            | Test::Difference(_)
            | Test::Metres(_)
            | Test::OneStates
            | Test::Unstated
            | Test::Otherwise => {}
        }
    }

    fn part(&mut self, part: Part) {
        match part {
            Part::Fold => self.fold = true,
            Part::First(_) | Part::Last(_) | Part::Consonants => self.letters = true,
            Part::SortedWords | Part::Initials => self.words = self.words.max(Words::Apart),
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

/// A word of a text without marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) hash: u32,
    /// Its first letters, ten bits each, the first one lowest.
    start: u32,
    /// Letters of an abbreviation, one letter or consonants alone (*N.*, *Ng.*, *Tr.*); 0 for other words.
    short: u8,
    /// Whether it is a syllable that Vietnamese spelling allows; told only where a model asks for it.
    pub(crate) syllable: bool,
}

/// Most letters of an abbreviation.
const SHORT_MAX: usize = 3;
const BASE: u16 = 0x3ff;

impl Word {
    pub(crate) fn new(word: &str, syllables: bool) -> Self {
        let mut hasher = FxHasher::default();
        let (mut start, mut letters, mut vowels) = (0, 0, false);
        for c in word.chars() {
            hasher.write_u32(plain(c) as u32);
            let base = edits::letter(c) & BASE;
            if letters < SHORT_MAX {
                start |= u32::from(base) << (10 * letters);
            }
            vowels |= b"aeiouy".map(u16::from).contains(&base);
            letters += 1;
        }
        let is_short = letters == 1 || (letters <= SHORT_MAX && !vowels);
        Self {
            hash: (hasher.finish() >> 32) as u32,
            start,
            short: if is_short { letters as u8 } else { 0 },
            syllable: syllables && syllable::is_syllable(word),
        }
    }

    pub(crate) fn is_short(self) -> bool {
        self.short > 0
    }

    pub(crate) fn initial(self) -> u32 {
        self.start & u32::from(BASE)
    }

    /// Whether one is the beginning of the other, and an abbreviation.
    fn abbreviates(self, other: Self) -> bool {
        let begins = |short: Self, long: Self| {
            let mask = (1_u32 << (10 * u32::from(short.short))) - 1;
            short.is_short() && short.start & mask == long.start & mask
        };
        begins(self, other) || begins(other, self)
    }
}

/// The words of a text, parted by whatever is no letter or digit.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty())
}

/// What tests look at of one text.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// Equal for texts that are equal without marks.
    pub(crate) fold: u64,
    /// Whether it bears any mark.
    pub(crate) marked: bool,
    /// Of its letters without marks.
    pub(crate) signature: u64,
    pub(crate) letters: &'a [Letter],
    pub(crate) words: &'a [Word],
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
        let missing = self.entries.len()..column.code_count();
        // Many at once are made room for at once; one more must not fit to the byte, or each would copy all.
        if missing.len() > self.entries.len() {
            self.entries.reserve_exact(missing.len());
            let letters =
                if self.needs.letters { column.letters_at_most(self.entries.len()) } else { 0 };
            self.letters.reserve_exact(letters);
        }
        for code in missing {
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
        if self.needs.words > Words::None {
            let syllables = self.needs.words == Words::Syllables;
            self.words.extend(words(text).map(|word| Word::new(word, syllables)));
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

    pub(crate) fn view(&self, code: u32) -> View<'_> {
        let Entry { fold, marked, signature, .. } = *self.entry(code);
        let (letters, words) = (self.letters(code), self.words(code));
        View { fold: u64::from(fold), marked, signature, letters, words }
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

/// Whether word by word each is the other or abbreviates it, and one at least is written out in both.
pub(crate) fn are_initials(a: &[Word], b: &[Word]) -> bool {
    let fits = |(x, y): (&Word, &Word)| x.hash == y.hash || x.abbreviates(*y);
    let whole = |(x, y): (&Word, &Word)| x.hash == y.hash && !x.is_short();
    a.len() == b.len() && a.iter().zip(b).all(fits) && a.iter().zip(b).any(whole)
}
