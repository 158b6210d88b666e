//! A small district with known houses and collectors, so that a test can plant what one of them did to all rows.
//!
//! Honest collectors each measure one side of their village (as people do who work their way through it); a *roamer*
//! takes every fourth house of a whole commune. Fixes err by some metres, and a few by hundreds.

use std::f64::consts::TAU;

use diachiso_model::{
    Date, Field as _, Level, LonLat, RegisterField as G, SourceKind, SubmissionField as F, UnitId,
};
use diachiso_pipeline::Reference;
use diachiso_spatial::distance::DegreeLength;
use diachiso_testkit::Rng;

use crate::support::stages::FileBytes;

/// A day on which the district had its 11 communes.
pub(crate) const ON: Date = Date::constant(2024, 6, 30);
const FAMILIES: [&str; 8] = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Võ", "Đặng"];
const MIDDLES: [&str; 8] = ["Văn", "Thị", "Hữu", "Đình", "Ngọc", "Minh", "Quang", "Thanh"];
const GIVEN: [&str; 12] =
    ["An", "Bình", "Cường", "Dũng", "Hải", "Hoa", "Lan", "Mai", "Nam", "Phúc", "Sơn", "Tú"];

/// How large a district is made.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) communes: usize,
    pub(crate) villages: usize,
    pub(crate) houses: usize,
}

pub(crate) const SMALL: Size = Size { communes: 3, villages: 6, houses: 48 };

/// One visit to one house.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) commune: usize,
    pub(crate) village: usize,
    pub(crate) house: usize,
    /// Where the house is.
    pub(crate) at: LonLat,
    /// Where the fix is: the house and its error.
    pub(crate) fix: LonLat,
    pub(crate) collector: String,
    pub(crate) team: String,
    pub(crate) note: String,
    /// Latitude and longitude as written.
    pub(crate) cells: (String, String),
}

/// The district.
pub(crate) struct District {
    pub(crate) communes: Vec<UnitId>,
    names: Vec<String>,
    codes: Vec<String>,
    pub(crate) visits: Vec<Visit>,
    pub(crate) rng: Rng,
}

/// A position so many metres east and north of another.
pub(crate) fn moved(from: LonLat, east_m: f64, north_m: f64) -> LonLat {
    let degree = DegreeLength::at(from.lat());
    LonLat::new(from.lon() + east_m / degree.lon_m, from.lat() + north_m / degree.lat_m)
        .expect("in the province")
}

/// Six decimals, as most devices write.
pub(crate) fn degrees(point: LonLat) -> (String, String) {
    (format!("{:.6}", point.lat()), format!("{:.6}", point.lon()))
}

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.unit()).ln()).sqrt() * (TAU * rng.unit()).cos()
}

fn scattered(rng: &mut Rng, about: LonLat, sigma_m: f64) -> LonLat {
    let (east_m, north_m) = (normal(rng) * sigma_m, normal(rng) * sigma_m);
    moved(about, east_m, north_m)
}

impl District {
    /// A district with honest visits to all houses.
    pub(crate) fn new(reference: &Reference, seed: u64, size: Size) -> Self {
        let mut rng = Rng::new(seed);
        let units = &reference.units;
        let inside =
            |u: &diachiso_model::Unit| u.parent.as_ref().is_some_and(|p| p.as_str() == "477");
        let mut all: Vec<UnitId> =
            units.on(Level::Commune, ON).filter(|(_, u)| inside(u)).map(|(id, _)| id).collect();
        rng.shuffle(&mut all);
        let communes: Vec<UnitId> = all.into_iter().take(size.communes).collect();
        let names = communes.iter().map(|c| units.get(*c).full_name()).collect();
        let codes = communes.iter().map(|c| units.get(*c).code.to_string()).collect();
        let mut district = Self { communes, names, codes, visits: Vec::new(), rng };
        for commune in 0..size.communes {
            for village in 0..size.villages {
                district.settle(reference, commune, village, size.houses);
            }
        }
        district
    }

    fn inside(&self, reference: &Reference, commune: usize, point: LonLat) -> bool {
        reference.boundaries.locate(point, ON) == Some(self.communes[commune])
    }

    /// A place of the commune, with its surroundings.
    fn centre(&mut self, reference: &Reference, commune: usize) -> LonLat {
        let shape = &reference.boundaries.get(self.communes[commune]).expect("a boundary").shape;
        let corners: Vec<_> = shape.iter().flat_map(|p| p.exterior().coords()).copied().collect();
        let range = |of: fn(&geo_types::Coord<f64>) -> f64| {
            let values = corners.iter().map(of);
            (values.clone().fold(f64::MAX, f64::min), values.fold(f64::MIN, f64::max))
        };
        let (x, y) = (range(|c| c.x), range(|c| c.y));
        loop {
            let point = LonLat::new(self.rng.between(x.0, x.1), self.rng.between(y.0, y.1));
            let point = point.expect("in the province");
            let around = [(0.0, 90.0), (90.0, 0.0), (0.0, -90.0), (-90.0, 0.0)];
            if around.iter().all(|(e, n)| self.inside(reference, commune, moved(point, *e, *n))) {
                return point;
            }
        }
    }

