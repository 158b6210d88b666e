//! Who looks at what waits, and what is decided of it: by one reviewer, once.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use diachiso_model::{Choice, Decision, DecisionKind, LonLat, RuleCode, SubmissionId, Timestamp};
use diachiso_runs::{Acceptance, JobError, RowChoice};
use diachiso_store::{AuditEntry, FindingView, ReviewMark, Reviewed, Reviewing};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    batch_orders::Signed,
    batches::MOST_CHARS,
    review::{found, is_seen},
    review_body::{ClaimBody, ReviewDecisionBody, standing},
    submissions::NOT_KEPT,
};
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Path,
    params,
    waiting::{Item, Thing},
};

/// How long a claim holds when nothing is said, and at most, in minutes.
const CLAIM_MINUTES: u32 = 15;
const MOST_MINUTES: u32 = 240;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/review/{id}/claim", post(claim).delete(release))
        .route("/api/v1/review/{id}/decision", post(decide))
        .route("/api/v1/review/{id}/undo", post(undo))
}

/// How long a claim shall hold.
#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimFor {
    /// Minutes from now, 1 to 240; 15 when nothing is said.
    #[schema(minimum = 1, maximum = 240)]
    minutes: Option<u32>,
}

/// What is decided, by whom and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deciding {
    /// Of a submission `accept`, `reject`, `unit`, `point`, `merge`, `split`, `line` or `not_line`; of a proposal `apply` or
    /// `refuse`.
    choice: Word,
    /// The village or commune (`unit`).
    unit: Option<String>,
    /// Where it lies (`point`).
    point: Option<PointBody>,
    /// The other submission (`merge`, `split`).
    with: Option<String>,
    /// The line of the register (`line`, `not_line`).
    household: Option<String>,
    /// Who decides; whose token it is stands beside the name.
    #[schema(pattern = r"\S", max_length = 300)]
    by: String,
    /// Why.
    #[schema(pattern = r"\S", max_length = 300)]
    why: String,
}

/// A position in degrees.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PointBody {
    /// Degrees east.
    lon: f64,
    /// Degrees north.
    lat: f64,
}

/// The words of a choice.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    Accept,
    Reject,
    Unit,
    Point,
    Merge,
    Split,
    Line,
    NotLine,
    Apply,
    Refuse,
}

/// Why a body is no use.
fn unreadable(error: &serde_json::Error) -> ApiError {
    let at = format!("{}:{}", error.line(), error.column());
    ApiError::bad(
        format!("JSON không đọc được (lỗi ở {at})"),
        format!("the body cannot be read: {error}"),
    )
}

impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Undecidable(why) => Self::conflict(why.clone(), why),
            JobError::Unsigned { .. } => {
                Self::bad("Thiếu tên người quyết định hoặc lý do", error.to_string())
            }
            JobError::NoRun(_) => Self::NotReady,
            JobError::Nobody => Self::missing(
                "Không có phiếu hay hộ như vậy",
                "there is no such submission or household",
            ),
            JobError::Store(error) => error.into(),
            JobError::Service(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

/// The answer where somebody else came first.
fn taken<T>(reviewed: Reviewed<T>) -> Result<T, ApiError> {
    match reviewed {
        Reviewed::Done(done) => Ok(done),
        Reviewed::Claimed(claim) => Err(ApiError::conflict(
            format!("{} đang xem, đến {:.0}", claim.by, claim.until),
            format!("{} looks at it, until {:.0}", claim.by, claim.until),
        )),
        Reviewed::Decided(order) => Err(ApiError::conflict(
            format!("{} đã quyết định (lệnh {})", order.by, order.order),
            format!("{} decided it (order {})", order.by, order.order),
        )),
    }
}

/// Keeps something that waits for the caller: nobody else decides until the claim ends.
#[utoipa::path(
    post, path = "/api/v1/review/{id}/claim", tag = "review", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the submission or proposal")), request_body = Option<ClaimFor>,
    responses(
        (status = 200, body = ClaimBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Somebody else looks at it or decided it, or it does not wait"),
    )
)]
pub(crate) async fn claim(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let waiting = state.waiting().await?;
    found(&state, &access, waiting.find(&id), &id).await?;
    let asked: Option<ClaimFor> = if body.is_empty() {
        None
    } else {
        serde_json::from_slice(&body).map_err(|e| unreadable(&e))?
    };
    let asked = asked.unwrap_or_default();
    let minutes = asked.minutes.unwrap_or(CLAIM_MINUTES);
    if !(1..=MOST_MINUTES).contains(&minutes) {
        return Err(params::refused(
            "minutes",
            &minutes.to_string(),
            &format!("1..{MOST_MINUTES}"),
        ));
    }
    let now = Timestamp::now();
    let until = now + jiff::SignedDuration::from_mins(i64::from(minutes));
    let who = Reviewing { item: &id, by: access.who(), now, run: waiting.run };
    let entry = entry(&state, &access, &id);
    let claim = taken(state.service().claim_review(who, until, &entry).await?)?;
    let (by, until) = (claim.by.to_string(), claim.until.to_string());
    Ok((NOT_KEPT, Json(ClaimBody { id, by, mine: true, until })).into_response())
}

