//! Hands what libFuzzer makes up to [`workbook::check`].
#![no_main]

use diachiso_fuzz::workbook;

libfuzzer_sys::fuzz_target!(init: workbook::expect_panics(), |data: &[u8]| workbook::check(data));
