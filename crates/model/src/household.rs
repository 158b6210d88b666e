//! Register lines: what coverage is measured against.

use std::sync::Arc;

use crate::{Date, LonLat, UnitId};

/// Poverty class of a household.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum PovertyClass {
    /// Neither poor nor near-poor, or not stated.
    #[default]
    None,
    /// Hộ cận nghèo.
    NearPoor,
    /// Hộ nghèo.
    Poor,
}

impl PovertyClass {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["none", "near_poor", "poor"][self as usize]
    }

    /// The class in Vietnamese; empty for none.
    #[must_use]
    pub fn title(self) -> &'static str {
        ["", "Cận nghèo", "Hộ nghèo"][self as usize]
    }
}

/// What the register says of the household's stay.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum ResidenceStatus {
    /// Lives there, or nothing is said.
    #[default]
    Present,
    /// Away for long.
    Away,
    /// Moved elsewhere.
    Moved,
    /// Dissolved or deceased.
    Gone,
}

impl ResidenceStatus {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["present", "away", "moved", "gone"][self as usize]
    }
}

/// Sources of registers that have a name in Vietnamese.
const SOURCE_TITLES: &[(&str, &str)] = &[
    ("police", "Công an"),
    ("statistics", "Thống kê"),
    ("welfare", "Lao động – Thương binh và Xã hội"),
];

/// The name of a source for people, in Vietnamese; other words stay as the files have them.
#[must_use]
pub fn source_title(source: &str) -> &str {
    SOURCE_TITLES.iter().find(|(key, _)| *key == source).map_or(source, |(_, title)| title)
}

/// A register: source, closing date and number of lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterInfo {
    /// `police`, `statistics`, `welfare` or another word of the files.
    pub source: Arc<str>,
    /// Day on which the list was closed.
    pub closed_on: Date,
    /// Lines, after repeats of one household id were folded.
    pub households: u32,
}

/// What became of a register household (design: *Tally*).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HouseholdState {
    /// Has an accepted submission whose point counts.
    Covered,
    /// Its best submission is held.
    Pending,
    /// Its submissions were all rejected.
    Rejected,
    /// No submission.
    None,
    /// No submission; the team says that it collected one.
    Claimed,
    /// Visited, nobody home.
    Absent,
    /// Long-term away.
    Away,
    /// Refused.
    Refused,
    /// Said to have moved or to be no more; nobody else has approved it yet.
    Leaving,
    /// A second line for a household already listed.
    DuplicateLine,
    /// Moved away: leaves the denominator.
    Moved,
    /// No longer exists: leaves the denominator.
    Gone,
}

impl HouseholdState {
    const TABLE: [(Self, &'static str, &'static str, &'static str); 12] = [
        (Self::Covered, "covered", "Đã có địa chỉ số", "Covered"),
        (Self::Pending, "pending", "Phiếu đang chờ duyệt", "Submission held for review"),
        (Self::Rejected, "rejected", "Phiếu bị trả lại", "Submission rejected"),
        (Self::None, "none", "Chưa có phiếu", "No submission"),
        (
            Self::Claimed,
            "claimed",
            "Đội báo đã làm, chưa có phiếu",
            "Said to be done, no submission",
        ),
        (Self::Absent, "absent", "Đã đến, vắng nhà", "Visited, nobody home"),
        (Self::Away, "away", "Đi vắng dài ngày", "Long-term away"),
        (Self::Refused, "refused", "Từ chối", "Refused"),
        (
            Self::Leaving,
            "leaving",
            "Báo đã chuyển đi hoặc không còn, chờ duyệt",
            "Said to have moved or gone, waits for approval",
        ),
        (
            Self::DuplicateLine,
            "duplicate_line",
            "Dòng trùng trong danh sách",
            "Duplicate line of the register",
        ),
        (Self::Moved, "moved", "Đã chuyển đi", "Moved away"),
        (Self::Gone, "gone", "Không còn hộ", "No longer exists"),
    ];

    /// All states.
    pub const ALL: [Self; 12] = [
        Self::Covered,
        Self::Pending,
        Self::Rejected,
        Self::None,
        Self::Claimed,
        Self::Absent,
        Self::Away,
        Self::Refused,
        Self::Leaving,
        Self::DuplicateLine,
        Self::Moved,
        Self::Gone,
    ];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::TABLE[self as usize].1
    }

    /// The state of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == key)
    }

    /// The state in words, Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        Self::TABLE[self as usize].2
    }

    /// The state in words, English.
    #[must_use]
    pub fn en(self) -> &'static str {
        Self::TABLE[self as usize].3
    }

    /// Whether the household is in the denominator.
    #[must_use]
    pub fn in_denominator(self) -> bool {
        !matches!(self, Self::DuplicateLine | Self::Moved | Self::Gone)
    }

    /// Whether the household belongs on a gap list.
    #[must_use]
    pub fn is_gap(self) -> bool {
        self.in_denominator() && self != Self::Covered
    }
}

/// One line of a register with what became of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Household {
    /// Id inside its register.
    pub id: Box<str>,
    /// Index into [`crate::Published::registers`].
    pub register: u32,
    /// Name of the head, normalised.
    pub head: Box<str>,
    /// Year of birth of the head.
    pub birth_year: Option<u16>,
    /// Index into [`crate::Published::villages`].
    pub village: u32,
    /// Commune valid on the register's closing date.
    pub commune: UnitId,
    /// Address in one line, normalised.
    pub address: Box<str>,
    /// Persons.
    pub members: u16,
    /// Poverty class.
    pub poverty: PovertyClass,
    /// What the register says of the stay.
    pub status: ResidenceStatus,
    /// What became of it.
    pub state: HouseholdState,
    /// Index into [`crate::Published::submissions`] of the one that decides the state.
    pub submission: Option<u32>,
    /// Its point when covered; otherwise a suggestion (village centre) for the walk.
    pub point: Option<LonLat>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_read_back_and_only_three_leave_the_denominator() {
        for state in HouseholdState::ALL {
            assert_eq!(HouseholdState::from_key(state.as_str()), Some(state));
        }
        assert_eq!(HouseholdState::ALL.iter().filter(|s| !s.in_denominator()).count(), 3);
        assert!(!HouseholdState::Covered.is_gap() && HouseholdState::Pending.is_gap());
    }
}
