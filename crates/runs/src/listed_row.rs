//! What a row of a gap list said when it was handed out, so that a filled list is known again.

use diachiso_model::{Date, RowKey};

/// Version of the text in [`ListedRow::check`].
const VERSION: &str = "v1";

/// Hexadecimal digits of the hash: 64 bits. It finds rows that were mixed up or edited by hand; what somebody may load is
/// decided by who he is.
const DIGITS: usize = 16;

/// What parts the text.
const PART: char = '/';

/// A household as a register lists it.
#[derive(Clone, Copy, Debug)]
pub struct ListedRow<'a> {
    /// Which line of which register.
    pub key: &'a RowKey,
    /// Name of the head.
    pub head: &'a str,
    /// Address in one line.
    pub address: &'a str,
    /// Code of the village.
    pub village: &'a str,
}

/// What else the row said.
#[derive(Clone, Copy, Debug)]
pub struct RowSaid<'a> {
    /// Version of the register: its closing date.
    pub closed_on: Date,
    /// State of the household.
    pub state: &'a str,
    /// Codes of the rules behind it, with `+` between.
    pub reason: &'a str,
    /// Id of the export.
    pub export: &'a str,
}

impl ListedRow<'_> {
    /// The cell that goes out with the row: what the row said that people do not see, and the hash of it and of the line of
    /// the register.
    #[must_use]
    pub fn check(&self, said: &RowSaid<'_>) -> String {
        let RowSaid { closed_on, state, reason, export } = said;
        let told = format!("{VERSION}{PART}{closed_on}{PART}{state}{PART}{reason}{PART}{export}");
        let hash = self.hash(&told);
        format!("{told}{PART}{hash}")
    }

    /// Whether a cell went out with this household, its line in the register being then what it is now.
    #[must_use]
    pub fn fits(&self, check: &str) -> bool {
        check
            .rsplit_once(PART)
            .is_some_and(|(told, hash)| told.starts_with(VERSION) && *hash == *self.hash(told))
    }

    fn hash(&self, told: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        let key = self.key.to_string();
        for part in [&*key, self.head, self.address, self.village, told] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut hash = hasher.finalize().to_hex().to_string();
        hash.truncate(DIGITS);
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_fits_the_row_that_it_went_out_with_and_no_other() {
        let key = RowKey::new("police", "HO-1").expect("said");
        let other = RowKey::new("police", "HO-2").expect("said");
        let row =
            ListedRow { key: &key, head: "Lê A", address: "3 Lê Lợi", village: "19870-x" };
        let said = RowSaid {
            closed_on: Date::constant(2026, 6, 30),
            state: "pending",
            reason: "G07+M01",
            export: "a_-9",
        };
        let check = row.check(&said);
        assert!(check.starts_with("v1/2026-06-30/pending/G07+M01/a_-9/"), "{check}");
        assert!(row.fits(&check));
        assert_eq!(diachiso_source::field_results::export_named(&check), Some("a_-9"));
        for changed in [
            ListedRow { key: &other, ..row },
            ListedRow { head: "Lê B", ..row },
            ListedRow { address: "4 Lê Lợi", ..row },
            ListedRow { village: "19870-y", ..row },
        ] {
            assert!(!changed.fits(&check), "{changed:?}");
        }
        for edited in [
            check.replace("pending", "none"),
            check.replace("06-30", "07-30"),
            check.replace("a_-9", "a_-8"),
            check.replace("G07", "G09"),
            check[..check.len() - 1].to_owned(),
            "v1".to_owned(),
            String::new(),
        ] {
            assert!(!row.fits(&edited), "{edited}");
        }
    }
}
