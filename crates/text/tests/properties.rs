//! Properties that hold for every name, text and number.

use diachiso_text::legacy::{self, LegacyEncoding, Repaired};
use diachiso_text::{clean, fold, name, number, phone, syllable, tone};
use proptest::prelude::*;

const FAMILIES: [&str; 16] = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Tôn Thất",
    "Tôn Nữ",
    "Phan",
];
const MIDDLES: [&str; 10] =
    ["Văn", "Thị", "Hữu", "Đình", "Ngọc", "Quang", "Thanh", "Bá", "Xuân", "Như"];
const GIVENS: [&str; 24] = [
    "An", "Bình", "Châu", "Dũng", "Đức", "Giang", "Hòa", "Hương", "Khoa", "Lò", "Mẫn", "Năm",
    "Oanh", "Phúc", "Quý", "Rô", "Sỹ", "Thúy", "Uyên", "Vỹ", "Xuyến", "Yến", "Ý", "Tô",
];
const PLACES: [&str; 12] = [
    "Quảng Điền",
    "Phú Vang",
    "Hương Trà",
    "An Xuân",
    "Niêm Phò",
    "Lai Hà",
    "Cao Bá Quát",
    "Tố Hữu",
    "Bàu Sen",
    "Kế Môn",
    "Thừa Thiên Huế",
    "Vân Căn",
];

fn correct_name() -> impl Strategy<Value = String> {
    let words = (
        prop::sample::select(&FAMILIES[..]),
        prop::sample::select(&MIDDLES[..]),
        prop::sample::select(&GIVENS[..]),
    );
    prop_oneof![
        words.clone().prop_map(|(family, middle, given)| format!("{family} {middle} {given}")),
        words.clone().prop_map(|(family, _, given)| format!("{family} {given}")),
        words.prop_map(|(family, middle, given)| format!("{family} {middle} {given}").to_uppercase()),
        prop::sample::select(&PLACES[..]).prop_map(str::to_owned),
        prop::sample::select(&GIVENS[..]).prop_map(str::to_owned),
    ]
}

fn full_name() -> impl Strategy<Value = String> {
    (
        prop::sample::select(&FAMILIES[..]),
        prop::sample::select(&MIDDLES[..]),
        prop::sample::select(&GIVENS[..]),
    )
        .prop_map(|(family, middle, given)| format!("{family} {middle} {given}"))
}

fn syllables() -> impl Strategy<Value = String> {
    let onsets = prop::sample::select(
        &["", "b", "ch", "đ", "gi", "h", "kh", "l", "ng", "nh", "ph", "qu", "th", "tr", "v"][..],
    );
    let letters = prop::sample::select("aăâeêioôơuưyáàảãạằặấộứịỹ".chars().collect::<Vec<_>>());
    let codas = prop::sample::select(
        &["", "n", "ng", "nh", "c", "ch", "t", "m", "p", "i", "u", "o", "a"][..],
    );
    (onsets, prop::collection::vec(letters, 1..3), codas).prop_map(|(onset, letters, coda)| {
        format!("{onset}{}{coda}", letters.into_iter().collect::<String>())
    })
}

/// Share of all names that come back, in percent, of those that the encoding changes.
fn recovered(from: LegacyEncoding) -> f64 {
    let (mut changed, mut back) = (0_u32, 0_u32);
    for family in FAMILIES {
        for middle in MIDDLES {
            for given in GIVENS {
                let text = format!("{family} {middle} {given}");
                let encoded = legacy::encode(&text, from);
                if encoded != text {
                    changed += 1;
                    let repaired = legacy::repair(&encoded);
                    back += u32::from(
                        repaired.is_some_and(|repaired| name::clean_name(&repaired.text) == text),
                    );
                }
            }
        }
    }
    f64::from(back) * 100.0 / f64::from(changed)
}

#[test]
fn nearly_every_full_name_comes_back_from_every_encoding() {
    for (from, at_least) in [
        (LegacyEncoding::Utf8AsCp1252, 100.0),
        (LegacyEncoding::Tcvn3, 97.0),
        (LegacyEncoding::Vni, 97.0),
        (LegacyEncoding::Viqr, 97.0),
    ] {
        let share = recovered(from);
        assert!(share >= at_least, "{from:?}: {share} %");
    }
}

