//! Every refusal and failure that the API answers with.

use std::error::Error;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use diachiso_model::Role;
use diachiso_store::{Gone, ServiceError, Store, StoreError, Thing};
use serde::Serialize;
use utoipa::ToSchema;

/// Media type of [`Problem`] (RFC 9457).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Seconds after which it is worth asking again what could not be answered now: a database starts again in so many.
const RETRY_AFTER_S: u16 = 5;

/// Why a request was not answered; owns status and shape of the answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request cannot be understood.
    #[error("{en}")]
    BadRequest {
        /// What is wrong, in Vietnamese.
        vi: String,
        /// The same in English.
        en: String,
    },
    /// There is no such thing.
    #[error("{en}")]
    NotFound {
        /// What was not found, in Vietnamese.
        vi: String,
        /// The same in English.
        en: String,
    },
    /// There was such a thing, and it is no more.
    #[error("{en}")]
    Gone {
        /// What became of it, in Vietnamese.
        vi: String,
        /// The same in English.
        en: String,
        /// The place that it belongs to now.
        successor: Option<String>,
    },
    /// The thing is not in a state in which this can be done.
    #[error("{en}")]
    Conflict {
        /// Why, in Vietnamese.
        vi: String,
        /// The same in English.
        en: String,
    },
    /// What was sent can be understood and not be used.
    #[error("{en}")]
    Unprocessable {
        /// What is wrong, in Vietnamese.
        vi: String,
        /// The same in English.
        en: String,
    },
    /// No token, or one that does not hold.
    #[error("a valid token is needed")]
    Unauthorized,
    /// The caller is known, and may not.
    #[error("{en}")]
    Forbidden {
        /// What is missing, in Vietnamese.
        vi: String,
        /// The same in English.
        en: String,
    },
    /// Who is who cannot be told: the provider does not answer.
    #[error("the OpenID Connect provider does not answer")]
    Provider,
    /// One caller asks too often.
    #[error("too many requests; the next in {retry_after_s} s")]
    TooMany {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// The disk of the server has no room.
    #[error("the disk is full: {0}")]
    Full(String),
    /// All together ask too much.
    #[error("too many requests are under way")]
    Overloaded,
    /// Nothing has been published yet.
    #[error("no run has been published")]
    NotReady,
    /// The answer took too long.
    #[error("the request took longer than {0} s")]
    Timeout(u64),
    /// Another status, from a layer that knows no more.
    #[error("{0}")]
    Plain(StatusCode),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the service remembers could not be read or written.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// An answer could not be written down.
    #[error(transparent)]
    Write(#[from] diachiso_source::WriteError),
    /// Something of ours failed.
    #[error("{0}")]
    Internal(Box<dyn Error + Send + Sync>),
}

/// What a client reads of an error: RFC 9457, with the detail in Vietnamese and in English.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Kind of problem, a URI reference into the documentation.
    #[schema(example = "/docs#not-found")]
    pub r#type: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened, in Vietnamese.
    pub detail: String,
    /// What happened, in English.
    pub detail_en: String,
    /// Of a thing that is no more (410): the place, at `/api/v1/places/{id}`, to which it belongs now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

impl ApiError {
    /// A request that cannot be understood.
    pub(crate) fn bad(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::BadRequest { vi: vi.into(), en: en.into() }
    }

    /// A thing that does not exist.
    pub(crate) fn missing(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::NotFound { vi: vi.into(), en: en.into() }
    }

    /// A thing that is no more.
    pub(crate) fn gone(gone: &Gone) -> Self {
        let (run, day) = (gone.run, gone.at.get(..10).unwrap_or_default());
        Self::Gone {
            vi: format!("Không còn trong dữ liệu công bố từ lượt chạy {run} ({day})"),
            en: format!("published no more since run {run} ({day})"),
            successor: gone.successor.map(|id| id.to_string()),
        }
    }

    /// What became of a thing that was published once; else it never was, says `missing`.
    pub(crate) async fn gone_or(
        store: &dyn Store,
        thing: Thing,
        id: &str,
        missing: impl FnOnce() -> Self,
    ) -> Self {
        match store.gone(thing, id).await {
            Ok(Some(gone)) => Self::gone(&gone),
            Ok(None) => missing(),
            Err(error) => error.into(),
        }
    }

    /// None of the caller's grants has a role that the operation needs.
    pub(crate) fn forbidden_role(needed: &[Role]) -> Self {
        let vi: Vec<&str> = needed.iter().map(|r| r.vi()).collect();
        let en: Vec<&str> = needed.iter().map(|r| r.as_str()).collect();
        Self::Forbidden {
            vi: format!("Mã truy cập không có vai trò cần thiết: {}", vi.join(", ")),
            en: format!("the token grants none of the roles needed: {}", en.join(", ")),
        }
    }

    /// What is asked for lies outside the areas, or the team, of the caller's grants.
    pub(crate) fn forbidden_area() -> Self {
        Self::Forbidden {
            vi: "Nằm ngoài địa bàn hoặc tổ của mã truy cập".into(),
            en: "outside the areas or the team of the token".into(),
        }
    }

    /// A thing that is not in a state in which this can be done.
    pub(crate) fn conflict(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Conflict { vi: vi.into(), en: en.into() }
    }

    /// A thing sent that cannot be used.
    pub(crate) fn unprocessable(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Unprocessable { vi: vi.into(), en: en.into() }
    }

    /// A failure of ours; the client reads a summary, the log the cause.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The status that the error answers with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest { .. } => StatusCode::BAD_REQUEST,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Gone { .. } => StatusCode::GONE,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Unprocessable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotReady
            | Self::Provider
            | Self::Overloaded
            | Self::Timeout(_)
            | Self::Full(_)
            | Self::Service(_)
            | Self::Store(
                StoreError::Busy { .. }
                | StoreError::Unreachable { .. }
                | StoreError::Tls { .. }
                | StoreError::Full { .. },
            ) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Plain(status) => *status,
            Self::Store(_) | Self::Write(_) | Self::Internal(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    fn is_full(&self) -> bool {
        match self {
            Self::Full(_) | Self::Store(StoreError::Full { .. }) => true,
            Self::Service(error) => error.is_full(),
            _ => false,
        }
    }

    /// Detail in Vietnamese and English. Failures of ours say no more than that they are ours.
    fn detail(&self) -> (String, String) {
        match self {
            Self::BadRequest { vi, en }
            | Self::NotFound { vi, en }
            | Self::Gone { vi, en, .. }
            | Self::Forbidden { vi, en }
            | Self::Conflict { vi, en }
            | Self::Unprocessable { vi, en } => (vi.clone(), en.clone()),
            Self::Unauthorized => (
                "Cần mã truy cập còn hiệu lực: Authorization: Bearer …".into(),
                "a valid token is needed: Authorization: Bearer …".into(),
            ),
            Self::TooMany { retry_after_s } => (
                format!("Quá nhiều yêu cầu; hãy thử lại sau {retry_after_s} giây"),
                format!("too many requests; try again in {retry_after_s} s"),
            ),
            Self::Overloaded => (
                "Máy chủ đang bận; hãy thử lại sau".into(),
                "the server is busy; try again later".into(),
            ),
            error if error.is_full() => (
                "Máy chủ hết chỗ trên đĩa: yêu cầu này chưa được nhận, dữ liệu đã nhận còn nguyên; hãy báo người quản trị và gửi lại sau".into(),
                "the server's disk is full: this request was not taken in, what was taken in before is whole; tell the administrator and send it again later".into(),
            ),
            Self::Provider => (
                "Nhà cung cấp đăng nhập không trả lời; hãy thử lại sau".into(),
                "the OpenID Connect provider does not answer; try again later".into(),
            ),
            Self::NotReady => (
                "Chưa có dữ liệu nào được công bố; hãy chạy `diachiso run`".into(),
                "nothing has been published yet; run `diachiso run`".into(),
            ),
            Self::Timeout(limit_s) => (
                format!("Quá thời gian trả lời {limit_s} giây; hãy thử lại"),
                format!("the answer took longer than {limit_s} s; try again"),
            ),
            Self::Plain(status) => {
                let reason = status.canonical_reason().unwrap_or("error").to_lowercase();
                (format!("Yêu cầu không thực hiện được ({status})"), reason)
            }
            Self::Store(
                StoreError::Busy { .. } | StoreError::Unreachable { .. } | StoreError::Tls { .. },
            ) => (
                "Kho dữ liệu tạm thời không trả lời; hãy thử lại sau ít giây".into(),
                "the store does not answer for the moment; try again in a few seconds".into(),
            ),
            Self::Full(_)
            | Self::Store(_)
            | Self::Service(_)
            | Self::Write(_)
            | Self::Internal(_) => (
                "Lỗi của máy chủ; nguyên nhân được ghi trong nhật ký".into(),
                "the server failed; the cause is in its log".into(),
            ),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error()
            && !matches!(self, Self::NotReady | Self::Overloaded | Self::Plain(_))
        {
            tracing::error!(
                error = &self as &dyn Error,
                http.status = status.as_u16(),
                "request failed"
            );
        }
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        let (detail, detail_en) = self.detail();
        let mut retry_after_s = u32::from(RETRY_AFTER_S);
        if let Self::TooMany { retry_after_s: told } = &self {
            retry_after_s = *told;
        }
        let successor = match self {
            Self::Gone { successor, .. } => successor,
            _ => None,
        };
        let problem = Problem {
            r#type: format!("/docs#{}", title.to_lowercase().replace(' ', "-")),
            title,
            status: status.as_u16(),
            detail,
            detail_en,
            successor,
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"diachiso\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_ours_keeps_its_cause_to_itself() {
        let error = ApiError::internal("disk /secret/path is full");
        let (vi, en) = error.detail();
        assert!(!vi.contains("secret") && !en.contains("secret"));
        assert_eq!(error.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn a_missing_token_is_challenged() {
        let response = ApiError::Unauthorized.into_response();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer realm=\"diachiso\"");
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
    }
}
