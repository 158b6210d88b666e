//! What lies at a point on a day, and what a code says.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_model::{Date, LonLat};
use diachiso_pipeline::{Locator, Place, Reference};
use diachiso_spatial::{address_code::AddressCode, distance};
use diachiso_store::{NearPoint, Store};
use diachiso_text::code::clean_code;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{submissions::NOT_KEPT, units::UnitBody};
use crate::{
    AppState,
    access::{Access, Scope},
    checker::today,
    error::{ApiError, Problem},
    extract::{Path, Query},
    params,
};

/// Half sides of the boxes in which the nearest known address is looked for, in metres, one after the other.
const NEAR_M: [f64; 3] = [60.0, 300.0, 1_500.0];

/// Points looked at in one box.
const NEAR_LIMIT: u32 = 20_000;

/// A position of the province's middle: Plus Codes without their first digits are read near it.
const MIDDLE: (f64, f64) = (107.59, 16.40);

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/reverse", get(reverse)).route("/api/v1/codes/{code}", get(code))
}

/// A point.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Latitude in degrees (WGS 84), -90 to 90.
    #[param(value_type = f64, minimum = -90, maximum = 90, example = 16.5735)]
    lat: String,
    /// Longitude in degrees (WGS 84), -180 to 180.
    #[param(value_type = f64, minimum = -180, maximum = 180, example = 107.506)]
    lon: String,
    /// The day whose units are asked for; default today.
    #[param(value_type = Option<String>, format = Date)]
    on: Option<String>,
}

/// What lies at a point on a day.
#[expect(
    clippy::option_option,
    reason = "left out for the public, null where nothing is known near"
)]
#[derive(Serialize, ToSchema)]
pub struct PlaceBody {
    /// Latitude asked for.
    lat: f64,
    /// Longitude asked for.
    lon: f64,
    /// Day asked for.
    #[schema(format = Date)]
    on: String,
    /// The commune that covers the point; on a shared border the one that comes first.
    commune: Option<UnitBody>,
    /// Whether its boundary is schematic.
    schematic: bool,
    /// The nearest commune, where none covers the point: it lies in the lagoon, at sea or beyond the border. `null`
    /// where it is further than 100 km.
    nearest: Option<UnitBody>,
    /// Metres to the border of that commune.
    border_m: Option<f64>,
    /// The commune that covers the point today.
    today: Option<UnitBody>,
    /// The village whose shape covers the point, or the nearest up to 1 km away; of the last run's register.
    village: Option<VillageBody>,
    /// The codes of the point.
    codes: CodesBody,
    /// The nearest known address. Personal: only with a token, and then `null` where none is within 1.5 km.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Option<AddressBody>>,
}

/// A village at a point.
#[derive(Serialize, ToSchema)]
struct VillageBody {
    /// Its code.
    code: String,
    /// Name with kind.
    name: String,
    /// Whether its shape covers the point.
    inside: bool,
    /// Metres to the nearest border of the shape.
    border_m: f64,
    /// How far the shape is to be trusted, 0 to 1; 1 where it is official.
    confidence: f32,
}

/// Codes of a point that need no register.
#[derive(Serialize, ToSchema)]
struct CodesBody {
    /// Plus Code of 11 digits, a cell of 3 m.
    olc: String,
    /// Postal code of the commune on the day: the first five digits of codes issued there.
    postal_code: Option<String>,
    /// Postal code and the last seven digits of the Plus Code.
    vpostcode12: Option<String>,
}

/// A known address near a point. Personal.
#[derive(Serialize, ToSchema)]
pub struct AddressBody {
    /// The address in one line.
    address: String,
    /// Code of its village.
    village: Option<String>,
    /// Metres from the point.
    distance_m: f64,
    /// The direction from the point, in Vietnamese.
    direction_vi: &'static str,
    /// The same in English.
    direction_en: &'static str,
}

impl AddressBody {
    /// Whether its village lies where a caller's grants hold.
    fn in_scope(&self, scope: &Scope) -> bool {
        let village = self.village.as_ref().and_then(|code| code.parse().ok());
        scope.everywhere() || village.is_some_and(|code| scope.village(&code))
    }
}

