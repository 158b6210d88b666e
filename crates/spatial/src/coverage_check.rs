//! Whether areas cover the ground once: invalid rings, overlaps and gaps, found and repaired.
//!
//! Boundaries from outside are rarely a coverage. [`inspect`] says where they are not; [`repair`] mends what
//! has a plain answer and tells every change. Areas that differ by less than [`NEGLIGIBLE_M2`] from a coverage
//! count as one: boolean operations round to about a tenth of a millimetre, along borders of kilometres.

mod gaps;
mod mend;
mod rings;

use std::fmt;

use diachiso_model::LonLat;
use geo::{BooleanOps, BoundingRect, InteriorPoint};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::distance::DegreeLength;

pub use mend::repair;
pub use rings::RingFault;

/// Overlaps and gaps of a smaller area are neither reported nor repaired.
pub const NEGLIGIBLE_M2: f64 = 1.0;

/// What keeps areas from being a coverage.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CoverageReport {
    /// Shapes whose rings are not valid, in the order of the areas.
    pub invalid: Vec<InvalidRing>,
    /// Pairs of areas that share ground, in the order of the areas.
    pub overlaps: Vec<Overlap>,
    /// Ground between areas that belongs to none and is not open to the outside, largest first.
    pub gaps: Vec<Gap>,
}

impl CoverageReport {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.invalid.is_empty() && self.overlaps.is_empty() && self.gaps.is_empty()
    }
}

/// A fault in the rings of an area.
#[derive(Clone, PartialEq, Debug)]
pub struct InvalidRing {
    /// The area's code.
    pub code: String,
    /// What is wrong.
    pub reason: RingFault,
}

/// Ground that two areas share.
#[derive(Clone, PartialEq, Debug)]
pub struct Overlap {
    /// The area that comes first in the list.
    pub a: String,
    /// The other.
    pub b: String,
    /// How much, m².
    pub area_m2: f64,
    /// A point in the largest piece.
    pub at: LonLat,
}

/// Ground enclosed by areas that belongs to none.
#[derive(Clone, PartialEq, Debug)]
pub struct Gap {
    /// How much, m².
    pub area_m2: f64,
    /// A point in it.
    pub at: LonLat,
    /// Codes of the areas around it, the one with the longest shared border first.
    pub neighbours: Vec<String>,
}

/// What [`repair`] may do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RepairOptions {
    /// Gaps up to this area are given to a neighbour; larger ones may be real (a lagoon, a missing unit)
    /// and stay reported.
    pub max_gap_m2: f64,
}

impl Default for RepairOptions {
    /// Gaps up to half a square kilometre are closed.
    fn default() -> Self {
        Self { max_gap_m2: 500_000.0 }
    }
}

/// One change that [`repair`] made.
#[derive(Clone, PartialEq, Debug)]
pub struct RepairAction {
    /// The area that was changed.
    pub code: String,
    /// What was done.
    pub kind: RepairKind,
    /// How much ground the area gained or lost, m².
    pub area_m2: f64,
    /// Where; `None` when no usable coordinate was left.
    pub at: Option<LonLat>,
}

/// The kinds of changes.
#[derive(Clone, PartialEq, Debug)]
pub enum RepairKind {
    /// Rings were mended.
    Mended(RingFault),
    /// An overlap was given up to another area.
    GaveUp {
        /// The code of the area that keeps the ground.
        to: String,
    },
    /// A gap was filled.
    Filled,
}

impl fmt::Display for RepairAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, area_m2, .. } = self;
        match &self.kind {
            RepairKind::Mended(fault) => write!(f, "{code}: {fault}; {area_m2:.0} m²")?,
            RepairKind::GaveUp { to } => {
                write!(f, "{code}: nhường {area_m2:.0} m² cho {to} / overlap given up to {to}")?;
            }
            RepairKind::Filled => write!(f, "{code}: lấp khe hở {area_m2:.0} m² / gap filled")?,
        }
        self.at.map_or(Ok(()), |at| write!(f, ", {at}"))
    }
}

