//! Workbooks as offices make them: merged headings, covers, formulas, dates, old formats.

mod support;

use diachiso_model::{Field as _, SubmissionField as S};
use diachiso_source::{
    HEADER_SEARCH_ROWS, Mapping, MappingFile, Opened, RowBlock, Sheet, SheetFate, SourceError,
    map_columns, open, open_sheets,
};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

fn read(name: &str, bytes: &[u8]) -> RowBlock {
    let (mut all, mut block) = (RowBlock::new(), RowBlock::new());
    let mut source = open(name, bytes).expect("opens");
    while source.next_block(&mut block, 100).expect("reads") > 0 {
        block.rows().for_each(|row| all.push_row(row.number, row.cells()));
    }
    all
}

fn map(block: &RowBlock) -> Mapping<S> {
    map_columns("a.xlsx", block).expect("maps")
}

fn columns(mapping: &Mapping<S>) -> Vec<(S, usize)> {
    S::ALL.iter().filter_map(|&field| Some((field, mapping.column(field)?))).collect()
}

fn write(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        sheet.write_string(row, column, *cell).expect("writes");
    }
}

fn merge(sheet: &mut Worksheet, from: (u32, u16), to: (u32, u16), text: &str) {
    sheet.merge_range(from.0, from.1, to.0, to.1, text, &Format::new()).expect("merges");
}

#[test]
fn a_heading_merged_over_two_rows_is_read_below_a_letterhead() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    merge(sheet, (0, 0), (0, 6), "UBND XÃ QUẢNG PHƯỚC");
    merge(sheet, (2, 0), (2, 6), "DANH SÁCH HỘ");
    merge(sheet, (4, 0), (5, 0), "STT");
    merge(sheet, (4, 1), (5, 1), "Họ tên chủ hộ");
    merge(sheet, (4, 2), (4, 3), "Địa chỉ");
    merge(sheet, (4, 4), (4, 5), "Tọa độ");
    merge(sheet, (4, 6), (5, 6), "Ngày");
    write(sheet, 5, &["", "", "Thôn", "Xã", "X (m)", "Y (m)"]);
    write(sheet, 6, &["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"]);
    write(sheet, 7, &["1", "Võ Thị Lài", "Phước Lập", "Quảng Phước", "1833104", "553801", "x"]);
    let block = read("a.xlsx", &book.save_to_buffer().expect("a workbook"));
    let mapping = map(&block);
    assert_eq!(mapping.header_row(), 6);
    let expected = [
        (S::Ordinal, 0),
        (S::Head, 1),
        (S::Village, 2),
        (S::Commune, 3),
        (S::Latitude, 4),
        (S::Longitude, 5),
        (S::CollectedOn, 6),
    ];
    assert_eq!(columns(&mapping), expected);
    let kept: Vec<u32> = block
        .rows()
        .filter(|row| diachiso_source::non_record(&mapping, *row).is_none())
        .map(|row| row.number)
        .collect();
    assert_eq!(kept, [8]);
}

#[test]
fn a_list_of_codes_is_left_alone_however_long() {
    let mut book = Workbook::new();
    let codes = book.add_worksheet();
    for row in 0..60 {
        write(codes, row, &["19882", "Quảng Phước"]);
    }
    let sheet = book.add_worksheet();
    write(sheet, 0, &["Họ tên chủ hộ", "Xã", "Ngày"]);
    write(sheet, 1, &["Võ Thị Lài", "Quảng Phước", "1/3/2024"]);
    let block = read("a.xlsx", &book.save_to_buffer().expect("a workbook"));
    assert_eq!(block.len(), 2);
}

