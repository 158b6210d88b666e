//! A service keeps the state of its store in memory and goes on from it; what it publishes is what whole runs publish.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use crate::support::{handed_in, stages};
use diachiso_model::{
    Choice, Date, Decision, DecisionKind, GuardLimits, Profile, SourceKind, Timestamp,
};
use diachiso_pipeline::{Progress, Reference, Sealer};
use diachiso_runs::{
    Acceptance, At, Given, Job, JobError, Key, Mappings, Resident, Watch, release, run_from,
};
use diachiso_store::{GeoPackage, Store};
use diachiso_testkit::Rng;
use stages::TODAY;

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

/// Steps of the long sequence.
const STEPS: i64 = 40;

/// Hears whether registers are read, which only a run over everything does.
#[derive(Default)]
struct Ear(AtomicBool);

impl Progress for Ear {
    fn stage(&self, name: &'static str, _: Option<u64>) {
        if name == "registers" {
            self.0.store(true, Relaxed);
        }
    }

    fn advance(&self, _: u64) {}
}

impl Watch for Ear {
    fn say(&self, _: &str) {}
}

/// What is asked of both stores.
#[derive(Clone, Default)]
struct Asked {
    files: Vec<(SourceKind, PathBuf)>,
    decisions: Vec<Decision>,
    guard: GuardLimits,
    today: Option<Date>,
}

/// A store of which the state is kept, and one that every run makes anew.
struct Two {
    kept: Arc<dyn Store>,
    anew: Arc<dyn Store>,
    resident: Arc<Resident>,
    today: Mutex<Date>,
    /// Submissions of the newest run.
    ids: Mutex<Vec<String>>,
}

fn key() -> Key {
    Sealer::with_key([7; 32]).into()
}

async fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(GeoPackage::create_or_open(path).await.expect("a store"))
}

impl Two {
    async fn new(folder: &Path, most: usize) -> Self {
        let (kept, anew) =
            (open(&folder.join("kept.gpkg")).await, open(&folder.join("anew.gpkg")).await);
        let (resident, today) = (Arc::new(Resident::new(most)), Mutex::new(TODAY));
        Self { kept, anew, resident, today, ids: Mutex::default() }
    }

    fn job(&self, store: &Arc<dyn Store>, asked: &Asked) -> Job {
        let mut today = self.today.lock().expect("one thread");
        *today = asked.today.unwrap_or(*today);
        Job {
            store: At::Open(Arc::clone(store)),
            files: asked.files.iter().map(|(kind, path)| Given::new(*kind, path.clone())).collect(),
            sheets: Vec::new(),
            key: key(),
            today: *today,
            profile: Profile::Default,
            mappings: Mappings::default(),
            legal_basis: Some("5678/UBND".into()),
            guard: asked.guard,
            acceptance: None,
            kept: None,
            decisions: asked.decisions.clone(),
            full: false,
        }
    }

    /// Does the same in both; whether everything was judged anew in the store that is kept, or why nothing was published.
    async fn ask(&self, asked: &Asked) -> Result<bool, JobError> {
        let ear = Arc::new(Ear::default());
        let job = self.job(&self.kept, asked);
        let going_on = run_from(Some(Arc::clone(&self.resident)), job, Arc::clone(&ear) as _).await;
        let anew = run_from(None, self.job(&self.anew, asked), Arc::new(Ear::default())).await;
        assert_eq!(going_on.is_ok(), anew.is_ok());
        let outcome = going_on?;
        let other = anew?;
        assert_eq!(outcome.state.files, other.state.files, "reports of files");
        assert_eq!(outcome.state.rules, other.state.rules, "counts of rules");
        let ids = outcome.state.submissions.iter().map(|s| s.id.to_string()).collect();
        *self.ids.lock().expect("one thread") = ids;
        self.compare().await;
        Ok(ear.0.load(Relaxed))
    }

    async fn compare(&self) {
        let (kept, anew) = (self.kept.dump().await, self.anew.dump().await);
        assert!(kept.expect("a dump") == anew.expect("a dump"), "the two stores differ");
        let report = |store: &Arc<dyn Store>| {
            let store = Arc::clone(store);
            async move { store.report(None, None, 10_000).await.expect("read") }
        };
        assert_eq!(report(&self.kept).await, report(&self.anew).await, "what is said of rows");
    }

