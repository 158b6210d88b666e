//! Which column is which: shown, overridden, and dropped where it is sensitive.

use std::{fs, path::Path};

use crate::support;
use support::{diachiso, folder, run_args, succeed};

const REGISTER: &str = "Mã hộ,Họ và tên chủ hộ,Thôn/Tổ dân phố,Xã/Phường,Mã xã,Địa chỉ,Số nhân khẩu,Nguồn,Ngày chốt\n\
    H1,Võ Thị Lài,Thôn Hà Hải,Xã Quảng Phước,19882,12 Xóm 3,4,Công an,30/06/2024\n";
/// A heading that is in no table, and one that nobody needs to know of.
const ROWS: &str = "Tên người đứng tên,Tôn giáo,Thôn/Tổ dân phố,Xã/Phường/Thị trấn,Vĩ độ,Kinh độ,Ngày thu thập,Căn cứ xử lý\n\
    Võ Thị Lài,Đạo bí mật,Thôn Hà Hải,Xã Quảng Phước,16.600661,107.533863,01/07/2024,Đồng ý\n";
const MAPPING: &str = "[columns]\nhead = \"Tên người đứng tên\"\n";

fn write(at: &Path) -> [std::path::PathBuf; 3] {
    let paths = ["ho.csv", "phieu.csv", "cot.toml"].map(|name| at.join(name));
    for (path, text) in paths.iter().zip([REGISTER, ROWS, MAPPING]) {
        fs::write(path, text).expect("written");
    }
    paths
}

#[test]
fn what_each_column_is_taken_for_is_shown_and_a_mapping_file_decides() {
    let folder = folder();
    let [_, rows, mapping] = write(folder.path());
    let output = diachiso(["columns".as_ref(), rows.as_os_str()]);
    assert_eq!(output.status.code(), Some(1), "without the head's name the file is of no use");
    assert!(String::from_utf8_lossy(&output.stderr).contains("F02"));
    let shown =
        succeed(["columns".as_ref(), rows.as_os_str(), "--mapping".as_ref(), mapping.as_os_str()]);
    let line = |heading: &str| shown.lines().find(|l| l.contains(heading)).expect("a line");
    assert!(line("Tên người đứng tên").contains("Họ và tên chủ hộ"), "{shown}");
    assert!(line("Tôn giáo").contains("C02"), "{shown}");
    assert!(line("Vĩ độ").contains("đúng mẫu"), "{shown}");
}

#[test]
fn a_mapping_file_is_kept_with_the_file_that_was_read_with_it() {
    let folder = folder();
    let [register, rows, mapping] = write(folder.path());
    let store = folder.path().join("store.gpkg");
    let mut args = run_args(&store, &[], &[rows]);
    args.extend(["--mapping".into(), mapping.to_string_lossy().into_owned()]);
    succeed(args);
    // The next run reads the first file again, from its archive.
    let summary = succeed(run_args(&store, &[register], &[]));
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    assert_eq!(summary["coverage"]["covered"], 1, "{summary}");
}

/// The register under headings that nobody knows, and what people say of them.
const STRANGE: &str = "Cột 1,Cột 2,Cột 3,Cột 4,Cột 5,Cột 6,Cột 7,Cột 8,Cột 9\n\
    H1,Võ Thị Lài,Thôn Hà Hải,Xã Quảng Phước,19882,12 Xóm 3,4,Công an,30/06/2024\n";
const OF_REGISTER: &str = "heading_row = 1\n[columns]\nhousehold_id = 1\nhead = 2\nvillage = 3\ncommune = 4\n\
    commune_code = 5\naddress = 6\nmembers = 7\nsource = 8\nclosed_on = 9\n";

#[tokio::test]
async fn a_register_under_unknown_headings_is_read_by_its_own_mapping_then_and_ever_after() {
    let folder = folder();
    let [known, rows, mapping] = write(folder.path());
    let [register, of_register] = ["la.csv", "cot-ho.toml"].map(|name| folder.path().join(name));
    fs::write(&register, STRANGE).expect("written");
    fs::write(&of_register, OF_REGISTER).expect("written");
    let store = folder.path().join("store.gpkg");
    let refused = diachiso(run_args(&store, std::slice::from_ref(&register), &[]));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && words.contains("F02"), "{words}");
    // Each kind has its own: keys of one mean nothing in the other.
    let both = |store: &Path, register: &Path| {
        let mut args = run_args(store, &[register.to_owned()], std::slice::from_ref(&rows));
        args.extend(["--mapping".into(), mapping.to_string_lossy().into_owned()]);
        args.extend(["--register-mapping".into(), of_register.to_string_lossy().into_owned()]);
        args
    };
    let summary: serde_json::Value =
        serde_json::from_str(&succeed(both(&store, &register))).expect("JSON");
    let coverage = |summary: &serde_json::Value| {
        let of = |key: &str| summary["coverage"][key].as_u64().expect("a count");
        (of("covered"), of("households"))
    };
    assert_eq!(coverage(&summary), (1, 1), "{summary}");
    let kept = diachiso_store::open_store(&store.to_string_lossy(), false).await.expect("open");
    let kept: Vec<_> =
        kept.sources().await.expect("files").into_iter().map(|s| s.mapping).collect();
    assert_eq!(kept, [Some(OF_REGISTER.into()), Some(MAPPING.into())]);
    // What is counted is what the same register makes under headings that are known, row for row.
    let twin = folder.path().join("twin.gpkg");
    let mut args = run_args(&twin, &[known], std::slice::from_ref(&rows));
    args.extend(["--mapping".into(), mapping.to_string_lossy().into_owned()]);
    let twin: serde_json::Value = serde_json::from_str(&succeed(args)).expect("JSON");
    assert_eq!(
        (&twin["coverage"], &twin["verdicts"]),
        (&summary["coverage"], &summary["verdicts"])
    );
    for count in ["rows_read", "accepted", "held", "duplicate", "rejected", "skipped"] {
        assert_eq!(twin["files"][0][count], summary["files"][0][count], "{count}");
    }
    // A run made anew has the archive of the file alone, and reads the same.
    let before = support::dump(&store);
    let again = [run_args(&store, &[], &[]), vec!["--again".to_owned(), "--full".to_owned()]];
    succeed(again.concat());
    assert_eq!(support::dump(&store), before);
}

