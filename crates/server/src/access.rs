//! Who may what, asked once for every request, before any handler: a table of operations and roles, the areas that a
//! caller's grants hold in, and the record of what was told to whom.

mod area_index;
mod caller;
mod export;
mod oidc;
mod scope;
mod table;
mod told;

use std::sync::Arc;

use axum::{
    Extension,
    extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use diachiso_model::{Grant, Role};
use diachiso_store::AuditEntry;
use tokio::sync::OnceCell;

use crate::{AppState, area::Area, error::ApiError};

pub(crate) use area_index::AreaIndex;
use caller::Caller;
pub use export::sweep_exports;
pub(crate) use export::{Export, export_in_use, exports_in_use, sweep_forever};
pub(crate) use oidc::Oidc;
pub use oidc::{ClaimRule, ClaimRuleError, OidcConfig, OidcError};
pub(crate) use scope::{Ground, Scope};
pub use table::roles_table;
pub(crate) use table::{Bound, Operation, operation};
pub(crate) use told::{Rows, Told};

/// Shortest and longest purpose, in characters.
const PURPOSE_CHARS: std::ops::RangeInclusive<usize> = 3..=200;
/// The header that tells for what a file is wanted, percent-encoded UTF-8.
const PURPOSE: &str = "x-purpose";

/// What the table and the caller's grants allow of one operation. Every request that reaches a handler has one.
#[derive(Clone)]
pub(crate) struct Access(Arc<Inner>);

struct Inner {
    operation: &'static Operation,
    who: Box<str>,
    /// The grants whose role counts for the operation.
    grants: Vec<Grant>,
    purpose: Option<Box<str>>,
    /// Id of a file that was handed out before, which is asked for once more.
    again: Option<Box<str>>,
    scope: OnceCell<Scope>,
}

impl Access {
    pub(crate) fn operation(&self) -> &'static Operation {
        self.0.operation
    }

    pub(crate) fn who(&self) -> &str {
        &self.0.who
    }

    pub(crate) fn purpose(&self) -> Option<&str> {
        self.0.purpose.as_deref()
    }

    /// Whether the caller is told more than anybody would be.
    pub(crate) fn entitled(&self) -> bool {
        !self.0.grants.is_empty()
    }

    /// Whether the caller needs names and addresses in full: who goes there, and who decides.
    pub(crate) fn names(&self) -> bool {
        let needs = [Role::Collector, Role::Officer, Role::Reviewer];
        self.0.grants.iter().any(|g| needs.contains(&g.role()))
    }

    /// Whether a grant has a role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.grants.iter().any(|g| g.role() == role)
    }

    /// Whether a grant of the caller has one of these roles.
    pub(crate) fn has_any(&self, roles: &[Role]) -> bool {
        self.0.grants.iter().any(|g| roles.contains(&g.role()))
    }

    /// Where the caller's grants hold.
    pub(crate) async fn scope(&self, state: &AppState) -> Result<&Scope, ApiError> {
        self.0.scope.get_or_try_init(|| Scope::of(state, &self.0.grants)).await
    }

    /// The same where it was resolved before; for code that cannot wait.
    pub(crate) fn resolved(&self) -> Option<&Scope> {
        self.0.scope.get()
    }

    /// What an answer tells: to be returned with it.
    #[expect(clippy::unused_self, reason = "only who was let in tells anything")]
    pub(crate) fn told(&self, area: impl Into<Box<str>>, rows: usize) -> Extension<Told> {
        let told = Told { area: area.into(), rows: Rows::default(), export: None };
        told.rows.add(rows);
        Extension(told)
    }

    /// What the record shall say of a change that the caller asks for, to be kept together with what is changed.
    pub(crate) fn change(&self, state: &AppState, what: &str, rows: usize) -> AuditEntry {
        AuditEntry { area: what.into(), rows: rows as u64, ..self.entry(state, "change") }
    }

    /// An entry about the caller and the operation.
    fn entry(&self, state: &AppState, action: &str) -> AuditEntry {
        AuditEntry {
            who: self.who().into(),
            action: action.into(),
            operation: self.operation().name().into(),
            purpose: self.purpose().unwrap_or_default().into(),
            ..AuditEntry::empty(state.now())
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Access {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let access = parts.extensions.get::<Self>().cloned();
        access.ok_or_else(|| ApiError::internal("a handler stands outside the table of operations"))
    }
}

/// The layer: lets a request in or refuses it, and puts on record what the answer tells.
pub(crate) async fn guard(
    State(state): State<AppState>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let Some(route) = route else { return next.run(request).await };
    let Some(operation) = operation(request.method().as_str(), route.as_str()) else {
        return unlisted(&route, request.method());
    };
    let (mut parts, body) = request.into_parts();
    let access = match admit(&state, operation, &mut parts).await {
        Ok(access) => access,
        Err(error) => return error.into_response(),
    };
    parts.extensions.insert(access.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if !response.status().is_success() {
        return response;
    }
    let told = response.extensions_mut().remove::<Told>();
    let must = !operation.columns.is_empty() && access.entitled();
    match told {
        Some(told) => match told.record(&state, &access, response).await {
            Ok(response) => response,
            Err(error) => error.into_response(),
        },
        None if must => {
            ApiError::internal(format!("{} tells persons without a record", operation.name()))
                .into_response()
        }
        None => response,
    }
}

/// The answer to what the table does not list: another method of a known route, or a route that was forgotten.
fn unlisted(route: &MatchedPath, method: &Method) -> Response {
    if let Some(allow) = table::allowed(route.as_str()) {
        let mut response = ApiError::Plain(StatusCode::METHOD_NOT_ALLOWED).into_response();
        if let Ok(allow) = HeaderValue::try_from(allow) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        return response;
    }
    let route = route.as_str();
    ApiError::internal(format!("{method} {route} is not in the table of operations"))
        .into_response()
}

async fn admit(
    state: &AppState,
    operation: &'static Operation,
    parts: &mut Parts,
) -> Result<Access, ApiError> {
    let counted = operation.counted();
    // Where a token changes nothing it is not looked at.
    let caller = if counted.is_empty() {
        Caller::anybody()
    } else {
        Caller::of(state, &parts.headers).await?
    };
    let Caller { who, mut grants, known } = caller;
    if let Some(gate) = state.gate().filter(|_| known) {
        gate.admit_named(&who, std::time::Instant::now())?;
    }
    grants.retain(|g| counted.contains(&g.role()));
    if !known && !operation.is_public() {
        return Err(ApiError::Unauthorized);
    }
    let (purpose, again) = (purpose(parts)?, again(parts));
    let scope = OnceCell::new();
    let access = Access(Arc::new(Inner { operation, who, grants, purpose, again, scope }));
    if operation.is_public() {
        return Ok(access);
    }
    let refusal = if access.entitled() {
        outside(state, &access, parts).await?
    } else {
        Some(ApiError::forbidden_role(counted))
    };
    let Some(refusal) = refusal else { return Ok(access) };
    let area = area(parts).await.unwrap_or_default();
    let entry = AuditEntry { area, ..access.entry(state, "refused") };
    state.service().append(entry).await?;
    Err(refusal)
}

/// Why the caller's areas do not hold what the operation is about, if they do not.
async fn outside(
    state: &AppState,
    access: &Access,
    parts: &mut Parts,
) -> Result<Option<ApiError>, ApiError> {
    let holds = match access.operation().bound {
        Bound::Nothing | Bound::Records => true,
        Bound::Everywhere => access.scope(state).await?.everywhere(),
        Bound::Area => {
            let scope = access.scope(state).await?;
            scope.everywhere()
                || match Area::of(state, &area(parts).await.unwrap_or_default()).await {
                    Ok(area) => scope.villages(&area.villages),
                    // Of what never was there is nothing to hide; the handler says so.
                    Err(error) if error.status().is_client_error() => true,
                    Err(error) => return Err(error),
                }
        }
    };
    Ok((!holds).then(ApiError::forbidden_area))
}

/// The unit that the path names, as it is written there.
async fn area(parts: &mut Parts) -> Option<Box<str>> {
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    params.iter().find(|(name, _)| *name == "area").map(|(_, value)| value.into())
}

/// For what the answer is wanted, by header or parameter.
fn purpose(parts: &Parts) -> Result<Option<Box<str>>, ApiError> {
    let header = parts.headers.get(PURPOSE).map(|value| percent_decoded(value.as_bytes()));
    let text = match header {
        Some(text) => text,
        None => query_purpose(parts),
    };
    let Some(text) = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    if !PURPOSE_CHARS.contains(&text.chars().count()) || text.contains(char::is_control) {
        return Err(ApiError::bad(
            "Mục đích dài từ 3 đến 200 ký tự, trên một dòng",
            "a purpose has 3 to 200 characters on one line",
        ));
    }
    Ok(Some(text.into()))
}

fn query_purpose(parts: &Parts) -> Option<String> {
    percent_decoded(parameter(parts, "purpose")?.replace('+', " ").as_bytes())
}

/// The file that is asked for once more, by its id; ids need no encoding.
fn again(parts: &Parts) -> Option<Box<str>> {
    parameter(parts, "export").filter(|id| !id.is_empty()).map(Into::into)
}

/// A parameter as it stands in the address.
fn parameter<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let mut pairs = parts.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(of, _)| *of == name).map(|(_, value)| value)
}

