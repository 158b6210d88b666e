//! Rows without usable coordinates (G07) carry where the household is likely to be.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use crate::support::{self, stages};
use diachiso_model::{
    LonLat, PlaceKind, PrecisionClass, Published, ReferencePlace, RuleCode, SourceKind, Submission,
    SuggestedPosition, Verdict,
};
use diachiso_pipeline::Reference;
use diachiso_runs::Positions;
use diachiso_spatial::distance;
use diachiso_synth::truth;
use diachiso_testkit::Rng;
use geo_types::{MultiPolygon, Rect, coord};
use stages::FileBytes;
use support::{diachiso, files, folder, run_args, succeed};

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

/// Files of a district of so many households, and their folder.
fn generated(households: &str) -> (tempfile::TempDir, Vec<FileBytes>) {
    let folder = folder();
    let at = folder.path();
    let out = at.to_string_lossy().into_owned();
    succeed(["generate", "--households", households, "--district", "477", "--out", &out]);
    let mut all = stages::load(SourceKind::Register, &files(at, "register"));
    all.extend(stages::load(SourceKind::Submissions, &files(at, "phieu")));
    (folder, all)
}

fn suggestion(submission: &Submission) -> Option<SuggestedPosition> {
    let of_position = submission.findings.iter().find(|f| f.code == RuleCode::G07)?;
    let text = of_position.replacement.as_deref()?;
    Some(text.parse().expect("a suggestion reads back"))
}

fn lacking(state: &Published) -> impl Iterator<Item = &Submission> {
    let lacks = |s: &&Submission| s.findings.iter().any(|f| f.code == RuleCode::G07);
    state.submissions.iter().filter(lacks)
}

#[test]
fn a_suggestion_is_near_the_house_in_nine_of_ten_cases_and_no_position() {
    let (folder, files) = generated("24000");
    let state = stages::run(&REFERENCE, &files, 2).expect("a run");
    let rows = truth::read(&folder.path().join(truth::SUBMISSIONS_FILE)).expect("the truth");
    let at: HashMap<(&str, u32), LonLat> =
        rows.iter().map(|row| ((&*row.file, row.row), row.truth.at)).collect();
    let mut held: BTreeMap<PrecisionClass, (u32, u32)> = BTreeMap::new();
    let (mut all, mut suggested) = (0_u32, 0_u32);
    for submission in lacking(&state) {
        all += 1;
        assert!(submission.point.is_none() && submission.precision.is_none());
        assert!(submission.verdict != Verdict::Accepted);
        let Some(found) = suggestion(submission) else { continue };
        suggested += 1;
        let name = &*state.files[submission.file as usize].name;
        let Some(truth) = at.get(&(name, submission.row)) else { continue };
        let far = distance::metres(found.point, *truth);
        let (near, of) = held.entry(found.class).or_default();
        *near += u32::from(far <= f64::from(found.radius_m));
        *of += 1;
    }
    println!("{suggested} of {all} have a suggestion; by class within the radius, of: {held:?}");
    assert!(all >= 100 && suggested * 5 >= all * 4, "{suggested} of {all}");
    let (near, of) = held.values().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    assert!(near * 10 >= of * 9, "{near} of {of} within the radius");
    // Of fewer than a hundred a class may be a little below.
    assert!(held.values().all(|(near, of)| near * 100 >= of * 88), "{held:?}");
    assert!(held.keys().all(|class| *class >= PrecisionClass::C));
    assert!(held.contains_key(&PrecisionClass::C), "none by neighbours or number: {held:?}");
}

#[test]
fn places_of_reference_files_count_and_masks_hide() {
    let (_folder, files) = generated("1500");
    let state = stages::run(&REFERENCE, &files, 1).expect("a run");
    let numbered = |s: &&Submission| {
        s.address.starts_with(|first: char| first.is_ascii_digit()) && suggestion(s).is_some()
    };
    let one = lacking(&state).find(numbered).expect("a numbered house without a position");
    let commune = one.commune.expect("a commune");
    let shape = &REFERENCE.boundaries.get(commune).expect("a boundary").shape;
    let corner = shape.0[0].exterior().0[0];
    let middle = shape.0[0]
        .exterior()
        .coords()
        .fold((0.0, 0.0, 0.0), |sum, c| (sum.0 + c.x, sum.1 + c.y, sum.2 + 1.0));
    let inward = |of: f64, to: f64| of + (to - of) * 0.3;
    let point =
        LonLat::new(inward(corner.x, middle.0 / middle.2), inward(corner.y, middle.1 / middle.2));
    let (number, street) = one.address.split_once(' ').expect("a street");
    let place = ReferencePlace {
        kind: PlaceKind::House,
        name: street.into(),
        number: number.into(),
        alley: "".into(),
        point: point.expect("a point"),
    };
    let id = one.id;
    let mut other = state.clone();
    diachiso_runs::suggest_positions(&mut other, &REFERENCE, &[place]).expect("few houses");
    let of = |state: &Published| {
        suggestion(state.submissions.iter().find(|s| s.id == id).expect("the submission"))
    };
    assert_ne!(of(&state), of(&other), "a reference house of that address says where it is");
    // Where no point may be shown none is suggested.
    let world = Rect::new(coord! { x: 100.0, y: 10.0 }, coord! { x: 110.0, y: 20.0 });
    let masked = Reference::load([])
        .expect("reference data")
        .with_masks(vec![MultiPolygon(vec![world.to_polygon()])]);
    diachiso_runs::suggest_positions(&mut other, &masked, &[]).expect("few houses");
    assert!(lacking(&other).all(|s| suggestion(s).is_none()));
}

