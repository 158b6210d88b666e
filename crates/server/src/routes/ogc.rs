//! OGC API – Features and Tiles: what there is. Public; see [`super::ogc_items`] for the features and
//! [`super::ogc_tiles`] for the tiles.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use crate::{
    AppState,
    error::{ApiError, Problem},
    extract::Path,
    ogc::{Collection, Crs, QUERYABLES, STORED, negotiated},
    origin::origin,
    routes::ogc_tiles::{SCHEMES_REL, TILESETS_REL},
    snapshot::Snapshot,
};

/// Below which everything of this interface stands.
pub(crate) const ROOT: &str = "/ogc";
/// Media types.
pub(crate) const GEOJSON: &str = "application/geo+json";
const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.1";
const SCHEMA: &str = "application/schema+json";

/// Classes of requirements that are met, each shown by a test that bears its name.
const CONFORMS_TO: [&str; 23] = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
];

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route(ROOT, get(landing))
        .route("/ogc/conformance", get(conformance))
        .route("/ogc/collections", get(collections))
        .route("/ogc/collections/{collection}", get(collection))
        .route("/ogc/collections/{collection}/queryables", get(queryables))
        .layer(from_fn(negotiated))
}

/// A link of a document.
pub(crate) fn link(href: impl Into<String>, rel: &str, media: &str, title: &str) -> Value {
    json!({ "href": href.into(), "rel": rel, "type": media, "title": title })
}

/// The collection of a name.
pub(crate) fn named<'s>(snapshot: &'s Snapshot, id: &str) -> Result<&'s Collection, ApiError> {
    snapshot.collections.iter().find(|collection| collection.id == id).ok_or_else(|| {
        ApiError::missing(
            "Không có bộ đối tượng này; xem /ogc/collections",
            "there is no such collection; see /ogc/collections",
        )
    })
}

/// Landing page of OGC API – Features.
#[utoipa::path(get, path = "/ogc", tag = "features", responses((status = 200, body = Value)))]
pub(crate) async fn landing(headers: HeaderMap) -> Json<Value> {
    let at = origin(&headers);
    Json(json!({
        "title": "diachiso",
        "description": "Độ phủ địa chỉ số theo xã, phường, thôn · Coverage of digital addresses by commune and village",
        "links": [
            link(format!("{at}{ROOT}"), "self", "application/json", "Trang này · This page"),
            link(format!("{at}/openapi.json"), "service-desc", OPENAPI, "Mô tả API · API description"),
            link(format!("{at}/docs"), "service-doc", "text/html", "Tài liệu · Documentation"),
            link(format!("{at}{ROOT}/conformance"), "conformance", "application/json", "Các lớp đáp ứng · Conformance classes"),
            link(format!("{at}{ROOT}/collections"), "data", "application/json", "Dữ liệu · Data"),
            link(format!("{at}{ROOT}/tileMatrixSets"), SCHEMES_REL, "application/json", "Cách chia ô · Tilings"),
        ],
    }))
}

/// Classes of OGC API – Features that are met.
#[utoipa::path(get, path = "/ogc/conformance", tag = "features", responses((status = 200, body = Value)))]
pub(crate) async fn conformance() -> Json<Value> {
    Json(json!({ "conformsTo": CONFORMS_TO }))
}

/// All collections: communes of each period between reforms, and villages.
#[utoipa::path(
    get, path = "/ogc/collections", tag = "features",
    responses(
        (status = 200, body = Value),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn collections(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let snapshot = state.snapshot().await?;
    let at = origin(&headers);
    let all: Vec<Value> =
        snapshot.collections.iter().map(|c| described(c, snapshot.bounds, &at)).collect();
    Ok(Json(json!({
        "links": [link(format!("{at}{ROOT}/collections"), "self", "application/json", "Trang này · This page")],
        "crs": Crs::ALL.map(|crs| crs.uri),
        "collections": all,
    })))
}

/// One collection.
#[utoipa::path(
    get, path = "/ogc/collections/{collection}", tag = "features",
    params(("collection" = String, Path, description = "`communes`, `communes-2025-07-01`, `villages`, …")),
    responses(
        (status = 200, body = Value),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn collection(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let snapshot = state.snapshot().await?;
    Ok(Json(described(named(&snapshot, &id)?, snapshot.bounds, &origin(&headers))))
}

/// A collection in words and links; where it is empty, its extent is that of everything drawn.
fn described(collection: &Collection, bounds: [f64; 4], at: &str) -> Value {
    let Collection { id, title, description, from, until, .. } = collection;
    let own = format!("{at}{ROOT}/collections/{id}");
    let midnight = |day: &diachiso_model::Date| format!("{day}T00:00:00Z");
    json!({
        "id": id,
        "title": title,
        "description": description,
        "itemType": "feature",
        "crs": Crs::ALL.map(|crs| crs.uri),
        "storageCrs": STORED,
        "extent": {
            "spatial": { "bbox": [collection.extent().unwrap_or(bounds)], "crs": STORED },
            "temporal": { "interval": [[midnight(from), until.as_ref().map(midnight)]] },
        },
        "links": [
            link(own.clone(), "self", "application/json", title),
            link(format!("{own}/items"), "items", GEOJSON, title),
            link(format!("{own}/queryables"), "http://www.opengis.net/def/rel/ogc/1.0/queryables", SCHEMA, "Hỏi được theo · Queryables"),
            link(format!("{own}/tiles"), TILESETS_REL, "application/json", "Ô bản đồ · Tiles"),
        ],
    })
}

/// What features of a collection can be asked for by, as JSON Schema.
#[utoipa::path(
    get, path = "/ogc/collections/{collection}/queryables", tag = "features",
    params(("collection" = String, Path, description = "`communes`, `villages`, …")),
    responses(
        (status = 200, body = Value, content_type = "application/schema+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn queryables(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let snapshot = state.snapshot().await?;
    let Collection { id, title, .. } = named(&snapshot, &id)?;
    let own = format!("{}{ROOT}/collections/{id}/queryables", origin(&headers));
    let properties: serde_json::Map<String, Value> =
        QUERYABLES.iter().map(|q| (q.name.to_owned(), q.schema())).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": own,
        "type": "object",
        "title": title,
        "properties": properties,
        "additionalProperties": false,
    });
    Ok(([(header::CONTENT_TYPE, SCHEMA)], schema.to_string()).into_response())
}
