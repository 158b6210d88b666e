//! What does one more submission cost a large store, and what would it cost to write everything anew?
//!
//! A store is filled once. Then a file of one row more comes: all stages run over all files, as in every run of the command
//! line, and the state is published by what changed; and once more with every row written. Last, files of one row come to
//! a store of which the state is kept in memory, as a service keeps it, and to the same store without.

use std::{fs::File, path::PathBuf, sync::Arc, time::Duration, time::Instant};

use anyhow::{Context as _, ensure};
use diachiso_benches::{Arguments, Inputs, Table, count, fastest, ratio, seconds, shapes};
use diachiso_model::{Date, GuardLimits, Profile, Published, SourceKind};
use diachiso_pipeline::{Input, NoProgress, Options, Reference, Sealer};
use diachiso_runs::{At, Given, Job, KEEP_ROWS, Key, Mappings, Resident, Silent, run_from};
use diachiso_source::MappingFile;
use diachiso_store::{GeoPackage, NewRun, Store};
use tokio::runtime::Runtime;

/// A fixed day for rule T02, so that the work is the same in years to come.
const TODAY: Date = Date::constant(2026, 11, 25);

type Files = Vec<(SourceKind, PathBuf)>;

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("delta") else { return Ok(()) };
    let inputs = Inputs::make(arguments.households)?;
    let runtime = Runtime::new()?;
    let reference = Reference::load([])?;
    let shapes = shapes(&reference);
    let registers = inputs.registers.iter().map(|p| (SourceKind::Register, p.clone()));
    let submissions = inputs.submissions.iter().map(|p| (SourceKind::Submissions, p.clone()));
    let before: Files = registers.chain(submissions).collect();
    let mut after = before.clone();
    after.push((SourceKind::Submissions, one_more(&inputs, 987)?));

    let state = run(&reference, &before)?;
    let (more, stages) = fastest(arguments.runs, || run(&reference, &after))?;
    ensure!(more.submissions.len() == state.submissions.len() + 1, "one submission more");
    let publish = |store: &GeoPackage, state: &Published, full: bool| {
        let new = NewRun { full, ..NewRun::default() };
        let begun = Instant::now();
        let published = store.publish(state, &reference.units, &shapes, &new, &|_| ());
        runtime.block_on(published)?;
        anyhow::Ok(begun.elapsed())
    };
    let path = inputs.folder().join("kept.gpkg");
    let kept = runtime.block_on(GeoPackage::create_or_open(&path))?;
    let first = publish(&kept, &state, false)?;
    let (mut delta, mut full) = (None, None);
    for _ in 0..arguments.runs {
        let took = publish(&kept, &more, false)?;
        delta = delta.into_iter().chain([took]).min();
        publish(&kept, &state, false)?;
        let took = publish(&kept, &more, true)?;
        full = full.into_iter().chain([took]).min();
        publish(&kept, &state, true)?;
    }
    let (delta, full) = delta.zip(full).context("no run")?;
    publish(&kept, &more, false)?;
    let by_change = runtime.block_on(kept.dump())?;
    publish(&kept, &more, true)?;
    ensure!(by_change == runtime.block_on(kept.dump())?, "both ways give one state");

    let service = runtime.block_on(service(&inputs, &before, arguments.runs))?;

    println!(
        "delta: {} households, {} submissions and one more; fastest of {}\n",
        count(arguments.households),
        count(state.submissions.len() as u64),
        arguments.runs
    );
    let mut table = Table::new(&["step", "s", "× everything anew"]);
    let whole = (stages + full).as_secs_f64();
    let mut line = |step: &str, took: std::time::Duration| {
        table.push([step.to_owned(), seconds(took), ratio(took.as_secs_f64(), whole)]);
    };
    line("first run: publish", first);
    line("stages over all files", stages);
    line("publish everything", full);
    line("publish what changed", delta);
    line("**run, everything anew**", stages + full);
    line("**run, by what changed**", stages + delta);
    line("a service's first run", service.first);
    line("a service's run, nothing kept", service.anew);
    line("**a service's run, its state kept**", service.kept);
    println!("{table}");
    Ok(())
}

