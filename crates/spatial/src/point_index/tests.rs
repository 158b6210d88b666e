use super::*;
use geo::{Contains as _, Distance as _, Geodesic, Intersects as _, Point};
use geo_types::{point, polygon};
use proptest::prelude::*;

fn at(x: f64, y: f64) -> LonLat {
    LonLat::new(x, y).expect("the test's position is on the globe")
}

fn square(west: f64, south: f64, side: f64) -> MultiPolygon<f64> {
    let (east, north) = (west + side, south + side);
    MultiPolygon(vec![polygon![
        (x: west, y: south), (x: east, y: south), (x: east, y: north), (x: west, y: north),
    ]])
}

/// What the index must answer, by testing every area.
fn slow(areas: &[(u32, MultiPolygon<f64>)], x: f64, y: f64) -> Option<u32> {
    let point = point!(x: x, y: y);
    areas.iter().filter(|(_, shape)| shape.intersects(&point)).map(|(id, _)| *id).min()
}

#[test]
fn on_a_shared_border_the_lowest_id_wins() {
    let areas = vec![(7, square(107.0, 16.0, 1.0)), (3, square(108.0, 16.0, 1.0))];
    let index = AreaIndex::new(areas);
    assert_eq!(index.locate(at(108.0, 16.5)), Some(3));
    assert_eq!(index.locate(at(107.999_999, 16.5)), Some(7));
    assert_eq!(index.locate(at(109.0, 17.0)), Some(3), "the last corner belongs to the area");
    assert_eq!(index.locate(at(109.000_001, 16.5)), None);
    assert_eq!(index.ids().collect::<Vec<_>>(), [3, 7]);
}

#[test]
fn any_position_of_the_globe_has_an_answer() {
    let index = AreaIndex::new(vec![(1, square(107.0, 16.0, 1.0))]);
    for (lon, lat) in
        [(0.0, 90.0), (-180.0, -90.0), (180.0, 0.0), (-0.0, -0.0), (107.0, f64::MIN_POSITIVE)]
    {
        let position = at(lon, lat);
        assert_eq!(index.locate(position), None);
        assert!(
            index
                .nearest(position)
                .is_some_and(|(id, metres)| id == 1 && metres > 1e5 && metres.is_finite())
        );
        assert!(index.border_m(1, position) > 1e5);
    }
}

#[test]
fn many_points_are_found_as_one_by_one() {
    let index = AreaIndex::new(vec![(7, square(107.0, 16.0, 1.0)), (3, square(108.0, 16.0, 1.0))]);
    let positions: Vec<LonLat> =
        (0..3_000).map(|n| at(106.5 + f64::from(n) * 0.001, 16.5)).collect();
    let one_by_one: Vec<_> = positions.iter().map(|position| index.locate(*position)).collect();
    assert_eq!(index.locate_all(&positions), one_by_one);
}

#[test]
fn an_empty_index_knows_nothing() {
    let index = AreaIndex::new(vec![(1, MultiPolygon(Vec::new()))]);
    assert_eq!(index.locate(at(107.0, 16.0)), None);
    assert_eq!(index.nearest(at(107.0, 16.0)), None);
    assert!(index.distance_m(1, at(107.0, 16.0)).is_infinite());
}

#[test]
fn a_hole_is_outside_and_its_rim_inside() {
    let mut area = square(107.0, 16.0, 1.0);
    let hole = square(107.4, 16.4, 0.2).0.remove(0);
    area.0[0].interiors_push(hole.exterior().clone());
    let index = AreaIndex::new(vec![(1, area)]);
    assert_eq!(index.locate(at(107.5, 16.5)), None);
    assert_eq!(index.locate(at(107.4, 16.5)), Some(1));
    let metres = index.distance_m(1, at(107.5, 16.5));
    let expected = Geodesic.distance(Point::new(107.5, 16.5), Point::new(107.4, 16.5));
    assert!((metres - expected).abs() < 1.0, "{metres} against {expected}");
}

#[test]
fn metres_outside_an_area_are_those_of_the_geodesic() {
    let index = AreaIndex::new(vec![(1, square(107.0, 16.0, 0.5)), (2, square(107.7, 16.0, 0.5))]);
    let position = at(107.503, 16.2);
    let expected = Geodesic.distance(Point::new(107.503, 16.2), Point::new(107.5, 16.2));
    assert!((index.distance_m(1, position) - expected).abs() < 0.01);
    assert!(index.distance_m(1, at(107.2, 16.2)).abs() < f64::EPSILON);
    let (id, metres) = index.nearest(position).expect("there are areas");
    assert_eq!(id, 1);
    assert!((metres - expected).abs() < 0.01);
    assert_eq!(index.nearest(at(107.8, 16.2)), Some((2, 0.0)));
}

