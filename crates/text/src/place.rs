//! Rules A01 to A05: names of villages, communes and districts as keys.

use crate::fold::{strong_key, unaccent_key};

/// The kind of a commune-level unit, as a name may state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CommuneKind {
    /// Phường.
    Ward,
    /// Xã.
    Commune,
    /// Thị trấn.
    Township,
}

/// When a kind word at the head of a name may be taken off.
#[derive(Clone, Copy, PartialEq)]
enum Strip {
    /// Always.
    Always,
    /// Only before a number: names of places begin with the same letters.
    BeforeNumber,
}

/// Kind words of villages: as written, the marker kept before a number, when they go. Longer spellings come first.
///
/// Spellings without marks count only in text that has no marks at all: `Lang Xá` and `Bàn Môn` are names.
const VILLAGE_KINDS: [(&str, &str, Strip); 30] = [
    ("tổ dân phố", "tdp", Strip::Always),
    ("to dan pho", "tdp", Strip::Always),
    ("tổ dp", "tdp", Strip::Always),
    ("tdp", "tdp", Strip::Always),
    ("tổ", "tdp", Strip::Always),
    ("to", "tdp", Strip::BeforeNumber),
    ("thôn", "thôn", Strip::Always),
    ("thon", "thôn", Strip::Always),
    ("th", "thôn", Strip::Always),
    ("t", "thôn", Strip::Always),
    ("khu vực", "kv", Strip::Always),
    ("khu vuc", "kv", Strip::Always),
    ("kv", "kv", Strip::Always),
    ("khu phố", "kp", Strip::Always),
    ("khu pho", "kp", Strip::Always),
    ("khối phố", "kp", Strip::Always),
    ("khoi pho", "kp", Strip::Always),
    ("kp", "kp", Strip::Always),
    ("khu", "khu", Strip::BeforeNumber),
    ("làng", "làng", Strip::Always),
    ("lang", "làng", Strip::BeforeNumber),
    ("ấp", "ấp", Strip::Always),
    ("ap", "ấp", Strip::Always),
    ("bản", "bản", Strip::Always),
    ("ban", "bản", Strip::BeforeNumber),
    ("buôn", "buôn", Strip::Always),
    ("xóm", "xóm", Strip::Always),
    ("xom", "xóm", Strip::Always),
    ("đội", "đội", Strip::BeforeNumber),
    ("doi", "đội", Strip::BeforeNumber),
];

/// Markers that may follow another kind word (`thôn/TDP An Xuân`).
const SECOND_KINDS: [&str; 2] = ["thôn", "tdp"];

/// Roman numerals that end village names. `vi` is a word as well and counts only in capitals among small letters.
const ROMAN: [(&str, &str); 10] = [
    ("i", "1"),
    ("ii", "2"),
    ("iii", "3"),
    ("iv", "4"),
    ("v", "5"),
    ("vi", "6"),
    ("vii", "7"),
    ("viii", "8"),
    ("ix", "9"),
    ("x", "10"),
];

/// The strong key of a village's bare name: `Thôn An Xuân` gives `an xuân`, `Niêm Phò II` `niêm phò 2`.
///
/// Where the rest is a number the kind stays in one spelling, for it is part of the name: `Tổ dân phố 05` gives `tdp 5`.
#[must_use]
pub fn village_key(text: &str) -> String {
    let key = strong_key(text);
    let spelt = !key.is_ascii();
    let key = glued_number_parted(&key);
    let mut rest = key.as_str();
    let mut marker = "";
    while let Some((kind, after)) = village_kind(rest, spelt) {
        if !marker.is_empty() && !SECOND_KINDS.contains(&kind) {
            break;
        }
        marker = kind;
        rest = after;
    }
    // `Tổ dân phố số 3` is `Tổ dân phố 3`.
    let number = ["số ", "so "].iter().find_map(|word| rest.strip_prefix(word));
    if let Some(number) = number.filter(|n| n.starts_with(|c: char| c.is_ascii_digit())) {
        rest = number;
    }
    let mut words: Vec<&str> = rest.split(' ').map(without_zeros).collect();
    if let Some(last) = words.last_mut()
        && let Some(number) = roman(last, text)
        && (!marker.is_empty() || rest.contains(' '))
    {
        *last = number;
    }
    let numbered = words[0].starts_with(|letter: char| letter.is_ascii_digit());
    if numbered && !marker.is_empty() {
        words.insert(0, marker);
    }
    words.join(" ")
}

