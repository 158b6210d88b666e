//! A batch as it goes on, told while it does.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use diachiso_store::BatchState;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use super::{batches::read, submissions::NOT_KEPT};
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Path,
};

/// How often somebody who follows a batch is told of a change.
const TELL_EVERY: Duration = Duration::from_millis(250);

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/batches/{id}/events", get(events))
}

/// What an event carries.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the events, which are written field by field")]
pub(crate) struct BatchEvent {
    /// The state.
    event: String,
    /// The batch as JSON.
    data: String,
}

/// Changes of a batch as they happen, as server-sent events.
///
/// Each event is named by the state and carries the batch as JSON. The stream ends when the batch rests.
#[utoipa::path(
    get, path = "/api/v1/batches/{id}/events", tag = "batches", security(("token" = [])),
    params(("id" = i64, Path, description = "Number of the batch")),
    responses(
        (status = 200, content_type = "text/event-stream", body = BatchEvent),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Response, ApiError> {
    let desk = state.desk_shared()?;
    let mut told = read(&desk, id).await?;
    let (send, receive) = tokio::sync::mpsc::channel::<Result<Event, Infallible>>(4);
    tokio::spawn(async move {
        loop {
            let Ok(event) = Event::default().event(told.state).json_data(&told) else { return };
            if send.send(Ok(event)).await.is_err() {
                return;
            }
            let rests = BatchState::from_key(told.state).is_none_or(BatchState::rests);
            if rests && !told.ordered {
                return;
            }
            told = loop {
                tokio::select! {
                    () = tokio::time::sleep(TELL_EVERY) => {}
                    () = send.closed() => return,
                    () = desk.stopped() => return,
                }
                match read(&desk, id).await {
                    Ok(now) if now != told => break now,
                    Ok(_) => {}
                    Err(_) => return,
                }
            };
        }
    });
    let events = Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::default());
    Ok((access.told(format!("batch {id}"), 1), NOT_KEPT, events).into_response())
}
