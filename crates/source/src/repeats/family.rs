//! Persons in a table of their own, by the key of their household.

use super::{Counter, Leaves, count_heading, dropped_heading, names_persons, rows_heading};
use crate::SourceError;
use crate::row_block::Row;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Most households with persons in a table of their own: 2,097,152, several times those of the
/// province; each takes 24 bytes of a table that is at least half full, 96 MiB in all.
pub const MAX_FAMILIES: usize = 1 << 21;

/// A row of a table of persons, and how it is told of: a row with this word alone, in the column
/// of the counts, is no household.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    /// A person of the household whose key it bears.
    Member,
    /// One whose household is not in the file.
    Orphan,
    /// One whose key is that of several households.
    OfSeveral,
    /// A row of a group that is not counted.
    Other,
}

impl Mark {
    const ALL: [Self; 4] = [Self::Member, Self::Orphan, Self::OfSeveral, Self::Other];

    /// The word, which is the reason for which the row is skipped, too.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Orphan => "member without household",
            Self::OfSeveral => "member of several households",
            Self::Other => "row of a repeat group",
        }
    }

    /// The mark of this word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.as_str() == word)
    }
}

/// A key, digested: two different keys are the same here once in 10²⁵ files.
type Digest = [u64; 2];

/// How many persons bear a key, and how many households.
#[derive(Clone, Copy, Default)]
struct Family {
    persons: u32,
    households: u8,
}

/// Persons and households by key.
#[derive(Default)]
pub(crate) struct Families(HashMap<Digest, Family>);

impl Families {
    /// Counts a person; keys that say nothing are nobody's.
    pub(crate) fn add_person(&mut self, name: &str, key: &str) -> Result<(), SourceError> {
        let Some(digest) = digest(key) else { return Ok(()) };
        if self.0.len() == MAX_FAMILIES && !self.0.contains_key(&digest) {
            let limit = format!("{MAX_FAMILIES} households with persons in a table of their own");
            return Err(SourceError::too_large(name, limit));
        }
        let family = self.0.entry(digest).or_default();
        family.persons = family.persons.saturating_add(1);
        Ok(())
    }

    /// Counts a household, if persons bear its key.
    fn add_household(&mut self, key: &str) {
        if let Some(family) = digest(key).and_then(|digest| self.0.get_mut(&digest)) {
            family.households = family.households.saturating_add(1);
        }
    }

    fn get(&self, key: &str) -> Option<Family> {
        self.0.get(&digest(key)?).copied()
    }

    /// What a person with this key is.
    pub(crate) fn mark(&self, key: &str) -> Mark {
        match self.get(key).map_or(0, |family| family.households) {
            0 => Mark::Orphan,
            1 => Mark::Member,
            _ => Mark::OfSeveral,
        }
    }
}

fn digest(key: &str) -> Option<Digest> {
    let key = key.trim();
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, key).hash(&mut hasher);
        hasher.finish()
    };
    (!key.is_empty()).then(|| [half(0), half(1)])
}

/// A table of rows that belong to those of another, before it is joined.
pub(crate) struct Branch<'a> {
    /// What its group is called.
    pub(crate) group: &'a str,
    /// What its headings say.
    pub(crate) leaves: Leaves,
    /// Whether its rows belong to rows of a third table.
    pub(crate) is_nested: bool,
}

/// The table whose rows are the persons of the household, and the headings that are appended to
/// those of the households.
pub(crate) fn choose(branches: &[Branch<'_>]) -> (Option<usize>, Vec<String>) {
    let rank = |branch: &Branch<'_>| match (names_persons(branch.group), branch.is_nested) {
        (true, false) => Some(0),
        (true, true) => Some(1),
        (false, false) if branch.leaves.are_persons() => Some(2),
        (false, true) if branch.leaves.are_persons() => Some(3),
        _ => None,
    };
    let ranked = branches.iter().enumerate().filter_map(|(at, branch)| Some((rank(branch)?, at)));
    let headings = |at: usize| {
        let group = branches[at].group;
        vec![count_heading(group), dropped_heading(group)]
    };
    match ranked.min() {
        Some((_, at)) => (Some(at), headings(at)),
        None => (None, branches.first().map(|b| rows_heading(b.group)).into_iter().collect()),
    }
}

/// How the heading of the households is found.
pub(crate) enum HeadingRow {
    /// It is the row of this number.
    Number(u32),
    /// It is the first that has the key's own heading.
    OfKey,
}

/// Counts the persons of a household by its key.
pub(crate) struct FamilyCounter {
    pub(crate) families: Families,
    heading_row: HeadingRow,
    /// Heading of the households' key.
    key: &'static str,
    headings: Vec<String>,
    /// Whether the heading was passed, and the column of the key.
    passed: bool,
    column: Option<usize>,
}

impl FamilyCounter {
    pub(crate) fn new(
        families: Families,
        heading_row: HeadingRow,
        key: &'static str,
        headings: Vec<String>,
    ) -> Self {
        Self { families, heading_row, key, headings, passed: false, column: None }
    }

    /// Counts the household of a row, before any is handed out.
    pub(crate) fn look(&mut self, row: Row<'_>) {
        if self.passed {
            if let Some(column) = self.column {
                self.families.add_household(row.get(column));
            }
        } else {
            let _ = self.headings(row);
        }
    }
}

impl Counter for FamilyCounter {
    fn headings(&mut self, row: Row<'_>) -> Option<Vec<String>> {
        let column = column_of(row, self.key);
        let found = match self.heading_row {
            HeadingRow::Number(number) => row.number == number,
            HeadingRow::OfKey => column.is_some(),
        };
        if found {
            (self.passed, self.column) = (true, column);
        }
        found.then(|| self.headings.clone())
    }

    /// A key of several households is none's: whose persons they are cannot be told.
    fn count(&mut self, row: Row<'_>) -> Option<u64> {
        let family = self.families.get(row.get(self.column?))?;
        (family.households == 1).then_some(family.persons.into())
    }
}

/// The column with a heading of a survey tool, in whatever case.
pub(crate) fn column_of(row: Row<'_>, heading: &str) -> Option<usize> {
    row.cells().position(|cell| cell.trim().eq_ignore_ascii_case(heading))
}
