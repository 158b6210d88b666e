//! Village, commune and district in an address of one line, as lists of poor households write it.

use crate::fold::strong_key;
use crate::place::{commune_kind, is_district, is_province, village_kind};

/// What an address in one line says of where it is; what it does not say is empty. Names keep their kind words and their
/// spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceLine {
    /// What stands before the village: house, alley, street, hamlet.
    pub address: String,
    /// The village.
    pub village: String,
    /// The commune.
    pub commune: String,
    /// The district, or the city where no district is named.
    pub district: String,
}

/// What a part of a line is by its kind word.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// A village, or a hamlet of one where another village is named.
    Village,
    Hamlet,
    Commune,
    District,
    Province,
    /// No kind word: a house and street, or a name alone.
    Bare,
}

/// Kinds within a village: they name the place only where nothing larger does.
const HAMLETS: [&str; 2] = ["xóm", "đội"];

/// Kind words before which a new part begins although no comma stands there; first words only, with their marks.
const BEGINNINGS: [&str; 10] =
    ["thôn", "tdp", "tổ", "xã", "phường", "thị", "huyện", "quận", "tỉnh", "thành"];
/// What follows those that are words of names as well.
const SECONDS: [(&str, &[&str]); 3] =
    [("thị", &["xã", "trấn"]), ("thành", &["phố"]), ("tổ", &["dân"])];

/// The ways to read an address, the likelier first; none where nothing in it can be a commune.
///
/// A kind word (`xã`, `P.`, `thị trấn`) decides. Without one each bare name behind the first is tried, the one closest to
/// the village first: `Hà Hải, Quảng Phước, Quảng Điền` names the commune in the middle. Who knows the communes takes the
/// first reading that names one.
#[must_use]
pub fn readings(line: &str) -> Vec<PlaceLine> {
    let parts: Vec<(Part, String)> = parts(line).into_iter().map(|p| (part(&p), p)).collect();
    let stated = parts.iter().position(|(part, _)| *part == Part::Commune);
    let bare = (1..parts.len()).filter(|at| {
        let behind =
            parts[..*at].iter().all(|(p, _)| !matches!(p, Part::District | Part::Province));
        parts[*at].0 == Part::Bare && behind
    });
    match stated {
        Some(commune) => vec![reading(&parts, commune)],
        None => bare.map(|commune| reading(&parts, commune)).collect(),
    }
}

/// What to write in an address whose place is not known, in Vietnamese, by what it lacks.
#[must_use]
pub fn lacks(line: &str) -> &'static str {
    match &readings(line)[..] {
        [] => "Thiếu xã/phường: ghi như “Thôn Hà Hải, xã Quảng Phước”",
        [first, ..] if first.village.is_empty() => {
            "Thiếu thôn/TDP: ghi như “Thôn Hà Hải, xã Quảng Phước”"
        }
        _ => "Không có xã/phường tên này, hoặc có nhiều: ghi rõ xã và huyện",
    }
}

fn reading(parts: &[(Part, String)], commune: usize) -> PlaceLine {
    let (before, behind) = (&parts[..commune], &parts[commune + 1..]);
    let of = |kind: Part| before.iter().rposition(|(part, _)| *part == kind);
    // A house or a street is no village: `12 Tố Hữu`.
    let numbered = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let named = before.len().checked_sub(1).filter(|at| {
        let (part, text) = &before[*at];
        *part == Part::Bare && !numbered(text)
    });
    let village = of(Part::Village).or(named).or_else(|| of(Part::Hamlet));
    let text = |at: Option<usize>| at.map_or_else(String::new, |at| parts[at].1.clone());
    let rest: Vec<&str> = before
        .iter()
        .enumerate()
        .filter(|(at, _)| Some(*at) != village)
        .map(|(_, (_, text))| text.as_str())
        .collect();
    let district = behind.iter().find(|(part, _)| matches!(part, Part::District | Part::Bare));
    PlaceLine {
        address: rest.join(", "),
        village: text(village),
        commune: parts[commune].1.clone(),
        district: district.map_or_else(String::new, |(_, text)| text.clone()),
    }
}

/// A line cut at commas, at hyphens between spaces, and before kind words.
fn parts(line: &str) -> Vec<String> {
    let line = line.replace(" – ", ",").replace(" - ", ",");
    let mut parts = Vec::new();
    for stretch in line.split([',', ';', '\n']) {
        let words: Vec<&str> = stretch.split_whitespace().collect();
        let mut from = 0;
        for at in 1..words.len() {
            if begins(&words[at..]) && !is_kind_alone(&words[from..at]) {
                parts.push(words[from..at].join(" "));
                from = at;
            }
        }
        if from < words.len() {
            parts.push(words[from..].join(" "));
        }
    }
    parts.retain(|part| part.chars().any(char::is_alphanumeric));
    parts
}

