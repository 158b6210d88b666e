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
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::{
    AppState,
    error::{ApiError, Problem},
    extract::{Path, Query},
    kept::accepts_gzip,
    origin::origin,
    params,
    snapshot::Snapshot,
    tiles::{Layer, MAX_ZOOM, TileKey, gunzip},
};

/// Media type of vector tiles.
pub(crate) const MVT: &str = "application/vnd.mapbox-vector-tile";

/// How long a tile may be shown before its tag is asked for again.
const KEPT: &str = "public, max-age=60";

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/tiles/{layer}", get(tile_json))
        .route("/tiles/{layer}/{z}/{x}/{y}", get(tile))
}

/// Which period to draw.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Communes: any day of the period to draw; default: the register's closing date. The other layers
    /// are always those of the closing date.
    #[param(example = "2025-07-01", format = Date)]
    on: Option<String>,
}

fn no_tile() -> ApiError {
    ApiError::missing(
        format!("Không có ô bản đồ này; độ phóng 0–{MAX_ZOOM}"),
        format!("there is no such tile; zoom is 0 to {MAX_ZOOM}"),
    )
}

fn layer(name: &str) -> Result<Layer, ApiError> {
    Layer::from_key(name).ok_or_else(|| {
        ApiError::missing(
            "Không có lớp này; có communes, villages, density",
            "there is no such layer; there are communes, villages, density",
        )
    })
}

/// A vector tile (MVT 2.1).
///
/// `communes` and `villages` carry `code`, `name`, `households`, `covered`, `percent`, `period`, `source`,
/// `closed_on`, `schematic`; `density` carries `households` of cells with at least five. `y` may end in
/// `.mvt` or `.pbf`. A tile with nothing in it is 204.
#[utoipa::path(
    get, path = "/tiles/{layer}/{z}/{x}/{y}", tag = "tiles",
    params(
        ("layer" = String, Path, description = "`communes`, `villages` or `density`"),
        ("z" = u8, Path, description = "Zoom, 0 to 16"),
        ("x" = u32, Path, description = "Column"),
        ("y" = String, Path, description = "Row from the north"),
        Params,
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.mapbox-vector-tile"),
        (status = 204, description = "Nothing here"),
        (status = 304, description = "As the client has it"),
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
    let y = y.strip_suffix(".mvt").or_else(|| y.strip_suffix(".pbf")).unwrap_or(&y);
    let on = params::date("on", params.on.as_deref())?;
    drawn(&state, &headers, layer, [&z, &x, y], on).await
}

/// A tile of a layer: zoom, column and row as they stand in a URL.
pub(crate) async fn drawn(
    state: &AppState,
    headers: &HeaderMap,
    layer: Layer,
    at: [&str; 3],
    on: Option<Date>,
) -> Result<Response, ApiError> {
    let [Ok(z), Ok(x), Ok(y)] = at.map(str::parse::<u32>) else { return Err(no_tile()) };
    let z = u8::try_from(z).map_err(|_| no_tile())?;
    let snapshot = state.snapshot().await?;
    let period = if layer == Layer::Communes { snapshot.period_of(on) } else { snapshot.period };
    let key = TileKey::new(snapshot.id, layer, z, x, y, period).ok_or_else(no_tile)?;
    let kept = kept_headers(&snapshot);
    if unchanged(headers, &kept) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let packed = state.tiles().get(&snapshot, key, state.metrics()).await?;
    let Some(packed) = packed else { return Ok((StatusCode::NO_CONTENT, kept).into_response()) };
    let typed = [(header::CONTENT_TYPE, MVT)];
    if accepts_gzip(headers) {
        return Ok((kept, typed, [(header::CONTENT_ENCODING, "gzip")], packed).into_response());
    }
    Ok((kept, typed, gunzip(&packed)?).into_response())
}

fn kept_headers(snapshot: &Snapshot) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(snapshot.etag()) {
        headers.insert(header::ETAG, tag);
    }
    headers
}

/// Whether the client has the tile of this run already.
fn unchanged(asked: &HeaderMap, kept: &HeaderMap) -> bool {
    let tag = kept.get(header::ETAG).and_then(|t| t.to_str().ok());
    asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .any(|list| list.split(',').map(str::trim).any(|one| one == "*" || Some(one) == tag))
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
}

/// `TileJSON` 3.0 of a layer.
#[utoipa::path(
    get, path = "/tiles/{layer}.json", tag = "tiles",
    params(("layer" = String, Path, description = "`communes`, `villages` or `density`")),
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
        Layer::Density => {
            "diachiso · ô có dưới 5 hộ không hiển thị (cells below 5 households suppressed)"
        }
    }
    .to_owned()
}
