//! Shapes of villages, for which boundaries rarely exist, inferred from where their households are.
//!
//! Each village is stood for by a few representative points; the commune is divided by nearness to them (a Voronoi
//! diagram) and the cells of a village are joined.

use std::collections::BTreeMap;

use diachiso_model::LonLat;
use geo::{Area as _, BooleanOps as _, BoundingRect as _, unary_union};
use geo_types::{Coord, LineString, MultiPolygon, Polygon, Rect};

/// The most representative points a village has.
const MAX_SITES: usize = 24;

/// A patch of a village needs this share of its points, or it is taken for a misplaced household.
const STRAY_SHARE: usize = 200;

/// Rings smaller than this many square degrees (0.1 m²) are rounding, not land.
const MIN_RING_DEG2: f64 = 1e-11;

/// The shapes of the villages of a commune from the points of their households, by ascending village.
///
/// The shapes do not overlap and together cover the commune. They depend on the set of points alone: not on order or
/// repetition. A village without points, or whose points lie so far outside the commune that others are nearer
/// everywhere, has no shape; without any point there is none at all.
#[must_use]
pub fn village_shapes(
    commune: &MultiPolygon<f64>,
    points: &[(u32, LonLat)],
) -> Vec<(u32, MultiPolygon<f64>)> {
    let Some(bounds) = commune.bounding_rect() else { return Vec::new() };
    let plane = Plane::around(&bounds);
    let sites = sites(points, plane);
    let mut cells: BTreeMap<u32, Vec<Polygon<f64>>> = BTreeMap::new();
    for (number, (_, village)) in sites.iter().enumerate() {
        let ring = plane.cell(&sites, number);
        if ring.len() > 2 {
            let ring: LineString<f64> = ring.iter().map(|corner| plane.degrees(*corner)).collect();
            cells.entry(*village).or_default().push(Polygon::new(ring, Vec::new()));
        }
    }
    if cells.len() == 1 {
        return cells.into_keys().map(|village| (village, commune.clone())).collect();
    }
    cells
        .into_iter()
        .map(|(village, cells)| {
            (village, without_slivers(unary_union(&cells).intersection(commune)))
        })
        .filter(|(_, shape)| !shape.0.is_empty())
        .collect()
}

/// The representative points of all villages, each position once, by position.
fn sites(points: &[(u32, LonLat)], plane: Plane) -> Vec<(Coord<f64>, u32)> {
    let mut points: Vec<(u32, Coord<f64>)> =
        points.iter().map(|(village, position)| (*village, plane.local(*position))).collect();
    points.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| by_position(&a.1, &b.1)));
    points.dedup();
    let mut sites: Vec<(Coord<f64>, u32)> = points
        .chunk_by(|a, b| a.0 == b.0)
        .flat_map(|village| {
            let positions: Vec<Coord<f64>> =
                village.iter().map(|(_, position)| *position).collect();
            thinned(&positions).into_iter().map(|site| (site, village[0].0))
        })
        .collect();
    // Where two villages share a position, the lowest id keeps it.
    sites.sort_by(|a, b| by_position(&a.0, &b.0).then(a.1.cmp(&b.1)));
    sites.dedup_by_key(|(site, _)| *site);
    sites
}

/// At most [`MAX_SITES`] points that stand for many: the means over the cells of a grid fine enough.
fn thinned(points: &[Coord<f64>]) -> Vec<Coord<f64>> {
    if points.len() <= MAX_SITES {
        return points.to_vec();
    }
    let extent = points.iter().fold([f64::MAX, f64::MIN, f64::MAX, f64::MIN], |e, p| {
        [e[0].min(p.x), e[1].max(p.x), e[2].min(p.y), e[3].max(p.y)]
    });
    // Scattered points need far fewer than 64 cells a side; points that all but coincide still need a side.
    let mut side = ((extent[1] - extent[0]).max(extent[3] - extent[2]) / 64.0).max(1e-9);
    loop {
        let mut patches: BTreeMap<(i64, i64), (Coord<f64>, usize)> = BTreeMap::new();
        for point in points {
            let cell = ((point.x / side).floor() as i64, (point.y / side).floor() as i64);
            let patch = patches.entry(cell).or_insert((Coord { x: 0.0, y: 0.0 }, 0));
            *patch = (patch.0 + *point, patch.1 + 1);
        }
        let enough = points.len().div_ceil(STRAY_SHARE);
        // Strays are told by the final grid alone: on a fine one every patch is small.
        if patches.len() <= MAX_SITES {
            let patches = patches.into_values().filter(|(_, count)| *count >= enough);
            return patches.map(|(sum, count)| sum / count as f64).collect();
        }
        side *= 1.25;
    }
}

