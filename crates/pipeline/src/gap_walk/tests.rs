//! Hints and walks, by example and by any village.

use super::*;
use proptest::prelude::*;

fn at(east_m: f64, north_m: f64) -> LonLat {
    let degree = DegreeLength::at(16.5);
    LonLat::new(107.5 + east_m / degree.lon_m, 16.5 + north_m / degree.lat_m).expect("on the globe")
}

fn covered<'a>(id: &'a str, head: &'a str, address: &'a str, point: LonLat) -> WalkHousehold<'a> {
    WalkHousehold { id, head, address, point: Some(point), suggested: None, covered: true }
}

fn gap<'a>(id: &'a str, address: &'a str) -> WalkHousehold<'a> {
    WalkHousehold {
        id, head: "Trần Thị B", address, point: None, suggested: None, covered: false
    }
}

/// The hint for the only gap among households of a street that runs north.
#[track_caller]
fn check(address: &str, expected: &str) {
    let households = [
        covered("1", "Nguyễn Văn Hùng", "10 Tố Hữu", at(0.0, 100.0)),
        covered("2", "Lê Thị Mai", "20 Tố Hữu", at(0.0, 200.0)),
        covered("3", "Phan Hoà", "11 Tố Hữu", at(30.0, 100.0)),
        covered("4", "Hồ Đắc Ý", "5 kiệt 22 Tố Hữu", at(-400.0, 300.0)),
        gap("5", address),
    ];
    let hints = gap_hints(&households, Some(at(1_500.0, 0.0)));
    assert_eq!((hints.len(), hints[0].household, hints[0].walk), (1, 4, 1));
    assert_eq!(hints[0].vi(), expected);
}

#[test]
fn a_house_is_looked_for_between_the_numbers_of_its_side() {
    check("Số 14 đường Tố Hữu", "cách nhà ông N. V. H. 40 m về phía Bắc (theo số nhà lân cận)");
    check("20 Tố Hữu", "cạnh nhà bà L. T. M. (theo số nhà lân cận)");
    check("13 Tố Hữu", "cạnh nhà ông/bà P. H. (theo số nhà lân cận)");
    check("22/5 Tố Hữu", "cạnh nhà ông/bà H. Đ. Ý. (theo số nhà lân cận)");
}

#[test]
fn numbers_far_apart_say_nothing_and_the_street_does() {
    check("400 Tố Hữu", "cạnh nhà ông N. V. H. (theo đường/xóm)");
    check("Tố Hữu", "cạnh nhà ông N. V. H. (theo đường/xóm)");
}

#[test]
fn without_a_street_it_is_the_centre_of_the_village() {
    check("", "cách nhà ông/bà P. H. 1,5 km về phía Đông (giữa thôn)");
    check("3 Lê Lợi", "cách nhà ông/bà P. H. 1,5 km về phía Đông (giữa thôn)");
    let alone = [gap("1", "")];
    let hints = gap_hints(&alone, Some(at(0.0, 0.0)));
    assert_eq!((hints[0].vi(), hints[0].en()), ("giữa thôn".into(), "the village's centre".into()));
    let hints = gap_hints(&alone, None);
    assert_eq!((hints[0].vi(), hints[0].walk), (String::new(), 1));
}

#[test]
fn its_own_submission_comes_before_all() {
    let households = [
        covered("1", "Nguyễn Văn Hùng", "10 Tố Hữu", at(0.0, 0.0)),
        WalkHousehold { point: Some(at(85.0, 85.0)), ..gap("2", "10 Tố Hữu") },
    ];
    let hint = &gap_hints(&households, None)[0];
    assert_eq!(hint.vi(), "cách nhà ông N. V. H. 120 m về phía Đông Bắc (theo phiếu đang chờ)");
    assert_eq!(hint.en(), "120 m north-east of the house of N. V. H. (by its own submission)");
}

#[test]
fn the_address_of_a_submission_counts_where_it_tells_more_than_the_village() {
    let suggested = |class| SuggestedPosition::new(at(60.0, 80.0), 70.0, class);
    let households = |class| {
        [
            covered("1", "Nguyễn Văn Hùng", "", at(0.0, 0.0)),
            covered("2", "Lê Thị Mai", "", at(-400.0, 0.0)),
            WalkHousehold { suggested: Some(suggested(class)), ..gap("3", "9 Tố Hữu") },
        ]
    };
    let by_number = &gap_hints(&households(PrecisionClass::C), Some(at(0.0, 0.0)))[0];
    assert_eq!(
        by_number.vi(),
        "cách nhà ông N. V. H. 100 m về phía Đông Bắc (theo địa chỉ trên phiếu)"
    );
    assert_eq!((by_number.basis, by_number.radius_m), (Basis::Address, Some(70.0)));
    // A village's middle is known better by its houses.
    let by_village = &gap_hints(&households(PrecisionClass::D), Some(at(0.0, 0.0)))[0];
    assert_eq!((by_village.basis, by_village.position), (Basis::Village, Some(at(0.0, 0.0))));
    let reach = by_village.radius_m.expect("houses");
    assert!((reach - 450.0).abs() < 1.0, "{reach}");
}

