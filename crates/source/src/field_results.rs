//! A gap list that comes back filled: what the teams found, household by household.
//!
//! Columns are found by their headings, wherever they were moved, on every visible sheet that has a result column; rows may
//! be in any order. A row without a result says nothing. Every row with one ends in a result or in a reject.

mod words;

use crate::format::{Opened, open_sheets};
use crate::heading::heading_key;
use crate::mapping::{Mapping, map_columns};
use crate::mapping_file::MappingFile;
use crate::row_block::{Row, RowBlock, RowSource};
use crate::{SourceError, non_record};
use diachiso_model::{Field, ResultFault, ResultField, ResultWord, RowKey};
use diachiso_text::clean::clean;
use std::{collections::BTreeSet, io::Read};

pub use words::result_word;

/// Most results of one file: three times the households of a district.
pub const MAX_RESULTS: usize = 100_000;

/// Longest text of a cell that is kept, in characters; the rest is cut off.
pub const MAX_RESULT_CHARS: usize = 300;

/// Most lists that the rows of one file are of: a list is of a commune, and a district has some twenty.
pub const MAX_EXPORTS: usize = 100;

/// Rows read at a time.
const BLOCK_ROWS: usize = 1_000;

/// A row that says what a team found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldRow {
    /// Sheet of the workbook, where it is one.
    pub sheet: Option<Box<str>>,
    /// Number of the row in that sheet or file.
    pub row: u32,
    /// What was found.
    pub word: ResultWord,
    /// The result as it stands in the file.
    pub value: Box<str>,
    /// The line of a register; `None` of a new household.
    pub key: Option<RowKey>,
    /// The hash of what the row said; empty where there is none.
    pub check: Box<str>,
    /// Name of the head.
    pub head: Box<str>,
    /// Address.
    pub address: Box<str>,
    /// Village.
    pub village: Box<str>,
    /// Commune.
    pub commune: Box<str>,
    /// Free note.
    pub note: Box<str>,
}

/// A row with a result that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldReject {
    /// Sheet of the workbook, where it is one.
    pub sheet: Option<Box<str>>,
    /// Number of the row.
    pub row: u32,
    /// Heading of the column that is wrong, as it stands in the file; the template's where the file has none.
    pub column: Box<str>,
    /// What stands in it.
    pub value: Box<str>,
    /// What is wrong.
    pub fault: ResultFault,
}

/// What a file says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FieldResults {
    /// Rows with a result, in the order of the file.
    pub rows: Vec<FieldRow>,
    /// Rows that cannot be used.
    pub rejects: Vec<FieldReject>,
    /// Rows of households without a result, and headings, totals and signatures.
    pub ignored: u64,
    /// Ids of the lists that the rows are of, those without a result too.
    pub exports: BTreeSet<Box<str>>,
}

/// The parts of a cell of the column `Mã kiểm tra`: version of its form, closing date, state, rules, list, hash.
const CHECK_PARTS: usize = 6;

/// The id of the list that a row is of, by its cell in the column `Mã kiểm tra`; `None` of a list without an id, and where
/// the cell is none of ours.
#[must_use]
pub fn export_named(check: &str) -> Option<&str> {
    let parts: Vec<&str> = check.split('/').collect();
    let known = parts.len() == CHECK_PARTS && parts[0].starts_with('v');
    known.then(|| parts[CHECK_PARTS - 2]).filter(|id| !id.is_empty())
}

/// Reads a filled gap list: a workbook, all of its visible sheets that have a result column, or csv.
///
/// # Errors
/// [`SourceError`] when the file is no table, has no result column anywhere, more results than [`MAX_RESULTS`], or rows of
/// more lists than [`MAX_EXPORTS`].
pub fn read_field_results<'a>(
    name: &str,
    bytes: impl Read + Send + 'a,
) -> Result<FieldResults, SourceError> {
    let mut found = FieldResults::default();
    match open_sheets(name, bytes)? {
        Opened::Rows(rows) => read_table(name, None, rows, &mut found)?,
        Opened::Workbook(book) => {
            for sheet in book.choose::<ResultField>(&MappingFile::default(), &[])? {
                if sheet.fate() == crate::SheetFate::Read {
                    let title = sheet.title().to_owned();
                    read_table(name, Some(&title), sheet.into_bare_rows(), &mut found)?;
                }
            }
        }
    }
    Ok(found)
}

