//! `diachiso run`: files in, one atomic change of the store out.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, anyhow};
use diachiso_model::{Date, Decision, GuardLimits, Profile, Published, SourceKind};
use diachiso_pipeline::{Input, Options, Reference, RowSink};
use diachiso_server::reference_of;
use diachiso_source::RowSource;
use diachiso_store::{BoundaryRecord, NewRun, NewSource, RunInfo, Store, StoredSource, UnitShape};
use geo_types::MultiPolygon;

use crate::{
    archive::Archive,
    args,
    changes::Counts,
    columns,
    files::Named,
    guard::{self, Acceptance},
    held,
    key::Key,
    report,
    sheets::{self, Tables, Unread},
    summary,
    ui::Bars,
    user,
};

/// What a run is asked to do.
pub(crate) struct Job {
    pub(crate) store: String,
    pub(crate) files: Vec<(SourceKind, PathBuf)>,
    /// Sheets that are read of the workbooks that have them; empty where all are.
    pub(crate) sheets: Vec<String>,
    /// What seals identity numbers.
    pub(crate) key: Key,
    pub(crate) today: Date,
    /// How strict the rules are.
    pub(crate) profile: Profile,
    /// Text of the mapping file for the files of submissions.
    pub(crate) mapping: Option<Box<str>>,
    /// Legal basis for all of these files.
    pub(crate) legal_basis: Option<Box<str>>,
    /// Beyond which limits the batch looks like a mistake.
    pub(crate) guard: GuardLimits,
    /// Who lets the batch pass although it looks like a mistake.
    pub(crate) acceptance: Option<Acceptance>,
    /// A held batch that is let pass.
    pub(crate) kept: Option<held::Kept>,
    /// Decisions that are taken with this run.
    pub(crate) decisions: Vec<Decision>,
    /// Whether every row of the store is written anew, those too that are as they were.
    pub(crate) full: bool,
}

impl Job {
    fn mapping_of(&self, kind: SourceKind) -> Option<&str> {
        self.mapping.as_deref().filter(|_| kind == SourceKind::Submissions)
    }
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) state: Published,
    pub(crate) run: RunInfo,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) took: std::time::Duration,
    /// Why the batch would have been held, had nobody answered for it.
    pub(crate) passed: Vec<String>,
    /// What other rules than those of the run before made of its files.
    pub(crate) changed: Option<String>,
    /// Sheets of its workbooks that were left alone.
    pub(crate) unread: Vec<Unread>,
}

/// A table of a file of this run, to be read.
pub(crate) struct Taken {
    kind: SourceKind,
    pub(crate) path: PathBuf,
    /// File and sheet, see [`Input::label`].
    label: Box<str>,
    name: Box<str>,
    sheet: Option<Box<str>>,
    pub(crate) hash: Box<str>,
    bytes: u64,
    rows: Box<dyn RowSource>,
}

/// The command.
pub(crate) async fn command(args: &args::Run) -> anyhow::Result<()> {
    if args.register.is_empty() && args.submissions.is_empty() && !args.again {
        return Err(user(anyhow!("nothing to load: name files with --register and --submissions")));
    }
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    }
    let of =
        |kind, paths: &[PathBuf]| paths.iter().map(move |p| (kind, p.clone())).collect::<Vec<_>>();
    let mut files = of(SourceKind::Register, &args.register);
    files.extend(of(SourceKind::Submissions, &args.submissions));
    let job = Job {
        store: args.store.store.clone(),
        files,
        sheets: args.sheet.clone(),
        key: Key::of(&args.key)?,
        today: args.today.unwrap_or_else(today),
        profile: args.profile,
        mapping: columns::mapping_text(args.mapping.as_deref())?,
        legal_basis: basis(args.legal_basis.as_deref())?,
        guard: args.guard.limits(),
        acceptance: args
            .accept
            .clone()
            .zip(args.by.clone())
            .map(|(why, by)| Acceptance { by, why }),
        kept: None,
        decisions: Vec::new(),
        full: args.full,
    };
    let outcome = run(job).await?;
    for path in &args.report {
        report::write(outcome.store.as_ref(), path, None).await?;
    }
    told(outcome, args.json);
    Ok(())
}

