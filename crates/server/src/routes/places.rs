//! A place by any submission that ever belonged to it.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_model::SubmissionId;
use diachiso_store::{PlaceView, Store, Thing};
use serde::Serialize;
use utoipa::ToSchema;

use super::submissions::{NOT_KEPT, Point};
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Path,
};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/places/{id}", get(place))
}

/// A place: the submissions of one household. Personal data.
#[derive(Serialize, ToSchema)]
pub(crate) struct Place {
    /// Its name: the id of its oldest submission.
    id: String,
    /// The same where another name was asked for: that one was merged into this place.
    merged_into: Option<String>,
    /// Its submissions, those that count first.
    submissions: Vec<Member>,
    /// The household of the register that they were matched to.
    household: Option<HouseholdRef>,
    /// Where it is, by the submission that counts.
    point: Option<Point>,
    /// Precision class of the point, `A` to `E`.
    precision: Option<&'static str>,
}

/// A submission of a place.
#[derive(Serialize, ToSchema)]
pub(crate) struct Member {
    /// Its id.
    id: String,
    /// `accepted`, `held`, `duplicate` or `rejected`.
    verdict: &'static str,
}

/// A household of a register.
#[derive(Serialize, ToSchema)]
pub(crate) struct HouseholdRef {
    /// Source of the register.
    source: String,
    /// Id inside the register.
    id: String,
}

impl Place {
    fn of(place: PlaceView, asked: SubmissionId) -> Self {
        let (point, class) = place.position.unzip();
        Self {
            id: place.id.to_string(),
            merged_into: (place.id != asked).then(|| place.id.to_string()),
            submissions: (place.members.into_iter())
                .map(|m| Member { id: m.id.to_string(), verdict: m.verdict.as_str() })
                .collect(),
            household: place
                .household
                .map(|(source, id)| HouseholdRef { source: source.into(), id: id.into() }),
            point: point.map(|p| Point { lon: p.lon(), lat: p.lat() }),
            precision: class.map(diachiso_model::PrecisionClass::as_str),
        }
    }
}

/// The place that a submission belongs to, by the id of any of its submissions.
///
/// A place is named by its oldest submission. An id that is of a place no more, because places became one or because its
/// file was withdrawn, leads to the place where it belongs now, as `merged_into` tells; where none is left the answer is
/// 410. No id that was answered once is ever unknown.
#[utoipa::path(
    get, path = "/api/v1/places/{id}", tag = "rows", security(("token" = [])),
    params(("id" = String, Path, description = "32 hexadecimal digits: the id of a submission")),
    responses(
        (status = 200, body = Place),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There never was such an id"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "There was such a place, and nothing is left of it"),
    )
)]
pub(crate) async fn place(
    access: Access,
    State(state): State<AppState>,
    Path(text): Path<String>,
) -> Result<Response, ApiError> {
    let missing = || ApiError::missing("Không có vị trí này", "there is no such place");
    let id: SubmissionId = text.parse().map_err(|_| missing())?;
    let place = find(state.store(), id).await?.ok_or_else(missing)?;
    let (scope, rows) = (access.scope(&state).await?, state.rows(&access).await?);
    for member in &place.members {
        let view = rows.submission(member.id).await?;
        if !view.is_some_and(|view| scope.submission(&view)) {
            return Err(ApiError::forbidden_area());
        }
    }
    let told = access.told(place.id.to_string(), place.members.len());
    Ok((told, NOT_KEPT, Json(Place::of(place, id))).into_response())
}

/// The place of a submission, or of others of its place where it is gone.
async fn find(store: &dyn Store, id: SubmissionId) -> Result<Option<PlaceView>, ApiError> {
    if let Some(place) = store.place(id).await? {
        return Ok(Some(place));
    }
    let Some(gone) = store.gone(Thing::Submission, &id.to_string()).await? else { return Ok(None) };
    let place = match gone.successor {
        Some(successor) => store.place(successor).await?,
        None => None,
    };
    place.map(Some).ok_or_else(|| ApiError::gone(&gone))
}
