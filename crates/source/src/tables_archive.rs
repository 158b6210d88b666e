//! Archives of csv tables, as ODK Central exports a form with repeat groups: `form.csv` beside
//! `form-members.csv`, whose `PARENT_KEY` is the `KEY` of a household.
//!
//! The tables are unpacked as they are read, each as often as it has to be looked at; what is
//! kept of them is a count for every key.

use crate::SourceError;
use crate::delimited::MAX_FILE_BYTES;
use crate::format::open_text;
use crate::mapping::HEADER_SEARCH_ROWS;
use crate::repeats::{
    Branch, Families, FamilyCounter, HeadingRow, Joined, Keys, Leaves, choose, column_of,
};
use crate::row_block::{RowBlock, RowSource};
use crate::workbook::{MAX_UNPACKED_BYTES, heading_row, is_of_workbook};
use crate::zip_directory::{Entry, entries};
use crate::zip_part::Part;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most parts of an archive: 16,384, of which all but the tables are photographs.
pub const MAX_ARCHIVE_PARTS: usize = 1 << 14;

/// Most tables in an archive: a form has a few repeat groups.
pub const MAX_ARCHIVE_TABLES: usize = 64;

/// How many times its packed size a table may unpack to, behind its first mebibyte: 250, where the
/// tables of surveys come to some 10 and those with thousands of empty columns to 100.
pub const MAX_UNPACKED_TIMES: u64 = 250;

/// Bytes for which the ratio is not looked at.
const SMALL_BYTES: u64 = 1 << 20;

/// Heading of the household's key among the households, and among their members.
const KEY: &str = "KEY";
const PARENT_KEY: &str = "PARENT_KEY";

/// Rows looked at together.
const ROWS: usize = 4_096;

/// Longest name of a table in a message, in characters.
const NAME_CHARS: usize = 120;

/// Opens the tables of an archive as one; `None` where none of them has the keys by which ODK
/// Central joins them.
pub(crate) fn open(
    name: &str,
    file: &Arc<Vec<u8>>,
) -> Result<Option<Box<dyn RowSource>>, SourceError> {
    // What is no archive of tables is looked at by those who know workbooks.
    let Ok(entries) = entries(file) else { return Ok(None) };
    if entries.iter().any(|entry| is_of_workbook(entry)) {
        return Ok(None);
    }
    let csv = |entry: &&Entry<'_>| {
        let lower = entry.name.to_ascii_lowercase();
        lower.ends_with(b".csv") && !lower.starts_with(b"media/") && !lower.starts_with(b"__macosx")
    };
    let csv: Vec<&Entry<'_>> = entries.iter().filter(csv).collect();
    if csv.is_empty() {
        return Ok(None);
    }
    check_sizes(name, entries.len(), &csv)?;
    let packed: u64 = entries.iter().map(|entry| entry.packed_bytes).sum();
    if packed > file.len() as u64 {
        return Err(SourceError::not_a_table(name, "the files in the archive overlap"));
    }
    let mut tables = Vec::new();
    for entry in csv {
        let part = Part::of(file, entry).map_err(|error| {
            SourceError::not_a_table(name, format!("`{}` in it {error}", called(entry)))
        })?;
        tables.extend(Table::look(name, called(entry), part)?);
    }
    let households = choose_households(name, &tables)?;
    let Some(households) = households.map(|at| tables.remove(at)) else { return Ok(None) };
    tables.retain(|table| table.parent_key);
    join(name, &households, tables).map(Some)
}

