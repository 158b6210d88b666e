//! The files that benchmarks read.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use diachiso_model::{Date, Kind, Level, Unit, UnitId, Units};
use diachiso_pipeline::Reference;
use diachiso_synth::{CommuneInput, Config, Files, RegisterLayout};
use tempfile::TempDir;

/// A day on which the synthetic submissions were collected: the province had 141 communes.
pub const ON: Date = Date::constant(2024, 6, 30);

const SEED: u64 = 20_240_401;

/// A register of the province and its submissions, as `diachiso generate --households` writes them, in a
/// temporary folder that goes away with the value.
///
/// Csv files alone: the generator's workbook (`phieu-dot-3.xlsx`) is left out, since merely reading a csv is what
/// everything is compared with.
#[derive(Debug)]
pub struct Inputs {
    /// Register files.
    pub registers: Vec<PathBuf>,
    /// Submission files.
    pub submissions: Vec<PathBuf>,
    folder: TempDir,
}

impl Inputs {
    /// Makes files of so many households.
    ///
    /// # Errors
    /// When the number is out of the generator's range or the folder cannot be written to.
    pub fn make(households: u64) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("diachiso-bench-").tempdir()?;
        let config = Config::proportional(SEED, households, communes()?);
        let mut files = Files::create(folder.path(), RegisterLayout::Single)?;
        diachiso_synth::generate(&config, &mut files)?;
        let written = files.finish()?;
        let mut submissions = written.submissions;
        submissions.retain(|path| path.extension().is_some_and(|e| e == "csv"));
        Ok(Self { registers: written.registers, submissions, folder })
    }

    /// The folder, for what a benchmark writes itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// What the generator needs to know of the communes of the province: as in `diachiso generate`.
fn communes() -> anyhow::Result<Vec<CommuneInput>> {
    let Reference { units, boundaries, .. } = &Reference::load([])?;
    units
        .on(Level::Commune, ON)
        .map(|(id, unit)| {
            let boundary = boundaries.get(id).with_context(|| format!("no shape of {id:?}"))?;
            let district = units.ancestor(id, Level::District, ON);
            let urban = unit.kind != Kind::Xa;
            Ok(CommuneInput {
                code: unit.code.to_string(),
                name: unit.full_name(),
                kind_is_urban: urban,
                district_name: district.map(|d| units.get(d).full_name()).unwrap_or_default(),
                postal: units.postal_of(id),
                shape: boundary.shape.clone(),
                weight: if urban { 1.4 } else { 1.0 },
                other_names: later_names(units, id),
            })
        })
        .collect()
}

/// Names of what the commune became, but for those that another commune bears on the day of collection.
fn later_names(units: &Units, id: UnitId) -> Vec<String> {
    let taken: Vec<&str> = units.on(Level::Commune, ON).map(|(_, unit)| &*unit.name).collect();
    let mut names: Vec<String> = units
        .reforms()
        .iter()
        .filter(|day| **day > ON)
        .flat_map(|day| units.at(id, *day))
        .map(|later| units.get(later))
        .filter(|unit| !taken.contains(&&*unit.name))
        .map(Unit::full_name)
        .collect();
    names.sort();
    names.dedup();
    names
}
