//! Which sheets of a workbook are read.

use super::{Sheet, Workbook};
use crate::SourceError;
use crate::mapping::map_columns_with;
use crate::mapping_file::MappingFile;
use crate::repeats::{PersonSheet, has_key};
use crate::row_block::RowSource;
use diachiso_model::Field;
use diachiso_text::clean::clean;
use std::cmp::Reverse;

/// What is done with a sheet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SheetFate {
    /// Its rows are read.
    Read,
    /// It lacks the columns: a cover, instructions, a list of codes, totals.
    NotData,
    /// It is hidden; such a sheet is read when it is asked for by name.
    Hidden,
    /// It has the columns, and others were asked for by name.
    NotChosen,
}

impl SheetFate {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::NotData => "not_data",
            Self::Hidden => "hidden",
            Self::NotChosen => "not_chosen",
        }
    }

    /// In Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        match self {
            Self::Read => "đã đọc",
            Self::NotData => "không có các cột bắt buộc",
            Self::Hidden => "trang ẩn",
            Self::NotChosen => "không được chọn",
        }
    }

    /// In English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::NotData => "lacks the required columns",
            Self::Hidden => "hidden",
            Self::NotChosen => "not chosen",
        }
    }
}

/// The form in which names of sheets are compared: people type them without regard to capitals and spacing.
#[must_use]
pub fn sheet_key(title: &str) -> String {
    clean(title).trim().to_lowercase()
}

impl Workbook {
    /// Whether any visible sheet has the required columns of a kind of file.
    #[must_use]
    pub fn holds<F: Field>(&self, mapping: &MappingFile) -> bool {
        let maps = |block| map_columns_with::<F>(&self.name, block, mapping).is_ok();
        let visible = self.sheets.iter().filter(|sheet| sheet.visible);
        visible.filter_map(|sheet| sheet.rows.preview()).any(maps)
    }

    /// Decides which sheets are read as files of one kind: those of the names `chosen` that the workbook has, else every
    /// visible sheet with the required columns, each under a heading of its own. Where no sheet has them the visible one
    /// with the most rows is read, so that what it lacks can be told.
    ///
    /// # Errors
    /// [`SourceError::OnlyHidden`] when none but hidden sheets could be read and none was asked for.
    pub fn choose<F: Field>(
        self,
        mapping: &MappingFile,
        chosen: &[String],
    ) -> Result<Vec<Sheet>, SourceError> {
        let Self { name, mut sheets, persons } = self;
        let fits = |sheet: &Sheet| {
            let maps = |block| map_columns_with::<F>(&name, block, mapping).is_ok();
            sheet.rows.preview().is_some_and(maps)
        };
        let data: Vec<bool> = sheets.iter().map(fits).collect();
        for (sheet, data) in sheets.iter_mut().zip(&data) {
            sheet.fate = match (data, sheet.visible) {
                (true, true) => SheetFate::Read,
                (_, false) => SheetFate::Hidden,
                (false, true) => SheetFate::NotData,
            };
        }
        if !data.iter().zip(&sheets).any(|(data, sheet)| *data && sheet.visible) {
            fall_back(&mut sheets, &data);
        }
        let read = sheets.iter().filter(|sheet| sheet.fate == SheetFate::Read).count();
        for sheet in &mut sheets {
            sheet.lone = read == 1 && sheet.fate == SheetFate::Read;
        }
        let chosen: Vec<String> = chosen.iter().map(|title| sheet_key(title)).collect();
        let is_chosen = |sheet: &Sheet| chosen.contains(&sheet_key(&sheet.title));
        if sheets.iter().any(is_chosen) {
            for (sheet, data) in sheets.iter_mut().zip(data) {
                sheet.fate = match (is_chosen(sheet), data, sheet.visible) {
                    (true, ..) => SheetFate::Read,
                    (_, _, false) => SheetFate::Hidden,
                    (_, true, true) => SheetFate::NotChosen,
                    (_, false, true) => SheetFate::NotData,
                };
            }
        } else if read == 0 {
            let hidden = sheets.iter().filter(|sheet| !sheet.visible && sheet.row_count() > 0);
            let sheets = hidden.map(|sheet| sheet.title.clone()).collect();
            return Err(SourceError::OnlyHidden { name, sheets });
        }
        give(persons, &mut sheets);
        Ok(sheets)
    }

    /// The rows of one sheet, of a workbook that may hold anything: the visible one with the most rows, among those with
    /// a heading of households where there is one, since a list of codes may be longer than the households beside it.
    pub(crate) fn best(self) -> Result<Box<dyn RowSource>, SourceError> {
        let Self { name, sheets, persons } = self;
        let rank = |sheet: &Sheet| {
            let rows = sheet.row_count();
            Reverse((sheet.visible && rows > 0, sheet.heading_row.is_some(), rows))
        };
        // Of equals the first stays.
        match sheets.into_iter().min_by_key(rank) {
            Some(best) => Sheet { persons, ..best }.into_rows(&name),
            None => Err(SourceError::Empty { name }),
        }
    }
}

/// Gives the sheets of members to that of their households: the first that is read and whose heading has the key which
/// members name, or else the only one that is read.
fn give(persons: Vec<PersonSheet>, sheets: &mut [Sheet]) {
    if persons.is_empty() {
        return;
    }
    let mut read: Vec<&mut Sheet> =
        sheets.iter_mut().filter(|sheet| sheet.fate == SheetFate::Read).collect();
    let keyed = read.iter().position(|sheet| sheet.rows.preview().is_some_and(has_key));
    let at = keyed.or((read.len() == 1).then_some(0));
    if let Some(sheet) = at.and_then(|at| read.get_mut(at)) {
        sheet.persons = persons;
    }
}

/// Reads the visible sheet with the most rows, unless a hidden one is what was meant.
fn fall_back(sheets: &mut [Sheet], data: &[bool]) {
    if data.contains(&true) {
        return;
    }
    let filled = sheets.iter_mut().filter(|sheet| sheet.visible && sheet.row_count() > 0);
    // Of equals the first stays.
    if let Some(best) = filled.min_by_key(|sheet| Reverse(sheet.row_count())) {
        best.fate = SheetFate::Read;
    }
}
