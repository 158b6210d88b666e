//! Hands what libFuzzer makes up to [`legacy::check`].
#![no_main]

use diachiso_fuzz::legacy;

libfuzzer_sys::fuzz_target!(|data: &[u8]| legacy::check(data));
