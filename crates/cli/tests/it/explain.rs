//! `diachiso explain`: what is told is what decided, and names nobody.

use std::sync::LazyLock;

use crate::support::{self, stages};
use diachiso_model::{Published, RuleCode, SourceKind, Verdict};
use diachiso_pipeline::{BOUNDS, Explainer, REPEAT_BOUNDS, Reference, Relation, account, relation};
use serde_json::Value;
use stages::FileBytes;
use support::{diachiso, files, folder, run_args, succeed};

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));
static STATE: LazyLock<Published> = LazyLock::new(|| {
    let folder = folder();
    let at = folder.path();
    succeed(["generate", "--preset", "quang-dien", "--out", &at.to_string_lossy()]);
    let mut all: Vec<FileBytes> = stages::load(SourceKind::Register, &files(at, "register"));
    all.extend(stages::load(SourceKind::Submissions, &files(at, "phieu")));
    stages::run(&REFERENCE, &all, 2).expect("a run")
});

#[test]
fn every_match_is_explained_by_the_bits_that_decided_it() {
    let explainer = Explainer::new(&STATE, &REFERENCE, 0).expect("a register");
    let (mut matched, mut led) = (0, 0);
    for s in &STATE.submissions {
        let Some(link) = s.link else { continue };
        let score = explainer.score(s, link.household).expect("a household of the register");
        assert_eq!(score.bits.to_bits(), link.bits.to_bits(), "{}: {score:?}", s.id);
        let sum: f32 = score.bars.iter().map(|bar| bar.bits).sum();
        assert!((sum - score.bits).abs() < 1e-3, "{score:?}");
        matched += 1;
        if matched % 50 == 0 {
            let candidates = explainer.candidates(s);
            assert_eq!(candidates[0].household, link.household);
            assert!(candidates[0].bits >= BOUNDS.upper_bits);
            let rival = candidates.get(1).map_or(f32::MIN, |rival| rival.bits);
            assert!(candidates[0].bits - rival >= BOUNDS.margin_bits, "{candidates:?}");
            led += 1;
        }
    }
    assert!(matched > 20_000 && led > 400, "{matched} matches, {led} looked at closely");
}

#[test]
fn what_was_not_matched_had_nobody_sure_enough() {
    let explainer = Explainer::new(&STATE, &REFERENCE, 0).expect("a register");
    let (mut outside, mut several) = (0, 0);
    for s in STATE.submissions.iter().filter(|s| s.link.is_none()) {
        let candidates = explainer.candidates(s);
        let best = candidates.first().map_or(f32::MIN, |best| best.bits);
        let rival = candidates.get(1).map_or(f32::MIN, |rival| rival.bits);
        if s.findings.iter().any(|f| f.code == RuleCode::R02) {
            assert!(best >= BOUNDS.lower_bits, "{}: {candidates:?}", s.id);
            assert!(best < BOUNDS.upper_bits || best - rival < BOUNDS.margin_bits);
            several += 1;
        } else {
            assert!(best < BOUNDS.lower_bits, "{}: {candidates:?}", s.id);
            outside += 1;
        }
    }
    assert!(outside > 100 && several > 0, "{outside} outside, {several} undecided");
}

#[test]
fn the_account_of_a_household_is_its_state() {
    for (at, h) in (0_u32..).zip(&STATE.households).step_by(37) {
        let account = account(&STATE, at).expect("a household");
        assert_eq!(account.state, h.state);
        let accepted = account.matched.iter().any(|(_, verdict)| *verdict == Verdict::Accepted);
        if h.state == diachiso_model::HouseholdState::Covered {
            assert!(accepted, "{}: covered by no accepted submission", h.id);
        }
        if let Some(submission) = h.submission {
            let first = account.matched.first().map(|(at, _)| *at);
            assert!(first == Some(submission) || account.undecided.contains(&submission));
        }
    }
}

