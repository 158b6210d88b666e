//! What block keys take of a cell, as hashes.

use rustc_hash::FxHasher;
use std::hash::Hasher;

use crate::{
    Cell, TextColumn,
    edits::Letter,
    key::Part,
    lexicon::{Lexicon, Word},
    point,
};

/// The hash of "nothing stated"; a record without one part of a key is in no block of it.
pub(crate) const NO_KEY: u64 = 0;

const BASE: u16 = 0x3ff;

/// The hashes that one part takes of the texts of a column, by code.
#[derive(Clone, Debug)]
pub(crate) struct TextKeys {
    pub(crate) part: Part,
    of: Vec<u64>,
}

impl TextKeys {
    pub(crate) fn new(part: Part) -> Self {
        Self { part, of: vec![NO_KEY] }
    }

    pub(crate) fn extend(&mut self, column: &TextColumn, lexicon: &Lexicon) {
        let missing = self.of.len()..column.code_count();
        self.of.reserve(missing.len());
        for code in missing {
            self.of.push(of_text(self.part, code as u32, lexicon));
        }
    }

    pub(crate) fn get(&self, code: u32) -> u64 {
        self.of[code as usize]
    }
}

fn of_text(part: Part, code: u32, lexicon: &Lexicon) -> u64 {
    match part {
        Part::Fold => hash([u64::from(lexicon.entry(code).fold)]),
        Part::Whole | Part::Step(_) | Part::Square(_) => hash([u64::from(code)]),
        _ => of_spelling(part, lexicon.letters(code), lexicon.words(code)),
    }
}

/// What a part takes of the letters or words of a text.
pub(crate) fn of_spelling(part: Part, letters: &[Letter], words: &[Word]) -> u64 {
    let bases = |letters: &[Letter]| hash(letters.iter().map(|l| u64::from(l & BASE)));
    match part {
        Part::First(n) => bases(&letters[..letters.len().min(usize::from(n))]),
        Part::Last(n) => bases(&letters[letters.len() - letters.len().min(usize::from(n))..]),
        Part::Consonants => consonants(letters),
        Part::SortedWords => sorted(words.iter().map(|w| u64::from(w.hash))),
        Part::Initials => sorted(words.iter().map(|w| u64::from(w.initial()))),
        Part::Whole | Part::Fold | Part::Step(_) | Part::Square(_) => NO_KEY,
    }
}

fn consonants(letters: &[Letter]) -> u64 {
    let vowels = b"aeiouy".map(u16::from);
    let mut last = 0;
    let skeleton = letters.iter().enumerate().filter_map(|(i, letter)| {
        let base = letter & BASE;
        let is_letter = base >= 128 || (base as u8).is_ascii_alphabetic();
        let kept = i == 0 || (is_letter && !vowels.contains(&base) && base != last);
        last = base;
        kept.then_some(u64::from(base))
    });
    hash(skeleton)
}

fn sorted(parts: impl Iterator<Item = u64>) -> u64 {
    let mut parts: Vec<u64> = parts.collect();
    parts.sort_unstable();
    hash(parts)
}

/// What a part takes of a number or a position.
pub(crate) fn of_cell(part: Part, cell: Cell<'_>) -> u64 {
    match (part, cell) {
        (Part::Step(size), Cell::Number(x)) if !x.is_nan() => hash([(x / size).floor().to_bits()]),
        (Part::Whole, Cell::Number(x)) if !x.is_nan() => hash([x.to_bits()]),
        (Part::Square(size), Cell::Point([x, y])) if !x.is_nan() && !y.is_nan() => {
            hash(point::square([x, y], size).map(|n| n as u64))
        }
        _ => NO_KEY,
    }
}

/// A hash that is never [`NO_KEY`].
pub(crate) fn hash(parts: impl IntoIterator<Item = u64>) -> u64 {
    let mut hasher = FxHasher::default();
    let mut any = 0;
    for part in parts {
        hasher.write_u64(part);
        any += 1;
    }
    hasher.write_u64(any);
    // A last multiplication spreads what Fx leaves in the high bits: keys are sorted and cut by value.
    let hash = hasher.finish();
    (hash ^ hash >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15).max(1)
}
