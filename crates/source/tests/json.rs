//! JSON as apps and survey servers export it: the same rows as from a table, or a clear error.

use diachiso_model::{Field as _, RuleCode, SubmissionField as S};
use diachiso_source::{
    Format, MAX_COLUMNS, MAX_JSON_DEPTH, PREVIEW_BYTES, RowBlock, SourceError, map_columns, open,
};
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

#[track_caller]
fn check(text: &str, expected: &[&[&str]]) {
    let rows = drain("a.json", text.as_bytes()).expect("reads");
    let found: Vec<Vec<&str>> =
        rows.iter().map(|(_, row)| row.iter().map(String::as_str).collect()).collect();
    assert_eq!(found, expected, "{text}");
    assert!((1..).zip(&rows).all(|(number, row)| row.0 == number), "rows are counted from 1");
}

#[track_caller]
fn refuse(bytes: impl Read + Send, words: &[&str]) {
    let error = drain("a.json", bytes).expect_err("is refused");
    assert_eq!((error.rule(), error.name()), (RuleCode::F01, "a.json"));
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "`{text}` lacks `{word}`");
    }
}

#[test]
fn records_give_the_same_rows_however_they_are_strung_together() {
    let expected: &[&[&str]] = &[
        &["Chủ hộ", "Xã", "Vĩ độ"],
        &["Võ Thị Lài", "Quảng Phước"],
        &["", "Quảng Phước", "16.50"],
    ];
    let one = r#"{"Chủ hộ":"Võ Thị Lài","Xã":"Quảng Phước"}"#;
    let two = r#"{"Vĩ độ":16.50,"Xã":"Quảng Phước","Chủ hộ":null}"#;
    check(&format!("{one}\n{two}\n"), &[expected[0], expected[1], expected[2]]);
    check(&format!("{one}\r\n\r\n{two}"), expected);
    check(&format!("\u{feff}[\n  {one},\n  {two}\n]\n"), expected);
    check(&format!("{{\"count\":2,\"next\":null,\"results\":[{one},{two}]}}"), expected);
    check(&format!("{{\"@odata.context\":\"x\",\"value\":[{one},{two}]}}"), expected);
}

#[test]
fn json_is_known_by_its_bytes_in_every_encoding() {
    let text = r#"[{"Xã":"Quảng Phước"}]"#;
    let expected = drain("a.json", text.as_bytes()).expect("reads");
    let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [text.as_bytes().to_vec(), le.clone(), [b"\xFF\xFE", &le[..]].concat()] {
        assert_eq!(drain("danh-sach.csv", bytes.as_slice()).expect("reads"), expected);
        assert_eq!(Format::sniff("x.csv", &bytes).expect("known"), Format::Json);
    }
    for text in ["[STT],[Xã]\n1,2\n", "{STT};Xã\n1;2\n"] {
        assert_eq!(Format::sniff("x.json", text.as_bytes()).expect("known"), Format::Delimited);
    }
}

