//! Features with shapes, written as files that maps are made of: csv, `GeoJSON`, `GeoParquet`. What is written is what
//! is handed in; whether it may be told is the caller's to know.

mod geoparquet;
mod tile_archive;

use std::io::Write;

use geo_types::MultiPolygon;
use serde_json::{Map, Value, json};

use crate::{CsvTable, WriteError};

pub use geoparquet::write_geoparquet;
pub use tile_archive::TileArchive;

/// Features of one kind.
pub struct FeatureTable<'f> {
    /// Stable name.
    pub name: &'f str,
    /// What they are, for people.
    pub title: &'f str,
    /// Their properties, in the order of columns.
    pub columns: Vec<FeatureColumn>,
    /// The features, each with its shape in longitude and latitude.
    pub features: Vec<(&'f MultiPolygon<f64>, &'f Map<String, Value>)>,
}

/// A property that features have, or lack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeatureColumn {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: FeatureKind,
}

/// What values of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FeatureKind {
    /// Text; also of a column without any value.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Yes or no.
    Truth,
}

impl FeatureKind {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(_) => Some(Self::Truth),
            Value::Number(n) if n.is_f64() => Some(Self::Real),
            Value::Number(_) => Some(Self::Integer),
            Value::String(_) | Value::Array(_) | Value::Object(_) => Some(Self::Text),
        }
    }

    /// The kind that holds both.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Integer | Self::Real, Self::Integer | Self::Real) => Self::Real,
            _ => Self::Text,
        }
    }
}

impl<'f> FeatureTable<'f> {
    /// A table with a column for every property that any feature has, in the order in which they come.
    #[must_use]
    pub fn of(
        name: &'f str,
        title: &'f str,
        features: Vec<(&'f MultiPolygon<f64>, &'f Map<String, Value>)>,
    ) -> Self {
        let mut found: Vec<(&str, Option<FeatureKind>)> = Vec::new();
        for (key, value) in features.iter().flat_map(|(_, properties)| properties.iter()) {
            let kind = FeatureKind::of(value);
            match found.iter_mut().find(|(name, _)| name == key) {
                Some((_, known)) => {
                    *known = match (*known, kind) {
                        (Some(a), Some(b)) => Some(a.with(b)),
                        (a, b) => a.or(b),
                    };
                }
                None => found.push((key, kind)),
            }
        }
        let columns = found.into_iter().map(|(name, kind)| FeatureColumn {
            name: name.to_owned(),
            kind: kind.unwrap_or(FeatureKind::Text),
        });
        Self { name, title, columns: columns.collect(), features }
    }

    /// West, south, east and north of all shapes; `None` without any.
    #[must_use]
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let points = self.features.iter().flat_map(|(shape, _)| shape.iter());
        let points = points.flat_map(|polygon| polygon.exterior().coords());
        points
            .map(|at| [at.x, at.y, at.x, at.y])
            .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
    }

    /// Properties and nothing of the shapes, as csv that spreadsheets open.
    ///
    /// # Errors
    /// When the place written to fails.
    pub fn write_csv(&self, mut to: impl Write) -> Result<(), WriteError> {
        let heading: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        let mut table = CsvTable::new(&heading)?;
        for (_, properties) in &self.features {
            let cells: Vec<String> =
                self.columns.iter().map(|c| text(properties.get(&c.name))).collect();
            table.row(&cells)?;
        }
        Ok(to.write_all(&table.take()?)?)
    }

    /// A `FeatureCollection` (RFC 7946), a feature a line.
    ///
    /// # Errors
    /// When the place written to fails.
    pub fn write_geojson(&self, mut to: impl Write) -> Result<(), WriteError> {
        let head = json!(self.name);
        writeln!(to, "{{\"type\":\"FeatureCollection\",\"name\":{head},\"features\":[")?;
        for (number, (shape, properties)) in self.features.iter().enumerate() {
            let ring = |ring: &geo_types::LineString<f64>| -> Vec<[f64; 2]> {
                ring.coords().map(|at| [at.x, at.y]).collect()
            };
            let polygons: Vec<Vec<_>> = shape
                .iter()
                .map(|p| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect())
                .collect();
            let feature = json!({
                "type": "Feature",
                "geometry": { "type": "MultiPolygon", "coordinates": polygons },
                "properties": properties,
            });
            let between = if number > 0 { ",\n" } else { "" };
            write!(to, "{between}{feature}")?;
        }
        Ok(writeln!(to, "\n]}}")?)
    }
}

/// A value as it stands in a cell.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_what_all_its_values_are() {
        let shape = MultiPolygon(Vec::new());
        let rows = [
            json!({ "code": "1", "n": 1, "p": 50, "none": null, "yes": true }),
            json!({ "code": "2", "n": null, "p": 12.5, "odd": 7 }),
            json!({ "code": "3", "odd": "x" }),
        ];
        let features: Vec<_> =
            rows.iter().filter_map(Value::as_object).map(|row| (&shape, row)).collect();
        let table = FeatureTable::of("t", "T", features);
        let mut kinds: Vec<_> = table.columns.iter().map(|c| (c.name.as_str(), c.kind)).collect();
        kinds.sort_by_key(|(name, _)| *name);
        assert_eq!(
            kinds,
            [
                ("code", FeatureKind::Text),
                ("n", FeatureKind::Integer),
                ("none", FeatureKind::Text),
                ("odd", FeatureKind::Text),
                ("p", FeatureKind::Real),
                ("yes", FeatureKind::Truth),
            ]
        );
        let mut csv = Vec::new();
        table.write_csv(&mut csv).expect("written");
        assert_eq!(String::from_utf8_lossy(&csv).lines().count(), 4);
    }
}
