//! Why: the bits of a match, of a repeat, and what speaks of a household. Ids and rows of files: needs a token.

use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::submissions::NOT_KEPT;
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    explain::{ExplainError, Explanation, Named, find, gone},
    extract::Query,
    params,
};

/// Longest name of a thing, in characters: that of a file and a row.
const MAX_NAME_CHARS: usize = 300;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/explain", get(explain))
}

/// What is to be explained.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Id of a submission or household, or `FILE:ROW` such as `phieu.csv:17`.
    a: String,
    /// Another one, to be told how the two stand to each other.
    b: Option<String>,
    /// `json` (default) or `svg`: the weights as a figure, where two things were weighed.
    #[param(pattern = "^(json|svg)$")]
    format: Option<String>,
}

impl From<ExplainError> for ApiError {
    fn from(error: ExplainError) -> Self {
        let vi = match &error {
            ExplainError::TwoHouseholds => "Hai dòng của danh sách là hai hộ",
            ExplainError::Skipped { .. } => "Dòng này không phải phiếu (F03)",
            _ => "Không có phiếu, hộ hay dòng này",
        };
        match error {
            ExplainError::TwoHouseholds => Self::bad(vi, error.to_string()),
            error => Self::missing(vi, error.to_string()),
        }
    }
}

/// The answer about a name that nothing bears: it may have been published once.
async fn unknown(state: &AppState, error: ExplainError) -> ApiError {
    if let ExplainError::NoFile { file, .. } = &error {
        return match state.store().sources().await {
            Ok(sources) if sources.iter().any(|source| *source.name == **file) => ApiError::Gone {
                vi: format!("Tệp `{file}` đã được rút"),
                en: format!("the file `{file}` was withdrawn"),
                successor: None,
            },
            Ok(_) => error.into(),
            Err(error) => error.into(),
        };
    }
    match gone(state.store(), &error).await {
        Ok(Some(gone)) => ApiError::gone(&gone),
        Ok(None) => error.into(),
        Err(error) => error.into(),
    }
}

/// Why nothing is explained.
enum Stop {
    /// It lies outside the caller's areas.
    Outside,
    /// It cannot be.
    Unknown(ExplainError),
}

impl From<ExplainError> for Stop {
    fn from(error: ExplainError) -> Self {
        Self::Unknown(error)
    }
}

/// Why a household is covered or is not, what a submission was compared with, or how two things stand to each other.
///
/// The state is made again from the files that the store keeps, once a run: the first answer takes as long as a run.
#[utoipa::path(
    get, path = "/api/v1/explain", tag = "rows", security(("token" = [])), params(Params),
    responses(
        (status = 200, body = Explanation, description = "The explanation; with `format=svg` a figure of the weights"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "There was such a submission, household or file; `successor` says where it belongs now"),
    )
)]
pub(crate) async fn explain(
    access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<Response, ApiError> {
    let figure =
        params::word("format", params.format.as_deref(), &[("json", false), ("svg", true)])?;
    for (name, text) in [("a", Some(&params.a)), ("b", params.b.as_ref())] {
        params::short(name, text.map_or("", String::as_str), MAX_NAME_CHARS)?;
    }
    let explained = state.explained().await?;
    // The scope is resolved here, and asked where the thing named is found.
    access.scope(&state).await?;
    let (allowed, asked) = (access.clone(), params.a.clone());
    let work = move || -> Result<Explanation, Stop> {
        let (published, reference) = &*explained;
        let named = |text: &String| -> Result<Named, Stop> {
            let named = find(published, text)?;
            let seen = allowed.resolved().is_some_and(|s| s.named(published, reference, named));
            if seen { Ok(named) } else { Err(Stop::Outside) }
        };
        let (a, b) = (named(&params.a)?, params.b.as_ref().map(named).transpose()?);
        Ok(Explanation::of(published, reference, a, b)?)
    };
    let told = match tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)? {
        Ok(told) => told,
        Err(Stop::Outside) => return Err(ApiError::forbidden_area()),
        Err(Stop::Unknown(error)) => return Err(unknown(&state, error).await),
    };
    let recorded = access.told(asked, 1);
    if !figure {
        return Ok((recorded, NOT_KEPT, Json(told)).into_response());
    }
    let svg = told.figure().ok_or_else(|| {
        ApiError::bad(
            "Không có trọng số để vẽ: hãy nêu một phiếu và một hộ, hoặc hai phiếu đã so với nhau",
            "there are no weights to draw: name a submission and a household, or two submissions that were weighed",
        )
    })?;
    Ok((recorded, NOT_KEPT, [(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}
