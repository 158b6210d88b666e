//! VN-2000, the national datum, and its transverse Mercator grids.
//!
//! VN-2000 uses the WGS 84 ellipsoid in another place: un-shifted degrees are about 225 m off. The shift is EPSG:6960
//! (a coordinate-frame Helmert transformation), applied at height 0 as PROJ does; heights are dropped, which costs
//! less than a millimetre on a round trip in the province and less than three elsewhere in the country. The projection is Krüger's series in the third flattening to the fourth
//! order (C. F. F. Karney, *Transverse Mercator with an accuracy of a few nanometers*, 2011), exact to a micrometre
//! within 3,000 km of the meridian.

use diachiso_model::LonLat;
use std::sync::LazyLock;

/// The easting of every central meridian.
const FALSE_EASTING_M: f64 = 500_000.0;

/// Grid positions are read within this distance of the central meridian and below [`MAX_NORTHING_M`].
const MAX_OFFSET_M: f64 = 3_000_000.0;

/// The length of a quarter meridian, rounded down: no place lies further north.
const MAX_NORTHING_M: f64 = 9_990_000.0;

/// A three-degree zone of the national grid: k = 0.9999, false easting 500,000 m.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tm3 {
    /// The meridian in degrees east whose easting is 500,000 m.
    pub central_meridian_deg: f64,
}

/// The zone of Thừa Thiên Huế, TM-3 107°00′ (EPSG:9214).
pub const TM3_107: Tm3 = Tm3 { central_meridian_deg: 107.0 };

/// UTM zone 48N on VN-2000 (EPSG:3405): west of 108°.
pub const UTM_48N: Zone = Zone { central_meridian_deg: 105.0, scale: 0.9996 };

/// UTM zone 49N on VN-2000 (EPSG:3406): east of 108°.
pub const UTM_49N: Zone = Zone { central_meridian_deg: 111.0, scale: 0.9996 };

/// A transverse Mercator zone on VN-2000 with a false easting of 500,000 m and no false northing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Zone {
    /// The meridian in degrees east whose easting is 500,000 m.
    pub central_meridian_deg: f64,
    /// The scale on that meridian.
    pub scale: f64,
}

impl From<Tm3> for Zone {
    fn from(tm3: Tm3) -> Self {
        Self { central_meridian_deg: tm3.central_meridian_deg, scale: 0.9999 }
    }
}

/// The WGS 84 position of a VN-2000 grid position in metres.
///
/// In Vietnamese cadastre X is the northing and Y the easting. Metres that lie on no map (more than 3,000 km off the
/// meridian, south of the equator, not finite) come out at the edge of that domain, far from the country.
#[must_use]
pub fn to_wgs84(easting_m: f64, northing_m: f64, zone: impl Into<Zone>) -> LonLat {
    geographic_to_wgs84(grid_to_degrees(easting_m, northing_m, zone.into()))
}

/// The VN-2000 grid position of a WGS 84 position: easting and northing in metres.
#[must_use]
pub fn from_wgs84(position: LonLat, zone: impl Into<Zone>) -> (f64, f64) {
    project(wgs84_to_geographic(position), zone.into())
}

/// Degrees of a grid position on the zone's own datum, whichever that is; the domain is that of [`to_wgs84`].
#[must_use]
pub fn grid_to_degrees(easting_m: f64, northing_m: f64, zone: Zone) -> LonLat {
    let offset = finite(easting_m - FALSE_EASTING_M).clamp(-MAX_OFFSET_M, MAX_OFFSET_M);
    let northing = finite(northing_m).clamp(0.0, MAX_NORTHING_M);
    unproject(offset, northing, zone)
}

/// The grid position of degrees on the zone's own datum: easting and northing in metres.
#[must_use]
pub fn degrees_to_grid(position: LonLat, zone: Zone) -> (f64, f64) {
    project(position, zone)
}

/// The WGS 84 position of VN-2000 degrees.
#[must_use]
pub fn geographic_to_wgs84(vn2000: LonLat) -> LonLat {
    let [x, y, z] = geocentric(vn2000);
    let [rx, ry, rz] = ROTATION_RAD;
    let turned = [x + rz * y - ry * z, -rz * x + y + rx * z, ry * x - rx * y + z];
    geographic([0, 1, 2].map(|axis| SHIFT_M[axis] + SCALE * turned[axis]))
}

