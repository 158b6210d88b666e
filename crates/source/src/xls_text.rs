//! The text that an xls file asks its reader to keep.
//!
//! The reader copies a shared text into every cell that shows it, makes room for as many
//! characters as a text says it has, and writes formulas out: a few megabytes can ask for
//! hundreds of gigabytes. What is added up here is at least what it takes.

use crate::compound_file::XlsFault;
use crate::zip_directory::{u16_at, u32_at};

/// Most text of all cells of an xls file: 512 MiB, a full sheet of ten columns at 50 bytes twice
/// over.
pub(crate) const MAX_XLS_TEXT_BYTES: u64 = 512 << 20;

/// Bytes of UTF-8 that a character may take.
const BYTES_PER_CHARACTER: u64 = 3;

/// Most pieces of a record: 16,384, some 128 MB; the reader's time grows with their square.
const MAX_PIECES: usize = 1 << 14;

/// Characters that a byte of a formula may become, names aside: `ISNONTEXT(` of three bytes.
const FORMULA_GROWTH: u64 = 8;

const SHARED_TEXTS: u16 = 0x00FC;
const CONTINUE: u16 = 0x003C;
const NAME: u16 = 0x0018;
const SHEET: u16 = 0x0085;
const LABELS: [u16; 2] = [0x0204, 0x00D6];
const SHARED_LABEL: u16 = 0x00FD;
const FORMULA: u16 = 0x0006;
const FORMULA_TEXT: u16 = 0x0207;

/// Adds up the text of cells.
#[derive(Default)]
pub(crate) struct Texts {
    /// Bytes of each shared text.
    shared: Vec<u32>,
    /// Longest name that a formula can mention, in characters.
    longest_name: u64,
    total: u64,
}

impl Texts {
    /// Reads the shared texts and names among the records of the whole book.
    pub(crate) fn of_book<'a>(
        records: impl Iterator<Item = (u16, &'a [u8])>,
    ) -> Result<Self, XlsFault> {
        let mut texts = Self::default();
        let mut pieces: Vec<&[u8]> = Vec::new();
        let mut in_shared = false;
        let mut count = 0;
        for (kind, data) in records {
            count = if kind == CONTINUE { count + 1 } else { 0 };
            if count > MAX_PIECES {
                return Err(XlsFault::TooMuchText);
            }
            match kind {
                CONTINUE if in_shared => pieces.push(data),
                SHARED_TEXTS => {
                    in_shared = true;
                    pieces = vec![data];
                }
                CONTINUE => {}
                _ => in_shared = false,
            }
            let name = match kind {
                NAME => data.get(3),
                SHEET => data.get(6),
                _ => None,
            };
            texts.longest_name = texts.longest_name.max(name.copied().unwrap_or(0).into());
        }
        if !pieces.is_empty() {
            texts.shared = shared_texts(&pieces).ok_or(XlsFault::Broken)?;
            texts.total = texts.shared.iter().copied().map(u64::from).sum();
        }
        Ok(texts)
    }

    /// Adds the text of a record of a sheet.
    pub(crate) fn see(&mut self, kind: u16, data: &[u8]) -> Result<(), XlsFault> {
        let characters =
            |at| u16_at(data, at).map_or(0, |count| BYTES_PER_CHARACTER * u64::from(count));
        self.total += match kind {
            _ if LABELS.contains(&kind) => characters(6),
            FORMULA_TEXT => characters(0),
            SHARED_LABEL => {
                let which = u32_at(data, 6).map_or(usize::MAX, |which| which as usize);
                self.shared.get(which).copied().unwrap_or(0).into()
            }
            // A name is called by five bytes.
            FORMULA => {
                let growth = FORMULA_GROWTH + self.longest_name * BYTES_PER_CHARACTER / 5;
                data.len().saturating_sub(20) as u64 * growth
            }
            _ => 0,
        };
        if self.total > MAX_XLS_TEXT_BYTES { Err(XlsFault::TooMuchText) } else { Ok(()) }
    }
}

/// Most bytes of each shared text; `None` where one runs over the end.
fn shared_texts(pieces: &[&[u8]]) -> Option<Vec<u32>> {
    let (mut data, mut more) = (pieces.first()?.get(8..)?, pieces[1..].iter());
    let mut texts = Vec::new();
    loop {
        if data.is_empty() {
            let Some(next) = more.next() else { return Some(texts) };
            data = next;
            if data.is_empty() {
                texts.push(0);
                continue;
            }
        }
        let (count, flags) = (u16_at(data, 0).ok()?, *data.get(2)?);
        data = &data[3..];
        let mut behind = 0;
        if flags & 0x8 != 0 {
            behind += 4 * usize::from(u16_at(data, 0).ok()?);
            data = &data[2..];
        }
        if flags & 0x4 != 0 {
            behind = behind.checked_add(u32_at(data, 0).ok()? as usize)?;
            data = &data[4..];
        }
        let mut left = usize::from(count);
        let mut width = 1 + usize::from(flags & 1);
        while left > 0 {
            let taken = left.min(data.len() / width);
            data = &data[taken * width..];
            left -= taken;
            if left > 0 {
                let (flags, rest) = more.next()?.split_first()?;
                (width, data) = (1 + usize::from(flags & 1), rest);
            }
        }
        while behind > 0 {
            if data.is_empty() {
                data = more.next()?;
            }
            let taken = behind.min(data.len());
            data = &data[taken..];
            behind -= taken;
        }
        texts.push(u32::from(count) * BYTES_PER_CHARACTER as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_texts_are_measured_over_the_borders_of_records() {
        let plain = [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, b'a', b'b', 3, 0, 1, b'c', 0];
        let rest = [1, b'd', 0, b'e', 0, 1, 0, 8, 1, 0, b'f', 9, 9];
        let last = [9, 9, 1, 0, 4, 2, 0, 0, 0, b'g', 7, 7];
        assert_eq!(shared_texts(&[&plain, &rest, &last]), Some(vec![6, 9, 3, 3]));
        assert_eq!(shared_texts(&[&plain]), None);
        assert_eq!(shared_texts(&[&plain, &rest]), None);
    }

    #[test]
    fn a_shared_text_counts_in_every_cell_that_shows_it() {
        let mut table = vec![0; 8];
        table.extend(u16::MAX.to_le_bytes());
        table.push(0);
        table.resize(table.len() + usize::from(u16::MAX), b'x');
        let book = [(SHARED_TEXTS, table.as_slice())];
        let mut texts = Texts::of_book(book.into_iter()).expect("is measured");
        let cell = [0; 10];
        let shown = (0..10_000).take_while(|_| texts.see(SHARED_LABEL, &cell).is_ok()).count();
        assert_eq!(shown, 2_729);
    }

    #[test]
    fn a_text_counts_as_long_as_it_says_it_is() {
        let mut texts = Texts::default();
        let label = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0];
        let shown = (0..10_000).take_while(|_| texts.see(LABELS[0], &label).is_ok()).count();
        assert_eq!(shown, 2_730);
    }
}
