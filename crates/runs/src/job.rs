//! A run: files in, one atomic change of the store out.

use std::{path::PathBuf, sync::Arc};

use diachiso_model::{Date, Decision, GuardLimits, Profile, Published, SourceKind};
use diachiso_pipeline::{Options, Reference};
use diachiso_source::RowSource;
use diachiso_store::{NewRun, RunInfo, Store, StoreError, StoredSource, UnitShape};

use crate::{
    JobError, Silent, Watch,
    changes::Counts,
    erase::Erasing,
    files::Named,
    guard::{self, Acceptance},
    held,
    key::Key,
    ledger::Beforehand,
    mappings::Mappings,
    resident::Resident,
    sheets::{self, Tables, Unread},
    stages::{Ground, Staged, stages},
};

/// Where the store of a run is.
#[derive(Clone)]
pub enum At {
    /// Under this name; it is made where there is none.
    Name(String),
    /// Open already.
    Open(Arc<dyn Store>),
}

impl At {
    async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        match self {
            Self::Name(name) => diachiso_store::open_store(name, true).await,
            Self::Open(store) => Ok(Arc::clone(store)),
        }
    }
}

/// A file to take in.
#[derive(Clone, Debug)]
pub struct Given {
    /// What it holds.
    pub kind: SourceKind,
    /// Where it lies.
    pub path: PathBuf,
    /// What people call it, where that is not the last part of its path.
    pub name: Option<Box<str>>,
}

impl Given {
    /// A file that people call as it is called.
    #[must_use]
    pub fn new(kind: SourceKind, path: PathBuf) -> Self {
        Self { kind, path, name: None }
    }

    fn named(&self) -> Result<Named, JobError> {
        let Some(name) = &self.name else { return Named::new(&self.path, self.kind) };
        match Named::new(&self.path, self.kind) {
            Ok(named) => Ok(named.called(name)),
            Err(JobError::File { fault, .. }) => {
                Err(JobError::File { path: name.to_string(), fault })
            }
            Err(other) => Err(other),
        }
    }
}

/// What a run is asked to do.
pub struct Job {
    /// The store.
    pub store: At,
    /// Its new files.
    pub files: Vec<Given>,
    /// Sheets that are read of the workbooks that have them; empty where all are.
    pub sheets: Vec<String>,
    /// What seals identity numbers.
    pub key: Key,
    /// The day that counts as today.
    pub today: Date,
    /// How strict the rules are.
    pub profile: Profile,
    /// Which columns its new files have.
    pub mappings: Mappings,
    /// Legal basis for all of these files.
    pub legal_basis: Option<Box<str>>,
    /// Beyond which limits the batch looks like a mistake.
    pub guard: GuardLimits,
    /// Who lets the batch pass although it looks like a mistake.
    pub acceptance: Option<Acceptance>,
    /// A held batch that is let pass.
    pub kept: Option<held::Kept>,
    /// Decisions that are taken with this run.
    pub decisions: Vec<Decision>,
    /// Whether every row of the store is written anew, those too that are as they were.
    pub full: bool,
}

impl Job {
    /// A run over the files of before, as the last run was made, so that nothing changes but by what is set further.
    #[must_use]
    pub fn again(store: At, last: &RunInfo, key: Key) -> Self {
        Self {
            store,
            files: Vec::new(),
            sheets: Vec::new(),
            key,
            today: last.today,
            profile: last.profile,
            mappings: Mappings::default(),
            legal_basis: None,
            guard: last.guard.unwrap_or_default(),
            acceptance: None,
            kept: None,
            decisions: Vec::new(),
            full: false,
        }
    }

    /// What the stages are told, by this record of decisions.
    pub(crate) fn options(&self, decisions: Vec<Decision>) -> Options {
        let (today, profile) = (self.today, self.profile);
        Options { today, sealer: self.key.sealer().clone(), profile, decisions }
    }
}

/// What came of it.
pub struct Outcome {
    /// The state that is published.
    pub state: Published,
    /// The run.
    pub run: RunInfo,
    /// The store.
    pub store: Arc<dyn Store>,
    /// How long it took.
    pub took: std::time::Duration,
    /// Why the batch would have been held, had nobody answered for it.
    pub passed: Vec<String>,
    /// What other rules than those of the run before made of its files.
    pub changed: Option<String>,
    /// Sheets of its workbooks that were left alone.
    pub unread: Vec<Unread>,
    /// How many of the files of the state are new; they come last.
    pub new_files: usize,
}

/// A table of a file of this run, to be read.
pub(crate) struct Taken {
    pub(crate) kind: SourceKind,
    /// How messages call it.
    pub(crate) shown: Box<str>,
    /// File and sheet, see [`Input::label`].
    pub(crate) label: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) sheet: Option<Box<str>>,
    pub(crate) hash: Box<str>,
    pub(crate) bytes: u64,
    pub(crate) rows: Box<dyn RowSource>,
}