/// A polygon that sees all its corners from its middle.
fn star() -> impl Strategy<Value = MultiPolygon<f64>> {
    let corners = prop::collection::vec(0.05..1.0_f64, 3..40);
    (107.0..108.0, 16.0..17.0, corners).prop_map(|(x, y, radii)| {
        let step = std::f64::consts::TAU / radii.len() as f64;
        let ring = radii.iter().enumerate().map(|(turn, radius)| {
            let (sin, cos) = (step * turn as f64).sin_cos();
            Coord { x: x + 0.4 * radius * cos, y: y + 0.4 * radius * sin }
        });
        MultiPolygon(vec![Polygon::new(ring.collect(), Vec::new())])
    })
}

/// A triangle with corners on eighths, whose borders points on eighths often hit.
fn triangle() -> impl Strategy<Value = MultiPolygon<f64>> {
    let corner = || (0..16_i32, 0..16_i32);
    [corner(), corner(), corner()]
        .prop_filter("the corners span a triangle", |[a, b, c]| {
            (b.0 - a.0) * (c.1 - a.1) != (b.1 - a.1) * (c.0 - a.0)
        })
        .prop_map(|corners| {
            let ring = corners.map(|(x, y)| Coord { x: eighth(x), y: eighth(y) });
            MultiPolygon(vec![Polygon::new(ring.to_vec().into(), Vec::new())])
        })
}

fn eighth(value: i32) -> f64 {
    f64::from(value) / 8.0
}

proptest! {
    // A raster is laid for each case.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn overlapping_stars_are_found_as_by_testing_each(
        shapes in prop::collection::vec(star(), 1..12),
        points in prop::collection::vec((106.5..108.5, 15.5..17.5), 200),
    ) {
        let areas: Vec<_> = (10..).zip(shapes).collect();
        let index = AreaIndex::new(areas.clone());
        let corners = areas.iter().flat_map(|(_, shape)| shape.0[0].exterior().coords());
        for (x, y) in points.into_iter().chain(corners.map(|corner| (corner.x, corner.y))) {
            prop_assert_eq!(index.locate(at(x, y)), slow(&areas, x, y), "at {} {}", x, y);
        }
    }

    #[test]
    fn points_on_borders_are_found_as_by_testing_each(
        shapes in prop::collection::vec(triangle(), 1..8)
    ) {
        let areas: Vec<_> = (0..).zip(shapes).collect();
        let index = AreaIndex::new(areas.clone());
        for (x, y) in (-1..17).flat_map(|x| (-1..17).map(move |y| (eighth(x), eighth(y)))) {
            prop_assert_eq!(index.locate(at(x, y)), slow(&areas, x, y), "at {} {}", x, y);
            for (id, shape) in &areas {
                let inside = shape.intersects(&point!(x: x, y: y));
                prop_assert_eq!(index.distance_m(*id, at(x, y)) == 0.0, inside);
                let border_m = index.border_m(*id, at(x, y));
                let outside_m = index.distance_m(*id, at(x, y));
                prop_assert!(inside || (border_m - outside_m).abs() < 1e-9);
                let strictly = shape.contains(&point!(x: x, y: y));
                // Arithmetic puts a point on a border within a micrometre of it.
                prop_assert_eq!(border_m > 1e-6, strictly || !inside, "at {} {}", x, y);
            }
        }
    }

    #[test]
    fn the_nearest_area_is_the_least_distance_of_all(
        shapes in prop::collection::vec(star(), 1..12), x in 106.0..109.0, y in 15.0..18.0
    ) {
        let areas: Vec<_> = (1..).zip(shapes).collect();
        let index = AreaIndex::new(areas);
        let least = index.ids().map(|id| index.distance_m(id, at(x, y))).fold(f64::INFINITY, f64::min);
        let (id, metres) = index.nearest(at(x, y)).expect("there are areas");
        prop_assert!((metres - least).abs() < 1e-6);
        prop_assert!((index.distance_m(id, at(x, y)) - least).abs() < 1e-6);
        prop_assert_eq!(index.nearest_within(at(x, y), metres), Some((id, metres)));
        prop_assert!(metres <= 0.0 || index.nearest_within(at(x, y), metres * 0.999).is_none());
    }
}
