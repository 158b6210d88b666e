//! Saved areas: named sets of units. A set of units says nothing about anybody, so everybody may read it; who keeps it is
//! on record, and told to nobody over the network.

use std::collections::HashMap;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_model::{AreaId, AreaOn, Role, SavedArea, UnitCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    AppState,
    access::{Access, Ground},
    area::{Area, Former},
    error::{ApiError, Problem},
    extract::Path,
    snapshot::Snapshot,
};

/// Most saved areas; each is a line of a menu.
const MOST_SAVED: usize = 500;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/areas/{area}", get(area).put(save).delete(remove))
}

/// A set of units under a name.
#[derive(Serialize, ToSchema)]
pub(crate) struct SavedBody {
    /// Its id, for paths and parameters.
    id: String,
    /// Its name.
    name: String,
    /// Its units, each on a day: `477@2024-12-31`.
    units: Vec<String>,
    /// Villages that it is made of today.
    villages: usize,
    /// Households in the denominator.
    households: u64,
    /// When it was saved last, RFC 3339.
    #[schema(format = DateTime)]
    changed_at: String,
}

/// A unit of an earlier date that is no more what it was.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormerBody {
    /// The unit on the last day on which it held: `477@2025-06-30`.
    id: String,
    /// "Huyện Quảng Điền cũ".
    name: String,
    /// Level.
    level: &'static str,
    /// Villages that it is made of today.
    villages: usize,
    /// Households in the denominator.
    households: u64,
}

/// An area and what it is made of.
#[derive(Serialize, ToSchema)]
pub(crate) struct AreaBody {
    /// Its id, for paths and parameters.
    id: String,
    /// Its name.
    name: String,
    /// Its units, each on a day; empty where a code without a day was asked for.
    units: Vec<UnitOn>,
    /// Codes of its villages.
    villages: Vec<String>,
    /// Households in the denominator.
    households: u64,
}

/// A unit on a day.
#[derive(Serialize, ToSchema)]
struct UnitOn {
    /// Code.
    code: String,
    /// A day on which the code means it.
    #[schema(format = Date)]
    on: String,
    /// Its full name on that day.
    name: String,
}

/// What to save.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saving {
    /// The name, 1 to 80 characters on one line.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Units, each on a day on which its code means it: `477@2024-12-31`; 1 to 300.
    #[schema(min_items = 1, max_items = 300)]
    units: Vec<String>,
}

/// Households in the denominator, by village.
pub(super) struct Households<'s>(HashMap<&'s UnitCode, u64>);

impl<'s> Households<'s> {
    pub(super) fn of(snapshot: &'s Snapshot) -> Self {
        Self(snapshot.areas.iter().map(|row| (&row.code, row.tally.households())).collect())
    }

    fn in_all<'v>(&self, villages: impl IntoIterator<Item = &'v UnitCode>) -> u64 {
        villages.into_iter().filter_map(|village| self.0.get(village)).sum()
    }
}

/// All saved areas, by id.
pub(super) async fn saved(state: &AppState, ground: &Ground) -> Result<Vec<SavedBody>, ApiError> {
    let households = Households::of(&ground.snapshot);
    let records = state.service().saved_areas().await?;
    let body = |record: &diachiso_store::SavedAreaRecord| {
        let units = record.area.units();
        let villages: std::collections::BTreeSet<UnitCode> =
            units.iter().flat_map(|unit| ground.villages(unit)).collect();
        SavedBody {
            id: record.area.id().to_string(),
            name: record.area.name().to_owned(),
            units: units.iter().map(ToString::to_string).collect(),
            households: households.in_all(&villages),
            villages: villages.len(),
            changed_at: record.changed_at.to_string(),
        }
    };
    Ok(records.iter().map(body).collect())
}

/// A former unit for a menu.
pub(super) fn former(of: &Former, households: &Households<'_>) -> FormerBody {
    FormerBody {
        id: of.on.to_string(),
        name: of.title(),
        level: of.level.as_str(),
        villages: of.villages.len(),
        households: households.in_all(&of.villages),
    }
}

/// What an area is made of.
///
/// Public. A unit's code, a unit on a day (`477@2024-12-31`), the id or the name of a saved area, or the name of a unit of an
/// earlier date ("Quảng Điền cũ").
#[utoipa::path(
    get, path = "/api/v1/areas/{area}", tag = "coverage",
    params(("area" = String, Path, description = "A unit's code, a unit on a day, a saved area's id or name", example = "477@2024-12-31")),
    responses(
        (status = 200, body = AreaBody),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A name of several areas"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such area"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "A village that no register names any more"),
    )
)]
pub(crate) async fn area(
    State(state): State<AppState>,
    Path(text): Path<String>,
) -> Result<Json<AreaBody>, ApiError> {
    let (area, ground) = (Area::of(&state, &text).await?, Ground::of(&state).await?);
    let unit = |unit: &AreaOn| UnitOn {
        code: unit.code.to_string(),
        on: unit.on.to_string(),
        name: ground.name_on(unit),
    };
    Ok(Json(AreaBody {
        id: area.id.to_string(),
        name: area.name.to_string(),
        units: area.units.iter().map(unit).collect(),
        households: Households::of(&ground.snapshot).in_all(&area.villages),
        villages: area.villages.iter().map(ToString::to_string).collect(),
    }))
}

