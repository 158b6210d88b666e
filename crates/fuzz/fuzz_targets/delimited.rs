//! Hands what libFuzzer makes up to [`delimited::check`].
#![no_main]

use diachiso_fuzz::delimited;

libfuzzer_sys::fuzz_target!(|data: &[u8]| delimited::check(data));