    /// Publishes the batch that is held under this number, in both.
    async fn release(&self, batch: i64) -> bool {
        let by = || Acceptance { by: "a".to_owned(), why: "b".to_owned() };
        let ear = Arc::new(Ear::default());
        let job = release(Arc::clone(&self.kept), batch, by(), key()).await.expect("held");
        let resident = Some(Arc::clone(&self.resident));
        run_from(resident, job, Arc::clone(&ear) as _).await.expect("published");
        let job = release(Arc::clone(&self.anew), batch, by(), key()).await.expect("held");
        run_from(None, job, Arc::new(Ear::default())).await.expect("published");
        self.compare().await;
        ear.0.load(Relaxed)
    }
}

/// Files of a tiny district on disk: registers, and submissions.
fn handed_in(folder: &Path, seed: u64) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (registers, submissions) = handed_in::pool(&REFERENCE, seed);
    let write = |files: Vec<stages::FileBytes>| {
        let write = |(_, name, bytes): stages::FileBytes| {
            let path = folder.join(name);
            fs::write(&path, bytes).expect("written");
            path
        };
        files.into_iter().map(write).collect()
    };
    (write(registers), write(submissions))
}

fn submissions(files: &[&PathBuf]) -> Asked {
    let files = files.iter().map(|path| (SourceKind::Submissions, (*path).clone())).collect();
    Asked { files, ..Asked::default() }
}

async fn decision(store: &Arc<dyn Store>, file: &Path, choice: Choice, second: i64) -> Decision {
    let name = file.file_name().expect("a name").to_string_lossy();
    let sources = store.sources().await.expect("read");
    let hash = &sources.iter().find(|s| *s.name == *name).expect("taken in").hash;
    let at = Timestamp::from_second(second).expect("an instant");
    Decision::new(DecisionKind::File, hash, choice, "a", at, "b").expect("whole")
}

#[tokio::test]
async fn a_run_goes_on_from_the_one_before_unless_more_than_submissions_and_decisions_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let (registers, files) = handed_in(folder.path(), 3);
    let two = Two::new(folder.path(), 1_000_000).await;
    let register = |path: &PathBuf| Asked {
        files: vec![(SourceKind::Register, path.clone())],
        ..Asked::default()
    };
    assert!(two.ask(&register(&registers[0])).await.expect("a run"), "there was nothing before");
    assert!(!two.ask(&submissions(&[&files[0]])).await.expect("a run"), "goes on");
    assert!(!two.ask(&submissions(&[&files[1], &files[2]])).await.expect("a run"), "goes on");

    // A file that cannot be read changes nothing and costs nothing.
    let broken = folder.path().join("hong.csv");
    fs::write(&broken, "a;b\n1;2\n").expect("written");
    two.ask(&submissions(&[&broken])).await.expect_err("no column is known");
    assert!(!two.ask(&submissions(&[&files[3]])).await.expect("a run"), "goes on");

    // Nor does a batch that is held.
    let repeated = files.last().expect("repeats of two files");
    let guard = "repeated_percent=1 least_repeated=1".parse().expect("limits");
    let held = two.ask(&Asked { guard, ..submissions(&[repeated]) }).await;
    let Err(JobError::Held { batch, .. }) = held else { panic!("not held") };
    assert!(!two.ask(&submissions(&[&files[4]])).await.expect("a run"), "goes on");
    assert!(!two.release(batch).await, "goes on");

    // A file is withdrawn, which leaves its rows out; put back, it stands before others: everything is judged anew.
    let refuse = decision(&two.kept, &files[1], Choice::Refuse, 1).await;
    let asked = |decision| Asked { decisions: vec![decision], ..Asked::default() };
    assert!(!two.ask(&asked(refuse)).await.expect("a run"), "goes on");
    let undo = decision(&two.kept, &files[1], Choice::Withdraw, 2).await;
    assert!(two.ask(&asked(undo)).await.expect("a run"), "files stand in another order");

    // Another register weighs names otherwise, and another day judges dates otherwise.
    assert!(two.ask(&register(&registers[1])).await.expect("a run"), "a register");
    assert!(!two.ask(&submissions(&[&files[5]])).await.expect("a run"), "goes on");
    let tomorrow = TODAY.tomorrow().expect("a day");
    let later = Asked { today: Some(tomorrow), ..submissions(&[&files[6]]) };
    assert!(two.ask(&later).await.expect("a run"), "another day");

    // Somebody else publishes in between: what is kept is not what the store holds.
    let job = two.job(&two.kept, &submissions(&[&files[7]]));
    run_from(None, job, Arc::new(Ear::default())).await.expect("a run");
    let job = two.job(&two.anew, &submissions(&[&files[7]]));
    run_from(None, job, Arc::new(Ear::default())).await.expect("a run");
    assert!(two.ask(&Asked::default()).await.expect("a run"), "another program ran");
    assert!(!two.ask(&Asked::default()).await.expect("a run"), "goes on");
}

