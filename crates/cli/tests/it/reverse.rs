//! `diachiso reverse`: a point, a code, and the rows of a file.

use crate::support::{self, corpus};
use serde_json::Value;
use support::{diachiso, loaded, succeed};

fn reverse(args: &[&str]) -> Value {
    let mut all = vec!["reverse", "--json"];
    all.extend(args);
    serde_json::from_str(&succeed(all)).expect("JSON")
}

#[test]
fn a_point_is_in_the_commune_of_its_day_and_of_today() {
    let place = reverse(&["16.5735,107.5060", "--on", "2019-05-01"]);
    assert_eq!(place["commune"]["district"], "Huyện Quảng Điền");
    assert_eq!(place["codes"]["olc"], "7P89HGF4+CC2");
    assert!(
        place["today"]["name"].is_string() && place["border_m"].as_f64().is_some_and(|m| m > 0.0)
    );
    assert!(place.get("address").is_none(), "no store was named");
}

#[test]
fn a_plus_code_is_read_and_a_serial_code_names_its_communes() {
    let code = reverse(&["7P89HGF4+CC2"]);
    assert_eq!(code["scheme"], "olc");
    assert!((code["cell"]["lat"].as_f64().expect("a latitude") - 16.5735).abs() < 1e-4);
    let place = reverse(&["16.5735,107.5060", "--on", "2019-05-01"]);
    let postal = place["codes"]["postal_code"].as_str().expect("a postal code");
    let code = reverse(&[&format!("{postal}00001"), "--on", "2019-05-01"]);
    assert_eq!((&code["scheme"], &code["cell"]), (&"national10".into(), &Value::Null));
    let communes: Vec<_> =
        code["communes"].as_array().expect("communes").iter().map(|c| &c["code"]).collect();
    assert!(communes.contains(&&place["commune"]["code"]), "{communes:?}");
}

#[test]
fn a_file_gets_columns_and_what_is_no_position_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("diem.csv");
    let rows = "Tên,Vĩ độ,Kinh độ\nA,16.5735,107.5060\nB,\"16,5735\",\"107,5060\"\nC,NaN,107.5\nD,91,107.5\nE,-0,inf\nF,16.9,107.9\n";
    std::fs::write(&path, rows).expect("written");
    let out = succeed(["reverse", path.to_str().expect("a path"), "--on", "2019-05-01"]);
    let lines: Vec<&str> = out.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 7);
    assert!(lines[0].starts_with("Tên,Vĩ độ,Kinh độ,Mã xã tại điểm,"), "{}", lines[0]);
    let after = |line: &str| {
        line.split_once("7P89HGF4+CC2").map(|(head, _)| head.rsplit(',').nth(7).map(str::to_owned))
    };
    assert!(after(lines[1]).is_some() && after(lines[1]) == after(lines[2]), "{lines:?}");
    assert!(
        lines[3].ends_with("không đọc được") && lines[5].ends_with("không đọc được"),
        "{lines:?}"
    );
    assert!(lines[4].ends_with("latitude 91 is outside -90 to 90 degrees"), "{}", lines[4]);
    assert!(lines[6].contains(",,"), "at sea: {}", lines[6]);
}

#[test]
fn what_is_neither_point_nor_code_nor_file_is_refused() {
    let output = diachiso(["reverse", "no such thing"]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("neither latitude and longitude"), "{words}");
}

/// The rows of an output: heading and cells.
fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let heading = cells(reader.headers().expect("a heading"));
    (heading, reader.records().map(|row| cells(&row.expect("a row"))).collect())
}

