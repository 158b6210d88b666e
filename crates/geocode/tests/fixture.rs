//! Hand-written addresses of the province: the unit that each names, and what it is today.

use diachiso_geocode::{Extent, Grade, Index, IndexBuilder, Query, Scratch};
use diachiso_pipeline::Reference;
use diachiso_testkit::fixture;

fn index() -> Index {
    let reference = Reference::load([]).expect("reference data");
    let boundaries = &reference.boundaries;
    let extent = |id| Extent::of_shape(&boundaries.get(id)?.shape);
    let today = "2026-06-01".parse().expect("a date");
    IndexBuilder::new(&reference.units, today, extent).expect("few communes").build()
}

#[test]
fn hand_written_addresses_come_to_their_units_then_and_now() {
    let index = index();
    let text = std::fs::read_to_string(fixture("geocode/addresses.csv")).expect("a fixture");
    let mut scratch = Scratch::default();
    let (mut faults, mut count) = (Vec::new(), 0);
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(';').collect();
        let [text, then, now, grade] = cells[..] else { panic!("four cells in `{line}`") };
        let answer = index.geocode(&Query::of(text), &mut scratch).expect("a short text");
        let best = answer.best();
        let code = |id| index.units().get(id).code.to_string();
        let found: Vec<String> =
            best.map_or_else(Vec::new, |best| best.now.iter().map(|id| code(*id)).collect());
        let named = best.and_then(|best| best.then).map(code).unwrap_or_default();
        let graded = answer.grade.map_or("", Grade::as_str);
        count += 1;
        if found != [now]
            || (!then.is_empty() && named != then)
            || (!grade.is_empty() && graded != grade)
        {
            faults.push(format!("{line}: then {named}, now {found:?}, grade {graded}"));
        }
    }
    assert!(count >= 150, "{count} addresses");
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn namesakes_are_told_apart_by_point_postal_code_and_district_and_else_all_named() {
    let index = index();
    let mut scratch = Scratch::default();
    let mut ask = |query: Query<'_>| index.geocode(&query, &mut scratch).expect("short");
    let code = |id| index.units().get(id).code.as_str();
    let both = ask(Query::of("xã Hương Phong"));
    assert_eq!(both.grade.map(Grade::as_str), Some("C"), "{both:?}");
    let mut now: Vec<&str> =
        both.candidates.iter().flat_map(|c| c.now.iter().map(|id| code(*id))).collect();
    now.sort_unstable();
    assert_eq!(now, ["20014", "20101"]);
    let units = index.units();
    let today = index.today();
    let a_luoi = units
        .iter()
        .find(|(_, u)| u.code.as_str() == "20101" && u.holds_on(today))
        .map(|(id, _)| id);
    let around = ask(Query { within: a_luoi, ..Query::of("xã Hương Phong") });
    assert_eq!((around.candidates.len(), code(around.candidates[0].now[0])), (1, "20101"));
    let postal = units
        .iter()
        .find(|(_, u)| u.code.as_str() == "20080")
        .and_then(|(id, _)| units.postal_of(id));
    let coded = ask(Query { postal, ..Query::of("xã Hương Phong") });
    assert_eq!(code(coded.candidates[0].now[0]), "20101", "{coded:?}");
    assert_ne!(coded.grade.map(Grade::as_str), Some("C"));
}
