//! Files as they should not be: each ends in a clear error, none in a panic.

use diachiso_model::{RuleCode, SubmissionField};
use diachiso_source::{
    MAX_COLUMNS, MAX_FILE_BYTES, RowBlock, SourceError, map_columns, non_record, open,
};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::io::{self, Read};

type Rows = Vec<(u32, Vec<String>)>;

fn drain(name: &str, bytes: impl Read + Send) -> Result<Rows, SourceError> {
    let mut source = open(name, bytes)?;
    let (mut block, mut rows) = (RowBlock::new(), Vec::new());
    while source.next_block(&mut block, 100)? > 0 {
        rows.extend(block.rows().map(|row| (row.number, row.cells().map(str::to_owned).collect())));
    }
    Ok(rows)
}

fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
    (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

/// A workbook with a small cover sheet and a larger one of every kind of value.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let cover = book.add_worksheet();
    cover.write_string(0, 0, "Bìa").expect("writes");
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("dd/mm/yyyy");
    let moment = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    sheet.write_string(1, 0, "Chủ hộ").expect("writes");
    sheet.write_string(1, 2, "Ngày").expect("writes");
    sheet.write_string(4, 0, "Võ Thị Lài").expect("writes");
    sheet.write_number(4, 1, 4.0).expect("writes");
    let date = ExcelDateTime::from_ymd(2024, 3, 5).expect("a day");
    sheet.write_datetime_with_format(4, 2, &date, &day).expect("writes");
    sheet.write_number(4, 3, 16.5735).expect("writes");
    sheet.write_number(4, 4, 46_086_012_345.0).expect("writes");
    let date = date.and_hms(7, 30, 0).expect("a time");
    sheet.write_datetime_with_format(4, 5, &date, &moment).expect("writes");
    sheet.write_boolean(4, 6, true).expect("writes");
    sheet.write_number(4, 7, 1e-7).expect("writes");
    book.save_to_buffer().expect("a workbook")
}

#[track_caller]
fn refuse(name: &str, bytes: &[u8], words: &[&str]) {
    let error = drain(name, bytes).expect_err("is refused");
    let text = error.to_string();
    assert_eq!(error.rule(), RuleCode::F01);
    assert_eq!(error.name(), name);
    assert!(text.contains(name), "{text}");
    for word in words {
        assert!(text.contains(word), "`{text}` lacks `{word}`");
    }
}

#[test]
fn a_file_without_content_is_empty() {
    for bytes in [&b""[..], b"\n\n \r\n", b"\xEF\xBB\xBF", b"\xFF\xFE"] {
        refuse("a.csv", bytes, &["is empty"]);
    }
    let mut book = Workbook::new();
    book.add_worksheet();
    refuse("a.xlsx", &book.save_to_buffer().expect("a workbook"), &["is empty"]);
}

#[test]
fn other_kinds_of_file_are_called_by_their_name() {
    refuse("a.csv", b"%PDF-1.7 ...", &["PDF", "save it as csv"]);
    refuse("a.csv", b"\x89PNG\r\n\x1A\n", &["PNG"]);
    refuse("a.xlsx", b"<html><table>", &["web page"]);
    refuse("a.csv", b"SQLite format 3\0", &["database"]);
    refuse("a.csv", b"{\"type\":\"FeatureCollection\"}", &["JSON"]);
    refuse("a.csv", b"STT,T\0n\n1,2\n", &["zero bytes"]);
    refuse("a.csv", &[1, 2, 3, 4, 5, 6, 7, 11, 14, 15, 16, 17], &["control"]);
    refuse("a.xlsx", &[1, 2, 3, 4, 5, 6, 7, 11, 14, 15, 16, 17], &["workbook"]);
    let mut late = "a,b\n".repeat(50_000).into_bytes();
    late.push(0);
    refuse("a.csv", &late, &["zero bytes"]);
}

#[test]
fn a_text_document_in_a_zip_is_no_workbook() {
    let mut bytes = workbook();
    for at in 0..bytes.len() - 3 {
        if bytes[at..].starts_with(b"xl/") {
            bytes[at..at + 3].copy_from_slice(b"wd/");
        }
    }
    refuse("a.xlsx", &bytes, &["not a workbook"]);
}

