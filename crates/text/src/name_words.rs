//! Names read word by word: of a million names nearly all words were seen before.

use rustc_hash::FxHashMap;

use crate::{fold, letter, name};

/// Words remembered at most; Vietnamese writes some seven thousand syllables in three cases.
const MOST_WORDS: usize = 1 << 14;
/// Bytes of the longest word worth remembering: seven letters of three bytes.
const MAX_WORD_BYTES: usize = 24;

/// What a name comes down to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameKeys<'m> {
    /// Its [`fold::strong_key`].
    pub strong: &'m str,
    /// Its [`fold::unaccent_key`].
    pub plain: &'m str,
    /// Whether [`name::clean_name`] would leave it as it is.
    pub is_clean: bool,
}

struct Word {
    strong: Box<str>,
    plain: Box<str>,
    is_clean: bool,
}

/// Reads names and remembers their words, in memory that does not grow with the number of names.
#[derive(Default)]
pub struct NameWords {
    words: FxHashMap<Box<str>, Word>,
    strong: String,
    plain: String,
}

impl NameWords {
    /// The keys of a name.
    pub fn read(&mut self, name: &str) -> NameKeys<'_> {
        self.strong.clear();
        self.plain.clear();
        let is_clean = if is_plain_name(name) {
            self.by_words(name)
        } else {
            self.strong.push_str(&fold::strong_key(name));
            fold::push_unaccented(&mut self.plain, &self.strong);
            name::clean_name(name) == name
        };
        NameKeys { strong: &self.strong, plain: &self.plain, is_clean }
    }

    fn by_words(&mut self, name: &str) -> bool {
        let mut is_clean = true;
        for word in name.split(' ') {
            if self.words.len() >= MOST_WORDS {
                self.words.clear();
            }
            if !self.strong.is_empty() {
                self.strong.push(' ');
                self.plain.push(' ');
            }
            if let Some(known) = self.words.get(word) {
                self.strong.push_str(&known.strong);
                self.plain.push_str(&known.plain);
                is_clean &= known.is_clean;
                continue;
            }
            let strong = fold::strong_key(word).into_boxed_str();
            let plain = fold::unaccent_key(&strong).into_boxed_str();
            self.strong.push_str(&strong);
            self.plain.push_str(&plain);
            let read = Word { strong, plain, is_clean: name::is_clean_word(word) };
            is_clean &= read.is_clean;
            if word.len() <= MAX_WORD_BYTES {
                self.words.insert(word.into(), read);
            }
        }
        is_clean
    }
}

/// Whether a name is letters of Vietnamese with single spaces between them: then its keys are those of its words, one
/// behind the other.
fn is_plain_name(name: &str) -> bool {
    let mut before = ' ';
    let inside = name.chars().all(|letter| {
        let fits = match letter {
            ' ' => before != ' ',
            _ if letter.is_ascii() => letter.is_ascii_alphabetic(),
            _ => letter::is_marked(letter),
        };
        before = letter;
        fits
    });
    inside && before != ' '
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(words: &mut NameWords, name: &str) {
        let NameKeys { strong, plain, is_clean } = words.read(name);
        assert_eq!(strong, fold::strong_key(name), "{name:?}");
        assert_eq!(plain, fold::unaccent_key(&fold::strong_key(name)), "{name:?}");
        assert_eq!(is_clean, name::clean_name(name) == name, "{name:?}");
    }

    #[test]
    fn a_name_read_by_its_words_is_what_it_is_as_a_whole() {
        let mut words = NameWords::default();
        for _ in 0..2 {
            for name in [
                "Nguyễn Văn An",
                "nguyễn văn an",
                "NGUYỄN THỊ THUỶ",
                "Hoà",
                "Tôn Nữ Ý Nhi",
                "K'Tanh",
                "Trần Văn  Hai",
                " Lê ",
                "Phan Văn II",
                "III Lê",
                "Hồ-Thị",
                "Ðặng",
                "Nguye\u{302}\u{303}n",
                "",
                "A",
            ] {
                check(&mut words, name);
            }
        }
    }

    proptest! {
        #[test]
        fn any_name_read_by_its_words_is_what_it_is_as_a_whole(
            names in prop::collection::vec("[aAăẰđĐhoỏàNnt IVß'\u{301}ǰ-]{0,14}|\\PC{0,8}", 1..20),
        ) {
            let mut words = NameWords::default();
            for name in names.iter().chain(&names) {
                check(&mut words, name);
            }
        }
    }
}