/// A plane around a commune in which degrees of both axes are equally long.
#[derive(Clone, Copy)]
struct Plane {
    center: Coord<f64>,
    /// The length of a degree of longitude over that of latitude.
    stretch: f64,
    /// Half the sides of a rectangle somewhat larger than the commune.
    half: Coord<f64>,
}

impl Plane {
    fn around(bounds: &Rect<f64>) -> Self {
        let center = bounds.center();
        let stretch = center.y.to_radians().cos().max(1e-3);
        // A tenth more than half the commune, and something at all for one without width.
        let half =
            Coord { x: bounds.width() * stretch * 0.6 + 1e-6, y: bounds.height() * 0.6 + 1e-6 };
        Self { center, stretch, half }
    }

    fn local(self, position: LonLat) -> Coord<f64> {
        Coord {
            x: (position.lon() - self.center.x) * self.stretch,
            y: position.lat() - self.center.y,
        }
    }

    fn degrees(self, point: Coord<f64>) -> Coord<f64> {
        Coord { x: self.center.x + point.x / self.stretch, y: self.center.y + point.y }
    }

    /// What of the rectangle is nearer to a site than to any other: a convex ring, perhaps without corners.
    fn cell(self, sites: &[(Coord<f64>, u32)], number: usize) -> Vec<Coord<f64>> {
        let site = sites[number].0;
        let Coord { x, y } = self.half;
        let mut ring = [(-x, -y), (x, -y), (x, y), (-x, y)].map(|(x, y)| Coord { x, y }).to_vec();
        let mut others: Vec<(f64, Coord<f64>)> = sites
            .iter()
            .filter(|(other, _)| *other != site)
            .map(|(other, _)| (squared(*other - site), *other))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| by_position(&a.1, &b.1)));
        for (distance2, other) in others {
            let reach2 = ring.iter().map(|corner| squared(*corner - site)).fold(0.0, f64::max);
            // The bisector passes halfway: beyond the farthest corner it cuts nothing.
            if distance2 > 4.0 * reach2 {
                break;
            }
            ring = nearer_half(&ring, site, other);
        }
        ring
    }
}

/// What of a convex ring is nearer to one site than to another.
fn nearer_half(ring: &[Coord<f64>], site: Coord<f64>, other: Coord<f64>) -> Vec<Coord<f64>> {
    let normal = other - site;
    let middle = (other + site) / 2.0;
    let beyond = |corner: Coord<f64>| {
        let from_middle = corner - middle;
        from_middle.x * normal.x + from_middle.y * normal.y
    };
    let mut kept = Vec::with_capacity(ring.len() + 1);
    let Some(mut previous) = ring.last().copied() else { return kept };
    for corner in ring.iter().copied() {
        let (before, now) = (beyond(previous), beyond(corner));
        if (before > 0.0) != (now > 0.0) {
            kept.push(previous + (corner - previous) * (before / (before - now)));
        }
        if now <= 0.0 {
            kept.push(corner);
        }
        previous = corner;
    }
    kept
}

/// The shape without the specks and pinholes that rounding leaves where cells meet.
fn without_slivers(shape: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let land = |ring: &LineString<f64>| {
        Polygon::new(ring.clone(), Vec::new()).unsigned_area() >= MIN_RING_DEG2
    };
    let polygons = shape.0.into_iter().filter_map(|polygon| {
        let (exterior, mut holes) = polygon.into_inner();
        holes.retain(land);
        land(&exterior).then(|| Polygon::new(exterior, holes))
    });
    polygons.collect()
}

fn squared(vector: Coord<f64>) -> f64 {
    vector.x * vector.x + vector.y * vector.y
}

