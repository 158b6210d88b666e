//! Power diagrams: the plane divided among weighted sites, clipped to a polygon, as an exact coverage.
//!
//! A point belongs to the site whose squared distance minus its weight is least; with equal weights that
//! is the Voronoi diagram. Coordinates are planar; every vertex of the result lies on a grid of 1e-7 (one
//! centimetre where the unit is a degree) and is shared exactly by all cells that meet there.

mod grid_edges;
mod half_plane;

use geo_types::{Coord, MultiPolygon, Polygon};
use rayon::prelude::*;

use grid_edges::{Edges, Nodes, add_noded, ring_nodes, shape};

/// A weighted point that claims a cell.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Site {
    /// Where the site is, in the unit of the clip polygon.
    pub at: Coord<f64>,
    /// Squared length by which the cell is favoured over its neighbours.
    pub weight: f64,
}

/// The areas of the cells before they are put on the grid, in the order of the sites.
pub(crate) fn cell_areas(sites: &[Site], clip: &Polygon<f64>) -> Vec<f64> {
    let rings = half_plane::open_rings(clip);
    (0..sites.len())
        .into_par_iter()
        .map(|i| {
            half_plane::cell(i, sites, &rings).iter().map(|r| half_plane::signed_area(r)).sum()
        })
        .collect()
}

/// The cells of `sites` within `clip`, in the order of the sites.
///
/// Neighbours share their vertices exactly, and together the cells are `clip` rounded to the grid. A cell is
/// in several parts where a concave clip polygon cuts it, and empty where other sites leave it nothing; of two
/// sites alike in place and weight the first has all. Time grows with the square of the number of sites:
/// meant for up to a thousand.
#[must_use]
pub fn power_cells(sites: &[Site], clip: &Polygon<f64>) -> Vec<MultiPolygon<f64>> {
    let rings = half_plane::open_rings(clip);
    let raw: Vec<Vec<Vec<Coord<f64>>>> =
        (0..sites.len()).into_par_iter().map(|i| half_plane::cell(i, sites, &rings)).collect();
    let mut nodes = Nodes::default();
    let snapped: Vec<Vec<Vec<_>>> = raw
        .iter()
        .map(|cell| cell.iter().map(|ring| ring.iter().map(|p| nodes.snap(*p)).collect()).collect())
        .collect();
    let nodes = nodes.into_index();
    snapped
        .par_iter()
        .map(|cell| {
            let mut edges = Edges::default();
            for ring in cell {
                add_noded(&mut edges, ring, &nodes);
            }
            shape(edges)
        })
        .collect()
}

