//! Every syllable of Vietnamese, there and back through every legacy encoding; and correct columns, which stay.

use std::sync::LazyLock;

use diachiso_text::legacy::{self, LegacyEncoding, Repaired};
use diachiso_text::letter::{self, Tone};
use diachiso_text::syllable;
use diachiso_text::tone::canonical_tone;
use unicode_normalization::UnicodeNormalization;

const ONSETS: [&str; 29] = [
    "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh",
    "nh", "p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x", "q",
];
const CODAS: [&str; 9] = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];
const VOWELS: &str = "aăâeêioôơuưy";

/// Every syllable in small letters with its tone in the canonical place.
static INVENTORY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let vowels: Vec<String> = VOWELS.chars().map(String::from).collect();
    let longer = |shorter: &[String]| -> Vec<String> {
        shorter.iter().flat_map(|v| vowels.iter().map(move |w| format!("{v}{w}"))).collect()
    };
    let two = longer(&vowels);
    let three = longer(&two);
    let nuclei = || vowels.iter().chain(&two).chain(&three);
    let spelt = |text: &String| syllable::is_syllable_in_some_tone(text);
    let rimes: Vec<String> = nuclei()
        .flat_map(|nucleus| CODAS.map(|coda| format!("{nucleus}{coda}")))
        .filter(|rime| spelt(rime) || spelt(&format!("h{rime}")))
        .collect();
    let bare = ONSETS.iter().flat_map(|onset| rimes.iter().map(move |r| format!("{onset}{r}")));
    let mut all: Vec<String> =
        bare.filter(spelt).flat_map(|text| Tone::ALL.map(|tone| toned(&text, tone))).collect();
    all.retain(|text| syllable::is_syllable(text));
    all.sort();
    all.dedup();
    all
});

/// The word with the tone where the older style puts it.
fn toned(word: &str, tone: Tone) -> String {
    let at = word.rfind(letter::is_vowel).expect("a vowel");
    let marked: String = word
        .char_indices()
        .map(|(i, l)| if i == at { letter::with_tone(l, tone) } else { l })
        .collect();
    canonical_tone(&marked).into_owned()
}

/// Numbers that look random and are the same on every machine (splitmix64).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn syllable(&mut self) -> &'static str {
        &INVENTORY[self.below(INVENTORY.len())]
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().map(letter::upper).chain(letters).collect()
}

fn shouted(word: &str) -> String {
    word.chars().map(letter::upper).collect()
}

/// What of the text outlives the encoding. TCVN3 has no byte for a capital with a tone mark, which only a text all in
/// capitals brings back; in VIQR a lone vowel with a dot below or a hook is a letter with a full stop or question mark.
fn kept(text: &str, by: LegacyEncoding) -> String {
    let small = |l: char| if letter::tone_of(l) == Tone::Level { l } else { letter::lower(l) };
    match by {
        LegacyEncoding::Tcvn3 if !(text.contains(' ') && shouted(text) == text) => {
            text.chars().map(small).collect()
        }
        LegacyEncoding::Viqr => text
            .split_inclusive(|l: char| !l.is_alphabetic())
            .map(|piece| {
                let mut letters = piece.chars().filter(|l| l.is_alphabetic());
                let lone = letters.next().filter(|_| letters.next().is_none());
                let hatless = |l: char| letter::with_tone(l, Tone::Level).is_ascii();
                let stopped = |l: char| matches!(letter::tone_of(l), Tone::Dot | Tone::Hook);
                match lone {
                    Some(l) if hatless(l) && stopped(l) => legacy::encode(piece, by),
                    _ => piece.to_owned(),
                }
            })
            .collect(),
        _ => text.to_owned(),
    }
}

/// The encoding that most cells of a column prove.
fn proved(column: &[Option<Repaired>]) -> Option<LegacyEncoding> {
    let count = |from: &LegacyEncoding| column.iter().flatten().filter(|r| r.from == *from).count();
    LegacyEncoding::ALL.into_iter().max_by_key(count).filter(|from| count(from) > 0)
}

/// Rows of a column as tall as a small village.
const ROWS: usize = 24;

/// Puts every syllable into the columns of people and places, encodes them and wants them back.
fn check_inventory(encoding: LegacyEncoding) {
    let mut syllables: Vec<&str> = INVENTORY.iter().map(String::as_str).collect();
    let mut seeded = Seeded(encoding as u64);
    for at in (1..syllables.len()).rev() {
        syllables.swap(at, seeded.below(at + 1));
    }
    let forms: [fn(&str) -> String; 5] = [
        |s| format!("Nguyễn Văn {}", capitalised(s)),
        |s| format!("TÔN THẤT {}", shouted(s)),
        |s| format!("12/3 Kiệt {}, đường Tố Hữu", capitalised(s)),
        capitalised,
        str::to_owned,
    ];
    for form in forms {
        for column in syllables.chunks(ROWS) {
            let cells: Vec<String> = column.iter().map(|s| form(s)).collect();
            let encoded: Vec<String> = cells.iter().map(|c| legacy::encode(c, encoding)).collect();
            let alone: Vec<_> = encoded.iter().map(|shown| legacy::repair(shown)).collect();
            assert_eq!(proved(&alone), Some(encoding), "{encoded:?}");
            for ((cell, shown), alone) in cells.iter().zip(&encoded).zip(&alone) {
                let expected = kept(cell, encoding);
                let beside = legacy::repair_beside(shown, encoding);
                assert_eq!(beside.as_ref().unwrap_or(shown), &expected, "{shown}, {encoding:?}");
                if let Some(alone) = alone {
                    assert_eq!(alone.text, expected, "{shown} alone, {encoding:?}");
                }
            }
        }
    }
}

