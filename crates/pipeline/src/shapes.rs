//! Shapes for maps: inferred villages, and units of every period.

use std::collections::BTreeMap;

use diachiso_model::{Level, LonLat, Submission, UnitId, Verdict, Village};
use diachiso_spatial::village_shape;
use rayon::prelude::*;

use crate::{Reference, boundaries::Boundaries, median::median_point};

/// Sets the centre (median of accepted points) and the inferred shape of every village.
pub(crate) fn shape_villages(
    villages: &mut [Village],
    submissions: &[Submission],
    boundaries: &Boundaries,
) {
    let mut points: Vec<Vec<LonLat>> = vec![Vec::new(); villages.len()];
    for s in submissions.iter().filter(|s| s.verdict == Verdict::Accepted) {
        if let (Some(village), Some(point)) = (s.village, s.point) {
            points[village as usize].push(point);
        }
    }
    let mut communes: BTreeMap<UnitId, Vec<(u32, LonLat)>> = BTreeMap::new();
    for (at, (village, points)) in villages.iter_mut().zip(&points).enumerate() {
        village.centre = median_point(points.iter().copied());
        communes.entry(village.commune).or_default().extend(points.iter().map(|p| (at as u32, *p)));
    }
    let shaped: Vec<_> = communes
        .par_iter()
        .filter(|(_, points)| !points.is_empty())
        .filter_map(|(commune, points)| {
            let boundary = boundaries.get(*commune)?;
            Some(village_shape::village_shapes(&boundary.shape, points))
        })
        .flatten_iter()
        .collect();
    for (at, shape) in shaped {
        villages[at as usize].shape = Some(shape);
    }
}

/// A unit's shape in one period: id, first day of the period, shape, whether schematic.
pub type PeriodShape<'a> = (UnitId, diachiso_model::Date, &'a geo_types::MultiPolygon<f64>, bool);

/// The shapes of communes in every period between reforms.
#[must_use]
pub fn unit_shapes(reference: &Reference) -> Vec<PeriodShape<'_>> {
    let units = &reference.units;
    units
        .reforms()
        .iter()
        .flat_map(|period| units.on(Level::Commune, *period).map(move |(id, _)| (id, *period)))
        .filter_map(|(id, period)| {
            let boundary = reference.boundaries.get(id)?;
            Some((id, period, &boundary.shape, boundary.schematic))
        })
        .collect()
}
