//! The router and what holds for every answer: limits, headers, problems in one shape, counting.

use std::time::{Duration, Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    limit::RequestBodyLimitLayer,
    trace::TraceLayer,
};

use crate::{
    AppState, access,
    error::{ApiError, PROBLEM_JSON},
    kept, limits, routes,
};

/// Longest request body, but for files to check ([`routes::check::MAX_FILE_BYTES`]) and batches of addresses, which are
/// answered while they come: one submission is 2 KiB, the other
/// routes read none.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// Longest wait for the head of an answer, in seconds. A list that streams may take longer.
const TIMEOUT_S: u64 = 30;

/// Routes whose bodies are files: they take as long as their pieces go on coming ([`crate::listen`]).
const UPLOADS: [&str; 4] =
    ["/api/v1/batches", "/api/v1/check", "/api/v1/check/columns", "/api/v1/geocode/batch"];

/// Headers that every answer carries unless its route said otherwise. Answers are data: nothing in them
/// may run, be framed, or be taken for another type. The page has a policy of its own.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// The whole API and the pages over one state.
pub fn app(state: AppState) -> Router {
    let packed = NotForContentType::const_new(routes::gaps::XLSX);
    let tagged = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        !kept::has_strong_tag(headers)
    };
    let packable = DefaultPredicate::new().and(packed).and(tagged);
    Router::new()
        .merge(routes::router().layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES)))
        .merge(routes::batches::file_router())
        .merge(routes::check::file_router())
        .merge(routes::hand_in::router())
        .merge(routes::results::file_router())
        .merge(routes::geocode::batch_router())
        .fallback(async || ApiError::missing("Không có địa chỉ này", "there is no such address"))
        .layer(from_fn_with_state(state.clone(), access::guard))
        .layer(CompressionLayer::new().compress_when(packable))
        .layer(from_fn_with_state(state.clone(), limits::limit))
        .layer(from_fn(in_time))
        .layer(from_fn(one_shape))
        .layer(from_fn_with_state(state.clone(), count))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(state)
}

/// What the log tells of a request: method and route. Never the URL, in which people write addresses, and no header.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    tracing::debug_span!("request", http.method = %request.method(), http.route = route)
}

async fn in_time(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    // A large file may take its time to come, as long as it goes on coming.
    if route.is_some_and(|route| UPLOADS.contains(&route.as_str())) {
        return next.run(request).await;
    }
    tokio::time::timeout(Duration::from_secs(TIMEOUT_S), next.run(request))
        .await
        .unwrap_or_else(|_| ApiError::Timeout(TIMEOUT_S).into_response())
}

/// Gives the standing headers, and turns refusals of layers that know nothing of problems (wrong method,
/// body too long) into one, keeping their headers.
async fn one_shape(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    let shaped = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t.as_bytes().starts_with(PROBLEM_JSON.as_bytes()));
    if (status.is_client_error() || status.is_server_error()) && !shaped {
        let mut problem = ApiError::Plain(status).into_response();
        if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
            problem.headers_mut().insert(header::ALLOW, allow);
        }
        response = problem;
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn count(
    State(state): State<AppState>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    state.metrics().request(route, response.status().as_u16(), started.elapsed());
    response
}
