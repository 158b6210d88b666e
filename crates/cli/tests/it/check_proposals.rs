//! `diachiso check` finds without a store what one collector did to all rows, and a run over the same file proposes it.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use crate::support::{self, district, stages};
use diachiso_model::{LonLat, Profile, Proposal, ProposalKind, RuleCode, SourceKind};
use diachiso_pipeline::{
    Checker, FileCheck, Input, MemoryScratch, NoProgress, Options, Reference, Sealer,
};
use diachiso_source::MappingFile;
use diachiso_spatial::{projected_zone::ZONES, vn2000};
use diachiso_testkit::Rng;
use district::{District, SMALL, Visit, degrees};
use serde_json::Value;
use stages::FileBytes;
use support::{folder, succeed};

const WHO: &str = "Hà Thị Mỹ";
const SEEDS: u64 = 24;
const CLEAN_SEEDS: u64 = 40;

static REFERENCE: LazyLock<Arc<Reference>> =
    LazyLock::new(|| Arc::new(Reference::load([]).expect("reference data")));

/// The submissions of a district in one file.
fn file(district: &District) -> FileBytes {
    let files = district.files(usize::MAX);
    files.into_iter().find(|f| f.0 == SourceKind::Submissions).expect("submissions")
}

fn check(file: &FileBytes, threads: usize) -> FileCheck {
    let options = Options {
        today: stages::TODAY,
        sealer: Sealer::with_key([7; 32]),
        profile: Profile::Default,
        decisions: Vec::new(),
    };
    let input = Input {
        name: file.1.as_str().into(),
        sheet: None,
        kind: file.0,
        legal_basis: false,
        mapping: MappingFile::default(),
        rows: diachiso_source::open(&file.1, file.2.as_slice()).expect("a file"),
        sink: None,
    };
    let checker = Checker::new(Arc::clone(&REFERENCE), options);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let check = || checker.check(vec![input], &mut MemoryScratch::default(), &NoProgress);
    pool.install(check).expect("a check")
}

/// What a run over the file alone proposes, its rows by their numbers.
fn proposed(file: &FileBytes) -> Vec<Proposal> {
    let state = stages::run(&REFERENCE, std::slice::from_ref(file), 2).expect("a run");
    let numbered = |mut proposal: Proposal| {
        for at in &mut proposal.rows {
            *at = state.submissions[*at as usize].row;
        }
        proposal.rows.sort_unstable();
        proposal
    };
    state.proposals.iter().cloned().map(numbered).collect()
}

fn checked(found: &FileCheck) -> Vec<Proposal> {
    found.proposals.iter().map(|p| p.proposal.clone()).collect()
}

/// The device is set to VN-2000: 225 m at azimuth −60°.
fn shift(district: &mut District) {
    district.roam(0, WHO, |visit, _: &mut Rng| {
        visit.cells = degrees(vn2000::wgs84_to_geographic(visit.fix));
    });
}

/// Metres of the second zone of the table.
fn other_zone(district: &mut District) {
    district.roam(0, WHO, |visit, _| {
        let (easting, northing) = ZONES[1].from_wgs84(visit.fix);
        visit.cells = (format!("{northing:.2}"), format!("{easting:.2}"));
    });
}

/// Of every twelve houses three bear the first one's fix.
fn copied_fixes(district: &mut District) {
    let own = |v: &&mut Visit| v.commune == 0 && v.house.is_multiple_of(4);
    let mut last = None;
    for (nth, visit) in district.visits.iter_mut().filter(own).enumerate() {
        WHO.clone_into(&mut visit.collector);
        match nth % 12 {
            0 => last = Some(visit.cells.clone()),
            1 | 2 => visit.cells.clone_from(last.as_ref().expect("a fix before")),
            _ => {}
        }
    }
}

type Plant = fn(&mut District);

const PLANTS: [(ProposalKind, Plant); 3] = [
    (ProposalKind::Datum, shift),
    (ProposalKind::Zone, other_zone),
    (ProposalKind::CopiedFix, copied_fixes),
];

