//! Rules F05 and F07: text from before Unicode, and text beyond saving.
//!
//! Spreadsheets typed in the 1990s and 2000s used fonts that drew Vietnamese letters where Windows-1252 has others. Read
//! today they show `Nguyễn` as `NguyÔn` (TCVN3, the `.VnTime` fonts) or `Nguyeãn` (VNI-Windows); e-mail brought VIQR
//! (`Nguye^~n`) and careless exports bring UTF-8 read as Windows-1252 (`Nguyá»…n`).
//!
//! The same string can be right in one encoding and readable in another, so [`repair`] wants evidence on both sides:
//! the text as it stands is not Vietnamese, and the decoded text is, syllable by syllable.

use std::borrow::Cow;

use crate::letter;
use crate::syllable::{is_syllable, is_syllable_in_some_tone};
use crate::tone::canonical_tone;

mod mojibake;
mod tcvn3;
mod viqr;
mod vni;

/// An encoding of Vietnamese that is not Unicode, or Unicode read wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LegacyEncoding {
    /// TCVN 5712:1993 VN3, the encoding of the ABC fonts, with its bytes shown as Windows-1252.
    Tcvn3,
    /// VNI-Windows: a base letter and a mark letter, shown as Windows-1252.
    Vni,
    /// VIQR (RFC 1456): marks written with ASCII punctuation.
    Viqr,
    /// UTF-8 bytes shown as Windows-1252, once or twice over.
    Utf8AsCp1252,
}

impl LegacyEncoding {
    /// All encodings, in the order in which they are tried.
    pub const ALL: [Self; 4] = [Self::Utf8AsCp1252, Self::Tcvn3, Self::Vni, Self::Viqr];
}

/// Text brought back to Unicode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The text in Unicode NFC.
    pub text: String,
    /// What it was in.
    pub from: LegacyEncoding,
}

/// The text in Unicode when it is in a legacy encoding beyond reasonable doubt, or `None` when it is best left alone.
///
/// Correct Vietnamese, English and plain ASCII never convert. A single short word that is valid both ways (`Thò`, which
/// is `Thị` in VNI) stays. Call this before [`crate::clean::clean`], which would take away characters it needs.
#[must_use]
pub fn repair(text: &str) -> Option<Repaired> {
    if text.is_ascii() {
        return convert(text, LegacyEncoding::Viqr)
            .map(|(_, text)| Repaired { text, from: LegacyEncoding::Viqr });
    }
    if is_surely_unicode(text) {
        return None;
    }
    if !is_strange(text) && words(text).filter(|word| !word.is_ascii()).all(is_syllable) {
        return None;
    }
    let mut best: Option<(u32, Repaired)> = None;
    let mut doubtful = false;
    for from in LegacyEncoding::ALL {
        let Some((score, text)) = convert(text, from) else { continue };
        match &best {
            Some((top, _)) if score < *top => {}
            Some((top, other)) if score == *top => doubtful |= other.text != text,
            _ => {
                doubtful = false;
                best = Some((score, Repaired { text, from }));
            }
        }
    }
    // Two encodings that read the text equally well tell nothing.
    best.filter(|(score, repaired)| !doubtful && !is_rivalled(text, repaired.from, *score))
        .map(|(_, repaired)| repaired)
}

/// Whether the other 8-bit encoding reads the text as well, though the text gives it no evidence: `boâng` is `bông` in
/// VNI and `boõng` in TCVN3.
fn is_rivalled(text: &str, from: LegacyEncoding, score: u32) -> bool {
    let rival = match from {
        LegacyEncoding::Tcvn3 => vni::decode(text),
        LegacyEncoding::Vni => tcvn3::decode(text),
        LegacyEncoding::Viqr | LegacyEncoding::Utf8AsCp1252 => None,
    };
    rival.is_some_and(|decoded| {
        let right = judge(&decoded);
        let syllables = if is_lone_letter(&decoded) { 1 } else { right.valid };
        right.invalid == 0 && (syllables * 2).saturating_sub(right.crooked) >= score
    })
}

