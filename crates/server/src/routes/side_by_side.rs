//! Coverage against every register in one answer: denominators differ, and a difference between them is no mistake but
//! something to be asked about.

use std::collections::BTreeMap;

use axum::{Json, Router, extract::State, routing::get};
use diachiso_model::{Date, Level, UnitCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::course::parts;
use crate::{
    AppState, area,
    error::{ApiError, Problem},
    extract::Query,
    params,
    tiles::{Asked, Figure},
};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/coverage/registers", get(registers))
}

/// Whose coverage.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// `commune` (default) or `village`.
    #[param(pattern = "^(commune|village)$")]
    level: Option<String>,
    /// Communes: any day of the period between reforms whose units are meant; default: the register's closing date.
    #[param(example = "2025-07-01", format = Date)]
    on: Option<String>,
    /// Only what was collected by this day counts as covered; default: all.
    #[param(example = "2025-03-31", format = Date)]
    as_of: Option<String>,
    /// Only what lies in an area: a unit's code, a unit on a day, a saved area's id or name.
    #[param(example = "477@2024-12-31")]
    area: Option<String>,
}

/// Units against every register.
#[derive(Serialize, ToSchema)]
pub(crate) struct SideBySide {
    /// First day of the period between reforms whose units the rows are.
    #[schema(format = Date)]
    period: String,
    /// Number of the run that the counts come from.
    run: i64,
    /// The day by which what counts was collected, where one was asked for.
    #[schema(format = Date)]
    as_of: Option<String>,
    /// The registers, the usual one first: of each source the newest list that was taken in.
    registers: Vec<ClosedRegisterBody>,
    /// The units, by code.
    rows: Vec<UnitAgainstBody>,
    /// The sums of the rows, in the order of the registers.
    total: Vec<AgainstBody>,
}

/// A denominator.
#[derive(Serialize, ToSchema)]
struct ClosedRegisterBody {
    /// Its source.
    source: String,
    /// Its closing date.
    #[schema(format = Date)]
    closed_on: String,
    /// Whether it closed after the day of `as_of`: that day's households were then not known by it yet, and lists from
    /// before are kept no more as denominators.
    later: bool,
    /// Whether it is the newest that had closed by the day of `as_of`, or of all where no day is asked for.
    newest: bool,
}

/// One unit against every register.
#[derive(Serialize, ToSchema)]
struct UnitAgainstBody {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// In the order of the registers; `null` where a register has no household there.
    against: Vec<Option<AgainstBody>>,
}

/// Coverage against one register.
#[derive(Serialize, ToSchema)]
struct AgainstBody {
    /// Denominator: households that ought to be covered.
    households: u64,
    /// Numerator: households covered.
    covered: u64,
    /// 100 × covered / households, two decimals; `null` without households.
    percent: Option<f64>,
}

impl AgainstBody {
    fn new(households: u64, covered: u64) -> Self {
        let percent = (households > 0)
            .then(|| (covered as f64 * 10_000.0 / households as f64).round() / 100.0);
        Self { households, covered, percent }
    }

    fn of(figures: &[&Figure], as_of: Option<Date>) -> Self {
        let households = figures.iter().map(|figure| figure.households()).sum();
        Self::new(households, figures.iter().map(|figure| figure.covered(as_of)).sum())
    }
}

/// Coverage of the units of a level against every register, side by side.
///
/// Public. With `as_of` the numerator is of that day and each denominator that of its closing date, which may be later:
/// the answer says so, and which register is the newest that had closed by then.
#[utoipa::path(
    get, path = "/api/v1/coverage/registers", tag = "coverage", params(Params),
    responses(
        (status = 200, body = SideBySide),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such area"),
    )
)]
pub(crate) async fn registers(
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<Json<SideBySide>, ApiError> {
    let words = [("commune", Level::Commune), ("village", Level::Village)];
    let level = params::word("level", params.level.as_deref(), &words)?;
    let on = params::date("on", params.on.as_deref())?;
    let as_of = params::date("as_of", params.as_of.as_deref())?;
    let snapshot = state.snapshot().await?;
    let area = area::asked(&state, params.area.as_deref()).await?;
    let period = if level == Level::Commune { snapshot.period_of(on) } else { snapshot.period };
    let figures = &snapshot.figures;
    let registers = figures.registers();
    let count = registers.len();
    let mut rows: BTreeMap<&UnitCode, (&str, Vec<Option<AgainstBody>>)> = BTreeMap::new();
    let mut total = Vec::with_capacity(count);
    for (at, (source, _)) in registers.iter().enumerate() {
        let denominator = figures.number(source)?;
        let units = figures.units(Asked { period, denominator, as_of: None }, level);
        let names: BTreeMap<&UnitCode, &str> =
            units.iter().map(|(code, unit)| (*code, unit.name())).collect();
        let (mut households, mut covered) = (0, 0);
        for (code, of) in parts(&snapshot, units, period, denominator, area.as_ref()) {
            let against = AgainstBody::of(&of, as_of);
            households += against.households;
            covered += against.covered;
            let empty = || (names[code], (0..count).map(|_| None).collect());
            rows.entry(code).or_insert_with(empty).1[at] = Some(against);
        }
        total.push(AgainstBody::new(households, covered));
    }
    let known = |closed_on: &Date| as_of.is_none_or(|day| *closed_on <= day);
    let newest = registers.iter().map(|(_, closed_on)| *closed_on).filter(known).max();
    let register = |(source, closed_on): &(&str, Date)| ClosedRegisterBody {
        source: (*source).to_owned(),
        closed_on: closed_on.to_string(),
        later: !known(closed_on),
        newest: newest == Some(*closed_on),
    };
    let unit = |(code, (name, against)): (&UnitCode, (&str, Vec<Option<AgainstBody>>))| {
        UnitAgainstBody { code: code.to_string(), name: name.to_owned(), against }
    };
    Ok(Json(SideBySide {
        period: period.to_string(),
        run: snapshot.run.number,
        as_of: as_of.map(|day| day.to_string()),
        registers: registers.iter().map(register).collect(),
        rows: rows.into_iter().map(unit).collect(),
        total,
    }))
}
