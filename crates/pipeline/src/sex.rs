//! Sex of the head of a household, as registers state it.

use diachiso_text::fold;

/// As identity numbers tell it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

impl Sex {
    /// The sex a cell states, if it does.
    pub(crate) fn read(cell: &str) -> Option<Self> {
        match fold::unaccent_key(cell).as_str() {
            "nam" | "male" | "m" => Some(Self::Male),
            "nu" | "female" | "f" => Some(Self::Female),
            _ => None,
        }
    }

    /// Stable name for machines.
    pub(crate) fn as_str(self) -> &'static str {
        ["male", "female"][self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_words_are_read_and_others_say_nothing() {
        for (cell, sex) in [
            ("Nam", Some(Sex::Male)),
            ("NỮ", Some(Sex::Female)),
            ("nu", Some(Sex::Female)),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(Sex::read(cell), sex, "{cell}");
        }
    }
}
