//! Hands what libFuzzer makes up to [`geocode::check`].
#![no_main]

use diachiso_fuzz::geocode;

libfuzzer_sys::fuzz_target!(|data: &[u8]| geocode::check(data));
