//! Submissions one by one or many at once: judged and kept while the sender waits, published a little later.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use diachiso_model::{Field as _, SubmissionField};
use diachiso_pipeline::Checker;
use diachiso_store::NewSubmission;
use serde::{Deserialize, Serialize};
use tower_http::limit::RequestBodyLimitLayer;
use utoipa::{IntoParams, ToSchema};

use super::{
    check::field,
    submissions::{FindingBody, NOT_KEPT},
};
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Query,
    params,
};

/// Longest body: some 30,000 submissions; more are for a batch.
const MAX_BYTES: usize = 16 << 20;

/// Submissions of one request at most.
const MOST: usize = 20_000;

/// Submissions that are judged on the thread that answers; more go to one that may take its time.
const AT_ONCE: usize = 16;

/// Longest legal basis, in characters.
const BASIS_CHARS: usize = 300;

/// The route, which takes longer bodies than others.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/submissions", post(submit))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(MAX_BYTES))
}

/// What holds for all of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Legal basis of those that state none of their own; without either they are held (C01).
    legal_basis: Option<String>,
}

/// What became of a submission that was handed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Submitted {
    /// Its name: a hash of what it says. The same submission has the same name, however often it is sent.
    id: String,
    /// `accepted`, `held` or `rejected` by itself; whether it repeats another is known once it is published.
    verdict: &'static str,
    /// The verdict in Vietnamese.
    verdict_vi: &'static str,
    /// What the rules noticed.
    findings: Vec<FindingBody>,
    /// `kept`: on disk, and published with the next run; then its link to the register is at `href`.
    state: &'static str,
    /// Where it is once it is published.
    href: String,
}

/// What became of the submissions of one request.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubmittedAll {
    /// In the order in which they came.
    submissions: Vec<Submitted>,
    /// When links to the register are told, in Vietnamese.
    links_vi: &'static str,
    /// When links to the register are told, in English.
    links_en: &'static str,
}

const LINKS_VI: &str =
    "Kết quả đối chiếu với danh sách hộ có sau khi công bố, tại href của từng phiếu";
const LINKS_EN: &str = "whether a submission matches a household of the register is told once it is published, at its href";

/// Hands in submissions: an object of column keys and their cells as text, an array of them, or one a line (NDJSON).
///
/// Every one is answered with its verdict and findings at once. When this is answered all of them are on disk; they are
/// published together with others that came meanwhile, within seconds.
#[utoipa::path(
    post, path = "/api/v1/submissions", tag = "rows", params(Params), security(("token" = [])),
    request_body(content(
        (BTreeMap<String, String> = "application/json"),
        (String = "application/x-ndjson"),
    )),
    responses(
        (status = 202, body = SubmittedAll),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "This service takes nothing in"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "More than 16 MiB or 20,000"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit(
    access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let desk = state.desk()?;
    let basis = params.legal_basis.unwrap_or_default();
    params::short("legal_basis", &basis, BASIS_CHARS)?;
    let rows = rows(&body)?;
    let checker = state.checker(desk.profile().await?).await?;
    let sealer = desk.key().sealer().clone();
    let judge = move || -> Result<Vec<(Submitted, NewSubmission)>, ApiError> {
        rows.into_iter().map(|row| judged(row, &basis, &checker, &sealer)).collect()
    };
    let count = body.len() / 200;
    let judged = if count <= AT_ONCE {
        judge()?
    } else {
        tokio::task::spawn_blocking(judge).await.map_err(ApiError::internal)??
    };
    let (submissions, kept): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let told = submissions.len();
    desk.submit(kept, access.change(&state, "submissions", told)).await?;
    tracing::debug!(submissions = told, "submissions kept");
    let body = SubmittedAll { submissions, links_vi: LINKS_VI, links_en: LINKS_EN };
    Ok((StatusCode::ACCEPTED, NOT_KEPT, Json(body)).into_response())
}

type Cells = BTreeMap<String, String>;

/// The submissions of a body.
fn rows(body: &[u8]) -> Result<Vec<Cells>, ApiError> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let rows = if first == Some(&b'[') {
        serde_json::from_slice::<Vec<Cells>>(body).map_err(|e| unread(&e))?
    } else {
        let lines = serde_json::Deserializer::from_slice(body).into_iter::<Cells>();
        // One too many is read, so that too many are seen without reading all.
        lines.take(MOST + 1).collect::<Result<Vec<_>, _>>().map_err(|e| unread(&e))?
    };
    match rows.len() {
        0 => Err(ApiError::bad("Không có phiếu nào", "there is no submission in the body")),
        n if n > MOST => Err(ApiError::Plain(StatusCode::PAYLOAD_TOO_LARGE)),
        _ => Ok(rows),
    }
}

/// The parser's words name a position, never a value.
fn unread(error: &serde_json::Error) -> ApiError {
    let at = format!("{}:{}", error.line(), error.column());
    ApiError::bad(
        format!("Nội dung phải là các đối tượng JSON gồm các ô dạng chữ (lỗi ở {at})"),
        format!("the body must be JSON objects of cells as text (wrong at {at})"),
    )
}

fn judged(
    cells: Cells,
    basis: &str,
    checker: &Checker,
    sealer: &diachiso_pipeline::Sealer,
) -> Result<(Submitted, NewSubmission), ApiError> {
    let mut row: Vec<(SubmissionField, String)> = cells
        .into_iter()
        .map(|(key, cell)| Ok((field(&key)?, cell)))
        .collect::<Result<_, ApiError>>()?;
    let stated =
        |f: SubmissionField| row.iter().any(|(of, cell)| *of == f && !cell.trim().is_empty());
    if !basis.trim().is_empty() && !stated(SubmissionField::LegalBasis) {
        row.retain(|(of, _)| *of != SubmissionField::LegalBasis);
        row.push((SubmissionField::LegalBasis, basis.trim().to_owned()));
    }
    for (of, cell) in &mut row {
        if *of == SubmissionField::Identity {
            // The number itself goes no further.
            *cell = sealer.seal(cell).into_owned();
        }
    }
    let view: Vec<(SubmissionField, &str)> = row.iter().map(|(f, cell)| (*f, &**cell)).collect();
    let found = checker.check_one(&view, false).map_err(super::check::refused)?;
    let id = found.id.to_string();
    let line: BTreeMap<&str, &str> = SubmissionField::ALL
        .iter()
        .map(|f| (f.title(), view.iter().find(|(of, _)| of == f).map_or("", |(_, cell)| *cell)))
        .collect();
    let cells = serde_json::to_string(&line).map_err(ApiError::internal)?;
    let kept = NewSubmission { id: id.as_str().into(), cells: cells.into(), owner: 0 };
    let told = Submitted {
        verdict: found.verdict.as_str(),
        verdict_vi: found.verdict.vi(),
        findings: found.findings.into_iter().map(FindingBody::from).collect(),
        state: "kept",
        href: format!("/api/v1/submissions/{id}"),
        id,
    };
    Ok((told, kept))
}
