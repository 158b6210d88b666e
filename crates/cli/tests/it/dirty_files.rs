//! The corpus of `fixtures/dirty/files`: whole files as people hand them in, run through all stages against a small
//! register. Of every row the verdict and the exact set of rule codes are compared, of a file that is refused the rule
//! and the words.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::LazyLock,
};

use crate::support::{self, corpus, stages};
use corpus::{At, Case, Fate, Rows, cases, names};
use diachiso_model::{Date, FileReport, Published, RowRef, RuleCode, SourceKind, Verdict};
use diachiso_pipeline::{Reference, RunError};
use diachiso_source::areas;
use diachiso_testkit::fixture;
use support::{diachiso, dump, folder, run_args, succeed};

/// The day on which all files are loaded: behind every reform.
const TODAY: Date = Date::constant(2025, 12, 31);

/// Units and boundaries as they come with the program, and one made-up area in which no point may be shown.
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let masks = fs::read(fixture("dirty/masks.geojson")).expect("masks");
    let masks = areas::read_geojson("masks.geojson", &masks).expect("masks");
    let reference = Reference::load([]).expect("reference data");
    reference.with_masks(masks.into_iter().map(|area| area.shape).collect())
});

/// The files of a run: the register, the file of the case, and those beside it.
fn run(case: &Case) -> Result<Published, RunError> {
    let register = [fixture("dirty/register.csv")];
    let mut files = stages::load(SourceKind::Register, &register);
    files.extend(stages::load(case.kind, &[case.path()]));
    let others: Vec<PathBuf> =
        case.after.iter().chain(&case.beside).map(|n| corpus::path(n)).collect();
    files.extend(stages::load(SourceKind::Submissions, &others));
    stages::run_on(TODAY, &REFERENCE, &files, 1)
}

fn codes(of: impl IntoIterator<Item = RuleCode>) -> BTreeSet<String> {
    of.into_iter().map(|code| code.to_string()).collect()
}

/// The sheet of the case that a label of the program means; empty where the file has one table.
fn sheet_of<'l>(case: &Case, label: &'l str) -> Option<&'l str> {
    match label.strip_prefix(&case.name)? {
        "" => Some(""),
        sheet => sheet.strip_prefix(" [")?.strip_suffix(']'),
    }
}

/// What became of the rows of the case. Lines of a register that were used are not told apart from each other by the
/// program; they are compared by number.
fn outcomes(case: &Case, state: &Published) -> Rows {
    let own = |file: u32| sheet_of(case, &state.files[file as usize].name).map(str::to_owned);
    let at = |at: RowRef| own(at.file).map(|sheet| (sheet, at.row));
    let judged = state.submissions.iter().filter_map(|s| {
        // A match is kept as a link and told as R01 wherever findings are shown.
        let matched = s.link.map(|_| RuleCode::R01);
        let found = codes(s.findings.iter().map(|f| f.code).chain(matched));
        Some((at(RowRef { file: s.file, row: s.row })?, (Fate::Judged(s.verdict), found)))
    });
    let repeats = state.repeats.iter().filter_map(|r| at(r.at));
    let repeats = repeats.map(|at| (at, (Fate::Judged(Verdict::Duplicate), BTreeSet::new())));
    let skipped = state.skipped.iter().filter_map(|s| at(s.at));
    let skipped = skipped.map(|at| (at, (Fate::Skipped, codes([RuleCode::F03]))));
    let rejects = state.register_rejects.iter().filter_map(|r| {
        Some((at(r.at)?, (Fate::Judged(Verdict::Rejected), codes([r.finding.code]))))
    });
    judged.chain(repeats).chain(skipped).chain(rejects).collect()
}

