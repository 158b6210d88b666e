//! Who asks: nobody in particular, or whom a token names.

use axum::http::{HeaderMap, header};
use diachiso_model::Grant;

use super::oidc::MAX_JWT_LEN;
use crate::{
    AppState,
    error::ApiError,
    token::{MAX_TOKEN_LEN, hash},
};

/// Somebody with the grants that hold today; anybody has none.
pub(crate) struct Caller {
    /// Name in the audit log: `token:7`, `oidc:SUBJECT`, `public`.
    pub(crate) who: Box<str>,
    /// Grants that hold today.
    pub(crate) grants: Vec<Grant>,
    /// Whether the request named somebody.
    pub(crate) known: bool,
}

impl Caller {
    /// Anybody.
    pub(crate) fn anybody() -> Self {
        Self { who: "public".into(), grants: Vec::new(), known: false }
    }

    /// Whom the request names: `Authorization: Bearer …`, never the URL. Without the header it is anybody.
    ///
    /// # Errors
    /// [`ApiError::Unauthorized`] where the header is there and what it says does not hold.
    pub(crate) async fn of(state: &AppState, headers: &HeaderMap) -> Result<Self, ApiError> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self::anybody());
        }
        let text = bearer(headers).ok_or(ApiError::Unauthorized)?;
        // Tokens of a provider are three parts with dots between; ours have none.
        if let Some(oidc) = state.oidc().filter(|_| text.contains('.')) {
            if text.len() > MAX_JWT_LEN {
                return Err(ApiError::Unauthorized);
            }
            let person = oidc.person(text).await?;
            return Ok(Self::named(format!("oidc:{}", person.subject), person.grants));
        }
        if text.len() > MAX_TOKEN_LEN {
            return Err(ApiError::Unauthorized);
        }
        let token = state.service().token(hash(text)).await?;
        let token = token.filter(|t| t.holds_at(state.now())).ok_or(ApiError::Unauthorized)?;
        Ok(Self::named(format!("token:{}", token.id), token.grants))
    }

    fn named(who: String, mut grants: Vec<Grant>) -> Self {
        let today = crate::checker::today();
        grants.retain(|g| g.holds_on(today));
        Self { who: who.into(), grants, known: true }
    }
}

/// The credentials of a `Bearer` authorization; the scheme's case does not matter (RFC 9110).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, text) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim()).filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(header: &'static str, expected: Option<&str>) {
        let headers =
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(header))]);
        assert_eq!(bearer(&headers), expected);
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
