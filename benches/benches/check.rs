//! How fast is a file of submissions checked, all rules, and how does France's address validator compare?
//!
//! [`Checker::check`] reads, maps, normalises, validates and locates every row and applies the rules about several
//! rows, as `diachiso check` does. The peer is the npm package `@ban-team/validateur-bal`, which checks the national
//! format of addresses (structure, values, positions by commune), on as many rows of that format; it runs in Node on
//! one thread.

use std::{
    fs::File,
    io::BufReader,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow, ensure};
use diachiso_benches::{
    Arguments, Inputs, Process, Table, count, fastest, rate, ratio, read_with_csv, seconds,
};
use diachiso_model::{Date, Profile, SourceKind};
use diachiso_pipeline::{
    Checker, FileCheck, Input, MemoryScratch, NoProgress, Options, Reference, Sealer,
};
use diachiso_source::MappingFile;

/// A fixed day for rule T02, so that the work is the same in years to come.
const TODAY: Date = Date::constant(2026, 11, 25);
/// As in `diachiso check`.
const BUFFER_BYTES: usize = 1 << 18;
/// The peer.
const PEER: &str = "@ban-team/validateur-bal@3.5.2";
/// Memory that Node may take, MiB: the peer keeps every row.
const PEER_MIB: &str = "--max-old-space-size=16384";
/// Makes a file of the peer's format with so many rows, checks it, and prints rows and seconds of the check alone.
const SCRIPT: &str = include_str!("check.mjs");

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("check") else { return Ok(()) };
    let inputs = Inputs::make(arguments.households)?;
    let file = inputs.submissions.first().context("a file of submissions")?;
    let (size, csv) = fastest(arguments.runs, || read_with_csv(file))?;
    let checker = checker()?;
    let before = Process::now();
    let (found, ours) = fastest(arguments.runs, || check(&checker, file))?;
    let after = Process::now();
    ensure!(found.conserved(), "a row was lost");
    let cpu = before.zip(after).map(|(a, b)| b.cpu.saturating_sub(a.cpu) / arguments.runs);
    let mut table = Table::new(&["what", "rows", "s", "rows/s", "× csv", "CPU s", "peak MiB"]);
    let line = |what: &str, rows: u64, took: Duration, cpu: Option<Duration>, mib: Option<u64>| {
        [
            what.to_owned(),
            count(rows),
            seconds(took),
            rate(rows, took),
            ratio(took.as_secs_f64() / rows as f64, csv.as_secs_f64() / size.rows as f64),
            cpu.map_or("–".to_owned(), seconds),
            mib.map_or("–".to_owned(), count),
        ]
    };
    table.push(line("csv crate, reading alone", size.rows, csv, None, None));
    // What rules about several rows need is kept in memory here and in a file by the program: no peak is told.
    table.push(line("`Checker::check`, all rules", found.rows_read, ours, cpu, None));
    let asked_for = if arguments.without_peers { Err(anyhow!("left out")) } else { Ok(()) };
    let note = match asked_for.and_then(|()| peer(inputs.folder(), found.rows_read)) {
        Ok(Peer { rows, took, mib }) => {
            table.push(line(PEER, rows, took, None, Some(mib)));
            let ours = found.rows_read as f64 / ours.as_secs_f64();
            let theirs = rows as f64 / took.as_secs_f64();
            format!("A row is checked {:.1} times as fast as by {PEER}.", ours / theirs)
        }
        Err(error) => format!("{PEER} was not measured: {error:#}"),
    };
    println!(
        "check: {} households; fastest of {}\n\n{table}\n{note}",
        count(arguments.households),
        arguments.runs
    );
    Ok(())
}

fn checker() -> anyhow::Result<Checker> {
    let options = Options {
        today: TODAY,
        sealer: Sealer::default(),
        profile: Profile::Default,
        decisions: Vec::new(),
    };
    Ok(Checker::new(Arc::new(Reference::load([])?), options))
}

fn check(checker: &Checker, path: &Path) -> anyhow::Result<FileCheck> {
    let bytes = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
    let input = Input {
        name: "phieu.csv".into(),
        sheet: None,
        kind: SourceKind::Submissions,
        legal_basis: true,
        mapping: MappingFile::default(),
        rows: diachiso_source::open("phieu.csv", bytes)?,
        sink: None,
    };
    Ok(checker.check(vec![input], &mut MemoryScratch::default(), &NoProgress)?)
}

/// What the peer came to.
struct Peer {
    rows: u64,
    took: Duration,
    mib: u64,
}

/// Installs the peer into the folder and runs it once.
fn peer(folder: &Path, rows: u64) -> anyhow::Result<Peer> {
    let npm = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"])
        .arg(folder)
        .arg(PEER)
        .stdout(Stdio::null())
        .status()
        .context("npm")?;
    ensure!(npm.success(), "npm ended with {npm}");
    let script = folder.join("check.mjs");
    std::fs::write(&script, SCRIPT)?;
    let output = Command::new("node").arg(PEER_MIB).arg(&script).arg(rows.to_string()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "node ended with {}", output.status);
    let numbers: Vec<f64> = said
        .lines()
        .last()
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [done, took_s, mib] = numbers[..] else { anyhow::bail!("node said `{said}`") };
    ensure!(done as u64 == rows, "it checked {done} rows of {rows}");
    Ok(Peer { rows, took: Duration::from_secs_f64(took_s), mib: mib as u64 })
}