#[test]
fn a_workbook_cut_anywhere_is_refused() {
    let bytes = workbook();
    refuse("a.xlsx", &bytes[..bytes.len() / 2], &["cut off", "again"]);
    for length in (4..bytes.len()).step_by(97) {
        assert!(drain("a.xlsx", &bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_workbook_that_unpacks_to_more_than_the_limit_is_refused_before_it_is_unpacked() {
    let mut bytes = workbook();
    let entry = bytes.windows(4).position(|w| w == b"PK\x01\x02").expect("a directory");
    bytes[entry + 24..entry + 28].copy_from_slice(&u32::MAX.to_le_bytes());
    refuse("a.xlsx", &bytes, &["too large", "unpacked"]);
}

#[test]
fn the_largest_sheet_is_read_and_values_become_text() {
    let rows = drain("a.xlsx", workbook().as_slice()).expect("reads");
    let values = [
        "Võ Thị Lài",
        "4",
        "2024-03-05",
        "16.5735",
        "46086012345",
        "2024-03-05 07:30:00",
        "TRUE",
        "0.0000001",
    ];
    assert_eq!(rows, [row(2, &["Chủ hộ", "", "Ngày"]), row(5, &values)]);
}

#[test]
fn a_workbook_is_known_by_its_bytes_whatever_its_name() {
    assert_eq!(drain("a.csv", workbook().as_slice()).expect("reads").len(), 2);
    assert_eq!(drain("a.xlsx", &b"a;b\n1;2\n"[..]).expect("reads")[1], row(2, &["1", "2"]));
}

#[test]
fn a_sheet_with_a_cell_far_to_the_right_is_refused() {
    let mut book = Workbook::new();
    let column = u16::try_from(MAX_COLUMNS).expect("fits");
    book.add_worksheet().write_string(0, column, "x").expect("writes");
    refuse("a.xlsx", &book.save_to_buffer().expect("a workbook"), &["1000 columns"]);
}

#[test]
fn every_encoding_gives_the_same_rows() {
    let text = "Họ tên;Xã\r\nVõ Hữu Đức;Quảng Phước\r\n";
    let expected = [row(1, &["Họ tên", "Xã"]), row(2, &["Võ Hữu Đức", "Quảng Phước"])];
    let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let files = [
        text.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        [b"\xFF\xFE", &le[..]].concat(),
        [b"\xFE\xFF", &be[..]].concat(),
        le,
        be,
    ];
    for (index, bytes) in files.iter().enumerate() {
        assert_eq!(drain("a.csv", bytes.as_slice()).expect("reads"), expected, "file {index}");
    }
    let legacy = b"H\xF2 t\xEAn;X\xE3\nV\xF5 Th\xF2;Qu\xD2ng \xD0i\xEAn\n";
    let rows = drain("a.csv", &legacy[..]).expect("reads");
    assert_eq!(rows[1], row(2, &["Vơ Th\u{323}", "Qu\u{309}ng Điên"]));
}

#[test]
fn a_quote_never_closed_names_the_row_in_which_it_opens() {
    let text = format!("a,b\n\nc,\"d\n{}", "e,f\n".repeat(100_000));
    let error = drain("a.csv", text.as_bytes()).expect_err("is refused");
    assert!(matches!(error, SourceError::Csv { row: 3, .. }), "{error}");
    assert!(error.to_string().contains("quote"));
}

#[test]
fn a_file_over_the_limit_is_refused_without_being_kept() {
    let mut source = open("big.csv", Lines(0)).expect("opens");
    let mut block = RowBlock::new();
    let error = loop {
        match source.next_block(&mut block, 8_192) {
            Ok(0) => panic!("the end was reached"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
}

/// Twice as many bytes as a csv file may have, in lines of 4 KiB.
struct Lines(u64);

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 > 2 * MAX_FILE_BYTES {
            return Ok(0);
        }
        buffer.fill(b'x');
        buffer.iter_mut().step_by(4 << 10).for_each(|byte| *byte = b'\n');
        self.0 += buffer.len() as u64;
        Ok(buffer.len())
    }
}

#[test]
fn a_folder_is_called_a_folder() {
    let folder = std::fs::File::open(env!("CARGO_MANIFEST_DIR")).expect("opens");
    let error = open("crates", folder).err().expect("is refused");
    assert!(matches!(error, SourceError::Directory { .. }), "{error}");
}

fn whatever(name: &str, bytes: &[u8]) {
    let Ok(mut source) = open(name, bytes) else { return };
    let mut block = RowBlock::new();
    while let Ok(1..) = source.next_block(&mut block, 7) {
        if let Ok(mapping) = map_columns::<SubmissionField>(name, &block) {
            block.rows().for_each(|row| {
                let _ = non_record(&mapping, row);
            });
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        whatever("a.csv", &bytes);
        whatever("a.xlsx", &[b"PK\x03\x04", &bytes[..]].concat());
        whatever("a.xls", &[b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", &bytes[..]].concat());
    }

    #[test]
    fn no_text_makes_the_reader_or_the_mapping_panic(
        text in "([\"',;\r\n\t|]|Họ tên|Xã|Ngày|\\(1\\)|Cộng thôn|[a-zế0-9]){0,80}"
    ) {
        whatever("a.csv", format!("chủ hộ,xã,ngày\n{text}").as_bytes());
        whatever("a.csv", text.as_bytes());
    }

    #[test]
    fn no_damage_to_a_workbook_makes_the_reader_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let mut bytes = workbook();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        whatever("a.xlsx", &bytes);
    }
}
