//! OGC API – Features: the features of a collection. Public: figures and shapes of units, nothing of a household.

use std::fmt::Write as _;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_cql2::{Fields as _, Filter};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::{
    AppState, area,
    error::{ApiError, Problem},
    extract::{Path, Query},
    ogc::{self, BBox, CRS84, Collection, Crs, OgcFeature, PARAMETERS, QUERYABLES, negotiated},
    origin::origin,
    params::{self, refused},
    routes::ogc::{GEOJSON, ROOT, link, named},
};

/// Features of a page unless asked for more or fewer, and at most: 1,300 villages of a province are one page.
const LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 10_000;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/ogc/collections/{collection}/items", get(items))
        .route("/ogc/collections/{collection}/items/{feature}", get(item))
        .layer(from_fn(negotiated))
}

/// Which features.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Features of a page, from 1; more than 10,000 are 10,000. Default 100.
    #[param(minimum = 1)]
    limit: Option<u32>,
    /// Features to pass over.
    offset: Option<u32>,
    /// Only features that meet a box: west,south,east,north, or in the order of the axes of `bbox-crs`.
    #[param(example = "107.4,16.5,107.6,16.6")]
    bbox: Option<String>,
    /// System of `bbox`, by its URI; default: CRS84.
    #[serde(rename = "bbox-crs")]
    bbox_crs: Option<String>,
    /// System of the coordinates in the answer, by its URI; default: CRS84.
    crs: Option<String>,
    /// Only features that hold then: a day, a moment, or `from/to` with `..` for no end.
    #[param(example = "2025-07-01")]
    datetime: Option<String>,
    /// Only the unit of this code.
    code: Option<String>,
    /// Only units of this full name.
    name: Option<String>,
    /// Only units below the one of this code.
    parent: Option<String>,
    /// Only units whose boundary is schematic, or is not: `true` or `false`.
    schematic: Option<String>,
    /// Only units with so many households in the denominator.
    households: Option<String>,
    /// Only units with so many covered households.
    covered: Option<String>,
    /// Only units that lack so many.
    missing: Option<String>,
    /// Only units of this share, in per cent.
    percent: Option<String>,
    /// Only units with so many persons.
    persons: Option<String>,
    /// Only units with so many persons in covered households.
    persons_covered: Option<String>,
    /// Only units with so many submissions in no register.
    outside_list: Option<String>,
    /// Only units measured against this source.
    source: Option<String>,
    /// Only units whose denominator closed on this day.
    closed_on: Option<String>,
    /// Only units of the period that begins on this day.
    period: Option<String>,
    /// Only features of which this is true: a condition in CQL2 about what `queryables` lists, at most 4,096 bytes.
    #[param(example = "missing > 50 AND ACCENTI(name) LIKE ACCENTI('%Quảng%')")]
    filter: Option<String>,
    /// How `filter` is written: `cql2-text` (default) or `cql2-json`.
    #[serde(rename = "filter-lang")]
    #[param(pattern = "^cql2-(text|json)$")]
    filter_lang: Option<String>,
    /// System of the coordinates in `filter`, by its URI; default: CRS84.
    #[serde(rename = "filter-crs")]
    filter_crs: Option<String>,
    /// Only units of which some village lies in an area: a unit's code, a unit on a day, a saved area's id or name.
    #[param(example = "477@2024-12-31")]
    area: Option<String>,
}

/// How one feature is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemParams {
    /// System of the coordinates in the answer, by its URI; default: CRS84.
    crs: Option<String>,
}