/// Says what came of a run, the last that the program does.
pub(crate) fn told(outcome: Outcome, json: bool) {
    if json {
        println!("{}", summary::json(&outcome));
    }
    eprint!("{}", summary::text(&outcome));
    if let Some(changed) = &outcome.changed {
        eprint!("\n{changed}");
    }
    // The program ends here: taking millions of rows apart one by one would only make people wait.
    std::mem::forget(outcome.state);
}

/// Today in Vietnam (UTC+7 all year), so that a laptop abroad judges T02 alike.
pub(crate) fn today() -> Date {
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(7);
    jiff::tz::Offset::UTC.to_datetime(now).date()
}

/// A legal basis that says something.
pub(crate) fn basis(text: Option<&str>) -> anyhow::Result<Option<Box<str>>> {
    match text.map(str::trim) {
        Some("") => {
            Err(user(anyhow!("--legal-basis is empty: say on what ground the data is processed")))
        }
        text => Ok(text.map(Into::into)),
    }
}

/// Runs all stages and publishes.
pub(crate) async fn run(mut job: Job) -> anyhow::Result<Outcome> {
    let started = std::time::Instant::now();
    let named: Vec<Named> =
        job.files.iter().map(|(kind, path)| Named::new(path, *kind)).collect::<Result<_, _>>()?;
    let (taken, unread) = take(named, &job)?;
    let store = diachiso_store::open_store(&job.store, true).await.map_err(user)?;
    if let Some(last) = store.latest_run().await.map_err(user)? {
        job.key.check(&last.sealed)?;
    }
    let stored = store.sources().await.map_err(user)?;
    let mut record = store.decisions().await.map_err(user)?;
    refuse_repeats(&taken, &stored, &record)?;
    held::refuse(store.as_ref(), &taken).await?;
    record.extend(job.decisions.iter().cloned());
    let stored = in_force(stored, &record);
    let before = guard::Before::read(store.as_ref(), stored.len()).await?;
    let counts = Counts::read(store.as_ref(), job.profile).await?;
    let (limits, acceptance, key) = (job.guard, job.acceptance.clone(), job.key.clone());
    let full = job.full;
    let (batch, kept) = job.kept.take().map(|kept| (kept.batch, kept.sources)).unzip();
    let ground = Ground::read(store.as_ref(), &stored, record).await?;
    let bars = Arc::new(Bars::new());
    let work = {
        let bars = Arc::clone(&bars);
        move || stages(taken, kept.unwrap_or_default(), ground, &job, &bars)
    };
    let finished = tokio::task::spawn_blocking(work).await?;
    bars.finish();
    let (mut state, sources, reference) = finished?;
    name_files(&mut state, &stored, &sources);
    let reasons = before.as_ref().map(|b| b.reasons(&state, &limits)).unwrap_or_default();
    let mut releases = None;
    match (&before, &acceptance) {
        (Some(before), None) if !reasons.is_empty() => {
            let run = before.run;
            return Err(
                held::keep(store.as_ref(), &state, sources, (run, limits, &key), reasons).await?
            );
        }
        (_, Some(acceptance)) if batch.is_some() || !reasons.is_empty() => {
            guard::on_record(&mut state, &sources, acceptance)?;
            releases = batch.map(|batch| held::release(batch, acceptance)).transpose()?;
        }
        _ => {}
    }
    let shapes = shapes(&reference);
    let rows = state.submissions.len() + state.households.len();
    diachiso_pipeline::Progress::stage(bars.as_ref(), "publish", Some(rows as u64));
    let advance = |n: u64| diachiso_pipeline::Progress::advance(bars.as_ref(), n);
    let new = NewRun { sources, guard: limits, key: key.kept(&state), releases, full };
    let run = store.publish(&state, &reference.units, &shapes, &new, &advance).await;
    bars.finish();
    let run = run.map_err(user)?;
    let changed = counts.map(|counts| counts.until(&state));
    Ok(Outcome { state, run, store, took: started.elapsed(), passed: reasons, changed, unread })
}

