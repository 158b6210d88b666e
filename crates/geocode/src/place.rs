//! How large a place is, and how well a point stands for it.

use diachiso_model::{LonLat, PrecisionClass};
use geo_types::{LineString, MultiPolygon};

use crate::doors::Spot;

/// The middle of a place and the metres within which it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The middle.
    pub middle: LonLat,
    /// Metres around it that hold nearly all of the place.
    pub radius_m: f64,
}

/// Part of the points of a place that its radius must hold.
const HELD: f64 = 0.95;

impl Extent {
    /// The extent of points: their median, and the radius that holds 95 % of them; `None` for none.
    pub(crate) fn around(points: impl Iterator<Item = Spot>) -> Option<Self> {
        let spots: Vec<Spot> = points.collect();
        let median = |of: fn(&Spot) -> f64| {
            let mut values: Vec<f64> = spots.iter().map(of).collect();
            let middle = values.len() / 2;
            values.sort_unstable_by(f64::total_cmp);
            values
                .get(middle)
                .zip(values.get((values.len().max(1) - 1) / 2))
                .map(|(a, b)| (a + b) / 2.0)
        };
        let middle = Spot { lon: median(|s| s.lon)?, lat: median(|s| s.lat)? };
        let mut distances: Vec<f64> = spots.iter().map(|spot| spot.metres(middle)).collect();
        let at = ((distances.len() as f64 * HELD).ceil() as usize).clamp(1, distances.len()) - 1;
        distances.sort_unstable_by(f64::total_cmp);
        Some(Self { middle: middle.lon_lat()?, radius_m: distances[at] })
    }

    /// The extent of a shape: the middle of its largest part, and the radius that holds all of it; `None` for an empty one.
    #[must_use]
    pub fn of_shape(shape: &MultiPolygon<f64>) -> Option<Self> {
        let (lon, lat, _) = shape
            .iter()
            .map(|part| centroid(part.exterior()))
            .max_by(|a, b| a.2.total_cmp(&b.2))?;
        let middle = Spot { lon, lat };
        let corners = shape.iter().flat_map(|part| part.exterior().coords());
        let radius_m = corners
            .map(|corner| middle.metres(Spot { lon: corner.x, lat: corner.y }))
            .fold(0.0, f64::max);
        Some(Self { middle: middle.lon_lat()?, radius_m })
    }

    pub(crate) fn spot(&self) -> Spot {
        Spot::of(self.middle)
    }
}

/// The centroid of a ring in degrees and its area without sign; the first corner of one without area.
fn centroid(ring: &LineString<f64>) -> (f64, f64, f64) {
    let first = ring.coords().next().copied().unwrap_or_default();
    let (mut lon, mut lat, mut area) = (0.0, 0.0, 0.0);
    for line in ring.lines() {
        // From the first corner: far from it digits would be lost.
        let (a, b) = (line.start - first, line.end - first);
        let cross = a.x * b.y - b.x * a.y;
        lon += (a.x + b.x) * cross;
        lat += (a.y + b.y) * cross;
        area += cross;
    }
    if area == 0.0 {
        return (first.x, first.y, 0.0);
    }
    (first.x + lon / (3.0 * area), first.y + lat / (3.0 * area), area.abs() / 2.0)
}

/// How deep an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceLevel {
    /// A district of some period.
    District,
    /// A commune of some period.
    Commune,
    /// A village or urban group.
    Village,
    /// A street, or a hamlet within a village.
    Street,
    /// An alley (kiệt) of a street, or where it opens.
    Alley,
    /// A house number told by those beside it.
    HouseNumber,
    /// A known house.
    Door,
}

impl PlaceLevel {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["district", "commune", "village", "street", "alley", "house_number", "door"][self as usize]
    }

    /// In Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        ["huyện", "xã/phường", "thôn/TDP", "đường", "kiệt", "số nhà (nội suy)", "nhà"]
            [self as usize]
    }

    /// The precision class of a point of this level that holds within a radius.
    ///
    /// A and B are for houses that somebody stood at; from neighbours it is C at best, of a village D, of a commune E.
    pub(crate) fn class(self, radius_m: f64) -> PrecisionClass {
        let best = match self {
            Self::District | Self::Commune => return PrecisionClass::E,
            Self::Village => return PrecisionClass::D,
            Self::Door => PrecisionClass::A,
            Self::Street | Self::Alley | Self::HouseNumber => PrecisionClass::C,
        };
        let of_radius = match radius_m {
            r if r <= 15.0 => PrecisionClass::A,
            r if r <= 50.0 => PrecisionClass::B,
            r if r <= 200.0 => PrecisionClass::C,
            _ => PrecisionClass::D,
        };
        best.max(of_radius)
    }
}

/// Where a candidate is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// The point.
    pub point: LonLat,
    /// Metres around it within which the place is in at least nine of ten cases.
    pub radius_m: f64,
    /// Class of precision.
    pub class: PrecisionClass,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radius_holds_nearly_all_points() {
        let spots = (0..100).map(|i| Spot { lon: 107.5 + f64::from(i) * 1e-4, lat: 16.5 });
        let extent = Extent::around(spots.clone()).expect("points");
        let held = spots.filter(|s| s.metres(extent.spot()) <= extent.radius_m).count();
        assert!((95..=97).contains(&held), "{held}");
        assert!(Extent::around(std::iter::empty()).is_none());
    }

    #[test]
    fn a_shape_has_its_middle_and_the_radius_of_its_farthest_corner() {
        let corners = vec![(107.5, 16.5), (107.52, 16.5), (107.52, 16.52), (107.5, 16.52)];
        let square = geo_types::Polygon::new(corners.into(), Vec::new());
        let extent = Extent::of_shape(&MultiPolygon::new(vec![square])).expect("a shape");
        let off = extent.spot().metres(Spot { lon: 107.51, lat: 16.51 });
        assert!(off < 0.01 && (1_500.0..1_600.0).contains(&extent.radius_m), "{extent:?}");
        assert!(Extent::of_shape(&MultiPolygon::new(Vec::new())).is_none());
    }

    #[test]
    fn only_known_houses_are_better_than_inferred() {
        assert_eq!(PlaceLevel::Door.class(12.0), PrecisionClass::A);
        assert_eq!(PlaceLevel::Door.class(40.0), PrecisionClass::B);
        assert_eq!(PlaceLevel::HouseNumber.class(12.0), PrecisionClass::C);
        assert_eq!(PlaceLevel::Street.class(300.0), PrecisionClass::D);
        assert_eq!(PlaceLevel::Village.class(80.0), PrecisionClass::D);
        assert_eq!(PlaceLevel::Commune.class(80.0), PrecisionClass::E);
    }
}
