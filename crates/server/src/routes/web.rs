//! The page, embedded in the binary.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{AppState, error::ApiError, extract::Path};

/// What the page may do: its own scripts, styles and requests; `MapLibre`'s worker, which is a file of ours;
/// icons inside style sheets. Nothing from elsewhere, nothing inline, no frames.
pub(crate) const PAGE_POLICY: &str = "default-src 'self'; style-src 'self'; img-src 'self' data:; \
    worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/", get(index))
        .route("/desk", get(desk))
        .route("/assets/{*path}", get(file))
}

async fn index() -> Result<Response, ApiError> {
    asset("index.html")
}

async fn desk() -> Result<Response, ApiError> {
    asset("desk.html")
}

async fn file(Path(path): Path<String>) -> Result<Response, ApiError> {
    asset(&format!("assets/{path}"))
}

fn asset(path: &str) -> Result<Response, ApiError> {
    let asset = diachiso_web::asset(path).ok_or_else(|| {
        ApiError::missing(format!("Không có tệp {path}"), format!("there is no file {path}"))
    })?;
    let kept = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok((page_headers(asset.content_type, kept), asset.bytes).into_response())
}

/// Headers of a page or of a part of one.
pub(crate) fn page_headers(
    content_type: &'static str,
    kept: &'static str,
) -> [(HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY)),
    ]
}
