use super::*;
use calamine::{Data, Reader, Xlsx};
use diachiso_model::RegisterField;
use std::io::Cursor;

fn line(village: &str, id: &str, poverty: PovertyClass) -> GapLine {
    GapLine {
        commune: "Quảng Phước".to_owned(),
        village: village.to_owned(),
        household_id: id.to_owned(),
        head: "=HYPERLINK(1)".to_owned(),
        members: Some(4),
        poverty,
        ..GapLine::default()
    }
}

fn heading() -> GapHeading<'static> {
    GapHeading {
        area: "Quảng Điền",
        on: Date::constant(2026, 11, 24),
        source: "police",
        closed_on: Date::constant(2026, 6, 30),
        mark: "Bản xuất X-1",
    }
}

fn sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Vec<Vec<String>> {
    let range = book.worksheet_range(name).expect("the sheet");
    range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

#[test]
fn shares_are_written_as_in_vietnam_and_never_round_up_to_all() {
    #[track_caller]
    fn check(part: u64, whole: u64, expected: &str) {
        assert_eq!(percent(part, whole), expected);
    }
    check(665, 670, "99,25");
    check(0, 0, "–");
    check(0, 3, "0,00");
    check(1, 3, "33,33");
    check(2, 3, "66,67");
    check(3, 3, "100,00");
    check(99_999, 100_000, "99,99");
    check(u64::MAX, u64::MAX, "100,00");
}

#[test]
fn the_workbook_holds_the_summary_and_a_sheet_a_village_poor_first() {
    use PovertyClass::{NearPoor, None as NotPoor, Poor};
    let lines = [
        line("Phước Lập", "H1", NotPoor),
        line("Phước/Lâm", "H2", NotPoor),
        line("Phước Lập", "H3", Poor),
        line("Phước Lập", "H4", NearPoor),
    ];
    let village = VillageSummary {
        commune: "Quảng Phước".to_owned(),
        village: "Phước Lập".to_owned(),
        households: 400,
        covered: 397,
        none: 3,
        poor: 670,
        poor_covered: 665,
        change: Some(-2),
        ..VillageSummary::default()
    };
    let villages = [village.clone(), VillageSummary { households: 1, none: 1, ..village }];
    let bytes = write_xlsx(Vec::new(), &heading(), &villages, &lines).expect("writes");
    let mut book = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    assert_eq!(book.sheet_names(), [SUMMARY_SHEET, "Phước Lập", "Phước Lâm"]);

    let summary = sheet(&mut book, SUMMARY_SHEET);
    assert!(summary[2][0].contains("police") && summary[2][0].contains("30/06/2026"));
    assert_eq!(&summary[4][3..6], ["400", "397", "99,25"]);
    assert_eq!(summary[4][17], "99,25");
    let total = summary.last().expect("a total row");
    assert_eq!(&total[2..5], ["Tổng cộng", "401", "794"]);
    assert_eq!(total[18], "-4");

    let households = sheet(&mut book, "Phước Lập");
    let ids: Vec<&str> = households[4..].iter().map(|row| row[3].as_str()).collect();
    assert_eq!(ids, ["H3", "H4", "H1"]);
    assert_eq!(households[4][4], "=HYPERLINK(1)", "a text, since it reads back as one");
    assert!(book.worksheet_formula("Phước Lập").expect("reads").is_empty());
}

#[test]
fn an_area_of_very_many_villages_gets_a_sheet_a_commune() {
    let lines: Vec<GapLine> = (0..=MAX_VILLAGE_SHEETS)
        .map(|n| line(&format!("Thôn {n}"), "H", PovertyClass::None))
        .collect();
    let bytes = write_xlsx(Vec::new(), &heading(), &[], &lines).expect("writes");
    let book = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    assert_eq!(book.sheet_names(), [SUMMARY_SHEET, "Quảng Phước"]);
}

#[test]
fn both_forms_load_back_as_a_list_of_households() {
    let lines = vec![line("Phước Lập", "H1", PovertyClass::Poor); 3];
    let csv = write_csv(Vec::new(), &lines).expect("writes");
    let xlsx = write_xlsx(Vec::new(), &heading(), &[], &lines).expect("writes");
    for (name, bytes, head) in [("g.csv", csv, "'=HYPERLINK(1)"), ("g.xlsx", xlsx, "=HYPERLINK(1)")]
    {
        let mut block = crate::RowBlock::new();
        let mut source = crate::open(name, bytes.as_slice()).expect("opens");
        source.next_block(&mut block, 100).expect("reads");
        let mapping = crate::map_columns::<RegisterField>(name, &block).expect("maps");
        let row = block.rows().last().expect("a household");
        assert_eq!(mapping.get(row, RegisterField::Head), head);
        assert_eq!(mapping.get(row, RegisterField::Members), "4");
        assert_eq!(mapping.get(row, RegisterField::Poverty), "Hộ nghèo");
    }
}

/// A part of a workbook, as the text that it is packed from.
fn part(book: &[u8], name: &str) -> String {
    let archive = std::sync::Arc::new(book.to_vec());
    let entries = crate::zip_directory::entries(book).expect("an archive");
    let entry = entries.iter().find(|entry| entry.name == name.as_bytes()).expect("the part");
    let part = crate::zip_part::Part::of(&archive, entry).expect("packed as usual");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut part.read(), &mut text).expect("reads");
    text
}

