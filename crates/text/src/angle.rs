//! Rules G01 and G02: coordinates as people write them.

use crate::fold::unaccent_key;
use crate::number::parse_decimal;

/// Which of the two a coordinate says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// North or south: vĩ độ.
    Latitude,
    /// East or west: kinh độ.
    Longitude,
}

/// A coordinate read from text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Angle {
    /// Decimal degrees, negative for south and west; metres where the text held a projected coordinate.
    pub degrees: f64,
    /// The axis, if letters or words named it.
    pub axis: Option<Axis>,
    /// Whether it was written in degrees and minutes (G02).
    pub dms: bool,
    /// Whether a comma parted the fraction (G01).
    pub comma: bool,
    /// Digits behind the decimal sign; for degrees, minutes and seconds the digits of degrees they amount to: two for
    /// minutes, four for seconds, and those of the fraction.
    pub decimals: u8,
}

/// Reads a coordinate: decimal degrees, degrees-minutes-seconds in the usual spellings (`16°34'24.6"N`, `16 34 24.6`,
/// `16-34-24.6B`, `107° 30′ 21,5″ Đ`), or metres (`1.833.104,41`).
///
/// `B` and `Đ` (bắc, đông) are read like `N` and `E`; `N` is always north. `None` for text that is no coordinate,
/// minutes or seconds above 60, and cells that hold a pair.
#[must_use]
pub fn parse(text: &str) -> Option<Angle> {
    if let Some(number) = parse_decimal(text) {
        return Some(Angle {
            degrees: number.value,
            axis: None,
            dms: false,
            comma: number.comma,
            decimals: number.decimals,
        });
    }
    let text = text.trim();
    let first = text.find(|letter: char| letter.is_ascii_digit())?;
    let last = text.rfind(|letter: char| letter.is_ascii_digit())?;
    let (before, minus) = split_minus(&text[..first]);
    let (body, behind) = (&text[first..=last], &text[last + 1..]);
    // Behind minutes marked by a letter a small `s` marks the seconds; elsewhere it is south.
    let seconds = behind.strip_prefix('s').filter(|_| body.contains('m'));
    let named = match (edge(before)?, edge(seconds.unwrap_or(behind))?) {
        (Edge::Named(_), Edge::Named(_)) => return None,
        (Edge::Named(named), Edge::Silent) | (Edge::Silent, Edge::Named(named)) => Some(named),
        (Edge::Silent, Edge::Silent) => None,
    };
    let mut angle = match parse_decimal(body) {
        Some(number) => Angle {
            degrees: number.value,
            axis: None,
            dms: false,
            comma: number.comma,
            decimals: number.decimals,
        },
        None => sexagesimal(body)?,
    };
    angle.axis = named.map(|named| named.axis);
    if minus != named.is_some_and(|named| named.negative) {
        angle.degrees = -angle.degrees;
    }
    Some(angle)
}

fn split_minus(before: &str) -> (&str, bool) {
    let trimmed = before.trim_end();
    match trimmed.strip_suffix(['-', '−', '–']) {
        Some(rest) => (rest, true),
        None => (trimmed.strip_suffix('+').unwrap_or(trimmed), false),
    }
}

#[derive(Clone, Copy)]
struct Direction {
    axis: Axis,
    negative: bool,
}

const DIRECTIONS: [(&str, Axis, bool); 22] = [
    ("n", Axis::Latitude, false),
    ("b", Axis::Latitude, false),
    ("bac", Axis::Latitude, false),
    ("s", Axis::Latitude, true),
    ("lat", Axis::Latitude, false),
    ("latitude", Axis::Latitude, false),
    ("vi do", Axis::Latitude, false),
    ("vd", Axis::Latitude, false),
    ("x", Axis::Latitude, false),
    ("vi do bac", Axis::Latitude, false),
    ("e", Axis::Longitude, false),
    ("d", Axis::Longitude, false),
    ("dong", Axis::Longitude, false),
    ("w", Axis::Longitude, true),
    ("lon", Axis::Longitude, false),
    ("lng", Axis::Longitude, false),
    ("long", Axis::Longitude, false),
    ("longitude", Axis::Longitude, false),
    ("kinh do", Axis::Longitude, false),
    ("kd", Axis::Longitude, false),
    ("y", Axis::Longitude, false),
    ("kinh do dong", Axis::Longitude, false),
];

/// What stands before or behind the digits.
enum Edge {
    /// Signs of the notation, or nothing.
    Silent,
    /// A direction.
    Named(Direction),
}

/// `None` if the text holds other words.
fn edge(text: &str) -> Option<Edge> {
    let key = if text.is_empty() { String::new() } else { unaccent_key(text) };
    let named = |words: &str| {
        DIRECTIONS
            .iter()
            .find(|(name, ..)| *name == words)
            .map(|&(_, axis, negative)| Edge::Named(Direction { axis, negative }))
    };
    if key.is_empty() {
        return Some(Edge::Silent);
    }
    named(&key).or_else(|| {
        let rest = UNITS.iter().find_map(|unit| key.strip_prefix(unit))?.trim();
        if rest.is_empty() { Some(Edge::Silent) } else { named(rest) }
    })
}

/// Units that may stand behind the last number.
const UNITS: [&str; 4] = ["giay", "phut", "do", "m"];

