//! What must hold of every reader and parser, whatever the bytes: one module a target.
//!
//! Each module has a function `check` that takes the bytes of one try and panics where something
//! that should always hold does not. The programs in `fuzz_targets/` hand it what libFuzzer makes
//! up, beginning with the files of `regressions/`, the inputs that once broke something, and with
//! what the program `seeds` makes. `cargo xtask fuzz` builds and runs all of it.

pub mod address;
pub mod archive;
pub mod coordinate;
pub mod date;
pub mod delimited;
pub mod drain;
pub mod gap_list;
pub mod geocode;
pub mod json;
pub mod legacy;
pub mod mapping_file;
pub mod name;
pub mod number;
pub mod ods_sheet;
pub mod plus_code;
pub mod point;
pub mod samples;
pub mod survey_archive;
pub mod text;
pub mod workbook;
pub mod xls_stream;
pub mod xlsx_sheet;

/// Files of the formats that no writer makes, as the tests of the readers put them together.
#[path = "../../source/tests/support/mod.rs"]
mod support;

#[path = "../../source/tests/support/shared_texts.rs"]
mod shared_texts;

/// What a target does with the bytes of one try.
pub type Check = fn(&[u8]);

/// Every target by its name, which is that of its program and of its folder of inputs.
pub const TARGETS: &[(&str, Check)] = &[
    ("address", address::check),
    ("archive", archive::check),
    ("coordinate", coordinate::check),
    ("date", date::check),
    ("delimited", delimited::check),
    ("gap_list", gap_list::check),
    ("geocode", geocode::check),
    ("json", json::check),
    ("legacy", legacy::check),
    ("mapping_file", mapping_file::check),
    ("name", name::check),
    ("number", number::check),
    ("ods_sheet", ods_sheet::check),
    ("plus_code", plus_code::check),
    ("point", point::check),
    ("survey_archive", survey_archive::check),
    ("workbook", workbook::check),
    ("xls_stream", xls_stream::check),
    ("xlsx_sheet", xlsx_sheet::check),
];
