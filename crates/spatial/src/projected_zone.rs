//! The projected zones in which metres handed in may be meant, one row a zone.

use diachiso_model::LonLat;

use crate::vn2000::{self, UTM_48N, UTM_49N, Zone};

/// On which datum the zone's degrees are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Datum {
    Vn2000,
    Wgs84,
}

/// A zone by name.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ProjectedZone {
    /// Name for people, with the EPSG code.
    pub name: &'static str,
    zone: Zone,
    datum: Datum,
}

const fn tm3(name: &'static str, central_meridian_deg: f64) -> ProjectedZone {
    let zone = Zone { central_meridian_deg, scale: 0.9999 };
    ProjectedZone { name, zone, datum: Datum::Vn2000 }
}

const fn utm(name: &'static str, zone: Zone, datum: Datum) -> ProjectedZone {
    ProjectedZone { name, zone, datum }
}

/// The zone of the province, in which metres are read unless something else is decided.
pub const HOME: ProjectedZone = tm3("VN-2000 / TM-3 107°00′ (EPSG:9214)", 107.0);

/// The zones of the country, that of the province first: the local ones of three degrees, the national ones of six
/// (EPSG), and UTM on WGS 84, which hand-held receivers show.
pub const ZONES: &[ProjectedZone] = &[
    HOME,
    tm3("VN-2000 / TM-3 107°45′ (EPSG:5899)", 107.75),
    tm3("VN-2000 / TM-3 108°15′ (EPSG:9217)", 108.25),
    tm3("VN-2000 / TM-3 105°00′ (EPSG:5897)", 105.0),
    tm3("VN-2000 / TM-3 108°00′ (EPSG:5898)", 108.0),
    tm3("VN-2000 / TM-3 102°00′ (EPSG:5896)", 102.0),
    tm3("VN-2000 / TM-3 103°00′ (EPSG:9205)", 103.0),
    tm3("VN-2000 / TM-3 104°00′ (EPSG:9206)", 104.0),
    tm3("VN-2000 / TM-3 104°30′ (EPSG:9207)", 104.5),
    tm3("VN-2000 / TM-3 104°45′ (EPSG:9208)", 104.75),
    tm3("VN-2000 / TM-3 105°30′ (EPSG:9209)", 105.5),
    tm3("VN-2000 / TM-3 105°45′ (EPSG:9210)", 105.75),
    tm3("VN-2000 / TM-3 106°00′ (EPSG:9211)", 106.0),
    tm3("VN-2000 / TM-3 106°15′ (EPSG:9212)", 106.25),
    tm3("VN-2000 / TM-3 106°30′ (EPSG:9213)", 106.5),
    tm3("VN-2000 / TM-3 107°15′ (EPSG:9215)", 107.25),
    tm3("VN-2000 / TM-3 107°30′ (EPSG:9216)", 107.5),
    tm3("VN-2000 / TM-3 108°30′ (EPSG:9218)", 108.5),
    utm("VN-2000 / UTM 48N (EPSG:3405)", UTM_48N, Datum::Vn2000),
    utm("VN-2000 / UTM 49N (EPSG:3406)", UTM_49N, Datum::Vn2000),
    utm("WGS 84 / UTM 48N (EPSG:32648)", UTM_48N, Datum::Wgs84),
    utm("WGS 84 / UTM 49N (EPSG:32649)", UTM_49N, Datum::Wgs84),
];

impl ProjectedZone {
    /// The WGS 84 position of metres in the zone; as [`vn2000::to_wgs84`] for metres that are no place.
    #[must_use]
    pub fn to_wgs84(&self, easting_m: f64, northing_m: f64) -> LonLat {
        match self.datum {
            Datum::Vn2000 => vn2000::to_wgs84(easting_m, northing_m, self.zone),
            Datum::Wgs84 => vn2000::grid_to_degrees(easting_m, northing_m, self.zone),
        }
    }

    /// Easting and northing of a WGS 84 position in the zone, metres.
    #[must_use]
    pub fn from_wgs84(&self, position: LonLat) -> (f64, f64) {
        match self.datum {
            Datum::Vn2000 => vn2000::from_wgs84(position, self.zone),
            Datum::Wgs84 => vn2000::degrees_to_grid(position, self.zone),
        }
    }

    /// Whether the zone is on WGS 84 rather than on the national datum.
    #[must_use]
    pub fn on_wgs84(&self) -> bool {
        self.datum == Datum::Wgs84
    }

    /// Whether both have one central meridian: their metres lie some hundreds of metres apart and no more.
    #[must_use]
    pub fn same_meridian(&self, other: &Self) -> bool {
        // Meridians of the table are quarters of degrees, which are exact.
        (self.zone.central_meridian_deg - other.zone.central_meridian_deg).abs() < 0.1
    }

    /// The zone of an EPSG code.
    #[must_use]
    pub fn of_epsg(code: u32) -> Option<&'static Self> {
        let end = format!("(EPSG:{code})");
        ZONES.iter().find(|z| z.name.ends_with(&end))
    }

    /// The zone of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ZONES.iter().find(|z| z.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        distance,
        vn2000::{TM3_107, Tm3},
    };

    #[test]
    fn metres_come_back_from_every_zone_and_no_two_zones_agree() {
        let home = LonLat::new(107.5060, 16.5735).expect("a place");
        let places: Vec<(f64, f64)> = ZONES.iter().map(|z| z.from_wgs84(home)).collect();
        for (i, (zone, (easting, northing))) in ZONES.iter().zip(&places).enumerate() {
            let back = zone.to_wgs84(*easting, *northing);
            assert!(distance::metres(home, back) < 0.01, "{}", zone.name);
            assert_eq!(ZONES.iter().filter(|z| z.name == zone.name).count(), 1);
            let apart = |(e, n): &(f64, f64)| (e - easting).hypot(n - northing) > 100.0;
            assert!(places[..i].iter().all(apart), "{}", zone.name);
        }
    }

    #[test]
    fn the_home_zone_is_that_of_the_province() {
        assert_eq!(HOME.zone, Zone::from(TM3_107));
        assert_eq!(Zone::from(Tm3 { central_meridian_deg: 107.75 }), ZONES[1].zone);
        assert_eq!(ProjectedZone::named(HOME.name), Some(&HOME));
        assert_eq!(ProjectedZone::named("x"), None);
        assert_eq!(ProjectedZone::of_epsg(9214), Some(&HOME));
        assert_eq!(ProjectedZone::of_epsg(3405).map(|z| z.zone), Some(UTM_48N));
        assert_eq!(ProjectedZone::of_epsg(921), None);
    }
}
