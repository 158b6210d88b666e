//! What is ordered of batches: that they be taken out again, let pass or thrown away.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use diachiso_runs::{Acceptance, Desk};
use diachiso_store::AuditEntry;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    batches::{BatchBody, MOST_CHARS, read},
    submissions::NOT_KEPT,
};
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Path,
    params,
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/batches/{id}/withdraw", post(withdraw))
        .route("/api/v1/batches/{id}/publish", post(publish))
        .route("/api/v1/batches/{id}/discard", post(discard))
}

/// Who answers for what is ordered, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signed {
    /// Who decides; whose token it is stands beside the name.
    #[schema(pattern = r"\S", max_length = 300)]
    by: String,
    /// Why.
    #[schema(pattern = r"\S", max_length = 300)]
    why: String,
}

impl Signed {
    /// The acceptance in the words of a body.
    pub(crate) fn read(body: &[u8], access: &Access) -> Result<Acceptance, ApiError> {
        let signed: Self = serde_json::from_slice(body).map_err(|e| {
            let at = format!("{}:{}", e.line(), e.column());
            ApiError::bad(
                format!("Cần một đối tượng JSON {{\"by\": …, \"why\": …}} (lỗi ở {at})"),
                format!("a JSON object {{\"by\": …, \"why\": …}} is needed (wrong at {at})"),
            )
        })?;
        params::short("by", &signed.by, MOST_CHARS)?;
        params::short("why", &signed.why, MOST_CHARS)?;
        let (by, why) = (signed.by.trim(), signed.why.trim());
        if by.is_empty() || why.is_empty() {
            return Err(ApiError::bad(
                "Thiếu tên người quyết định hoặc lý do",
                "it is not said who decides, or why",
            ));
        }
        Ok(Acceptance { by: format!("{by} · {}", access.who()), why: why.to_owned() })
    }
}

/// What is ordered of a batch, for the record.
fn order(state: &AppState, access: &Access, id: i64) -> AuditEntry {
    access.change(state, &format!("batch {id}"), 1)
}

/// What was ordered; the batch tells when it is done.
async fn ordered((desk, access): (&Desk, &Access), id: i64) -> Result<Response, ApiError> {
    let told = access.told(format!("batch {id}"), 0);
    Ok((StatusCode::ACCEPTED, told, NOT_KEPT, Json(read(desk, id).await?)).into_response())
}

/// Orders that a published batch be taken out again, by a run that undoes it.
#[utoipa::path(
    post, path = "/api/v1/batches/{id}/withdraw", tag = "batches", security(("token" = [])),
    params(("id" = i64, Path, description = "Number of the batch")), request_body = Signed,
    responses(
        (status = 202, body = BatchBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is not published"),
    )
)]
pub(crate) async fn withdraw(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (desk, by) = (state.desk()?, Signed::read(&body, &access)?);
    desk.withdraw(id, &by, &order(&state, &access, id)).await?;
    ordered((desk, &access), id).await
}

/// Orders that a held batch be published.
#[utoipa::path(
    post, path = "/api/v1/batches/{id}/publish", tag = "batches", security(("token" = [])),
    params(("id" = i64, Path, description = "Number of the batch")), request_body = Signed,
    responses(
        (status = 202, body = BatchBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is not held"),
    )
)]
pub(crate) async fn publish(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (desk, by) = (state.desk()?, Signed::read(&body, &access)?);
    desk.publish(id, &by, &order(&state, &access, id)).await?;
    ordered((desk, &access), id).await
}

/// Orders that a held batch be thrown away; who did so and why stays on record.
#[utoipa::path(
    post, path = "/api/v1/batches/{id}/discard", tag = "batches", security(("token" = [])),
    params(("id" = i64, Path, description = "Number of the batch")), request_body = Signed,
    responses(
        (status = 202, body = BatchBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is not held"),
    )
)]
pub(crate) async fn discard(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (desk, by) = (state.desk()?, Signed::read(&body, &access)?);
    desk.discard(id, &by, &order(&state, &access, id)).await?;
    ordered((desk, &access), id).await
}
