//! Records of households for measuring linkage: some of them handed in several times, each time spoilt anew.
//!
//! Unlike [`crate::generate`], which makes what people hand in, this makes what is left once files are read and cells
//! are clean: one decoded table, and every repeat a fresh draw of errors that no rule can undo.

mod spoil;

use std::{fs::File, io::BufWriter, path::Path};

use crate::{
    SynthError,
    people::{Name, Phone, identity},
    places,
    random::{Rng, key},
};

/// Share of the households that are in the table more than once. With the shares below, 15 % of the records are repeats
/// and there are 0.19 true pairs a record.
const REPEATED: f64 = 0.136;
/// Repeats of such a household: 1, 2 or 3, as shares.
const REPEATS: [f64; 3] = [0.75, 0.20, 0.05];
/// Repeats a household, on average.
const MEAN_REPEATS: f64 = REPEATED * (1.0 * REPEATS[0] + 2.0 * REPEATS[1] + 3.0 * REPEATS[2]);
/// Households of a village.
const VILLAGE: u64 = 240;
/// Villages of a commune.
const COMMUNE: u64 = 8;
/// Share of the households that live in the house of the one before.
const SHARED_HOUSE: f64 = 0.05;
/// Metres between houses along a street, and between streets.
const SPACING_M: (f64, f64) = (14.0, 60.0);
/// Houses along one street of a village.
const STREET: u64 = 40;
const DEGREE_M: f64 = 111_195.0;

/// The columns: those of the submission template that say who and where.
pub const LINKAGE_COLUMNS: [&str; 12] = [
    "Mã phiếu",
    "Họ và tên chủ hộ",
    "Số điện thoại",
    "Số ĐDCN/CCCD",
    "Mã địa chỉ số",
    "Số nhà",
    "Tên đường",
    "Thôn/Tổ dân phố",
    "Xã/Phường/Thị trấn",
    "Số nhân khẩu",
    "Vĩ độ",
    "Kinh độ",
];

/// A household as it is.
#[derive(Clone, Debug)]
struct House {
    head: String,
    other: String,
    phone: String,
    identity: String,
    code: String,
    number: String,
    street: &'static str,
    village: String,
    commune: String,
    members: u64,
    lat: f64,
    lon: f64,
}

impl House {
    fn new(seed: u64, number: u64) -> Self {
        let mut rng = Rng::new(&[seed, 71, number]);
        let (sex, _, id) = identity(seed, number);
        let (other_sex, ..) = identity(seed, number + 1);
        let shares = !number.is_multiple_of(VILLAGE) && rng.chance(SHARED_HOUSE);
        let place = if shares { number - 1 } else { number };
        let village = place / VILLAGE;
        let commune = village / COMMUNE;
        let along = place % VILLAGE;
        let (step, row) = (along % STREET, along / STREET);
        // Communes on a grid of 5 km, villages on one of 1.5 km inside.
        let east = (commune % 40) as f64 * 5000.0 + (village % COMMUNE % 3) as f64 * 1500.0;
        let north = (commune / 40) as f64 * 5000.0 + (village % COMMUNE / 3) as f64 * 1500.0;
        let mut spot = Rng::new(&[seed, 72, place]);
        let east = east + step as f64 * SPACING_M.0 + spot.uniform(-4.0, 4.0);
        let north =
            north + row as f64 * SPACING_M.1 + (step % 2) as f64 * 16.0 + spot.uniform(-4.0, 4.0);
        let lat = 16.0 + north / DEGREE_M;
        let kind = if commune.is_multiple_of(3) { "Phường" } else { "Xã" };
        Self {
            head: Name::draw(sex, &mut rng).text(),
            other: Name::draw(other_sex, &mut rng).text(),
            phone: Phone::draw(&mut rng).text(),
            identity: format!("{id:012}"),
            code: format!("{:05}{:05}", 49_000 + commune, place % (VILLAGE * COMMUNE)),
            number: (step + 1).to_string(),
            street: places::street(seed, commune, village, row),
            village: places::village_name(seed, commune, village % COMMUNE),
            commune: format!("{kind} {}", places::village_name(seed, 1 << 40, commune)),
            members: 1 + rng.below(7),
            lat,
            lon: 107.0 + east / DEGREE_M / lat.to_radians().cos(),
        }
    }
}

