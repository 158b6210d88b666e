//! A published state that is kept up to date: one submission more, a file withdrawn or a decision changes what it must and
//! nothing else, and leaves what [`crate::run`] over everything would have made.
//!
//! Every rule is about one row, about rows that share a value, or about what one collector did to all rows. A change puts
//! rows in or takes them out; each is judged alone, the values that it has and had are looked at once more, stage by stage
//! ([`turn`]), and rows whose findings change by that are looked at in the stages that follow. The functions that judge are
//! those of a run; what is kept here is who shares what ([`chains`]), in memory, about as much again as the rows.
//!
//! A register that changes changes how rare every name is, and so every score: it is a new state ([`Live::new`]).
//! Shapes of villages are drawn when the state is asked for ([`Live::published`]), of communes whose points changed.

mod chains;
mod counts;
mod marks;
mod rows;
mod turn;

use std::{ops::Range, sync::Arc};

use diachiso_model::{
    Choice, Decision, DecisionKind, FileReport, Household, Proposal, ProposalId, ProposalKind,
    ProposalStatus, Published, RULE_VERSION, RegisterReject, RowOutcome, RowRef, RuleCode, Skipped,
    SourceKind, Submission, SubmissionId, UnitId, Verdict, Village,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Input, NoProgress, Options, Progress, Reference, RunError, entity_rules,
    erased::Erased,
    forensics::{Decided, Kept, same_communes},
    judge::Judge,
    link::{Index, Match},
    register::Registers,
    results::Results,
    row_rulings::RowRulings,
    rulings::Rulings,
    run::{Ledger, Stages, conserved, count_rules, spans},
    seal::Births,
    shapes,
    submissions::{Caches, Draft},
    tally,
};
use chains::Chains;
use counts::Counts;
use rows::{Rows, Step};

/// Values by which rows are compared before they are matched: their point, their phone, their village, and those of the
/// entity rules.
const VALUES: usize = 3 + entity_rules::TABLE.len();

/// A published state, up to date with every change.
pub struct Live {
    reference: Arc<Reference>,
    options: Options,
    births: Births,
    judge: Judge,
    /// See [`same_communes`].
    same: Arc<[UnitId]>,
    registers: Registers,
    indexes: Vec<Index>,
    spans: Vec<Range<u32>>,
    files: Vec<File>,
    rejects: Vec<RegisterReject>,
    rows: Rows,
    values: [Chains; VALUES],
    /// Values of which the rule speaks: of all who share them.
    spoken: [FxHashSet<u64>; VALUES],
    /// Rows of which G13 speaks, by village.
    far: FxHashMap<u64, Vec<u32>>,
    forensics: Kept,
    proposed: Proposed,
    decided: Decided,
    row_rulings: RowRulings,
    /// What stays of submissions that were erased, as of the files that come next.
    erased: Erased,
    /// Submissions of which something else is decided since the last turn.
    reruled: Vec<SubmissionId>,
    results: Results,
    /// Households of which something else is said since the last turn.
    revisited: Vec<u32>,
    rulings: Rulings,
    /// Submissions that somebody decided something about.
    named: FxHashSet<SubmissionId>,
    /// Per register, by row.
    matches: Vec<Vec<Match>>,
    /// Rows by the household or group in which repeats are looked for.
    compared: Chains,
    counts: Counts,
    /// Communes whose villages are to be drawn anew.
    undrawn: FxHashSet<UnitId>,
    caches: Caches,
}

/// A file that was taken in.
struct File {
    report: FileReport,
    skipped: Vec<Skipped>,
    /// Its rows; none of a register, or of one that was withdrawn.
    ids: FxHashSet<SubmissionId>,
    withdrawn: bool,
}

/// What proposals say of rows, by number.
#[derive(Default)]
struct Proposed {
    /// Rows of open proposals about a datum (G12).
    suspects: FxHashMap<u32, Arc<Proposal>>,
    /// Rows whose points are moved, and by which proposal.
    moved: FxHashMap<u32, Arc<Proposal>>,
    /// Rows that a decision about a proposal or about them changed, as they were judged alone.
    originals: FxHashMap<u32, Draft>,
    /// Rows of copied fixes that somebody looked at.
    copied: FxHashSet<u32>,
    honest: FxHashSet<u32>,
}

/// A submission that a change touched: what became of it before and after; `None` where it was not there or is no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turned {
    /// Its id.
    pub id: SubmissionId,
    /// Before.
    pub before: Option<Verdict>,
    /// After.
    pub after: Option<Verdict>,
}

/// What a change made of the state.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Submissions that came, went or say something else, by id.
    pub submissions: Vec<Turned>,
    /// Households whose state, submission or point changed, by index into [`Published::households`].
    pub households: Vec<u32>,
    /// Villages whose counts or points changed, by index into [`Published::villages`].
    pub villages: Vec<u32>,
    /// Proposals that came, went or changed.
    pub proposals: Vec<ProposalId>,
}

