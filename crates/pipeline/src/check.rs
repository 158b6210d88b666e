//! A file looked at without a store: what every row would come to, in memory that does not grow with the file.
//!
//! Rows are judged block by block as in a [`run`](crate::run()) and forgotten. What rules about several rows need
//! (shared codes, stacked points, repeats) is kept as fixed-size records in a [`Scratch`], parted by hash so that one
//! part at a time is looked at; their outcome is a few bits a row. The verdicts are those of a run over this file
//! alone without a register.
//!
//! What all rows of one collector show together is looked at as well: a row leaves a trace of fixed size in the scratch,
//! and subjects are read back one part at a time, of none more than [`ComparedWith::MOST_ROWS`] rows. What comes of it
//! is what that run would propose.

mod memory;
mod outcome;
mod proposals;
mod repair;
mod spill;
mod traces;
mod witnesses;

use std::sync::Arc;

use diachiso_model::{
    Date, Field as _, Finding, RowRef, RuleCode, Severity, Submission, SubmissionField,
    SubmissionId, SuggestedPosition, UnitCode, Verdict,
};
use diachiso_source::{Mapping, MatchKind, Row, RowBlock, non_record};

use crate::{
    Input, Options, Progress, Reference, RunError,
    forensics::{Case, Tracer},
    judge::Judge,
    place::Villages,
    read::read_blocks,
    submissions::{Cache, Caches, Context, Draft},
};

use memory::{Keys, Memory};
use outcome::Tallies;
pub use outcome::{CheckedPart, CheckedRule, Example, FileCheck};
pub use proposals::{CheckedProposal, ComparedWith};
pub use repair::{RepairSink, RepairedCell, RepairedRow};
pub use spill::{MemoryScratch, Scratch};
pub use witnesses::Witness;
use witnesses::Witnesses;

/// What a column of the file was taken for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedColumn {
    /// The letters by which spreadsheets call it.
    pub letters: String,
    /// Its heading as it stands in the file.
    pub heading: String,
    /// Title of the field, and how it was found; `None` when it means nothing here.
    pub field: Option<(&'static str, MatchKind)>,
    /// Whether it is sensitive, not needed and so dropped (C02).
    pub sensitive: bool,
}

/// Tells where a household without usable coordinates is likely to be.
pub trait PositionSuggester: Send + Sync {
    /// The suggestion for a submission; `village` is the name of the one that it was found to mean.
    fn suggest(&self, submission: &Submission, village: Option<&str>) -> Option<SuggestedPosition>;
}

/// What checking needs besides the file.
pub struct Checker {
    reference: Arc<Reference>,
    villages: Villages,
    closed_on: Date,
    options: Options,
    caches: Caches,
    witnesses: Witnesses,
    suggester: Option<Arc<dyn PositionSuggester>>,
}

impl Checker {
    /// A checker without a register: villages are not looked up.
    #[must_use]
    pub fn new(reference: Arc<Reference>, options: Options) -> Self {
        let villages = Villages::new(&reference.units, []);
        let caches = Caches::default();
        let witnesses = Witnesses::default();
        let closed_on = options.today;
        Self { reference, villages, closed_on, options, caches, witnesses, suggester: None }
    }

    /// The units and boundaries that rows are judged by.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The same, to be shared.
    #[must_use]
    pub fn shared_reference(&self) -> Arc<Reference> {
        Arc::clone(&self.reference)
    }

    /// The same with the villages of a register that closed on a day, by the codes of their communes on it (A04, A05).
    #[must_use]
    pub fn with_villages(
        mut self,
        closed_on: Date,
        villages: impl IntoIterator<Item = (UnitCode, Arc<str>)>,
    ) -> Self {
        let units = &self.reference.units;
        let known = |(code, name)| Some((units.by_code(&code, closed_on)?, name));
        self.villages = Villages::new(units, villages.into_iter().filter_map(known));
        self.closed_on = closed_on;
        self.caches = Caches::default();
        self
    }

    /// The same with points that were accepted before, in villages that [`Self::with_villages`] told: what collectors did is
    /// seen against them too.
    #[must_use]
    pub fn with_witnesses(mut self, witnesses: impl IntoIterator<Item = Witness>) -> Self {
        self.witnesses = Witnesses::of(witnesses, &self.case());
        self
    }

    /// The same with somebody who tells where households without usable coordinates are likely to be (G07).
    #[must_use]
    pub fn with_suggester(mut self, suggester: Arc<dyn PositionSuggester>) -> Self {
        self.suggester = Some(suggester);
        self
    }