/// How often a household is handed in again.
fn repeats(seed: u64, number: u64) -> u64 {
    let mut rng = Rng::new(&[seed, 73, number]);
    if !rng.chance(REPEATED) {
        return 0;
    }
    rng.weighted(REPEATS.iter().copied()).map_or(1, |at| at as u64 + 1)
}

/// Writes about `records` records to `records.csv`, and the household and the errors of each to `truth.csv`; returns how
/// many records and how many true pairs there are.
///
/// First come the households in the order of villages, then the repeats: none stands beside what it repeats.
///
/// # Errors
/// When a file cannot be written.
pub fn linkage(seed: u64, records: u64, folder: &Path) -> Result<(u64, u64), SynthError> {
    std::fs::create_dir_all(folder).map_err(|e| SynthError::Io(folder.to_owned(), e))?;
    let households = (records as f64 / (1.0 + MEAN_REPEATS)).round() as u64;
    let mut out = Tables::create(folder)?;
    let mut pairs = 0;
    for number in 0..households {
        out.write(seed, number, 0)?;
        let times = repeats(seed, number);
        pairs += times * (times + 1) / 2;
    }
    for number in 0..households {
        for time in 1..=repeats(seed, number) {
            out.write(seed, number, time)?;
        }
    }
    Ok((out.finish()?, pairs))
}

struct Tables {
    records: csv::Writer<BufWriter<File>>,
    truth: csv::Writer<BufWriter<File>>,
    paths: [std::path::PathBuf; 2],
    written: u64,
}

impl Tables {
    fn create(folder: &Path) -> Result<Self, SynthError> {
        let paths = ["records.csv", "truth.csv"].map(|name| folder.join(name));
        let open = |path: &Path| {
            let file = File::create(path).map_err(|e| SynthError::Io(path.to_owned(), e))?;
            Ok::<_, SynthError>(csv::Writer::from_writer(BufWriter::new(file)))
        };
        let [records, truth] = &paths;
        let mut tables =
            Self { records: open(records)?, truth: open(truth)?, paths: paths.clone(), written: 0 };
        tables.records.write_record(LINKAGE_COLUMNS).map_err(|e| SynthError::csv(&paths[0], e))?;
        let heading = [LINKAGE_COLUMNS[0], "entity", "kinds"];
        tables.truth.write_record(heading).map_err(|e| SynthError::csv(&paths[1], e))?;
        Ok(tables)
    }

    fn write(&mut self, seed: u64, number: u64, time: u64) -> Result<(), SynthError> {
        let (cells, kinds) = spoil::record(&House::new(seed, number), seed, number, time);
        // A name that tells nothing of the household, so that no order by name is the truth.
        let name = format!("B{:016x}", key(&[seed, 74, number, time]));
        let row = std::iter::once(name.as_str()).chain(cells.iter().map(String::as_str));
        self.records.write_record(row).map_err(|e| SynthError::csv(&self.paths[0], e))?;
        let entity = format!("E{number}");
        let truth = [&name, &entity, &kinds.join(" ")];
        self.truth.write_record(truth).map_err(|e| SynthError::csv(&self.paths[1], e))?;
        self.written += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<u64, SynthError> {
        self.records.flush().map_err(|e| SynthError::Io(self.paths[0].clone(), e))?;
        self.truth.flush().map_err(|e| SynthError::Io(self.paths[1].clone(), e))?;
        Ok(self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_repeats_it_promises_and_the_same_bytes_for_the_same_seed() {
        let folder = tempfile::tempdir().expect("folder");
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        let (records, pairs) = linkage(7, 20_000, &one).expect("tables");
        assert_eq!(linkage(7, 20_000, &two).expect("tables"), (records, pairs));
        assert!(records.abs_diff(20_000) < 400, "{records}");
        let share = pairs as f64 / records as f64;
        assert!((0.17..0.22).contains(&share), "{share} pairs a record");
        let read = |path: &Path| std::fs::read(path).expect("file");
        assert_eq!(read(&one.join("records.csv")), read(&two.join("records.csv")));
        let truth = String::from_utf8(read(&one.join("truth.csv"))).expect("text");
        let entities: rustc_hash::FxHashSet<&str> =
            truth.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
        let repeated = 1.0 - entities.len() as f64 / records as f64;
        assert!((0.14..0.16).contains(&repeated), "{repeated}");
    }
}
