//! What comes in.

use diachiso_model::SourceKind;
use diachiso_source::{MappingFile, RowBlock, RowSource};

/// Keeps rows as they came (identity numbers sealed), in file order.
pub trait RowSink: Send {
    /// Takes the next rows.
    ///
    /// # Errors
    /// When they cannot be kept; the run stops.
    fn keep(&mut self, rows: &RowBlock) -> std::io::Result<()>;
}

/// One file.
pub struct Input<'a> {
    /// Name for messages and reports, without folders.
    pub name: Box<str>,
    /// The sheet of a workbook of which several are read, each as an input of its own: rows are numbered by sheet.
    pub sheet: Option<Box<str>>,
    /// What it holds.
    pub kind: SourceKind,
    /// Whether a legal basis is recorded for the whole file; else every row needs its own (C01).
    pub legal_basis: bool,
    /// Which column is which, where headings do not tell.
    pub mapping: MappingFile,
    /// Its rows.
    pub rows: Box<dyn RowSource + 'a>,
    /// Where its rows are kept; `None` when they are kept already.
    pub sink: Option<&'a mut dyn RowSink>,
}

impl Input<'_> {
    /// What its rows are told by in messages and reports: the file, and the sheet where several are read.
    #[must_use]
    pub fn label(&self) -> Box<str> {
        label(&self.name, self.sheet.as_deref())
    }
}

/// `phieu.xlsx [Thôn A]`: brackets cannot stand in a sheet's name.
#[must_use]
pub fn label(file: &str, sheet: Option<&str>) -> Box<str> {
    sheet.map_or_else(|| file.into(), |sheet| format!("{file} [{sheet}]").into())
}
