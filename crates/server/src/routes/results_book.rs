//! Results on record: read by area, approved, refused, taken back. Personal data.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use diachiso_model::{Choice, Decision, ResultStatus, ResultWord, Role};
use diachiso_runs::{Acceptance, ResultBook, ResultLine, approval, withdrawal};
use diachiso_store::{Reviewed, Reviewing};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{batch_orders::Signed, submissions::NOT_KEPT};
use crate::{
    AppState,
    access::{Access, Scope},
    area::Area,
    error::{ApiError, Problem},
    extract::{Path, Query},
    params,
    snapshot::Snapshot,
};

/// Rows of a page when nothing is said, and at most.
const PAGE: (u32, u32) = (100, 1_000);

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/results", get(results))
        .route("/api/v1/results/{id}/approve", post(approve))
        .route("/api/v1/results/{id}/refuse", post(refuse))
        .route("/api/v1/results/{id}/withdraw", post(withdraw))
}

/// Which results.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Code of a village, commune, district or province, a unit on a day (`477@2025-06-30`) or a saved area; all areas of the
    /// token when nothing is said.
    area: Option<String>,
    /// `pending`, `recorded`, `approved` or `refused`; all when nothing is said.
    #[param(pattern = "^(pending|recorded|approved|refused)$")]
    state: Option<String>,
    /// `done`, `absent`, `away`, `refused`, `moved`, `gone` or `new`; all when nothing is said.
    #[param(pattern = "^(done|absent|away|refused|moved|gone|new)$")]
    word: Option<String>,
    /// Rows of a page, 1 to 1,000. Default 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before: the id of its last row.
    cursor: Option<String>,
}

/// Who approved or refused a result, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct Judged {
    /// Who.
    by: String,
    /// When.
    at: String,
    /// Why.
    why: String,
}

/// A result on record. Personal data.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResultBody {
    /// Its id.
    id: String,
    /// `done`, `absent`, `away`, `refused`, `moved`, `gone`, or `new` of a household that no register lists.
    word: &'static str,
    /// The word in Vietnamese.
    word_vi: &'static str,
    /// The day of the visit.
    day: String,
    /// `recorded`, `pending` (somebody else has to approve it), `approved` or `refused`.
    state: &'static str,
    /// The state in Vietnamese.
    state_vi: &'static str,
    /// What it does: `counts`, `waits`, `older` (a later one counts), `overtaken` (a register that was closed later lists the
    /// household), `refused`, `unlisted` (no register lists it any more) or `found` (it is in no register).
    effect: &'static str,
    /// Id of the household inside its register.
    household: Option<String>,
    /// Source of the register.
    source: Option<String>,
    /// Head of the household.
    head: Option<String>,
    /// Address.
    address: Option<String>,
    /// Code of the village.
    village: Option<String>,
    /// Name of the village; of a new household the place as it was written.
    village_name: Option<String>,
    /// State of the household in coverage.
    household_state: Option<&'static str>,
    /// Who handed it in.
    by: String,
    /// When.
    at: String,
    /// File, sheet and row that it came in, and the note beside it.
    origin: String,
    /// Who approved or refused it.
    judged: Option<Judged>,
    /// Whether it was handed in with this token, whose holder can neither approve nor refuse it.
    mine: bool,
}

/// A page of results.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResultPage {
    /// Number of the newest run.
    run: i64,
    /// Results of the area by state, whatever page and filter.
    counts: BTreeMap<&'static str, u64>,
    /// The results, the newest day first.
    results: Vec<ResultBody>,
    /// Path of the next page; `null` at the end.
    next: Option<String>,
}

/// What was ordered.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResultOrdered {
    /// Id of the result.
    id: String,
    /// Number of the order.
    order: i64,
    /// `waiting`: on disk, and carried out by the next run, within seconds.
    state: &'static str,
}

