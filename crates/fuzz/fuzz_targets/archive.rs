//! Hands what libFuzzer makes up to [`archive::check`].
#![no_main]

use diachiso_fuzz::archive;

libfuzzer_sys::fuzz_target!(|data: &[u8]| archive::check(data));
