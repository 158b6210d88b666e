//! Why a submission was matched or was not, why two are one household, why a household is covered: the shapes that the
//! API answers with and the command prints.
//!
//! Only ids, rules and weights are told: no name, phone or position.

use diachiso_link::{Thresholds, waterfall_svg};
use diachiso_model::{
    Decision, DecisionKind, Published, RuleCode, Severity, Submission, SubmissionId, Verdict,
};
use diachiso_pipeline::{
    BOUNDS, Bar, Bounds, Explainer, REPEAT_BOUNDS, Reference, Relation, Score, account, relation,
};
use diachiso_runs::Whom;
use diachiso_store::{Gone, Store, StoreError, Thing};
use serde::Serialize;
use utoipa::ToSchema;

/// Candidates that are told of a submission.
const CANDIDATES: usize = 5;

/// What a text names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    /// Index of a submission.
    Submission(u32),
    /// Index of a household.
    Household(u32),
}

/// Why a text names nothing that could be explained.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExplainError {
    /// Nothing bears this id.
    #[error(
        "`{0}`: no submission and no household has this id; a row of a file is written FILE:ROW, such as phieu.csv:17"
    )]
    Unknown(String),
    /// No such file was loaded.
    #[error("no file `{file}` was loaded; there are {known}")]
    NoFile {
        /// The file named.
        file: String,
        /// Those that were loaded.
        known: String,
    },
    /// The row is no record.
    #[error("row {row} of {file} is no record: it was skipped (F03)")]
    Skipped {
        /// The file.
        file: String,
        /// The row.
        row: u32,
    },
    /// The file has no such row.
    #[error("{file} has no submission in row {row}")]
    NoRow {
        /// The file.
        file: String,
        /// The row.
        row: u32,
    },
    /// Two households of a register.
    #[error(
        "two lines of a register are two households: name a submission and a household, or two submissions"
    )]
    TwoHouseholds,
}

/// Finds what a text names: the id of a submission or household, or `FILE:ROW`.
///
/// # Errors
/// When it names nothing.
pub fn find(state: &Published, text: &str) -> Result<Named, ExplainError> {
    let text = text.trim();
    if let Ok(id) = text.parse::<SubmissionId>()
        && let Ok(at) = state.submissions.binary_search_by_key(&id, |s| s.id)
    {
        return Ok(Named::Submission(at as u32));
    }
    if let Some(at) = state.households.iter().position(|h| *h.id == *text) {
        return Ok(Named::Household(at as u32));
    }
    if let Some((file, row)) = text.rsplit_once(':')
        && let Ok(row) = row.parse::<u32>()
    {
        return at_row(state, file, row).map(Named::Submission);
    }
    Err(ExplainError::Unknown(text.to_owned()))
}

/// Whom a text names that [`find`] finds, for erasing.
#[must_use]
pub fn whom_named(state: &Published, text: &str) -> Option<Vec<Whom>> {
    let whom = match find(state, text).ok()? {
        Named::Submission(at) => Whom::Submission(state.submissions[at as usize].id),
        Named::Household(at) => {
            let h = &state.households[at as usize];
            Whom::Household(state.registers[h.register as usize].source.clone(), h.id.clone())
        }
    };
    Some(vec![whom])
}

/// What became of a thing that [`find`] finds no more: an id that was published once.
///
/// # Errors
/// When the store cannot be read.
pub async fn gone(store: &dyn Store, error: &ExplainError) -> Result<Option<Gone>, StoreError> {
    let ExplainError::Unknown(id) = error else { return Ok(None) };
    let id = id.trim();
    let submission = store.gone(Thing::Submission, &id.to_ascii_lowercase()).await?;
    match submission {
        Some(gone) => Ok(Some(gone)),
        None => store.gone(Thing::Household, id).await,
    }
}

