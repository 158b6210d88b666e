//! A text cut into words that compare: folded for looking up, with a signature of the marks for telling apart.

use diachiso_text::letter::{self, Tone};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::poly_hash::PrefixHashes;

/// Most words of a query: one bit each in a mask.
pub const MAX_TOKENS: usize = 64;

/// The column that a word came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Free text.
    Any,
    Number,
    Alley,
    Street,
    Village,
    Commune,
    District,
}

/// One word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// Its bytes in [`Tokens::fold`].
    pub(crate) from: u16,
    pub(crate) to: u16,
    /// Its bytes in the text of its column.
    pub(crate) source: (u16, u16),
    /// Signature of the spelling with marks, the tone told apart from the letter that bears it: `hòa` and `hoà` are one.
    pub(crate) spelling: u64,
    /// Whether it has marks.
    pub(crate) marked: bool,
    /// Whether it begins with a digit.
    pub(crate) number: bool,
    /// Stretches between commas, counted through all columns.
    pub(crate) segment: u16,
    pub(crate) column: Column,
}

/// A text as words; its buffers are used again.
#[derive(Default)]
pub(crate) struct Tokens {
    /// The folded words behind one another, without spaces: a run of words is a slice.
    pub(crate) fold: String,
    pub(crate) list: Vec<Token>,
    /// Whether any word has marks.
    pub(crate) spelt: bool,
    pub(crate) hashes: PrefixHashes,
    /// Words that did not fit.
    pub(crate) overflow: bool,
    segment: u16,
}

/// Letters that may stand right before a number without a space, as people write them.
const GLUED: [&str; 13] =
    ["p", "k", "tdp", "to", "kv", "kp", "sn", "ql", "tl", "hl", "thon", "xom", "kiet"];

/// Numerals that end names of villages; those that are words too are left alone.
const ROMAN: [(&str, &str); 6] =
    [("ii", "2"), ("iii", "3"), ("iv", "4"), ("vii", "7"), ("viii", "8"), ("ix", "9")];

impl Tokens {
    pub(crate) fn clear(&mut self) {
        self.fold.clear();
        self.list.clear();
        self.spelt = false;
        self.overflow = false;
        self.segment = 0;
    }

    /// Adds the words of a column.
    pub(crate) fn push(&mut self, text: &str, column: Column) {
        if text.is_empty() {
            return;
        }
        let combining = |c: char| c >= '\u{300}' && !letter::is_marked(c) && is_combining_mark(c);
        if text.chars().any(combining) {
            let composed: String = text.nfc().collect();
            self.push_composed(&composed, column);
        } else {
            self.push_composed(text, column);
        }
        self.segment += 1;
    }

    /// To be called when all columns are in.
    pub(crate) fn seal(&mut self) {
        self.hashes.reset(self.fold.as_bytes());
    }

    fn push_composed(&mut self, text: &str, column: Column) {
        let mut word: Option<Word> = None;
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter.is_alphanumeric() {
                let digit = letter.is_ascii_digit();
                if digit && let Some(open) = word.as_ref().filter(|open| !open.number) {
                    // `k22` is `k` and `22`.
                    if GLUED.contains(&&self.fold[open.from..]) {
                        let open = word.take();
                        self.close(open, at, column);
                    }
                }
                let open = word.get_or_insert(Word {
                    from: self.fold.len(),
                    source: at,
                    hash: 0,
                    tone: Tone::Level,
                    marked: false,
                    number: digit,
                });
                open.add(letter);
                self.fold.push(folded(letter));
                continue;
            }
            if matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') {
                continue;
            }
            let within = matches!(letter, '/' | '-') && word.as_ref().is_some_and(|w| w.number);
            let digit = |&(_, next): &(usize, char)| next.is_ascii_digit();
            if within && letters.peek().is_some_and(digit) {
                self.fold.push(letter);
                continue;
            }
            // `22 / 31` is `22/31`.
            let spaced = letter == ' ' && word.as_ref().is_some_and(|w| w.number);
            if spaced {
                let mut rest = text[at..].trim_start().chars();
                if rest.next() == Some('/')
                    && rest.as_str().trim_start().starts_with(|c: char| c.is_ascii_digit())
                {
                    while letters.peek().is_some_and(|(_, c)| !c.is_ascii_digit()) {
                        letters.next();
                    }
                    self.fold.push('/');
                    continue;
                }
            }
            self.close(word.take(), at, column);
            if matches!(letter, ',' | ';' | '\n' | '(' | ')' | '|') {
                self.segment = self.segment.saturating_add(1);
            }
        }
        self.close(word.take(), text.len(), column);
    }

    fn close(&mut self, word: Option<Word>, at: usize, column: Column) {
        let Some(word) = word else { return };
        let to = self.fold.len();
        if self.list.len() == MAX_TOKENS || to > usize::from(u16::MAX) {
            self.overflow = true;
            self.fold.truncate(word.from);
            return;
        }
        if word.number {
            // `022` is `22`.
            let zeros = self.fold[word.from..].bytes().take_while(|b| *b == b'0').count();
            let next = self.fold.as_bytes().get(word.from + zeros);
            if zeros > 0 && next.is_some_and(u8::is_ascii_digit) {
                self.fold.drain(word.from..word.from + zeros);
            }
        }
        if let Some((_, digits)) = ROMAN.iter().find(|(roman, _)| *roman == &self.fold[word.from..])
        {
            self.fold.replace_range(word.from.., digits);
        }
        let to = self.fold.len();
        self.spelt |= word.marked;
        self.list.push(Token {
            from: word.from as u16,
            to: to as u16,
            source: (word.source as u16, at as u16),
            spelling: word.signature(),
            marked: word.marked,
            number: word.number,
            segment: self.segment,
            column,
        });
    }

    /// The folded text of words `from..to`.
    pub(crate) fn text(&self, from: usize, to: usize) -> &str {
        match (self.list.get(from), self.list.get(to.wrapping_sub(1))) {
            (Some(first), Some(last)) if from < to => {
                &self.fold[usize::from(first.from)..usize::from(last.to)]
            }
            _ => "",
        }
    }

    /// The hash of the folded text of words `from..to`, which must not be empty.
    pub(crate) fn hash(&self, from: usize, to: usize) -> u64 {
        self.hashes.range(usize::from(self.list[from].from), usize::from(self.list[to - 1].to))
    }

    /// Whether words `from..to` have marks, and the signature of their spelling.
    pub(crate) fn spelling(&self, from: usize, to: usize) -> (bool, u64) {
        let words = &self.list[from..to];
        let signature = words.iter().fold(0, |sum, word| mix(sum, word.spelling));
        (words.iter().any(|word| word.marked), signature)
    }
}

