//! Positions on the WGS 84 ellipsoid and how far they are to be trusted.

use std::fmt;

/// A WGS 84 position in degrees: the only place where a longitude and a latitude meet.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct LonLat {
    lon: f64,
    lat: f64,
}

/// Why two numbers are no position.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum LonLatError {
    /// The longitude is no number within ±180°.
    #[error("longitude {0} is outside -180 to 180 degrees")]
    Longitude(f64),
    /// The latitude is no number within ±90°.
    #[error("latitude {0} is outside -90 to 90 degrees")]
    Latitude(f64),
}

impl LonLat {
    /// A position from degrees east and degrees north.
    ///
    /// # Errors
    /// When a value is not finite or outside its range.
    pub fn new(lon: f64, lat: f64) -> Result<Self, LonLatError> {
        if !(-180.0..=180.0).contains(&lon) {
            return Err(LonLatError::Longitude(lon));
        }
        if !(-90.0..=90.0).contains(&lat) {
            return Err(LonLatError::Latitude(lat));
        }
        // `+ 0.0` turns −0 into 0, so that equal positions print alike.
        Ok(Self { lon: lon + 0.0, lat: lat + 0.0 })
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Degrees north of the equator.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }
}

impl fmt::Display for LonLat {
    /// Latitude first, as people read positions; seven decimals are about a centimetre.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.7}, {:.7}", self.lat, self.lon)
    }
}

/// How precisely a submission's point is known (design: *Locate*).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PrecisionClass {
    /// At the door: accuracy of 15 m or better.
    A,
    /// On the premises: 50 m or better.
    B,
    /// Inferred from neighbours or house number: 200 m or better.
    C,
    /// The village's centre.
    D,
    /// The commune only.
    E,
}

impl PrecisionClass {
    /// All classes, best first.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The letter that stands for the class.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["A", "B", "C", "D", "E"][self as usize]
    }

    /// Whether coverage counts a point of this class by default.
    #[must_use]
    pub fn counts(self) -> bool {
        self <= Self::B
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_outside_the_globe_is_refused_with_the_value() {
        assert_eq!(LonLat::new(181.0, 0.0), Err(LonLatError::Longitude(181.0)));
        assert_eq!(LonLat::new(0.0, -90.5), Err(LonLatError::Latitude(-90.5)));
        assert!(LonLat::new(f64::NAN, 0.0).is_err());
        assert!(LonLat::new(0.0, f64::INFINITY).is_err());
    }

    #[test]
    fn only_door_and_premises_count() {
        assert_eq!(
            PrecisionClass::ALL.map(PrecisionClass::counts),
            [true, true, false, false, false]
        );
    }
}