fn body(line: &ResultLine, snapshot: &Snapshot, access: &Access) -> ResultBody {
    let (listed, found) = (line.listed(), line.found());
    let word = line.result().map_or(ResultWord::New, |result| result.word);
    let village = line.village();
    let named = village.as_ref().and_then(|code| snapshot.areas.iter().find(|a| a.code == *code));
    let place = found.map(|found| found.place.to_string()).filter(|place| !place.is_empty());
    let text = |listed: Option<&str>, found: Option<&str>| listed.or(found).map(str::to_owned);
    ResultBody {
        id: line.id.clone(),
        word: word.as_str(),
        word_vi: word.vi(),
        day: line.day().to_string(),
        state: line.status.as_str(),
        state_vi: line.status.vi(),
        effect: line.effect,
        household: line.result().map(|result| result.key.household().to_owned()),
        source: line.result().map(|result| result.key.source().to_owned()),
        head: text(listed.map(|l| &*l.head), found.map(|f| &*f.head)),
        address: text(listed.map(|l| &*l.address), found.map(|f| &*f.address)),
        village: village.as_ref().map(ToString::to_string),
        village_name: place.or_else(|| named.map(|area| area.name.to_string())),
        household_state: listed.map(|line| line.state.as_str()),
        by: line.by.to_string(),
        at: line.at.to_string(),
        origin: line.origin.to_string(),
        judged: line.judged.as_ref().map(|(by, at, why)| Judged {
            by: by.to_string(),
            at: at.to_string(),
            why: why.to_string(),
        }),
        mine: is_mine(line, access),
    }
}

/// Whether the caller's token handed a result in.
fn is_mine(line: &ResultLine, access: &Access) -> bool {
    line.by.split(" · ").any(|part| part == access.who())
}

/// Whether the caller may see a result: it lies in his areas, or, where nobody knows where it lies, these are all.
fn is_seen(line: &ResultLine, scope: &Scope) -> bool {
    scope.visits(line.village().as_ref())
}

/// The results on record as of the newest run.
async fn book(state: &AppState) -> Result<(Arc<Snapshot>, Arc<ResultBook>), ApiError> {
    let snapshot = state.snapshot().await?;
    let book = state.results(&snapshot).await?;
    Ok((snapshot, book))
}

/// Results of visits on record, the newest day first.
#[utoipa::path(
    get, path = "/api/v1/results", tag = "results", security(("token" = [])), params(Params),
    responses(
        (status = 200, body = ResultPage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such area"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "A village that no register names any more"),
    )
)]
pub(crate) async fn results(
    access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<Response, ApiError> {
    let limit = params::limit(params.limit, PAGE.0, PAGE.1)? as usize;
    let status = params
        .state
        .as_deref()
        .map(|key| {
            let words = "pending | recorded | approved | refused";
            ResultStatus::from_key(key).ok_or_else(|| params::refused("state", key, words))
        })
        .transpose()?;
    let word = params
        .word
        .as_deref()
        .map(|key| {
            let words = "done | absent | away | refused | moved | gone | new";
            ResultWord::from_key(key).ok_or_else(|| params::refused("word", key, words))
        })
        .transpose()?;
    let (snapshot, book) = book(&state).await?;
    let area = match params.area.as_deref() {
        Some(text) => Some(Area::of(&state, text).await?),
        None => None,
    };
    let scope = access.scope(&state).await?;
    let visited = |area: &Area| area.villages.iter().all(|village| scope.visits(Some(village)));
    if area.as_ref().is_some_and(|area| !scope.everywhere() && !visited(area)) {
        return Err(ApiError::forbidden_area());
    }
    let inside = area.as_ref().map(|area| &area.villages);
    let is_inside = |line: &&ResultLine| {
        inside.is_none_or(|set| line.village().is_some_and(|village| set.contains(&village)))
    };
    let seen = book.lines().iter().filter(|line| is_seen(line, scope)).filter(is_inside);
    let seen: Vec<&ResultLine> = seen.collect();
    let mut counts: BTreeMap<&'static str, u64> =
        ResultStatus::ALL.into_iter().map(|status| (status.as_str(), 0)).collect();
    for line in &seen {
        *counts.entry(line.status.as_str()).or_default() += 1;
    }
    let of_word = |line: &ResultLine| line.result().map_or(ResultWord::New, |result| result.word);
    let mut wanted = seen.into_iter().filter(|line| {
        status.is_none_or(|status| line.status == status)
            && word.is_none_or(|word| of_word(line) == word)
    });
    if let Some(cursor) = params.cursor.as_deref()
        && !wanted.any(|line| line.id == cursor)
    {
        return Err(params::refused("cursor", cursor, "`next` of the page before"));
    }
    let page: Vec<&ResultLine> = wanted.by_ref().take(limit).collect();
    let next = page.last().filter(|_| wanted.next().is_some()).map(|last| {
        let filters = [
            ("area", area.as_ref().map(|area| &*area.id)),
            ("state", params.state.as_deref()),
            ("word", params.word.as_deref()),
        ];
        let filters = filters.into_iter().filter_map(|(name, v)| Some(format!("&{name}={}", v?)));
        format!("/api/v1/results?limit={limit}{}&cursor={}", filters.collect::<String>(), last.id)
    });
    let results: Vec<ResultBody> = page.iter().map(|line| body(line, &snapshot, &access)).collect();
    let told = access.told(area.map(|area| area.id).unwrap_or_default(), results.len());
    let page = ResultPage { run: snapshot.run.number, counts, results, next };
    Ok((told, NOT_KEPT, Json(page)).into_response())
}

/// Says that a household has moved or is no more, as was handed in by somebody else: the next run takes it out of the
/// denominator.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/approve", tag = "results", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the result")), request_body = Signed,
    responses(
        (status = 202, body = ResultOrdered),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "It does not wait for that, or who asks handed it in"),
    )
)]
pub(crate) async fn approve(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    order(&state, &access, (&id, &bytes), judged(Choice::Apply)).await
}

