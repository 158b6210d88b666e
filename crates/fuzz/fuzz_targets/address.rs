//! Hands what libFuzzer makes up to [`address::check`].
#![no_main]

use diachiso_fuzz::address;

libfuzzer_sys::fuzz_target!(|data: &[u8]| address::check(data));