#[test]
fn the_point_of_a_feature_fills_the_columns_of_the_coordinates() {
    let collection = |features: &str| {
        format!("{{\"type\":\"FeatureCollection\",\"name\":\"ho\",\"features\":[{features}]}}")
    };
    let feature = |properties: &str, geometry: &str| {
        format!("{{\"type\":\"Feature\",\"properties\":{properties},\"geometry\":{geometry}}}")
    };
    let point = r#"{"type":"Point","coordinates":[107.5060,16.5735]}"#;
    let line = r#"{"type":"LineString","coordinates":[[107.5,16.5],[107.6,16.6]]}"#;
    let two = [feature(r#"{"ten":"A"}"#, point), feature(r#"{"ten":"B"}"#, line)];
    let expected: &[&[&str]] =
        &[&["ten", "Vĩ độ", "Kinh độ"], &["A", "16.5735", "107.5060"], &["B"]];
    check(&collection(&two.join(",")), expected);
    check(&two.join("\n"), expected);
    check(
        &collection(&feature(r#"{"lat":1.5,"lon":2.5}"#, point)),
        &[&["lat", "lon"], &["1.5", "2.5"]],
    );
    check(
        &collection(&feature(r#"{"lat":1.5}"#, point)),
        &[&["lat", "Vĩ độ", "Kinh độ"], &["1.5", "16.5735", "107.5060"]],
    );
}

#[test]
fn names_of_columns_are_mapped_as_headings_are() {
    let text = r#"{"ho":{"ho_ten":"Võ Thị Lài","xa":"Quảng Phước"},"ngay":"2024-03-05"}"#;
    let mut source = open("a.ndjson", text.as_bytes()).expect("opens");
    let mut block = RowBlock::new();
    source.next_block(&mut block, 10).expect("reads");
    let mapping = map_columns::<S>("a.ndjson", &block).expect("maps");
    assert_eq!(mapping.header_row(), 1);
    assert_eq!(mapping.get(block.row(1), S::Head), "Võ Thị Lài");
    assert_eq!(mapping.get(block.row(1), S::Commune), "Quảng Phước");
    assert_eq!(S::Latitude.title(), "Vĩ độ");
}

#[test]
fn blocks_hold_as_many_rows_as_were_asked_for() {
    let text = "{\"a\":1}\n".repeat(5);
    let mut source = open("a.json", text.as_bytes()).expect("opens");
    let mut block = RowBlock::new();
    let mut sizes = Vec::new();
    while source.next_block(&mut block, 4).expect("reads") > 0 {
        sizes.push(block.len());
    }
    assert_eq!(sizes, [4, 2]);
}

#[test]
fn a_file_without_records_is_empty() {
    refuse(&b"[]"[..], &["is empty"]);
    refuse(&b"{\"type\":\"FeatureCollection\",\"features\":[]}"[..], &["is empty"]);
}

#[test]
fn a_broken_record_is_named() {
    refuse(&b"{\"a\":1}\n{\"a\":\n{\"a\":2}"[..], &["record 2"]);
    refuse(&b"{\"a\":1}\n{\"a\":\"x}\n{\"a\":2}\n"[..], &["record 2", "`\"x}`", "line break"]);
    refuse(&b"[{\"a\":1},{\"a\":\"x"[..], &["record 2", "never closed"]);
    refuse(&b"{\"a\":1,\"a\":2}"[..], &["record 1", "`a` stands twice"]);
    refuse(&b"{\"a\":NaN}"[..], &["record 1", "`NaN` is no JSON value"]);
    refuse(&b"[{\"a\":1}, 7]"[..], &["record 2", "`7]`"]);
    refuse(&b"{\"type\":\"FeatureCollection\"}"[..], &["JSON", "`features`"]);
}

/// A piece of text, then another over and over.
struct Endless(&'static [u8], &'static [u8], usize);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            let at = self.2;
            *byte = match self.0.get(at) {
                Some(byte) => *byte,
                None => self.1[(at - self.0.len()) % self.1.len()],
            };
            self.2 += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn hostile_input_is_refused_before_it_fills_the_memory() {
    refuse(Endless(b"{\"a\":\"", b"x", 0), &["record 1", "1024 KiB"]);
    refuse(Endless(b"{\"", b"x", 0), &["record 1", "1024 KiB"]);
    refuse(Endless(b"{\"a\":", b"1", 0), &["record 1", "1024 KiB"]);
    refuse(Endless(b"", b"{\"a\":", 0), &["nested more than 32 deep"]);
    refuse(Endless(b"{\"a\":", b"[", 0), &["nested more than 32 deep"]);
    refuse(Endless(b"{\"results\":", b"[", 0), &["nested more than 32 deep"]);
    let depth = MAX_JSON_DEPTH - 1;
    let deepest = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(drain("a.json", deepest.as_bytes()).is_ok());
    let keys = |from: usize, to: usize| -> String {
        let members: Vec<String> = (from..to).map(|n| format!("\"k{n}\":1")).collect();
        format!("{{{}}}\n", members.join(","))
    };
    refuse(keys(0, MAX_COLUMNS + 1).as_bytes(), &["1000 columns"]);
    let apart: String = (0..=MAX_COLUMNS).map(|n| keys(n, n + 1)).collect();
    refuse(apart.as_bytes(), &["1000 columns"]);
    let wide = format!("{{\"a\":\"{}\"}}", "x".repeat(70_000));
    refuse(wide.as_bytes(), &["record 1", "`a`", "64 KiB"]);
}

#[test]
fn a_name_that_appears_behind_the_look_ahead_is_an_error_and_not_a_loss() {
    let record = format!("{{\"a\":\"{}\"}}\n", "x".repeat(60_000));
    let many = PREVIEW_BYTES / record.len() + 1;
    let text = format!("{}{{\"a\":1,\"b\":null}}\n{{\"b\":2}}\n", record.repeat(many));
    refuse(text.as_bytes(), &[&format!("record {}", many + 2), "`b` first appears", "64 MiB"]);
    let early = format!("{{\"b\":null}}\n{text}");
    assert_eq!(drain("a.json", early.as_bytes()).expect("reads").len(), many + 4);
}
