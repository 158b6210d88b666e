//! A whole run: files in, the published state out.

use std::ops::Range;

use diachiso_model::{
    Date, Decision, Field, FileReport, Household, Profile, Proposal, Published, RULE_VERSION,
    RegisterField, RegisterReject, RowOutcome, RowRef, RuleCode, RuleCount, Skipped, SourceKind,
    Submission, SubmissionField, UnitTally, Verdict,
};
use diachiso_source::{Mapping, RowBlock, SourceError};
use rayon::prelude::*;

use crate::{
    Input, Progress, Reference, Sealer, entity_rules,
    erased::Erased,
    forensics::{self, Case},
    judge::Judge,
    link::{self, Match, Noter},
    read::{Read, read_blocks, records},
    register::{self, Registers},
    results::Results,
    row_rulings::RowRulings,
    rulings::Rulings,
    set_rules, shapes,
    submissions::{Caches, Context, Draft},
    tally,
};

/// What a run is told besides its files.
#[derive(Clone, Debug)]
pub struct Options {
    /// The day that rule T02 calls today, and the closing date of registers that name none.
    pub today: Date,
    /// Seals identity numbers.
    pub sealer: Sealer,
    /// How strict the rules are.
    pub profile: Profile,
    /// The record of decisions, oldest first.
    pub decisions: Vec<Decision>,
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
        "{file}: không dòng nào của danh sách dùng được ({lines} dòng thiếu mã hộ, xã có thật hoặc ngày hợp lệ) / no line of the register could be used ({lines} lines lack a household id, a known commune or a real date)"
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
    let erased = Erased::new(&options.decisions);
    let stages = Stages { reference, options, progress, erased: &erased };
    let mut ledger = Ledger::new(&inputs);
    let (registers, batches): (Vec<_>, Vec<_>) =
        (0..).zip(inputs).partition(|(_, input)| input.kind == SourceKind::Register);
    let registers = stages.registers(registers, &mut ledger)?;
    let drafts = stages.submissions(batches, &registers, &mut ledger)?;
    let (drafts, proposals) = stages.examine(&registers, drafts);
    let (registers, drafts, matches) = stages.link(registers, drafts);
    conserved(Published { proposals, ..stages.tally(registers, drafts, &matches, ledger) })
}

/// A state of whose files every row ended somewhere.
pub(crate) fn conserved(state: Published) -> Result<Published, RunError> {
    match state.files.iter().find(|file| !file.conserved()) {
        None => Ok(state),
        Some(lost) => Err(RunError::Conservation {
            file: lost.name.clone(),
            read: lost.rows_read,
            ended: lost.verdicts.iter().sum::<u64>() + lost.skipped,
        }),
    }
}

/// What became of rows that are neither households nor submissions, and of every file.
pub(crate) struct Ledger {
    pub(crate) files: Vec<FileReport>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) rejects: Vec<RegisterReject>,
    /// Rows that repeat a draft to the letter, with its index.
    repeats: Vec<(RowRef, u32)>,
}

impl Ledger {
    pub(crate) fn new(inputs: &[Input<'_>]) -> Self {
        let files = inputs.iter().map(|i| register::empty_report(&i.label(), i.kind)).collect();
        Self { files, skipped: Vec::new(), rejects: Vec::new(), repeats: Vec::new() }
    }

    pub(crate) fn read<F: Field>(&mut self, file: u32, read: &Read<F>) {
        let report = self.file(file);
        report.rows_read = read.rows;
        report.dropped_columns = read.dropped_columns();
    }

    pub(crate) fn file(&mut self, file: u32) -> &mut FileReport {
        &mut self.files[file as usize]
    }
}

/// The stages over one set of files.
pub(crate) struct Stages<'a> {
    pub(crate) reference: &'a Reference,
    pub(crate) options: &'a Options,
    pub(crate) progress: &'a dyn Progress,
    /// What stays of submissions that were erased.
    pub(crate) erased: &'a Erased,
}

