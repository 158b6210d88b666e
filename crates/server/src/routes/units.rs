//! Which unit an address means on a day.

use axum::{Json, Router, extract::State, routing::get};
use diachiso_model::{Date, Level, Profile, RuleCode, UnitId, Units};
use diachiso_pipeline::{FoundUnit, Says, UnitQuery, parse_point};
use diachiso_spatial::address_code::AddressCode;
use diachiso_text::code::clean_code;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    AppState,
    checker::today,
    error::{ApiError, Problem},
    extract::Query,
    params,
};

/// Longest text that is looked up, in characters.
const MAX_TEXT_CHARS: usize = 200;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/units/find", get(find))
}

/// An address, as far as it says in which commune it is.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Name of a commune in any spelling, perhaps with its district behind a comma; or its code.
    q: String,
    /// Day on which the address was written; default today.
    #[param(value_type = Option<String>, format = Date)]
    on: Option<String>,
    /// District, where it is stated apart.
    district: Option<String>,
    /// Code of the commune beside the name.
    code: Option<String>,
    /// Latitude and longitude in degrees, `16.47,107.59`.
    point: Option<String>,
    /// An address code, whose first five digits are a postal code.
    address_code: Option<String>,
}

/// The unit of a day, its successors today, and why.
#[derive(Serialize, ToSchema)]
pub struct FoundUnitBody {
    /// The day asked for.
    #[schema(format = Date)]
    on: String,
    /// The unit valid on the day; `null` where nothing decided.
    unit: Option<UnitBody>,
    /// What decided: `name`, `lineage`, `village`, `point`, `nearness`, `postal_code` or `nobody`.
    decided_by: &'static str,
    /// The rule that a row of this address would bear: A01, A02 or A03.
    rule: Option<&'static str>,
    /// The units that fit, where several do.
    candidates: Vec<UnitBody>,
    /// What the unit is today; several where it was split.
    today: Vec<UnitBody>,
    /// Everything stated, for and against.
    evidence: Vec<UnitEvidenceBody>,
}

/// A unit of one period.
#[derive(Serialize, ToSchema)]
pub(super) struct UnitBody {
    /// Code; alone, without a day, it is ambiguous.
    code: String,
    /// Kind and name.
    name: String,
    /// First day.
    #[schema(format = Date)]
    valid_from: String,
    /// District on that first day, if it had one.
    district: Option<String>,
}

/// One thing that the address states.
#[derive(Serialize, ToSchema)]
struct UnitEvidenceBody {
    /// `name`, `code`, `district`, `postal_code` or `point`.
    kind: &'static str,
    /// `for` the unit found, `against` it, or `nothing`.
    says: &'static str,
    /// The units of the day that it points to.
    units: Vec<UnitBody>,
}

impl UnitBody {
    pub(super) fn of(units: &Units, id: UnitId) -> Self {
        let unit = units.get(id);
        let district = units.ancestor(id, Level::District, unit.valid_from);
        Self {
            code: unit.code.to_string(),
            name: unit.full_name(),
            valid_from: unit.valid_from.to_string(),
            district: district.map(|district| units.get(district).full_name()),
        }
    }
}

impl FoundUnitBody {
    /// What was found for an address of a day.
    #[must_use]
    pub fn of(units: &Units, on: Date, found: &FoundUnit) -> Self {
        let all = |ids: &[UnitId]| ids.iter().map(|id| UnitBody::of(units, *id)).collect();
        let evidence = found.evidence.iter().map(|evidence| UnitEvidenceBody {
            kind: evidence.kind,
            says: match evidence.says {
                Says::For => "for",
                Says::Against => "against",
                Says::Nothing => "nothing",
            },
            units: all(&evidence.units),
        });
        let [decided_by, ..] = found.by.words();
        Self {
            on: on.to_string(),
            unit: found.unit.map(|id| UnitBody::of(units, id)),
            decided_by,
            rule: found.rule.map(RuleCode::as_str),
            candidates: all(&found.candidates),
            today: all(&found.today),
            evidence: evidence.collect(),
        }
    }
}

/// The unit that an address means on a day, decided as for a row of that day.
#[utoipa::path(
    get, path = "/api/v1/units/find", tag = "units", params(Params),
    responses(
        (status = 200, body = FoundUnitBody, description = "The unit, or the candidates where nothing decides"),
        (status = 400, body = Problem, description = "A parameter that cannot be read"),
    )
)]
pub(crate) async fn find(
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<Json<FoundUnitBody>, ApiError> {
    let today = today();
    let on = params::date("on", params.on.as_deref())?.unwrap_or(today);
    let district = params.district.unwrap_or_default();
    for (name, text) in [("q", &params.q), ("district", &district)] {
        params::short(name, text, MAX_TEXT_CHARS)?;
    }
    let point = params.point.as_deref().map(|text| {
        parse_point(text).ok_or_else(|| params::refused("point", text, "16.47,107.59"))
    });
    let address_code = params.address_code.as_deref().map(|text| {
        AddressCode::parse(&clean_code(text))
            .ok_or_else(|| params::refused("address_code", text, "4911612345 | 7P5C4HXQ+2M"))
    });
    let address_code = address_code.transpose()?;
    let query = UnitQuery {
        text: &params.q,
        district: &district,
        code: params.code.as_deref(),
        point: point.transpose()?,
        address_code: address_code.as_ref(),
        on,
    };
    let checker = state.checker(Profile::Default).await?;
    let reference = checker.reference();
    Ok(Json(FoundUnitBody::of(&reference.units, on, &reference.find_unit(&query, today))))
}
