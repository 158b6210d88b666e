//! Rules P01 to P03: telephone numbers.

use std::fmt::Write as _;

/// What became of a telephone cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneOutcome {
    /// Nothing was written.
    Empty,
    /// A number of the national plan.
    Valid {
        /// National significant number: without the leading 0 (`905123456`).
        digits: u64,
        /// What had to be repaired, if anything.
        fix: Option<PhoneFix>,
    },
    /// Not a number of the national plan (P01).
    Unusable,
}

/// A repair made to a telephone number; where several were needed, the first of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneFix {
    /// An 11-digit mobile number from before 2018 got its new prefix (P02).
    OldMobilePrefix,
    /// The country code was taken off (P03).
    CountryCode,
    /// The leading 0, which spreadsheets drop, was put back (P03).
    LostZero,
}

/// Old mobile prefix and its successor of 2018, both without the leading 0.
const MOBILE_2018: [(u64, u64); 21] = [
    (120, 70),
    (121, 79),
    (122, 77),
    (126, 76),
    (128, 78),
    (123, 83),
    (124, 84),
    (125, 85),
    (127, 81),
    (129, 82),
    (162, 32),
    (163, 33),
    (164, 34),
    (165, 35),
    (166, 36),
    (167, 37),
    (168, 38),
    (169, 39),
    (186, 56),
    (188, 58),
    (199, 59),
];

/// Reads a telephone number: mobile (10 digits from 03, 05, 07, 08, 09) or fixed (11 digits from 02).
///
/// Spaces, dots, dashes and brackets may stand between the digits. Of several numbers in a cell the first counts.
#[must_use]
pub fn parse(text: &str) -> PhoneOutcome {
    let text = text.trim().trim_start_matches('\'');
    if text.is_empty() {
        return PhoneOutcome::Empty;
    }
    match read(text) {
        PhoneOutcome::Unusable => text
            .split(['/', ';', ','])
            .next()
            .filter(|first| first.len() < text.len())
            .map_or(PhoneOutcome::Unusable, read),
        outcome => outcome,
    }
}

fn read(text: &str) -> PhoneOutcome {
    // A spreadsheet's number may carry its empty fraction.
    let text = text.trim();
    let text = text
        .strip_suffix(".0")
        .filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or(text);
    let (mut number, mut digits) = (0_u64, 0_u32);
    let mut leading_zeros = 0;
    let mut plus = false;
    for letter in text.chars() {
        match letter {
            '0'..='9' if digits == 14 => return PhoneOutcome::Unusable,
            '0' if number == 0 => {
                leading_zeros += 1;
                digits += 1;
            }
            '0'..='9' => {
                number = number * 10 + u64::from(letter) - u64::from('0');
                digits += 1;
            }
            '+' if digits == 0 && !plus => plus = true,
            ' ' | '\u{a0}' | '.' | '-' | '–' | '(' | ')' => {}
            _ => return PhoneOutcome::Unusable,
        }
    }
    resolve(number, leading_zeros, plus).unwrap_or(PhoneOutcome::Unusable)
}

/// Finds the national number among the readings a run of digits allows.
fn resolve(number: u64, leading_zeros: u32, plus: bool) -> Option<PhoneOutcome> {
    let (national, shape) = match (leading_zeros, plus) {
        (1, false) => (number, None),
        (0, false) if settle(number).is_some() => (number, Some(PhoneFix::LostZero)),
        (0, _) | (2, false) => (without_country(number)?, Some(PhoneFix::CountryCode)),
        _ => return None,
    };
    let (digits, renamed) = settle(national)?;
    let fix = if renamed { Some(PhoneFix::OldMobilePrefix) } else { shape };
    Some(PhoneOutcome::Valid { digits, fix })
}

/// The number behind 84, and behind the 0 that `+84 (0) 905…` keeps.
fn without_country(number: u64) -> Option<u64> {
    let digits = number.checked_ilog10()? + 1;
    (9..=10).rev().chain([11]).find_map(|rest| {
        let tail = 10_u64.pow(rest);
        let fits = digits == rest + 2 && number / tail == 84;
        let national = number % tail;
        (fits && settle(national).is_some()).then_some(national)
    })
}

