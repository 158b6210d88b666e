//! Workbooks to rows.

use crate::SourceError;
use crate::blocks::Blocks;
use crate::compound_file::{self, MAX_XLS_CELLS, XlsFault};
use crate::delimited::{MAX_CELL_BYTES, MAX_RECORD_BYTES};
use crate::mapping::map_columns;
use crate::metered::Metered;
use crate::ods_content::{self, MAX_ODS_CELLS, MAX_ODS_TEXT_BYTES};
use crate::repeats::{PersonSheet, join_sheets};
use crate::row_block::{MAX_COLUMNS, RowBlock, RowSource};
use crate::xls_text::MAX_XLS_TEXT_BYTES;
use crate::xlsx_part::{self, MAX_SHARED_TEXTS, MAX_SHARED_XML_BYTES};
use crate::xml_part::{MAX_CELL_XML_BYTES, PartFault};
use crate::zip_directory::{DirectoryError, Entry, entries};
use calamine::{
    Data, DataRef, ExcelDateTime, Reader, Sheets, XlsxError, open_workbook_auto_from_rs,
};
use diachiso_model::{RegisterField, SubmissionField};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Largest workbook as it is stored: 256 MiB, several times a sheet filled to its last row.
pub const MAX_WORKBOOK_BYTES: u64 = 256 << 20;

/// Most that a workbook may unpack to: 2 GiB; a sheet of 1,048,576 rows of 25 cells at some 60
/// bytes of XML each is 1.6 GB.
pub const MAX_UNPACKED_BYTES: u64 = 2 << 30;

/// Most text kept of a sheet: 1 GiB, as for csv.
const MAX_TEXT_BYTES: usize = 1 << 30;

/// What a cell takes beside its text.
const BYTES_PER_CELL: usize = 5;

/// Rows to an inner block.
const ROWS_PER_BLOCK: usize = 8_192;

/// Reads a workbook: the sheet with the most rows, among those with a heading of households where
/// there is one, and the sheets of their members that belong to it.
pub(crate) fn read(name: &str, file: &[u8]) -> Result<Box<dyn RowSource>, SourceError> {
    if file.starts_with(b"PK") {
        check_directory(name, file)?;
    } else {
        compound_file::check(file).map_err(|fault| match fault {
            XlsFault::Broken => damaged(
                name,
                "its parts are missing or contradict each other, or a password protects it",
            ),
            XlsFault::TooMuchText => {
                let mib = MAX_XLS_TEXT_BYTES >> 20;
                SourceError::too_large(name, format!("{mib} MiB of text in an xls file"))
            }
            XlsFault::TooManyCells => {
                SourceError::too_large(name, format!("{MAX_XLS_CELLS} cells in an xls file"))
            }
        })?;
    }
    // The readers of the old formats index into what they read: a damaged file can make
    // them panic, which must cost this file only.
    let chosen = catch_unwind(AssertUnwindSafe(|| best_sheet(name, file)));
    let (sheet, persons) =
        chosen.unwrap_or_else(|_| Err(damaged(name, "its parts contradict each other")))?;
    if sheet.rows == 0 {
        return Err(if persons.is_empty() {
            SourceError::Empty { name: name.to_owned() }
        } else {
            let reason = "it holds the members of households and not the households themselves";
            SourceError::not_a_table(name, reason)
        });
    }
    if persons.is_empty() {
        return Ok(Box::new(Blocks::new(sheet.blocks)));
    }
    join_sheets(name, sheet.blocks, sheet.heading_row, persons)
}

/// The whole file behind `head`.
pub(crate) fn read_file(
    name: &str,
    head: Vec<u8>,
    bytes: impl Read,
) -> Result<Vec<u8>, SourceError> {
    let mut file = head;
    let left = MAX_WORKBOOK_BYTES + 1 - file.len() as u64;
    bytes.take(left).read_to_end(&mut file).map_err(|source| SourceError::io(name, source))?;
    if file.len() as u64 > MAX_WORKBOOK_BYTES {
        let limit = format!("{} MiB for a workbook or an archive", MAX_WORKBOOK_BYTES >> 20);
        return Err(SourceError::too_large(name, limit));
    }
    Ok(file)
}

