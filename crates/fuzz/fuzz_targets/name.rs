//! Hands what libFuzzer makes up to [`name::check`].
#![no_main]

use diachiso_fuzz::name;

libfuzzer_sys::fuzz_target!(|data: &[u8]| name::check(data));
