//! Hands what libFuzzer makes up to [`plus_code::check`].
#![no_main]

use diachiso_fuzz::plus_code;

libfuzzer_sys::fuzz_target!(|data: &[u8]| plus_code::check(data));