fn damaged(name: &str, reason: impl std::fmt::Display) -> SourceError {
    SourceError::not_a_table(name, format!("the workbook is damaged or of another kind ({reason})"))
}

fn check_directory(name: &str, file: &[u8]) -> Result<(), SourceError> {
    let entries = entries(file).map_err(|error| match error {
        DirectoryError::Missing => SourceError::Truncated { name: name.to_owned() },
        DirectoryError::Broken => damaged(name, "its list of parts is broken"),
    })?;
    let packed: u64 = entries.iter().map(|entry| entry.packed_bytes).sum();
    let unpacked: u64 = entries.iter().map(|entry| entry.unpacked_bytes).sum();
    if unpacked > MAX_UNPACKED_BYTES {
        let limit = format!("{} MiB when unpacked", MAX_UNPACKED_BYTES >> 20);
        return Err(SourceError::too_large(name, limit));
    }
    if packed > file.len() as u64 {
        return Err(damaged(name, "its parts overlap"));
    }
    if !entries.iter().any(is_of_workbook) {
        return Err(SourceError::not_a_table(
            name,
            "it is an archive or a document, not a workbook and no export of ODK Central",
        ));
    }
    entries.iter().try_for_each(|entry| {
        if entry.name == b"content.xml" {
            return ods_content::check(file, entry).map_err(|fault| {
                let (cells, text) = (MAX_ODS_CELLS, MAX_ODS_TEXT_BYTES >> 20);
                let many = format!("{cells} cells in an ods file");
                part_fault(name, fault, many, &format!("{text} MiB of text in an ods file"))
            });
        }
        xlsx_part::check(file, entry).map_err(|fault| {
            let (many, all) = (MAX_SHARED_TEXTS, MAX_SHARED_XML_BYTES >> 20);
            let many = format!("{many} shared texts in a workbook");
            part_fault(name, fault, many, &format!("{all} MiB of shared texts in a workbook"))
        })
    })
}

/// Whether a part of an archive is one that only workbooks have.
pub(crate) fn is_of_workbook(entry: &Entry<'_>) -> bool {
    entry.name.starts_with(b"xl/") || entry.name == b"content.xml"
}

fn part_fault(name: &str, fault: PartFault, cells: String, text: &str) -> SourceError {
    match fault {
        PartFault::Broken => {
            damaged(name, "its sheets or texts are not closed or contradict their count")
        }
        PartFault::TooManyCells => SourceError::too_large(name, cells),
        PartFault::TooMuchText => {
            let cell = MAX_CELL_XML_BYTES >> 10;
            SourceError::too_large(name, format!("{cell} KiB in a cell or {text}"))
        }
    }
}

/// The rows of one sheet under construction.
#[derive(Default)]
struct Sheet {
    blocks: VecDeque<RowBlock>,
    rows: usize,
    /// The row of its heading, where it is one of households.
    heading_row: Option<u32>,
    text_bytes: usize,
    /// Row under way: its number and its cells, the last of which is not blank.
    number: u32,
    cells: Vec<String>,
    width: usize,
    row_bytes: usize,
}

impl Sheet {
    /// How likely it is that of the households.
    fn rank(&self) -> (bool, usize) {
        (self.heading_row.is_some(), self.rows)
    }