    fn settle(&mut self, reference: &Reference, commune: usize, village: usize, houses: usize) {
        let centre = self.centre(reference, commune);
        let sigma_m = self.rng.between(110.0, 200.0);
        let side = self.rng.between(0.0, TAU);
        for house in 0..houses {
            let at = loop {
                let at = scattered(&mut self.rng, centre, sigma_m);
                if self.inside(reference, commune, at) {
                    break at;
                }
            };
            let error_m = if self.rng.chance(0.02) { 350.0 } else { 3.0 };
            let fix = scattered(&mut self.rng, at, error_m);
            let (east_m, north_m) = diachiso_spatial::distance::offset_m(centre, at);
            // Each of the two takes one side, but for some houses.
            let first = (east_m * side.sin() + north_m * side.cos() > 0.0) != self.rng.chance(0.15);
            let collector =
                format!("{} {commune}.{village}", if first { "Trần Văn" } else { "Lê Thị" });
            self.visits.push(Visit {
                commune,
                village,
                house,
                at,
                fix,
                collector,
                team: format!("Tổ CNSCĐ thôn {village}"),
                note: String::new(),
                cells: degrees(fix),
            });
        }
    }

    /// Gives every fourth house of a commune to one collector, and does something to those visits.
    pub(crate) fn roam(&mut self, commune: usize, name: &str, deed: impl Fn(&mut Visit, &mut Rng)) {
        self.take(name, deed, |v| v.commune == commune && v.house % 4 == 0);
    }

    /// Gives visits to one collector, and does something to them.
    pub(crate) fn take(
        &mut self,
        name: &str,
        deed: impl Fn(&mut Visit, &mut Rng),
        which: impl Fn(&Visit) -> bool,
    ) {
        for visit in self.visits.iter_mut().filter(|v| which(v)) {
            name.clone_into(&mut visit.collector);
            if name.is_empty() {
                visit.team.clear();
            }
            deed(visit, &mut self.rng);
        }
    }

    /// Register and submissions, the latter in files of so many rows.
    pub(crate) fn files(&self, rows: usize) -> Vec<FileBytes> {
        let mut files = vec![(SourceKind::Register, "ho.csv".to_owned(), self.register())];
        for (at, visits) in self.visits.chunks(rows).enumerate() {
            let bytes = self.submissions(visits);
            files.push((SourceKind::Submissions, format!("phieu-{at}.csv"), bytes));
        }
        files
    }

    /// Names differ within a village.
    fn head(v: &Visit) -> String {
        let n = v.house + 17 * v.village + 31 * v.commune;
        let family = FAMILIES[n % 8];
        format!("{family} {} {}", MIDDLES[v.house / 8 % 8], GIVEN[(v.house / 5 + v.village) % 12])
    }

    fn village(v: &Visit) -> String {
        format!("Thôn {} {}", GIVEN[v.village % 12], MIDDLES[v.commune % 8])
    }

    fn register(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(G::ALL.iter().map(|f| f.title())).expect("in memory");
        for v in &self.visits {
            let cell = |field: &G| match field {
                G::HouseholdId => format!("H{}-{}-{}", v.commune, v.village, v.house),
                G::Head => Self::head(v),
                G::Village => Self::village(v),
                G::Commune => self.names[v.commune].clone(),
                G::CommuneCode => self.codes[v.commune].clone(),
                G::Address => format!("{} Xóm {}", v.house + 1, v.village + 1),
                G::Members => "4".into(),
                G::Source => "Công an".into(),
                G::ClosedOn => "31/03/2024".into(),
                _ => String::new(),
            };
            writer.write_record(G::ALL.iter().map(cell)).expect("in memory");
        }
        writer.into_inner().expect("in memory")
    }

    fn submissions(&self, visits: &[Visit]) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(F::ALL.iter().map(|f| f.title())).expect("in memory");
        for v in visits {
            let cell = |field: &F| match field {
                F::Head => Self::head(v),
                F::HouseNumber => (v.house + 1).to_string(),
                F::Street => format!("Xóm {}", v.village + 1),
                F::Village => Self::village(v),
                F::Commune => self.names[v.commune].clone(),
                F::District => "Huyện Quảng Điền".into(),
                F::Members => "4".into(),
                F::Latitude => v.cells.0.clone(),
                F::Longitude => v.cells.1.clone(),
                F::Accuracy => "6".into(),
                F::Collector => v.collector.clone(),
                F::Team => v.team.clone(),
                F::CollectedOn => "01/07/2024".into(),
                F::LegalBasis => "Đồng ý của chủ hộ".into(),
                F::Note => v.note.clone(),
                _ => String::new(),
            };
            writer.write_record(F::ALL.iter().map(cell)).expect("in memory");
        }
        writer.into_inner().expect("in memory")
    }
}
