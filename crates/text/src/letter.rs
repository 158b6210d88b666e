//! Letters of Vietnamese taken apart: base letter, tone, case.
//!
//! Vietnamese has twelve vowel letters, each with six tones in two cases, and `đ`. All of them exist precomposed in
//! Unicode; the functions here work on those (NFC) and leave every other character alone.

/// One of the six tones, in the order in which Vietnamese dictionaries list their marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// No mark (ngang).
    Level,
    /// `à` (huyền).
    Grave,
    /// `á` (sắc).
    Acute,
    /// `ả` (hỏi).
    Hook,
    /// `ã` (ngã).
    Tilde,
    /// `ạ` (nặng).
    Dot,
}

impl Tone {
    /// All tones, in the order of the enum.
    pub const ALL: [Self; 6] =
        [Self::Level, Self::Grave, Self::Acute, Self::Hook, Self::Tilde, Self::Dot];
}

/// The twelve vowels in lower case, each with its six tones in the order of [`Tone::ALL`].
pub const LOWER: [[char; 6]; 12] = [
    ['a', 'à', 'á', 'ả', 'ã', 'ạ'],
    ['ă', 'ằ', 'ắ', 'ẳ', 'ẵ', 'ặ'],
    ['â', 'ầ', 'ấ', 'ẩ', 'ẫ', 'ậ'],
    ['e', 'è', 'é', 'ẻ', 'ẽ', 'ẹ'],
    ['ê', 'ề', 'ế', 'ể', 'ễ', 'ệ'],
    ['i', 'ì', 'í', 'ỉ', 'ĩ', 'ị'],
    ['o', 'ò', 'ó', 'ỏ', 'õ', 'ọ'],
    ['ô', 'ồ', 'ố', 'ổ', 'ỗ', 'ộ'],
    ['ơ', 'ờ', 'ớ', 'ở', 'ỡ', 'ợ'],
    ['u', 'ù', 'ú', 'ủ', 'ũ', 'ụ'],
    ['ư', 'ừ', 'ứ', 'ử', 'ữ', 'ự'],
    ['y', 'ỳ', 'ý', 'ỷ', 'ỹ', 'ỵ'],
];

/// The twelve vowels in capitals, in the shape of [`LOWER`].
pub const UPPER: [[char; 6]; 12] = [
    ['A', 'À', 'Á', 'Ả', 'Ã', 'Ạ'],
    ['Ă', 'Ằ', 'Ắ', 'Ẳ', 'Ẵ', 'Ặ'],
    ['Â', 'Ầ', 'Ấ', 'Ẩ', 'Ẫ', 'Ậ'],
    ['E', 'È', 'É', 'Ẻ', 'Ẽ', 'Ẹ'],
    ['Ê', 'Ề', 'Ế', 'Ể', 'Ễ', 'Ệ'],
    ['I', 'Ì', 'Í', 'Ỉ', 'Ĩ', 'Ị'],
    ['O', 'Ò', 'Ó', 'Ỏ', 'Õ', 'Ọ'],
    ['Ô', 'Ồ', 'Ố', 'Ổ', 'Ỗ', 'Ộ'],
    ['Ơ', 'Ờ', 'Ớ', 'Ở', 'Ỡ', 'Ợ'],
    ['U', 'Ù', 'Ú', 'Ủ', 'Ũ', 'Ụ'],
    ['Ư', 'Ừ', 'Ứ', 'Ử', 'Ữ', 'Ự'],
    ['Y', 'Ỳ', 'Ý', 'Ỷ', 'Ỹ', 'Ỵ'],
];

const PLAIN: [char; 12] = ['a', 'a', 'a', 'e', 'e', 'i', 'o', 'o', 'o', 'u', 'u', 'y'];

/// A vowel letter taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Row in [`LOWER`].
    pub(crate) vowel: usize,
    /// The tone mark it carries.
    pub(crate) tone: Tone,
    /// Whether it is a capital.
    pub(crate) upper: bool,
}

const NONE: u8 = 0xff;
const CAPITAL: u8 = 0x80;
const LATIN_FIRST: usize = 0x00c0;
const EXTENDED_FIRST: usize = 0x1ea0;
const SPAN: usize = 0x0200;
const EXTENDED_SPAN: usize = 0x5a;

/// Entry per code point below U+0200: row × 6 + tone, with [`CAPITAL`] added for capitals.
static LATIN: [u8; SPAN] = table(0);
/// The same for U+1EA0 to U+1EF9.
static EXTENDED: [u8; EXTENDED_SPAN] = table(EXTENDED_FIRST);

const fn table<const N: usize>(first: usize) -> [u8; N] {
    let mut entries = [NONE; N];
    let mut cell = 0;
    while cell < 72 {
        let lower = LOWER[cell / 6][cell % 6] as usize;
        let upper = UPPER[cell / 6][cell % 6] as usize;
        if lower >= first && lower - first < N {
            entries[lower - first] = cell as u8;
        }
        if upper >= first && upper - first < N {
            entries[upper - first] = cell as u8 | CAPITAL;
        }
        cell += 1;
    }
    entries
}

