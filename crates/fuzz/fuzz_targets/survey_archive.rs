//! Hands what libFuzzer makes up to [`survey_archive::check`].
#![no_main]

use diachiso_fuzz::survey_archive;

libfuzzer_sys::fuzz_target!(|data: &[u8]| survey_archive::check(data));
