//! Shapes of villages, for which boundaries rarely exist, inferred from where their households are.
//!
//! Over the commune lies a grid whose cells depend on the commune alone. In each cell the points of a village stand for
//! it by their mean; the commune is divided by nearness to these sites (a Voronoi diagram, on a grid of a centimetre) and
//! the cells of a village are joined. One point more therefore changes the shapes around it and nowhere else.

use std::collections::BTreeMap;

use diachiso_model::LonLat;
use geo::{Area as _, BooleanOps as _, BoundingRect as _, Intersects as _};
use geo_types::{Coord, MultiPolygon, Point, Polygon, Rect};
use rayon::prelude::*;

use crate::power_diagram::{Site, dissolve, power_cells};

/// Cells that the grid over a commune has at most: sites are fewer than that times the villages in a cell, and dividing
/// takes time by their square.
const MAX_CELLS: f64 = 1024.0;

/// A village that has less than this share of the points in a cell and the eight around it has strays there: misplaced
/// households, which take no land.
const STRAY_SHARE: usize = 10;

/// So many points make a shape half as trustworthy as points without number would.
const HALF_SURE: f64 = 5.0;

/// Parts smaller than this many square degrees (0.1 m²) are rounding, not land.
const MIN_PART_DEG2: f64 = 1e-11;

/// The shape of a village and how far it is to be trusted.
#[derive(Clone, PartialEq, Debug)]
pub struct VillageShape {
    /// The village's number.
    pub village: u32,
    /// The shape, clipped to the commune.
    pub shape: MultiPolygon<f64>,
    /// From 0 to 1: the share of its points that lie in the shape, times the share of the points in the shape that are
    /// its own, times n / (n + 5) for n points. 1 for an official shape.
    pub confidence: f32,
    /// Whether the shape was given and not inferred.
    pub official: bool,
}

/// The villages of a commune.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct VillageCoverage {
    /// The shapes, by ascending village.
    pub shapes: Vec<VillageShape>,
    /// Indices of the points that lie outside the shape of their village, ascending.
    pub outside: Vec<u32>,
}

/// The shapes of the villages of a commune from the points of their households, and from `official` shapes.
///
/// An official shape stands as it is, clipped to the commune; where two share ground, the first has it. The other
/// villages divide what is left: their shapes are valid, do not overlap, share their corners and together are that rest
/// (rounded to 1e-7 degrees). They depend on the set of points alone: not on order or repetition. A village without
/// points, or with nothing but strays among the points of others, has no shape; without any point there is none at all.
#[must_use]
pub fn village_shapes(
    commune: &MultiPolygon<f64>,
    points: &[(u32, LonLat)],
    official: &[(u32, MultiPolygon<f64>)],
) -> VillageCoverage {
    let (mut shapes, rest) = given(commune, official);
    let inferred = |village: &u32| shapes.iter().all(|(given, _)| given != village);
    let sites = commune.bounding_rect().map_or_else(Vec::new, |bounds| {
        sites(points.iter().filter(|(village, _)| inferred(village)).copied(), &bounds)
    });
    let official = shapes.len();
    shapes.extend(divided(&rest, &sites));
    let official: Vec<u32> = shapes[..official].iter().map(|(village, _)| *village).collect();
    shapes.sort_by_key(|(village, _)| *village);
    judged(shapes, &official, points)
}

/// Official shapes within the commune, none sharing ground with one before it, and what they leave of the commune.
fn given(
    commune: &MultiPolygon<f64>,
    official: &[(u32, MultiPolygon<f64>)],
) -> (Vec<(u32, MultiPolygon<f64>)>, MultiPolygon<f64>) {
    let mut rest = commune.clone();
    let mut shapes = Vec::with_capacity(official.len());
    for (village, shape) in official {
        let own = without_slivers(rest.intersection(shape));
        if !own.0.is_empty() {
            rest = without_slivers(rest.difference(shape));
            shapes.push((*village, own));
        }
    }
    (shapes, rest)
}

/// Cells of a grid over a commune: squares in degrees, of a side that is a power of two.
struct Grid {
    side_deg: f64,
}

