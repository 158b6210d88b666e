//! Results of visits: filled gap lists handed in, and what may be decided of their rows. Personal data.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use diachiso_model::{Date, Decision, FieldResult, ResultWord, UnitCode};
use diachiso_runs::{
    Acceptance, FilledList, JudgedResults, RejectedResult, Visit, judge_results, today,
};
use diachiso_source::field_results::read_field_results;
use diachiso_store::{OrderKind, Reviewed, Reviewing};
use serde::{Deserialize, Serialize};
use tower_http::limit::RequestBodyLimitLayer;
use utoipa::{IntoParams, ToSchema};

use super::{
    batches::MOST_CHARS,
    brought::{Brought, bare_name, cut_off, key_of},
    submissions::NOT_KEPT,
};
use crate::{
    AppState,
    access::{Access, exports_in_use},
    error::{ApiError, Problem},
    extract::Query,
    params,
};

/// Longest body: the workbook of a province's gap list is a tenth of it.
const MAX_BYTES: usize = 64 << 20;

/// Longest part of a form that is no file.
const MOST_FIELD_BYTES: usize = 4 << 10;

/// Rejects that are told one by one; the others are counted.
const TOLD_REJECTS: usize = 1_000;

/// The route that takes files, which takes longer bodies than others.
pub(crate) fn file_router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/results", post(hand_in))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(MAX_BYTES))
}

/// What is said of a filled list; of a form the parts of these names.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Said {
    /// Name of the file; its extension helps to tell the format. Of a form the name of its part `file` counts.
    name: Option<String>,
    /// The day of the visits; today when nothing is said.
    #[param(format = Date)]
    day: Option<String>,
    /// Who brings the results in; whose token it is stands beside the name, and alone when nothing is said.
    by: Option<String>,
}

/// A form that brings a filled list.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of a form whose parts are read as they come")]
pub(crate) struct ResultForm {
    /// The day of the visits.
    day: Option<String>,
    /// Who brings the results in.
    by: Option<String>,
    /// The file.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// A row that cannot be used, and what to do about it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResultReject {
    /// Name of the file.
    file: String,
    /// Sheet of the workbook.
    sheet: Option<String>,
    /// Number of the row.
    row: u32,
    /// Heading of the column.
    column: String,
    /// What stands in it.
    value: String,
    /// `unknown_word`, `no_id`, `bad_id`, `other_household`, `new_listed`, `unnamed`, `unlisted`, `stale`, `twice`,
    /// `unknown_export` or `outside`.
    fault: &'static str,
    /// What is wrong, in Vietnamese.
    vi: &'static str,
    /// What is wrong, in English.
    en: &'static str,
    /// What to do, in Vietnamese.
    advice_vi: &'static str,
    /// What to do, in English.
    advice_en: &'static str,
}

impl From<&RejectedResult> for ResultReject {
    fn from(rejected: &RejectedResult) -> Self {
        let reject = &rejected.reject;
        let ([vi, en], [advice_vi, advice_en]) = (reject.fault.words(), reject.fault.advice());
        Self {
            file: rejected.file.to_string(),
            sheet: reject.sheet.as_deref().map(str::to_owned),
            row: reject.row,
            column: reject.column.to_string(),
            value: reject.value.to_string(),
            fault: reject.fault.as_str(),
            vi,
            en,
            advice_vi,
            advice_en,
        }
    }
}

/// What became of a filled list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResultsTaken {
    /// Number of the order that puts the results on record; `null` where nothing is new.
    order: Option<i64>,
    /// `kept`: on disk, and on record with the next run, within seconds. `known`: nothing is new.
    state: &'static str,
    /// The day of the visits.
    day: String,
    /// New results by word: `done`, `absent`, `away`, `refused`, `moved`, `gone`, `new`.
    recorded: BTreeMap<&'static str, u64>,
    /// How many of them wait for somebody else to approve them.
    pending: u64,
    /// Rows that say what is on record already.
    repeated: u64,
    /// Rows without a result, headings and signatures.
    ignored: u64,
    /// Rows that cannot be used.
    rejected: u64,
    /// The first 1,000 of them.
    rejects: Vec<ResultReject>,
}

