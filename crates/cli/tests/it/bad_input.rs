//! Whole-file errors: each names the file and the reason, ends with exit code 1 and leaves the store as it was.

use std::{fs, path::Path};

use crate::support;
use support::{diachiso, folder, run_args, succeed};

const REGISTER: &str = "STT,Mã hộ,Họ và tên chủ hộ,Thôn/Tổ dân phố,Xã/Phường,Mã xã,Địa chỉ,Số nhân khẩu,Nguồn,Ngày chốt\n\
    1,H1,Võ Thị Lài,Thôn Phước Lập,Xã Quảng Phước,19882,12 Xóm 3,4,Công an,30/06/2024\n";
const SUBMISSIONS: &str = "Họ và tên chủ hộ,Thôn/Tổ dân phố,Xã/Phường/Thị trấn,Vĩ độ,Kinh độ,Ngày thu thập\n\
    Võ Thị Lài,Thôn Phước Lập,Xã Quảng Phước,16.600661,107.533863,01/07/2024\n";

/// Runs over a store that holds one good run, with one bad file; checks that nothing changed.
#[track_caller]
fn check(make: impl FnOnce(&Path) -> String, reason: &str) {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("ho.csv"), REGISTER).expect("written");
    let store = at.join("store.gpkg");
    succeed(run_args(&store, &[at.join("ho.csv")], &[]));
    let before = fs::read(&store).expect("the store");
    let name = make(at);
    let output = diachiso(run_args(&store, &[], &[at.join(&name)]));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains(&name), "names the file: {words}");
    assert!(words.contains(reason), "says why: {words}");
    assert!(!words.contains("panicked"), "{words}");
    assert!(fs::read(&store).expect("the store") == before, "the store changed");
}

fn write(name: &'static str, bytes: impl AsRef<[u8]>) -> impl FnOnce(&Path) -> String {
    move |at| {
        fs::write(at.join(name), bytes).expect("written");
        name.into()
    }
}

#[test]
fn a_missing_column_is_named() {
    let rows = "Họ và tên chủ hộ,Vĩ độ\nVõ Thị Lài,16.5\n";
    check(write("phieu.csv", rows), "Ngày thu thập");
    check(write("phieu.csv", rows), "F02");
}

#[test]
fn an_empty_file_is_refused() {
    check(write("phieu.csv", ""), "empty");
}

#[test]
fn a_heading_without_rows_is_no_error_but_an_empty_sheet_is() {
    check(write("phieu.csv", "\n\n"), "phieu.csv");
}

#[test]
fn a_two_gigabyte_file_is_refused_before_it_is_read() {
    let make = |at: &Path| {
        let file = fs::File::create(at.join("lon.csv")).expect("created");
        file.set_len(2 << 30).expect("a sparse file");
        "lon.csv".to_owned()
    };
    check(make, "cut it into several files");
}

#[test]
fn a_truncated_workbook_is_refused() {
    let workbook = |at: &Path| {
        let whole = fs::read(support_workbook(at)).expect("a workbook");
        fs::write(at.join("cut.xlsx"), &whole[..whole.len() / 2]).expect("written");
        "cut.xlsx".to_owned()
    };
    check(workbook, "cut off");
}

/// A real workbook: the row report of a small run.
fn support_workbook(at: &Path) -> std::path::PathBuf {
    let (out, store) = (at.join("report.xlsx"), at.join("store.gpkg"));
    succeed(["report", "--store", &store.to_string_lossy(), "--out", &out.to_string_lossy()]);
    out
}

#[test]
fn a_binary_named_csv_is_refused() {
    let bytes: Vec<u8> =
        (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check(write("anh.csv", bytes), "not a table");
}

#[test]
fn a_folder_is_refused() {
    let make = |at: &Path| {
        fs::create_dir(at.join("thu-muc.csv")).expect("created");
        "thu-muc.csv".to_owned()
    };
    check(make, "folder");
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    check(|_| "khong-co.csv".into(), "cannot be read");
}

#[test]
fn a_file_loaded_before_is_refused_and_says_when() {
    check(|_| "ho.csv".into(), "F04");
}

#[test]
fn a_store_that_is_no_geopackage_is_left_alone() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("ho.csv"), REGISTER).expect("written");
    for (name, bytes) in
        [("text.gpkg", &b"this is a letter"[..]), ("half.gpkg", &b"SQLite format 3\0garbage"[..])]
    {
        let store = at.join(name);
        fs::write(&store, bytes).expect("written");
        let output = diachiso(run_args(&store, &[at.join("ho.csv")], &[]));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains(name), "{words}");
        assert_eq!(fs::read(&store).expect("the store"), bytes);
    }
}

#[test]
fn a_good_pair_of_files_makes_one_covered_household_once_a_legal_basis_is_stated() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("ho.csv"), REGISTER).expect("written");
    fs::write(at.join("phieu.csv"), SUBMISSIONS).expect("written");
    for (basis, covered, held) in [(None, 0, 1), (Some("Quyết định 12/QĐ"), 1, 0)] {
        let store = at.join(format!("{covered}.gpkg"));
        let mut args = run_args(&store, &[at.join("ho.csv")], &[at.join("phieu.csv")]);
        args.extend(basis.iter().flat_map(|b| ["--legal-basis".to_owned(), (*b).to_owned()]));
        let summary: serde_json::Value = serde_json::from_str(&succeed(args)).expect("JSON");
        assert_eq!(summary["coverage"]["households"], 1);
        assert_eq!(summary["coverage"]["covered"], covered, "{summary}");
        assert_eq!(summary["submissions"]["held"], held);
        assert_eq!(summary["rules"]["C01"].as_u64().unwrap_or(0), held);
    }
}

#[test]
fn a_register_line_that_cannot_be_used_is_told_with_row_column_and_value() {
    let folder = folder();
    let at = folder.path();
    let lines = "2,,Hồ Văn Lực,Thôn Phước Lập,Xã Quảng Phước,19882,12 Xóm 3,4,Công an,30/06/2024\n\
        3,H3,Hồ Văn Lực,Thôn Phước Lập,Xã Không Có,,12 Xóm 3,4,Công an,30/06/2024\n\
        4,H4,Hồ Văn Lực,Thôn Phước Lập,Xã Quảng Phước,19882,12 Xóm 3,4,Công an,31/06/2024\n";
    fs::write(at.join("ho.csv"), format!("{REGISTER}{lines}")).expect("written");
    let (store, report) = (at.join("store.gpkg"), at.join("loi.csv"));
    let mut args = run_args(&store, &[at.join("ho.csv")], &[]);
    args.extend(["--report".into(), report.to_string_lossy().into_owned()]);
    let summary: serde_json::Value = serde_json::from_str(&succeed(args)).expect("JSON");
    assert_eq!(summary["files"][0]["rejected"], 3);
    let report = fs::read_to_string(&report).expect("a report");
    for expected in [
        "ho.csv,3,Mã hộ,,L01",
        "ho.csv,4,Xã/Phường,Xã Không Có,L01",
        "ho.csv,5,Ngày chốt,31/06/2024,L01",
    ] {
        assert!(report.contains(expected), "{expected} is not in {report}");
    }
}