impl Grid {
    fn over(bounds: &Rect<f64>) -> Self {
        let mut side_deg: f64 = 1.0;
        let cells = |side: f64| (bounds.width() / side + 1.0) * (bounds.height() / side + 1.0);
        while cells(side_deg / 2.0) <= MAX_CELLS && side_deg > 1e-6 {
            side_deg /= 2.0;
        }
        Self { side_deg }
    }

    fn cell(&self, at: Coord<f64>) -> (i64, i64) {
        ((at.x / self.side_deg).floor() as i64, (at.y / self.side_deg).floor() as i64)
    }
}

/// Of each village in a cell the sum and the number of its points.
type Patches = BTreeMap<u32, (Coord<f64>, usize)>;

/// Where the villages stand in the cells of the grid, by position.
fn sites(
    points: impl Iterator<Item = (u32, LonLat)>,
    bounds: &Rect<f64>,
) -> Vec<(Coord<f64>, u32)> {
    let mut points: Vec<(u32, Coord<f64>)> =
        points.map(|(village, at)| (village, Coord { x: at.lon(), y: at.lat() })).collect();
    points.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| by_position(&a.1, &b.1)));
    points.dedup();
    let grid = Grid::over(bounds);
    let mut patches: BTreeMap<(i64, i64), Patches> = BTreeMap::new();
    for (village, at) in points {
        let patch = patches.entry(grid.cell(at)).or_default().entry(village);
        let (sum, count) = patch.or_insert((Coord { x: 0.0, y: 0.0 }, 0));
        *sum = *sum + at;
        *count += 1;
    }
    let around = |(x, y): (i64, i64)| {
        (x - 1..=x + 1).flat_map(move |x| (y - 1..=y + 1).map(move |y| (x, y)))
    };
    let stays = |cell: (i64, i64), village: u32| {
        let (mut own, mut all) = (0, 0);
        for patch in around(cell).filter_map(|cell| patches.get(&cell)) {
            own += patch.get(&village).map_or(0, |(_, count)| *count);
            all += patch.values().map(|(_, count)| *count).sum::<usize>();
        }
        own * STRAY_SHARE >= all
    };
    let mut sites: Vec<(Coord<f64>, u32)> = patches
        .iter()
        .flat_map(|(cell, villages)| {
            villages.iter().map(move |(village, patch)| (*cell, *village, patch))
        })
        .filter(|(cell, village, _)| stays(*cell, *village))
        .map(|(_, village, (sum, count))| (*sum / *count as f64, village))
        .collect();
    // Where two villages share a position, the lowest keeps it.
    sites.sort_by(|a, b| by_position(&a.0, &b.0).then(a.1.cmp(&b.1)));
    sites.dedup_by_key(|(site, _)| *site);
    sites
}

/// The ground divided among the villages by nearness to their sites.
fn divided(
    ground: &MultiPolygon<f64>,
    sites: &[(Coord<f64>, u32)],
) -> Vec<(u32, MultiPolygon<f64>)> {
    let mut villages: Vec<u32> = sites.iter().map(|(_, village)| *village).collect();
    villages.sort_unstable();
    villages.dedup();
    if let [village] = villages.as_slice() {
        return vec![(*village, ground.clone())];
    }
    let groups: Vec<usize> = sites
        .iter()
        .map(|(_, village)| villages.binary_search(village).unwrap_or_default())
        .collect();
    let weightless: Vec<Site> = sites.iter().map(|(at, _)| Site { at: *at, weight: 0.0 }).collect();
    let mut shapes = vec![MultiPolygon(Vec::new()); villages.len()];
    for part in ground {
        let cells = power_cells(&weightless, part);
        for (shape, of_part) in shapes.iter_mut().zip(dissolve(&cells, &groups)) {
            shape.0.extend(of_part);
        }
    }
    let shapes = villages.into_iter().zip(shapes);
    shapes.filter(|(_, shape)| !shape.0.is_empty()).collect()
}

