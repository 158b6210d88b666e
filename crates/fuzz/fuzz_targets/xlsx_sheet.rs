//! Hands what libFuzzer makes up to [`xlsx_sheet::check`].
#![no_main]

use diachiso_fuzz::{workbook, xlsx_sheet};

libfuzzer_sys::fuzz_target!(init: workbook::expect_panics(), |data: &[u8]| xlsx_sheet::check(data));
