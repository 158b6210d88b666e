//! A whole position in one cell, as survey tools and maps write it.

use crate::angle;

/// A position taken apart; the parts are as they stood, to be read like cells of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointCell<'c> {
    /// The latitude, or whatever stands first.
    pub latitude: &'c str,
    /// The longitude, or whatever stands second.
    pub longitude: &'c str,
    /// The accuracy in metres; empty where none is stated.
    pub accuracy: &'c str,
}

/// Takes apart `16.5735 107.5060 12.0 4.9` (ODK: latitude, longitude, altitude, accuracy), `16.5735, 107.5060`,
/// `16,5735; 107,5060`, `POINT (107.5060 16.5735)` and `geo:16.5735,107.5060;u=8`; `None` of anything else.
#[must_use]
pub fn split(cell: &str) -> Option<PointCell<'_>> {
    let cell = cell.trim();
    let point = match (strip_word(cell, "geo:"), strip_word(cell, "point")) {
        (Some(uri), _) => of_uri(uri)?,
        (_, Some(wkt)) => of_wkt(wkt)?,
        _ => of_list(cell)?,
    };
    let is_number = |part: &str| angle::parse(part).is_some();
    (is_number(point.latitude) && is_number(point.longitude)).then_some(point)
}

/// What stands behind a word in any case.
fn strip_word<'c>(cell: &'c str, word: &str) -> Option<&'c str> {
    let (head, rest) = cell.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

/// RFC 5870: `latitude,longitude[,altitude][;u=uncertainty]`.
fn of_uri(uri: &str) -> Option<PointCell<'_>> {
    let (place, parameters) = uri.split_once([';', '?']).unwrap_or((uri, ""));
    let mut parts = place.split(',');
    let accuracy = parameters.split(';').find_map(|p| p.strip_prefix("u=")).unwrap_or_default();
    Some(PointCell { latitude: parts.next()?, longitude: parts.next()?, accuracy })
}

/// Well-known text names the longitude first.
fn of_wkt(wkt: &str) -> Option<PointCell<'_>> {
    let inside = wkt.trim_start_matches(|c: char| c == ' ' || c.is_ascii_alphabetic());
    let mut parts = inside.strip_prefix('(')?.strip_suffix(')')?.split_whitespace();
    let (longitude, latitude) = (parts.next()?, parts.next()?);
    Some(PointCell { latitude, longitude, accuracy: "" })
}

/// Parts by semicolons, else by spaces (commas before them taken off), else by the one comma.
fn of_list(cell: &str) -> Option<PointCell<'_>> {
    let parts: Vec<&str> = if cell.contains(';') {
        cell.split(';').map(str::trim).collect()
    } else if cell.contains(char::is_whitespace) {
        cell.split_whitespace()
            .map(|part| part.trim_matches(','))
            .filter(|p| !p.is_empty())
            .collect()
    } else {
        cell.split(',').collect()
    };
    let (latitude, longitude, accuracy) = match parts[..] {
        [latitude, longitude] | [latitude, longitude, _] => (latitude, longitude, ""),
        [latitude, longitude, _, accuracy] => (latitude, longitude, accuracy),
        _ => return None,
    };
    Some(PointCell { latitude, longitude, accuracy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: Option<(&str, &str, &str)>) {
        let expected = expected.map(|(latitude, longitude, accuracy)| PointCell {
            latitude,
            longitude,
            accuracy,
        });
        assert_eq!(split(cell), expected, "{cell}");
    }

    #[test]
    fn a_position_in_one_cell_is_taken_apart() {
        let plain = Some(("16.5735", "107.5060", ""));
        check("16.5735 107.5060 12.0 4.9", Some(("16.5735", "107.5060", "4.9")));
        check("16.5735, 107.5060", plain);
        check("16.5735,107.5060", plain);
        check("16.5735;107.5060", plain);
        check("16,5735; 107,5060", Some(("16,5735", "107,5060", "")));
        check("16,5735 107,5060", Some(("16,5735", "107,5060", "")));
        check("POINT (107.5060 16.5735)", plain);
        check("Point Z(107.5060 16.5735 12)", plain);
        check("geo:16.5735,107.5060;u=8", Some(("16.5735", "107.5060", "8")));
        check("16°34'24.6\"N 107°30'21.6\"E", Some(("16°34'24.6\"N", "107°30'21.6\"E", "")));
    }

    #[test]
    fn anything_else_is_left_alone() {
        for cell in
            ["", " ", "nhà bà Lài", "16.5735", "1,2,3,4,5", "POINT EMPTY", "geo:", "Xóm 3, Xóm 4"]
        {
            check(cell, None);
        }
    }
}
