//! VNI-Windows: a vowel letter followed by a letter that carries its hat and tone.

use crate::letter::{self, Tone};

/// Marks for a tone alone, in the order of [`Tone::ALL`]; the first is no mark.
const TONES: [Option<char>; 6] = [None, Some('ø'), Some('ù'), Some('û'), Some('õ'), Some('ï')];
/// Marks for a circumflex with each tone.
const CIRCUMFLEX: [Option<char>; 6] =
    [Some('â'), Some('à'), Some('á'), Some('å'), Some('ã'), Some('ä')];
/// Marks for a breve with each tone.
const BREVE: [Option<char>; 6] = [Some('ê'), Some('è'), Some('é'), Some('ú'), Some('ü'), Some('ë')];
/// `i` and `ỵ` have letters of their own.
const I: [char; 6] = ['i', 'ì', 'í', 'æ', 'ó', 'ò'];

/// How each row of [`letter::LOWER`] is written: base letter and marks. The row of `i` is in [`I`].
const ROWS: [(char, &[Option<char>; 6]); 12] = [
    ('a', &TONES),
    ('a', &BREVE),
    ('a', &CIRCUMFLEX),
    ('e', &TONES),
    ('e', &CIRCUMFLEX),
    ('i', &TONES),
    ('o', &TONES),
    ('o', &CIRCUMFLEX),
    ('ô', &TONES),
    ('u', &TONES),
    ('ö', &TONES),
    ('y', &TONES),
];
const I_ROW: usize = 5;
const Y_ROW: usize = 11;

/// `None` when a mark stands where the encoding has none, or a capital after a small letter.
pub(super) fn decode(text: &str) -> Option<String> {
    let pairs = || text.chars().zip(text.chars().skip(1));
    if pairs()
        .any(|(before, shown)| before.is_lowercase() && !shown.is_ascii() && shown.is_uppercase())
    {
        return None;
    }
    let mut decoded = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(shown) = letters.next() {
        let capital = shown.is_uppercase();
        let base = letter::lower(shown);
        let (cell, marked) = match single(base) {
            Some(cell) => (cell, false),
            None if shown.is_ascii() => {
                let mark = letters.peek().map(|&next| letter::lower(next));
                let Some(cell) = mark.and_then(|mark| pair(base, mark)) else {
                    decoded.push(shown);
                    continue;
                };
                (cell, true)
            }
            None if matches!(base, 'ô' | 'ö') => {
                let mark = letters.peek().map(|&next| letter::lower(next));
                let cell = mark.and_then(|mark| pair(base, mark));
                (cell.or_else(|| bare(base))?, cell.is_some())
            }
            None if base == 'ñ' => {
                decoded.push(if capital { 'Đ' } else { 'đ' });
                continue;
            }
            None if shown == '\u{a0}' => {
                decoded.push(' ');
                continue;
            }
            None => return None,
        };
        if marked {
            letters.next();
        }
        let (row, tone) = cell;
        decoded.push(if capital { letter::UPPER[row][tone] } else { letter::LOWER[row][tone] });
    }
    Some(decoded)
}

/// Row and tone of a letter written alone and not ASCII: those of `i`, and `ỵ`.
fn single(base: char) -> Option<(usize, usize)> {
    match base {
        'î' => Some((Y_ROW, Tone::Dot as usize)),
        'i' => None,
        _ => I.iter().position(|&letter| letter == base).map(|tone| (I_ROW, tone)),
    }
}

fn pair(base: char, mark: char) -> Option<(usize, usize)> {
    ROWS.iter().enumerate().filter(|(row, (letter, _))| *row != I_ROW && *letter == base).find_map(
        |(row, (_, marks))| {
            marks.iter().position(|&known| known == Some(mark)).map(|tone| (row, tone))
        },
    )
}

fn bare(base: char) -> Option<(usize, usize)> {
    ROWS.iter().position(|(letter, _)| *letter == base).map(|row| (row, 0))
}

pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for letter in text.chars() {
        let capital = letter.is_uppercase();
        let case = |shown: char| if capital { letter::upper(shown) } else { shown };
        match letter::parts(letter) {
            Some(parts) if parts.vowel == I_ROW => encoded.push(case(I[parts.tone as usize])),
            Some(parts) if parts.vowel == Y_ROW && parts.tone == Tone::Dot => {
                encoded.push(case('î'));
            }
            Some(parts) => {
                let (base, marks) = ROWS[parts.vowel];
                encoded.push(case(base));
                encoded.extend(marks[parts.tone as usize].map(case));
            }
            None if letter::lower(letter) == 'đ' => encoded.push(case('ñ')),
            None => encoded.push(letter),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_makes_the_round_trip_in_both_cases() {
        for letter in letter::LOWER.iter().chain(&letter::UPPER).flatten().chain(&['đ', 'Đ']) {
            let around = if letter.is_uppercase() { ('T', 'N') } else { ('t', 'n') };
            let text = format!("{}{letter}{}", around.0, around.1);
            assert_eq!(decode(&encode(&text)), Some(text));
        }
    }

    #[test]
    fn a_capital_inside_a_word_of_small_letters_is_refused() {
        assert_eq!(decode("TRÒNH").as_deref(), Some("TRỊNH"));
        for tcvn3 in ["TrÒnh", "nhuÕn", "ghÓm"] {
            assert_eq!(decode(tcvn3), None, "{tcvn3}");
        }
    }

    #[test]
    fn a_mark_without_its_vowel_is_refused() {
        assert_eq!(decode("tøn"), None);
        assert_eq!(decode("bâ"), None);
    }
}