/// Today in Vietnam (UTC+7 all year), so that a laptop abroad judges T02 alike.
#[must_use]
pub fn today() -> Date {
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(7);
    jiff::tz::Offset::UTC.to_datetime(now).date()
}

/// Runs all stages and publishes.
///
/// # Errors
/// [`JobError::Held`] when the batch looks like a mistake and is kept back; else nothing was done, and it says why.
pub async fn run(job: Job, watch: Arc<dyn Watch>) -> Result<Outcome, JobError> {
    run_from(None, job, watch).await
}

/// Runs all stages, or goes on from the state in `resident` where that is the store's, and publishes; the state that comes
/// of it is kept there. What is published is the same either way.
///
/// # Errors
/// As [`run`].
pub async fn run_from(
    resident: Option<Arc<Resident>>,
    job: Job,
    watch: Arc<dyn Watch>,
) -> Result<Outcome, JobError> {
    run_erasing(resident, job, None, watch).await
}

/// The same, with other rows in the place of those of earlier files; refused where what must stay would not.
pub(crate) async fn run_erasing(
    resident: Option<Arc<Resident>>,
    mut job: Job,
    erasing: Option<Erasing>,
    watch: Arc<dyn Watch>,
) -> Result<Outcome, JobError> {
    let started = std::time::Instant::now();
    let resident = resident.filter(|resident| resident.is_wanted());
    let named: Vec<Named> = job.files.iter().map(Given::named).collect::<Result<_, _>>()?;
    let (taken, unread) = take(named, &job)?;
    let store = job.store.open().await?;
    let last = store.latest_run().await?;
    if let Some(last) = &last {
        job.key.check(&last.sealed)?;
    }
    let after = last.map_or(0, |last| last.number);
    let stored = store.sources().await?;
    let mut record = store.decisions().await?;
    refuse_repeats(&taken, &stored, &record)?;
    let told: Vec<_> = taken.iter().map(|f| (f.shown.clone(), f.hash.clone())).collect();
    held::refuse(store.as_ref(), &told, watch.as_ref()).await?;
    record.extend(job.decisions.iter().cloned());
    let stored = in_force(stored, &record);
    let before = guard::Before::read(store.as_ref(), stored.len()).await?;
    let beforehand = Beforehand::read(store.as_ref()).await?;
    let decided = job.decisions.clone();
    let counts = Counts::read(store.as_ref(), job.profile).await?;
    let (limits, acceptance, key) = (job.guard, job.acceptance.clone(), job.key.clone());
    let full = job.full;
    let (batch, held_back) = job.kept.take().map(|kept| (kept.batch, kept.sources)).unzip();
    let held_back = held_back.unwrap_or_default();
    let kinds = taken.iter().map(|t| t.kind).chain(held_back.iter().map(|s| s.kind));
    let only_submissions = kinds.into_iter().all(|kind| kind == SourceKind::Submissions);
    if let Some(resident) = resident.as_ref().filter(|_| !only_submissions) {
        resident.clear();
    }
    let from = resident.as_deref().map(|resident| (resident, after));
    let mut ground = Ground::read(store.as_ref(), stored, job.options(record), from).await?;
    if let Some(erasing) = &erasing {
        ground.put_instead(&erasing.rows);
    }
    let work = {
        let (watch, place) = (Arc::clone(&watch), resident.clone());
        move || stages(taken, held_back, ground, &job, place.as_deref(), watch.as_ref())
    };
    let staged = tokio::task::spawn_blocking(work).await.map_err(JobError::ours)?;
    let Staged { mut state, sources, reference, kept } = staged?;
    if let Some(erasing) = &erasing {
        erasing.check(&state)?;
    }
    let erased = erasing.map(|erasing| erasing.rows).unwrap_or_default();
    let reasons = before.as_ref().map(|b| b.reasons(&state, &limits)).unwrap_or_default();
    let mut releases = None;
    match (&before, &acceptance) {
        (Some(before), None) if !reasons.is_empty() => {
            if let (Some(resident), Some((mut kept, new))) = (resident, kept) {
                kept.forget(new);
                resident.put(kept, after);
            }
            let run = before.run;
            return Err(
                held::keep(store.as_ref(), &state, sources, (run, limits, &key), reasons).await?
            );
        }
        (_, Some(acceptance)) if batch.is_some() || !reasons.is_empty() => {
            guard::on_record(&mut state, &sources, acceptance)?;
            releases = batch.map(|batch| held::released(batch, acceptance)).transpose()?;
        }
        _ => {}
    }
    let shapes = shapes(&reference);
    let rows = state.submissions.len() + state.households.len();
    watch.stage("publish", Some(rows as u64));
    let advance = |n: u64| watch.advance(n);
    let (after, new_files) = (Some(after), sources.len());
    let course = Some(beforehand.until(&state, &decided));
    let key = key.kept(&state);
    let new =
        NewRun { sources, erased, guard: limits, key, releases, changes: course, full, after };
    let run = store.publish(&state, &reference.units, &shapes, &new, &advance).await?;
    if let (Some(resident), Some((kept, _))) = (resident, kept) {
        resident.put(kept, run.number);
    }
    let changed = counts.map(|counts| counts.until(&state));
    Ok(Outcome {
        state,
        run,
        store,
        took: started.elapsed(),
        passed: reasons,
        changed,
        unread,
        new_files,
    })
}