#[tokio::test]
async fn a_state_that_is_too_large_is_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let (registers, files) = handed_in(folder.path(), 3);
    for most in [0, 10] {
        let own = folder.path().join(most.to_string());
        fs::create_dir(&own).expect("a folder");
        let two = Two::new(&own, most).await;
        let first =
            Asked { files: vec![(SourceKind::Register, registers[0].clone())], ..Asked::default() };
        two.ask(&first).await.expect("a run");
        for file in &files[..2] {
            assert!(two.ask(&submissions(&[file])).await.expect("a run"), "everything anew");
        }
    }
}

#[tokio::test]
async fn any_steps_end_in_the_same_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let (registers, files) = handed_in(folder.path(), 9);
    let two = Two::new(folder.path(), 1_000_000).await;
    let mut rng = Rng::new(21);
    let (mut taken, mut withdrawn): (Vec<PathBuf>, Vec<PathBuf>) = (Vec::new(), Vec::new());
    let first =
        Asked { files: vec![(SourceKind::Register, registers[0].clone())], ..Asked::default() };
    two.ask(&first).await.expect("a run");
    let mut went_on = 0;
    for second in 0..STEPS {
        let file = rng.pick(&files).clone();
        let asked = if !taken.contains(&file) {
            taken.push(file.clone());
            submissions(&[&file])
        } else if rng.chance(0.5) {
            let choice = if let Some(at) = withdrawn.iter().position(|other| *other == file) {
                withdrawn.remove(at);
                Choice::Withdraw
            } else {
                withdrawn.push(file.clone());
                Choice::Refuse
            };
            let decision = decision(&two.kept, &file, choice, second).await;
            Asked { decisions: vec![decision], ..Asked::default() }
        } else {
            let decisions = rule(&two, &mut rng, second).await;
            Asked { decisions, ..Asked::default() }
        };
        went_on += i64::from(!two.ask(&asked).await.expect("a run"));
    }
    assert!(went_on > STEPS / 2, "it went on {went_on} times of {STEPS}");
}

/// A decision about two submissions of the store, or about a proposal.
async fn rule(two: &Two, rng: &mut Rng, second: i64) -> Vec<Decision> {
    let at = Timestamp::from_second(second).expect("an instant");
    let choice = *rng.pick(&Choice::ALL);
    let made = |kind, target: &str| {
        Decision::new(kind, target, choice, "a", at, "b").map_or_else(|_| Vec::new(), |d| vec![d])
    };
    let proposals = two.kept.proposals().await.expect("read");
    if !proposals.is_empty() && rng.chance(0.3) {
        return made(DecisionKind::Proposal, &rng.pick(&proposals).id.to_string());
    }
    let ids = two.ids.lock().expect("one thread").clone();
    if ids.len() < 2 {
        return Vec::new();
    }
    let (a, b) = (rng.pick(&ids), rng.pick(&ids));
    if a == b {
        return Vec::new();
    }
    made(DecisionKind::Pair, &format!("{} {}", a.min(b), a.max(b)))
}
