//! The codes that a place carries, told apart by their form.

use std::fmt;

use diachiso_model::LonLat;

use crate::olc::{self, OlcCell};

/// Where the plus sign of a full Open Location Code stands; a tail of 7 digits is split after its fourth.
const TAIL_SPLIT: usize = 4;

/// The greatest number of five digits.
const MAX_POSTAL: u32 = 99_999;

/// Why a code cannot be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressCodeError {
    /// A postal code has five digits.
    #[error("postal code {0} has more than five digits")]
    Postal(u32),
}

/// A code of a place in one of the schemes in use.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AddressCode {
    /// Ten digits: the commune's postal code at issue and a serial number. It says nothing of the position.
    National10 {
        /// The five-digit postal code.
        postal: u32,
        /// The five-digit serial number.
        serial: u32,
    },
    /// A postal code and the last 7 of the 11 digits of an Open Location Code.
    Vpostcode12 {
        /// The five-digit postal code.
        postal: u32,
        /// The digits in capitals, without a plus sign.
        olc_tail: [u8; 7],
    },
    /// A full Plus Code of at least 10 digits, in capitals.
    Olc(String),
    /// Twelve digits of the scheme drafted in 2026. It says nothing of the position.
    Place12(u64),
}

impl AddressCode {
    /// The code that a cleaned text is, or none when it has the form of no scheme.
    ///
    /// Small letters pass; spaces, dots and dashes do not: removing them is a repair that is recorded elsewhere. A
    /// Plus Code needs 10 digits, since a shorter one names no house. Twelve decimal digits are a [`Self::Place12`],
    /// although one postal code with an Open Location Code tail in six hundred has only decimal digits as well: see
    /// [`Self::other_reading`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match (text.len(), decimal) {
            (10, true) => Some(Self::National10 {
                postal: text[..5].parse().ok()?,
                serial: text[5..].parse().ok()?,
            }),
            (12, true) => Some(Self::Place12(text.parse().ok()?)),
            _ => vpostcode12(text).or_else(|| plus_code(text)),
        }
    }

    /// The code of scheme `vpostcode12` of a position in the area of a postal code.
    ///
    /// # Errors
    /// When the postal code has more than five digits.
    pub fn vpostcode12(postal: u32, position: LonLat) -> Result<Self, AddressCodeError> {
        if postal > MAX_POSTAL {
            return Err(AddressCodeError::Postal(postal));
        }
        let mut olc_tail = [b'2'; 7];
        // Eleven digits are an allowed length.
        let code = olc::encode(position, 11).unwrap_or_default();
        for (place, digit) in olc_tail.iter_mut().zip(code.bytes().skip(4).filter(|b| *b != b'+')) {
            *place = digit;
        }
        Ok(Self::Vpostcode12 { postal, olc_tail })
    }

    /// The scheme's name as stored: `national10`, `vpostcode12`, `olc` or `place12`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::National10 { .. } => "national10",
            Self::Vpostcode12 { .. } => "vpostcode12",
            Self::Olc(_) => "olc",
            Self::Place12(_) => "place12",
        }
    }

    /// The postal code at issue, where the scheme has one.
    #[must_use]
    pub fn postal(&self) -> Option<u32> {
        match self {
            Self::National10 { postal, .. } | Self::Vpostcode12 { postal, .. } => Some(*postal),
            Self::Olc(_) | Self::Place12(_) => None,
        }
    }

    /// The cell that the code names, where the scheme has one.
    ///
    /// The first four digits that a [`Self::Vpostcode12`] lacks are those which bring it nearest to `near`: a
    /// reference within half a degree of the place suffices.
    #[must_use]
    pub fn cell(&self, near: LonLat) -> Option<OlcCell> {
        match self {
            Self::Vpostcode12 { olc_tail, .. } => {
                let tail = std::str::from_utf8(olc_tail).ok()?;
                let short = format!("{}+{}", &tail[..TAIL_SPLIT], &tail[TAIL_SPLIT..]);
                olc::decode(&olc::recover_nearest(&short, near).ok()?).ok()
            }
            Self::Olc(code) => olc::decode(code).ok(),
            Self::National10 { .. } | Self::Place12(_) => None,
        }
    }

    /// The other code that the same characters may be: a [`Self::Place12`] whose last seven digits are also digits of
    /// an Open Location Code. Whoever knows the scheme of the batch decides.
    #[must_use]
    pub fn other_reading(&self) -> Option<Self> {
        match self {
            Self::Place12(number) => vpostcode12(&format!("{number:012}")),
            _ => None,
        }
    }
}

impl fmt::Display for AddressCode {
    /// The code as it is written on a plate: what [`AddressCode::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::National10 { postal, serial } => write!(f, "{postal:05}{serial:05}"),
            Self::Vpostcode12 { postal, olc_tail } => {
                write!(f, "{postal:05}{}", String::from_utf8_lossy(olc_tail))
            }
            Self::Olc(code) => f.write_str(code),
            Self::Place12(number) => write!(f, "{number:012}"),
        }
    }
}