/// The features of a collection, page by page.
#[utoipa::path(
    get, path = "/ogc/collections/{collection}/items", tag = "features",
    params(("collection" = String, Path, description = "`communes`, `villages`, …"), Params),
    responses(
        (status = 200, body = Value, content_type = "application/geo+json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn items(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(asked): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let snapshot = state.snapshot().await?;
    let collection = named(&snapshot, &id)?;
    let limit = params::limit(asked.limit.map(|l| l.min(MAX_LIMIT)), LIMIT, MAX_LIMIT)? as usize;
    let offset = asked.offset.unwrap_or(0) as usize;
    let crs = system("crs", asked.crs.as_deref())?;
    let wanted = Wanted::of(&asked, collection)?;
    let area = area::asked(&state, asked.area.as_deref()).await?;
    let lies = |feature: &OgcFeature| {
        area.as_ref().is_none_or(|area| {
            let villages = snapshot.area_index.on(&feature.code, collection.from);
            villages.is_some_and(|own| !own.is_disjoint(&area.villages))
        })
    };
    let matched: Vec<&OgcFeature> =
        collection.features.iter().filter(|f| wanted.is(f) && lies(f)).collect();
    let page: Vec<_> = matched.iter().skip(offset).take(limit).map(|f| f.body(crs)).collect();
    let own = format!("{}{ROOT}/collections/{}/items", origin(&headers), collection.id);
    let at = |offset: usize| format!("{own}?{}", asked.query(limit, offset));
    let mut links = vec![
        link(at(offset), "self", GEOJSON, &collection.title),
        link(own.trim_end_matches("/items"), "collection", "application/json", &collection.title),
    ];
    if offset + page.len() < matched.len() {
        links.push(link(at(offset + limit), "next", GEOJSON, "Trang sau · Next page"));
    }
    if offset > 0 {
        links.push(link(
            at(offset.saturating_sub(limit)),
            "prev",
            GEOJSON,
            "Trang trước · Previous page",
        ));
    }
    let body = json!({
        "type": "FeatureCollection",
        "timeStamp": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "numberMatched": matched.len(),
        "numberReturned": page.len(),
        "links": links,
        "features": page,
    });
    Ok(answer(crs, &body))
}

/// One feature.
#[utoipa::path(
    get, path = "/ogc/collections/{collection}/items/{feature}", tag = "features",
    params(
        ("collection" = String, Path, description = "`communes`, `villages`, …"),
        ("feature" = String, Path, description = "Code of the unit"),
        ItemParams,
    ),
    responses(
        (status = 200, body = Value, content_type = "application/geo+json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn item(
    State(state): State<AppState>,
    Path((id, code)): Path<(String, String)>,
    Query(asked): Query<ItemParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let snapshot = state.snapshot().await?;
    let collection = named(&snapshot, &id)?;
    let crs = system("crs", asked.crs.as_deref())?;
    let feature = collection.feature(&code).ok_or_else(|| {
        ApiError::missing("Không có đơn vị này trong bộ", "the collection has no such unit")
    })?;
    let own = format!("{}{ROOT}/collections/{}", origin(&headers), collection.id);
    let mut body = feature.body(crs);
    body.links = vec![
        link(format!("{own}/items/{}", feature.code), "self", GEOJSON, feature.code.as_str()),
        link(own, "collection", "application/json", &collection.title),
    ];
    Ok(answer(crs, &json!(body)))
}

fn answer(crs: Crs, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, GEOJSON.to_owned()),
        (header::HeaderName::from_static("content-crs"), format!("<{}>", crs.uri)),
    ];
    (headers, body.to_string()).into_response()
}

fn system(name: &str, uri: Option<&str>) -> Result<Crs, ApiError> {
    let Some(uri) = uri else { return Ok(CRS84) };
    Crs::of_uri(uri).ok_or_else(|| refused(name, uri, &Crs::ALL.map(|crs| crs.uri).join(" | ")))
}

impl Params {
    /// What is asked of the attributes, in the order of [`QUERYABLES`].
    fn asked(&self) -> [&Option<String>; PARAMETERS] {
        [
            &self.code,
            &self.name,
            &self.parent,
            &self.schematic,
            &self.households,
            &self.covered,
            &self.missing,
            &self.percent,
            &self.persons,
            &self.persons_covered,
            &self.outside_list,
            &self.source,
            &self.closed_on,
            &self.period,
        ]
    }

    /// The parameters once more, for another page.
    fn query(&self, limit: usize, offset: usize) -> String {
        let mut own = vec![
            ("bbox", &self.bbox),
            ("bbox-crs", &self.bbox_crs),
            ("crs", &self.crs),
            ("datetime", &self.datetime),
            ("filter", &self.filter),
            ("filter-lang", &self.filter_lang),
            ("filter-crs", &self.filter_crs),
            ("area", &self.area),
        ];
        own.extend(QUERYABLES.iter().map(|q| q.name).zip(self.asked()));
        let mut query = format!("limit={limit}&offset={offset}");
        for (name, value) in own {
            if let Some(value) = value {
                query.push('&');
                query.push_str(name);
                query.push('=');
                push_encoded(&mut query, value);
            }
        }
        query
    }
}