fn tenth(metres: f64) -> f64 {
    (metres * 10.0).round() / 10.0
}

impl PlaceBody {
    /// The answer for a point, without an address.
    #[must_use]
    pub fn of(locator: &Locator, point: LonLat, on: Date, today: Date, place: &Place) -> Self {
        let reference = locator.reference();
        let unit = |id| UnitBody::of(&reference.units, id);
        let is_schematic = |id| reference.boundaries.get(id).is_some_and(|b| b.schematic);
        let now = reference.boundaries.locate(point, today);
        Self {
            lat: point.lat(),
            lon: point.lon(),
            on: on.to_string(),
            commune: place.commune.map(unit),
            schematic: place.commune.or(place.nearest).is_some_and(is_schematic),
            nearest: place.nearest.map(unit),
            border_m: place.border_m.map(tenth),
            today: now.map(unit),
            village: place.village.map(|found| {
                let village = &locator.villages()[found.village];
                VillageBody {
                    code: village.code.to_string(),
                    name: village.name.to_string(),
                    inside: found.inside,
                    border_m: tenth(found.border_m),
                    confidence: village.confidence,
                }
            }),
            codes: CodesBody {
                olc: place.codes.olc.clone(),
                postal_code: place.codes.postal.map(|postal| format!("{postal:05}")),
                vpostcode12: place.codes.vpostcode12.clone(),
            },
            address: None,
        }
    }

    /// The same with the nearest known address. Personal.
    #[must_use]
    pub fn with_address(mut self, address: Option<AddressBody>) -> Self {
        self.address = Some(address);
        self
    }
}

/// The accepted submission nearest to a point, up to 1.5 km away and in no exclusion mask, as an address. Personal.
///
/// # Errors
/// When the store fails.
pub async fn nearest_address(
    store: &dyn Store,
    reference: &Reference,
    point: LonLat,
) -> Result<Option<AddressBody>, diachiso_store::StoreError> {
    let degree = distance::DegreeLength::at(point.lat());
    for half_m in NEAR_M {
        // At a pole a degree of longitude has no length: then all longitudes are near.
        let east = (half_m / degree.lon_m.max(1.0)).min(360.0);
        let north = half_m / degree.lat_m;
        let (lon, lat) = (point.lon(), point.lat());
        let around = [lon - east, lat - north, lon + east, lat + north];
        let from = |near: &NearPoint| distance::metres(point, near.point);
        let nearest = store
            .accepted_near(around, NEAR_LIMIT)
            .await?
            .into_iter()
            .filter(|near| !reference.is_masked(near.point))
            .min_by(|a, b| from(a).total_cmp(&from(b)).then_with(|| a.address.cmp(&b.address)));
        // A corner of the box is further than a side: what lies there may not be the nearest.
        if let Some(found) = nearest.filter(|near| from(near) <= half_m) {
            let azimuth = distance::azimuth_deg(point, found.point);
            return Ok(Some(AddressBody {
                distance_m: tenth(from(&found)),
                direction_vi: distance::direction_vi(azimuth),
                direction_en: distance::direction_en(azimuth),
                village: found.village.map(|code| code.to_string()),
                address: found.address.into(),
            }));
        }
    }
    Ok(None)
}

/// What lies at a point on a day: commune, village, codes; beyond the border the nearest commune and how far.
///
/// Anybody may ask, and is told nothing about households. With a token the nearest known address comes along.
#[utoipa::path(
    get, path = "/api/v1/reverse", tag = "units", params(Params), security((), ("token" = [])),
    responses(
        (status = 200, body = PlaceBody, description = "What lies there; `address` only with a token"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "No position on the globe, or no day"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "A token that does not hold"),
    )
)]
pub(crate) async fn reverse(
    access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<Response, ApiError> {
    let today = today();
    let on = params::date("on", params.on.as_deref())?.unwrap_or(today);
    let lat = degrees("lat", &params.lat, 90.0)?;
    let lon = degrees("lon", &params.lon, 180.0)?;
    let point =
        LonLat::new(lon, lat).map_err(|_| params::refused("lat", &params.lat, "-90..90"))?;
    let locator = state.locator().await?;
    let body = PlaceBody::of(&locator, point, on, today, &locator.place(point, on));
    if !access.entitled() {
        return Ok(Json(body).into_response());
    }
    let scope = access.scope(&state).await?;
    let found = nearest_address(state.store(), locator.reference(), point).await?;
    let found = found.filter(|near| near.in_scope(scope));
    let told = access.told("", usize::from(found.is_some()));
    Ok((told, NOT_KEPT, Json(body.with_address(found))).into_response())
}

/// Degrees within a bound, on either side of 0; neither NaN nor infinite.
fn degrees(name: &str, text: &str, most: f64) -> Result<f64, ApiError> {
    let value = text.trim().parse().ok().filter(|value: &f64| value.abs() <= most);
    value.ok_or_else(|| params::refused(name, text, &format!("-{most}..{most}")))
}

/// The day for which a code is read.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CodeParams {
    /// The day whose communes are asked for; default today.
    #[param(value_type = Option<String>, format = Date)]
    on: Option<String>,
}

