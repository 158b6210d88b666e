//! Cleaning, keys and names.

use crate::text::{settles, stays_in_proportion, text};
use diachiso_text::clean::clean;
use diachiso_text::fold::{strong_key, unaccent_key};
use diachiso_text::name::{clean_name, is_placeholder, is_placeholder_key, split};
use diachiso_text::name_words::NameWords;
use diachiso_text::syllable::{is_syllable, is_syllable_in_some_tone};
use diachiso_text::tone::canonical_tone;

/// Cleans the bytes as text, folds them, and reads them as a person's name.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    settles("cleaning", &text, |text| clean(text).into_owned());
    settles("the strong key", &text, strong_key);
    settles("the weak key", &text, unaccent_key);
    settles("moving tones", &text, |text| canonical_tone(text).into_owned());
    settles("cleaning a name", &clean(&text), |text| clean_name(text).into_owned());
    // Unicode takes up to 18 characters for one that is composed of many (U+FDFA).
    stays_in_proportion("cleaning", &text, &clean(&text), 12);
    stays_in_proportion("the strong key", &text, &strong_key(&text), 12);
    stays_in_proportion("the weak key", &text, &unaccent_key(&text), 12);
    let moved = canonical_tone(&text);
    assert_eq!(unaccent_key(&moved), unaccent_key(&text), "moving tones changes letters");
    let strong = strong_key(&text);
    assert!(!strong.starts_with(' ') && !strong.ends_with(' ') && !strong.contains("  "));
    let mut words = NameWords::default();
    for _ in 0..2 {
        let keys = words.read(&text);
        assert_eq!((keys.strong, keys.plain), (&*strong, &*unaccent_key(&strong)), "{text:?}");
        assert_eq!(keys.is_clean, clean_name(&text) == text, "{text:?}");
    }
    let parts = split(&strong);
    let _ = format!("{parts:?}");
    let _ = (is_placeholder(&text), is_placeholder_key(&strong));
    for word in strong.split(' ').take(8) {
        assert!(!is_syllable(word) || is_syllable_in_some_tone(word), "{word:?}");
    }
}
