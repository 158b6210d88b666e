use std::sync::LazyLock;

use super::*;
use crate::Reference;

const TODAY: Date = Date::constant(2026, 1, 1);

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

fn units() -> &'static Units {
    &REFERENCE.units
}

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

/// One commune version under one of its districts: what an address of its days states.
struct Row {
    id: UnitId,
    code: String,
    /// Kind and name.
    full: String,
    bare: String,
    /// Empty from 2025-07-01.
    district: String,
    /// First and last day under that district, today for what still holds.
    days: [Date; 2],
}

/// Every (version, district) pair of every period, oldest version of a code first.
fn rows(units: &Units) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (id, unit) in units.iter().filter(|(_, u)| u.level == Level::Commune) {
        let days = units.reforms().iter().copied().filter(|d| unit.holds_on(*d));
        for from in days {
            let next = units.reforms().iter().copied().find(|d| *d > from);
            let to = next.and_then(|d| d.yesterday().ok()).unwrap_or(TODAY);
            let district = units
                .ancestor(id, Level::District, from)
                .map_or_else(String::new, |d| units.get(d).full_name());
            match rows.last_mut() {
                Some(last) if last.id == id && last.district == district => last.days[1] = to,
                _ => rows.push(Row {
                    id,
                    code: unit.code.to_string(),
                    full: unit.full_name(),
                    bare: unit.name.to_string(),
                    district,
                    days: [from, to],
                }),
            }
        }
    }
    rows
}

/// Asks for every row on both ends of its own days, on each later period and today. No answer may be wrong; `then` is
/// how many rows are decided on their own days, `today` how many today.
#[track_caller]
fn check_all(
    ask: impl Fn(&Gazetteer, &Units, &Row, Date) -> Resolution,
    then: usize,
    today: usize,
) {
    let (units, rows) = (units(), rows(units()));
    let decides = |row: &Row, on: Date| {
        let answer = ask(&REFERENCE.gazetteer, units, row, on);
        let meant = units.at(row.id, on);
        let about = format!("{} {}, {} on {on}: {answer:?}", row.code, row.full, row.district);
        match answer {
            Resolution::Exact(one) | Resolution::Converted(one) => {
                assert_eq!(meant, [one], "{about}");
                true
            }
            Resolution::Ambiguous(several) => {
                assert!(meant.iter().all(|id| several.contains(id)), "{about}");
                assert!(several.len() > 1, "{about}");
                false
            }
            Resolution::Unknown => panic!("{about}"),
        }
    };
    for row in &rows {
        for later in units.reforms().iter().filter(|d| **d > row.days[1]) {
            decides(row, *later);
        }
    }
    let count = |asked: &dyn Fn(&&Row) -> bool| rows.iter().filter(asked).count();
    let counts = (
        count(&|row| row.days.map(|on| decides(row, on)) == [true, true]),
        count(&|row| decides(row, TODAY)),
    );
    assert_eq!(counts, (then, today), "of {}", rows.len());
}

#[test]
fn the_units_of_all_periods_make_271_rows() {
    let units = units();
    let rows = rows(units);
    let named: BTreeSet<_> = rows.iter().map(|r| (&r.code, &r.full, &r.district)).collect();
    let historic = named.iter().filter(|(_, _, district)| !district.is_empty()).count();
    assert_eq!((historic, named.len() - historic), (231, 40));
}

#[test]
fn code_name_and_district_decide_every_row() {
    check_all(|g, u, r, on| g.resolve_coded(u, &r.code, &r.full, &r.district, on), 274, 274);
}

#[test]
fn a_missing_district_is_made_up_for_by_the_code() {
    check_all(|g, u, r, on| g.resolve_coded(u, &r.code, &r.full, "", on), 274, 274);
}

#[test]
fn a_missing_code_leaves_two_names_open() {
    // Open: today's Xã Phú Vinh, which has no district, and Xã Hương Phong in what "Thành phố Huế" was before 2025.
    check_all(|g, u, r, on| g.resolve(u, &r.full, &r.district, on), 273, 272);
}

#[test]
fn a_full_name_alone_is_right_or_ambiguous() {
    check_all(|g, u, r, on| g.resolve(u, &r.full, "", on), 270, 269);
}

#[test]
fn a_bare_name_alone_is_right_or_ambiguous() {
    check_all(|g, u, r, on| g.resolve(u, &r.bare, "", on), 263, 261);
}

#[test]
fn a_code_alone_decides_every_row() {
    check_all(|g, u, r, on| g.resolve(u, &r.code, "", on), 274, 274);
}

