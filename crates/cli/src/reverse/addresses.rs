//! The known address nearest to each of many points.

use diachiso_model::LonLat;
use diachiso_pipeline::Reference;
use diachiso_spatial::distance::{self, DegreeLength};
use diachiso_store::{NearPoint, Store, StoreError};
use rstar::{RTree, primitives::GeomWithData};

/// Metres beyond which no address is near, as for a single point.
const NEAR_M: f64 = 1_500.0;
/// The whole Earth, west, south, east, north.
const WORLD: [f64; 4] = [-180.0, -90.0, 180.0, 90.0];
/// By how much the square of a distance in the plane may be wrong: points as near as that are measured on the globe.
const PLANE_ERROR: f64 = 1.02;

/// Addresses of accepted submissions, by where they are. Personal.
#[derive(Default)]
pub(super) struct Addresses {
    known: Vec<NearPoint>,
    tree: RTree<GeomWithData<[f64; 2], u32>>,
    degree: Option<DegreeLength>,
}

/// An address near a point.
pub(super) struct Near<'a> {
    pub(super) address: &'a str,
    pub(super) distance_m: f64,
}

impl Addresses {
    /// Those of a store that lie in no exclusion mask.
    pub(super) async fn of(store: &dyn Store, reference: &Reference) -> Result<Self, StoreError> {
        let mut known = store.accepted_near(WORLD, u32::MAX).await?;
        known.retain(|near| !reference.is_masked(near.point));
        Ok(Self::new(known))
    }

    fn new(known: Vec<NearPoint>) -> Self {
        let Some(first) = known.first() else { return Self::default() };
        let degree = DegreeLength::at(first.point.lat());
        let places = (0..).zip(&known);
        let tree = RTree::bulk_load(
            places.map(|(at, near)| GeomWithData::new(plane(&degree, near.point), at)).collect(),
        );
        Self { known, tree, degree: Some(degree) }
    }

    /// The nearest up to 1.5 km away; of several as near the one whose address comes first.
    pub(super) fn nearest(&self, point: LonLat) -> Option<Near<'_>> {
        let degree = self.degree.as_ref()?;
        let mut found = self.tree.nearest_neighbor_iter_with_distance_2(plane(degree, point));
        let (first, least) = found.next()?;
        if least > (NEAR_M * NEAR_M) * PLANE_ERROR {
            return None;
        }
        let as_near = found.take_while(|(_, square)| *square <= least * PLANE_ERROR + 1.0);
        let places = std::iter::once(first).chain(as_near.map(|(place, _)| place));
        let measured = places.map(|place| {
            let near = &self.known[place.data as usize];
            (distance::metres(point, near.point), near.address.as_ref())
        });
        let (distance_m, address) =
            measured.min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)))?;
        (distance_m <= NEAR_M).then_some(Near { address, distance_m })
    }
}

fn plane(degree: &DegreeLength, point: LonLat) -> [f64; 2] {
    [point.lon() * degree.lon_m, point.lat() * degree.lat_m]
}

#[cfg(test)]
mod tests {
    use diachiso_testkit::Rng;

    use super::*;

    #[test]
    fn the_nearest_of_many_is_that_of_looking_at_all() {
        let mut rng = Rng::new(3);
        let mut point = |spread: usize| {
            let degrees = |from: f64, n: usize| from + n as f64 * 1e-5;
            let (lon, lat) = (degrees(107.5, rng.below(spread)), degrees(16.4, rng.below(spread)));
            LonLat::new(lon, lat).expect("a point")
        };
        // Many on few spots, so that some are equally near.
        let known = (0..600).map(|n| NearPoint {
            head: "".into(),
            address: format!("{} Tố Hữu", n % 7).into(),
            village: None,
            point: point(60),
        });
        let addresses = Addresses::new(known.collect());
        for _ in 0..500 {
            let asked = point(4_000);
            let all = addresses
                .known
                .iter()
                .map(|near| (distance::metres(asked, near.point), near.address.as_ref()));
            let slow = all
                .min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)))
                .filter(|(metres, _)| *metres <= NEAR_M);
            let fast = addresses.nearest(asked).map(|near| (near.distance_m, near.address));
            assert_eq!(fast, slow);
        }
        assert!(Addresses::default().nearest(point(10)).is_none());
    }
}