#[test]
fn a_heading_merged_over_three_rows_is_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    merge(sheet, (0, 0), (2, 0), "Chủ hộ");
    merge(sheet, (0, 1), (0, 4), "Nơi ở");
    merge(sheet, (1, 1), (1, 2), "Đơn vị hành chính");
    merge(sheet, (1, 3), (1, 4), "Vị trí");
    merge(sheet, (0, 5), (2, 5), "Ngày");
    write(sheet, 2, &["", "Thôn", "Xã", "Vĩ độ", "Kinh độ"]);
    write(sheet, 3, &["Lê Bé", "Phước Lập", "Quảng Phước", "16,57", "107,5", "1/3/2024"]);
    let block = read("a.xlsx", &book.save_to_buffer().expect("a workbook"));
    let mapping = map(&block);
    assert_eq!(mapping.header_row(), 3);
    let expected = [
        (S::Head, 0),
        (S::Village, 1),
        (S::Commune, 2),
        (S::Latitude, 3),
        (S::Longitude, 4),
        (S::CollectedOn, 5),
    ];
    assert_eq!(columns(&mapping), expected);
    assert_eq!(mapping.get(block.row(3), S::Village), "Phước Lập");
}

#[test]
fn the_same_heading_is_read_from_csv() {
    let text = "UBND,,,\n\nChủ hộ,Nơi ở,,Ngày\n,Đơn vị,,\n,Thôn,Xã,\nLê Bé,PL,QP,1/3/2024\n";
    let block = read("a.csv", text.as_bytes());
    let mapping = map(&block);
    assert_eq!(mapping.header_row(), 5);
    assert_eq!(
        columns(&mapping),
        [(S::Head, 0), (S::Village, 1), (S::Commune, 2), (S::CollectedOn, 3)]
    );
}

#[test]
fn a_heading_below_the_rows_looked_at_is_not_found() {
    let rows = u32::try_from(HEADER_SEARCH_ROWS).expect("small");
    for (above, found) in [(rows - 1, true), (rows, false)] {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        (0..above).for_each(|row| write(sheet, row, &["UBND"]));
        write(sheet, above, &["Chủ hộ", "Xã", "Ngày"]);
        let block = read("a.xlsx", &book.save_to_buffer().expect("a workbook"));
        assert_eq!(map_columns::<S>("a.xlsx", &block).is_ok(), found);
    }
}

#[test]
fn of_several_sheets_the_one_with_the_most_rows_is_read() {
    let mut book = Workbook::new();
    for (name, rows) in [("Bìa", 3), ("Danh sách", 9), ("Mã", 5), ("Trống", 0)] {
        let sheet = book.add_worksheet().set_name(name).expect("a name");
        (0..rows).for_each(|row| write(sheet, row, &[name]));
    }
    let block = read("a.xlsx", &book.save_to_buffer().expect("a workbook"));
    assert_eq!((block.len(), block.row(0).get(0)), (9, "Danh sách"));
}

/// What is done with each sheet of a workbook: its name, whether it is read, whether the file's name says enough.
fn fates(bytes: &[u8], chosen: &[&str]) -> Result<Vec<(String, SheetFate, bool)>, SourceError> {
    let Opened::Workbook(book) = open_sheets("a.xlsx", bytes)? else { panic!("no workbook") };
    let chosen: Vec<String> = chosen.iter().map(|&title| title.to_owned()).collect();
    let told = |sheet: &Sheet| (sheet.title().to_owned(), sheet.fate(), sheet.lone());
    Ok(book.choose::<S>(&MappingFile::default(), &chosen)?.iter().map(told).collect())
}

