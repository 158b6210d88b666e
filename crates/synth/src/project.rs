//! Degrees to the metres that surveyors hand in.
//!
//! Written apart from the reader's conversions on purpose: a sign taken wrongly there cannot hide here.

use geo_types::Coord;

const SEMI_MAJOR_M: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
const ECC2: f64 = FLATTENING * (2.0 - FLATTENING);
const FALSE_EASTING_M: f64 = 500_000.0;

/// A transverse Mercator zone.
struct Zone {
    meridian: f64,
    scale: f64,
}

/// EPSG:6960, VN-2000 to WGS 84 in the coordinate-frame convention.
const SHIFT_M: [f64; 3] = [-191.904_414_29, -39.303_182_79, -111.450_328_35];
const ROTATION_ARCSEC: [f64; 3] = [-0.009_288_36, 0.019_754_79, -0.004_273_72];
const SCALE_PPM: f64 = 0.252_906_278;

/// Easting (x) and northing (y) in VN-2000 TM-3 107°00′ of a WGS 84 position.
pub(crate) fn vn2000(at: Coord<f64>) -> Coord<f64> {
    let [x, y, z] = to_geocentric(at);
    let scale = 1.0 + SCALE_PPM * 1e-6;
    let [x, y, z] = [(x - SHIFT_M[0]) / scale, (y - SHIFT_M[1]) / scale, (z - SHIFT_M[2]) / scale];
    let [rx, ry, rz] = ROTATION_ARCSEC.map(|r| (r / 3600.0).to_radians());
    // The transpose of the small rotation undoes it to 10⁻¹⁴.
    let there = [x - rz * y + ry * z, rz * x + y - rx * z, -ry * x + rx * y + z];
    transverse_mercator(to_degrees(there), &Zone { meridian: 107.0, scale: 0.9999 })
}

/// Easting (x) and northing (y) in UTM zone 48 north of a WGS 84 position.
pub(crate) fn utm48(at: Coord<f64>) -> Coord<f64> {
    transverse_mercator(at, &Zone { meridian: 105.0, scale: 0.9996 })
}

fn to_geocentric(at: Coord<f64>) -> [f64; 3] {
    let (lambda, phi) = (at.x.to_radians(), at.y.to_radians());
    let n = SEMI_MAJOR_M / (1.0 - ECC2 * phi.sin().powi(2)).sqrt();
    [n * phi.cos() * lambda.cos(), n * phi.cos() * lambda.sin(), n * (1.0 - ECC2) * phi.sin()]
}

/// Degrees of a geocentric place near the ellipsoid, its height dropped (Bowring 1976).
fn to_degrees([x, y, z]: [f64; 3]) -> Coord<f64> {
    let p = x.hypot(y);
    let semi_minor = SEMI_MAJOR_M * (1.0 - FLATTENING);
    let theta = (z * SEMI_MAJOR_M).atan2(p * semi_minor);
    let second = ECC2 / (1.0 - ECC2);
    let phi = (z + second * semi_minor * theta.sin().powi(3))
        .atan2(p - ECC2 * SEMI_MAJOR_M * theta.cos().powi(3));
    Coord { x: y.atan2(x).to_degrees(), y: phi.to_degrees() }
}

/// Snyder, *Map Projections: A Working Manual* (1987), equations 8-9 to 8-13; millimetres within 3°.
fn transverse_mercator(at: Coord<f64>, zone: &Zone) -> Coord<f64> {
    let phi = at.y.to_radians();
    let second = ECC2 / (1.0 - ECC2);
    let n = SEMI_MAJOR_M / (1.0 - ECC2 * phi.sin().powi(2)).sqrt();
    let t = phi.tan().powi(2);
    let c = second * phi.cos().powi(2);
    let a = (at.x - zone.meridian).to_radians() * phi.cos();
    let (e4, e6) = (ECC2 * ECC2, ECC2.powi(3));
    let arc = SEMI_MAJOR_M
        * ((1.0 - ECC2 / 4.0 - 3.0 * e4 / 64.0 - 5.0 * e6 / 256.0) * phi
            - (3.0 * ECC2 / 8.0 + 3.0 * e4 / 32.0 + 45.0 * e6 / 1024.0) * (2.0 * phi).sin()
            + (15.0 * e4 / 256.0 + 45.0 * e6 / 1024.0) * (4.0 * phi).sin()
            - 35.0 * e6 / 3072.0 * (6.0 * phi).sin());
    let east = a
        + (1.0 - t + c) * a.powi(3) / 6.0
        + (5.0 - 18.0 * t + t * t + 72.0 * c - 58.0 * second) * a.powi(5) / 120.0;
    let north = a.powi(2) / 2.0
        + (5.0 - t + 9.0 * c + 4.0 * c * c) * a.powi(4) / 24.0
        + (61.0 - 58.0 * t + t * t + 600.0 * c - 330.0 * second) * a.powi(6) / 720.0;
    Coord {
        x: FALSE_EASTING_M + zone.scale * n * east,
        y: zone.scale * (arc + n * phi.tan() * north),
    }
}

/// The Plus Code of eleven digits of a place: five pairs of base 20 and one cell of a grid of 4 × 5 (Open Location Code
/// specification), about 3 m either way.
pub(crate) fn plus_code(at: Coord<f64>) -> String {
    const DIGITS: &[u8; 20] = b"23456789CFGHJMPQRVWX";
    // In units of the last pair (1/8000 degree) and its fifths and quarters.
    let north = ((at.y + 90.0) * 8_000.0 * 5.0).floor() as u64;
    let east = ((at.x + 180.0) * 8_000.0 * 4.0).floor() as u64;
    let (mut latitude, mut longitude) = (north / 5, east / 4);
    let mut pairs = Vec::with_capacity(5);
    for _ in 0..5 {
        pairs.push([latitude % 20, longitude % 20]);
        (latitude, longitude) = (latitude / 20, longitude / 20);
    }
    let mut digits: Vec<u64> = pairs.into_iter().rev().flatten().collect();
    digits.push(north % 5 * 4 + east % 4);
    let mut code: String = digits.iter().map(|d| char::from(DIGITS[*d as usize])).collect();
    code.insert(8, '+');
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_point_of_vn2000_falls_within_two_millimetres() {
        let there = vn2000(Coord { x: 107.5060, y: 16.5735 });
        assert!((there.x - 553_801.983).abs() < 0.002, "{there:?}");
        assert!((there.y - 1_833_104.411).abs() < 0.002, "{there:?}");
    }

    #[test]
    fn a_zone_is_five_hundred_kilometres_at_its_meridian() {
        assert!((utm48(Coord { x: 105.0, y: 16.5 }).x - FALSE_EASTING_M).abs() < 1e-6);
        assert!(utm48(Coord { x: 107.5, y: 16.5 }).x > 760_000.0);
    }
}