pub(crate) fn parts(letter: char) -> Option<Parts> {
    let point = letter as usize;
    let entry = if point < SPAN {
        LATIN[point]
    } else {
        *EXTENDED.get(point.checked_sub(EXTENDED_FIRST)?)?
    };
    if entry == NONE {
        return None;
    }
    let cell = usize::from(entry & !CAPITAL);
    Some(Parts { vowel: cell / 6, tone: Tone::ALL[cell % 6], upper: entry & CAPITAL != 0 })
}

/// The letter in lower case without its tone, and the tone, by one look at the tables.
pub(crate) fn toneless(letter: char) -> (char, Tone) {
    if letter.is_ascii() {
        return (letter.to_ascii_lowercase(), Tone::Level);
    }
    match parts(letter) {
        Some(Parts { vowel, tone, .. }) => (LOWER[vowel][Tone::Level as usize], tone),
        None => (lower(letter), Tone::Level),
    }
}

/// The tone mark a letter carries; [`Tone::Level`] for consonants and everything that is no letter.
#[must_use]
pub fn tone_of(letter: char) -> Tone {
    parts(letter).map_or(Tone::Level, |parts| parts.tone)
}

/// The letter with its tone mark replaced; consonants come back unchanged.
#[must_use]
pub fn with_tone(letter: char, tone: Tone) -> char {
    match parts(letter) {
        Some(Parts { vowel, upper: true, .. }) => UPPER[vowel][tone as usize],
        Some(Parts { vowel, .. }) => LOWER[vowel][tone as usize],
        None => letter,
    }
}

/// Whether the letter is one of the twelve vowels, in any tone and case.
#[must_use]
pub fn is_vowel(letter: char) -> bool {
    parts(letter).is_some()
}

/// Whether the character is a letter that needs a mark in Vietnamese (`đ` and every vowel with a hat, horn or tone).
#[must_use]
pub fn is_marked(letter: char) -> bool {
    matches!(letter, 'đ' | 'Đ') || (letter as usize >= LATIN_FIRST && is_vowel(letter))
}

/// Whether the character is a letter of any script. Cheap for ASCII and for Vietnamese.
pub(crate) fn is_letter(letter: char) -> bool {
    if letter.is_ascii() {
        letter.is_ascii_alphabetic()
    } else {
        is_marked(letter) || letter.is_alphabetic()
    }
}

/// The letter in lower case. Cheap for ASCII and for Vietnamese.
#[must_use]
pub fn lower(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    match parts(letter) {
        Some(Parts { vowel, tone, .. }) => LOWER[vowel][tone as usize],
        None => letter.to_lowercase().next().unwrap_or(letter),
    }
}

/// The letter as a capital; one whose capital is several letters (`ß`) stays. Cheap for ASCII and for Vietnamese.
#[must_use]
pub fn upper(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_uppercase();
    }
    if let Some(Parts { vowel, tone, .. }) = parts(letter) {
        return UPPER[vowel][tone as usize];
    }
    let mut capital = letter.to_uppercase();
    capital.next().filter(|_| capital.next().is_none()).unwrap_or(letter)
}

/// The letter in lower case without hat, horn, bar or tone: `Ễ` gives `e`, `Đ` gives `d`.
#[must_use]
pub fn plain(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    match (parts(letter), letter) {
        (Some(parts), _) => PLAIN[parts.vowel],
        (None, 'đ' | 'Đ' | 'ð' | 'Ð') => 'd',
        (None, _) => lower(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_taken_apart_and_put_together_again() {
        for (rows, capitals) in [(&LOWER, false), (&UPPER, true)] {
            for (vowel, row) in rows.iter().enumerate() {
                for (tone, &letter) in Tone::ALL.into_iter().zip(row) {
                    assert_eq!(parts(letter), Some(Parts { vowel, tone, upper: capitals }));
                    assert_eq!(with_tone(row[0], tone), letter);
                    assert_eq!(with_tone(letter, Tone::Level), row[0]);
                }
            }
        }
    }

    #[test]
    fn case_and_marks_agree_with_the_standard_library() {
        for (small, capital) in LOWER.iter().flatten().zip(UPPER.iter().flatten()) {
            assert_eq!(small.to_uppercase().collect::<Vec<_>>(), vec![*capital]);
            assert_eq!(lower(*capital), *small);
            assert_eq!(upper(*small), *capital);
            let decomposed = unicode_normalization::char::decompose_canonical;
            let mut first = None;
            decomposed(*small, |part| first = first.or(Some(part)));
            let expected = first.expect("a letter decomposes into at least itself");
            assert_eq!(plain(*capital), expected);
        }
    }

    #[test]
    fn other_characters_are_left_alone() {
        for other in ['b', 'Z', '5', ' ', 'ñ', 'ø', '°', 'Ω', '\u{1ef9}', '\u{fffd}'] {
            if other != 'ỹ' {
                assert_eq!(with_tone(other, Tone::Acute), other);
                assert_eq!(tone_of(other), Tone::Level);
            }
        }
        assert_eq!(plain('Đ'), 'd');
        assert!(is_marked('đ') && is_marked('ô') && !is_marked('o') && !is_marked('ñ'));
    }
}
