//! Identity numbers leave the reading stage sealed: a keyed hash and three digits, never the number.
//!
//! The sealed text stands in the place of the cell, so that an archived row reads like the row itself.

use std::borrow::Cow;

use diachiso_model::{Finding, IdSealed, RuleCode};
use diachiso_text::identity::{self, IdentityOutcome};
use rustc_hash::FxHashMap;

use crate::sex::Sex;

const MARK: &str = "sealed:";
/// Enough to tell the keys of an office from one another.
const FINGERPRINT_BYTES: usize = 8;

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

    /// What tells one key from another and nothing else about it; none without a key.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        let hash = blake3::derive_key(
            "diachiso 2026-11-28 fingerprint of an identity key",
            self.key.as_ref()?,
        );
        let hex = blake3::Hash::from_bytes(hash).to_hex();
        Some(hex[..2 * FINGERPRINT_BYTES].to_owned())
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
                let born = birth(digits).and_then(|birth| self.born(birth)).unwrap_or(0);
                format!("{MARK}{short:016x}:{}:{born:04x}", &digits[digits.len() - 3..])
            }
        }
    }

    /// Keyed hash of a birth, never 0; `None` without a key.
    fn born(&self, (year, sex): Birth) -> Option<u16> {
        let text = format!("born {year} {}", sex.as_str());
        let hash = blake3::keyed_hash(self.key.as_ref()?, text.as_bytes());
        Some(u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]).max(1))
    }

    /// All births by their hashes.
    pub(crate) fn births(&self) -> Births {
        let mut births: FxHashMap<u16, Vec<Birth>> = FxHashMap::default();
        for birth in YEARS.flat_map(|year| [(year, Sex::Male), (year, Sex::Female)]) {
            if let Some(hash) = self.born(birth) {
                births.entry(hash).or_default().push(birth);
            }
        }
        Births(births)
    }
}

/// Year of birth and sex, as twelve digits state them.
type Birth = (u16, Sex);

/// Years that twelve digits can state.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2399;

/// What twelve digits state: the fourth tells sex and century (0 for men and 1 for women of 19.., 2 and 3 of 20.., and so
/// on), the two after it the year (Decree 137/2015, article 13).
fn birth(digits: &str) -> Option<Birth> {
    let number = |range| digits.get::<std::ops::Range<usize>>(range)?.parse::<u16>().ok();
    let (century, year) = (number(3..4)?, number(4..6)?);
    let sex = if century % 2 == 0 { Sex::Male } else { Sex::Female };
    Some((1900 + century / 2 * 100 + year, sex))
}

/// Tells whether a sealed number contradicts a register, without knowing what either says.
pub(crate) struct Births(FxHashMap<u16, Vec<Birth>>);

impl Births {
    /// Whether the sealed number was given to somebody of another year of birth or sex (I04). What the register does not
    /// say contradicts nothing, nor does a hash that no birth has.
    pub(crate) fn contradict(&self, born: u16, year: Option<u16>, sex: Option<Sex>) -> bool {
        let fits = |birth: &Birth| {
            year.is_none_or(|year| year == birth.0) && sex.is_none_or(|sex| sex == birth.1)
        };
        self.0.get(&born).is_some_and(|births| !births.iter().any(fits))
    }
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
        assert_eq!(kept.map(|s| s.born), sealer.born((1990, Sex::Male)));
        assert_eq!(finding, None);
    }

    #[test]
    fn a_sealed_number_contradicts_another_year_and_another_sex_only() {
        let sealer = Sealer::with_key([7; 32]);
        let born = sealer.born((1990, Sex::Male)).expect("a key");
        let births = sealer.births();
        for (year, sex, expected) in [
            (None, None, false),
            (Some(1990), None, false),
            (Some(1990), Some(Sex::Male), false),
            (None, Some(Sex::Male), false),
            (Some(1991), None, true),
            (Some(1990), Some(Sex::Female), true),
            (None, Some(Sex::Female), true),
        ] {
            assert_eq!(births.contradict(born, year, sex), expected, "{year:?} {sex:?}");
        }
        assert!(!births.contradict(0, Some(1990), None), "no birth is stated");
    }

    #[test]
    fn a_fingerprint_tells_keys_apart_and_is_no_part_of_one() {
        let [a, b] = [[7; 32], [8; 32]].map(|key| Sealer::with_key(key).fingerprint());
        assert_eq!(a, Sealer::with_key([7; 32]).fingerprint());
        assert!(a != b && Sealer::default().fingerprint().is_none());
        let a = a.expect("a key");
        assert!(a.len() == 16 && !a.contains("0707"), "{a}");
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