#[test]
fn the_inventory_is_that_of_the_language() {
    assert_eq!(INVENTORY.len(), 18_452);
    for word in ["nguyễn", "khuỷu", "nghiêng", "quốc", "giếng", "sịa", "xoong", "ý"] {
        assert!(INVENTORY.iter().any(|syllable| syllable == word), "{word}");
    }
}

#[test]
fn every_syllable_comes_back_from_tcvn3() {
    check_inventory(LegacyEncoding::Tcvn3);
}

#[test]
fn every_syllable_comes_back_from_vni() {
    check_inventory(LegacyEncoding::Vni);
}

#[test]
fn every_syllable_comes_back_from_viqr() {
    check_inventory(LegacyEncoding::Viqr);
}

#[test]
fn every_syllable_comes_back_from_misread_utf8() {
    check_inventory(LegacyEncoding::Utf8AsCp1252);
}

const FAMILIES: [&str; 14] = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Võ",
    "Đặng",
    "Bùi",
    "Hồ",
    "Ngô",
    "Tôn Thất",
    "Tô",
    "Lò",
    "Ðoàn",
];
const MIDDLES: [&str; 8] = ["Văn", "Thị", "Hữu", "Ngọc", "Bá", "Như", "Thành", "Công"];
const PLACES: [&str; 12] = [
    "Quảng Điền",
    "Niêm Phò",
    "Bàu Sen",
    "Kế Môn",
    "Lai Hà",
    "Vân Căn",
    "Hòa Xuân",
    "A Lưới",
    "Lò Vôi",
    "Cồn Tàu",
    "Ka Rôông",
    "La Vân Hạ",
];
const FOREIGN: [&str; 16] = [
    "Hello, World!",
    "Café Müller",
    "crème brûlée à la carte",
    "São Paulo",
    "naïve façade",
    "Señor Núñez",
    "Zeiß & Söhne",
    "C’est l’été",
    "où êtes-vous ?",
    "GPS drift: ±5 m",
    "OK",
    "http://a.vn/?q=a+b",
    "it's o'clock",
    "Homestay Château d'Huế",
    "Résidence Bảo Đại",
    "N/A",
];
const NOTES: [&str; 20] = [
    "ở chung nhà với con, không có sổ",
    "vắng nhà (gọi lại sau 17h)",
    "đi làm ăn xa!",
    "?",
    "-",
    "Nhà cô Hòa · xóm Bàu",
    "«nhà thờ họ»",
    "50 m² ± 3",
    "5 × 20 m",
    "16°34′24,6″ B",
    "½ lô",
    "Công ty Hòa Bình®",
    "ông Tú – bà Hà",
    "có nhà không ?",
    "5 µm",
    "© 2024",
    "dài 3³ m",
    "Hộ nghèo; cận nghèo (2023)",
    "“chưa rõ”",
    "tò vò, cà phê, ô tô",
];
const UNITS: [&str; 10] = [
    "Xã Quảng Thái",
    "P. Thuận Hoà",
    "TT. Sịa",
    "TDP 05",
    "Thôn 3",
    "Huyện Phú Vang",
    "TX Hương Trà",
    "Thành phố Huế",
    "X. Lộc Hoà",
    "A Lưới 2",
];

/// A right cell of the kind `of`.
fn right_cell(of: usize, seeded: &mut Seeded) -> String {
    let number = seeded.below(999) + 1;
    match of {
        0 => {
            let name = (seeded.of(&FAMILIES), seeded.of(&MIDDLES), seeded.syllable());
            format!("{} {} {}", name.0, name.1, capitalised(name.2))
        }
        1 => shouted(&format!("{} {}", seeded.of(&FAMILIES), seeded.syllable())),
        2 => format!("Thôn {} {}", capitalised(seeded.syllable()), capitalised(seeded.syllable())),
        3 => format!("{number}/{} Kiệt {}", seeded.below(90), capitalised(seeded.syllable())),
        4 => format!("Số {number}, đường {}", seeded.of(&PLACES)),
        5 => format!("0905{:06}", seeded.below(1_000_000)),
        6 => seeded.of(&NOTES).to_owned(),
        7 => format!("{} {}", seeded.of(&FOREIGN), number),
        8 => seeded.of(&UNITS).to_owned(),
        9 => format!("{}: {}", seeded.of(&NOTES), seeded.syllable()),
        10 => format!("16,{:06}", seeded.below(1_000_000)),
        _ => format!("{} {}", seeded.syllable(), seeded.syllable()),
    }
}

/// Kinds of cells that [`right_cell`] makes.
const KINDS: usize = 12;

#[test]
fn no_cell_of_ten_thousand_right_columns_converts() {
    let mut seeded = Seeded(2026);
    for column in 0..10_000 {
        let kind = column % KINDS;
        let spaces = seeded.below(4);
        for _ in 0..20 {
            let mut cell = right_cell(kind, &mut seeded);
            match spaces {
                0 => cell = cell.replace(' ', "\u{a0}"),
                1 => cell = cell.nfd().collect(),
                _ => {}
            }
            assert_eq!(legacy::repair(&cell), None, "{cell:?} of column {column}");
        }
    }
}