fn read_table<'a>(
    name: &str,
    sheet: Option<&str>,
    mut rows: Box<dyn RowSource + 'a>,
    found: &mut FieldResults,
) -> Result<(), SourceError> {
    let mut block = RowBlock::new();
    rows.next_block(&mut block, BLOCK_ROWS)?;
    let mapping = map_columns::<ResultField>(name, &block)?;
    let table = Table { sheet, mapping };
    while !block.is_empty() {
        for row in block.rows().filter(|row| row.number > table.mapping.header_row()) {
            let check = table.cell(row, ResultField::Check);
            if let Some(id) = export_named(&check)
                && !found.exports.contains(id)
            {
                if found.exports.len() == MAX_EXPORTS {
                    return Err(SourceError::too_large(name, format!("{MAX_EXPORTS} exports")));
                }
                found.exports.insert(id.into());
            }
            match table.read(row, check) {
                Some(Ok(result)) => found.rows.push(result),
                Some(Err(reject)) => found.rejects.push(reject),
                None => found.ignored += 1,
            }
            if found.rows.len() + found.rejects.len() > MAX_RESULTS {
                return Err(SourceError::too_large(name, format!("{MAX_RESULTS} results")));
            }
        }
        if rows.next_block(&mut block, BLOCK_ROWS)? == 0 {
            break;
        }
    }
    Ok(())
}

/// A sheet, or the table of a file.
struct Table<'a> {
    sheet: Option<&'a str>,
    mapping: Mapping<ResultField>,
}

impl Table<'_> {
    /// A cell without what csv puts before texts that spreadsheets would take for formulas.
    fn cell(&self, row: Row<'_>, field: ResultField) -> Box<str> {
        let text = clean(self.mapping.get(row, field));
        let text = text.trim();
        text.strip_prefix('\'').unwrap_or(text).chars().take(MAX_RESULT_CHARS).collect()
    }

    /// What a row says: nothing, a result, or something that cannot be used.
    fn read(&self, row: Row<'_>, check: Box<str>) -> Option<Result<FieldRow, FieldReject>> {
        let value = self.cell(row, ResultField::Result);
        let heading = &self.mapping.header()[self.mapping.column(ResultField::Result)?];
        if value.is_empty() || heading_key(&value) == heading_key(heading) {
            return None;
        }
        let key_cell = self.cell(row, ResultField::Row);
        let Some(word) = result_word(&value) else {
            // A numbering row or a signature has something in every column, or in any.
            let is_record = !key_cell.is_empty() || non_record(&self.mapping, row).is_none();
            return is_record.then(|| {
                Err(self.reject(row, ResultField::Result, &value, ResultFault::UnknownWord))
            });
        };
        let mut result = FieldRow {
            sheet: self.sheet.map(Into::into),
            row: row.number,
            word,
            value,
            key: None,
            check,
            head: self.cell(row, ResultField::Head),
            address: self.cell(row, ResultField::Address),
            village: self.cell(row, ResultField::Village),
            commune: self.cell(row, ResultField::Commune),
            note: self.cell(row, ResultField::Note),
        };
        let shown = self.cell(row, ResultField::HouseholdId);
        let fault = match (word, key_cell.parse::<RowKey>()) {
            (ResultWord::New, _) if !key_cell.is_empty() => {
                Some((ResultField::Result, &result.value, ResultFault::NewListed))
            }
            (ResultWord::New, _) => {
                let placed = !result.address.is_empty() || !result.village.is_empty();
                let whole = !result.head.is_empty() && placed;
                (!whole).then_some((ResultField::Head, &result.head, ResultFault::Unnamed))
            }
            (_, Err(_)) if key_cell.is_empty() => {
                Some((ResultField::Row, &key_cell, ResultFault::NoId))
            }
            (_, Err(_)) => Some((ResultField::Row, &key_cell, ResultFault::BadId)),
            (_, Ok(key)) => {
                let other = !shown.is_empty() && *shown != *key.household();
                result.key = Some(key);
                other.then_some((ResultField::HouseholdId, &shown, ResultFault::OtherHousehold))
            }
        };
        let fault = fault.map(|(field, value, fault)| self.reject(row, field, value, fault));
        Some(fault.map_or(Ok(result), Err))
    }

    fn reject(
        &self,
        row: Row<'_>,
        field: ResultField,
        value: &str,
        fault: ResultFault,
    ) -> FieldReject {
        let heading = self.mapping.column(field).map(|column| &*self.mapping.header()[column]);
        FieldReject {
            sheet: self.sheet.map(Into::into),
            row: row.number,
            column: heading.filter(|text| !text.is_empty()).unwrap_or(field.title()).into(),
            value: value.into(),
            fault,
        }
    }
}

#[cfg(test)]
mod tests;