/// A district with something planted, in a file of a folder.
fn planted(plant: impl Fn(&mut District), seed: u64) -> (tempfile::TempDir, PathBuf) {
    let mut district = District::new(&REFERENCE, seed, SMALL);
    plant(&mut district);
    let folder = folder();
    let path = folder.path().join("phieu.csv");
    fs::write(&path, file(&district).2).expect("a file");
    (folder, path)
}

fn command(path: &std::path::Path, more: &[&str]) -> String {
    let path = path.to_string_lossy();
    let args = ["check", &path, "--today", "2024-12-31"].into_iter().chain(more.iter().copied());
    succeed(args.map(str::to_owned).collect::<Vec<_>>())
}

fn json(path: &std::path::Path) -> Value {
    serde_json::from_str(&command(path, &["--json"])).expect("JSON")
}

#[test]
fn the_command_finds_what_was_planted_and_says_of_whom_and_what_to_do() {
    for (kind, plant) in PLANTS {
        let (_folder, path) = planted(plant, 7);
        let body = json(&path);
        let found = body["proposals"].as_array().expect("proposals");
        assert_eq!(found.len(), 1, "{kind:?}: {found:#?}");
        let p = &found[0];
        assert_eq!((&p["kind"], &p["collector"]), (&kind.as_str().into(), &WHO.into()));
        assert_eq!(p["status"], "open");
        assert!(p["confidence"].as_f64() >= Some(0.9) && p["votes"].as_u64() > Some(4), "{p}");
        let id = p["id"].as_str().expect("an id");
        for (key, part) in [("advice_vi", "nạp tệp"), ("advice_en", "load the file")] {
            let advice = p[key].as_str().expect("words");
            assert!(advice.contains(part) && advice.contains(&format!("diachiso decide {id}")));
        }
        let named = p["files"][0]["rows"].as_array().expect("rows");
        assert_eq!(
            (named.len() as u64, &p["files"][0]["name"]),
            (p["rows"].as_u64().expect("a number"), &"phieu.csv".into())
        );
    }
}

