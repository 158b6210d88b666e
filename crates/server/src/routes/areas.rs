//! Units that have counts, for menus.

use axum::{Json, Router, extract::State, routing::get};
use serde::Serialize;
use utoipa::ToSchema;

use super::saved_areas::{self, FormerBody, Households, SavedBody};
use crate::{AppState, access::Ground, area::formers, error::ApiError};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/areas", get(areas))
}

/// Units and periods that can be asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Areas {
    /// Period of the register's closing date, whose units `areas` are.
    #[schema(format = Date)]
    period: String,
    /// First days of all periods between reforms, oldest first.
    periods: Vec<String>,
    /// Registers that coverage can be measured against, the usual one first.
    sources: Vec<Denominator>,
    /// Units, widest level first, then by code.
    #[expect(clippy::struct_field_names, reason = "the name of the list in the answer")]
    areas: Vec<Area>,
    /// Saved sets of units, by id.
    saved: Vec<SavedBody>,
    /// Units of earlier dates that are no more what they were, widest level first: what "Quảng Điền cũ" means.
    former: Vec<FormerBody>,
}

/// A denominator.
#[derive(Serialize, ToSchema)]
pub(crate) struct Denominator {
    /// Its source, for the parameter `source` of coverage.
    source: String,
    /// Its closing date.
    #[schema(format = Date)]
    closed_on: String,
}

/// One unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct Area {
    /// Code, for the paths and parameters of the others.
    code: String,
    /// Level.
    level: &'static str,
    /// Full name.
    name: String,
    /// Code of the unit above.
    parent: Option<String>,
    /// Households in the denominator.
    households: u64,
}

/// Units that have counts.
#[utoipa::path(
    get, path = "/api/v1/areas", tag = "coverage",
    responses((status = 200, body = Areas, description = "Units of the register's closing date"))
)]
pub(crate) async fn areas(State(state): State<AppState>) -> Result<Json<Areas>, ApiError> {
    let ground = Ground::of(&state).await?;
    let snapshot = &ground.snapshot;
    let households = Households::of(snapshot);
    let former = formers(&ground);
    let areas = snapshot.areas.iter().map(|row| Area {
        code: row.code.to_string(),
        level: row.level.as_str(),
        name: row.name.to_string(),
        parent: row.parent.as_ref().map(ToString::to_string),
        households: row.tally.households(),
    });
    let registers = snapshot.figures.registers();
    let sources = registers.iter().map(|(source, closed_on)| Denominator {
        source: (*source).to_owned(),
        closed_on: closed_on.to_string(),
    });
    Ok(Json(Areas {
        period: snapshot.period.to_string(),
        periods: snapshot.periods.iter().map(ToString::to_string).collect(),
        sources: sources.collect(),
        areas: areas.collect(),
        saved: saved_areas::saved(&state, &ground).await?,
        former: former.iter().map(|of| saved_areas::former(of, &households)).collect(),
    }))
}