/// [`village_key`] without marks, for finding candidates.
#[must_use]
pub fn village_fold(text: &str) -> String {
    unaccent_key(&village_key(text))
}

/// The marker of the kind word a key begins with, and what follows it; `None` when nothing follows.
pub(crate) fn village_kind(key: &str, spelt: bool) -> Option<(&'static str, &str)> {
    VILLAGE_KINDS.iter().find_map(|(word, marker, strip)| {
        let after = key.strip_prefix(word)?.strip_prefix(' ')?;
        let abbreviated = matches!(*word, "tdp" | "th" | "t" | "kv" | "kp" | "khu");
        let readable = !word.is_ascii() || abbreviated || !spelt;
        let numbered = after.starts_with(|letter: char| letter.is_ascii_digit());
        (readable && (*strip == Strip::Always || numbered)).then_some((*marker, after))
    })
}

/// `tdp5 …` as `tdp 5 …`, when the letters are a kind word.
fn glued_number_parted(key: &str) -> String {
    let first = key.split(' ').next().unwrap_or_default();
    if let Some(at) = first.find(|letter: char| letter.is_ascii_digit())
        && VILLAGE_KINDS.iter().any(|(word, ..)| *word == &first[..at])
    {
        return format!("{} {}", &key[..at], &key[at..]);
    }
    key.to_owned()
}

fn roman(word: &str, source: &str) -> Option<&'static str> {
    let (_, number) = ROMAN.iter().find(|(numeral, _)| *numeral == word)?;
    let told = word != "vi"
        || (source.trim_end().ends_with("VI") && source.chars().any(char::is_lowercase));
    told.then_some(*number)
}

/// The word without leading zeros, if it begins with a digit.
fn without_zeros(word: &str) -> &str {
    let bare = word.trim_start_matches('0');
    if bare.starts_with(|letter: char| letter.is_ascii_digit()) {
        bare
    } else if bare.len() < word.len() {
        &word[word.len() - bare.len() - 1..]
    } else {
        word
    }
}

/// Kind words of communes, longer spellings first; those without marks count in text without marks.
const COMMUNE_KINDS: [(&str, CommuneKind); 9] = [
    ("phường", CommuneKind::Ward),
    ("phuong", CommuneKind::Ward),
    ("p", CommuneKind::Ward),
    ("thị trấn", CommuneKind::Township),
    ("thi tran", CommuneKind::Township),
    ("tt", CommuneKind::Township),
    ("xã", CommuneKind::Commune),
    ("xa", CommuneKind::Commune),
    ("x", CommuneKind::Commune),
];

/// The stated kind and the unaccented key of a commune's bare name: `P. Thuận Hoà` gives `thuan hoa`.
///
/// What follows a comma or bracket (the district) is left out. `Phường Đúc`, which is a name, gives `duc` in every
/// spelling.
#[must_use]
pub fn commune_key(text: &str) -> (Option<CommuneKind>, String) {
    let (kind, strong) = commune_strong(text);
    (kind, unaccent_key(&strong))
}

