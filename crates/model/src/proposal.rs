//! What is proposed to people and done only when one of them says so.

use std::{fmt, str::FromStr, sync::Arc};

use crate::UnitId;

/// What is wrong with all that one collector handed in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProposalKind {
    /// VN-2000 degrees taken for WGS 84: every point is off by one vector (rule G12).
    Datum,
    /// Projected metres of another central meridian or zone than that of the province.
    Zone,
    /// The last fix copied to several households.
    CopiedFix,
}

impl ProposalKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Datum, Self::Zone, Self::CopiedFix];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["datum", "zone", "copied_fix"][self as usize]
    }

    /// The kind of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == key)
    }

    /// The kind in Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        ["Lệch hệ VN-2000", "Nhầm kinh tuyến trục hoặc múi chiếu", "Chép lại toạ độ cũ"]
            [self as usize]
    }

    /// The kind in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        ["VN-2000 taken for WGS 84", "Wrong central meridian or zone", "Last fix copied"]
            [self as usize]
    }

    /// What to look at before anything is decided, in Vietnamese.
    #[must_use]
    pub fn advice_vi(self) -> &'static str {
        [
            "Xem máy của người này có đặt hệ VN-2000 không",
            "Hỏi người này đo ở kinh tuyến trục, múi chiếu nào",
            "Hỏi lại và đo lại tại từng hộ trùng vị trí",
        ][self as usize]
    }

    /// The same in English.
    #[must_use]
    pub fn advice_en(self) -> &'static str {
        [
            "see whether this person's device is set to VN-2000",
            "ask this person for the central meridian and zone of the survey",
            "ask, and measure the households that share a fix again",
        ][self as usize]
    }
}

/// Name of a proposal: a hash of its kind and subject, the same in every run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProposalId(pub [u8; 6]);

/// A text that is no proposal id.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected 12 hexadecimal digits")]
pub struct ParseProposalIdError;

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl FromStr for ProposalId {
    type Err = ParseProposalIdError;

    fn from_str(text: &str) -> Result<Self, ParseProposalIdError> {
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ParseProposalIdError);
        }
        let number = u64::from_str_radix(text, 16).map_err(|_| ParseProposalIdError)?;
        let [_, _, id @ ..] = number.to_be_bytes();
        Ok(Self(id))
    }
}

/// What would be done.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Remedy {
    /// Take the points for VN-2000 degrees and convert them; the vector is the shift that was measured.
    Unshift {
        /// Length of the shift, metres.
        shift_m: f64,
        /// Its azimuth, degrees clockwise from north, −180 to 180.
        azimuth_deg: f64,
    },
    /// Read the metres in the zone of this name.
    Zone(&'static str),
    /// Hold the rows: so many fixes serve several households each.
    Hold {
        /// Fixes that were copied.
        fixes: u32,
    },
}

impl Remedy {
    /// The shift in metres and its azimuth in degrees, where there is one.
    #[must_use]
    pub fn vector(self) -> Option<(f64, f64)> {
        match self {
            Self::Unshift { shift_m, azimuth_deg } => Some((shift_m, azimuth_deg)),
            Self::Zone(_) | Self::Hold { .. } => None,
        }
    }
}

impl fmt::Display for Remedy {
    /// In Vietnamese, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unshift { shift_m, azimuth_deg } => {
                write!(f, "VN-2000 → WGS 84 (lệch {shift_m:.0} m, {azimuth_deg:.0}°)")
            }
            Self::Zone(name) => f.write_str(name),
            Self::Hold { fixes } => write!(f, "giữ lại: {fixes} vị trí chép cho nhiều hộ"),
        }
    }
}

/// What people made of a proposal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProposalStatus {
    /// Nobody has decided.
    Open,
    /// It is carried out in every run.
    Applied,
    /// It is not carried out, and holds no row.
    Refused,
}

impl ProposalStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Applied, Self::Refused];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["open", "applied", "refused"][self as usize]
    }

    /// The status of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == key)
    }

    /// The status in Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        ["Chờ quyết định", "Đã áp dụng", "Đã từ chối"][self as usize]
    }
}

/// Something that the rows of one subject show together and no row shows alone, with what could be done about it.
///
/// It is found in the rows as they came, whatever was decided, so that an applied proposal stays on the list with the
/// evidence that it rests on.
#[derive(Clone, PartialEq, Debug)]
pub struct Proposal {
    /// Its name.
    pub id: ProposalId,
    /// What is wrong.
    pub kind: ProposalKind,
    /// Who handed the rows in, as people know them: collector (or team) and commune.
    pub subject: Box<str>,
    /// The collector, or the team where rows name no collector; empty where nobody is named.
    pub collector: Arc<str>,
    /// The commune stated in the rows.
    pub commune: Option<UnitId>,
    /// What would be done.
    pub remedy: Remedy,
    /// Rows that bear witness.
    pub votes: u32,
    /// Rows that it would change, as indices into [`crate::Published::submissions`], ascending.
    pub rows: Vec<u32>,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// What the witnesses say, in Vietnamese.
    pub evidence: Box<str>,
    /// What was decided.
    pub status: ProposalStatus,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = ProposalId([0, 1, 2, 171, 254, 255]);
        assert_eq!(id.to_string(), "000102abfeff");
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "000102abfef", "000102abfeffa", "+00102abfeff", "zz0102abfeff"] {
            assert_eq!(text.parse::<ProposalId>(), Err(ParseProposalIdError), "{text}");
        }
    }

    #[test]
    fn kinds_and_statuses_read_back_from_their_names() {
        for kind in ProposalKind::ALL {
            assert_eq!(ProposalKind::from_key(kind.as_str()), Some(kind));
        }
        for status in ProposalStatus::ALL {
            assert_eq!(ProposalStatus::from_key(status.as_str()), Some(status));
        }
    }
}