/// The submission that a row of a file brought or repeats.
fn at_row(state: &Published, file: &str, row: u32) -> Result<u32, ExplainError> {
    let Some(number) = state.files.iter().position(|f| *f.name == *file) else {
        let known: Vec<&str> = state.files.iter().map(|f| &*f.name).collect();
        return Err(ExplainError::NoFile { file: file.to_owned(), known: known.join(", ") });
    };
    let number = number as u32;
    let own = state.submissions.iter().position(|s| (s.file, s.row) == (number, row));
    let repeat = || state.repeats.iter().find(|r| (r.at.file, r.at.row) == (number, row));
    let line = || state.skipped.iter().any(|s| (s.at.file, s.at.row) == (number, row));
    let file = file.to_owned();
    match own.map(|at| at as u32).or_else(|| repeat().map(|r| r.submission)) {
        Some(at) => Ok(at),
        None if line() => Err(ExplainError::Skipped { file, row }),
        None => Err(ExplainError::NoRow { file, row }),
    }
}

/// An explanation.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Explanation {
    /// Why a household counts as it does.
    Household(ExplainedHousehold),
    /// What was looked at for a submission.
    Submission(Box<ExplainedCandidates>),
    /// A submission and a household.
    Match(ExplainedMatch),
    /// Two submissions.
    Pair(Box<ExplainedPair>),
}

/// A submission and what became of it.
#[derive(Clone, Serialize, ToSchema)]
pub struct ExplainedSubmission {
    /// Its id.
    pub submission: String,
    /// Name of its file.
    pub file: String,
    /// Its row there, from 1.
    pub row: u32,
    /// `accepted`, `held`, `duplicate` or `rejected`.
    pub verdict: &'static str,
    /// The findings that decided, or all of them where none did.
    pub reasons: Vec<ReasonBody>,
    /// Id of the submission that it repeats.
    pub repeats: Option<String>,
    /// What people decided of it by itself and stands.
    pub decided: Vec<DecidedBody>,
}

/// A decision about one submission.
#[derive(Clone, Serialize, ToSchema)]
pub struct DecidedBody {
    /// `verdict`, `unit` or `point`.
    pub kind: &'static str,
    /// `apply` or `refuse`: of a verdict, that it is accepted or rejected.
    pub choice: &'static str,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    pub why: String,
}

/// What stands of what people decided of a submission by itself.
fn decided(state: &Published, id: SubmissionId) -> Vec<DecidedBody> {
    let subject = id.to_string();
    let of = |kind| Decision::standing(&state.decisions, kind).remove(subject.as_str());
    let kinds = [DecisionKind::Verdict, DecisionKind::Unit, DecisionKind::Point];
    let body = |d: &Decision| DecidedBody {
        kind: d.kind().as_str(),
        choice: d.choice().as_str(),
        by: d.by().to_owned(),
        at: format!("{:.0}", d.at()),
        why: d.why().to_owned(),
    };
    kinds.into_iter().filter_map(of).map(body).collect()
}

/// A rule that spoke.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReasonBody {
    /// Its code.
    pub code: &'static str,
    /// What it says, in Vietnamese.
    pub vi: &'static str,
    /// The same in English.
    pub en: &'static str,
}

/// A household and the submissions that speak of it.
#[derive(Serialize, ToSchema)]
pub struct ExplainedHousehold {
    /// Its id.
    pub household: String,
    /// Its register.
    pub register: RegisterBody,
    /// Its state: `covered`, `pending`, `none`, …
    pub state: &'static str,
    /// Submissions matched to it; the one that decides its state comes first.
    pub matched: Vec<ExplainedSubmission>,
    /// Held submissions that may speak of it (R02).
    pub undecided: Vec<ExplainedSubmission>,
}

/// A register.
#[derive(Serialize, ToSchema)]
pub struct RegisterBody {
    /// Who keeps it.
    pub source: String,
    /// Its closing date.
    #[schema(format = Date)]
    pub closed_on: String,
}

/// A submission and the households that it was compared with.
#[derive(Serialize, ToSchema)]
pub struct ExplainedCandidates {
    /// The submission.
    #[serde(flatten)]
    pub told: ExplainedSubmission,
    /// The household that it was matched to.
    pub household: Option<String>,
    /// What decides over a score.
    pub bounds: BoundsBody,
    /// The best households, best first.
    pub candidates: Vec<ScoreBody>,
}

