//! Submissions after validation.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{Date, Finding, LonLat, PovertyClass, PrecisionClass, UnitId};

/// Name of a submission: a hash of what it says, so that one sent twice is one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubmissionId(pub [u8; 16]);

/// A text that is no submission id.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected 32 hexadecimal digits")]
pub struct ParseIdError;

impl fmt::Display for SubmissionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for SubmissionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SubmissionId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ParseIdError);
        }
        u128::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| ParseIdError)
    }
}

/// An identity number as it may be kept: a keyed hash for matching, three digits for people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct IdSealed {
    /// Keyed hash of the twelve digits.
    pub hash: u64,
    /// The last three digits.
    pub last3: u16,
    /// Keyed hash of the year of birth and the sex that the digits state: it can be compared, not read.
    pub born: u16,
}

/// What became of a submission: exactly one of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Counts.
    Accepted,
    /// Held for a person.
    Held,
    /// Handed in again; its master counts.
    Duplicate,
    /// Cannot be used.
    Rejected,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Held, Self::Duplicate, Self::Rejected];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["accepted", "held", "duplicate", "rejected"][self as usize]
    }

    /// The verdict in Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        ["Chấp nhận", "Chờ duyệt", "Trùng", "Trả lại"][self as usize]
    }

    /// The verdict of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.as_str() == key)
    }
}

/// A tie to a household of the register (rule R01).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Link {
    /// Index into [`crate::Published::households`].
    pub household: u32,
    /// Weight of the evidence in bits (log2 of the likelihood ratio).
    pub bits: f32,
}

/// A submission after all stages.
#[derive(Clone, PartialEq, Debug)]
pub struct Submission {
    /// Its name.
    pub id: SubmissionId,
    /// Index into [`crate::Published::files`] of the file that brought it first (this run's order of files).
    pub file: u32,
    /// Row in that file, from 1, as a spreadsheet counts.
    pub row: u32,
    /// Number of the form, as it came.
    pub form: Box<str>,
    /// Address code, cleaned; empty when none.
    pub code: Box<str>,
    /// Head of the household, normalised.
    pub head: Box<str>,
    /// Identity number, sealed.
    pub identity: Option<IdSealed>,
    /// Phone: national significant number without the leading 0.
    pub phone: Option<u64>,
    /// House number, alley and street in one line, normalised.
    pub address: Box<str>,
    /// Index into [`crate::Published::villages`].
    pub village: Option<u32>,
    /// Village as stated, normalised.
    pub village_text: Arc<str>,
    /// Commune valid on the day of collection.
    pub commune: Option<UnitId>,
    /// Persons.
    pub members: Option<u16>,
    /// Poverty class.
    pub poverty: PovertyClass,
    /// Position.
    pub point: Option<LonLat>,
    /// How far the position is to be trusted.
    pub precision: Option<PrecisionClass>,
    /// Accuracy of the fix in metres.
    pub accuracy_m: Option<f32>,
    /// Day of collection.
    pub collected_on: Option<Date>,
    /// Who collected.
    pub collector: Arc<str>,
    /// The collector's team.
    pub team: Arc<str>,
    /// What became of it.
    pub verdict: Verdict,
    /// Index into [`crate::Published::submissions`] of the one that this repeats.
    pub master: Option<u32>,
    /// The register household, if found.
    pub link: Option<Link>,
    /// What the rules noticed, R01 excepted (see `link`), in order of code and field.
    pub findings: Vec<Finding>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = SubmissionId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 254, 255]);
        assert_eq!(id.to_string(), "000102030405060708090a0b0c0dfeff");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("xyz".parse::<SubmissionId>(), Err(ParseIdError));
        assert_eq!("+00102030405060708090a0b0c0dfeff".parse::<SubmissionId>(), Err(ParseIdError));
    }
}