#[test]
fn names_without_accents_are_right_or_ambiguous() {
    let fold = diachiso_text::fold::unaccent_key;
    check_all(|g, u, r, on| g.resolve(u, &fold(&r.full), &fold(&r.district), on), 270, 269);
    check_all(|g, u, r, on| g.resolve(u, &fold(&r.bare), "", on), 260, 257);
}

#[test]
fn units_are_found_by_the_names_they_took_later() {
    // An address collected before a reform may have been rewritten since.
    let (units, rows) = (units(), rows(units()));
    let gazetteer = &REFERENCE.gazetteer;
    for row in &rows {
        for before in units.reforms().iter().filter(|d| **d < row.days[0]) {
            let meant = units.at(row.id, *before);
            let found = match gazetteer.resolve_coded(units, &row.code, &row.full, "", *before) {
                Resolution::Exact(one) | Resolution::Converted(one) => vec![one],
                Resolution::Ambiguous(several) => several,
                Resolution::Unknown => Vec::new(),
            };
            // A name borne then is taken at its word, though the later bearer took in others too.
            assert!(found.iter().any(|id| meant.contains(id)), "{} on {before}", row.full);
        }
    }
}

/// Asks for a name on a day; `expected` lists codes and full names, with `=` before a unit that bears the name then.
#[track_caller]
fn check_name(commune: &str, district: &str, on: &str, expected: &[&str]) {
    let units = units();
    let resolution = REFERENCE.gazetteer.resolve(units, commune, district, day(on));
    assert_eq!(told(units, resolution), expected, "{commune}, {district} on {on}");
}

#[track_caller]
fn check_coded(code: &str, commune: &str, on: &str, expected: &[&str]) {
    let units = units();
    let resolution = REFERENCE.gazetteer.resolve_coded(units, code, commune, "", day(on));
    assert_eq!(told(units, resolution), expected, "{code} {commune} on {on}");
}

fn told(units: &Units, resolution: Resolution) -> Vec<String> {
    let name = |id: UnitId| format!("{} {}", units.get(id).code, units.get(id).full_name());
    match resolution {
        Resolution::Unknown => Vec::new(),
        Resolution::Exact(one) => vec![format!("={}", name(one))],
        Resolution::Converted(one) => vec![name(one)],
        Resolution::Ambiguous(several) => several.into_iter().map(name).collect(),
    }
}

#[test]
fn an_old_name_that_another_unit_bears_today_needs_its_district() {
    let old = "20071 Xã A Lưới 3";
    let new = "19945 Xã Phú Vinh";
    check_name("Xã Phú Vinh", "Huyện A Lưới", "2025-06-30", &["=20074 Xã Phú Vinh"]);
    check_name("Xã Phú Vinh", "Huyện A Lưới", "2025-07-01", &[old]);
    check_name("Xã Phú Vinh", "", "2025-06-30", &["=20074 Xã Phú Vinh"]);
    check_name("Xã Phú Vinh", "", "2025-07-01", &[new, old]);
    // The old district of the communes that the new one was made of.
    check_name("Xã Phú Vinh", "Phú Vang", "2026-01-01", &["=19945 Xã Phú Vinh"]);
    check_name("Phú Vinh, huyện A Lưới", "", "2026-01-01", &[old]);
    check_name("Phú Vinh (A Lưới)", "", "2026-01-01", &[old]);
}

#[test]
fn the_kind_parts_names_that_the_date_does_not() {
    let (old, new) = ("19918 Xã Phú Hồ", "19753 Phường Phú Xuân");
    check_name("Phường Phú Xuân", "", "2026-01-01", &["=19753 Phường Phú Xuân"]);
    check_name("Xã Phú Xuân", "", "2026-01-01", &[old]);
    check_name("Phú Xuân", "", "2026-01-01", &[new, old]);
    check_name("Phú Xuân", "Phú Vang", "2026-01-01", &[old]);
    check_name("Phú Xuân", "", "2025-06-30", &["=19918 Xã Phú Xuân"]);
}

#[test]
fn homonyms_of_one_day_need_their_district_or_kind() {
    let (trad, luoi) = ("20002 Xã Hương Phong", "20080 Xã Hương Phong");
    check_name("Hương Phong", "", "2015-01-01", &[trad, luoi]);
    check_name("Hương Phong", "TX Hương Trà", "2015-01-01", &["=20002 Xã Hương Phong"]);
    check_name("Hương Phong", "A Lưới", "2015-01-01", &["=20080 Xã Hương Phong"]);
    check_name("Phường Hương Phong", "", "2025-03-01", &["=20002 Phường Hương Phong"]);
    check_name("Xã Hương Phong", "", "2026-01-01", &["20014 Phường Hóa Châu", "20101 Xã A Lưới 4"]);
    check_name("Phường Phú Thuận", "", "2015-01-01", &["=19744 Phường Phú Thuận"]);
    check_name("Xã Phú Thuận", "", "2015-01-01", &["=19903 Xã Phú Thuận"]);
    check_name("P. Hương Xuân", "", "2022-01-01", &["=20017 Phường Hương Xuân"]);
    check_name("Hương Xuân", "Nam Đông", "2022-01-01", &["=20179 Xã Hương Xuân"]);
    // Before 2020 there was one only.
    check_name("Hương Xuân", "", "2019-12-31", &["=20017 Phường Hương Xuân"]);
}

