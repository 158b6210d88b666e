//! A gap list as GeoJSON.

use axum::body::Bytes;
use serde_json::json;
use utoipa::ToSchema;

use super::{Gap, HintedRow, List};
use crate::error::ApiError;

/// A whole gap list as points; a household of which nobody knows where to look has none.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of a list that is written while it is read")]
pub(crate) struct GapFeatures {
    #[schema(pattern = "^FeatureCollection$")]
    r#type: String,
    /// The mark of the file: its id, who has it and until when.
    export: String,
    /// In the order of the list.
    features: Vec<GapFeature>,
}

/// A household without coverage, and where to look for it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of what is written row by row")]
pub(crate) struct GapFeature {
    #[schema(pattern = "^Feature$")]
    r#type: String,
    geometry: Option<GapPoint>,
    properties: Gap,
}

/// Where a household is likely to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of what is written row by row")]
pub(crate) struct GapPoint {
    #[schema(pattern = "^Point$")]
    r#type: String,
    /// Longitude and latitude in degrees.
    #[schema(min_items = 2, max_items = 2)]
    coordinates: Vec<f64>,
}

/// The list while it is written.
pub(super) struct GeoJsonList {
    opened: bool,
    rows: u64,
    mark: String,
}

impl GeoJsonList {
    /// A list with a mark, before its first row.
    pub(super) fn marked(mark: String) -> Self {
        Self { opened: false, rows: 0, mark }
    }
}

impl List for GeoJsonList {
    const ENDING: &'static str = "geojson";

    fn rows(&mut self, rows: &[HintedRow]) -> Result<Bytes, ApiError> {
        let mut text = Vec::new();
        if !std::mem::replace(&mut self.opened, true) {
            let mark = serde_json::to_string(&self.mark).map_err(ApiError::internal)?;
            let head = format!("{{\"type\":\"FeatureCollection\",\"export\":{mark},\"features\":[");
            text.extend_from_slice(head.as_bytes());
        }
        for row in rows {
            self.rows += 1;
            if self.rows > 1 {
                text.extend_from_slice(b",\n");
            }
            let geometry =
                row.position().map(|p| json!({"type": "Point", "coordinates": [p.lon(), p.lat()]}));
            let feature =
                json!({"type": "Feature", "geometry": geometry, "properties": Gap::from(row)});
            serde_json::to_writer(&mut text, &feature).map_err(ApiError::internal)?;
        }
        Ok(text.into())
    }

    fn end(&mut self) -> Bytes {
        Bytes::from_static(b"]}\n")
    }
}
