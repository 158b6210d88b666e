use super::*;
use geo::{Area, Validation};
use proptest::prelude::*;

/// Side of the squares, degrees: about a kilometre.
const SIDE: f64 = 0.01;
/// Where the squares begin.
const ORIGIN: (f64, f64) = (107.5, 16.5);

fn at(x: f64, y: f64) -> Coord<f64> {
    Coord { x: ORIGIN.0 + x * SIDE, y: ORIGIN.1 + y * SIDE }
}

fn ring(points: &[(f64, f64)]) -> LineString<f64> {
    points.iter().map(|(x, y)| at(*x, *y)).collect()
}

fn area(code: &str, points: &[(f64, f64)]) -> (String, MultiPolygon<f64>) {
    (code.to_owned(), MultiPolygon::new(vec![Polygon::new(ring(points), Vec::new())]))
}

fn block(code: &str, from: (f64, f64), to: (f64, f64)) -> (String, MultiPolygon<f64>) {
    area(code, &[from, (to.0, from.1), to, (from.0, to.1)])
}

/// A square with side of one unit is about 1.18 km².
fn squares_m2(n: f64) -> f64 {
    let degree = DegreeLength::at(ORIGIN.1);
    n * SIDE * SIDE * degree.lon_m * degree.lat_m
}

#[track_caller]
fn assert_near(actual_m2: f64, squares: f64) {
    let expected = squares_m2(squares);
    assert!(
        (actual_m2 - expected).abs() < 0.002 * expected + 1.0,
        "{actual_m2} m², not {expected} m²"
    );
}

#[track_caller]
fn mended(areas: Vec<(String, MultiPolygon<f64>)>) -> (Vec<MultiPolygon<f64>>, Vec<RepairAction>) {
    let (areas, actions) = repair(areas, &RepairOptions::default());
    let report = inspect(&areas);
    assert!(report.is_clean(), "{report:?}");
    for (code, shape) in &areas {
        assert!(shape.is_valid(), "{code}: {:?}", shape.check_validation());
    }
    (areas.into_iter().map(|(_, shape)| shape).collect(), actions)
}

#[test]
fn squares_side_by_side_are_clean_whichever_way_they_run() {
    let mut areas = vec![block("a", (0.0, 0.0), (1.0, 1.0)), block("b", (1.0, 0.0), (2.0, 1.0))];
    assert!(inspect(&areas).is_clean());
    areas[1] = area("b", &[(1.0, 0.0), (1.0, 1.0), (2.0, 1.0), (2.0, 0.0)]);
    assert!(inspect(&areas).is_clean());
    assert_eq!(repair(areas.clone(), &RepairOptions::default()), (areas, Vec::new()));
}

#[test]
fn an_overlap_is_told_with_its_area_and_stays_with_the_smaller_area() {
    let areas = vec![block("a", (0.0, 0.0), (3.0, 1.0)), block("b", (2.5, 0.0), (4.0, 1.0))];
    let report = inspect(&areas);
    assert_eq!((report.overlaps[0].a.as_str(), report.overlaps[0].b.as_str()), ("a", "b"));
    assert_near(report.overlaps[0].area_m2, 0.5);
    let (shapes, actions) = mended(areas);
    assert_near(area_m2(&shapes[0]), 2.5);
    assert_near(area_m2(&shapes[1]), 1.5);
    assert_eq!(actions.len(), 1);
    assert_eq!(
        (actions[0].code.as_str(), &actions[0].kind),
        ("a", &RepairKind::GaveUp { to: "b".into() })
    );
}

#[test]
fn of_equal_areas_the_lower_code_keeps_the_overlap() {
    let areas = vec![block("b", (0.0, 0.0), (2.0, 1.0)), block("a", (1.5, 0.0), (3.5, 1.0))];
    let (shapes, _) = mended(areas);
    assert_near(area_m2(&shapes[0]), 1.5);
    assert_near(area_m2(&shapes[1]), 2.0);
}

#[test]
fn an_area_within_another_is_not_lost() {
    let areas = vec![block("a", (0.0, 0.0), (3.0, 3.0)), block("b", (1.0, 1.0), (2.0, 2.0))];
    let (shapes, _) = mended(areas);
    assert_near(area_m2(&shapes[0]), 8.0);
    assert_near(area_m2(&shapes[1]), 1.0);
}

