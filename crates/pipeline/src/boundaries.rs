//! Which commune holds a point on a date.

use std::collections::{BTreeMap, BTreeSet};

use diachiso_model::{Date, Level, LonLat, UnitId, Units};
use diachiso_spatial::point_index::AreaIndex;
use geo_types::MultiPolygon;

use crate::position::NEAR_BORDER_M;

/// The shape of one unit version.
#[derive(Clone, Debug)]
pub struct Boundary {
    /// The shape, WGS 84.
    pub shape: MultiPolygon<f64>,
    /// Whether it is schematic, i.e. no real boundary.
    pub schematic: bool,
}

/// Boundaries of communes, indexed per period between reforms.
pub struct Boundaries {
    shapes: BTreeMap<UnitId, Boundary>,
    periods: Vec<(Date, AreaIndex)>,
}

impl Boundaries {
    /// Indexes the shapes of commune versions for every period of `units`.
    #[must_use]
    pub fn new(units: &Units, shapes: BTreeMap<UnitId, Boundary>) -> Self {
        let periods = units
            .reforms()
            .iter()
            .map(|day| {
                let areas = units
                    .on(Level::Commune, *day)
                    .filter_map(|(id, _)| Some((u32::from(id.0), shapes.get(&id)?.shape.clone())))
                    .collect();
                (*day, AreaIndex::new(areas))
            })
            .collect();
        Self { shapes, periods }
    }

    fn index(&self, on: Date) -> &AreaIndex {
        let at = self.periods.partition_point(|(from, _)| *from <= on);
        &self.periods[at.saturating_sub(1)].1
    }

    /// The commune that holds `point` on `on`.
    #[must_use]
    pub fn locate(&self, point: LonLat, on: Date) -> Option<UnitId> {
        self.index(on).locate(point).map(|id| UnitId(id as u16))
    }

    /// Metres from `point` to the commune, 0 inside; `None` when it has no boundary then.
    #[must_use]
    pub fn distance_m(&self, commune: UnitId, point: LonLat, on: Date) -> Option<f64> {
        self.shapes
            .contains_key(&commune)
            .then(|| self.index(on).distance_m(u32::from(commune.0), point))
    }

    /// The one of `several` communes whose border is near enough to `point` for a fix beside it to be
    /// taken as inside (G08); `None` when none or more than one is.
    pub(crate) fn only_near(&self, several: &[UnitId], point: LonLat, on: Date) -> Option<UnitId> {
        let near =
            |id: &&UnitId| self.distance_m(**id, point, on).is_some_and(|m| m <= NEAR_BORDER_M);
        let mut near = several.iter().filter(near);
        near.next().copied().filter(|_| near.next().is_none())
    }

    /// Metres from `point` to the nearest commune.
    #[must_use]
    pub fn nearest_m(&self, point: LonLat, on: Date) -> Option<f64> {
        self.index(on).nearest(point).map(|(_, metres)| metres)
    }

    /// The commune nearest to `point` and the metres to its border; `None` where none is within `max_m`.
    #[must_use]
    pub fn nearest(&self, point: LonLat, on: Date, max_m: f64) -> Option<(UnitId, f64)> {
        let (id, metres) = self.index(on).nearest_within(point, max_m)?;
        Some((UnitId(id as u16), metres))
    }

    /// Metres from `point` to the nearest border of the commune, inside as well; `None` when it has no boundary then.
    #[must_use]
    pub fn border_m(&self, commune: UnitId, point: LonLat, on: Date) -> Option<f64> {
        let metres = self.index(on).border_m(u32::from(commune.0), point);
        metres.is_finite().then_some(metres)
    }

    /// The boundary of a unit version.
    #[must_use]
    pub fn get(&self, id: UnitId) -> Option<&Boundary> {
        self.shapes.get(&id)
    }

    /// The communes that have a boundary.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<UnitId> {
        self.shapes.keys().copied().collect()
    }
}
