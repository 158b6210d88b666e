//! What people decide of proposals is done in every later run, can be taken back, and depends on no order of files.

use std::{fs, path::PathBuf, sync::LazyLock};

use crate::support::{self, district, stages};
use diachiso_model::{
    Choice, Decision, DecisionKind, LonLat, PrecisionClass, ProposalKind, ProposalStatus,
    Published, RuleCode, SourceKind, Submission, Timestamp, Verdict,
};
use diachiso_pipeline::Reference;
use diachiso_spatial::{distance, projected_zone::ZONES, vn2000};
use district::{District, SMALL, degrees};
use serde_json::Value;
use support::{diachiso, dump, folder, run_args, succeed};

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

const SHIFTED: &str = "Hà Thị Mỹ";
const ZONED: &str = "Võ Văn Mét";
const COPYING: &str = "Đặng Thị Sao";

/// One collector of each kind, in a commune each.
fn planted() -> District {
    let mut district = District::new(&REFERENCE, 7, SMALL);
    district.roam(0, SHIFTED, |visit, _| {
        visit.cells = degrees(vn2000::wgs84_to_geographic(visit.fix));
    });
    district.roam(1, ZONED, |visit, _| {
        let (easting, northing) = ZONES[1].from_wgs84(visit.fix);
        visit.cells = (format!("{northing:.2}"), format!("{easting:.2}"));
    });
    let fix = district.visits.iter().find(|v| v.commune == 2).expect("a visit").cells.clone();
    district.roam(2, COPYING, |visit, _| {
        if visit.village == 0 && visit.house < 16 {
            visit.cells.clone_from(&fix);
        }
    });
    district
}

fn decision(target: &str, choice: Choice) -> Decision {
    let kind = DecisionKind::Proposal;
    Decision::new(kind, target, choice, "Lê Văn C", Timestamp::UNIX_EPOCH, "đã hỏi").expect("whole")
}

fn decided(district: &District, decisions: &[Decision]) -> Published {
    stages::run_decided(&REFERENCE, &district.files(10_000), 2, decisions).expect("a run")
}

fn id(state: &Published, kind: ProposalKind) -> String {
    let of: Vec<_> = state.proposals.iter().filter(|p| p.kind == kind).collect();
    assert_eq!(of.len(), 1, "{kind:?}: {of:?}");
    of[0].id.to_string()
}

fn of<'s>(state: &'s Published, collector: &'s str) -> impl Iterator<Item = &'s Submission> {
    state.submissions.iter().filter(move |s| &*s.collector == collector)
}

fn has(s: &Submission, code: RuleCode) -> bool {
    s.findings.iter().any(|f| f.code == code)
}

/// Where the houses of a collector's rows are, by head and village.
fn off_m(district: &District, s: &Submission) -> f64 {
    let near = |v: &&district::Visit| *v.collector == *s.collector;
    let point = s.point.expect("a point");
    let to = |fix: LonLat| distance::metres(fix, point);
    district.visits.iter().filter(near).map(|v| to(v.fix)).fold(f64::MAX, f64::min)
}

#[test]
fn an_applied_datum_moves_the_points_and_keeps_what_was() {
    let district = planted();
    let open = decided(&district, &[]);
    assert!(of(&open, SHIFTED).all(|s| has(s, RuleCode::G12) && s.verdict == Verdict::Held));
    let target = id(&open, ProposalKind::Datum);
    let applied = decided(&district, &[decision(&target, Choice::Apply)]);
    for (before, after) in of(&open, SHIFTED).zip(of(&applied, SHIFTED)) {
        assert!(!has(after, RuleCode::G12) && has(after, RuleCode::G04), "{after:?}");
        let note = after.findings.iter().find(|f| f.code == RuleCode::G04).expect("noted");
        assert_eq!(*note.original, before.point.expect("a point").to_string());
        assert_eq!(after.precision, before.precision, "the fix is as good as it was");
        assert!(off_m(&district, after) < 0.2, "{}", off_m(&district, after));
    }
    let accepted = of(&applied, SHIFTED).filter(|s| s.verdict == Verdict::Accepted).count();
    assert!(accepted * 10 >= of(&applied, SHIFTED).count() * 8, "{accepted}");
    assert_eq!(id(&applied, ProposalKind::Datum), target, "the evidence stays on the list");
    let status = |state: &Published, id: &str| {
        state.proposals.iter().find(|p| p.id.to_string() == id).expect("listed").status
    };
    assert_eq!(status(&applied, &target), ProposalStatus::Applied);

    let refused = decided(&district, &[decision(&target, Choice::Refuse)]);
    assert_eq!(status(&refused, &target), ProposalStatus::Refused);
    for (before, after) in of(&open, SHIFTED).zip(of(&refused, SHIFTED)) {
        assert!(!has(after, RuleCode::G12) && after.point == before.point);
    }
    let record = [decision(&target, Choice::Apply), decision(&target, Choice::Withdraw)];
    let mut withdrawn = decided(&district, &record);
    withdrawn.decisions.clear();
    assert_eq!(stages::state_text(&withdrawn), stages::state_text(&open));
}

#[test]
fn an_applied_zone_gives_the_points_that_were_missing() {
    let district = planted();
    let open = decided(&district, &[]);
    assert!(of(&open, ZONED).all(|s| s.verdict == Verdict::Held));
    let applied = decided(&district, &[decision(&id(&open, ProposalKind::Zone), Choice::Apply)]);
    for s in of(&applied, ZONED) {
        assert!(!has(s, RuleCode::G05) && has(s, RuleCode::G04), "{s:?}");
        assert!(
            off_m(&district, s) < 0.1 && s.precision.is_some_and(PrecisionClass::counts),
            "{s:?}"
        );
    }
}

