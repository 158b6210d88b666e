//! Places that reference files name: nothing personal.

use crate::LonLat;

/// What a reference place is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PlaceKind {
    /// A house: street and number.
    House,
    /// A point of a street.
    Street,
    /// The middle of a village.
    Village,
}

impl PlaceKind {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["house", "street", "village"][self as usize]
    }

    /// The kind of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::House, Self::Street, Self::Village].into_iter().find(|kind| kind.as_str() == key)
    }
}

/// A place of a reference file.
#[derive(Clone, PartialEq, Debug)]
pub struct ReferencePlace {
    /// What it is.
    pub kind: PlaceKind,
    /// Name of the street, or of the village.
    pub name: Box<str>,
    /// House number; empty for what is no house.
    pub number: Box<str>,
    /// Alley; empty for none.
    pub alley: Box<str>,
    /// Where it is.
    pub point: LonLat,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back_from_their_names() {
        for kind in [PlaceKind::House, PlaceKind::Street, PlaceKind::Village] {
            assert_eq!(PlaceKind::from_key(kind.as_str()), Some(kind));
        }
        assert_eq!(PlaceKind::from_key("planet"), None);
    }
}
