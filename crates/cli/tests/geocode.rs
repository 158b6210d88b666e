//! A file of addresses, each with its place; what was stopped goes on.

mod support;

use std::fs;

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
