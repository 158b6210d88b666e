//! OGC API – Tiles: the vector tiles of a collection, in the tiling of the web. Public.

use axum::{
    Json, Router, extract::State, http::HeaderMap, middleware::from_fn, response::Response,
    routing::get,
};
use serde_json::{Value, json};

use crate::{
    AppState,
    error::{ApiError, Problem},
    extract::Path,
    ogc::{Collection, STORED, negotiated},
    origin::origin,
    routes::{
        ogc::{ROOT, link, named},
        tiles::{MVT, Params, drawn},
    },
    tiles::MAX_ZOOM,
};

/// The tiling of the web (OGC 17-083r4, annex D).
const TILING: &str = "WebMercatorQuad";
const TILING_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
const TILING_CRS: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
/// Half of its side in metres, scale of the whole world in one tile, and metres of one of its 256 cells.
const HALF_M: f64 = 20_037_508.342_789_244;
const SCALE: f64 = 559_082_264.028_717;
const CELL_M: f64 = 156_543.033_928_041;
const CELLS: u32 = 256;

/// Relations of links.
pub(crate) const TILESETS_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
pub(crate) const SCHEMES_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";
const SCHEME_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/ogc/tileMatrixSets", get(schemes))
        .route("/ogc/tileMatrixSets/{tiling}", get(scheme))
        .route("/ogc/collections/{collection}/tiles", get(tilesets))
        .route("/ogc/collections/{collection}/tiles/{tiling}", get(tileset))
        .route("/ogc/collections/{collection}/tiles/{tiling}/{matrix}/{row}/{column}", get(tile))
        .layer(from_fn(negotiated))
}

fn known(tiling: &str) -> Result<(), ApiError> {
    if tiling == TILING {
        return Ok(());
    }
    Err(ApiError::missing(
        "Không có cách chia ô này; có WebMercatorQuad",
        "there is no such tiling; there is WebMercatorQuad",
    ))
}

/// The tilings that there are.
#[utoipa::path(get, path = "/ogc/tileMatrixSets", tag = "features", responses((status = 200, body = Value)))]
pub(crate) async fn schemes(headers: HeaderMap) -> Json<Value> {
    let own = format!("{}{ROOT}/tileMatrixSets/{TILING}", origin(&headers));
    Json(json!({ "tileMatrixSets": [{
        "id": TILING,
        "title": "Google Maps Compatible for the World",
        "uri": TILING_URI,
        "crs": TILING_CRS,
        "links": [link(own, "self", "application/json", TILING)],
    }] }))
}

/// A tiling.
#[utoipa::path(
    get, path = "/ogc/tileMatrixSets/{tiling}", tag = "features",
    params(("tiling" = String, Path, description = "`WebMercatorQuad`")),
    responses(
        (status = 200, body = Value),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn scheme(Path(tiling): Path<String>) -> Result<Json<Value>, ApiError> {
    known(&tiling)?;
    let matrix = |z: u8| {
        let side = 1_u32 << z;
        json!({
            "id": z.to_string(),
            "scaleDenominator": SCALE / f64::from(side),
            "cellSize": CELL_M / f64::from(side),
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": [-HALF_M, HALF_M],
            "tileWidth": CELLS,
            "tileHeight": CELLS,
            "matrixWidth": side,
            "matrixHeight": side,
        })
    };
    Ok(Json(json!({
        "id": TILING,
        "title": "Google Maps Compatible for the World",
        "uri": TILING_URI,
        "crs": TILING_CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": (0..=MAX_ZOOM).map(matrix).collect::<Vec<_>>(),
    })))
}

/// The sets of tiles of a collection.
#[utoipa::path(
    get, path = "/ogc/collections/{collection}/tiles", tag = "features",
    params(("collection" = String, Path, description = "`communes`, `villages`, …")),
    responses(
        (status = 200, body = Value),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn tilesets(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let snapshot = state.snapshot().await?;
    let collection = named(&snapshot, &id)?;
    let at = origin(&headers);
    let own = format!("{at}{ROOT}/collections/{id}/tiles");
    Ok(Json(json!({
        "links": [link(own, "self", "application/json", &collection.title)],
        "tilesets": [described(collection, snapshot.bounds, &at)],
    })))
}

/// A set of tiles of a collection.
#[utoipa::path(
    get, path = "/ogc/collections/{collection}/tiles/{tiling}", tag = "features",
    params(
        ("collection" = String, Path, description = "`communes`, `villages`, …"),
        ("tiling" = String, Path, description = "`WebMercatorQuad`"),
    ),
    responses(
        (status = 200, body = Value),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn tileset(
    State(state): State<AppState>,
    Path((id, tiling)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    known(&tiling)?;
    let snapshot = state.snapshot().await?;
    let collection = named(&snapshot, &id)?;
    Ok(Json(described(collection, snapshot.bounds, &origin(&headers))))
}

fn described(collection: &Collection, bounds: [f64; 4], at: &str) -> Value {
    let layer = collection.layer;
    let about = layer.about();
    let own = format!("{at}{ROOT}/collections/{}/tiles/{TILING}", collection.id);
    let mut tiles = link(
        format!("{own}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"),
        "item",
        MVT,
        &collection.title,
    );
    tiles["templated"] = json!(true);
    let [west, south, east, north] = collection.extent().unwrap_or(bounds);
    let property = |(name, about): &(&str, &str)| ((*name).to_owned(), json!({ "title": about }));
    let properties: serde_json::Map<String, Value> = about.fields.iter().map(property).collect();
    json!({
        "title": collection.title,
        "description": about.description,
        "dataType": "vector",
        "crs": TILING_CRS,
        "tileMatrixSetURI": TILING_URI,
        "boundingBox": { "lowerLeft": [west, south], "upperRight": [east, north], "crs": STORED },
        "layers": [{
            "id": layer.key(),
            "title": collection.title,
            "dataType": "vector",
            "geometryDimension": 2,
            "propertiesSchema": { "type": "object", "properties": properties },
        }],
        "links": [
            link(own, "self", "application/json", &collection.title),
            link(format!("{at}{ROOT}/tileMatrixSets/{TILING}"), SCHEME_REL, "application/json", TILING),
            tiles,
        ],
    })
}

/// A vector tile (MVT 2.1) of a collection; one with nothing in it is 204. See `/tiles/{layer}/{z}/{x}/{y}`.
#[utoipa::path(
    get, path = "/ogc/collections/{collection}/tiles/{tiling}/{matrix}/{row}/{column}", tag = "features",
    params(
        ("collection" = String, Path, description = "`communes`, `villages`, …"),
        ("tiling" = String, Path, description = "`WebMercatorQuad`"),
        ("matrix" = u8, Path, description = "Zoom, 0 to 16"),
        ("row" = u32, Path, description = "Row from the north"),
        ("column" = u32, Path, description = "Column from the west"),
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
    Path((id, tiling, matrix, row, column)): Path<(String, String, String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    known(&tiling)?;
    let (layer, on) = {
        let snapshot = state.snapshot().await?;
        let collection = named(&snapshot, &id)?;
        (collection.layer, collection.from)
    };
    drawn(&state, &headers, layer, [&matrix, &column, &row], &Params::on(on)).await
}
