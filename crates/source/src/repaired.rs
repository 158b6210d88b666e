//! A copy of a user's file with its repairs: the same rows and columns in the same places, changes marked, and two
//! columns behind that say what was done.

use std::{borrow::Cow, io::Write};

use rust_xlsxwriter::{Color, Format, Workbook, Worksheet};

use crate::{WriteError, report::BYTE_ORDER_MARK, safe_cell::safe_cell, sheet_name::SheetNames};

/// Headings of the columns behind the user's own.
const TITLES: [&str; 2] = ["Kết quả kiểm tra", "Đã sửa"];

/// The name of the sheet where the user's file has none.
const SHEET: &str = "Đã kiểm tra";

/// Rows of a sheet.
const SHEET_ROWS: u32 = 1_048_576;

/// Digits up to which a spreadsheet keeps a number as it is.
const EXACT_DIGITS: usize = 15;

/// What a cell of the copy is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CellMark {
    /// As the user wrote it.
    AsIs,
    /// Repaired.
    Repaired,
    /// For a person to look at.
    Suspect,
}

/// Writes the copy as a stream: rows are not kept.
pub struct RepairedCopy<W: Write> {
    form: Form<W>,
    /// Columns of the user's own.
    width: usize,
    /// Number of the row written last.
    last: u32,
}

#[expect(clippy::large_enum_variant, reason = "one writer lives at a time")]
enum Form<W: Write> {
    Csv(csv::Writer<W>),
    Xlsx { book: Workbook, to: W, formats: [Option<Format>; 3], names: SheetNames, shown: bool },
}

impl<W: Write + Send> RepairedCopy<W> {
    /// A copy in csv with the user's own delimiter, UTF-8 with a byte-order mark; `width` columns are the user's own. No
    /// cell starts a formula.
    ///
    /// # Errors
    /// [`WriteError`] when `to` fails.
    pub fn csv(mut to: W, delimiter: u8, width: usize) -> Result<Self, WriteError> {
        to.write_all(BYTE_ORDER_MARK)?;
        let csv = csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(to);
        Ok(Self { form: Form::Csv(csv), width, last: 0 })
    }

    /// A copy as a workbook, repaired cells green, cells to look at orange; each of its sheets is begun by
    /// [`Self::sheet`]. Rows wait in a temporary file until [`Self::finish`].
    pub fn xlsx(to: W) -> Self {
        let filled = |rgb| Some(Format::new().set_background_color(Color::RGB(rgb)));
        let formats = [None, filled(0x00C6_EFCE), filled(0x00FF_D8A8)];
        let names = SheetNames::default();
        let form = Form::Xlsx { book: Workbook::new(), to, formats, names, shown: false };
        Self { form, width: 0, last: 0 }
    }

    /// Begins a sheet of a workbook, hidden where the user's own is; `width` columns are the user's own. A csv file has one
    /// table, begun with it.
    ///
    /// # Errors
    /// [`WriteError`] when the sheet cannot be begun.
    pub fn sheet(
        &mut self,
        title: Option<&str>,
        width: usize,
        visible: bool,
    ) -> Result<(), WriteError> {
        let Form::Xlsx { book, names, shown, .. } = &mut self.form else { return Ok(()) };
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(names.unique(title.unwrap_or(SHEET)))?;
        if !visible {
            sheet.set_hidden(true);
        } else if !std::mem::replace(shown, true) {
            // Excel opens a workbook with this sheet, which must not be a hidden one.
            sheet.set_active(true);
            sheet.set_first_tab(true);
        }
        (self.width, self.last) = (width, 0);
        Ok(())
    }