#[test]
fn the_vector_of_a_shift_is_in_the_json_in_the_words_and_on_the_page() {
    let (folder, path) = planted(shift, 7);
    let body = json(&path);
    let p = &body["proposals"][0];
    let number = |key: &str| p[key].as_f64().expect("a number");
    assert!((150.0..300.0).contains(&number("shift_m")), "{p}");
    assert!((-90.0..-30.0).contains(&number("azimuth_deg")), "{p}");
    let page = folder.path().join("loi.html");
    let words = command(&path, &["--html", &page.to_string_lossy()]);
    let page = fs::read_to_string(page).expect("a page");
    let shift = format!("{:.0} m", number("shift_m"));
    for text in [&words, &page] {
        for part in [WHO, &shift, "cách chỗ thật", "diachiso decide", "không xét điểm đã nhận"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    // Held, as by a run.
    let g12 = body["rules"].as_array().expect("rules").iter().find(|r| r["code"] == "G12");
    assert_eq!(g12.map(|r| &r["findings"]), Some(&p["rows"]));
}

#[test]
fn a_clean_file_gives_no_proposal_and_says_what_was_compared() {
    let (_folder, path) = planted(|_| (), 7);
    let body = json(&path);
    assert_eq!(body["proposals"], Value::Array(Vec::new()));
    let compared = &body["compared_with"];
    assert_eq!(
        (&compared["schematic_communes"], &compared["surveyed_communes"]),
        (&3.into(), &0.into())
    );
    assert_eq!((&compared["villages"], &compared["register"]), (&18.into(), &false.into()));
    let words = command(&path, &[]);
    assert!(words.contains("Proposals about collectors: 0"), "{words}");
    assert!(words.contains("no points accepted before"), "{words}");
}

#[test]
fn honest_work_gives_no_proposal_without_a_register() {
    for seed in 1000..1000 + CLEAN_SEEDS {
        let mut district = District::new(&REFERENCE, seed, SMALL);
        district.roam(0, WHO, |_, _| {});
        district.take("Võ Văn Một", |_, _| {}, |v| v.commune == 1);
        district.roam(2, "", |_, _| {});
        let found = check(&file(&district), 2);
        assert_eq!(checked(&found), [], "seed {seed}");
    }
}

/// One collector alone writes down fixes of other communes, and now and then one outside its own that comes into it when
/// VN-2000 is undone.
fn elsewhere(district: &mut District) {
    let own = district.communes[0];
    let inside = |point| REFERENCE.boundaries.locate(point, district::ON) == Some(own);
    let others: Vec<_> = district.visits.iter().filter(|v| v.commune != 0).map(|v| v.at).collect();
    let box_of = &REFERENCE.boundaries.get(own).expect("a boundary").shape;
    let corners: Vec<_> =
        box_of.iter().flat_map(|p| p.exterior().coords()).map(|c| (c.x, c.y)).collect();
    district.take(
        WHO,
        |visit, rng| {
            let fix = if visit.house % 4 > 0 {
                *rng.pick(&others)
            } else {
                loop {
                    let (from, to) = (*rng.pick(&corners), *rng.pick(&corners));
                    let share = rng.unit();
                    let between = |a: f64, b: f64| a + share * (b - a);
                    let at = LonLat::new(between(from.0, to.0), between(from.1, to.1));
                    let at = at.expect("in the province");
                    let shifted = vn2000::wgs84_to_geographic(at);
                    if inside(at) && !inside(shifted) {
                        break shifted;
                    }
                }
            };
            visit.cells = degrees(fix);
        },
        |visit| visit.commune == 0,
    );
}

#[test]
fn points_that_have_nothing_to_do_with_their_commune_are_no_shift() {
    for seed in 0..SEEDS {
        let mut district = District::new(&REFERENCE, seed, SMALL);
        elsewhere(&mut district);
        let found = check(&file(&district), 2);
        let shifts = found.proposals.iter().filter(|p| p.proposal.kind == ProposalKind::Datum);
        assert_eq!(shifts.count(), 0, "seed {seed}");
    }
}

/// What a check of one collector's own file says, against a store that holds everybody else's rows; with that store and
/// the file of the others.
fn against_a_store(plant: impl Fn(&mut District)) -> (tempfile::TempDir, Value) {
    let mut district = District::new(&REFERENCE, 7, SMALL);
    plant(&mut district);
    let folder = folder();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (own, others): (Vec<_>, Vec<_>) =
        district.visits.drain(..).partition(|v| v.collector == WHO);
    district.visits = others;
    for (_, name, bytes) in district.files(usize::MAX) {
        fs::write(path(&name), bytes).expect("a file");
    }
    district.visits = own;
    fs::write(path("rieng.csv"), file(&district).2).expect("a file");
    let run = ["run", "--register", &path("ho.csv"), "--submissions", &path("phieu-0.csv")];
    let more = ["--legal-basis", "QĐ 1", "--today", "2024-12-31", "--store", &path("s.gpkg")];
    succeed(run.iter().chain(&more).map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
    let found = command(path("rieng.csv").as_ref(), &["--json", "--store", &path("s.gpkg")]);
    (folder, serde_json::from_str(&found).expect("JSON"))
}

#[test]
fn a_file_of_one_collector_is_compared_with_points_that_a_store_accepted() {
    let honest = |district: &mut District| district.roam(0, WHO, |_, _: &mut Rng| {});
    let (folder, found) = against_a_store(honest);
    assert_eq!(found["proposals"], serde_json::json!([]));
    assert!(found["compared_with"]["accepted_points"].as_u64() > Some(100), "{found}");
    // Rows that the store has already are no witnesses of themselves.
    let (others, store) = (folder.path().join("phieu-0.csv"), folder.path().join("s.gpkg"));
    let again = command(&others, &["--json", "--store", &store.to_string_lossy()]);
    let again: Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!(again["compared_with"]["accepted_points"], 0);

    let (folder, found) = against_a_store(shift);
    let proposal = &found["proposals"][0];
    assert_eq!(
        (&proposal["kind"], found["proposals"].as_array().map(Vec::len)),
        (&"datum".into(), Some(1))
    );
    assert!(
        proposal["evidence"].as_str().is_some_and(|e| e.contains("người khác đo")),
        "{proposal}"
    );
    // Nobody else is in the file, so that without the store people say nothing.
    let alone = json(&folder.path().join("rieng.csv"));
    assert_eq!(alone["compared_with"]["accepted_points"], 0);
    let people = alone["proposals"].to_string().contains("người khác đo");
    assert!(!people, "{}", alone["proposals"]);
}

#[test]
fn what_is_planted_is_found_without_a_register_too() {
    for (kind, plant) in PLANTS {
        let mut right = 0;
        for seed in 0..SEEDS {
            let mut district = District::new(&REFERENCE, seed, SMALL);
            plant(&mut district);
            let found = checked(&check(&file(&district), 2));
            let (own, wrong): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|p| p.kind == kind && &*p.collector == WHO);
            assert_eq!(wrong, [], "{kind:?}, seed {seed}");
            right += own.len();
        }
        println!("{kind:?}: {right} of {SEEDS} found");
        assert!(right * 100 >= SEEDS as usize * 95, "{kind:?}: {right} of {SEEDS} found");
    }
}

#[test]
fn a_run_over_the_file_proposes_the_same_whatever_the_order_and_the_threads() {
    let mut district = District::new(&REFERENCE, 11, SMALL);
    copied_fixes(&mut district);
    let metres = |visit: &mut Visit, _: &mut Rng| {
        let (easting, northing) = ZONES[2].from_wgs84(visit.fix);
        visit.cells = (format!("{northing:.2}"), format!("{easting:.2}"));
    };
    district.roam(1, "Võ Văn Mét", metres);
    district.roam(2, "", |visit, _| {
        visit.cells = degrees(vn2000::wgs84_to_geographic(visit.fix));
    });
    // Some are handed in twice to the letter.
    let again: Vec<Visit> = district.visits.iter().step_by(7).cloned().collect();
    district.visits.extend(again);
    let first = file(&district);
    let expected = proposed(&first);
    assert_eq!(expected.len(), 3, "{expected:#?}");
    for threads in [1, 4] {
        assert_eq!(checked(&check(&first, threads)), expected);
    }
    let mut shuffled = District::new(&REFERENCE, 11, SMALL);
    shuffled.visits.clone_from(&district.visits);
    Rng::new(5).shuffle(&mut shuffled.visits);
    let second = file(&shuffled);
    let shuffled = checked(&check(&second, 3));
    assert_eq!(shuffled, proposed(&second));
    let less_rows = |list: &[Proposal]| -> Vec<Proposal> {
        list.iter().cloned().map(|p| Proposal { rows: Vec::new(), ..p }).collect()
    };
    assert_eq!(less_rows(&shuffled), less_rows(&expected));
}

#[test]
fn rows_of_a_shift_are_held_as_by_a_run() {
    let mut district = District::new(&REFERENCE, 7, SMALL);
    shift(&mut district);
    let found = check(&file(&district), 2);
    let state = stages::run(&REFERENCE, &[file(&district)], 2).expect("a run");
    let g12 = |codes: &mut dyn Iterator<Item = RuleCode>| {
        codes.filter(|c| *c == RuleCode::G12).count() as u64
    };
    let findings = g12(&mut state.submissions.iter().flat_map(|s| &s.findings).map(|f| f.code));
    let noted = found.rules.iter().find(|r| r.code == RuleCode::G12).expect("G12");
    assert!(findings > 20);
    assert_eq!(noted.findings, findings);
    assert_eq!(found.verdicts, state.files[0].verdicts);
}
