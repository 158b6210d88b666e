//! From when on a batch looks like a mistake.

use std::{fmt, str::FromStr};

/// A limit that people may set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum GuardLimit {
    /// Percentage points by which a batch may lower the coverage of a commune.
    DropPoints,
    /// Households from which the coverage of a commune is looked at: of fewer, one household is a point or more.
    LeastHouseholds,
    /// Factor by which a batch may make the rows of a collector grow, 2 for twice as many; at it the batch is held.
    RowsFactor,
    /// Rows of a collector from which that is looked at.
    LeastRows,
    /// Share of an earlier file, in per cent, that a new one may hand in again; at it the batch is held.
    RepeatedPercent,
    /// Rows handed in again from which that is looked at.
    LeastRepeated,
}

/// Whether a limit counts things.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Measure,
    Count,
}

/// Stable name, least and greatest value, value unless people say otherwise; one row a limit.
const LIMITS: [(&str, f64, f64, f64, Of); 6] = [
    ("drop_points", 0.0, 100.0, 5.0, Of::Measure),
    ("least_households", 1.0, 1e6, 100.0, Of::Count),
    ("rows_factor", 1.1, 1000.0, 2.0, Of::Measure),
    ("least_rows", 1.0, 1e6, 200.0, Of::Count),
    ("repeated_percent", 1.0, 100.0, 50.0, Of::Measure),
    ("least_repeated", 1.0, 1e6, 20.0, Of::Count),
];

/// A text that sets no limit.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum GuardLimitError {
    /// Not a number in the range.
    #[error("`{value}`: cần {} từ {least} đến {most} / {key} takes a {} from {least} to {most}",
        if *.whole { "số nguyên" } else { "số" }, if *.whole { "whole number" } else { "number" })]
    Value {
        /// Stable name of the limit.
        key: &'static str,
        /// The text.
        value: Box<str>,
        /// Least value.
        least: f64,
        /// Greatest value.
        most: f64,
        /// Whether only whole numbers will do.
        whole: bool,
    },
    /// Not `name=value`, or no such name.
    #[error("`{0}` sets no limit")]
    Unknown(Box<str>),
}

impl GuardLimit {
    /// All limits.
    pub const ALL: [Self; 6] = [
        Self::DropPoints,
        Self::LeastHouseholds,
        Self::RowsFactor,
        Self::LeastRows,
        Self::RepeatedPercent,
        Self::LeastRepeated,
    ];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        LIMITS[self as usize].0
    }

    /// The value that holds unless people say otherwise.
    #[must_use]
    pub fn usual(self) -> GuardSetting {
        GuardSetting { limit: self, value: LIMITS[self as usize].3 }
    }

    /// The limit set to the number in a text, with a decimal point or comma.
    ///
    /// # Errors
    /// When it is no number, out of range, or broken where things are counted.
    pub fn set(self, text: &str) -> Result<GuardSetting, GuardLimitError> {
        let (key, least, most, _, of) = LIMITS[self as usize];
        let whole = of == Of::Count;
        let number = text.trim().replace(',', ".").parse::<f64>().ok();
        let fits = |v: &f64| (least..=most).contains(v) && (!whole || v.fract() == 0.0);
        match number.filter(fits) {
            Some(value) => Ok(GuardSetting { limit: self, value }),
            None => Err(GuardLimitError::Value { key, value: text.into(), least, most, whole }),
        }
    }
}

/// A limit and its value, which is in range.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GuardSetting {
    limit: GuardLimit,
    value: f64,
}

impl fmt::Display for GuardSetting {
    /// The value alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// The limits beyond which a batch is held until somebody answers for it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GuardLimits([f64; 6]);

impl Default for GuardLimits {
    fn default() -> Self {
        Self(LIMITS.map(|limit| limit.3))
    }
}

impl GuardLimits {
    /// These limits, but for one.
    #[must_use]
    pub fn with(mut self, setting: GuardSetting) -> Self {
        self.0[setting.limit as usize] = setting.value;
        self
    }

    /// The value of one.
    #[must_use]
    pub fn get(&self, limit: GuardLimit) -> f64 {
        self.0[limit as usize]
    }
}

impl fmt::Display for GuardLimits {
    /// `name=value` of each, in the order of [`GuardLimit::ALL`], with spaces between: reads back as it was.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for limit in GuardLimit::ALL {
            let space = if limit == GuardLimit::ALL[0] { "" } else { " " };
            write!(f, "{space}{}={}", limit.as_str(), self.get(limit))?;
        }
        Ok(())
    }
}

impl FromStr for GuardLimits {
    type Err = GuardLimitError;

    /// Limits that are not named have their usual value.
    fn from_str(text: &str) -> Result<Self, GuardLimitError> {
        let setting = |word: &str| {
            let unknown = || GuardLimitError::Unknown(word.into());
            let (key, value) = word.split_once('=').ok_or_else(unknown)?;
            let limit = GuardLimit::ALL.into_iter().find(|l| l.as_str() == key);
            limit.ok_or_else(unknown)?.set(value)
        };
        text.split_ascii_whitespace()
            .try_fold(Self::default(), |limits, word| Ok(limits.with(setting(word)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_back_as_they_are_written() {
        let limits = GuardLimits::default()
            .with(GuardLimit::DropPoints.set("2,5").expect("in range"))
            .with(GuardLimit::LeastRows.set(" 40 ").expect("in range"));
        let text = limits.to_string();
        assert_eq!(
            text,
            "drop_points=2.5 least_households=100 rows_factor=2 least_rows=40 \
             repeated_percent=50 least_repeated=20"
        );
        assert_eq!(text.parse(), Ok(limits));
        assert_eq!("".parse(), Ok(GuardLimits::default()));
        assert!("drop_points".parse::<GuardLimits>().is_err());
        assert!("drop=1".parse::<GuardLimits>().is_err());
    }

    #[test]
    fn a_limit_out_of_range_is_refused_with_the_range() {
        for (limit, text) in [
            (GuardLimit::DropPoints, "-1"),
            (GuardLimit::DropPoints, "100.5"),
            (GuardLimit::DropPoints, "nan"),
            (GuardLimit::RowsFactor, "1"),
            (GuardLimit::RowsFactor, "inf"),
            (GuardLimit::LeastRows, "0"),
            (GuardLimit::LeastRows, "2.5"),
            (GuardLimit::RepeatedPercent, "0"),
            (GuardLimit::RepeatedPercent, "50%"),
            (GuardLimit::LeastRepeated, ""),
        ] {
            let error = limit.set(text).expect_err("out of range").to_string();
            assert!(error.contains(limit.as_str()) && error.contains(text), "{error}");
        }
        let error = GuardLimit::LeastRows.set("0").expect_err("out of range").to_string();
        assert!(error.contains("a whole number from 1 to 1000000"), "{error}");
        for limit in GuardLimit::ALL {
            assert_eq!(limit.set(&limit.usual().to_string()), Ok(limit.usual()), "{limit:?}");
        }
    }
}
