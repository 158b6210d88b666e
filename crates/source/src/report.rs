//! The row-level report: what was noticed in which cell of whose file, and what to do.

use crate::WriteError;
use crate::safe_cell::safe_cell;
use diachiso_model::{RuleCode, Severity};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet};
use std::io::Write;

/// The columns: heading and width in characters.
const COLUMNS: [(&str, f64); 9] = [
    ("Tệp", 22.0),
    ("Dòng", 7.0),
    ("Cột", 20.0),
    ("Giá trị", 26.0),
    ("Mã", 6.0),
    ("Mức", 6.0),
    ("Thông báo", 36.0),
    ("Message", 36.0),
    ("Gợi ý", 36.0),
];

/// The name of the sheet; further ones bear a number.
const SHEET: &str = "Lỗi cần sửa";

/// Rows of a sheet below its heading: Excel's 1,048,576 less one.
const ROWS_PER_SHEET: u32 = 1_048_575;

/// Marks a csv file as UTF-8 for Excel.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One line of the report.
#[derive(Clone, Copy, Debug)]
pub struct ReportLine<'a> {
    /// The file as it was handed in.
    pub file: &'a str,
    /// Number of the row in that file; 0 where the file as a whole is meant.
    pub row: u32,
    /// Heading of the column as that file has it; empty where the row as a whole is meant.
    pub column: &'a str,
    /// The value as it came.
    pub value: &'a str,
    /// The rule.
    pub code: RuleCode,
    /// What it does to the row.
    pub severity: Severity,
    /// What is wrong, in Vietnamese.
    pub message_vi: &'a str,
    /// What is wrong, in English.
    pub message_en: &'a str,
    /// What to do or what was put in place; empty where there is nothing to say.
    pub suggestion: &'a str,
}

/// Writes a report as a stream: lines are not kept.
pub struct ReportWriter<W: Write> {
    form: Form<W>,
}

#[expect(clippy::large_enum_variant, reason = "one writer lives at a time")]
enum Form<W: Write> {
    Csv(csv::Writer<W>),
    Xlsx(Book<W>),
}

impl<W: Write + Send> ReportWriter<W> {
    /// A report in csv: UTF-8 with a byte-order mark, commas, no cell that starts a formula.
    ///
    /// # Errors
    /// [`WriteError`] when `to` fails.
    pub fn csv(mut to: W) -> Result<Self, WriteError> {
        to.write_all(BYTE_ORDER_MARK)?;
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(COLUMNS.map(|(title, _)| title))?;
        Ok(Self { form: Form::Csv(csv) })
    }

    /// A report as a workbook; after 1,048,575 lines it goes on in a further sheet. Lines wait
    /// in a temporary file until [`Self::finish`].
    ///
    /// # Errors
    /// [`WriteError`] when the workbook cannot be begun.
    pub fn xlsx(to: W) -> Result<Self, WriteError> {
        let mut book = Book { workbook: Workbook::new(), to, sheets: 0, row: 0 };
        book.begin_sheet()?;
        Ok(Self { form: Form::Xlsx(book) })
    }

    /// Appends a line.
    ///
    /// # Errors
    /// [`WriteError`] when the place written to fails.
    pub fn push(&mut self, line: &ReportLine<'_>) -> Result<(), WriteError> {
        match &mut self.form {
            Form::Csv(csv) => {
                let row = if line.row == 0 { String::new() } else { line.row.to_string() };
                csv.write_field(safe_cell(line.file).as_bytes())?;
                csv.write_field(row)?;
                for text in line.texts() {
                    csv.write_field(safe_cell(text).as_bytes())?;
                }
                csv.write_record(None::<&[u8]>)?;
            }
            Form::Xlsx(book) => book.push(line)?,
        }
        Ok(())
    }

    /// Ends the report and gives back what it was written to.
    ///
    /// # Errors
    /// [`WriteError`] when the place written to fails.
    pub fn finish(self) -> Result<W, WriteError> {
        match self.form {
            Form::Csv(csv) => Ok(csv.into_inner().map_err(csv::IntoInnerError::into_error)?),
            Form::Xlsx(mut book) => {
                book.workbook.save_to_writer(&mut book.to)?;
                book.to.flush()?;
                Ok(book.to)
            }
        }
    }
}

impl<'a> ReportLine<'a> {
    /// The cells behind file and row.
    fn texts(&self) -> [&'a str; 7] {
        [
            self.column,
            self.value,
            self.code.as_str(),
            self.severity.letter(),
            self.message_vi,
            self.message_en,
            self.suggestion,
        ]
    }
}

struct Book<W> {
    workbook: Workbook,
    to: W,
    sheets: usize,
    /// Row to write next, from 0.
    row: u32,
}

impl<W> Book<W> {
    fn begin_sheet(&mut self) -> Result<(), WriteError> {
        self.sheets += 1;
        let name = match self.sheets {
            1 => SHEET.to_owned(),
            number => format!("{SHEET} ({number})"),
        };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        lay_out(sheet, 1, &COLUMNS)?;
        write_heading(sheet, 0, &COLUMNS)?;
        self.row = 1;
        Ok(())
    }

    fn push(&mut self, line: &ReportLine<'_>) -> Result<(), WriteError> {
        if self.row > ROWS_PER_SHEET {
            self.begin_sheet()?;
        }
        let (row, index) = (self.row, self.sheets - 1);
        let sheet = self.workbook.worksheet_from_index(index)?;
        write_text(sheet, row, 0, line.file)?;
        if line.row > 0 {
            sheet.write_number(row, 1, line.row)?;
        }
        for (column, text) in (2..).zip(line.texts()) {
            write_text(sheet, row, column, text)?;
        }
        self.row += 1;
        Ok(())
    }
}