/// Whether words begin with a kind word that stands before a name.
fn begins(words: &[&str]) -> bool {
    let [first, rest @ ..] = words else { return false };
    let first = strong_key(first);
    if rest.is_empty() || !BEGINNINGS.contains(&first.as_str()) {
        return false;
    }
    let seconds = SECONDS.iter().find(|(word, _)| *word == first);
    seconds.is_none_or(|(_, seconds)| seconds.contains(&strong_key(rest[0]).as_str()))
}

/// Whether words are a kind word without its name: what follows is the name, whatever it looks like (`Thôn Phường Đúc`).
fn is_kind_alone(words: &[&str]) -> bool {
    words.len() <= 3 && !matches!(part(&format!("{} x", words.join(" "))), Part::Bare) && {
        let bare = words.join(" ");
        part(&bare) == Part::Bare
    }
}

fn part(text: &str) -> Part {
    let key = strong_key(text);
    let spelt = !key.is_ascii();
    if is_province(&key) {
        return Part::Province;
    }
    if is_district(&key, spelt) {
        return Part::District;
    }
    if commune_kind(&key, spelt).is_some() {
        return Part::Commune;
    }
    match village_kind(&key, spelt) {
        Some((kind, _)) if HAMLETS.contains(&kind) => Part::Hamlet,
        Some(_) => Part::Village,
        None => Part::Bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[[&str; 4]]) {
        let found: Vec<[String; 4]> = readings(line)
            .into_iter()
            .map(|r| [r.address, r.village, r.commune, r.district])
            .collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn kind_words_tell_village_commune_and_district() {
        let hai = ["", "Thôn Hà Hải", "xã Quảng Phước", "huyện Quảng Điền"];
        check("Thôn Hà Hải, xã Quảng Phước, huyện Quảng Điền", &[hai]);
        check("Thôn Hà Hải xã Quảng Phước huyện Quảng Điền", &[hai]);
        check("Thôn Hà Hải - xã Quảng Phước - huyện Quảng Điền - tỉnh Thừa Thiên Huế", &[hai]);
        check(
            "3 Xóm 1, Thôn Hà Hải, X. Quảng Phước",
            &[["3 Xóm 1", "Thôn Hà Hải", "X. Quảng Phước", ""]],
        );
        check("TDP Vĩnh Hòa, TT. Sịa", &[["", "TDP Vĩnh Hòa", "TT. Sịa", ""]]);
        check(
            "Tổ dân phố Vĩnh Hòa thị trấn Sịa, TX. Hương Thủy",
            &[["", "Tổ dân phố Vĩnh Hòa", "thị trấn Sịa", "TX. Hương Thủy"]],
        );
        check(
            "22/31 Cao Bá Quát, Tổ 12, P. Gia Hội, TP. Huế",
            &[["22/31 Cao Bá Quát", "Tổ 12", "P. Gia Hội", "TP. Huế"]],
        );
        check("thon Ha Hai, xa Quang Phuoc", &[["", "thon Ha Hai", "xa Quang Phuoc", ""]]);
        check("Xóm 3, xã Quảng Phước", &[["", "Xóm 3", "xã Quảng Phước", ""]]);
        check("Xóm 3, Hà Hải, xã Quảng Phước", &[["Xóm 3", "Hà Hải", "xã Quảng Phước", ""]]);
    }

    #[test]
    fn without_kind_words_every_name_behind_the_first_may_be_the_commune() {
        check(
            "Hà Hải, Quảng Phước, Quảng Điền",
            &[
                ["", "Hà Hải", "Quảng Phước", "Quảng Điền"],
                ["Hà Hải", "Quảng Phước", "Quảng Điền", ""],
            ],
        );
        check("Thôn Hà Hải, Quảng Phước", &[["", "Thôn Hà Hải", "Quảng Phước", ""]]);
        check(
            "Thôn Hà Hải, Quảng Phước, huyện Quảng Điền, Thừa Thiên Huế",
            &[["", "Thôn Hà Hải", "Quảng Phước", "huyện Quảng Điền"]],
        );
    }

    #[test]
    fn what_an_address_lacks_is_said() {
        for (line, words) in [
            ("", "Thiếu xã"),
            ("Thôn Hà Hải", "Thiếu xã"),
            ("xã Quảng Phước", "Thiếu thôn"),
            ("Thôn Hà Hải, xã Nào Đó", "Không có xã"),
        ] {
            assert!(lacks(line).starts_with(words), "{line}: {}", lacks(line));
        }
    }

    #[test]
    fn what_names_no_commune_or_no_village_says_so() {
        check("", &[]);
        check("Thôn Hà Hải", &[]);
        check("Quảng Phước", &[]);
        check("huyện Quảng Điền", &[]);
        check("xã Quảng Phước", &[["", "", "xã Quảng Phước", ""]]);
        check("12 Tố Hữu, P. Gia Hội", &[["12 Tố Hữu", "", "P. Gia Hội", ""]]);
        check("Thôn Phường Đúc, xã Quảng Phước", &[["", "Thôn Phường Đúc", "xã Quảng Phước", ""]]);
    }
}
