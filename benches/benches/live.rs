//! What does one more submission cost a state that is kept up to date, and a withdrawal or a decision?
//!
//! A state is made of all files; then rows come one by one, each a file of its own that is read, judged and linked, and
//! each is withdrawn again. In the end the state must be what a run over everything makes.

use std::{fs::File, path::PathBuf, sync::Arc, time::Duration, time::Instant};

use anyhow::{Context as _, ensure};
use diachiso_benches::{Arguments, Inputs, Table, count, seconds};
use diachiso_model::{Choice, Date, Decision, DecisionKind, Profile, SourceKind, Timestamp};
use diachiso_pipeline::{Input, Live, NoProgress, Options, Reference, Sealer};
use diachiso_source::MappingFile;

/// A fixed day for rule T02, so that the work is the same in years to come.
const TODAY: Date = Date::constant(2026, 11, 25);
/// Rows that come one by one.
const ROWS: usize = 2_000;

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("live") else { return Ok(()) };
    let inputs = Inputs::make(arguments.households)?;
    let reference = Arc::new(Reference::load([])?);
    let registers = inputs.registers.iter().map(|p| (SourceKind::Register, p));
    let submissions = inputs.submissions.iter().map(|p| (SourceKind::Submissions, p));
    let files: Vec<(SourceKind, PathBuf)> =
        registers.chain(submissions).map(|(kind, path)| (kind, path.clone())).collect();
    let rows = sample(&inputs)?;

    let begun = Instant::now();
    let state = diachiso_pipeline::run(&reference, open(&files)?, &options(), &NoProgress)?;
    let run = begun.elapsed();
    let all = state.submissions.len();
    let covered = covered(&state);
    drop(state);
    let begun = Instant::now();
    let mut live = Live::new(Arc::clone(&reference), open(&files)?, options(), &NoProgress)?;
    let made = begun.elapsed();

    // On a thread of the pool, as a server works: no row waits until another thread wakes.
    let pool = rayon::ThreadPoolBuilder::new().build()?;
    let Changes { steps, touched } = pool.install(|| changes(&mut live, &rows))?;
    let begun = Instant::now();
    let end = live.published()?;
    let published = begun.elapsed();
    ensure!(end.submissions.len() == all, "every row is gone again");
    ensure!(self::covered(&end) == covered, "as many households are covered as before");

    println!(
        "live: {} households, {} submissions; {} more, one by one, each with {:.1} others touched\n",
        count(arguments.households),
        count(all as u64),
        count(rows.len() as u64),
        touched as f64 / rows.len() as f64
    );
    let mut table = Table::new(&["step", "times", "median ms", "p99 ms", "most ms"]);
    let names = ["a submission comes", "it is withdrawn", "a decision"];
    for (step, mut took) in names.iter().zip(steps) {
        took.sort_unstable();
        let at = |share: f64| took.get(((took.len() as f64 * share) as usize).min(took.len() - 1));
        let ms = |took: Option<&Duration>| {
            took.map_or_else(String::new, |took| format!("{:.3}", took.as_secs_f64() * 1e3))
        };
        table.push([
            (*step).to_owned(),
            count(took.len() as u64),
            ms(at(0.5)),
            ms(at(0.99)),
            ms(took.last()),
        ]);
    }
    println!("{table}");
    let mut table = Table::new(&["whole states", "s"]);
    table.push(["a run over everything".to_owned(), seconds(run)]);
    table.push(["a live state made".to_owned(), seconds(made)]);
    table.push(["all of it published".to_owned(), seconds(published)]);
    println!("{table}");
    Ok(())
}

/// How long changes took: a row comes, it is withdrawn, a decision about it; and what they touched besides.
#[derive(Default)]
struct Changes {
    steps: [Vec<Duration>; 3],
    touched: usize,
}

/// Puts rows in one by one, decides about those that are linked to others, and takes them out again.
fn changes(live: &mut Live, rows: &[String]) -> anyhow::Result<Changes> {
    let mut changes = Changes::default();
    let [add, withdraw, decide] = &mut changes.steps;
    for row in rows {
        let begun = Instant::now();
        let (number, effect) = live.add(one(row)?)?;
        add.push(begun.elapsed());
        changes.touched += effect.submissions.len() + effect.households.len() - 1;
        let id = effect.submissions.iter().find(|turned| turned.before.is_none());
        let other = effect.submissions.iter().find(|turned| turned.before.is_some());
        if let Some((a, b)) = id.zip(other).map(|(a, b)| (a.id.min(b.id), a.id.max(b.id))) {
            for choice in [Choice::Refuse, Choice::Withdraw] {
                let (at, kind) = (Timestamp::UNIX_EPOCH, DecisionKind::Pair);
                let decision = Decision::new(kind, &format!("{a} {b}"), choice, "a", at, "b")?;
                let begun = Instant::now();
                live.decide([decision]);
                decide.push(begun.elapsed());
            }
        }
        let begun = Instant::now();
        live.withdraw(number);
        withdraw.push(begun.elapsed());
    }
    Ok(changes)
}

fn covered(state: &diachiso_model::Published) -> usize {
    let covered =
        |h: &&diachiso_model::Household| h.state == diachiso_model::HouseholdState::Covered;
    state.households.iter().filter(covered).count()
}

fn options() -> Options {
    Options {
        today: TODAY,
        sealer: Sealer::with_key([7; 32]),
        profile: Profile::Default,
        decisions: Vec::new(),
    }
}

fn input<'a>(
    kind: SourceKind,
    name: &str,
    rows: Box<dyn diachiso_source::RowSource + 'a>,
) -> Input<'a> {
    let mapping = MappingFile::default();
    Input { name: name.into(), sheet: None, kind, legal_basis: true, mapping, rows, sink: None }
}

fn open(files: &[(SourceKind, PathBuf)]) -> anyhow::Result<Vec<Input<'static>>> {
    let open = |(kind, path): &(SourceKind, PathBuf)| {
        let name = path.file_name().context("no file")?.to_string_lossy().into_owned();
        let reader = std::io::BufReader::new(File::open(path)?);
        Ok(input(*kind, &name, diachiso_source::open(&name, reader)?))
    };
    files.iter().map(open).collect()
}

/// One row as it comes from a form: heading and cells.
fn one(row: &str) -> anyhow::Result<Input<'_>> {
    Ok(input(SourceKind::Submissions, "mot.csv", diachiso_source::open("mot.csv", row.as_bytes())?))
}

/// Rows of the first file, spread over it, each of another house, with their heading.
fn sample(inputs: &Inputs) -> anyhow::Result<Vec<String>> {
    let first = inputs.submissions.first().context("no submissions")?;
    let text = std::fs::read_to_string(first)?;
    let text = text.trim_start_matches('\u{feff}');
    let delimiter = if text.lines().next().unwrap_or_default().contains(';') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let heading = reader.headers()?.clone();
    let day = heading.iter().position(|title| title == "Ngày thu thập").context("no day")?;
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    let step = (records.len() / ROWS).max(1);
    let row = |record: &csv::StringRecord| {
        let mut writer =
            csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(Vec::new());
        writer.write_record(&heading)?;
        // Handed in again, later.
        let other = |(at, cell)| if at == day { "30/12/2024" } else { cell };
        writer.write_record(record.iter().enumerate().map(other))?;
        Ok(String::from_utf8(writer.into_inner()?)?)
    };
    records.iter().step_by(step).take(ROWS).map(row).collect()
}
