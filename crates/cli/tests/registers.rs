//! Two versions of a register side by side, by the real binary.

use serde_json::Value;

mod support;

use support::{diachiso, files, folder, run_args, succeed};

/// The record of a csv text, by line.
fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().collect()
}

#[test]
fn households_added_gone_and_changed_are_told() {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    let first = files(folder.path(), "register").remove(0);
    let store = folder.path().join("s.gpkg");
    let text = std::fs::read_to_string(&first).expect("a register");
    let all = lines(&text);
    // The second version lacks the first two households and says of all others one member more.
    let members = all[0].split(',').position(|title| title == "Số nhân khẩu").expect("a column");
    let changed = support::with_column(&text, "Số nhân khẩu", |n| (n % 7 + 1).to_string());
    assert!(members > 0);
    let mut kept = lines(&changed);
    kept.drain(1..3);
    let second = folder.path().join("register-2.csv");
    std::fs::write(&second, kept.join("\n") + "\n").expect("written");
    succeed(run_args(&store, std::slice::from_ref(&first), &[]));
    succeed(run_args(&store, std::slice::from_ref(&second), &[]));
    let at = store.to_string_lossy();
    let name = first.file_name().expect("a name").to_string_lossy().into_owned();
    let diff = |a: &str, b: &str| -> Value {
        let text = succeed(["registers", "diff", a, b, "--json", "--store", &at]);
        serde_json::from_str(&text).expect("JSON")
    };
    let there = diff(&name, "register-2.csv");
    let count = |diff: &Value, what: &str| {
        let all = diff["households"].as_array().expect("a list").iter();
        all.filter(|h| h["change"] == what).count()
    };
    assert_eq!((count(&there, "gone"), count(&there, "added")), (2, 0), "{}", there["before"]);
    let some = count(&there, "changed");
    let unchanged = usize::try_from(there["same"].as_u64().expect("a count")).expect("few");
    assert!(some > 0, "nothing changed");
    let households = there["after"]["households"].as_u64().expect("a count");
    assert_eq!(some + unchanged, usize::try_from(households).expect("few"));
    for household in there["households"].as_array().expect("a list") {
        for field in household["fields"].as_array().expect("a list") {
            assert_eq!(field["field"], "members", "{household}");
        }
    }
    let back = diff("register-2.csv", &name);
    assert_eq!((count(&back, "gone"), count(&back, "added")), (0, 2));
    assert_eq!(count(&diff(&name, &name), "changed"), 0);
    let csv = succeed(["registers", "diff", &name, "register-2.csv", "--store", &at]);
    assert_eq!(lines(&csv).len(), 1 + 2 + some);
    let list = succeed(["registers", "list", "--store", &at]);
    assert_eq!(lines(&list).len(), 3, "{list}");
    let unknown = diachiso(["registers", "diff", &name, "nothing.csv", "--store", &at]);
    assert_eq!(unknown.status.code(), Some(1));
}
