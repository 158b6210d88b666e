//! The coordinate system that a cell states.

use diachiso_spatial::projected_zone::ProjectedZone;
use diachiso_text::clean::trimmed;

/// What a cell says of the system of the row's numbers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum System {
    /// Nothing that decides: WGS 84, or words of any kind.
    Unstated,
    /// Degrees on the national datum.
    Vn2000,
    /// Metres in a zone.
    Zone(&'static ProjectedZone),
    /// One that is named by a code or a record which no table here has.
    Unknown,
}

/// EPSG codes of degrees on WGS 84: flat, with height, geocentric order aside.
const WGS84: [u32; 2] = [4326, 4979];
/// EPSG code of degrees on VN-2000.
const VN2000: u32 = 4756;
/// Fewest digits of a code: what is shorter is a version (`EPSG:6.9:4326`) or the number of a zone.
const CODE_DIGITS: usize = 4;

impl System {
    /// Reads `EPSG:3405`, `urn:ogc:def:crs:EPSG::9214`, `urn:ogc:def:crs:OGC:1.3:CRS84`, `VN-2000`.
    pub(crate) fn read(cell: &str) -> Self {
        let text = trimmed(cell);
        // As nearly every row has it.
        if text.is_empty() || text.eq_ignore_ascii_case("WGS84") {
            return Self::Unstated;
        }
        let text = text.to_ascii_uppercase();
        // A record that is no name at all, whatever codes stand in it.
        if text.starts_with('{') {
            return Self::Unknown;
        }
        if let Some(code) = epsg(&text) {
            return match code {
                code if WGS84.contains(&code) => Self::Unstated,
                VN2000 => Self::Vn2000,
                code => ProjectedZone::of_epsg(code).map_or(Self::Unknown, Self::Zone),
            };
        }
        if text.contains("CRS84") {
            return Self::Unstated;
        }
        // Only programs write these: whatever they mean, it is not what a phone shows.
        if ["URN:", "HTTP"].iter().any(|start| text.starts_with(start)) {
            return Self::Unknown;
        }
        let vn2000 = ["VN-2000", "VN2000", "VN 2000"].iter().any(|name| text.contains(name));
        if vn2000 { Self::Vn2000 } else { Self::Unstated }
    }
}

/// The code behind `EPSG`.
fn epsg(text: &str) -> Option<u32> {
    let (_, behind) = text.split_once("EPSG")?;
    let mut numbers = behind.split(|c: char| !c.is_ascii_digit());
    numbers.find(|digits| digits.len() >= CODE_DIGITS)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use diachiso_spatial::projected_zone::HOME;

    use super::*;

    #[test]
    fn systems_are_told_by_code_in_any_spelling_and_by_the_name_of_the_national_datum() {
        let zone = |code| System::Zone(ProjectedZone::of_epsg(code).expect("a zone"));
        for (cell, expected) in [
            ("", System::Unstated),
            ("WGS84", System::Unstated),
            ("EPSG:4326", System::Unstated),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", System::Unstated),
            ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", System::Unstated),
            ("urn:ogc:def:crs:EPSG:6.9:4326", System::Unstated),
            ("VN-2000", System::Vn2000),
            ("vn2000 múi 3", System::Vn2000),
            ("EPSG:4756", System::Vn2000),
            ("urn:ogc:def:crs:EPSG::9214", System::Zone(&HOME)),
            ("http://www.opengis.net/def/crs/EPSG/0/9214", System::Zone(&HOME)),
            (" epsg:3405 ", zone(3405)),
            ("VN-2000 / TM-3 107°45′ (EPSG:5899)", zone(5899)),
            ("EPSG:3148", System::Unknown),
            ("urn:ogc:def:crs:ESRI::102100", System::Unknown),
            ("{\"type\":\"link\",\"href\":\"CRS84 EPSG:4326\"}", System::Unknown),
            ("GPS điện thoại", System::Unstated),
        ] {
            assert_eq!(System::read(cell), expected, "{cell}");
        }
    }
}
