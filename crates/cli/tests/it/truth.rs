//! The preset of Quảng Điền, read by the pipeline and held against the generator's truth.
//!
//! The published figures are no constants of the program: they come out of the files, and move when a file does.

use std::{
    collections::{HashMap, HashSet},
    fs,
    sync::LazyLock,
};

use crate::support::{self, stages};
use diachiso_model::{Level, Published, RuleCode, SourceKind, Tally, Verdict};
use diachiso_pipeline::Reference;
use diachiso_source::areas::{self, Area};
use diachiso_synth::{
    Dirt, DirtProfile, Place,
    truth::{self, TruthRow},
};
use stages::FileBytes;
use support::{files, folder, succeed};

/// The preset's files and truth, made once.
struct Preset {
    files: Vec<FileBytes>,
    rows: Vec<TruthRow>,
    masks: Vec<Area>,
}

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let masks = PRESET.masks.iter().map(|mask| mask.shape.clone()).collect();
    Reference::load([]).expect("reference data").with_masks(masks)
});
static PRESET: LazyLock<Preset> = LazyLock::new(|| {
    let folder = folder();
    let at = folder.path();
    succeed(["generate", "--preset", "quang-dien", "--out", &at.to_string_lossy()]);
    let mut all = stages::load(SourceKind::Register, &files(at, "register"));
    all.extend(stages::load(SourceKind::Submissions, &files(at, "phieu")));
    let masks = fs::read(at.join("vung-khong-hien-thi.geojson")).expect("masks");
    let masks = areas::read_geojson("masks", &masks).expect("masks");
    let rows = truth::read(&at.join(truth::SUBMISSIONS_FILE)).expect("the truth");
    Preset { files: all, rows, masks }
});
static STATE: LazyLock<Published> =
    LazyLock::new(|| stages::run(&REFERENCE, &PRESET.files, 2).expect("a run"));

/// The tally of the whole district in the period of the register's closing date.
fn district(state: &Published) -> Tally {
    let first = state.tallies.iter().map(|t| t.period).min().expect("tallies");
    let of =
        |t: &&diachiso_model::UnitTally| t.period == first && t.code.level() == Level::District;
    let mut districts = state.tallies.iter().filter(of);
    let tally = districts.next().expect("a district").tally;
    assert!(districts.next().is_none(), "one district");
    tally
}

/// Rows of submissions by file name and row: verdict, household linked, entity of the master.
struct Outcome<'a> {
    verdict: Verdict,
    household: Option<&'a str>,
    cluster: (usize, &'a str),
}

fn outcomes(state: &Published) -> HashMap<(&str, u32), Outcome<'_>> {
    let name = |file: u32| &*state.files[file as usize].name;
    let household =
        |at: usize| state.submissions[at].link.map(|l| &*state.households[l.household as usize].id);
    let outcome = |at: usize, verdict| {
        let master = state.submissions[at].master.map_or(at, |m| m as usize);
        // Submissions of one household are one cluster, whether or not one of them was held.
        let cluster = household(at).map_or((master, ""), |id| (0, id));
        Outcome { verdict, household: household(at), cluster }
    };
    let rows = state
        .submissions
        .iter()
        .enumerate()
        .map(|(at, s)| ((name(s.file), s.row), outcome(at, s.verdict)));
    let repeats = state
        .repeats
        .iter()
        .map(|r| ((name(r.at.file), r.at.row), outcome(r.submission as usize, Verdict::Duplicate)));
    rows.chain(repeats).collect()
}

#[test]
fn the_published_figures_come_out_of_the_files() {
    let tally = district(&STATE);
    assert_eq!(
        (tally.covered(), tally.persons_covered, tally.poor_covered, tally.poor),
        (24_124, 80_942, 665, 670)
    );
    assert!(tally.households() > tally.covered(), "the denominator is the register");
    let communes: HashSet<_> = STATE.households.iter().map(|h| h.commune).collect();
    assert_eq!(communes.len(), 11);
    assert!((85..=97).contains(&STATE.villages.len()), "{}", STATE.villages.len());
}

#[test]
fn the_figures_change_with_a_file() {
    let mut files = PRESET.files.clone();
    let cut = files.iter_mut().find(|f| f.1 == "phieu-dot-1.csv").expect("the first batch");
    let text = String::from_utf8(cut.2.clone()).expect("UTF-8");
    let kept: Vec<&str> = text.lines().take(5_001).collect();
    let rows = text.lines().count() - kept.len();
    cut.2 = kept.join("\n").into_bytes();
    let tally = district(&stages::run(&REFERENCE, &files, 2).expect("a run"));
    let lost = 24_124 - tally.covered();
    assert!(lost > 5_000 && lost <= rows as u64, "{lost} households lost with {rows} rows");
    assert!(tally.persons_covered < 80_942);
}

