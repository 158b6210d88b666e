//! Hands what libFuzzer makes up to [`ods_sheet::check`].
#![no_main]

use diachiso_fuzz::{ods_sheet, workbook};

libfuzzer_sys::fuzz_target!(init: workbook::expect_panics(), |data: &[u8]| ods_sheet::check(data));
