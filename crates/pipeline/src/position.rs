//! From two cells to a point: rules G01–G09, G11 and G15.

use diachiso_model::{Date, Finding, LonLat, PrecisionClass, RuleCode, UnitId};
use diachiso_spatial::{
    address_code::AddressCode,
    projected_zone::{HOME, ProjectedZone},
    vn2000,
};
use diachiso_text::{angle, fold, number};

use crate::{boundaries::Boundaries, normalise::Findings, system::System};

/// Margin around the commune within which a point is only flagged (design, §3, *Locate*).
pub(crate) const NEAR_BORDER_M: f64 = 300.0;
/// Accuracy from which a fix is called imprecise (G06).
const POOR_ACCURACY_M: f32 = 30.0;
/// Decimals of a degree below which a position is called imprecise (G06): four are 11 m.
const FEW_DECIMALS: u8 = 4;
/// Decimals of a degree that metres are worth.
const METRES_DECIMALS: u8 = 6;
/// Plausible degrees for the country: enough to tell a latitude from a longitude.
const COUNTRY_LAT: std::ops::RangeInclusive<f64> = 8.0..=24.0;
const COUNTRY_LON: std::ops::RangeInclusive<f64> = 102.0..=110.5;
/// Box of the province with a margin of about 10 km, in which projected coordinates must land.
const PROVINCE_LON: std::ops::RangeInclusive<f64> = 106.93..=108.31;
const PROVINCE_LAT: std::ops::RangeInclusive<f64> = 15.89..=16.85;

/// The cells that speak of the position.
pub(crate) struct Cells<'a> {
    pub(crate) latitude: &'a str,
    pub(crate) longitude: &'a str,
    pub(crate) system: &'a str,
    pub(crate) accuracy: &'a str,
    pub(crate) code: Option<&'a AddressCode>,
}

/// A position and how far it is to be trusted.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub(crate) struct Position {
    pub(crate) point: Option<LonLat>,
    pub(crate) precision: Option<PrecisionClass>,
    pub(crate) accuracy_m: Option<f32>,
}

/// Reads the position of a row.
pub(crate) fn read(cells: &Cells<'_>, findings: &mut Findings) -> Position {
    let accuracy_m = accuracy_m(cells.accuracy);
    match degrees_or_metres(cells, findings) {
        Read::Point(point, decimals) => {
            if decimals < FEW_DECIMALS || is_poor(accuracy_m) {
                let what = format!("{} {} ±{}", cells.latitude, cells.longitude, cells.accuracy);
                findings.push(Finding::new(RuleCode::G06, Some("latitude"), what.trim()));
            }
            Position {
                point: Some(point),
                precision: Some(precision(decimals, accuracy_m)),
                accuracy_m,
            }
        }
        Read::Unclear => Position { accuracy_m, ..Position::default() },
        Read::Missing => from_code(cells, accuracy_m, findings),
    }
}

/// Reads a position as that of a row is read: degrees with commas or points, minutes and seconds, axes turned round,
/// metres of a system that the cell `system` names. `None` where the cells give no clear one.
#[must_use]
pub fn read_point(latitude: &str, longitude: &str, system: &str) -> Option<LonLat> {
    let cells = Cells { latitude, longitude, system, accuracy: "", code: None };
    read(&cells, &mut Findings::new()).point
}

/// Signs that people put before an accuracy, and units behind it.
const ABOUT: [&str; 7] = ["", "±", "+/-", "~", "<", "≤", "≈"];
const METRES: [&str; 6] = ["", "m", "met", "meter", "meters", "metres"];

/// The accuracy in metres, if a cell states one: `8`, `8,5`, `±8 m`.
fn accuracy_m(cell: &str) -> Option<f32> {
    let first = cell.find(|c: char| c.is_ascii_digit())?;
    let end = cell.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (before, behind) = (cell[..first].trim(), cell[end..].trim());
    let metres = || METRES.contains(&fold::unaccent_key(behind).as_str());
    if !ABOUT.contains(&before) || !(behind.is_empty() || metres()) {
        return None;
    }
    let value = number::parse_decimal(&cell[first..end])?.value as f32;
    (value > 0.0).then_some(value)
}