#[test]
fn a_mapping_for_registers_is_checked_before_anything_is_read() {
    let folder = folder();
    let [register, _, said] = write(folder.path());
    let store = folder.path().join("store.gpkg");
    for (text, words) in [("[columns", "TOML"), ("[columns]\nlatitude = 1\n", "latitude")] {
        fs::write(&said, text).expect("written");
        let mut args = run_args(&store, std::slice::from_ref(&register), &[]);
        args.extend(["--register-mapping".into(), said.to_string_lossy().into_owned()]);
        let refused = diachiso(args);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn a_sensitive_column_reaches_no_disk_and_is_named() {
    let folder = folder();
    let [_, rows, mapping] = write(folder.path());
    let store = folder.path().join("store.gpkg");
    let mut args = run_args(&store, &[], &[rows]);
    args.extend(["--mapping".into(), mapping.to_string_lossy().into_owned()]);
    let summary: serde_json::Value = serde_json::from_str(&succeed(args)).expect("JSON");
    assert_eq!(summary["files"][0]["dropped_columns"], serde_json::json!(["Tôn giáo"]));
    let bytes = fs::read(&store).expect("the store");
    assert!(!contains(&bytes, "bí mật"), "the store holds it");
    let opened = diachiso_store::open_store(&store.to_string_lossy(), false).await.expect("open");
    let archive = opened.archive(1).await.expect("an archive");
    let archive = zstd::decode_all(archive.as_slice()).expect("unpacked");
    assert!(contains(&archive, "Võ Thị Lài") && !contains(&archive, "bí mật"));
}

#[tokio::test]
async fn what_repeat_groups_say_of_members_reaches_no_disk_in_any_shape() {
    let folder = folder();
    let shapes = ["ngang.csv", "long.ndjson", "kobo.xlsx", "odk-central.zip"]
        .map(|shape| format!("nhom-lap-{shape}"));
    for shape in &shapes {
        let store = folder.path().join(format!("{shape}.gpkg"));
        let rows = diachiso_testkit::fixture("dirty/files").join(shape);
        let summary: serde_json::Value =
            serde_json::from_str(&succeed(run_args(&store, &[], &[rows]))).expect("JSON");
        assert_ne!(summary["files"][0]["dropped_columns"], serde_json::json!([]), "{shape}");
        let opened =
            diachiso_store::open_store(&store.to_string_lossy(), false).await.expect("open");
        let archive = opened.archive(1).await.expect("an archive");
        let archive = zstd::decode_all(archive.as_slice()).expect("unpacked");
        let bytes = fs::read(&store).expect("the store");
        assert!(contains(&archive, "Cao Thị Lài"), "{shape}");
        // Their names, identity numbers and years of birth.
        for secret in ["Trần Khai", "0462009", "0462019", "0462098", "1957"] {
            assert!(!contains(&archive, secret) && !contains(&bytes, secret), "{shape}: {secret}");
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn records_of_json_are_read_like_rows() {
    let folder = folder();
    let [register, ..] = write(folder.path());
    let rows = folder.path().join("phieu.ndjson");
    let record = r#"{"Họ và tên chủ hộ":"Võ Thị Lài","Thôn/Tổ dân phố":"Thôn Hà Hải","Xã/Phường/Thị trấn":"Xã Quảng Phước","vi_tri":{"lat":16.600661,"lon":107.533863},"Ngày thu thập":"01/07/2024","Căn cứ xử lý":"Đồng ý"}"#;
    fs::write(&rows, format!("{record}\n")).expect("written");
    let store = folder.path().join("store.gpkg");
    let summary = succeed(run_args(&store, &[register], &[rows]));
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    assert_eq!(summary["coverage"]["covered"], 1, "{summary}");
}