#[test]
fn ground_of_three_areas_goes_to_the_smallest_once() {
    let areas = vec![
        block("a", (0.0, 0.0), (3.0, 1.0)),
        block("b", (2.0, 0.0), (4.0, 1.0)),
        block("c", (2.0, 0.0), (3.0, 1.0)),
    ];
    let (shapes, actions) = mended(areas);
    assert_near(area_m2(&shapes[0]), 2.0);
    assert_near(area_m2(&shapes[1]), 1.0);
    assert_near(area_m2(&shapes[2]), 1.0);
    assert_near(actions.iter().map(|a| a.area_m2).sum(), 2.0);
}

/// Four blocks around an opening of `width` by 1; "south" has the longest border with a wide one.
fn around(width: f64) -> Vec<(String, MultiPolygon<f64>)> {
    vec![
        block("west", (0.0, 0.0), (1.0, 1.0)),
        block("east", (1.0 + width, 0.0), (3.0, 1.0)),
        block("north", (0.0, 1.0), (3.0, 2.0)),
        area("south", &[(0.0, -1.0), (3.0, -1.0), (3.0, 0.0), (0.0, 0.0)]),
    ]
}

#[test]
fn a_small_gap_goes_to_the_neighbour_with_the_longest_border() {
    let areas = around(0.2);
    let report = inspect(&areas);
    assert_eq!(report.gaps.len(), 1);
    assert_near(report.gaps[0].area_m2, 0.2);
    assert_eq!(report.gaps[0].neighbours.len(), 4);
    assert_eq!(
        report.gaps[0].neighbours[..2],
        ["west", "east"],
        "equal ones in the order of the list"
    );
    let (shapes, actions) = mended(areas);
    assert_near(area_m2(&shapes[0]), 1.2);
    assert_eq!((actions[0].code.as_str(), &actions[0].kind), ("west", &RepairKind::Filled));
}

#[test]
fn a_large_gap_stays_and_stays_reported() {
    let areas = around(1.5);
    let (same, actions) = repair(areas.clone(), &RepairOptions::default());
    assert_eq!((&same, actions.as_slice()), (&areas, &[][..]));
    let gaps = inspect(&same).gaps;
    assert_eq!(gaps[0].neighbours[..2], ["south", "north"], "nearer the equator is longer");
    let (filled, _) = repair(areas, &RepairOptions { max_gap_m2: 1e7 });
    assert!(inspect(&filled).is_clean());
}

#[test]
fn a_bay_open_to_the_outside_is_no_gap() {
    let mut areas = around(0.2);
    areas.pop();
    assert!(inspect(&areas).is_clean());
}

#[test]
fn an_island_in_a_gap_is_not_counted_as_gap() {
    let mut areas = around(1.5);
    areas.push(block("island", (1.5, 0.25), (2.0, 0.75)));
    let gaps = inspect(&areas).gaps;
    assert_near(gaps[0].area_m2, 1.25);
    assert!(gaps[0].neighbours.contains(&"island".to_owned()));
}

#[track_caller]
fn check_fault(shape: MultiPolygon<f64>, expected: &str, squares: f64) {
    let areas = vec![("a".to_owned(), shape)];
    let report = inspect(&areas);
    let reasons: Vec<String> = report.invalid.iter().map(|i| format!("{:?}", i.reason)).collect();
    assert!(
        reasons.iter().any(|r| r.starts_with(expected)),
        "{reasons:?} tell nothing of {expected}"
    );
    let (shapes, actions) = mended(areas);
    assert_near(area_m2(&shapes[0]), squares);
    assert!(matches!(actions[0].kind, RepairKind::Mended(_)));
}

#[test]
fn a_bow_tie_becomes_its_two_triangles() {
    let (_, shape) = area("a", &[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]);
    check_fault(shape, "Crossing", 0.5);
}

#[test]
fn a_spike_is_cut_off() {
    let (_, shape) =
        area("a", &[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (1.0, 3.0), (1.0, 1.0), (0.0, 1.0)]);
    check_fault(shape, "Crossing", 1.0);
}

#[test]
fn a_ring_that_winds_twice_counts_its_ground_once() {
    let once = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let (_, shape) = area("a", &[once, once].concat());
    check_fault(shape, "Crossing", 1.0);
}