/// Without coordinates, a code whose cell is small enough gives them.
fn from_code(cells: &Cells<'_>, accuracy_m: Option<f32>, findings: &mut Findings) -> Position {
    let original = format!("{} {}", cells.latitude, cells.longitude);
    let middle = LonLat::new(107.6, 16.4).ok();
    let Some(cell) = cells.code.zip(middle).and_then(|(code, near)| code.cell(near)) else {
        findings.push(Finding::new(RuleCode::G07, Some("latitude"), original.trim()));
        return Position { accuracy_m, ..Position::default() };
    };
    findings.push(
        Finding::new(RuleCode::G15, Some("latitude"), original.trim())
            .with(cell.center.to_string()),
    );
    // A cell of an 11-digit code is 3 m, of a 10-digit one 14 m: at the door either way.
    let fine = cell.half_lat_deg * 2.0 * 111_320.0 <= 15.0;
    let class = if fine { PrecisionClass::A } else { PrecisionClass::C };
    Position { point: Some(cell.center), precision: Some(class), accuracy_m }
}

enum Read {
    Point(LonLat, u8),
    Unclear,
    Missing,
}

fn degrees_or_metres(cells: &Cells<'_>, findings: &mut Findings) -> Read {
    let parse = |cell: &str| angle::parse(cell).filter(|a| a.degrees != 0.0);
    let (Some(first), Some(second)) = (parse(cells.latitude), parse(cells.longitude)) else {
        return Read::Missing;
    };
    let system = System::read(cells.system);
    if system == System::Unknown {
        findings.push(Finding::new(RuleCode::G05, Some("system"), cells.system.trim()));
        return Read::Unclear;
    }
    let stated_zone = match system {
        System::Zone(zone) if zone != &HOME => Some(zone),
        _ => None,
    };
    let original = || {
        let metres = format!("{}; {}", cells.latitude, cells.longitude);
        // A zone that is stated is no guess about the metres, which nothing later should doubt: they are not told alone.
        match stated_zone {
            Some(_) => format!("{metres}; {}", cells.system.trim()),
            None => metres,
        }
    };
    let note = |code, to: String| Finding::new(code, Some("latitude"), &original()).with(to);
    let mut fixes: Vec<RuleCode> = Vec::new();
    if first.comma || second.comma {
        fixes.push(RuleCode::G01);
    }
    if first.dms || second.dms {
        fixes.push(RuleCode::G02);
    }
    let (a, b) = (first.degrees, second.degrees);
    // Spreadsheets drop zeros at the end: the axis that kept more digits tells how both were measured.
    let mut decimals =
        if first.dms || second.dms { 5 } else { first.decimals.max(second.decimals) };
    let point = if a.abs() > 1000.0 && b.abs() > 1000.0 {
        fixes.push(RuleCode::G04);
        decimals = METRES_DECIMALS;
        stated_zone.map_or_else(|| projected(a, b), |zone| in_zone(zone, a, b))
    } else if matches!(system, System::Zone(_)) {
        // Degrees where metres were promised.
        None
    } else {
        let (lat, lon, swapped) = match (COUNTRY_LAT.contains(&a), COUNTRY_LON.contains(&b)) {
            (true, true) => (a, b, false),
            _ if COUNTRY_LAT.contains(&b) && COUNTRY_LON.contains(&a) => (b, a, true),
            _ => (a, b, false),
        };
        if swapped {
            fixes.push(RuleCode::G03);
        }
        let stated = LonLat::new(lon, lat).ok();
        if system == System::Vn2000 {
            fixes.push(RuleCode::G04);
            stated.map(vn2000::geographic_to_wgs84)
        } else {
            stated
        }
    };
    let Some(point) = point else {
        findings.push(Finding::new(RuleCode::G05, Some("latitude"), &original()));
        return Read::Unclear;
    };
    findings.extend(fixes.into_iter().map(|code| note(code, point.to_string())));
    Read::Point(point, decimals)
}

/// Metres of TM-3 107°00′, northing first as the cadastre writes (X north), or easting first.
fn projected(a: f64, b: f64) -> Option<LonLat> {
    in_zone_between(&HOME, 400_000.0..700_000.0, a, b)
}

