//! What people decide about single submissions holds in every run, comes before all evidence, and can be taken back.

use std::{collections::BTreeSet, sync::LazyLock};

use crate::support::{self, stages};
use diachiso_model::{Choice, Decision, DecisionKind, Published, SourceKind, Timestamp, Verdict};
use diachiso_pipeline::Reference;
use proptest::prelude::*;
use stages::FileBytes;
use support::{diachiso, files, folder, run_args, succeed};

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));
/// A small commune's files, and what they come to without any decision.
static PLAIN: LazyLock<(Vec<FileBytes>, Published)> = LazyLock::new(|| {
    let folder = folder();
    let at = folder.path();
    succeed(["generate", "--households", "1000", "--seed", "8", "--out", &at.to_string_lossy()]);
    let mut all: Vec<FileBytes> = stages::load(SourceKind::Register, &files(at, "register"));
    all.extend(stages::load(SourceKind::Submissions, &files(at, "phieu")));
    let state = stages::run(&REFERENCE, &all, 2).expect("a run");
    (all, state)
});

fn decided(decisions: &[Decision]) -> Published {
    stages::run_decided(&REFERENCE, &PLAIN.0, 2, decisions).expect("a run")
}

fn decision(kind: DecisionKind, target: &str, choice: Choice) -> Decision {
    Decision::new(kind, target, choice, "Lê Văn C", Timestamp::UNIX_EPOCH, "đã hỏi").expect("whole")
}

fn pair(a: usize, b: usize, choice: Choice) -> Decision {
    let id = |at: usize| PLAIN.1.submissions[at].id;
    let target = format!("{} {}", id(a).min(id(b)), id(a).max(id(b)));
    decision(DecisionKind::Pair, &target, choice)
}

fn line(submission: usize, household: usize, choice: Choice) -> Decision {
    let id = PLAIN.1.submissions[submission].id;
    let h = &PLAIN.1.households[household];
    let source = &PLAIN.1.registers[h.register as usize].source;
    decision(DecisionKind::Match, &format!("{id} {source} {}", h.id), choice)
}

/// The household that a submission is of: a line of the register, else the submission that it repeats or is.
fn household(state: &Published, at: usize) -> (bool, u32) {
    let s = &state.submissions[at];
    s.link.map_or((false, s.master.unwrap_or(at as u32)), |link| (true, link.household))
}

/// The state without the record of decisions.
fn rest(state: Published) -> Published {
    Published { decisions: Vec::new(), ..state }
}

/// An accepted submission of a household, an accepted one of another, and one that is in no register.
fn three() -> [usize; 3] {
    let all = || PLAIN.1.submissions.iter().enumerate();
    let accepted = |linked: bool| {
        all().filter(move |(_, s)| s.verdict == Verdict::Accepted && s.link.is_some() == linked)
    };
    let mut linked = accepted(true).map(|(at, _)| at);
    let outside = accepted(false).map(|(at, _)| at).next().expect("one outside the register");
    [linked.next().expect("one"), linked.next().expect("another"), outside]
}

#[test]
fn a_submission_is_the_line_that_a_person_says_and_not_the_one_he_refuses() {
    let [a, _, outside] = three();
    let own = household(&PLAIN.1, a);
    let refused = decided(&[line(a, own.1 as usize, Choice::Refuse)]);
    assert_ne!(household(&refused, a), own);
    let free = PLAIN.1.households.iter().position(|h| h.submission.is_none()).expect("one without");
    let given = decided(&[line(outside, free, Choice::Apply)]);
    assert_eq!(household(&given, outside), (true, free as u32));
    assert_eq!(given.households[free].state, diachiso_model::HouseholdState::Covered);
}

#[test]
fn two_that_are_one_share_the_line_of_the_register() {
    let [a, _, outside] = three();
    let state = decided(&[pair(a, outside, Choice::Apply)]);
    assert_eq!(household(&state, outside), household(&PLAIN.1, a));
    let verdicts = [a, outside].map(|at| state.submissions[at].verdict);
    assert!(verdicts.contains(&Verdict::Accepted) && verdicts[0] != verdicts[1], "{verdicts:?}");
}

#[test]
fn what_was_in_doubt_is_settled_by_a_person_and_taken_back() {
    // One name 25 m apart, no code, phone or number: in no register, and in doubt (D04).
    let table = "Họ và tên chủ hộ,Xã/Phường/Thị trấn,Huyện/Thị xã,Vĩ độ,Kinh độ,Hệ tọa độ,Ngày thu thập,Căn cứ xử lý\n\
        Nguyễn Thị Thủy,Xã Quảng Phước,Huyện Quảng Điền,16.600961,107.533963,WGS84,01/07/2024,Đồng ý\n\
        Nguyễn Thị Thủy,Xã Quảng Phước,Huyện Quảng Điền,16.601186,107.533963,WGS84,05/07/2024,Đồng ý\n";
    let file: FileBytes =
        (SourceKind::Submissions, "phieu.csv".to_owned(), table.as_bytes().to_vec());
    let run = |decisions: &[Decision]| {
        stages::run_decided(&REFERENCE, std::slice::from_ref(&file), 1, decisions).expect("a run")
    };
    let plain = run(&[]);
    let verdicts = |state: &Published| -> BTreeSet<(u32, Verdict)> {
        state.submissions.iter().map(|s| (s.row, s.verdict)).collect()
    };
    let [first, second] = [0, 1].map(|at| plain.submissions[at].id);
    let target = format!("{first} {second}");
    let ruled = |choices: &[Choice]| {
        let all: Vec<_> =
            choices.iter().map(|c| decision(DecisionKind::Pair, &target, *c)).collect();
        run(&all)
    };
    let told = |verdict| BTreeSet::from([(2, Verdict::Accepted), (3, verdict)]);
    assert_eq!(verdicts(&plain), told(Verdict::Held));
    let same = ruled(&[Choice::Apply]);
    assert_eq!(verdicts(&same), told(Verdict::Duplicate));
    assert_eq!(same.submissions.iter().filter(|s| s.master.is_some()).count(), 1);
    assert_eq!(verdicts(&ruled(&[Choice::Refuse])), told(Verdict::Accepted));
    let withdrawn = ruled(&[Choice::Apply, Choice::Withdraw]);
    assert_eq!(verdicts(&rest(withdrawn)), verdicts(&plain));
}

