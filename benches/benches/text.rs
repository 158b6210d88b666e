//! What does reading one cell cost, kind by kind, next to merely parting it from its neighbours?
//!
//! The cells are those of synthetic submissions with their dirt; one thread.

use std::{fs::File, hint::black_box, path::Path, time::Duration};

use diachiso_benches::{
    Arguments, Inputs, Size, Table, count, fastest, rate, ratio, read_with_csv,
};
use diachiso_model::SubmissionField as F;
use diachiso_source::{RowBlock, map_columns, non_record};
use diachiso_text::{
    angle, clean, code, date, fold, house, identity, legacy, name, number, phone, place,
};

/// More cells would only take longer to make.
const MAX_HOUSEHOLDS: u64 = 100_000;
const BLOCK_ROWS: usize = 4096;
/// The columns that are read below.
const COLUMNS: [F; 14] = [
    F::Code,
    F::Head,
    F::Identity,
    F::Phone,
    F::HouseNumber,
    F::Alley,
    F::Street,
    F::Village,
    F::Commune,
    F::Members,
    F::Latitude,
    F::Longitude,
    F::Accuracy,
    F::CollectedOn,
];

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("text") else { return Ok(()) };
    let inputs = Inputs::make(arguments.households.min(MAX_HOUSEHOLDS))?;
    let (size, took) = fastest(arguments.runs, || -> anyhow::Result<Size> {
        inputs.submissions.iter().map(|path| read_with_csv(path)).sum()
    })?;
    let mut columns = Columns::default();
    for path in &inputs.submissions {
        columns.read(path)?;
    }
    println!("text: {} submission rows; fastest of {}\n", count(size.rows), arguments.runs);
    let mut report = Report::new(arguments.runs, size.cells, took);
    names(&columns, &mut report)?;
    numbers(&columns, &mut report)?;
    places(&columns, &mut report)?;
    println!("{}", report.table);
    Ok(())
}

fn names(columns: &Columns, report: &mut Report) -> anyhow::Result<()> {
    let heads = columns.of(F::Head);
    let unicode: Vec<&str> =
        heads.iter().copied().filter(|head| legacy::is_surely_unicode(head)).collect();
    report.each("`legacy::repair`, names that are Unicode", &unicode, legacy::repair)?;
    report.each("`legacy::repair`, names as they came", &heads, legacy::repair)?;
    report.each("`clean::clean`, names", &heads, clean::clean)?;
    report.each("`name::clean_name`", &heads, name::clean_name)?;
    report.each("`name::is_placeholder`", &heads, name::is_placeholder)?;
    report.each("`fold::strong_key`, names", &heads, fold::strong_key)?;
    report.each("`fold::unaccent_key`, names", &heads, fold::unaccent_key)?;
    report.each("a name, all of the above", &heads, |head| {
        let repaired = legacy::repair(head);
        let cleaned = clean::clean(repaired.as_ref().map_or(head, |r| &*r.text));
        let name = name::clean_name(&cleaned);
        (name::is_placeholder(&name), fold::strong_key(&name), fold::unaccent_key(&name))
    })
}

fn numbers(columns: &Columns, report: &mut Report) -> anyhow::Result<()> {
    report.each("`phone::parse`", &columns.of(F::Phone), phone::parse)?;
    report.each("`identity::check`", &columns.of(F::Identity), identity::check)?;
    report.each("`date::parse`", &columns.of(F::CollectedOn), date::parse)?;
    report.each("`number::parse_count`, members", &columns.of(F::Members), number::parse_count)?;
    let accuracy = columns.of(F::Accuracy);
    report.each("`number::parse_decimal`, accuracy", &accuracy, number::parse_decimal)?;
    report.each("`angle::parse`, latitude", &columns.of(F::Latitude), angle::parse)?;
    report.each("`angle::parse`, longitude", &columns.of(F::Longitude), angle::parse)
}

fn places(columns: &Columns, report: &mut Report) -> anyhow::Result<()> {
    report.each("`code::clean_code`", &columns.of(F::Code), code::clean_code)?;
    report.each("`place::village_key`", &columns.of(F::Village), place::village_key)?;
    report.each("`place::commune_key`", &columns.of(F::Commune), place::commune_key)?;
    let addresses: Vec<[&str; 3]> = columns
        .of(F::HouseNumber)
        .into_iter()
        .zip(columns.of(F::Alley))
        .zip(columns.of(F::Street))
        .map(|((number, alley), street)| [number, alley, street])
        .collect();
    let parse = |[number, alley, street]: [&str; 3]| house::parse(number, alley, street);
    report.each("`house::parse`, number, alley and street", &addresses, parse)?;
    report.each("`house::parse` and its key", &addresses, |cells| parse(cells).key())?;
    report.each(
        "`house::looks_like_excel_date`",
        &columns.of(F::HouseNumber),
        house::looks_like_excel_date,
    )
}

/// The cells of all submissions by column.
#[derive(Default)]
struct Columns {
    columns: [Column; COLUMNS.len()],
}

/// Cells one behind the other, as near to each other as those of a block of rows: strings of their own would have
/// every function wait for memory.
#[derive(Default)]
struct Column {
    text: String,
    ends: Vec<usize>,
}

impl Columns {
    fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        let name = path.to_string_lossy();
        let mut source = diachiso_source::open(&name, File::open(path)?)?;
        let (mut block, mut mapping) = (RowBlock::new(), None);
        while source.next_block(&mut block, BLOCK_ROWS)? > 0 {
            let mapping = match &mut mapping {
                Some(known) => known,
                unknown => unknown.insert(map_columns::<F>(&name, &block)?),
            };
            for row in block.rows().filter(|row| non_record(mapping, *row).is_none()) {
                for (column, field) in self.columns.iter_mut().zip(COLUMNS) {
                    column.text.push_str(mapping.get(row, field));
                    column.ends.push(column.text.len());
                }
            }
        }
        Ok(())
    }

    fn of(&self, field: F) -> Vec<&str> {
        let Some(at) = COLUMNS.iter().position(|known| *known == field) else { return Vec::new() };
        let Column { text, ends } = &self.columns[at];
        let starts = std::iter::once(&0).chain(ends);
        starts.zip(ends).map(|(start, end)| &text[*start..*end]).collect()
    }
}

/// The table, and what its ratios refer to.
struct Report {
    runs: u32,
    /// Nanoseconds that the csv crate takes to part a cell from its neighbours.
    csv_ns: f64,
    table: Table,
}

impl Report {
    fn new(runs: u32, cells: u64, took: Duration) -> Self {
        let mut report = Self {
            runs,
            csv_ns: took.as_secs_f64() * 1e9 / cells as f64,
            table: Table::new(&["what", "cells", "cells/s", "ns a cell", "× csv"]),
        };
        report.line("csv crate, reading alone", cells, took);
        report
    }

    /// Times a function over some cells.
    fn each<C: Copy, T>(
        &mut self,
        what: &str,
        cells: &[C],
        work: impl Fn(C) -> T,
    ) -> anyhow::Result<()> {
        let ((), took) = fastest(self.runs, || {
            for cell in cells {
                drop(black_box(work(black_box(*cell))));
            }
            Ok(())
        })?;
        self.line(what, cells.len() as u64, took);
        Ok(())
    }

    fn line(&mut self, what: &str, cells: u64, took: Duration) {
        let ns = took.as_secs_f64() * 1e9 / cells.max(1) as f64;
        let cells_a_second = rate(cells, took);
        self.table.push([
            what.to_owned(),
            count(cells),
            cells_a_second,
            format!("{ns:.0}"),
            ratio(ns, self.csv_ns),
        ]);
    }
}
