//! `diachiso check`: what it says of a file is what a run over that file alone would say, and what it mends stays mended.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    sync::{Arc, LazyLock},
};

use crate::support::{self, corpus, stages};
use diachiso_model::{
    Date, Profile, Proposal, RuleCode, Severity, SourceKind, SubmissionField, Verdict,
};
use diachiso_pipeline::{
    Checker, FileCheck, Input, MemoryScratch, NoProgress, Options, Reference, RepairSink,
    RepairedRow, Sealer,
};
use diachiso_source::{Mapping, RowBlock};
use stages::FileBytes;
use support::{diachiso, folder, succeed};

const TODAY: Date = Date::constant(2025, 12, 31);

static REFERENCE: LazyLock<Arc<Reference>> =
    LazyLock::new(|| Arc::new(Reference::load([]).expect("reference data")));

fn checker() -> Checker {
    let options = Options {
        today: TODAY,
        sealer: Sealer::with_key([7; 32]),
        profile: Profile::Default,
        decisions: Vec::new(),
    };
    Checker::new(Arc::clone(&REFERENCE), options)
}

/// The tables of a file.
fn inputs(file: &FileBytes) -> Vec<Input<'_>> {
    stages::inputs(file).expect("a file that can be read")
}

/// A row of the table with an index.
type At = (usize, u32);

/// Verdict and rules of every record, by row.
type Rows = BTreeMap<At, (Verdict, BTreeSet<RuleCode>)>;

/// What is said of the rows of one table.
#[derive(Default)]
struct Said {
    table: usize,
    rows: Rows,
}

impl RepairSink for Said {
    fn keep(
        &mut self,
        _: &Mapping<SubmissionField>,
        _: &RowBlock,
        rows: &[RepairedRow],
    ) -> io::Result<()> {
        let judged = rows.iter().filter_map(|row| {
            Some(((self.table, row.number), (row.verdict?, row.codes.iter().copied().collect())))
        });
        self.rows.extend(judged);
        Ok(())
    }
}

fn checked(file: &FileBytes) -> (FileCheck, Rows) {
    let checker = checker();
    let found =
        checker.check(inputs(file), &mut MemoryScratch::default(), &NoProgress).expect("a check");
    let mut said = Said::default();
    for (table, input) in inputs(file).into_iter().enumerate() {
        said.table = table;
        checker.repair(input, (&found, table), &mut said, &NoProgress).expect("a second look");
    }
    (found, said.rows)
}

/// The same of a run over the file alone, with what it proposes; of a row that repeats another to the letter only the
/// verdict is known.
fn run(file: &FileBytes) -> (Rows, BTreeSet<At>, Vec<Proposal>) {
    let state = stages::run_on(TODAY, &REFERENCE, std::slice::from_ref(file), 2).expect("a run");
    let at = |file: u32, row| (file as usize, row);
    let codes = |s: &diachiso_model::Submission| s.findings.iter().map(|f| f.code).collect();
    let judged =
        state.submissions.iter().map(|s| (at(s.file, s.row), (s.verdict, codes(s)))).collect();
    let mut proposals = state.proposals.clone();
    for proposal in &mut proposals {
        for at in &mut proposal.rows {
            *at = state.submissions[*at as usize].row;
        }
        proposal.rows.sort_unstable();
    }
    let repeats = state.repeats.iter().map(|repeat| at(repeat.at.file, repeat.at.row)).collect();
    (judged, repeats, proposals)
}

