//! Rule M05: address codes as they were meant.

use std::borrow::Cow;

/// The code without spaces, dots and dashes, in capitals, with `0` for `O`; the `+` of a Plus Code stays.
///
/// No scheme has the letter O, so every O was a zero. Text that holds no digit or other signs is no code with a slip but
/// something else, and comes back trimmed. Borrows when nothing changes.
#[must_use]
pub fn clean_code(text: &str) -> Cow<'_, str> {
    let text = text.trim_end().trim_start_matches(|c: char| c == '\'' || c.is_whitespace());
    let plain = |byte: u8| {
        byte.is_ascii_digit() || byte == b'+' || (byte.is_ascii_uppercase() && byte != b'O')
    };
    if text.bytes().all(plain) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    // A spreadsheet's number may carry its empty fraction.
    let body = text
        .strip_suffix(".0")
        .filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or(text);
    let mut code = String::with_capacity(body.len());
    for letter in body.chars() {
        match letter {
            'o' | 'O' => code.push('0'),
            '+' => code.push('+'),
            _ if letter.is_ascii_alphanumeric() => code.push(letter.to_ascii_uppercase()),
            ' ' | '\u{a0}' | '\u{202f}' | '\u{200b}' | '\u{feff}' | '.' | '-' | '‐' | '‑' | '–'
            | '—' => {}
            _ => return Cow::Borrowed(text),
        }
    }
    Cow::Owned(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(clean_code(input), expected);
        assert!(matches!(clean_code(expected), Cow::Borrowed(_)), "{expected:?} was copied");
    }

    #[test]
    fn signs_between_digits_go() {
        check("53101 00012", "5310100012");
        check("53101-00012", "5310100012");
        check("53.101.000.12", "5310100012");
        check("53101–00012\u{a0}", "5310100012");
        check(" ' '\t5310100012", "5310100012");
    }

    #[test]
    fn the_letter_o_was_a_zero() {
        check("531O1OOo12", "5310100012");
        check("mvxj oo 53101", "MVXJ0053101");
    }

    #[test]
    fn plus_codes_keep_their_plus() {
        check("7p9j hg5x+2qf", "7P9JHG5X+2QF");
        check("7P9JHG5X+2QF", "7P9JHG5X+2QF");
    }

    #[test]
    fn an_empty_fraction_is_no_digit() {
        check("5310100012.0", "5310100012");
    }

    #[test]
    fn text_that_is_no_code_stays() {
        check("không có", "không có");
        check("chưa có 12", "chưa có 12");
        check("CO", "CO");
        check("", "");
        check("  ", "");
    }
}