impl Live {
    /// The state of files and of a record of decisions. Every file is an input of its own, told by its place among them.
    ///
    /// # Errors
    /// As [`crate::run`].
    pub fn new(
        reference: Arc<Reference>,
        inputs: Vec<Input<'_>>,
        options: Options,
        progress: &dyn Progress,
    ) -> Result<Self, RunError> {
        let erased = Erased::new(&options.decisions);
        let stages = Stages { reference: &reference, options: &options, progress, erased: &erased };
        let mut ledger = Ledger::new(&inputs);
        let (lists, batches): (Vec<_>, Vec<_>) =
            (0..).zip(inputs).partition(|(_, input)| input.kind == SourceKind::Register);
        let registers = stages.registers(lists, &mut ledger)?;
        let spans = spans(&registers.households, registers.infos.len());
        let index = |own: &Range<u32>| {
            let own = own.start as usize..own.end as usize;
            Index::new(&registers.households[own.clone()], &registers.address_keys[own])
        };
        let indexes: Vec<Index> = spans.iter().map(index).collect();
        let Ledger { files, skipped, rejects, .. } = ledger;
        let file = |report| File {
            report,
            skipped: Vec::new(),
            ids: FxHashSet::default(),
            withdrawn: false,
        };
        let mut files: Vec<File> = files.into_iter().map(file).collect();
        for row in skipped {
            files[row.at.file as usize].skipped.push(row);
        }
        let mut live = Self {
            births: options.sealer.births(),
            judge: Judge(options.profile),
            same: same_communes(&reference.units),
            matches: vec![Vec::new(); indexes.len()],
            counts: Counts::new(&registers, indexes.len()),
            undrawn: registers.villages.list.iter().map(|village| village.commune).collect(),
            reference,
            options,
            registers,
            indexes,
            spans,
            files,
            rejects,
            rows: Rows::default(),
            values: Default::default(),
            spoken: Default::default(),
            far: FxHashMap::default(),
            forensics: Kept::default(),
            proposed: Proposed::default(),
            decided: Decided::new(),
            row_rulings: RowRulings::default(),
            erased: Erased::default(),
            reruled: Vec::new(),
            results: Results::default(),
            revisited: Vec::new(),
            rulings: Rulings::default(),
            named: FxHashSet::default(),
            compared: Chains::default(),
            caches: Caches::default(),
        };
        live.heed();
        live.count_all();
        let mut drafts = Vec::new();
        for (file, input) in batches {
            live.read(file, input, progress, &mut drafts)?;
        }
        let step = live.rows.add(drafts, |draft, _| draft.clone());
        live.turn(step, true);
        Ok(live)
    }

    /// Takes in a file of submissions; answers with its number, by which it is withdrawn, and what it changed.
    ///
    /// # Errors
    /// When it cannot be read; nothing is changed then. A register is no file of submissions: it makes a new state.
    pub fn add(&mut self, input: Input<'_>) -> Result<(u32, Effect), RunError> {
        let (numbers, effect) = self.add_all(vec![input], &NoProgress)?;
        Ok((numbers.start, effect))
    }

    /// Takes in files of submissions together; answers with their numbers.
    ///
    /// # Errors
    /// As [`Live::add`]: where one cannot be read, none is taken in.
    pub fn add_all(
        &mut self,
        inputs: Vec<Input<'_>>,
        progress: &dyn Progress,
    ) -> Result<(Range<u32>, Effect), RunError> {
        let first = self.files.len();
        let mut drafts = Vec::new();
        for (number, input) in (first as u32..).zip(inputs) {
            let report = crate::register::empty_report(&input.label(), input.kind);
            let (skipped, ids) = (Vec::new(), FxHashSet::default());
            self.files.push(File { report, skipped, ids, withdrawn: false });
            if let Err(error) = self.read(number, input, progress, &mut drafts) {
                self.files.truncate(first);
                return Err(error);
            }
        }
        let Self { rows, proposed, .. } = self;
        let step = rows.add(drafts, |draft, at| proposed.alone(draft, at));
        Ok((first as u32..self.files.len() as u32, self.turn(step, false)))
    }

    /// Lets go of a file of submissions.
    pub fn withdraw(&mut self, file: u32) -> Effect {
        let Some(own) = self.files.get_mut(file as usize) else { return Effect::default() };
        own.withdrawn = own.report.kind == SourceKind::Submissions;
        let ids = std::mem::take(&mut own.ids);
        let step = self.rows.remove(file, &ids);
        self.turn(step, false)
    }

