//! Vector tiles and their `TileJSON`. Public: no personal field, no poverty, no small cell.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_model::Date;
use diachiso_spatial::tile::TileId;
use diachiso_store::HouseholdPoint;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::{Path, Query},
    origin::origin,
    params,
    routes::submissions::NOT_KEPT,
    snapshot::{Cells, Snapshot},
    tiles::{Asked, Coding, HouseholdMark, Layer, MAX_ZOOM, TileKey, households},
};

/// Media type of vector tiles.
pub(crate) const MVT: &str = "application/vnd.mapbox-vector-tile";

/// Kept, and asked for again each time by its tag: a change shows at once, and what is as it was is not sent again.
const KEPT: &str = "public, no-cache";

/// First zoom of household points: below, a tile would hold too many.
const HOUSEHOLDS_FROM: u8 = 14;

/// Households of a tile at most; a tile of the first zoom is 2.3 km wide, the densest in Huế hold a third of these.
const MAX_HOUSEHOLDS: u32 = 30_000;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/tiles/{layer}", get(tile_json))
        .route("/tiles/{layer}/{z}/{x}/{y}", get(tile))
        .route("/tiles/households/{z}/{x}/{y}", get(household_tile))
}

/// Which figures to draw.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Communes: any day of the period to draw; default: the register's closing date. The other layers
    /// are always those of the closing date.
    #[param(example = "2025-07-01", format = Date)]
    on: Option<String>,
    /// Communes and villages: count as covered only households whose submission was collected by this day.
    #[param(example = "2025-03-01", format = Date)]
    as_of: Option<String>,
    /// Communes and villages: source of the denominator (`police`, `statistics`, …); default: the first register.
    denominator: Option<String>,
}

fn no_tile() -> ApiError {
    ApiError::missing(
        format!("Không có ô bản đồ này; độ phóng 0–{MAX_ZOOM}"),
        format!("there is no such tile; zoom is 0 to {MAX_ZOOM}"),
    )
}

fn layer(name: &str) -> Result<Layer, ApiError> {
    Layer::from_key(name).ok_or_else(|| {
        let known = Layer::ALL.map(Layer::key).join(", ");
        ApiError::missing(
            format!("Không có lớp này; có {known}"),
            format!("there is no such layer; there are {known}"),
        )
    })
}