    /// Adds a cell; cells come row by row, left to right. Row and column count from 0.
    fn push(&mut self, name: &str, at: (u32, u32), text: &str) -> Result<(), SourceError> {
        let (row, column) = (at.0.saturating_add(1), at.1 as usize);
        if row != self.number {
            if row < self.number {
                return Err(damaged(name, format!("row {row} stands below row {}", self.number)));
            }
            self.end_row();
            self.number = row;
        }
        if text.is_empty() {
            return Ok(());
        }
        if column >= MAX_COLUMNS {
            return Err(SourceError::too_large(name, format!("{MAX_COLUMNS} columns")));
        }
        self.text_bytes += text.len();
        if text.len() > MAX_CELL_BYTES || self.text_bytes > MAX_TEXT_BYTES {
            let (cell, all) = (MAX_CELL_BYTES >> 10, MAX_TEXT_BYTES >> 20);
            let limit = format!("{cell} KiB of text in a cell or {all} MiB in a sheet");
            return Err(SourceError::too_large(name, limit));
        }
        self.row_bytes += text.len();
        if self.row_bytes > MAX_RECORD_BYTES {
            let limit = format!("{} KiB of text in row {row}", MAX_RECORD_BYTES >> 10);
            return Err(SourceError::too_large(name, limit));
        }
        if self.cells.len() <= column {
            self.cells.resize_with(column + 1, String::new);
        }
        let cell = &mut self.cells[column];
        if !cell.is_empty() {
            return Err(damaged(name, format!("a cell of row {row} stands twice")));
        }
        cell.push_str(text);
        self.width = self.width.max(column + 1);
        Ok(())
    }

    fn end_row(&mut self) {
        if self.width == 0 {
            return;
        }
        if self.blocks.back().is_none_or(|block| block.is_full(ROWS_PER_BLOCK)) {
            self.blocks.push_back(RowBlock::new());
        }
        if let Some(block) = self.blocks.back_mut() {
            block.push_row(self.number, self.cells[..self.width].iter().map(String::as_str));
        }
        self.rows += 1;
        // Blank cells before the last that is filled take room too.
        self.text_bytes += BYTES_PER_CELL * self.width;
        self.row_bytes = 0;
        self.cells.iter_mut().for_each(String::clear);
        self.width = 0;
    }
}

/// The sheet of households, and those of their members; sheets that list households are no sheets
/// of members, even if they belong to another.
fn best_sheet(name: &str, file: &[u8]) -> Result<(Sheet, Vec<PersonSheet>), SourceError> {
    let mut book =
        open_workbook_auto_from_rs(Metered::new(file)).map_err(|error| damaged(name, error))?;
    let (mut best, mut persons) = (Sheet::default(), Vec::new());
    for title in book.sheet_names() {
        let mut sheet = Sheet::default();
        read_sheet(name, &mut book, &title, &mut sheet)?;
        sheet.end_row();
        sheet.heading_row = sheet.blocks.front().and_then(|block| heading_row(name, block));
        if sheet.heading_row.is_none()
            && let Some(found) = PersonSheet::of(&title, &sheet.blocks)
        {
            persons.push(found);
        } else if sheet.rank() > best.rank() {
            best = sheet;
        }
    }
    Ok((best, persons))
}

/// The row of a heading of submissions or of a register, if the rows begin with one: a list of codes may be longer than
/// the households beside it.
pub(crate) fn heading_row(name: &str, block: &RowBlock) -> Option<u32> {
    let submissions = map_columns::<SubmissionField>(name, block).map(|m| m.header_row());
    let register = || map_columns::<RegisterField>(name, block).map(|m| m.header_row());
    submissions.or_else(|_| register()).ok()
}

