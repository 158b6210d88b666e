//! What can be asked of features: by a parameter of its name, and in filters (CQL2).

use std::borrow::Cow;

use diachiso_cql2::{Fields, Filter, FilterError, Kind, Shape, Value};
use diachiso_spatial::meets::{meets_box, meets_point};
use geo_types::Coord;
use serde_json::json;

use super::{BBox, Crs, OgcFeature};
use crate::error::ApiError;

/// An attribute that can be asked for.
pub(crate) struct Queryable {
    pub(crate) name: &'static str,
    title: &'static str,
    kind: Kind,
}

const fn queryable(name: &'static str, kind: Kind, title: &'static str) -> Queryable {
    Queryable { name, title, kind }
}

/// All of them: public attributes, in the order in which filters know them; the shape is the last.
pub(crate) const QUERYABLES: [Queryable; 15] = [
    queryable("code", Kind::Text, "Mã đơn vị / code of the unit"),
    queryable("name", Kind::Text, "Tên đầy đủ / full name"),
    queryable("parent", Kind::Text, "Mã đơn vị cấp trên / code of the unit above"),
    queryable("schematic", Kind::Truth, "Ranh giới giản lược / no official boundary"),
    queryable("households", Kind::Number, "Số hộ phải có / denominator"),
    queryable("covered", Kind::Number, "Số hộ đã có / numerator"),
    queryable("missing", Kind::Number, "Số hộ chưa có / households − covered"),
    queryable("percent", Kind::Number, "Tỷ lệ, % / 100 × covered / households"),
    queryable("persons", Kind::Number, "Nhân khẩu / persons in the denominator"),
    queryable("persons_covered", Kind::Number, "Nhân khẩu đã có / persons in covered households"),
    queryable("outside_list", Kind::Number, "Phiếu ngoài danh sách / submissions in no register"),
    queryable("source", Kind::Text, "Nguồn của mẫu số / source of the denominator"),
    queryable("closed_on", Kind::Day, "Ngày chốt / closing date of the denominator"),
    queryable("period", Kind::Day, "Ngày đầu kỳ / first day of the period"),
    queryable("geometry", Kind::Geometry, "Hình / shape"),
];

/// Attributes that there is a parameter for: all but the shape.
pub(crate) const PARAMETERS: usize = QUERYABLES.len() - 1;

impl Queryable {
    /// What JSON Schema says of it.
    pub(crate) fn schema(&self) -> serde_json::Value {
        let title = self.title;
        match self.kind {
            Kind::Text => json!({ "title": title, "type": "string" }),
            Kind::Number => json!({ "title": title, "type": "number" }),
            Kind::Truth => json!({ "title": title, "type": "boolean" }),
            Kind::Day => json!({ "title": title, "type": "string", "format": "date" }),
            Kind::Geometry => json!({ "title": title, "format": "geometry-multipolygon" }),
        }
    }

    /// Whether a value is what a parameter says; `None` where that cannot be a value of it.
    pub(crate) fn is(&self, value: &Value<'_>, asked: &str) -> Option<bool> {
        match self.kind {
            Kind::Number => {
                let asked: f64 = asked.parse().ok()?;
                // Equal means equal: counts, years and shares as they are told.
                Some(matches!(value, Value::Number(number) if number.total_cmp(&asked).is_eq()))
            }
            Kind::Truth => {
                let asked: bool = asked.parse().ok()?;
                Some(*value == Value::Truth(asked))
            }
            _ => Some(matches!(value, Value::Text(text) if text == asked)),
        }
    }
}

impl Fields for OgcFeature {
    fn value(&self, attribute: usize) -> Value<'_> {
        match self.properties.get(QUERYABLES[attribute].name) {
            Some(serde_json::Value::String(text)) => Value::Text(Cow::Borrowed(text)),
            Some(serde_json::Value::Number(number)) => {
                number.as_f64().map_or(Value::Nothing, Value::Number)
            }
            Some(serde_json::Value::Bool(truth)) => Value::Truth(*truth),
            _ => Value::Nothing,
        }
    }

    fn meets(&self, shape: Shape) -> bool {
        let at = |x, y| Coord { x, y };
        match shape {
            Shape::Point([x, y]) => meets_point(self.shape(), at(x, y)),
            Shape::Box([west, south, east, north]) => {
                // What lies around the box is told by eight numbers; what meets it, by every corner.
                self.bbox.meets(BBox::of_degrees([west, south, east, north]))
                    && meets_box(self.shape(), at(west, south), at(east, north))
            }
        }
    }
}

/// In which form a filter is written.
#[derive(Clone, Copy)]
pub(crate) enum FilterLang {
    Text,
    Json,
}

impl FilterLang {
    /// The form that a request names, whether or not it has a filter; text where it names none.
    ///
    /// # Errors
    /// [`ApiError::bad`] where there is no such form.
    pub(crate) fn of(name: Option<&str>) -> Result<Self, ApiError> {
        match name {
            None | Some("cql2-text") => Ok(Self::Text),
            Some("cql2-json") => Ok(Self::Json),
            Some(other) => {
                Err(crate::params::refused("filter-lang", other, "cql2-text | cql2-json"))
            }
        }
    }
}

/// The filter of a request, with its points and boxes in degrees.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn filter(text: &str, lang: FilterLang, crs: Crs) -> Result<Filter, ApiError> {
    let known = QUERYABLES.map(|q| diachiso_cql2::Queryable { name: q.name, kind: q.kind });
    let read = match lang {
        FilterLang::Text => Filter::of_text(text, &known),
        FilterLang::Json => Filter::of_json(text, &known),
    };
    let filter = read.map_err(|error| refused(&error))?;
    filter.moved(&|shape| in_degrees(shape, crs)).ok_or_else(|| {
        ApiError::bad(
            "Bộ lọc có toạ độ ngoài hệ toạ độ đã nêu",
            "the filter holds a place that is none in its coordinate system",
        )
    })
}

fn refused(error: &FilterError) -> ApiError {
    ApiError::bad(
        format!("Bộ lọc không dùng được: {}", error.vi()),
        format!("the filter cannot be used: {error}"),
    )
}

fn in_degrees(shape: Shape, crs: Crs) -> Option<Shape> {
    match shape {
        Shape::Point(at) => {
            at.iter().all(|n| n.is_finite()).then_some(())?;
            crs.read(at).map(Shape::Point)
        }
        Shape::Box([a, b, c, d]) => {
            if a > c || b > d {
                return None;
            }
            BBox::parse(&format!("{a},{b},{c},{d}"), crs).map(|bbox| Shape::Box(bbox.bounds()))
        }
    }
}