/// Degrees, minutes and perhaps seconds; only the last may have a fraction.
fn sexagesimal(body: &str) -> Option<Angle> {
    let mut values = [0.0_f64; 3];
    let mut count = 0;
    let mut decimals = 0_u8;
    let mut rest = body;
    let comma = loop {
        let end = rest
            .find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | ',')))
            .unwrap_or(rest.len());
        let number = parse_decimal(&rest[..end])?;
        // A fraction before the last number, or a number too many, is no angle.
        if count == values.len() || decimals > 0 || (count > 0 && number.value > 60.0) {
            return None;
        }
        values[count] = number.value;
        decimals = number.decimals;
        count += 1;
        rest = &rest[end..];
        if rest.is_empty() {
            break number.comma;
        }
        let next = rest.find(|letter: char| letter.is_ascii_digit())?;
        if !is_gap(&rest[..next]) {
            return None;
        }
        rest = &rest[next..];
    };
    if count < 2 || values[0] > 180.0 {
        return None;
    }
    let digits = if count == 2 { 2 } else { 4 };
    Some(Angle {
        degrees: values[0] + values[1] / 60.0 + values[2] / 3600.0,
        axis: None,
        dms: true,
        comma,
        decimals: decimals.saturating_add(digits),
    })
}

/// Whether the text is what stands between degrees, minutes and seconds.
fn is_gap(text: &str) -> bool {
    const SIGNS: &str = " \u{a0}°º˚⁰*'’‘′´`\"”“″-:_";
    let signs = text.trim_matches(|letter: char| SIGNS.contains(letter));
    signs.is_empty()
        || matches!(unaccent_key(signs).as_str(), "o" | "d" | "do" | "m" | "p" | "phut")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, degrees: f64, axis: Option<Axis>, dms: bool, decimals: u8) {
        let angle = parse(input).unwrap_or_else(|| panic!("{input} is no angle"));
        assert!((angle.degrees - degrees).abs() < 1e-9, "{input} gave {}", angle.degrees);
        assert_eq!((angle.axis, angle.dms, angle.decimals), (axis, dms, decimals), "{input}");
        assert_eq!(angle.comma, input.contains(','), "{input}");
    }

    const NORTH: f64 = 16.0 + 34.0 / 60.0 + 24.6 / 3600.0;
    const EAST: f64 = 107.0 + 30.0 / 60.0 + 21.5 / 3600.0;

    #[test]
    fn decimal_degrees_are_read_with_either_sign() {
        check("16.5735", 16.5735, None, false, 4);
        check("107,5060", 107.506, None, false, 4);
        check("107.5060°", 107.506, None, false, 4);
        check("16.5735 N", 16.5735, Some(Axis::Latitude), false, 4);
        check("107,5060° Đ", 107.506, Some(Axis::Longitude), false, 4);
        check("E107.506", 107.506, Some(Axis::Longitude), false, 3);
        check("Vĩ độ: 16.57", 16.57, Some(Axis::Latitude), false, 2);
        check("-16.5", -16.5, None, false, 1);
        check("16.5 S", -16.5, Some(Axis::Latitude), false, 1);
    }

    #[test]
    fn degrees_minutes_and_seconds_are_read_in_every_spelling() {
        for text in [
            "16°34'24.6\"N",
            "16°34′24.6″N",
            "N 16°34'24,6\"",
            "16-34-24.6B",
            "16 34 24,6 Bắc",
            "16:34:24.6 b",
        ] {
            check(text, NORTH, Some(Axis::Latitude), true, 5);
        }
        for text in
            ["16 34 24.6", "16º34’24.6”", "16o34'24.6''", "16 độ 34 phút 24,6 giây", "16d34m24.6"]
        {
            check(text, NORTH, None, true, 5);
        }
        check("16d34m24.6s", NORTH, None, true, 5);
        check("16d34m24.6s N", NORTH, Some(Axis::Latitude), true, 5);
        check("16d34m24.6S", -NORTH, Some(Axis::Latitude), true, 5);
        for text in ["107° 30′ 21,5″ Đ", "107°30'21.5\"E", "107-30-21.5 D", "107 30 21.5 đông"]
        {
            check(text, EAST, Some(Axis::Longitude), true, 5);
        }
        check("16°34'", 16.0 + 34.0 / 60.0, None, true, 2);
        check("16°34.41'N", 16.0 + 34.41 / 60.0, Some(Axis::Latitude), true, 4);
        check("16°34'24\"", 16.0 + 34.0 / 60.0 + 24.0 / 3600.0, None, true, 4);
    }

    #[test]
    fn metres_come_back_as_they_are() {
        check("1833104.411", 1_833_104.411, None, false, 3);
        check("1.833.104,41", 1_833_104.41, None, false, 2);
        check("553.801,983", 553_801.983, None, false, 3);
        check("553801.98 m", 553_801.98, None, false, 2);
    }

    #[test]
    fn other_text_is_no_angle() {
        for text in [
            "",
            "abc",
            "16.5735, 107.5060",
            "16.5735 107.5060",
            "16°61'00\"",
            "16°34'61\"",
            "nhà 16",
            "16 34 24 10",
            "N16°34'24\"N",
            "16.5°34'",
            "không có",
            "°",
            "TDP 5",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