/// [`geographic_to_wgs84`] to five centimetres, by a tenth of the work in and around Thừa Thiên Huế: for looking at millions of
/// positions. The shift hardly changes over a degree, so that it is interpolated between four corners.
#[must_use]
pub fn geographic_to_wgs84_nearby(vn2000: LonLat) -> LonLat {
    static SHIFTS: LazyLock<[[f64; 2]; 4]> = LazyLock::new(|| {
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(right, up)| {
            let corner =
                LonLat::new(NEARBY.0[right], NEARBY.1[up]).expect("a corner of the province");
            let there = geographic_to_wgs84(corner);
            [there.lon() - corner.lon(), there.lat() - corner.lat()]
        })
    });
    let along = |at: f64, [from, to]: [f64; 2]| (at - from) / (to - from);
    let (x, y) = (along(vn2000.lon(), NEARBY.0), along(vn2000.lat(), NEARBY.1));
    if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
        return geographic_to_wgs84(vn2000);
    }
    let shift = |axis: usize| {
        let [a, b, c, d] = SHIFTS.map(|shift| shift[axis]);
        (a * (1.0 - x) + b * x) * (1.0 - y) + (c * (1.0 - x) + d * x) * y
    };
    LonLat::new(vn2000.lon() + shift(0), vn2000.lat() + shift(1))
        .unwrap_or_else(|_| geographic_to_wgs84(vn2000))
}

/// Longitudes and latitudes in which the shift is interpolated: the province and half a degree around it.
const NEARBY: ([f64; 2], [f64; 2]) = ([106.5, 108.7], [15.5, 17.3]);

/// The VN-2000 degrees of a WGS 84 position.
#[must_use]
pub fn wgs84_to_geographic(wgs84: LonLat) -> LonLat {
    let from = geocentric(wgs84);
    let [x, y, z] = [0, 1, 2].map(|axis| (from[axis] - SHIFT_M[axis]) / SCALE);
    let [rx, ry, rz] = ROTATION_RAD;
    geographic([x - rz * y + ry * z, rz * x + y - rx * z, -ry * x + rx * y + z])
}

// --- the shift, EPSG:6960 ---

/// Translation from VN-2000 to WGS 84 in metres.
const SHIFT_M: [f64; 3] = [-191.904_414_29, -39.303_182_79, -111.450_328_35];

/// An arc-second in radians.
const ARC_SECOND: f64 = std::f64::consts::PI / 648_000.0;

/// Rotations of the coordinate frame in radians.
const ROTATION_RAD: [f64; 3] =
    [-0.009_288_36 * ARC_SECOND, 0.019_754_79 * ARC_SECOND, -0.004_273_72 * ARC_SECOND];

/// The scale, 0.252906278 parts per million above 1.
const SCALE: f64 = 1.0 + 0.252_906_278e-6;

// --- the ellipsoid, that of WGS 84 ---

/// Equatorial radius in metres.
const A: f64 = 6_378_137.0;
/// Flattening.
const F: f64 = 1.0 / 298.257_223_563;
/// First eccentricity squared.
const E2: f64 = F * (2.0 - F);
/// Third flattening.
const N: f64 = F / (2.0 - F);
const N2: f64 = N * N;
const N3: f64 = N2 * N;
const N4: f64 = N3 * N;
/// Radius of the circle as long as the meridian, in metres.
const RECTIFYING_RADIUS: f64 = A / (1.0 + N) * (1.0 + N2 / 4.0 + N4 / 64.0);

/// Karney's α, from the conformal sphere to the plane.
const ALPHA: [f64; 4] = [
    N / 2.0 - N2 * 2.0 / 3.0 + N3 * 5.0 / 16.0 + N4 * 41.0 / 180.0,
    N2 * 13.0 / 48.0 - N3 * 3.0 / 5.0 + N4 * 557.0 / 1440.0,
    N3 * 61.0 / 240.0 - N4 * 103.0 / 140.0,
    N4 * 49_561.0 / 161_280.0,
];

/// Karney's β, from the plane to the conformal sphere.
const BETA: [f64; 4] = [
    N / 2.0 - N2 * 2.0 / 3.0 + N3 * 37.0 / 96.0 - N4 / 360.0,
    N2 / 48.0 + N3 / 15.0 - N4 * 437.0 / 1440.0,
    N3 * 17.0 / 480.0 - N4 * 37.0 / 840.0,
    N4 * 4397.0 / 161_280.0,
];

/// Easting and northing of degrees on the zone's own datum.
fn project(position: LonLat, zone: Zone) -> (f64, f64) {
    let lambda = (position.lon() - zone.central_meridian_deg).to_radians();
    let tau = conformal(position.lat().to_radians().tan());
    let xi = tau.atan2(lambda.cos());
    let eta = (lambda.sin() / tau.hypot(lambda.cos())).asinh();
    let (d_xi, d_eta) = series(&ALPHA, xi, eta);
    let radius = zone.scale * RECTIFYING_RADIUS;
    (FALSE_EASTING_M + radius * (eta + d_eta), radius * (xi + d_xi))
}

