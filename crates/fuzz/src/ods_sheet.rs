//! The XML of one ods sheet, in an archive that is otherwise as it should be.

use crate::drain::drain;
use crate::support::ods;
use crate::text::text;

/// What stands before a number of repeats.
const REPEATED: &str = "-repeated=\"";

/// Most digits of a number of repeats: thousands of rows would only take time.
const MAX_DIGITS: usize = 2;

/// Reads a workbook whose only sheet is the bytes.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let sheet = text(data);
    let repeated = sheet.split(REPEATED).skip(1);
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
    if repeated.map(digits).any(|digits| digits > MAX_DIGITS) {
        return;
    }
    // A cell of some bytes, 99 times, in 99 rows.
    drop(drain("a.ods", &ods(&[("S", &sheet)]), 99 * 99));
}
