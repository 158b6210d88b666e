//! Plus Codes and the other codes of a place.

use crate::text::text;
use diachiso_model::LonLat;
use diachiso_spatial::address_code::AddressCode;
use diachiso_spatial::olc::{
    decode, encode, is_full, is_short, is_valid, recover_nearest, shorten,
};
use diachiso_text::code::clean_code;

/// Digits of the longest code.
const MAX_DIGITS: usize = 15;

/// Reads the bytes as a code of any scheme.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    let near = LonLat::new(107.6, 16.4).expect("a place");
    assert!(is_valid(&text) || !(is_full(&text) || is_short(&text)), "{text:?}");
    assert!(!(is_full(&text) && is_short(&text)), "{text:?}");
    if let Ok(cell) = decode(&text) {
        let digits = text.bytes().filter(|byte| !matches!(byte, b'+' | b'0')).count();
        let code = encode(cell.center, digits.min(MAX_DIGITS)).expect("as many digits as before");
        let upper = text.to_ascii_uppercase();
        assert!(upper.starts_with(&code), "{text:?} comes back as {code}");
        if let Ok(short) = shorten(&code, cell.center) {
            assert_eq!(recover_nearest(&short, cell.center).as_ref(), Ok(&code), "{short}");
        }
    }
    if let Ok(full) = recover_nearest(&text, near) {
        assert!(is_full(&full), "{text:?} is recovered as {full:?}");
    }
    for text in [text.as_str(), &clean_code(&text)] {
        let Some(code) = AddressCode::parse(text) else { continue };
        // Written without its plus sign, a code of decimal digits alone may be of either scheme.
        let again = AddressCode::parse(&code.to_string()).expect("a code is written as one");
        assert!(again == code || again.other_reading().as_ref() == Some(&code), "{text:?}");
        assert!(code.postal().is_none_or(|postal| postal < 100_000));
        if let Some(cell) = code.cell(near) {
            assert!(cell.half_lat_deg > 0.0 && cell.half_lon_deg > 0.0);
        }
        assert!(code.other_reading().is_none_or(|other| other != code));
    }
}
