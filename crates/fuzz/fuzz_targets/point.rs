//! Hands what libFuzzer makes up to [`point::check`].
#![no_main]

use diachiso_fuzz::point;

libfuzzer_sys::fuzz_target!(|data: &[u8]| point::check(data));