/// The shapes with what the points say of each, and the points outside their own.
fn judged(
    shapes: Vec<(u32, MultiPolygon<f64>)>,
    official: &[u32],
    points: &[(u32, LonLat)],
) -> VillageCoverage {
    let bounds: Vec<Option<Rect<f64>>> =
        shapes.iter().map(|(_, shape)| shape.bounding_rect()).collect();
    let holds = |number: usize, at: &Point<f64>| {
        bounds[number].is_some_and(|bounds| bounds.intersects(at))
            && shapes[number].1.intersects(at)
    };
    let found: Vec<Option<usize>> = points
        .par_iter()
        .map(|(village, at)| {
            let at = Point::new(at.lon(), at.lat());
            let own = shapes.binary_search_by_key(village, |(of, _)| *of).ok();
            let own = own.filter(|number| holds(*number, &at));
            own.or_else(|| (0..shapes.len()).find(|number| holds(*number, &at)))
        })
        .collect();
    // Of each shape: points of its village, those of them inside, and all points inside.
    let mut counts = vec![(0_u32, 0_u32, 0_u32); shapes.len()];
    let mut outside = Vec::new();
    for ((number, (village, _)), found) in (0_u32..).zip(points).zip(&found) {
        let own = shapes.binary_search_by_key(village, |(of, _)| *of).ok();
        let inside = own.is_some() && own == *found;
        if let Some(own) = own {
            counts[own].0 += 1;
            counts[own].1 += u32::from(inside);
        }
        if let Some(found) = *found {
            counts[found].2 += 1;
        }
        if !inside {
            outside.push(number);
        }
    }
    let shapes = shapes.into_iter().zip(counts).map(|((village, shape), counts)| {
        let official = official.contains(&village);
        let confidence = if official { 1.0 } else { confidence(counts) };
        VillageShape { village, shape, confidence, official }
    });
    VillageCoverage { shapes: shapes.collect(), outside }
}

/// How far a shape with so many points of its village, of them inside, and points of any village inside is trusted.
fn confidence((own, inside, all): (u32, u32, u32)) -> f32 {
    let (own, inside, all) = (f64::from(own), f64::from(inside), f64::from(all));
    if own == 0.0 || all == 0.0 {
        return 0.0;
    }
    (inside / own * (inside / all) * (own / (own + HALF_SURE))) as f32
}

/// The shape without the specks and pinholes that rounding leaves.
fn without_slivers(shape: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let polygons = shape.0.into_iter().filter_map(|polygon| {
        let (exterior, mut holes) = polygon.into_inner();
        let land = |ring: &geo_types::LineString<f64>| {
            Polygon::new(ring.clone(), Vec::new()).unsigned_area() >= MIN_PART_DEG2
        };
        holes.retain(land);
        land(&exterior).then(|| Polygon::new(exterior, holes))
    });
    polygons.collect()
}

