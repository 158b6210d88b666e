//! The committed tables of units say what is public record, and fit together.

#[path = "support/fixtures.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod fixtures;

use std::collections::{BTreeMap, BTreeSet};

use diachiso_model::{Date, Kind, Level, UnitCode, UnitId, Units};

/// A day in each period and its number of communes and districts.
const PERIODS: [(&str, usize, usize); 5] = [
    ("2015-01-01", 152, 9),
    ("2020-06-01", 145, 9),
    ("2022-01-01", 141, 9),
    ("2025-03-01", 133, 9),
    ("2025-08-01", 40, 0),
];

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

#[track_caller]
fn unit(units: &Units, code: &str, on: &str) -> UnitId {
    let code: UnitCode = code.parse().expect("a code");
    units.by_code(&code, day(on)).unwrap_or_else(|| panic!("no unit {code} on {on}"))
}

#[test]
fn each_period_has_its_number_of_communes_and_districts() {
    let units = fixtures::units();
    for (on, communes, districts) in PERIODS {
        assert_eq!(units.on(Level::Commune, day(on)).count(), communes, "communes on {on}");
        assert_eq!(units.on(Level::District, day(on)).count(), districts, "districts on {on}");
        assert_eq!(units.on(Level::Province, day(on)).count(), 1, "provinces on {on}");
    }
    let reforms = ["2011-11-16", "2020-01-01", "2021-07-01", "2025-01-01", "2025-07-01"].map(day);
    assert_eq!(units.reforms(), reforms);
}

#[test]
fn every_unit_lies_in_a_parent_that_holds_as_long_as_it_does() {
    let units = fixtures::units();
    for (_, unit) in units.iter() {
        let last = unit.valid_to.unwrap_or(day("2026-01-01"));
        assert!(unit.valid_from <= last, "{unit:?}");
        let Some(parent) = &unit.parent else {
            assert_eq!(unit.level, Level::Province);
            continue;
        };
        for on in [unit.valid_from, last] {
            assert!(units.by_code(parent, on).is_some(), "{} in {parent} on {on}", unit.code);
        }
    }
}

#[test]
fn lineage_leads_every_commune_of_every_period_to_one_of_today_and_back() {
    let units = fixtures::units();
    let today = day("2026-01-01");
    let mut reached = BTreeSet::new();
    for (id, unit) in units.iter().filter(|(_, u)| u.level == Level::Commune) {
        let now = units.at(id, today);
        assert_eq!(now.len(), 1, "{} from {}", unit.code, unit.valid_from);
        reached.extend(now);
        for (on, ..) in PERIODS {
            assert!(!units.at(id, day(on)).is_empty(), "{} on {on}", unit.code);
        }
    }
    assert_eq!(reached.len(), 40);
}

#[test]
fn what_ends_at_a_reform_leads_on_and_what_begins_there_came_from_something() {
    let units = fixtures::units();
    let rows = fixtures::rows("units/lineage.csv");
    let steps: BTreeSet<(Date, UnitCode, UnitCode)> = rows
        .iter()
        .map(|r| (fixtures::cell(r, 0), fixtures::cell(r, 1), fixtures::cell(r, 2)))
        .collect();
    assert_eq!(steps.len(), rows.len(), "no step stands twice");
    for (_, unit) in units.iter().filter(|(_, u)| u.level == Level::Commune) {
        if let Some(end) = unit.valid_to {
            let next = end.tomorrow().expect("a day");
            assert!(
                steps.iter().any(|s| s.0 == next && s.1 == unit.code),
                "{unit:?} leads nowhere"
            );
        }
        if unit.valid_from > units.reforms()[0] {
            assert!(steps.iter().any(|s| s.0 == unit.valid_from && s.2 == unit.code), "{unit:?}");
        }
    }
    for (on, from, to) in &steps {
        let before = units.by_code(from, on.yesterday().expect("a day")).map(|id| units.get(id));
        assert_eq!(before.and_then(|u| u.valid_to), on.yesterday().ok(), "{from} before {on}");
        let after = units.by_code(to, *on).map(|id| units.get(id));
        assert_eq!(after.map(|u| u.valid_from), Some(*on), "{to} on {on}");
    }
}

