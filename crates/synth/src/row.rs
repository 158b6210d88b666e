//! The rows that come out.

use std::sync::Arc;

use diachiso_model::{
    Date, Field, HouseholdState, LonLat, PovertyClass, RegisterField, RuleCode, SubmissionField,
    Verdict,
};

use crate::dirt::Dirt;

/// Columns of a register row and of a submission row (design, §5); the decision, which comes last, is of lists of poor
/// households alone.
pub const REGISTER_COLUMNS: usize = RegisterField::ALL.len() - 1;
/// See [`REGISTER_COLUMNS`].
pub const SUBMISSION_COLUMNS: usize = SubmissionField::ALL.len();

/// Cells of one row, in one allocation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cells<const N: usize> {
    text: String,
    ends: [u16; N],
}

/// One line of the register with what is true of it.
#[derive(Clone, PartialEq, Debug)]
pub struct RegisterRow {
    /// The cells, in the order of [`RegisterField::ALL`]; the running number is the writer's.
    pub cells: Cells<REGISTER_COLUMNS>,
    /// Id of the household.
    pub household: String,
    /// Place of the commune in the configuration.
    pub commune: usize,
    /// Where it truly stands.
    pub at: LonLat,
    /// Persons.
    pub members: u16,
    /// Poverty class.
    pub poverty: PovertyClass,
    /// The state that it must end in; of an ambiguous pair, whose submission names neither, one is `Pending`.
    pub state: HouseholdState,
}

/// One submission.
#[derive(Clone, PartialEq, Debug)]
pub struct SubmissionRow {
    /// The cells, in the order of [`SubmissionField::ALL`]; the running number is the writer's.
    pub cells: Cells<SUBMISSION_COLUMNS>,
    /// The batch in which it is handed in.
    pub batch: Batch,
    /// The village as it should be written.
    pub village: Arc<str>,
}

/// The batches, each in a dress of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Batch {
    /// CSV, comma, UTF-8.
    Plain,
    /// CSV, semicolon, decimal commas, byte order mark.
    Semicolon,
    /// XLSX with letterhead, numbering row, subtotals and signatures.
    Sheet,
    /// CSV, comma, UTF-8, handed in later: some villages, and the repeats.
    Later,
}

/// What is true of a submission.
#[derive(Clone, PartialEq, Debug)]
pub struct Truth {
    /// Id of the register's household; `None` outside the register.
    pub household: Option<String>,
    /// What the submission is about, also outside the register: equal for repeats.
    pub entity: String,
    /// Where the household truly stands.
    pub at: LonLat,
    /// Everything that is wrong with the row.
    pub kinds: Vec<Dirt>,
    /// The verdict, where it is certain. Of an exact repeat and its master either may be the duplicate.
    pub verdict: Option<Verdict>,
    /// Findings that are certain, in order.
    pub codes: Vec<RuleCode>,
}

impl Batch {
    /// All batches.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Semicolon, Self::Sheet, Self::Later];
}

impl<const N: usize> Cells<N> {
    pub(crate) fn pack(cells: &[impl AsRef<str>; N]) -> Self {
        let mut text = String::with_capacity(cells.iter().map(|c| c.as_ref().len()).sum());
        let ends = std::array::from_fn(|i| {
            text.push_str(cells[i].as_ref());
            text.len() as u16
        });
        Self { text, ends }
    }

    /// The cells from left to right.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..N).map(|i| self.at(i))
    }

    /// The cell of a column.
    #[must_use]
    pub fn get(&self, field: impl Field) -> &str {
        self.at(field.index())
    }

    fn at(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start as usize..self.ends[i] as usize]
    }
}

/// "05/04/2024", as forms have it.
pub(crate) fn day_text(day: Date) -> String {
    format!("{:02}/{:02}/{}", day.day(), day.month(), day.year())
}
