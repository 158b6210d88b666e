//! What changed between two files of registers: two versions of one list, or the lists of two sources.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use diachiso_model::{Date, Household, Published, SourceKind, UnitCode};
use diachiso_store::{Store, StoredSource};

use crate::{JobError, Key, job::state_of, withdraw::named};

/// A file of registers as it is compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterFile {
    /// Its name.
    pub name: Box<str>,
    /// BLAKE3 of its bytes.
    pub hash: Box<str>,
    /// Its source, and that of the others where it holds several.
    pub source: Box<str>,
    /// The day on which it was closed.
    pub closed_on: Option<Date>,
    /// Its households.
    pub households: u64,
}

/// A field of a household that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldChange {
    /// Stable name of the column.
    pub field: &'static str,
    /// As it was; personal data.
    pub before: Box<str>,
    /// As it is; personal data.
    pub after: Box<str>,
}

/// What became of a household.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HouseholdChange {
    /// The second file has it, the first had not.
    Added,
    /// The first file had it, the second has not.
    Gone,
    /// Both have it, and say other things of it.
    Changed(Vec<FieldChange>),
}

impl HouseholdChange {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Gone => "gone",
            Self::Changed(_) => "changed",
        }
    }
}

/// A household that is not the same in both files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HouseholdDiff {
    /// Its id inside the register.
    pub id: Box<str>,
    /// Name of its village in the newer file that has it.
    pub village: Box<str>,
    /// Code of that.
    pub village_code: UnitCode,
    /// What became of it.
    pub change: HouseholdChange,
}

/// How two files of registers differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterDiff {
    /// The first file.
    pub before: RegisterFile,
    /// The second.
    pub after: RegisterFile,
    /// Households that are the same in both.
    pub same: u64,
    /// The others, by id.
    pub households: Vec<HouseholdDiff>,
}

/// How many households of a village are not the same in both files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VillageDiff {
    /// Its name.
    pub name: Box<str>,
    /// Households that the second file has alone.
    pub added: u64,
    /// Households that the first file has alone.
    pub gone: u64,
    /// Households of which they say different things.
    pub changed: u64,
}

impl RegisterDiff {
    /// The counts by village, by code. A household that moved counts where the second file has it.
    #[must_use]
    pub fn villages(&self) -> BTreeMap<&UnitCode, VillageDiff> {
        let mut villages: BTreeMap<&UnitCode, VillageDiff> = BTreeMap::new();
        for household in &self.households {
            let village = villages.entry(&household.village_code).or_default();
            // Names in the same file are one; of two the newer stands, whatever the order of households.
            let newer = !matches!(household.change, HouseholdChange::Gone);
            if newer || village.name.is_empty() {
                village.name.clone_from(&household.village);
            }
            match household.change {
                HouseholdChange::Added => village.added += 1,
                HouseholdChange::Gone => village.gone += 1,
                HouseholdChange::Changed(_) => village.changed += 1,
            }
        }
        villages
    }
}

/// A household in the words that are compared: the row, normalised, without what runs make of it.
#[derive(Debug)]
struct Line {
    id: Box<str>,
    village: UnitCode,
    fields: [(&'static str, Box<str>); 7],
}

/// The village of a line.
const VILLAGE: &str = "village";

impl Line {
    fn of(state: &Published, household: &Household, commune: &str) -> Self {
        let village = &state.villages[household.village as usize];
        let year = household.birth_year.map(|year| year.to_string()).unwrap_or_default();
        Self {
            id: household.id.clone(),
            village: village.code.clone(),
            fields: [
                ("head", household.head.clone()),
                ("birth_year", year.into()),
                (VILLAGE, village.name.as_ref().into()),
                ("commune", commune.into()),
                ("address", household.address.clone()),
                ("members", household.members.to_string().into()),
                ("status", household.status.as_str().into()),
            ],
        }
    }

    fn village(&self) -> Box<str> {
        self.fields
            .iter()
            .find(|(name, _)| *name == VILLAGE)
            .map(|(_, v)| v.clone())
            .unwrap_or_default()
    }

    fn changes(&self, after: &Self) -> Vec<FieldChange> {
        let pairs = self.fields.iter().zip(&after.fields);
        pairs
            .filter(|(a, b)| a.1 != b.1)
            .map(|(a, b)| FieldChange { field: a.0, before: a.1.clone(), after: b.1.clone() })
            .collect()
    }
}

/// Merges two lists that are sorted by id.
fn compare(before: &[Line], after: &[Line]) -> (u64, Vec<HouseholdDiff>) {
    let (mut a, mut b) = (before.iter().peekable(), after.iter().peekable());
    let (mut same, mut households) = (0, Vec::new());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => return (same, households),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.id.cmp(&new.id),
        };
        let old = if order == Ordering::Greater { None } else { a.next() };
        let new = if order == Ordering::Less { None } else { b.next() };
        let (line, change) = match (old, new) {
            (Some(old), Some(new)) => {
                let changes = old.changes(new);
                if changes.is_empty() {
                    same += 1;
                    continue;
                }
                (new, HouseholdChange::Changed(changes))
            }
            (Some(old), None) => (old, HouseholdChange::Gone),
            (None, Some(new)) => (new, HouseholdChange::Added),
            (None, None) => continue,
        };
        households.push(HouseholdDiff {
            id: line.id.clone(),
            village: line.village(),
            village_code: line.village.clone(),
            change,
        });
    }
}

