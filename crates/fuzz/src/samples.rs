//! Inputs to begin from, of every kind: what people hand in, small.

use crate::support::{ods_row, xls};
use diachiso_model::Date;
use diachiso_source::{ArchiveWriter, RowBlock, open};
use diachiso_synth::{CommuneInput, Config, Files, HOUSEHOLDS, RegisterLayout, generate};
use diachiso_text::legacy::{LegacyEncoding, encode};
use geo_types::{MultiPolygon, Rect};
use rust_xlsxwriter::Workbook;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

/// Rows of a table: each a list of cells.
pub type Table = Vec<Vec<String>>;

/// The inputs of one target.
pub type Inputs = Vec<Vec<u8>>;

/// Rows kept of each file: enough for every kind of cell, few enough to be read a thousand times
/// a second.
const ROWS: usize = 24;

/// The first rows of every file that the generator writes: registers and submissions.
///
/// # Errors
/// When the generator or the reader fails, which their own tests would show.
pub fn sheets() -> Result<Vec<Table>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let commune = CommuneInput {
        code: "19996".to_owned(),
        name: "Xã Quảng Phước".to_owned(),
        kind_is_urban: false,
        district_name: "Huyện Quảng Điền".to_owned(),
        postal: Some(49_112),
        shape: MultiPolygon::from(Rect::new((107.50, 16.55), (107.56, 16.60)).to_polygon()),
        weight: 1.0,
        other_names: Vec::new(),
    };
    let config = Config {
        collected_from: Date::constant(2024, 1, 1),
        ..Config::proportional(1, *HOUSEHOLDS.start(), vec![commune])
    };
    let mut files = Files::create(folder.path(), RegisterLayout::Single)?;
    generate(&config, &mut files)?;
    let written = files.finish()?;
    let paths = written.registers.iter().chain(&written.submissions);
    paths.map(|path| first_rows(path)).collect()
}

fn first_rows(path: &Path) -> Result<Table, Box<dyn Error>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut block = RowBlock::new();
    open(&name, std::fs::File::open(path)?)?.next_block(&mut block, ROWS)?;
    Ok(block.rows().map(|row| row.cells().map(str::to_owned).collect()).collect())
}

/// The cells of the fixture of dirty rows: what stands behind each `column=`.
///
/// # Errors
/// When the fixture cannot be read.
pub fn lines(fixture: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut block = RowBlock::new();
    open("rows.csv", std::fs::File::open(fixture)?)?.next_block(&mut block, 10_000)?;
    let values = block.rows().flat_map(|row| {
        let cases = row.get(1).split([';', '|']);
        cases.filter_map(|case| Some(case.split_once('=')?.1.trim().to_owned()))
    });
    Ok(values.collect())
}

/// The whole files of dirty rows that a target reads, where there are some.
///
/// # Errors
/// When a file cannot be read.
pub fn fixture_files(folder: &Path, target: &str) -> Result<Inputs, Box<dyn Error>> {
    let extensions: &[&str] = match target {
        "delimited" => &["csv", "tsv", "txt"],
        "json" => &["json", "ndjson", "geojson"],
        "workbook" => &["xlsx", "xls", "ods"],
        _ => &[],
    };
    let mut inputs = Inputs::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry?.path();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let expected = path.to_string_lossy().contains(".expected.");
        if extensions.contains(&&*extension) && !expected {
            inputs.push(std::fs::read(&path)?);
        }
    }
    inputs.sort_unstable();
    Ok(inputs)
}

fn joined(table: &[Vec<String>], delimiter: &str) -> String {
    table.iter().map(|row| row.join(delimiter) + "\r\n").collect()
}

/// Tables as text, in the encodings that people send.
#[must_use]
pub fn delimited(sheets: &[Table]) -> Inputs {
    let mut inputs: Inputs = Vec::new();
    for sheet in sheets {
        let sheet = &sheet[..sheet.len().min(6)];
        let text = joined(sheet, ";");
        inputs.push(joined(sheet, "\t").into_bytes());
        inputs.push([b"\xEF\xBB\xBF", text.as_bytes()].concat());
        inputs.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        for encoding in LegacyEncoding::ALL {
            let old = encode(&text, encoding);
            inputs.push(old.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect());
        }
    }
    inputs.push(b"sep=;\nA;\"b\"\"c\nd\";e\n\n;;\n".to_vec());
    inputs
}