/// The published state of a store, and what it rests on, from the files that the store keeps; publishes nothing.
///
/// # Errors
/// When nothing was run yet, the key is another, or the store fails.
pub async fn reproduce(
    store: Arc<dyn Store>,
    key: Key,
    watch: Arc<dyn Watch>,
) -> Result<(Published, Arc<Reference>), JobError> {
    let last = store.latest_run().await?;
    let last = last.ok_or_else(|| JobError::NoRun(store.name().to_owned()))?;
    key.check(&last.sealed)?;
    let record = store.decisions().await?;
    let stored = in_force(store.sources().await?, &record);
    state_from(store, (stored, record), (&last, key), watch).await
}

/// What a run over one file of a store alone would publish; publishes nothing.
pub(crate) async fn state_of(
    store: &Arc<dyn Store>,
    file: &StoredSource,
    key: &Key,
) -> Result<(Published, Arc<Reference>), JobError> {
    let last = store.latest_run().await?;
    let last = last.ok_or_else(|| JobError::NoRun(store.name().to_owned()))?;
    let made_of = (vec![file.clone()], Vec::new());
    state_from(Arc::clone(store), made_of, (&last, key.clone()), Arc::new(Silent)).await
}

/// The state of files of a store and a record of decisions, as the last run would make it.
async fn state_from(
    store: Arc<dyn Store>,
    (files, record): (Vec<StoredSource>, Vec<Decision>),
    (last, key): (&RunInfo, Key),
    watch: Arc<dyn Watch>,
) -> Result<(Published, Arc<Reference>), JobError> {
    let job = Job::again(At::Open(Arc::clone(&store)), last, key);
    let ground = Ground::read(store.as_ref(), files, job.options(record), None).await?;
    let work = move || stages(Vec::new(), Vec::new(), ground, &job, None, watch.as_ref());
    let staged = tokio::task::spawn_blocking(work).await.map_err(JobError::ours)??;
    Ok((staged.state, staged.reference))
}

/// The tables of the files of a run, and the sheets that are left alone.
fn take(named: Vec<Named>, job: &Job) -> Result<(Vec<Taken>, Vec<Unread>), JobError> {
    let mapping = |kind| job.mappings.read(kind);
    let all = sheets::open_all(&named, &job.sheets, mapping)?;
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for (file, Tables { read, unread }) in named.into_iter().zip(all) {
        left.extend(unread);
        taken.extend(read.into_iter().map(|table| Taken {
            kind: file.kind,
            shown: file.shown.clone(),
            label: diachiso_pipeline::label(&file.name, table.sheet.as_deref()),
            name: file.name.clone(),
            hash: table.hash(&file),
            bytes: file.bytes,
            sheet: table.sheet,
            rows: table.rows,
        }));
    }
    Ok((taken, left))
}

/// F04: a file that the store holds, or that is named twice.
fn refuse_repeats(
    taken: &[Taken],
    stored: &[StoredSource],
    record: &[Decision],
) -> Result<(), JobError> {
    for (at, file) in taken.iter().enumerate() {
        let path = diachiso_pipeline::label(&file.shown, file.sheet.as_deref()).into_string();
        if let Some(old) = stored.iter().find(|s| s.hash == file.hash) {
            let (run, day, name) = (old.run, &old.loaded_at, &old.name);
            let (day, name) = (day.clone(), name.clone());
            if Decision::withdraws(record, &old.hash) {
                return Err(JobError::Withdrawn { path, name, hash: old.hash.clone(), run });
            }
            return Err(JobError::Loaded { path, day, name, run });
        }
        if let Some(twin) = taken[..at].iter().find(|f| f.hash == file.hash) {
            return Err(JobError::Twice { path, other: twin.shown.to_string() });
        }
    }
    Ok(())
}

/// The files that are not withdrawn.
pub(crate) fn in_force(mut stored: Vec<StoredSource>, record: &[Decision]) -> Vec<StoredSource> {
    stored.retain(|file| !Decision::withdraws(record, &file.hash));
    stored
}

fn shapes(reference: &Reference) -> Vec<UnitShape> {
    diachiso_pipeline::unit_shapes(reference)
        .into_iter()
        .map(|(id, period, shape, schematic)| {
            let unit = reference.units.get(id);
            UnitShape {
                code: unit.code.clone(),
                level: unit.level,
                name: unit.full_name().into(),
                period,
                shape: shape.clone(),
                schematic,
            }
        })
        .collect()
}
