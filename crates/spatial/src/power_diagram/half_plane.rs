//! Cells by cutting the clip polygon with one half-plane per other site.

use geo_types::{Coord, LineString, Polygon};

use super::Site;

/// The polygon's rings without the closing point, the outer one counter-clockwise, holes clockwise.
pub(super) fn open_rings(polygon: &Polygon<f64>) -> Vec<Vec<Coord<f64>>> {
    let open = |ring: &LineString<f64>, outer: bool| {
        let mut points = ring.0.clone();
        points.pop();
        if (signed_area(&points) > 0.0) != outer {
            points.reverse();
        }
        points
    };
    let holes = polygon.interiors().iter().map(|hole| open(hole, false));
    std::iter::once(open(polygon.exterior(), true)).chain(holes).filter(|r| r.len() > 2).collect()
}

/// The area within an open ring, negative when it runs clockwise.
pub(super) fn signed_area(ring: &[Coord<f64>]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| cross(*a - *origin, *b - *origin)).sum::<f64>() / 2.0
}

fn cross(a: Coord<f64>, b: Coord<f64>) -> f64 {
    a.x * b.y - a.y * b.x
}

/// What the half-planes of all other sites leave of `rings` to site `i`.
///
/// The rings may run to and fro along a cutting line where the clip polygon is concave; such stretches
/// enclose nothing and cancel when the rings become edges.
pub(super) fn cell(i: usize, sites: &[Site], rings: &[Vec<Coord<f64>>]) -> Vec<Vec<Coord<f64>>> {
    let own = sites[i];
    let mut others: Vec<(f64, usize)> = (0..sites.len())
        .filter(|j| *j != i)
        .map(|j| {
            let d = sites[j].at - own.at;
            (d.x * d.x + d.y * d.y, j)
        })
        .collect();
    others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut rings = rings.to_vec();
    for (distance2, j) in others {
        let other = sites[j];
        if distance2 == 0.0 {
            if other.weight > own.weight || (other.weight >= own.weight && j < i) {
                return Vec::new();
            }
            continue;
        }
        let d = other.at - own.at;
        let offset = distance2 + own.weight - other.weight;
        // Positive where the point is nearer, in power, to the own site.
        let side = |p: Coord<f64>| {
            let q = p - own.at;
            offset - 2.0 * (q.x * d.x + q.y * d.y)
        };
        for ring in &mut rings {
            if ring.iter().any(|p| side(*p) < 0.0) {
                *ring = cut(ring, side);
            }
        }
        rings.retain(|ring| ring.len() > 2);
        if rings.is_empty() {
            break;
        }
    }
    rings
}

/// The part of a ring on the positive side of a line (Sutherland and Hodgman).
fn cut(ring: &[Coord<f64>], side: impl Fn(Coord<f64>) -> f64) -> Vec<Coord<f64>> {
    let mut kept = Vec::with_capacity(ring.len() + 2);
    for (k, a) in ring.iter().enumerate() {
        let b = ring[(k + 1) % ring.len()];
        let (at_a, at_b) = (side(*a), side(b));
        if at_a >= 0.0 {
            kept.push(*a);
        }
        if (at_a > 0.0 && at_b < 0.0) || (at_a < 0.0 && at_b > 0.0) {
            // From the lesser end, so that an edge walked either way is cut at the same point.
            let ((p, at_p), (q, at_q)) = if (a.x, a.y) <= (b.x, b.y) {
                ((*a, at_a), (b, at_b))
            } else {
                ((b, at_b), (*a, at_a))
            };
            kept.push(p + (q - p) * (at_p / (at_p - at_q)));
        }
    }
    kept
}
