//! `diachiso reverse`: a point, a code, and the rows of a file.

mod support;

use serde_json::Value;
use support::{diachiso, succeed};

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