#[test]
fn the_city_that_became_the_province_narrows_nothing() {
    check_name("Xã Phú Thuận", "Thành phố Huế", "2025-03-01", &["=19903 Xã Phú Thuận"]);
    let both = ["19762 Phường Thuận Hòa", "19903 Xã Phú Thuận", "19750 Phường Tây Lộc"];
    let mut sorted = both;
    sorted.sort_unstable();
    check_name("Phú Thuận", "Thành phố Huế", "2025-03-01", &sorted);
    check_name("Phú Thuận", "Thành phố Huế", "2020-06-01", &["=19744 Phường Phú Thuận"]);
}

#[test]
fn a_split_unit_is_ambiguous_until_its_parts_meet_again() {
    let parts = ["19750 Phường Tây Lộc", "19762 Phường Thuận Hòa"];
    check_name("Phường Phú Thuận", "", "2021-06-30", &["=19744 Phường Phú Thuận"]);
    check_name("Phường Phú Thuận", "", "2021-07-01", &parts);
    check_name("19744", "", "2021-07-01", &parts);
    check_name("Phường Phú Thuận", "", "2025-07-01", &["19753 Phường Phú Xuân"]);
}

#[test]
fn a_code_given_to_another_name_means_the_unit_of_the_day() {
    check_name("19867", "", "2025-06-30", &["=19867 Thị trấn Sịa"]);
    check_name("19867", "", "2025-07-01", &["=19867 Xã Quảng Điền"]);
    check_coded("19867", "Thị trấn Sịa", "2026-01-01", &["19867 Xã Quảng Điền"]);
    check_coded("19801", "Phường An Cựu", "2026-01-01", &["19815 Phường An Cựu"]);
    check_coded("19815", "Phường An Cựu", "2026-01-01", &["=19815 Phường An Cựu"]);
    check_coded("19815", "Phường An Đông", "2026-01-01", &["19815 Phường An Cựu"]);
    check_coded("20074", "Xã Phú Vinh", "2026-01-01", &["20071 Xã A Lưới 3"]);
    check_coded("19945", "Xã Phú Vinh", "2026-01-01", &["=19945 Xã Phú Vinh"]);
}

#[test]
fn a_code_and_a_name_that_contradict_each_other_decide_nothing() {
    check_coded(
        "19870",
        "Xã Quảng Phú",
        "2022-01-01",
        &["19870 Xã Quảng Thái", "19897 Xã Quảng Phú"],
    );
    // Both are parts of one unit today.
    check_coded("19867", "Xã Quảng Phước", "2026-01-01", &["=19867 Xã Quảng Điền"]);
    check_coded("19870", "Quãng Thay", "2022-01-01", &["=19870 Xã Quảng Thái"]);
    check_coded("", "Xã Quảng Thái", "2022-01-01", &["=19870 Xã Quảng Thái"]);
    check_coded("99999", "Xã Quảng Thái", "2022-01-01", &["=19870 Xã Quảng Thái"]);
    check_coded("19870", "", "2022-01-01", &["=19870 Xã Quảng Thái"]);
}

#[test]
fn names_that_differ_by_a_mark_part_where_the_mark_is_written() {
    check_name("Phường Thuận Hóa", "", "2026-01-01", &["=19789 Phường Thuận Hóa"]);
    check_name("Phường Thuận Hoà", "", "2026-01-01", &["19753 Phường Phú Xuân"]);
    let both = ["19753 Phường Phú Xuân", "19789 Phường Thuận Hóa"];
    check_name("Phuong Thuan Hoa", "", "2026-01-01", &both);
    check_name("Phường Hương Vân", "", "2022-01-01", &["=20008 Phường Hương Vân"]);
    check_name("Phường Hương Văn", "", "2022-01-01", &["=20011 Phường Hương Văn"]);
    check_name(
        "P. Huong Van",
        "",
        "2022-01-01",
        &["20008 Phường Hương Vân", "20011 Phường Hương Văn"],
    );
    check_name("P. Huong Van", "", "2026-01-01", &["19996 Phường Hương Trà"]);
}