#[test]
fn the_radius_grows_with_what_is_not_known() {
    let radius = |address: &str| {
        let households = [
            covered("1", "A", "10 Tố Hữu", at(0.0, 100.0)),
            covered("2", "B", "20 Tố Hữu", at(0.0, 200.0)),
            covered("3", "C", "60 Tố Hữu", at(0.0, 900.0)),
            gap("4", address),
        ];
        let hint = gap_hints(&households, Some(at(0.0, 400.0))).remove(0);
        (hint.basis, hint.radius_m.expect("houses").round())
    };
    assert_eq!(radius("20 Tố Hữu"), (Basis::Numbers, 25.0));
    assert_eq!(radius("14 Tố Hữu"), (Basis::Numbers, 60.0));
    assert_eq!(radius("64 Tố Hữu"), (Basis::Numbers, 57.0));
    assert_eq!(radius("Tố Hữu").0, Basis::Street);
    let (street, village) = (radius("Tố Hữu").1, radius("").1);
    assert!(street > 600.0 && village > 500.0, "{street} {village}");
}

#[test]
fn gaps_are_walked_along_the_street() {
    let addresses: Vec<String> = (1..=9).map(|n| format!("{} Tố Hữu", n * 10)).collect();
    let mut households = vec![
        covered("a", "A", "2 Tố Hữu", at(0.0, 0.0)),
        covered("b", "B", "30 Tố Hữu", at(0.0, 300.0)),
        covered("c", "C", "60 Tố Hữu", at(0.0, 600.0)),
        covered("d", "D", "92 Tố Hữu", at(0.0, 920.0)),
    ];
    for n in [4, 8, 1, 6, 3, 9, 2, 7, 5] {
        households.push(gap(&addresses[n - 1][..2], &addresses[n - 1]));
    }
    let hints = gap_hints(&households, None);
    let mut walked: Vec<(u32, &str)> =
        hints.iter().map(|hint| (hint.walk, households[hint.household].id)).collect();
    walked.sort_unstable();
    let ids: Vec<&str> = walked.into_iter().map(|(_, id)| id).collect();
    let along = ["10", "20", "30", "40", "50", "60", "70", "80", "90"];
    assert!(ids == along || ids.iter().rev().eq(&along), "{ids:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hints_do_not_depend_on_the_order_and_number_every_gap_once(
        raw in prop::collection::vec(
            (any::<bool>(), 0_u8..3, 0_u32..60, prop::option::of((-500.0..500.0_f64, -500.0..500.0_f64))), 1..60
        ),
        by in 0_usize..60,
    ) {
        let ids: Vec<String> = (0..raw.len()).map(|n| format!("H{n:03}")).collect();
        let lines: Vec<String> = raw
            .iter()
            .map(|(_, street, number, _)| match street {
                0 => String::new(),
                1 => format!("{number} Tố Hữu"),
                _ => format!("Xóm {}", number % 4),
            })
            .collect();
        let mut households: Vec<WalkHousehold<'_>> = (0..raw.len())
            .map(|n| WalkHousehold {
                id: &ids[n], head: "Nguyễn Văn An", address: &lines[n],
                point: raw[n].3.map(|(x, y)| at(x, y)).filter(|_| raw[n].0 || n % 3 > 0),
                suggested: raw[n].3.map(|(x, y)| {
                    let class = [PrecisionClass::C, PrecisionClass::D][n % 2];
                    SuggestedPosition::new(at(y, x), 40.0 + n as f64, class)
                }),
                covered: raw[n].0,
            })
            .collect();
        let told = |households: &[WalkHousehold<'_>]| {
            let hints = gap_hints(households, Some(at(0.0, 0.0)));
            let mut walks: Vec<u32> = hints.iter().map(|hint| hint.walk).collect();
            walks.sort_unstable();
            assert_eq!(walks, (1..=hints.len() as u32).collect::<Vec<_>>());
            let mut told: Vec<_> = hints
                .iter()
                .map(|hint| (households[hint.household].id.to_owned(), hint.walk, hint.vi(), hint.position, hint.radius_m))
                .collect();
            told.sort_by(|a, b| a.0.cmp(&b.0));
            told
        };
        let first = told(&households);
        let by = by % households.len();
        households.rotate_left(by);
        prop_assert_eq!(first, told(&households));
    }
}
