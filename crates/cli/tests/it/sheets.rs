//! Workbooks with a sheet for each village: all of them are read, each row is told by its sheet, and what is left alone is
//! named.

use std::{fs, path::Path};

use crate::support::{self, corpus};
use diachiso_source::{MappingFile, Opened, RowBlock, Sheet, SheetFate, open_sheets};
use serde_json::Value;
use support::{diachiso, folder, run_args, succeed};

const BOOK: &str = "moi-thon-mot-trang.xlsx";
const HA_HAI: &str = "moi-thon-mot-trang.xlsx [Thôn Hà Hải]";
const PHO_MAI: &str = "moi-thon-mot-trang.xlsx [Thôn Phò Mai]";

fn book() -> String {
    corpus::path(BOOK).to_string_lossy().into_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Sheets that were left alone, as JSON tells them: name, rows, why.
fn unread(of: &Value) -> Vec<(String, u64, String)> {
    let sheets = of["unread_sheets"].as_array().expect("sheets").iter();
    let text = |cell: &Value| cell.as_str().expect("a text").to_owned();
    sheets
        .map(|s| (text(&s["sheet"]), s["rows"].as_u64().expect("a count"), text(&s["why"])))
        .collect()
}

fn left_alone() -> Vec<(String, u64, String)> {
    [("Bìa", 3, "not_data"), ("Tổng hợp", 4, "not_data"), ("Nháp", 2, "hidden")]
        .map(|(sheet, rows, why)| (sheet.to_owned(), rows, why.to_owned()))
        .to_vec()
}

/// The files of a run: name and rows read.
fn files(summary: &Value) -> Vec<(String, u64)> {
    let files = summary["files"].as_array().expect("files").iter();
    files
        .map(|f| {
            (f["name"].as_str().expect("a name").to_owned(), f["rows_read"].as_u64().expect("rows"))
        })
        .collect()
}

fn run(store: &Path, more: &[&str]) -> Vec<String> {
    let mut args = run_args(store, &[], &[corpus::path(BOOK)]);
    args.extend(more.iter().map(|&arg| arg.to_owned()));
    args
}

#[test]
fn every_sheet_of_households_is_read_and_each_row_is_told_by_its_sheet() {
    let folder = folder();
    let store = folder.path().join("store.gpkg");
    let report = folder.path().join("loi.csv");
    let summary = json(&succeed(run(&store, &["--report", &report.to_string_lossy()])));
    assert_eq!(files(&summary), [(HA_HAI.to_owned(), 10), (PHO_MAI.to_owned(), 6)]);
    for file in summary["files"].as_array().expect("files") {
        let sum: u64 = ["accepted", "held", "duplicate", "rejected", "skipped"]
            .iter()
            .map(|ended| file[*ended].as_u64().expect("a count"))
            .sum();
        assert_eq!(file["rows_read"], sum, "{file}");
    }
    let report = fs::read_to_string(report).expect("a report");
    for place in [format!("{PHO_MAI},3,Ngày thu thập"), format!("{HA_HAI},9,Vĩ độ")] {
        assert!(report.contains(&place), "{place} in {report}");
    }
    // The same row is named to other commands, which read it from what the store kept.
    let store = store.to_string_lossy().into_owned();
    let about = succeed(["explain", &format!("{PHO_MAI}:3"), "--store", &store]);
    assert!(about.contains("T01"), "{about}");
}

#[test]
fn sheets_that_are_left_alone_are_named_with_their_rows() {
    let folder = folder();
    let store = folder.path().join("store.gpkg");
    let checked = json(&succeed(["check", &book(), "--json"]));
    assert_eq!(unread(&checked), left_alone());
    assert_eq!(checked["rows_read"], 16);
    assert_eq!(unread(&json(&succeed(["columns", &book(), "--json"]))), left_alone());
    let output = diachiso(run(&store, &[]));
    assert_eq!(unread(&json(&String::from_utf8_lossy(&output.stdout))), left_alone());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    for text in [words, succeed(["columns", &book()])] {
        for (sheet, rows, _) in left_alone() {
            let line = format!("{BOOK} [{sheet}]: không đọc / not read, {rows} dòng");
            assert!(text.contains(&line), "{line} in {text}");
        }
    }
    let output = diachiso(["check", &book()]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains(&format!("{BOOK} [Nháp]: không đọc / not read, 2 dòng")), "{words}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in ["[Thôn Hà Hải]: 10 dòng", "[Thôn Phò Mai] dòng 3: Ngày thu thập"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    // A code that households of two sheets bear is told with both places.
    assert!(said.contains("[Thôn Hà Hải] dòng 6; [Thôn Phò Mai] dòng 4"), "{said}");
}

#[test]
fn sheets_are_chosen_by_name_hidden_ones_too() {
    let folder = folder();
    let checked = json(&succeed(["check", &book(), "--json", "--sheet", " nháp"]));
    assert_eq!(checked["rows_read"], 2, "{checked}");
    let why: Vec<String> = unread(&checked).into_iter().map(|(_, _, why)| why).collect();
    assert_eq!(why, ["not_data", "not_chosen", "not_chosen", "not_data"]);
    let shown = succeed(["columns", &book(), "--sheet", "Thôn Phò Mai"]);
    assert!(shown.contains(&format!("{PHO_MAI}: tiêu đề ở dòng")), "{shown}");
    assert!(!shown.contains(&format!("{HA_HAI}: tiêu đề")), "{shown}");
    let store = folder.path().join("store.gpkg");
    let both = ["--sheet", "Nháp", "--sheet", "Thôn Hà Hải"];
    let summary = json(&succeed(run(&store, &both)));
    assert_eq!(files(&summary), [(HA_HAI.to_owned(), 10), (format!("{BOOK} [Nháp]"), 2)]);
}

#[test]
fn a_sheet_loaded_later_is_no_repeat_of_the_file_and_the_same_sheet_is() {
    let folder = folder();
    let store = folder.path().join("store.gpkg");
    succeed(run(&store, &["--sheet", "Thôn Hà Hải"]));
    succeed(run(&store, &["--sheet", "Thôn Phò Mai"]));
    let again = diachiso(run(&store, &[]));
    assert_eq!(again.status.code(), Some(1));
    let words = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(words.contains("F04") && words.contains(HA_HAI), "{words}");
}

#[test]
fn a_sheet_that_does_not_exist_is_an_error_that_lists_the_sheets() {
    let folder = folder();
    let store = folder.path().join("store.gpkg");
    let file = book();
    let of =
        |command: &str| vec![command.to_owned(), file.clone(), "--sheet".into(), "Thôn X".into()];
    for args in [of("check"), of("columns"), run(&store, &["--sheet", "Thôn X"])] {
        let output = diachiso(args);
        assert_eq!(output.status.code(), Some(1));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        for part in ["`Thôn X`", "`Bìa`", "`Thôn Hà Hải`", "`Thôn Phò Mai`", "`Tổng hợp`", "`Nháp`"]
        {
            assert!(words.contains(part), "{part} in {words}");
        }
    }
    assert!(!store.exists(), "a store was begun for nothing");
    let text = corpus::path("tcvn3.csv").to_string_lossy().into_owned();
    let output = diachiso(["check", &text, "--sheet", "Thôn X"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("tcvn3.csv: không có trang tính"), "{words}");
}

/// The sheets of a workbook as they are read.
fn sheets(path: &Path) -> Vec<Sheet> {
    let bytes = fs::read(path).expect("a file");
    match open_sheets("a.xlsx", bytes.as_slice()).expect("opens") {
        Opened::Rows(_) => panic!("no workbook"),
        Opened::Workbook(book) => book
            .choose::<diachiso_model::SubmissionField>(&MappingFile::default(), &[])
            .expect("sheets of households"),
    }
}

/// Number and cells of the rows of a sheet, without blank cells at the end.
fn rows(sheet: Sheet) -> Vec<(u32, Vec<String>)> {
    let (mut rows, mut block) = (sheet.into_rows("t.xlsx").expect("rows"), RowBlock::new());
    rows.next_block(&mut block, 1_000).expect("reads");
    let cells = |row: diachiso_source::Row<'_>| {
        let mut cells: Vec<String> = row.cells().map(str::to_owned).collect();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        cells
    };
    block.rows().map(|row| (row.number, cells(row))).collect()
}

#[test]
fn the_copy_has_all_sheets_in_their_places_and_what_was_said_behind_each_household() {
    let folder = folder();
    let copy = folder.path().join("sua.xlsx");
    succeed(["check", &book(), "--fix", &copy.to_string_lossy()]);
    let before = sheets(&corpus::path(BOOK));
    let after = sheets(&copy);
    let told = |sheet: &Sheet| (sheet.title().to_owned(), sheet.visible(), sheet.fate());
    assert_eq!(
        after.iter().map(told).collect::<Vec<_>>(),
        before.iter().map(told).collect::<Vec<_>>()
    );
    for (own, copied) in before.into_iter().zip(after) {
        let (title, fate) = (copied.title().to_owned(), copied.fate());
        let (own, copied) = (rows(own), rows(copied));
        if fate != SheetFate::Read {
            assert_eq!(copied, own, "{title}");
            continue;
        }
        assert_eq!(copied.len(), own.len(), "{title}");
        for ((number, cells), (same, more)) in own.iter().zip(&copied) {
            assert_eq!(number, same, "{title}");
            let judged = more.get(cells.len()..).is_some_and(|said| !said.is_empty());
            let heading = more.last().is_some_and(|cell| cell == "Đã sửa");
            let household = cells.len() > 10 && !cells[0].starts_with('(');
            assert_eq!(judged || heading, household, "{title} {number}: {more:?}");
        }
    }
    let csv = folder.path().join("sua.csv");
    let output = diachiso(["check", &book(), "--fix", &csv.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains(".xlsx"), "says what to do");
    assert!(!csv.exists(), "half a copy was begun");
}
