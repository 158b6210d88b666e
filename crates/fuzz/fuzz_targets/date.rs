//! Hands what libFuzzer makes up to [`date::check`].
#![no_main]

use diachiso_fuzz::date;

libfuzzer_sys::fuzz_target!(|data: &[u8]| date::check(data));
