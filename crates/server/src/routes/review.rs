//! What waits for a person: held submissions and open proposals, by area and rule. Personal: needs a token.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_model::RuleCode;
use diachiso_store::ReviewMark;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{review_body::ItemBody, submissions::NOT_KEPT};
use crate::{
    AppState,
    access::Access,
    area,
    error::{ApiError, Problem},
    extract::{Path, Query},
    paging, params,
    waiting::Item,
};

/// Things of a page when nothing is said, and at most.
const PAGE: u32 = 20;
const MOST: u32 = 100;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/review", get(review)).route("/api/v1/review/{id}", get(item))
}

/// Which part of the queue.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// An area: only what lies in it. A unit's code, a unit on a day, a saved area.
    area: Option<String>,
    /// A rule: only what it asks.
    rule: Option<String>,
    /// Things a page: 1 to 100.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of the queue.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewBody {
    /// Number of the run whose questions these are.
    run: i64,
    /// How many things wait in the area, whatever the rule.
    waiting: u64,
    /// How many of them each rule asks about; something may be asked by several.
    rules: Vec<RuleWaiting>,
    /// The things, by place.
    items: Vec<ItemBody>,
    /// The cursor of the next page; `null` at the end.
    next: Option<String>,
}

/// What a rule asks.
#[derive(Serialize, ToSchema)]
struct RuleWaiting {
    /// Its code.
    code: &'static str,
    /// What it says, in Vietnamese.
    vi: &'static str,
    /// The same in English.
    en: &'static str,
    /// What to do, in Vietnamese.
    advice_vi: &'static str,
    /// The same in English.
    advice_en: &'static str,
    /// How many things it asks about.
    waiting: u64,
}

/// What waits for a person in the caller's areas, with how much each rule asks.
#[utoipa::path(
    get, path = "/api/v1/review", tag = "review", security(("token" = [])), params(Params),
    responses(
        (status = 200, body = ReviewBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such area"),
    )
)]
pub(crate) async fn review(
    access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<Response, ApiError> {
    let limit = params::limit(params.limit, PAGE, MOST)? as usize;
    let area = area::asked(&state, params.area.as_deref()).await?;
    let rule: Option<RuleCode> = match params.rule.as_deref() {
        Some(text) => {
            Some(text.parse().map_err(|_| params::refused("rule", text, "G09 | D04 | …"))?)
        }
        None => None,
    };
    let cursor = params.cursor.as_deref().map(paging::read_review_cursor).transpose()?;
    let waiting = state.waiting().await?;
    let scope = access.scope(&state).await?;
    if let Some(area) = &area
        && !scope.everywhere()
        && !scope.villages(&area.villages)
    {
        return Err(ApiError::forbidden_area());
    }
    let here =
        |item: &&Item| area.as_ref().is_none_or(|area| item.lies_in(area)) && item.is_in(scope);
    let mut counts: BTreeMap<RuleCode, u64> = BTreeMap::new();
    let mut all = 0;
    for item in waiting.items.iter().filter(here) {
        all += 1;
        item.rules().iter().for_each(|code| *counts.entry(*code).or_default() += 1);
    }
    let asked = |item: &&Item| rule.is_none_or(|rule| item.rules().contains(&rule));
    let page: Vec<&Item> =
        waiting.after(cursor.as_ref()).iter().filter(here).filter(asked).take(limit + 1).collect();
    let next = match page.get(limit.wrapping_sub(1)) {
        Some(last) if page.len() > limit => Some(paging::review_cursor(&last.place, &last.id)?),
        _ => None,
    };
    let page = &page[..page.len().min(limit)];
    let ids: Vec<&str> = page.iter().map(|item| &*item.id).collect();
    let marks = state.service().reviews(&ids).await?;
    let mut items = Vec::with_capacity(page.len());
    for item in page {
        items.push(ItemBody::of(&state, &access, item, mark(&marks, &item.id)).await?);
    }
    let rules = counts.into_iter().map(|(code, waiting)| {
        let rule = code.rule();
        RuleWaiting {
            code: code.as_str(),
            vi: rule.vi,
            en: rule.en,
            advice_vi: rule.advice_vi,
            advice_en: rule.advice_en,
            waiting,
        }
    });
    let told = access.told(area.map(|a| a.id).unwrap_or_default(), items.len());
    let body = ReviewBody { run: waiting.run, waiting: all, rules: rules.collect(), items, next };
    Ok((told, NOT_KEPT, Json(body)).into_response())
}

fn mark<'m>(marks: &'m [ReviewMark], id: &str) -> Option<&'m ReviewMark> {
    marks.iter().find(|mark| *mark.item == *id)
}

/// One thing that waits.
#[utoipa::path(
    get, path = "/api/v1/review/{id}", tag = "review", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the submission or proposal")),
    responses(
        (status = 200, body = ItemBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It does not wait, or no more"),
    )
)]
pub(crate) async fn item(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let waiting = state.waiting().await?;
    let item = found(&state, &access, waiting.find(&id), &id).await?;
    let marks = state.service().reviews(&[&id]).await?;
    let body = ItemBody::of(&state, &access, item, mark(&marks, &id)).await?;
    Ok((access.told(id, 1), NOT_KEPT, Json(body)).into_response())
}

/// A thing that waits in the caller's areas.
///
/// # Errors
/// When it lies outside, does not wait, or is none.
pub(super) async fn found<'i>(
    state: &AppState,
    access: &Access,
    item: Option<&'i Item>,
    id: &str,
) -> Result<&'i Item, ApiError> {
    let scope = access.scope(state).await?;
    if let Some(item) = item {
        return if item.is_in(scope) { Ok(item) } else { Err(ApiError::forbidden_area()) };
    }
    is_seen(state, access, id).await?;
    Err(ApiError::conflict("Không chờ duyệt (nữa)", "it does not wait, or no more"))
}

/// Whether a submission or proposal, which may wait or not, is there and in the caller's areas.
pub(super) async fn is_seen(state: &AppState, access: &Access, id: &str) -> Result<(), ApiError> {
    let missing = || ApiError::missing("Không có phiếu hay đề xuất này", "there is no such thing");
    let scope = access.scope(state).await?;
    if let Ok(id) = id.parse() {
        let view = state.store().submission(id).await?.ok_or_else(missing)?;
        return if scope.submission(&view) { Ok(()) } else { Err(ApiError::forbidden_area()) };
    }
    let proposals = state.store().proposals().await?;
    let proposal = proposals.iter().find(|p| p.id.to_string() == *id).ok_or_else(missing)?;
    let held = |commune| scope.undated(commune);
    if scope.everywhere() || proposal.commune.as_ref().is_some_and(held) {
        Ok(())
    } else {
        Err(ApiError::forbidden_area())
    }
}
