//! The description of the API, for programs and, rendered by a script of our own, for people.

use axum::{Json, Router, response::IntoResponse, routing::get};

use super::web::page_headers;
use crate::{AppState, openapi::openapi};

const PAGE: &str = include_str!("docs/docs.html");
const SCRIPT: &str = include_str!("docs/docs.js");
const STYLE: &str = include_str!("docs/docs.css");

pub(crate) fn router() -> Router<AppState> {
    let part = |content_type, text: &'static str| {
        get(async move || (page_headers(content_type, "no-cache"), text))
    };
    Router::new()
        .route("/openapi.json", get(description))
        .route("/docs", part("text/html; charset=utf-8", PAGE))
        .route("/docs/docs.js", part("text/javascript; charset=utf-8", SCRIPT))
        .route("/docs/docs.css", part("text/css; charset=utf-8", STYLE))
}

async fn description() -> impl IntoResponse {
    Json(openapi())
}
