//! What happens to words on their way into a spreadsheet.

use unicode_normalization::UnicodeNormalization;

use crate::random::Rng;

/// Tone placements of open syllables: as the register has them, and the other way.
const TONES: &[(&str, &str)] = &[
    ("òa", "oà"),
    ("óa", "oá"),
    ("ỏa", "oả"),
    ("õa", "oã"),
    ("ọa", "oạ"),
    ("òe", "oè"),
    ("óe", "oé"),
    ("ỏe", "oẻ"),
    ("õe", "oẽ"),
    ("ọe", "oẹ"),
    ("ùy", "uỳ"),
    ("úy", "uý"),
    ("ủy", "uỷ"),
    ("ũy", "uỹ"),
    ("ụy", "uỵ"),
];

/// The text with the other tone placement, if it has a syllable with two.
pub(crate) fn other_tones(text: &str) -> Option<String> {
    let changed = text.split(' ').map(|word| {
        let pair = TONES.iter().find(|t| word.ends_with(t.0));
        pair.map_or_else(
            || word.to_owned(),
            |t| format!("{}{}", &word[..word.len() - t.0.len()], t.1),
        )
    });
    let changed = changed.collect::<Vec<_>>().join(" ");
    (changed != text).then_some(changed)
}

/// "Thôn Trung Làng" → "T. Trung Làng", "TDP Vĩnh Hòa" → "TDP. Vĩnh Hòa".
pub(crate) fn short_village(title: &str) -> String {
    title
        .strip_prefix("Thôn ")
        .map_or_else(|| title.replacen("TDP ", "TDP. ", 1), |name| format!("T. {name}"))
}

/// First letters of the words of a name in the order of the alphabet.
pub(crate) fn sorted_initials(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.split(' ').filter_map(|word| word.chars().next()).collect();
    letters.sort_unstable();
    letters
}

/// "Nguyễn Văn Hùng" → "N. V. Hùng", or its family name by all consonants before a vowel: "Ng. V. Hùng".
pub(crate) fn initials(name: &str, rng: &mut Rng) -> String {
    let words: Vec<&str> = name.split(' ').collect();
    let (given, rest) = words.split_last().unwrap_or((&"", &[]));
    let long = rng.chance(0.5);
    let short = |(at, word): (usize, &&str)| {
        let consonants = word
            .chars()
            .take_while(|c| "bcdđghklmnpqrstvx".contains(c.to_ascii_lowercase()) || *c == 'Đ');
        let take = if long && at == 0 { consonants.count().max(1) } else { 1 };
        format!("{}. ", word.chars().take(take).collect::<String>())
    };
    rest.iter().enumerate().map(short).collect::<String>() + given
}

/// "Nguyễn Văn Hùng" → "Hùng Nguyễn Văn".
pub(crate) fn given_first(name: &str) -> String {
    name.rsplit_once(' ').map_or_else(|| name.to_owned(), |(rest, given)| format!("{given} {rest}"))
}

/// One letter doubled, or two neighbours exchanged, so that a word of the name is no syllable any more; the name itself
/// where no such slip is found.
pub(crate) fn slip(name: &str, rng: &mut Rng) -> String {
    let letters: Vec<char> = name.chars().collect();
    let slipped = (0..16).map(|_| {
        let mut letters = letters.clone();
        let at = 1 + rng.below(letters.len().saturating_sub(2).max(1) as u64) as usize;
        let near = |at: usize| letters.get(at).is_some_and(|c| c.is_lowercase());
        if at + 1 < letters.len() && near(at) && near(at + 1) && rng.chance(0.5) {
            letters.swap(at, at + 1);
        } else if near(at) {
            letters.insert(at, letters[at]);
        }
        letters.into_iter().collect::<String>()
    });
    let strange = |word: &str| !diachiso_text::syllable::is_syllable(word);
    let is_slip = |other: &String| {
        *other != name && other.split(' ').filter(|word| strange(word)).count() == 1
    };
    { slipped }.find(is_slip).unwrap_or_else(|| name.to_owned())
}

pub(crate) fn decomposed(text: &str) -> String {
    text.nfd().collect()
}

/// "Nguyễn Văn Hùng" → "Nguy?n V?n Hùng": letters beyond Latin-1 lost, or one vowel where there is none.
pub(crate) fn damaged(text: &str) -> String {
    let lost: String = text.chars().map(|c| if c > '\u{ff}' { '?' } else { c }).collect();
    if lost != text {
        return lost;
    }
    let vowel = |c: char| !c.is_ascii() || "aeiouy".contains(c);
    let at = text
        .char_indices()
        .rev()
        .find(|&(i, c)| vowel(c) && text[i..].chars().nth(1).is_some_and(char::is_alphabetic));
    at.map_or_else(
        || format!("{text}?"),
        |(i, c)| format!("{}?{}", &text[..i], &text[i + c.len_utf8()..]),
    )
}

/// Double spaces inside, one before or after.
pub(crate) fn spaced(text: &str, rng: &mut Rng) -> String {
    let inner = text.replacen(' ', "  ", 1);
    if rng.chance(0.5) { format!(" {inner}") } else { format!("{inner} ") }
}

/// A clean ten-digit code with what people put into codes.
pub(crate) fn spaced_code(code: &str, rng: &mut Rng) -> String {
    let (prefix, serial) = code.split_at(5);
    match rng.below(4) {
        0 => format!("{prefix} {serial}"),
        1 => format!("{prefix}.{serial}"),
        2 => format!("{prefix}-{serial}"),
        // A serial number up to 90,000 has a leading zero more often than not; else a space will do.
        _ if serial.contains('0') => format!("{prefix}{}", serial.replace('0', "O")),
        _ => format!("{prefix} {serial} "),
    }
}

/// `16°34'24.60"N`; a hundredth of a second is 30 cm.
pub(crate) fn dms(degrees: f64, hemisphere: char) -> String {
    let hundredths = (degrees * 360_000.0).round() as u64;
    let (seconds, rest) = (hundredths / 100, hundredths % 100);
    let (d, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{d}°{m:02}'{s:02}.{rest:02}\"{hemisphere}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_move_only_in_open_syllables() {
        assert_eq!(other_tones("Thôn Thủy Hòa").as_deref(), Some("Thôn Thuỷ Hoà"));
        assert_eq!(other_tones("Thôn Toàn Quý"), None);
    }

    #[test]
    fn damage_always_shows() {
        assert_eq!(damaged("Nguyễn Văn Hùng"), "Nguy?n V?n Hùng");
        assert_eq!(damaged("Cao Minh Nam"), "Cao Minh N?m");
        assert_eq!(damaged("Tôn Nữ Thị Hòa"), "Tôn N? Th? Hòa");
    }

    #[test]
    fn minutes_and_seconds_carry_over() {
        assert_eq!(dms(16.5735, 'N'), "16°34'24.60\"N");
        assert_eq!(dms(16.999_999_9, 'N'), "17°00'00.00\"N");
    }
}
