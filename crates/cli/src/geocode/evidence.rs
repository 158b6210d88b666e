//! What a row's own coordinates say of the place that its address means.

use diachiso_geocode::Answer;
use diachiso_model::{AddressField, Date, LonLat, UnitId};
use diachiso_pipeline::read_point;
use diachiso_server::Geocoder;
use diachiso_source::{AddressColumns, Row};
use diachiso_spatial::distance;

use super::day;

/// Metres by which a point may lie beyond the border of its commune (G08): nearer to a border it decides nothing.
const NEAR_BORDER_M: f64 = 300.0;

/// The coordinates of a row.
pub(super) enum OwnPoint {
    /// No cell states any.
    Unstated,
    /// The cells give no clear point.
    Unreadable,
    /// A point, and the commune of the row's day that it lies well inside.
    At(LonLat, Option<UnitId>),
}

impl OwnPoint {
    pub(super) fn read(geocoder: &Geocoder, columns: &AddressColumns, row: Row<'_>) -> Self {
        let cells = columns.position(row);
        if cells.latitude.is_empty() && cells.longitude.is_empty() {
            let whole = columns.get(row, AddressField::Position);
            return if whole.is_empty() { Self::Unstated } else { Self::Unreadable };
        }
        let Some(point) = read_point(cells.latitude, cells.longitude, cells.system) else {
            return Self::Unreadable;
        };
        let on: Date = day(columns.get(row, AddressField::CollectedOn))
            .unwrap_or_else(|| geocoder.index().today());
        let boundaries = &geocoder.reference.boundaries;
        let inside = |id: &UnitId| {
            boundaries.border_m(*id, point, on).is_some_and(|metres| metres > NEAR_BORDER_M)
        };
        Self::At(point, boundaries.locate(point, on).filter(inside))
    }

    /// The commune that names are looked for in first.
    pub(super) fn hint(&self) -> Option<UnitId> {
        match self {
            Self::At(_, commune) => *commune,
            Self::Unstated | Self::Unreadable => None,
        }
    }

    /// Whether the point agrees with the place found, and the metres between them.
    pub(super) fn compared(&self, geocoder: &Geocoder, answer: &Answer) -> [String; 2] {
        let said = |words: &str, metres: Option<f64>| {
            [words.to_owned(), metres.map(|m| format!("{m:.0}")).unwrap_or_default()]
        };
        let point = match self {
            Self::Unstated => return said("", None),
            Self::Unreadable => return said("không đọc được / unreadable", None),
            Self::At(point, _) => *point,
        };
        let boundaries = &geocoder.reference.boundaries;
        let today = geocoder.index().today();
        if boundaries.nearest_m(point, today).is_none_or(|metres| metres > NEAR_BORDER_M) {
            return said("ngoài tỉnh / outside the province", None);
        }
        let Some(best) = answer.best() else { return said("", None) };
        let Some(position) = best.position else { return said("", None) };
        let metres = distance::metres(point, position.point);
        let near = |id: &UnitId| {
            boundaries.distance_m(*id, point, today).is_none_or(|metres| metres <= NEAR_BORDER_M)
        };
        let words = if !best.now.is_empty() && !best.now.iter().any(near) {
            "xã khác / another commune"
        } else if metres <= position.radius_m {
            "khớp / agrees"
        } else {
            "lệch / differs"
        };
        said(words, Some(metres))
    }
}
