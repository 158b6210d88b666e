//! The XML of one xlsx sheet, in an archive that is otherwise as it should be.

use crate::drain::drain;
use crate::support::xlsx;
use crate::text::text;

/// Reads a workbook whose only sheet is the bytes.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    drop(drain("a.xlsx", &xlsx(&text(data)), 64));
}
