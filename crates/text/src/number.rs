//! Numbers as Vietnamese writes them: `24.124` is twenty-four thousand, `99,25` a fraction.

/// A decimal number read from text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decimal {
    /// The value.
    pub value: f64,
    /// Whether a comma parted the fraction (rule G01).
    pub comma: bool,
    /// Digits written after the decimal sign.
    pub decimals: u8,
}

/// Longest number worth reading, in bytes after spaces are gone.
const MAX_LEN: usize = 40;

/// Reads a measured number: a single dot or comma parts the fraction, so `24.124` is 24 and a bit.
///
/// Where both signs stand, the last one parts the fraction and the other groups thousands (`1.833.104,41`); a sign that
/// repeats groups thousands, and so may spaces. Exponents are read. `None` for anything else.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    if let Some(plain) = plain_decimal(text) {
        return Some(plain);
    }
    let text = text.trim().trim_start_matches('\'');
    let (negative, body) = match text.chars().next()? {
        '-' | '−' | '–' => (true, text.trim_start_matches(['-', '−', '–'])),
        '+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => {
            (&body[..at], body[at + 1..].parse::<i32>().ok().filter(|power| power.abs() < 300)?)
        }
        None => (body, 0),
    };
    let sign = decimal_sign(mantissa);
    let (whole, fraction) = match sign {
        Some((at, _)) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || !is_grouped(whole) {
        return None;
    }
    let mut buffer = [0_u8; MAX_LEN];
    let mut len = 0;
    for byte in whole.bytes().filter(u8::is_ascii_digit).chain(*b".").chain(fraction.bytes()) {
        *buffer.get_mut(len)? = byte;
        len += 1;
    }
    if len == 1 {
        return None;
    }
    let plain = str::from_utf8(&buffer[..len]).ok()?;
    let value: f64 = if exponent == 0 {
        plain.parse().ok()?
    } else {
        format!("{plain}e{exponent}").parse().ok()?
    };
    let decimals = i32::try_from(fraction.len()).ok()?.saturating_sub(exponent).clamp(0, 255);
    Some(Decimal {
        value: if negative { -value } else { value },
        comma: matches!(sign, Some((_, ','))),
        decimals: decimals as u8,
    })
}

/// Powers of ten up to the largest number of decimals of a [`plain_decimal`].
const TENS: [f64; PLAIN_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
/// Digits that a double holds exactly.
const PLAIN_DIGITS: usize = 15;

/// Digits with at most one sign among them, as nearly every cell has them, by one look. A whole number below 2⁵³ over a
/// power of ten below 10²² is rounded once, as the standard library rounds (W. D. Clinger, "How to read floating point
/// numbers accurately", 1990).
fn plain_decimal(text: &str) -> Option<Decimal> {
    if text.len() > PLAIN_DIGITS + 1 {
        return None;
    }
    let (mut whole, mut digits, mut sign) = (0_u64, 0, None);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(byte - b'0');
                digits += 1;
            }
            b'.' | b',' if sign.is_none() => sign = Some((digits, byte)),
            _ => return None,
        }
    }
    if digits == 0 || digits > PLAIN_DIGITS {
        return None;
    }
    let decimals = sign.map_or(0, |(before, _)| digits - before);
    Some(Decimal {
        value: whole as f64 / TENS[decimals],
        comma: matches!(sign, Some((_, b','))),
        decimals: decimals as u8,
    })
}

/// Where the decimal sign stands and which it is: the last dot or comma, if it occurs once.
fn decimal_sign(text: &str) -> Option<(usize, char)> {
    let at = text.rfind(['.', ','])?;
    let sign = char::from(text.as_bytes()[at]);
    (!text[..at].contains(sign)).then_some((at, sign))
}

/// Whether the text is digits, or digits in groups of three behind one kind of sign.
fn is_grouped(whole: &str) -> bool {
    if whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let Some(sign) = whole.chars().find(|letter| !letter.is_ascii_digit()) else { return true };
    if !matches!(sign, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}') {
        return false;
    }
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(sign);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && digits(first)
        && groups.all(|group| group.len() == 3 && digits(group))
}

/// Reads a count: `24.124` and `24,124` are thousands, `4.0` and `4,0` (a spreadsheet's four) are whole.
///
/// A unit behind the number (`4 người`, `5 khẩu`) is left out. `None` for fractions, negative numbers and other text.
#[must_use]
pub fn parse_count(text: &str) -> Option<u32> {
    let text = text.trim().trim_start_matches('\'');
    let end = text.find(char::is_alphabetic).unwrap_or(text.len());
    if end < text.len() {
        let unit = crate::fold::unaccent_key(&text[end..]);
        if !matches!(unit.as_str(), "nguoi" | "khau" | "nhan khau" | "ho" | "nk") {
            return None;
        }
    }
    let number = text[..end].trim_end();
    if let Ok(count) = number.parse::<u32>() {
        return number.as_bytes()[0].is_ascii_digit().then_some(count);
    }
    if !number.is_empty() && is_grouped(number) {
        return number.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok();
    }
    let (whole, zeros) = number.split_once(['.', ','])?;
    let is_whole = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    (is_whole && zeros.bytes().all(|byte| byte == b'0')).then(|| whole.parse().ok())?
}

