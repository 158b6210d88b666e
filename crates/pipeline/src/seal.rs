//! Identity numbers leave the reading stage sealed: a keyed hash and three digits, never the number.
//!
//! The sealed text stands in the place of the cell, so that an archived row reads like the row itself.

use std::borrow::Cow;

use diachiso_model::{Finding, IdSealed, RuleCode};
use diachiso_text::identity::{self, IdentityOutcome};

const MARK: &str = "sealed:";

/// Seals identity numbers with a key; without a key they are checked and forgotten.
#[derive(Clone, Default)]
pub struct Sealer {
    key: Option<[u8; 32]>,
}

impl std::fmt::Debug for Sealer {
    /// Says whether there is a key, never which.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer(key: {})", if self.key.is_some() { "set" } else { "none" })
    }
}

impl Sealer {
    /// A sealer with a 256-bit key.
    #[must_use]
    pub fn with_key(key: [u8; 32]) -> Self {
        Self { key: Some(key) }
    }

    /// What stands for the cell from here on. A cell that is sealed already stays as it is.
    #[must_use]
    pub fn seal<'c>(&self, cell: &'c str) -> Cow<'c, str> {
        if cell.starts_with(MARK) {
            return Cow::Borrowed(cell);
        }
        Cow::Owned(match identity::check(cell) {
            IdentityOutcome::Empty => return Cow::Borrowed(""),
            IdentityOutcome::Valid12(digits) => self.seal_digits(&digits),
            IdentityOutcome::Old9(_) => format!("{MARK}old9"),
            IdentityOutcome::Scientific => format!("{MARK}scientific"),
            IdentityOutcome::Malformed => format!("{MARK}malformed"),
        })
    }

    fn seal_digits(&self, digits: &str) -> String {
        match &self.key {
            None => format!("{MARK}forgotten"),
            Some(key) => {
                let hash = blake3::keyed_hash(key, digits.as_bytes());
                let short =
                    hash.as_bytes().iter().take(8).fold(0_u64, |h, b| h << 8 | u64::from(*b));
                let born = birth_year(digits).and_then(|year| self.born(year)).unwrap_or(0);
                format!("{MARK}{short:016x}:{}:{born:04x}", &digits[digits.len() - 3..])
            }
        }
    }

    /// Keyed hash of a year of birth, never 0; `None` without a key.
    pub(crate) fn born(&self, year: u16) -> Option<u16> {
        let hash = blake3::keyed_hash(self.key.as_ref()?, format!("born {year}").as_bytes());
        Some(u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]).max(1))
    }
}

/// Year of birth in twelve digits: the fourth tells sex and century (0 and 1 for 19.., 2 and 3 for 20.., and so on),
/// the two after it the year (Decree 137/2015, article 13).
fn birth_year(digits: &str) -> Option<u16> {
    let number = |range| digits.get::<std::ops::Range<usize>>(range)?.parse::<u16>().ok();
    Some(1900 + number(3..4)? / 2 * 100 + number(4..6)?)
}

/// Reads a sealed cell back: the seal if there is one, or the finding that its text calls for.
pub(crate) fn unseal(cell: &str) -> (Option<IdSealed>, Option<Finding>) {
    let finding = |code, what| (None, Some(Finding::new(code, Some("identity"), what)));
    match cell.strip_prefix(MARK).unwrap_or("") {
        "" | "forgotten" => (None, None),
        "old9" => finding(RuleCode::I02, "(9)"),
        "scientific" => finding(RuleCode::I03, "(E+)"),
        "malformed" => finding(RuleCode::I01, "(?)"),
        sealed => {
            let mut parts = sealed.split(':');
            let mut read = || {
                Some(IdSealed {
                    hash: u64::from_str_radix(parts.next()?, 16).ok()?,
                    last3: parts.next()?.parse().ok()?,
                    born: u16::from_str_radix(parts.next()?, 16).ok()?,
                })
            };
            (read(), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_never_seen_again_and_sealing_twice_changes_nothing() {
        let sealer = Sealer::with_key([7; 32]);
        let once = sealer.seal("046090001234").into_owned();
        assert!(!once.contains("046090001"), "{once}");
        assert_eq!(sealer.seal(&once), once);
        let (kept, finding) = unseal(&once);
        assert_eq!(kept.map(|s| s.last3), Some(234));
        assert_eq!(kept.map(|s| s.born), sealer.born(1990));
        assert_ne!(sealer.born(1990), sealer.born(1991));
        assert_eq!(finding, None);
    }

    #[test]
    fn without_a_key_nothing_is_kept() {
        assert_eq!(Sealer::default().seal("046090001234"), "sealed:forgotten");
    }

    #[test]
    fn damaged_numbers_keep_their_finding() {
        for (cell, code) in
            [("123456789", RuleCode::I02), ("4.6086E+10", RuleCode::I03), ("12", RuleCode::I01)]
        {
            let sealed = Sealer::default().seal(cell).into_owned();
            assert_eq!(unseal(&sealed).1.map(|f| f.code), Some(code), "{cell}");
        }
    }
}
