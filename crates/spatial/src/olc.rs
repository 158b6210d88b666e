//! Open Location Code, better known as Plus Codes: encoding, decoding, shortening.
//!
//! A code of up to 15 digits: five pairs of base 20, then up to five single digits that each split a cell into 4
//! columns by 5 rows. Positions are counted in whole units (1/25,000,000° of latitude, 1/8,192,000° of longitude), so
//! that no rounding hides in the middle. Checked against the official vectors.

use diachiso_model::LonLat;

/// The digits, in order of value.
const ALPHABET: &[u8; 20] = b"23456789CFGHJMPQRVWX";
/// What stands after the eighth digit.
const SEPARATOR: char = '+';
/// Where the separator stands in a full code.
const SEPARATOR_AT: usize = 8;
/// Digits that come in pairs.
const PAIR_DIGITS: usize = 10;
/// More digits than these say nothing.
const MAX_DIGITS: usize = 15;
/// Units of latitude in a degree: 20³ for the pairs below a degree, 5⁵ for the grid.
const LAT_UNITS: i64 = 8_000 * 3_125;
/// Units of longitude in a degree: 20³ for the pairs below a degree, 4⁵ for the grid.
const LON_UNITS: i64 = 8_000 * 1_024;
/// The side in degrees of the cell that each pair leaves.
const PAIR_DEG: [f64; 5] = [20.0, 1.0, 0.05, 0.0025, 0.000_125];

/// The cell that a code names.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OlcCell {
    /// The middle of the cell.
    pub center: LonLat,
    /// Half its width in degrees of longitude.
    pub half_lon_deg: f64,
    /// Half its height in degrees of latitude.
    pub half_lat_deg: f64,
}

/// Why a code cannot be made or read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OlcError {
    /// No code has so many digits.
    #[error("{0} digits make no code; use 2, 4, 6, 8 or 10 to 15")]
    Length(usize),
    /// The text is no full code.
    #[error("{0:?} is no full code; give 8 digits, a plus sign and the rest")]
    NotFull(String),
    /// The text is neither a full nor a short code.
    #[error("{0:?} is no Open Location Code")]
    NotACode(String),
    /// A padded code names too large a cell to be shortened.
    #[error("{0:?} is padded with zeros and cannot be shortened")]
    Padded(String),
}

/// The code with `digits` digits of the cell that holds a position; more than 15 are taken as 15.
///
/// # Errors
/// When no code has so many digits.
pub fn encode(position: LonLat, digits: usize) -> Result<String, OlcError> {
    encode_degrees(position.lon(), position.lat(), digits)
}

/// The code of a position counted in units from (180° W, 90° S), clamped in latitude and wrapped in longitude.
///
/// # Errors
/// When no code has so many digits.
pub fn encode_units(lon_units: i64, lat_units: i64, digits: usize) -> Result<String, OlcError> {
    if digits < 2 || (digits < PAIR_DIGITS && digits % 2 == 1) {
        return Err(OlcError::Length(digits));
    }
    let digits = digits.min(MAX_DIGITS);
    let mut lat = lat_units.clamp(0, 180 * LAT_UNITS - 1);
    let mut lon = lon_units.rem_euclid(360 * LON_UNITS);
    let mut values = [0_usize; MAX_DIGITS];
    for place in (PAIR_DIGITS..MAX_DIGITS).rev() {
        values[place] = (lat % 5 * 4 + lon % 4) as usize;
        (lat, lon) = (lat / 5, lon / 4);
    }
    for pair in (0..PAIR_DIGITS / 2).rev() {
        values[2 * pair] = (lat % 20) as usize;
        values[2 * pair + 1] = (lon % 20) as usize;
        (lat, lon) = (lat / 20, lon / 20);
    }
    let mut code = String::with_capacity(MAX_DIGITS + 1);
    for (place, value) in values.iter().enumerate() {
        if place == SEPARATOR_AT {
            code.push(SEPARATOR);
        }
        if place < digits {
            code.push(char::from(ALPHABET[*value]));
        } else if place < SEPARATOR_AT {
            code.push('0');
        }
    }
    Ok(code)
}

