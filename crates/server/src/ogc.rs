//! Units as collections of features (OGC API – Features): public figures with shapes, one collection a layer and period.

mod bbox;
mod crs;
mod html;
mod queryables;

use std::collections::HashMap;

use diachiso_model::{Date, Level, Tally, UnitCode};
use diachiso_store::{CoverageRow, UnitShape, VillageShape};
use geo_types::{LineString, MultiPolygon};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{routes::coverage::percent, tiles::Layer};

pub(crate) use bbox::BBox;
pub(crate) use crs::{CRS84, Crs, STORED};
pub(crate) use html::negotiated;
pub(crate) use queryables::{FilterLang, PARAMETERS, QUERYABLES, filter};

/// Features of one kind that hold in one period.
pub(crate) struct Collection {
    /// As it stands in URLs: `communes`, `communes-2012-01-01`, `villages`.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// What its tiles draw.
    pub(crate) layer: Layer,
    /// First day of the period, and the day after its last.
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    /// Those with counts first, so that readers that look at the first page know all attributes; each by code.
    pub(crate) features: Vec<OgcFeature>,
}

/// A unit with its figures.
pub(crate) struct OgcFeature {
    pub(crate) code: UnitCode,
    pub(crate) bbox: BBox,
    /// Exterior rings run counter-clockwise (RFC 7946).
    shape: MultiPolygon<f64>,
    pub(crate) properties: Map<String, Value>,
}

/// A feature as GeoJSON.
#[derive(Serialize)]
pub(crate) struct FeatureBody<'f> {
    r#type: &'static str,
    id: &'f str,
    geometry: Geometry,
    properties: &'f Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) links: Vec<Value>,
}

#[derive(Serialize)]
struct Geometry {
    r#type: &'static str,
    coordinates: Vec<Vec<Vec<[f64; 2]>>>,
}

impl OgcFeature {
    /// Whether a register has households there.
    fn is_counted(&self) -> bool {
        self.properties.get("households").is_some_and(|n| !n.is_null())
    }

    /// Its shape, in longitude and latitude.
    pub(crate) fn shape(&self) -> &MultiPolygon<f64> {
        &self.shape
    }

    /// The feature with its coordinates in a system.
    pub(crate) fn body(&self, crs: Crs) -> FeatureBody<'_> {
        let ring = |ring: &LineString<f64>| ring.coords().map(|at| crs.write(*at)).collect();
        let polygon = |polygon: &geo_types::Polygon<f64>| {
            std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
        };
        FeatureBody {
            r#type: "Feature",
            id: self.code.as_str(),
            geometry: Geometry {
                r#type: "MultiPolygon",
                coordinates: self.shape.iter().map(polygon).collect(),
            },
            properties: &self.properties,
            links: Vec::new(),
        }
    }
}

impl Collection {
    /// West, south, east, north of all features; `None` where there are none.
    pub(crate) fn extent(&self) -> Option<[f64; 4]> {
        let boxes = self.features.iter().map(|feature| feature.bbox);
        boxes.reduce(BBox::with).map(BBox::bounds)
    }

    /// The feature of a code.
    pub(crate) fn feature(&self, code: &str) -> Option<&OgcFeature> {
        let (counted, others) =
            self.features.split_at(self.features.partition_point(OgcFeature::is_counted));
        [counted, others].into_iter().find_map(|part| {
            let at = part.binary_search_by(|feature| feature.code.as_str().cmp(code)).ok()?;
            part.get(at)
        })
    }
}

