//! Saved areas: named sets of units, each on a day, that lists and maps can be asked for.

use std::{fmt, str::FromStr};

use crate::{AreaOn, GrantError, UnitCode};

/// A text that is no id of a saved area.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is no id of an area: expected a small letter, then small letters, digits and single dashes, {max} at most: quang-dien-cu",
    max = AreaId::MAX_LEN
)]
pub struct AreaIdError(Box<str>);

/// Id of a saved area as it stands in URLs: `quang-dien-cu`. It begins with a letter, so that none is a unit's code.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AreaId(Box<str>);

impl AreaId {
    /// Length of the longest id in bytes.
    pub const MAX_LEN: usize = 64;

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AreaId {
    type Err = AreaIdError;

    fn from_str(text: &str) -> Result<Self, AreaIdError> {
        let letters =
            text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let begins = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let dashes = !text.contains("--") && !text.ends_with('-');
        if letters && begins && dashes && text.len() <= Self::MAX_LEN {
            Ok(Self(text.into()))
        } else {
            Err(AreaIdError(text.chars().take(Self::MAX_LEN).collect::<String>().into()))
        }
    }
}

impl fmt::Display for AreaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why there can be no such saved area.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SavedAreaError {
    /// The name is empty, too long, or runs over lines.
    #[error("the name of an area has 1 to {max} characters on one line", max = SavedArea::MAX_NAME_CHARS)]
    Name,
    /// The name is read as something else.
    #[error("`{0}` is the code of a unit; an area needs a name of its own")]
    Code(Box<str>),
    /// No unit, or too many.
    #[error("an area is made of 1 to {max} units; {0} are named", max = SavedArea::MAX_UNITS)]
    Units(usize),
    /// A unit cannot be read.
    #[error(transparent)]
    Unit(#[from] GrantError),
}

/// A named set of units, each on a day on which its code means it: the households that lived there, and what became of the
/// units since. Says nothing about anybody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SavedArea {
    id: AreaId,
    name: Box<str>,
    units: Vec<AreaOn>,
}

impl SavedArea {
    /// Longest name in characters.
    pub const MAX_NAME_CHARS: usize = 80;
    /// Most units: every commune of a province before its reforms, and half as many again.
    pub const MAX_UNITS: usize = 300;

    /// A set of units under a name; units that are named twice are one.
    ///
    /// # Errors
    /// When the name or the number of units does not do.
    pub fn new(id: AreaId, name: &str, mut units: Vec<AreaOn>) -> Result<Self, SavedAreaError> {
        let name = name.trim();
        let long = name.chars().nth(Self::MAX_NAME_CHARS).is_some();
        if name.is_empty() || long || name.chars().any(char::is_control) {
            return Err(SavedAreaError::Name);
        }
        if name.parse::<UnitCode>().is_ok() || name.contains('@') {
            return Err(SavedAreaError::Code(name.into()));
        }
        units.sort_unstable();
        units.dedup();
        if units.is_empty() || units.len() > Self::MAX_UNITS {
            return Err(SavedAreaError::Units(units.len()));
        }
        Ok(Self { id, name: name.into(), units })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &AreaId {
        &self.id
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its units by code and day.
    #[must_use]
    pub fn units(&self) -> &[AreaOn] {
        &self.units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> AreaOn {
        text.parse().expect("a unit on a day")
    }

    #[test]
    fn an_id_is_no_code_and_fits_a_url() {
        for text in ["quang-dien-cu", "a", "bo-bien-2"] {
            assert_eq!(text.parse::<AreaId>().expect("an id").to_string(), text);
            assert!(text.parse::<UnitCode>().is_err());
        }
        let long = "a".repeat(AreaId::MAX_LEN + 1);
        for text in ["", "477", "2-a", "Quang", "a--b", "a-", "-a", "a b", "quảng", "a@b", &long]
        {
            assert!(text.parse::<AreaId>().is_err(), "{text}");
        }
    }

    #[test]
    fn units_of_an_area_stand_once_and_in_order() {
        let id: AreaId = "ven-pha".parse().expect("an id");
        let units = ["19873@2024-12-31", "477@2020-01-01", "19873@2024-12-31"].map(unit);
        let area = SavedArea::new(id, " Ven phá ", units.to_vec()).expect("an area");
        assert_eq!(area.name(), "Ven phá");
        let told: Vec<String> = area.units().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["19873@2024-12-31", "477@2020-01-01"]);
    }

    #[test]
    fn what_is_no_area_is_refused_with_what_would_do() {
        let check = |name: &str, count: usize, words: &str| {
            let id = "a".parse().expect("an id");
            let units = (0..count).map(|n| unit(&format!("{:05}@2024-12-31", 10_000 + n)));
            let error = SavedArea::new(id, name, units.collect()).expect_err(name).to_string();
            assert!(error.contains(words), "{name}: {error}");
        };
        check("", 1, "1 to 80 characters");
        check(&"a".repeat(81), 1, "1 to 80 characters");
        check("a\nb", 1, "on one line");
        check("477", 1, "code of a unit");
        check("477@2024-12-31", 1, "code of a unit");
        check("Ven phá", 0, "1 to 300 units");
        check("Ven phá", 301, "301 are named");
    }
}
