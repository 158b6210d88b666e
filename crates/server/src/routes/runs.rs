//! What each run brought, decided and changed. Counts, names of files and of those who decided: nobody of a household.

use std::collections::BTreeMap;

use axum::{Json, Router, extract::State, http::HeaderName, routing::get};
use diachiso_model::{HouseholdState, Verdict};
use diachiso_store::{Change, LedgerRun, RunChanges, StoredSource};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::submissions::NOT_KEPT;
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::{Path, Query},
    params,
};

/// Runs of a page when nothing is said, and at most.
const PAGE: u32 = 20;
const MOST: u32 = 100;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/runs", get(runs)).route("/api/v1/runs/{number}", get(run))
}

/// Which part of the ledger.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Runs a page: 1 to 100.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Only runs before this one: `next` of the page before.
    before: Option<i64>,
}

/// A page of the ledger.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunsBody {
    /// Runs, newest first.
    runs: Vec<RunBody>,
    /// `before` of the next page; `null` at the end.
    next: Option<i64>,
}

/// A run.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunBody {
    /// Its number, from 1.
    number: i64,
    /// When it was published.
    #[schema(format = DateTime)]
    at: String,
    /// Version of the rules.
    rule_version: u32,
    /// The files that it took in.
    files: Vec<FileBody>,
    /// What it changed; `null` of runs made before that was kept.
    changes: Option<ChangesBody>,
}

/// A file that a run took in.
#[derive(Serialize, ToSchema)]
struct FileBody {
    /// Its name.
    name: String,
    /// `submissions` or `register`.
    kind: &'static str,
}

/// A count before a run and after it.
#[derive(Serialize, ToSchema)]
struct ChangeBody {
    /// Before.
    before: u64,
    /// After.
    after: u64,
}

/// What a run changed, in the units of the first register's closing date and against that register.
#[derive(Serialize, ToSchema)]
struct ChangesBody {
    /// Households in the denominator.
    households: ChangeBody,
    /// Households covered.
    covered: ChangeBody,
    /// Rows by verdict.
    verdicts: BTreeMap<&'static str, ChangeBody>,
    /// Households by state.
    states: BTreeMap<&'static str, ChangeBody>,
    /// Accepted submissions in no register.
    outside_list: ChangeBody,
    /// How many villages have other numbers than before.
    villages_changed: u64,
    /// Those villages; told of one run at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    villages: Option<Vec<VillageChangeBody>>,
    /// What was decided with it, alike decisions of one person together.
    decisions: Vec<DecisionsBody>,
}

/// A village whose numbers are others.
#[derive(Serialize, ToSchema)]
struct VillageChangeBody {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// Households in the denominator.
    households: ChangeBody,
    /// Households covered.
    covered: ChangeBody,
    /// Households whose submission is held.
    pending: ChangeBody,
}

/// Decisions of one kind.
#[derive(Serialize, ToSchema)]
struct DecisionsBody {
    /// What they are about: `batch`, `verdict`, `unit`, `point`, `pair`, `match`, …
    kind: String,
    /// `apply`, `refuse` or `withdraw`.
    choice: String,
    /// Who decided.
    by: String,
    /// How many.
    count: u64,
}

impl From<Change> for ChangeBody {
    fn from(Change(before, after): Change) -> Self {
        Self { before, after }
    }
}

impl ChangesBody {
    fn of(changes: &RunChanges, villages: bool) -> Self {
        let mut alike: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
        for d in &changes.decisions {
            *alike.entry((&d.kind, &d.choice, &d.by)).or_default() += 1;
        }
        let decisions = alike.into_iter().map(|((kind, choice, by), count)| DecisionsBody {
            kind: kind.to_owned(),
            choice: choice.to_owned(),
            by: by.to_owned(),
            count,
        });
        let village = |v: &diachiso_store::VillageChange| VillageChangeBody {
            code: v.code.to_string(),
            name: v.name.to_string(),
            households: v.households.into(),
            covered: v.covered.into(),
            pending: v.pending.into(),
        };
        Self {
            households: changes.households().into(),
            covered: changes.covered().into(),
            verdicts: Verdict::ALL
                .map(|v| (v.as_str(), changes.verdicts[v as usize].into()))
                .into_iter()
                .collect(),
            states: HouseholdState::ALL
                .map(|s| (s.as_str(), changes.states[s as usize].into()))
                .into_iter()
                .collect(),
            outside_list: changes.outside_list.into(),
            villages_changed: changes.villages.len() as u64,
            villages: villages.then(|| changes.villages.iter().map(village).collect()),
            decisions: decisions.collect(),
        }
    }
}

impl RunBody {
    fn of(run: &LedgerRun, sources: &[StoredSource], villages: bool) -> Self {
        let files = sources.iter().filter(|source| source.run == run.number);
        Self {
            number: run.number,
            at: run.committed_at.to_string(),
            rule_version: run.rule_version,
            files: files
                .map(|f| FileBody { name: f.name.to_string(), kind: f.kind.as_str() })
                .collect(),
            changes: run.changes.as_ref().map(|changes| ChangesBody::of(changes, villages)),
        }
    }
}

/// What is published by run, newest first: when, from which files and decisions, and what it changed.
#[utoipa::path(
    get, path = "/api/v1/runs", tag = "batches", security(("token" = [])), params(Params),
    responses(
        (status = 200, body = RunsBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn runs(
    _access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<([(HeaderName, &'static str); 1], Json<RunsBody>), ApiError> {
    let limit = params::limit(params.limit, PAGE, MOST)?;
    let store = state.store();
    let mut found = store.runs(params.before.unwrap_or(i64::MAX), limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|run| run.number);
    let sources = store.sources().await?;
    let runs = found.iter().map(|run| RunBody::of(run, &sources, false)).collect();
    Ok((NOT_KEPT, Json(RunsBody { runs, next })))
}

/// One run, with the villages whose numbers it changed.
#[utoipa::path(
    get, path = "/api/v1/runs/{number}", tag = "batches", security(("token" = [])),
    params(("number" = i64, Path, description = "Number of the run")),
    responses(
        (status = 200, body = RunBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn run(
    _access: Access,
    State(state): State<AppState>,
    Path(number): Path<i64>,
) -> Result<([(HeaderName, &'static str); 1], Json<RunBody>), ApiError> {
    let store = state.store();
    let found = store.runs(number.saturating_add(1), 1).await?;
    let run = found.first().filter(|run| run.number == number);
    let run = run.ok_or_else(|| ApiError::missing("Không có lượt này", "there is no such run"))?;
    Ok((NOT_KEPT, Json(RunBody::of(run, &store.sources().await?, true))))
}