fn by_position(a: &Coord<f64>, b: &Coord<f64>) -> std::cmp::Ordering {
    a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Validation as _;
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

    /// The inferred shapes of a commune without official ones.
    fn inferred(
        commune: &MultiPolygon<f64>,
        points: &[(u32, LonLat)],
    ) -> Vec<(u32, MultiPolygon<f64>)> {
        plain(&village_shapes(commune, points, &[]))
    }

    fn plain(coverage: &VillageCoverage) -> Vec<(u32, MultiPolygon<f64>)> {
        coverage.shapes.iter().map(|s| (s.village, s.shape.clone())).collect()
    }

    /// The village whose shape holds a position.
    fn holder(coverage: &VillageCoverage, (x, y): (f64, f64)) -> Option<u32> {
        let holds = |s: &&VillageShape| s.shape.intersects(&point!(x: x, y: y));
        coverage.shapes.iter().find(holds).map(|s| s.village)
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
            // Borders run through corners that are rounded to a centimetre.
            assert!(outside / whole < 1e-6, "{} of shape {number} is outside", outside / whole);
            for other in &parts[number + 1..] {
                let shared = shape.intersection(*other).unsigned_area();
                assert!(
                    shared / whole < 1e-9,
                    "two shapes share {} of the commune",
                    shared / whole
                );
            }
        }
    }

    #[test]
    fn without_points_there_are_no_shapes() {
        assert_eq!(inferred(&commune(), &[]), []);
        assert_eq!(inferred(&MultiPolygon(Vec::new()), &[(1, at(107.5, 16.5))]), []);
    }

    #[test]
    fn a_single_village_is_the_whole_commune() {
        let points = [(4, at(107.51, 16.55)), (4, at(107.58, 16.55))];
        assert_eq!(inferred(&commune(), &points), [(4, commune())]);
    }

    #[test]
    fn two_villages_meet_halfway() {
        let points = [(2, at(107.52, 16.55)), (1, at(107.58, 16.55))];
        let shapes = inferred(&commune(), &points);
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
        let before = inferred(&commune(), &points);
        points.push((1, at(107.594, 16.55)));
        let after = inferred(&commune(), &points);
        assert!(before[1].1.intersects(&point!(x: 107.594, y: 16.55)));
        assert!(after[1].1.intersects(&point!(x: 107.594, y: 16.55)));
    }

    #[test]
    fn two_villages_at_one_position_leave_it_to_the_lowest() {
        let points = [(9, at(107.52, 16.55)), (3, at(107.52, 16.55)), (9, at(107.58, 16.55))];
        let shapes = inferred(&commune(), &points);
        check_partition(&commune(), &shapes);
        assert!(shapes[0].0 == 3 && shapes[0].1.intersects(&point!(x: 107.52, y: 16.55)));
    }

    #[test]
    fn an_official_shape_wins_and_the_others_divide_the_rest() {
        let points = [(2, at(107.52, 16.55)), (1, at(107.58, 16.55)), (3, at(107.58, 16.51))];
        let square = |west: f64, east: f64, south: f64, north: f64| {
            MultiPolygon(vec![Rect::new((west, south), (east, north)).to_polygon()])
        };
        // The second shares ground with the first, and leaves the commune.
        let official =
            [(3, square(107.57, 107.59, 16.54, 16.56)), (7, square(107.58, 107.7, 16.5, 16.55))];
        let coverage = village_shapes(&commune(), &points, &official);
        let given: Vec<(u32, bool)> =
            coverage.shapes.iter().map(|s| (s.village, s.official)).collect();
        assert_eq!(given, [(1, false), (2, false), (3, true), (7, true)]);
        assert_eq!(holder(&coverage, (107.585, 16.545)), Some(3), "the first keeps what both have");
        assert_eq!(holder(&coverage, (107.595, 16.545)), Some(7));
        assert_eq!(holder(&coverage, (107.595, 16.58)), Some(1));
        let shapes = plain(&coverage);
        let whole = commune().unsigned_area();
        let sum: f64 = shapes.iter().map(|(_, shape)| shape.unsigned_area()).sum();
        assert!((sum / whole - 1.0).abs() < 1e-6, "{}", sum / whole);
        assert!(coverage.shapes[2].confidence >= 1.0 && coverage.shapes[0].confidence < 1.0);
        assert_eq!(coverage.outside, [1, 2], "1 lies in the shape of 3, and 3 in that of 7");
    }

    #[test]
    fn a_shape_is_trusted_by_its_points_and_by_those_of_others() {
        let crowd = |village: u32, west: f64, count: u32| {
            (0..count).map(move |n| {
                (village, at(west + f64::from(n % 10) * 0.001, 16.53 + f64::from(n / 10) * 0.001))
            })
        };
        let few: Vec<_> = crowd(1, 107.51, 5).chain(crowd(2, 107.58, 5)).collect();
        let many: Vec<_> = crowd(1, 107.51, 95).chain(crowd(2, 107.58, 95)).collect();
        let trust =
            |points: &[(u32, LonLat)]| village_shapes(&commune(), points, &[]).shapes[0].confidence;
        assert!((trust(&few) - 0.5).abs() < 1e-6 && (trust(&many) - 0.95).abs() < 1e-6);
        let mut astray = many.clone();
        astray.extend(crowd(2, 107.513, 2));
        let coverage = village_shapes(&commune(), &astray, &[]);
        assert!(
            coverage.shapes.iter().all(|s| s.confidence < 0.95 && s.confidence > 0.9),
            "{:?}",
            coverage.shapes.iter().map(|s| s.confidence).collect::<Vec<_>>()
        );
        assert_eq!(coverage.outside, [190, 191]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_point_lies_in_the_shape_of_its_village_or_is_reported(
            points in prop::collection::vec((0_u32..6, 107.48..107.62, 16.48..16.62), 1..300)
        ) {
            let points: Vec<_> = points.into_iter().map(|(v, lon, lat)| (v, at(lon, lat))).collect();
            let coverage = village_shapes(&commune(), &points, &[]);
            for (number, (village, position)) in (0_u32..).zip(&points) {
                let own = coverage.shapes.iter().find(|s| s.village == *village);
                let here = point!(x: position.lon(), y: position.lat());
                let inside = own.is_some_and(|s| s.shape.intersects(&here));
                prop_assert_eq!(coverage.outside.contains(&number), !inside, "{}", position);
            }
            prop_assert!(coverage.shapes.iter().all(|s| (0.0..=1.0).contains(&s.confidence)));
        }

        #[test]
        fn one_point_more_changes_the_shapes_around_it_alone(
            points in prop::collection::vec((0_u32..6, 107.5..107.6, 16.5..16.6), 2..200),
            more in (0_u32..6, 107.5..107.6, 16.5..16.6),
            asked in prop::collection::vec((107.5..107.6, 16.5..16.6), 100),
        ) {
            let read = |(v, lon, lat): (u32, f64, f64)| (v, at(lon, lat));
            let mut points: Vec<_> = points.into_iter().map(read).collect();
            let bounds = commune().bounding_rect().expect("it has corners");
            let stand = |points: &[(u32, LonLat)]| sites(points.iter().copied(), &bounds);
            let (before, shapes_before) = (stand(&points), village_shapes(&commune(), &points, &[]));
            points.push(read(more));
            let (after, shapes_after) = (stand(&points), village_shapes(&commune(), &points, &[]));
            let grid = Grid::over(&bounds);
            let home = grid.cell(Coord { x: more.1, y: more.2 });
            let changed = |site: &&(Coord<f64>, u32), other: &[(Coord<f64>, u32)]| !other.contains(site);
            for site in before.iter().filter(|s| changed(s, &after)).chain(after.iter().filter(|s| changed(s, &before))) {
                let cell = grid.cell(site.0);
                prop_assert!((cell.0 - home.0).abs() <= 1 && (cell.1 - home.1).abs() <= 1);
            }
            let nearest = |sites: &[(Coord<f64>, u32)], (x, y): (f64, f64)| {
                let by = |s: &(Coord<f64>, u32)| (s.0.x - x).hypot(s.0.y - y);
                sites.iter().copied().min_by(|a, b| by(a).total_cmp(&by(b)))
            };
            for at in asked {
                if holder(&shapes_before, at) != holder(&shapes_after, at) {
                    let was = nearest(&before, at).filter(|s| changed(&s, &after));
                    let is = nearest(&after, at).filter(|s| changed(&s, &before));
                    prop_assert!(was.is_some() || is.is_some(), "{:?} changed hands", at);
                }
            }
        }

        #[test]
        fn shapes_are_disjoint_cover_the_commune_and_ignore_order(
            mut points in prop::collection::vec((0_u32..8, 107.48..107.62, 16.48..16.62), 1..200)
        ) {
            let read = |points: &[(u32, f64, f64)]| -> Vec<(u32, LonLat)> {
                points.iter().map(|(village, lon, lat)| (*village, at(*lon, *lat))).collect()
            };
            let shapes = inferred(&commune(), &read(&points));
            check_partition(&commune(), &shapes);
            points.reverse();
            points.extend_from_within(..points.len() / 2);
            prop_assert_eq!(inferred(&commune(), &read(&points)), shapes);
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
            check_partition(&commune(), &inferred(&commune(), &points));
        }
    }
}
