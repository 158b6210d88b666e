//! The list of poor households as a register: ids from content, the place out of one line, the class from its column.

use std::{collections::BTreeMap, fs, path::Path};

use crate::support::{self, corpus};
use serde_json::Value;
use support::{diachiso, dump, folder, run_args, succeed};

const HEADING: &str =
    "STT,Họ tên chủ hộ,Địa chỉ,Số nhân khẩu,Hộ nghèo/Cận nghèo,\"Quyết định số, ngày\",Ghi chú\n";
const LAI: &str =
    "1,Võ Thị Lài,\"3 Xóm 1, Thôn Hà Hải, xã Quảng Phước\",4,Hộ nghèo,QĐ 12 ngày 15/12/2023,\n";
const TAM: &str = "2,Lê Tám,\"Thôn Phò Mai, xã Quảng Phước\",2,Cận nghèo,QĐ 12 ngày 15/12/2023,\n";
/// What Lài handed in, with a point in her village.
const SUBMISSION: &str = "Họ và tên chủ hộ,Số nhà,Tên đường,Nhân khẩu,Thôn,Xã,Vĩ độ,Kinh độ,Ngày thu thập,Căn cứ xử lý\n\
    Võ Thị Lài,3,Xóm 1,4,Thôn Hà Hải,Xã Quảng Phước,16.598613,107.538031,01/07/2024,Đồng ý\n";

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Ids of the households of a store.
fn ids(store: &Path) -> Vec<String> {
    let text = dump(store);
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let mut ids: Vec<String> = words.filter(|w| w.starts_with("HN-")).map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[test]
fn the_list_counts_as_the_register_of_the_welfare_office_with_its_classes() {
    let folder = folder();
    let [store, list, rows] =
        ["store.gpkg", "ngheo.csv", "phieu.csv"].map(|n| folder.path().join(n));
    fs::write(&list, format!("{HEADING}{LAI}{TAM}")).expect("a list");
    fs::write(&rows, SUBMISSION).expect("a file");
    let output = diachiso(run_args(&store, &[list], &[rows]));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    let summary = json(&String::from_utf8_lossy(&output.stdout));
    let of = |key: &str| summary["coverage"][key].as_u64().expect("a count");
    assert_eq!((of("covered"), of("households")), (1, 2), "{summary}");
    assert_eq!((of("poor_covered"), of("poor")), (1, 1), "{summary}");
    assert_eq!((of("persons_covered"), of("persons")), (4, 6), "{summary}");
    // One is near-poor, and the source is told beside the figure.
    assert!(words.contains("0 / 1 = 0,00 %") || words.contains("0 / 1 = 0 %"), "{words}");
    assert!(dump(&store).contains("welfare"), "the source");
}

#[test]
fn ids_are_the_same_when_the_list_is_sent_again_in_another_order_and_spelling() {
    let folder = folder();
    let spellings = [
        format!("{HEADING}{LAI}{TAM}"),
        format!("{HEADING}{TAM}{}", LAI.replace("Võ Thị Lài", "VÕ THỊ LÀI").replace("xã ", "X. ")),
        format!("{HEADING}{}{TAM}", LAI.replace("Hộ nghèo", "Cận nghèo").replace("QĐ 12", "QĐ 99")),
    ];
    let found: Vec<Vec<String>> = spellings
        .iter()
        .enumerate()
        .map(|(n, text)| {
            let [store, list] =
                [format!("{n}.gpkg"), format!("{n}.csv")].map(|f| folder.path().join(f));
            fs::write(&list, text).expect("a list");
            succeed(run_args(&store, &[list], &[]));
            ids(&store)
        })
        .collect();
    assert_eq!(found[0].len(), 2, "{found:?}");
    assert!(found.iter().all(|ids| *ids == found[0]), "{found:?}");
}

#[test]
fn what_an_address_lacks_is_told_in_the_row_of_the_file() {
    let folder = folder();
    let [store, report] = ["store.gpkg", "loi.csv"].map(|name| folder.path().join(name));
    let mut args = run_args(&store, &[corpus::path("danh-sach-ngheo.xlsx")], &[]);
    args.extend(["--report".to_owned(), report.to_string_lossy().into_owned()]);
    let summary = json(&succeed(args));
    let file = &summary["files"][0];
    assert_eq!((&file["rows_read"], &file["rejected"]), (&18.into(), &5.into()), "{file}");
    let mut reader = csv::Reader::from_path(report).expect("a report");
    let told: BTreeMap<u32, (String, String)> = reader
        .records()
        .map(|record| {
            let record = record.expect("a line");
            assert_eq!(&record[4], "L01");
            (record[1].parse().expect("a row"), (record[2].to_owned(), record[8].to_owned()))
        })
        .collect();
    for (row, column, words) in [
        (12, "Địa chỉ", "Thiếu xã/phường"),
        (13, "Địa chỉ", "Không có xã/phường tên này"),
        (14, "Địa chỉ", "Thiếu thôn/TDP"),
        (15, "Địa chỉ", "Thiếu xã/phường"),
        (16, "Diện hộ", "Sửa ô này"),
    ] {
        let (in_column, suggestion) = &told[&row];
        assert_eq!(in_column, column, "row {row}");
        assert!(suggestion.contains(words), "row {row}: {suggestion}");
    }
    assert_eq!(told.len(), 5);
}

#[test]
fn a_register_that_names_decisions_keeps_its_source_and_its_households_that_are_not_poor() {
    let folder = folder();
    let [store, list] = ["store.gpkg", "ho.csv"].map(|name| folder.path().join(name));
    let heading = "Mã hộ,Chủ hộ,Thôn,Xã,Số nhân khẩu,Diện hộ,Quyết định,Nguồn\n";
    let rows = "H1,Võ Thị Lài,Thôn Hà Hải,Xã Quảng Phước,4,,,Công an\n\
                H2,Lê Tám,Thôn Hà Hải,Xã Quảng Phước,2,Hộ nghèo,QĐ 12,\n";
    fs::write(&list, format!("{heading}{rows}")).expect("a register");
    let summary = json(&succeed(run_args(&store, &[list], &[])));
    assert_eq!(summary["files"][0]["accepted"], 2, "{summary}");
    assert!(!dump(&store).contains("welfare") && ids(&store).is_empty());
}

#[test]
fn a_register_that_lost_its_ids_is_still_refused() {
    let folder = folder();
    let list = folder.path().join("ho.csv");
    let heading = HEADING.replace("\"Quyết định số, ngày\"", "Nguồn");
    fs::write(&list, format!("{heading}{LAI}")).expect("a list");
    let output = diachiso(run_args(&folder.path().join("store.gpkg"), &[list], &[]));
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["F02", "`Mã hộ`", "`Thôn/Tổ dân phố`", "`Xã/Phường`"] {
        assert!(words.contains(part), "{part} in {words}");
    }
}
