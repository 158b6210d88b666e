//! Guard rails: a batch that looks like a mistake is held, with the reason, until a person takes it on themselves.

use std::collections::BTreeMap;

use diachiso_model::{
    Choice, Decision, DecisionKind, GuardLimit, GuardLimits, Level, Published, SourceKind,
    Submission, Timestamp, UnitCode, Verdict,
};
use diachiso_store::{AreaQuery, NewSource, Store};
use diachiso_text::number::{format_vi, percent_vi};

use crate::JobError;

/// Reasons of one kind that are told; the others are counted.
const TOLD: usize = 5;

/// Who lets a held batch pass, or discards it, and why.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The name.
    pub by: String,
    /// The reason.
    pub why: String,
}

impl Acceptance {
    /// The decision of now that refuses something.
    pub(crate) fn refusal(&self, kind: DecisionKind, target: &str) -> Result<Decision, JobError> {
        Decision::new(kind, target, Choice::Refuse, &self.by, Timestamp::now(), &self.why)
            .map_err(|source| JobError::Unsigned { source, hint: "give a name and a reason" })
    }

    /// The decision of now about a file or a batch.
    pub(crate) fn decision(&self, target: &str, choice: Choice) -> Result<Decision, JobError> {
        let (kind, now) = (DecisionKind::Batch, Timestamp::now());
        Decision::new(kind, target, choice, &self.by, now, &self.why).map_err(|source| {
            JobError::Unsigned { source, hint: "give a name with --by, and a reason" }
        })
    }
}

/// What was published before the batch.
pub(crate) struct Before {
    /// Number of the run.
    pub(crate) run: i64,
    /// Files taken in before; they come first among the files of the new state.
    files: usize,
    /// Households covered and counted, by commune.
    coverage: BTreeMap<UnitCode, (u64, u64)>,
}

impl Before {
    /// Reads it; nothing before the first run.
    pub(crate) async fn read(store: &dyn Store, files: usize) -> Result<Option<Self>, JobError> {
        let Some(last) = store.latest_run().await? else { return Ok(None) };
        let query = AreaQuery { on: None, level: Level::Commune, within: None, source: None };
        let rows = store.coverage(&query).await?;
        let coverage =
            rows.into_iter().map(|r| (r.code, (r.tally.covered(), r.tally.households()))).collect();
        Ok(Some(Self { run: last.number, files, coverage }))
    }

    /// Why the batch should be looked at before it is published; nothing for most.
    pub(crate) fn reasons(&self, state: &Published, limits: &GuardLimits) -> Vec<String> {
        let new = &state.files[self.files..];
        if !new.iter().any(|file| file.kind == SourceKind::Submissions) {
            return Vec::new();
        }
        let mut reasons = Vec::new();
        // Another register changes the denominator, and with it every share, rightly.
        if !new.iter().any(|file| file.kind == SourceKind::Register) {
            tell(&mut reasons, self.drops(state, limits));
        }
        tell(&mut reasons, self.collectors(state, limits));
        tell(&mut reasons, self.repeats(state, limits));
        reasons
    }

    fn drops(&self, state: &Published, limits: &GuardLimits) -> Vec<String> {
        let least = limits.get(GuardLimit::LeastHouseholds);
        let points = limits.get(GuardLimit::DropPoints);
        let first = state.tallies.iter().filter(|t| t.register == 0);
        let period = first.clone().map(|t| t.period).min();
        let communes =
            first.filter(|t| Some(t.period) == period && t.code.level() == Level::Commune);
        communes
            .filter_map(|t| {
                let (covered, households) = *self.coverage.get(&t.code)?;
                let now = (t.tally.covered(), t.tally.households());
                let share = |(covered, all): (u64, u64)| 100.0 * covered as f64 / all.max(1) as f64;
                let (was, is) = (share((covered, households)), share(now));
                (households as f64 >= least && was - is > points).then(|| {
                    let [was, is] = [(covered, households), now].map(|(c, n)| percent_vi(c, n));
                    format!("{}: độ phủ giảm từ {was} % xuống {is} % / coverage drops", t.name)
                })
            })
            .collect()
    }

    fn collectors(&self, state: &Published, limits: &GuardLimits) -> Vec<String> {
        let least = limits.get(GuardLimit::LeastRows);
        let factor = limits.get(GuardLimit::RowsFactor);
        let mut rows: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
        let repeats =
            state.repeats.iter().map(|r| (r.at.file, &state.submissions[r.submission as usize]));
        let all = state.submissions.iter().map(|s| (s.file, s)).chain(repeats);
        for (file, Submission { team, collector, .. }) in all {
            let (before, new) = rows.entry((team, collector)).or_default();
            *if (file as usize) < self.files { before } else { new } += 1;
        }
        rows.iter()
            .filter(|((team, collector), _)| !(team.is_empty() && collector.is_empty()))
            .filter(|(_, (before, new))| {
                let (before, all) = (*before as f64, (before + new) as f64);
                before >= least && all >= before * factor
            })
            .map(|((team, collector), (before, new))| {
                let [before, new] = [*before, *new].map(format_vi);
                format!(
                    "{collector} ({team}): trước có {before} phiếu, nay thêm {new} / rows of one collector grew by so many"
                )
            })
            .collect()
    }

    /// Earlier files most of whose rows a new one hands in again, to the letter or as duplicates.
    fn repeats(&self, state: &Published, limits: &GuardLimits) -> Vec<String> {
        let least = limits.get(GuardLimit::LeastRepeated);
        let percent = limits.get(GuardLimit::RepeatedPercent);
        let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        let file = |at: u32| state.submissions[at as usize].file;
        let repeats = state.repeats.iter().map(|r| (r.at.file, file(r.submission)));
        let duplicates = state
            .submissions
            .iter()
            .filter(|s| s.verdict == Verdict::Duplicate)
            .filter_map(|s| Some((s.file, file(s.master?))));
        for (a, b) in repeats.chain(duplicates) {
            // Which of two equal rows is the master says nothing of which came first.
            let (old, new) = (a.min(b), a.max(b));
            if (old as usize) < self.files && (new as usize) >= self.files {
                *pairs.entry((old, new)).or_default() += 1;
            }
        }
        pairs
            .into_iter()
            .filter_map(|((old, new), rows)| {
                let (old, new) = (&state.files[old as usize], &state.files[new as usize]);
                let all = old.rows_read - old.skipped;
                let most = 100.0 * rows as f64 >= all as f64 * percent && rows as f64 >= least;
                most.then(|| {
                    let percent = percent_vi(rows, all);
                    let (old, new) = (&old.name, &new.name);
                    format!("{new}: lặp lại {percent} % số dòng của {old} / repeats so much of an earlier file")
                })
            })
            .collect()
    }
}

fn tell(reasons: &mut Vec<String>, of_one_kind: Vec<String>) {
    let more = of_one_kind.len().saturating_sub(TOLD);
    reasons.extend(of_one_kind.into_iter().take(TOLD));
    if more > 0 {
        reasons.push(format!("… và {more} chỗ khác / and {more} more"));
    }
}

/// Puts on record who answers for a batch that passes although there are reasons against it.
pub(crate) fn on_record(
    state: &mut Published,
    sources: &[NewSource],
    acceptance: &Acceptance,
) -> Result<(), JobError> {
    for source in sources.iter().filter(|s| s.kind == SourceKind::Submissions) {
        state.decisions.push(acceptance.decision(&source.hash, Choice::Apply)?);
    }
    Ok(())
}
