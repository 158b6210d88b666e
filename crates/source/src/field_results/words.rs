//! How people write results.

use diachiso_model::ResultWord;
use diachiso_text::fold::unaccent_key;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Other ways to write each word than those that lists offer, without accents, capitals and punctuation.
const SYNONYMS: [(ResultWord, &[&str]); 7] = [
    (
        ResultWord::Done,
        &[
            "da cap",
            "da lam xong",
            "da thu thap",
            "da nop",
            "da xong",
            "xong",
            "hoan thanh",
            "lam roi",
        ],
    ),
    (
        ResultWord::Absent,
        &[
            "vang",
            "di vang",
            "vang mat",
            "khong co nha",
            "khong co ai o nha",
            "khong gap",
            "absent",
            "not home",
        ],
    ),
    (
        ResultWord::Away,
        &[
            "di vang dai ngay",
            "vang mat dai ngay",
            "vang lau",
            "di lam an xa",
            "di lam xa",
            "away",
            "long term away",
        ],
    ),
    (
        ResultWord::Refused,
        &["khong dong y", "khong hop tac", "tu choi cung cap", "refuse", "refuses"],
    ),
    (
        ResultWord::Moved,
        &["chuyen di", "da chuyen", "chuyen noi khac", "da chuyen noi khac", "moved"],
    ),
    (
        ResultWord::Gone,
        &[
            "khong con ho",
            "khong con da mat ho giai the",
            "da mat",
            "da chet",
            "ho giai the",
            "giai the",
            "gone",
        ],
    ),
    (ResultWord::New, &["moi", "ho moi phat sinh", "phat sinh", "ho phat sinh", "new"]),
];

static WORDS: LazyLock<HashMap<String, ResultWord>> = LazyLock::new(|| {
    let own = |word: ResultWord| [word.as_str(), word.vi(), word.en()].map(unaccent_key);
    let offered = ResultWord::ALL.into_iter().flat_map(|word| own(word).map(|key| (key, word)));
    let others =
        SYNONYMS.iter().flat_map(|(word, keys)| keys.iter().map(|key| ((*key).to_owned(), *word)));
    offered.chain(others).collect()
});

/// The result that a text means, in Vietnamese or English, with accents or without, in any capitals.
#[must_use]
pub fn result_word(text: &str) -> Option<ResultWord> {
    WORDS.get(&unaccent_key(text)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_of_writing_means_two_results() {
        let mut seen: HashMap<String, ResultWord> = HashMap::new();
        let offered = ResultWord::ALL
            .into_iter()
            .flat_map(|word| [word.as_str(), word.vi(), word.en()].map(|text| (text, word)));
        let others = SYNONYMS.iter().flat_map(|(word, keys)| keys.iter().map(|key| (*key, *word)));
        for (text, word) in offered.chain(others) {
            let before = seen.insert(unaccent_key(text), word);
            assert!(before.is_none_or(|before| before == word), "{text}: {before:?} and {word:?}");
        }
        for (_, keys) in SYNONYMS {
            for key in keys {
                assert_eq!(unaccent_key(key), **key, "is a key");
            }
        }
    }

    #[test]
    fn words_are_known_with_and_without_accents_in_any_case_in_both_languages() {
        #[track_caller]
        fn check(text: &str, expected: Option<ResultWord>) {
            assert_eq!(result_word(text), expected, "{text}");
        }
        check("Vắng nhà", Some(ResultWord::Absent));
        check("VANG NHA", Some(ResultWord::Absent));
        check("vắng dài ngày ", Some(ResultWord::Away));
        check("Refused", Some(ResultWord::Refused));
        check("ĐÃ CHUYỂN ĐI", Some(ResultWord::Moved));
        check("không còn (đã mất, hộ giải thể)", Some(ResultWord::Gone));
        check("đã làm", Some(ResultWord::Done));
        check("hộ mới", Some(ResultWord::New));
        check("new household", Some(ResultWord::New));
        check("vắng tanh", None);
        check("", None);
    }
}