#[test]
fn repeats_are_explained_by_their_household_or_by_the_bits_that_decided() {
    let (mut matched, mut weighed) = (0, 0);
    for s in &STATE.submissions {
        let Some(master) = s.master else { continue };
        let master = &STATE.submissions[master as usize];
        let told = relation(&STATE, &REFERENCE, s, master);
        assert_eq!(told, relation(&STATE, &REFERENCE, master, s), "the order of the two");
        match told {
            Relation::Matched { same } => {
                assert!(same, "{}: a repeat of another household", s.id);
                matched += 1;
            }
            Relation::Weighed { bars, bits } => {
                assert!(bits >= REPEAT_BOUNDS.upper_bits, "{}: {bars:?}", s.id);
                let sum: f32 = bars.iter().map(|bar| bar.bits).sum();
                assert!((sum - bits).abs() < 1e-3, "{bars:?}");
                weighed += 1;
            }
            Relation::NotCompared => panic!("{}: a repeat of what it was not compared with", s.id),
        }
    }
    assert!(matched > 500 && weighed > 5, "{matched} by household, {weighed} by weight");
}

#[test]
fn the_command_explains_rows_households_and_pairs_and_names_nobody() {
    let folder = folder();
    let at = folder.path();
    let out = at.to_string_lossy();
    succeed(["generate", "--households", "1000", "--seed", "5", "--out", &out]);
    let store = at.join("kho.gpkg");
    succeed(run_args(&store, &files(at, "register"), &files(at, "phieu")));
    let store = store.to_string_lossy().into_owned();
    let explain = |more: &[&str]| {
        let mut args = vec!["explain", "--store", &store];
        args.extend(more);
        succeed(args)
    };
    let json = |more: &[&str]| {
        let mut more = more.to_vec();
        more.push("--json");
        serde_json::from_str::<Value>(&explain(&more)).expect("JSON")
    };
    let files = support::files(at, "phieu");
    let file = files[0].file_name().expect("a name").to_string_lossy().into_owned();
    // The first row that was matched.
    let (row, told) = (2..60)
        .map(|row| format!("{file}:{row}"))
        .find_map(|row| {
            let output = diachiso(["explain", "--store", &store, &row, "--json"]);
            let told: Value = serde_json::from_slice(&output.stdout).ok()?;
            told["household"].is_string().then_some((row, told))
        })
        .expect("a row that was matched");
    let household = told["household"].as_str().expect("an id");
    let id = told["submission"].as_str().expect("an id");
    assert_eq!(told["candidates"][0]["household"], household);
    assert_eq!(json(&[id])["submission"], id);
    // A pair, both ways round, and its figure.
    let svg = at.join("score.svg");
    let pair = json(&[&row, household, "--svg", &svg.to_string_lossy()]);
    assert_eq!(pair, json(&[household, id]));
    let parts = pair["parts"].as_array().expect("parts");
    let sum: f64 = parts.iter().filter_map(|part| part["bits"].as_f64()).sum();
    assert!((sum - pair["bits"].as_f64().expect("bits")).abs() < 1e-3);
    let svg = std::fs::read_to_string(svg).expect("the figure");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.matches("<rect").count() > parts.len(), "a bar a part");
    // The household knows its submission.
    let account = json(&[household]);
    assert!(account["matched"].as_array().expect("matched").iter().any(|s| s["submission"] == id));
    // Nothing that is told is a name: no line of the register has its head in it.
    let register = std::fs::read_to_string(&support::files(at, "register")[0]).expect("a register");
    let words = [explain(&[household]), explain(&[&row]), explain(&[&row, household])].concat();
    let heads: Vec<&str> = register
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(2))
        .filter(|head| head.split(' ').count() > 2)
        .collect();
    assert!(heads.len() > 500, "{} heads", heads.len());
    assert!(heads.iter().all(|head| !words.contains(head)));
}

#[test]
fn what_is_not_there_is_said() {
    let folder = folder();
    let at = folder.path();
    succeed(["generate", "--households", "1000", "--seed", "5", "--out", &at.to_string_lossy()]);
    let store = at.join("kho.gpkg");
    succeed(run_args(&store, &files(at, "register"), &files(at, "phieu")));
    let store = store.to_string_lossy();
    for (args, expected) in [
        (vec!["nobody"], "no submission and no household"),
        (vec!["no.csv:3"], "no file `no.csv` was loaded"),
        (vec!["phieu-dot-1.csv:4000000"], "no submission in row 4000000"),
    ] {
        let mut all = vec!["explain", "--store", &store];
        all.extend(args);
        let output = diachiso(all);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(expected), "{error}");
    }
}
