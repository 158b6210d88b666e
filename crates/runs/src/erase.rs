//! Erases what the store keeps of persons, and leaves every count as it was.
//!
//! The rows go out of the archives, and what they count as goes on record: the next run, whichever, makes of both the state
//! that was there before. That it does is looked at before anything is written; where one verdict or one figure would be
//! another, because another row is held for what this one says, nothing is erased and it is told which rows to decide about
//! first.

mod held;
mod lines;
mod on_record;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
    sync::Arc,
};

use diachiso_model::{
    Choice, Date, Decision, DecisionKind, Household, HouseholdState, Published, RuleCode,
    SourceKind, Submission, SubmissionId, Timestamp, UnitTally, Verdict,
};
use diachiso_pipeline::{BOUNDS, Explainer, Reference, Score, erased_mark, what_stays};
use diachiso_source::{RowBlock, archive};
use diachiso_store::{NewSource, Store, StoredSource};

pub use on_record::{Errand, erase_on_record};

use crate::{
    Acceptance, At, Job, JobError, Key, Watch,
    archive::LEVEL,
    job::{in_force, reproduce, run_erasing},
};

use lines::Lines;

/// Rows that are copied at a time.
const BLOCK_ROWS: usize = 512;
/// Lines at most that stay of those that a submission fits half.
const MOST_FITS: usize = 8;
/// Rows that are named of those that stand in the way.
const NAMED: usize = 10;
/// Who is erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whom {
    /// A submission, with all that speak of the same household.
    Submission(SubmissionId),
    /// A household of a register by the register's source and its id, with all submissions of it, and its lines in other
    /// registers as far as the submissions tell them.
    Household(Arc<str>, Box<str>),
    /// Every row of a file of submissions, by the hash of its bytes.
    File(Box<str>),
}

/// Whom of a state; `None` where it has nobody who is meant.
pub type Seek<'a> = &'a (dyn Fn(&Published) -> Option<Vec<Whom>> + Send + Sync);

/// What was erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erased {
    /// Submissions.
    pub submissions: usize,
    /// Lines of registers.
    pub lines: usize,
    /// Rows of batches that are held.
    pub held: usize,
    /// Lines that may be of the same households and were not erased, since nothing tells it for sure: the source and the id of
    /// each, or the file and the number of the row. Somebody has to look.
    pub left: Vec<String>,
    /// The run that published the state without them.
    pub run: i64,
}

/// Other rows for files, and what must stay.
pub(crate) struct Erasing {
    /// Archives by the hashes of their files.
    pub(crate) rows: Vec<(Box<str>, Vec<u8>)>,
    stays: Figures,
    households: BTreeSet<(Arc<str>, Box<str>)>,
}

/// What is counted.
struct Figures {
    tallies: Vec<UnitTally>,
    verdicts: BTreeMap<SubmissionId, Verdict>,
    states: Vec<HouseholdState>,
    /// Heads of the households that are not erased.
    heads: Vec<Box<str>>,
}

impl Figures {
    fn of(state: &Published, erased: &BTreeSet<(Arc<str>, Box<str>)>) -> Self {
        let stays = |h: &&Household| {
            !erased
                .contains(&(Arc::clone(&state.registers[h.register as usize].source), h.id.clone()))
        };
        Self {
            heads: state.households.iter().filter(stays).map(|h| h.head.clone()).collect(),
            tallies: state.tallies.clone(),
            verdicts: state.submissions.iter().map(|s| (s.id, s.verdict)).collect(),
            states: state.households.iter().map(|h| h.state).collect(),
        }
    }
}

