//! Two versions of a register side by side, by the real binary.

use serde_json::Value;

use crate::support::{self, serving};
use serving::Serving;
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

#[test]
fn the_service_counts_for_planners_and_names_households_where_a_grant_holds() {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    let first = files(folder.path(), "register").remove(0);
    let store = folder.path().join("s.gpkg");
    let text = std::fs::read_to_string(&first).expect("a register");
    // The second version lacks the first thirty households, the first lacks those of the end.
    let all = lines(&text);
    let [head, rest @ ..] = all.as_slice() else { panic!("an empty register") };
    let [old, new] = ["ho-1.csv", "ho-2.csv"].map(|name| folder.path().join(name));
    let write = |path: &std::path::Path, rows: &[&str]| {
        std::fs::write(path, format!("{head}\n{}\n", rows.join("\n"))).expect("written");
    };
    write(&old, &rest[..rest.len() - 20]);
    write(&new, &rest[30..]);
    succeed(run_args(&store, std::slice::from_ref(&old), &[]));
    succeed(run_args(&store, std::slice::from_ref(&new), &[]));
    let at = store.to_string_lossy().into_owned();
    let token = |grant: &str| {
        let made = ["token", "add", "--grant", grant, "--label", "thử", "--store", &at];
        succeed(made).trim().to_owned()
    };
    let (planner, everywhere) = (token("planner:*"), token("officer:*"));
    let serving = Serving::start(&at, folder.path());
    let get = |path: &str, token: &str| {
        let answer = serving.get(path, Some(token));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str::<Value>(&answer.body).expect("JSON")
    };
    let listed = get("/api/v1/registers", &planner);
    let hashes: Vec<&str> = listed["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| file["hash"].as_str().expect("a hash"))
        .collect();
    assert_eq!(hashes.len(), 2, "{listed}");
    let denominator = &listed["registers"][0];
    assert_eq!(denominator["denominator"], true, "{listed}");
    let source = denominator["source"].as_str().expect("a source");
    let coverage = get(&format!("/api/v1/coverage?level=province&source={source}"), &planner);
    assert_eq!(coverage["closed_on"], denominator["closed_on"], "{coverage}");
    let compare = format!("/api/v1/registers/ho-1.csv/compare/{}", &hashes[1][..12]);
    let counts = get(&compare, &planner);
    assert_eq!((&counts["added"], &counts["gone"]), (&20.into(), &30.into()), "{counts}");
    let villages = counts["villages"].as_array().expect("villages");
    let sum = |what: &str| villages.iter().filter_map(|v| v[what].as_u64()).sum::<u64>();
    assert_eq!((sum("added"), sum("gone"), sum("changed")), (20, 30, 0), "{counts}");
    // Nobody is named to a planner; an officer reads page after page what the program itself prints.
    let households = format!("{compare}/households");
    assert_eq!(serving.get(&households, Some(&planner)).status, 403);
    let told = succeed(["registers", "diff", "ho-1.csv", "ho-2.csv", "--json", "--store", &at]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let (mut next, mut read) = (Some(format!("{households}?limit=7")), Vec::new());
    while let Some(page) = next {
        let page = get(&page, &everywhere);
        let rows = page["rows"].as_array().expect("rows");
        assert!(!rows.is_empty() && rows.len() <= 7, "{page}");
        read.extend(rows.clone());
        next = page["next"].as_str().map(str::to_owned);
    }
    let short = |rows: &[Value], village: &str| -> Vec<[Value; 3]> {
        rows.iter()
            .map(|row| [row["household"].clone(), row[village].clone(), row["change"].clone()])
            .collect()
    };
    let all = told["households"].as_array().expect("households");
    assert_eq!(short(&read, "village_name"), short(all, "village"));
    // Of one village alone.
    let village = read[0]["village"].as_str().expect("a code");
    let commune = village.split_once('-').expect("a commune").0;
    let closed_on = counts["after"]["closed_on"].as_str().expect("a day");
    let here = token(&format!("officer:{commune}@{closed_on}"));
    let own = get(&format!("{households}?limit=1000"), &here);
    let own = short(own["rows"].as_array().expect("rows"), "village");
    let of_commune = |row: &&[Value; 3]| {
        row[1].as_str().is_some_and(|code| code.starts_with(&format!("{commune}-")))
    };
    let expected: Vec<[Value; 3]> =
        short(&read, "village").iter().filter(of_commune).cloned().collect();
    assert!(!expected.is_empty() && own == expected, "{own:?}");
    let unknown = serving.get("/api/v1/registers/a.csv/compare/ho-2.csv", Some(&planner));
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    // Each page that named somebody is on record.
    let log = succeed(["audit", "list", "--store", &at]);
    assert!(log.contains("/compare/{after}/households"), "{log}");
}
