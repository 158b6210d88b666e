//! VIQR (RFC 1456): `^`, `(` and `+` for hats and horns, `` ` ``, `'`, `?`, `~` and `.` for tones, `dd` for `đ`.

use crate::letter::{self, Tone};
use crate::syllable::is_syllable;

const TONE_MARKS: [(char, Tone); 5] = [
    ('`', Tone::Grave),
    ('\'', Tone::Acute),
    ('?', Tone::Hook),
    ('~', Tone::Tilde),
    ('.', Tone::Dot),
];

/// Vowel, mark and what they make; `*` for a horn is a common variant.
const HATS: [(char, char, char); 8] = [
    ('a', '^', 'â'),
    ('e', '^', 'ê'),
    ('o', '^', 'ô'),
    ('a', '(', 'ă'),
    ('o', '+', 'ơ'),
    ('u', '+', 'ư'),
    ('o', '*', 'ơ'),
    ('u', '*', 'ư'),
];

/// `None` unless the text is ASCII, holds a mark that ordinary punctuation does not explain, and most of its words are
/// syllables afterwards.
pub(super) fn decode(text: &str) -> Option<String> {
    let telling = |pair: &[u8]| {
        b"^(+*`~".contains(&pair[1])
            && (pair[0].is_ascii_alphabetic() || b"^(+*".contains(&pair[0]))
    };
    if !text.as_bytes().windows(2).any(telling) || !text.is_ascii() {
        return None;
    }
    let mut decoded = String::with_capacity(text.len() + text.len() / 2);
    let (mut words, mut syllables, mut proofs) = (0_u32, 0_u32, 0_u32);
    for piece in text.split_inclusive(char::is_whitespace) {
        let (word, proof) = decode_word(piece);
        for part in
            word.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty())
        {
            let abbreviated = part.is_ascii()
                && part.len() < 4
                && part.bytes().all(|byte| byte.is_ascii_uppercase());
            if part.bytes().all(|byte| byte.is_ascii_digit()) || abbreviated {
                continue;
            }
            words += 1;
            syllables += u32::from(is_syllable(part));
            let whole = part.chars().nth(1).is_some() && !part.is_ascii();
            proofs += u32::from(proof && whole && is_syllable(part));
        }
        decoded.push_str(&word);
    }
    (proofs > 0 && syllables * 4 >= words * 3).then_some(decoded)
}

/// Every word decoded, without asking for evidence.
pub(super) fn decode_all(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(|piece| decode_word(piece).0).collect()
}

/// One word decoded, and whether a mark in it can be nothing else than VIQR.
fn decode_word(word: &str) -> (String, bool) {
    let mut decoded = String::with_capacity(word.len() + 4);
    let mut proof = false;
    let mut letters = word.chars().peekable();
    let mut initial = true;
    while let Some(shown) = letters.next() {
        if shown == '\\' {
            decoded.extend(letters.next());
            continue;
        }
        if initial
            && shown.eq_ignore_ascii_case(&'d')
            && letters.peek().is_some_and(|next| next.eq_ignore_ascii_case(&'d'))
        {
            letters.next();
            decoded.push(if shown == 'D' { 'Đ' } else { 'đ' });
            initial = false;
            continue;
        }
        initial = !shown.is_alphanumeric();
        let mut letter = shown;
        if letter::is_vowel(shown) {
            let mut hatless = true;
            if let Some(hatted) = letters.peek().and_then(|&mark| hat(letter, mark)) {
                letter = hatted;
                letters.next();
                proof = true;
                hatless = false;
            }
            if let Some(tone) = letters.peek().and_then(|&mark| tone(mark)) {
                // A full stop or question mark after a lone letter (`A.`) is punctuation, but `o+?` is a word.
                let lone = decoded.chars().next_back().is_none_or(|last| !last.is_alphabetic());
                let ends = letters.clone().nth(1).is_none_or(|next| !next.is_alphabetic());
                if !(lone && hatless && ends && matches!(tone, Tone::Dot | Tone::Hook)) {
                    letters.next();
                    letter = letter::with_tone(letter, tone);
                    proof |= matches!(tone, Tone::Grave | Tone::Tilde);
                }
            }
        }
        decoded.push(letter);
    }
    (decoded, proof)
}

fn hat(vowel: char, mark: char) -> Option<char> {
    let (_, _, hatted) =
        HATS.iter().find(|(base, known, _)| *base == letter::lower(vowel) && *known == mark)?;
    Some(if vowel.is_uppercase() { letter::upper(*hatted) } else { *hatted })
}

fn tone(mark: char) -> Option<Tone> {
    TONE_MARKS.iter().find(|(known, _)| *known == mark).map(|(_, tone)| *tone)
}

pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        match letter::parts(letter) {
            Some(parts) => {
                let bare = letter::LOWER[parts.vowel][0];
                let (plain, mark) = HATS
                    .iter()
                    .find(|(_, _, hatted)| *hatted == bare)
                    .map_or((bare, None), |(base, mark, _)| (*base, Some(*mark)));
                encoded.push(if parts.upper { plain.to_ascii_uppercase() } else { plain });
                encoded.extend(mark);
                encoded.extend(
                    TONE_MARKS.iter().find(|(_, tone)| *tone == parts.tone).map(|(mark, _)| *mark),
                );
            }
            None if letter == 'đ' => encoded.push_str("dd"),
            None if letter == 'Đ' => encoded.push_str("DD"),
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
            let text = if letter::is_vowel(*letter) {
                format!("t{letter}n")
            } else {
                format!("{letter}a")
            };
            assert_eq!(decode_word(&encode(&text)).0, text);
        }
    }

    #[test]
    fn a_stop_after_a_lone_letter_is_punctuation_and_after_a_horn_a_tone() {
        for (input, expected) in [("A.", "A."), ("o?", "o?"), ("o+?", "ở"), ("ba.", "bạ")] {
            assert_eq!(decode_word(input).0, expected);
        }
    }

    #[test]
    fn a_backslash_keeps_the_mark_that_follows() {
        assert_eq!(decode_word("Hue\\?").0, "Hue?");
    }
}