/// The text in Unicode when cells beside it are known to be in `from`: less evidence is asked for than by [`repair`].
///
/// `Xãm 4` is a syllable as it stands; in a row of TCVN3 it is `Xóm 4`. Text that is surely Unicode, or that does not
/// become syllables throughout, stays.
#[must_use]
pub fn repair_beside(text: &str, from: LegacyEncoding) -> Option<String> {
    if is_surely_unicode(text) {
        return None;
    }
    let decoded = decode(text, from).or_else(|| {
        (from == LegacyEncoding::Viqr && text.is_ascii()).then(|| viqr::decode_all(text))
    })?;
    let right = judge(&decoded);
    let readable = right.valid > 0 && right.invalid == 0;
    (decoded != text && (readable || is_lone_letter(&decoded))).then_some(decoded)
}

/// The text as each encoding reads it, where it can be read at all, with no evidence asked for: to be compared with words
/// that are known beforehand, such as headings full of abbreviations (`Sè §DCN/CCCD`).
pub fn readings(text: &str) -> impl Iterator<Item = String> {
    let encodings = if is_surely_unicode(text) { &[][..] } else { &LegacyEncoding::ALL };
    let read = move |from: &LegacyEncoding| match from {
        LegacyEncoding::Viqr => text.is_ascii().then(|| viqr::decode_all(text)),
        from => decode(text, *from),
    };
    encodings.iter().filter_map(read).filter(move |read| read != text)
}

/// Whether a letter of the text exists in Unicode Vietnamese and in no 8-bit reading.
#[must_use]
pub fn is_surely_unicode(text: &str) -> bool {
    text.chars().any(is_unicode_only)
}

/// The text written in a legacy encoding, as the characters a modern program would show.
///
/// TCVN3 has no capitals with tone marks (its capital fonts draw the small letters large), so those come out small.
/// VIQR writes `ạ` like `a` at the end of a sentence; a lone vowel with a dot below or a hook reads back as punctuation.
/// Characters the encoding lacks stay as they are.
#[must_use]
pub fn encode(text: &str, to: LegacyEncoding) -> String {
    match to {
        LegacyEncoding::Tcvn3 => tcvn3::encode(text),
        LegacyEncoding::Vni => vni::encode(text),
        LegacyEncoding::Viqr => viqr::encode(text),
        LegacyEncoding::Utf8AsCp1252 => mojibake::encode(text),
    }
}

/// Whether letters are lost for good: a replacement character, or a question mark where a letter was (`Nguy?n`, `Th?`).
///
/// A question mark after a whole word is punctuation, unless that word has no vowel.
#[must_use]
pub fn is_damaged(text: &str) -> bool {
    if !text.contains(['?', '\u{fffd}']) {
        return false;
    }
    if text.contains('\u{fffd}') {
        return true;
    }
    let several = text.trim().contains(char::is_whitespace);
    text.split_whitespace().any(|word| {
        // A word of which nothing is left: `?? Minh Sang`.
        if several && word.len() > 1 && word.bytes().all(|byte| byte == b'?') {
            return true;
        }
        let mut stem =
            word.trim_end_matches(|letter: char| !letter.is_alphanumeric() && letter != '?');
        stem = stem.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '?');
        let Some(question) = stem.find('?') else { return false };
        if stem.contains(['=', '/', ':']) {
            return false;
        }
        let (before, after) = (&stem[..question], &stem[question..]);
        let vowelless = !before.is_empty() && before.chars().all(char::is_alphabetic);
        after.chars().any(char::is_alphabetic)
            || (vowelless && !before.chars().any(letter::is_vowel))
    })
}

/// Letters that exist in Unicode Vietnamese and in no 8-bit reading: one of them proves the text is Unicode.
fn is_unicode_only(letter: char) -> bool {
    letter::is_marked(letter) && letter > '\u{ff}'
}