/// The same in any zone: a position in or about the province.
pub(crate) fn in_zone(zone: &ProjectedZone, a: f64, b: f64) -> Option<LonLat> {
    in_zone_between(zone, 0.0..1_200_000.0, a, b)
}

fn in_zone_between(
    zone: &ProjectedZone,
    eastings: std::ops::Range<f64>,
    a: f64,
    b: f64,
) -> Option<LonLat> {
    [(b, a), (a, b)].into_iter().find_map(|(easting, northing)| {
        let plausible =
            (1_700_000.0..1_900_000.0).contains(&northing) && eastings.contains(&easting);
        let point = plausible.then(|| zone.to_wgs84(easting, northing))?;
        (PROVINCE_LON.contains(&point.lon()) && PROVINCE_LAT.contains(&point.lat()))
            .then_some(point)
    })
}

/// The metres in the original of a finding on a position (G04, G05), as its cells had them.
pub(crate) fn metres(original: &str) -> Option<(f64, f64)> {
    let (a, b) = original.split_once("; ")?;
    let parse = |cell: &str| angle::parse(cell).map(|a| a.degrees).filter(|d| d.abs() > 1000.0);
    parse(a).zip(parse(b))
}

/// Class of a position that was computed from metres.
pub(crate) fn precision_of_metres(accuracy_m: Option<f32>) -> PrecisionClass {
    precision(METRES_DECIMALS, accuracy_m)
}

/// Whether an accuracy is called imprecise (G06).
pub(crate) fn is_poor(accuracy_m: Option<f32>) -> bool {
    accuracy_m.is_some_and(|a| a > POOR_ACCURACY_M)
}

/// Class by accuracy, or by decimals where no accuracy is stated (four decimals are ±6 m, three ±56 m).
fn precision(decimals: u8, accuracy_m: Option<f32>) -> PrecisionClass {
    let by_decimals = match decimals {
        0 | 1 => PrecisionClass::E,
        2 => PrecisionClass::D,
        3 => PrecisionClass::C,
        _ => PrecisionClass::A,
    };
    let by_accuracy = match accuracy_m {
        Some(a) if a <= 15.0 => PrecisionClass::A,
        None => PrecisionClass::B,
        Some(a) if a <= 50.0 => PrecisionClass::B,
        Some(a) if a <= 200.0 => PrecisionClass::C,
        Some(_) => PrecisionClass::D,
    };
    by_decimals.max(by_accuracy)
}

