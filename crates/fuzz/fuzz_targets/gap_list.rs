//! Hands what libFuzzer makes up to [`gap_list::check`].
#![no_main]

use diachiso_fuzz::gap_list;

libfuzzer_sys::fuzz_target!(|data: &[u8]| gap_list::check(data));
