//! Cells of one text column, each distinct value kept once.

use std::{hash::BuildHasher, hint};

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
    known: Known,
}

/// A value that has a code, with its print, which tells most others apart and lets the table grow without reading texts:
/// the print in the higher half, the code in the lower. A number, since memory full of zeros is had without writing them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot(u64);

impl Slot {
    fn new(print: u32, code: u32) -> Self {
        Self(u64::from(print) << 32 | u64::from(code))
    }

    fn print(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// [`NOTHING`] in a slot that is free.
    fn code(self) -> u32 {
        self.0 as u32
    }
}

/// The codes of values by their prints: open addressing, a value stands in the first free slot from its own on.
///
/// A slot is told by the highest bits of the print, so that a table twice as large holds values in the same order, and
/// growing runs through memory once instead of jumping about in it.
#[derive(Clone, Debug, Default)]
struct Known {
    /// See [`Slot`].
    slots: Vec<u64>,
    used: usize,
}

/// Slots of the smallest table, a power of two.
const SLOTS_LEAST: usize = 64;

impl Known {
    fn print(text: &str) -> u32 {
        let hash = FxBuildHasher.hash_one(text);
        ((hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }

    /// The slot at which the search for a print begins.
    fn place(&self, print: u32) -> usize {
        ((u64::from(print) * self.slots.len() as u64) >> 32) as usize
    }

    /// The code of a value with this print for which `same` holds, else the free slot where it would stand.
    fn find(&self, print: u32, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = self.place(print);
        loop {
            match Slot(self.slots[at]) {
                slot if slot.code() == NOTHING => return Err(at),
                slot if slot.print() == print && same(slot.code()) => return Ok(slot.code()),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Makes room for so many more values.
    fn reserve(&mut self, more: usize) {
        let wanted = (self.used + more) * 3 / 2 + 1;
        if wanted <= self.slots.len() {
            return;
        }
        let slots = vec![0; wanted.next_power_of_two().max(SLOTS_LEAST)];
        let before = std::mem::replace(&mut self.slots, slots);
        for slot in before.into_iter().map(Slot).filter(|slot| slot.code() != NOTHING) {
            if let Err(at) = self.find(slot.print(), |_| false) {
                self.slots[at] = slot.0;
            }
        }
    }
}

/// The print of an empty text that stands for the one before it.
const AGAIN: u32 = u32::MAX;

/// Texts on their way into a [`TextColumn`].
///
/// A large table of values is in no cache, and a search in it waits for memory. Searches for many texts at once wait
/// together: what they need is asked for before the first of them is answered.
#[derive(Clone, Debug, Default)]
pub struct TextBatch {
    bytes: String,
    ends: Vec<u32>,
    prints: Vec<u32>,
}

impl TextBatch {
    /// Adds a text; the empty one states nothing.
    ///
    /// # Panics
    /// When the batch would hold 4 GiB.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.close();
        let print = if text.is_empty() { 0 } else { Known::print(text) };
        self.prints.push(print);
    }

    /// Adds the text before once more; the empty one where there is none.
    pub fn repeat(&mut self) {
        self.close();
        self.prints.push(AGAIN);
    }

    fn close(&mut self) {
        self.ends.push(u32::try_from(self.bytes.len()).expect("a batch of less than 4 GiB"));
    }

    /// Forgets the texts and keeps the memory.
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.prints.clear();
    }

    fn texts(&self) -> impl Iterator<Item = (&str, u32)> {
        let mut from = 0;
        self.ends.iter().zip(&self.prints).map(move |(end, print)| {
            let text = &self.bytes[from..*end as usize];
            from = *end as usize;
            (text, *print)
        })
    }
}

impl TextColumn {
    /// An empty column with room for `rows` cells.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self { codes: Vec::with_capacity(rows), ends: vec![0], ..Self::default() }
    }

    /// Makes room for so many more cells.
    pub fn reserve(&mut self, rows: usize) {
        self.codes.reserve(rows);
    }

    /// Adds a cell; the empty text states nothing.
    ///
    /// # Panics
    /// When the column would hold more than `u32::MAX` distinct values.
    pub fn push(&mut self, text: &str) {
        let code = if text.is_empty() {
            NOTHING
        } else {
            self.known.reserve(1);
            self.intern(text, Known::print(text))
        };
        self.codes.push(code);
    }

    /// Adds a batch of cells, which is empty afterwards.
    ///
    /// # Panics
    /// When the column would hold more than `u32::MAX` distinct values.
    pub fn append(&mut self, batch: &mut TextBatch) {
        self.known.reserve(batch.prints.len().min(self.known.used / 8 + 1));
        let slot = |print: &u32| Slot(self.known.slots[self.known.place(*print)]);
        let near: Vec<Slot> = batch.prints.iter().map(slot).collect();
        // Of values that are there already the texts are compared: they are fetched here, and what they are is no matter.
        let fetched =
            near.iter().zip(&batch.prints).filter(|(slot, print)| slot.print() == **print);
        let fetched = fetched.filter_map(|(slot, _)| {
            let end = *self.ends.get(slot.code() as usize)?;
            self.bytes.as_bytes().get(end.wrapping_sub(1)).copied()
        });
        hint::black_box(fetched.fold(0, |sum, byte| sum ^ byte));
        let mut last = (0, NOTHING);
        for (text, print) in batch.texts() {
            if text.is_empty() && print == AGAIN {
                // The same once more.
            } else if text.is_empty() {
                last = (0, NOTHING);
            } else if print != last.0 || self.value(last.1) != text {
                self.known.reserve(1);
                last = (print, self.intern(text, print));
            }
            self.codes.push(last.1);
        }
        batch.clear();
    }

    fn intern(&mut self, text: &str, print: u32) -> u32 {
        if self.ends.is_empty() {
            self.ends.push(0);
        }
        let Self { bytes, ends, known, .. } = self;
        match known.find(print, |code| slice(bytes, ends, code) == text) {
            Ok(code) => code,
            Err(free) => {
                let code = u32::try_from(ends.len()).expect("fewer than 2^32 distinct values");
                bytes.push_str(text);
                ends.push(bytes.len());
                known.slots[free] = Slot::new(print, code).0;
                known.used += 1;
                code
            }
        }
    }

    /// Adds the last cell again.
    pub(crate) fn repeat(&mut self) {
        let last = self.codes.last().copied().unwrap_or(NOTHING);
        self.codes.push(last);
    }

    /// The code of a text, if any cell has stated it.
    #[must_use]
    pub fn code_of(&self, text: &str) -> Option<u32> {
        if self.known.slots.is_empty() || text.is_empty() {
            return None;
        }
        self.known.find(Known::print(text), |code| self.value(code) == text).ok()
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

    /// At least as many letters as the values from a code on have together.
    pub(crate) fn letters_at_most(&self, from: usize) -> usize {
        let before = from.checked_sub(1).and_then(|last| self.ends.get(last)).copied();
        self.bytes.len() - before.unwrap_or(0)
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
            let mut in_batches = TextColumn::default();
            for piece in cells.chunks(7) {
                let mut batch = TextBatch::default();
                for (at, cell) in piece.iter().enumerate() {
                    if at > 0 && piece[at - 1] == *cell { batch.repeat() } else { batch.push(cell) }
                }
                in_batches.append(&mut batch);
            }
            let codes = column.codes();
            prop_assert_eq!(in_batches.codes(), codes);
            for cell in &cells {
                prop_assert_eq!(column.code_of(cell), in_batches.code_of(cell));
                prop_assert_eq!(column.code_of(cell).is_none(), cell.is_empty());
            }
            for (i, a) in cells.iter().enumerate() {
                prop_assert_eq!(column.value(codes[i]), a);
                prop_assert_eq!(codes[i] == NOTHING, a.is_empty());
                for (j, b) in cells.iter().enumerate() {
                    prop_assert_eq!(codes[i] == codes[j], a == b);
                }
            }
        }
    }

    #[test]
    fn many_values_keep_their_codes_while_the_table_grows() {
        let mut column = TextColumn::default();
        let mut batch = TextBatch::default();
        for from in (0..20_000).step_by(1_000) {
            (from..from + 1_000).for_each(|n| batch.push(&n.to_string()));
            (0..from).step_by(97).for_each(|n| batch.push(&n.to_string()));
            column.append(&mut batch);
        }
        for n in 0..20_000 {
            assert_eq!(column.code_of(&n.to_string()), Some(n + 1), "{n}");
        }
        assert_eq!((column.code_count(), column.code_of("20000")), (20_001, None));
    }
}