/// The number in today's plan, and whether its prefix had to be renamed.
fn settle(national: u64) -> Option<(u64, bool)> {
    match national {
        // Mobile, nine digits: 3, 5, 7, 8 or 9 first.
        300_000_000..=399_999_999 | 500_000_000..=599_999_999 | 700_000_000..=999_999_999 => {
            Some((national, false))
        }
        // Fixed, ten digits: the area codes run from 203 to 299.
        2_030_000_000..=2_999_999_999 => Some((national, false)),
        1_000_000_000..=1_999_999_999 => {
            let (_, new) = MOBILE_2018.iter().find(|(old, _)| *old == national / 10_000_000)?;
            Some((new * 10_000_000 + national % 10_000_000, true))
        }
        _ => None,
    }
}

/// The number as people dial it: `0905123456`.
#[must_use]
pub fn display(digits: u64) -> String {
    format!("0{digits}")
}

/// The number with its middle hidden: `0905***456`.
#[must_use]
pub fn masked(digits: u64) -> String {
    let full = display(digits);
    if full.len() < 9 {
        return "***".to_owned();
    }
    let mut hidden = String::with_capacity(10);
    // Writing to a String cannot fail.
    let _ = write!(hidden, "{}***{}", &full[..4], &full[full.len() - 3..]);
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, digits: u64, fix: Option<PhoneFix>) {
        assert_eq!(parse(input), PhoneOutcome::Valid { digits, fix }, "{input}");
        assert_eq!(
            parse(&display(digits)),
            PhoneOutcome::Valid { digits, fix: None },
            "{input} displayed"
        );
    }

    #[test]
    fn numbers_of_the_plan_are_valid() {
        check("0905123456", 905_123_456, None);
        check("0905 123.456", 905_123_456, None);
        check("(0234) 3-822 222", 2_343_822_222, None);
        check("0388000001", 388_000_001, None);
        check(" '0905123456", 905_123_456, None);
    }

    #[test]
    fn country_codes_and_lost_zeros_are_repaired() {
        for text in [
            "+84905123456",
            "84905123456",
            "+84 905 123 456",
            "0084905123456",
            "+84 (0) 905 123 456",
        ] {
            check(text, 905_123_456, Some(PhoneFix::CountryCode));
        }
        check("905123456", 905_123_456, Some(PhoneFix::LostZero));
        check("905123456.0", 905_123_456, Some(PhoneFix::LostZero));
        check("2343822222", 2_343_822_222, Some(PhoneFix::LostZero));
        check("842343822222", 2_343_822_222, Some(PhoneFix::CountryCode));
        check("845123456", 845_123_456, Some(PhoneFix::LostZero));
    }

    #[test]
    fn every_old_mobile_prefix_has_its_successor() {
        let table = "0120→070 0121→079 0122→077 0126→076 0128→078 0123→083 0124→084 0125→085 0127→081 0129→082 \
                     0162→032 0163→033 0164→034 0165→035 0166→036 0167→037 0168→038 0169→039 0186→056 0188→058 0199→059";
        let mut rows = 0;
        for row in table.split_whitespace() {
            let (old, new) = row.split_once('→').expect("the table has two columns");
            let digits = format!("{new}1234567").parse().expect("digits");
            check(&format!("{old}1234567"), digits, Some(PhoneFix::OldMobilePrefix));
            check(&format!("{}1234567", &old[1..]), digits, Some(PhoneFix::OldMobilePrefix));
            check(&format!("+84{}1234567", &old[1..]), digits, Some(PhoneFix::OldMobilePrefix));
            rows += 1;
        }
        assert_eq!(rows, MOBILE_2018.len());
    }

    #[test]
    fn of_several_numbers_the_first_counts() {
        check("0905123456/0914000111", 905_123_456, None);
        check("0905123456; 0914000111", 905_123_456, None);
    }

    #[test]
    fn other_text_is_unusable() {
        for text in [
            "12345",
            "0",
            "không có",
            "9.05E+08",
            "09051234567",
            "0605123456",
            "01301234567",
            "+1 202 555 0100",
            "-",
        ] {
            assert_eq!(parse(text), PhoneOutcome::Unusable, "{text}");
        }
        assert_eq!(parse(&"9".repeat(40)), PhoneOutcome::Unusable);
        assert_eq!(parse("  "), PhoneOutcome::Empty);
    }

    #[test]
    fn a_masked_number_hides_its_middle() {
        assert_eq!(masked(905_123_456), "0905***456");
        assert_eq!(masked(2_343_822_222), "0234***222");
        assert_eq!(masked(5), "***");
    }
}
