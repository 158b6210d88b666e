//! Coverage by unit: numerator and denominator together, with the source and closing date of the denominator.

mod small_numbers;

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    routing::get,
};
use diachiso_model::{Date, HouseholdState, Level, PrecisionClass, Tally, UnitCode};
use diachiso_source::CsvTable;
use diachiso_store::{AreaQuery, CoverageRow, Thing};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use small_numbers::{Hidden, Mask, mask};
pub(crate) use small_numbers::{SUPPRESSED_BELOW, hidden_poor, suppress};

use super::coverage_area::{self, AreaRows, PartRow};
use crate::{
    AppState,
    access::Access,
    area::{self, Area},
    download::{CSV, download},
    error::{ApiError, Problem},
    extract::Query,
    kept::{KeptAnswer, Question},
    params,
    snapshot::Snapshot,
};

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/coverage", get(coverage))
}

/// Which units to tally.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Level of the rows: `village`, `commune` (default), `district` or `province`.
    #[param(pattern = "^(village|commune|district|province)$")]
    level: Option<String>,
    /// Any day of the period between reforms for whose units to roll up; default: the register's closing date.
    #[param(example = "2025-07-01", format = Date)]
    on: Option<String>,
    /// Only units inside the unit with this code.
    #[param(example = "477")]
    within: Option<String>,
    /// Only what lies in an area: a unit's code, a unit on a day (`477@2024-12-31`), a saved area's id or name, or "Quảng Điền
    /// cũ". A unit that lies in it with some of its villages is told as far as those (`part`).
    #[param(example = "477@2024-12-31")]
    area: Option<String>,
    /// Source of the denominator (`police`, `statistics`, …); default: the first register.
    source: Option<String>,
    /// `json` (default) or `csv`.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Csv,
}

impl Format {
    fn key(self) -> &'static str {
        ["json", "csv"][self as usize]
    }
}

/// Coverage of the units of one level.
#[derive(Serialize, ToSchema)]
pub(crate) struct Coverage {
    /// First day of the period between reforms whose units the rows are.
    #[schema(format = Date)]
    period: String,
    /// Source of the denominator.
    source: String,
    /// Closing date of the denominator.
    #[schema(format = Date)]
    closed_on: String,
    /// Number of the run that the counts come from.
    run: i64,
    /// The area that was asked for, where one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<AreaName>,
    /// What the maps of this period draw.
    boundaries: Boundaries,
    /// Numbers of poor and near-poor households below this are `null` without a token, and so is the next
    /// smallest of the same parent where one alone would follow from the sum; `null` without meaning zero.
    suppressed_below: u64,
    /// The units, by code.
    rows: Vec<Row>,
    /// The sum of the rows.
    total: Counts,
}

/// An area by id and name.
#[derive(Serialize, ToSchema)]
pub(crate) struct AreaName {
    /// Its id, for paths and parameters.
    id: String,
    /// Its name.
    name: String,
}

/// What the boundaries of a period are worth.
#[derive(Serialize, ToSchema)]
pub(crate) struct Boundaries {
    /// Whether any is schematic, i.e. drawn by a program and no official boundary.
    schematic: bool,
}

/// One unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct Row {
    /// Code, unique in its period only.
    code: String,
    /// Level.
    level: &'static str,
    /// Full name.
    name: String,
    /// Code of the unit above.
    parent: Option<String>,
    /// `true` where an area was asked for in which some of its villages do not lie: the counts are those of the others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(default = false)]
    part: bool,
    #[serde(flatten)]
    counts: Counts,
}

/// Counts over the households of a register.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Denominator: households that ought to be covered.
    households: u64,
    /// Numerator: households covered by a point of class A or B.
    covered: u64,
    /// 100 × covered / households, two decimals; `null` without households.
    percent: Option<f64>,
    /// Persons in the denominator.
    persons: u64,
    /// Persons in covered households.
    persons_covered: u64,
    /// Poor households; `null` where too few to be published.
    poor: Option<u64>,
    /// Poor households covered; `null` where `poor` is.
    poor_covered: Option<u64>,
    /// Near-poor households; `null` where too few to be published.
    near_poor: Option<u64>,
    /// Near-poor households covered; `null` where `near_poor` is.
    near_poor_covered: Option<u64>,
    /// Households by state.
    states: BTreeMap<&'static str, u64>,
    /// Accepted submissions in no register; never in `covered`.
    outside_list: u64,
    /// Covered households by precision class.
    by_class: BTreeMap<&'static str, u64>,
}

impl Row {
    fn new(row: &CoverageRow, counts: Counts) -> Self {
        Self {
            code: row.code.to_string(),
            level: row.level.as_str(),
            name: row.name.to_string(),
            parent: row.parent.as_ref().map(ToString::to_string),
            part: false,
            counts,
        }
    }
}

