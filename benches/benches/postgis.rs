//! What does a run cost on a server, and what a question, beside the same in a file?
//!
//! One state is published into a GeoPackage and into PostGIS: the first run, a run that changes one submission, and one that
//! writes every row. Then both are asked what the service asks most. The server is the one that `DIACHISO_TEST_PG` names.

use std::{
    fs::File,
    io::BufReader,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use diachiso_benches::{Arguments, Inputs, Table, count, ratio, seconds, shapes};
use diachiso_model::{Date, Level, Profile, Published, SourceKind, UnitCode, Units};
use diachiso_pipeline::{Input, NoProgress, Options, Reference, Sealer};
use diachiso_source::MappingFile;
use diachiso_store::{
    AreaQuery, Direction, GapCursor, NewRun, Store, UnitShape, copy, migrate, open_store,
};
use diachiso_testkit::PgDatabase;
use tokio::runtime::Runtime;

/// A fixed day for rule T02, so that the work is the same in years to come.
const TODAY: Date = Date::constant(2026, 11, 25);
/// How often a question is asked.
const ASKED: usize = 300;
/// Rows of a page of a gap list, and the page that is far into it.
const PAGE: u32 = 100;
const LATE: usize = 1_000;

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("postgis") else { return Ok(()) };
    if std::env::var_os("DIACHISO_TEST_PG").is_none() {
        eprintln!("postgis: not run, because DIACHISO_TEST_PG names no server");
        return Ok(());
    }
    let inputs = Inputs::make(arguments.households)?;
    let runtime = Runtime::new()?;
    let reference = Reference::load([])?;
    let shapes = shapes(&reference);
    let state = run(&reference, &inputs)?;
    let mut other = state.clone();
    let changed = other.submissions.last_mut().context("no submission")?;
    changed.head = "Nguyễn Thị Khác".into();
    let database = PgDatabase::create();
    runtime.block_on(migrate(database.url(), Direction::Up, false))?;
    let path = inputs.folder().join("bench.gpkg").to_string_lossy().into_owned();
    let file = runtime.block_on(open_store(&path, true))?;
    let server = runtime.block_on(open_store(database.url(), true))?;
    println!(
        "postgis: {} households, {} submissions; fastest of {}, answers of {ASKED}\n",
        count(arguments.households),
        count(state.submissions.len() as u64),
        arguments.runs
    );
    let mut table = Table::new(&["a run", "GeoPackage, s", "PostGIS, s", "×"]);
    let of = Publisher { runtime: &runtime, units: &reference.units, shapes: &shapes };
    let mut line = |what: &str, [file, server]: [Duration; 2]| {
        let times = ratio(server.as_secs_f64(), file.as_secs_f64());
        table.push([what.to_owned(), seconds(file), seconds(server), times]);
    };
    line("the first", [of.publish(&*file, &state, false)?, of.publish(&*server, &state, false)?]);
    let again = |store: &dyn Store, full| -> anyhow::Result<Duration> {
        let mut fastest = Duration::MAX;
        for _ in 0..arguments.runs {
            fastest = fastest.min(of.publish(store, &other, full)?);
            fastest = fastest.min(of.publish(store, &state, full)?);
        }
        Ok(fastest)
    };
    line("one submission changed", [again(&*file, false)?, again(&*server, false)?]);
    line("every row anew", [again(&*file, true)?, again(&*server, true)?]);
    println!("{table}");
    let (a, b) = (runtime.block_on(file.dump())?, runtime.block_on(server.dump())?);
    ensure!(a == b, "both stores tell one state");
    ask(&runtime, [&*file, &*server])?;
    let target = PgDatabase::create();
    runtime.block_on(migrate(target.url(), Direction::Up, false))?;
    let begun = Instant::now();
    let copied = runtime.block_on(copy(&path, target.url()))?;
    let rows = copied.iter().map(|t| t.rows).sum();
    println!(
        "copy of the file to a server: {} rows in {} s",
        count(rows),
        seconds(begun.elapsed())
    );
    Ok(())
}

struct Publisher<'a> {
    runtime: &'a Runtime,
    units: &'a Units,
    shapes: &'a [UnitShape],
}

impl Publisher<'_> {
    fn publish(
        &self,
        store: &dyn Store,
        state: &Published,
        full: bool,
    ) -> anyhow::Result<Duration> {
        let new = NewRun { full, ..NewRun::default() };
        let begun = Instant::now();
        self.runtime.block_on(store.publish(state, self.units, self.shapes, &new, &|_| ()))?;
        Ok(begun.elapsed())
    }
}

/// Asks both stores the same, and prints the middle and the slowest of a hundred answers.
fn ask(runtime: &Runtime, stores: [&dyn Store; 2]) -> anyhow::Result<()> {
    let province: UnitCode = "46".parse().map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let late = runtime.block_on(cursor(stores[0], &province))?;
    let villages = AreaQuery { on: None, level: Level::Village, within: None, source: None };
    let mut table =
        Table::new(&["a question", "GeoPackage p50, ms", "p99", "PostGIS p50, ms", "p99"]);
    let mut line = |what: &str, asked: &dyn Fn(&dyn Store) -> anyhow::Result<usize>| {
        let mut cells = vec![what.to_owned()];
        let mut sizes = Vec::new();
        for store in stores {
            let mut took = Vec::with_capacity(ASKED);
            for _ in 0..ASKED {
                let begun = Instant::now();
                sizes.push(asked(store)?);
                took.push(begun.elapsed());
            }
            took.sort_unstable();
            let ms = |at: usize| format!("{:.2}", took[at].as_secs_f64() * 1000.0);
            cells.extend([ms(ASKED / 2), ms(ASKED * 99 / 100)]);
        }
        ensure!(sizes.iter().all(|size| *size == sizes[0]), "{what}: as many rows");
        let cells: [String; 5] = cells.try_into().map_err(|_| anyhow::anyhow!("five cells"))?;
        table.push(cells);
        anyhow::Ok(())
    };
    line("coverage of the province by village", &|store| {
        Ok(runtime.block_on(store.coverage(&villages))?.len())
    })?;
    line("gap list of the province, first page", &|store| {
        Ok(runtime.block_on(store.gaps(&province, None, PAGE))?.rows.len())
    })?;
    line("the same, far into it", &|store| {
        Ok(runtime.block_on(store.gaps(&province, late.as_ref(), PAGE))?.rows.len())
    })?;
    println!("{table}");
    Ok(())
}

/// Where page [`LATE`] begins, or the last page of a shorter list.
async fn cursor(store: &dyn Store, area: &UnitCode) -> anyhow::Result<Option<GapCursor>> {
    let mut after: Option<GapCursor> = None;
    for _ in 1..LATE {
        let Some(next) = store.gaps(area, after.as_ref(), PAGE).await?.next else { break };
        after = Some(next);
    }
    Ok(after)
}

fn run(reference: &Reference, made: &Inputs) -> anyhow::Result<Published> {
    let registers = made.registers.iter().map(|p| (SourceKind::Register, p));
    let submissions = made.submissions.iter().map(|p| (SourceKind::Submissions, p));
    let mut inputs = Vec::new();
    for (kind, path) in registers.chain(submissions) {
        let name = path.file_name().context("no file")?.to_string_lossy().into_owned();
        inputs.push(Input {
            name: name.as_str().into(),
            sheet: None,
            kind,
            legal_basis: true,
            mapping: MappingFile::default(),
            rows: diachiso_source::open(&name, BufReader::new(File::open(path)?))?,
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