fn read_sheet(
    name: &str,
    book: &mut Sheets<Metered<'_>>,
    title: &str,
    sheet: &mut Sheet,
) -> Result<(), SourceError> {
    let mut text = String::new();
    match book {
        Sheets::Xlsx(book) => {
            let mut cells = match book.worksheet_cells_reader(title) {
                Ok(cells) => cells,
                Err(error @ (XlsxError::Io(_) | XlsxError::Xml(_))) => {
                    return Err(damaged(name, error));
                }
                // Sheets that hold a chart only have no cells to read.
                Err(_) => return Ok(()),
            };
            while let Some(cell) = cells.next_cell().map_err(|error| damaged(name, error))? {
                write_cell(&mut text, cell.get_value());
                sheet.push(name, cell.get_position(), &text)?;
            }
        }
        Sheets::Xlsb(book) => {
            let Ok(mut cells) = book.worksheet_cells_reader(title) else { return Ok(()) };
            while let Some(cell) = cells.next_cell().map_err(|error| damaged(name, error))? {
                write_cell(&mut text, cell.get_value());
                sheet.push(name, cell.get_position(), &text)?;
            }
        }
        Sheets::Xls(_) | Sheets::Ods(_) => {
            let range = book.worksheet_range(title).map_err(|error| damaged(name, error))?;
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                write_cell(&mut text, &by_reference(value));
                sheet.push(name, (top + row as u32, left + column as u32), &text)?;
            }
        }
    }
    Ok(())
}

fn by_reference(value: &Data) -> DataRef<'_> {
    match value {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            DataRef::SharedString(text)
        }
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(value) => DataRef::DateTime(*value),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// The text of a value: whole numbers without a fraction, dates as `2024-03-05`, times behind
/// them, errors as Excel shows them.
fn write_cell(text: &mut String, value: &DataRef<'_>) {
    text.clear();
    let written = match value {
        DataRef::Empty => Ok(()),
        DataRef::SharedString(value) => push_clean(text, value),
        DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => {
            push_clean(text, value)
        }
        DataRef::Int(value) => write!(text, "{value}"),
        // Rust prints the shortest digits that read back, never an exponent, and no ".0".
        DataRef::Float(value) => write!(text, "{value}"),
        DataRef::Bool(value) => text.write_str(if *value { "TRUE" } else { "FALSE" }),
        DataRef::Error(error) => write!(text, "{error}"),
        DataRef::DateTime(value) => write_date(text, value),
    };
    written.expect("a string takes any text");
}

/// Text without zero characters, which databases refuse.
fn push_clean(text: &mut String, value: &str) -> std::fmt::Result {
    if value.contains('\0') {
        text.extend(value.chars().map(|c| if c == '\0' { '\u{FFFD}' } else { c }));
        Ok(())
    } else {
        text.write_str(value)
    }
}

fn write_date(text: &mut String, value: &ExcelDateTime) -> std::fmt::Result {
    let number = value.as_f64();
    if !(0.0..2_958_466.0).contains(&number) {
        return write!(text, "{number}");
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    if value.is_duration() || number < 1.0 {
        let seconds = (number * 86_400.0).round() as u64;
        let (hours, rest) = (seconds / 3_600, seconds % 3_600);
        return write!(text, "{hours:02}:{:02}:{:02}", rest / 60, rest % 60);
    }
    write!(text, "{year:04}-{month:02}-{day:02}")?;
    if (hour, minute, second) != (0, 0, 0) {
        write!(text, " {hour:02}:{minute:02}:{second:02}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_cells_before_one_that_is_filled_take_room_too() {
        let most = MAX_TEXT_BYTES - 3 * BYTES_PER_CELL * MAX_COLUMNS;
        let mut sheet = Sheet { text_bytes: most, ..Sheet::default() };
        let last = MAX_COLUMNS as u32 - 1;
        let rows = (0..9).take_while(|row| sheet.push("a.xlsx", (*row, last), "x").is_ok()).count();
        assert_eq!(rows, 3);
    }

    #[test]
    fn a_row_over_the_limit_of_records_is_refused_although_every_cell_is_small() {
        let (mut sheet, cell) = (Sheet::default(), "x".repeat(MAX_CELL_BYTES));
        let most = MAX_RECORD_BYTES / MAX_CELL_BYTES;
        let cells = (0..40).take_while(|at| sheet.push("a.xlsx", (0, *at), &cell).is_ok()).count();
        assert_eq!(cells, most);
        assert!(sheet.push("a.xlsx", (1, 0), &cell).is_ok(), "the next row begins at nothing");
    }
}