/// The no-break space parts words in every encoding, and today's spreadsheets are full of it: it proves nothing.
const NO_BREAK_SPACE: char = '\u{a0}';

/// Whether a character is neither ASCII, nor a letter of Vietnamese, nor a space; or is a no-break space that parts no
/// words: `à` in UTF-8 is shown as `Ã` and a no-break space, followed by the rest of the word or by its end.
fn is_strange(text: &str) -> bool {
    let part_of_a_word = |rest: &str| !rest.starts_with(char::is_uppercase);
    if text.contains(NO_BREAK_SPACE) && text.split("Ã\u{a0}").skip(1).any(part_of_a_word) {
        return true;
    }
    let strange =
        |letter: char| !letter.is_ascii() && !letter::is_marked(letter) && letter != NO_BREAK_SPACE;
    text.chars().any(strange)
}

/// The decoded text with its score, if the evidence suffices: twice the decoded words that are syllables, less those whose
/// tone mark stands where nobody puts it.
fn convert(text: &str, from: LegacyEncoding) -> Option<(u32, String)> {
    if from == LegacyEncoding::Tcvn3 && tcvn3::has_micro_unit(text) {
        return None;
    }
    let decoded = decode(text, from)?;
    if from == LegacyEncoding::Utf8AsCp1252 {
        // Valid multi-byte UTF-8 does not come about by chance: where no byte had to be guessed, that is proof enough.
        let after = judge(&decoded);
        let exact = after.invalid == 0 && mojibake::encode(&decoded) == text;
        return (after.valid > 0 || exact).then_some((after.valid * 4 + 1, decoded));
    }
    let after = judge(&decoded);
    let most = after.valid * 4 >= (after.valid + after.invalid) * 3;
    if after.valid == 0 || !most || after.foreign > after.valid + after.native {
        return None;
    }
    if from != LegacyEncoding::Viqr {
        let before = judge(text);
        let doubtful = before.misspelt > 1 || (from == LegacyEncoding::Vni && before.misspelt > 0);
        if before.valid >= after.valid || !(is_strange(text) || doubtful) {
            return None;
        }
    }
    Some((after.valid * 2 - after.crooked, decoded))
}

fn decode(text: &str, from: LegacyEncoding) -> Option<String> {
    match from {
        LegacyEncoding::Tcvn3 => tcvn3::decode(text),
        LegacyEncoding::Vni => vni::decode(text),
        LegacyEncoding::Viqr => viqr::decode(text),
        LegacyEncoding::Utf8AsCp1252 => mojibake::decode(text),
    }
}

/// Whether the text is one marked letter that is a word: the given name `Ý`.
fn is_lone_letter(text: &str) -> bool {
    let mut letters = text.trim().chars();
    letters.next().is_some_and(|letter| letter::is_marked(letter) && letter::is_vowel(letter))
        && letters.next().is_none()
}

/// Words counted. A single letter proves nothing and is not counted.
#[derive(Default)]
struct Judgement {
    /// Words that are syllables.
    valid: u32,
    /// Words that are not.
    invalid: u32,
    /// Of those, the ones that no tone would make a syllable.
    misspelt: u32,
    /// Words without marks that may be Vietnamese.
    native: u32,
    /// Words without marks that are not.
    foreign: u32,
    /// Of the valid, the ones whose tone mark stands elsewhere than in the older style.
    crooked: u32,
}

/// The words of a text as legacy encodings see them: only ASCII punctuation and spaces part words.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| {
        (letter.is_ascii() && !letter.is_ascii_alphanumeric()) || letter == NO_BREAK_SPACE
    })
}