    /// Looks at a file of submissions: one input, or one for each sheet of a workbook.
    ///
    /// # Errors
    /// When the file cannot be read or the scratch fails; bad rows are no errors.
    pub fn check(
        &self,
        inputs: Vec<Input<'_>>,
        scratch: &mut dyn Scratch,
        progress: &dyn Progress,
    ) -> Result<FileCheck, RunError> {
        let name = inputs.first().map_or_else(|| "".into(), |input| input.name.clone());
        let mut memory = Memory::new(scratch, &self.witnesses);
        let mut tallies = Tallies::default();
        let case = self.case();
        let mut parts: Vec<CheckedPart> = Vec::with_capacity(inputs.len());
        // Rows are remembered by one number each, which goes on from part to part.
        let mut rows_before = 0_u32;
        for input in inputs {
            let (legal_basis, sheet) = (input.legal_basis, input.sheet.clone());
            let part = parts.len() as u32;
            let work = |mapping: &Mapping<SubmissionField>, block: &RowBlock| {
                self.judge_block(mapping, block, legal_basis, (part, rows_before), &case)
            };
            let mut last_row = 0;
            let read = read_blocks(input, None, progress, work, |_, block, checked| {
                last_row = block.rows().last().map_or(last_row, |row| row.number);
                tallies.add(checked.tallies);
                checked.keys.iter().try_for_each(|keys| memory.keep(keys))
            })?;
            parts.push(CheckedPart::new(sheet, &read.mapping, read.rows, rows_before));
            rows_before = rows_before.saturating_add(last_row);
        }
        let keep = |source| RunError::Keep { file: name.clone(), source };
        let judged = memory.outcome(self.judge(), &case).map_err(keep)?;
        Ok(FileCheck::new(name.clone(), parts, tallies, judged, self.judge()))
    }

    fn judge(&self) -> Judge {
        Judge(self.options.profile)
    }

    /// What forensics rest on.
    fn case(&self) -> Case<'_> {
        Case::new(&self.reference, &self.villages, self.closed_on, self.options.today)
    }

    fn context<'c>(
        &'c self,
        mapping: &'c Mapping<SubmissionField>,
        legal_basis: bool,
    ) -> Context<'c> {
        Context {
            reference: &self.reference,
            villages: &self.villages,
            closed_on: self.closed_on,
            today: self.options.today,
            judge: self.judge(),
            legal_basis,
            mapping,
            file: 0,
            erased: None,
        }
    }

    fn draft(&self, context: &Context<'_>, row: Row<'_>, cache: &mut Cache) -> Draft {
        let identity = context.mapping.get(row, SubmissionField::Identity);
        let mut draft = context.draft(row, &self.options.sealer.seal(identity), cache);
        if let Some(suggester) = &self.suggester {
            let submission = &mut draft.submission;
            let village = submission.village.and_then(|at| self.villages.list.get(at as usize));
            let lacks = submission.findings.iter().position(|f| f.code == RuleCode::G07);
            if let Some(at) = lacks {
                let suggested = suggester.suggest(submission, village.map(|v| &*v.name));
                submission.findings[at].replacement = suggested.map(|s| s.to_string().into());
            }
        }
        draft
    }

    fn judge_block(
        &self,
        mapping: &Mapping<SubmissionField>,
        block: &RowBlock,
        legal_basis: bool,
        (part, rows_before): (u32, u32),
        case: &Case<'_>,
    ) -> CheckedBlock {
        let context = self.context(mapping, legal_basis);
        let mut tracer = Tracer::new(case);
        let mut checked =
            CheckedBlock { tallies: Tallies::default(), keys: Vec::with_capacity(block.len()) };
        self.caches.with(|cache| {
            for row in block.rows() {
                if let Some(reason) = non_record(mapping, row) {
                    checked.tallies.skip(reason);
                    continue;
                }
                let mut draft = self.draft(&context, row, cache);
                let at = RowRef { file: part, row: row.number };
                checked.tallies.row(at, &draft.submission.findings);
                draft.submission.row = row.number.saturating_add(rows_before);
                checked.keys.push(Keys::of(&draft, &mut tracer));
            }
        });
        checked
    }

    /// Judges one submission given by its cells: what a form shows while it is being filled in.
    ///
    /// # Errors
    /// Names the fields that are required and missing.
    pub fn check_one(
        &self,
        cells: &[(SubmissionField, &str)],
        legal_basis: bool,
    ) -> Result<OneCheck, RunError> {
        let mut block = RowBlock::new();
        block.push_row(1, SubmissionField::ALL.iter().map(|field| field.title()));
        block.push_row(
            2,
            SubmissionField::ALL.iter().map(|field| {
                cells.iter().find(|(of, _)| of == field).map_or("", |(_, cell)| *cell)
            }),
        );
        let mapping = diachiso_source::map_columns("(1)", &block)?;
        let context = self.context(&mapping, legal_basis);
        let draft = |cache: &mut Cache| self.draft(&context, block.row(1), cache);
        let Draft { submission, .. } = self.caches.with(draft);
        let Submission { id, verdict, findings, .. } = submission;
        Ok(OneCheck { id, verdict, findings })
    }
}

/// What the rules say of one submission alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OneCheck {
    /// Its id; that of every run where its identity number was sealed by the key of the runs.
    pub id: SubmissionId,
    /// What it would come to.
    pub verdict: Verdict,
    /// What was noticed, in order of code and field.
    pub findings: Vec<Finding>,
}

/// What came of one block.
struct CheckedBlock {
    tallies: Tallies,
    keys: Vec<Keys>,
}

/// The severity that decides a verdict.
fn worst(findings: &[Finding]) -> Severity {
    findings.iter().map(|f| f.severity).max().unwrap_or(Severity::Info)
}