/// Characters that one cell of a workbook can hold.
const MAX_CELL_CHARS: usize = 32_767;

/// Writes a text, never a formula; nothing where it is empty, and cut where Excel would refuse
/// the workbook.
pub(crate) fn write_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
) -> Result<(), WriteError> {
    if text.len() > MAX_CELL_CHARS {
        sheet.write_string(row, column, text.chars().take(MAX_CELL_CHARS).collect::<String>())?;
    } else if !text.is_empty() {
        sheet.write_string(row, column, text)?;
    }
    Ok(())
}

/// A4 landscape, one page wide, the first `frozen` rows staying and repeated on every page.
pub(crate) fn lay_out(
    sheet: &mut Worksheet,
    frozen: u32,
    columns: &[(&str, f64)],
) -> Result<(), WriteError> {
    const A4: u8 = 9;
    sheet.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.5, 0.3, 0.3).set_footer("&L&A&RTrang &P/&N");
    sheet.set_freeze_panes(frozen, 0)?.set_repeat_rows(frozen - 1, frozen - 1)?;
    for (column, (_, width)) in (0..).zip(columns) {
        sheet.set_column_width(column, *width)?;
    }
    Ok(())
}

/// A text in a format that an empty cell has too, so that a printed table has all its lines.
pub(crate) fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: &Format,
) -> Result<(), WriteError> {
    if text.is_empty() {
        sheet.write_blank(row, column, format)?;
    } else {
        let text: String = text.chars().take(MAX_CELL_CHARS).collect();
        sheet.write_string_with_format(row, column, text, format)?;
    }
    Ok(())
}

/// Height in points of a row whose texts go on in the next line of their cells, given with the widths of these. It is written
/// down, since not every program works it out when it opens or prints a file.
pub(crate) fn height<'a>(cells: impl Iterator<Item = (&'a str, f64)>) -> f64 {
    const LINE_POINTS: f64 = 15.0;
    /// A row is never higher than half a page.
    const MOST_LINES: f64 = 16.0;
    let lines = |(text, width): (&str, f64)| {
        // Words break where they end: a line holds one character less on average.
        (text.chars().count() as f64 / (width - 1.0)).ceil()
    };
    LINE_POINTS * cells.map(lines).fold(1.0, f64::max).min(MOST_LINES)
}

/// The headings of a table in bold with a grey ground.
pub(crate) fn write_heading(
    sheet: &mut Worksheet,
    row: u32,
    columns: &[(&str, f64)],
) -> Result<(), WriteError> {
    const GROUND: u32 = 0x00E7_ECF2;
    let format = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin)
        .set_background_color(GROUND);
    sheet.set_row_height(row, height(columns.iter().copied()))?;
    for (column, (title, _)) in (0..).zip(columns) {
        sheet.write_string_with_format(row, column, *title, &format)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RowBlock, open};

    const LINE: ReportLine<'static> = ReportLine {
        file: "phiếu.csv",
        row: 7,
        column: "Vĩ độ",
        value: "=1+1",
        code: RuleCode::G01,
        severity: Severity::Fixed,
        message_vi: "Đã sửa dấu thập phân",
        message_en: "Decimal comma mended",
        suggestion: "-16.5",
    };

    #[track_caller]
    fn check(name: &str, bytes: &[u8], value: &str) {
        let mut block = RowBlock::new();
        let mut source = open(name, bytes).expect("opens");
        assert_eq!(source.next_block(&mut block, 10).expect("reads"), 3);
        assert_eq!(block.row(0).cells().collect::<Vec<_>>(), COLUMNS.map(|(title, _)| title),);
        let row: Vec<&str> = block.row(1).cells().collect();
        assert_eq!(
            row,
            [
                "phiếu.csv",
                "7",
                "Vĩ độ",
                value,
                "G01",
                "F",
                LINE.message_vi,
                LINE.message_en,
                "-16.5"
            ]
        );
        assert_eq!(block.row(2).get(1), "", "a finding on the whole file has no row");
    }

    #[test]
    fn a_report_reads_back_from_csv_with_formulas_disarmed() {
        let mut report = ReportWriter::csv(Vec::new()).expect("begins");
        report.push(&LINE).expect("writes");
        report.push(&ReportLine { row: 0, ..LINE }).expect("writes");
        let bytes = report.finish().expect("ends");
        assert!(bytes.starts_with(BYTE_ORDER_MARK));
        check("r.csv", &bytes, "'=1+1");
    }

    #[test]
    fn a_report_reads_back_from_a_workbook_as_text() {
        let mut report = ReportWriter::xlsx(Vec::new()).expect("begins");
        report.push(&LINE).expect("writes");
        report.push(&ReportLine { row: 0, ..LINE }).expect("writes");
        check("r.xlsx", &report.finish().expect("ends"), "=1+1");
    }

    #[test]
    fn a_value_longer_than_a_cell_is_cut_instead_of_spoiling_the_workbook() {
        let long = "ế".repeat(40_000);
        let mut report = ReportWriter::xlsx(Vec::new()).expect("begins");
        report.push(&ReportLine { value: &long, ..LINE }).expect("writes");
        report.finish().expect("ends");
    }
}