/// Degrees on the zone's own datum of a position `offset_m` east of the meridian.
fn unproject(offset_m: f64, northing_m: f64, zone: Zone) -> LonLat {
    let radius = zone.scale * RECTIFYING_RADIUS;
    let (xi, eta) = (northing_m / radius, offset_m / radius);
    let (d_xi, d_eta) = series(&BETA, xi, eta);
    let (xi, eta) = (xi - d_xi, eta - d_eta);
    let lambda = eta.sinh().atan2(xi.cos());
    let tau = unconformal(xi.sin() / eta.sinh().hypot(xi.cos()));
    lon_lat(zone.central_meridian_deg + lambda.to_degrees(), tau.atan().to_degrees())
}

/// The sum of a Krüger series at a complex angle.
fn series(coefficients: &[f64; 4], xi: f64, eta: f64) -> (f64, f64) {
    let mut sum = (0.0, 0.0);
    for (factor, coefficient) in [2.0, 4.0, 6.0, 8.0].into_iter().zip(coefficients) {
        let (sin, cos) = (factor * xi).sin_cos();
        sum.0 += coefficient * sin * (factor * eta).cosh();
        sum.1 += coefficient * cos * (factor * eta).sinh();
    }
    sum
}

/// The tangent of the conformal latitude from that of the geographic one.
fn conformal(tau: f64) -> f64 {
    let e = E2.sqrt();
    let secant = tau.hypot(1.0);
    let sigma = (e * (e * tau / secant).atanh()).sinh();
    tau * sigma.hypot(1.0) - sigma * secant
}

/// The tangent of the geographic latitude from that of the conformal one, by Newton's method.
fn unconformal(conformal_tau: f64) -> f64 {
    let mut tau = conformal_tau / (1.0 - E2);
    // Three rounds reach the last bit at any latitude below 89.9°.
    for _ in 0..3 {
        let reached = conformal(tau);
        let slope =
            (1.0 - E2) * tau.hypot(1.0) * reached.hypot(1.0) / (1.0 + (1.0 - E2) * tau * tau);
        tau += (conformal_tau - reached) / slope;
    }
    tau
}

/// Earth-centred metres of degrees at height 0.
fn geocentric(position: LonLat) -> [f64; 3] {
    let (sin_lat, cos_lat) = position.lat().to_radians().sin_cos();
    let (sin_lon, cos_lon) = position.lon().to_radians().sin_cos();
    let normal = A / (1.0 - E2 * sin_lat * sin_lat).sqrt();
    [normal * cos_lat * cos_lon, normal * cos_lat * sin_lon, normal * (1.0 - E2) * sin_lat]
}

/// Degrees of earth-centred metres near the ellipsoid, by Bowring's method; the height is dropped.
fn geographic([x, y, z]: [f64; 3]) -> LonLat {
    let axis_m = x.hypot(y);
    let second_e2 = E2 / (1.0 - E2);
    let mut parametric = (z / axis_m / (1.0 - F)).atan();
    let mut lat = 0.0;
    for _ in 0..2 {
        let (sin, cos) = parametric.sin_cos();
        lat = (z + second_e2 * A * (1.0 - F) * sin.powi(3)).atan2(axis_m - E2 * A * cos.powi(3));
        parametric = ((1.0 - F) * lat.tan()).atan();
    }
    lon_lat(y.atan2(x).to_degrees(), lat.to_degrees())
}

/// A position from computed degrees, turned into the range of [`LonLat`].
fn lon_lat(lon: f64, lat: f64) -> LonLat {
    let turned = if lon.abs() > 180.0 { (lon + 180.0).rem_euclid(360.0) - 180.0 } else { lon };
    LonLat::new(finite(turned), finite(lat).clamp(-90.0, 90.0))
        .expect("finite degrees, turned and clamped, are a position")
}

