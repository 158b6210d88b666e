//! Polygons with attributes, read from `GeoJSON`.

use geo_types::{Geometry, MultiPolygon};
use geojson::{Feature, FeatureCollection};

use crate::SourceError;

/// A polygon of a boundary file.
#[derive(Clone, Debug)]
pub struct Area {
    /// Attribute names and values, numbers and texts alike as text.
    pub attributes: Vec<(String, String)>,
    /// The shape, longitude before latitude.
    pub shape: MultiPolygon<f64>,
}

impl Area {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Reads the polygons of a `GeoJSON` feature collection; features of other geometry types are left out.
///
/// # Errors
/// When the bytes are no feature collection.
pub fn read_geojson(name: &str, bytes: &[u8]) -> Result<Vec<Area>, SourceError> {
    let bad = |reason: String| SourceError::NotATable { name: name.to_owned(), reason };
    let collection: FeatureCollection = serde_json::from_slice(bytes)
        .map_err(|e| bad(format!("no GeoJSON feature collection: {e}")))?;
    collection.features.into_iter().filter_map(|feature| area(feature, &bad).transpose()).collect()
}

fn area(
    feature: Feature,
    bad: &impl Fn(String) -> SourceError,
) -> Result<Option<Area>, SourceError> {
    let Some(geometry) = feature.geometry else { return Ok(None) };
    let shape = match Geometry::<f64>::try_from(geometry).map_err(|e| bad(e.to_string()))? {
        Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
        Geometry::MultiPolygon(shape) => shape,
        _ => return Ok(None),
    };
    let attributes = feature
        .properties
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| {
            let text = match value {
                serde_json::Value::String(text) => text,
                serde_json::Value::Null => String::new(),
                other => other.to_string(),
            };
            (key, text)
        })
        .collect();
    Ok(Some(Area { attributes, shape }))
}
