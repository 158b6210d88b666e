//! Erasing what is kept of a household, for whom it concerns. Nobody is named in an address, nor in an answer.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use diachiso_runs::{Acceptance, Errand};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{batches::MOST_CHARS, submissions::NOT_KEPT};
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    explain::whom_named,
    params,
};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/erasures", post(erase))
}

/// Whom somebody wants to be erased, who answers for it and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErasureAsked {
    /// Id of a household in a register (its line, all its submissions and its lines in other registers that they are matched
    /// to), or a submission by its id or as `FILE:ROW` (all of
    /// its household; the line stays).
    #[schema(pattern = r"\S", max_length = 300)]
    whom: String,
    /// Number of the data subject's request, which is noted as done.
    request: Option<i64>,
    /// Who decides; whose token it is stands beside the name.
    #[schema(pattern = r"\S", max_length = 300)]
    by: String,
    /// Why.
    #[schema(pattern = r"\S", max_length = 300)]
    why: String,
}

/// What was erased, in counts.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErasureBody {
    /// Submissions that say nothing any more; those that were erased before are not counted again.
    submissions: u64,
    /// Lines of registers.
    lines: u64,
    /// Rows that went out of batches that are held.
    held: u64,
    /// Lines that may be of the household and were not erased, since nothing tells it for sure: the source and the id of each,
    /// or the file and the number of the row. Somebody has to look, and ask for each by its id.
    left: Vec<String>,
    /// Number of the run that published the state without them; its figures are those of the run before.
    run: i64,
}

impl ErasureAsked {
    fn read(body: &[u8], access: &Access) -> Result<(Self, Acceptance), ApiError> {
        let asked: Self = serde_json::from_slice(body).map_err(|e| {
            let at = format!("{}:{}", e.line(), e.column());
            ApiError::bad(
                format!(
                    "Cần một đối tượng JSON {{\"whom\": …, \"by\": …, \"why\": …}} (lỗi ở {at})"
                ),
                format!(
                    "a JSON object {{\"whom\": …, \"by\": …, \"why\": …}} is needed (wrong at {at})"
                ),
            )
        })?;
        for (name, text) in [("whom", &asked.whom), ("by", &asked.by), ("why", &asked.why)] {
            params::short(name, text, MOST_CHARS)?;
            if text.trim().is_empty() {
                return Err(ApiError::bad(
                    format!("Thiếu `{name}`"),
                    format!("it is not said: `{name}`"),
                ));
            }
        }
        let by = format!("{} · {}", asked.by.trim(), access.who());
        let why = asked.why.trim().to_owned();
        Ok((asked, Acceptance { by, why }))
    }
}

/// Erases what is kept of a household, and leaves every figure as it was.
///
/// What waits is published or held first, so that nobody who is erased comes back; then names, addresses, phones, codes,
/// positions and notes go out of what is published, of the rows as they came, and of batches that are held. The answer comes
/// when it is done, which takes as long as a run over everything; who does not wait for it has it done all the same. Asked once
/// more, it finishes what was broken off.
#[utoipa::path(
    post, path = "/api/v1/erasures", tag = "subjects", security(("token" = [])), request_body = ErasureAsked,
    responses(
        (status = 200, body = ErasureBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "Nobody is there who is meant, or this service takes nothing in"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "A figure would change, or the request is no open one to erase: nothing was erased"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Other work comes first"),
    )
)]
pub(crate) async fn erase(
    access: Access,
    State(state): State<AppState>,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    let desk = state.desk_shared()?;
    let (asked, by) = ErasureAsked::read(&bytes, &access)?;
    let own = access.clone();
    // A task of its own: whoever goes away has it done all the same.
    let work = tokio::spawn(async move {
        let seek = |published: &diachiso_model::Published| whom_named(published, &asked.whom);
        let operation = own.operation().name();
        let errand =
            Errand { who: own.who(), operation: &operation, occasion: "", request: asked.request };
        desk.erase(&seek, errand, &by).await
    });
    let erased = work.await.map_err(ApiError::internal)??;
    tracing::info!(
        rows.erased = erased.submissions + erased.lines + erased.held,
        run.number = erased.run,
        "erased"
    );
    let body = ErasureBody {
        submissions: erased.submissions as u64,
        lines: erased.lines as u64,
        held: erased.held as u64,
        left: erased.left,
        run: erased.run,
    };
    Ok((NOT_KEPT, Json(body)).into_response())
}