impl Counts {
    fn new(tally: &Tally, hidden: Hidden) -> Self {
        let told = |hide: bool, n: u64| (!hide).then_some(n);
        Self {
            households: tally.households(),
            covered: tally.covered(),
            percent: percent(tally),
            persons: tally.persons,
            persons_covered: tally.persons_covered,
            poor: told(hidden.poor, tally.poor),
            poor_covered: told(hidden.poor, tally.poor_covered),
            near_poor: told(hidden.near_poor, tally.near_poor),
            near_poor_covered: told(hidden.near_poor, tally.near_poor_covered),
            states: HouseholdState::ALL.map(|s| (s.as_str(), tally.state(s))).into(),
            outside_list: tally.outside_list,
            by_class: PrecisionClass::ALL.map(|c| (c.as_str(), tally.by_class[c as usize])).into(),
        }
    }
}

/// 100 × covered / households, rounded to two decimals; `None` without households.
pub(crate) fn percent(tally: &Tally) -> Option<f64> {
    let households = tally.households();
    (households > 0)
        .then(|| (tally.covered() as f64 * 10_000.0 / households as f64).round() / 100.0)
}

/// Coverage of the units of one level.
///
/// Public. Without a token, poverty numbers of units with too few such households are `null`.
#[utoipa::path(
    get, path = "/api/v1/coverage", tag = "coverage", params(Params), security((), ("token" = [])),
    responses(
        (status = 200, description = "Rows by code, and their sum", content((Coverage = "application/json"), (String = "text/csv"))),
        (status = 304, description = "As the client has it, by `If-None-Match`"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such unit or source"),
    )
)]
pub(crate) async fn coverage(
    State(state): State<AppState>,
    access: Access,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let format = params::word(
        "format",
        params.format.as_deref(),
        &[("json", Format::Json), ("csv", Format::Csv)],
    )?;
    let query = AreaQuery {
        on: params::date("on", params.on.as_deref())?,
        level: params::level(params.level.as_deref())?,
        within: params::code("within", params.within.as_deref())?,
        source: params.source.as_deref().map(Into::into),
    };
    let snapshot = state.snapshot().await?;
    if let Some(code) = query.within.as_ref().filter(|c| !snapshot.knows(c)) {
        let missing = || unknown_unit(code);
        return Err(ApiError::gone_or(state.store(), Thing::Unit, code.as_str(), missing).await);
    }
    let area = area::asked(&state, params.area.as_deref()).await?;
    if query.within.is_some() && area.is_some() {
        return Err(ApiError::bad(
            "Chỉ dùng một trong hai: within hoặc area",
            "within and area exclude each other",
        ));
    }
    let whole = whole(&access, &state, &query, area.as_ref()).await?;
    let of_area = area.as_ref().map(Area::words).unwrap_or_default();
    let words = format!("coverage {} {whole} {query:?} {of_area}", format.key());
    let question = Question { snapshot: snapshot.id, words: words.into() };
    let made = make(&state, &snapshot, &query, area.as_ref(), whole, format);
    Ok(state.answers().get(&question, made).await?.answer(&headers))
}

/// The answer, and whether it is that of the snapshot's run.
async fn make(
    state: &AppState,
    snapshot: &Snapshot,
    query: &AreaQuery,
    area: Option<&Area>,
    whole: bool,
    format: Format,
) -> Result<(KeptAnswer, bool), ApiError> {
    let (of, rows, total) = match area {
        None => {
            let rows = state.store().coverage(query).await?;
            let hidden = if whole { Mask::default() } else { mask(state, query).await? };
            let told = rows.iter().map(|r| hidden.row(r)).collect();
            (denominator(state, query, rows.first()).await?, told, hidden.total(&rows))
        }
        Some(area) => {
            let AreaRows { rows, total, told } = coverage_area::rows(state, query, area).await?;
            let hide = |told: [bool; 2]| Hidden {
                poor: !whole && !told[0],
                near_poor: !whole && !told[1],
            };
            let of = denominator(state, query, rows.first().map(|r| &r.row)).await?;
            let row = |own: &PartRow| Row {
                part: own.part,
                ..Row::new(&own.row, Counts::new(&own.row.tally, hide(own.told)))
            };
            (of, rows.iter().map(row).collect(), Counts::new(&total, hide(told)))
        }
    };
    let (period, source, closed_on) = of;
    let newest = state.store().latest_run().await?;
    let answer = Coverage {
        period: period.to_string(),
        source: source.into(),
        closed_on: closed_on.to_string(),
        run: snapshot.run.number,
        boundaries: Boundaries { schematic: snapshot.schematic(period) },
        suppressed_below: SUPPRESSED_BELOW,
        area: area.map(|a| AreaName { id: a.id.to_string(), name: a.name.to_string() }),
        total,
        rows,
    };
    // Packing a province's villages keeps a processor busy for a moment: off the threads that answer.
    let kept = tokio::task::spawn_blocking(move || {
        let (mut headers, body) = match format {
            Format::Json => {
                let json = HeaderValue::from_static("application/json");
                let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
                (headers, serde_json::to_vec(&answer).map_err(ApiError::internal)?)
            }
            Format::Csv => (download(CSV, "coverage.csv"), csv(&answer)?),
        };
        // Whether a token came decides what is told: no shared cache may mix the two.
        let vary = HeaderValue::from_static("authorization, accept-encoding");
        headers.insert(header::VARY, vary);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        KeptAnswer::new(headers, body)
    });
    let kept = kept.await.map_err(ApiError::internal)??;
    Ok((kept, newest.as_ref() == Some(&snapshot.run)))
}

