//! The tables that files hold: one of most files, one for each sheet of households of a workbook.

use std::fmt::Write as _;

use diachiso_model::{AddressField, RegisterField, SourceKind, SubmissionField};
use diachiso_source::{MappingFile, Opened, RowSource, Sheet, SheetFate, Workbook, sheet_key};

use crate::{JobError, files::Named};

/// A table whose rows are read.
pub struct Table {
    /// The sheet by which its rows are told; `None` where the name of the file says enough.
    pub sheet: Option<Box<str>>,
    /// The sheet that it stands on, if it stands on one.
    pub title: Option<Box<str>>,
    /// Its rows.
    pub rows: Box<dyn RowSource>,
}

impl Table {
    /// A hash of what the table is part of and of its place there: loading a further sheet of a workbook later is no
    /// repeat (F04), loading the same one is.
    #[must_use]
    pub fn hash(&self, file: &Named) -> Box<str> {
        let Some(sheet) = &self.sheet else { return file.hash.clone() };
        let mut hasher = blake3::Hasher::new();
        hasher.update(file.hash.as_bytes()).update(b"\n").update(sheet.as_bytes());
        hasher.finalize().to_hex().as_str().into()
    }
}

/// A sheet that is left alone.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The workbook.
    pub file: Box<str>,
    /// Its title.
    pub sheet: Box<str>,
    /// How many rows it has.
    pub rows: usize,
    /// Why.
    pub fate: SheetFate,
}

/// What a file holds.
pub struct Tables {
    /// Tables whose rows are read.
    pub read: Vec<Table>,
    /// Sheets that are left alone.
    pub unread: Vec<Unread>,
}

impl Tables {
    /// Opens one file.
    ///
    /// # Errors
    /// When it cannot be read, or a name is that of no sheet.
    pub fn open(file: &Named, chosen: &[String], mapping: &MappingFile) -> Result<Self, JobError> {
        let mut all = open_all(std::slice::from_ref(file), chosen, |_| Ok(mapping.clone()))?;
        all.pop().ok_or_else(|| JobError::ours(format!("{}: nothing was opened", file.name)))
    }

    /// Opens a file of addresses: of a workbook the sheets of households, where it has any, else those with a column of
    /// addresses.
    ///
    /// # Errors
    /// When it cannot be read, or a name is that of no sheet.
    pub fn open_addresses(
        file: &Named,
        chosen: &[String],
        mapping: &MappingFile,
    ) -> Result<Self, JobError> {
        let opened = file.open_sheets()?;
        refuse_unknown(std::slice::from_ref(file), std::slice::from_ref(&opened), chosen)?;
        match opened {
            Opened::Rows(rows) => Ok(Self::lone(rows)),
            Opened::Workbook(book) if book.holds::<SubmissionField>(mapping) => {
                Self::of(file, book.choose::<SubmissionField>(mapping, chosen)?)
            }
            Opened::Workbook(book) => {
                let mapping = mapping.of_submissions_for::<AddressField>();
                Self::of(file, book.choose::<AddressField>(&mapping, chosen)?)
            }
        }
    }

    fn lone(rows: Box<dyn RowSource>) -> Self {
        Self { read: vec![Table { sheet: None, title: None, rows }], unread: Vec::new() }
    }

    fn of(file: &Named, sheets: Vec<Sheet>) -> Result<Self, JobError> {
        let (mut read, mut unread) = (Vec::new(), Vec::new());
        for sheet in sheets {
            let title: Box<str> = sheet.title().into();
            if sheet.fate() == SheetFate::Read {
                let told = (!sheet.lone()).then(|| title.clone());
                let rows = sheet.into_rows(&file.name)?;
                read.push(Table { sheet: told, title: Some(title), rows });
            } else {
                let (rows, fate) = (sheet.row_count(), sheet.fate());
                unread.push(Unread { file: file.name.clone(), sheet: title, rows, fate });
            }
        }
        Ok(Self { read, unread })
    }
}

/// Opens files: of a workbook that has sheets of the names `chosen` those, of every other all that hold rows of its kind.
///
/// # Errors
/// When a file cannot be read, or a name is that of no sheet at all.
pub(crate) fn open_all(
    files: &[Named],
    chosen: &[String],
    mapping: impl Fn(SourceKind) -> Result<MappingFile, JobError>,
) -> Result<Vec<Tables>, JobError> {
    let opened = files.iter().map(Named::open_sheets).collect::<Result<Vec<_>, JobError>>()?;
    refuse_unknown(files, &opened, chosen)?;
    let tables = |(file, opened): (&Named, Opened<'static>)| match opened {
        Opened::Rows(rows) => Ok(Tables::lone(rows)),
        Opened::Workbook(book) => {
            Tables::of(file, choose(book, file, chosen, &mapping(file.kind)?)?)
        }
    };
    files.iter().zip(opened).map(tables).collect()
}

/// The sheets of a workbook in their order, those that are read and those that are not.
///
/// # Errors
/// When none can be read, or a name is that of no sheet.
pub fn choose(
    book: Workbook,
    file: &Named,
    chosen: &[String],
    mapping: &MappingFile,
) -> Result<Vec<Sheet>, JobError> {
    Ok(match file.kind {
        SourceKind::Submissions => book.choose::<SubmissionField>(mapping, chosen),
        SourceKind::Register => book.choose::<RegisterField>(mapping, chosen),
    }?)
}

/// Refuses names that no workbook has, and lists those that there are.
fn refuse_unknown(
    files: &[Named],
    opened: &[Opened<'_>],
    chosen: &[String],
) -> Result<(), JobError> {
    let titles = |opened: &Opened<'_>| -> Vec<String> {
        match opened {
            Opened::Rows(_) => Vec::new(),
            Opened::Workbook(book) => book.titles().map(str::to_owned).collect(),
        }
    };
    let all: Vec<Vec<String>> = opened.iter().map(titles).collect();
    let known = |title: &&String| all.iter().flatten().any(|t| sheet_key(t) == sheet_key(title));
    let Some(unknown) = chosen.iter().find(|title| !known(title)) else { return Ok(()) };
    let mut list = String::new();
    for (file, titles) in files.iter().zip(all) {
        let quoted: Vec<String> = titles.iter().map(|title| format!("`{title}`")).collect();
        let sheets = if quoted.is_empty() {
            "không có trang tính / no sheets".to_owned()
        } else {
            quoted.join(", ")
        };
        let _ = write!(list, "; {}: {sheets}", file.name);
    }
    Err(JobError::NoSheet { unknown: unknown.clone(), known: list })
}
