//! TCVN 5712:1993 VN3, the encoding of the ABC fonts (`.VnTime` and its kin).

use crate::letter::{self, Tone};

/// Rows as in [`letter::LOWER`]; the characters that Windows-1252 shows for the bytes. From the standard's VN3 table.
const ROWS: [[char; 6]; 12] = [
    ['a', 'µ', '¸', '¶', '·', '¹'],
    ['¨', '»', '¾', '¼', '½', 'Æ'],
    ['©', 'Ç', 'Ê', 'È', 'É', 'Ë'],
    ['e', 'Ì', 'Ð', 'Î', 'Ï', 'Ñ'],
    ['ª', 'Ò', 'Õ', 'Ó', 'Ô', 'Ö'],
    ['i', '×', 'Ý', 'Ø', 'Ü', 'Þ'],
    ['o', 'ß', 'ã', 'á', 'â', 'ä'],
    ['«', 'å', 'è', 'æ', 'ç', 'é'],
    ['¬', 'ê', 'í', 'ë', 'ì', 'î'],
    ['u', 'ï', 'ó', 'ñ', 'ò', 'ô'],
    ['\u{ad}', 'õ', 'ø', 'ö', '÷', 'ù'],
    ['y', 'ú', 'ý', 'û', 'ü', 'þ'],
];

/// The capitals that have a byte of their own, and `đ`.
const SINGLES: [(char, char); 8] = [
    ('¡', 'Ă'),
    ('¢', 'Â'),
    ('£', 'Ê'),
    ('¤', 'Ô'),
    ('¥', 'Ơ'),
    ('¦', 'Ư'),
    ('§', 'Đ'),
    ('®', 'đ'),
];

/// The letter of each character from U+0080 to U+00FF; `\0` where there is none.
static LETTERS: [char; 0x80] = letters();

const fn letters() -> [char; 0x80] {
    let mut letters = ['\0'; 0x80];
    let mut cell = 0;
    while cell < 72 {
        let shown = ROWS[cell / 6][cell % 6] as usize;
        // Vowels without any mark are ASCII in every encoding.
        if shown >= 0x80 {
            letters[shown - 0x80] = letter::LOWER[cell / 6][cell % 6];
        }
        cell += 1;
    }
    let mut single = 0;
    while single < SINGLES.len() {
        letters[SINGLES[single].0 as usize - 0x80] = SINGLES[single].1;
        single += 1;
    }
    letters
}

/// The letter behind a character that is not ASCII.
fn letter_of(shown: char) -> Option<char> {
    let letter = *LETTERS.get((shown as usize).checked_sub(0x80)?)?;
    (letter != '\0').then_some(letter)
}

/// `None` when a character belongs to no byte of the encoding.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len() + text.len() / 2);
    for shown in text.chars() {
        match shown {
            _ if shown.is_ascii() => decoded.push(shown),
            // A no-break space is no letter of the encoding and may stand between words.
            '\u{a0}' => decoded.push(' '),
            _ => decoded.push(letter_of(shown)?),
        }
    }
    let shouted = is_shouted(text);
    let mut settled = String::with_capacity(decoded.len());
    for word in decoded.split_inclusive(|letter: char| !letter::is_letter(letter)) {
        let capitals = shouted || is_capital_word(word);
        for letter in horned(word) {
            settled.push(if capitals { letter::upper(letter) } else { letter });
        }
    }
    Some(settled)
}

/// Whether a micro sign stands before a single letter, as in `5 µm`: the word `àm` is rarer.
pub(super) fn has_micro_unit(text: &str) -> bool {
    let parts = |l: char| l.is_whitespace() || (l.is_ascii() && !l.is_ascii_alphabetic());
    text.split(parts).any(|word| word.strip_prefix('µ').is_some_and(|unit| unit.len() == 1))
}

/// Whether every letter with a case of its own is a capital, in the text as shown.
fn is_shouted(text: &str) -> bool {
    let capitals = text.bytes().filter(u8::is_ascii_uppercase).count();
    capitals > 2 && !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The same for one decoded word; small letters with tone marks say nothing, because they have no capitals.
fn is_capital_word(word: &str) -> bool {
    let speaks = |letter: &char| letter.is_ascii_alphabetic() || "ăâđêôơưĂÂĐÊÔƠƯ".contains(*letter);
    let mut telling = word.chars().filter(speaks);
    let capitals = word.chars().filter(|letter| speaks(letter) && letter.is_uppercase()).count();
    capitals > 1 && telling.all(char::is_uppercase)
}

/// The word with `ươ` where its `ư`, a soft hyphen that programs like to drop, is gone and `ơ` alone cannot stand.
fn horned(word: &str) -> impl Iterator<Item = char> {
    let mut before = '\0';
    let mut letters = word.chars();
    std::iter::from_fn(move || {
        let letter = letters.next()?;
        let bare = letter::with_tone(letter, Tone::Level);
        let rest = || letters.as_str().trim_end_matches(|letter: char| !letter::is_letter(letter));
        let lost = bare == 'ơ' && before != 'ư' && matches!(rest(), "ng" | "c" | "u");
        before = letter::lower(bare);
        Some(if lost { [Some('ư'), Some(letter)] } else { [Some(letter), None] })
    })
    .flat_map(|pair| pair.into_iter().flatten())
}

pub(super) fn encode(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_ascii() {
                return letter;
            }
            if let Some((code, _)) = SINGLES.iter().find(|(_, single)| *single == letter) {
                return *code;
            }
            letter::parts(letter).map_or(letter, |parts| ROWS[parts.vowel][parts.tone as usize])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_small_letter_makes_the_round_trip() {
        for letter in letter::LOWER.iter().flatten().chain(&['đ']) {
            let text = letter.to_string();
            assert_eq!(decode(&encode(&text)), Some(text));
        }
    }

    #[test]
    fn capitals_with_a_byte_of_their_own_make_the_round_trip_and_others_come_back_small() {
        for letter in letter::UPPER.iter().flatten().chain(&['Đ']) {
            let decoded = decode(&encode(&letter.to_string())).expect("every letter has a byte");
            let kept = letter.is_ascii() || letter::tone_of(*letter) == Tone::Level;
            let expected = if kept { *letter } else { letter::lower(*letter) };
            assert_eq!(decoded, expected.to_string());
        }
    }

    #[test]
    fn no_character_stands_for_two_letters() {
        let mut codes: Vec<char> =
            ROWS.iter().flatten().copied().chain(SINGLES.iter().map(|(code, _)| *code)).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!((codes.len(), all), (80, 80));
    }
}
