//! All results on record, with the households that they are about and what they do.

use std::collections::{BTreeMap, HashMap};

use diachiso_model::{
    Date, Decision, DecisionKind, FieldResult, FieldState, FoundHousehold, ResultStatus, RowKey,
    Timestamp, UnitCode,
};
use diachiso_store::{RegisterLine, Store};

use crate::JobError;

/// Hexadecimal digits of an id: 96 bits.
const DIGITS: usize = 24;

/// The id of a result by its target: the same wherever it is asked for, and no personal datum.
#[must_use]
pub fn result_id(target: &str) -> String {
    let mut id = blake3::hash(target.as_bytes()).to_hex().to_string();
    id.truncate(DIGITS);
    id
}

/// What a result is about.
#[derive(Clone, Debug)]
enum About {
    Listed(FieldResult, Option<Box<RegisterLine>>),
    Found(FoundHousehold),
}

/// A result on record that stands.
#[derive(Clone, Debug)]
pub struct ResultLine {
    /// Its id.
    pub id: String,
    /// Its target in the record.
    pub target: Box<str>,
    /// Where it stands.
    pub status: ResultStatus,
    /// Who handed it in.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// File, sheet and row, and the note beside it.
    pub origin: Box<str>,
    /// Who approved or refused it, when and why.
    pub judged: Option<(Box<str>, Timestamp, Box<str>)>,
    /// What it does now: `counts`, `waits`, `older` (a later one counts), `overtaken` (a register that was closed later
    /// lists the household), `refused`, `unlisted` (no register lists it any more) or `found`.
    pub effect: &'static str,
    about: About,
}

impl ResultLine {
    /// The result, unless it is a household that no register lists.
    #[must_use]
    pub fn result(&self) -> Option<&FieldResult> {
        match &self.about {
            About::Listed(result, _) => Some(result),
            About::Found(_) => None,
        }
    }

    /// The household that no register lists.
    #[must_use]
    pub fn found(&self) -> Option<&FoundHousehold> {
        match &self.about {
            About::Found(found) => Some(found),
            About::Listed(..) => None,
        }
    }

    /// The line of the register, where it is there.
    #[must_use]
    pub fn listed(&self) -> Option<&RegisterLine> {
        match &self.about {
            About::Listed(_, line) => line.as_deref(),
            About::Found(_) => None,
        }
    }

    /// The village, where it is known.
    #[must_use]
    pub fn village(&self) -> Option<UnitCode> {
        match &self.about {
            About::Listed(_, line) => line.as_ref().map(|line| line.village.clone()),
            About::Found(found) => found.village.parse().ok(),
        }
    }

    /// The day of the visit.
    #[must_use]
    pub fn day(&self) -> Date {
        match &self.about {
            About::Listed(result, _) => result.day,
            About::Found(found) => found.day,
        }
    }
}

/// All results that stand, the newest day first, then by target.
#[derive(Clone, Debug, Default)]
pub struct ResultBook {
    lines: Vec<ResultLine>,
}

impl ResultBook {
    /// Reads the record and the lines of registers that it speaks of.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(store: &dyn Store) -> Result<Self, JobError> {
        let record = store.decisions().await?;
        let results = FieldResult::standing(&record);
        let keys: Vec<RowKey> = {
            let mut keys: Vec<&RowKey> = results.keys().map(|result| &result.key).collect();
            keys.sort_unstable();
            keys.dedup();
            keys.into_iter().cloned().collect()
        };
        let lines = store.register_lines(&keys).await?;
        let lines: HashMap<RowKey, RegisterLine> =
            lines.into_iter().map(|line| (line.key.clone(), line)).collect();
        let registers = store.registers().await?;
        let closed_on: BTreeMap<&str, Date> =
            registers.iter().map(|register| (&*register.source, register.closed_on)).collect();
        let mut of_key: BTreeMap<&RowKey, Vec<_>> = BTreeMap::new();
        for (result, standing) in &results {
            let told = (result.day, result.word, standing.status);
            of_key.entry(&result.key).or_default().push(told);
        }
        let mut book = Vec::with_capacity(results.len());
        for (result, standing) in &results {
            let (line, closed) = (lines.get(&result.key), closed_on.get(result.key.source()));
            let own = &of_key[&result.key];
            let closed = line.and(closed.copied());
            let effect = effect(result, standing.status, (own.as_slice(), closed));
            book.push(ResultLine {
                effect,
                judged: standing.judged.map(|d| (d.by().into(), d.at(), d.why().into())),
                ..line_of(standing.line, standing.status)
                    .about(About::Listed(result.clone(), line.cloned().map(Box::new)))
            });
        }
        for (target, line) in Decision::standing(&record, DecisionKind::Found) {
            let Ok(found) = target.parse::<FoundHousehold>() else { continue };
            book.push(line_of(line, ResultStatus::Recorded).about(About::Found(found)));
        }
        book.sort_by(|a, b| (b.day(), &a.target).cmp(&(a.day(), &b.target)));
        Ok(Self { lines: book })
    }

    /// All of them.
    #[must_use]
    pub fn lines(&self) -> &[ResultLine] {
        &self.lines
    }

    /// The result whose id begins so; nothing where none or several do.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&ResultLine> {
        let id = id.trim().to_ascii_lowercase();
        let mut own = self.lines.iter().filter(|line| !id.is_empty() && line.id.starts_with(&id));
        own.next().filter(|_| own.next().is_none())
    }
}

/// A line of the record before it is said what it is about.
struct Bare<'a>(&'a Decision, ResultStatus);

fn line_of(line: &Decision, status: ResultStatus) -> Bare<'_> {
    Bare(line, status)
}

impl Bare<'_> {
    fn about(self, about: About) -> ResultLine {
        let Self(line, status) = self;
        ResultLine {
            id: result_id(line.target()),
            target: line.target().into(),
            status,
            by: line.by().into(),
            at: line.at(),
            origin: line.why().into(),
            judged: None,
            effect: "found",
            about,
        }
    }
}

type Told = (Date, diachiso_model::ResultWord, ResultStatus);

/// What a result does, among those of its household and against the version of the register that lists it.
fn effect(
    result: &FieldResult,
    status: ResultStatus,
    (all, closed_on): (&[Told], Option<Date>),
) -> &'static str {
    let Some(closed_on) = closed_on else { return "unlisted" };
    if status == ResultStatus::Refused {
        return "refused";
    }
    if result.word.leaves() && result.day < closed_on {
        return "overtaken";
    }
    let state = FieldState::of(all.iter().copied(), closed_on);
    if state.counts == Some((result.word, result.day)) {
        return "counts";
    }
    let later = |(day, word, other): &Told| {
        *other != ResultStatus::Refused
            && !(word.leaves() && *day < closed_on)
            && (*day, *word) > (result.day, result.word)
    };
    if status == ResultStatus::Pending && !all.iter().any(later) { "waits" } else { "older" }
}
