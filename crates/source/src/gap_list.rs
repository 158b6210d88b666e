//! The workbook "Danh sách hộ chưa có địa chỉ số": who is missing and why, for the teams.

use crate::WriteError;
use crate::report::{BYTE_ORDER_MARK, height, lay_out, write_cell, write_heading};
use crate::safe_cell::safe_cell;
use crate::sheet_name::SheetNames;
use diachiso_model::{Date, PovertyClass, ResultWord};
use rust_xlsxwriter::{DataValidation, Format, FormatAlign, FormatBorder, Workbook, Worksheet};
use std::io::Write;

const TITLE: &str = "DANH SÁCH HỘ CHƯA CÓ ĐỊA CHỈ SỐ";
const SUMMARY_SHEET: &str = "Tổng hợp theo thôn";

/// Most villages that get a sheet of their own; a larger area gets a sheet per commune. A
/// district has about 90.
pub const MAX_VILLAGE_SHEETS: usize = 250;

/// Thousands apart by points, whatever language the program that opens it speaks: `3.303` beside `99,25`.
const THOUSANDS: &str = r#"[>=1000000]#"."000"."000;[>=1000]#"."000;0"#;

/// Rows above the heading of a sheet: title, area and day, source of the denominator.
const LETTERHEAD_ROWS: u32 = 3;

/// Answers that the result column offers; they load back ([`crate::field_results`]).
pub const RESULTS: [&str; 7] = {
    let mut words = [""; ResultWord::ALL.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = ResultWord::ALL[at].vi();
        at += 1;
    }
    words
};

/// Rows below the last household of a sheet in which the result column offers its answers too: for households that no
/// list names. A team that finds more of them in one village types the word.
const ROWS_FOR_NEW: u32 = 50;

/// What the list is about.
#[derive(Clone, Copy, Debug)]
pub struct GapHeading<'a> {
    /// Name of the area.
    pub area: &'a str,
    /// Day whose state is listed.
    pub on: Date,
    /// Source of the register that coverage is measured against.
    pub source: &'a str,
    /// Closing date of that register.
    pub closed_on: Date,
    /// What the file says of itself: its id, who asked for it, when it ends. On every sheet and every printed page.
    pub mark: &'a str,
}

/// One household without a digital address.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct GapLine {
    /// Commune on the day of the list.
    pub commune: String,
    /// Village.
    pub village: String,
    /// Id in the register.
    pub household_id: String,
    /// Name of the head.
    pub head: String,
    /// Address in one line.
    pub address: String,
    /// Commune before the last reform, where it was another.
    pub old_commune: String,
    /// Persons, where known.
    pub members: Option<u16>,
    /// Poverty class.
    pub poverty: PovertyClass,
    /// Why it has no address, in words.
    pub reason: String,
    /// Where to look: the nearest covered neighbour with distance and direction.
    pub position: String,
    /// Place in the walk through the village, from 1.
    pub walk: Option<u32>,
    /// Telephone, masked.
    pub phone: String,
    /// Who goes there.
    pub person: String,
    /// When.
    pub appointment: String,
    /// What came of it; empty until filled in by hand.
    pub result: String,
    /// Free note.
    pub note: String,
    /// Which line of which register this is ([`diachiso_model::RowKey`]); hidden in the workbook.
    pub row: String,
    /// The hash of what the row says, with what it is made of that people do not see; hidden in the workbook.
    pub check: String,
}

/// The figures of one village. `covered` and the eight states behind it add up to `households`.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct VillageSummary {
    /// Commune on the day of the list.
    pub commune: String,
    /// Village.
    pub village: String,
    /// Households of the register that count: the denominator.
    pub households: u64,
    /// Those with a digital address: the numerator.
    pub covered: u64,
    /// Held for review.
    pub pending: u64,
    /// Handed in and rejected.
    pub rejected: u64,
    /// Nothing handed in.
    pub none: u64,
    /// Nothing handed in; the team says that it is done.
    pub claimed: u64,
    /// Visited, nobody home.
    pub absent: u64,
    /// Away for long.
    pub away: u64,
    /// Refused.
    pub refused: u64,
    /// Said to have moved or to be no more, not approved yet.
    pub leaving: u64,
    /// Submissions in no register; in neither figure.
    pub outside_list: u64,
    /// Poor households.
    pub poor: u64,
    /// Poor households with a digital address.
    pub poor_covered: u64,
    /// Covered households more than in the last list; `None` when there was none.
    pub change: Option<i64>,
    /// The team.
    pub team: String,
}

