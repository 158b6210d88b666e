//! What routes that take a file have in common: it comes alone or in a form, under a name, and perhaps under a key.

use axum::{
    extract::{FromRequest as _, Multipart, Request},
    http::header,
};

use crate::{AppState, error::ApiError};

/// Longest key by which a repeated request is known.
const MOST_KEY_CHARS: usize = 255;

/// How a file comes.
pub(super) enum Brought {
    /// In a form, beside what is said of it.
    Form(Multipart),
    /// As the body.
    File(Box<Request>),
}

impl Brought {
    /// What a request is by its type.
    pub(super) async fn of(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data")) {
            return Ok(Self::File(Box::new(request)));
        }
        let form = Multipart::from_request(request, state).await;
        let form = form.map_err(|e| ApiError::bad("Biểu mẫu không đọc được", e.body_text()))?;
        Ok(Self::Form(form))
    }
}

/// The name of a file without the folders that some clients send with it.
pub(super) fn bare_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default().trim()
}

/// The key of a request.
pub(super) fn key_of(request: &Request) -> Result<Option<String>, ApiError> {
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.chars().count() > MOST_KEY_CHARS {
        return Err(ApiError::bad(
            "Idempotency-Key phải có từ 1 đến 255 ký tự ASCII",
            "the Idempotency-Key must have 1 to 255 ASCII characters",
        ));
    }
    Ok(Some(key.to_owned()))
}

pub(super) fn cut_off(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::bad("Tệp bị ngắt giữa chừng; hãy gửi lại", format!("the body broke off: {error}"))
}
