//! What a store holds after a thousand operations, each published by what it changed, is what one run over everything
//! makes.

use std::{path::Path, sync::LazyLock};

use crate::support::{handed_in, rulings, stages};
use diachiso_model::{Choice, Decision, DecisionKind, Published, SourceKind, Timestamp};
use diachiso_pipeline::Reference;
use diachiso_store::{AreaQuery, GeoPackage, NewRun, Store};
use diachiso_testkit::Rng;
use handed_in::pool;
use rulings::about_one;
use stages::FileBytes;

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

const OPERATIONS: usize = 1_000;
/// Operations after which the store is compared.
const COMPARED: usize = 50;

/// Files and decisions, and the store that is kept up to date with them.
struct Kept {
    files: Vec<FileBytes>,
    record: Vec<Decision>,
    store: GeoPackage,
    rng: Rng,
}

/// A file's name stands for its hash.
fn withdrawn(record: &[Decision], file: &FileBytes) -> bool {
    Decision::withdraws(record, &file.1)
}

impl Kept {
    fn state(&self, files: &[FileBytes]) -> Published {
        let live: Vec<FileBytes> =
            files.iter().filter(|f| !withdrawn(&self.record, f)).cloned().collect();
        let mut state = stages::run_decided(&REFERENCE, &live, 1, &self.record).expect("a run");
        for report in &mut state.files {
            report.hash = report.name.clone();
        }
        state
    }

    /// Publishes the state of now by what changed.
    async fn publish(&self) -> Published {
        let state = self.state(&self.files);
        publish(&self.store, &state).await;
        state
    }

    fn decide(&mut self, kind: DecisionKind, target: &str, choice: Choice) {
        let at = Timestamp::UNIX_EPOCH;
        self.record.push(Decision::new(kind, target, choice, "a", at, "b").expect("whole"));
    }

    /// Decides something about submissions, households or proposals of a state.
    fn rule(&mut self, state: &Published) {
        let choice = *self.rng.pick(&Choice::ALL);
        if state.submissions.len() < 2 {
            return;
        }
        let id = |rng: &mut Rng| rng.pick(&state.submissions).id;
        match self.rng.below(7) {
            5 | 6 => {
                if let Some((kind, target)) = about_one(&mut self.rng, &REFERENCE, state) {
                    self.decide(kind, &target, choice);
                }
            }
            0 if !state.proposals.is_empty() => {
                let target = self.rng.pick(&state.proposals).id.to_string();
                self.decide(DecisionKind::Proposal, &target, choice);
            }
            1 | 2 if !state.households.is_empty() => {
                let s = id(&mut self.rng);
                let h = self.rng.pick(&state.households);
                let target =
                    format!("{s} {} {}", state.registers[h.register as usize].source, h.id);
                self.decide(DecisionKind::Match, &target, choice);
            }
            _ => {
                let (a, b) = (id(&mut self.rng), id(&mut self.rng));
                if a != b {
                    let target = format!("{} {}", a.min(b), a.max(b));
                    self.decide(DecisionKind::Pair, &target, choice);
                }
            }
        }
    }

    /// One thing that people do.
    async fn operate(&mut self, pool: &[FileBytes], state: &Published) -> Published {
        let file = self.rng.pick(pool).clone();
        let known = self.files.iter().any(|f| f.1 == file.1);
        // A register is seldom replaced; decisions are many.
        let seldom = file.0 == SourceKind::Register && !self.rng.chance(0.3);
        if seldom || self.rng.chance(0.4) {
            self.rule(state);
        } else if !known {
            self.files.push(file);
        } else if withdrawn(&self.record, &file) {
            self.decide(DecisionKind::File, &file.1, Choice::Withdraw);
        } else {
            self.decide(DecisionKind::File, &file.1, Choice::Refuse);
        }
        self.publish().await
    }

    /// Compares the store with one that a single run over everything fills, its files in another order.
    async fn compare(&mut self, folder: &Path, after: usize) {
        let mut files = self.files.clone();
        self.rng.shuffle(&mut files);
        let path = folder.join(format!("{after}.gpkg"));
        let anew = GeoPackage::create_or_open(&path).await.expect("a store");
        publish(&anew, &self.state(&files)).await;
        assert!(told(&self.store).await == told(&anew).await, "after {after} operations");
    }
}

async fn publish(store: &GeoPackage, state: &Published) {
    let new = NewRun::default();
    store.publish(state, &REFERENCE.units, &[], &new, &|_| ()).await.expect("published");
}

/// What a store tells, but for files, rows and runs.
async fn told(store: &GeoPackage) -> (String, String) {
    let mut points = store.density_points().await.expect("read");
    points.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
    let villages = store.village_shapes().await.expect("read");
    let query =
        AreaQuery { on: None, level: diachiso_model::Level::Village, within: None, source: None };
    let coverage = store.coverage(&query).await.expect("read");
    let area = "46".parse().expect("a code");
    let gaps = store.gaps(&area, None, 10_000).await.expect("read");
    let verdicts = store.rule_counts().await.expect("read");
    let rest = format!("{points:?}\n{villages:?}\n{coverage:?}\n{gaps:?}\n{verdicts:?}");
    (store.dump().await.expect("a dump"), rest)
}

#[tokio::test]
async fn a_thousand_operations_leave_what_one_run_over_everything_makes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (registers, submissions) = pool(&REFERENCE, 5);
    let pool: Vec<FileBytes> = registers.iter().chain(&submissions).cloned().collect();
    let store = GeoPackage::create_or_open(folder.path().join("kept.gpkg")).await;
    let store = store.expect("a store");
    let mut kept = Kept { files: Vec::new(), record: Vec::new(), store, rng: Rng::new(17) };
    kept.files.push(registers[0].clone());
    let mut state = kept.publish().await;
    let mut most = 0;
    for done in 1..=OPERATIONS {
        state = kept.operate(&pool, &state).await;
        most = most.max(state.submissions.len());
        if done % COMPARED == 0 {
            kept.compare(folder.path(), done).await;
        }
    }
    assert!(most > 60 && kept.record.len() > OPERATIONS / 3, "{most} {}", kept.record.len());
}

#[tokio::test]
async fn what_is_put_in_and_withdrawn_leaves_no_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let (registers, submissions) = pool(&REFERENCE, 9);
    let store = GeoPackage::create_or_open(folder.path().join("kept.gpkg")).await;
    let store = store.expect("a store");
    let mut kept = Kept { files: registers, record: Vec::new(), store, rng: Rng::new(3) };
    kept.files.truncate(1);
    for file in submissions {
        let before = {
            kept.publish().await;
            told(&kept.store).await
        };
        kept.files.push(file.clone());
        kept.publish().await;
        kept.decide(DecisionKind::File, &file.1, Choice::Refuse);
        kept.publish().await;
        assert!(told(&kept.store).await == before, "{} left a trace", file.1);
        kept.decide(DecisionKind::File, &file.1, Choice::Withdraw);
    }
}
