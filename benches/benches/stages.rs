//! Where does the time of a run go, and how does it compare with merely reading the same csv?
//!
//! The run is wired as `diachiso run` wires it (`crates/cli/src/run.rs`), without its progress bar.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use diachiso_benches::{
    Arguments, Inputs, Process, Size, Table, count, fastest, rate, ratio, read_with_csv, seconds,
    shapes,
};
use diachiso_model::{Date, Profile, Published, SourceKind};
use diachiso_pipeline::{Input, Options, Progress, Reference, RowSink, Sealer};
use diachiso_source::{RowBlock, archive::ArchiveWriter};
use diachiso_store::{NewRun, NewSource};
use tokio::runtime::Runtime;

/// A fixed day for rule T02, so that the work is the same in years to come.
const TODAY: Date = Date::constant(2026, 11, 25);
/// Rows in a block, as in the pipeline.
const BLOCK_ROWS: usize = 4096;
/// Level of compression and size of buffer, as in `diachiso run`.
const LEVEL: i32 = 1;
const BUFFER_BYTES: usize = 1 << 18;

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("stages") else { return Ok(()) };
    let (inputs, took) = fastest(1, || Inputs::make(arguments.households))?;
    eprintln!("stages: {} households made in {} s", count(arguments.households), seconds(took));
    let reading = Reading::measure(&inputs, arguments.runs)?;
    let laps = run_laps(&inputs, arguments.runs, reading.rows())?;
    println!(
        "stages: {} households, {} register rows, {} submission rows, {} cells; fastest of {}\n",
        count(arguments.households),
        count(reading.registers.rows),
        count(reading.submissions.rows),
        count(reading.registers.cells + reading.submissions.cells),
        arguments.runs
    );
    println!("{}", table(&reading, &laps));
    Ok(())
}

/// Merely reading the files.
struct Reading {
    registers: Size,
    submissions: Size,
    with_csv: Duration,
    with_source: Duration,
}

impl Reading {
    fn measure(inputs: &Inputs, runs: u32) -> anyhow::Result<Self> {
        let sizes = |paths: &[PathBuf]| -> anyhow::Result<Size> {
            paths.iter().map(|path| read_with_csv(path)).sum()
        };
        let ((registers, submissions), with_csv) =
            fastest(runs, || Ok((sizes(&inputs.registers)?, sizes(&inputs.submissions)?)))?;
        let paths = || inputs.registers.iter().chain(&inputs.submissions);
        let (read, with_source) = fastest(runs, || {
            paths().map(|path| read_with_source(path)).sum::<anyhow::Result<u64>>()
        })?;
        let reading = Self { registers, submissions, with_csv, with_source };
        ensure!(read == reading.rows(), "source reads {read} rows, csv {}", reading.rows());
        Ok(reading)
    }

    fn rows(&self) -> u64 {
        self.registers.rows + self.submissions.rows
    }
}

/// Reads a file with `diachiso_source`: encoding and delimiter found out, UTF-8 checked, limits kept.
fn read_with_source(path: &Path) -> anyhow::Result<u64> {
    let mut source = diachiso_source::open(&path.to_string_lossy(), open(path)?)?;
    let (mut block, mut rows) = (RowBlock::new(), 0);
    loop {
        let more = source.next_block(&mut block, BLOCK_ROWS)?;
        if more == 0 {
            return Ok(rows);
        }
        rows += more as u64;
    }
}

fn open(path: &Path) -> io::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(BUFFER_BYTES, File::open(path)?))
}

/// One stage of a run.
struct Lap {
    stage: &'static str,
    took: Duration,
    cpu: Option<Duration>,
    /// Peak of the process's memory at its end.
    peak_mib: Option<u64>,
}

