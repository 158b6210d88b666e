//! Rows of a checked file to their repaired copy.

use std::{borrow::Cow, fmt::Write as _, fs::File, io};

use diachiso_model::{Field as _, SubmissionField};
use diachiso_pipeline::{RepairSink, RepairedRow};
use diachiso_source::{CellMark, Mapping, RepairedCopy, Row, RowBlock, Sheet, WriteError};

use crate::user;

/// Rows of a sheet copied at a time.
const ROWS: usize = 4096;

/// What was copied.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Copied {
    /// Cells repaired.
    pub(super) cells: u64,
    /// Rows with such cells.
    pub(super) rows: u64,
}

/// Writes the copy and counts.
pub(super) struct Copy {
    writer: RepairedCopy<io::BufWriter<File>>,
    copied: Copied,
}

impl Copy {
    pub(super) fn new(writer: RepairedCopy<io::BufWriter<File>>) -> Self {
        Self { writer, copied: Copied::default() }
    }

    pub(super) fn finish(self) -> anyhow::Result<Copied> {
        let mut file = self.writer.finish()?;
        io::Write::flush(&mut file)?;
        Ok(self.copied)
    }

    /// Begins a sheet with so many columns of the user's own; without a title one of ours.
    pub(super) fn sheet(&mut self, title: Option<&str>, width: usize) -> Result<(), WriteError> {
        self.writer.sheet(title, width, true)
    }

    /// Copies a sheet that was not read.
    pub(super) fn as_it_is(&mut self, sheet: Sheet) -> anyhow::Result<()> {
        self.writer.sheet(Some(sheet.title()), 0, sheet.visible())?;
        let mut rows = sheet.into_bare_rows();
        let mut block = RowBlock::new();
        while rows.next_block(&mut block, ROWS).map_err(user)? > 0 {
            for row in block.rows() {
                let cells: Vec<_> =
                    row.cells().map(|cell| (Cow::Borrowed(cell), CellMark::AsIs)).collect();
                self.writer.push(row.number, cells.into_iter(), None)?;
            }
        }
        Ok(())
    }

    fn row(
        &mut self,
        mapping: &Mapping<SubmissionField>,
        row: Row<'_>,
        said: &RepairedRow,
    ) -> Result<(), WriteError> {
        if row.number == mapping.header_row() {
            return self.writer.heading(row.number, row.cells());
        }
        let last = said.repaired.last().map_or(0, |cell| cell.column + 1);
        let cells = (0..row.len().max(last)).map(|column| {
            let repaired = said.repaired.iter().find(|cell| cell.column == column);
            match repaired {
                Some(cell) => (Cow::Borrowed(&*cell.text), CellMark::Repaired),
                None if said.suspect.binary_search(&column).is_ok() => {
                    (Cow::Borrowed(row.get(column)), CellMark::Suspect)
                }
                None => (Cow::Borrowed(row.get(column)), CellMark::AsIs),
            }
        });
        let Some(verdict) = said.verdict else { return self.writer.push(row.number, cells, None) };
        self.copied.cells += said.repaired.len() as u64;
        self.copied.rows += u64::from(!said.repaired.is_empty());
        let mut result = verdict.vi().to_owned();
        for code in &said.codes {
            let rule = code.rule();
            let _ = write!(result, "; {code} {}", rule.vi);
        }
        let done = done(mapping, row, said);
        self.writer.push(row.number, cells, Some([&result, &done]))
    }
}

impl RepairSink for Copy {
    fn keep(
        &mut self,
        mapping: &Mapping<SubmissionField>,
        block: &RowBlock,
        rows: &[RepairedRow],
    ) -> io::Result<()> {
        block
            .rows()
            .zip(rows)
            .try_for_each(|(row, said)| self.row(mapping, row, said))
            .map_err(io::Error::other)
    }
}

/// What was put in place of what, column by column: "Số điện thoại: 01261234567 → 0761234567".
fn done(mapping: &Mapping<SubmissionField>, row: Row<'_>, said: &RepairedRow) -> String {
    let mut text = String::new();
    for cell in &said.repaired {
        let field = SubmissionField::ALL.iter().find(|f| mapping.column(**f) == Some(cell.column));
        let title = field.map_or("", |field| field.title());
        let between = if text.is_empty() { "" } else { "; " };
        let _ = write!(text, "{between}{title}: {} → {}", row.get(cell.column), cell.text);
    }
    text
}