/// The published state of a store, and what it rests on, from the files that the store keeps; publishes nothing.
pub(crate) async fn reproduce(
    store: &dyn Store,
    key: Key,
) -> anyhow::Result<(Published, Reference)> {
    let last = store.latest_run().await.map_err(user)?;
    let last = last.ok_or_else(|| user(anyhow!("{}: nothing was run yet", store.name())))?;
    key.check(&last.sealed)?;
    let record = store.decisions().await.map_err(user)?;
    let stored = in_force(store.sources().await.map_err(user)?, &record);
    let ground = Ground::read(store, &stored, record).await?;
    let job = Job {
        store: store.name().to_owned(),
        files: Vec::new(),
        sheets: Vec::new(),
        key,
        today: last.today,
        profile: last.profile,
        mapping: None,
        legal_basis: None,
        guard: last.guard.unwrap_or_default(),
        acceptance: None,
        kept: None,
        decisions: Vec::new(),
        full: false,
    };
    let bars = Bars::new();
    let work = move || {
        let staged = stages(Vec::new(), Vec::new(), ground, &job, &bars);
        bars.finish();
        staged
    };
    let (mut state, sources, reference) = tokio::task::spawn_blocking(work).await??;
    name_files(&mut state, &stored, &sources);
    Ok((state, reference))
}

