//! Hands what libFuzzer makes up to [`xls_stream::check`].
#![no_main]

use diachiso_fuzz::{workbook, xls_stream};

libfuzzer_sys::fuzz_target!(init: workbook::expect_panics(), |data: &[u8]| xls_stream::check(data));