impl VillageSummary {
    fn add(&mut self, other: &Self) {
        self.households += other.households;
        self.covered += other.covered;
        self.pending += other.pending;
        self.rejected += other.rejected;
        self.none += other.none;
        self.claimed += other.claimed;
        self.absent += other.absent;
        self.away += other.away;
        self.refused += other.refused;
        self.leaving += other.leaving;
        self.outside_list += other.outside_list;
        self.poor += other.poor;
        self.poor_covered += other.poor_covered;
        self.change = match (self.change, other.change) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
    }
}

/// A share in the Vietnamese manner: `99,25`; `–` of nothing. Rounded half up, but `100,00`
/// only when none is missing.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    const FULL: u128 = 10_000;
    if whole == 0 {
        return "–".to_owned();
    }
    let (part_wide, whole_wide) = (u128::from(part), u128::from(whole));
    let mut hundredths = (part_wide * FULL + whole_wide / 2) / whole_wide;
    if part < whole {
        hundredths = hundredths.min(FULL - 1);
    }
    format!("{},{:02}", hundredths / 100, hundredths % 100)
}

/// A poverty class in words; empty for neither.
fn poverty_vi(class: PovertyClass) -> &'static str {
    match class {
        PovertyClass::Poor => "Hộ nghèo",
        PovertyClass::NearPoor => "Hộ cận nghèo",
        PovertyClass::None => "",
    }
}

/// A day as `24/11/2026`.
fn day_vi(day: Date) -> String {
    format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
}

/// The columns of households: heading and width in characters.
///
/// Together 194 characters: on A4 landscape the text prints at three quarters of its size.
/// The last [`HIDDEN`] are not shown, and not printed.
const COLUMNS: [(&str, f64); 19] = [
    ("STT", 4.0),
    ("Xã/Phường", 10.0),
    ("Thôn/Tổ dân phố", 11.0),
    ("Mã hộ", 13.0),
    ("Họ và tên chủ hộ", 17.0),
    ("Địa chỉ", 15.0),
    ("Xã cũ", 8.0),
    ("Số nhân khẩu", 6.0),
    ("Diện hộ", 7.0),
    ("Lý do chưa có", 20.0),
    ("Vị trí gợi ý", 27.0),
    ("Thứ tự đi", 5.0),
    ("Điện thoại", 10.0),
    ("Người phụ trách", 9.0),
    ("Lịch hẹn", 8.0),
    ("Kết quả", 12.0),
    ("Ghi chú", 12.0),
    ("Mã dòng", 14.0),
    ("Mã kiểm tra", 14.0),
];

/// Columns by which a filled list is known again.
const HIDDEN: usize = 2;

const MEMBERS: usize = 7;
const WALK: usize = 11;
const RESULT: u16 = 15;

/// The columns of the summary.
const SUMMARY: [(&str, f64); 20] = [
    ("STT", 5.0),
    ("Xã/Phường", 16.0),
    ("Thôn/Tổ dân phố", 18.0),
    ("Số hộ", 8.0),
    ("Đã có ĐCS", 8.0),
    ("Tỷ lệ (%)", 8.0),
    ("Chờ duyệt", 8.0),
    ("Bị trả lại", 9.0),
    ("Chưa nộp", 9.0),
    ("Đội báo đã làm", 9.0),
    ("Vắng nhà", 9.0),
    ("Đi vắng dài ngày", 9.0),
    ("Từ chối", 8.0),
    ("Báo rời đi, chờ duyệt", 9.0),
    ("Ngoài danh sách", 9.0),
    ("Hộ nghèo", 8.0),
    ("Hộ nghèo đã có", 9.0),
    ("Tỷ lệ hộ nghèo (%)", 9.0),
    ("Tăng/giảm", 8.0),
    ("Tổ phụ trách", 18.0),
];

/// The cells of a household behind its running number.
fn cells(line: &GapLine) -> [String; 18] {
    [
        line.commune.clone(),
        line.village.clone(),
        line.household_id.clone(),
        line.head.clone(),
        line.address.clone(),
        line.old_commune.clone(),
        line.members.map_or_else(String::new, |members| members.to_string()),
        poverty_vi(line.poverty).to_owned(),
        line.reason.clone(),
        line.position.clone(),
        line.walk.map_or_else(String::new, |walk| walk.to_string()),
        line.phone.clone(),
        line.person.clone(),
        line.appointment.clone(),
        line.result.clone(),
        line.note.clone(),
        line.row.clone(),
        line.check.clone(),
    ]
}

