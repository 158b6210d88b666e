//! From a configuration to a stream of rows.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use diachiso_model::{HouseholdState, LonLat, PovertyClass, Verdict};
use rayon::prelude::*;

use crate::{
    SynthError,
    config::{Config, Targets},
    dirt::{Dirt, DirtProfile},
    people::Sex,
    plan::Plan,
    row::{Cells, RegisterRow, SubmissionRow, Truth, day_text},
    submission::submissions,
    village::{Fate, House, Village},
};

/// Villages made at a time; each holds some 300 households, so that memory stays at a few megabytes.
const CHUNK_VILLAGES: u64 = 32;
/// Chunks that may wait for the writer.
const CHUNKS_WAITING: usize = 2;

/// Where rows go.
pub trait Output {
    /// Takes a line of the register. Lines come commune by commune, village by village, in walking order.
    ///
    /// # Errors
    /// When it cannot be written.
    fn register_row(&mut self, row: &RegisterRow) -> Result<(), SynthError>;

    /// Takes a submission with what is true of it. A village's submissions follow its register lines.
    ///
    /// # Errors
    /// When it cannot be written.
    fn submission_row(&mut self, row: &SubmissionRow, truth: &Truth) -> Result<(), SynthError>;
}

/// What was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Communes.
    pub communes: usize,
    /// Villages.
    pub villages: u64,
    /// Lines of the register.
    pub register_rows: u64,
    /// Those that must end up covered, and the persons and the poor among them.
    pub totals: Targets,
    /// Submissions.
    pub submission_rows: u64,
    /// Submissions by certain verdict, indexed by [`Verdict`]; the last place is for open ones.
    pub verdicts: [u64; 5],
    /// Rows by kind of dirt, indexed by [`Dirt`].
    dirt: Vec<u64>,
}

/// All rows of one village.
struct Batchful {
    register: Vec<RegisterRow>,
    submissions: Vec<(SubmissionRow, Truth)>,
}

/// Makes everything that a configuration describes, one village after the other.
///
/// The rows are a function of the configuration alone: neither the number of threads nor the speed
/// of the output changes a byte. Memory grows with the number of villages (a few hundred bytes each),
/// not of households.
///
/// # Errors
/// When the configuration contradicts itself, a commune has no shape, or the output fails.
pub fn generate(config: &Config, out: &mut dyn Output) -> Result<Summary, SynthError> {
    let plan = Plan::new(config)?;
    let mut summary = Summary::new(&plan);
    let (sender, receiver) = sync_channel(CHUNKS_WAITING);
    std::thread::scope(|scope| {
        let plan = &plan;
        scope.spawn(move || make(plan, &sender));
        // The receiver is dropped on an error, which ends the maker.
        write(receiver, out, &mut summary)
    })?;
    Ok(summary)
}

fn make(plan: &Plan<'_>, sender: &SyncSender<Vec<Batchful>>) {
    let all = plan.villages();
    for first in (0..all).step_by(CHUNK_VILLAGES as usize) {
        let chunk = first..(first + CHUNK_VILLAGES).min(all);
        let made = chunk.into_par_iter().map(|v| Batchful::new(&Village::new(plan, v))).collect();
        if sender.send(made).is_err() {
            return;
        }
    }
}

fn write(
    receiver: Receiver<Vec<Batchful>>,
    out: &mut dyn Output,
    summary: &mut Summary,
) -> Result<(), SynthError> {
    for village in receiver.into_iter().flatten() {
        for row in &village.register {
            summary.count_household(row);
            out.register_row(row)?;
        }
        for (row, truth) in &village.submissions {
            summary.count_submission(truth);
            out.submission_row(row, truth)?;
        }
    }
    Ok(())
}

impl Batchful {
    fn new(village: &Village<'_>) -> Self {
        let inside = village.houses.iter().filter(|h| h.fate != Fate::Outside);
        Self {
            register: inside.map(|h| register_row(village, h)).collect(),
            submissions: submissions(village),
        }
    }
}

fn register_row(village: &Village<'_>, house: &House) -> RegisterRow {
    let config = village.plan.config;
    let input = village.plan.communes[village.quota.commune].input;
    let away = matches!(house.fate, Fate::Away | Fate::Held(Dirt::AwayVisited));
    let status = match house.fate {
        Fate::Moved => "Đã chuyển đi",
        Fate::Gone => "Không còn hộ",
        _ if away => "Đi vắng dài ngày",
        _ => "Đang cư trú",
    };
    let temporary = house.key.is_multiple_of(17);
    let sex: Sex = house.sex;
    let cells = [
        String::new(),
        house.id.clone(),
        house.head.clone(),
        house.birth_year.to_string(),
        sex.title().to_owned(),
        village.title.clone(),
        input.name.clone(),
        input.code.clone(),
        house.address.line(),
        if temporary { "Tạm trú" } else { "Thường trú" }.to_owned(),
        status.to_owned(),
        house.members.to_string(),
        house.poverty.title().to_owned(),
        config.source.clone(),
        day_text(config.closed_on),
    ];
    RegisterRow {
        cells: Cells::pack(&cells),
        household: house.id.clone(),
        commune: village.quota.commune,
        at: LonLat::new(house.at.x, house.at.y).expect("a commune is on the globe"),
        members: house.members,
        poverty: house.poverty,
        state: house.fate.state(),
    }
}

impl Summary {
    fn new(plan: &Plan<'_>) -> Self {
        Self {
            communes: plan.communes.len(),
            villages: plan.villages(),
            register_rows: 0,
            totals: Targets { covered: 0, persons_covered: 0, poor: 0, poor_covered: 0 },
            submission_rows: 0,
            verdicts: [0; 5],
            dirt: vec![0; DirtProfile::table().len()],
        }
    }

    /// Rows that carry a kind of dirt.
    #[must_use]
    pub fn rows_with(&self, kind: Dirt) -> u64 {
        self.dirt[kind as usize]
    }

    fn count_household(&mut self, row: &RegisterRow) {
        self.register_rows += 1;
        let covered = row.state == HouseholdState::Covered;
        let poor = row.poverty == PovertyClass::Poor && row.state.in_denominator();
        self.totals.covered += u64::from(covered);
        self.totals.persons_covered += if covered { u64::from(row.members) } else { 0 };
        self.totals.poor += u64::from(poor);
        self.totals.poor_covered += u64::from(poor && covered);
    }

    fn count_submission(&mut self, truth: &Truth) {
        self.submission_rows += 1;
        self.verdicts[truth.verdict.map_or(Verdict::ALL.len(), |v| v as usize)] += 1;
        for &kind in &truth.kinds {
            self.dirt[kind as usize] += 1;
        }
    }
}