/// When a stage began, and what the process had cost until then.
type Mark = (&'static str, Instant, Option<Process>);

/// Writes down when stages begin.
#[derive(Default)]
struct Clock {
    marks: Mutex<Vec<Mark>>,
}

impl Progress for Clock {
    fn stage(&self, name: &'static str, _: Option<u64>) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.push((name, Instant::now(), Process::now()));
    }

    fn advance(&self, _: u64) {}
}

impl Clock {
    /// The stages, each ending where the next begins, so that they add up to the whole.
    fn laps(self) -> Vec<Lap> {
        let marks = self.marks.into_inner().unwrap_or_else(PoisonError::into_inner);
        marks
            .windows(2)
            .map(|pair| {
                let ((stage, from, before), (_, to, after)) = (pair[0], pair[1]);
                let cpu =
                    before.zip(after).map(|(before, after)| after.cpu.saturating_sub(before.cpu));
                Lap { stage, took: to - from, cpu, peak_mib: after.map(|a| a.peak_mib) }
            })
            .collect()
    }
}

fn whole(laps: &[Lap]) -> Duration {
    laps.iter().map(|lap| lap.took).sum()
}

/// The laps of the fastest of some runs. The peaks of memory are those of the first run: the allocator keeps what
/// it had, so that later ones would tell of their predecessors.
fn run_laps(inputs: &Inputs, runs: u32, rows: u64) -> anyhow::Result<Vec<Lap>> {
    let runtime = Runtime::new()?;
    let mut best = run(inputs, &runtime, rows)?;
    let peaks: BTreeMap<_, _> = best.iter().map(|lap| (lap.stage, lap.peak_mib)).collect();
    for _ in 1..runs {
        let next = run(inputs, &runtime, rows)?;
        if whole(&next) < whole(&best) {
            best = next;
        }
    }
    for lap in &mut best {
        lap.peak_mib = peaks.get(lap.stage).copied().flatten();
    }
    Ok(best)
}

/// A run from files to a fresh store.
fn run(inputs: &Inputs, runtime: &Runtime, rows: u64) -> anyhow::Result<Vec<Lap>> {
    let folder = tempfile::tempdir_in(inputs.folder())?;
    let clock = Clock::default();
    clock.stage("hash files", None);
    let named = named(inputs)?;
    clock.stage("reference data", None);
    let reference = Reference::load([])?;
    let (state, sources) = stages(&reference, named, &clock)?;
    clock.stage("publish", None);
    let store = folder.path().join("bench.gpkg");
    runtime.block_on(async {
        let store = diachiso_store::open_store(&store.to_string_lossy(), true).await?;
        let new = NewRun { sources, ..NewRun::default() };
        store.publish(&state, &reference.units, &shapes(&reference), &new, &|_| ()).await
    })?;
    clock.stage("end", None);
    let read: u64 = state.files.iter().map(|file| file.rows_read).sum();
    ensure!(read == rows, "the run read {read} rows of {rows}");
    Ok(clock.laps())
}

/// The files with all that a store keeps of them but their rows.
fn named(inputs: &Inputs) -> anyhow::Result<Vec<(PathBuf, NewSource)>> {
    let registers = inputs.registers.iter().map(|path| (SourceKind::Register, path));
    let submissions = inputs.submissions.iter().map(|path| (SourceKind::Submissions, path));
    registers
        .chain(submissions)
        .map(|(kind, path)| {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(File::open(path)?)?;
            let source = NewSource {
                name: path.file_name().context("no file")?.to_string_lossy().into(),
                hash: hasher.finalize().to_hex().as_str().into(),
                bytes: path.metadata()?.len(),
                kind,
                legal_basis: None,
                mapping: None,
                archive: Vec::new(),
            };
            Ok((path.clone(), source))
        })
        .collect()
}

/// Everything between the files and the store. The pipeline tells the clock of its own stages.
fn stages(
    reference: &Reference,
    named: Vec<(PathBuf, NewSource)>,
    clock: &Clock,
) -> anyhow::Result<(Published, Vec<NewSource>)> {
    let mut archives = named.iter().map(|_| Archive::new()).collect::<Result<Vec<_>, _>>()?;
    let mut inputs = Vec::with_capacity(named.len());
    for ((path, source), archive) in named.iter().zip(&mut archives) {
        let sink: &mut dyn RowSink = archive;
        inputs.push(Input {
            name: source.name.clone(),
            sheet: None,
            kind: source.kind,
            legal_basis: false,
            mapping: diachiso_source::MappingFile::default(),
            rows: diachiso_source::open(&source.name, open(path)?)?,
            sink: Some(sink),
        });
    }
    let options = Options {
        today: TODAY,
        sealer: Sealer::default(),
        profile: Profile::Default,
        decisions: Vec::new(),
    };
    let mut state = diachiso_pipeline::run(reference, inputs, &options, clock)?;
    clock.stage("archives", None);
    let mut sources = Vec::with_capacity(named.len());
    for (((_, source), archive), report) in named.into_iter().zip(archives).zip(&mut state.files) {
        report.hash.clone_from(&source.hash);
        report.bytes = source.bytes;
        sources.push(NewSource { archive: archive.finish()?, ..source });
    }
    Ok((state, sources))
}

/// Compresses rows into memory, as `diachiso run` does.
struct Archive {
    writer: ArchiveWriter<zstd::Encoder<'static, Vec<u8>>>,
}

impl Archive {
    fn new() -> io::Result<Self> {
        Ok(Self { writer: ArchiveWriter::new(zstd::Encoder::new(Vec::new(), LEVEL)?) })
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        self.writer.finish()?.finish()
    }
}

impl RowSink for Archive {
    fn keep(&mut self, rows: &RowBlock) -> io::Result<()> {
        rows.rows().try_for_each(|row| self.writer.push(row.number, row.cells()))
    }
}

/// Every line compares its time with that of reading all files with the csv crate, so that ratios add up as
/// seconds do.
fn table(reading: &Reading, laps: &[Lap]) -> Table {
    let mut table = Table::new(&["stage", "rows", "s", "rows/s", "× csv", "CPU s", "peak MiB"]);
    let mut line = |stage: &str, rows: Option<u64>, lap: &Lap| {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".into());
        table.push([
            stage.to_owned(),
            or_dash(rows.map(count)),
            seconds(lap.took),
            or_dash(rows.map(|rows| rate(rows, lap.took))),
            ratio(lap.took.as_secs_f64(), reading.with_csv.as_secs_f64()),
            or_dash(lap.cpu.map(|cpu| format!("{:.2}", cpu.as_secs_f64()))),
            or_dash(lap.peak_mib.map(count)),
        ]);
    };
    let alone = |took| Lap { stage: "reading alone", took, cpu: None, peak_mib: None };
    let all = Some(reading.rows());
    line("csv crate, reading alone", all, &alone(reading.with_csv));
    line("`source`, reading alone", all, &alone(reading.with_source));
    for lap in laps {
        let rows = match lap.stage {
            "registers" | "coverage" => Some(reading.registers.rows),
            "submissions" | "linking" => Some(reading.submissions.rows),
            "hash files" | "publish" => all,
            _ => None,
        };
        line(&format!("run: {}", lap.stage), rows, lap);
    }
    let whole = Lap {
        stage: "whole",
        took: whole(laps),
        cpu: laps.iter().map(|lap| lap.cpu).sum(),
        peak_mib: laps.iter().filter_map(|lap| lap.peak_mib).max(),
    };
    line("**the whole run**", all, &whole);
    table
}
