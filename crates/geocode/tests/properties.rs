//! Any query gives an answer or a clear refusal, and what an answer promises holds.

#[expect(dead_code, reason = "the commune of today is asked for elsewhere")]
mod support;

use std::sync::LazyLock;

use diachiso_geocode::{
    Audience, Grade, Index, MAX_CANDIDATES, MAX_SUGGESTIONS, MAX_TEXT_BYTES, PlaceLevel, Query,
    Scratch,
};
use diachiso_model::{Date, LonLat, PrecisionClass, UnitId};
use diachiso_pipeline::{Locator, Reference};
use diachiso_synth::AddressPlan;
use proptest::prelude::*;
use support::World;

static WORLD: LazyLock<World> = LazyLock::new(|| {
    World::new(AddressPlan { seed: 11, villages: 2, streets: 3, rural_houses: 5 })
});
static INDEX: LazyLock<Index> = LazyLock::new(|| WORLD.index(|at| at % 3 != 0));
static LOCATOR: LazyLock<Locator> =
    LazyLock::new(|| Locator::new(Reference::load([]).expect("reference data").into(), []));

/// Names of units of all periods, of villages and of streets.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let units = WORLD.reference.units.iter().map(|(_, unit)| unit.full_name());
    let villages = WORLD.addresses.villages.iter().map(|village| village.name.clone());
    units.chain(villages).chain(WORLD.addresses.streets.iter().cloned()).collect()
});

/// A piece of an address: a name whole, cut or in capitals, a kind, a number, or anything.
fn piece() -> impl Strategy<Value = String> {
    let name = || any::<prop::sample::Index>().prop_map(|at| at.get(&NAMES).clone());
    let cut = (name(), 0_usize..12).prop_map(|(name, keep)| name.chars().take(keep).collect());
    let kinds =
        ["P.", "xã", "TT", "kiệt", "số", "đường", "thôn", "TDP", "xóm", "H.", ",", "/", "-"];
    prop_oneof![
        4 => name(),
        1 => name().prop_map(|name| name.to_uppercase()),
        1 => name().prop_map(|name| diachiso_text::fold::unaccent_key(&name)),
        1 => cut,
        2 => prop::sample::select(kinds.to_vec()).prop_map(str::to_owned),
        2 => "[0-9]{1,6}[a-cA-C]?(/[0-9]{1,3}){0,3}",
        1 => "\\PC{0,8}",
        1 => any::<String>(),
    ]
}

fn text(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..most).prop_map(|pieces| pieces.join(" "))
}

/// What must be so of every answer.
#[track_caller]
fn check(query: &Query<'_>) {
    let mut scratch = Scratch::default();
    let asked = INDEX.geocode(query, &mut scratch);
    // A scratch that was used gives the same.
    assert_eq!(asked, INDEX.geocode(query, &mut scratch));
    let Ok(answer) = asked else { return };
    assert!(answer.candidates.len() <= MAX_CANDIDATES);
    assert_eq!(answer.grade.is_some(), answer.best().is_some());
    assert!(answer.candidates.is_sorted_by(|a, b| a.score >= b.score), "{answer:?}");
    for candidate in &answer.candidates {
        assert!(candidate.score.is_finite());
        if let Some(position) = candidate.position {
            assert!(position.radius_m.is_finite() && position.radius_m > 0.0, "{position:?}");
            let inferred = candidate.level != PlaceLevel::Door;
            assert!(!inferred || position.class >= PrecisionClass::C, "{candidate:?}");
        }
        assert!(query.audience == Audience::Entitled || !candidate.personal, "{candidate:?}");
    }
    if answer.grade == Some(Grade::A) {
        let best = answer.best().expect("a candidate");
        assert!(best.complete, "{answer:?}");
        assert!(best.now.len() <= 1 || best.level <= PlaceLevel::Commune, "{answer:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_an_answer_that_holds_what_it_promises(
        line in text(9),
        entitled in any::<bool>(),
        on in prop::option::of((2015_i16..2030, 1_i8..13)),
    ) {
        let audience = if entitled { Audience::Entitled } else { Audience::Public };
        let on = on.map(|(year, month)| Date::constant(year, month, 1));
        check(&Query { on, audience, ..Query::of(&line) });
        let mut scratch = Scratch::default();
        if let Ok(found) = INDEX.suggest(&line, usize::MAX, audience, &mut scratch) {
            prop_assert!(found.len() <= MAX_SUGGESTIONS);
        }
    }

    #[test]
    fn any_columns_and_hints_give_an_answer_that_holds_what_it_promises(
        cells in prop::collection::vec(text(3), 7),
        postal in prop::option::of(any::<u32>()),
        within in prop::option::of(any::<u16>()),
    ) {
        let [line, number, alley, street, village, commune, district] = &cells[..] else {
            unreachable!("seven cells")
        };
        let query = Query {
            text: line, number, alley, street, village, commune, district, postal,
            within: within.map(UnitId),
            on: None,
            audience: Audience::Entitled,
        };
        check(&query);
    }

    #[test]
    fn any_floats_are_a_place_or_a_refusal(lon in any::<f64>(), lat in any::<f64>(), small in any::<bool>()) {
        let (lon, lat) = if small { (lon % 200.0, lat % 100.0) } else { (lon, lat) };
        let Ok(point) = LonLat::new(lon, lat) else { return Ok(()) };
        for day in LOCATOR.reference().units.reforms() {
            let place = LOCATOR.place(point, *day);
            prop_assert!(place.commune.is_none() || place.nearest.is_none());
            prop_assert!(place.border_m.is_none_or(|m| m.is_finite() && m >= 0.0));
            prop_assert!(!place.codes.olc.is_empty());
        }
    }
}

#[test]
fn poles_and_the_ends_of_the_earth_are_places() {
    for (lon, lat) in [(0.0, 90.0), (-0.0, -90.0), (180.0, 0.0), (-180.0, -0.0), (107.5, 16.5)] {
        let point = LonLat::new(lon, lat).expect("on the globe");
        let place = LOCATOR.place(point, support::today());
        assert!(!place.codes.olc.is_empty() && place.border_m.is_none_or(f64::is_finite));
    }
}

#[test]
fn a_text_that_is_too_long_is_refused_in_words() {
    let mut scratch = Scratch::default();
    for long in ["a ".repeat(MAX_TEXT_BYTES), "phường ".repeat(200)] {
        let refused = INDEX.geocode(&Query::of(&long), &mut scratch).expect_err("too long");
        assert!(refused.to_string().contains('/'), "{refused}");
    }
    // The same scratch answers the next.
    check(&Query::of("Xã Quảng Phú"));
}
