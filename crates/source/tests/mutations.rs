//! Whole files of every format, damaged in thousands of ways: no panic, no endless reading, and
//! every refusal is a `SourceError` that names the file.
//!
//! The damage is drawn from fixed seeds, so that a failure comes back; the message of a failing
//! assertion names the format and the round.

mod support;

use diachiso_model::{RegisterField, SubmissionField};
use diachiso_source::{MappingFile, RowBlock, map_columns, map_columns_with, non_record, open};
use std::io::Read;

/// Steele and others' `SplitMix64`: enough to spread damage evenly.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `end`; 0 where `end` is 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("below a size")
    }

    fn range(&mut self, length: usize, longest: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        start..(start + self.below(longest)).min(length)
    }
}

/// Bytes that mean something in some format.
const MARKS: &[u8] = b"\"',;|\t\r\n{}[]:\\<>/&=#.-+eE0\0\x1A\xFF\xC3PK";

/// One to four wounds.
fn damage(random: &mut Random, file: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=random.below(4) {
        let length = bytes.len();
        let at = random.below(length);
        match random.below(8) {
            0 => bytes.truncate(at),
            1 if at < length => bytes[at] ^= 1 << random.below(8),
            2 if at < length => bytes[at] = MARKS[random.below(MARKS.len())],
            3 => bytes.insert(at, MARKS[random.below(MARKS.len())]),
            4 => drop(bytes.drain(random.range(length, 64))),
            5 => {
                let again = bytes[random.range(length, 256)].to_vec();
                bytes.splice(at..at, again);
            }
            6 => {
                let piece = other[random.range(other.len(), 256)].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let mark = MARKS[random.below(MARKS.len())];
                bytes.splice(at..at, std::iter::repeat_n(mark, random.below(300)));
            }
        }
    }
    bytes
}

/// Counts what is read, and how often after the end.
struct Counted<'a> {
    bytes: &'a [u8],
    calls: &'a mut usize,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        *self.calls += 1;
        self.bytes.read(buffer)
    }
}

/// Reads a file to its end or first fault; what comes out must be in proportion to what went in.
#[track_caller]
fn survive(name: &str, bytes: &[u8], rows_per_byte: usize, round: usize) -> bool {
    const BLOCK: usize = 7;
    let mut calls = 0;
    let result = (|| {
        let mut source = open(name, Counted { bytes, calls: &mut calls })?;
        let mut block = RowBlock::new();
        let (mut rows, mut text_bytes, mut last) = (0, 0, 0);
        while source.next_block(&mut block, BLOCK)? > 0 {
            assert!(block.len() <= BLOCK, "{name}, round {round}: a block is too long");
            for row in block.rows() {
                assert!(row.number > last, "{name}, round {round}: rows go back");
                last = row.number;
                text_bytes += row.cells().map(str::len).sum::<usize>();
            }
            rows += block.len();
            assert!(
                rows <= (bytes.len() + 2) * rows_per_byte,
                "{name}, round {round}: {rows} rows"
            );
            let most = (bytes.len() + 64) * 64;
            assert!(text_bytes <= most, "{name}, round {round}: {text_bytes} bytes of text");
            look(name, &block);
        }
        assert_eq!(source.next_block(&mut block, BLOCK)?, 0, "{name}, round {round}");
        Ok::<(), diachiso_source::SourceError>(())
    })();
    assert!(calls <= bytes.len() + 64, "{name}, round {round}: {calls} reads");
    if let Err(error) = &result {
        assert_eq!(error.name(), name, "round {round}");
        assert!(error.to_string().contains(name), "round {round}: {error}");
        assert!(error.to_string().len() < 4_000, "round {round}: {error}");
    }
    result.is_ok()
}

/// Maps a block as if a file began with it, and sorts its rows.
fn look(name: &str, block: &RowBlock) {
    let by_letter: MappingFile =
        "[columns]\nnote = \"Ghi chú\"\nhead = \"B\"".parse().expect("fits");
    drop(map_columns_with::<SubmissionField>(name, block, &by_letter));
    drop(map_columns::<RegisterField>(name, block));
    if let Ok(mapping) = map_columns::<SubmissionField>(name, block) {
        let used = mapping.describe().iter().filter(|column| column.field.is_some()).count();
        assert!(used >= 3, "{name}: required columns are described");
        assert!(mapping.sensitive().iter().all(|column| mapping.unknown().contains(column)));
        block.rows().for_each(|row| {
            let _ = non_record(&mapping, row);
        });
    }
}

/// Damages a file `rounds` times; some of the damage must show and some must not, or it tests
/// nothing.
#[track_caller]
fn check(name: &str, file: &[u8], other: &[u8], rounds: usize) {
    assert!(survive(name, file, 1, 0), "{name}: the file itself is read");
    let mut random = Random(file.len() as u64);
    let read = (1..=rounds)
        .filter(|round| survive(name, &damage(&mut random, file, other), 1, *round))
        .count();
    assert!((1..rounds).contains(&read), "{name}: {read} of {rounds} could be read");
}

const TABLE: &str = "UBND XÃ QUẢNG PHƯỚC;;;\n\nSTT;Họ tên chủ hộ;Xã;Ngày;Tôn giáo;Ghi chú\n\
     (1);(2);(3);(4);(5);(6)\n1;Võ Thị Lài;Quảng Phước;1/3/2024;;\"a;b\"\"c\nd\"\n\
     2;Lê Bé;Quảng Phước;2/3/2024;x;\nCộng thôn: 2;;;;;\n;;;;;Người lập biểu\n";

