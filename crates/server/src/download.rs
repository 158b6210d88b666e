//! Answers that are files to be kept.

use axum::http::{HeaderMap, HeaderValue, header};

/// Media type of csv answers.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// Headers of a file to be kept under a name made of ASCII letters, digits, dashes and dots.
pub(crate) fn download(content_type: &'static str, name: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers
}
