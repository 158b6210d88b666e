//! What came of orders: results put on record, decisions about them.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_store::OrderState;
use serde::Serialize;
use utoipa::ToSchema;

use super::submissions::NOT_KEPT;
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Path,
};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/orders/{order}", get(order))
}

/// What came of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderBody {
    /// Its number.
    order: i64,
    /// `waiting`, `done` or `failed`.
    state: &'static str,
    /// The run that carried it out, where it took one.
    run: Option<i64>,
    /// Why it could not be carried out.
    fault: Option<String>,
}

/// What came of an order that was answered with its number. It tells of nobody: neither what was ordered nor by whom.
#[utoipa::path(
    get, path = "/api/v1/orders/{order}", tag = "results", security(("token" = [])),
    params(("order" = i64, Path, description = "Number of the order")),
    responses(
        (status = 200, body = OrderBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn order(
    _access: Access,
    State(state): State<AppState>,
    Path(order): Path<i64>,
) -> Result<Response, ApiError> {
    let found = state.service().order_state(order).await?;
    let found = found.ok_or_else(|| {
        ApiError::missing("Không có lệnh số này", "there is no order of this number")
    })?;
    let (word, run, fault) = match found {
        OrderState::Waiting => ("waiting", None, None),
        OrderState::Done(run) => ("done", run, None),
        OrderState::Failed(fault) => ("failed", None, Some(fault.into())),
    };
    Ok((NOT_KEPT, Json(OrderBody { order, state: word, run, fault })).into_response())
}