    /// Adds to the record of decisions. One that withdraws a file is carried out by [`Live::withdraw`].
    pub fn decide(&mut self, decisions: impl IntoIterator<Item = Decision>) -> Effect {
        self.options.decisions.extend(decisions);
        self.heed();
        self.turn(Step::default(), true)
    }

    /// What it was told besides its files, with the record of decisions that it heeds.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The reference data that it rests on.
    #[must_use]
    pub fn reference(&self) -> &Arc<Reference> {
        &self.reference
    }

    /// How many rows it holds room for.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.drafts.len()
    }

    /// A submission as it is published; its `master` and the submission of households are numbers of this state, see
    /// [`Live::at`].
    #[must_use]
    pub fn submission(&self, id: SubmissionId) -> Option<&Submission> {
        self.rows.number(id).map(|at| self.at(at))
    }

    /// The submission of a number.
    #[must_use]
    pub fn at(&self, number: u32) -> &Submission {
        &self.rows.drafts[number as usize].submission
    }

    /// Households by (register, id).
    #[must_use]
    pub fn households(&self) -> &[Household] {
        &self.registers.households
    }

    /// Villages by code; shapes as of the last [`Live::published`].
    #[must_use]
    pub fn villages(&self) -> &[Village] {
        &self.registers.villages.list
    }

    fn read(
        &mut self,
        file: u32,
        input: Input<'_>,
        progress: &dyn Progress,
        drafts: &mut Vec<Draft>,
    ) -> Result<(), RunError> {
        let Self { reference, options, erased, .. } = self;
        let stages = Stages { reference, options, progress, erased };
        let (from, mut skipped) = (drafts.len(), Vec::new());
        let to = (&mut *drafts, &mut skipped);
        let read = stages.read_submissions((file, input), &self.registers, &self.caches, to)?;
        let own = &mut self.files[file as usize];
        own.report.rows_read = read.rows;
        own.report.dropped_columns = read.dropped_columns();
        own.report.skipped = skipped.len() as u64;
        own.skipped = skipped;
        own.ids = drafts[from..].iter().map(|draft| draft.submission.id).collect();
        Ok(())
    }

    /// Reads the record of decisions.
    fn heed(&mut self) {
        let record = &self.options.decisions;
        let about = |kind| Decision::in_force(record, kind);
        let proposal = |(target, choice): (&str, Choice)| Some((target.parse().ok()?, choice));
        self.decided = about(DecisionKind::Proposal).into_iter().filter_map(proposal).collect();
        let row_rulings = RowRulings::new(record);
        self.reruled.extend(row_rulings.turned(&self.row_rulings));
        self.row_rulings = row_rulings;
        self.erased = Erased::new(record);
        let results = Results::new(record, &self.registers.infos, &self.registers.households);
        self.revisited.extend(results.turned(&self.results));
        self.results = results;
        let pairs = about(DecisionKind::Pair).into_keys().flat_map(|pair| pair.split(' '));
        let lines = about(DecisionKind::Match).into_keys();
        let lines = lines.chain(about(DecisionKind::Erase).into_keys());
        let lines = lines.filter_map(|line| line.split(' ').next());
        self.named = pairs.chain(lines).filter_map(|id| id.parse().ok()).collect();
    }

    /// Draws the villages of communes in which something changed.
    fn draw(&mut self) {
        let Self { registers, rows, values, undrawn, reference, .. } = self;
        let undrawn = std::mem::take(undrawn);
        let villages = &mut registers.villages.list;
        let points: Vec<_> = (0_u32..)
            .zip(villages.iter())
            .map(|(village, own)| {
                if !undrawn.contains(&own.commune) {
                    return Vec::new();
                }
                let own = values[turn::VILLAGE].rows(u64::from(village));
                let own = own.map(|at| &rows.drafts[at as usize].submission);
                let mut accepted: Vec<&Submission> =
                    own.filter(|s| s.verdict == Verdict::Accepted).collect();
                accepted.sort_unstable_by_key(|s| s.id);
                accepted.into_iter().filter_map(|s| s.point).collect()
            })
            .collect();
        shapes::draw(villages, &points, reference, |commune| undrawn.contains(&commune));
    }

    /// The whole state, as a run over everything makes it.
    ///
    /// # Errors
    /// [`RunError::Conservation`] when a row went missing, which is a defect of this program.
    pub fn published(&mut self) -> Result<Published, RunError> {
        self.draw();
        let mut order: Vec<(SubmissionId, u32)> =
            self.rows.all().map(|(at, draft)| (draft.submission.id, at)).collect();
        order.sort_unstable();
        let mut index = vec![0; self.rows.drafts.len()];
        for (new, (_, at)) in (0..).zip(&order) {
            index[*at as usize] = new;
        }
        let new = |at: u32| index[at as usize];
        let kept = |file: &(u32, &File)| !file.1.withdrawn;
        let files: Vec<(u32, &File)> = (0..).zip(&self.files).filter(kept).collect();
        let mut places = vec![0; self.files.len()];
        for (new, (at, _)) in (0..).zip(&files) {
            places[*at as usize] = new;
        }
        let place = |file: u32| places[file as usize];
        let submissions: Vec<Submission> = order
            .iter()
            .map(|(_, at)| {
                let s = self.at(*at).clone();
                Submission { file: place(s.file), master: s.master.map(new), ..s }
            })
            .collect();
        let household =
            |h: &Household| Household { submission: h.submission.map(new), ..h.clone() };
        let mut repeats: Vec<(u32, &Submission)> =
            self.rows.repeats().map(|(at, copy)| (new(at), &copy.submission)).collect();
        let baseless = |s: &Submission| s.findings.iter().any(|f| f.code == RuleCode::C01);
        repeats.sort_by_key(|(of, s)| (*of, baseless(s), place(s.file), s.row));
        let mut reports: Vec<FileReport> =
            files.iter().map(|(_, file)| file.report.clone()).collect();
        for s in &submissions {
            reports[s.file as usize].verdicts[s.verdict as usize] += 1;
        }
        let repeats: Vec<RowOutcome> = repeats
            .into_iter()
            .map(|(submission, s)| {
                let at = RowRef { file: place(s.file), row: s.row };
                reports[at.file as usize].verdicts[Verdict::Duplicate as usize] += 1;
                RowOutcome { at, submission }
            })
            .collect();
        let moved = |at: RowRef| RowRef { file: place(at.file), ..at };
        let skipped = files.iter().flat_map(|(_, file)| &file.skipped);
        let skipped = skipped.map(|row| Skipped { at: moved(row.at), ..row.clone() }).collect();
        let rejects = self.rejects.iter();
        let rejects =
            rejects.map(|row| RegisterReject { at: moved(row.at), ..row.clone() }).collect();
        let proposals = self.forensics.proposals().map(|proposal| {
            let rows = proposal.rows.iter().map(|at| new(*at)).collect();
            Proposal { rows, ..proposal.clone() }
        });
        let Reference { units, boundaries, .. } = &*self.reference;
        let villages = &self.registers.villages.list;
        let infos = (0..).zip(&self.registers.infos);
        let tallies = infos.zip(self.counts.tallies()).flat_map(|(register, tallies)| {
            tally::roll_up(units, boundaries, villages, register, tallies)
        });
        conserved(Published {
            rule_version: RULE_VERSION,
            profile: self.options.profile,
            registers: self.registers.infos.clone(),
            villages: villages.clone(),
            households: self.registers.households.iter().map(household).collect(),
            tallies: tallies.collect(),
            proposals: proposals.collect(),
            decisions: self.options.decisions.clone(),
            rules: count_rules(&submissions),
            submissions,
            files: reports,
            repeats,
            skipped,
            register_rejects: rejects,
            today: self.options.today,
        })
    }
}