#[track_caller]
fn assert_says_what_a_run_says(file: &FileBytes) {
    let (found, mut said) = checked(file);
    let (expected, repeats, proposed) = run(file);
    assert!(found.conserved(), "{}", file.1);
    let mut counts = [0; 4];
    for (verdict, _) in said.values() {
        counts[*verdict as usize] += 1;
    }
    assert_eq!(found.verdicts, counts, "{}", file.1);
    for row in repeats {
        let (verdict, codes) = said.remove(&row).expect("a record");
        assert!(
            verdict == Verdict::Duplicate && codes.contains(&RuleCode::D01),
            "{} {row:?}",
            file.1
        );
    }
    for (row, outcome) in &expected {
        assert_eq!(said.get(row), Some(outcome), "{} row {row:?}", file.1);
    }
    assert_eq!(said.len(), expected.len(), "{}", file.1);
    let proposals: Vec<_> = found.proposals.iter().map(|p| p.proposal.clone()).collect();
    assert_eq!(proposals, proposed, "{}", file.1);
}

/// Files of submissions in the corpus that can be read.
fn corpus_files() -> Vec<FileBytes> {
    let cases = corpus::cases();
    let usable = cases.iter().filter(|c| !c.refused() && c.kind == SourceKind::Submissions);
    let paths: Vec<_> = usable.map(corpus::Case::path).collect();
    stages::load(SourceKind::Submissions, &paths)
}

#[test]
fn a_check_says_of_every_row_what_a_run_without_a_register_says() {
    let files = corpus_files();
    assert!(files.len() > 30);
    files.iter().for_each(assert_says_what_a_run_says);
}

#[test]
fn of_thousands_of_rows_too() {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "3000", "--district", "477", "--out", &out]);
    let paths = support::files(folder.path(), "phieu-");
    let files = stages::load(SourceKind::Submissions, &paths);
    assert!(files.iter().map(|f| f.2.len()).sum::<usize>() > 500_000);
    files.iter().for_each(assert_says_what_a_run_says);
    // All rows in one file, so that repeats and shared values meet.
    let first = stages::load(SourceKind::Submissions, &paths[..1]).remove(0);
    let text = String::from_utf8(first.2).expect("UTF-8");
    let rows: String = text.lines().skip(1).step_by(3).fold(String::new(), |all, l| all + l + "\n");
    let doubled = (first.0, first.1, (text.clone() + &rows).into_bytes());
    assert_says_what_a_run_says(&doubled);
}

/// What no copy can mend: a position that a code gave stays one; a name that several units bear is decided by the point
/// each time; rows that are no households stay skipped.
const STAYS: [RuleCode; 3] = [RuleCode::A03, RuleCode::G15, RuleCode::F03];

/// Files with several tables, which no csv file can hold.
fn several(name: &str) -> bool {
    let case = corpus::cases().into_iter().find(|case| case.name == name).expect("a case");
    case.rows.keys().any(|(sheet, _)| !sheet.is_empty())
}

#[test]
fn what_was_mended_in_the_copy_needs_no_mending_again() {
    let folder = folder();
    let mut mended = 0;
    for (_, name, bytes) in corpus_files() {
        let file = folder.path().join(&name);
        fs::write(&file, &bytes).expect("a file");
        let ends: &[&str] = if several(&name) { &["xlsx"] } else { &["csv", "xlsx"] };
        for end in ends {
            let copy = folder.path().join(format!("copy.{end}"));
            let [path, out] = [&file, &copy].map(|p| p.to_string_lossy().into_owned());
            let first = succeed(["check", &path, "--today", "2025-12-31", "--json", "--fix", &out]);
            let again = succeed(["check", &out, "--today", "2025-12-31", "--json"]);
            let [first, again] = [first, again]
                .map(|text| serde_json::from_str::<serde_json::Value>(&text).expect("JSON"));
            let fixes = |of: &serde_json::Value| -> Vec<String> {
                let rules = of["rules"].as_array().expect("rules").iter();
                let fixed = rules.filter(|r| r["severity"] == Severity::Fixed.letter());
                let codes = fixed.map(|r| r["code"].as_str().expect("a code").to_owned());
                codes.filter(|c| !STAYS.iter().any(|s| s.as_str() == c)).collect()
            };
            mended += fixes(&first).len();
            assert_eq!(fixes(&again), Vec::<String>::new(), "{name} → {end}");
            let kept = |of: &serde_json::Value| {
                (of["verdicts"]["held"].clone(), of["verdicts"]["rejected"].clone())
            };
            assert_eq!(kept(&again), kept(&first), "{name} → {end}");
        }
        assert_eq!(fs::read(&file).expect("the file"), bytes, "{name} was changed");
    }
    assert!(mended > 60, "{mended}");
}

