//! Administrative units: codes, levels, kinds.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

/// The level of a unit, widest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Tỉnh, or thành phố trực thuộc trung ương.
    Province,
    /// Huyện, quận, thị xã, thành phố thuộc tỉnh; none from 2025-07-01.
    District,
    /// Xã, phường, thị trấn.
    Commune,
    /// Thôn, tổ dân phố: below the official units.
    Village,
}

impl Level {
    /// All levels, widest first.
    pub const ALL: [Self; 4] = [Self::Province, Self::District, Self::Commune, Self::Village];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["province", "district", "commune", "village"][self as usize]
    }

    /// The level of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.as_str() == key)
    }
}

/// The kind of a unit, which is part of its full name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(
    missing_docs,
    reason = "the Vietnamese words are their own description; `title` spells them"
)]
pub enum Kind {
    Tinh,
    ThanhPho,
    Quan,
    Huyen,
    ThiXa,
    Phuong,
    Xa,
    ThiTran,
    Thon,
    ToDanPho,
}

impl Kind {
    const TABLE: [(Self, &'static str, &'static str); 10] = [
        (Self::Tinh, "tinh", "Tỉnh"),
        (Self::ThanhPho, "thanh_pho", "Thành phố"),
        (Self::Quan, "quan", "Quận"),
        (Self::Huyen, "huyen", "Huyện"),
        (Self::ThiXa, "thi_xa", "Thị xã"),
        (Self::Phuong, "phuong", "Phường"),
        (Self::Xa, "xa", "Xã"),
        (Self::ThiTran, "thi_tran", "Thị trấn"),
        (Self::Thon, "thon", "Thôn"),
        (Self::ToDanPho, "to_dan_pho", "Tổ dân phố"),
    ];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::TABLE[self as usize].1
    }

    /// The word that stands before a unit's name.
    #[must_use]
    pub fn title(self) -> &'static str {
        Self::TABLE[self as usize].2
    }

    /// The kind of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::TABLE.into_iter().find(|(_, k, _)| *k == key).map(|(kind, _, _)| kind)
    }
}

/// Code of a unit: 2 digits (province), 3 (district), 5 (commune), or a commune's code,
/// a dash and a slug (village: `19870-trung-lang`). A code is unique only on a date.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UnitCode(Box<str>);

/// A text that is no unit code.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is no unit code: expected 2, 3 or 5 digits, or a commune code, a dash and a village's name"
)]
pub struct UnitCodeError(Box<str>);

impl UnitCode {
    /// Length of the longest code accepted, in bytes.
    pub const MAX_LEN: usize = 96;

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level that the form of the code tells.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.0.len() {
            2 => Level::Province,
            3 => Level::District,
            5 => Level::Commune,
            _ => Level::Village,
        }
    }

    /// The code of a village of the commune with code `commune`, from a slug of ASCII letters, digits and dashes.
    ///
    /// # Errors
    /// When the parts make no code.
    pub fn village(commune: &Self, slug: &str) -> Result<Self, UnitCodeError> {
        format!("{commune}-{slug}").parse()
    }
}

impl FromStr for UnitCode {
    type Err = UnitCodeError;

    fn from_str(text: &str) -> Result<Self, UnitCodeError> {
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let plain = matches!(text.len(), 2 | 3 | 5) && digits(text);
        let village = text.split_once('-').is_some_and(|(commune, slug)| {
            commune.len() == 5
                && digits(commune)
                && !slug.is_empty()
                && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        });
        if text.len() <= Self::MAX_LEN && (plain || village) {
            Ok(Self(text.into()))
        } else {
            Err(UnitCodeError(text.chars().take(Self::MAX_LEN).collect::<String>().into()))
        }
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Place of a unit version in [`crate::Units`]; small, so that columns of them stay small.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UnitId(pub u16);

/// An administrative unit in one stretch of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unit {
    /// Its code, unique on a date only.
    pub code: UnitCode,
    /// Its level.
    pub level: Level,
    /// Its kind.
    pub kind: Kind,
    /// Bare name without the kind: "Quảng Thái".
    pub name: Box<str>,
    /// Code of the unit it lies in; `None` for the province.
    pub parent: Option<UnitCode>,
    /// First day on which it holds.
    pub valid_from: Date,
    /// Last day on which it held; `None` while it holds.
    pub valid_to: Option<Date>,
}

impl Unit {
    /// Kind and name: "Xã Quảng Thái".
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.kind.title(), self.name)
    }

    /// Whether the unit holds on `date`.
    #[must_use]
    pub fn holds_on(&self, date: Date) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|to| date <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_its_level() {
        for (text, level) in [
            ("46", Level::Province),
            ("477", Level::District),
            ("19867", Level::Commune),
            ("19870-trung-lang", Level::Village),
        ] {
            assert_eq!(text.parse::<UnitCode>().map(|c| c.level()), Ok(level));
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "4", "4711", "1987a", "19870-", "19870-Trung", "x-y", "198700"] {
            assert!(text.parse::<UnitCode>().is_err(), "{text}");
        }
        assert!(format!("19870-{}", "a".repeat(200)).parse::<UnitCode>().is_err());
    }

    #[test]
    fn kinds_read_back_from_their_keys() {
        for (kind, key, _) in Kind::TABLE {
            assert_eq!(Kind::from_key(key), Some(kind));
            assert_eq!(kind.as_str(), key);
        }
    }
}
