//! Rules T01 and T03: dates.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::fold::unaccent_key;

/// What became of a date cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOutcome {
    /// Nothing was written.
    Empty,
    /// A day of the calendar.
    Valid {
        /// The day.
        date: Date,
        /// Whether it came as a spreadsheet's serial number (T03).
        serial: bool,
    },
    /// Not a day of the calendar (T01): `31/02/2024`, or no date at all.
    Impossible,
}

/// Serial numbers read as dates: 2000-01-01 to 2100-01-01.
pub const SERIALS: std::ops::RangeInclusive<u32> = 36_526..=73_050;

/// Reads a date, day first: `05/03/2024`, `5-3-24`, `2024-03-05 10:20`, `ngày 5 tháng 3 năm 2024`, `12-Thg3-2024`, or
/// a spreadsheet's serial number in [`SERIALS`] with or without a fraction for the time.
///
/// Two-digit years are of this century. A time of day is left out.
#[must_use]
pub fn parse(text: &str) -> DateOutcome {
    if let Some(date) = plain(text.as_bytes()) {
        return DateOutcome::Valid { date, serial: false };
    }
    let text = text.trim().trim_start_matches('\'');
    if text.is_empty() {
        return DateOutcome::Empty;
    }
    if let Some(date) = serial(text) {
        return DateOutcome::Valid { date, serial: true };
    }
    numeric(text)
        .or_else(|| in_words(text))
        .map_or(DateOutcome::Impossible, |date| DateOutcome::Valid { date, serial: false })
}

/// `05/03/2024` or `2024-03-05`, as nearly every cell has them.
fn plain(text: &[u8]) -> Option<Date> {
    let digits = |range: std::ops::Range<usize>| {
        text[range].iter().try_fold(0_i16, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + i16::from(byte - b'0'))
        })
    };
    match text {
        [_, _, b'/', _, _, b'/', _, _, _, _] => day(digits(6..10)?, digits(3..5)?, digits(0..2)?),
        [_, _, _, _, b'-', _, _, b'-', _, _] => day(digits(0..4)?, digits(5..7)?, digits(8..10)?),
        _ => None,
    }
}

/// The day a spreadsheet's serial number stands for, if the text is one within [`SERIALS`].
pub(crate) fn serial(text: &str) -> Option<Date> {
    let (days, time) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if days.len() != 5 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let days = days.parse::<u32>().ok().filter(|days| SERIALS.contains(days))?;
    Date::constant(1899, 12, 30).checked_add(i64::from(days).days()).ok()
}

fn numeric(text: &str) -> Option<Date> {
    let mut found = None;
    for piece in text.split_whitespace() {
        // ISO 8601 parts day and time by a T.
        let (piece, time) = match piece.split_once('T') {
            Some((day, time)) if is_time(time) => (day, true),
            _ => (piece, false),
        };
        match piece {
            _ if !time && is_time(piece) => {}
            _ if found.is_none() => found = Some(fields(piece)?),
            _ => return None,
        }
    }
    found
}

/// Three fields behind one kind of sign.
fn fields(piece: &str) -> Option<Date> {
    let sign = piece.chars().find(|letter| matches!(letter, '/' | '-' | '.'))?;
    let mut parts = piece.split(sign);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let month = number(second).or_else(|| month_named(second))?;
    match (first.len(), third.len()) {
        (4, 1 | 2) => day(number(first)?, month, number(third)?),
        (1 | 2, 4) => day(number(third)?, month, number(first)?),
        (1 | 2, 2) => day(2000 + number(third)?, month, number(first)?),
        _ => None,
    }
}

fn number(digits: &str) -> Option<i16> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn day(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn is_time(piece: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match piece.split_once(':') {
        Some((hour, rest)) => {
            digits(hour)
                && hour.len() <= 2
                && rest.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Z".contains(&byte))
        }
        None => matches!(piece, "AM" | "PM" | "SA" | "CH" | "am" | "pm" | "Z"),
    }
}

/// `ngày 5 tháng 3 năm 2024`, with or without marks, a place before it, or its middle words.
fn in_words(text: &str) -> Option<Date> {
    let key = unaccent_key(text);
    if !key.contains("thang") {
        return None;
    }
    let mut numbers = key.split(' ').filter_map(|word| word.parse::<i16>().ok());
    let (first, month, year) = (numbers.next()?, numbers.next()?, numbers.next()?);
    if numbers.next().is_some() || year < 1000 {
        return None;
    }
    day(year, month, first)
}

/// The month a spreadsheet names in English or Vietnamese: `Mar`, `Thg3`, `Thg 3`.
pub(crate) fn month_named(name: &str) -> Option<i16> {
    const ENGLISH: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = name.trim();
    let prefix = name.get(..3)?;
    if prefix.eq_ignore_ascii_case("thg") {
        return number(name[3..].trim()).filter(|month| (1..=12).contains(month));
    }
    if name.len() > 3 {
        return None;
    }
    let at = ENGLISH.iter().position(|month| month.eq_ignore_ascii_case(prefix))?;
    i16::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str, serial: bool) {
        let date = expected.parse().expect("expected dates are ISO");
        assert_eq!(parse(input), DateOutcome::Valid { date, serial }, "{input}");
    }

    #[test]
    fn days_come_first_unless_the_year_does() {
        for text in [
            "05/03/2024",
            "5/3/2024",
            "5-3-24",
            "5.3.2024",
            "2024-03-05",
            "2024/3/5",
            " '05/03/2024",
        ] {
            check(text, "2024-03-05", false);
        }
        check("29/02/2024", "2024-02-29", false);
    }

    #[test]
    fn a_time_of_day_is_left_out() {
        for text in [
            "2024-03-05 10:20:30",
            "2024-03-05T10:20:30Z",
            "05/03/2024 10:20",
            "10:20 5/3/2024",
            "5/3/2024 1:00 PM",
        ] {
            check(text, "2024-03-05", false);
        }
    }

    #[test]
    fn spreadsheet_serials_are_days_since_the_end_of_1899() {
        check("45356", "2024-03-05", true);
        check("45356.75", "2024-03-05", true);
        check("45356,5", "2024-03-05", true);
        check("36526", "2000-01-01", true);
        check("73050", "2099-12-31", true);
    }

    #[test]
    fn months_may_be_named() {
        check("ngày 5 tháng 3 năm 2024", "2024-03-05", false);
        check("Huế, ngày 05 tháng 03 năm 2024", "2024-03-05", false);
        check("Ngay 5 thang 3 nam 2024", "2024-03-05", false);
        check("5-Mar-24", "2024-03-05", false);
        check("05-Thg3-2024", "2024-03-05", false);
    }

    #[test]
    fn days_that_never_were_are_impossible() {
        for text in [
            "31/02/2024",
            "29/02/2023",
            "32/01/2024",
            "05/13/2024",
            "00/01/2024",
            "2024-13-01",
            "hôm qua",
            "36525",
            "73051",
            "0",
            "3/2024",
            "05/03/2024 và 06/03/2024",
            "1/2/3/4",
            "5/3/024",
            "tháng 3",
            "12345678",
            "05/03-2024",
        ] {
            assert_eq!(parse(text), DateOutcome::Impossible, "{text}");
        }
        assert_eq!(parse("   "), DateOutcome::Empty);
    }
}