/// Lets go of what the caller keeps before the claim ends, so that others need not wait for it.
#[utoipa::path(
    delete, path = "/api/v1/review/{id}/claim", tag = "review", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the submission or proposal")),
    responses(
        (status = 204, description = "The caller keeps it no more"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Somebody else looks at it"),
    )
)]
pub(crate) async fn release(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    is_seen(&state, &access, &id).await?;
    let run = state.waiting().await?.run;
    let who = Reviewing { item: &id, by: access.who(), now: Timestamp::now(), run };
    taken(state.service().release_review(who, &entry(&state, &access, &id)).await?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Decides of something that waits: kept at once, carried out by the next run.
#[utoipa::path(
    post, path = "/api/v1/review/{id}/decision", tag = "review", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the submission or proposal")), request_body = Deciding,
    responses(
        (status = 202, body = ReviewDecisionBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Somebody else looks at it or decided it, it does not wait, or the choice changes nothing"),
    )
)]
pub(crate) async fn decide(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let waiting = state.waiting().await?;
    let item = found(&state, &access, waiting.find(&id), &id).await?;
    let asked: Deciding = serde_json::from_slice(&body).map_err(|e| unreadable(&e))?;
    let desk = state.desk()?;
    let by = signed(&asked, &access)?;
    let decision = decision(&state, &access, (item, &asked), &by).await?;
    let who = Reviewing { item: &id, by: access.who(), now: Timestamp::now(), run: waiting.run };
    let entry = entry(&state, &access, &id);
    taken(desk.decide_review(who, vec![decision], &by, &entry).await?)?;
    answer(&state, &access, &id).await
}

/// Takes back what was decided here: the next run makes the state that was before.
#[utoipa::path(
    post, path = "/api/v1/review/{id}/undo", tag = "review", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the submission or proposal")), request_body = Signed,
    responses(
        (status = 202, body = ReviewDecisionBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Nothing that was decided here stands"),
    )
)]
pub(crate) async fn undo(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    is_seen(&state, &access, &id).await?;
    let by = Signed::read(&body, &access)?;
    let run = state.waiting().await?.run;
    let who = Reviewing { item: &id, by: access.who(), now: Timestamp::now(), run };
    let entry = entry(&state, &access, &id);
    if state.desk()?.undo_review(who, &by, &entry).await?.is_none() {
        return Err(ApiError::conflict(
            "Không có quyết định nào để rút lại",
            "nothing that was decided here stands",
        ));
    }
    answer(&state, &access, &id).await
}

/// What is asked about something that waits, for the record.
fn entry(state: &AppState, access: &Access, id: &str) -> AuditEntry {
    access.change(state, &format!("review {id}"), 1)
}

/// What was ordered.
async fn answer(state: &AppState, access: &Access, id: &str) -> Result<Response, ApiError> {
    let marks: Vec<ReviewMark> = state.service().reviews(&[id]).await?;
    let decided = match marks.first() {
        Some(mark) => standing(state, access, mark).await?.1,
        None => None,
    };
    let decided = decided.ok_or_else(|| ApiError::internal("an order left no mark"))?;
    Ok((StatusCode::ACCEPTED, NOT_KEPT, Json(decided)).into_response())
}

fn signed(asked: &Deciding, access: &Access) -> Result<Acceptance, ApiError> {
    params::short("by", &asked.by, MOST_CHARS)?;
    params::short("why", &asked.why, MOST_CHARS)?;
    let (by, why) = (asked.by.trim(), asked.why.trim());
    if by.is_empty() || why.is_empty() {
        return Err(ApiError::bad(
            "Thiếu tên người quyết định hoặc lý do",
            "it is not said who decides, or why",
        ));
    }
    Ok(Acceptance { by: format!("{by} · {}", access.who()), why: why.to_owned() })
}

