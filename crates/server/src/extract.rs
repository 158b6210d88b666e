//! What handlers take out of a request: path, query, and the right to see personal data.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{header, request::Parts},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::{
    AppState,
    error::ApiError,
    token::{MAX_TOKEN_LEN, hash},
};

/// The query of the URL; what cannot be read is a [`ApiError::BadRequest`].
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Query::from_request_parts(parts, state).await.map(|q| Self(q.0)).map_err(
            |refused| {
                let text = refused.body_text();
                ApiError::bad(format!("Tham số không đọc được: {text}"), text)
            },
        )
    }
}

/// Parts of the path; what cannot be read does not exist.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        <axum::extract::Path<T> as FromRequestParts<S>>::from_request_parts(parts, state)
            .await
            .map(|p| Self(p.0))
            .map_err(|refused| ApiError::missing("Không có địa chỉ này", refused.body_text()))
    }
}

/// Proof that the request carried a token that holds: `Authorization: Bearer …`, never the URL.
/// As an `Option` it is `None` without the header; a token that does not hold is refused either way.
pub(crate) struct Token(());

impl FromRequestParts<AppState> for Token {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let text = bearer(parts).ok_or(ApiError::Unauthorized)?;
        if text.len() > MAX_TOKEN_LEN {
            return Err(ApiError::Unauthorized);
        }
        let token = state.service().token(hash(text)).await?;
        token
            .filter(|t| t.holds_at(Timestamp::now()))
            .map(|_| Self(()))
            .ok_or(ApiError::Unauthorized)
    }
}

impl OptionalFromRequestParts<AppState> for Token {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Option<Self>, ApiError> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(None);
        }
        <Self as FromRequestParts<AppState>>::from_request_parts(parts, state).await.map(Some)
    }
}

/// The credentials of a `Bearer` authorization; the scheme's case does not matter (RFC 9110).
fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, text) =
        parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim()).filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Option<&str>) {
        let request = Request::builder().header("authorization", header).body(()).expect("request");
        assert_eq!(bearer(&request.into_parts().0), expected);
    }

    #[test]
    fn only_a_bearer_token_is_looked_at() {
        check("Bearer abc", Some("abc"));
        check("bearer  abc ", Some("abc"));
        check("Basic abc", None);
        check("Bearer ", None);
        check("abc", None);
    }
}
