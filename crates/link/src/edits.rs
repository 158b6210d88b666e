//! How far two spellings are apart, with costs that know Vietnamese.
//!
//! The distance is that of optimal string alignment (Damerau 1964, each letter edited once): insertion, deletion,
//! replacement and the exchange of two neighbours. A replacement that leaves the base letter costs less than one that
//! does not, because marks are what typists drop and old fonts break:
//!
//! | replaced | cost |
//! |---|---|
//! | another letter | 1 |
//! | `i` by `y` | ½ |
//! | hat, horn, breve or bar (`a` `ă` `â`, `d` `đ`) | ½ |
//! | tone (`ú` `ủ`) | ½ |
//! | both | ¾ |

use diachiso_text::letter::{plain, tone_of, with_tone};

/// A letter taken apart: base letter, shape and tone in 10, 3 and 3 bits. Letters that no Vietnamese word has share
/// their ten bits with others, which at most makes two strange letters look alike.
pub type Letter = u16;

const BASE_BITS: u32 = 10;
const BASE: u16 = (1 << BASE_BITS) - 1;

/// Quarters of an edit: what costs are counted in.
const QUARTERS: f32 = 4.0;
const WHOLE: u16 = 4;
const HALF: u16 = 2;
const THREE_QUARTERS: u16 = 3;

/// Longest text in letters that is compared on the stack; longer ones are cut here.
const LETTERS_MAX: usize = 96;

/// Takes a letter apart.
#[must_use]
pub fn letter(c: char) -> Letter {
    let base = plain(c);
    if c.is_ascii() {
        return base as u16;
    }
    let tone = tone_of(c);
    let untoned = with_tone(c, diachiso_text::letter::Tone::Level);
    let shape = match untoned.to_lowercase().next() {
        Some('ă') => 1,
        Some('â' | 'ê' | 'ô') => 2,
        Some('ơ' | 'ư') => 3,
        Some('đ') => 4,
        _ => 0,
    };
    // Fibonacci hashing above ASCII; the first 128 are themselves.
    let point = base as u32;
    let base =
        if point < 128 { point } else { 128 + (point.wrapping_mul(0x9E37_79B1) >> 22) % 896 };
    base as u16 | shape << BASE_BITS | (tone as u16) << (BASE_BITS + 3)
}

/// What replacing one letter by another costs, in quarters.
fn replace(a: Letter, b: Letter) -> u16 {
    if a == b {
        return 0;
    }
    let (i, y) = (u16::from(b'i'), u16::from(b'y'));
    match (a & BASE, b & BASE) {
        (x, y) if x == y => {
            let (shape, tone) = ((a ^ b) >> BASE_BITS & 7 != 0, a >> 13 != b >> 13);
            if shape && tone { THREE_QUARTERS } else { HALF }
        }
        (p, q) if (p == i && q == y) || (p == y && q == i) => HALF,
        _ => WHOLE,
    }
}

/// A set of the letters of a word that bounds the edits between two words from below.
///
/// One bit says that a letter occurs, a second that it occurs twice. An edit changes at most two of all bits.
#[must_use]
pub fn signature(letters: &[Letter]) -> u64 {
    letters.iter().fold(0_u64, |set, letter| {
        let at = u32::from(letter & BASE) % 32;
        let (once, twice) = (1_u64 << at, 1_u64 << (32 + at));
        if set & once == 0 { set | once } else { set | twice }
    })
}

/// Whether the edits between two words may stay within `limit`, by their signatures; cheap, and never wrongly no.
#[must_use]
pub fn may_be_within(a: u64, b: u64, limit: f32) -> bool {
    // `i` for `y` changes two bits at half the price of a whole edit: hence four bits an edit.
    (a ^ b).count_ones() as f32 <= 4.0 * limit
}

/// The distance of two words in edits, or `None` where it exceeds `limit`.
#[must_use]
pub fn distance(a: &[Letter], b: &[Letter], limit: f32) -> Option<f32> {
    let (a, b) = (&a[..a.len().min(LETTERS_MAX)], &b[..b.len().min(LETTERS_MAX)]);
    let limit = (limit * QUARTERS) as u16;
    if (a.len().abs_diff(b.len()) as u16).saturating_mul(WHOLE) > limit {
        return None;
    }
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    let mut rows = [[0_u16; LETTERS_MAX + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate().take(b.len() + 1) {
        *cell = j as u16 * WHOLE;
    }
    for i in 1..=a.len() {
        let [before, last, row] = rows_at(&mut rows, i);
        row[0] = i as u16 * WHOLE;
        let mut lowest = row[0];
        for j in 1..=b.len() {
            let mut cost = (last[j - 1] + replace(a[i - 1], b[j - 1]))
                .min(last[j] + WHOLE)
                .min(row[j - 1] + WHOLE);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(before[j - 2] + WHOLE);
            }
            row[j] = cost;
            lowest = lowest.min(cost);
        }
        if lowest > limit + WHOLE {
            return None;
        }
    }
    let cost = rows[a.len() % 3][b.len()];
    (cost <= limit).then(|| f32::from(cost) / QUARTERS)
}

/// The rows of `i − 2`, `i − 1` and `i` of three that take turns.
fn rows_at<const N: usize>(rows: &mut [[u16; N]; 3], i: usize) -> [&mut [u16; N]; 3] {
    let [zero, one, two] = rows;
    match i % 3 {
        0 => [one, two, zero],
        1 => [two, zero, one],
        _ => [zero, one, two],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letters(text: &str) -> Vec<Letter> {
        text.chars().map(letter).collect()
    }

    #[track_caller]
    fn check(a: &str, b: &str, expected: f32) {
        assert_eq!(distance(&letters(a), &letters(b), 16.0), Some(expected), "{a} {b}");
    }

    #[test]
    fn marks_cost_less_than_letters() {
        check("thúy", "thúy", 0.0);
        check("thúy", "thủy", 0.5);
        check("dung", "đung", 0.5);
        check("lan", "lân", 0.5);
        check("an", "ấn", 0.75);
        check("mỹ", "mĩ", 0.5);
        check("hùng", "hưng", 0.75);
        check("lan", "lam", 1.0);
        check("hoa", "hao", 1.0);
        check("", "abc", 3.0);
    }

    /// The textbook recursion, without cutting and early ends.
    fn slow(a: &[Letter], b: &[Letter]) -> u16 {
        let mut d = vec![vec![0_u16; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                d[i][j] = if i == 0 || j == 0 {
                    (i + j) as u16 * WHOLE
                } else {
                    let mut cost = (d[i - 1][j - 1] + replace(a[i - 1], b[j - 1]))
                        .min(d[i - 1][j] + WHOLE)
                        .min(d[i][j - 1] + WHOLE);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        cost = cost.min(d[i - 2][j - 2] + WHOLE);
                    }
                    cost
                };
            }
        }
        d[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn the_distance_is_that_of_the_textbook_and_symmetric(
            a in "[aáảăyi b1]{0,9}", b in "[aáảăyi b1]{0,9}", limit in 0_u8..12
        ) {
            let (a, b) = (letters(&a), letters(&b));
            let limit = f32::from(limit) / 2.0;
            let expected = Some(f32::from(slow(&a, &b)) / QUARTERS).filter(|d| *d <= limit);
            prop_assert_eq!(distance(&a, &b, limit), expected);
            prop_assert_eq!(distance(&b, &a, limit), expected);
            if expected.is_some() {
                prop_assert!(may_be_within(signature(&a), signature(&b), limit));
            }
        }
    }
}