    /// Appends the heading's last row, with the two headings of ours behind it.
    ///
    /// # Errors
    /// [`WriteError`] when the place written to fails.
    pub fn heading<'c>(
        &mut self,
        number: u32,
        cells: impl ExactSizeIterator<Item = &'c str>,
    ) -> Result<(), WriteError> {
        let cells = cells.map(|cell| (Cow::Borrowed(cell), CellMark::AsIs));
        self.push(number, cells, Some(TITLES))
    }

    /// Appends a row; `said` goes behind it. Rows left out in the numbers stay empty.
    ///
    /// # Errors
    /// [`WriteError`] when the place written to fails, or when a sheet is full.
    pub fn push<'c>(
        &mut self,
        number: u32,
        cells: impl ExactSizeIterator<Item = (Cow<'c, str>, CellMark)>,
        said: Option<[&str; 2]>,
    ) -> Result<(), WriteError> {
        let behind = self.width.max(cells.len());
        let gap = number.saturating_sub(self.last + 1);
        self.last = number;
        match &mut self.form {
            Form::Csv(csv) => {
                for _ in 0..gap {
                    csv.write_record(None::<&[u8]>)?;
                }
                let own = cells.len();
                for (cell, _) in cells {
                    csv.write_field(safe_cell(&cell).as_bytes())?;
                }
                if let Some(said) = said {
                    (own..behind).try_for_each(|_| csv.write_field(""))?;
                    said.iter().try_for_each(|text| csv.write_field(&*safe_cell(text)))?;
                }
                csv.write_record(None::<&[u8]>)?;
            }
            Form::Xlsx { book, formats, .. } => {
                if number > SHEET_ROWS {
                    return Err(WriteError::SheetFull { rows: SHEET_ROWS });
                }
                let at = book.worksheets().len().saturating_sub(1);
                let sheet = book.worksheet_from_index(at)?;
                for (column, (cell, mark)) in (0..).zip(cells) {
                    put(sheet, number - 1, column, &cell, formats[mark as usize].as_ref())?;
                }
                for (column, text) in (behind as u16..).zip(said.into_iter().flatten()) {
                    put(sheet, number - 1, column, text, None)?;
                }
            }
        }
        Ok(())
    }

    /// Ends the copy and gives back what it was written to.
    ///
    /// # Errors
    /// [`WriteError`] when the place written to fails.
    pub fn finish(self) -> Result<W, WriteError> {
        match self.form {
            Form::Csv(csv) => Ok(csv.into_inner().map_err(csv::IntoInnerError::into_error)?),
            Form::Xlsx { mut book, mut to, .. } => {
                book.save_to_writer(&mut to)?;
                to.flush()?;
                Ok(to)
            }
        }
    }
}

/// Numbers that a spreadsheet writes as they stand become numbers; everything else, long numbers and those with
/// leading zeros above all, stays text.
fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &str,
    format: Option<&Format>,
) -> Result<(), WriteError> {
    let number = cell.parse::<f64>().ok().filter(|n| {
        cell.len() <= EXACT_DIGITS
            && cell.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-')
            && n.to_string() == cell
    });
    match (number, format) {
        (Some(n), Some(format)) => sheet.write_number_with_format(row, column, n, format)?,
        (Some(n), None) => sheet.write_number(row, column, n)?,
        (None, Some(format)) => sheet.write_string_with_format(row, column, cell, format)?,
        (None, None) if cell.is_empty() => sheet,
        (None, None) => sheet.write_string(row, column, cell)?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RowBlock, open};

    fn rows(name: &str, bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        let mut source = open(name, bytes).expect("opens");
        let mut block = RowBlock::new();
        source.next_block(&mut block, 100).expect("reads");
        block.rows().map(|row| (row.number, row.cells().map(str::to_owned).collect())).collect()
    }

    fn filled(mut copy: RepairedCopy<Vec<u8>>) -> Vec<u8> {
        copy.heading(3, ["Chủ hộ", "Điện thoại"].into_iter()).expect("heading");
        let cells = [("=1+1", CellMark::AsIs), ("0905123456", CellMark::Repaired)];
        let cells = cells.map(|(cell, mark)| (Cow::Borrowed(cell), mark));
        copy.push(6, cells.into_iter(), Some(["Chấp nhận", "Điện thoại: 905123456"])).expect("row");
        copy.push(7, [("16.5".into(), CellMark::Suspect)].into_iter(), None).expect("row");
        copy.finish().expect("finishes")
    }

    #[test]
    fn rows_keep_their_places_and_what_was_said_stands_behind_them() {
        let mut workbook = RepairedCopy::xlsx(Vec::new());
        workbook.sheet(Some("Thôn A"), 3, true).expect("begins");
        let workbook = filled(workbook);
        let text = filled(RepairedCopy::csv(Vec::new(), b';', 3).expect("begins"));
        for (name, bytes, formula) in [("a.xlsx", workbook, "=1+1"), ("a.csv", text, "'=1+1")] {
            let rows: Vec<_> = rows(name, &bytes)
                .into_iter()
                .filter(|(_, r)| r.iter().any(|c| !c.is_empty()))
                .collect();
            assert_eq!(rows[0].0, 3, "{name}");
            assert_eq!(rows[0].1, ["Chủ hộ", "Điện thoại", "", TITLES[0], TITLES[1]], "{name}");
            assert_eq!(rows[1].0, 6, "{name}");
            let said = [formula, "0905123456", "", "Chấp nhận", "Điện thoại: 905123456"];
            assert_eq!(rows[1].1, said, "{name}");
            assert_eq!((rows[2].0, rows[2].1[0].as_str()), (7, "16.5"), "{name}");
        }
    }
}