/// How long runs of a service take: everything, and one row more without and with a state in memory; from the file to the
/// commit.
struct Service {
    first: Duration,
    anew: Duration,
    kept: Duration,
}

async fn service(inputs: &Inputs, before: &Files, runs: u32) -> anyhow::Result<Service> {
    let path = inputs.folder().join("service.gpkg");
    let store: Arc<dyn Store> = Arc::new(GeoPackage::create_or_open(&path).await?);
    let resident = Arc::new(Resident::new(KEEP_ROWS));
    let timed = async |files: &[(SourceKind, PathBuf)], kept: bool| {
        let job = job(&store, files);
        let place = kept.then(|| Arc::clone(&resident));
        let begun = Instant::now();
        run_from(place, job, Arc::new(Silent)).await?;
        anyhow::Ok(begun.elapsed())
    };
    let first = timed(before, true).await?;
    let (mut anew, mut kept): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    for number in 0..2 * runs {
        let file = [(SourceKind::Submissions, one_more(inputs, 2_000 + number)?)];
        kept.push(timed(&file, true).await?);
    }
    for number in 0..runs {
        let file = [(SourceKind::Submissions, one_more(inputs, 5_000 + number)?)];
        anew.push(timed(&file, false).await?);
    }
    let least = |took: Vec<Duration>| took.into_iter().min().context("no run");
    Ok(Service { first, anew: least(anew)?, kept: least(kept)? })
}

fn job(store: &Arc<dyn Store>, files: &[(SourceKind, PathBuf)]) -> Job {
    Job {
        store: At::Open(Arc::clone(store)),
        files: files.iter().map(|(kind, path)| Given::new(*kind, path.clone())).collect(),
        sheets: Vec::new(),
        key: Key::default(),
        today: TODAY,
        profile: Profile::Default,
        mappings: Mappings::default(),
        legal_basis: Some("made up".into()),
        guard: GuardLimits::default(),
        acceptance: None,
        kept: None,
        decisions: Vec::new(),
        full: false,
    }
}

/// A file of one row: the first of the first file, of another house.
fn one_more(inputs: &Inputs, house: u32) -> anyhow::Result<PathBuf> {
    let house = house.to_string();
    let first = inputs.submissions.first().context("no submissions")?;
    let text = std::fs::read_to_string(first)?;
    let delimiter = if text.lines().next().unwrap_or_default().contains(';') { b';' } else { b',' };
    let text = text.trim_start_matches('\u{feff}');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let heading = reader.headers()?.clone();
    let row = reader.records().next().context("no row")??;
    let number = heading.iter().position(|title| title == "Số nhà").context("no house number")?;
    let path = inputs.folder().join(format!("one-more-{house}.csv"));
    let mut writer =
        csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_path(&path)?;
    writer.write_record(&heading)?;
    let other = |(at, cell)| if at == number { house.as_str() } else { cell };
    writer.write_record(row.iter().enumerate().map(other))?;
    writer.flush()?;
    Ok(path)
}

fn run(reference: &Reference, files: &Files) -> anyhow::Result<Published> {
    let mut inputs = Vec::with_capacity(files.len());
    for (kind, path) in files {
        let name = path.file_name().context("no file")?.to_string_lossy().into_owned();
        inputs.push(Input {
            name: name.as_str().into(),
            sheet: None,
            kind: *kind,
            legal_basis: true,
            mapping: MappingFile::default(),
            rows: diachiso_source::open(&name, std::io::BufReader::new(File::open(path)?))?,
            sink: None,
        });
    }
    let options = Options {
        today: TODAY,
        sealer: Sealer::default(),
        profile: Profile::Default,
        decisions: Vec::new(),
    };
    let mut state = diachiso_pipeline::run(reference, inputs, &options, &NoProgress)?;
    for report in &mut state.files {
        report.hash = report.name.clone();
    }
    Ok(state)
}