/// Compares the point, which lies in the commune located, with the one stated: rules G08, G09 and G11.
pub(crate) fn compare(
    boundaries: &Boundaries,
    (point, located): (LonLat, Option<UnitId>),
    commune: Option<UnitId>,
    on: Date,
    findings: &mut Findings,
) {
    if located.is_some() && located == commune {
        return;
    }
    let note = |code, metres: f64| {
        Finding::new(code, Some("latitude"), &point.to_string()).with(format!("{metres:.0} m"))
    };
    let stated_m = commune.and_then(|c| boundaries.distance_m(c, point, on));
    match (stated_m, located) {
        (Some(m), _) if m <= 0.0 => {}
        (Some(m), _) if m <= NEAR_BORDER_M => findings.push(note(RuleCode::G08, m)),
        (_, None) => {
            let outside_m = boundaries.nearest_m(point, on).unwrap_or(0.0);
            let code = if outside_m > NEAR_BORDER_M { RuleCode::G11 } else { RuleCode::G09 };
            if stated_m.is_some() || code == RuleCode::G11 {
                findings.push(note(code, outside_m.max(stated_m.unwrap_or(0.0))));
            }
        }
        (Some(m), Some(_)) => findings.push(note(RuleCode::G09, m)),
        (None, Some(_)) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        latitude: &str,
        longitude: &str,
        accuracy: &str,
        expected: Option<(f64, f64)>,
        codes: &[RuleCode],
    ) {
        check_in("", latitude, longitude, accuracy, expected, codes);
    }

    #[track_caller]
    fn check_in(
        system: &str,
        latitude: &str,
        longitude: &str,
        accuracy: &str,
        expected: Option<(f64, f64)>,
        codes: &[RuleCode],
    ) {
        let mut findings = Findings::new();
        let cells = Cells { latitude, longitude, system, accuracy, code: None };
        let position = read(&cells, &mut findings);
        match (position.point, expected) {
            (Some(p), Some((lat, lon))) => {
                assert!((p.lat() - lat).abs() < 2e-6 && (p.lon() - lon).abs() < 2e-6, "{p}");
            }
            (None, None) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(
            findings.iter().map(|f| f.code).collect::<Vec<_>>(),
            codes,
            "{latitude} {longitude}"
        );
    }

    #[test]
    fn positions_are_read_in_the_usual_damages() {
        use RuleCode::{G01, G02, G03, G04, G05, G06, G07};
        let home = Some((16.573_5, 107.506));
        check("16.573500", "107.506000", "8", home, &[]);
        check("16,573500", "107,506000", "8", home, &[G01]);
        check("107.506000", "16.573500", "8", home, &[G03]);
        check("16°34'24.6\"N", "107°30'21.6\"E", "8", home, &[G02]);
        check("1833104.411", "553801.983", "8", home, &[G04]);
        check("553801.983", "1833104.411", "8", home, &[G04]);
        check("16.574", "107.506", "8", Some((16.574, 107.506)), &[G06]);
        check("16.574", "107.506123", "8", Some((16.574, 107.506_123)), &[]);
        check("16.573500", "107.506000", "60", home, &[G06]);
        check("", "", "", None, &[G07]);
        check("0", "0", "5", None, &[G07]);
        check("1833104.411", "766000.0", "8", None, &[G05]);
        // Degrees of no axis of the country stay as they are: the boundaries tell (G11).
        check("5.123456", "107.506000", "8", Some((5.123_456, 107.506)), &[]);
    }

    #[test]
    fn a_system_that_is_stated_decides_what_the_numbers_are() {
        use RuleCode::{G04, G05};
        let home = Some((16.573_5, 107.506));
        let metres = |code: u32| {
            let zone = ProjectedZone::of_epsg(code).expect("a zone");
            let (easting, northing) =
                zone.from_wgs84(LonLat::new(107.506, 16.573_5).expect("a place"));
            (format!("{northing:.3}"), format!("{easting:.3}"))
        };
        for code in [9214, 5899, 3405, 3406, 32_648] {
            let (north, east) = metres(code);
            check_in(&format!("urn:ogc:def:crs:EPSG::{code}"), &north, &east, "8", home, &[G04]);
        }
        let (north, east) = metres(3405);
        check_in("", &north, &east, "8", None, &[G05]);
        check_in("EPSG:3405", "16.573500", "107.506000", "8", None, &[G05]);
        check_in("EPSG:3148", &north, &east, "8", None, &[G05]);
        check_in("EPSG:3148", "16.573500", "107.506000", "8", None, &[G05]);
        check_in("EPSG:4326", "16.573500", "107.506000", "8", home, &[]);
    }

    #[test]
    fn an_accuracy_may_have_its_sign_and_unit() {
        for (cell, expected) in [
            ("8", Some(8.0)),
            ("8,5", Some(8.5)),
            ("±45 m", Some(45.0)),
            ("+/-5mét", Some(5.0)),
            ("0", None),
            ("-5", None),
            ("5 km", None),
            ("5-10", None),
            ("tốt", None),
            ("", None),
        ] {
            assert_eq!(accuracy_m(cell), expected, "{cell}");
        }
    }

    #[test]
    fn precision_is_the_worse_of_decimals_and_accuracy() {
        assert_eq!(precision(6, Some(8.0)), PrecisionClass::A);
        assert_eq!(precision(6, None), PrecisionClass::B);
        assert_eq!(precision(3, Some(8.0)), PrecisionClass::C);
        assert_eq!(precision(6, Some(60.0)), PrecisionClass::C);
        assert_eq!(precision(6, Some(500.0)), PrecisionClass::D);
        assert_eq!(precision(2, None), PrecisionClass::D);
        assert_eq!(precision(1, Some(8.0)), PrecisionClass::E);
    }
}
