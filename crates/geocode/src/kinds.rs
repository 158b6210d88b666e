//! Words that say what follows them: `xã`, `P.`, `thôn`, `kiệt`, `số nhà`.

use std::sync::LazyLock;

use diachiso_model::Kind;

use crate::tokens::{Column, MAX_TOKENS, Tokens};

/// What a kind word announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Province,
    District,
    /// A commune of this kind.
    Commune(Kind),
    /// A village; the word that stays before a number.
    Village(&'static str),
    /// A part of a village.
    Hamlet(&'static str),
    Street,
    Alley,
    Number,
}

/// Spelling, what it announces. Longer ones first; all with their marks.
const KINDS: [(&str, Marker); 51] = [
    ("tổ dân phố", Marker::Village("tdp")),
    ("khu dân cư", Marker::Hamlet("kdc")),
    ("khu quy hoạch", Marker::Hamlet("kqh")),
    ("số nhà", Marker::Number),
    ("nhà số", Marker::Number),
    ("thị trấn", Marker::Commune(Kind::ThiTran)),
    ("thành phố", Marker::District),
    ("thị xã", Marker::District),
    ("khu vực", Marker::Village("kv")),
    ("khu phố", Marker::Village("kp")),
    ("khối phố", Marker::Village("kp")),
    ("tổ dp", Marker::Village("tdp")),
    ("phường", Marker::Commune(Kind::Phuong)),
    ("huyện", Marker::District),
    ("quận", Marker::District),
    ("tỉnh", Marker::Province),
    ("xã", Marker::Commune(Kind::Xa)),
    ("thôn", Marker::Village("thon")),
    ("làng", Marker::Village("lang")),
    ("bản", Marker::Village("ban")),
    ("ấp", Marker::Village("ap")),
    ("tổ", Marker::Village("tdp")),
    ("xóm", Marker::Hamlet("xom")),
    ("đội", Marker::Hamlet("doi")),
    ("cụm", Marker::Hamlet("cum")),
    ("đường", Marker::Street),
    ("phố", Marker::Street),
    ("kiệt", Marker::Alley),
    ("ngách", Marker::Alley),
    ("ngõ", Marker::Alley),
    ("hẻm", Marker::Alley),
    ("số", Marker::Number),
    ("nhà", Marker::Number),
    // Abbreviations count in text with marks too.
    ("tdp", Marker::Village("tdp")),
    ("kdc", Marker::Hamlet("kdc")),
    ("kqh", Marker::Hamlet("kqh")),
    ("kv", Marker::Village("kv")),
    ("kp", Marker::Village("kp")),
    ("tt", Marker::Commune(Kind::ThiTran)),
    ("tx", Marker::District),
    ("tp", Marker::District),
    ("th", Marker::Village("thon")),
    ("sn", Marker::Number),
    ("p", Marker::Commune(Kind::Phuong)),
    ("x", Marker::Commune(Kind::Xa)),
    ("h", Marker::District),
    ("q", Marker::District),
    ("t", Marker::Village("thon")),
    ("k", Marker::Alley),
    ("d", Marker::Street),
    ("đ", Marker::Street),
];

struct KindWord {
    folds: Vec<String>,
    spellings: Vec<u64>,
    marked: bool,
    marker: Marker,
}

static WORDS: LazyLock<Vec<KindWord>> = LazyLock::new(|| {
    let word = |(spelling, marker): &(&str, Marker)| {
        let mut tokens = Tokens::default();
        tokens.push(spelling, Column::Any);
        KindWord {
            folds: (0..tokens.list.len()).map(|at| tokens.text(at, at + 1).to_owned()).collect(),
            spellings: tokens.list.iter().map(|token| token.spelling).collect(),
            marked: tokens.spelt,
            marker: *marker,
        }
    };
    KINDS.iter().map(word).collect()
});

/// A kind word in a text: words `from..to`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KindAt {
    pub(crate) to: u8,
    pub(crate) marker: Marker,
}

/// The kind words that begin at each word of a text, if any.
pub(crate) type KindsAt = [Option<KindAt>; MAX_TOKENS];

/// Finds the kind words of a text.
///
/// Spellings without marks count in texts that have none at all: `Lang Xá` is a name.
pub(crate) fn kinds(tokens: &Tokens, found: &mut KindsAt) {
    *found = [None; MAX_TOKENS];
    let mut at = 0;
    while at < tokens.list.len() {
        let word = WORDS.iter().find(|word| reads(word, tokens, at));
        let to = at + word.map_or(1, |word| word.folds.len());
        found[at] = word.map(|word| KindAt { to: to as u8, marker: word.marker });
        // The `phố` of `tổ dân phố` announces nothing of its own.
        at = to;
    }
}

fn reads(word: &KindWord, tokens: &Tokens, at: usize) -> bool {
    let to = at + word.folds.len();
    if tokens.text(at, at + 1) != word.folds[0] || to > tokens.list.len() {
        return false;
    }
    (0..word.folds.len()).all(|i| {
        let token = &tokens.list[at + i];
        let same = tokens.text(at + i, at + i + 1) == word.folds[i];
        let spelt = token.spelling == word.spellings[i];
        same && token.segment == tokens.list[at].segment
            && (spelt || (word.marked && !token.marked && !tokens.spelt))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(usize, Marker)]) {
        let mut tokens = Tokens::default();
        tokens.push(text, Column::Any);
        let mut at = [None; MAX_TOKENS];
        kinds(&tokens, &mut at);
        let found: Vec<_> =
            at.iter().enumerate().filter_map(|(i, k)| Some((i, (*k)?.marker))).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn kind_words_are_known_spelt_out_short_and_without_marks() {
        check("Thị trấn Sịa", &[(0, Marker::Commune(Kind::ThiTran))]);
        check("thi tran sia", &[(0, Marker::Commune(Kind::ThiTran))]);
        check("TT. Sịa", &[(0, Marker::Commune(Kind::ThiTran))]);
        check("31 kiệt 22", &[(1, Marker::Alley)]);
        check("tổ dân phố 5", &[(0, Marker::Village("tdp"))]);
    }

    #[test]
    fn names_that_only_look_like_kind_words_stay_names() {
        check("Lang Xá Cồn", &[]);
        check("Ngô Quyền", &[]);
        check("Thôn Tô Đà", &[(0, Marker::Village("thon"))]);
    }
}