impl ResultsTaken {
    fn new(judged: &JudgedResults, day: Date, order: Option<i64>) -> Self {
        let word = |word: ResultWord| (word.as_str(), judged.words[word as usize]);
        Self {
            order,
            state: if order.is_some() { "kept" } else { "known" },
            day: day.to_string(),
            recorded: ResultWord::ALL.into_iter().map(word).collect(),
            pending: judged.pending(),
            repeated: judged.repeated,
            ignored: judged.ignored,
            rejected: judged.rejects.len() as u64,
            rejects: judged.rejects.iter().take(TOLD_REJECTS).map(ResultReject::from).collect(),
        }
    }
}

/// Hands in a filled gap list: a workbook or csv as the body, or a form (`multipart/form-data`).
///
/// Every row with a result is answered for at once: what is recorded and what is rejected, with row, column and what to do.
/// Collectors bring results of households of their areas alone, signed with their team. A file that is of a list past its end
/// is refused as a whole. When this is answered the results are on disk; the next run puts them on record. The same list changes nothing when it
/// comes again, and under the same `Idempotency-Key` it gets the number of the same order.
#[utoipa::path(
    post, path = "/api/v1/results", tag = "results", security(("token" = [])),
    params(Said, ("Idempotency-Key" = Option<String>, Header, description = "Any text of up to 255 characters")),
    request_body(content(
        (Vec<u8> = "application/octet-stream"),
        (ResultForm = "multipart/form-data"),
    )),
    responses(
        (status = 202, body = ResultsTaken),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "This service takes nothing in"),
        (status = 410, body = Problem, content_type = "application/problem+json",
            description = "A list that it is of has ended: nothing is taken"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "More than 64 MiB"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "No gap list, or another list under the same key"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn hand_in(
    access: Access,
    State(state): State<AppState>,
    Query(said): Query<Said>,
    request: Request,
) -> Result<Response, ApiError> {
    let desk = state.desk()?;
    let key = key_of(&request)?;
    let (file, said) = match Brought::of(request, &state).await? {
        Brought::Form(form) => read_form(form, said).await?,
        Brought::File(request) => {
            let body = Bytes::from_request(*request, &state).await;
            (body.map_err(|e| broken(e.status(), &e.body_text()))?, said)
        }
    };
    let (name, day, by) = visit(&said)?;
    let read = {
        let name = name.clone();
        move || read_field_results(&name, &file[..])
    };
    let found = tokio::task::spawn_blocking(read).await.map_err(ApiError::internal)?;
    let found = found.map_err(|error| {
        let rule = error.rule();
        ApiError::unprocessable(format!("{rule} {}", rule.rule().vi), format!("{rule} {error}"))
    })?;
    let lists = [FilledList { name: name.into(), found }];
    let store = state.rows(&access).await?;
    let exports = exports_in_use(&state, &lists).await?;
    let scope = access.scope(&state).await?;
    let signs = |village: Option<&UnitCode>| {
        scope.visits(village).then(|| signature([Some(&*by), scope.team(village)], &access))
    };
    let judged = judge_results(&*store, &lists, &exports, Visit { day, signs: &signs }).await?;
    let why = format!("kết quả thực địa / field results {day}");
    let by = Acceptance { by: signature([Some(&*by), None], &access), why };
    let kept = keep(&state, &access, key.as_deref(), (&judged, &by)).await?;
    tracing::info!(
        results.new = judged.decisions.len(),
        results.repeated = judged.repeated,
        results.rejected = judged.rejects.len(),
        "results handed in"
    );
    desk.look();
    let body = ResultsTaken::new(&judged, day, kept);
    Ok((StatusCode::ACCEPTED, NOT_KEPT, Json(body)).into_response())
}

/// Keeps an order that puts what is new on record; of a key that was used before its order, if it brought the same.
async fn keep(
    state: &AppState,
    access: &Access,
    key: Option<&str>,
    (judged, by): (&JudgedResults, &Acceptance),
) -> Result<Option<i64>, ApiError> {
    let (desk, new) = (state.desk()?, judged.decisions.clone());
    let entry = access.change(state, "results", new.len());
    let Some(key) = key else {
        if new.is_empty() {
            return Ok(None);
        }
        return Ok(Some(desk.put_on_record(new, by, &entry).await?));
    };
    // Of each caller: keys of two are two.
    let item = format!("results {} {key}", access.who());
    let before = state.service().reviews(&[&item]).await?;
    let before = before.into_iter().find_map(|mark| mark.order);
    let order = match before {
        Some(order) => order.order,
        None if new.is_empty() => return Ok(None),
        None => {
            let now = diachiso_model::Timestamp::now();
            // Whatever was kept under the key before, was before.
            let who = Reviewing { item: &item, by: access.who(), now, run: -1 };
            match desk.decide_review(who, new, by, &entry).await? {
                Reviewed::Done(order) => return Ok(Some(order)),
                Reviewed::Decided(order) => order.order,
                Reviewed::Claimed(_) => return Err(ApiError::internal("a key is claimed")),
            }
        }
    };
    let kept = match state.service().order_kind(order).await? {
        Some(OrderKind::Decide(kept)) => kept,
        _ => Vec::new(),
    };
    let kept: BTreeSet<&str> = kept.iter().map(Decision::target).collect();
    let said: BTreeSet<&str> = judged.said.iter().map(|target| &**target).collect();
    let more = judged.decisions.iter().any(|decision| !kept.contains(decision.target()));
    if more || !kept.is_subset(&said) {
        return Err(ApiError::unprocessable(
            "Idempotency-Key này đã dùng cho một danh sách khác",
            "this Idempotency-Key was used for another list",
        ));
    }
    Ok(Some(order))
}

/// Who hands results in: the name that was told, the team for which he went, and his token.
fn signature(names: [Option<&str>; 2], access: &Access) -> String {
    let mut parts: Vec<&str> =
        names.into_iter().flatten().filter(|name| !name.is_empty()).collect();
    parts.push(access.who());
    parts.dedup();
    parts.join(" · ")
}

/// What the file is called, of which day it is, and who brings it, where that was told.
fn visit(said: &Said) -> Result<(String, Date, String), ApiError> {
    let text = |name: &str, value: Option<&str>| {
        let value = value.unwrap_or_default().trim().to_owned();
        params::short(name, &value, MOST_CHARS).map(|()| value)
    };
    let (name, by) = (text("name", said.name.as_deref())?, text("by", said.by.as_deref())?);
    let name = match bare_name(&name) {
        "" => "ket-qua".to_owned(),
        name => name.to_owned(),
    };
    if by.contains(char::is_control) {
        return Err(params::refused("by", "…", "one line"));
    }
    let today = today();
    let day = params::date("day", said.day.as_deref())?.unwrap_or(today);
    if day > today || day < FieldResult::FIRST_DAY {
        let days = format!("{}..{today}", FieldResult::FIRST_DAY);
        return Err(params::refused("day", &day.to_string(), &days));
    }
    Ok((name, day, by))
}

/// Why a body did not come whole.
fn broken(status: StatusCode, why: &str) -> ApiError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::Plain(status),
        _ => cut_off(&why),
    }
}

