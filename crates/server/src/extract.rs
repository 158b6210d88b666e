//! What handlers take out of a request: path and query.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

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