impl Proposed {
    /// A row that is there as it was judged alone.
    fn alone(&self, draft: &Draft, at: u32) -> Draft {
        let mut alone = self.originals.get(&at).unwrap_or(draft).clone();
        let s = &mut alone.submission;
        marks::strip(&mut s.findings);
        (s.link, s.master) = (None, None);
        alone
    }

    /// Takes note of a proposal that is, or is no more.
    fn note(&mut self, proposal: Proposal, is: bool) {
        let proposal = Arc::new(proposal);
        match (proposal.kind, proposal.status) {
            (ProposalKind::CopiedFix, ProposalStatus::Applied) => {
                tell(&mut self.copied, &proposal, is);
            }
            (ProposalKind::CopiedFix, ProposalStatus::Refused) => {
                tell(&mut self.honest, &proposal, is);
            }
            (ProposalKind::Datum, ProposalStatus::Open) => name(&mut self.suspects, &proposal, is),
            (ProposalKind::Datum | ProposalKind::Zone, ProposalStatus::Applied) => {
                name(&mut self.moved, &proposal, is);
            }
            _ => {}
        }
    }
}

/// Puts the rows of a proposal into a set, or takes them out.
fn tell(rows: &mut FxHashSet<u32>, proposal: &Proposal, is: bool) {
    for at in &proposal.rows {
        if is {
            rows.insert(*at)
        } else {
            rows.remove(at)
        };
    }
}

/// The same where it is told which proposal it is.
fn name(rows: &mut FxHashMap<u32, Arc<Proposal>>, proposal: &Arc<Proposal>, is: bool) {
    for at in &proposal.rows {
        if is {
            rows.insert(*at, Arc::clone(proposal))
        } else {
            rows.remove(at)
        };
    }
}
