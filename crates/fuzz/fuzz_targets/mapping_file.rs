//! Hands what libFuzzer makes up to [`mapping_file::check`].
#![no_main]

use diachiso_fuzz::mapping_file;

libfuzzer_sys::fuzz_target!(|data: &[u8]| mapping_file::check(data));