impl Stages<'_> {
    pub(crate) fn registers(
        &self,
        inputs: Vec<(u32, Input<'_>)>,
        ledger: &mut Ledger,
    ) -> Result<Registers, RunError> {
        self.progress.stage("registers", None);
        let mut lines: Vec<register::Line> = Vec::new();
        for (file, input) in inputs {
            let before = (lines.len(), ledger.skipped.len(), ledger.rejects.len());
            let read = self.read_register(input, file, &mut lines, ledger)?;
            ledger.read(file, &read);
            let skipped = ledger.skipped.len() - before.1;
            let rejected = ledger.rejects.len() - before.2;
            ledger.file(file).skipped = skipped as u64;
            ledger.file(file).verdicts[Verdict::Rejected as usize] = rejected as u64;
            if lines.len() == before.0 {
                let file = ledger.file(file).name.clone();
                return Err(RunError::EmptyRegister { file, lines: rejected });
            }
        }
        Ok(register::fold_lines(self.reference, lines, &mut ledger.files))
    }

    fn read_register(
        &self,
        input: Input<'_>,
        file: u32,
        lines: &mut Vec<register::Line>,
        ledger: &mut Ledger,
    ) -> Result<Read<RegisterField>, RunError> {
        let work = |mapping: &Mapping<RegisterField>, block: &RowBlock| {
            let mut cache = register::Cache::default();
            records(mapping, block, file, |row| {
                register::line(self.reference, mapping, row, file, self.options.today, &mut cache)
            })
        };
        read_blocks(input, None, self.progress, work, |_, _, results| {
            for result in results {
                match result {
                    Ok(Ok(line)) => lines.push(line),
                    Ok(Err(reject)) => ledger.rejects.push(reject),
                    Err(skipped) => ledger.skipped.push(skipped),
                }
            }
            Ok(())
        })
    }

    /// Drafts of all rows, sorted by id, repeats to the letter taken out.
    fn submissions(
        &self,
        inputs: Vec<(u32, Input<'_>)>,
        registers: &Registers,
        ledger: &mut Ledger,
    ) -> Result<Vec<Draft>, RunError> {
        self.progress.stage("submissions", None);
        let mut drafts: Vec<Draft> = Vec::new();
        let caches = Caches::default();
        for (file, input) in inputs {
            let before = ledger.skipped.len();
            let to = (&mut drafts, &mut ledger.skipped);
            let read = self.read_submissions((file, input), registers, &caches, to)?;
            let skipped = ledger.skipped.len() - before;
            ledger.read(file, &read);
            ledger.file(file).skipped = skipped as u64;
        }
        ledger.repeats = fold_repeats(&mut drafts);
        Ok(drafts)
    }

    /// Reads one file to drafts, each judged alone, and rows that are none.
    pub(crate) fn read_submissions(
        &self,
        (file, input): (u32, Input<'_>),
        registers: &Registers,
        caches: &Caches,
        (drafts, skipped): (&mut Vec<Draft>, &mut Vec<Skipped>),
    ) -> Result<Read<SubmissionField>, RunError> {
        let (closed_on, legal_basis) = (self.closed_on(registers), input.legal_basis);
        let work = |mapping: &Mapping<SubmissionField>, block: &RowBlock| {
            let context = Context {
                reference: self.reference,
                villages: &registers.villages,
                closed_on,
                today: self.options.today,
                judge: Judge(self.options.profile),
                legal_basis,
                mapping,
                file,
                erased: Some(self.erased),
            };
            caches.with(|cache| {
                records(mapping, block, file, |row| {
                    context.draft(row, mapping.get(row, SubmissionField::Identity), cache)
                })
            })
        };
        let sealed = Some((SubmissionField::Identity, &self.options.sealer));
        read_blocks(input, sealed, self.progress, work, |_, _, results| {
            for result in results {
                match result {
                    Ok(draft) => drafts.push(draft),
                    Err(row) => skipped.push(row),
                }
            }
            Ok(())
        })
    }

    /// What collectors did to all their rows, what was decided of it, and the rules that look at all rows.
    fn examine(
        &self,
        registers: &Registers,
        mut drafts: Vec<Draft>,
    ) -> (Vec<Draft>, Vec<Proposal>) {
        self.progress.stage("forensics", None);
        let judge = Judge(self.options.profile);
        let (closed_on, today) = (self.closed_on(registers), self.options.today);
        let case = Case::new(self.reference, &registers.villages, closed_on, today)
            .decided(&self.options.decisions);
        let proposals = forensics::examine(&drafts, &case);
        forensics::replay(&mut drafts, &proposals, &case, judge);
        RowRulings::new(&self.options.decisions).apply(&mut drafts, &case, judge);
        set_rules::apply(&mut drafts, &proposals, judge);
        (drafts, proposals)
    }

    /// Closing date of the register that is the denominator.
    pub(crate) fn closed_on(&self, registers: &Registers) -> Date {
        registers.infos.first().map_or(self.options.today, |register| register.closed_on)
    }

    /// Matches per register, duplicates.
    fn link(
        &self,
        registers: Registers,
        mut drafts: Vec<Draft>,
    ) -> (Registers, Vec<Draft>, Vec<Vec<Match>>) {
        self.progress.stage("linking", None);
        let judge = Judge(self.options.profile);
        let Registers { infos, villages, households, address_keys, sexes } = &registers;
        let find = |id| drafts.binary_search_by_key(&id, |d: &Draft| d.submission.id).ok();
        let find = |id| find(id).map(|at| at as u32);
        let rulings = Rulings::new(&self.options.decisions, find, infos, households);
        let matches: Vec<Vec<Match>> = spans(households, infos.len())
            .into_iter()
            .enumerate()
            .map(|(register, span)| {
                let own = span.start as usize..span.end as usize;
                let (households, keys) = (&households[own.clone()], &address_keys[own]);
                let index = link::Index::new(households, keys);
                let matcher = index.of(households, span.start);
                link::match_register(&drafts, matcher, register, &rulings)
            })
            .collect();
        if let Some(first) = matches.first() {
            let births = self.options.sealer.births();
            let noter = Noter { households, sexes, births: &births };
            link::note_matches(&mut drafts, first, &noter, judge);
        }
        entity_rules::apply(&mut drafts, judge);
        link::find_duplicates(&mut drafts, villages, &rulings, judge);
        (registers, drafts, matches)
    }

    /// Villages, states and counts: everything that is left to publish.
    fn tally(
        &self,
        registers: Registers,
        drafts: Vec<Draft>,
        matches: &[Vec<Match>],
        mut ledger: Ledger,
    ) -> Published {
        self.progress.stage("coverage", None);
        let submissions: Vec<Submission> = drafts.into_iter().map(|d| d.submission).collect();
        let Registers { infos, mut villages, mut households, .. } = registers;
        let Reference { units, boundaries, .. } = self.reference;
        shapes::shape_villages(&mut villages.list, &submissions, self.reference);
        let mut tallies: Vec<UnitTally> = Vec::new();
        let spans = spans(&households, infos.len());
        let results = Results::new(&self.options.decisions, &infos, &households);
        for (((register, info), span), matches) in (0..).zip(&infos).zip(spans).zip(matches) {
            let own = &mut households[span.start as usize..span.end as usize];
            tally::states(own, span.start, &submissions, matches, &results);
            for h in own.iter_mut().filter(|h| tally::lies_in_village(h)) {
                h.point = villages.list[h.village as usize].centre;
            }
            let register = (register, info);
            let counts = tally::by_village(villages.list.len(), own, &submissions, matches);
            tallies.extend(tally::roll_up(units, boundaries, &villages.list, register, &counts));
        }
        for s in &submissions {
            ledger.file(s.file).verdicts[s.verdict as usize] += 1;
        }
        let outcome = |(at, submission)| RowOutcome { at, submission };
        let repeats: Vec<RowOutcome> = ledger.repeats.iter().copied().map(outcome).collect();
        for repeat in &repeats {
            ledger.file(repeat.at.file).verdicts[Verdict::Duplicate as usize] += 1;
        }
        Published {
            rule_version: RULE_VERSION,
            profile: self.options.profile,
            registers: infos,
            villages: villages.list,
            proposals: Vec::new(),
            decisions: self.options.decisions.clone(),
            rules: count_rules(&submissions),
            households,
            submissions,
            tallies,
            files: ledger.files,
            repeats,
            skipped: ledger.skipped,
            register_rejects: ledger.rejects,
            today: self.options.today,
        }
    }
}

/// Where each register's households stand among all (they are sorted by register).
pub(crate) fn spans(households: &[Household], registers: usize) -> Vec<Range<u32>> {
    (0..registers as u32)
        .map(|r| {
            let from = households.partition_point(|h| h.register < r) as u32;
            from..households.partition_point(|h| h.register <= r) as u32
        })
        .collect()
}

/// Puts `items[order[i]]` at `i` for every `i`; `order` names every index once.
fn permute<T>(items: &mut [T], order: &mut [u32]) {
    for start in 0..items.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at as u32) as usize;
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

pub(crate) fn count_rules(submissions: &[Submission]) -> Vec<RuleCount> {
    let mut counts = vec![0_u64; RuleCode::ALL.len()];
    for s in submissions {
        s.findings.iter().for_each(|f| counts[f.code as usize] += 1);
        counts[RuleCode::R01 as usize] += u64::from(s.link.is_some());
    }
    let spoken = RuleCode::ALL.iter().zip(counts).filter(|(_, n)| *n > 0);
    spoken.map(|(code, findings)| RuleCount { code: *code, findings }).collect()
}

/// Sorts drafts by id and takes out rows that repeat one to the letter. Of equal rows one whose file has a legal basis
/// stays, else the first by (file, row); what they say is the same otherwise.
fn fold_repeats(drafts: &mut Vec<Draft>) -> Vec<(RowRef, u32)> {
    let baseless = |s: &Submission| s.findings.iter().any(|f| f.code == RuleCode::C01);
    // Drafts are large: their keys are sorted, and each draft then moves once.
    let mut order: Vec<_> = drafts
        .par_iter()
        .enumerate()
        .map(|(at, d)| {
            let s = &d.submission;
            (s.id, baseless(s), s.file, s.row, at as u32)
        })
        .collect();
    order.par_sort_unstable();
    permute(drafts, &mut order.into_iter().map(|key| key.4).collect::<Vec<_>>());
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_permutation_puts_every_item_in_its_place(
            order in (0_u32..40).prop_flat_map(|n| Just((0..n).collect::<Vec<u32>>()).prop_shuffle())
        ) {
            let mut items: Vec<u32> = (0..order.len() as u32).collect();
            permute(&mut items, &mut order.clone());
            prop_assert_eq!(items, order);
        }
    }
}