/// The tables of the files of a run, and the sheets that are left alone.
fn take(named: Vec<Named>, job: &Job) -> anyhow::Result<(Vec<Taken>, Vec<Unread>)> {
    let mapping = |kind| Ok(job.mapping_of(kind).unwrap_or_default().parse()?);
    let all = sheets::open_all(&named, &job.sheets, mapping)?;
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for (file, Tables { read, unread }) in named.into_iter().zip(all) {
        left.extend(unread);
        taken.extend(read.into_iter().map(|table| Taken {
            kind: file.kind,
            path: file.path.clone(),
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
) -> anyhow::Result<()> {
    for (at, file) in taken.iter().enumerate() {
        let path = diachiso_pipeline::label(&file.path.to_string_lossy(), file.sheet.as_deref());
        if let Some(old) = stored.iter().find(|s| s.hash == file.hash) {
            let (run, day, name) = (old.run, &old.loaded_at, &old.name);
            if Decision::withdraws(record, &old.hash) {
                return Err(user(anyhow!(
                    "F04 {path}: đã nạp rồi được rút / the same content was loaded as `{name}` and withdrawn; `diachiso withdraw {:.12} --undo` puts it back",
                    old.hash
                )));
            }
            return Err(user(anyhow!(
                "F04 {path}: the same content was loaded on {day} as `{name}` (run {run})"
            )));
        }
        if let Some(twin) = taken[..at].iter().find(|f| f.hash == file.hash) {
            return Err(user(anyhow!(
                "F04 {path}: the same content as {}, name it once",
                twin.path.display()
            )));
        }
    }
    Ok(())
}

/// The files that are not withdrawn.
fn in_force(mut stored: Vec<StoredSource>, record: &[Decision]) -> Vec<StoredSource> {
    stored.retain(|file| !Decision::withdraws(record, &file.hash));
    stored
}

/// What a store holds that every run rests on.
struct Ground {
    /// Files of earlier runs that are not withdrawn, with their archives, still compressed.
    earlier: Vec<(StoredSource, Vec<u8>)>,
    boundaries: Vec<BoundaryRecord>,
    masks: Vec<MultiPolygon<f64>>,
    decisions: Vec<Decision>,
}

impl Ground {
    async fn read(
        store: &dyn Store,
        stored: &[StoredSource],
        decisions: Vec<Decision>,
    ) -> anyhow::Result<Self> {
        let mut earlier = Vec::with_capacity(stored.len());
        for source in stored {
            earlier.push((source.clone(), store.archive(source.id).await?));
        }
        Ok(Self {
            earlier,
            boundaries: store.boundaries().await?,
            masks: store.masks().await?,
            decisions,
        })
    }
}

/// A file of which the store has the rows, as an input.
fn archived<'a>(
    (name, kind): (&str, SourceKind),
    legal_basis: bool,
    mapping: Option<&str>,
    archive: impl std::io::Read + Send + 'a,
) -> anyhow::Result<Input<'a>> {
    let rows = diachiso_source::archive::open(name, zstd::Decoder::new(archive)?)?;
    let mapping = mapping.unwrap_or_default().parse();
    Ok(Input {
        mapping: mapping.with_context(|| format!("mapping of {name}"))?,
        name: name.into(),
        sheet: None,
        kind,
        legal_basis,
        rows,
        sink: None,
    })
}

type Staged = (Published, Vec<NewSource>, Reference);

/// Everything between reading and publishing; blocks. New are the files of a held batch and those that are named.
fn stages(
    taken: Vec<Taken>,
    kept: Vec<NewSource>,
    ground: Ground,
    job: &Job,
    bars: &Bars,
) -> anyhow::Result<Staged> {
    let Ground { earlier, boundaries, masks, decisions } = ground;
    let reference = reference_of(boundaries).context("reference data")?.with_masks(masks);
    let mut archives = taken.iter().map(|_| Archive::new()).collect::<Result<Vec<_>, _>>()?;
    let mut inputs = Vec::with_capacity(earlier.len() + kept.len() + taken.len());
    for (s, archive) in earlier {
        let (what, basis) = ((&*s.name, s.kind), s.legal_basis.is_some());
        inputs.push(archived(what, basis, s.mapping.as_deref(), std::io::Cursor::new(archive))?);
    }
    for s in &kept {
        let (what, basis) = ((&*s.name, s.kind), s.legal_basis.is_some());
        inputs.push(archived(what, basis, s.mapping.as_deref(), &*s.archive)?);
    }
    let mut sources = Vec::with_capacity(taken.len());
    for (table, archive) in taken.into_iter().zip(&mut archives) {
        let sink: &mut dyn RowSink = archive;
        inputs.push(Input {
            name: table.name,
            sheet: table.sheet,
            kind: table.kind,
            legal_basis: job.legal_basis.is_some(),
            mapping: job.mapping_of(table.kind).unwrap_or_default().parse()?,
            rows: table.rows,
            sink: Some(sink),
        });
        sources.push(NewSource {
            name: table.label,
            hash: table.hash,
            bytes: table.bytes,
            kind: table.kind,
            legal_basis: job.legal_basis.clone(),
            mapping: job.mapping_of(table.kind).map(Into::into),
            archive: Vec::new(),
        });
    }
    let options = Options {
        today: job.today,
        sealer: job.key.sealer().clone(),
        profile: job.profile,
        decisions,
    };
    let state = diachiso_pipeline::run(&reference, inputs, &options, bars).map_err(user)?;
    for (source, archive) in sources.iter_mut().zip(archives) {
        source.archive = archive.finish()?;
    }
    let sources = kept.into_iter().chain(sources).collect();
    Ok((state, sources, reference))
}

/// Gives every file report the hash and size of its file: earlier files first, then the new ones.
fn name_files(state: &mut Published, stored: &[StoredSource], new: &[NewSource]) {
    let known =
        stored.iter().map(|s| (&s.hash, s.bytes)).chain(new.iter().map(|s| (&s.hash, s.bytes)));
    for (report, (hash, bytes)) in state.files.iter_mut().zip(known) {
        report.hash.clone_from(hash);
        report.bytes = bytes;
    }
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
