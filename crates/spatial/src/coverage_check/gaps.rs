//! Ground enclosed by areas that belongs to none of them.

use diachiso_model::LonLat;
use geo::orient::{Direction, Orient};
use geo::{BooleanOps, BoundingRect, Intersects, unary_union};
use geo_types::{Coord, MultiPolygon, Polygon};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Line};
use rstar::{PointDistance, RTree};

use super::{NEGLIGIBLE_M2, area_m2, place};
use crate::distance::DegreeLength;

/// How far the corners of a gap may be from the borders they come from, degrees: two millimetres, twenty
/// times what boolean operations over the province round by.
const ON_BORDER_DEG: f64 = 2e-8;

/// A gap with its shape and, longest first, the areas around it with the length of the border, m.
pub(super) struct Found {
    pub(super) shape: MultiPolygon<f64>,
    pub(super) area_m2: f64,
    pub(super) at: LonLat,
    pub(super) borders: Vec<(usize, f64)>,
}

/// The gaps between sound shapes, largest first.
pub(super) fn find(shapes: &[MultiPolygon<f64>]) -> Vec<Found> {
    let holes = holes(shapes);
    if holes.is_empty() {
        return Vec::new();
    }
    let segments = shapes.iter().enumerate().flat_map(|(i, shape)| {
        rings(shape).flat_map(move |ring| {
            ring.windows(2).map(move |p| GeomWithData::new(Line::new(p[0].into(), p[1].into()), i))
        })
    });
    let tree: RTree<GeomWithData<Line<[f64; 2]>, usize>> = RTree::bulk_load(segments.collect());
    let mut found: Vec<Found> = holes
        .into_par_iter()
        .filter_map(|shape| {
            let area_m2 = area_m2(&shape);
            let at = place(&shape).filter(|_| area_m2 >= NEGLIGIBLE_M2)?;
            let borders = borders(&shape, &tree);
            Some(Found { shape, area_m2, at, borders })
        })
        .collect();
    found.sort_by(|a, b| {
        b.area_m2
            .total_cmp(&a.area_m2)
            .then_with(|| a.at.partial_cmp(&b.at).unwrap_or(std::cmp::Ordering::Equal))
    });
    found
}

/// The holes in the union of all shapes, less the islands in them.
fn holes(shapes: &[MultiPolygon<f64>]) -> Vec<MultiPolygon<f64>> {
    // The union counts windings: all shapes must run the same way round.
    let oriented: Vec<MultiPolygon<f64>> =
        shapes.iter().map(|s| s.orient(Direction::Default)).collect();
    let union = unary_union(&oriented);
    let holes = union
        .iter()
        .flat_map(Polygon::interiors)
        .map(|hole| Polygon::new(hole.clone(), Vec::new()));
    holes
        .map(|hole| {
            let bounds = hole.bounding_rect();
            let islands: Vec<Polygon<f64>> = union
                .iter()
                .filter(|p| {
                    p.bounding_rect().zip(bounds).is_some_and(|(a, b)| {
                        b.min().x <= a.min().x
                            && b.min().y <= a.min().y
                            && a.max().x <= b.max().x
                            && a.max().y <= b.max().y
                    })
                })
                .filter(|p| hole.intersects(*p))
                .cloned()
                .collect();
            let whole = MultiPolygon::new(vec![hole]);
            if islands.is_empty() { whole } else { whole.difference(&MultiPolygon::new(islands)) }
        })
        .collect()
}

/// The rings of a shape as slices of points.
pub(super) fn rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = &[Coord<f64>]> {
    shape
        .iter()
        .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
        .map(|ring| &ring.0[..])
}

/// Areas whose border runs along a gap, by length; areas alike in length in the order of the list.
fn borders(
    gap: &MultiPolygon<f64>,
    tree: &RTree<GeomWithData<Line<[f64; 2]>, usize>>,
) -> Vec<(usize, f64)> {
    let mut lengths: Vec<(usize, f64)> = Vec::new();
    for pair in rings(gap).flat_map(|ring| ring.windows(2)) {
        let middle = (pair[0] + pair[1]) / 2.0;
        let degree = DegreeLength::at(middle.y);
        let step = pair[1] - pair[0];
        let length_m = (step.x * degree.lon_m).hypot(step.y * degree.lat_m);
        let mut beside: Vec<usize> = tree
            .locate_within_distance(middle.into(), ON_BORDER_DEG * ON_BORDER_DEG)
            .filter(|s| s.geom().distance_2(&middle.into()) <= ON_BORDER_DEG * ON_BORDER_DEG)
            .map(|s| s.data)
            .collect();
        beside.sort_unstable();
        beside.dedup();
        for i in beside {
            match lengths.iter_mut().find(|(j, _)| *j == i) {
                Some((_, sum)) => *sum += length_m,
                None => lengths.push((i, length_m)),
            }
        }
    }
    lengths.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    lengths
}
