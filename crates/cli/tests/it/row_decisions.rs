//! What people decide of one submission: it is accepted, rejected, given a unit or a point; nothing is overwritten, and
//! taken back, it leaves no trace.

use std::{path::Path, sync::LazyLock};

use crate::support::{self, stages};
use diachiso_model::{
    Choice, Decision, DecisionKind, Finding, PrecisionClass, Published, RuleCode, Severity,
    SourceKind, Submission, SubmissionId, Timestamp, Verdict,
};
use diachiso_pipeline::Reference;
use stages::FileBytes;
use support::{diachiso, dump, folder, loaded, succeed};

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

static FILES: LazyLock<Vec<FileBytes>> = LazyLock::new(|| {
    let folder = folder();
    let at = folder.path();
    succeed(["generate", "--households", "1500", "--out", &at.to_string_lossy()]);
    let mut files = stages::load(SourceKind::Register, &support::files(at, "register"));
    files.extend(stages::load(SourceKind::Submissions, &support::files(at, "phieu")));
    files
});

static OPEN: LazyLock<Published> = LazyLock::new(|| decided(&[]));

fn decided(record: &[Decision]) -> Published {
    let state = stages::run_decided(&REFERENCE, &FILES, 2, record).expect("a run");
    assert!(state.files.iter().all(diachiso_model::FileReport::conserved));
    state
}

fn decision(kind: DecisionKind, target: &str, choice: Choice) -> Decision {
    Decision::new(kind, target, choice, "Lê Văn C", Timestamp::UNIX_EPOCH, "đã xem ảnh")
        .expect("whole")
}

fn submission(state: &Published, id: SubmissionId) -> &Submission {
    let at = state.submissions.binary_search_by_key(&id, |s| s.id).expect("still there");
    &state.submissions[at]
}

fn finding(s: &Submission, code: RuleCode) -> Option<&Finding> {
    s.findings.iter().find(|f| f.code == code)
}

/// A row that these rules alone hold.
fn held_for(codes: &[RuleCode]) -> &'static Submission {
    let alone = |s: &&Submission| {
        let mut holding = s.findings.iter().filter(|f| f.severity == Severity::Review).peekable();
        s.verdict == Verdict::Held
            && holding.peek().is_some()
            && holding.all(|f| codes.contains(&f.code))
    };
    OPEN.submissions.iter().find(alone).expect("dirt of every kind")
}

/// Carries decisions out, looks at the row, and takes all of them back.
#[track_caller]
fn check(s: &Submission, decisions: &[(DecisionKind, String)], look: impl Fn(&Submission)) {
    let made: Vec<Decision> =
        decisions.iter().map(|(kind, target)| decision(*kind, target, Choice::Apply)).collect();
    look(submission(&decided(&made), s.id));
    let back = decisions.iter().map(|(kind, target)| decision(*kind, target, Choice::Withdraw));
    let mut after = decided(&made.iter().cloned().chain(back).collect::<Vec<_>>());
    after.decisions.clear();
    assert!(stages::state_text(&after) == stages::state_text(&OPEN), "a trace is left");
}

#[test]
fn accepting_overrules_what_holds_a_row_and_keeps_what_was_noticed() {
    let s = held_for(&[RuleCode::M02, RuleCode::M03, RuleCode::G09, RuleCode::G10]);
    check(s, &[(DecisionKind::Verdict, s.id.to_string())], |now| {
        assert!(matches!(now.verdict, Verdict::Accepted | Verdict::Duplicate), "{now:?}");
        assert_eq!(
            finding(now, RuleCode::V01).expect("noted").replacement.as_deref(),
            Some("đã xem ảnh")
        );
        for before in s.findings.iter().filter(|f| f.severity == Severity::Review) {
            let after = finding(now, before.code).expect("nothing is forgotten");
            assert_eq!((&after.original, after.severity), (&before.original, Severity::Warning));
        }
    });
}

#[test]
fn accepting_does_not_say_which_household_it_is() {
    let s = held_for(&[RuleCode::R02]);
    let accept = decision(DecisionKind::Verdict, &s.id.to_string(), Choice::Apply);
    assert_eq!(submission(&decided(&[accept]), s.id).verdict, Verdict::Held);
}

#[test]
fn a_rejected_row_counts_nowhere_and_says_why() {
    let s = OPEN
        .submissions
        .iter()
        .find(|s| s.verdict == Verdict::Accepted && s.link.is_some())
        .expect("an accepted row");
    let state = decided(&[decision(DecisionKind::Verdict, &s.id.to_string(), Choice::Refuse)]);
    let now = submission(&state, s.id);
    assert_eq!(now.verdict, Verdict::Rejected);
    assert_eq!(
        finding(now, RuleCode::V02).expect("noted").replacement.as_deref(),
        Some("đã xem ảnh")
    );
    let covered = |state: &Published| {
        state
            .households
            .iter()
            .filter(|h| h.state == diachiso_model::HouseholdState::Covered)
            .count()
    };
    assert!(covered(&state) <= covered(&OPEN));
}