#[test]
fn a_name_of_a_district_is_ambiguous_before_a_commune_bears_it() {
    check_name("Xã Phú Vang", "", "2026-01-01", &["=19942 Xã Phú Vang"]);
    check_name("Phú Lộc", "", "2022-01-01", &["=20107 Thị trấn Phú Lộc"]);
    let units = units();
    let inside = |on: Date| -> Vec<UnitId> {
        let district = |id| units.ancestor(id, Level::District, on);
        let named = |id| district(id).is_some_and(|d| &*units.get(d).name == "Phú Vang");
        units.on(Level::Commune, on).map(|(id, _)| id).filter(|id| named(*id)).collect()
    };
    let on = day("2022-01-01");
    let answer = REFERENCE.gazetteer.resolve(units, "Phú Vang", "", on);
    assert_eq!(answer, Resolution::Ambiguous(inside(on)));
}

#[test]
fn the_postal_prefix_decides_between_candidates() {
    let units = units();
    let postal = |code: &str| {
        let id = units.by_code(&code.parse().expect("a code"), day("2022-01-01"));
        units.postal_of(id.expect("a commune")).expect("a postal code")
    };
    let answer = REFERENCE.gazetteer.resolve(units, "Xã Phú Vinh", "", TODAY);
    let Resolution::Ambiguous(several) = answer else { panic!("{answer:?}") };
    for (code, expected) in
        [("20074", Some("Xã A Lưới 3")), ("19945", Some("Xã Phú Vinh")), ("19867", None)]
    {
        let unit = of_postal(units, &several, postal(code), TODAY).map(|id| units.get(id));
        assert_eq!(unit.map(diachiso_model::Unit::full_name).as_deref(), expected, "{code}");
    }
    assert_eq!(of_postal(units, &several, 10_000, TODAY), None);
    // One code for both decides nothing.
    let both = [several[0], several[0]];
    assert_eq!(of_postal(units, &both, postal("19945"), TODAY), None);
}

#[test]
fn what_no_unit_bore_is_unknown() {
    for text in ["", "  ", "Quảng Trị", "12345", "474", "?"] {
        check_name(text, "", "2022-01-01", &[]);
    }
    check_coded("12345", "Quảng Trị", "2022-01-01", &[]);
}

/// A point in each commune of 2021-07-01 to 2024-12-31.
const POINTS: &str = include_str!("../../../../fixtures/units/points.csv");

#[test]
fn the_point_decides_what_the_name_leaves_open() {
    let (units, on) = (units(), day("2022-01-01"));
    let (mut open, mut open_today) = (0, 0);
    for line in POINTS.lines().skip(1) {
        let mut cells = line.split(',');
        let code: UnitCode = cells.next().and_then(|c| c.parse().ok()).expect("a code");
        let mut degrees = || cells.next().and_then(|c| c.parse().ok()).expect("degrees");
        let point = diachiso_model::LonLat::new(degrees(), degrees()).expect("a point");
        let id = units.by_code(&code, on).expect("a commune of that day");
        for (asked, open) in [(on, &mut open), (TODAY, &mut open_today)] {
            let answer = REFERENCE.gazetteer.resolve(units, &units.get(id).name, "", asked);
            if let Resolution::Ambiguous(several) = answer {
                let located = REFERENCE.boundaries.locate(point, asked);
                assert_eq!(units.at(id, asked), located.as_slice(), "{code} on {asked}");
                assert!(located.is_some_and(|id| several.contains(&id)), "{code} on {asked}");
                *open += 1;
            }
        }
    }
    assert_eq!((open, open_today), (5, 7));
}

#[test]
fn a_kind_that_the_old_unit_had_not_leaves_its_numbered_namesakes_open() {
    let numbered = [
        "20044 Xã A Lưới 2",
        "20050 Xã A Lưới 5",
        "20056 Xã A Lưới 1",
        "20071 Xã A Lưới 3",
        "20101 Xã A Lưới 4",
    ];
    let on = day("2026-03-01");
    let ask = |text: &str| REFERENCE.gazetteer.resolve(units(), text, "", on);
    let Resolution::Ambiguous(several) = ask("Xã A Lưới") else {
        panic!("{:?}", ask("Xã A Lưới"))
    };
    let named = several.iter().map(|id| units().get(*id));
    let named: Vec<String> = named.map(|u| format!("{} {}", u.code, u.full_name())).collect();
    assert_eq!(named, numbered);
    assert!(
        matches!(ask("Thị trấn A Lưới"), Resolution::Converted(id) if units().get(id).code.as_str() == "20044")
    );
}