/// Percent-encoded UTF-8 as text; `None` where it is none.
fn percent_decoded(bytes: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%').and_then(|h| {
            let digits = std::str::from_utf8(h).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        if let Some(byte) = hex {
            out.push(byte);
            rest = &tail[2..];
        } else {
            out.push(first);
            rest = tail;
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_read_in_vietnamese_from_header_or_parameter() {
        let parts = |uri: &str, header: Option<&str>| {
            let mut request = axum::http::Request::get(uri);
            if let Some(text) = header {
                request = request.header(PURPOSE, text);
            }
            request.body(()).expect("a request").into_parts().0
        };
        let read = |uri, header| purpose(&parts(uri, header)).map(|p| p.map(String::from));
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(
            read("/x", Some("%C4%91i t%E1%BB%ABng nh%C3%A0")).ok(),
            Some(told("đi từng nhà"))
        );
        assert_eq!(read("/x?a=1&purpose=%C4%91i+t%E1%BB%ABng", None).ok(), Some(told("đi từng")));
        assert_eq!(read("/x", None).ok(), Some(None));
        assert_eq!(read("/x?purpose=", None).ok(), Some(None));
        assert!(read("/x?purpose=ab", None).is_err());
        assert!(read("/x?purpose=a%0Ab%0Ac", None).is_err());
        assert_eq!(read("/x?purpose=%ff%fe%fd", None).ok(), Some(None), "no UTF-8 is no purpose");
        assert_eq!(read("/x?purpose=100%25x", None).ok(), Some(told("100%x")));
    }
}