/// A vector tile (MVT 2.1).
///
/// `communes` and `villages` carry figures of units, `density` and `gaps` households by cell; `/tiles/{layer}.json` lists
/// the attributes. `y` may end in `.mvt` or `.pbf`. A tile with nothing in it is 204.
#[utoipa::path(
    get, path = "/tiles/{layer}/{z}/{x}/{y}", tag = "tiles",
    params(
        ("layer" = String, Path, description = "`communes`, `villages`, `density` or `gaps`"),
        ("z" = u8, Path, description = "Zoom, 0 to 16"),
        ("x" = u32, Path, description = "Column"),
        ("y" = String, Path, description = "Row from the north"),
        Params,
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.mapbox-vector-tile"),
        (status = 204, description = "Nothing here"),
        (status = 304, description = "As the client has it"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn tile(
    State(state): State<AppState>,
    Path((name, z, x, y)): Path<(String, String, String, String)>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let layer = layer(&name)?;
    drawn(&state, &headers, layer, [&z, &x, row(&y)], &params).await
}

/// The row without what a file's name may end in.
fn row(y: &str) -> &str {
    y.strip_suffix(".mvt").or_else(|| y.strip_suffix(".pbf")).unwrap_or(y)
}

impl Params {
    /// A day of the period to draw, and nothing else.
    pub(crate) fn on(day: Date) -> Self {
        Self { on: Some(day.to_string()), as_of: None, denominator: None }
    }

    fn asked(&self, layer: Layer, snapshot: &Snapshot) -> Result<Asked, ApiError> {
        let on = params::date("on", self.on.as_deref())?;
        let as_of = params::date("as_of", self.as_of.as_deref())?;
        let figures = self.as_of.as_ref().or(self.denominator.as_ref());
        if let Some(value) = figures.filter(|_| !layer.is_of_units()) {
            // Cells of two days differ by single households.
            let name = if self.as_of.is_some() { "as_of" } else { "denominator" };
            return Err(params::refused(name, value, "– (communes | villages)"));
        }
        let denominator = match &self.denominator {
            None => 0,
            Some(source) => snapshot.figures.number(source)?,
        };
        let period = match layer {
            Layer::Communes => snapshot.period_of(on),
            _ => snapshot.period,
        };
        // From the run's own day on everything counts.
        Ok(Asked { period, denominator, as_of: as_of.filter(|day| *day < snapshot.run.today) })
    }
}

fn numbers(at: [&str; 3]) -> Result<[u32; 3], ApiError> {
    let [Ok(z), Ok(x), Ok(y)] = at.map(str::parse::<u32>) else { return Err(no_tile()) };
    Ok([z, x, y])
}

/// A tile of a layer: zoom, column and row as they stand in a URL.
pub(crate) async fn drawn(
    state: &AppState,
    headers: &HeaderMap,
    layer: Layer,
    at: [&str; 3],
    params: &Params,
) -> Result<Response, ApiError> {
    let at = numbers(at)?;
    let snapshot = state.snapshot().await?;
    let asked = params.asked(layer, &snapshot)?;
    let key = TileKey::new(snapshot.id, layer, at, asked).ok_or_else(no_tile)?;
    let coding = Coding::accepted(headers);
    let tile = state.tiles().get(&snapshot, key, coding, state.metrics()).await?;
    let mut kept = HeaderMap::new();
    kept.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    kept.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let Some(tile) = tile else { return Ok((StatusCode::NO_CONTENT, kept).into_response()) };
    kept.insert(header::ETAG, tile.tag.clone());
    if unchanged(headers, &tile.tag) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    kept.insert(header::CONTENT_TYPE, HeaderValue::from_static(MVT));
    if let Some(name) = coding.name() {
        kept.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    Ok((kept, tile.body.clone()).into_response())
}

/// Whether the client has the tile already (RFC 9110, section 13.1.2: the comparison is the weak one).
fn unchanged(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let own = tag.to_str().map(plain).unwrap_or_default();
    let lists = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| one.trim() == "*" || plain(one) == own)
}

/// A vector tile of single households, at the points of their submissions. Personal.
///
/// Only those of the caller's areas, from zoom 14 on; each carries `household` and `state`. What is told is on record.
#[utoipa::path(
    get, path = "/tiles/households/{z}/{x}/{y}", tag = "tiles", security(("token" = [])),
    params(
        ("z" = u8, Path, description = "Zoom, 14 to 16"),
        ("x" = u32, Path, description = "Column"),
        ("y" = String, Path, description = "Row from the north"),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.mapbox-vector-tile"),
        (status = 204, description = "Nothing here"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn household_tile(
    State(state): State<AppState>,
    access: Access,
    Path((z, x, y)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let [z, x, y] = numbers([&z, &x, row(&y)])?;
    let z = u8::try_from(z).ok().filter(|z| (HOUSEHOLDS_FROM..=MAX_ZOOM).contains(z));
    let id = z.and_then(|z| TileId::new(z, x, y).ok()).ok_or_else(no_tile)?;
    let scope = access.scope(&state).await?;
    let bounds = id.bounds();
    let bounds = [bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y];
    let found = state.store().households_in(bounds, MAX_HOUSEHOLDS).await?;
    let locator = state.locator().await?;
    let shown = |h: &&HouseholdPoint| !locator.reference().is_masked(h.point);
    let own = found.iter().filter(|h| scope.village(&h.village)).filter(shown);
    let marks = own.map(|h| HouseholdMark { id: &h.id, state: h.state, point: h.point });
    let tile = households(marks, id);
    let count = tile.as_ref().map_or(0, |(count, _)| *count);
    let told = access.told(format!("tile {}/{x}/{y}", id.z()), count);
    let Some((_, body)) = tile else {
        return Ok((StatusCode::NO_CONTENT, told, NOT_KEPT).into_response());
    };
    Ok((told, NOT_KEPT, [(header::CONTENT_TYPE, MVT)], body).into_response())
}

/// A `TileJSON` 3.0 document.
#[derive(Serialize, ToSchema)]
pub(crate) struct TileJson {
    /// Version of `TileJSON`.
    tilejson: &'static str,
    /// Name of the layer.
    name: &'static str,
    /// What it shows.
    description: &'static str,
    /// Where it is from; says so where boundaries are schematic.
    attribution: String,
    /// URL template of the tiles, on the host that was asked (by https when a proxy says so).
    tiles: [String; 1],
    /// Layers inside the tiles, with their fields.
    #[schema(value_type = Vec<Object>)]
    vector_layers: serde_json::Value,
    /// West, south, east, north.
    bounds: [f64; 4],
    /// First zoom.
    minzoom: u8,
    /// Last zoom with tiles of its own detail.
    maxzoom: u8,
    /// Of layers by cell: households that every zoom tells of together.
    #[serde(skip_serializing_if = "Option::is_none")]
    households: Option<u64>,
    /// Of layers by cell: households that none tells of, since they are fewer than 5 with nobody near, or nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<u64>,
}

/// `TileJSON` 3.0 of a layer.
#[utoipa::path(
    get, path = "/tiles/{layer}.json", tag = "tiles",
    params(("layer" = String, Path, description = "`communes`, `villages`, `density` or `gaps`")),
    responses(
        (status = 200, body = TileJson),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn tile_json(
    State(state): State<AppState>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let layer = layer(file.strip_suffix(".json").unwrap_or_default())?;
    let snapshot = state.snapshot().await?;
    let origin = origin(&headers);
    let about = layer.about();
    let cells = match layer {
        Layer::Density => Some(&snapshot.density),
        Layer::Gaps => Some(&snapshot.gaps),
        Layer::Communes | Layer::Villages => None,
    };
    let answer = TileJson {
        tilejson: "3.0.0",
        name: layer.key(),
        description: about.description,
        attribution: attribution(layer, &snapshot),
        tiles: [format!("{origin}/tiles/{}/{{z}}/{{x}}/{{y}}", layer.key())],
        vector_layers: json!([{
            "id": layer.key(),
            "description": about.description,
            "fields": about.fields.iter().copied().collect::<BTreeMap<_, _>>(),
            "minzoom": 0,
            "maxzoom": about.max_zoom,
        }]),
        bounds: snapshot.bounds,
        minzoom: 0,
        maxzoom: about.max_zoom,
        households: cells.map(|cells| cells.density.told()),
        suppressed: cells.map(Cells::suppressed),
    };
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(answer)).into_response())
}

fn attribution(layer: Layer, snapshot: &Snapshot) -> String {
    match layer {
        Layer::Communes if snapshot.schematic(snapshot.period) => {
            "diachiso · ranh giới giản lược, không phải ranh giới chính thức (schematic boundaries)"
        }
        Layer::Communes => "diachiso",
        Layer::Villages => {
            "diachiso · hình thôn suy từ các điểm, không có ranh giới chính thức (inferred shapes)"
        }
        Layer::Density | Layer::Gaps => {
            "diachiso · ô dưới 5 hộ chỉ tính gộp với ô bên cạnh (cells below 5 households are told of only with others)"
        }
    }
    .to_owned()
}
