//! Where the tone mark stands.
//!
//! `hoà` and `hòa`, `thuỷ` and `thủy`, `khoẻ` and `khỏe` are one word each in two schools of spelling. The older style
//! is what most people type and what the registers hold, so it is the canonical one.

use std::borrow::Cow;

use crate::letter::{self, Tone};
use crate::syllable;

/// The text with every tone mark where the older style puts it; `i` and `y` stay as they are.
///
/// `hoà` becomes `hòa`, `thuỷ` `thủy`, `qúy` `quý`, `gìa` `già`. Only words that are Vietnamese syllables change, so
/// foreign words keep their accents. Expects NFC. Borrows when nothing moves.
#[must_use]
pub fn canonical_tone(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut moved = String::new();
    let mut copied = 0;
    for (start, word) in words(text) {
        if let Some(Move { from, to }) = misplaced(word) {
            moved.push_str(&text[copied..start]);
            let tone = word.chars().nth(from).map_or(Tone::Level, letter::tone_of);
            moved.extend(word.chars().enumerate().map(|(at, letter)| match at {
                _ if at == from => letter::with_tone(letter, Tone::Level),
                _ if at == to => letter::with_tone(letter, tone),
                _ => letter,
            }));
            copied = start + word.len();
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    moved.push_str(&text[copied..]);
    Cow::Owned(moved)
}

/// The runs of letters in a text, with where each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|letter: char| !letter::is_letter(letter))
        .filter(|word| !word.is_ascii())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// A tone mark to be moved, by the indexes of the letters.
struct Move {
    from: usize,
    to: usize,
}

const MAX_LETTERS: usize = 7;

fn misplaced(word: &str) -> Option<Move> {
    let mut letters = ['\0'; MAX_LETTERS];
    let mut count = 0;
    let mut marked = None;
    for letter in word.chars() {
        if count == MAX_LETTERS {
            return None;
        }
        let (base, tone) = letter::toneless(letter);
        if tone != Tone::Level {
            if marked.is_some() {
                return None;
            }
            marked = Some(count);
        }
        letters[count] = base;
        count += 1;
    }
    let from = marked?;
    let to = position(&letters[..count])?;
    (from != to && syllable::is_syllable(word)).then_some(Move { from, to })
}

/// Index of the letter that carries the tone, for a toneless word in lower case.
fn position(letters: &[char]) -> Option<usize> {
    let vowel_at = |at: usize| letters.get(at).is_some_and(|&letter| letter::is_vowel(letter));
    let mut first = letters.iter().position(|&letter| letter::is_vowel(letter))?;
    // `qu` and `gi` are consonants when a vowel follows.
    let glide =
        first > 0 && matches!((letters[first - 1], letters[first]), ('q', 'u') | ('g', 'i'));
    if glide && first == 1 && vowel_at(first + 1) {
        first += 1;
    }
    let length = letters[first..].iter().take_while(|&&letter| letter::is_vowel(letter)).count();
    let cluster = &letters[first..first + length];
    // The last hat or horn decides: `ươ` marks ơ, `uyê` marks ê, `ưa` marks ư.
    if let Some(hatted) = cluster.iter().rposition(|letter| !letter.is_ascii()) {
        let horned_pair = hatted > 0 && cluster[hatted] == 'ư';
        return Some(first + if horned_pair { 0 } else { hatted });
    }
    let closed = first + length < letters.len();
    Some(match (length, closed) {
        (1, _) | (2, false) => first,
        _ => first + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(canonical_tone(input), expected);
        assert_eq!(canonical_tone(&canonical_tone(input)), expected, "moving twice");
    }

    #[test]
    fn the_new_style_becomes_the_old() {
        check("hoà thuỷ khoẻ loè Thuý hoá hoả hoã hoạ", "hòa thủy khỏe lòe Thúy hóa hỏa hõa họa");
        check("Hương Thuỷ, xã Quảng Hoà", "Hương Thủy, xã Quảng Hòa");
        check("PHÚ HOÀ", "PHÚ HÒA");
    }

    #[test]
    fn closed_and_longer_clusters_take_the_second_vowel() {
        check("hòan tóan ngọai khủyu lóang", "hoàn toán ngoại khuỷu loáng");
        check("thúyên qúyên", "thuyến quyến");
    }

    #[test]
    fn qu_and_gi_never_carry_the_tone() {
        check("qúy qủa gìa gía qùan", "quý quả già giá quàn");
        check("quý giá gì gìn giếng quốc quỳnh", "quý giá gì gìn giếng quốc quỳnh");
    }

    #[test]
    fn hats_and_horns_draw_the_tone() {
        check("đừơng trừơng thúê mừa", "đường trường thuế mừa");
        check("cứu lừa mưới tiến", "cứu lừa mưới tiến");
    }

    #[test]
    fn i_and_y_stay_as_written() {
        check("Lý Lí Mỹ Mĩ quý quí", "Lý Lí Mỹ Mĩ quý quí");
    }

    #[test]
    fn right_text_and_foreign_words_are_borrowed() {
        for text in
            ["Thừa Thiên Huế", "hello", "café résumé", "Nguyễn Thị Thúy Hòa", "", "của mía lụa"]
        {
            assert!(matches!(canonical_tone(text), Cow::Borrowed(_)), "{text:?} was copied");
        }
    }
}