/// Saves an area under an id, in place of the one that has it.
///
/// An officer replaces those alone that the same token or person made, an administrator all. Rights are none the wider:
/// a grant is for the units that an area had when it was given.
#[utoipa::path(
    put, path = "/api/v1/areas/{area}", tag = "coverage", security(("token" = [])),
    params(("area" = String, Path, description = "The id: a small letter, then small letters, digits and single dashes", example = "ven-pha",
        pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length = 64)),
    request_body = Saving,
    responses(
        (status = 200, body = SavedBody, description = "It is saved in place of what had the id"),
        (status = 201, body = SavedBody, description = "It is saved"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are as many as can be"),
    )
)]
pub(crate) async fn save(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let id = read_id(&id)?;
    let saving: Saving = serde_json::from_slice(&body).map_err(|error| {
        let at = format!("{}:{}", error.line(), error.column());
        ApiError::bad(
            format!("JSON không đọc được (lỗi ở {at})"),
            format!("the body cannot be read: {error}"),
        )
    })?;
    let units = saving.units.iter().map(|text| text.parse()).collect::<Result<Vec<AreaOn>, _>>();
    let units = units.map_err(|e| refused(&e))?;
    let area = SavedArea::new(id, &saving.name, units).map_err(|e| refused(&e))?;
    let ground = Ground::of(&state).await?;
    if let Some(unit) = area.units().iter().find(|unit| ground.villages(unit).is_empty()) {
        return Err(ApiError::bad(
            format!("Không có hộ nào của đơn vị {unit}: kiểm tra mã và ngày"),
            format!("unit {unit} has no households: check its code and the day"),
        ));
    }
    let saved = state.service().saved_areas().await?;
    let before = saved.iter().any(|record| record.area.id() == area.id());
    if !before && saved.len() >= MOST_SAVED {
        return Err(ApiError::conflict(
            format!("Đã có {MOST_SAVED} vùng; xoá bớt trước khi lưu thêm"),
            format!("there are {MOST_SAVED} saved areas; remove some first"),
        ));
    }
    let entry = access.change(&state, area.id().as_str(), area.units().len());
    if !state.service().save_area(&area, only_of(&access), &entry).await? {
        return Err(another());
    }
    let all = self::saved(&state, &ground).await?;
    let body = all.into_iter().find(|body| body.id == area.id().as_str());
    let body = body.ok_or_else(|| missing(area.id()))?;
    let status = if before { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(body)).into_response())
}

/// Forgets a saved area; an officer those alone that the same token or person made.
#[utoipa::path(
    delete, path = "/api/v1/areas/{area}", tag = "coverage", security(("token" = [])),
    params(("area" = String, Path, description = "Its id", example = "ven-pha",
        pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length = 64)),
    responses(
        (status = 204, description = "It is no more"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such saved area"),
    )
)]
pub(crate) async fn remove(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = read_id(&id)?;
    let record = state.service().saved_area(&id).await?.ok_or_else(|| missing(&id))?;
    if only_of(&access).is_some_and(|who| *who != *record.made_by) {
        return Err(another());
    }
    let entry = access.change(&state, id.as_str(), record.area.units().len());
    if !state.service().remove_area(&id, only_of(&access), &entry).await? {
        return Err(missing(&id));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whose areas alone the caller may change; `None` is everybody's.
fn only_of(access: &Access) -> Option<&str> {
    (!access.has(Role::Administrator)).then(|| access.who())
}

fn another() -> ApiError {
    ApiError::Forbidden {
        vi: "Vùng này do người khác lưu; người quản trị mới đổi hay xoá được".into(),
        en: "somebody else saved this area; an administrator may change or remove it".into(),
    }
}

fn missing(id: &AreaId) -> ApiError {
    ApiError::missing(
        format!("Không có vùng đã lưu `{id}`"),
        format!("there is no saved area `{id}`"),
    )
}

fn read_id(text: &str) -> Result<AreaId, ApiError> {
    text.parse().map_err(|e: diachiso_model::AreaIdError| refused(&e))
}

fn refused(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::bad(format!("Vùng không hợp lệ: {error}"), error.to_string())
}
