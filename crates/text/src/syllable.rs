//! Which strings are Vietnamese syllables.
//!
//! A syllable is an onset, a rime and a tone. The inventory of each is small and closed, which makes it a sharp test of
//! whether decoded text is Vietnamese: of random letter strings hardly one passes.

use crate::letter::{self, Tone};

/// Longest syllable in letters (`nghiêng`).
const MAX_LETTERS: usize = 7;

/// Consonants that begin a syllable; none is an onset too.
fn is_onset(consonants: &str) -> bool {
    matches!(
        consonants,
        "" | "b"
            | "c"
            | "ch"
            | "d"
            | "đ"
            | "g"
            | "gh"
            | "h"
            | "k"
            | "kh"
            | "l"
            | "m"
            | "n"
            | "ng"
            | "ngh"
            | "nh"
            | "p"
            | "ph"
            | "q"
            | "r"
            | "s"
            | "t"
            | "th"
            | "tr"
            | "v"
            | "x"
    )
}

/// Onsets that end in a vowel letter; a word may split both ways (`gi` + `a`, `g` + `i`).
const VOWELLED_ONSETS: [&str; 2] = ["gi", "qu"];

/// Rimes without tone, in byte order.
const RIMES: [&str; 164] = [
    "a", "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay", "e", "ec",
    "em", "en", "eng", "eo", "ep", "et", "i", "ia", "ich", "im", "in", "inh", "ip", "it", "iu",
    "iêc", "iêm", "iên", "iêng", "iêp", "iêt", "iêu", "o", "oa", "oac", "oach", "oai", "oam",
    "oan", "oang", "oanh", "oao", "oap", "oat", "oay", "oc", "oe", "oem", "oen", "oeo", "oet",
    "oi", "om", "on", "ong", "ooc", "oong", "op", "ot", "oăc", "oăm", "oăn", "oăng", "oăt", "u",
    "ua", "uc", "ui", "um", "un", "ung", "up", "ut", "uy", "uya", "uych", "uynh", "uyp", "uyt",
    "uyu", "uyên", "uyêt", "uân", "uâng", "uât", "uây", "uê", "uêch", "uên", "uênh", "uêt", "uôc",
    "uôi", "uôm", "uôn", "uông", "uôp", "uôt", "uơ", "uơn", "y", "yêm", "yên", "yêng", "yêt",
    "yêu", "âc", "âm", "ân", "âng", "âp", "ât", "âu", "ây", "ê", "êch", "êm", "ên", "ênh", "êp",
    "êt", "êu", "ô", "ôc", "ôi", "ôm", "ôn", "ông", "ôp", "ôt", "ăc", "ăm", "ăn", "ăng", "ăp",
    "ăt", "ơ", "ơi", "ơm", "ơn", "ơp", "ơt", "ư", "ưa", "ưc", "ưi", "ưm", "ưn", "ưng", "ưt", "ưu",
    "ươc", "ươi", "ươm", "ươn", "ương", "ươp", "ươt", "ươu",
];

/// Whether the word is a syllable that Vietnamese spelling allows, in any case and with either style of tone placement.
///
/// Words without marks count when they are spelt like a syllable (`Nam`, `hoa`); a rime that ends in c, ch, p or t has
/// only the tones sắc and nặng, so `Viet` does not count and `Việt` does.
#[must_use]
pub fn is_syllable(word: &str) -> bool {
    let Some(toneless) = Toneless::of(word) else { return false };
    let text = toneless.as_str();
    let entering =
        matches!(text.as_bytes().last(), Some(b'c' | b'p' | b't')) || text.ends_with("ch");
    if entering && !matches!(toneless.tone, Tone::Acute | Tone::Dot) {
        return false;
    }
    is_spelling(text)
}

/// Whether the word would be a syllable under some tone: spelling alone, whatever tone mark it carries.
#[must_use]
pub fn is_syllable_in_some_tone(word: &str) -> bool {
    Toneless::of(word).is_some_and(|toneless| is_spelling(toneless.as_str()))
}

/// A word in lower case with its tone taken off, on the stack.
struct Toneless {
    bytes: [u8; 4 * MAX_LETTERS],
    len: usize,
    tone: Tone,
}

