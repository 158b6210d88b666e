//! UTF-8 whose bytes were read as Windows-1252.

use unicode_normalization::UnicodeNormalization;

/// What Windows-1252 shows for the bytes 0x80 to 0x9F; the five without a character stay control characters.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How often text may have been misread; more than twice is not seen in practice.
const MAX_TIMES: usize = 3;

/// `None` unless the bytes behind the text are UTF-8 with at least one letter of more than one byte.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut decoded = once(text)?;
    for _ in 1..MAX_TIMES {
        match once(&decoded) {
            Some(deeper) => decoded = deeper,
            None => break,
        }
    }
    Some(decoded.nfc().collect())
}

fn once(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut bytes: Vec<u8> = text.chars().map(byte_of).collect::<Option<_>>()?;
    // `à` is C3 A0, and A0 is a no-break space, which many programs turn into a plain one. `Đ` is C4 90, and 90 has no
    // character, so that it is often gone.
    let mut at = 0;
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (0xc3, b' ') => bytes[at + 1] = 0xa0,
            (0xc4, next) if !(0x80..0xc0).contains(&next) => bytes.insert(at + 1, 0x90),
            _ => {}
        }
        at += 1;
    }
    String::from_utf8(bytes).ok()
}

fn byte_of(shown: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(shown) {
        return Some(byte);
    }
    HIGH.iter().position(|&high| high == shown).map(|at| 0x80 + at as u8)
}

pub(super) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
            _ => char::from(byte),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter;

    #[test]
    fn every_letter_makes_the_round_trip_in_both_cases() {
        for letter in letter::LOWER.iter().chain(&letter::UPPER).flatten().chain(&['đ', 'Đ']) {
            let text = letter.to_string();
            if !letter.is_ascii() {
                assert_eq!(decode(&encode(&text)), Some(text));
            }
        }
    }

    #[test]
    fn text_that_is_no_utf8_is_refused() {
        assert_eq!(decode("Hòa"), None);
        assert_eq!(decode("plain"), None);
    }
}
