//! Shapes for maps: villages, official or inferred, and units of every period.

use std::collections::BTreeMap;

use diachiso_model::{Level, LonLat, Submission, UnitId, Verdict, Village};
use diachiso_spatial::village_shape::{self, VillageCoverage};
use geo_types::MultiPolygon;
use rayon::prelude::*;

use crate::{Reference, median::median_point};

/// Sets the centre (median of accepted points) and the shape of every village: the official one, else one inferred from
/// its points.
pub(crate) fn shape_villages(
    villages: &mut [Village],
    submissions: &[Submission],
    reference: &Reference,
) {
    let mut points: Vec<Vec<LonLat>> = vec![Vec::new(); villages.len()];
    for s in submissions.iter().filter(|s| s.verdict == Verdict::Accepted) {
        if let (Some(village), Some(point)) = (s.village, s.point) {
            points[village as usize].push(point);
        }
    }
    for (village, points) in villages.iter_mut().zip(&points) {
        village.centre = median_point(points.iter().copied());
    }
    draw(villages, &points, reference, |_| true);
}

/// Draws the villages of the communes that are wanted, from the accepted points of each village in the order of ids.
pub(crate) fn draw(
    villages: &mut [Village],
    points: &[Vec<LonLat>],
    reference: &Reference,
    wanted: impl Fn(UnitId) -> bool,
) {
    let mut communes: BTreeMap<UnitId, Vec<(u32, LonLat)>> = BTreeMap::new();
    let of_wanted = (0..).zip(villages.iter_mut().zip(points));
    for (at, (village, points)) in of_wanted.filter(|(_, (village, _))| wanted(village.commune)) {
        (village.shape, village.confidence, village.outside) = (None, 0.0, 0);
        communes.entry(village.commune).or_default().extend(points.iter().map(|p| (at, *p)));
    }
    let mut official: BTreeMap<UnitId, Vec<(u32, MultiPolygon<f64>)>> = BTreeMap::new();
    for (at, village) in (0..).zip(villages.iter()) {
        if let Some(shape) = reference.official_village(&village.code) {
            official.entry(village.commune).or_default().push((at, shape.clone()));
        }
    }
    let shaped: Vec<(&Vec<(u32, LonLat)>, VillageCoverage)> = communes
        .par_iter()
        .filter_map(|(commune, points)| {
            let given = official.get(commune).map_or(&[][..], Vec::as_slice);
            if points.is_empty() && given.is_empty() {
                return None;
            }
            let boundary = reference.boundaries.get(*commune)?;
            Some((points, village_shape::village_shapes(&boundary.shape, points, given)))
        })
        .collect();
    for (points, coverage) in shaped {
        for own in coverage.shapes {
            let village = &mut villages[own.village as usize];
            (village.shape, village.confidence) = (Some(own.shape), own.confidence);
        }
        for outside in coverage.outside {
            villages[points[outside as usize].0 as usize].outside += 1;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Boundary;
    use diachiso_model::UnitCode;
    use geo_types::Rect;

    #[test]
    fn the_newest_official_shape_of_a_village_wins_and_the_others_share_the_rest() {
        let code: UnitCode = "19870-dong".parse().expect("a code");
        let plain = Reference::load([]).expect("the tables that come along");
        let commune = plain
            .units
            .by_code(&"19870".parse().expect("a code"), "2024-01-01".parse().expect("a day"));
        let commune = commune.expect("a commune of that year");
        let ring = &plain.boundaries.get(commune).expect("a schematic boundary").shape.0[0];
        let corners: Vec<_> = ring.exterior().coords().skip(1).collect();
        let sum = corners.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.x, sum.1 + at.y));
        let middle = (sum.0 / corners.len() as f64, sum.1 / corners.len() as f64);
        let square = |half: f64| {
            let (low, high) =
                ((middle.0 - half, middle.1 - half), (middle.0 + half, middle.1 + half));
            Boundary { shape: Rect::new(low, high).to_polygon().into(), schematic: false }
        };
        let day = |text: &str| text.parse().expect("a day");
        let imported = [
            (code.clone(), day("2024-01-01"), square(0.001)),
            (code.clone(), day("2020-01-01"), square(0.002)),
        ];
        let reference = Reference::load(imported).expect("loads");
        let village = |code: UnitCode| Village {
            code,
            name: "Thôn".into(),
            commune,
            centre: None,
            shape: None,
            confidence: 0.0,
            outside: 0,
        };
        let mut villages = [village(code), village("19870-tay".parse().expect("a code"))];
        shape_villages(&mut villages, &[], &reference);
        let shape = villages[0].shape.as_ref().expect("the official shape");
        let east = |at: &geo_types::Coord<f64>| (at.x - middle.0).abs();
        assert!(shape.0[0].exterior().coords().all(|at| (east(at) - 0.001).abs() < 1e-9));
        assert!(villages[0].confidence >= 1.0);
        assert!(villages[1].shape.is_none(), "nothing is known of the other");
    }
}