/// A word being read.
struct Word {
    from: usize,
    source: usize,
    hash: u64,
    tone: Tone,
    marked: bool,
    number: bool,
}

impl Word {
    fn add(&mut self, letter: char) {
        if letter.is_ascii() {
            self.hash = mix(self.hash, u64::from(letter.to_ascii_lowercase() as u32));
            return;
        }
        let tone = letter::tone_of(letter);
        if tone != Tone::Level {
            self.tone = tone;
        }
        self.marked |= letter::is_marked(letter);
        let shape = letter::with_tone(letter::lower(letter), Tone::Level);
        let shape = if shape == 'ð' { 'đ' } else { shape };
        self.hash = mix(self.hash, u64::from(shape as u32));
    }

    fn signature(&self) -> u64 {
        mix(self.hash, 1 + self.tone as u64)
    }
}

fn mix(sum: u64, part: u64) -> u64 {
    (sum.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// The letter without marks; `y` as `i`, for hands differ there (`Vĩ Dạ`, `Vỹ Dạ`).
fn folded(letter: char) -> char {
    match letter::plain(letter) {
        'y' => 'i',
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut tokens = Tokens::default();
        tokens.push(text, Column::Any);
        tokens.list.iter().map(|t| tokens.fold[t.from as usize..t.to as usize].to_owned()).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text), expected, "{text}");
    }

    #[test]
    fn words_are_folded_and_numbers_keep_their_strokes() {
        check("22/31 Cao Bá Quát", &["22/31", "cao", "ba", "quat"]);
        check("22 / 31 Cao Bá Quát", &["22/31", "cao", "ba", "quat"]);
        check("K22/31, P.Vỹ Dạ", &["k", "22/31", "p", "vi", "da"]);
        check("TDP05 - 012B", &["tdp", "5", "12b"]);
        check("12-14 Đống Đa", &["12-14", "dong", "da"]);
        check("Hu\u{200b}ế, Nguye\u{302}\u{303}n", &["hue", "nguien"]);
        check(" ,;( ", &[]);
    }

    #[test]
    fn spellings_differ_by_marks_and_not_by_where_the_tone_sits() {
        let spelling = |text: &str| {
            let mut tokens = Tokens::default();
            tokens.push(text, Column::Any);
            tokens.spelling(0, tokens.list.len())
        };
        assert_eq!(spelling("Thuận Hoà"), spelling("thuận HÒA"));
        assert_ne!(spelling("Thuận Hoà"), spelling("Thuận Hóa"));
        assert!(!spelling("Thuan Hoa").0);
    }

    #[test]
    fn a_text_of_too_many_words_says_so() {
        let mut tokens = Tokens::default();
        tokens.push(&"a ".repeat(MAX_TOKENS + 1), Column::Any);
        assert!(tokens.overflow && tokens.list.len() == MAX_TOKENS);
    }
}