/// The value, or 0 for what is no number.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proj4rs::Proj;
    use proptest::prelude::*;

    /// A millimetre in degrees, rounded down.
    const MILLIMETRE_DEG: f64 = 9e-9;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("the test's position is on the globe")
    }

    #[track_caller]
    fn check_metres(actual: (f64, f64), expected: (f64, f64), tolerance_m: f64) {
        let off = (actual.0 - expected.0).hypot(actual.1 - expected.1);
        assert!(off <= tolerance_m, "{actual:?} is {off} m from {expected:?}");
    }

    fn there_and_back_m(position: LonLat, zone: Zone) -> f64 {
        let (easting, northing) = from_wgs84(position, zone);
        crate::distance::metres(position, to_wgs84(easting, northing, zone))
    }

    #[test]
    fn the_published_check_point_agrees_to_a_millimetre() {
        let position = at(107.5060, 16.5735);
        check_metres(from_wgs84(position, TM3_107), (553_801.983, 1_833_104.411), 0.001);
        let back = to_wgs84(553_801.983, 1_833_104.411, TM3_107);
        assert!((back.lon() - 107.5060).abs() < MILLIMETRE_DEG, "{back}");
        assert!((back.lat() - 16.5735).abs() < MILLIMETRE_DEG, "{back}");
    }

    #[test]
    fn unshifted_degrees_are_off_by_225_metres_to_the_north_west() {
        let position = at(107.5060, 16.5735);
        let unshifted = wgs84_to_geographic(position);
        let metres = crate::distance::metres(position, unshifted);
        let azimuth = crate::distance::azimuth_deg(position, unshifted);
        assert!((metres - 225.0).abs() < 5.0, "{metres}");
        assert!((azimuth - 300.0).abs() < 3.0, "{azimuth}");
    }

    proptest! {
        #[test]
        fn the_shift_between_corners_is_that_of_the_place(lon in 106.0..109.2, lat in 15.0..17.8) {
            let (near, exact) = (geographic_to_wgs84_nearby(at(lon, lat)), geographic_to_wgs84(at(lon, lat)));
            prop_assert!(crate::distance::metres(near, exact) < 0.05, "{near} {exact}");
        }
    }

    #[test]
    fn metres_that_are_no_place_come_out_far_from_the_country() {
        for (easting, northing) in
            [(f64::NAN, 0.0), (f64::INFINITY, f64::NAN), (1e18, -1e18), (16.5, 107.5)]
        {
            let position = to_wgs84(easting, northing, TM3_107);
            assert!(position.lat() < 8.0, "{easting} {northing} gave {position}");
        }
    }

    #[test]
    fn the_grid_over_the_province_agrees_with_proj4rs() {
        // proj4rs reads the position-vector convention, whose rotations have the other sign.
        const DATUM: &str = "+ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,\
                             0.00928836,-0.01975479,0.00427372,0.252906278";
        let wgs84 =
            Proj::from_proj_string("+proj=longlat +datum=WGS84").expect("proj4rs knows WGS 84");
        let zones: [(Zone, &str); 3] = [
            (TM3_107.into(), "+proj=tmerc +lon_0=107 +k=0.9999 +x_0=500000"),
            (UTM_48N, "+proj=tmerc +lon_0=105 +k=0.9996 +x_0=500000"),
            (UTM_49N, "+proj=tmerc +lon_0=111 +k=0.9996 +x_0=500000"),
        ];
        for (zone, definition) in zones {
            let grid = Proj::from_proj_string(&format!("{definition} {DATUM}"))
                .expect("proj4rs knows the zone");
            for (column, row) in (0..30).flat_map(|c| (0..30).map(move |r| (c, r))) {
                let (lon, lat) = (
                    107.03 + 1.18 / 29.0 * f64::from(column),
                    15.99 + 0.76 / 29.0 * f64::from(row),
                );
                let mut point = (lon.to_radians(), lat.to_radians(), 0.0);
                proj4rs::transform::transform(&wgs84, &grid, &mut point)
                    .expect("the point projects");
                check_metres(from_wgs84(at(lon, lat), zone), (point.0, point.1), 0.001);
            }
        }
    }

    proptest! {
        #[test]
        fn there_and_back_in_the_province_is_less_than_a_millimetre(
            lon in 107.03..108.21, lat in 15.99..16.75
        ) {
            for zone in [TM3_107.into(), UTM_48N, UTM_49N] {
                prop_assert!(there_and_back_m(at(lon, lat), zone) < 0.001);
            }
        }

        #[test]
        fn there_and_back_in_the_country_is_less_than_three_millimetres(
            lon in 102.0..110.0, lat in 8.0..24.0
        ) {
            for zone in [TM3_107.into(), UTM_48N, UTM_49N] {
                prop_assert!(there_and_back_m(at(lon, lat), zone) < 0.003);
            }
        }

        #[test]
        fn any_two_numbers_give_a_position(easting in any::<f64>(), northing in any::<f64>()) {
            let position = to_wgs84(easting, northing, UTM_49N);
            prop_assert!(position.lat().is_finite());
        }
    }
}