#[test]
fn what_is_kept_between_states_changes_nothing_and_saves_the_indexes_of_other_communes() {
    let (_folder, files) = generated("3000");
    let mut state = stages::run(&REFERENCE, &files, 2).expect("a run");
    let mut rng = Rng::new(11);
    let mut kept = Positions::new(&REFERENCE).expect("few communes");
    let told = |state: &Published| -> Vec<Option<SuggestedPosition>> {
        state.submissions.iter().map(suggestion).collect()
    };
    kept.suggest(&mut state, &REFERENCE, &[]).expect("few houses");
    let first = kept.built();
    assert!(first >= 2, "one index for each kin of communes: {first}");
    let (mut again, mut differ) = (state.clone(), 0);
    kept.suggest(&mut again, &REFERENCE, &[]).expect("few houses");
    assert_eq!((kept.built(), told(&again)), (first, told(&state)), "nothing changed");
    for step in 0..24 {
        let before = told(&state);
        let at = rng.below(state.submissions.len());
        let (one, other) = (&state.submissions[at], rng.below(state.submissions.len()));
        let from = state.submissions[other].point;
        let counts = one.verdict == Verdict::Accepted && one.commune.is_some();
        match step % 4 {
            // A house that is known no more, or elsewhere, or by another address; a row that states something else.
            0 => state.submissions[at].verdict = Verdict::Rejected,
            1 if counts => state.submissions[at].point = from,
            2 => state.submissions[at].address = "7 Trần Phú".into(),
            _ => {
                let nth = rng.below(lacking(&state).count());
                let id = lacking(&state).nth(nth).expect("a row").id;
                let row = state.submissions.iter_mut().find(|s| s.id == id).expect("the row");
                (row.address, row.village_text) = ("".into(), "Thôn 2".into());
                row.commune = None;
            }
        }
        let mut fresh = state.clone();
        diachiso_runs::suggest_positions(&mut fresh, &REFERENCE, &[]).expect("few houses");
        let built = kept.built();
        kept.suggest(&mut state, &REFERENCE, &[]).expect("few houses");
        assert_eq!(told(&state), told(&fresh), "step {step}");
        // One more for the commune of the house; all of them when a row says not where it is.
        assert!(step >= 3 || kept.built() <= built + 1, "step {step}: {}", kept.built() - built);
        differ += usize::from(before != told(&state));
    }
    assert!(differ > 0, "no change changed a suggestion");
}

/// Lines of a report that speak of missing coordinates.
fn of_g07(report: &Path) -> Vec<String> {
    let text = fs::read_to_string(report).expect("a report");
    text.lines().filter(|line| line.contains("G07")).map(str::to_owned).collect()
}

#[test]
fn the_report_and_the_check_show_it() {
    let folder = folder();
    let at = folder.path();
    let out = at.to_string_lossy().into_owned();
    succeed(["generate", "--households", "1500", "--district", "477", "--out", &out]);
    let (register, submissions) = (files(at, "register"), files(at, "phieu"));
    let store = at.join("s.gpkg");
    let report: PathBuf = at.join("loi.csv");
    let mut args = run_args(&store, &register, &submissions);
    args.extend(["--report".into(), report.to_string_lossy().into_owned()]);
    succeed(args);
    let lines = of_g07(&report);
    let likely =
        |line: &&String| line.contains("Có lẽ ở quanh 16.") && line.contains("Đến tận nhà");
    let suggested = lines.iter().filter(likely).count();
    assert!(!lines.is_empty() && suggested * 10 >= lines.len() * 9, "{suggested} of {lines:?}");
    let file = submissions[0].to_string_lossy().into_owned();
    let shown = |extra: &[&str]| {
        let told = diachiso(["check", &file, "--json"].iter().chain(extra));
        let text = String::from_utf8(told.stdout).expect("UTF-8");
        let body: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let rules = body["rules"].as_array().expect("rules").clone();
        let g07 = rules.into_iter().find(|rule| rule["code"] == "G07").expect("G07");
        g07["examples"][0]["replacement"].as_str().unwrap_or_default().to_owned()
    };
    let by_units = shown(&[]);
    assert!(by_units.ends_with("hạng E"), "units alone tell the commune: {by_units}");
    let by_store = shown(&["--store", &store.to_string_lossy()]);
    assert!(by_store.contains(" m, hạng ") && by_store != by_units, "{by_store}");
}