fn by_position(a: &Coord<f64>, b: &Coord<f64>) -> std::cmp::Ordering {
    a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Intersects as _, Validation as _};
    use geo_types::{point, polygon};
    use proptest::prelude::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("the test's position is on the globe")
    }

    /// A commune of 0.1° with a bay, and a lake in it.
    fn commune() -> MultiPolygon<f64> {
        let mut shell = polygon![
            (x: 107.5, y: 16.5), (x: 107.6, y: 16.5), (x: 107.6, y: 16.6), (x: 107.56, y: 16.6),
            (x: 107.55, y: 16.53), (x: 107.54, y: 16.6), (x: 107.5, y: 16.6),
        ];
        shell.interiors_push(vec![(107.51, 16.51), (107.52, 16.51), (107.52, 16.52)]);
        MultiPolygon(vec![shell])
    }

    #[track_caller]
    fn check_partition(commune: &MultiPolygon<f64>, shapes: &[(u32, MultiPolygon<f64>)]) {
        let whole = commune.unsigned_area();
        let sum: f64 = shapes.iter().map(|(_, shape)| shape.unsigned_area()).sum();
        assert!(
            (sum / whole - 1.0).abs() < 1e-6,
            "the shapes add up to {} of the commune",
            sum / whole
        );
        // Parts of the commune that share nothing and add up to it cover it: no union of all is needed.
        let parts: Vec<&MultiPolygon<f64>> = shapes.iter().map(|(_, shape)| shape).collect();
        for (number, shape) in parts.iter().enumerate() {
            assert!(shape.is_valid(), "shape {number} is not valid");
            let outside = shape.difference(commune).unsigned_area();
            assert!(outside / whole < 1e-7, "{} of shape {number} is outside", outside / whole);
            for other in &parts[number + 1..] {
                let shared = shape.intersection(*other).unsigned_area();
                assert!(
                    shared / whole < 1e-7,
                    "two shapes share {} of the commune",
                    shared / whole
                );
            }
        }
    }

    #[test]
    fn without_points_there_are_no_shapes() {
        assert_eq!(village_shapes(&commune(), &[]), []);
        assert_eq!(village_shapes(&MultiPolygon(Vec::new()), &[(1, at(107.5, 16.5))]), []);
    }

    #[test]
    fn a_single_village_is_the_whole_commune() {
        let points = [(4, at(107.51, 16.55)), (4, at(107.58, 16.55))];
        assert_eq!(village_shapes(&commune(), &points), [(4, commune())]);
    }

    #[test]
    fn two_villages_meet_halfway() {
        let points = [(2, at(107.52, 16.55)), (1, at(107.58, 16.55))];
        let shapes = village_shapes(&commune(), &points);
        check_partition(&commune(), &shapes);
        assert_eq!(shapes.iter().map(|(village, _)| *village).collect::<Vec<_>>(), [1, 2]);
        assert!(shapes[0].1.intersects(&point!(x: 107.5501, y: 16.51)));
        assert!(shapes[1].1.intersects(&point!(x: 107.5499, y: 16.51)));
    }

    #[test]
    fn a_stray_household_does_not_take_land_from_another_village() {
        let crowd = |village: u32, west: f64| {
            (0..400).map(move |number| {
                let (column, row) = (f64::from(number % 20), f64::from(number / 20));
                (village, at(west + column * 0.001, 16.51 + row * 0.004))
            })
        };
        let mut points: Vec<_> = crowd(1, 107.505).chain(crowd(2, 107.575)).collect();
        let before = village_shapes(&commune(), &points);
        points.push((1, at(107.594, 16.55)));
        let after = village_shapes(&commune(), &points);
        assert!(before[1].1.intersects(&point!(x: 107.594, y: 16.55)));
        assert!(after[1].1.intersects(&point!(x: 107.594, y: 16.55)));
    }

    #[test]
    fn two_villages_at_one_position_leave_it_to_the_lowest() {
        let points = [(9, at(107.52, 16.55)), (3, at(107.52, 16.55)), (9, at(107.58, 16.55))];
        let shapes = village_shapes(&commune(), &points);
        check_partition(&commune(), &shapes);
        assert!(shapes[0].0 == 3 && shapes[0].1.intersects(&point!(x: 107.52, y: 16.55)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn shapes_are_disjoint_cover_the_commune_and_ignore_order(
            mut points in prop::collection::vec((0_u32..8, 107.48..107.62, 16.48..16.62), 1..200)
        ) {
            let read = |points: &[(u32, f64, f64)]| -> Vec<(u32, LonLat)> {
                points.iter().map(|(village, lon, lat)| (*village, at(*lon, *lat))).collect()
            };
            let shapes = village_shapes(&commune(), &read(&points));
            check_partition(&commune(), &shapes);
            points.reverse();
            points.extend_from_within(..points.len() / 2);
            prop_assert_eq!(village_shapes(&commune(), &read(&points)), shapes);
        }

        #[test]
        fn points_on_a_lattice_partition_too(
            points in prop::collection::vec((0_u32..5, 0_u32..8, 0_u32..8), 1..64)
        ) {
            // Four sites on a circle everywhere: the case in which corners of cells fall together.
            let points: Vec<(u32, LonLat)> = points
                .iter()
                .map(|(village, x, y)| (*village, at(107.505 + 0.0125 * f64::from(*x), 16.505 + 0.0125 * f64::from(*y))))
                .collect();
            check_partition(&commune(), &village_shapes(&commune(), &points));
        }
    }
}
