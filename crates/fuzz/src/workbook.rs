//! Workbooks as whole files: xlsx, xlsb, xls, ods.

use crate::drain::drain;

/// Reads the bytes as a workbook; their beginning says of which kind.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    if data.starts_with(b"PK\x03\x04") || data.starts_with(b"\xD0\xCF\x11\xE0") {
        // A packed part unpacks to at most 1,032 times its size.
        drop(drain("a.xlsx", data, 1_100));
    }
}

/// Keeps quiet about panics inside the reader of workbooks: ours catches them and says that the
/// file is damaged. libFuzzer would take any panic for the end, caught or not.
pub fn expect_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let theirs = panic.location().is_some_and(|at| at.file().contains("/registry/"));
        if !theirs {
            eprintln!("{panic}");
        }
    }));
}