/// Five decimal digits and seven of an Open Location Code, with or without its plus sign.
fn vpostcode12(text: &str) -> Option<AddressCode> {
    let (postal, tail) = text.split_at_checked(5)?;
    if !postal.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let split = match tail.as_bytes() {
        [_, _, _, _, b'+', ..] => (&tail[..TAIL_SPLIT], &tail[TAIL_SPLIT + 1..]),
        _ => tail.split_at_checked(TAIL_SPLIT)?,
    };
    let joined = format!("{}{}", split.0, split.1).to_ascii_uppercase();
    let olc_tail: [u8; 7] = joined.as_bytes().try_into().ok()?;
    let valid = olc::is_short(&format!("{}+{}", split.0, split.1));
    valid.then_some(AddressCode::Vpostcode12 { postal: postal.parse().ok()?, olc_tail })
}

/// A full code of at least 10 digits.
fn plus_code(text: &str) -> Option<AddressCode> {
    let precise = text.len() > "8FWC2345+G".len();
    (precise && olc::is_full(text)).then(|| AddressCode::Olc(text.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("the test's position is on the globe")
    }

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, Option<u32>)>) {
        let code = AddressCode::parse(text);
        assert_eq!(code.as_ref().map(|code| (code.scheme(), code.postal())), expected, "{text}");
        if let Some(code) = code {
            assert_eq!(AddressCode::parse(&code.to_string()), Some(code), "{text} as printed");
        }
    }

    #[test]
    fn codes_are_told_apart_by_their_form() {
        check("5300012345", Some(("national10", Some(53_000))));
        check("0300000001", Some(("national10", Some(3_000))));
        check("53000F3QC2VX", Some(("vpostcode12", Some(53_000))));
        check("53000f3qc2vx", Some(("vpostcode12", Some(53_000))));
        check("53000F3QC+2VX", Some(("vpostcode12", Some(53_000))));
        check("7P8GF3QC+2VX", Some(("olc", None)));
        check("7p8gf3qc+2v", Some(("olc", None)));
        check("530001234567", Some(("place12", None)));
    }

    #[test]
    fn other_forms_are_no_code() {
        for text in [
            "",
            "530001234",
            "53000123456",
            "53000 12345",
            "53000F3QC2V",
            "53000F3QC2VA",
            "5300AF3QC2VX",
            "F3QC+2VX",
            "7P8GF3QC+",
            "7P8GF300+",
            "5300012345678",
            "địa chỉ số",
            "５３０００12345",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn twelve_decimal_digits_may_be_read_the_other_way() {
        let code = AddressCode::parse("530002345678").expect("twelve digits are a code");
        assert_eq!(
            code.other_reading(),
            Some(AddressCode::Vpostcode12 { postal: 53_000, olc_tail: *b"2345678" })
        );
        let code = AddressCode::parse("530002345670").expect("twelve digits are a code");
        assert_eq!(code.other_reading(), None, "0 is no digit of an Open Location Code");
    }

    #[test]
    fn a_postal_code_of_six_digits_makes_no_code() {
        assert_eq!(
            AddressCode::vpostcode12(100_000, at(107.5, 16.5)),
            Err(AddressCodeError::Postal(100_000))
        );
        for (lon, lat) in [(180.0, 90.0), (-180.0, -90.0), (-0.0, 0.0)] {
            let code =
                AddressCode::vpostcode12(53_000, at(lon, lat)).expect("any position has a code");
            assert_eq!(code.to_string().len(), 12);
        }
    }

    #[test]
    fn serial_numbers_name_no_cell() {
        let near = at(107.5, 16.5);
        for text in ["5300012345", "530001234567"] {
            assert_eq!(AddressCode::parse(text).and_then(|code| code.cell(near)), None);
        }
    }

    proptest! {
        #[test]
        fn a_postal_tail_finds_its_cell_from_a_reference_in_the_province(
            lon in 107.03..108.21, lat in 15.99..16.75, east in -0.4..0.4, north in -0.4..0.4
        ) {
            let full = olc::encode(at(lon, lat), 11).expect("the length is allowed");
            let tail = full[4..].replace('+', "");
            let near = at(lon + east, lat + north);
            let cell = vpostcode12(&format!("53000{tail}")).and_then(|code| code.cell(near));
            prop_assert_eq!(cell, olc::decode(&full).ok());
            let whole = AddressCode::parse(&full).and_then(|code| code.cell(near));
            prop_assert_eq!(cell, whole);
        }

        #[test]
        fn a_postal_tail_of_a_position_reads_back_and_names_its_cell(
            postal in 0..=MAX_POSTAL, lon in 107.03..108.21, lat in 15.99..16.75
        ) {
            let code = AddressCode::vpostcode12(postal, at(lon, lat)).expect("five digits");
            prop_assert_eq!(code.postal(), Some(postal));
            let text = code.to_string();
            let read = AddressCode::parse(&text).expect("our own code reads");
            let read = read.other_reading().unwrap_or(read);
            prop_assert_eq!(&read, &code);
            let full = olc::encode(at(lon, lat), 11).expect("the length is allowed");
            prop_assert_eq!(code.cell(at(lon, lat)), olc::decode(&full).ok());
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,14}|[0-9A-Z+]{8,14}") {
            let _ = AddressCode::parse(&text);
        }
    }
}