#[test]
fn each_row_is_of_its_own_day_and_has_the_nearest_address_of_the_store() {
    let (folder, store, _) = loaded();
    let store = store.to_string_lossy().into_owned();
    let path = folder.path().join("diem.csv");
    let points = ["16.5735,107.5060", "16.5801,107.5102", "16.6102,107.5311", "16.2,107.9"];
    let days = ["01/05/2019", "", "không rõ", "2026-01-02"];
    let lines: Vec<String> = points.iter().zip(days).map(|(p, day)| format!("{p},{day}")).collect();
    let rows = format!("Vĩ độ,Kinh độ,Ngày thu thập\n{}\n", lines.join("\n"));
    std::fs::write(&path, rows).expect("written");
    let file = path.to_string_lossy().into_owned();
    let out = succeed(["reverse", &file, "--on", "2022-01-01", "--store", &store]);
    let (heading, rows) = table(&out);
    let at = |title: &str| heading.iter().position(|t| t == title).expect("the column");
    let cells =
        |title: &str| -> Vec<&str> { rows.iter().map(|row| row[at(title)].as_str()).collect() };
    let on = ["2019-05-01", "2022-01-01", "2022-01-01", "2026-01-02"];
    assert_eq!(cells("Ngày xét"), on);
    let mut near = 0;
    for ((point, on), row) in points.iter().zip(on).zip(&rows) {
        let one = reverse(&[point, "--on", on, "--store", &store]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        assert_eq!(row[at("Mã xã tại điểm")], text(&one["commune"]["code"]), "{point}");
        assert_eq!(row[at("Địa chỉ gần nhất")], text(&one["address"]["address"]), "{point}");
        let metres: Option<f64> = row[at("Cách địa chỉ gần nhất (m)")].parse().ok();
        assert_eq!(metres, one["address"]["distance_m"].as_f64(), "{point}");
        near += u32::from(metres.is_some());
    }
    assert!(near >= 2, "the district's houses are near: {rows:?}");
    // Without a store nobody's address is told.
    let (heading, rows) = table(&succeed(["reverse", &file]));
    let address = heading.iter().position(|t| t == "Địa chỉ gần nhất").expect("the column");
    assert!(rows.iter().all(|row| row[address].is_empty()));
}

#[test]
fn every_sheet_with_coordinates_is_read_or_the_one_that_is_chosen() {
    let book = corpus::path("moi-thon-mot-trang.xlsx").to_string_lossy().into_owned();
    let (heading, rows) = table(&succeed(["reverse", &book]));
    let at = |title: &str| heading.iter().position(|t| t == title).expect("the column");
    let (sheet, commune) = (at("Trang tính"), at("Mã xã tại điểm"));
    let of = |title: &str| rows.iter().filter(|row| row[sheet] == title).count();
    let (first, second) = (of("Thôn Hà Hải"), of("Thôn Phò Mai"));
    assert!(first > 0 && second > 0 && first + second == rows.len(), "{rows:?}");
    assert!(rows.iter().any(|row| !row[commune].is_empty()), "{rows:?}");
    let (heading, chosen) = table(&succeed(["reverse", &book, "--sheet", "Thôn Phò Mai"]));
    let sheet = heading.iter().position(|t| t == "Trang tính").expect("the column");
    assert_eq!(chosen.len(), second);
    assert!(chosen.iter().all(|row| row[sheet] == "Thôn Phò Mai"));
    let refused = diachiso(["reverse", &book, "--sheet", "Không có"]);
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn a_mapping_file_names_the_columns_and_metres_and_minutes_are_read_as_in_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let [file, mapping] = ["a.csv", "cot.toml"].map(|name| folder.path().join(name));
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let rows = "UBND xã,,,\nA,B,C,Hệ\n16.5735,107.5060,01/05/2019,\n1833104.411,553801.983,01/05/2019,VN-2000\n\
        \"16°34'24.6\"\"\",\"107°30'21.6\"\"\",01/05/2019,\n107.5060,16.5735,01/05/2019,\n";
    std::fs::write(&file, rows).expect("written");
    let text = "heading_row = 2\n[columns]\nlatitude = \"A\"\nlongitude = \"B\"\ncollected_on = 3\nsystem = \"Hệ\"\n";
    std::fs::write(&mapping, text).expect("written");
    let (heading, rows) = table(&succeed(["reverse", &path(&file), "--mapping", &path(&mapping)]));
    let at = |title: &str| heading.iter().position(|t| t == title).expect("the column");
    let cells =
        |title: &str| -> Vec<&str> { rows.iter().map(|row| row[at(title)].as_str()).collect() };
    // To the centimetre one point, at the border of two cells.
    assert!(cells("Plus Code").iter().all(|code| code.starts_with("7P89HGF4+")), "{rows:?}");
    assert_eq!(cells("Cách ranh giới (m)"), [rows[0][at("Cách ranh giới (m)")].as_str(); 4]);
    assert_eq!(cells("Ngày xét"), ["2019-05-01"; 4]);
    // The options name headings as well; a file without coordinates says how to name them.
    let named = ["reverse", &path(&file), "--lat", "A", "--lon", "B", "--date", "C"];
    let (_, again) = table(&succeed(named));
    assert_eq!(again.len(), 4);
    let refused = diachiso(["reverse", &path(&file)]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && words.contains("--mapping"), "{words}");
}