/// The score of a submission and a household.
#[derive(Serialize, ToSchema)]
pub struct ExplainedMatch {
    /// The submission's id.
    pub submission: String,
    /// The score.
    #[serde(flatten)]
    pub score: ScoreBody,
    /// What decides over it.
    pub bounds: BoundsBody,
}

/// Two submissions.
#[derive(Serialize, ToSchema)]
pub struct ExplainedPair {
    /// Both, in the order asked for.
    pub submissions: [ExplainedSubmission; 2],
    /// Whether they are one household.
    pub same: bool,
    /// `matched` to households of the register, `weighed` against each other, or `not_compared`.
    pub relation: &'static str,
    /// log2 of the odds that they are one household, where they were weighed.
    pub bits: Option<f32>,
    /// Its parts.
    pub parts: Vec<PartBody>,
    /// What decides over it.
    pub bounds: Option<BoundsBody>,
}

/// A score.
#[derive(Serialize, ToSchema)]
pub struct ScoreBody {
    /// The household's id.
    pub household: String,
    /// log2 of the odds that the submission speaks of it.
    pub bits: f32,
    /// Its parts; they add up to it.
    pub parts: Vec<PartBody>,
}

/// What one kind of evidence weighs.
#[derive(Clone, Serialize, ToSchema)]
pub struct PartBody {
    /// Stable name.
    pub name: &'static str,
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
    /// Its weight: log2 of the likelihood ratio.
    pub bits: f32,
}

/// The bounds that decide over a score, in bits.
#[derive(Serialize, ToSchema)]
pub struct BoundsBody {
    /// From here on it is a match.
    pub upper: f32,
    /// From here to `upper` a person decides.
    pub lower: f32,
    /// The lead over the next household that a match needs.
    pub margin: f32,
}

impl From<Bounds> for BoundsBody {
    fn from(b: Bounds) -> Self {
        Self { upper: b.upper_bits, lower: b.lower_bits, margin: b.margin_bits }
    }
}

impl From<&Bar> for PartBody {
    fn from(bar: &Bar) -> Self {
        Self { name: bar.name, vi: bar.vi, en: bar.en, bits: bar.bits }
    }
}

impl ScoreBody {
    fn of(state: &Published, score: &Score) -> Self {
        Self {
            household: state.households[score.household as usize].id.to_string(),
            bits: score.bits,
            parts: score.bars.iter().map(PartBody::from).collect(),
        }
    }
}

impl ExplainedSubmission {
    /// What became of a submission, by index.
    #[must_use]
    pub fn of(state: &Published, at: u32) -> Self {
        let s = &state.submissions[at as usize];
        let reason = |code: RuleCode| {
            let rule = code.rule();
            ReasonBody { code: code.as_str(), vi: rule.vi, en: rule.en }
        };
        Self {
            submission: s.id.to_string(),
            file: state.files[s.file as usize].name.to_string(),
            row: s.row,
            verdict: s.verdict.as_str(),
            reasons: deciding(s).map(reason).collect(),
            repeats: s.master.map(|master| state.submissions[master as usize].id.to_string()),
            decided: decided(state, s.id),
        }
    }
}

/// The rules that decide a verdict, or all of them where none does.
fn deciding(s: &Submission) -> impl Iterator<Item = RuleCode> {
    let worst = s.findings.iter().map(|f| f.severity).max().unwrap_or(Severity::Info);
    let all = s.verdict == Verdict::Duplicate;
    s.findings.iter().filter(move |f| f.severity == worst || all).map(|f| f.code)
}

