//! A file that was handed out, by the id that it carries.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::submissions::NOT_KEPT;
use crate::{
    AppState,
    access::{Access, export_in_use},
    error::{ApiError, Problem},
    extract::Path,
};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/exports/{id}", get(export))
}

/// A file that was handed out and may still be used.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportBody {
    /// Its id, as the file says it.
    id: String,
    /// When it was made.
    made_at: String,
    /// From when on it shall be used no more.
    ends_at: String,
    /// By which operation.
    operation: String,
    /// Of which area, or which file.
    area: String,
    /// `csv`, `xlsx` or `geojson`.
    format: String,
    /// Whether the caller was handed it: then it can be fetched once more with `export=ID`.
    own: bool,
}

/// Whether a file that was handed out may still be used.
///
/// Whoever holds a list, on paper even, sees by the id on it whether it has ended. For what it was asked is told in the access
/// log alone.
#[utoipa::path(
    get, path = "/api/v1/exports/{id}", tag = "gaps", security(("token" = [])),
    params(("id" = String, Path, description = "The id that the file carries", example = "b0uK2hJx1dWmA9aQ")),
    responses(
        (status = 200, body = ExportBody),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such export"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "It has ended: the file is to be destroyed"),
    )
)]
pub(crate) async fn export(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let record = export_in_use(&state, &id).await?;
    let body = ExportBody {
        id: record.id.into(),
        made_at: record.made_at.to_string(),
        ends_at: record.expires_at.to_string(),
        operation: record.operation.into(),
        area: record.area.into(),
        format: record.format.into(),
        own: *record.who == *access.who(),
    };
    Ok((NOT_KEPT, Json(body)).into_response())
}