#[test]
fn a_reused_code_means_the_unit_of_its_date() {
    let units = fixtures::units();
    let name = |code, on| units.get(unit(&units, code, on)).full_name();
    assert_eq!(name("46", "2024-12-31"), "Tỉnh Thừa Thiên Huế");
    assert_eq!(name("46", "2025-01-01"), "Thành phố Huế");
    assert_eq!(name("19867", "2025-06-30"), "Thị trấn Sịa");
    assert_eq!(name("19867", "2025-07-01"), "Xã Quảng Điền");
    assert_eq!(name("474", "2024-12-31"), "Thành phố Huế");
    assert_eq!(name("474", "2025-01-01"), "Quận Thuận Hóa");
    assert_eq!(name("19945", "2025-07-01"), "Xã Phú Vinh");
    let old_phu_vinh = unit(&units, "20074", "2025-06-30");
    assert_eq!(units.at(old_phu_vinh, day("2025-07-01")), [unit(&units, "20071", "2025-07-01")]);
}

#[test]
fn phu_thuan_alone_went_to_two_communes() {
    let units = fixtures::units();
    let split: Vec<&str> = units
        .on(Level::Commune, day("2015-01-01"))
        .filter(|(id, _)| units.at(*id, day("2022-01-01")).len() > 1)
        .map(|(_, u)| u.code.as_str())
        .collect();
    assert_eq!(split, ["19744"]);
}

#[test]
fn quang_dien_had_eleven_communes_whose_versions_last_until_2025() {
    let units = fixtures::units();
    for (on, ..) in &PERIODS[..4] {
        let district = "477".parse().expect("a code");
        let communes: Vec<_> = units
            .on(Level::Commune, day(on))
            .filter(|(_, u)| u.parent.as_ref() == Some(&district))
            .collect();
        assert_eq!(communes.len(), 11, "on {on}");
        assert!(
            communes.iter().all(|(_, u)| u.valid_from == day("2011-11-16")),
            "unchanged is one row"
        );
    }
}

#[test]
fn a_new_version_differs_from_the_one_before_or_took_ground_in_or_gave_it_up() {
    let units = fixtures::units();
    let mut by_code: BTreeMap<&UnitCode, Vec<(UnitId, _)>> = BTreeMap::new();
    for (id, unit) in units.iter().filter(|(_, u)| u.level == Level::Commune) {
        by_code.entry(&unit.code).or_default().push((id, unit));
    }
    let first = units.reforms()[0];
    for pair in by_code.values().flat_map(|versions| versions.windows(2)) {
        let ((a, old), (b, new)) = (pair[0], pair[1]);
        let same = old.name == new.name && old.kind == new.kind && old.parent == new.parent;
        assert!(!same || units.at(a, first) != units.at(b, first), "{old:?} {new:?}");
    }
}

#[test]
fn every_commune_of_2021_has_a_postal_code_and_a_point() {
    let units = fixtures::units();
    let on = fixtures::anchored_on();
    let communes: BTreeSet<String> =
        units.on(Level::Commune, on).map(|(_, u)| u.code.to_string()).collect();
    for file in ["units/postal.csv", "units/points.csv"] {
        let rows = fixtures::rows(file);
        let codes: BTreeSet<String> = rows.iter().map(|r| r[0].to_owned()).collect();
        assert_eq!(codes, communes, "{file}");
        assert_eq!(codes.len(), rows.len(), "{file}");
    }
    for row in fixtures::rows("units/postal.csv") {
        let (code, from): (UnitCode, Date) = (fixtures::cell(&row, 0), fixtures::cell(&row, 1));
        let id = units.by_code(&code, from).expect("a version");
        assert_eq!(units.get(id).valid_from, from, "{code} names its version by its first day");
        assert!(units.by_postal(fixtures::cell(&row, 2)).contains(&id), "{code}");
        assert!(row[2].len() == 5 && row[2].starts_with("49"), "{row:?}");
    }
}

#[test]
fn villages_are_named_in_communes_of_2021() {
    let units = fixtures::units();
    let rows = fixtures::rows("units/villages.csv");
    assert_eq!(rows.len(), 55);
    for row in &rows {
        assert!(
            units.by_code(&fixtures::cell(row, 0), fixtures::anchored_on()).is_some(),
            "{row:?}"
        );
        let kind = Kind::from_key(&row[1]);
        assert!(matches!(kind, Some(Kind::Thon | Kind::ToDanPho)), "{row:?}");
    }
}