/// The number with dots between thousands: `24.124`.
#[must_use]
pub fn format_vi(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

/// The share in percent with two decimals behind a comma: 665 of 670 is `99,25`.
///
/// Rounds half up, but never up to `100,00` nor down to `0,00` what is not exactly that: a gap of one household must
/// stay visible. A share of nothing is `–`.
#[must_use]
pub fn percent_vi(numerator: u64, denominator: u64) -> String {
    if denominator == 0 {
        return "–".to_owned();
    }
    let (part, whole) = (u128::from(numerator), u128::from(denominator));
    let mut hundredths = (part * 20_000 + whole) / (whole * 2);
    if part < whole {
        hundredths = hundredths.min(9_999);
    }
    if part > 0 {
        hundredths = hundredths.max(1);
    }
    format!("{},{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, value: f64, comma: bool, decimals: u8) {
        assert_eq!(parse_decimal(input), Some(Decimal { value, comma, decimals }), "{input}");
    }

    #[test]
    fn plain_numbers_are_what_the_standard_library_reads() {
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let digits = format!("{:015}", (state >> 3) % 1_000_000_000_000_000);
            let (from, at) = ((state >> 55) as usize % 14, (state >> 50) as usize % 16);
            let at = at.max(from);
            let text = format!("{}.{}", &digits[from..at], &digits[at..]);
            let plain = plain_decimal(&text).map(|number| number.value.to_bits());
            assert_eq!(plain, text.parse().ok().map(f64::to_bits), "{text}");
        }
    }

    #[test]
    fn a_single_sign_parts_the_fraction() {
        check("16.5735", 16.5735, false, 4);
        check("16,5735", 16.5735, true, 4);
        check("24.124", 24.124, false, 3);
        check(" 107.5060 ", 107.506, false, 4);
        check("-16,5", -16.5, true, 1);
        check("16", 16.0, false, 0);
        check("16.", 16.0, false, 0);
        check(".5", 0.5, false, 1);
        check("0", 0.0, false, 0);
    }

    #[test]
    fn thousands_are_seen_where_a_fraction_cannot_be() {
        check("1.833.104,41", 1_833_104.41, true, 2);
        check("1,833,104.411", 1_833_104.411, false, 3);
        check("553.801,983", 553_801.983, true, 3);
        check("1 833 104,41", 1_833_104.41, true, 2);
        check("1.833.104", 1_833_104.0, false, 0);
        check("1833104.411", 1_833_104.411, false, 3);
    }

    #[test]
    fn exponents_move_the_decimals() {
        check("1.07506E+2", 107.506, false, 3);
        check("5E1", 50.0, false, 0);
    }

    #[test]
    fn other_text_is_no_number() {
        for text in [
            "",
            " ",
            ".",
            "-",
            "abc",
            "1.83.104",
            "12 3",
            "1,2,3",
            "16°34",
            "1.2.3,4,5",
            "nan",
            "inf",
            "1e999",
        ] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
        assert_eq!(parse_decimal(&"1".repeat(99)), None);
    }

    #[test]
    fn counts_know_thousands_and_spreadsheet_fractions() {
        for (text, count) in [
            ("24.124", 24_124),
            ("24,124", 24_124),
            ("4.0", 4),
            ("4,0", 4),
            ("4", 4),
            (" 05 ", 5),
            ("4.00", 4),
        ] {
            assert_eq!(parse_count(text), Some(count), "{text}");
        }
        for (text, count) in [
            ("4 người", 4),
            ("5 khẩu", 5),
            ("1.000", 1000),
            ("0", 0),
            ("80.942", 80_942),
            ("7.", 7),
        ] {
            assert_eq!(parse_count(text), Some(count), "{text}");
        }
    }

    #[test]
    fn fractions_and_words_are_no_counts() {
        for text in ["", "4.5", "-4", "+4", "bốn", "4 con", "4,25", "99999999999", "1.2.3", "người"]
        {
            assert_eq!(parse_count(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_written_with_dots() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1.000"), (24_124, "24.124"), (1_234_567, "1.234.567")]
        {
            assert_eq!(format_vi(number), text);
        }
    }

    #[test]
    fn shares_round_honestly() {
        assert_eq!(percent_vi(665, 670), "99,25");
        assert_eq!(percent_vi(670, 670), "100,00");
        assert_eq!(percent_vi(999_999, 1_000_000), "99,99");
        assert_eq!(percent_vi(1, 1_000_000), "0,01");
        assert_eq!(percent_vi(0, 5), "0,00");
        assert_eq!(percent_vi(0, 0), "–");
        assert_eq!(percent_vi(1, 3), "33,33");
        assert_eq!(percent_vi(2, 3), "66,67");
    }
}
