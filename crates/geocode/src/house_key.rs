//! House numbers and alleys as keys that compare fast.

use crate::poly_hash;

/// A house number: the number, then one letter. `12b` comes behind `12` and before `13`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NumberKey(u32);

/// Largest house number that counts as one; longer digits are codes of something else.
const MAX_NUMBER: u32 = 9_999;

impl NumberKey {
    /// Stands for an address without a number; before all others.
    pub(crate) const NONE: Self = Self(0);

    /// Reads `12`, `12b`, or the first of `12-14`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: u32 = text[..digits].parse().ok().filter(|n| *n <= MAX_NUMBER)?;
        let letter = text[digits..].bytes().next().filter(u8::is_ascii_alphabetic);
        let letter = letter.map_or(0, |b| u32::from(b.to_ascii_lowercase() - b'a') + 1);
        Some(Self(((number + 1) << 5) | letter))
    }

    /// The number without its letter.
    pub(crate) fn number(self) -> u32 {
        (self.0 >> 5).saturating_sub(1)
    }

    /// The letter behind the number.
    pub(crate) fn letter(self) -> Option<char> {
        let letter = (self.0 & 31) as u8;
        (letter > 0).then(|| char::from(b'a' + letter - 1))
    }

    /// Whether it is on the side of the odd numbers.
    pub(crate) fn is_odd(self) -> bool {
        self.number() % 2 == 1
    }
}

/// An alley or alleys within one another, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct AlleyKey(u64);

impl AlleyKey {
    /// The street itself.
    pub(crate) const NONE: Self = Self(0);

    /// From the folded parts joined by strokes (`22/5`); [`AlleyKey::NONE`] for an empty text.
    pub(crate) fn of(path: &str) -> Self {
        if path.is_empty() { Self::NONE } else { Self(poly_hash::hash(path) | 1) }
    }
}

/// The house number at which an alley opens into its street: kiệt 22 does at house 22.
pub(crate) fn mouth(path: &str) -> Option<NumberKey> {
    NumberKey::read(path.split('/').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_number_then_letter() {
        let key = |text| NumberKey::read(text).expect("a number");
        assert!(NumberKey::NONE < key("0") && key("12") < key("12b") && key("12b") < key("13"));
        assert_eq!((key("12B").number(), key("12B").letter()), (12, Some('b')));
        assert_eq!(key("12-14"), key("12"));
        assert!(key("31").is_odd() && !key("22a").is_odd());
        assert_eq!(NumberKey::read("49115"), None);
        assert_eq!(NumberKey::read("b"), None);
    }

    #[test]
    fn an_alley_opens_at_the_house_of_its_number() {
        assert_eq!(mouth("22/5"), NumberKey::read("22"));
        assert_eq!(mouth("ba doi"), None);
        assert_ne!(AlleyKey::of("22"), AlleyKey::NONE);
        assert_eq!(AlleyKey::of(""), AlleyKey::NONE);
    }
}