/// Joins cells of a coverage into groups: `groups[i]` is the number of the group that cell `i` goes to.
///
/// Edges that two cells of one group share vanish, nothing is computed anew; cells that form a coverage
/// with vertices on the grid therefore give groups that form one. Numbers without a cell give empty shapes.
///
/// # Panics
/// If `groups` is not as long as `cells`.
#[must_use]
pub fn dissolve(cells: &[MultiPolygon<f64>], groups: &[usize]) -> Vec<MultiPolygon<f64>> {
    assert_eq!(cells.len(), groups.len(), "each cell needs the number of its group");
    let mut joined: Vec<Edges> = Vec::new();
    joined.resize_with(groups.iter().max().map_or(0, |last| last + 1), Edges::default);
    for (cell, group) in cells.iter().zip(groups) {
        for polygon in cell {
            for ring in half_plane::open_rings(polygon) {
                joined[*group].add(&ring_nodes(&ring));
            }
        }
    }
    joined.into_par_iter().map(shape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Contains, Validation};
    use geo_types::{LineString, Point, polygon};
    use proptest::prelude::*;

    fn site(x: f64, y: f64, weight: f64) -> Site {
        Site { at: Coord { x, y }, weight }
    }

    /// A concave polygon: a comb with two teeth.
    fn comb() -> Polygon<f64> {
        polygon![
            (x: 0.0, y: 0.0), (x: 3.0, y: 0.0), (x: 3.0, y: 2.0), (x: 2.0, y: 2.0),
            (x: 2.0, y: 1.0), (x: 1.0, y: 1.0), (x: 1.0, y: 2.0), (x: 0.0, y: 2.0)
        ]
    }

    fn total(shapes: &[MultiPolygon<f64>]) -> f64 {
        shapes.iter().map(Area::unsigned_area).sum()
    }

    /// All cells joined must be one polygon equal in area to the clip: a missing or doubled edge would show.
    #[track_caller]
    fn check_coverage(cells: &[MultiPolygon<f64>], clip: &Polygon<f64>) {
        let whole = dissolve(cells, &vec![0; cells.len()]).remove(0);
        assert_eq!(whole.0.len(), 1, "{whole:?}");
        assert_eq!(whole.0[0].interiors().len(), clip.interiors().len());
        assert!((whole.unsigned_area() - clip.unsigned_area()).abs() < 1e-6);
        assert!((total(cells) - clip.unsigned_area()).abs() < 1e-6);
        for cell in cells {
            assert!(cell.is_valid(), "{cell:?}: {:?}", cell.check_validation());
        }
    }

    #[test]
    fn two_equal_sites_halve_a_square() {
        let square =
            polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 0.0), (x: 2.0, y: 2.0), (x: 0.0, y: 2.0)];
        let cells = power_cells(&[site(0.5, 1.0, 0.0), site(1.5, 1.0, 0.0)], &square);
        assert_eq!(cells.iter().map(Area::unsigned_area).collect::<Vec<_>>(), [2.0, 2.0]);
        let cells = power_cells(&[site(0.5, 1.0, 0.5), site(1.5, 1.0, 0.0)], &square);
        assert_eq!(cells.iter().map(Area::unsigned_area).collect::<Vec<_>>(), [2.5, 1.5]);
    }

    #[test]
    fn a_concave_clip_cuts_a_cell_in_two_parts() {
        let cells = power_cells(&[site(1.5, 0.0, 0.0), site(1.5, 3.0, 0.0)], &comb());
        assert_eq!(cells[1].0.len(), 2, "the two tips of the teeth");
        check_coverage(&cells, &comb());
    }

    #[test]
    fn sites_on_a_lattice_whose_cells_meet_by_fours_form_a_coverage() {
        let sites: Vec<Site> = (0..60)
            .map(|i| site(0.15 + 0.3 * f64::from(i % 10), 0.15 + 0.3 * f64::from(i / 10), 0.0))
            .collect();
        check_coverage(&power_cells(&sites, &comb()), &comb());
    }

    #[test]
    fn a_hole_in_the_clip_stays_a_hole() {
        let ring = |a: f64, b: f64| LineString::from(vec![(a, a), (b, a), (b, b), (a, b)]);
        let clip = Polygon::new(ring(0.0, 3.0), vec![ring(1.0, 2.0)]);
        let sites = [site(0.5, 0.5, 0.0), site(2.6, 0.4, 0.0), site(1.4, 2.7, 0.3)];
        check_coverage(&power_cells(&sites, &clip), &clip);
        assert_eq!(power_cells(&sites[..1], &clip)[0].0[0].interiors().len(), 1);
    }

    #[test]
    fn of_two_sites_alike_the_first_has_all() {
        let cells = power_cells(&[site(1.0, 0.5, 0.1), site(1.0, 0.5, 0.1)], &comb());
        assert!((cells[0].unsigned_area() - 5.0).abs() < 1e-9);
        assert!(cells[1].0.is_empty());
    }

    #[test]
    fn groups_that_touch_in_a_point_stay_apart_and_a_ring_of_cells_keeps_its_hole() {
        let sites: Vec<Site> =
            (0..9).map(|i| site(0.5 + f64::from(i % 3), 0.5 + f64::from(i / 3), 0.0)).collect();
        let square =
            polygon![(x: 0.0, y: 0.0), (x: 3.0, y: 0.0), (x: 3.0, y: 3.0), (x: 0.0, y: 3.0)];
        let cells = power_cells(&sites, &square);
        let checkers = dissolve(&cells, &[0, 1, 0, 1, 0, 1, 0, 1, 0]);
        assert_eq!(checkers[0].0.len(), 5);
        assert_eq!(checkers[1].0.len(), 4);
        let ring = dissolve(&cells, &[0, 0, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(ring[0].0[0].interiors().len(), 1);
        assert!(checkers.iter().chain(&ring).all(Validation::is_valid));
        let notch = dissolve(&cells, &[0, 0, 0, 0, 1, 0, 0, 0, 1]);
        assert!(notch[0].is_valid(), "a hole that touches the outside in a point: {:?}", notch[0]);
        assert!((notch[0].unsigned_area() - 7.0).abs() < 1e-9);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn cells_of_any_sites_cover_the_clip_once(
            raw in prop::collection::vec((0.0..3.0_f64, 0.0..2.0_f64, 0.0..0.2_f64), 1..40)
        ) {
            let sites: Vec<Site> = raw.iter().map(|(x, y, w)| site(*x, *y, *w)).collect();
            let cells = power_cells(&sites, &comb());
            check_coverage(&cells, &comb());
            let power = |p: Coord<f64>, s: &Site| (p.x - s.at.x).powi(2) + (p.y - s.at.y).powi(2) - s.weight;
            for (x, y, _) in &raw {
                let p = Coord { x: y * 1.3 + 0.013, y: x * 0.6 + 0.017 };
                for (cell, own) in cells.iter().zip(&sites).filter(|(c, _)| c.contains(&Point(p))) {
                    let best = sites.iter().map(|s| power(p, s)).fold(f64::INFINITY, f64::min);
                    prop_assert!(power(p, own) <= best + 1e-5, "{cell:?}");
                }
            }
        }
    }
}
