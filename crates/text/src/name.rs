//! Rules N01 and N02: names of persons.

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::clean::clean;
use crate::fold::strong_key;

use crate::letter;

/// A name taken apart; every part is a slice of the key it came from and may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PersonName<'key> {
    /// The family name, of one word or more (`nguyễn`, `tôn nữ`).
    pub family: &'key str,
    /// What stands between family and given name.
    pub middle: &'key str,
    /// The given name: the last word, and the only one people are called by.
    pub given: &'key str,
}

/// Family names of more than one word, longest first. Those of the Nguyễn dynasty are common in Huế.
const COMPOUND_FAMILIES: [&str; 22] = [
    "công tằng tôn nữ",
    "cong tang ton nu",
    "công huyền tôn nữ",
    "cong huyen ton nu",
    "huyền tằng tôn nữ",
    "huyen tang ton nu",
    "công tôn nữ",
    "cong ton nu",
    "công tằng",
    "cong tang",
    "công huyền",
    "cong huyen",
    "huyền tằng",
    "huyen tang",
    "tôn thất",
    "ton that",
    "tôn nữ",
    "ton nu",
    "hoàng phủ",
    "hoang phu",
    "âu dương",
    "au duong",
];

/// Splits a key (strong or without marks, words parted by single spaces) into family, middle and given name.
///
/// A single word is a given name.
#[must_use]
pub fn split(key: &str) -> PersonName<'_> {
    let key = key.trim();
    let compound = COMPOUND_FAMILIES
        .iter()
        .find(|family| key.strip_prefix(**family).is_some_and(|rest| rest.starts_with(' ')))
        .map(|family| family.len());
    let Some(family_end) = compound.or_else(|| key.find(' ')) else {
        return PersonName { family: "", middle: "", given: key };
    };
    let given_start = key.rfind(' ').map_or(0, |at| at + 1);
    PersonName {
        family: &key[..family_end],
        middle: key[family_end..given_start].trim(),
        given: &key[given_start..],
    }
}

/// The name with single spaces and each word beginning with its only capital; borrows when it was so already.
///
/// `NGUYỄN VĂN A` and `nguyễn  văn an` change, `Nguyễn Văn A` and `K'Tanh` do not. Spelling stays, i/y and tone
/// placement too: it is how the person writes.
#[must_use]
pub fn clean_name(name: &str) -> Cow<'_, str> {
    let cleaned = clean(name);
    if is_title_case(&cleaned) {
        return cleaned;
    }
    let mut titled = String::with_capacity(cleaned.len());
    let mut initial = true;
    for word in cleaned.split_inclusive(' ') {
        // The younger of two namesakes; no syllable looks like it.
        if matches!(word, "II" | "III") && !titled.is_empty() {
            titled.push_str(word);
            continue;
        }
        for letter in word.chars() {
            titled.push(if initial { letter::upper(letter) } else { letter::lower(letter) });
            initial = !letter.is_alphanumeric();
        }
    }
    // Another case may have a composed form where this one had none: `J` and a caron has not, `ǰ` is.
    match clean(&titled) {
        Cow::Owned(composed) => Cow::Owned(composed),
        Cow::Borrowed(_) => Cow::Owned(titled),
    }
}

fn is_title_case(name: &str) -> bool {
    name.split(' ').all(is_clean_word)
}

/// Whether a word of a name begins with its only capital, or tells the younger of two namesakes.
pub(crate) fn is_clean_word(word: &str) -> bool {
    matches!(word, "II" | "III") || is_title_word(word)
}

fn is_title_word(word: &str) -> bool {
    let mut initial = true;
    word.chars().all(|letter| {
        let right = if initial { !is_small(letter) } else { !is_capital(letter) };
        initial = !(letter::is_letter(letter) || letter.is_numeric());
        right
    })
}

fn is_small(letter: char) -> bool {
    match letter {
        _ if letter.is_ascii() => letter.is_ascii_lowercase(),
        _ if letter::is_marked(letter) => letter::lower(letter) == letter,
        _ => letter.is_lowercase(),
    }
}

fn is_capital(letter: char) -> bool {
    match letter {
        _ if letter.is_ascii() => letter.is_ascii_uppercase(),
        _ if letter::is_marked(letter) => letter::upper(letter) == letter,
        _ => letter.is_uppercase(),
    }
}

/// What people write where a name is missing, as strong keys.
const PLACEHOLDERS: [&str; 43] = [
    "không rõ",
    "không rõ tên",
    "chưa rõ",
    "chưa rõ tên",
    "ko rõ",
    "k rõ",
    "không biết",
    "chưa biết",
    "không có",
    "không có tên",
    "không tên",
    "chưa có",
    "chưa có tên",
    "không",
    "ko",
    "không xác định",
    "chưa xác định",
    "kxđ",
    "cxđ",
    "chưa cập nhật",
    "đang cập nhật",
    "cập nhật sau",
    "bổ sung sau",
    "chưa thu thập",
    "vắng chủ",
    "vắng nhà",
    "đi vắng",
    "nhà trống",
    "nhà vắng",
    "vô danh",
    "chủ hộ",
    "chủ nhà",
    "tên chủ hộ",
    "họ tên",
    "họ và tên",
    "họ tên chủ hộ",
    "họ và tên chủ hộ",
    "hộ gia đình",
    "test",
    "null",
    "none",
    "unknown",
    "n a",
];

