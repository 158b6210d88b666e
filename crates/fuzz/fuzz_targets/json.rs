//! Hands what libFuzzer makes up to [`json::check`].
#![no_main]

use diachiso_fuzz::json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| json::check(data));