/// [`commune_key`] with the tones kept.
#[must_use]
pub fn commune_strong(text: &str) -> (Option<CommuneKind>, String) {
    let name = text.split([',', '(', ';']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let key = strong_key(name);
    let spelt = !key.is_ascii();
    let mut rest = key.as_str();
    let mut kind = None;
    while let Some((stated, after)) = commune_kind(rest, spelt) {
        if kind.is_some_and(|known| known != stated) {
            break;
        }
        kind = Some(stated);
        rest = after;
    }
    (kind, without_zeros(rest).to_owned())
}

pub(crate) fn commune_kind(key: &str, spelt: bool) -> Option<(CommuneKind, &str)> {
    COMMUNE_KINDS.iter().find_map(|(word, kind)| {
        let after = key.strip_prefix(word)?;
        let numbered = *word == "p" && after.starts_with(|letter: char| letter.is_ascii_digit());
        let after = if numbered { after } else { after.strip_prefix(' ')? };
        let readable = !word.is_ascii() || word.len() <= 2 && *word != "xa" || !spelt;
        readable.then_some((*kind, after))
    })
}

const DISTRICT_KINDS: [&str; 12] = [
    "thành phố",
    "thanh pho",
    "thị xã",
    "thi xa",
    "huyện",
    "huyen",
    "quận",
    "quan",
    "tp",
    "tx",
    "h",
    "q",
];

/// Whether a key begins with the kind of a district or of a city; kinds without marks count in text without marks, and
/// abbreviations anywhere.
pub(crate) fn is_district(key: &str, spelt: bool) -> bool {
    DISTRICT_KINDS.iter().any(|word| {
        let named = key.strip_prefix(word).is_some_and(|name| name.starts_with(' '));
        named && (!word.is_ascii() || word.len() <= 2 || !spelt)
    })
}

/// Whether a key names a province.
pub(crate) fn is_province(key: &str) -> bool {
    const PROVINCE: [&str; 2] = ["thừa thiên huế", "thua thien hue"];
    PROVINCE.contains(&key) || ["tỉnh ", "tinh "].iter().any(|kind| key.starts_with(kind))
}

/// The unaccented key of a district's bare name: `H. Quảng Điền`, `TX Hương Thuỷ` and `TP. Huế` lose their kind.
#[must_use]
pub fn district_key(text: &str) -> String {
    let name = text.split([',', '(', ';']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let key = strong_key(name);
    let spelt = !key.is_ascii();
    let bare = DISTRICT_KINDS.iter().find_map(|word| {
        let after = key.strip_prefix(word)?.strip_prefix(' ')?;
        (!word.is_ascii() || word.len() <= 2 || !spelt).then_some(after)
    });
    unaccent_key(without_zeros(bare.unwrap_or(&key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_village(inputs: &[&str], strong: &str, fold: &str) {
        for input in inputs {
            assert_eq!(village_key(input), strong, "{input}");
            assert_eq!(village_fold(input), fold, "{input}");
        }
    }

    #[test]
    fn kind_words_of_villages_go() {
        check_village(
            &[
                "Thôn An Xuân",
                "thôn  AN XUÂN",
                "Làng An Xuân",
                "TDP An Xuân",
                "TDP. An Xuân",
                "T. An Xuân",
                "TH. AN XUÂN",
            ],
            "an xuân",
            "an xuan",
        );
        check_village(
            &["Tổ dân phố Khuông Phò Đông", "Thôn/TDP Khuông Phò Đông"],
            "khuông phò đông",
            "khuong pho dong",
        );
        check_village(&["Thon An Xuan", "An Xuan"], "an xuan", "an xuan");
        check_village(&["Thôn Hoà Xuân", "Hòa Xuân"], "hòa xuân", "hoa xuan");
    }

    #[test]
    fn names_that_look_like_kinds_stay() {
        check_village(&["Lang Xá Cồn", "Thôn Lang Xá Cồn"], "lang xá cồn", "lang xa con");
        check_village(&["Thôn Tô Đà"], "tô đà", "to da");
        check_village(&["Thôn Bàn Môn"], "bàn môn", "ban mon");
        check_village(&["Thôn"], "thôn", "thon");
        check_village(&[""], "", "");
    }

    #[test]
    fn a_number_keeps_its_kind() {
        check_village(
            &[
                "TDP 05",
                "TDP5",
                "Tổ dân phố 5",
                "Tổ 5",
                "tổ 05",
                "TDP.05",
                "To dan pho 5",
                "to 5",
                "TDP số 5",
                "to dan pho so 05",
            ],
            "tdp 5",
            "tdp 5",
        );
        check_village(&["Thôn 3", "Thôn 03", "Thon 3", "Thôn III", "THÔN III"], "thôn 3", "thon 3");
        check_village(&["Khu vực 3", "KV3", "KV 03"], "kv 3", "kv 3");
        check_village(&["Xóm 3"], "xóm 3", "xom 3");
        check_village(&["Đội 4"], "đội 4", "doi 4");
        check_village(&["Thôn 1A"], "thôn 1a", "thon 1a");
        check_village(&["5"], "5", "5");
        check_village(&["Tổ 0"], "tdp 0", "tdp 0");
    }

    #[test]
    fn numerals_at_the_end_become_digits() {
        check_village(
            &["Thôn Niêm Phò II", "Niêm Phò 2", "Niêm Phò 02"],
            "niêm phò 2",
            "niem pho 2",
        );
        check_village(&["An Xuân VI"], "an xuân 6", "an xuan 6");
        check_village(&["Thôn La Vi", "THÔN LA VI"], "la vi", "la vi");
    }

    #[track_caller]
    fn check_commune(inputs: &[&str], kind: Option<CommuneKind>, strong: &str, fold: &str) {
        for input in inputs {
            assert_eq!(commune_strong(input), (kind, strong.to_owned()), "{input}");
            assert_eq!(commune_key(input), (kind, fold.to_owned()), "{input}");
        }
    }

    #[test]
    fn kind_words_of_communes_are_told() {
        check_commune(
            &[
                "P. Thuận Hoà",
                "P.Thuận Hòa",
                "Phường Thuận Hòa",
                "phường  THUẬN HOÀ",
                "P Thuận Hòa",
            ],
            Some(CommuneKind::Ward),
            "thuận hòa",
            "thuan hoa",
        );
        check_commune(
            &["X. Quảng Phú", "Xã Quảng Phú"],
            Some(CommuneKind::Commune),
            "quảng phú",
            "quang phu",
        );
        check_commune(
            &["TT. Sịa", "Thị trấn Sịa", "TT Sịa"],
            Some(CommuneKind::Township),
            "sịa",
            "sia",
        );
        check_commune(&["Thi tran Sia"], Some(CommuneKind::Township), "sia", "sia");
        check_commune(&["Xa Quang Phu"], Some(CommuneKind::Commune), "quang phu", "quang phu");
        check_commune(&["Quảng Phú"], None, "quảng phú", "quang phu");
        check_commune(
            &["Xã Quảng Phú, huyện Quảng Điền"],
            Some(CommuneKind::Commune),
            "quảng phú",
            "quang phu",
        );
    }

    #[test]
    fn a_ward_named_phuong_has_one_key() {
        check_commune(
            &["Phường Đúc", "Phường Phường Đúc", "P. Phường Đúc"],
            Some(CommuneKind::Ward),
            "đúc",
            "duc",
        );
    }

    #[test]
    fn numbered_wards_lose_their_zeros() {
        check_commune(&["Phường 05", "P5", "P.05"], Some(CommuneKind::Ward), "5", "5");
    }

    #[test]
    fn names_that_begin_like_a_kind_stay() {
        check_commune(&["Phương Điền"], None, "phương điền", "phuong dien");
        check_commune(&["Phong Điền"], None, "phong điền", "phong dien");
        check_commune(&["", "  ", ","], None, "", "");
    }

    #[test]
    fn kind_words_of_districts_go() {
        for (input, expected) in [
            ("H. Quảng Điền", "quang dien"),
            ("Huyện Quảng Điền", "quang dien"),
            ("TX Hương Thuỷ", "huong thuy"),
            ("TX.Hương Trà", "huong tra"),
            ("Thị xã Hương Trà", "huong tra"),
            ("TP. Huế", "hue"),
            ("Thành phố Huế", "hue"),
            ("Tp Hue", "hue"),
            ("Quận Thuận Hóa", "thuan hoa"),
            ("Phú Vang", "phu vang"),
            ("A Lưới", "a luoi"),
            ("", ""),
        ] {
            assert_eq!(district_key(input), expected, "{input}");
        }
    }
}
