//! `diachiso units find`: then, now, and why.

use crate::support;
use serde_json::Value;
use support::{diachiso, succeed};

fn find(args: &[&str]) -> Value {
    let mut all = vec!["units", "find", "--json"];
    all.extend(args);
    serde_json::from_str(&succeed(all)).expect("JSON")
}

fn names(units: &Value) -> Vec<&str> {
    let units = units.as_array().expect("units");
    units.iter().map(|unit| unit["name"].as_str().expect("a name")).collect()
}

#[test]
fn an_old_address_is_the_unit_of_its_day_and_its_successor_today() {
    let found = find(&["Xã Quảng Phú, Huyện Quảng Điền", "--on", "2019-05-01"]);
    assert_eq!(found["unit"]["code"], "19897");
    assert_eq!((&found["decided_by"], &found["rule"]), (&Value::from("name"), &Value::Null));
    assert_eq!(names(&found["today"]), ["Xã Đan Điền"]);
    let kinds: Vec<&str> = found["evidence"]
        .as_array()
        .expect("evidence")
        .iter()
        .map(|e| {
            assert_eq!(e["says"], "for");
            e["kind"].as_str().expect("a kind")
        })
        .collect();
    assert_eq!(kinds, ["name", "district"]);
}

#[test]
fn what_text_leaves_open_the_point_decides_and_what_nothing_decides_has_its_candidates() {
    let open = find(&["Xã A Lưới", "--on", "2026-03-01"]);
    assert_eq!((&open["unit"], &open["rule"]), (&Value::Null, &Value::from("A02")));
    assert_eq!(open["candidates"].as_array().map(Vec::len), Some(5));
    let district = find(&["Phú Vang", "--on", "2020-03-01"]);
    assert_eq!(district["rule"], "A02");
    let decided = find(&["Phú Vang", "--on", "2020-03-01", "--point", "16.45,107.7"]);
    let unit = decided["unit"]["name"].as_str().expect("a unit");
    assert_eq!((&decided["decided_by"], &decided["rule"]), (&"point".into(), &"A03".into()));
    assert!(names(&decided["candidates"]).contains(&unit), "{decided}");
    let point =
        decided["evidence"].as_array().and_then(|all| all.iter().find(|e| e["kind"] == "point"));
    assert_eq!(point.expect("the point")["says"], "for");
    assert_eq!(find(&["Xã Không Có", "--on", "2020-03-01"])["rule"], "A01");
}

#[test]
fn a_code_given_to_another_name_is_evidence_against() {
    // The code means one unit, the name another: nothing decides, and both are named.
    let found = find(&["Xã Phú Mậu", "--code", "19885", "--on", "2019-05-01"]);
    assert_eq!((&found["unit"], &found["rule"]), (&Value::Null, &"A02".into()));
    assert!(names(&found["candidates"]).contains(&"Xã Phú Mậu"), "{found}");
}

#[test]
fn a_point_or_code_that_cannot_be_read_is_said() {
    for (args, expected) in [
        (["--point", "16.45"], "expected latitude and longitude"),
        (["--point", "107.7,16.45"], "expected latitude and longitude"),
        (["--address-code", "hello"], "of no known scheme"),
    ] {
        let mut all = vec!["units", "find", "Phú Vang"];
        all.extend(args);
        let output = diachiso(all);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(expected), "{error}");
    }
}
