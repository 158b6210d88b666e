//! Hands what libFuzzer makes up to [`number::check`].
#![no_main]

use diachiso_fuzz::number;

libfuzzer_sys::fuzz_target!(|data: &[u8]| number::check(data));