/// The cell of a full code; digits after the fifteenth are ignored.
///
/// # Errors
/// When the text is no full code.
pub fn decode(code: &str) -> Result<OlcCell, OlcError> {
    if !is_full(code) {
        return Err(OlcError::NotFull(code.to_owned()));
    }
    let (mut lat, mut lon) = (0_i64, 0_i64);
    let (mut lat_step, mut lon_step) = (400 * LAT_UNITS, 400 * LON_UNITS);
    let digits = code.bytes().filter(|byte| !matches!(byte, b'+' | b'0'));
    for (place, byte) in digits.take(MAX_DIGITS).enumerate() {
        let value = i64::from(digit_value(byte).unwrap_or(0));
        if place >= PAIR_DIGITS {
            (lat_step, lon_step) = (lat_step / 5, lon_step / 4);
            lat += value / 4 * lat_step;
            lon += value % 4 * lon_step;
        } else if place % 2 == 0 {
            lat_step /= 20;
            lat += value * lat_step;
        } else {
            lon_step /= 20;
            lon += value * lon_step;
        }
    }
    // Half units keep the centre exact.
    let degrees = |from: i64, step: i64, unit: i64| (2 * from + step) as f64 / (2 * unit) as f64;
    let center = LonLat::new(
        degrees(lon, lon_step, LON_UNITS) - 180.0,
        degrees(lat, lat_step, LAT_UNITS) - 90.0,
    );
    Ok(OlcCell {
        center: center.map_err(|_| OlcError::NotFull(code.to_owned()))?,
        half_lon_deg: lon_step as f64 / (2 * LON_UNITS) as f64,
        half_lat_deg: lat_step as f64 / (2 * LAT_UNITS) as f64,
    })
}

/// Whether the text is a full or a short code.
#[must_use]
pub fn is_valid(code: &str) -> bool {
    let Some(separator) = code.find(SEPARATOR) else { return false };
    let (head, tail) = (&code[..separator], &code[separator + 1..]);
    if separator > SEPARATOR_AT || separator % 2 == 1 || tail.len() == 1 || code.len() == 1 {
        return false;
    }
    let digits = head.trim_end_matches('0');
    let padded = digits.len() < head.len();
    if padded
        && (separator != SEPARATOR_AT
            || digits.is_empty()
            || digits.len() % 2 == 1
            || !tail.is_empty())
    {
        return false;
    }
    digits.bytes().chain(tail.bytes()).all(|byte| digit_value(byte).is_some())
}

/// Whether the text is a code that lacks its first digits and needs a reference position.
#[must_use]
pub fn is_short(code: &str) -> bool {
    is_valid(code) && code.find(SEPARATOR).is_some_and(|at| at < SEPARATOR_AT)
}

/// Whether the text is a code that names a cell by itself.
#[must_use]
pub fn is_full(code: &str) -> bool {
    let mut digits = code.bytes().map(digit_value);
    let (lat, lon) = (digits.next().flatten(), digits.next().flatten());
    is_valid(code)
        && !is_short(code)
        && lat.is_some_and(|value| u32::from(value) * 20 < 180)
        && lon.is_none_or(|value| u32::from(value) * 20 < 360)
}

/// The code without the 8, 6 or 4 first digits that a reference position makes superfluous; itself when it is far off.
///
/// # Errors
/// When the text is no full code or padded.
pub fn shorten(code: &str, near: LonLat) -> Result<String, OlcError> {
    let cell = decode(code)?;
    if code.contains('0') {
        return Err(OlcError::Padded(code.to_owned()));
    }
    let code = code.to_ascii_uppercase();
    let range_deg =
        (cell.center.lat() - near.lat()).abs().max((cell.center.lon() - near.lon()).abs());
    for pair in (1..PAIR_DEG.len() - 1).rev() {
        // Less than half a cell, with some to spare for a reference that is not quite the reader's.
        let rest = &code[(pair + 1) * 2..];
        // A plus sign alone is no code.
        if range_deg < PAIR_DEG[pair] * 0.3 && rest.len() > 1 {
            return Ok(rest.to_owned());
        }
    }
    Ok(code)
}

/// The full code nearest to a reference position that ends in a short code; a full code comes back in capitals.
///
/// # Errors
/// When the text is no code.
pub fn recover_nearest(code: &str, near: LonLat) -> Result<String, OlcError> {
    if is_full(code) {
        return Ok(code.to_ascii_uppercase());
    }
    if !is_short(code) {
        return Err(OlcError::NotACode(code.to_owned()));
    }
    let missing = SEPARATOR_AT - code.find(SEPARATOR).unwrap_or(SEPARATOR_AT);
    let side_deg = PAIR_DEG[missing / 2 - 1];
    let head = encode(near, PAIR_DIGITS)?;
    let cell = decode(&format!("{}{code}", &head[..missing]))?;
    let nearest = |center: f64, reference: f64| {
        if reference + side_deg / 2.0 < center {
            center - side_deg
        } else if reference - side_deg / 2.0 > center {
            center + side_deg
        } else {
            center
        }
    };
    let lat = nearest(cell.center.lat(), near.lat());
    let lat = if lat.abs() <= 90.0 { lat } else { cell.center.lat() };
    encode_degrees(nearest(cell.center.lon(), near.lon()), lat, code.len() - 1 + missing)
}

