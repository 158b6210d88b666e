//! Rule F06: one spelling for characters and spaces.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::letter::{self, Tone};

/// The text in NFC, without zero-width or control characters, with every kind of space as one plain space, trimmed.
///
/// Soft hyphens go as well, and the Icelandic `Ð`, which some keyboards produce for the Vietnamese `Đ` it looks like,
/// becomes `Đ`. Borrows when the text is clean already or only its ends need trimming.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(is_space);
    if is_clean(trimmed) {
        return Cow::Borrowed(trimmed);
    }
    let mut cleaned = String::with_capacity(trimmed.len());
    // What is dropped must not stand between a letter and its mark while they are composed.
    let kept = trimmed.chars().filter(|letter| !matches!(treat(*letter), Treatment::Drop));
    for letter in kept.nfc() {
        match treat(letter) {
            Treatment::Keep(mark) if is_hat(mark) => push_hat(&mut cleaned, mark),
            Treatment::Keep(kept) => cleaned.push(kept),
            Treatment::Space if !cleaned.is_empty() && !cleaned.ends_with(' ') => cleaned.push(' '),
            Treatment::Space | Treatment::Drop => {}
        }
    }
    cleaned.truncate(cleaned.trim_end_matches(' ').len());
    if cleaned == trimmed { Cow::Borrowed(trimmed) } else { Cow::Owned(cleaned) }
}

/// The text without white space at its ends: [`str::trim`], which most cells leave after a look at their first and last
/// bytes.
#[must_use]
#[inline]
pub fn trimmed(text: &str) -> &str {
    // White space beyond ASCII is U+0085, U+00A0, U+1680, U+2000 to U+205F or U+3000.
    let begins = match text.as_bytes() {
        [first, ..] if first.is_ascii() => !first.is_ascii_graphic(),
        [0xe1, second, ..] => *second == 0x9a,
        [first, ..] => matches!(first, 0xc2 | 0xe2 | 0xe3),
        [] => return text,
    };
    let ends = match text.as_bytes() {
        [.., last] if last.is_ascii() => !last.is_ascii_graphic(),
        [.., before, _] => matches!(before, 0xc2 | 0x9a | 0x80 | 0x81),
        _ => true,
    };
    if begins || ends { text.trim() } else { text }
}

const HATS: [char; 3] = ['\u{302}', '\u{306}', '\u{31b}'];

fn is_hat(mark: char) -> bool {
    HATS.contains(&mark)
}

/// Adds a hat to a vowel that has its tone already; some keyboards send the tone first, which NFC cannot compose.
fn push_hat(cleaned: &mut String, mark: char) {
    let composed = cleaned.chars().next_back().and_then(|last| {
        let bare = letter::with_tone(last, Tone::Level);
        let hatted = unicode_normalization::char::compose(bare, mark)?;
        Some(letter::with_tone(hatted, letter::tone_of(last)))
    });
    match composed {
        Some(letter) => {
            cleaned.pop();
            cleaned.push(letter);
        }
        None => cleaned.push(mark),
    }
}

enum Treatment {
    Keep(char),
    Space,
    Drop,
}

fn treat(letter: char) -> Treatment {
    match letter {
        'Ð' | 'Ɖ' => Treatment::Keep('Đ'),
        'ð' => Treatment::Keep('đ'),
        _ if is_space(letter) => Treatment::Space,
        _ if is_invisible(letter) || letter.is_control() => Treatment::Drop,
        _ => Treatment::Keep(letter),
    }
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace()
}

fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}'
    )
}

/// Whether nothing needs doing, decided without allocating; `false` may be wrong, `true` never is.
fn is_clean(text: &str) -> bool {
    let mut after_space = false;
    if text.is_ascii() {
        return text.bytes().all(|byte| {
            let doubled = after_space && byte == b' ';
            after_space = byte == b' ';
            !doubled && (b' '..0x7f).contains(&byte)
        });
    }
    text.chars().all(|letter| {
        let doubled = after_space && letter == ' ';
        after_space = letter == ' ';
        !doubled && is_settled(letter)
    })
}

/// Characters that are NFC whatever stands beside them and that the rule leaves alone.
fn is_settled(letter: char) -> bool {
    match letter {
        'Ð' | 'ð' | '\u{ad}' | 'Ɖ' => false,
        ' '..='~' | '\u{a1}'..='\u{2ff}' | '\u{1ea0}'..='\u{1ef9}' => true,
        _ => matches!(letter, '\u{2010}'..='\u{2027}' | '\u{2032}'..='\u{2033}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(clean(input), expected);
        assert_eq!(clean(&clean(input)), expected, "cleaning twice");
    }

    #[test]
    fn ends_are_trimmed_of_every_white_space() {
        for letter in ('\0'..=char::MAX).filter(|l| l.is_whitespace() || *l < '\u{3100}') {
            for text in [format!("{letter}"), format!("a{letter}"), format!("{letter}ế")] {
                assert_eq!(trimmed(&text), text.trim(), "{text:?}");
            }
        }
        assert_eq!(trimmed(""), "");
    }

    #[test]
    fn decomposed_letters_are_composed() {
        check("Nguye\u{302}\u{303}n Va\u{306}n A", "Nguyễn Văn A");
        check("Nguyê\u{303}n", "Nguyễn");
        check("Hue\u{301}\u{302}", "Huế");
        check("Vie\u{323}\u{302}t", "Việt");
        check("\u{1ea1}\u{302}", "ậ");
    }

    #[test]
    fn spaces_of_every_kind_become_single_plain_ones() {
        check("  Phú\u{a0}\u{a0}Bài\t", "Phú Bài");
        check("Cao  Bá\r\nQuát", "Cao Bá Quát");
        check("a\u{3000}b\u{202f}c", "a b c");
        check("\u{a0}", "");
        check("", "");
    }

    #[test]
    fn invisible_characters_go() {
        check("\u{feff}Hồ\u{200b} Thị", "Hồ Thị");
        check("a \u{200b} b", "a b");
        check("Hương\u{ad} Thủy", "Hương Thủy");
        check("\u{200b} x \u{200b}", "x");
        check("a\u{0}b", "ab");
        check("Tho\u{8c}\u{323}", "Thọ");
        check("Hue\u{200b}\u{302}\u{ad}\u{301}", "Huế");
    }

    #[test]
    fn the_icelandic_eth_becomes_the_letter_it_stands_for() {
        check("Ðặng Ðình", "Đặng Đình");
    }

    #[test]
    fn clean_text_is_borrowed() {
        for text in
            ["Tôn Nữ Thị Ninh", "TDP 5", "", "16°34′24,6″ B", "\u{201c}Đội 4\u{201d}", " trimmed "]
        {
            assert!(matches!(clean(text), Cow::Borrowed(_)), "{text:?} was copied");
        }
    }
}