proptest! {
    #[test]
    fn correct_names_never_convert(text in correct_name()) {
        prop_assert_eq!(legacy::repair(&text), None);
        prop_assert!(!legacy::is_damaged(&text));
    }

    #[test]
    fn ascii_words_never_convert(text in "[A-Za-z]{1,9}( [A-Za-z]{1,9}){0,4}") {
        // `dd` alone is no evidence without a mark that ordinary punctuation lacks.
        prop_assert_eq!(legacy::repair(&text), None);
    }

    #[test]
    fn encoded_names_come_back(text in full_name()) {
        for from in LegacyEncoding::ALL {
            let encoded = legacy::encode(&text, from);
            if encoded == text {
                continue;
            }
            let back = legacy::repair(&encoded).map(|repaired| name::clean_name(&repaired.text).into_owned());
            // Where the encoded text is Vietnamese too, doubt keeps it; whatever converts is right.
            prop_assert!(back.is_none() || back.as_deref() == Some(text.as_str()), "{:?}: {} {:?}", from, encoded, back);
        }
    }

    #[test]
    fn names_with_two_marked_words_come_back_from_every_encoding(
        family in prop::sample::select(&["Nguyễn", "Trần", "Đặng", "Hồ"][..]),
        given in prop::sample::select(&["Đức", "Hương", "Thúy", "Mẫn", "Phượng"][..]),
    ) {
        let text = format!("{family} Thị {given}");
        for from in LegacyEncoding::ALL {
            let repaired = legacy::repair(&legacy::encode(&text, from));
            prop_assert_eq!(repaired, Some(Repaired { text: text.clone(), from }));
        }
    }

    #[test]
    fn nothing_panics_and_cleaning_settles(text in any::<String>()) {
        let once = clean::clean(&text).into_owned();
        prop_assert_eq!(clean::clean(&once).into_owned(), once);
        let _ = (legacy::repair(&text), legacy::is_damaged(&text), name::is_placeholder(&text), name::clean_name(&text));
        let _ = (diachiso_text::angle::parse(&text), diachiso_text::date::parse(&text), diachiso_text::code::clean_code(&text));
        let _ = (diachiso_text::place::village_key(&text), diachiso_text::place::commune_key(&text));
        let _ = (diachiso_text::house::parse_line(&text), diachiso_text::house::looks_like_excel_date(&text));
        let _ = (diachiso_text::identity::check(&text), phone::parse(&text), number::parse_count(&text));
    }

    #[test]
    fn spreadsheet_like_text_never_panics(text in "[0-9A-Za-zđêĐ°'\"/.,:+Thg -]{0,16}") {
        let _ = (diachiso_text::angle::parse(&text), diachiso_text::date::parse(&text), number::parse_decimal(&text));
        let _ = (diachiso_text::house::parse_line(&text), diachiso_text::house::looks_like_excel_date(&text));
        let _ = (diachiso_text::place::village_key(&text), diachiso_text::place::district_key(&text), phone::parse(&text));
    }

    #[test]
    fn keys_are_keys_of_themselves(text in "\\PC{0,24}") {
        let strong = fold::strong_key(&text);
        prop_assert_eq!(fold::strong_key(&strong), strong.clone());
        let weak = fold::unaccent_key(&text);
        prop_assert_eq!(fold::unaccent_key(&weak), weak);
    }

    #[test]
    fn moving_a_tone_keeps_the_letters_and_settles(word in syllables()) {
        let moved = tone::canonical_tone(&word).into_owned();
        prop_assert_eq!(fold::unaccent_key(&moved), fold::unaccent_key(&word));
        prop_assert_eq!(syllable::is_syllable(&moved), syllable::is_syllable(&word));
        prop_assert_eq!(tone::canonical_tone(&moved).into_owned(), moved);
    }

    #[test]
    fn grouped_numbers_read_back(value in 0_u32..) {
        prop_assert_eq!(number::parse_count(&number::format_vi(u64::from(value))), Some(value));
    }

    #[test]
    fn mobile_numbers_read_back(prefix in prop::sample::select(&[3_u64, 5, 7, 8, 9][..]), rest in 0_u64..100_000_000) {
        let digits = prefix * 100_000_000 + rest;
        prop_assert_eq!(phone::parse(&phone::display(digits)), phone::PhoneOutcome::Valid { digits, fix: None });
        prop_assert_eq!(phone::masked(digits).len(), 10);
    }
}
