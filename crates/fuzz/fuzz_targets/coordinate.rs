//! Hands what libFuzzer makes up to [`coordinate::check`].
#![no_main]

use diachiso_fuzz::coordinate;

libfuzzer_sys::fuzz_target!(|data: &[u8]| coordinate::check(data));