/// Reads a form part by part.
async fn read_form(mut form: Multipart, mut said: Said) -> Result<(Bytes, Said), ApiError> {
    let mut file = None;
    while let Some(part) = form.next_field().await.map_err(|e| cut_off(&e.body_text()))? {
        let name = part.name().unwrap_or_default().to_owned();
        let called = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|e| broken(e.status(), &e.body_text()))?;
        if name == "file" {
            if file.replace(bytes).is_some() {
                return Err(ApiError::bad("Chỉ nhận một tệp", "a form brings one file"));
            }
            said.name = called.or(said.name);
            continue;
        }
        if bytes.len() > MOST_FIELD_BYTES {
            return Err(params::refused(&name, "…", &format!("≤ {MOST_FIELD_BYTES} bytes")));
        }
        let text = String::from_utf8(bytes.to_vec());
        let text = text.map_err(|_| params::refused(&name, "…", "UTF-8"))?;
        let slot = match name.as_str() {
            "name" => &mut said.name,
            "day" => &mut said.day,
            "by" => &mut said.by,
            _ => return Err(params::refused("form", &name, "name, day, by, file")),
        };
        *slot = Some(text).filter(|text| !text.is_empty());
    }
    let file = file.ok_or_else(|| {
        ApiError::bad("Biểu mẫu không có tệp `file`", "the form has no part `file`")
    })?;
    Ok((file, said))
}
