//! A state that is kept up to date is, after every change, what one run over everything makes.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use crate::support::{self, district, handed_in, rulings, stages};
use diachiso_model::{
    Choice, Decision, DecisionKind, Published, SourceKind, Submission, SubmissionId, Timestamp,
};
use diachiso_pipeline::{Live, NoProgress, Reference};
use diachiso_testkit::Rng;
use district::{District, Size, moved};
use rulings::about_one;
use stages::{FileBytes, TODAY};

static REFERENCE: LazyLock<Arc<Reference>> =
    LazyLock::new(|| Arc::new(Reference::load([]).expect("reference data")));

/// A live state, and all that it rests on.
struct Kept {
    live: Live,
    register: FileBytes,
    /// Files that are in force with their numbers.
    files: Vec<(u32, FileBytes)>,
    record: Vec<Decision>,
    rng: Rng,
}

fn live(files: &[FileBytes], record: &[Decision]) -> Live {
    let inputs = files.iter().flat_map(|file| stages::inputs(file).expect("opens")).collect();
    let options = stages::options(TODAY, record);
    Live::new(Arc::clone(&REFERENCE), inputs, options, &NoProgress).expect("a state")
}

/// What is published of every submission, by id; the same in a live state and in a run.
fn told(state: &Published) -> BTreeMap<SubmissionId, Submission> {
    state.submissions.iter().map(|s| (s.id, s.clone())).collect()
}

impl Kept {
    fn new(register: FileBytes, seed: u64) -> Self {
        let live = live(std::slice::from_ref(&register), &[]);
        Self { live, register, files: Vec::new(), record: Vec::new(), rng: Rng::new(seed) }
    }

    /// What one run over everything makes.
    fn anew(&self) -> Published {
        let mut files = vec![self.register.clone()];
        files.extend(self.files.iter().map(|(_, file)| file.clone()));
        stages::judged(TODAY, &REFERENCE, &files, &self.record).expect("a run")
    }

    fn decide(&mut self, kind: DecisionKind, target: &str, choice: Choice) {
        let at = Timestamp::UNIX_EPOCH;
        let decision = Decision::new(kind, target, choice, "a", at, "b").expect("whole");
        self.record.push(decision.clone());
        self.live.decide([decision]);
    }

    /// Decides something about submissions, households or proposals.
    fn rule(&mut self, state: &Published) {
        if state.submissions.len() < 2 {
            return;
        }
        let choice = *self.rng.pick(&Choice::ALL);
        let id = |rng: &mut Rng| rng.pick(&state.submissions).id;
        match self.rng.below(9) {
            5..=7 => {
                if let Some((kind, target)) = about_one(&mut self.rng, &REFERENCE, state) {
                    self.decide(kind, &target, choice);
                }
            }
            8 if !self.record.is_empty() => {
                let before = self.rng.pick(&self.record).clone();
                self.decide(before.kind(), before.target(), Choice::Withdraw);
            }
            0..=2 if !state.proposals.is_empty() => {
                let target = self.rng.pick(&state.proposals).id.to_string();
                self.decide(DecisionKind::Proposal, &target, choice);
            }
            3 => {
                let s = id(&mut self.rng);
                let h = self.rng.pick(&state.households);
                let target =
                    format!("{s} {} {}", state.registers[h.register as usize].source, h.id);
                self.decide(DecisionKind::Match, &target, choice);
            }
            _ => {
                // Of one name more often than not: strangers are seldom taken for one.
                let a = self.rng.pick(&state.submissions);
                let kin: Vec<SubmissionId> =
                    state.submissions.iter().filter(|s| s.head == a.head).map(|s| s.id).collect();
                let b = if self.rng.chance(0.7) { *self.rng.pick(&kin) } else { id(&mut self.rng) };
                if a.id != b {
                    let target = format!("{} {}", a.id.min(b), a.id.max(b));
                    self.decide(DecisionKind::Pair, &target, choice);
                }
            }
        }
    }

    fn published(&mut self) -> Published {
        self.live.published().expect("no row went missing")
    }

    fn add(&mut self, file: FileBytes) {
        let input = stages::inputs(&file).expect("opens").remove(0);
        let (number, _) = self.live.add(input).expect("taken in");
        self.files.push((number, file));
    }

    /// Files that come as one batch.
    fn add_all(&mut self, files: Vec<FileBytes>) {
        let open = |file| stages::inputs(file).expect("opens").remove(0);
        let inputs = files.iter().map(open).collect();
        let (numbers, _) = self.live.add_all(inputs, &NoProgress).expect("taken in");
        assert_eq!(numbers.len(), files.len());
        self.files.extend(numbers.zip(files));
    }

    /// One thing that people do.
    fn operate(&mut self, pool: &[FileBytes], state: &Published) {
        let file = self.rng.pick(pool).clone();
        let known = self.files.iter().position(|(_, f)| f.1 == file.1);
        match known {
            _ if self.rng.chance(0.4) => self.rule(state),
            None if self.rng.chance(0.2) => {
                let known = |f: &&FileBytes| self.files.iter().any(|(_, own)| own.1 == f.1);
                let rest: Vec<FileBytes> =
                    pool.iter().filter(|f| !known(f)).take(3).cloned().collect();
                self.add_all(rest);
            }
            None => self.add(file),
            Some(at) => {
                let (number, _) = self.files.remove(at);
                self.live.withdraw(number);
            }
        }
    }