/// Looks for invalid rings, overlaps and gaps. Shapes with invalid rings are judged as [`repair`] would mend
/// them. Pairs are found through an index; the cost is that of the boolean operations on areas that touch.
#[must_use]
pub fn inspect(areas: &[(String, MultiPolygon<f64>)]) -> CoverageReport {
    let sound: Vec<rings::Sound> = areas.par_iter().map(|(_, shape)| rings::sound(shape)).collect();
    let code = |i: usize| areas[i].0.clone();
    let invalid = sound.iter().enumerate().flat_map(|(i, s)| {
        s.faults.iter().map(move |reason| InvalidRing { code: code(i), reason: reason.clone() })
    });
    let invalid = invalid.collect();
    let shapes: Vec<MultiPolygon<f64>> = sound.into_iter().map(|s| s.shape).collect();
    let overlaps = touching_pairs(&shapes)
        .into_par_iter()
        .filter_map(|(i, j)| {
            let shared = shapes[i].intersection(&shapes[j]);
            let area_m2 = area_m2(&shared);
            let at = place(&shared).filter(|_| area_m2 >= NEGLIGIBLE_M2)?;
            Some(Overlap { a: code(i), b: code(j), area_m2, at })
        })
        .collect();
    let gaps = gaps::find(&shapes)
        .into_iter()
        .map(|gap| Gap {
            area_m2: gap.area_m2,
            at: gap.at,
            neighbours: gap.borders.iter().map(|(i, _)| code(*i)).collect(),
        })
        .collect();
    CoverageReport { invalid, overlaps, gaps }
}

/// Pairs (lower index first) of shapes whose bounding boxes meet, in order.
fn touching_pairs(shapes: &[MultiPolygon<f64>]) -> Vec<(usize, usize)> {
    let boxes: Vec<GeomWithData<Rectangle<[f64; 2]>, usize>> = shapes
        .iter()
        .enumerate()
        .filter_map(|(i, shape)| {
            let r = shape.bounding_rect()?;
            Some(GeomWithData::new(Rectangle::from_corners(r.min().into(), r.max().into()), i))
        })
        .collect();
    let tree = RTree::bulk_load(boxes.clone());
    let mut pairs: Vec<(usize, usize)> = boxes
        .iter()
        .flat_map(|b| {
            let around = AABB::from_corners(b.geom().lower(), b.geom().upper());
            tree.locate_in_envelope_intersecting(around).map(move |other| (b.data, other.data))
        })
        .filter(|(i, j)| i < j)
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Area in m², with the length of a degree at each ring's own latitude: good to 1 part in 1,000 for a commune.
fn area_m2(shape: &MultiPolygon<f64>) -> f64 {
    shape.iter().map(polygon_area_m2).sum()
}

fn polygon_area_m2(polygon: &Polygon<f64>) -> f64 {
    let holes: f64 = polygon.interiors().iter().map(ring_area_m2).sum();
    ring_area_m2(polygon.exterior()) - holes
}

fn ring_area_m2(ring: &LineString<f64>) -> f64 {
    let Some(bounds) = ring.bounding_rect() else { return 0.0 };
    let (origin, degree) = (ring.0[0], DegreeLength::at(bounds.center().y));
    let cross = |a: Coord<f64>, b: Coord<f64>| a.x * b.y - a.y * b.x;
    let twice: f64 = ring.0.windows(2).map(|p| cross(p[0] - origin, p[1] - origin)).sum();
    twice.abs() / 2.0 * degree.lon_m * degree.lat_m
}

/// A point inside the largest part.
fn place(shape: &MultiPolygon<f64>) -> Option<LonLat> {
    let largest = shape.iter().max_by(|a, b| polygon_area_m2(a).total_cmp(&polygon_area_m2(b)))?;
    let point = largest.interior_point()?;
    LonLat::new(point.x(), point.y()).ok()
}

#[cfg(test)]
mod tests;
