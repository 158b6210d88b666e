//! The truth about a directory of generated files, written and read.

use std::path::Path;

use diachiso_model::{HouseholdState, LonLat, RuleCode, Verdict};

use crate::{Dirt, SynthError, Truth, row::RegisterRow};

/// Name of the file about submissions.
pub const SUBMISSIONS_FILE: &str = "truth.csv";
/// Name of the file about the register's households.
pub const HOUSEHOLDS_FILE: &str = "truth-households.csv";

pub(crate) const SUBMISSIONS_HEADER: [&str; 9] =
    ["file", "row", "household_id", "entity", "lon", "lat", "kinds", "verdict", "codes"];
pub(crate) const HOUSEHOLDS_HEADER: [&str; 5] = ["household_id", "state", "members", "lon", "lat"];

/// Stands for a household in no register.
const OUTSIDE: &str = "outside";

/// The truth about one row of one file.
#[derive(Clone, PartialEq, Debug)]
pub struct TruthRow {
    /// Name of the file in the directory.
    pub file: String,
    /// Row from 1, as a spreadsheet counts.
    pub row: u32,
    /// What is true of it.
    pub truth: Truth,
}

/// The truth about one household of the register.
#[derive(Clone, PartialEq, Debug)]
pub struct HouseholdTruth {
    /// Its id.
    pub household: String,
    /// The state that it must end in.
    pub state: HouseholdState,
    /// Persons.
    pub members: u16,
    /// Where it stands.
    pub at: LonLat,
}

/// Reads the file about submissions.
///
/// # Errors
/// When it cannot be read or a cell is not what [`crate::Files`] writes.
pub fn read(path: &Path) -> Result<Vec<TruthRow>, SynthError> {
    rows(path, |r| {
        let household = cell(r, 2)?;
        let list = |text: &str| -> Vec<String> {
            text.split(';').filter(|k| !k.is_empty()).map(str::to_owned).collect()
        };
        let kinds = list(cell(r, 6)?).iter().map(|k| Dirt::from_key(k)).collect::<Option<_>>()?;
        let codes: Option<Vec<RuleCode>> =
            list(cell(r, 8)?).iter().map(|c| c.parse().ok()).collect();
        let verdict = cell(r, 7)?;
        let verdict = if verdict.is_empty() { None } else { Some(Verdict::from_key(verdict)?) };
        Some(TruthRow {
            file: cell(r, 0)?.to_owned(),
            row: cell(r, 1)?.parse().ok()?,
            truth: Truth {
                household: (household != OUTSIDE).then(|| household.to_owned()),
                entity: cell(r, 3)?.to_owned(),
                at: position(r, 4)?,
                kinds,
                verdict,
                codes: codes?,
            },
        })
    })
}

/// Reads the file about the register's households.
///
/// # Errors
/// When it cannot be read or a cell is not what [`crate::Files`] writes.
pub fn read_households(path: &Path) -> Result<Vec<HouseholdTruth>, SynthError> {
    rows(path, |r| {
        Some(HouseholdTruth {
            household: cell(r, 0)?.to_owned(),
            state: HouseholdState::from_key(cell(r, 1)?)?,
            members: cell(r, 2)?.parse().ok()?,
            at: position(r, 3)?,
        })
    })
}

pub(crate) fn submission_record(file: &str, row: u32, truth: &Truth) -> [String; 9] {
    let kinds: Vec<&str> = truth.kinds.iter().map(|k| k.row().key).collect();
    let codes: Vec<&str> = truth.codes.iter().map(|c| c.as_str()).collect();
    [
        file.to_owned(),
        row.to_string(),
        truth.household.as_deref().unwrap_or(OUTSIDE).to_owned(),
        truth.entity.clone(),
        format!("{:.7}", truth.at.lon()),
        format!("{:.7}", truth.at.lat()),
        kinds.join(";"),
        truth.verdict.map_or("", Verdict::as_str).to_owned(),
        codes.join(";"),
    ]
}

pub(crate) fn household_record(row: &RegisterRow) -> [String; 5] {
    [
        row.household.clone(),
        row.state.as_str().to_owned(),
        row.members.to_string(),
        format!("{:.7}", row.at.lon()),
        format!("{:.7}", row.at.lat()),
    ]
}

fn rows<T>(
    path: &Path,
    read: impl Fn(&csv::StringRecord) -> Option<T>,
) -> Result<Vec<T>, SynthError> {
    let fail = |e: csv::Error| SynthError::csv(path, e);
    let mut reader = csv::Reader::from_path(path).map_err(fail)?;
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(fail)?;
        let line = record.position().map_or(0, csv::Position::line);
        let unreadable = || SynthError::Truth { path: path.to_owned(), line };
        out.push(read(&record).ok_or_else(unreadable)?);
    }
    Ok(out)
}

fn cell(record: &csv::StringRecord, i: usize) -> Option<&str> {
    record.get(i)
}

fn position(record: &csv::StringRecord, lon: usize) -> Option<LonLat> {
    let number = |i| cell(record, i)?.parse().ok();
    LonLat::new(number(lon)?, number(lon + 1)?).ok()
}
