//! Files made to do harm: each ends in an error that names the file and says what to do, or in
//! rows, within a bound on memory.
//!
//! Every case runs in a process of its own, whose largest memory the system reports; a case that
//! would take for ever is a failure by itself. What the programs of tests and their libraries
//! take before anything is read is some 10 MiB.

#[path = "support/packed.rs"]
mod packed;
#[path = "support/shared_texts.rs"]
mod shared_texts;
mod support;
#[path = "support/within.rs"]
mod within;

use diachiso_source::{MAX_COLUMNS, MappingFile, RowBlock, open_archive};
use packed::{Part, SHEET, packed_xlsx, packed_xlsx_with_sheets};
use shared_texts::shared_text_stream;
use std::io::Read;
use support::{compound_file, xls_record, xls_stream};
use within::{LITTLE_MIB, read, refuse, within};

/// A gigabyte, which no cell, line or record here stays below.
const GIGABYTE: u64 = 1 << 30;

/// Text and then a piece again and again, up to an end far away.
struct Endless {
    start: std::io::Cursor<Vec<u8>>,
    piece: &'static [u8],
    left: u64,
}

impl Endless {
    fn new(start: &str, piece: &'static str) -> Self {
        let start = std::io::Cursor::new(start.as_bytes().to_vec());
        Self { start, piece: piece.as_bytes(), left: GIGABYTE }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.start.read(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        // Whole pieces, as long as the buffer takes one.
        let whole = (buffer.len() / self.piece.len()).max(1) * self.piece.len();
        let length = whole.min(buffer.len()).min(usize::try_from(self.left).expect("64 bits"));
        for chunk in buffer[..length].chunks_mut(self.piece.len()) {
            chunk.copy_from_slice(&self.piece[..chunk.len()]);
        }
        self.left -= length as u64;
        Ok(length)
    }
}

/// What `piece` gives for each number, one behind the other.
fn joined(numbers: std::ops::Range<usize>, piece: impl Fn(usize) -> String) -> String {
    numbers.fold(String::new(), |text, number| text + &piece(number))
}

// --- text with a delimiter ---

#[test]
fn a_cell_of_a_gigabyte_ends_a_csv_file_at_its_limit() {
    within(LITTLE_MIB, "a_cell_of_a_gigabyte_ends_a_csv_file_at_its_limit", || {
        let words = ["row 2", "64 KiB", "mend the row"];
        refuse("a.csv", Endless::new("a,b\n1,\"", "x"), &words);
        refuse("a.csv", Endless::new("a,b\n1,", "x"), &words);
        refuse("a.csv", Endless::new("a,b\n1,\"", "x\n\"\"y,"), &words);
        refuse("a.csv", Endless::new("a,b\n1,", "ế"), &words);
    });
}

#[test]
fn a_line_without_an_end_is_refused() {
    within(LITTLE_MIB, "a_line_without_an_end_is_refused", || {
        refuse("a.csv", Endless::new("a,b\n", "xxxxxxxx,"), &["1000 columns"]);
        refuse("a.csv", Endless::new("", "x,"), &["1000 columns"]);
        refuse("a.csv", Endless::new("", "\"\","), &["1000 columns"]);
        refuse("a.csv", Endless::new("", "x"), &["64 KiB"]);
        let million = "x,".repeat(1_000_000);
        refuse("a.csv", million.as_bytes(), &["1000 columns"]);
    });
}

#[test]
fn a_quote_that_is_never_closed_takes_no_more_than_a_cell() {
    within(LITTLE_MIB, "a_quote_that_is_never_closed_takes_no_more_than_a_cell", || {
        let words = ["row 3", "quote is never closed"];
        refuse("a.csv", Endless::new("a,b\n1,2\n3,\"", "x,y\n"), &words);
    });
}

#[test]
fn zero_bytes_are_no_text_wherever_they_stand() {
    within(LITTLE_MIB, "zero_bytes_are_no_text_wherever_they_stand", || {
        refuse("a.csv", Endless::new("a,b\n", "\0"), &["zero bytes"]);
        let late = "1,2\n".repeat(50_000);
        refuse("a.csv", Endless::new(&late, "\0"), &["zero bytes"]);
        refuse("a.csv", Endless::new("", "\0"), &[]);
        refuse("a.csv", Endless::new("", "\0x"), &[]);
        refuse("a.csv", Endless::new("\u{1}", "\u{2}\n"), &["control characters"]);
    });
}

#[test]
fn encodings_may_change_within_a_file() {
    within(LITTLE_MIB, "encodings_may_change_within_a_file", || {
        let utf16: Vec<u8> = "Họ;Xã\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf8 = "Họ tên;Xã\nVõ Thị Lài;Quảng Phước\n".repeat(10_000);
        let old = b"V\xF5 Th\xF2 L\xB5i;Qu\xB6ng Ph\xAD\xEDc\n".repeat(10_000);
        let (rows, text) = read("a.csv", &[utf8.as_bytes(), &old].concat()[..]).expect("reads");
        assert_eq!(rows, 30_000);
        assert!(text < 4 * (utf8.len() + old.len()));
        refuse("a.csv", &[utf8.as_bytes(), &utf16].concat()[..], &["zero bytes"]);
        let marked = [b"\xFF\xFE", utf8.as_bytes()].concat();
        refuse("a.csv", &marked[..], &["row 1", "64 KiB"]);
    });
}

// --- JSON ---

#[test]
fn a_text_of_a_gigabyte_ends_json_at_its_limit() {
    within(LITTLE_MIB, "a_text_of_a_gigabyte_ends_json_at_its_limit", || {
        refuse("a.json", Endless::new("[{\"a\":\"", "x"), &["record 1", "1024 KiB"]);
        refuse("a.json", Endless::new("{\"a\":1}\n{\"a\":\"", "\\\""), &["record 2", "1024 KiB"]);
        refuse("a.json", Endless::new("{\"x\":\"", "y"), &["1024 KiB"]);
        let collection = "{\"type\":\"FeatureCollection\",\"name\":\"";
        refuse("a.geojson", Endless::new(collection, "x"), &["1024 KiB"]);
    });
}

#[test]
fn json_of_very_many_names_or_levels_is_refused() {
    within(LITTLE_MIB, "json_of_very_many_names_or_levels_is_refused", || {
        let name = |at: usize| format!("\"k{at}\":1,");
        let names = joined(0..MAX_COLUMNS, name);
        refuse("a.json", format!("[{{{names}\"z\":1}}]").as_bytes(), &["1000 columns"]);
        let million = joined(0..1_000_000, name);
        refuse("a.json", format!("[{{{million}\"z\":1}}]").as_bytes(), &["1024 KiB"]);
        // One name a record, each a new one.
        let records = joined(0..2_000, |at| format!("{{\"k{at}\":1}}\n"));
        refuse("a.json", records.as_bytes(), &["1000 columns"]);
        for deep in ["[", "{\"a\":", "{\"a\":["] {
            let start = format!("[{{\"a\":{}", deep.repeat(20_000));
            refuse("a.json", start.as_bytes(), &["record 1"]);
            let closed = start + &"]".repeat(20_000);
            refuse("a.json", closed.as_bytes(), &["record 1"]);
        }
        refuse("a.json", Endless::new("[{\"a\":", "["), &["32 deep"]);
    });
}

#[test]
fn records_with_one_of_a_thousand_names_each_do_not_fill_the_memory() {
    within(400, "records_with_one_of_a_thousand_names_each_do_not_fill_the_memory", || {
        let names = joined(0..999, |at| format!("\"k{at}\":1,"));
        let start = format!("{{{names}\"z\":1}}\n");
        let records = start.clone() + &"{\"z\":1}\n".repeat(100_000);
        let (rows, text) = read("a.json", records.as_bytes()).expect("reads");
        assert_eq!((rows, text > 100_000), (100_002, true));
    });
}

// --- xlsx ---

fn inline(times: u64) -> Part {
    let before = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>";
    let after = "</t></is></c></row></sheetData></worksheet>";
    Part::repeated(SHEET, before, (&"x".repeat(1 << 20), times), after)
}

fn sheet(data: &str) -> Part {
    Part::of(SHEET, &format!("<worksheet><sheetData>{data}</sheetData></worksheet>"))
}

#[test]
fn a_cell_of_a_gigabyte_in_a_small_xlsx_is_refused() {
    within(LITTLE_MIB, "a_cell_of_a_gigabyte_in_a_small_xlsx_is_refused", || {
        let bytes = packed_xlsx(inline(1_024), Vec::new());
        assert!(bytes.len() < 2 << 20, "{} bytes", bytes.len());
        refuse("a.xlsx", &bytes[..], &["1024 KiB in a cell", "cut it"]);
        let rich = Part::repeated(
            SHEET,
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is>",
            (&"<r><t>x</t></r>".repeat(70_000), 1_000),
            "</is></c></row></sheetData></worksheet>",
        );
        refuse("a.xlsx", &packed_xlsx(rich, Vec::new())[..], &["1024 KiB in a cell"]);
    });
}

#[test]
fn a_cell_as_long_as_the_largest_part_that_is_not_walked_is_refused_too() {
    within(400, "a_cell_as_long_as_the_largest_part_that_is_not_walked_is_refused_too", || {
        refuse("a.xlsx", &packed_xlsx(inline(63), Vec::new())[..], &["64 KiB of text in a cell"]);
    });
}

#[test]
fn a_workbook_of_many_gigabytes_is_refused_by_its_directory() {
    within(LITTLE_MIB, "a_workbook_of_many_gigabytes_is_refused_by_its_directory", || {
        let bytes = packed_xlsx(inline(2_500), Vec::new());
        refuse("a.xlsx", &bytes[..], &["2048 MiB when unpacked"]);
        let parts = |_| Part::repeated("xl/media/a.png", "", (&"x".repeat(1 << 20), 100), "");
        let bytes = packed_xlsx(sheet(""), (0..30).map(parts).collect());
        refuse("a.xlsx", &bytes[..], &["2048 MiB when unpacked"]);
    });
}

#[test]
fn a_part_that_unpacks_to_more_than_it_says_is_not_followed() {
    within(LITTLE_MIB, "a_part_that_unpacks_to_more_than_it_says_is_not_followed", || {
        for stated in [100, 1_000_000, 70_000_000] {
            let part = Part { unpacked: stated, ..inline(1_024) };
            refuse("a.xlsx", &packed_xlsx(part, Vec::new())[..], &[]);
        }
    });
}

#[test]
fn parts_that_overlap_are_refused() {
    within(LITTLE_MIB, "parts_that_overlap_are_refused", || {
        // Many lines of the directory lead to the same bytes.
        let parts = (0..100).map(|_| Part::of("xl/a.xml", "<a/>")).collect();
        let mut bytes = packed_xlsx(sheet(""), parts);
        let entries: Vec<usize> =
            (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(b"PK\x01\x02")).collect();
        let first = entries[0];
        for entry in entries {
            let packed = u32::try_from(bytes.len()).expect("small").to_le_bytes();
            bytes[entry + 20..entry + 24].copy_from_slice(&packed);
            bytes.copy_within(first + 42..first + 46, entry + 42);
        }
        refuse("a.xlsx", &bytes[..], &["overlap"]);
    });
}

#[test]
fn archives_within_archives_are_left_alone() {
    within(LITTLE_MIB, "archives_within_archives_are_left_alone", || {
        let mut inner = packed_xlsx(inline(64), Vec::new());
        for _ in 0..4 {
            let packed = Part { unpacked: 1, ..Part::of("xl/embeddings/a.zip", "x") };
            let row = sheet("<row><c t=\"str\"><v>x</v></c></row>");
            inner = packed_xlsx(row, vec![Part { packed: inner, ..packed }]);
        }
        assert_eq!(read("a.xlsx", &inner[..]).expect("reads"), (1, 1));
    });
}

#[test]
fn shared_texts_are_bounded_in_length_and_number() {
    within(LITTLE_MIB, "shared_texts_are_bounded_in_length_and_number", || {
        const NAME: &str = "xl/sharedStrings.xml";
        let row = || sheet("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>");
        let xlsx = |texts: Part| packed_xlsx(row(), vec![texts]);
        let shared = |before: &str, unit: &str, times, after: &str| {
            xlsx(Part::repeated(NAME, before, (unit, times), after))
        };
        let long = shared("<sst><si><t>", &"x".repeat(1 << 20), 500, "</t></si></sst>");
        refuse("a.xlsx", &long[..], &["1024 KiB in a cell"]);
        let all = shared("<sst>", &"<si><t>x</t></si>".repeat(60_000), 1_000, "</sst>");
        refuse("a.xlsx", &all[..], &["512 MiB of shared texts"]);
        let many = shared("<sst>", &"<si/>".repeat(1_000), 9_000, "</sst>");
        refuse("a.xlsx", &many[..], &["8388608 shared texts"]);
        for count in ["1000", "1000000000000", "18446744073709551615", "99999999999999999999999"] {
            let lie = format!("<sst uniqueCount=\"{count}\"><si><t>x</t></si></sst>");
            refuse("a.xlsx", &xlsx(Part::of(NAME, &lie))[..], &["contradict"]);
        }
        let honest = xlsx(Part::of(NAME, "<sst uniqueCount=\"1\"><si><t>xyz</t></si></sst>"));
        assert_eq!(read("a.xlsx", &honest[..]).expect("reads"), (1, 3));
    });
}

#[test]
fn entities_are_not_expanded() {
    within(LITTLE_MIB, "entities_are_not_expanded", || {
        let mut laughs = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaaaaaaaa\">".to_owned();
        for (name, of) in "bcdefghij".chars().zip("abcdefghi".chars()) {
            let ten = format!("&{of};").repeat(10);
            laughs.extend(["<!ENTITY ", &name.to_string(), " \"", &ten, "\">"]);
        }
        laughs += "]>";
        let row = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>&j;</t></is></c></row>";
        let bomb = format!("{laughs}<worksheet><sheetData>{row}</sheetData></worksheet>");
        let result = read("a.xlsx", &packed_xlsx(Part::of(SHEET, &bomb), Vec::new())[..]);
        assert!(result.is_err() || result.is_ok_and(|(_, text)| text < 1_000));
        let texts = format!("{laughs}<sst><si><t>&j;</t></si></sst>");
        let row = sheet("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>");
        let texts = Part::of("xl/sharedStrings.xml", &texts);
        let result = read("a.xlsx", &packed_xlsx(row, vec![texts])[..]);
        assert!(result.is_err() || result.is_ok_and(|(_, text)| text < 1_000));
        let bytes = support::ods(&[("S", &support::ods_row(&["&j;"]))]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let start = text.find("<office:document-content").expect("is there");
        let end = text.find("</office:document-content>").expect("is there") + 26;
        let content = format!("{laughs}{}", &text[start..end]);
        let result = read("a.ods", &support::zip::zip(&[("content.xml", &content)])[..]);
        assert!(result.is_err() || result.is_ok_and(|(_, text)| text < 1_000));
    });
}

#[test]
fn xml_nested_without_end_is_survived() {
    within(LITTLE_MIB, "xml_nested_without_end_is_survived", || {
        let nested = |times| {
            let before = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>";
            Part::repeated(SHEET, before, (&"<a>".repeat(100_000), times), "")
        };
        refuse("a.xlsx", &packed_xlsx(nested(1), Vec::new())[..], &["damaged"]);
        refuse("a.xlsx", &packed_xlsx(nested(300), Vec::new())[..], &["damaged"]);
        refuse("a.ods", &support::ods(&[("S", &"<a>".repeat(1_000_000))])[..], &["damaged"]);
    });
}

#[test]
fn sheets_that_say_they_are_huge_take_what_they_hold() {
    within(96, "sheets_that_say_they_are_huge_take_what_they_hold", || {
        let one = "<row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row>";
        let stated = format!(
            "<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{one}</sheetData></worksheet>"
        );
        let bytes = packed_xlsx(Part::of(SHEET, &stated), Vec::new());
        assert_eq!(read("a.xlsx", &bytes[..]).expect("reads"), (1, 1));
        for row in ["4294967295", "4294967296", "99999999999999999999", "0", "-1"] {
            let data =
                format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c><c><v>2</v></c></row>");
            let result = read("a.xlsx", &packed_xlsx(sheet(&data), Vec::new())[..]);
            assert!(result.is_err() || result.is_ok_and(|(rows, _)| rows == 1), "{row}");
        }
        let far = support::xlsx("<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>");
        refuse("a.xlsx", &far[..], &["1000 columns"]);
        let wide = Part::repeated(
            SHEET,
            "<worksheet><sheetData><row>",
            (&"<c><v>1</v></c>".repeat(1_000), 1_000),
            "</row></sheetData></worksheet>",
        );
        refuse("a.xlsx", &packed_xlsx(wide, Vec::new())[..], &["1000 columns"]);
    });
}

#[test]
fn a_sheet_listed_a_million_times_is_not_read_a_million_times() {
    within(200, "a_sheet_listed_a_million_times_is_not_read_a_million_times", || {
        let list = joined(0..20_000, |at| {
            format!("<sheet name=\"S{at}\" sheetId=\"{at}\" r:id=\"rId1\"/>")
        });
        let rows = "<row><c><v>1</v></c></row>".repeat(1_000);
        let data = Part::repeated(
            SHEET,
            "<worksheet><sheetData>",
            (&rows, 100),
            "</sheetData></worksheet>",
        );
        refuse("a.xlsx", &packed_xlsx_with_sheets(&list, data, Vec::new())[..], &["again"]);
    });
}

// --- xls ---

#[test]
fn a_shared_text_shown_in_every_row_of_an_xls_is_bounded() {
    within(LITTLE_MIB, "a_shared_text_shown_in_every_row_of_an_xls_is_bounded", || {
        let long = "ế".repeat(65_535);
        let stream = shared_text_stream(&[&long], &vec![0; 65_536]);
        let bytes = compound_file("Workbook", stream);
        assert!(bytes.len() < 2 << 20, "{} bytes", bytes.len());
        refuse("a.xls", &bytes[..], &["512 MiB of text"]);
        let small = support::xls(&[&["Lài"], &["x"]]);
        assert_eq!(read("a.xls", &small[..]).expect("reads"), (2, 5));
        let short = compound_file("Workbook", shared_text_stream(&["Lài", "x"], &[0, 1, 0]));
        assert_eq!(read("a.xls", &short[..]).expect("reads"), (3, 9));
    });
}

#[test]
fn an_xls_text_that_says_it_is_long_takes_no_room() {
    within(LITTLE_MIB, "an_xls_text_that_says_it_is_long_takes_no_room", || {
        let mut labels = Vec::new();
        for row in 0..u16::MAX {
            let mut label = [row, 0, 0, u16::MAX].map(u16::to_le_bytes).concat();
            label.extend([0, b'x']);
            labels.extend(xls_record(0x0204, &label));
        }
        let bytes = compound_file("Workbook", xls_stream(&[], &labels));
        refuse("a.xls", &bytes[..], &["512 MiB of text"]);
    });
}

#[test]
fn an_xls_formula_of_names_is_not_written_out_at_any_length() {
    within(LITTLE_MIB, "an_xls_formula_of_names_is_not_written_out_at_any_length", || {
        let mut name = [0_u8; 14].to_vec();
        name[3] = 255;
        name.push(0);
        name.extend([b'n'; 255]);
        let mut formulas = Vec::new();
        for row in 0..800_u16 {
            let mut formula = row.to_le_bytes().to_vec();
            formula.resize(20, 0);
            formula.extend(2_u16.to_le_bytes());
            formula.extend([0x23, 1, 0, 0, 0].repeat(1_600));
            formulas.extend(xls_record(0x0006, &formula));
        }
        let stream = xls_stream(&xls_record(0x0018, &name), &formulas);
        refuse("a.xls", &compound_file("Workbook", stream)[..], &["512 MiB of text"]);
    });
}

#[test]
fn an_xls_with_absurd_counts_is_refused() {
    within(LITTLE_MIB, "an_xls_with_absurd_counts_is_refused", || {
        let dimensions = [[0, 0, 0, 0], [0xFF; 4], [0, 0, 0xFF, 0xFF], [0; 4]].concat();
        let stream = xls_stream(&[], &xls_record(0x0200, &dimensions[..14]));
        refuse("a.xls", &compound_file("Workbook", stream)[..], &["16777216 cells"]);
        let corners = [(0_u16, 0_u16), (u16::MAX, u16::MAX)].map(|(row, column)| {
            xls_record(0x027E, &[&row.to_le_bytes()[..], &column.to_le_bytes(), &[0; 6]].concat())
        });
        let stream = xls_stream(&[], &corners.concat());
        refuse("a.xls", &compound_file("Workbook", stream)[..], &["16777216 cells"]);
        let counts = xls_record(0x00FC, &[0xFF; 8]);
        let pieces = xls_record(0x003C, &[]).repeat(100_000);
        let stream = xls_stream(&[counts, pieces].concat(), &[]);
        refuse("a.xls", &compound_file("Workbook", stream)[..], &["a.xls"]);
    });
}

// --- ods ---

#[test]
fn a_text_repeated_in_an_ods_is_counted_as_often_as_it_stands() {
    within(LITTLE_MIB, "a_text_repeated_in_an_ods_is_counted_as_often_as_it_stands", || {
        let repeated = |rows: &str, columns: &str, text: usize| {
            let row = format!(
                "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell \
                 table:number-columns-repeated=\"{columns}\" office:value-type=\"string\">\
                 <text:p>{}</text:p></table:table-cell></table:table-row>",
                "x".repeat(text)
            );
            support::ods(&[("S", &row)])
        };
        refuse("a.ods", &repeated("1000", "1000", 60_000)[..], &["512 MiB of text"]);
        refuse("a.ods", &repeated("1048576", "1024", 1)[..], &["16777216 cells"]);
        refuse("a.ods", &repeated("4294967295", "4294967295", 1)[..], &["16777216 cells"]);
        refuse("a.ods", &repeated("99999999999999999999", "1", 1)[..], &["contradict"]);
        refuse("a.ods", &repeated("1", "1", 2 << 20)[..], &["1024 KiB in a cell"]);
    });
}

// --- what stands beside the files ---

#[test]
fn a_hostile_mapping_file_is_refused() {
    within(LITTLE_MIB, "a_hostile_mapping_file_is_refused", || {
        let refused = |text: String| {
            let error = text.parse::<MappingFile>().expect_err("is refused").to_string();
            assert!(error.len() < 200_000, "{} bytes", error.len());
        };
        refused("x".repeat(1 << 20));
        refused(format!("a = {}", "[".repeat(60_000)));
        refused(format!("a = {}", "{a=".repeat(20_000)));
        refused(format!("{}a = 1", "a.".repeat(30_000)));
        refused(format!("[{}a]", "a.".repeat(30_000)));
    });
}

#[test]
fn a_hostile_archive_of_rows_is_refused() {
    within(LITTLE_MIB, "a_hostile_archive_of_rows_is_refused", || {
        for (start, piece) in [("#row,cells\n1,\"", "x"), ("#row,cells\n1,", "x,"), ("#row,", "x")]
        {
            let mut block = RowBlock::new();
            let result = open_archive("a", Endless::new(start, piece))
                .and_then(|mut source| source.next_block(&mut block, 10));
            assert!(result.is_err(), "{start}");
        }
    });
}
