//! Boxes that features are asked for.

use geo_types::MultiPolygon;

use super::Crs;

/// Steps along each side of a box in metres when it is brought to degrees, whose sides are bent.
const STEPS: u32 = 8;

/// West, south, east, north, in degrees; west of the antimeridian to east of it where west is the larger.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct BBox([f64; 4]);

impl BBox {
    /// The box of a shape; nothing meets that of an empty one.
    pub(super) fn of(shape: &MultiPolygon<f64>) -> Self {
        let [mut west, mut south, mut east, mut north] =
            [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for at in shape.iter().flat_map(|polygon| polygon.exterior().coords()) {
            (west, east) = (west.min(at.x), east.max(at.x));
            (south, north) = (south.min(at.y), north.max(at.y));
        }
        Self([west, south, east, north])
    }

    /// West, south, east and north in degrees.
    pub(super) fn of_degrees(bounds: [f64; 4]) -> Self {
        Self(bounds)
    }

    /// `west,south,east,north` in the order of the axes of a system; of six numbers the third and sixth are heights.
    pub(crate) fn parse(text: &str, crs: Crs) -> Option<Self> {
        let numbers: Vec<f64> =
            text.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
        let ([a, b, c, d] | [a, b, _, c, d, _]) = numbers[..] else { return None };
        if !numbers.iter().all(|n| n.is_finite()) {
            return None;
        }
        if crs == super::CRS84 {
            return (b <= d).then_some(Self([a, b, c, d]));
        }
        if a > c || b > d {
            return None;
        }
        let mut all: Option<Self> = None;
        for step in 0..=STEPS {
            let share = f64::from(step) / f64::from(STEPS);
            let (across, up) = (a + share * (c - a), b + share * (d - b));
            for at in [[across, b], [across, d], [a, up], [c, up]] {
                let [lon, lat] = crs.read(at)?;
                let point = Self([lon, lat, lon, lat]);
                all = Some(all.map_or(point, |all| all.with(point)));
            }
        }
        all
    }

    /// The box around two.
    pub(crate) fn with(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a.min(e), b.min(f), c.max(g), d.max(h)])
    }

    /// West, south, east, north.
    pub(crate) fn bounds(self) -> [f64; 4] {
        self.0
    }

    /// Whether two boxes meet.
    pub(crate) fn meets(self, other: Self) -> bool {
        let ([west, south, east, north], [w, s, e, n]) = (self.0, other.0);
        let beside = if west > east { e < west && w > east } else { e < west || w > east };
        !beside && n >= south && s <= north
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ogc::CRS84;

    #[test]
    fn boxes_are_read_in_the_order_of_the_axes_and_meet_where_they_touch() {
        let degrees = BBox::parse("107,16,108,17", CRS84).expect("a box");
        assert_eq!(BBox::parse("107,16,0,108,17,99", CRS84), Some(degrees));
        let lat_lon = Crs::of_uri("EPSG:4326").expect("a system");
        assert_eq!(BBox::parse("16,107,17,108", lat_lon).map(BBox::bounds), Some(degrees.bounds()));
        let zone = Crs::of_uri("EPSG:9214").expect("a system");
        let metres = BBox::parse("553000,1833000,554000,1834000", zone).expect("a box");
        assert!(degrees.meets(metres) && metres.meets(degrees));
        assert!(degrees.meets(BBox([108.0, 17.0, 109.0, 18.0])));
        assert!(!degrees.meets(BBox([108.1, 16.0, 109.0, 17.0])));
        let around = BBox::parse("170,-20,-170,20", CRS84).expect("a box over the antimeridian");
        assert!(around.meets(BBox([175.0, 0.0, 176.0, 1.0])));
        assert!(!around.meets(BBox([107.0, 16.0, 108.0, 17.0])));
    }

    #[test]
    fn what_is_no_box_is_refused() {
        for text in ["", "1,2,3", "1,2,3,x", "1,5,3,4", "NaN,1,2,3", "1,2,3,4,5", "1,2,inf,4"] {
            assert_eq!(BBox::parse(text, CRS84), None, "{text}");
        }
    }
}