/// Tables as records: an array, one a line, features, and in an envelope.
#[must_use]
pub fn json(sheets: &[Table]) -> Inputs {
    let mut inputs: Inputs = Vec::new();
    for sheet in sheets {
        let Some((heading, rows)) = sheet.split_first() else { continue };
        let record = |row: &Vec<String>| {
            let pairs =
                heading.iter().zip(row).map(|(key, cell)| (key.clone(), cell.clone().into()));
            serde_json::Value::Object(pairs.collect()).to_string()
        };
        let records: Vec<String> = rows.iter().take(4).map(record).collect();
        let point = "{\"type\":\"Point\",\"coordinates\":[107.5,16.5]}";
        let features: Vec<String> = records
            .iter()
            .map(|one| {
                format!(
                    "{{\"type\":\"Feature\",\"id\":1,\"properties\":{one},\"geometry\":{point}}}"
                )
            })
            .collect();
        inputs.push(records.join("\n").into_bytes());
        inputs.push(format!("[{}]", records.join(",")).into_bytes());
        inputs.push(format!("{{\"count\":4,\"results\":[{}]}}", records.join(",")).into_bytes());
        let collection =
            format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","));
        inputs.push(collection.into_bytes());
    }
    inputs.push(b"{\"a\":{\"b\":[1,null,{\"c\":true}]},\"_geolocation\":[16.5,107.5]}".to_vec());
    inputs
}

/// Tables as workbooks.
///
/// # Errors
/// When the writer fails.
pub fn workbooks(sheets: &[Table]) -> Result<Inputs, Box<dyn Error>> {
    let mut inputs: Inputs = Vec::new();
    for sheet in sheets {
        let mut book = Workbook::new();
        let page = book.add_worksheet();
        for (row, cells) in (0..).zip(sheet.iter().take(6)) {
            for (column, cell) in (0..).zip(cells) {
                page.write_string(row, column, cell)?;
            }
        }
        inputs.push(book.save_to_buffer()?);
        let xml = ods_sheet(sheet);
        inputs.push(crate::support::ods(&[("S", &xml)]));
        inputs.push(xls_file(sheet));
    }
    Ok(inputs)
}

fn ods_sheet(table: &Table) -> String {
    let escaped = |cell: &String| cell.replace('&', "&amp;").replace('<', "&lt;");
    let row = |cells: &Vec<String>| {
        let cells: Vec<String> = cells.iter().map(escaped).collect();
        ods_row(&cells.iter().map(String::as_str).collect::<Vec<_>>())
    };
    table.iter().take(4).map(row).collect()
}

fn xls_file(table: &Table) -> Vec<u8> {
    let rows: Vec<Vec<&str>> =
        table.iter().take(4).map(|row| row.iter().map(String::as_str).collect()).collect();
    xls(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// The XML of sheets with every kind of cell.
#[must_use]
pub fn xlsx_sheets() -> Inputs {
    let text = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Họ tên</t></is></c><c r=\"B1\" \
                t=\"str\"><v>Xã</v></c><c r=\"C1\" t=\"str\"><f>A1</f><v>Ngày</v></c></row>";
    let others = "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" t=\"b\"><v>1</v></c>\
                  <c r=\"C3\" s=\"1\"><v>45356.5</v></c><c r=\"D3\" t=\"e\"><v>#N/A</v></c>\
                  <c r=\"E3\" t=\"d\"><v>2024-03-05</v></c></row>";
    let bare = "<row><c><v>1</v></c><c><v>1e-7</v></c></row>";
    vec![text.into(), [text, others].concat().into(), bare.into()]
}

/// The XML of ods sheets.
#[must_use]
pub fn ods_sheets(sheets: &[Table]) -> Inputs {
    let mut inputs: Inputs = sheets.iter().map(|sheet| ods_sheet(sheet).into_bytes()).collect();
    inputs.push(
        "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell \
         table:number-columns-repeated=\"4\" office:value-type=\"float\" office:value=\"1.5\">\
         <text:p>1,5</text:p></table:table-cell><table:table-cell office:value-type=\"date\" \
         office:date-value=\"2024-03-05\"/><table:table-cell office:value-type=\"boolean\" \
         office:boolean-value=\"true\"/></table:table-row>"
            .into(),
    );
    inputs
}

/// The records of xls files.
#[must_use]
pub fn xls_streams(sheets: &[Table]) -> Inputs {
    // Behind the header, the allocation table and the directory stands the stream.
    const BEFORE: usize = 3 * 512;
    let stream = |table: &Table| {
        let mut bytes = xls_file(table).split_off(BEFORE);
        bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 3));
        bytes
    };
    let mut inputs: Inputs = sheets.iter().map(stream).collect();
    inputs.push(crate::shared_texts::shared_text_stream(&["Võ Thị Lài", "x"], &[0, 1, 0]));
    inputs
}

/// Tables as archives.
///
/// # Errors
/// Never: they are written to memory.
pub fn archives(sheets: &[Table]) -> Result<Inputs, Box<dyn Error>> {
    let mut inputs: Inputs = Vec::new();
    for sheet in sheets {
        let mut archive = ArchiveWriter::new(Vec::new());
        for (number, row) in (1..).zip(sheet) {
            archive.push(number, row.iter().map(String::as_str))?;
        }
        inputs.push(archive.finish()?);
    }
    Ok(inputs)
}