/// What became of a row, as the expectations write it.
fn words(outcome: Option<&(Fate, BTreeSet<String>)>) -> String {
    let Some((fate, codes)) = outcome else { return "no such row".to_owned() };
    let fate = match fate {
        Fate::Judged(verdict) => verdict.as_str(),
        Fate::Skipped => "skipped",
    };
    [fate].into_iter().chain(codes.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
}

/// Differences between what is expected of the rows of a file and what became of them, one a line.
fn differences(case: &Case, state: &Published) -> Vec<String> {
    let own = || state.files.iter().filter(|file| sheet_of(case, &file.name).is_some());
    let sum = |count: &dyn Fn(&FileReport) -> u64| own().map(count).sum::<u64>();
    let got = outcomes(case, state);
    let used = |fate: &Fate| {
        case.kind == SourceKind::Register
            && matches!(fate, Fate::Judged(Verdict::Accepted | Verdict::Duplicate))
    };
    let told = |rows: &Rows| -> Rows {
        rows.iter()
            .filter(|(_, (fate, _))| !used(fate))
            .map(|(r, o)| (r.clone(), o.clone()))
            .collect()
    };
    let expected = told(&case.rows);
    let rows: BTreeSet<&At> = expected.keys().chain(got.keys()).collect();
    let mut wrong: Vec<String> = rows
        .into_iter()
        .filter(|row| expected.get(*row) != got.get(*row))
        .map(|row| {
            let (expected, got) = (words(expected.get(row)), words(got.get(row)));
            let (sheet, number) = row;
            format!("{sheet} row {number}: expected {expected}, got {got}")
        })
        .collect();
    let mut check = |what: &str, expected: u64, got: u64| {
        if expected != got {
            wrong.push(format!("{what}: expected {expected}, got {got}"));
        }
    };
    check("rows read", case.rows.len() as u64, sum(&|f| f.rows_read));
    for verdict in Verdict::ALL {
        let expected = case.rows.values().filter(|(fate, _)| *fate == Fate::Judged(verdict));
        check(verdict.as_str(), expected.count() as u64, sum(&|f| f.verdict(verdict)));
    }
    let dropped: Vec<&str> =
        own().flat_map(|file| &file.dropped_columns).map(|name| &**name).collect();
    let dropped = dropped.join("; ");
    let sensitive = case.codes.contains(RuleCode::C02.as_str());
    if dropped != if sensitive { case.note.as_str() } else { "" } {
        wrong.push(format!("dropped columns: {dropped}"));
    }
    wrong
}

#[test]
fn every_file_has_an_expectation_and_every_expectation_a_file() {
    let (files, expected) = names();
    assert_eq!(files, expected);
}

#[test]
fn every_row_of_every_file_gets_its_verdict_and_its_codes_and_no_others() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| !case.refused()) {
        let differences = match run(case) {
            Ok(state) => differences(case, &state),
            Err(error) => vec![error.to_string()],
        };
        wrong.extend(differences.iter().map(|line| format!("{}, {line}", case.name)));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_file_that_is_refused_is_told_by_rule_and_reason_and_ends_the_program_with_1() {
    let folder = folder();
    for (n, case) in cases().iter().filter(|case| case.refused()).enumerate() {
        let store = folder.path().join(format!("{n}.gpkg"));
        let paths = |names: &[String]| names.iter().map(|n| corpus::path(n)).collect::<Vec<_>>();
        if !case.after.is_empty() {
            succeed(run_args(&store, &[], &paths(&case.after)));
        }
        let mut files = paths(&case.beside);
        files.push(case.path());
        let output = diachiso(match case.kind {
            SourceKind::Register => run_args(&store, &files, &[]),
            SourceKind::Submissions => run_args(&store, &[], &files),
        });
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{}: {words}", case.name);
        let said = words.lines().find(|line| line.contains(&case.name)).unwrap_or_default();
        for expected in case.codes.iter().chain([&case.note]) {
            assert!(
                said.contains(expected.as_str()),
                "{}: {expected} is not in {words}",
                case.name
            );
        }
    }
}

/// Checks that the program accounts for every row of every file.
fn check_summary(summary: &str, cases: &[Case]) {
    let summary: serde_json::Value = serde_json::from_str(summary).expect("JSON");
    let files = summary["files"].as_array().expect("files");
    let mut tables = 1;
    for case in cases {
        let name = |file: &serde_json::Value| file["name"].as_str().expect("a name").to_owned();
        let own: Vec<_> =
            files.iter().filter(|file| sheet_of(case, &name(file)).is_some()).collect();
        let sum = |key: &str| own.iter().map(|f| f[key].as_u64().expect("a count")).sum::<u64>();
        assert_eq!(sum("rows_read"), case.rows.len() as u64, "{own:?}");
        let skipped = case.rows.values().filter(|(fate, _)| *fate == Fate::Skipped).count();
        assert_eq!(sum("skipped"), skipped as u64, "{own:?}");
        tables += own.len();
    }
    assert_eq!(files.len(), tables);
}

#[test]
fn the_whole_corpus_gives_one_state_whether_it_is_read_from_its_files_or_from_what_was_kept() {
    let folder = folder();
    let cases: Vec<Case> = cases().into_iter().filter(|case| !case.refused()).collect();
    let of = |kind| {
        cases.iter().filter(move |case| case.kind == kind).map(Case::path).collect::<Vec<_>>()
    };
    let (mut registers, submissions) = (of(SourceKind::Register), of(SourceKind::Submissions));
    let kept = folder.path().join("kept.gpkg");
    succeed(run_args(&kept, &registers, &submissions));
    let register = fixture("dirty/register.csv");
    check_summary(&succeed(run_args(&kept, std::slice::from_ref(&register), &[])), &cases);
    registers.push(register);
    let fresh = folder.path().join("fresh.gpkg");
    check_summary(&succeed(run_args(&fresh, &registers, &submissions)), &cases);
    assert!(dump(&kept) == dump(&fresh), "rows that were kept read otherwise");
}

/// What people decided, which no file says.
const OF_DECISIONS: [RuleCode; 4] = [RuleCode::V01, RuleCode::V02, RuleCode::V03, RuleCode::V04];

#[test]
fn every_rule_is_expected_at_least_twice_and_the_corpus_is_whole() {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut records = csv::Reader::from_path(fixture("dirty/rows.csv")).expect("rows");
    let mut rows = 0;
    for record in records.records() {
        let codes = record.expect("a record")[3].to_owned();
        rows += codes.split('|').count();
        for code in codes.split(['|', ' ']).filter(|code| !code.is_empty()) {
            *count.entry(code.to_owned()).or_default() += 1;
        }
    }
    let cases = cases();
    for case in &cases {
        rows += case.rows.len();
        for code in case.codes.iter().chain(case.rows.values().flat_map(|(_, codes)| codes)) {
            *count.entry(code.clone()).or_default() += 1;
        }
    }
    let seldom: Vec<&RuleCode> = RuleCode::ALL
        .iter()
        .filter(|code| !OF_DECISIONS.contains(code))
        .filter(|code| count.get(code.as_str()).is_none_or(|n| *n < 2))
        .collect();
    assert!(seldom.is_empty(), "expected less than twice: {seldom:?}");
    assert!(rows >= 600, "{rows} rows");
    assert!(cases.len() >= 40, "{} files", cases.len());
}
