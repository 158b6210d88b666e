//! One record of the canonical text: its members in alphabetical order, broken numbers to 7 decimals.

use serde_json::{Map, Value};

use super::{Answers, Kind, Record as _};
use crate::{StoreError, geometry::Wkb};

/// The column that orders records and is not part of them.
pub(crate) const KEY: &str = "key";
/// The column that holds a list of findings as JSON.
const FINDINGS: &str = "findings";

/// See [`Answers`].
pub(crate) trait CanonicalAnswers: Answers {
    /// A record as one line.
    fn record(&self, kind: &str, row: &Self::Row) -> Result<String, StoreError> {
        let mut record = Map::new();
        record.insert("record".to_owned(), kind.into());
        for (column, kind) in row.kinds().map_err(|e| self.failed(e))? {
            if column != KEY {
                record.insert(column.to_owned(), self.value(row, column, kind)?);
            }
        }
        Ok(Value::Object(record).to_string())
    }

    fn value(&self, row: &Self::Row, column: &str, kind: Kind) -> Result<Value, StoreError> {
        Ok(match kind {
            Kind::Nothing => Value::Null,
            Kind::Geometry => {
                let wkb = row.geometry(column).map_err(|e| self.failed(e))?;
                let place = wkb.map(|wkb| place(wkb?)).transpose();
                place.map_err(|e| self.corrupt("geometry", e))?.unwrap_or(Value::Null)
            }
            Kind::Real => decimals(self.get(row, column)?),
            // A column of counts bears the same name.
            Kind::Integer => Value::from(self.get::<i64>(row, column)?),
            Kind::Text if column == FINDINGS => serde_json::from_str(self.get(row, column)?)
                .map_err(|e| self.corrupt("findings", e))?,
            Kind::Text => Value::String(self.get(row, column)?),
        })
    }
}

impl<T: Answers> CanonicalAnswers for T {}

fn place(wkb: Wkb<'_>) -> Result<Value, String> {
    if let Ok(point) = wkb.point() {
        return Ok(Value::String(point.to_string()));
    }
    let shape = wkb.shape()?;
    let rings =
        shape.iter().flatten().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    let ring = |r: &geo_types::LineString<f64>| {
        r.0.iter().map(|c| format!("{:.7} {:.7}", c.y, c.x)).collect::<Vec<_>>().join(", ")
    };
    Ok(rings.map(ring).map(Value::String).collect())
}

/// A number to seven decimals, as text, so that no reader rounds it again.
fn decimals(v: f64) -> Value {
    Value::String(format!("{v:.7}"))
}
