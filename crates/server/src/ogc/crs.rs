//! Coordinate systems that features can be asked for (OGC API – Features, part 2).

use diachiso_model::LonLat;
use diachiso_spatial::projected_zone::ProjectedZone;
use geo_types::Coord;

/// A system by its URI: coordinates are written and boxes read in the order of its axes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Crs {
    pub(crate) uri: &'static str,
    axes: Axes,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Axes {
    LonLat,
    LatLon,
    /// Easting and northing of a zone of VN-2000, by its EPSG code.
    Metres(u32),
}

/// Longitude and latitude, as everything is kept.
pub(crate) const CRS84: Crs =
    Crs { uri: "http://www.opengis.net/def/crs/OGC/1.3/CRS84", axes: Axes::LonLat };

/// The URI of the system that features are kept in.
pub(crate) const STORED: &str = CRS84.uri;

/// Decimals that are written: a centimetre in degrees, a millimetre in metres.
const DEGREES: f64 = 1e7;
const METRES: f64 = 1e3;

impl Crs {
    /// All of them; the first one unless asked for another.
    pub(crate) const ALL: [Self; 4] = [
        CRS84,
        Self { uri: "http://www.opengis.net/def/crs/EPSG/0/4326", axes: Axes::LatLon },
        Self { uri: "http://www.opengis.net/def/crs/EPSG/0/9214", axes: Axes::Metres(9214) },
        Self { uri: "http://www.opengis.net/def/crs/EPSG/0/3405", axes: Axes::Metres(3405) },
    ];

    /// The system of a URI, also in the brackets of a safe CURIE or as `EPSG:9214`.
    pub(crate) fn of_uri(uri: &str) -> Option<Self> {
        let curie = uri.trim_start_matches('[').trim_end_matches(']');
        let short = |crs: &&Self| {
            let (_, code) = crs.uri.rsplit_once('/').unwrap_or_default();
            curie.strip_prefix("EPSG:").is_some_and(|asked| asked == code)
        };
        Self::ALL
            .iter()
            .find(|crs| crs.uri == uri)
            .or_else(|| Self::ALL.iter().find(short))
            .copied()
    }

    /// A position in the order of the axes.
    pub(crate) fn write(self, at: Coord<f64>) -> [f64; 2] {
        let round = |value: f64, to: f64| (value * to).round() / to;
        match self.axes {
            Axes::LonLat => [round(at.x, DEGREES), round(at.y, DEGREES)],
            Axes::LatLon => [round(at.y, DEGREES), round(at.x, DEGREES)],
            Axes::Metres(code) => match (ProjectedZone::of_epsg(code), LonLat::new(at.x, at.y)) {
                (Some(zone), Ok(point)) => {
                    let (easting, northing) = zone.from_wgs84(point);
                    [round(easting, METRES), round(northing, METRES)]
                }
                _ => [f64::NAN; 2],
            },
        }
    }

    /// Longitude and latitude of a position in the order of the axes.
    pub(super) fn read(self, [a, b]: [f64; 2]) -> Option<[f64; 2]> {
        match self.axes {
            Axes::LonLat => Some([a, b]),
            Axes::LatLon => Some([b, a]),
            Axes::Metres(code) => {
                let point = ProjectedZone::of_epsg(code)?.to_wgs84(a, b);
                Some([point.lon(), point.lat()])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_writes_and_reads_back_the_same_place() {
        let at = Coord { x: 107.506, y: 16.573_5 };
        for crs in Crs::ALL {
            let [lon, lat] = crs.read(crs.write(at)).expect("a place");
            assert!((lon - at.x).abs() < 2e-8 && (lat - at.y).abs() < 2e-8, "{}", crs.uri);
            assert_eq!(Crs::of_uri(crs.uri), Some(crs));
        }
        let [easting, northing] = Crs::of_uri("[EPSG:9214]").expect("a system").write(at);
        assert!((easting - 553_801.983).abs() < 2e-3 && (northing - 1_833_104.411).abs() < 2e-3);
        assert_eq!(Crs::of_uri("http://www.opengis.net/def/crs/EPSG/0/3857"), None);
    }
}