impl Erasing {
    /// Refuses a state that counts otherwise.
    pub(crate) fn check(&self, state: &Published) -> Result<(), JobError> {
        let after = Figures::of(state, &self.households);
        let other = |id: &SubmissionId| self.stays.verdicts.get(id) != after.verdicts.get(id);
        let all: BTreeSet<SubmissionId> =
            self.stays.verdicts.keys().chain(after.verdicts.keys()).copied().collect();
        let turned: Vec<String> =
            all.iter().filter(|id| other(id)).map(ToString::to_string).collect();
        let same = self.stays.tallies == after.tallies && self.stays.states == after.states;
        if !turned.is_empty() || !same {
            let named = turned.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            return Err(JobError::Undecidable(format!(
                "không xoá: {} phiếu hoặc con số khác sẽ đổi theo, hãy quyết định về các phiếu đó trước / nothing is erased: \
                 {} other submissions would be judged otherwise, or figures change; decide about them first: {named}",
                turned.len(),
                turned.len()
            )));
        }
        let source = |register: u32| &state.registers[register as usize].source;
        let named = state.households.iter().any(|h| {
            let own = (source(h.register).clone(), h.id.clone());
            self.households.contains(&own) && !(h.head.is_empty() && h.address.is_empty())
        });
        if named || self.stays.heads != after.heads {
            return Err(JobError::Undecidable(
                "không xoá: dòng của hộ trong tệp danh sách không tìm được, hoặc mã hộ này còn của hộ khác / nothing is erased: the \
                 line of the household was not found in the file of its register, or another register has the same id"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

/// Which rows of the state are erased, by index.
#[derive(Default)]
struct Chosen {
    submissions: BTreeSet<u32>,
    households: BTreeSet<u32>,
}

impl Chosen {
    fn of(state: &Published, whom: &[Whom]) -> Result<Self, JobError> {
        let mut chosen = Self::default();
        let unknown = |what: &str| {
            JobError::Undecidable(format!(
                "không có {what} / there is no {what} in what is published"
            ))
        };
        for who in whom {
            match who {
                Whom::Submission(id) => {
                    let at = state.submissions.binary_search_by_key(id, |s| s.id);
                    chosen.submissions.insert(at.map_err(|_| unknown(&id.to_string()))? as u32);
                }
                Whom::Household(source, id) => {
                    let own = |h: &Household| {
                        h.id == *id && state.registers[h.register as usize].source == *source
                    };
                    let at = state.households.iter().position(own);
                    chosen.households.insert(at.ok_or_else(|| unknown(id))? as u32);
                }
                Whom::File(hash) => {
                    let file = state.files.iter().position(|f| f.hash == *hash);
                    let file = file.ok_or_else(|| unknown(hash))? as u32;
                    let own = (0..).zip(&state.submissions).filter(|(_, s)| s.file == file);
                    chosen.submissions.extend(own.map(|(at, _)| at));
                    let repeats = state.repeats.iter().filter(|r| r.at.file == file);
                    chosen.submissions.extend(repeats.map(|r| r.submission));
                }
            }
        }
        let by_file = whom.iter().all(|who| matches!(who, Whom::File(_)));
        if !by_file {
            chosen.whole_households(state);
            chosen.lines_elsewhere(state);
        }
        Ok(chosen)
    }

    /// Adds whatever speaks of the same households.
    fn whole_households(&mut self, state: &Published) {
        let master = |at: u32| state.submissions[at as usize].master.unwrap_or(at);
        let link = |at: u32| state.submissions[at as usize].link.map(|l| l.household);
        let mut homes = self.households.clone();
        homes.extend(self.submissions.iter().filter_map(|at| link(*at)));
        self.submissions.extend(
            self.households.iter().filter_map(|h| state.households[*h as usize].submission),
        );
        let places: BTreeSet<u32> = self.submissions.iter().map(|at| master(*at)).collect();
        let own = (0..state.submissions.len() as u32).filter(|at| {
            places.contains(&master(*at)) || link(*at).is_some_and(|h| homes.contains(&h))
        });
        self.submissions.extend(own);
    }

    /// Adds the lines of other registers that the run matched to the same submissions, where one alone fits.
    fn lines_elsewhere(&mut self, state: &Published) {
        let register = |at: &u32| state.households[*at as usize].register;
        let asked: BTreeSet<u32> = self.households.iter().map(register).collect();
        if asked.is_empty() {
            return;
        }
        let mut matched: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
        for (at, h) in (0..).zip(&state.households).filter(|(_, h)| !asked.contains(&h.register)) {
            if let Some(of) = h.submission.filter(|of| self.submissions.contains(of)) {
                matched.entry((of, h.register)).or_default().push(at);
            }
        }
        let alone = matched.into_values().filter(|lines| lines.len() == 1);
        self.households.extend(alone.flatten());
    }

    /// What goes on record, so that the rows go on counting as they do.
    fn decisions(
        &self,
        state: &Published,
        reference: &Reference,
        record: &[Decision],
        by: &Acceptance,
    ) -> Result<Vec<Decision>, JobError> {
        let mut wanted: Vec<(DecisionKind, String)> = Vec::new();
        let erased = Decision::standing(record, DecisionKind::Erase);
        let matched = Decision::in_force(record, DecisionKind::Match);
        let paired = Decision::in_force(record, DecisionKind::Pair);
        let register = |household: u32| state.households[household as usize].register;
        let name = |household: u32| {
            let source = &state.registers[register(household) as usize].source;
            (&**source, &*state.households[household as usize].id)
        };
        let line = |at: u32, household: u32| {
            let (source, id) = name(household);
            format!("{} {source} {id}", state.submissions[at as usize].id)
        };
        let mut deciding: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (household, h) in (0..).zip(&state.households).filter(|(_, h)| h.register > 0) {
            if let Some(at) = h.submission.filter(|at| self.submissions.contains(at)) {
                deciding.entry(at).or_default().push(household);
            }
        }
        let others = 1..state.registers.len() as u32;
        let explainers: Vec<(u32, Explainer<'_>)> = others
            .filter(|_| !self.submissions.is_empty())
            .filter_map(|of| Some((of, Explainer::new(state, reference, of)?)))
            .collect();
        for &at in &self.submissions {
            let s = &state.submissions[at as usize];
            if erased.contains_key(s.id.to_string().as_str()) {
                continue;
            }
            // Lines that it may be: of the first register by the rule that asks, of the others by what they count.
            let asks = s.findings.iter().find(|f| f.code == RuleCode::R02);
            let ids = asks.and_then(|f| f.replacement.as_deref()).unwrap_or_default();
            let first = state.registers.first().map_or("", |r| &*r.source);
            let mut fits: Vec<(&str, &str)> =
                ids.split("; ").filter(|id| !id.is_empty()).map(|id| (first, id)).collect();
            let mut is: Vec<u32> = s.link.iter().map(|l| l.household).collect();
            let others = deciding.get(&at).map(Vec::as_slice).unwrap_or_default();
            for of_one in others.chunk_by(|a, b| register(*a) == register(*b)) {
                match of_one {
                    [one] => is.push(*one),
                    several => fits.extend(several.iter().map(|h| name(*h))),
                }
            }
            if s.verdict == Verdict::Accepted {
                let known: Vec<u32> = others.iter().map(|h| register(*h)).collect();
                let doubtful = explainers.iter().filter(|(of, _)| !known.contains(of));
                fits.extend(doubtful.flat_map(|(_, e)| half_fits(e, s)).map(name));
            }
            let stays = what_stays(s, &reference.units, &state.villages, &fits);
            wanted.push((DecisionKind::Erase, stays));
            wanted.extend(is.into_iter().map(|h| (DecisionKind::Match, line(at, h))));
            let repeats = s.master.filter(|_| s.verdict == Verdict::Duplicate && s.link.is_none());
            if let Some(master) = repeats {
                wanted
                    .push((DecisionKind::Pair, pair(s.id, state.submissions[master as usize].id)));
            }
        }
        // What repeats a row that is erased goes on doing so.
        for s in
            state.submissions.iter().filter(|s| s.verdict == Verdict::Duplicate && s.link.is_none())
        {
            if let Some(master) = s.master.filter(|at| self.submissions.contains(at)) {
                wanted
                    .push((DecisionKind::Pair, pair(s.id, state.submissions[master as usize].id)));
            }
        }
        wanted.retain(|(kind, target)| match kind {
            DecisionKind::Match => matched.get(target.as_str()) != Some(&Choice::Apply),
            DecisionKind::Pair => paired.get(target.as_str()) != Some(&Choice::Apply),
            _ => true,
        });
        let mut seen = BTreeSet::new();
        wanted.retain(|one| seen.insert(one.clone()));
        let now = Timestamp::now();
        let sign = |(kind, target): (DecisionKind, String)| {
            Decision::new(kind, &target, Choice::Apply, &by.by, now, &by.why).map_err(|source| {
                JobError::Unsigned { source, hint: "give --by NAME and --why TEXT" }
            })
        };
        wanted.into_iter().map(sign).collect()
    }
}

/// Lines of a register that a submission fits only half, or that another one decides: it is outside no such register.
fn half_fits(of: &Explainer<'_>, s: &Submission) -> Vec<u32> {
    let scores = of.candidates(s);
    let best = scores.first().map_or(f32::MIN, |score| score.bits);
    let fits =
        |score: &&Score| score.bits >= BOUNDS.lower_bits && score.bits > best - BOUNDS.margin_bits;
    scores.iter().take_while(fits).take(MOST_FITS).map(|score| score.household).collect()
}

/// The target of a decision about two submissions.
fn pair(a: SubmissionId, b: SubmissionId) -> String {
    format!("{} {}", a.min(b), a.max(b))
}

/// Erases the personal cells of whom are sought, in one run, and gives up the space that they took; out of batches that are
/// held their rows go, which count nowhere. Once more for whom were erased before, it finishes what was broken off.
///
/// # Errors
/// When nobody is found, nobody answers for it, or what is counted would change: then nothing was done.
pub async fn erase(
    store: Arc<dyn Store>,
    seek: Seek<'_>,
    by: &Acceptance,
    key: Key,
    watch: Arc<dyn Watch>,
) -> Result<Erased, JobError> {
    let last = store.latest_run().await?.ok_or_else(|| JobError::NoRun(store.name().to_owned()))?;
    let (state, reference) = reproduce(Arc::clone(&store), key.clone(), Arc::clone(&watch)).await?;
    let whom = seek(&state);
    let chosen = Chosen::of(&state, whom.as_deref().unwrap_or_default())?;
    let record = store.decisions().await?;
    let files = in_force(store.sources().await?, &record);
    let decisions = chosen.decisions(&state, &reference, &record, by)?;
    let ids: Vec<SubmissionId> =
        chosen.submissions.iter().map(|at| state.submissions[*at as usize].id).collect();
    let (erasing, unusable) =
        rewritten(store.as_ref(), &files, (&state, &reference, last.today), &chosen).await?;
    let mut left = lines::left(&state, &chosen);
    left.extend(unusable);
    let fresh = decisions.iter().filter(|d| d.kind() == DecisionKind::Erase).count();
    let (submissions, lines) = (fresh, chosen.households.len());
    drop((state, reference));
    let held = held::rewritten(&store, seek, (&last, &key), &watch).await?;
    if whom.is_none() && !held.found {
        return Err(JobError::Nobody);
    }
    let mut run = last.number;
    if !decisions.is_empty() || !erasing.households.is_empty() {
        let again = Job::again(At::Open(Arc::clone(&store)), &last, key);
        let outcome = run_erasing(None, Job { decisions, ..again }, Some(erasing), watch).await?;
        run = outcome.run.number;
    }
    if !held.archives.is_empty() {
        store.rewrite_held(&held.archives).await?;
    }
    store.forget(&ids).await?;
    left.extend(held.left);
    let left = left.into_iter().collect();
    Ok(Erased { submissions, lines, held: held.rows, left, run })
}

/// The archives of files without the rows that are chosen, and lines that nobody can tell.
async fn rewritten(
    store: &dyn Store,
    files: &[StoredSource],
    (state, reference, today): (&Published, &Reference, Date),
    chosen: &Chosen,
) -> Result<(Erasing, Vec<String>), JobError> {
    let mut of_file: BTreeMap<u32, BTreeMap<u32, SubmissionId>> = BTreeMap::new();
    for at in &chosen.submissions {
        let s = &state.submissions[*at as usize];
        of_file.entry(s.file).or_default().insert(s.row, s.id);
    }
    for repeat in state.repeats.iter().filter(|r| chosen.submissions.contains(&r.submission)) {
        let id = state.submissions[repeat.submission as usize].id;
        of_file.entry(repeat.at.file).or_default().insert(repeat.at.row, id);
    }
    let name = |at: &u32| {
        let h = &state.households[*at as usize];
        (state.registers[h.register as usize].source.clone(), h.id.clone())
    };
    let households: BTreeSet<(Arc<str>, Box<str>)> = chosen.households.iter().map(name).collect();
    let lines = Lines::of((state, reference), chosen, today);
    let (mut rows, mut left) = (Vec::new(), Vec::new());
    for (at, file) in (0..).zip(files) {
        let marks = of_file.get(&at);
        let registers = file.kind == SourceKind::Register && !lines.is_empty();
        if marks.is_none() && !registers {
            continue;
        }
        let old = store.archive(file.id).await?;
        let new = if let Some(marks) = marks {
            marked_rows(&file.name, &old, marks)?
        } else {
            let blanked = lines.blanked((&file.name, file.mapping.as_deref()), &old)?;
            left.extend(blanked.left.iter().map(|row| format!("{}:{row}", file.name)));
            blanked.archive
        };
        rows.push((file.hash.clone(), new));
    }
    let stays = Figures::of(state, &households);
    Ok((Erasing { rows, stays, households }, left))
}

/// An archive in which rows bear the mark that they were erased, in place of their cells.
fn marked_rows(
    name: &str,
    old: &[u8],
    marks: &BTreeMap<u32, SubmissionId>,
) -> Result<Vec<u8>, JobError> {
    copied(name, old, |_, writer, row| match marks.get(&row.number) {
        Some(id) => writer.push(row.number, [erased_mark(*id).as_str()]),
        None => writer.push(row.number, row.cells()),
    })
}

type Writer = archive::ArchiveWriter<zstd::Encoder<'static, Vec<u8>>>;

/// An archive of which each row is written by `write`, which sees the block that it stands in too.
fn copied(
    name: &str,
    old: &[u8],
    mut write: impl FnMut(&RowBlock, &mut Writer, diachiso_source::Row<'_>) -> std::io::Result<()>,
) -> Result<Vec<u8>, JobError> {
    let cells = zstd::Decoder::new(Cursor::new(old)).map_err(JobError::ours)?;
    let mut rows = archive::open(name, cells).map_err(JobError::ours)?;
    let to = zstd::Encoder::new(Vec::new(), LEVEL).map_err(JobError::ours)?;
    let mut writer = archive::writer(to);
    let mut block = RowBlock::new();
    while rows.next_block(&mut block, BLOCK_ROWS).map_err(JobError::ours)? > 0 {
        for row in block.rows() {
            write(&block, &mut writer, row).map_err(JobError::ours)?;
        }
    }
    writer.finish().and_then(zstd::Encoder::finish).map_err(JobError::ours)
}

/// Keeps what was erased before out of the archives of new files that bring it again. New files are the last of the state.
pub(crate) fn keep_out(
    state: &Published,
    before: usize,
    new: &mut [NewSource],
) -> Result<(), JobError> {
    let erased = Decision::standing(&state.decisions, DecisionKind::Erase);
    if erased.is_empty() || new.is_empty() {
        return Ok(());
    }
    let erased: BTreeSet<SubmissionId> = erased.keys().filter_map(|id| id.parse().ok()).collect();
    let mut of_file: BTreeMap<usize, BTreeMap<u32, SubmissionId>> = BTreeMap::new();
    let own = state.submissions.iter().map(|s| ((s.file, s.row), s.id));
    let repeats = state
        .repeats
        .iter()
        .map(|r| ((r.at.file, r.at.row), state.submissions[r.submission as usize].id));
    for ((file, row), id) in own.chain(repeats) {
        if let Some(at) = (file as usize).checked_sub(before).filter(|_| erased.contains(&id)) {
            of_file.entry(at).or_default().insert(row, id);
        }
    }
    for (at, marks) in of_file {
        let source = &mut new[at];
        source.archive = marked_rows(&source.name, &source.archive, &marks)?;
    }
    Ok(())
}
