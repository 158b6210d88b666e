//! Repair: invalid rings, then overlaps, then gaps.

use std::collections::BTreeMap;

use geo::BooleanOps;
use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use rayon::prelude::*;
use rstar::RTree;

use super::{
    NEGLIGIBLE_M2, RepairAction, RepairKind, RepairOptions, area_m2, gaps, place, ring_area_m2,
    rings, touching_pairs,
};

/// A corner of a gap nearer to an area's corner than this, in degrees, is that corner.
const SAME_CORNER_DEG: f64 = 2e-8;

/// How often gaps are looked for: a bay that two areas close in one point is open or not by a hair's breadth,
/// and may become a gap when its neighbours are filled.
const MAX_ROUNDS: usize = 4;

/// Mends areas and tells every change; the areas keep their order.
///
/// - **Invalid rings**: points that are no degrees or repeat, and rings with fewer than three points, are left
///   out; rings that cross themselves or lie wrongly become the ground they wind around.
/// - **Overlaps** stay with the smaller of the two areas (of equal ones the one with the lower code): the ground
///   is the larger share of it, and an area that lies wholly within another is not lost.
/// - **Gaps** up to [`RepairOptions::max_gap_m2`] go to the neighbour with the longest shared border (of equal
///   ones the first in the list); larger ones stay.
///
/// Areas that already are a coverage come back point for point. What could not be mended shows when the result
/// is inspected again.
#[must_use]
pub fn repair(
    areas: Vec<(String, MultiPolygon<f64>)>,
    options: &RepairOptions,
) -> (Vec<(String, MultiPolygon<f64>)>, Vec<RepairAction>) {
    let mut actions = Vec::new();
    let mut areas = mend_rings(areas, &mut actions);
    resolve_overlaps(&mut areas, &mut actions);
    for _ in 0..MAX_ROUNDS {
        if !fill_gaps(&mut areas, *options, &mut actions) {
            break;
        }
    }
    (areas, actions)
}

type Areas = Vec<(String, MultiPolygon<f64>)>;

fn mend_rings(areas: Areas, actions: &mut Vec<RepairAction>) -> Areas {
    let mended: Vec<_> = areas
        .into_par_iter()
        .map(|(code, shape)| {
            let sound = rings::sound(&shape);
            if sound.faults.is_empty() {
                return (code, shape, Vec::new());
            }
            let (before, after) = (area_m2(&shape), area_m2(&sound.shape));
            let change = if before.is_finite() { (after - before).abs() } else { after };
            let told = sound.faults.into_iter().map(|fault| RepairAction {
                code: code.clone(),
                kind: RepairKind::Mended(fault),
                area_m2: change,
                at: place(&sound.shape),
            });
            let told = told.collect();
            (code, sound.shape, told)
        })
        .collect();
    mended
        .into_iter()
        .map(|(code, shape, told)| {
            actions.extend(told);
            (code, shape)
        })
        .collect()
}

fn resolve_overlaps(areas: &mut Areas, actions: &mut Vec<RepairAction>) {
    let shapes: Vec<MultiPolygon<f64>> = areas.iter().map(|(_, shape)| shape.clone()).collect();
    let sizes: Vec<f64> = shapes.iter().map(area_m2).collect();
    let rank = |i: usize, j: usize| {
        sizes[i].total_cmp(&sizes[j]).then_with(|| areas[i].0.cmp(&areas[j].0)).then(i.cmp(&j))
    };
    let mut keepers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, j) in touching_pairs(&shapes) {
        let (keeper, giver) = if rank(i, j).is_lt() { (i, j) } else { (j, i) };
        keepers.entry(giver).or_default().push(keeper);
    }
    for list in keepers.values_mut() {
        list.sort_by(|a, b| rank(*a, *b));
    }
    let changed: Vec<(usize, MultiPolygon<f64>, Vec<RepairAction>)> = keepers
        .into_par_iter()
        .filter_map(|(giver, keepers)| {
            let mut rest = shapes[giver].clone();
            let mut told = Vec::new();
            for keeper in keepers {
                let shared = rest.intersection(&shapes[keeper]);
                let area_m2 = area_m2(&shared);
                if area_m2 >= NEGLIGIBLE_M2 {
                    rest = without_dust(rest.difference(&shapes[keeper]));
                    let kind = RepairKind::GaveUp { to: areas[keeper].0.clone() };
                    told.push(RepairAction {
                        code: areas[giver].0.clone(),
                        kind,
                        area_m2,
                        at: place(&shared),
                    });
                }
            }
            (!told.is_empty()).then_some((giver, rest, told))
        })
        .collect();
    for (giver, rest, told) in changed {
        areas[giver].1 = rest;
        actions.extend(told);
    }
}

/// Fills the gaps that may be filled; whether there were any.
fn fill_gaps(areas: &mut Areas, options: RepairOptions, actions: &mut Vec<RepairAction>) -> bool {
    let shapes: Vec<MultiPolygon<f64>> = areas.iter().map(|(_, shape)| shape.clone()).collect();
    let mut fills: BTreeMap<usize, Vec<MultiPolygon<f64>>> = BTreeMap::new();
    let found = gaps::find(&shapes);
    let corners: Vec<[f64; 2]> = if found.is_empty() {
        Vec::new()
    } else {
        shapes.iter().flat_map(gaps::rings).flatten().map(|p| [p.x, p.y]).collect()
    };
    let corners = RTree::bulk_load(corners);
    for gap in found.into_iter().filter(|gap| gap.area_m2 <= options.max_gap_m2) {
        let Some((taker, _)) = gap.borders.first() else { continue };
        actions.push(RepairAction {
            code: areas[*taker].0.clone(),
            kind: RepairKind::Filled,
            area_m2: gap.area_m2,
            at: Some(gap.at),
        });
        fills.entry(*taker).or_default().push(on_corners(&gap.shape, &corners));
    }
    let filled: Vec<(usize, MultiPolygon<f64>)> = fills
        .into_par_iter()
        .map(|(taker, mut parts)| {
            parts.push(shapes[taker].clone());
            let parts: Vec<MultiPolygon<f64>> =
                parts.iter().map(|p| rings::sound(p).shape).collect();
            (taker, without_dust(geo::unary_union(&parts)))
        })
        .collect();
    let any = !filled.is_empty();
    for (taker, shape) in filled {
        areas[taker].1 = shape;
    }
    any
}

/// The shape with its corners put exactly on the corners that they stem from.
fn on_corners(shape: &MultiPolygon<f64>, corners: &RTree<[f64; 2]>) -> MultiPolygon<f64> {
    let exact = |p: &Coord<f64>| {
        let near = corners.nearest_neighbor([p.x, p.y]).map(|c| Coord { x: c[0], y: c[1] });
        near.filter(|c| (c.x - p.x).hypot(c.y - p.y) <= SAME_CORNER_DEG).unwrap_or(*p)
    };
    let ring = |line: &LineString<f64>| line.0.iter().map(exact).collect::<LineString<f64>>();
    shape
        .iter()
        .map(|p| Polygon::new(ring(p.exterior()), p.interiors().iter().map(ring).collect()))
        .collect()
}

/// Leaves out parts and holes below [`NEGLIGIBLE_M2`], which rounding leaves along cut borders.
fn without_dust(shape: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let kept = |ring: &LineString<f64>| ring_area_m2(ring) >= NEGLIGIBLE_M2;
    shape
        .into_iter()
        .filter(|p| kept(p.exterior()))
        .map(|p| {
            let (outer, holes) = p.into_inner();
            Polygon::new(outer, holes.into_iter().filter(kept).collect())
        })
        .collect()
}