/// The code of degrees, clamped in latitude and wrapped in longitude.
fn encode_degrees(lon: f64, lat: f64, digits: usize) -> Result<String, OlcError> {
    // A millionth of a unit is below what a double holds: rounding to it undoes products such as 799.9999999999999.
    let units =
        |degrees: f64, unit: i64| ((degrees * unit as f64 * 1e6).round() / 1e6).floor() as i64;
    encode_units(
        units(lon, LON_UNITS) + 180 * LON_UNITS,
        units(lat, LAT_UNITS) + 90 * LAT_UNITS,
        digits,
    )
}

/// The value of a digit in either case.
fn digit_value(byte: u8) -> Option<u8> {
    let value = ALPHABET.iter().position(|digit| *digit == byte.to_ascii_uppercase());
    value.map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("the test's position is on the globe")
    }

    #[track_caller]
    fn check_code(lon: f64, lat: f64, digits: usize, expected: &str) {
        assert_eq!(encode(at(lon, lat), digits).as_deref(), Ok(expected));
    }

    #[test]
    fn positions_encode_to_the_known_codes() {
        check_code(2.775, 20.375, 6, "7FG49Q00+");
        check_code(174.785_937_5, -41.273_062_5, 10, "4VCPPQGP+Q9");
        check_code(1.0, 90.0, 4, "CFX30000+");
        check_code(180.0, 1.0, 4, "62H20000+");
    }

    #[test]
    fn odd_lengths_below_ten_are_refused() {
        assert_eq!(encode(at(107.0, 16.0), 5), Err(OlcError::Length(5)));
        assert_eq!(encode(at(107.0, 16.0), 0), Err(OlcError::Length(0)));
        assert!(encode(at(107.0, 16.0), 11).is_ok());
    }

    #[test]
    fn texts_that_are_no_code_are_told_apart() {
        for wrong in
            ["", "+", "G+", "8FWC2345+G", "8FWC2300+G6", "WC2300+", "84900000+", "8FWC2η45+G6"]
        {
            assert!(!is_valid(wrong), "{wrong}");
        }
        assert!(is_short("2345+G6") && !is_full("2345+G6"));
        assert!(is_full("8fwc2345+g6") && !is_short("8fwc2345+g6"));
        assert!(!is_full("X2222222+22"), "no latitude starts with X");
    }

    #[test]
    fn a_short_code_finds_its_cell_across_the_border_of_the_large_one() {
        assert_eq!(recover_nearest("XGGG+GG", at(8.526, 47.026)).as_deref(), Ok("8FRCXGGG+GG"));
        assert_eq!(
            shorten("9C3W9QCJ+2VX", at(-1.217_765_625, 51.370_112_5)).as_deref(),
            Ok("+2VX")
        );
        // Eight digits end in the plus sign, which alone would be no code.
        let short = shorten("9C3W9QCJ+", at(-1.217_765_625, 51.370_112_5));
        assert_eq!(short.as_deref(), Ok("CJ+"));
    }

    proptest! {
        #[test]
        fn the_cell_of_a_code_holds_the_position(
            lon in -180.0..180.0, lat in -90.0..90.0, digits in 10_usize..=15
        ) {
            let code = encode(at(lon, lat), digits).expect("the length is allowed");
            let cell = decode(&code).expect("our own code is full");
            // A unit is a third of a millimetre.
            prop_assert!((cell.center.lon() - lon).abs() <= cell.half_lon_deg + 2e-7);
            prop_assert!((cell.center.lat() - lat).abs() <= cell.half_lat_deg + 1e-7);
        }

        #[test]
        fn a_shortened_code_is_recovered_from_anywhere_near(
            lon in 107.03..108.21, lat in 15.99..16.75, east in -0.2..0.2, north in -0.2..0.2
        ) {
            let code = encode(at(lon, lat), 11).expect("the length is allowed");
            let near = at(lon + east, lat + north);
            let short = shorten(&code, near).expect("the code is full");
            prop_assert!(short.len() < code.len());
            prop_assert_eq!(recover_nearest(&short, near).expect("the code is short"), code);
        }

        #[test]
        fn no_text_makes_reading_panic(text in "\\PC{0,20}|[2-9CFGHJMPQRVWX0+]{0,18}") {
            let _ = decode(&text);
            let _ = recover_nearest(&text, at(107.5, 16.5));
            let _ = shorten(&text, at(107.5, 16.5));
        }
    }
}
