//! A whole run: files in, the published state out.

use diachiso_model::{
    Date, Field, Published, RULE_VERSION, RegisterField, RowOutcome, RowRef, RuleCode, RuleCount,
    Skipped, SourceKind, Submission, SubmissionField,
};
use diachiso_source::{Mapping, Row, RowBlock, SourceError, map_columns, non_record};
use rayon::prelude::*;

use crate::{
    Input, Progress, Reference, Sealer, link,
    register::{self, Lines, Registers},
    set_rules, shapes,
    submissions::{Cache, Context, Draft},
    tally,
};

/// Rows in a block, and blocks in flight: 16 × 4,096 rows of about 300 bytes are 20 MB.
const BLOCK_ROWS: usize = 4096;
const BLOCKS: usize = 16;

/// What a run is told besides its files.
#[derive(Clone, Debug)]
pub struct Options {
    /// The day that rule T02 calls today, and the closing date of registers that name none.
    pub today: Date,
    /// Seals identity numbers.
    pub sealer: Sealer,
}

/// Why there is no state to publish.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A row cannot be kept.
    #[error("{file}: cannot keep its rows: {source}")]
    Keep {
        /// The file.
        file: Box<str>,
        /// Why.
        source: std::io::Error,
    },
    /// No row of any register names a household.
    #[error(
        "{file}: no line of the register could be used ({lines} lines lack a household id, a known commune or a real date)"
    )]
    EmptyRegister {
        /// The first register file.
        file: Box<str>,
        /// How many lines it had.
        lines: usize,
    },
    /// A row went missing, or was counted twice: a defect of this program.
    #[error(
        "{file}: {read} rows read but {ended} accounted for; nothing was published, please report this"
    )]
    Conservation {
        /// The file.
        file: Box<str>,
        /// Rows read.
        read: u64,
        /// Rows with a verdict or skipped.
        ended: u64,
    },
}

/// Runs all stages over all files (those of earlier runs included) and returns what is to be published.
///
/// The result is a function of the *set* of submissions and register lines, the reference data, the
/// options and the rule version; order of files and rows and the number of threads do not matter.
///
/// # Errors
/// When a file cannot be read or a row cannot be kept. Bad rows are no errors: they have verdicts.
pub fn run(
    reference: &Reference,
    inputs: Vec<Input<'_>>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Published, RunError> {
    let mut reports: Vec<_> =
        inputs.iter().map(|i| register::empty_report(&i.name, i.kind)).collect();
    let mut lines = Lines::default();
    let mut batches = Vec::new();
    progress.stage("registers", None);
    for (file, input) in inputs.into_iter().enumerate() {
        match input.kind {
            SourceKind::Submissions => batches.push((file as u32, input)),
            SourceKind::Register => {
                let (used, skipped) = (lines.used.len(), lines.skipped.len());
                let bad = lines.unusable.len();
                reports[file].rows_read =
                    read_register(reference, input, file as u32, options, &mut lines, progress)?;
                reports[file].skipped = (lines.skipped.len() - skipped) as u64;
                reports[file].verdicts[3] = (lines.unusable.len() - bad) as u64;
                if lines.used.len() == used {
                    let lines = lines.unusable.len() - bad;
                    return Err(RunError::EmptyRegister {
                        file: reports[file].name.clone(),
                        lines,
                    });
                }
            }
        }
    }
    let mut skipped = std::mem::take(&mut lines.skipped);
    let registers = register::fold_lines(reference, lines, &mut reports);

    progress.stage("submissions", None);
    let closed_on = registers.infos.first().map_or(options.today, |info| info.closed_on);
    let mut drafts: Vec<Draft> = Vec::new();
    for (file, input) in batches {
        let start = (drafts.len(), skipped.len());
        let surroundings = Surroundings { reference, registers: &registers, closed_on, options };
        reports[file as usize].rows_read =
            surroundings.read_submissions(input, file, &mut drafts, &mut skipped, progress)?;
        reports[file as usize].skipped = (skipped.len() - start.1) as u64;
    }
    let repeats = fold_repeats(&mut drafts);
    finish(reference, registers, drafts, repeats, skipped, reports, options, progress)
}