/// Communes of all periods, those of the register's closing date first, and its villages. `counts` are the rows of that
/// date, `communes` those of every period.
pub(crate) fn collections(
    shapes: &[UnitShape],
    villages: &[VillageShape],
    counts: &[CoverageRow],
    communes: &[(Date, Vec<CoverageRow>)],
    closing: Date,
) -> Vec<Collection> {
    let mut collections = Vec::with_capacity(communes.len() + 1);
    for (at, (from, rows)) in communes.iter().enumerate() {
        let until = communes.get(at + 1).map(|(next, _)| *next);
        let counts = by_code(rows);
        let own = shapes.iter().filter(|s| s.level == Level::Commune && s.period == *from);
        let features = own.map(|s| {
            feature(&s.code, &s.name, counts.get(&s.code).copied(), s.schematic, &s.shape)
        });
        let id = if *from == closing { "communes".to_owned() } else { format!("communes-{from}") };
        collections.push(Collection {
            id,
            title: format!("Xã, phường từ {from} · Communes from {from}"),
            description:
                "Độ phủ địa chỉ số theo xã, phường · Coverage of digital addresses by commune"
                    .into(),
            layer: Layer::Communes,
            from: *from,
            until,
            features: sorted(features.collect()),
        });
    }
    collections.sort_by_key(|collection| collection.from != closing);
    let counts = by_code(counts);
    let own = villages.iter().filter_map(|v| {
        Some(feature(
            &v.code,
            &v.name,
            counts.get(&v.code).copied(),
            v.confidence < 1.0,
            v.shape.as_ref()?,
        ))
    });
    let until = communes.iter().map(|(from, _)| *from).find(|from| *from > closing);
    collections.push(Collection {
        id: "villages".into(),
        title: "Thôn, tổ dân phố · Villages".into(),
        description: "Độ phủ theo thôn; hình suy từ các điểm đã nhận · Coverage by village; shapes inferred from accepted points".into(),
        layer: Layer::Villages,
        from: closing,
        until,
        features: sorted(own.collect()),
    });
    collections
}

fn by_code(rows: &[CoverageRow]) -> HashMap<&UnitCode, &CoverageRow> {
    rows.iter().map(|row| (&row.code, row)).collect()
}

fn sorted(mut features: Vec<OgcFeature>) -> Vec<OgcFeature> {
    features.sort_by(|a, b| {
        (!a.is_counted(), a.code.as_str()).cmp(&(!b.is_counted(), b.code.as_str()))
    });
    features
}

fn feature(
    code: &UnitCode,
    name: &str,
    row: Option<&CoverageRow>,
    schematic: bool,
    shape: &MultiPolygon<f64>,
) -> OgcFeature {
    let mut properties = Map::new();
    let mut put = |name: &str, value: Value| drop(properties.insert(name.to_owned(), value));
    put("code", json!(code.as_str()));
    put("name", json!(name));
    put("parent", json!(row.and_then(|row| row.parent.as_ref()).map(UnitCode::as_str)));
    put("schematic", json!(schematic));
    // What is not known is told as such: a table has the same columns in every row.
    let tally = row.map(|row| &row.tally);
    put("households", json!(tally.map(Tally::households)));
    put("covered", json!(tally.map(Tally::covered)));
    put("missing", json!(tally.map(|t| t.households() - t.covered())));
    put("percent", json!(tally.and_then(percent)));
    put("persons", json!(tally.map(|t| t.persons)));
    put("persons_covered", json!(tally.map(|t| t.persons_covered)));
    put("outside_list", json!(tally.map(|t| t.outside_list)));
    put("source", json!(row.map(|row| &row.source)));
    put("closed_on", json!(row.map(|row| row.closed_on.to_string())));
    put("period", json!(row.map(|row| row.period.to_string())));
    let shape = wound(shape);
    OgcFeature { code: code.clone(), bbox: BBox::of(&shape), shape, properties }
}

/// The shape with exterior rings counter-clockwise and holes clockwise.
fn wound(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let ring = |ring: &LineString<f64>, left: bool| {
        let doubled: f64 =
            ring.lines().map(|line| line.start.x * line.end.y - line.end.x * line.start.y).sum();
        let mut ring = ring.clone();
        if (doubled > 0.0) != left {
            ring.0.reverse();
        }
        ring
    };
    let polygons = shape.iter().map(|polygon| {
        let holes = polygon.interiors().iter().map(|hole| ring(hole, false)).collect();
        geo_types::Polygon::new(ring(polygon.exterior(), true), holes)
    });
    polygons.collect()
}
