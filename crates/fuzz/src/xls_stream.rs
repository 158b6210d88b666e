//! The records of an xls file, in a container that is otherwise as it should be.

use crate::drain::drain;
use crate::support::compound_file;

/// Most bytes that the container can take.
const MAX_BYTES: usize = 60_000;

/// Reads a workbook whose stream of records is the bytes.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let stream = &data[..data.len().min(MAX_BYTES)];
    // Texts are kept once and shown as often as a cell of 14 bytes asks for them.
    drop(drain("a.xls", &compound_file("Workbook", stream.to_vec()), 3 * MAX_BYTES));
}
