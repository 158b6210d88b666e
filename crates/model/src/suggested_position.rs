//! Where a household without usable coordinates is likely to be.

use std::{fmt, str::FromStr};

use crate::{LonLat, PrecisionClass};

/// Farthest that a suggestion may be off, in metres: half the length of the province.
const MAX_RADIUS_M: u32 = 100_000;

/// What the geocoder makes of an address whose coordinates are missing (G07). It is no position: nobody stood there.
///
/// Written as `16.573500,107.506000 ± 120 m, hạng C`, which a map's search box takes up to the sign, and read back.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SuggestedPosition {
    /// The point.
    pub point: LonLat,
    /// Metres around it within which the house is in nine of ten cases.
    pub radius_m: u32,
    /// `C` by neighbours or house number, `D` the village's middle, `E` the commune's; never better.
    pub class: PrecisionClass,
}

impl SuggestedPosition {
    /// A suggestion; its radius in whole metres, its class `C` at best.
    #[must_use]
    pub fn new(point: LonLat, radius_m: f64, class: PrecisionClass) -> Self {
        let radius_m = radius_m.ceil().clamp(1.0, f64::from(MAX_RADIUS_M)) as u32;
        Self { point, radius_m, class: class.max(PrecisionClass::C) }
    }
}

impl fmt::Display for SuggestedPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { point, radius_m, class } = self;
        write!(f, "{:.6},{:.6} ± {radius_m} m, hạng {}", point.lat(), point.lon(), class.as_str())
    }
}

/// A text that is no suggestion.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected `latitude,longitude ± metres m, hạng C`")]
pub struct ParseSuggestionError;

impl FromStr for SuggestedPosition {
    type Err = ParseSuggestionError;

    fn from_str(text: &str) -> Result<Self, ParseSuggestionError> {
        let read = || {
            let (place, rest) = text.split_once(" ± ")?;
            let (lat, lon) = place.split_once(',')?;
            let (radius_m, class) = rest.split_once(" m, hạng ")?;
            let class = PrecisionClass::ALL.into_iter().find(|c| c.as_str() == class)?;
            let point = LonLat::new(lon.parse().ok()?, lat.parse().ok()?).ok()?;
            Some(Self::new(point, f64::from(radius_m.parse::<u32>().ok()?), class))
        };
        read().ok_or(ParseSuggestionError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_reads_back_from_its_text() {
        let point = LonLat::new(107.506, 16.5735).expect("a point");
        let suggested = SuggestedPosition::new(point, 119.2, PrecisionClass::C);
        assert_eq!(suggested.to_string(), "16.573500,107.506000 ± 120 m, hạng C");
        assert_eq!(suggested.to_string().parse(), Ok(suggested));
        assert_eq!("16.5,107.5".parse::<SuggestedPosition>(), Err(ParseSuggestionError));
    }

    #[test]
    fn no_suggestion_is_better_than_inferred() {
        let point = LonLat::new(107.506, 16.5735).expect("a point");
        let of = |radius_m, class| SuggestedPosition::new(point, radius_m, class);
        assert_eq!(of(8.0, PrecisionClass::A).class, PrecisionClass::C);
        assert_eq!(of(8.0, PrecisionClass::E).class, PrecisionClass::E);
        assert_eq!(of(f64::INFINITY, PrecisionClass::D).radius_m, MAX_RADIUS_M);
        assert_eq!(of(0.0, PrecisionClass::D).radius_m, 1);
    }
}