/// A workbook of sheets by name: with a heading of submissions or another, hidden or not.
fn sheets(of: &[(&str, bool, bool)]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, data, visible) in of {
        let sheet = book.add_worksheet().set_name(*name).expect("a name").set_hidden(!visible);
        let heading =
            if *data { ["Chủ hộ", "Xã", "Ngày"] } else { ["Mã", "Tên", "Ghi chú"] };
        write(sheet, 0, &heading);
        write(sheet, 1, &["Võ Thị Lài", "Quảng Phước", "1/3/2024"]);
    }
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn every_visible_sheet_with_the_columns_is_read_unless_some_are_chosen() {
    use SheetFate::{Hidden, NotChosen, NotData, Read};
    #[track_caller]
    fn check(bytes: &[u8], chosen: &[&str], expected: &[(&str, SheetFate, bool)]) {
        let fates = fates(bytes, chosen).expect("chooses");
        let fates: Vec<_> = fates.iter().map(|(t, fate, lone)| (&**t, *fate, *lone)).collect();
        assert_eq!(fates, expected, "{chosen:?}");
    }
    let book =
        sheets(&[("A", true, true), ("Mã", false, true), ("B", true, true), ("C", true, false)]);
    let all =
        [("A", Read, false), ("Mã", NotData, false), ("B", Read, false), ("C", Hidden, false)];
    check(&book, &[], &all);
    // Names that another workbook of the same run has change nothing here.
    check(&book, &["Z"], &all);
    let some =
        [("A", NotChosen, false), ("Mã", NotData, false), ("B", Read, false), ("C", Read, false)];
    check(&book, &["c", " B "], &some);
    // The sheet that would be read anyway is told by the name of the file, asked for or not.
    let one = sheets(&[("A", true, true), ("C", true, false)]);
    check(&one, &[], &[("A", Read, true), ("C", Hidden, false)]);
    check(&one, &["A"], &[("A", Read, true), ("C", Hidden, false)]);
    check(&one, &["C"], &[("A", NotChosen, true), ("C", Read, false)]);
    // Where no sheet fits, one is read so that it can be told what it lacks.
    let none = sheets(&[("A", false, true), ("B", false, true)]);
    check(&none, &[], &[("A", Read, true), ("B", NotData, false)]);
}

#[test]
fn where_all_households_are_hidden_the_sheets_to_ask_for_are_named() {
    let book = sheets(&[("Bìa", false, true), ("Dữ liệu", true, false)]);
    let words = fates(&book, &[]).expect_err("is refused").to_string();
    assert!(words.contains("hides `Dữ liệu`") && words.contains("--sheet"), "{words}");
    assert_eq!(fates(&book, &["Dữ liệu"]).expect("chooses")[1].1, SheetFate::Read);
}

#[test]
fn of_a_formula_its_kept_value_is_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let mut put = |column, formula: &str, result: &str| {
        let formula = Formula::new(formula).set_result(result);
        sheet.write_formula(0, column, formula).expect("writes");
    };
    put(0, "=B1*2", "8");
    put(1, "=\"Võ \"&\"Lài\"", "Võ Lài");
    put(2, "=1/0", "#DIV/0!");
    put(3, "=A1/3", "16.573500001");
    let block = read("a.xlsx", &book.save_to_buffer().expect("a workbook"));
    let cells: Vec<&str> = block.row(0).cells().collect();
    assert_eq!(cells, ["8", "Võ Lài", "#DIV/0!", "16.573500001"]);
}

#[test]
fn a_date_is_read_as_a_day_and_as_a_serial_number_where_its_format_is_lost() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = ExcelDateTime::from_ymd(2024, 3, 5).expect("a day");
    for (column, format) in (0..).zip(["dd/mm/yyyy", "yyyy-mm", "[$-42A]dd mmmm yyyy"]) {
        let format = Format::new().set_num_format(format);
        sheet.write_datetime_with_format(0, column, &day, &format).expect("writes");
    }
    sheet.write_number(0, 3, 45_356.0).expect("writes");
    sheet.write_number(0, 4, 45_356.5).expect("writes");
    sheet.write_string(0, 5, "05/03/2024").expect("writes");
    let time = Format::new().set_num_format("hh:mm:ss");
    sheet.write_number_with_format(0, 6, 0.3125, &time).expect("writes");
    let block = read("a.xlsx", &book.save_to_buffer().expect("a workbook"));
    let cells: Vec<&str> = block.row(0).cells().collect();
    let day = "2024-03-05";
    assert_eq!(cells, [day, day, day, "45356", "45356.5", "05/03/2024", "07:30:00"]);
    for serial in &cells[..5] {
        let date = day.parse().expect("a day");
        let serial_number = !serial.contains('-');
        let expected = diachiso_text::date::DateOutcome::Valid { date, serial: serial_number };
        assert_eq!(diachiso_text::date::parse(serial), expected);
    }
}