/// Says that a household has not moved, and is.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/refuse", tag = "results", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the result")), request_body = Signed,
    responses(
        (status = 202, body = ResultOrdered),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "It does not wait for that, or who asks handed it in"),
    )
)]
pub(crate) async fn refuse(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    order(&state, &access, (&id, &bytes), judged(Choice::Refuse)).await
}

/// Takes a result back: the next run makes the state that was before. Collectors take back what they handed in.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/withdraw", tag = "results", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the result")), request_body = Signed,
    responses(
        (status = 202, body = ResultOrdered),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It was decided about meanwhile"),
    )
)]
pub(crate) async fn withdraw(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    let only_own = !access.has_any(&[Role::Officer, Role::Reviewer]);
    let judge = |line: &ResultLine, by: &Acceptance| {
        if only_own && !is_mine(line, &access) {
            return Err(ApiError::forbidden_area());
        }
        Ok(withdrawal(line, by)?)
    };
    order(&state, &access, (&id, &bytes), judge).await
}

/// What is decided of a result that waits for somebody else.
fn judged(
    choice: Choice,
) -> impl FnOnce(&ResultLine, &Acceptance) -> Result<Vec<Decision>, ApiError> {
    move |line, by| Ok(vec![approval(line, choice, by)?])
}

/// Keeps an order about a result.
async fn order(
    state: &AppState,
    access: &Access,
    (id, bytes): (&str, &[u8]),
    judge: impl FnOnce(&ResultLine, &Acceptance) -> Result<Vec<Decision>, ApiError>,
) -> Result<Response, ApiError> {
    let missing = || {
        let vi = "Không có kết quả này trong địa bàn, hoặc đã được rút lại";
        ApiError::missing(vi, "there is no such result in your areas, or it was taken back")
    };
    let (snapshot, book) = book(state).await?;
    let line = book.lines().iter().find(|line| line.id == id).ok_or_else(missing)?;
    if !is_seen(line, access.scope(state).await?) {
        return Err(missing());
    }
    let by = Signed::read(bytes, access)?;
    let decisions = judge(line, &by)?;
    let (item, now) = (format!("result {id}"), diachiso_model::Timestamp::now());
    let who = Reviewing { item: &item, by: access.who(), now, run: snapshot.run.number };
    let entry = access.change(state, &item, 1);
    let order = match state.desk()?.decide_review(who, decisions, &by, &entry).await? {
        Reviewed::Done(order) => order,
        Reviewed::Decided(order) => {
            return Err(ApiError::conflict(
                format!("{} đã quyết định (lệnh {})", order.by, order.order),
                format!("{} decided it (order {})", order.by, order.order),
            ));
        }
        Reviewed::Claimed(_) => return Err(ApiError::internal("a result is claimed")),
    };
    let body = ResultOrdered { id: id.to_owned(), order, state: "waiting" };
    Ok((StatusCode::ACCEPTED, NOT_KEPT, Json(body)).into_response())
}