const RECORDS: &str = "{\"Họ tên\":\"Võ Thị \\u004cài\",\"xa\":\"QP\",\"ngay\":\"2024-03-05\",\
     \"n\":[1.50,null,{\"a\":true}],\"g\":{\"lat\":16.5735}}\n\
     {\"xa\":\"QP\",\"ngay\":\"x\",\"Họ tên\":\"B\\n\\\"C\\\"\",\"k\":-1e5}\n";

const FEATURES: &str = "{\"type\":\"FeatureCollection\",\"crs\":{\"a\":[1]},\"features\":[\
     {\"type\":\"Feature\",\"id\":1,\"properties\":{\"ho_ten\":\"A\",\"xa\":\"B\",\"ngay\":\"C\"},\
     \"geometry\":{\"type\":\"Point\",\"coordinates\":[107.5,16.5]}},\
     {\"type\":\"Feature\",\"properties\":null,\"geometry\":{\"type\":\"MultiPoint\",\
     \"coordinates\":[[107.5,16.5]]}}],\"bbox\":[1,2,3,4]}";

#[test]
fn damaged_tables_of_text_are_survived() {
    check("a.csv", TABLE.as_bytes(), RECORDS.as_bytes(), 600);
    let le: Vec<u8> = TABLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("b.csv", &[b"\xFF\xFE", &le[..]].concat(), TABLE.as_bytes(), 300);
    check("c.tsv", TABLE.replace(';', "\t").as_bytes(), &le, 300);
    let legacy = b"H\xF2 t\xEAn;X\xE3;Ng\xE0y\nV\xF5 Th\xF2;Qu\xD2ng \xD0i\xEAn;1/3/2024\n";
    check("d.csv", legacy, TABLE.as_bytes(), 300);
}

#[test]
fn damaged_json_is_survived() {
    let array = format!("[{}]", RECORDS.trim().replace("}\n{", "},\n{"));
    let wrapped = format!("{{\"count\":2,\"next\":null,\"results\":{array}}}");
    check("a.ndjson", RECORDS.as_bytes(), TABLE.as_bytes(), 3_000);
    check("b.json", array.as_bytes(), RECORDS.as_bytes(), 600);
    check("c.json", wrapped.as_bytes(), array.as_bytes(), 2_000);
    check("d.geojson", FEATURES.as_bytes(), RECORDS.as_bytes(), 3_000);
    let le: Vec<u8> = array.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("e.json", &le, array.as_bytes(), 1_000);
}

fn sheet() -> String {
    "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Họ tên</t></is></c><c r=\"B1\" t=\"str\">\
     <v>Xã</v></c><c r=\"C1\" t=\"str\"><f>A1</f><v>Ngày</v></c></row><row r=\"3\"><c r=\"A3\" \
     t=\"str\"><v>Lài</v></c><c r=\"B3\" t=\"b\"><v>1</v></c><c r=\"C3\"><v>45356.5</v></c>\
     <c r=\"D3\" t=\"e\"><v>#N/A</v></c></row>"
        .to_owned()
}

fn ods_rows() -> String {
    [
        support::ods_row(&["Họ tên", "Xã", "Ngày"]),
        support::ods_row(&["Lài", "QP", "1/3/2024"]),
        support::ods_row(&["Bé", "", "2/3/2024"]),
    ]
    .concat()
}

#[test]
fn damaged_workbooks_are_survived() {
    let xlsx = support::xlsx(&sheet());
    let ods = support::ods(&[("S", &ods_rows())]);
    let cells = ["Họ tên", "Xã", "Ngày"];
    let xls = support::xls(&[&cells, &["Lài", "QP", "1/3/2024"]]);
    check("a.xlsx", &xlsx, &ods, 800);
    check("b.ods", &ods, &xlsx, 800);
    check("c.xls", &xls, &xlsx, 800);
}

#[test]
fn whole_workbooks_with_damaged_sheets_are_survived() {
    let (sheet, rows) = (sheet(), ods_rows());
    let mut random = Random(7);
    for round in 0..800 {
        let damaged = damage(&mut random, sheet.as_bytes(), rows.as_bytes());
        survive("a.xlsx", &support::xlsx(&String::from_utf8_lossy(&damaged)), 1, round);
        let damaged = damage(&mut random, rows.as_bytes(), sheet.as_bytes());
        let bytes = support::ods(&[("S", &String::from_utf8_lossy(&damaged))]);
        survive("b.ods", &bytes, 1, round);
    }
}

#[test]
fn damaged_mapping_files_are_survived() {
    let file = "heading_row = 3\n[columns]\nhead = \"Họ tên chủ hộ\"\ncommune = \"C\"\n\
                collected_on = 4\nvillage = false\n";
    let mut block = RowBlock::new();
    open("a.csv", TABLE.as_bytes()).expect("opens").next_block(&mut block, 50).expect("reads");
    let mut random = Random(11);
    let mut used = 0;
    for round in 0..2_000 {
        let damaged = damage(&mut random, file.as_bytes(), TABLE.as_bytes());
        let Ok(mapping_file) = String::from_utf8_lossy(&damaged).parse::<MappingFile>() else {
            continue;
        };
        match map_columns_with::<SubmissionField>("a.csv", &block, &mapping_file) {
            Ok(mapping) => used += mapping.describe().len().min(1),
            Err(error) => assert_eq!(error.name(), "a.csv", "round {round}"),
        }
    }
    assert!(used > 20, "{used} of the files could be used still");
}
