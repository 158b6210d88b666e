//! Features with a `crs` member, as ogr2ogr writes them: points in every system that is known come to one place, and those
//! in another are held.

use std::{fs, sync::LazyLock};

use crate::support::stages;
use diachiso_model::{Date, LonLat, Published, RuleCode, SourceKind, Verdict};
use diachiso_pipeline::Reference;
use diachiso_spatial::distance;
use diachiso_testkit::fixture;

const TODAY: Date = Date::constant(2024, 12, 31);

/// Most that two roads to one place may differ.
const SAME_PLACE_M: f64 = 0.1;

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

fn run_text(text: String) -> Published {
    let file = (SourceKind::Submissions, "diem.geojson".to_owned(), text.into_bytes());
    stages::run_on(TODAY, &REFERENCE, &[file], 1).expect("a run")
}

fn text(system: &str) -> String {
    let file = fixture("dirty/files").join(format!("ogr2ogr-{system}.geojson"));
    fs::read_to_string(file).expect("a file")
}

/// Points by row.
fn points(state: &Published) -> Vec<(u32, Option<LonLat>)> {
    let mut points: Vec<_> = state.submissions.iter().map(|s| (s.row, s.point)).collect();
    points.sort_by_key(|(row, _)| *row);
    points
}

#[track_caller]
fn assert_same_places(state: &Published, what: &str) {
    let expected = points(&run_text(text("wgs84")));
    assert_eq!(expected.len(), 3);
    let found = points(state);
    assert_eq!(found.len(), expected.len(), "{what}");
    for ((row, expected), (_, found)) in expected.into_iter().zip(found) {
        let (expected, found) = (expected.expect("a point"), found.expect("a point"));
        let apart = distance::metres(expected, found);
        assert!(apart < SAME_PLACE_M, "{what}, row {row}: {apart} m");
    }
}

fn codes(state: &Published) -> Vec<RuleCode> {
    state.submissions.iter().flat_map(|s| &s.findings).map(|f| f.code).collect()
}

#[test]
fn points_in_every_system_of_the_country_come_to_one_place() {
    for system in ["9214", "3405", "4756"] {
        let state = run_text(text(system));
        assert_same_places(&state, system);
        let converted = codes(&state).iter().filter(|code| **code == RuleCode::G04).count();
        assert_eq!(converted, 3, "{system}");
    }
}

#[test]
fn the_spelling_and_the_place_of_the_member_make_no_difference() {
    let whole = text("3405");
    let member = whole.lines().find(|line| line.contains("\"crs\"")).expect("the member");
    let without = whole.replace(&format!("{member}\n"), "");
    assert_ne!(whole, without);
    let short = whole.replace("urn:ogc:def:crs:EPSG::3405", "EPSG:3405");
    let end = without.trim_end().strip_suffix('}').expect("the end").trim_end();
    let behind = format!("{end},\n{}\n}}\n", member.trim_end_matches(','));
    for (what, text) in [("short", short), ("behind the features", behind)] {
        assert_same_places(&run_text(text), what);
    }
    // Without it nobody knows what the metres are.
    let state = run_text(without);
    assert!(state.submissions.iter().all(|s| s.point.is_none() && s.verdict == Verdict::Held));
}

#[test]
fn a_row_that_names_its_system_itself_is_believed() {
    let own = text("4756").replacen(
        "\"ho_ten\": \"Phan Đình Dũng\"",
        "\"he_toa_do\": \"WGS 84\", \"ho_ten\": \"Phan Đình Dũng\"",
        1,
    );
    let state = run_text(own);
    let converted =
        |s: &diachiso_model::Submission| s.findings.iter().any(|f| f.code == RuleCode::G04);
    let mut told: Vec<_> = state.submissions.iter().map(|s| (s.row, converted(s))).collect();
    told.sort_unstable();
    assert_eq!(told, [(2, false), (3, true), (4, true)]);
}

#[test]
fn a_system_that_is_not_known_is_told_and_never_taken_for_wgs_84() {
    for (what, text) in [
        ("metres", text("3148")),
        ("degrees", text("wgs84").replace("OGC:1.3:CRS84", "EPSG::4148")),
        ("a link", text("wgs84").replace("\"type\": \"name\"", "\"type\": \"link\"")),
    ] {
        let state = run_text(text);
        assert_eq!(state.submissions.len(), 3, "{what}");
        for s in &state.submissions {
            assert_eq!((s.verdict, s.point), (Verdict::Held, None), "{what}");
            let found = s.findings.iter().find(|f| f.code == RuleCode::G05).expect("G05");
            assert_eq!(found.field, Some("system"), "{what}");
            assert!(found.original.contains("crs"), "{what}: {}", found.original);
        }
    }
}