#[test]
fn a_hole_outside_its_polygon_is_left_out() {
    let hole = ring(&[(2.0, 0.0), (3.0, 0.0), (3.0, 1.0), (2.0, 1.0)]);
    let outer = ring(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]);
    check_fault(MultiPolygon::new(vec![Polygon::new(outer, vec![hole])]), "Nesting", 1.0);
}

#[test]
fn parts_that_overlap_or_repeat_are_joined() {
    let (_, mut shape) = block("a", (0.0, 0.0), (2.0, 2.0));
    shape.0.extend(block("a", (1.0, 1.0), (3.0, 3.0)).1);
    check_fault(shape.clone(), "Crossing", 7.0);
    shape.0[1] = block("a", (0.5, 0.5), (1.0, 1.0)).1.0.remove(0);
    check_fault(shape, "Nesting", 4.0);
}

#[test]
fn repeated_points_and_points_that_are_no_degrees_are_left_out() {
    let (_, shape) = area("a", &[(0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]);
    check_fault(shape, "RepeatedPoints(1)", 1.0);
    let (_, mut shape) = block("a", (0.0, 0.0), (1.0, 1.0));
    let mut points = shape.0[0].exterior().0.clone();
    points.insert(2, Coord { x: f64::NAN, y: 16.5 });
    points.insert(2, Coord { x: 553_801.9, y: 1_833_104.4 });
    shape.0[0] = Polygon::new(LineString::new(points), Vec::new());
    check_fault(shape, "NotDegrees(2)", 1.0);
}

#[test]
fn a_sliver_ring_of_two_points_is_dropped_and_the_rest_kept() {
    let (_, mut shape) = block("a", (0.0, 0.0), (1.0, 1.0));
    shape.0.push(Polygon::new(ring(&[(2.0, 2.0), (3.0, 3.0)]), Vec::new()));
    check_fault(shape, "TooFewPoints(1)", 1.0);
}

#[test]
fn an_area_without_any_usable_ring_stays_reported() {
    let (areas, actions) =
        repair(vec![area("a", &[(0.0, 0.0), (1.0, 1.0)])], &RepairOptions::default());
    assert!(areas[0].1.0.is_empty());
    assert_eq!(
        actions.last().map(|a| (&a.kind, a.at)),
        Some((&RepairKind::Mended(RingFault::Empty), None))
    );
    assert_eq!(inspect(&areas).invalid[0].reason, RingFault::Empty);
}

#[test]
fn an_action_reads_as_a_sentence_in_both_languages() {
    let action = RepairAction {
        code: "20001".into(),
        kind: RepairKind::GaveUp { to: "20002".into() },
        area_m2: 12.4,
        at: LonLat::new(107.5, 16.5).ok(),
    };
    assert_eq!(
        action.to_string(),
        "20001: nhường 12 m² cho 20002 / overlap given up to 20002, 16.5000000, 107.5000000"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn repair_leaves_no_overlap_keeps_all_ground_and_then_has_nothing_to_do(
        blocks in prop::collection::vec(((0.0..4.0_f64, 0.0..4.0_f64), (0.2..2.0_f64, 0.2..2.0_f64)), 1..9)
    ) {
        let areas: Vec<_> = blocks
            .iter()
            .enumerate()
            .map(|(i, ((x, y), (w, h)))| block(&i.to_string(), (*x, *y), (x + w, y + h)))
            .collect();
        let before: Vec<_> = areas.iter().map(|(_, shape)| shape.clone()).collect();
        let (areas, _) = repair(areas, &RepairOptions { max_gap_m2: 1e9 });
        let report = inspect(&areas);
        prop_assert!(report.overlaps.is_empty() && report.gaps.is_empty(), "{report:?}");
        let sum: f64 = areas.iter().map(|(_, shape)| shape.unsigned_area()).sum();
        let union = geo::unary_union(&before);
        let filled: f64 = union.iter().map(|p| Polygon::new(p.exterior().clone(), vec![]).unsigned_area()).sum();
        let ground = union.unsigned_area();
        prop_assert!(sum >= ground - 1e-9 && sum <= filled + 1e-9, "{ground} ≤ {sum} ≤ {filled}");
    }
}
