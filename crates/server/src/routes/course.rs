//! How coverage grew: the numerator of every unit as of days of collection, over one denominator: of each source the
//! newest list is kept as one, so that a day before its closing date is told against a list from later, and said to be.

use std::collections::BTreeMap;

use axum::{Json, Router, extract::State, routing::get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use diachiso_model::{Date, Level, UnitCode};

use crate::{
    AppState,
    area::{self, Area},
    error::{ApiError, Problem},
    extract::Query,
    params,
    snapshot::Snapshot,
    tiles::{Asked, Figure},
};

/// Most days of an answer: a province's villages at that many are 1,400 × 60 numbers, 400 KiB before they are packed.
const MOST_DAYS: usize = 60;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/coverage/course", get(course))
}

/// Whose course.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// `commune` (default) or `village`.
    #[param(pattern = "^(village|commune)$")]
    level: Option<String>,
    /// Communes: any day of the period between reforms whose units are meant; default: the register's closing date.
    #[param(example = "2025-07-01", format = Date)]
    on: Option<String>,
    /// Source of the denominator (`police`, `statistics`, …); default: the first register.
    source: Option<String>,
    /// Only what lies in an area, as coverage is asked for: of a unit that lies in it in part, those of its villages.
    #[param(example = "477@2024-12-31")]
    area: Option<String>,
}

/// The course of the units of a level.
#[derive(Serialize, ToSchema)]
pub(crate) struct Course {
    /// First day of the period between reforms whose units the rows are.
    #[schema(format = Date)]
    period: String,
    /// Number of the run that the counts come from.
    run: i64,
    /// Source of the denominator, which is the same on all days.
    source: String,
    /// Its closing date. On days before, households that it does not name any more are not counted, and lists from before
    /// are kept no more as denominators: the share of such a day may have been another.
    #[schema(format = Date)]
    closed_on: Option<String>,
    /// Days on which something was collected, oldest first, at most 60 and the last among them.
    days: Vec<String>,
    /// The units, by code.
    rows: Vec<CourseRow>,
}

/// The course of one unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct CourseRow {
    /// Its code.
    code: String,
    /// Denominator: households that ought to be covered.
    households: u64,
    /// By day, households covered by a submission collected until then.
    covered: Vec<u64>,
}

/// What each unit is summed up from: itself, or its villages in an area that holds only some of them.
pub(super) fn parts<'s>(
    snapshot: &'s Snapshot,
    units: BTreeMap<&'s UnitCode, &'s Figure>,
    period: Date,
    denominator: usize,
    area: Option<&Area>,
) -> Vec<(&'s UnitCode, Vec<&'s Figure>)> {
    let Some(area) = area else {
        return units.into_iter().map(|(code, unit)| (code, vec![unit])).collect();
    };
    let asked = Asked { period: snapshot.period, denominator, as_of: None };
    let villages = snapshot.figures.units(asked, Level::Village);
    let part = |(code, unit): (&'s UnitCode, &'s Figure)| {
        let own = snapshot.area_index.on(code, period)?;
        if own.is_subset(&area.villages) {
            return Some((code, vec![unit]));
        }
        let inside = own.intersection(&area.villages);
        let inside: Vec<_> = inside.filter_map(|v| villages.get(v).copied()).collect();
        (!inside.is_empty()).then_some((code, inside))
    };
    units.into_iter().filter_map(part).collect()
}

/// Coverage as of days in the past.
///
/// Public. A household counts from the day on which the submission that covers it was collected, over a denominator that
/// is the same on all days; a submission without a day counts on none of them.
#[utoipa::path(
    get, path = "/api/v1/coverage/course", tag = "coverage", params(Params),
    responses(
        (status = 200, body = Course),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such source"),
    )
)]
pub(crate) async fn course(
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<Json<Course>, ApiError> {
    let words = [("commune", Level::Commune), ("village", Level::Village)];
    let level = params::word("level", params.level.as_deref(), &words)?;
    let on = params::date("on", params.on.as_deref())?;
    let snapshot = state.snapshot().await?;
    let figures = &snapshot.figures;
    let denominator = match &params.source {
        None => 0,
        Some(source) => figures.number(source)?,
    };
    let period = if level == Level::Commune { snapshot.period_of(on) } else { snapshot.period };
    let units = figures.units(Asked { period, denominator, as_of: None }, level);
    let area = area::asked(&state, params.area.as_deref()).await?;
    let units = parts(&snapshot, units, period, denominator, area.as_ref());
    let mut days: Vec<_> =
        units.iter().flat_map(|(_, of)| of).flat_map(|unit| unit.days()).collect();
    days.sort_unstable();
    days.dedup();
    let step = days.len().div_ceil(MOST_DAYS).max(1);
    // Counted from the newest, which is always told.
    let mut days: Vec<_> = days.into_iter().rev().step_by(step).collect();
    days.reverse();
    let rows = units.iter().map(|(code, of)| CourseRow {
        code: code.to_string(),
        households: of.iter().map(|unit| unit.households()).sum(),
        covered: days
            .iter()
            .map(|day| of.iter().map(|unit| unit.covered(Some(*day))).sum())
            .collect(),
    });
    Ok(Json(Course {
        period: period.to_string(),
        run: snapshot.run.number,
        source: figures.denominators.get(denominator).map(ToString::to_string).unwrap_or_default(),
        closed_on: figures.closed_on(denominator).map(|day| day.to_string()),
        rows: rows.collect(),
        days: days.iter().map(ToString::to_string).collect(),
    }))
}
