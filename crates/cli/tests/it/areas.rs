//! `diachiso areas`: sets of units are kept, go along with a copy of the store, and give rights as they were when given.

use std::path::Path;

use crate::support;
use serde_json::{Value, json};
use support::{diachiso_with, loaded};

fn ask(store: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut all: Vec<String> = args.iter().map(|&a| a.to_owned()).collect();
    all.extend(["--store".to_owned(), store.to_string_lossy().into_owned()]);
    let output = diachiso_with(&all, &[("USER", "an")]);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn done(store: &Path, args: &[&str]) -> String {
    let (code, printed, said) = ask(store, args);
    assert_eq!(code, Some(0), "{args:?}: {said}");
    printed
}

#[track_caller]
fn json_of(store: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&done(store, &[args, &["--json"]].concat())).expect("JSON")
}

#[test]
fn an_area_is_saved_listed_copied_given_as_it_is_now_and_removed() {
    let (folder, store, _) = loaded();
    let save = ["areas", "save", "Ven phá", "--unit", "19870@2024-12-31"];
    assert_eq!(done(&store, &save), "ven-pha\n");
    done(&store, &["token", "add", "--role", "officer", "--area", "ven-pha"]);
    done(&store, &[&save[..], &["--unit", "477@2024-12-31"]].concat());
    let listed = json_of(&store, &["areas", "list"]);
    assert_eq!(listed[0]["units"], json!(["19870@2024-12-31", "477@2024-12-31"]));
    assert_eq!((&listed[0]["name"], &listed[0]["made_by"]), (&json!("Ven phá"), &json!("cli:an")));
    let tokens = json_of(&store, &["token", "list"]);
    let given = &tokens[0]["grants"];
    assert_eq!(*given, json!(["officer:19870@2024-12-31"]), "a change gives nobody rights");
    let actions: Vec<Value> = done(&store, &["audit", "export"])
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["action"].clone())
        .collect();
    assert_eq!(actions, ["area-save", "token-add", "area-save"]);

    let other = folder.path().join("ban-sao.gpkg");
    let paths = [&store, &other].map(|path| path.to_string_lossy().into_owned());
    let copied = diachiso_with(
        &["store".to_owned(), "copy".to_owned(), paths[0].clone(), paths[1].clone()],
        &[],
    );
    assert!(copied.status.success(), "{copied:?}");
    assert!(String::from_utf8_lossy(&copied.stdout).ends_with("saved_areas\t1\n"));
    assert_eq!(json_of(&other, &["areas", "list"]), listed);

    done(&store, &["areas", "remove", "ven-pha"]);
    assert_eq!(json_of(&store, &["areas", "list"]), json!([]));
    for (args, words) in [
        (vec!["areas", "remove", "ven-pha"], "no saved area ven-pha"),
        (vec!["areas", "save", "A", "--unit", "477@2025-07-01"], "no unit bore code 477"),
        (vec!["areas", "save", "477", "--unit", "477@2024-12-31"], "--id"),
        (vec!["token", "add", "--role", "officer", "--area", "ven-pha"], "no saved area ven-pha"),
    ] {
        let (code, printed, said) = ask(&store, &args);
        assert_eq!((code, printed.as_str()), (Some(1), ""), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    }
}