/// [`PLACEHOLDERS`] with and without marks.
static PLACEHOLDER_KEYS: LazyLock<FxHashSet<String>> = LazyLock::new(|| {
    let plain = |phrase: &&str| phrase.chars().map(letter::plain).collect();
    let written = PLACEHOLDERS.iter().map(|phrase| (*phrase).to_owned());
    written.chain(PLACEHOLDERS.iter().map(plain)).collect()
});

/// Whether a name cell holds no name (N01): empty, a word for "unknown", one letter, the same letter over and over, or no
/// letters at all.
#[must_use]
pub fn is_placeholder(name: &str) -> bool {
    is_placeholder_key(&strong_key(name))
}

/// [`is_placeholder`] of a name whose [`strong_key`] is at hand.
#[must_use]
pub fn is_placeholder_key(key: &str) -> bool {
    let mut letters = key.chars().filter(|letter| letter::is_letter(*letter));
    let first = letters.next();
    // Nothing, one letter, or the same letter over and over.
    if letters.all(|letter| Some(letter) == first) {
        return true;
    }
    PLACEHOLDER_KEYS.contains(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(clean_name(input), expected);
        assert!(matches!(clean_name(expected), Cow::Borrowed(_)), "{expected:?} was copied");
    }

    #[test]
    fn names_get_a_capital_a_word() {
        check("NGUYỄN VĂN A", "Nguyễn Văn A");
        check("nguyễn  văn an", "Nguyễn Văn An");
        check("Nguyễn văn An", "Nguyễn Văn An");
        check("  trần THỊ ánh ", "Trần Thị Ánh");
        check("ĐẶNG ĐÌNH ĐỨC", "Đặng Đình Đức");
        check("nGUYỄN vĂN bÌNH", "Nguyễn Văn Bình");
    }

    #[test]
    fn parts_of_a_word_count_as_words() {
        check("K'TANH", "K'Tanh");
        check("hồ thị kăn-tôm", "Hồ Thị Kăn-Tôm");
        check("lê văn bé (con)", "Lê Văn Bé (Con)");
        check("LÊ VĂN BÉ II", "Lê Văn Bé II");
        check("Lê Văn Bé II", "Lê Văn Bé II");
    }

    #[test]
    fn letters_of_other_scripts_come_out_composed_and_whole() {
        assert_eq!(clean_name("aJ\u{30c} ß\u{323}a"), "A\u{1f0} ß\u{323}A");
    }

    #[test]
    fn spelling_stays() {
        check("Lê Thị Thuý Hoà", "Lê Thị Thuý Hoà");
        check("Lý Mĩ", "Lý Mĩ");
        check("", "");
    }

    #[test]
    fn words_for_no_name_are_placeholders() {
        for text in [
            "",
            " ",
            "không rõ",
            "Không rõ",
            "KHONG RO",
            "chưa rõ",
            "A",
            "x",
            "xxx",
            "XX X",
            "chủ hộ",
            "Chu Ho",
            "123",
            "...",
            "-",
            "N/A",
            "?",
            "0905123456",
            "Chưa cập nhật",
            "b 2",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn names_are_no_placeholders() {
        for text in [
            "Nguyễn Văn A",
            "Hồ Văn Không",
            "Trọng",
            "Lê Na",
            "An",
            "Tôn Nữ Thị Chủ",
            "A Viết",
            "Chu Hộ",
            "Ka Rõ",
            "Công Huyền Tôn Nữ Thị Nghĩa",
            "Võ Thị Bé",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[track_caller]
    fn check_split(key: &str, family: &str, middle: &str, given: &str) {
        assert_eq!(split(key), PersonName { family, middle, given });
    }

    #[test]
    fn names_split_into_family_middle_and_given() {
        check_split("nguyễn văn an", "nguyễn", "văn", "an");
        check_split("trần thị ngọc ánh", "trần", "thị ngọc", "ánh");
        check_split("lê hoàng", "lê", "", "hoàng");
        check_split("an", "", "", "an");
        check_split("", "", "", "");
    }

    #[test]
    fn royal_families_have_several_words() {
        check_split("tôn thất hòa", "tôn thất", "", "hòa");
        check_split("tôn nữ thị ninh", "tôn nữ", "thị", "ninh");
        check_split("công tằng tôn nữ minh châu", "công tằng tôn nữ", "minh", "châu");
        check_split("cong huyen ton nu thi nghia", "cong huyen ton nu", "thi", "nghia");
        check_split("tôn thất", "tôn", "", "thất");
        check_split("tôn thấtx an", "tôn", "thấtx", "an");
    }
}