fn check_sizes(name: &str, parts: usize, tables: &[&Entry<'_>]) -> Result<(), SourceError> {
    let too_large = |limit: String| Err(SourceError::too_large(name, limit));
    if parts > MAX_ARCHIVE_PARTS {
        return too_large(format!("{MAX_ARCHIVE_PARTS} files in an archive: export without media"));
    }
    if tables.len() > MAX_ARCHIVE_TABLES {
        return too_large(format!("{MAX_ARCHIVE_TABLES} tables in an archive"));
    }
    for table in tables {
        if table.unpacked_bytes > MAX_FILE_BYTES {
            let limit = MAX_FILE_BYTES >> 20;
            return too_large(format!("{limit} MiB in `{}` when unpacked", called(table)));
        }
        let most = SMALL_BYTES + MAX_UNPACKED_TIMES * table.packed_bytes;
        if table.unpacked_bytes > most {
            return too_large(format!(
                "{MAX_UNPACKED_TIMES} times the packed size of `{}`, as no table of households is",
                called(table)
            ));
        }
    }
    let unpacked: u64 = tables.iter().map(|table| table.unpacked_bytes).sum();
    if unpacked > MAX_UNPACKED_BYTES {
        return too_large(format!("{} MiB when unpacked", MAX_UNPACKED_BYTES >> 20));
    }
    Ok(())
}

/// The name of a part, for messages.
fn called(entry: &Entry<'_>) -> String {
    let name = String::from_utf8_lossy(entry.name);
    let clean = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    name.chars().map(clean).take(NAME_CHARS).collect()
}

/// A table of the archive, and what its heading says.
struct Table {
    called: String,
    part: Part,
    /// Whether the table has the heading of households, and a key.
    is_households: bool,
    /// Whether its rows belong to rows of another table.
    parent_key: bool,
    leaves: Leaves,
    /// Whether its rows belong to rows of a third table.
    is_nested: bool,
}

impl Table {
    /// Looks at the first rows; nothing where the table has no key of either kind.
    fn look(name: &str, called: String, part: Part) -> Result<Option<Self>, SourceError> {
        let mut block = RowBlock::new();
        let mut table = Self {
            called,
            part,
            is_households: false,
            parent_key: false,
            leaves: Leaves::default(),
            is_nested: false,
        };
        let mut rows = match table.rows(name) {
            Err(SourceError::Empty { .. }) => return Ok(None),
            rows => rows?,
        };
        rows.next_block(&mut block, ROWS)?;
        let is_heading = |heading| {
            block.rows().take(HEADER_SEARCH_ROWS).find(|row| column_of(*row, heading).is_some())
        };
        let (key, parent) = (is_heading(KEY), is_heading(PARENT_KEY));
        let Some(heading) = parent.or(key) else { return Ok(None) };
        heading.cells().for_each(|cell| table.leaves.learn(cell));
        table.parent_key = parent.is_some();
        table.is_households = key.is_some() && heading_row(name, &block).is_some();
        let column = column_of(heading, PARENT_KEY);
        let mut below = block.rows().filter(|row| row.number > heading.number);
        table.is_nested =
            column.is_some_and(|column| below.next().is_some_and(|r| is_of_group(r.get(column))));
        Ok(Some(table))
    }

    fn rows(&self, name: &str) -> Result<Box<dyn RowSource>, SourceError> {
        let rows = open_text(name, self.part.read());
        let rows = rows.map_err(|error| error.within(&self.called))?;
        Ok(Box::new(Within { called: self.called.clone(), rows }))
    }

    /// The name of the group: what stands behind that of the form.
    fn group<'n>(&'n self, form: &str) -> &'n str {
        let own = bare(&self.called);
        let rest = own.strip_prefix(bare(form)).map(|rest| rest.trim_start_matches(['-', ' ']));
        rest.filter(|rest| !rest.is_empty()).unwrap_or(own)
    }
}

/// The name of a table without its extension.
fn bare(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(bare, _)| bare)
}

/// Rows of a table, whose faults name it.
struct Within<'a> {
    called: String,
    rows: Box<dyn RowSource + 'a>,
}

impl RowSource for Within<'_> {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        self.rows.next_block(into, max_rows).map_err(|error| error.within(&self.called))
    }
}