impl Explanation {
    /// Explains one thing, or how two stand to each other.
    ///
    /// # Errors
    /// When both are households.
    pub fn of(
        state: &Published,
        reference: &Reference,
        a: Named,
        b: Option<Named>,
    ) -> Result<Self, ExplainError> {
        Ok(match (a, b) {
            (Named::Household(at), None) => Self::Household(household(state, at)),
            (Named::Submission(at), None) => {
                Self::Submission(Box::new(candidates(state, reference, at)))
            }
            (Named::Submission(s), Some(Named::Household(h)))
            | (Named::Household(h), Some(Named::Submission(s))) => {
                Self::Match(matched(state, reference, s, h))
            }
            (Named::Submission(a), Some(Named::Submission(b))) => {
                Self::Pair(Box::new(pair(state, reference, a, b)))
            }
            (Named::Household(_), Some(Named::Household(_))) => {
                return Err(ExplainError::TwoHouseholds);
            }
        })
    }

    /// The score as a figure in svg; `None` where there is none.
    #[must_use]
    pub fn figure(&self) -> Option<String> {
        let (parts, bounds) = match self {
            Self::Match(told) => (&told.score.parts, &told.bounds),
            Self::Pair(told) => (&told.parts, told.bounds.as_ref()?),
            Self::Household(_) | Self::Submission(_) => return None,
        };
        let parts: Vec<(&str, f32)> = parts.iter().map(|part| (part.vi, part.bits)).collect();
        let thresholds = Thresholds { upper_bits: bounds.upper, lower_bits: bounds.lower };
        Some(waterfall_svg(&parts, thresholds))
    }
}

fn household(state: &Published, at: u32) -> ExplainedHousehold {
    let h = &state.households[at as usize];
    let register = &state.registers[h.register as usize];
    let (matched, undecided) =
        account(state, at).map(|a| (a.matched, a.undecided)).unwrap_or_default();
    let told = |at: u32| ExplainedSubmission::of(state, at);
    ExplainedHousehold {
        household: h.id.to_string(),
        register: RegisterBody {
            source: register.source.to_string(),
            closed_on: register.closed_on.to_string(),
        },
        state: h.state.as_str(),
        matched: matched.into_iter().map(|(at, _)| told(at)).collect(),
        undecided: undecided.into_iter().map(told).collect(),
    }
}

fn candidates(state: &Published, reference: &Reference, at: u32) -> ExplainedCandidates {
    let s = &state.submissions[at as usize];
    let scores = Explainer::new(state, reference, 0)
        .map_or_else(Vec::new, |explainer| explainer.candidates(s));
    ExplainedCandidates {
        told: ExplainedSubmission::of(state, at),
        household: s.link.map(|link| state.households[link.household as usize].id.to_string()),
        bounds: BOUNDS.into(),
        candidates: scores.iter().take(CANDIDATES).map(|s| ScoreBody::of(state, s)).collect(),
    }
}

fn matched(state: &Published, reference: &Reference, s: u32, h: u32) -> ExplainedMatch {
    let submission = &state.submissions[s as usize];
    let register = state.households[h as usize].register;
    let score = Explainer::new(state, reference, register)
        .and_then(|explainer| explainer.score(submission, h))
        .unwrap_or(Score { household: h, bars: Vec::new(), bits: 0.0 });
    ExplainedMatch {
        submission: submission.id.to_string(),
        score: ScoreBody::of(state, &score),
        bounds: BOUNDS.into(),
    }
}

fn pair(state: &Published, reference: &Reference, a: u32, b: u32) -> ExplainedPair {
    let [one, other] = [a, b].map(|at| &state.submissions[at as usize]);
    let root = |at: u32| state.submissions[at as usize].master.unwrap_or(at);
    let told = relation(state, reference, one, other);
    let (relation, bits, parts, bounds) = match &told {
        Relation::Matched { .. } => ("matched", None, Vec::new(), None),
        Relation::NotCompared => ("not_compared", None, Vec::new(), None),
        Relation::Weighed { bars, bits } => {
            let parts = bars.iter().map(PartBody::from).collect();
            ("weighed", Some(*bits), parts, Some(REPEAT_BOUNDS.into()))
        }
    };
    ExplainedPair {
        submissions: [a, b].map(|at| ExplainedSubmission::of(state, at)),
        same: told == Relation::Matched { same: true } || root(a) == root(b),
        relation,
        bits,
        parts,
        bounds,
    }
}