/// The one of some files of registers that a text names: its name, or the beginning of its hash.
///
/// # Errors
/// When it names none, or several.
pub fn register_file<'a>(
    text: &str,
    registers: &'a [StoredSource],
) -> Result<&'a StoredSource, JobError> {
    match named(text, registers)?.as_slice() {
        [file] => Ok(file),
        several => {
            let names: Vec<String> =
                several.iter().map(|f| format!("`{}` ({:.12})", f.name, f.hash)).collect();
            Err(JobError::Undecidable(format!(
                "`{text}` may be {}; give its hash",
                names.join(" or ")
            )))
        }
    }
}

async fn lines(
    store: &Arc<dyn Store>,
    file: &StoredSource,
    key: &Key,
) -> Result<(RegisterFile, Vec<Line>), JobError> {
    let (state, reference) = state_of(store, file, key).await?;
    let commune = |h: &Household| reference.units.get(h.commune).full_name();
    let mut lines: Vec<Line> =
        state.households.iter().map(|h| Line::of(&state, h, &commune(h))).collect();
    lines.sort_by(|a, b| a.id.cmp(&b.id));
    let sources: Vec<&str> = state.registers.iter().map(|r| &*r.source).collect();
    let told = RegisterFile {
        name: file.name.clone(),
        hash: file.hash.clone(),
        source: sources.join(", ").into(),
        closed_on: state.registers.iter().map(|r| r.closed_on).max(),
        households: lines.len() as u64,
    };
    // The state of a province takes a while to take apart.
    Ok((told, lines))
}

/// Compares two files of registers that a store keeps, each told by its name or the beginning of its hash.
///
/// # Errors
/// When a text names no file of registers or several, or a file cannot be read again.
pub async fn compare_registers(
    store: &Arc<dyn Store>,
    before: &str,
    after: &str,
    key: &Key,
) -> Result<RegisterDiff, JobError> {
    let mut registers = store.sources().await?;
    registers.retain(|file| file.kind == SourceKind::Register);
    let (a, b) = (register_file(before, &registers)?, register_file(after, &registers)?);
    let (before, old) = lines(store, a, key).await?;
    let (after, new) = lines(store, b, key).await?;
    let (same, households) = compare(&old, &new);
    Ok(RegisterDiff { before, after, same, households })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn line(id: u32, head: &str) -> Line {
        let empty = |name| (name, "".into());
        Line {
            id: format!("{id:04}").into(),
            village: "19870-a".parse().expect("a code"),
            fields: [
                ("head", head.into()),
                empty("birth_year"),
                (VILLAGE, "Thôn A".into()),
                empty("commune"),
                empty("address"),
                empty("members"),
                empty("status"),
            ],
        }
    }

    /// What a comparison by two maps says.
    fn slowly(before: &[Line], after: &[Line]) -> BTreeMap<String, &'static str> {
        let map = |lines: &[Line]| -> BTreeMap<String, String> {
            lines.iter().map(|l| (l.id.to_string(), l.fields[0].1.to_string())).collect()
        };
        let (before, after) = (map(before), map(after));
        let mut told = BTreeMap::new();
        for id in before.keys().chain(after.keys()) {
            match (before.get(id), after.get(id)) {
                (Some(_), None) => told.insert(id.clone(), "gone"),
                (None, Some(_)) => told.insert(id.clone(), "added"),
                (Some(a), Some(b)) if a != b => told.insert(id.clone(), "changed"),
                _ => None,
            };
        }
        told
    }

    #[test]
    fn any_two_lists_differ_as_two_maps_do() {
        let mut seed = 477_u32;
        let mut random = move |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        for _ in 0..500 {
            let mut list = || -> Vec<Line> {
                (0..30)
                    .filter_map(|id| {
                        let (there, head) = (random(3) > 0, random(3));
                        there.then(|| line(id, &format!("Hộ {head}")))
                    })
                    .collect()
            };
            let (before, after) = (list(), list());
            let (same, households) = compare(&before, &after);
            let told: BTreeMap<String, &'static str> =
                households.iter().map(|h| (h.id.to_string(), h.change.as_str())).collect();
            assert_eq!(told, slowly(&before, &after));
            let added = told.values().filter(|what| **what == "added").count();
            assert_eq!(same as usize + told.len() - added, before.len());
        }
    }
}
