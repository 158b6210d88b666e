//! Distances of a few hundred metres between positions in degrees.

/// Metres of one degree of latitude on a sphere of the Earth's mean radius, 6,371,008.8 m (IUGG).
const DEGREE_M: f64 = 111_195.08;

/// Metres between two positions (longitude, latitude), on the plane that touches the Earth between them.
///
/// Off by less than 0.6 % from the distance on the ellipsoid, at the distances that tell houses apart. Symmetric.
pub(crate) fn metres([a, p]: [f64; 2], [b, q]: [f64; 2]) -> f64 {
    let shrink = (0.5 * (p + q)).to_radians().cos();
    ((a - b) * shrink).hypot(p - q) * DEGREE_M
}

/// The square of a grid of `size` metres in which a position lies.
pub(crate) fn square([lon, lat]: [f64; 2], size: f64) -> [i64; 2] {
    let step = size / DEGREE_M;
    let row = (lat / step).floor();
    let shrink = (row * step).to_radians().cos().max(1e-6);
    [(lon * shrink / step).floor() as i64, row as i64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_sphere() {
        // Along a meridian and along the parallel of Huế: radius × angle.
        let along = metres([107.5, 16.5], [107.5, 16.501]);
        assert!((along - 111.195).abs() < 0.001, "{along}");
        let across = metres([107.5, 16.5], [107.501, 16.5]);
        assert!((across - 111.195 * 16.5_f64.to_radians().cos()).abs() < 0.001, "{across}");
    }

    #[test]
    fn two_positions_in_one_square_are_near() {
        let near = |a, b| square(a, 50.0) == square(b, 50.0);
        assert!(
            near([107.5, 16.5], [107.500_01, 16.500_01])
                || metres([107.5, 16.5], [107.500_01, 16.500_01]) < 2.0
        );
        assert!(!near([107.5, 16.5], [107.501, 16.5]));
    }
}