/// The stages that look at everything at once.
#[expect(clippy::too_many_arguments, reason = "the parts of a run, handed over once")]
fn finish(
    reference: &Reference,
    registers: Registers,
    mut drafts: Vec<Draft>,
    repeats: Vec<(RowRef, u32)>,
    skipped: Vec<Skipped>,
    mut reports: Vec<diachiso_model::FileReport>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Published, RunError> {
    let Registers { infos, mut villages, mut households, address_keys } = registers;
    progress.stage("linking", None);
    set_rules::apply(&mut drafts);
    let spans = spans(&households, infos.len());
    let matches: Vec<Vec<link::Match>> = spans
        .iter()
        .map(|span| {
            let (from, to) = (span.start as usize, span.end as usize);
            link::match_register(
                &drafts,
                &households[from..to],
                &address_keys[from..to],
                span.start,
            )
        })
        .collect();
    if let Some(first) = matches.first() {
        link::note_matches(&mut drafts, first, &households, &infos);
    }
    link::find_duplicates(&mut drafts, &villages);

    progress.stage("coverage", None);
    let submissions: Vec<Submission> = drafts.into_iter().map(|d| d.submission).collect();
    shapes::shape_villages(&mut villages.list, &submissions, &reference.boundaries);
    let mut tallies = Vec::new();
    for ((register, info), (span, matches)) in
        infos.iter().enumerate().zip(spans.iter().zip(&matches))
    {
        let own = &mut households[span.start as usize..span.end as usize];
        tally::states(own, span.start, &submissions, matches);
        for h in own.iter_mut().filter(|h| h.state.is_gap()) {
            h.point = villages.list[h.village as usize].centre;
        }
        let (units, boundaries) = (&reference.units, &reference.boundaries);
        tallies.extend(tally::tallies(
            units,
            boundaries,
            &villages,
            (register as u32, info),
            own,
            &submissions,
            matches,
        ));
    }
    for s in &submissions {
        reports[s.file as usize].verdicts[s.verdict as usize] += 1;
    }
    for (at, _) in &repeats {
        reports[at.file as usize].verdicts[diachiso_model::Verdict::Duplicate as usize] += 1;
    }
    if let Some(lost) = reports.iter().find(|r| !r.conserved()) {
        let ended = lost.verdicts.iter().sum::<u64>() + lost.skipped;
        return Err(RunError::Conservation {
            file: lost.name.clone(),
            read: lost.rows_read,
            ended,
        });
    }
    Ok(Published {
        rule_version: RULE_VERSION,
        registers: infos,
        villages: villages.list,
        rules: count_rules(&submissions),
        households,
        submissions,
        tallies,
        files: reports,
        repeats: repeats
            .into_iter()
            .map(|(at, submission)| RowOutcome { at, submission })
            .collect(),
        skipped,
        today: options.today,
    })
}

/// Where each register's households stand among all (they are sorted by register).
fn spans(households: &[diachiso_model::Household], registers: usize) -> Vec<std::ops::Range<u32>> {
    (0..registers as u32)
        .map(|r| {
            let from = households.partition_point(|h| h.register < r) as u32;
            from..households.partition_point(|h| h.register <= r) as u32
        })
        .collect()
}

fn count_rules(submissions: &[Submission]) -> Vec<RuleCount> {
    let mut counts = vec![0_u64; RuleCode::ALL.len()];
    for s in submissions {
        s.findings.iter().for_each(|f| counts[f.code as usize] += 1);
        counts[RuleCode::R01 as usize] += u64::from(s.link.is_some());
    }
    let spoken = RuleCode::ALL.iter().zip(counts).filter(|(_, n)| *n > 0);
    spoken.map(|(code, findings)| RuleCount { code: *code, findings }).collect()
}

/// Sorts drafts by id and takes out rows that repeat one to the letter. Of equal rows the first
/// by (file, row) stays; what it says is the same whichever it is.
fn fold_repeats(drafts: &mut Vec<Draft>) -> Vec<(RowRef, u32)> {
    drafts.par_sort_unstable_by_key(|d| (d.submission.id, d.submission.file, d.submission.row));
    let mut repeats = Vec::new();
    let mut kept = 0_u32;
    let mut last = None;
    drafts.retain(|d| {
        let repeat = last == Some(d.submission.id);
        if repeat {
            repeats.push((RowRef { file: d.submission.file, row: d.submission.row }, kept - 1));
        } else {
            last = Some(d.submission.id);
            kept += 1;
        }
        !repeat
    });
    repeats
}

/// Reads a file block by block: `work` on the blocks of a group in parallel, in file order.
fn read_blocks<F: Field, T: Send>(
    mut input: Input<'_>,
    file: u32,
    sealed: Option<(F, &Sealer)>,
    skipped: &mut Vec<Skipped>,
    progress: &dyn Progress,
    work: impl Fn(&Mapping<F>, &RowBlock) -> Vec<Result<T, Skipped>> + Sync,
    out: &mut Vec<T>,
) -> Result<u64, RunError> {
    let mut group: Vec<RowBlock> = (0..BLOCKS).map(|_| RowBlock::new()).collect();
    let mut mapping: Option<Mapping<F>> = None;
    let mut read = 0;
    loop {
        let mut filled = 0;
        for block in &mut group {
            if input.rows.next_block(block, BLOCK_ROWS)? == 0 {
                break;
            }
            filled += 1;
        }
        if mapping.is_none() {
            if filled == 0 {
                return Err(SourceError::Empty { name: input.name.into() }.into());
            }
            mapping = Some(map_columns(&input.name, &group[0])?);
        }
        let Some(mapping) = mapping.as_ref().filter(|_| filled > 0) else { break };
        if let Some((field, sealer)) = sealed {
            group[..filled].par_iter_mut().for_each(|block| seal(block, mapping, field, sealer));
        }
        let (group, sink) = (&group[..filled], input.sink.as_deref_mut());
        let keep =
            move || sink.map_or(Ok(()), |sink| group.iter().try_for_each(|block| sink.keep(block)));
        let (results, kept) = rayon::join(
            || group.par_iter().map(|block| work(mapping, block)).collect::<Vec<_>>(),
            keep,
        );
        kept.map_err(|source| RunError::Keep { file: input.name.clone(), source })?;
        for result in results.into_iter().flatten() {
            match result {
                Ok(value) => out.push(value),
                Err(Skipped { at, reason }) => {
                    skipped.push(Skipped { at: RowRef { file, ..at }, reason });
                }
            }
        }
        let rows: usize = group.iter().map(RowBlock::len).sum();
        read += rows as u64;
        progress.advance(rows as u64);
    }
    Ok(read)
}

/// Replaces the identity cell of every record by its seal, so that the number goes no further.
fn seal<F: Field>(block: &mut RowBlock, mapping: &Mapping<F>, field: F, sealer: &Sealer) {
    let Some(column) = mapping.column(field) else { return };
    let header = mapping.header_row();
    let mut without = RowBlock::new();
    for row in block.rows() {
        let cells: Vec<_> = row
            .cells()
            .enumerate()
            .map(|(at, cell)| {
                let secret = at == column && row.number > header;
                if secret { sealer.seal(cell) } else { std::borrow::Cow::Borrowed(cell) }
            })
            .collect();
        without.push_row(row.number, cells.iter().map(AsRef::as_ref));
    }
    *block = without;
}

/// Rows of a block as records or skipped rows.
fn records<F: Field, T>(
    mapping: &Mapping<F>,
    block: &RowBlock,
    file: u32,
    mut read: impl FnMut(Row<'_>) -> T,
) -> Vec<Result<T, Skipped>> {
    block
        .rows()
        .map(|row| match non_record(mapping, row) {
            Some(reason) => Err(Skipped { at: RowRef { file, row: row.number }, reason }),
            None => Ok(read(row)),
        })
        .collect()
}

fn read_register(
    reference: &Reference,
    input: Input<'_>,
    file: u32,
    options: &Options,
    lines: &mut Lines,
    progress: &dyn Progress,
) -> Result<u64, RunError> {
    let mut results = Vec::new();
    let work = |mapping: &Mapping<RegisterField>, block: &RowBlock| {
        records(mapping, block, file, |row| {
            let at = RowRef { file, row: row.number };
            register::line(reference, mapping, row, file, options.today).map_err(|what| (at, what))
        })
    };
    let read = read_blocks(input, file, None, &mut lines.skipped, progress, work, &mut results)?;
    for result in results {
        match result {
            Ok(line) => lines.used.push(line),
            Err(bad) => lines.unusable.push(bad),
        }
    }
    Ok(read)
}

struct Surroundings<'a> {
    reference: &'a Reference,
    registers: &'a Registers,
    closed_on: Date,
    options: &'a Options,
}

impl Surroundings<'_> {
    fn read_submissions(
        &self,
        input: Input<'_>,
        file: u32,
        drafts: &mut Vec<Draft>,
        skipped: &mut Vec<Skipped>,
        progress: &dyn Progress,
    ) -> Result<u64, RunError> {
        let work = |mapping: &Mapping<SubmissionField>, block: &RowBlock| {
            let context = Context {
                reference: self.reference,
                villages: &self.registers.villages,
                closed_on: self.closed_on,
                today: self.options.today,
                mapping,
                file,
            };
            let mut cache = Cache::default();
            records(mapping, block, file, |row| {
                context.draft(row, mapping.get(row, SubmissionField::Identity), &mut cache)
            })
        };
        let sealed = Some((SubmissionField::Identity, &self.options.sealer));
        read_blocks(input, file, sealed, skipped, progress, work, drafts)
    }
}