#[test]
fn every_row_whose_verdict_is_certain_gets_it() {
    let outcomes = outcomes(&STATE);
    let wrong: Vec<_> = PRESET
        .rows
        .iter()
        .filter_map(|row| {
            let got = outcomes.get(&(row.file.as_str(), row.row)).map(|o| o.verdict);
            let want = row.truth.verdict?;
            (got != Some(want)).then_some((&row.file, row.row, &row.truth.kinds, want, got))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} rows: {wrong:?}", wrong.len(), PRESET.rows.len());
}

#[test]
fn every_rule_has_its_dirt() {
    // Of files as a whole, of every row, of a state that only several runs make, or of decisions.
    const ELSEWHERE: &[RuleCode] = {
        use RuleCode::{A07, C02, D04, F01, F02, F03, F04, L01, R01, V01, V02, V03, V04};
        &[F01, F02, F03, F04, A07, D04, R01, L01, C02, V01, V02, V03, V04]
    };
    // A kind names the rules that are certain to speak, and in words those that are only likely to.
    let dealt = |code: RuleCode| {
        DirtProfile::table()
            .iter()
            .any(|row| row.codes.contains(&code) || row.what.contains(code.as_str()))
    };
    let missing: Vec<_> =
        RuleCode::ALL.iter().filter(|c| !dealt(**c) && !ELSEWHERE.contains(c)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_kind_of_dirt_is_found_by_the_rule_that_looks_for_it() {
    let file = |name: &str| STATE.files.iter().position(|f| &*f.name == name).expect("a file");
    let found: HashMap<(u32, u32), (bool, HashSet<_>)> = STATE
        .submissions
        .iter()
        .map(|s| {
            let codes = s.findings.iter().map(|f| f.code).collect();
            ((s.file, s.row), (s.link.is_some(), codes))
        })
        .collect();
    let (mut expected, mut missed) = (0, HashMap::<_, u32>::new());
    for row in &PRESET.rows {
        // A row that repeats another to the letter is folded into it, and has no findings of its own.
        let Some((linked, found)) = found.get(&(file(&row.file) as u32, row.row)) else { continue };
        // With the coordinates spoilt too, a commune named as of another date may stay undecided (A02).
        let hidden = |k: &Dirt| *k == Dirt::OtherUnit;
        let held = row.truth.kinds.iter().any(|k| k.row().place == Place::Pending);
        if held && row.truth.kinds.iter().any(hidden) {
            continue;
        }
        for code in &row.truth.codes {
            expected += 1;
            // The register's number of members is known where the household is.
            let unknowable = *code == RuleCode::H02 && !linked;
            if !found.contains(code) && !unknowable {
                *missed.entry((*code, row.truth.kinds.clone())).or_default() += 1;
            }
        }
    }
    assert!(expected > 10_000, "{expected}");
    assert!(missed.is_empty(), "{missed:?}");
}

/// Share of `a` in `a + b`.
fn share(a: usize, b: usize) -> f64 {
    a as f64 / (a + b).max(1) as f64
}

#[test]
fn submissions_are_matched_to_the_right_households() {
    let outcomes = outcomes(&STATE);
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for row in &PRESET.rows {
        let got = outcomes[&(row.file.as_str(), row.row)].household;
        match (got, row.truth.household.as_deref()) {
            (Some(got), Some(want)) if got == want => right += 1,
            (Some(_), _) => wrong += 1,
            (None, Some(_)) => missed += 1,
            (None, None) => {}
        }
    }
    let (precision, recall) = (share(right, wrong), share(right, missed));
    println!(
        "register matching: precision {precision:.5}, recall {recall:.5} over {right} matches"
    );
    assert!(precision >= 0.995 && recall >= 0.98, "precision {precision}, recall {recall}");
}

#[test]
fn submissions_of_one_household_are_found_to_be_one() {
    let outcomes = outcomes(&STATE);
    let mut by_entity: HashMap<&str, Vec<(usize, &str)>> = HashMap::new();
    let mut by_cluster: HashMap<(usize, &str), Vec<&str>> = HashMap::new();
    for row in &PRESET.rows {
        let cluster = outcomes[&(row.file.as_str(), row.row)].cluster;
        by_entity.entry(&row.truth.entity).or_default().push(cluster);
        by_cluster.entry(cluster).or_default().push(&row.truth.entity);
    }
    let pairs = |n: usize| n * (n - 1) / 2;
    let agreeing = |values: &[&str]| {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for value in values {
            *counts.entry(value).or_default() += 1;
        }
        counts.values().map(|n| pairs(*n)).sum::<usize>()
    };
    let truth: usize = by_entity.values().map(|c| pairs(c.len())).sum();
    let claimed: usize = by_cluster.values().map(|e| pairs(e.len())).sum();
    let right: usize = by_cluster.values().map(|e| agreeing(e)).sum();
    let (precision, recall) = (share(right, claimed - right), share(right, truth - right));
    println!("duplicates: precision {precision:.5}, recall {recall:.5} over {truth} true pairs");
    assert!(truth > 900, "{truth}");
    assert!(precision >= 0.995 && recall >= 0.98, "precision {precision}, recall {recall}");
}
