//! A second look at a checked file: every row with its verdict and with what was put in place of its cells.

use std::io;

use diachiso_model::{
    Finding, LonLat, RuleCode, Severity, Submission, SubmissionField as F, Verdict,
};
use diachiso_source::{Mapping, Row, RowBlock, non_record};
use diachiso_text::{angle, phone};

use crate::{Input, Progress, RunError, read::read_blocks, submissions::Cache};

use super::{Checker, FileCheck};

/// Repairs of the position: they concern both axes together. A position that a code gave (G15) is not among them: it is
/// as good as the code's cell, and a number in its place would promise more.
const OF_POSITION: [RuleCode; 4] = [RuleCode::G01, RuleCode::G02, RuleCode::G03, RuleCode::G04];

/// Decimals of degrees that came of minutes and seconds or of metres.
const DECIMALS: usize = 6;

/// One cell that was repaired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RepairedCell {
    /// The column, counted from 0.
    pub column: usize,
    /// What stands in it now.
    pub text: String,
}

/// What is said of one row besides its cells.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct RepairedRow {
    /// Its number in the file.
    pub number: u32,
    /// What becomes of it; `None` of a row that is no record.
    pub verdict: Option<Verdict>,
    /// Repaired cells, by column.
    pub repaired: Vec<RepairedCell>,
    /// Columns that a person has to look at, by column.
    pub suspect: Vec<usize>,
    /// Rules that spoke, without repeats, by code.
    pub codes: Vec<RuleCode>,
}

/// Takes the rows of a repaired file in their order.
pub trait RepairSink: Send {
    /// Takes the next rows: `rows[i]` is what is said of row `i` of the block. Sensitive columns that are not needed are
    /// blank in it.
    ///
    /// # Errors
    /// When it cannot keep them.
    fn keep(
        &mut self,
        mapping: &Mapping<F>,
        block: &RowBlock,
        rows: &[RepairedRow],
    ) -> io::Result<()>;
}

impl Checker {
    /// Reads a file, or the sheet that was its part number `part`, a second time, after [`Checker::check`] made `checked`
    /// of it, and hands its rows to `sink` with their repairs. What a rule repaired comes out so that a further check has nothing left to repair.
    ///
    /// # Errors
    /// When the file cannot be read or the sink fails.
    pub fn repair(
        &self,
        input: Input<'_>,
        (checked, part): (&FileCheck, usize),
        sink: &mut dyn RepairSink,
        progress: &dyn Progress,
    ) -> Result<(), RunError> {
        let legal_basis = input.legal_basis;
        let rows_before = checked.parts.get(part).map_or(0, |part| part.rows_before);
        let work = |mapping: &Mapping<F>, block: &RowBlock| {
            let context = self.context(mapping, legal_basis);
            let repair = |row: Row<'_>, cache: &mut Cache| {
                if non_record(mapping, row).is_some() {
                    return RepairedRow { number: row.number, ..RepairedRow::default() };
                }
                let draft = self.draft(&context, row, cache);
                repaired(mapping, &draft.submission, (checked, rows_before))
            };
            self.caches
                .with(|cache| -> Vec<_> { block.rows().map(|row| repair(row, cache)).collect() })
        };
        read_blocks(input, None, progress, work, |mapping, block, said| {
            sink.keep(mapping, block, &said)
        })?;
        Ok(())
    }
}

fn repaired(
    mapping: &Mapping<F>,
    submission: &Submission,
    (checked, rows_before): (&FileCheck, u32),
) -> RepairedRow {
    let at = submission.row.saturating_add(rows_before);
    let mut codes: Vec<RuleCode> = submission.findings.iter().map(|f| f.code).collect();
    codes.extend(checked.outcome.codes(at));
    codes.sort_unstable();
    codes.dedup();
    let column = |f: &Finding| mapping.column(field(f)?);
    let asks = |f: &&Finding| f.severity >= Severity::Warning;
    let mut suspect: Vec<usize> =
        submission.findings.iter().filter(asks).filter_map(column).collect();
    suspect.sort_unstable();
    suspect.dedup();
    RepairedRow {
        number: submission.row,
        verdict: checked.outcome.verdict(at),
        repaired: repairs(mapping, submission),
        suspect,
        codes,
    }
}

fn field(finding: &Finding) -> Option<F> {
    use diachiso_model::Field as _;
    F::ALL.iter().copied().find(|f| Some(f.key()) == finding.field)
}

/// The cells that rules of severity F mended; the last repair of a field is what it came to.
fn repairs(mapping: &Mapping<F>, submission: &Submission) -> Vec<RepairedCell> {
    let mut repaired: Vec<RepairedCell> = Vec::new();
    let mut put = |field: F, text: String| {
        if let Some(column) = mapping.column(field) {
            repaired.retain(|cell| cell.column != column);
            repaired.push(RepairedCell { column, text });
        }
    };
    let fixed = || submission.findings.iter().filter(|f| f.severity == Severity::Fixed);
    for finding in fixed().filter(|f| !OF_POSITION.contains(&f.code)) {
        match (field(finding), finding.code, &finding.replacement) {
            (Some(F::Head), ..) => put(F::Head, submission.head.to_string()),
            (Some(F::Phone), ..) => {
                submission.phone.into_iter().for_each(|n| put(F::Phone, phone::display(n)));
            }
            (Some(of), _, Some(text)) => put(of, text.to_string()),
            _ => {}
        }
    }
    let of_position = fixed().find(|f| OF_POSITION.contains(&f.code));
    if let Some((point, finding)) = submission.point.zip(of_position) {
        let decimals = decimals(&finding.original);
        let degrees = |of: fn(LonLat) -> f64| format!("{:.decimals$}", of(point));
        let [lat, lon] = [degrees(LonLat::lat), degrees(LonLat::lon)];
        if mapping.column(F::Latitude).is_none() {
            put(F::Position, format!("{lat}, {lon}"));
        }
        put(F::Latitude, lat);
        put(F::Longitude, lon);
        if fixed().any(|f| f.code == RuleCode::G04) {
            put(F::System, "WGS 84".to_owned());
        }
    }
    repaired.sort_by_key(|cell| cell.column);
    repaired
}

/// Decimals with which a position is written so that it promises no more than it did.
fn decimals(original: &str) -> usize {
    let of = |cell: &str| angle::parse(cell).filter(|a| !a.dms && a.degrees.abs() < 1000.0);
    let (a, b) = original.split_once("; ").unwrap_or_default();
    of(a).zip(of(b)).map_or(DECIMALS, |(a, b)| usize::from(a.decimals.max(b.decimals)))
}
