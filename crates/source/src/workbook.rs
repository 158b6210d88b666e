//! Workbooks to rows.

mod cell;
mod choice;
mod rows;

use crate::SourceError;
use crate::blocks::Blocks;
use crate::compound_file::{self, MAX_XLS_CELLS, XlsFault};
use crate::mapping::map_columns;
use crate::metered::Metered;
use crate::ods_content::{self, MAX_ODS_CELLS, MAX_ODS_TEXT_BYTES};
use crate::repeats::{Appended, PersonSheet, WideCounter, join_sheets};
use crate::row_block::{RowBlock, RowSource};
use crate::xls_text::MAX_XLS_TEXT_BYTES;
use crate::xlsx_part::{self, MAX_SHARED_TEXTS, MAX_SHARED_XML_BYTES};
use crate::xml_part::{MAX_CELL_XML_BYTES, PartFault};
use crate::zip_directory::{DirectoryError, Entry, entries};
use calamine::{Reader, SheetVisible, Sheets, XlsxError, open_workbook_auto_from_rs};
use cell::{by_reference, write_cell};
pub use choice::{SheetFate, sheet_key};
use diachiso_model::{RegisterField, SubmissionField};
use rows::{Builder, SheetRows};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Largest workbook as it is stored: 256 MiB, several times a sheet filled to its last row.
pub const MAX_WORKBOOK_BYTES: u64 = 256 << 20;

/// Most that a workbook may unpack to: 2 GiB; a sheet of 1,048,576 rows of 25 cells at some 60
/// bytes of XML each is 1.6 GB.
pub const MAX_UNPACKED_BYTES: u64 = 2 << 30;

/// A sheet of a workbook, with its rows.
pub struct Sheet {
    title: String,
    visible: bool,
    rows: SheetRows,
    /// The row of its heading, where it is one of households.
    heading_row: Option<u32>,
    /// Sheets of the members of its households.
    persons: Vec<PersonSheet>,
    fate: SheetFate,
    lone: bool,
}

impl Sheet {
    /// Its name in the workbook.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether people see it when they open the workbook.
    #[must_use]
    pub fn visible(&self) -> bool {
        self.visible
    }

    /// Rows that are not blank.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows.count()
    }

    /// Whether its rows are to be read, and why not.
    #[must_use]
    pub fn fate(&self) -> SheetFate {
        self.fate
    }

    /// Whether it is the one sheet that is read of its workbook where nobody chooses: then the name of the file says
    /// enough.
    #[must_use]
    pub fn lone(&self) -> bool {
        self.lone
    }

    /// Its rows and nothing else: what a sheet that is not read is copied by.
    #[must_use]
    pub fn into_bare_rows(self) -> Box<dyn RowSource> {
        Box::new(Blocks::new(self.rows.into_blocks()))
    }

    /// Its rows; see [`crate::open`] for those of members.
    ///
    /// # Errors
    /// [`crate::SourceError::TooLarge`] when there are more households with members than can be joined.
    pub fn into_rows(self, name: &str) -> Result<Box<dyn RowSource>, SourceError> {
        let rows = if self.persons.is_empty() {
            Box::new(Blocks::new(self.rows.into_blocks()))
        } else {
            join_sheets(name, self.rows.into_blocks(), self.heading_row, self.persons)?
        };
        Ok(Box::new(Appended::new(rows, WideCounter::default())))
    }
}

/// A workbook in memory: every sheet with its rows, in the order of the file.
pub struct Workbook {
    name: String,
    sheets: Vec<Sheet>,
    /// Sheets of members of the households on another; they are read with it.
    persons: Vec<PersonSheet>,
}

impl Workbook {
    /// Reads a file.
    pub(crate) fn read(name: &str, file: &[u8]) -> Result<Self, SourceError> {
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
        let read = catch_unwind(AssertUnwindSafe(|| read_sheets(name, file)));
        let (sheets, persons) =
            read.unwrap_or_else(|_| Err(damaged(name, "its parts contradict each other")))?;
        if sheets.iter().all(|sheet| sheet.row_count() == 0) {
            return Err(if persons.is_empty() {
                SourceError::Empty { name: name.to_owned() }
            } else {
                let reason = "it holds the members of households and not the households themselves";
                SourceError::not_a_table(name, reason)
            });
        }
        Ok(Self { name: name.to_owned(), sheets, persons })
    }

    /// The names of all sheets, in the order of the file.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.sheets.iter().map(Sheet::title)
    }
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

/// All sheets, apart from those of members; sheets that list households are no sheets of members, even if they belong to
/// another.
fn read_sheets(name: &str, file: &[u8]) -> Result<(Vec<Sheet>, Vec<PersonSheet>), SourceError> {
    let mut book =
        open_workbook_auto_from_rs(Metered::new(file)).map_err(|error| damaged(name, error))?;
    let mut text_bytes = 0;
    let (mut sheets, mut persons) = (Vec::new(), Vec::new());
    for calamine::Sheet { name: title, visible, .. } in book.sheets_metadata().to_vec() {
        let mut builder = Builder::behind(text_bytes);
        read_sheet(name, &mut book, &title, &mut builder)?;
        let (rows, all) = builder.end();
        text_bytes = all;
        let heading_row = rows.preview().and_then(|block| heading_row(name, block));
        if heading_row.is_none()
            && let Some(found) = PersonSheet::of(&title, rows.blocks())
        {
            persons.push(found);
            continue;
        }
        let visible = visible == SheetVisible::Visible;
        let (fate, persons) = (SheetFate::NotData, Vec::new());
        sheets.push(Sheet { title, visible, rows, heading_row, persons, fate, lone: false });
    }
    Ok((sheets, persons))
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
    sheet: &mut Builder,
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
