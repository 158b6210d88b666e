//! Faults of rings, and shapes freed of them.

use std::fmt;

use diachiso_model::LonLat;
use geo::bool_ops::{FillRule, OpType};
use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{BooleanOps, BoundingRect, Winding, unary_union};
use geo_types::{Coord, Line, LineString, MultiPolygon, Polygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// What is wrong with an area's rings.
#[derive(Clone, PartialEq, Debug)]
pub enum RingFault {
    /// So many coordinates are no longitude and latitude in degrees; they are left out.
    NotDegrees(usize),
    /// So many points repeat the one before them; they are left out.
    RepeatedPoints(usize),
    /// So many rings have fewer than three distinct points; they are left out.
    TooFewPoints(usize),
    /// A ring crosses, touches or runs back along itself or another ring of the area.
    Crossing(LonLat),
    /// A hole lies outside its polygon, or a part inside another part.
    Nesting(LonLat),
    /// No usable ring is left.
    Empty,
}

impl fmt::Display for RingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDegrees(n) => {
                write!(f, "{n} toạ độ không phải độ / coordinates are not degrees")
            }
            Self::RepeatedPoints(n) => write!(f, "{n} điểm lặp / repeated points"),
            Self::TooFewPoints(n) => {
                write!(f, "{n} vòng dưới 3 điểm / rings with fewer than 3 points")
            }
            Self::Crossing(at) => write!(f, "vòng tự cắt tại / rings cross or touch at {at}"),
            Self::Nesting(at) => {
                write!(f, "vòng lồng sai tại / a hole or part lies wrongly at {at}")
            }
            Self::Empty => write!(f, "không còn vùng nào / no area left"),
        }
    }
}

/// A shape without faults, as far as it can be had, and the faults that it came with.
pub(super) struct Sound {
    pub(super) shape: MultiPolygon<f64>,
    pub(super) faults: Vec<RingFault>,
}

/// Mends a shape: unusable points and rings are left out, then, if rings still cross or lie wrongly, every
/// polygon becomes the ground its outer ring winds around, less what its holes wind around, and the parts
/// are joined. A shape without faults comes back point for point.
pub(super) fn sound(shape: &MultiPolygon<f64>) -> Sound {
    let mut tally = PointFaults::default();
    let cleaned: MultiPolygon<f64> =
        shape.iter().filter_map(|polygon| tally.clean(polygon)).collect();
    let mut faults = tally.into_faults();
    let topology = topology_fault(&cleaned);
    faults.extend(topology.clone());
    let shape = if topology.is_some() { rebuild(&cleaned) } else { cleaned };
    if shape.0.is_empty() {
        faults.push(RingFault::Empty);
    }
    Sound { shape, faults }
}

#[derive(Default)]
struct PointFaults {
    not_degrees: usize,
    repeated: usize,
    too_few: usize,
}

impl PointFaults {
    fn clean(&mut self, polygon: &Polygon<f64>) -> Option<Polygon<f64>> {
        let outer = self.clean_ring(polygon.exterior(), true)?;
        let holes =
            polygon.interiors().iter().filter_map(|hole| self.clean_ring(hole, false)).collect();
        Some(Polygon::new(outer, holes))
    }

    fn clean_ring(&mut self, ring: &LineString<f64>, outer: bool) -> Option<LineString<f64>> {
        if ring.0.is_empty() {
            return None;
        }
        let mut points = ring.0.clone();
        points.retain(|p| LonLat::new(p.x, p.y).is_ok());
        self.not_degrees += ring.0.len() - points.len();
        let before = points.len();
        points.dedup();
        self.repeated += before - points.len();
        let mut line = LineString::new(points);
        line.close();
        let open = &line.0[..line.0.len().saturating_sub(1)];
        if open.len() < 3 {
            self.too_few += 1;
            return None;
        }
        if outer {
            line.make_ccw_winding();
        } else {
            line.make_cw_winding();
        }
        Some(line)
    }

    fn into_faults(self) -> Vec<RingFault> {
        [
            (self.not_degrees, RingFault::NotDegrees as fn(usize) -> RingFault),
            (self.repeated, RingFault::RepeatedPoints),
            (self.too_few, RingFault::TooFewPoints),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, fault)| fault(count))
        .collect()
    }
}

/// The ground that the rings of a shape wind around.
fn rebuild(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let nothing = MultiPolygon::new(Vec::new());
    let wound = |ring: &LineString<f64>| {
        let polygon = Polygon::new(ring.clone(), Vec::new());
        polygon.boolean_op_with_fill_rule(&nothing, OpType::Union, FillRule::NonZero)
    };
    let parts: Vec<MultiPolygon<f64>> = shape
        .iter()
        .map(|polygon| {
            let holes: Vec<_> = polygon.interiors().iter().map(wound).collect();
            let outer = wound(polygon.exterior());
            if holes.is_empty() { outer } else { outer.difference(&unary_union(&holes)) }
        })
        .collect();
    unary_union(&parts)
}

