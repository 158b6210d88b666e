//! Whether a shape has a point in common with another.

use geo::{Intersects, Rect};
use geo_types::{Coord, MultiPolygon, Point};

/// Whether a shape holds a point; its edge belongs to it.
#[must_use]
pub fn meets_point(shape: &MultiPolygon<f64>, at: Coord<f64>) -> bool {
    shape.intersects(&Point(at))
}

/// Whether a shape and a box have a point in common; edges belong to both. Costs as many steps as the shape has corners.
#[must_use]
pub fn meets_box(shape: &MultiPolygon<f64>, least: Coord<f64>, greatest: Coord<f64>) -> bool {
    shape.intersects(&Rect::new(least, greatest))
}

#[cfg(test)]
mod tests {
    use geo_types::{coord, polygon};

    use super::*;

    #[test]
    fn edges_and_corners_meet_and_holes_do_not() {
        let ring = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)],
            interiors: [[(x: 1.0, y: 1.0), (x: 1.0, y: 3.0), (x: 3.0, y: 3.0), (x: 3.0, y: 1.0)]],
        );
        let shape = MultiPolygon(vec![ring]);
        for (x, y, expected) in [
            (0.5, 0.5, true),
            (0.0, 0.0, true),
            (1.0, 2.0, true),
            (2.0, 2.0, false),
            (5.0, 2.0, false),
        ] {
            assert_eq!(meets_point(&shape, coord! { x: x, y: y }), expected, "{x} {y}");
        }
        for (west, south, east, north, expected) in [
            (4.0, 4.0, 5.0, 5.0, true),
            (1.5, 1.5, 2.5, 2.5, false),
            (1.5, 1.5, 3.5, 2.5, true),
            (-1.0, -1.0, 5.0, 5.0, true),
            (4.5, 0.0, 5.0, 4.0, false),
        ] {
            let (least, greatest) = (coord! { x: west, y: south }, coord! { x: east, y: north });
            assert_eq!(
                meets_box(&shape, least, greatest),
                expected,
                "{west} {south} {east} {north}"
            );
        }
    }
}
