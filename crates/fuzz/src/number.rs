//! Numbers, telephones, identity numbers, codes.

use crate::text::{settles, text};
use diachiso_text::code::clean_code;
use diachiso_text::identity::{IdentityOutcome, check as check_identity};
use diachiso_text::number::{format_vi, parse_count, parse_decimal};
use diachiso_text::phone::{PhoneOutcome, display, masked, parse as parse_phone};

/// Reads the bytes as each kind of number.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    if let Some(decimal) = parse_decimal(&text) {
        assert!(decimal.value.is_finite(), "{text:?} is {}", decimal.value);
    }
    if let Some(count) = parse_count(&text) {
        assert_eq!(parse_count(&format_vi(count.into())), Some(count), "{text:?}");
    }
    if let PhoneOutcome::Valid { digits, .. } = parse_phone(&text) {
        let (shown, hidden) = (display(digits), masked(digits));
        let again = PhoneOutcome::Valid { digits, fix: None };
        assert_eq!(parse_phone(&shown), again, "{text:?} is shown as {shown}");
        assert!(hidden.contains("***") && hidden != shown, "{hidden}");
    }
    let outcome = check_identity(&text);
    if let IdentityOutcome::Valid12(digits) | IdentityOutcome::Old9(digits) = &outcome {
        assert!(matches!(digits.len(), 9 | 12) && digits.bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(check_identity(digits), outcome);
        assert!(!format!("{outcome:?}").contains(digits), "an identity number is shown in clear");
    }
    settles("cleaning a code", &text, |text| clean_code(text).into_owned());
}