/// The table of the households: the one that has their heading, else the one without a parent.
fn choose_households(name: &str, tables: &[Table]) -> Result<Option<usize>, SourceError> {
    let those = |is: &dyn Fn(&Table) -> bool| -> Vec<usize> {
        (0..tables.len()).filter(|at| is(&tables[*at])).collect()
    };
    let mut found = those(&|table| !table.parent_key);
    if found.len() != 1 {
        let known = those(&|table| table.is_households);
        if !known.is_empty() {
            found = known;
        }
    }
    match found[..] {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        [first, second, ..] => {
            let names = [first, second].map(|at| format!("`{}`", tables[at].called)).join(" and ");
            let reason =
                format!("it holds several tables of households ({names}): send one a time");
            Err(SourceError::not_a_table(name, reason))
        }
    }
}

fn join(
    name: &str,
    households: &Table,
    tables: Vec<Table>,
) -> Result<Box<dyn RowSource>, SourceError> {
    if tables.is_empty() {
        return households.rows(name);
    }
    let branches: Vec<Branch<'_>> = tables
        .iter()
        .map(|table| Branch {
            group: table.group(&households.called),
            leaves: table.leaves,
            is_nested: table.is_nested,
        })
        .collect();
    let (persons, headings) = choose(&branches);
    let mut families = Families::default();
    let mut block = RowBlock::new();
    if let Some(at) = persons {
        let mut rows = KeyRows::open(name, &tables[at], true)?;
        while rows.next_block(&mut block, ROWS)? > 0 {
            for row in block.rows() {
                families.add_person(name, row.get(0))?;
            }
        }
    }
    let mut counter = FamilyCounter::new(families, HeadingRow::OfKey, KEY, headings);
    if persons.is_some() {
        let mut rows = households.rows(name)?;
        while rows.next_block(&mut block, ROWS)? > 0 {
            block.rows().for_each(|row| counter.look(row));
        }
    }
    let unread = |(at, table)| -> Box<dyn Keys> {
        Box::new(Unread { name: name.to_owned(), table, is_counted: Some(at) == persons })
    };
    let rows = households.rows(name)?;
    let tables: VecDeque<Box<dyn Keys>> = tables.into_iter().enumerate().map(unread).collect();
    Ok(Box::new(Joined::new(name, rows, counter, tables)))
}

/// A table of members whose rows are still to be handed out.
struct Unread {
    name: String,
    table: Table,
    is_counted: bool,
}

impl Keys for Unread {
    fn open(self: Box<Self>) -> Result<Box<dyn RowSource>, SourceError> {
        Ok(Box::new(KeyRows::open(&self.name, &self.table, self.is_counted)?))
    }
}

/// Rows of members, of which the key of the household is kept, or nothing.
struct KeyRows {
    rows: Box<dyn RowSource>,
    is_counted: bool,
    /// The column of the key, once the heading was passed.
    column: Option<usize>,
    block: RowBlock,
}

impl KeyRows {
    fn open(name: &str, table: &Table, is_counted: bool) -> Result<Self, SourceError> {
        let rows = table.rows(name)?;
        Ok(Self { rows, is_counted, column: None, block: RowBlock::new() })
    }
}

impl RowSource for KeyRows {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        into.clear();
        while into.is_empty() {
            if self.rows.next_block(&mut self.block, max_rows)? == 0 {
                break;
            }
            for row in self.block.rows() {
                let Some(column) = self.column else {
                    self.column = column_of(row, PARENT_KEY);
                    continue;
                };
                let key = household_key(row.get(column));
                into.push_row(row.number, self.is_counted.then_some(key));
            }
        }
        Ok(into.len())
    }
}

/// Whether a key is that of a row in a repeat group: `uuid:…/members[1]`.
fn is_of_group(key: &str) -> bool {
    key.trim_end().ends_with(']') && key.contains('/')
}

/// The key of the household in that of a row of whatever group within it.
fn household_key(key: &str) -> &str {
    if is_of_group(key) { key.split('/').next().unwrap_or(key) } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_household_begins_that_of_all_groups_within() {
        assert_eq!(household_key("uuid:1"), "uuid:1");
        assert_eq!(household_key("uuid:1/nha[2]"), "uuid:1");
        assert_eq!(household_key("uuid:1/ho/nha[2]/members[1]"), "uuid:1");
        assert_eq!(household_key("http://x/1"), "http://x/1");
        assert_eq!(household_key(""), "");
    }
}