/// Adds a value as it may stand in a query (RFC 3986: all but unreserved letters).
fn push_encoded(to: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

/// What a feature must be to be handed out.
struct Wanted<'p> {
    bbox: Option<BBox>,
    /// Whether features of the collection hold at the time asked for.
    holds: bool,
    /// Values of [`QUERYABLES`].
    values: [Option<&'p str>; PARAMETERS],
    filter: Option<Filter>,
}

impl<'p> Wanted<'p> {
    fn of(asked: &'p Params, collection: &Collection) -> Result<Self, ApiError> {
        let system = system("bbox-crs", asked.bbox_crs.as_deref())?;
        let read = |text: &String| {
            BBox::parse(text, system).ok_or_else(|| refused("bbox", text, "107.4,16.5,107.6,16.6"))
        };
        let holds = match &asked.datetime {
            None => true,
            Some(text) => {
                let (from, to) = interval(text).ok_or_else(|| {
                    refused("datetime", text, "2025-07-01 | 2025-07-01T00:00:00Z | 2020-01-01/..")
                })?;
                // Days as text compare as days.
                let begins = collection.from.to_string();
                let ends = collection.until.map(|until| until.to_string());
                to.is_none_or(|to| *begins <= *to)
                    && from.is_none_or(|from| ends.is_none_or(|ends| *ends > *from))
            }
        };
        let values = asked.asked().map(Option::as_deref);
        for (queryable, value) in QUERYABLES.iter().zip(values) {
            if let Some(value) = value
                && queryable.is(&diachiso_cql2::Value::Nothing, value).is_none()
            {
                return Err(refused(queryable.name, value, "12.5 | true"));
            }
        }
        let crs = self::system("filter-crs", asked.filter_crs.as_deref())?;
        let filter = asked.filter.as_deref();
        let lang = ogc::FilterLang::of(asked.filter_lang.as_deref())?;
        let filter = filter.map(|text| ogc::filter(text, lang, crs));
        Ok(Self {
            filter: filter.transpose()?,
            bbox: asked.bbox.as_ref().map(read).transpose()?,
            holds,
            values,
        })
    }

    fn is(&self, feature: &OgcFeature) -> bool {
        self.holds
            && self.bbox.is_none_or(|bbox| feature.bbox.meets(bbox))
            && QUERYABLES.iter().zip(self.values).enumerate().all(|(at, (queryable, value))| {
                value.is_none_or(|value| queryable.is(&feature.value(at), value) == Some(true))
            })
            && self.filter.as_ref().is_none_or(|filter| filter.holds(feature))
    }
}

/// First and last day of `2025-07-01`, of a moment in RFC 3339, or of two of them with a stroke between; `..` and nothing
/// are no end.
fn interval(text: &str) -> Option<(Option<String>, Option<String>)> {
    let day = |text: &str| -> Option<Option<String>> {
        if matches!(text, "" | "..") {
            return Some(None);
        }
        let known = text.parse::<jiff::civil::Date>().or_else(|_| {
            text.parse::<jiff::Timestamp>().map(|at| jiff::tz::Offset::UTC.to_datetime(at).date())
        });
        known.ok().map(|day| Some(day.to_string()))
    };
    match text.split_once('/') {
        Some((from, to)) => {
            let (from, to) = (day(from)?, day(to)?);
            let ordered = from.is_none() || to.is_none() || from <= to;
            ordered.then_some((from, to))
        }
        None => day(text)?.map(|day| (Some(day.clone()), Some(day))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_days_moments_and_intervals() {
        let day = |day: &str| Some(day.to_owned());
        for (text, expected) in [
            ("2025-07-01", Some((day("2025-07-01"), day("2025-07-01")))),
            ("2025-07-01T12:00:00Z", Some((day("2025-07-01"), day("2025-07-01")))),
            ("2020-01-01/..", Some((day("2020-01-01"), None))),
            ("/2020-01-01T00:00:00Z", Some((None, day("2020-01-01")))),
            ("../..", Some((None, None))),
            ("2025-07-01/2020-01-01", None),
            ("..", None),
            ("", None),
            ("2025", None),
            ("x/..", None),
        ] {
            assert_eq!(interval(text), expected, "{text}");
        }
    }

    #[test]
    fn values_come_back_from_a_query() {
        let mut query = String::new();
        push_encoded(&mut query, "Xã A&b=1/2");
        assert_eq!(query, "X%C3%A3%20A%26b%3D1%2F2");
    }
}