/// A segment with the polygon, the ring and the place in the ring that it comes from.
#[derive(Clone, Copy)]
struct Segment {
    line: Line<f64>,
    polygon: usize,
    ring: usize,
    at: usize,
    last: usize,
}

impl Segment {
    fn adjoins(&self, other: &Self) -> bool {
        let apart = self.at.abs_diff(other.at);
        apart == 1 || apart == self.last
    }

    /// Where the two segments meet although they should not.
    fn clash(&self, other: &Self) -> Option<Coord<f64>> {
        let same_ring = (self.polygon, self.ring) == (other.polygon, other.ring);
        match line_intersection(self.line, other.line)? {
            LineIntersection::Collinear { intersection } => Some(intersection.start),
            LineIntersection::SinglePoint { intersection, is_proper } => {
                (is_proper || (same_ring && !self.adjoins(other))).then_some(intersection)
            }
        }
    }
}

/// The first fault in how the rings of a shape lie to themselves and to each other.
fn topology_fault(shape: &MultiPolygon<f64>) -> Option<RingFault> {
    let segments = segments(shape);
    let items: Vec<GeomWithData<Rectangle<[f64; 2]>, usize>> =
        segments.iter().enumerate().map(|(i, s)| GeomWithData::new(bounds(&s.line), i)).collect();
    let tree = RTree::bulk_load(items);
    for (i, segment) in segments.iter().enumerate() {
        let around = bounds(&segment.line);
        let clash = tree
            .locate_in_envelope_intersecting(AABB::from_corners(around.lower(), around.upper()))
            .filter(|other| other.data > i)
            .filter_map(|other| segment.clash(&segments[other.data]).map(|at| (other.data, at)))
            .min_by_key(|(j, _)| *j);
        if let Some((_, at)) = clash {
            return LonLat::new(at.x, at.y).ok().map(RingFault::Crossing);
        }
    }
    nesting_fault(shape)
}

fn bounds(line: &Line<f64>) -> Rectangle<[f64; 2]> {
    Rectangle::from_corners(line.start.into(), line.end.into())
}

fn segments(shape: &MultiPolygon<f64>) -> Vec<Segment> {
    let mut all = Vec::new();
    for (p, polygon) in shape.iter().enumerate() {
        for (r, ring) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate()
        {
            let last = ring.0.len().saturating_sub(2);
            all.extend(ring.lines().enumerate().map(|(at, line)| Segment {
                line,
                polygon: p,
                ring: r,
                at,
                last,
            }));
        }
    }
    all
}

/// Rings that cross nowhere lie wholly inside or outside each other: one point that is not on the other tells.
fn nesting_fault(shape: &MultiPolygon<f64>) -> Option<RingFault> {
    let lies = |ring: &LineString<f64>, within: &Polygon<f64>, wrong: CoordPos| {
        let decided = ring.0.iter().map(|p| (*p, within.coordinate_position(p)));
        let first = decided.into_iter().find(|(_, position)| *position != CoordPos::OnBoundary);
        first.filter(|(_, position)| *position == wrong).map(|(p, _)| p)
    };
    let boxes: Vec<_> = shape.iter().map(BoundingRect::bounding_rect).collect();
    let tree = RTree::bulk_load(
        boxes
            .iter()
            .enumerate()
            .filter_map(|(i, r)| {
                r.map(|r| {
                    GeomWithData::new(
                        Rectangle::<[f64; 2]>::from_corners(r.min().into(), r.max().into()),
                        i,
                    )
                })
            })
            .collect(),
    );
    for (i, polygon) in shape.iter().enumerate() {
        let outer = Polygon::new(polygon.exterior().clone(), Vec::new());
        let holes: Vec<Polygon<f64>> =
            polygon.interiors().iter().map(|hole| Polygon::new(hole.clone(), Vec::new())).collect();
        let astray =
            polygon.interiors().iter().find_map(|hole| lies(hole, &outer, CoordPos::Outside));
        let in_hole = || {
            (0..holes.len()).find_map(|h| {
                let others = holes.iter().enumerate().filter(|(k, _)| *k != h);
                others
                    .into_iter()
                    .find_map(|(_, other)| lies(holes[h].exterior(), other, CoordPos::Inside))
            })
        };
        let in_part = || {
            let r = boxes[i]?;
            let around = AABB::from_corners(r.min().into(), r.max().into());
            let others = tree.locate_in_envelope_intersecting(around).filter(|b| b.data != i);
            others
                .into_iter()
                .find_map(|b| lies(polygon.exterior(), &shape.0[b.data], CoordPos::Inside))
        };
        if let Some(at) = astray.or_else(in_hole).or_else(in_part) {
            return LonLat::new(at.x, at.y).ok().map(RingFault::Nesting);
        }
    }
    None
}
