//! Cells of one text column, each distinct value kept once.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// Stands for a cell that states nothing.
pub const NOTHING: u32 = 0;

/// A text column, dictionary-encoded: a cell is the code of its value, [`NOTHING`] where it states none.
///
/// Two cells state the same text if and only if their codes are equal, so agreement costs one comparison of integers and
/// what is derived from a text (letters, words, frequency) is derived once a value and not once a row.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    codes: Vec<u32>,
    bytes: String,
    /// Where the value of a code ends in `bytes`; entry 0 is the empty value.
    ends: Vec<usize>,
    lookup: HashTable<Known>,
}

/// A value that has a code; its print tells most others apart, and lets the table grow, without reading texts.
#[derive(Clone, Copy, Debug)]
struct Known {
    print: u32,
    code: u32,
}

impl Known {
    fn print(text: &str) -> u32 {
        (FxBuildHasher.hash_one(text) >> 32) as u32
    }

    fn hash(print: u32) -> u64 {
        u64::from(print).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl TextColumn {
    /// An empty column with room for `rows` cells.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self { codes: Vec::with_capacity(rows), ends: vec![0], ..Self::default() }
    }

    /// Adds a cell; the empty text states nothing.
    ///
    /// # Panics
    /// When the column would hold more than `u32::MAX` distinct values.
    pub fn push(&mut self, text: &str) {
        let code = if text.is_empty() { NOTHING } else { self.intern(text) };
        self.codes.push(code);
    }

    fn intern(&mut self, text: &str) -> u32 {
        if self.ends.is_empty() {
            self.ends.push(0);
        }
        let Self { bytes, ends, lookup, .. } = self;
        let print = Known::print(text);
        let hash = Known::hash(print);
        let same = |known: &Known| known.print == print && slice(bytes, ends, known.code) == text;
        if let Some(known) = lookup.find(hash, same) {
            return known.code;
        }
        let code = u32::try_from(ends.len()).expect("fewer than 2^32 distinct values");
        bytes.push_str(text);
        ends.push(bytes.len());
        lookup.insert_unique(hash, Known { print, code }, |known| Known::hash(known.print));
        code
    }

    /// Adds the last cell again.
    pub(crate) fn repeat(&mut self) {
        let last = self.codes.last().copied().unwrap_or(NOTHING);
        self.codes.push(last);
    }

    /// The code of a text, if any cell has stated it.
    #[must_use]
    pub fn code_of(&self, text: &str) -> Option<u32> {
        let print = Known::print(text);
        let same = |known: &Known| known.print == print && self.value(known.code) == text;
        self.lookup.find(Known::hash(print), same).map(|known| known.code)
    }

    /// The text of a code; empty for [`NOTHING`].
    #[must_use]
    pub fn value(&self, code: u32) -> &str {
        if code == NOTHING { "" } else { slice(&self.bytes, &self.ends, code) }
    }

    /// The codes of all cells, in their order.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// One more than the largest code.
    #[must_use]
    pub fn code_count(&self) -> usize {
        self.ends.len().max(1)
    }
}

fn slice<'a>(bytes: &'a str, ends: &[usize], code: u32) -> &'a str {
    &bytes[ends[code as usize - 1]..ends[code as usize]]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_column_gives_back_what_was_put_in_and_one_code_a_text(
            cells in proptest::collection::vec("[ab\u{1ee5}]{0,3}", 0..60)
        ) {
            let mut column = TextColumn::with_capacity(cells.len());
            for cell in &cells {
                column.push(cell);
            }
            let codes = column.codes();
            for (i, a) in cells.iter().enumerate() {
                prop_assert_eq!(column.value(codes[i]), a);
                prop_assert_eq!(codes[i] == NOTHING, a.is_empty());
                for (j, b) in cells.iter().enumerate() {
                    prop_assert_eq!(codes[i] == codes[j], a == b);
                }
            }
        }
    }
}