#[test]
fn the_columns_come_first_and_the_page_needs_nothing_from_elsewhere() {
    let folder = folder();
    let page = folder.path().join("bao-cao.html");
    let file = corpus::path("tcvn3.csv");
    let args =
        ["check", &file.to_string_lossy(), "--html", &page.to_string_lossy()].map(str::to_owned);
    let output = diachiso(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(words.starts_with("tcvn3.csv: tiêu đề ở dòng / heading in row"), "{words}");
    let summary = String::from_utf8(output.stdout).expect("UTF-8");
    for part in ["dòng / rows", "Chấp nhận / accepted", "F05 F", "Đã chuyển bảng mã sang Unicode"]
    {
        assert!(summary.contains(part), "{part} in {summary}");
    }
    let page = fs::read_to_string(page).expect("a page");
    assert!(page.contains("Kết quả kiểm tra") && page.contains("F05"), "{page}");
    assert!(!page.contains("<script") && !page.contains("http"), "nothing is loaded");
}

#[test]
fn a_value_cannot_become_markup() {
    let folder = folder();
    let file = folder.path().join("<b>.csv");
    let text = "Họ và tên chủ hộ;Xã/Phường;Vĩ độ;Kinh độ;Ngày thu thập\n<script>alert(1)</script> ?;Xã <img src=x>;0;0;31/02/2024\n";
    fs::write(&file, text).expect("a file");
    let page = folder.path().join("p.html");
    succeed(["check", &file.to_string_lossy(), "--html", &page.to_string_lossy()]);
    let page = fs::read_to_string(page).expect("a page");
    assert!(
        page.contains("&lt;img") && !page.contains("<img") && !page.contains("<b>.csv"),
        "{page}"
    );
}

#[test]
fn the_copy_never_overwrites_the_file_and_is_its_owners_alone() {
    let folder = folder();
    let file = folder.path().join("phieu.csv");
    fs::copy(corpus::path("vni.csv"), &file).expect("a file");
    let path = file.to_string_lossy().into_owned();
    let refused = diachiso(["check", &path, "--fix", &path]);
    assert_eq!(refused.status.code(), Some(1));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains("choose another name"), "{words}");
    succeed(["check", &path, "--fix"]);
    let copy = folder.path().join("phieu.da-sua.csv");
    let text = fs::read_to_string(&copy).expect("a copy");
    assert!(text.contains("Kết quả kiểm tra") && text.contains(" → "), "{text}");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(&copy).expect("a copy").permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn one_submission_is_judged_while_it_is_filled_in() {
    let cells = [
        (SubmissionField::Head, "nguyễn văn AN"),
        (SubmissionField::Commune, "Xã Quảng Phú"),
        (SubmissionField::Latitude, "107,5060"),
        (SubmissionField::Longitude, "16,5735"),
        (SubmissionField::Phone, "0126 123 4567"),
        (SubmissionField::CollectedOn, "31/02/2024"),
    ];
    let one = checker().check_one(&cells, true).expect("a submission");
    let codes: BTreeSet<&str> = one.findings.iter().map(|f| f.code.as_str()).collect();
    for code in ["N02", "G01", "G03", "P02", "T01", "M01"] {
        assert!(codes.contains(code), "{code} in {codes:?}");
    }
    assert_eq!(one.verdict, Verdict::Rejected);
    let missing = checker().check_one(&[], true).expect("an empty form");
    assert!(missing.findings.iter().any(|f| f.code == RuleCode::N01));
}