#[test]
fn a_chosen_point_stands_beside_the_one_that_came() {
    let s = held_for(&[RuleCode::G09, RuleCode::G11, RuleCode::G10]);
    let village = s.village.expect("a village");
    let there = OPEN.villages[village as usize].centre.expect("a middle");
    let target = format!("{} {:.7} {:.7}", s.id, there.lat(), there.lon());
    check(s, &[(DecisionKind::Point, target)], |now| {
        assert_eq!(now.precision, Some(PrecisionClass::B));
        assert_eq!(now.point.expect("a point").to_string(), there.to_string());
        let note = finding(now, RuleCode::V04).expect("noted");
        assert!(note.original.starts_with(&s.point.expect("a point").to_string()), "{note:?}");
        for code in [RuleCode::G09, RuleCode::G11] {
            assert!(finding(now, code).is_none(), "{now:?}");
        }
    });
}

#[test]
fn a_row_without_coordinates_counts_once_a_person_says_where_it_is() {
    let s = held_for(&[RuleCode::G07]);
    let there = OPEN.villages[s.village.expect("a village") as usize].centre.expect("a middle");
    let target = format!("{} {:.7} {:.7}", s.id, there.lat(), there.lon());
    check(s, &[(DecisionKind::Point, target)], |now| {
        assert!(finding(now, RuleCode::G07).is_none() && now.point.is_some(), "{now:?}");
        assert_ne!(now.verdict, Verdict::Held, "{now:?}");
    });
}

#[test]
fn a_chosen_village_is_the_one_that_the_row_is_counted_in() {
    let s = held_for(&[RuleCode::A04]);
    let commune = s.commune.expect("a commune");
    let of_commune = |v: &&diachiso_model::Village| {
        REFERENCE.units.at(commune, "2024-12-01".parse().expect("a day")).contains(&v.commune)
    };
    let village = OPEN.villages.iter().find(of_commune).expect("a village");
    check(s, &[(DecisionKind::Unit, format!("{} {}", s.id, village.code))], |now| {
        assert_eq!(now.village.map(|at| &OPEN.villages[at as usize].code), Some(&village.code));
        let note = finding(now, RuleCode::V03).expect("noted");
        assert!(note.original.contains(&*s.village_text), "{note:?}");
        assert!(note.replacement.as_deref().is_some_and(|r| r.contains(&*village.name)));
        assert!(finding(now, RuleCode::A04).is_none());
        assert_eq!(now.village_text, s.village_text, "what was stated stays");
    });
}

/// A row of a file that one rule alone holds, as the command names it.
fn row_held_for(store: &Path, file: &str, code: RuleCode) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = diachiso_store::open_store(&store.to_string_lossy(), false).await;
        let rows = store.expect("a store").report(Some(file), None, 100_000).await.expect("rows");
        let alone = |row: u32| {
            let of = |r: &&diachiso_store::ReportRow| {
                r.row == row && r.finding.severity == Severity::Review
            };
            rows.iter().filter(of).count() == 1
        };
        let held = rows
            .iter()
            .find(|r| r.verdict == Verdict::Held && r.finding.code == code && alone(r.row));
        format!("{file}:{}", held.expect("such a row").row)
    })
}

#[test]
fn the_command_decides_of_a_row_says_so_and_takes_it_back() {
    let (_folder, store, first) = loaded();
    let at = store.to_string_lossy().into_owned();
    let before = dump(&store);
    let name = first.file_name().expect("a name").to_string_lossy().into_owned();
    let decide = |args: &[&str]| {
        let signed = ["--by", "Lê Văn C", "--why", "đã xem ảnh", "--store", &at];
        diachiso(["decide"].iter().chain(args).chain(&signed))
    };
    let ok = |args: &[&str]| {
        let output = decide(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let no = |args: &[&str], why: &str| {
        let output = decide(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(why), "{args:?}: {said}");
    };
    let held = row_held_for(&store, &name, RuleCode::M02);
    ok(&[&held, "accept"]);
    no(&[&held, "accept"], "is not held");
    let told = succeed(["explain", &held, "--store", &at]);
    assert!(told.contains("chấp nhận / accepted · Lê Văn C"), "{told}");
    ok(&[&held, "withdraw"]);
    no(&[&held, "withdraw"], "nothing to withdraw");
    assert!(dump(&store) == before, "a trace is left");
    no(&[&held, "unit", "99999"], "no village");
    no(&[&held, "point", "north"], "no position");
    no(&[&held, "apply"], "no proposal");
    ok(&[&held, "point", "16.5735,107.5060"]);
    ok(&[&held, "point", "16.5736,107.5060"]);
    ok(&[&held, "reject"]);
    no(&[&held, "withdraw"], "say which");
    ok(&[&held, "withdraw", "point"]);
    ok(&[&held, "withdraw", "verdict"]);
    assert!(dump(&store) == before, "a trace is left");
}