/// Whether small numbers are told too: to those whose grants hold what is asked for.
async fn whole(
    access: &Access,
    state: &AppState,
    query: &AreaQuery,
    area: Option<&Area>,
) -> Result<bool, ApiError> {
    if !access.entitled() {
        return Ok(false);
    }
    let scope = access.scope(state).await?;
    if let Some(area) = area {
        return Ok(scope.villages(&area.villages));
    }
    Ok(scope.everywhere()
        || match (&query.within, query.on) {
            (Some(code), Some(on)) => scope.unit(code, on),
            (Some(code), None) => scope.undated(code),
            (None, _) => false,
        })
}

/// The error for a code that no period knows.
pub(crate) fn unknown_unit(code: &UnitCode) -> ApiError {
    ApiError::missing(format!("Không có đơn vị {code}"), format!("there is no unit {code}"))
}

/// Period, source and closing date of an answer, from its rows or, where a level has none, the province's.
async fn denominator(
    state: &AppState,
    query: &AreaQuery,
    first: Option<&CoverageRow>,
) -> Result<(Date, Box<str>, Date), ApiError> {
    let told = |r: &CoverageRow| (r.period, r.source.clone(), r.closed_on);
    if let Some(row) = first {
        return Ok(told(row));
    }
    let widest = AreaQuery { level: Level::Province, within: None, ..query.clone() };
    state.store().coverage(&widest).await?.first().map(told).ok_or_else(|| match &query.source {
        Some(s) => ApiError::missing(
            format!("Không có danh sách hộ từ nguồn `{s}`"),
            format!("there is no register from source `{s}`"),
        ),
        None => ApiError::missing("Chưa có số liệu", "there are no counts"),
    })
}

fn csv(answer: &Coverage) -> Result<Vec<u8>, ApiError> {
    let mut heading = vec![
        "code",
        "level",
        "name",
        "parent",
        "period",
        "source",
        "closed_on",
        "schematic",
        "households",
        "covered",
        "percent",
        "persons",
        "persons_covered",
        "poor",
        "poor_covered",
        "near_poor",
        "near_poor_covered",
        "outside_list",
    ];
    let states = HouseholdState::ALL.map(|s| format!("state_{}", s.as_str()));
    let classes = PrecisionClass::ALL.map(|c| format!("class_{}", c.as_str()));
    heading.extend(states.iter().chain(&classes).map(String::as_str));
    // As it was before there were areas, where none is asked for.
    heading.extend(answer.area.as_ref().map(|_| "part"));
    let mut table = CsvTable::new(&heading)?;
    let optional = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    for row in &answer.rows {
        let c = &row.counts;
        let mut cells = vec![
            row.code.clone(),
            row.level.to_owned(),
            row.name.clone(),
            row.parent.clone().unwrap_or_default(),
            answer.period.clone(),
            answer.source.clone(),
            answer.closed_on.clone(),
            answer.boundaries.schematic.to_string(),
            c.households.to_string(),
            c.covered.to_string(),
            c.percent.map(|p| format!("{p:.2}")).unwrap_or_default(),
            c.persons.to_string(),
            c.persons_covered.to_string(),
            optional(c.poor),
            optional(c.poor_covered),
            optional(c.near_poor),
            optional(c.near_poor_covered),
            c.outside_list.to_string(),
        ];
        cells.extend(HouseholdState::ALL.iter().map(|s| c.states[s.as_str()].to_string()));
        cells.extend(PrecisionClass::ALL.iter().map(|k| c.by_class[k.as_str()].to_string()));
        cells.extend(answer.area.as_ref().map(|_| row.part.to_string()));
        table.row(&cells)?;
    }
    Ok(table.take()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentage_has_two_decimals_and_none_without_households() {
        let mut tally = Tally::default();
        assert_eq!(percent(&tally), None);
        tally.states[HouseholdState::Covered as usize] = 2;
        tally.states[HouseholdState::None as usize] = 1;
        assert_eq!(percent(&tally), Some(66.67));
    }
}