    /// Compares with one run; returns its state.
    #[track_caller]
    fn compare(&mut self, after: usize) -> Published {
        let (kept, anew) = (self.published(), self.anew());
        if stages::state_text(&kept) != stages::state_text(&anew) {
            let (a, b) = (told(&kept), told(&anew));
            for (id, s) in &b {
                let other = a.get(id);
                assert_eq!(other, Some(s), "after {after} changes: submission {id}");
            }
            assert_eq!(kept.proposals, anew.proposals, "after {after} changes");
            for (a, b) in kept.households.iter().zip(&anew.households) {
                assert_eq!(a, b, "after {after} changes");
            }
            for (a, b) in kept.villages.iter().zip(&anew.villages) {
                assert_eq!(a, b, "after {after} changes");
            }
            assert!(kept.tallies == anew.tallies, "after {after} changes: counts");
            panic!("after {after} changes: another difference");
        }
        assert!(kept.files.iter().all(diachiso_model::FileReport::conserved));
        assert_eq!(kept.files, anew.files, "after {after} changes");
        assert_eq!(kept.repeats, anew.repeats, "after {after} changes");
        assert_eq!(kept.skipped, anew.skipped, "after {after} changes");
        anew
    }
}

#[test]
fn a_thousand_changes_leave_what_one_run_over_everything_makes() {
    let (registers, submissions) = handed_in::pool(&REFERENCE, 5);
    let mut kept = Kept::new(registers[0].clone(), 17);
    let mut state = kept.compare(0);
    let mut most = 0;
    for done in 1..=1_000 {
        kept.operate(&submissions, &state);
        if done % 20 == 0 {
            state = kept.compare(done);
        } else if done % 5 == 0 {
            state = kept.published();
        }
        most = most.max(state.submissions.len());
    }
    assert!(most > 60 && kept.record.len() > 250, "{most} {}", kept.record.len());
}

/// Files of collectors one of whom has a device set to VN-2000, one measured in another zone and one copied fixes.
fn shifted() -> Vec<FileBytes> {
    let size = Size { communes: 2, villages: 4, houses: 40 };
    let mut district = District::new(&REFERENCE, 3, size);
    district.roam(0, "Phan Lệch", |visit, _| {
        visit.fix = moved(visit.fix, -195.0, 112.0);
        visit.cells = district::degrees(visit.fix);
    });
    let fix = district.visits[2].cells.clone();
    district.take(
        "Võ Chép",
        |visit, _| visit.cells.clone_from(&fix),
        |v| v.commune == 1 && v.village == 2 && v.house < 9,
    );
    district.files(16)
}

#[test]
fn devices_that_are_shifted_are_found_and_lost_as_files_come_and_go() {
    let mut files = shifted();
    let register = files.remove(0);
    let mut kept = Kept::new(register, 23);
    for file in &files {
        kept.add(file.clone());
    }
    let found: Vec<String> = kept.compare(0).proposals.iter().map(|p| p.id.to_string()).collect();
    assert!(found.len() > 1, "{found:?}");
    for choice in [Choice::Apply, Choice::Refuse, Choice::Withdraw, Choice::Apply] {
        for proposal in &found {
            kept.decide(DecisionKind::Proposal, proposal, choice);
            kept.compare(0);
        }
    }
    let mut state = kept.compare(0);
    let (mut with, mut without) = (0, 0);
    for done in 1..=150 {
        kept.operate(&files, &state);
        state = if done % 3 == 0 { kept.compare(done) } else { kept.published() };
        *if state.proposals.is_empty() { &mut without } else { &mut with } += 1;
    }
    assert!(with > 10 && without > 10, "{with} with proposals, {without} without");
}

#[test]
fn dirt_of_every_kind_is_judged_alike() {
    let folder = support::folder();
    let at = folder.path();
    support::succeed(["generate", "--households", "1000", "--out", &at.to_string_lossy()]);
    let register = stages::load(SourceKind::Register, &support::files(at, "register")).remove(0);
    let whole = stages::load(SourceKind::Submissions, &support::files(at, "phieu"));
    let csv = whole.into_iter().filter(|(_, name, _)| name.contains(".csv"));
    let mut files = Vec::new();
    for (kind, name, bytes) in csv {
        // Whatever the encoding, lines end in one byte.
        let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
        for (part, rows) in lines[1..].chunks(40).enumerate() {
            let bytes = [&[lines[0]], rows].concat().concat();
            files.push((kind, format!("{part}-{name}"), bytes));
        }
    }
    let mut kept = Kept::new(register, 29);
    let mut state = kept.compare(0);
    for done in 1..=300 {
        kept.operate(&files, &state);
        if done % 10 == 0 {
            state = kept.compare(done);
        }
    }
    assert!(state.submissions.len() > 60 && state.rules.len() > 25, "{:?}", state.rules);
}

#[test]
fn what_is_put_in_and_withdrawn_leaves_no_trace() {
    let (registers, submissions) = handed_in::pool(&REFERENCE, 9);
    let mut kept = Kept::new(registers[0].clone(), 1);
    for file in submissions {
        let before = stages::state_text(&kept.published());
        let input = || stages::inputs(&file).expect("opens").remove(0);
        let (number, put) = kept.live.add(input()).expect("taken in");
        let gone = kept.live.withdraw(number);
        assert!(stages::state_text(&kept.published()) == before, "{} left a trace", file.1);
        // What one undoes the other did.
        assert_eq!(put.households, gone.households);
        let turned = |effect: &diachiso_pipeline::Effect, back: bool| -> Vec<_> {
            let order = |t: &diachiso_pipeline::Turned| {
                if back { (t.id, t.after, t.before) } else { (t.id, t.before, t.after) }
            };
            effect.submissions.iter().map(order).collect()
        };
        assert_eq!(turned(&put, false), turned(&gone, true));
        kept.live.add(input()).expect("taken in");
    }
}