#[test]
fn sheets_are_laid_out_for_paper_and_keep_id_and_hash_out_of_sight() {
    let mut own = line("Phước Lập", "H1", PovertyClass::None);
    (own.row, own.check) = ("police|H1".to_owned(), "v1/x".to_owned());
    let lines = [own, line("Phước Lập", "H2", PovertyClass::None)];
    let bytes = write_xlsx(Vec::new(), &heading(), &[], &lines).expect("writes");

    let mut book = Xlsx::new(Cursor::new(bytes.clone())).expect("a workbook");
    let rows = sheet(&mut book, "Phước Lập");
    assert_eq!(&rows[3][15..], ["Kết quả", "Ghi chú", "Mã dòng", "Mã kiểm tra"]);
    assert_eq!(&rows[4][17..], ["police|H1", "v1/x"]);

    // Behind the sheet of the summary.
    let xml = part(&bytes, "xl/worksheets/sheet2.xml");
    let columns: Vec<&str> = xml.split("<col ").skip(1).collect();
    let hidden: Vec<&str> =
        columns.iter().filter(|col| col.contains("hidden=\"1\"")).map(|col| &col[..17]).collect();
    assert_eq!(hidden, ["min=\"18\" max=\"19\""], "{columns:?}");
    let setup = xml.split("<pageSetup ").nth(1).expect("a page setup");
    for said in ["paperSize=\"9\"", "orientation=\"landscape\"", "fitToHeight=\"0\""] {
        assert!(setup.contains(said), "{setup}");
    }
    assert!(xml.contains("<pageSetUpPr fitToPage=\"1\"/>"));
    let validation = xml.split("<dataValidation ").nth(1).expect("a validation");
    // Two households and the rows below them.
    assert!(validation.contains("type=\"list\"") && validation.contains("sqref=\"P5:P56\""));
    let words = RESULTS.join(",");
    assert!(validation.contains(&words), "{validation}");
    assert!(words.encode_utf16().count() <= 255, "Excel takes no longer list");
    let names = part(&bytes, "xl/workbook.xml");
    assert!(names.contains("'Phước Lập'!$4:$4"), "the heading is printed on every page: {names}");
}

#[test]
fn counts_are_parted_by_points_in_every_language_of_the_program_that_opens_them() {
    let bytes = write_xlsx(Vec::new(), &heading(), &[VillageSummary::default()], &[]);
    let styles = part(&bytes.expect("writes"), "xl/styles.xml");
    // Points that are text: the separator of a number format would be a comma in English.
    let points = "[&gt;=1000]#&quot;.&quot;000;0";
    assert!(styles.contains(points) && !styles.contains("#,##0"), "{styles}");
}

#[test]
fn a_filled_list_comes_back_from_either_form() {
    let mut lines: Vec<GapLine> =
        (1..=4).map(|n| line("Phước Lập", &format!("H{n}"), PovertyClass::None)).collect();
    for own in &mut lines {
        own.row = format!("police|{}", own.household_id);
        own.check = format!("v1/{}", own.household_id);
    }
    for (at, said) in [(0, "Vắng nhà"), (2, "Đã chuyển đi")] {
        said.clone_into(&mut lines[at].result);
    }
    let csv = write_csv(Vec::new(), &lines).expect("writes");
    let xlsx = write_xlsx(Vec::new(), &heading(), &[], &lines).expect("writes");
    for (name, bytes, expected) in [("g.csv", csv, None), ("g.xlsx", xlsx, Some("Phước Lập"))]
    {
        let found = crate::field_results::read_field_results(name, bytes.as_slice());
        let found = found.expect("reads");
        assert_eq!(found.rejects, [], "{name}");
        let told: Vec<_> = found
            .rows
            .iter()
            .map(|row| (row.sheet.as_deref(), row.word.as_str(), &*row.check))
            .collect();
        assert_eq!(told, [(expected, "absent", "v1/H1"), (expected, "moved", "v1/H3")], "{name}");
    }
}