impl Toneless {
    /// `None` for the empty word, words too long and words with two tone marks.
    fn of(word: &str) -> Option<Self> {
        let mut toneless = Self { bytes: [0; 4 * MAX_LETTERS], len: 0, tone: Tone::Level };
        for (count, letter) in word.chars().enumerate() {
            if count == MAX_LETTERS {
                return None;
            }
            let (base, tone) = letter::toneless(letter);
            if tone != Tone::Level {
                if toneless.tone != Tone::Level {
                    return None;
                }
                toneless.tone = tone;
            }
            toneless.len += base.encode_utf8(&mut toneless.bytes[toneless.len..]).len();
        }
        (toneless.len > 0).then_some(toneless)
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

fn is_spelling(toneless: &str) -> bool {
    let Some(first) = toneless.find(letter::is_vowel) else { return false };
    let (onset, rime) = toneless.split_at(first);
    let fitting = |onset: &str, rime: &str| fits(onset, rime) && RIMES.binary_search(&rime).is_ok();
    (is_onset(onset) && fitting(onset, rime))
        || VOWELLED_ONSETS
            .iter()
            .any(|onset| toneless.strip_prefix(onset).is_some_and(|rime| fitting(onset, rime)))
}

/// The spelling rules that tie the onset to the first letter of the rime.
fn fits(onset: &str, rime: &str) -> bool {
    let first = rime.chars().next().unwrap_or_default();
    let front = matches!(first, 'e' | 'ê' | 'i' | 'y');
    match onset {
        // `Kăn`, `Ka`, `Kon` in the names of the highlands break the rule that k stands before e, ê, i, y only.
        "" | "k" => true,
        "c" | "ng" => !front,
        "g" => !matches!(first, 'e' | 'ê' | 'y'),
        "gh" | "ngh" => matches!(first, 'e' | 'ê' | 'i'),
        "gi" => !matches!(first, 'i' | 'y'),
        "q" => rime.starts_with("uy"),
        "qu" => !matches!(first, 'o' | 'u' | 'ư') && (first != 'ô' || rime == "ôc"),
        _ => first != 'y' || rime == "y",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, expected: bool) {
        for word in words.split_whitespace() {
            assert_eq!(is_syllable(word), expected, "{word}");
            assert_eq!(is_syllable(&word.to_uppercase()), expected, "{word} in capitals");
        }
    }

    #[test]
    fn the_tables_are_in_the_order_their_search_needs() {
        assert!(RIMES.is_sorted());
    }

    #[test]
    fn words_of_names_and_places_are_syllables() {
        check(
            "nguyễn văn thị trần lê phạm hoàng võ đặng bùi đỗ hồ ngô dương lý tôn thất nữ công tằng huyền",
            true,
        );
        check(
            "quảng điền phong hương trà thủy phú vang lộc nam đông a lưới huế thừa thiên kiệt quốc quý quyên",
            true,
        );
        check(
            "giếng giêng gì già giữa nghiêng khuya khuỷu quỳnh quyết xoong thuở ươm yêu yến ý út oanh uyên ưng",
            true,
        );
        check(
            "sịa niêm phò xuân bồn trì khuông thạch hạ lang xá cồn mậu tài bàu tháp kế môn đốc sơ hoằng",
            true,
        );
        check("thuý hoà quí mỹ sỹ huỳnh tuấn luân khoẻ ngoẹo hoắc loắt xoăn kăn", true);
    }

    #[test]
    fn other_words_are_not() {
        check(
            "viet tdp hello street ngễ cê ngi hng nguyn nguỷn mờng ghà kwa fang zô jun wả",
            false,
        );
        check("việtt háà hồồ nghiêngg nêng hôô át1 12 - q qu", false);
        check("", false);
        assert!(!is_syllable(""));
    }

    #[test]
    fn a_closed_syllable_has_two_tones_only() {
        check("tất tật các cạc mách sập", true);
        check("tât tầt tẩt tẫt cac sàp", false);
    }

    #[test]
    fn spelling_alone_ignores_the_tone() {
        assert!(is_syllable_in_some_tone("viêt") && is_syllable_in_some_tone("tầt"));
        assert!(!is_syllable_in_some_tone("leâ"));
    }
}
