//! Rules I01 to I03: identity numbers.

/// What became of an identity number cell. The number is secret: hash it, never store or print it.
#[derive(Clone, PartialEq, Eq)]
pub enum IdentityOutcome {
    /// Nothing was written.
    Empty,
    /// Twelve digits, as on today's card.
    Valid12(String),
    /// Nine digits, as on the old card (I02).
    Old9(String),
    /// A spreadsheet's scientific notation: the digits are lost (I03).
    Scientific,
    /// Anything else (I01).
    Malformed,
}

impl std::fmt::Debug for IdentityOutcome {
    /// Names the outcome without the number.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "Empty",
            Self::Valid12(_) => "Valid12(…)",
            Self::Old9(_) => "Old9(…)",
            Self::Scientific => "Scientific",
            Self::Malformed => "Malformed",
        })
    }
}

/// Reads an identity number; spaces, dots and dashes between the digits are left out.
#[must_use]
pub fn check(text: &str) -> IdentityOutcome {
    let text = text.trim().trim_start_matches('\'');
    if text.is_empty() {
        return IdentityOutcome::Empty;
    }
    if is_scientific(text) {
        return IdentityOutcome::Scientific;
    }
    // A spreadsheet's number may carry its empty fraction.
    let text = text
        .strip_suffix(".0")
        .filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or(text);
    let mut digits = String::with_capacity(12);
    for letter in text.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            ' ' | '\u{a0}' | '.' | '-' | '–' => {}
            _ => return IdentityOutcome::Malformed,
        }
    }
    match digits.len() {
        12 => IdentityOutcome::Valid12(digits),
        9 => IdentityOutcome::Old9(digits),
        _ => IdentityOutcome::Malformed,
    }
}

/// `4.6086E+10`, with a dot or a comma.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent.trim_start_matches('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_digits_decides() {
        assert!(check("046085001234") == IdentityOutcome::Valid12("046085001234".to_owned()));
        assert!(check(" '046 085 001-234") == IdentityOutcome::Valid12("046085001234".to_owned()));
        assert!(check("191234567") == IdentityOutcome::Old9("191234567".to_owned()));
        assert!(check("191234567.0") == IdentityOutcome::Old9("191234567".to_owned()));
        for text in ["46085001234", "0460850012345", "không", "04608500123A", "-", "1"] {
            assert!(check(text) == IdentityOutcome::Malformed, "{text}");
        }
        assert!(check(" ") == IdentityOutcome::Empty);
    }

    #[test]
    fn scientific_notation_is_told_apart() {
        for text in ["4.6086E+10", "4,6086E+10", "4E10", "4.60850012e+10"] {
            assert!(check(text) == IdentityOutcome::Scientific, "{text}");
        }
        assert!(check("E10") == IdentityOutcome::Malformed);
    }

    #[test]
    fn the_number_does_not_leak_through_debug() {
        assert!(!format!("{:?}", check("046085001234")).contains("046"));
    }
}
