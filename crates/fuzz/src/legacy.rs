//! Old encodings of Vietnamese: told, repaired, written.

use crate::text::{stays_in_proportion, text};
use diachiso_text::clean::clean;
use diachiso_text::legacy::{
    LegacyEncoding, encode, is_damaged, is_surely_unicode, repair, repair_beside,
};

/// Tells and repairs the encoding of the bytes.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    let repaired = repair(&text);
    if let Some(repaired) = &repaired {
        assert!(!is_surely_unicode(&text), "{text:?} was Unicode");
        assert_ne!(repaired.text, text, "a repair changes nothing");
        stays_in_proportion("a repair", &text, &repaired.text, 3);
        // Broken UTF-8 may hold what was an old encoding before: `LÃ«` is `Lë`, which is `Lở`.
        if repaired.from != LegacyEncoding::Utf8AsCp1252 {
            assert_eq!(repair(&repaired.text), None, "the repair of {text:?} does not settle");
        }
    }
    for from in LegacyEncoding::ALL {
        stays_in_proportion("an encoding", &text, &encode(&text, from), 12);
        if let Some(beside) = repair_beside(&text, from) {
            assert!(!is_surely_unicode(&text), "{text:?} was Unicode");
            assert_ne!(beside, text, "a repair changes nothing");
            stays_in_proportion("a repair beside others", &text, &beside, 3);
        }
    }
    let _ = is_damaged(&clean(&text));
}
