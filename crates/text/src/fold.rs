//! Keys by which texts are compared: a strong one that keeps the tones and a weak one that drops every mark.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::letter;
use crate::tone::canonical_tone;

/// Lower case without marks (`đ` as `d`), letters and digits only, words parted by single spaces.
///
/// For finding candidates only: *Thủy* and *Thúy* share this key and are two persons.
#[must_use]
pub fn unaccent_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    push_unaccented(&mut key, text);
    key
}

/// Adds the [`unaccent_key`] of a text to others.
pub(crate) fn push_unaccented(to: &mut String, text: &str) {
    let mut key = Key::behind(to);
    for letter in text.chars() {
        if letter.is_ascii() {
            key.push_ascii(letter.to_ascii_lowercase());
        } else if letter::is_marked(letter) {
            key.push_any(letter::plain(letter));
        } else if !is_combining_mark(letter) {
            letter
                .nfd()
                .filter(|&part| !is_combining_mark(part))
                .for_each(|part| key.push(letter::plain(part)));
        }
    }
}

/// Lower case with the tones kept and canonically placed, letters and digits only, words parted by single spaces.
#[must_use]
pub fn strong_key(text: &str) -> String {
    strong_key_keeping(text, |_| false)
}

/// [`strong_key`] that also keeps the punctuation asked for.
pub(crate) fn strong_key_keeping(text: &str, keep: impl Fn(char) -> bool) -> String {
    let composed = composed(text);
    let mut strong = String::with_capacity(composed.len());
    let mut key = Key::behind(&mut strong);
    for letter in composed.chars() {
        match letter {
            _ if letter.is_ascii() && !keep(letter) => key.push_ascii(letter.to_ascii_lowercase()),
            'Ð' | 'ð' => key.push_any('đ'),
            _ if keep(letter) || letter::is_marked(letter) => key.push_any(letter::lower(letter)),
            _ => key.push(letter::lower(letter)),
        }
    }
    match canonical_tone(&strong) {
        Cow::Owned(moved) => moved,
        Cow::Borrowed(_) => strong,
    }
}

fn composed(text: &str) -> Cow<'_, str> {
    // Vietnamese letters with two marks lie beyond the first combining mark and are none.
    let may_combine = |letter: char| letter >= '\u{300}' && !letter::is_marked(letter);
    if text.chars().any(|letter| may_combine(letter) && is_combining_mark(letter)) {
        Cow::Owned(text.nfc().collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A key being built: everything but letters and digits is a gap, and gaps are one space.
struct Key<'t> {
    text: &'t mut String,
    /// Where it begins; nothing parts it from what stands before.
    start: usize,
    gap: bool,
}

impl<'t> Key<'t> {
    fn behind(text: &'t mut String) -> Self {
        let start = text.len();
        Self { text, start, gap: false }
    }

    fn push(&mut self, letter: char) {
        if letter.is_ascii() {
            self.push_ascii(letter);
        } else if letter::is_marked(letter) || letter.is_alphanumeric() {
            self.push_any(letter);
        } else if !matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') {
            self.gap = true;
        }
    }

    fn push_ascii(&mut self, letter: char) {
        if letter.is_ascii_alphanumeric() {
            self.push_any(letter);
        } else {
            self.gap = true;
        }
    }

    fn push_any(&mut self, letter: char) {
        if self.gap && self.text.len() > self.start {
            self.text.push(' ');
        }
        self.gap = false;
        self.text.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, strong: &str, weak: &str) {
        assert_eq!(strong_key(input), strong);
        assert_eq!(unaccent_key(input), weak);
        assert_eq!(unaccent_key(strong), weak, "the weak key of the strong key");
    }

    #[test]
    fn keys_drop_case_and_punctuation() {
        check("  Hồ-Thị  (Thuỷ) ", "hồ thị thủy", "ho thi thuy");
        check("P.Thuận Hoà", "p thuận hòa", "p thuan hoa");
        check("ĐẶNG ĐÌNH ĐỨC", "đặng đình đức", "dang dinh duc");
        check("TDP 05/2", "tdp 05 2", "tdp 05 2");
        check("…", "", "");
    }

    #[test]
    fn decomposed_and_lookalike_letters_give_the_same_keys() {
        check("Nguye\u{302}\u{303}n", "nguyễn", "nguyen");
        check("Ðặng", "đặng", "dang");
        check("Hu\u{200b}ế", "huế", "hue");
    }

    #[test]
    fn foreign_letters_lose_their_marks_in_the_weak_key() {
        assert_eq!(unaccent_key("Müller-Žižek"), "muller zizek");
    }

    #[test]
    fn tones_tell_names_apart_in_the_strong_key_only() {
        assert_ne!(strong_key("Thủy"), strong_key("Thúy"));
        assert_eq!(unaccent_key("Thủy"), unaccent_key("Thúy"));
        assert_eq!(strong_key("Hoà"), strong_key("Hòa"));
    }
}