/// What an address code says.
#[derive(Serialize, ToSchema)]
pub struct CodeBody {
    /// The code, cleaned.
    code: String,
    /// `national10`, `vpostcode12`, `olc` or `place12`.
    scheme: &'static str,
    /// The other scheme whose form it has too.
    or_scheme: Option<&'static str>,
    /// The postal code at issue, where the scheme has one.
    postal_code: Option<String>,
    /// The communes of the day to which that postal code was given, or what became of them: after a merger several
    /// prefixes are normal, after a split several communes.
    communes: Vec<UnitBody>,
    /// The cell that the code names, where the scheme has one.
    cell: Option<CellBody>,
}

/// A cell of the Open Location Code grid.
#[derive(Serialize, ToSchema)]
struct CellBody {
    /// Latitude of its middle.
    lat: f64,
    /// Longitude of its middle.
    lon: f64,
    /// Half its height in degrees.
    half_lat_deg: f64,
    /// Half its width in degrees.
    half_lon_deg: f64,
}

impl CodeBody {
    /// What a code says on a day; `None` where it has the form of no scheme.
    #[must_use]
    pub fn of(locator: &Locator, text: &str, on: Date) -> Option<Self> {
        let code = AddressCode::parse(&clean_code(text))?;
        let units = &locator.reference().units;
        let communes = code.postal().map(|postal| locator.of_prefix(postal, on));
        let cell = LonLat::new(MIDDLE.0, MIDDLE.1).ok().and_then(|near| code.cell(near));
        Some(Self {
            scheme: code.scheme(),
            or_scheme: code.other_reading().map(|other| other.scheme()),
            postal_code: code.postal().map(|postal| format!("{postal:05}")),
            communes: communes.iter().flatten().map(|id| UnitBody::of(units, *id)).collect(),
            cell: cell.map(|cell| CellBody {
                lat: cell.center.lat(),
                lon: cell.center.lon(),
                half_lat_deg: cell.half_lat_deg,
                half_lon_deg: cell.half_lon_deg,
            }),
            code: code.to_string(),
        })
    }

    /// The middle of the cell.
    #[must_use]
    pub fn point(&self) -> Option<LonLat> {
        self.cell.as_ref().and_then(|cell| LonLat::new(cell.lon, cell.lat).ok())
    }
}

/// What an address code says: its scheme, the communes of its postal prefix on a day, the cell that it names.
#[utoipa::path(
    get, path = "/api/v1/codes/{code}", tag = "units",
    params(("code" = String, Path, description = "A code of 10 digits, 12 characters, or a full Plus Code (its + as %2B)", example = "5310712345"), CodeParams),
    responses(
        (status = 200, body = CodeBody),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "No code of a known scheme, or no day"),
    )
)]
pub(crate) async fn code(
    State(state): State<AppState>,
    Path(code): Path<String>,
    Query(params): Query<CodeParams>,
) -> Result<Json<CodeBody>, ApiError> {
    let on = params::date("on", params.on.as_deref())?.unwrap_or_else(today);
    let locator = state.locator().await?;
    let body = CodeBody::of(&locator, &code, on);
    body.map(Json).ok_or_else(|| params::refused("code", &code, "4911612345 | 7P5C4HXQ+2M"))
}
