//! Dates as people and spreadsheets write them.

use crate::text::text;
use diachiso_text::date::{DateOutcome, parse};

/// Reads the bytes as a date, and the date as it is written by a machine.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    match parse(&text) {
        DateOutcome::Valid { date, .. } => {
            let again = DateOutcome::Valid { date, serial: false };
            assert_eq!(parse(&date.to_string()), again, "{text:?} is {date}");
        }
        DateOutcome::Empty => {
            assert!(!text.contains(char::is_alphanumeric), "{text:?} is not empty");
        }
        DateOutcome::Impossible => {}
    }
}