/// Tables of forms with repeat groups, one behind the other, and those of the generator with keys.
#[must_use]
pub fn survey_archives(sheets: &[Table]) -> Inputs {
    let houses = "ho_ten,xa,ngay_thu_thap,KEY\nVõ Thị Lài,Quảng Phước,1/3/2024,uuid:1\nLê An,Quảng Phú,2/3/2024,uuid:2\n";
    let members = "ten,nam_sinh,PARENT_KEY,KEY\nx,1990,uuid:2,uuid:2/members[1]\ny,1990,uuid:7,uuid:7/members[1]\n";
    let illness = "benh,PARENT_KEY,KEY\nx,uuid:2/members[1],z\n";
    let forms =
        [vec![houses], vec![houses, members], vec![houses, members, illness], vec![members]];
    let mut inputs: Inputs = forms.iter().map(|form| form.join("\u{1D}").into_bytes()).collect();
    for sheet in sheets {
        let mut keyed: Table = sheet.iter().take(6).cloned().collect();
        for (at, row) in keyed.iter_mut().enumerate() {
            row.push(if at == 0 { "KEY".to_owned() } else { format!("uuid:{at}") });
        }
        inputs.push([joined(&keyed, ","), members.to_owned()].join("\u{1D}").into_bytes());
    }
    inputs
}

/// Mapping files with every kind of line, some before a table.
#[must_use]
pub fn mapping_files() -> Inputs {
    let file = "heading_row = 2\n\n[columns]\nhead = \"Họ tên\"\ncommune = \"B\"\n\
                collected_on = 3\nvillage = false\n";
    let table = "UBND XÃ\nHọ tên|Xã|Ngày|Tôn giáo\nVõ Thị Lài|Quảng Phước|1/3/2024|x\n";
    vec![
        file.into(),
        format!("{file}\n---\n{table}").into(),
        format!("[columns]\nhead = 1\n\n---\n{table}").into(),
        b"heading_row = 0".to_vec(),
    ]
}

/// Codes of every scheme.
#[must_use]
pub fn codes(cells: &BTreeSet<String>) -> Inputs {
    let mut inputs = cells_with(cells, |cell| {
        cell.contains('+') || cell.bytes().filter(u8::is_ascii_digit).count() >= 10
    });
    let written = ["7P8PHH5X+XGV", "7P8P0000+", "HH5X+XG", "49112HH5XXGV", "7p8phh5x+xgv2345"];
    inputs.extend(written.map(|code| code.as_bytes().to_vec()));
    inputs
}

/// Coordinates in every spelling.
#[must_use]
pub fn coordinates(cells: &BTreeSet<String>) -> Inputs {
    let mut inputs = cells_with(cells, |cell| {
        cell.bytes().filter(u8::is_ascii_digit).count() * 2 > cell.chars().count()
    });
    let written = [
        "16.5735;107.5060",
        "16,5735;107,5060",
        "16°34'24.6\"N;107°30'21,5\"Đ",
        "16 34 24.6;107 30 21.5",
        "1.833.104,41;553.801,98",
    ];
    inputs.extend(written.map(|text| text.as_bytes().to_vec()));
    inputs.push([16.5735_f64.to_le_bytes(), 107.506_f64.to_le_bytes()].concat());
    inputs.push([1_833_104.4_f64.to_le_bytes(), 553_801.9_f64.to_le_bytes()].concat());
    inputs
}

fn cells_with(cells: &BTreeSet<String>, holds: impl Fn(&String) -> bool) -> Inputs {
    cells.iter().filter(|cell| holds(cell)).map(|cell| cell.clone().into_bytes()).collect()
}

/// Vietnamese cells in every old encoding.
#[must_use]
pub fn legacy(cells: &BTreeSet<String>) -> Inputs {
    let vietnamese = cells.iter().filter(|cell| !cell.is_ascii() && cell.len() < 60).take(120);
    let written = vietnamese
        .flat_map(|cell| LegacyEncoding::ALL.map(|encoding| encode(cell, encoding).into_bytes()));
    written.collect()
}

/// Pairs of floats: in the province, at the edges of the globe, and what is no position.
#[must_use]
pub fn points() -> Vec<Vec<u8>> {
    let numbers =
        [107.5, 16.25, 107.0, 16.0, 90.0, -180.0, -0.0, f64::NAN, f64::INFINITY, f64::MAX];
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|lon| numbers.iter().flat_map(move |lat| [*lon, *lat]))
        .flat_map(f64::to_le_bytes)
        .collect();
    bytes.chunks(48).map(<[u8]>::to_vec).chain([bytes.clone()]).collect()
}