/// What a choice needs and was not given.
fn lacking(what: &str) -> ApiError {
    ApiError::bad(format!("Thiếu {what}"), format!("`{what}` is missing"))
}

/// The decision that was asked for.
async fn decision(
    state: &AppState,
    access: &Access,
    (item, asked): (&Item, &Deciding),
    by: &Acceptance,
) -> Result<Decision, ApiError> {
    let store = state.store();
    let row = match &item.thing {
        Thing::Row(row) => row.id,
        Thing::Proposal(_) => {
            let choice = match asked.choice {
                Word::Apply => Choice::Apply,
                Word::Refuse => Choice::Refuse,
                _ => return Err(params::refused("choice", "?", "apply | refuse")),
            };
            return Ok(diachiso_runs::proposal_decision(store, &item.id, choice, by).await?);
        }
    };
    let choice = match asked.choice {
        Word::Accept => RowChoice::Accept,
        Word::Reject => RowChoice::Reject,
        Word::Unit => {
            let code =
                params::code("unit", asked.unit.as_deref())?.ok_or_else(|| lacking("unit"))?;
            if !access.scope(state).await?.undated(&code) {
                return Err(ApiError::forbidden_area());
            }
            RowChoice::Unit(code)
        }
        Word::Point => {
            let PointBody { lon, lat } = asked.point.as_ref().ok_or_else(|| lacking("point"))?;
            let point = LonLat::new(*lon, *lat);
            RowChoice::Point(
                point.map_err(|e| ApiError::bad("Vị trí không hợp lệ", e.to_string()))?,
            )
        }
        Word::Merge | Word::Split => {
            let same = asked.choice == Word::Merge;
            return pair(state, access, (row, asked.with.as_deref()), (same, by)).await;
        }
        Word::Line | Word::NotLine => {
            let household = asked.household.as_deref().ok_or_else(|| lacking("household"))?;
            is_line(state, row, household).await?;
            let snapshot = state.snapshot().await?;
            let source =
                snapshot.areas.first().map(|area| &*area.source).ok_or(ApiError::NotReady)?;
            let target = format!("{row} {source} {household}");
            let choice = if asked.choice == Word::Line { Choice::Apply } else { Choice::Refuse };
            let of = (DecisionKind::Match, &*target);
            return Ok(diachiso_runs::submission_decision(store, of, choice, by).await?);
        }
        Word::Apply | Word::Refuse => {
            return Err(params::refused("choice", "apply", "accept | reject | unit | point | …"));
        }
    };
    Ok(diachiso_runs::row_decision(store, row, &choice, by).await?)
}

/// Whether a line of the register fits a submission or is of its village.
async fn is_line(state: &AppState, row: SubmissionId, household: &str) -> Result<(), ApiError> {
    let view = state.store().submission(row).await?.ok_or(ApiError::NotReady)?;
    let fits = |f: &FindingView| {
        let ids = f.replacement.as_deref().filter(|_| f.code == RuleCode::R02);
        ids.is_some_and(|ids| ids.split("; ").any(|id| *id == *household))
    };
    if view.findings.iter().any(fits) {
        return Ok(());
    }
    let of_village = match &view.village_code {
        Some(village) => state.store().village_households(village).await?,
        None => Vec::new(),
    };
    if of_village.iter().any(|h| *h.id == *household) {
        return Ok(());
    }
    Err(ApiError::conflict(
        "Hộ này không thuộc thôn của phiếu và không nằm trong các hộ có thể khớp",
        "this household fits the submission no more and is not of its village",
    ))
}

/// That two submissions are one household, or two; the other must be in the caller's areas too.
async fn pair(
    state: &AppState,
    access: &Access,
    (row, with): (SubmissionId, Option<&str>),
    (same, by): (bool, &Acceptance),
) -> Result<Decision, ApiError> {
    let with = with.ok_or_else(|| lacking("with"))?;
    let other: SubmissionId =
        with.parse().map_err(|_| params::refused("with", with, "32 hexadecimal digits"))?;
    is_seen(state, access, with).await?;
    if other == row {
        return Err(ApiError::bad("Hai phiếu là một", "both are one submission"));
    }
    let target = format!("{} {}", row.min(other), row.max(other));
    let choice = if same { Choice::Apply } else { Choice::Refuse };
    let of = (DecisionKind::Pair, &*target);
    Ok(diachiso_runs::submission_decision(state.store(), of, choice, by).await?)
}
