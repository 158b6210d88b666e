//! A file of addresses, each with its place; what was stopped goes on.

use std::fs;

use crate::support::{self, corpus};
use support::{diachiso, folder, succeed};

const ADDRESSES: &str = "STT,Địa chỉ\n\
    1,\"22/31 Cao Bá Quát, P. Phú Xuân\"\n\
    2,\"Quảng Phú, Quảng Điền\"\n\
    3,không đâu cả\n";
const PLACES: &str =
    "Số nhà,Kiệt,Tên đường,Vĩ độ,Kinh độ\n31,22,Cao Bá Quát,16.4851,107.5852\n9,,Lê Lợi,x,y\n";

#[test]
fn places_are_imported_and_every_row_gets_its_place() {
    let folder = folder();
    let [addresses, places, store, out] =
        ["dia-chi.csv", "so-nha.csv", "kho.gpkg", "ra.csv"].map(|name| folder.path().join(name));
    fs::write(&addresses, ADDRESSES).expect("written");
    fs::write(&places, PLACES).expect("written");
    let import = [
        "places".as_ref(),
        "import".as_ref(),
        places.as_os_str(),
        "--store".as_ref(),
        store.as_os_str(),
    ];
    let told = diachiso(import);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    assert!(String::from_utf8_lossy(&told.stderr).contains("1 số nhà"));
    let args = [
        "geocode".as_ref(),
        addresses.as_os_str(),
        "--out".as_ref(),
        out.as_os_str(),
        "--store".as_ref(),
        store.as_os_str(),
        "--public".as_ref(),
    ];
    succeed(args);
    let text = fs::read_to_string(&out).expect("an output");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with("\u{feff}STT,Địa chỉ,geo_row,geo_grade"), "{text}");
    assert!(lines[1].contains(",2,A,door,16.485100,107.585200,12,A,31,22,Cao Bá Quát"), "{text}");
    assert!(lines[2].contains("Xã Quảng Phú") && lines[2].contains("Xã Đan Điền"), "{text}");
    assert!(lines[3].contains("không hiểu"), "{text}");
    assert!(!folder.path().join("ra.csv.part.done").exists());
    // Stopped behind the heading and one row: what is there stays, the rest is made.
    let written = |rows: usize| lines[..=rows].iter().map(|line| line.len() + 1).sum::<usize>();
    fs::write(folder.path().join("ra.csv.part"), &text.as_bytes()[..written(1)]).expect("written");
    fs::remove_file(&out).expect("gone");
    succeed(args);
    assert_eq!(fs::read_to_string(&out).expect("an output"), text);
}

#[test]
fn a_file_without_addresses_is_refused() {
    let folder = folder();
    let file = folder.path().join("so.csv");
    fs::write(&file, "a,b\n1,2\n").expect("written");
    let out = folder.path().join("ra.csv");
    let refused =
        diachiso(["geocode".as_ref(), file.as_os_str(), "--out".as_ref(), out.as_os_str()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("F02"));
}

/// The rows of an output: heading and cells.
fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let heading = cells(reader.headers().expect("a heading"));
    (heading, reader.records().map(|row| cells(&row.expect("a row"))).collect())
}

#[test]
fn every_sheet_of_households_is_read_and_each_row_says_of_which_it_is() {
    let folder = folder();
    let book = corpus::path("moi-thon-mot-trang.xlsx");
    let out = folder.path().join("ra.csv");
    let geocode = |more: &[&str]| {
        let mut args = vec!["geocode".into(), book.to_string_lossy().into_owned()];
        args.extend(["--out".into(), out.to_string_lossy().into_owned()]);
        args.extend(more.iter().map(|&arg| arg.to_owned()));
        succeed(args);
        table(&fs::read_to_string(&out).expect("an output"))
    };
    let (heading, rows) = geocode(&[]);
    let at = |title: &str| heading.iter().position(|t| t == title).expect("the column");
    let (sheet, number, now) = (at("geo_sheet"), at("geo_row"), at("geo_now"));
    let sheets: std::collections::BTreeSet<&str> = rows.iter().map(|r| r[sheet].as_str()).collect();
    assert_eq!(sheets.into_iter().collect::<Vec<_>>(), ["Thôn Hà Hải", "Thôn Phò Mai"]);
    assert!(rows.iter().all(|row| !row[number].is_empty()));
    assert!(rows.iter().any(|row| !row[now].is_empty()), "{rows:?}");
    let pho_mai = rows.iter().filter(|row| row[sheet] == "Thôn Phò Mai").count();
    // Alone it has fewer columns.
    let (heading, chosen) = geocode(&["--sheet", "Thôn Phò Mai"]);
    let sheet = heading.iter().position(|t| t == "geo_sheet").expect("the column");
    assert!(!chosen.is_empty() && chosen.iter().all(|row| row[sheet] == "Thôn Phò Mai"));
    assert_eq!(chosen.len(), pho_mai);
}

#[test]
fn a_mapping_file_tells_the_columns_and_own_points_are_compared() {
    let folder = folder();
    let [file, mapping, out] = ["a.csv", "cot.toml", "ra.csv"].map(|name| folder.path().join(name));
    let text = "[columns]\naddress = \"Ở đâu\"\nhead = \"Chủ\"\nlatitude = 3\nlongitude = \"D\"\n";
    fs::write(&mapping, text).expect("written");
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let geocode = |rows: &str| {
        fs::write(&file, format!("Ở đâu,Chủ,B,L\n{rows}")).expect("written");
        succeed(["geocode", &path(&file), "--mapping", &path(&mapping), "--out", &path(&out)]);
        table(&fs::read_to_string(&out).expect("an output"))
    };
    let address = "\"Xã Quảng Phú, Huyện Quảng Điền\"";
    let (heading, rows) = geocode(&format!("{address},A,,\n"));
    let at = |title: &str| heading.iter().position(|t| t == title).expect("the column");
    let [lat, lon] = ["geo_lat", "geo_lon"].map(|title| rows[0][at(title)].clone());
    let far: f64 = lat.parse::<f64>().expect("degrees") - 0.3;
    let (_, rows) = geocode(&format!(
        "{address},A,{lat},{lon}\n{address},A,\"{}\",\"{}\"\n{address},B,{far},{lon}\n\
        {address},B,21.03,105.85\n{address},B,x,y\n{address},B,,\n",
        lat.replace('.', ","),
        lon.replace('.', ",")
    ));
    let said: Vec<&str> = rows.iter().map(|row| row[at("geo_point")].as_str()).collect();
    let expected = [
        "khớp / agrees",
        "khớp / agrees",
        "xã khác / another commune",
        "ngoài tỉnh / outside the province",
        "không đọc được / unreadable",
        "",
    ];
    assert_eq!(said, expected);
    let metres: Vec<bool> = rows.iter().map(|row| row[at("geo_point_m")].is_empty()).collect();
    assert_eq!(metres, [false, false, false, true, true, true]);
    // A key that is of no file of the kind is refused.
    fs::write(&mapping, "[columns]\nhaed = 1\n").expect("written");
    let refused =
        diachiso(["geocode", &path(&file), "--mapping", &path(&mapping), "--out", &path(&out)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("`haed`"));
}