#[test]
fn a_copied_fix_is_held_when_applied_and_let_go_when_refused() {
    let district = planted();
    let open = decided(&district, &[]);
    let copied = |s: &&Submission| has(s, RuleCode::G10);
    // Four households on one fix are no stack by themselves.
    assert_eq!(of(&open, COPYING).filter(copied).count(), 0);
    let target = id(&open, ProposalKind::CopiedFix);
    let applied = decided(&district, &[decision(&target, Choice::Apply)]);
    let held: Vec<_> = of(&applied, COPYING).filter(copied).collect();
    assert_eq!(held.len(), 4);
    assert!(held.iter().all(|s| s.verdict == Verdict::Held));
    let refused = decided(&district, &[decision(&target, Choice::Refuse)]);
    assert_eq!(of(&refused, COPYING).filter(copied).count(), 0);
}

#[test]
fn a_decision_about_no_proposal_changes_nothing() {
    let district = planted();
    let mut state = decided(&district, &[decision("00000000ffff", Choice::Apply)]);
    assert_eq!(state.decisions.len(), 1, "it stays on record");
    state.decisions.clear();
    assert_eq!(stages::state_text(&state), stages::state_text(&decided(&district, &[])));
}

#[test]
fn order_and_cutting_do_not_matter_with_decisions_either() {
    let mut district = planted();
    let open = decided(&district, &[]);
    let record = [ProposalKind::Datum, ProposalKind::Zone, ProposalKind::CopiedFix]
        .map(|kind| decision(&id(&open, kind), Choice::Apply));
    let whole = stages::state_text(&decided(&district, &record));
    let register = district.files(10_000).remove(0);
    for (seed, (rows, threads)) in [(61, 1), (250, 3), (7, 2)].into_iter().enumerate() {
        let mut rng = diachiso_testkit::Rng::new(seed as u64);
        rng.shuffle(&mut district.visits);
        let mut files: Vec<_> = district.files(rows).split_off(1);
        rng.shuffle(&mut files);
        files.push(register.clone());
        let (kind, _, bytes) = files[0].clone();
        files.push((kind, "lai.csv".to_owned(), bytes));
        let other = stages::run_decided(&REFERENCE, &files, threads, &record).expect("a run");
        assert_eq!(stages::state_text(&other), whole, "{rows} rows a file");
    }
}

/// The files on disk: the register and the submissions.
fn written(at: &std::path::Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut register, mut submissions) = (Vec::new(), Vec::new());
    for (kind, name, bytes) in planted().files(300) {
        let path = at.join(name);
        fs::write(&path, bytes).expect("written");
        match kind {
            SourceKind::Register => register.push(path),
            SourceKind::Submissions => submissions.push(path),
        }
    }
    (register, submissions)
}

fn proposals(store: &str) -> Value {
    serde_json::from_str(&succeed(["proposals", "--json", "--store", store])).expect("JSON")
}

#[test]
fn an_officer_lists_applies_refuses_and_withdraws() {
    let folder = folder();
    let path = folder.path().join("a.gpkg");
    let (register, submissions) = written(folder.path());
    succeed(run_args(&path, &register, &submissions));
    let store = path.to_string_lossy().into_owned();
    let open = dump(&path);
    let listed = proposals(&store);
    let all = listed["proposals"].as_array().expect("a list");
    let datum = all.iter().find(|p| p["kind"] == "datum").expect("a datum");
    assert!(all.len() == 3 && all.iter().all(|p| p["status"] == "open"), "{listed:#}");
    let touched: usize = datum["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|f| f["rows"].as_array().expect("rows").len())
        .sum();
    assert_eq!(datum["rows"], touched);
    let id = datum["id"].as_str().expect("an id").to_owned();
    let words = succeed(["proposals", "--store", &store]);
    assert!(words.contains(SHIFTED) && words.contains("Lệch hệ VN-2000"), "{words}");

    let decide = |id: &str, choice: &str| {
        let by = ["--by", "Lê Văn C", "--why", "đã kiểm tra máy", "--store", &store];
        diachiso([&["decide", id, choice], &by[..]].concat())
    };
    let output = decide(&id[..6], "apply");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.contains("Chấp nhận") && said.contains('→') && said.contains("(+"), "{said}");
    let applied = dump(&path);
    assert_ne!(applied, open);
    let again = proposals(&store);
    let status = again["proposals"].as_array().expect("a list").iter().find(|p| p["id"] == *id);
    assert_eq!(status.expect("still listed")["status"], "applied");
    assert_eq!(again["decisions"][0]["by"], "Lê Văn C");

    // A later run over one more file keeps to what was decided.
    let more = folder.path().join("them.csv");
    let text = fs::read_to_string(&submissions[0]).expect("a file");
    fs::write(&more, text.lines().take(9).collect::<Vec<_>>().join("\n")).expect("written");
    succeed(run_args(&path, &[], &[more]));
    assert_eq!(dump(&path), applied, "rows sent again change nothing");

    for (id, choice, words) in [
        (&*id, "apply", "on record already"),
        ("zzz", "apply", "no proposal"),
        (all[1]["id"].as_str().expect("an id"), "withdraw", "nothing to withdraw"),
    ] {
        let output = decide(id, choice);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(words), "{said}");
    }
    assert!(decide(&id, "refuse").status.success());
    assert_ne!(dump(&path), applied);
    assert!(decide(&id, "withdraw").status.success());
    assert_eq!(dump(&path), open, "what is taken back leaves no trace in the state");
    let record = proposals(&store)["decisions"].as_array().expect("a record").len();
    assert_eq!(record, 3, "and stays on record");
}
