//! Whether the server lives, whether it can answer, and its counters.

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};

use crate::{
    AppState,
    error::{ApiError, Problem},
};

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

/// The process lives; says nothing about the store.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store answers and a run has been published.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "No run yet"),
    )
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<String, ApiError> {
    let run = state.store().latest_run().await?.ok_or(ApiError::NotReady)?;
    Ok(format!("ready, run {}\n", run.number))
}

/// Counters in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    let counted = state.metrics_text();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], counted)
}