#[test]
fn an_ods_file_is_read_as_an_xlsx_file_is() {
    let value = |kind: &str, value: &str| {
        format!(
            "<table:table-cell office:value-type=\"{kind}\" office:{value}><text:p>?</text:p></table:table-cell>"
        )
    };
    let values = [
        value("float", "value=\"16.5735\""),
        value("date", "date-value=\"2024-03-05\""),
        value("boolean", "boolean-value=\"true\""),
    ];
    let rows = [
        support::ods_row(&["DANH SÁCH"]),
        "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell/></table:table-row>"
            .to_owned(),
        support::ods_row(&["Chủ hộ", "Xã", "Ngày"]),
        support::ods_row(&["Võ Thị Lài", "Quảng Phước", "1/3/2024"]),
        format!("<table:table-row>{}</table:table-row>", values.concat()),
    ];
    let bytes = support::ods(&[("Bìa", &support::ods_row(&["Bìa"])), ("Hộ", &rows.concat())]);
    let block = read("a.csv", &bytes);
    let mapping = map(&block);
    assert_eq!(mapping.header_row(), 4);
    assert_eq!(mapping.get(block.row(2), S::Head), "Võ Thị Lài");
    let cells: Vec<&str> = block.row(3).cells().collect();
    assert_eq!((block.row(3).number, cells), (6, vec!["16.5735", "2024-03-05", "TRUE"]));
}

#[test]
fn an_xls_file_is_read_as_an_xlsx_file_is() {
    let bytes =
        support::xls(&[&["Chủ hộ", "Xã", "Ngày"], &["Võ Thị Lài", "Quảng Phước", "1/3/2024"]]);
    let block = read("a.csv", &bytes);
    let mapping = map(&block);
    assert_eq!(mapping.header_row(), 1);
    assert_eq!(mapping.get(block.row(1), S::Commune), "Quảng Phước");
}

#[track_caller]
fn refuse(name: &str, bytes: &[u8], words: &str) {
    let error = open(name, bytes).err().expect("is refused").to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_sheet_whose_rows_or_cells_contradict_each_other_is_refused() {
    let cell = |at: &str| format!("<c r=\"{at}\"><v>1</v></c>");
    let row = |number: u32, cells: &str| format!("<row r=\"{number}\">{cells}</row>");
    let one = row(1, &cell("A1"));
    let two = row(2, &format!("{}{}", cell("A2"), cell("B2")));
    assert_eq!(read("a.xlsx", &support::xlsx(&format!("{one}{two}"))).len(), 2);
    refuse("a.xlsx", &support::xlsx(&format!("{two}{one}")), "row 1 stands below row 2");
    let twice = row(2, &format!("{}{}", cell("A2"), cell("A2")));
    refuse("a.xlsx", &support::xlsx(&twice), "a cell of row 2 stands twice");
}

#[test]
fn an_ods_file_whose_sheet_is_left_open_is_refused_and_not_waited_for() {
    let open_sheet = format!("{}<!--", support::ods_row(&["Chủ hộ"]));
    refuse("a.ods", &support::ods(&[("S", &open_sheet)]), "damaged");
    let filled = support::ods_row(&["x"]);
    let bomb = filled.replace(
        "<table:table-row>",
        "<table:table-row table:number-rows-repeated=\"9999999999\">",
    );
    refuse("a.ods", &support::ods(&[("S", &bomb)]), "16777216 cells");
}

#[test]
fn an_xls_file_that_asks_for_more_than_it_holds_is_refused() {
    let good = support::xls(&[&["a", "b"], &["c", "d"]]);
    let label = |row: u8, column: u8| [4, 2, 11, 0, row, 0, column, 0, 0, 0, 1, 0, 1];
    let find = |bytes: &[u8]| good.windows(bytes.len()).position(|w| w == bytes).expect("stands");
    let mut far = good.clone();
    let at = find(&label(1, 1));
    far[at + 4..at + 8].fill(0xFF);
    refuse("a.xls", &far, "16777216 cells");
    // The directory's second sector is its first: a chain without an end.
    let mut circle = good.clone();
    circle[512 + 4..512 + 8].copy_from_slice(&1_u32.to_le_bytes());
    refuse("a.xls", &circle, "contradict");
    for cut in (0..good.len()).step_by(100) {
        assert!(open("a.xls", &good[..cut]).is_err() || cut > 512);
    }
}
