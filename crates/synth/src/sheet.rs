//! The xlsx batch as offices make it: letterhead, numbering row, subtotals, signatures.

use std::{path::Path, sync::Arc};

use diachiso_model::{Field, SubmissionField as F};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::row::SubmissionRow;

const LETTERHEAD: [&str; 4] = [
    "ỦY BAN NHÂN DÂN HUYỆN",
    "TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG",
    "PHIẾU THU THẬP ĐỊA CHỈ SỐ HỘ GIA ĐÌNH",
    "(Dữ liệu giả lập / synthetic data)",
];
/// Columns that a sheet holds as numbers when their text is one.
const NUMBERS: [F; 4] = [F::Members, F::Latitude, F::Longitude, F::Accuracy];

/// A sheet being written; rows go out as they come.
pub(crate) struct Sheet {
    workbook: Workbook,
    /// Zero-based row to be written next.
    next: u32,
    ordinal: u32,
    village: Option<Arc<str>>,
    persons: u32,
    text: Format,
}

impl Sheet {
    pub(crate) fn new() -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        // A fixed day: the bytes depend on the configuration alone.
        let made = ExcelDateTime::from_ymd(2024, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("Phiếu")?;
        let bold = Format::new().set_bold();
        let mut next = 0;
        for line in LETTERHEAD {
            sheet.write_string_with_format(next, 1, line, &bold)?;
            next += 1;
        }
        next += 1;
        for (column, field) in F::ALL.iter().enumerate() {
            sheet.write_string_with_format(next, column as u16, field.title(), &bold)?;
        }
        next += 1;
        for column in 0..F::ALL.len() as u16 {
            sheet.write_string(next, column, format!("({})", column + 1))?;
        }
        next += 1;
        let text = Format::new().set_num_format("@");
        Ok(Self { workbook, next, ordinal: 0, village: None, persons: 0, text })
    }

    /// Writes a row and says at which row of the sheet, from 1.
    pub(crate) fn write(&mut self, row: &SubmissionRow) -> Result<u32, XlsxError> {
        if self.village.as_ref().is_some_and(|v| *v != row.village) {
            self.subtotal()?;
        }
        self.village = Some(Arc::clone(&row.village));
        self.persons += row.cells.get(F::Members).parse().unwrap_or(0);
        self.ordinal += 1;
        let (line, ordinal, text) = (self.next, self.ordinal, self.text.clone());
        let sheet = self.sheet()?;
        sheet.write_number(line, 0, ordinal)?;
        for (column, (cell, field)) in row.cells.iter().zip(F::ALL).enumerate().skip(1) {
            let number = cell.parse::<f64>().ok().filter(|_| is_number(*field, cell));
            match number {
                Some(number) => sheet.write_number(line, column as u16, number)?,
                None if cell.is_empty() => continue,
                None => sheet.write_string_with_format(line, column as u16, cell, &text)?,
            };
        }
        self.next += 1;
        Ok(self.next)
    }

    /// Writes the end of the sheet and the file.
    pub(crate) fn close(mut self, path: &Path) -> Result<(), XlsxError> {
        if self.village.is_some() {
            self.subtotal()?;
        }
        let line = self.next + 1;
        let sheet = self.sheet()?;
        sheet.write_string(line, 2, "NGƯỜI LẬP BIỂU")?;
        sheet.write_string(line, 10, "TM. ỦY BAN NHÂN DÂN")?;
        sheet.write_string(line + 1, 2, "(Ký, ghi rõ họ tên)")?;
        sheet.write_string(line + 1, 10, "(Ký, đóng dấu)")?;
        self.workbook.save(path)
    }

    /// "Cộng thôn Trung Làng" with the persons since the last one.
    fn subtotal(&mut self) -> Result<(), XlsxError> {
        let village = self.village.take().unwrap_or_default();
        let name = village.replacen("Thôn ", "thôn ", 1);
        let (line, persons) = (self.next, self.persons);
        let sheet = self.sheet()?;
        sheet.write_string(line, 1, format!("Cộng {name}"))?;
        sheet.write_number(line, F::Members.index() as u16, persons)?;
        self.next += 1;
        self.persons = 0;
        Ok(())
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, XlsxError> {
        self.workbook.worksheet_from_index(0)
    }
}

/// Whether a spreadsheet would hold the cell as a number; a serial date counts as one.
fn is_number(field: F, cell: &str) -> bool {
    NUMBERS.contains(&field)
        || (field == F::CollectedOn && cell.bytes().all(|b| b.is_ascii_digit()))
}
