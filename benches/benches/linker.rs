//! How long does one more record take among many? [`Linker::insert`] and [`Linker::withdraw`], one record at a time.
//!
//! Synthetic records of households, 15 % of them repeats; the model learns from the same records. All but the last
//! 20,000 are linked at once, those are inserted one by one, and then withdrawn one by one; the state must then be what it
//! was.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use diachiso_benches::{Arguments, Table as Printed, count, seconds};
use diachiso_link::{
    Cell, Column, Decisions, Effort, HOUSEHOLDS_TOML, Linker, Model, Records, Table, estimate,
};
use diachiso_text::fold;

/// Records inserted one by one.
const ONE_BY_ONE: usize = 20_000;

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("linker") else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    diachiso_synth::linkage(42, arguments.households, folder.path())?;
    let model = Model::parse(HOUSEHOLDS_TOML)?;
    let columns = read(&model, &folder.path().join("records.csv"))?;
    let records = columns.first().map_or(0, Column::len);
    let there = records.saturating_sub(ONE_BY_ONE);
    let mut taught = Records::new(model, cut(&columns, 0..records)?)?;
    let mut model = estimate(&mut taught, Effort::default()).model;
    model.prior.records = Some(records as u64);
    drop(taught);
    let start = Instant::now();
    let mut linker = Linker::new(model, cut(&columns, 0..there)?, Decisions::new())?;
    let loaded = start.elapsed();
    let before = (linker.pairs().len(), linker.clusters());
    let mut inserts = Vec::with_capacity(ONE_BY_ONE);
    let mut cells: Vec<Cell<'_>> = Vec::new();
    for row in there..records {
        cells.clear();
        cells.extend(columns.iter().map(|column| column.cell(row)));
        let start = Instant::now();
        linker.insert(row as u64, &cells)?;
        inserts.push(start.elapsed());
    }
    let pairs = linker.pairs().len();
    ensure!(pairs > before.0, "no inserted record repeats another: nothing is measured");
    let mut withdrawals = Vec::with_capacity(ONE_BY_ONE);
    for row in there..records {
        let start = Instant::now();
        linker.withdraw(row as u64)?;
        withdrawals.push(start.elapsed());
    }
    ensure!(
        (linker.pairs().len(), linker.clusters()) == before,
        "insert and withdraw left a trace"
    );
    println!("{} records linked in {} s", count(there as u64), seconds(loaded));
    let mut table = Printed::new(&["one record", "times", "median", "p99", "p99.9", "longest"]);
    for (what, mut took) in [("insert", inserts), ("withdraw", withdrawals)] {
        took.sort_unstable();
        let at = |share: f64| millis(took[((took.len() - 1) as f64 * share) as usize]);
        table.push([what.into(), count(took.len() as u64), at(0.5), at(0.99), at(0.999), at(1.0)]);
    }
    print!("{table}");
    Ok(())
}

fn millis(took: Duration) -> String {
    format!("{:.3} ms", took.as_secs_f64() * 1e3)
}

/// The columns of a model from a csv file.
fn read(model: &Model, path: &std::path::Path) -> anyhow::Result<Vec<Column>> {
    let mut reader = csv::Reader::from_path(path)?;
    let headings: Vec<String> = reader.headers()?.iter().map(fold::strong_key).collect();
    let find = |name: &String| headings.iter().position(|h| *h == fold::strong_key(name));
    let places: Vec<Vec<usize>> =
        model.columns.iter().map(|spec| spec.from.iter().filter_map(find).collect()).collect();
    let mut columns: Vec<Column> = model.columns.iter().map(|spec| spec.kind.column(0)).collect();
    for row in reader.records() {
        let row = row?;
        for ((column, spec), at) in columns.iter_mut().zip(&model.columns).zip(&places) {
            let cell = |i: usize| at.get(i).and_then(|at| row.get(*at)).unwrap_or("");
            spec.kind.push(column, [cell(0), cell(1)]);
        }
    }
    Ok(columns)
}

/// Some rows of the columns, named by their place.
fn cut(columns: &[Column], rows: std::ops::Range<usize>) -> anyhow::Result<Table> {
    let whole = Table::new(columns.to_vec()).context("columns of one length")?;
    let mut table = whole.empty_like();
    let mut cells: Vec<Cell<'_>> = Vec::new();
    for row in rows {
        cells.clear();
        cells.extend(columns.iter().map(|column| column.cell(row)));
        table.push(row as u64, &cells)?;
    }
    Ok(table)
}