/// The lines in the order of the list: by commune and village as they first come, the poor
/// first within a village, then the near-poor, and otherwise as given (walking order).
fn in_order(lines: &[GapLine]) -> Vec<&GapLine> {
    let mut places = std::collections::HashMap::new();
    for line in lines {
        let next = places.len();
        places.entry((&line.commune, &line.village)).or_insert(next);
    }
    let mut ordered: Vec<&GapLine> = lines.iter().collect();
    ordered.sort_by_key(|line| {
        (places[&(&line.commune, &line.village)], std::cmp::Reverse(line.poverty as u8))
    });
    ordered
}

/// Writes the households as csv: UTF-8 with a byte-order mark, no cell that starts a formula.
///
/// # Errors
/// [`WriteError`] when `to` fails.
pub fn write_csv<W: Write>(mut to: W, lines: &[GapLine]) -> Result<W, WriteError> {
    to.write_all(BYTE_ORDER_MARK)?;
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(COLUMNS.map(|(title, _)| title))?;
    for (number, line) in (1_usize..).zip(in_order(lines)) {
        csv.write_field(number.to_string())?;
        for cell in cells(line) {
            csv.write_field(safe_cell(&cell).as_bytes())?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(csv.into_inner().map_err(csv::IntoInnerError::into_error)?)
}

/// Writes the workbook: the summary with its total row, then a sheet per village (per commune
/// beyond [`MAX_VILLAGE_SHEETS`]), each A4 landscape with a heading that stays.
///
/// # Errors
/// [`WriteError`] when `to` fails.
pub fn write_xlsx<W: Write + Send>(
    mut to: W,
    heading: &GapHeading<'_>,
    villages: &[VillageSummary],
    lines: &[GapLine],
) -> Result<W, WriteError> {
    let mut book = Workbook::new();
    let mut names = SheetNames::default();
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name(names.unique(SUMMARY_SHEET))?;
    write_summary(sheet, heading, villages)?;

    let ordered = in_order(lines);
    let by_village = |a: &&GapLine, b: &&GapLine| a.commune == b.commune && a.village == b.village;
    let by_commune = |a: &&GapLine, b: &&GapLine| a.commune == b.commune;
    if ordered.chunk_by(by_village).count() <= MAX_VILLAGE_SHEETS {
        for group in ordered.chunk_by(by_village) {
            let place = format!("{}, {}", group[0].village, group[0].commune);
            let sheet = book.add_worksheet_with_constant_memory()?;
            sheet.set_name(names.unique(&group[0].village))?;
            write_households(sheet, heading, &place, group)?;
        }
    } else {
        let mut ordered = ordered;
        ordered.sort_by_key(|line| &line.commune);
        for group in ordered.chunk_by(by_commune) {
            let sheet = book.add_worksheet_with_constant_memory()?;
            sheet.set_name(names.unique(&group[0].commune))?;
            write_households(sheet, heading, &group[0].commune, group)?;
        }
    }
    book.save_to_writer(&mut to)?;
    to.flush()?;
    Ok(to)
}

fn write_letterhead(
    sheet: &mut Worksheet,
    heading: &GapHeading<'_>,
    title: &str,
    place: &str,
) -> Result<(), WriteError> {
    const TITLE_POINTS: f64 = 14.0;
    let bold = Format::new().set_bold().set_font_size(TITLE_POINTS);
    sheet.write_string_with_format(0, 0, title, &bold)?;
    let (on, closed_on) = (day_vi(heading.on), day_vi(heading.closed_on));
    sheet.write_string(1, 0, format!("{place} – tình hình đến ngày {on}"))?;
    let source = heading.source;
    let mut third = format!("Mẫu số: danh sách hộ “{source}”, chốt ngày {closed_on}");
    if !heading.mark.is_empty() {
        third.push_str(". ");
        third.push_str(heading.mark);
        // `&` begins a control code of footers.
        sheet.set_footer(format!("&L{}&RTrang &P/&N", heading.mark.replace('&', "&&")));
    }
    sheet.write_string(2, 0, third)?;
    Ok(())
}

fn write_summary(
    sheet: &mut Worksheet,
    heading: &GapHeading<'_>,
    villages: &[VillageSummary],
) -> Result<(), WriteError> {
    lay_out(sheet, LETTERHEAD_ROWS + 1, &SUMMARY)?;
    let title = format!("{TITLE} – {}", SUMMARY_SHEET.to_uppercase());
    write_letterhead(sheet, heading, &title, heading.area)?;
    write_heading(sheet, LETTERHEAD_ROWS, &SUMMARY)?;
    let mut total =
        VillageSummary { village: "Tổng cộng".to_owned(), ..VillageSummary::default() };
    let plain = Format::new().set_border(FormatBorder::Thin);
    let mut row = LETTERHEAD_ROWS + 1;
    for (number, village) in (1..).zip(villages) {
        write_village(sheet, row, Some(number), village, &plain)?;
        total.add(village);
        row += 1;
    }
    write_village(sheet, row, None, &total, &plain.clone().set_bold())
}

fn write_village(
    sheet: &mut Worksheet,
    row: u32,
    number: Option<u32>,
    village: &VillageSummary,
    format: &Format,
) -> Result<(), WriteError> {
    let right = format.clone().set_align(FormatAlign::Right);
    let counted = format.clone().set_num_format(THOUSANDS);
    let number = number.map_or_else(String::new, |number| number.to_string());
    let middle = format.clone().set_align(FormatAlign::Center);
    sheet.write_string_with_format(row, 0, number, &middle)?;
    sheet.write_string_with_format(row, 1, &village.commune, format)?;
    sheet.write_string_with_format(row, 2, &village.village, format)?;
    let counts = [
        (3, village.households),
        (4, village.covered),
        (6, village.pending),
        (7, village.rejected),
        (8, village.none),
        (9, village.claimed),
        (10, village.absent),
        (11, village.away),
        (12, village.refused),
        (13, village.leaving),
        (14, village.outside_list),
        (15, village.poor),
        (16, village.poor_covered),
    ];
    for (column, count) in counts {
        if column == 6 {
            let share = percent(village.covered, village.households);
            sheet.write_string_with_format(row, 5, share, &right)?;
        }
        sheet.write_number_with_format(row, column, count as f64, &counted)?;
    }
    let share = percent(village.poor_covered, village.poor);
    sheet.write_string_with_format(row, 17, share, &right)?;
    match village.change {
        Some(change) => sheet.write_number_with_format(row, 18, change as f64, format)?,
        None => sheet.write_string_with_format(row, 18, "–", &right)?,
    };
    sheet.write_string_with_format(row, 19, &village.team, format)?;
    Ok(())
}

fn write_households(
    sheet: &mut Worksheet,
    heading: &GapHeading<'_>,
    place: &str,
    lines: &[&GapLine],
) -> Result<(), WriteError> {
    lay_out(sheet, LETTERHEAD_ROWS + 1, &COLUMNS)?;
    write_letterhead(sheet, heading, TITLE, place)?;
    write_heading(sheet, LETTERHEAD_ROWS, &COLUMNS)?;
    let shown = COLUMNS.len() - HIDDEN;
    sheet.set_column_range_hidden(shown as u16, COLUMNS.len() as u16 - 1)?;
    // Long reasons go on in the next line of their cell: on paper nothing may be cut off by the cell beside it.
    let plain =
        Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
    // A number in a narrow column is read best in its middle.
    let middle = plain.clone().set_align(FormatAlign::Center);
    let first = LETTERHEAD_ROWS + 1;
    for ((row, number), line) in (first..).zip(1_u32..).zip(lines) {
        let texts = cells(line);
        let widths = COLUMNS[1..shown].iter().map(|(_, width)| *width);
        sheet.set_row_height(row, height(texts.iter().map(String::as_str).zip(widths)))?;
        sheet.write_number_with_format(row, 0, number, &middle)?;
        for ((column, index), cell) in (1..).zip(1_usize..).zip(texts) {
            match line.members {
                Some(members) if index == MEMBERS => {
                    sheet.write_number_with_format(row, column, members, &middle)?;
                }
                _ if index == WALK => write_cell(sheet, row, column, &cell, &middle)?,
                _ => write_cell(sheet, row, column, &cell, &plain)?,
            }
        }
    }
    let last = first + (lines.len() as u32).saturating_sub(1) + ROWS_FOR_NEW;
    let answers = DataValidation::new()
        .allow_list_strings(&RESULTS)?
        .set_error_title("Kết quả")?
        .set_error_message("Chọn một kết quả trong danh mục.")?;
    sheet.add_data_validation(first, RESULT, last, RESULT, &answers)?;
    Ok(())
}

#[cfg(test)]
mod tests;