#[test]
fn repeats_that_a_person_parts_are_two_households() {
    let repeat = PLAIN.1.submissions.iter().position(|s| s.verdict == Verdict::Duplicate);
    let repeat = repeat.expect("a repeat");
    let master = PLAIN.1.submissions[repeat].master.expect("its master") as usize;
    let state = decided(&[pair(repeat, master, Choice::Refuse)]);
    assert_ne!(household(&state, repeat), household(&state, master));
    assert_eq!(household(&state, master), household(&PLAIN.1, master));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn rulings_hold_in_any_order_of_files_and_taken_back_leave_nothing(
        drawn in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8), 1..12),
    ) {
        let (submissions, households) = (PLAIN.1.submissions.len(), PLAIN.1.households.len());
        let mut decisions: Vec<Decision> = Vec::new();
        let mut targets = BTreeSet::new();
        for (a, b, what) in drawn {
            let a = a.index(submissions);
            let made = match what {
                0 | 1 if a == b.index(submissions) => continue,
                0 => pair(a, b.index(submissions), Choice::Apply),
                1 => pair(a, b.index(submissions), Choice::Refuse),
                2 => line(a, b.index(households), Choice::Apply),
                _ => line(a, b.index(households), Choice::Refuse),
            };
            // One question each: what holds of a target is tested with the record.
            if targets.insert(made.target().to_owned()) {
                decisions.push(made);
            }
        }
        let state = decided(&decisions);
        let mut files = PLAIN.0.clone();
        files.reverse();
        let turned = stages::run_decided(&REFERENCE, &files, 1, &decisions).expect("a run");
        let what = |state: &Published| -> Vec<_> {
            state.submissions.iter().map(|s| (s.id, s.verdict, s.link, s.master)).collect()
        };
        prop_assert_eq!(what(&state), what(&turned));
        for d in decisions.iter().filter(|d| d.kind() == DecisionKind::Match) {
            let mut words = d.target().splitn(3, ' ');
            let id = words.next().expect("an id").parse().expect("an id");
            let at = state.submissions.binary_search_by_key(&id, |s| s.id).expect("it is there");
            let own = words.nth(1).expect("a household");
            let is = state.submissions[at].link.is_some_and(|l| *state.households[l.household as usize].id == *own);
            let last = decisions.iter().filter(|e| e.kind() == DecisionKind::Match && e.choice() == Choice::Apply);
            let several = last.filter(|e| e.target().starts_with(&id.to_string())).count();
            if several <= 1 {
                prop_assert_eq!(is, d.choice() == Choice::Apply, "{:?}", d);
            }
        }
        let back = decisions.iter().map(|d| decision(d.kind(), d.target(), Choice::Withdraw));
        let record: Vec<Decision> = decisions.iter().cloned().chain(back).collect();
        prop_assert_eq!(what(&rest(decided(&record))), what(&PLAIN.1));
    }
}

#[test]
fn the_command_records_runs_again_and_takes_back() {
    let folder = folder();
    let at = folder.path();
    succeed(["generate", "--households", "1000", "--seed", "8", "--out", &at.to_string_lossy()]);
    let store = at.join("kho.gpkg");
    succeed(run_args(&store, &files(at, "register"), &files(at, "phieu")));
    let store = store.to_string_lossy().into_owned();
    let [a, _, outside] = three();
    // By file and row: ids depend on the key of identity numbers.
    let id = |at: usize| {
        let s = &PLAIN.1.submissions[at];
        format!("{}:{}", PLAIN.1.files[s.file as usize].name, s.row)
    };
    let decide = |choice: &str| {
        let (a, b) = (id(a), id(outside));
        let args =
            ["match", &a, &b, choice, "--by", "Lê Văn C", "--why", "đã hỏi", "--store", &store];
        diachiso(args)
    };
    let explain = || succeed(["explain", &id(a), &id(outside), "--store", &store]);
    assert!(explain().contains("two households"));
    assert!(!decide("withdraw").status.success(), "nothing is decided yet");
    let told = decide("same");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let same = explain();
    assert!(same.contains("→ một hộ / one household") && same.contains("Lê Văn C"), "{same}");
    assert!(!decide("same").status.success(), "decided twice");
    assert!(decide("withdraw").status.success());
    assert!(explain().contains("→ hai hộ / two households"));
    let own = ["match", &id(a), &id(a), "same", "--by", "x", "--why", "y", "--store", &store];
    let error = diachiso(own).stderr;
    assert!(String::from_utf8_lossy(&error).contains("both are one submission"));
}