fn judge(text: &str) -> Judgement {
    let mut judgement = Judgement::default();
    for word in words(text) {
        if word.chars().nth(1).is_none() {
            continue;
        }
        if word.is_ascii() {
            judgement.native += u32::from(is_syllable(word));
            judgement.foreign += u32::from(
                word.bytes().all(|byte| byte.is_ascii_alphabetic()) && !is_syllable(word),
            );
            continue;
        }
        if is_syllable(word) {
            judgement.valid += 1;
            judgement.crooked += u32::from(matches!(canonical_tone(word), Cow::Owned(_)));
        } else {
            judgement.invalid += 1;
            judgement.misspelt += u32::from(!is_syllable_in_some_tone(word));
        }
    }
    judgement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str, from: LegacyEncoding) {
        assert_eq!(repair(input), Some(Repaired { text: expected.to_owned(), from }), "{input}");
        assert_eq!(repair(expected), None, "repaired text is repaired again");
    }

    #[track_caller]
    fn check_kept(input: &str) {
        assert_eq!(repair(input), None, "{input}");
    }

    #[test]
    fn tcvn3_as_it_is_found_in_old_files() {
        check("NguyÔn V¨n An", "Nguyễn Văn An", LegacyEncoding::Tcvn3);
        check("TrÇn ThÞ Ngäc ¸nh", "Trần Thị Ngọc ánh", LegacyEncoding::Tcvn3);
        check("H\u{ad}¬ng Thñy", "Hương Thủy", LegacyEncoding::Tcvn3);
        check("X· Qu¶ng Phó", "Xã Quảng Phú", LegacyEncoding::Tcvn3);
        check("§Æng §×nh §øc", "Đặng Đình Đức", LegacyEncoding::Tcvn3);
        check("NguyÔn ThÞ BÝch §µo", "Nguyễn Thị Bích Đào", LegacyEncoding::Tcvn3);
    }

    #[test]
    fn tcvn3_capitals_follow_their_neighbours() {
        check("NGUYÔN THÞ HåNG", "NGUYỄN THỊ HỒNG", LegacyEncoding::Tcvn3);
    }

    #[test]
    fn a_lost_soft_hyphen_is_guessed_where_only_one_spelling_fits() {
        check("Mêng Kh¬ng", "Mường Khương", LegacyEncoding::Tcvn3);
    }

    #[test]
    fn vni_as_it_is_found_in_old_files() {
        check("Nguyeãn Vaên An", "Nguyễn Văn An", LegacyEncoding::Vni);
        check("Leâ Thò Höông", "Lê Thị Hương", LegacyEncoding::Vni);
        check("TRAÀN ÑÌNH THUAÄN", "TRẦN ĐÌNH THUẬN", LegacyEncoding::Vni);
        check("Quaûng Ñieàn", "Quảng Điền", LegacyEncoding::Vni);
    }

    #[test]
    fn viqr_as_it_is_found_in_old_mail() {
        check("Nguye^~n Va(n An", "Nguyễn Văn An", LegacyEncoding::Viqr);
        check("Tra^`n Thi. Hu+o+ng", "Trần Thị Hương", LegacyEncoding::Viqr);
        check("Dda(.ng DDi`nh Ddu+'c", "Đặng Đình Đức", LegacyEncoding::Viqr);
    }

    #[test]
    fn utf8_read_as_windows_1252() {
        check("Nguyá»…n VÄƒn Ä\u{90}á»©c", "Nguyễn Văn Đức", LegacyEncoding::Utf8AsCp1252);
        check("Nguyá»…n VÄƒn Äá»©c", "Nguyễn Văn Đức", LegacyEncoding::Utf8AsCp1252);
        check("ThÃ nh phá»‘ Huáº¿", "Thành phố Huế", LegacyEncoding::Utf8AsCp1252);
        let twice = mojibake::encode(&mojibake::encode("Tôn Thất Hòa"));
        check(&twice, "Tôn Thất Hòa", LegacyEncoding::Utf8AsCp1252);
    }

    #[test]
    fn neighbours_decide_what_a_cell_alone_cannot() {
        for (input, expected, from) in [
            ("Xãm 4", Some("Xóm 4"), LegacyEncoding::Tcvn3),
            ("Phan Thi. Bi'ch Hoa", Some("Phan Thị Bích Hoa"), LegacyEncoding::Viqr),
            ("Thò", Some("Thị"), LegacyEncoding::Vni),
            ("Xóm 4, Quảng Phú", None, LegacyEncoding::Tcvn3),
            ("12 A", None, LegacyEncoding::Tcvn3),
            ("µi", Some("ài"), LegacyEncoding::Tcvn3),
            ("YÙ", Some("Ý"), LegacyEncoding::Vni),
            ("A.", None, LegacyEncoding::Viqr),
            ("Y'", Some("Ý"), LegacyEncoding::Viqr),
            ("Hoa", None, LegacyEncoding::Viqr),
        ] {
            assert_eq!(repair_beside(input, from).as_deref(), expected, "{input}");
        }
        assert_eq!(repair("Xãm 4"), None);
    }

    #[test]
    fn a_word_that_two_encodings_read_is_left_to_its_neighbours() {
        for (text, tcvn3, vni) in [("boâng", "boõng", "bông"), ("uû", "uỷ", "ủ")] {
            assert_eq!(repair(text), None, "{text}");
            assert_eq!(repair_beside(text, LegacyEncoding::Tcvn3).as_deref(), Some(tcvn3));
            assert_eq!(repair_beside(text, LegacyEncoding::Vni).as_deref(), Some(vni));
        }
    }

    #[test]
    fn correct_vietnamese_stays() {
        for text in [
            "Nguyễn Văn An",
            "Lê Hoàng",
            "Tô Thò",
            "Lò Cô",
            "Võ Thành Công",
            "Hà Tôn Ý",
            "Cao Bá Quát",
            "Bàu Sen",
            "Phò Nam, Thôn Lai Hà",
            "Phan\u{a0}Duy\u{a0}Tú",
            "Kôn Hêr",
            "Ka Rôông",
            "A Lưới",
            "Ðặng Văn A",
            "Mêng",
            "Viện Ý tế",
        ] {
            check_kept(text);
        }
    }

    #[test]
    fn symbols_and_foreign_words_stay() {
        for text in [
            "An · Hoa",
            "Café Müller",
            "© 2024",
            "«Hoa»",
            "16°34′24,6″ B",
            "107° 30' 21,5\" Ð",
            "50 m² ± 3",
            "proj4rs agrees with PROJ to 1 µm",
            "5 µm",
            "sai số 5 µm: rõ",
            "a lens by Zeiß",
            "Nhà 4 × 5",
            "Công ty Hòa Bình®",
            "São Paulo",
            "naïve façade",
            "Señor Núñez",
        ] {
            check_kept(text);
        }
    }

    #[test]
    fn ascii_stays_unless_its_marks_spell_vietnamese() {
        for text in [
            "Hello World",
            "P. An Cuu",
            "7P9J+2QF",
            "O+",
            "Nguyen Van A (con)",
            "Nha(2)",
            "ai? do.",
            "16 34' 24.6'' N",
            "http://a.vn/?q=a+b",
            "Tran Thi Be.",
            "it's o'clock",
            "address add",
            "don't",
            "Hu? Nguy?n Tr?n",
            "5+2",
            "C+",
        ] {
            check_kept(text);
        }
    }

    #[test]
    fn damage_is_seen_where_a_letter_is_missing() {
        for text in [
            "Nguy?n Văn A",
            "Tr?n Th? B",
            "?ông",
            "Nguy\u{fffd}n",
            "H? Văn",
            "???ng",
            "(Nguy?n)",
            "Ph??c",
            "?? Minh Sang",
        ] {
            assert!(is_damaged(text), "{text}");
        }
    }

    #[test]
    fn questions_are_no_damage() {
        for text in
            ["ở đâu?", "Nguyễn Văn A", "?", "có nhà không ?", "5?", "a.vn/x?q=b", "", "???", "12?"]
        {
            assert!(!is_damaged(text), "{text}");
        }
    }
}
