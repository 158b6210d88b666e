//! Tokens, the access log and requests of data subjects, by the program itself.

use std::{fs, path::Path};

use crate::support;
use serde_json::Value;
use support::{diachiso_with, loaded};

/// Runs the program on a store; how it ended, what it printed and what it said.
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
fn refused(store: &Path, args: &[&str], words: &str) {
    let (code, printed, said) = ask(store, args);
    assert_eq!((code, printed.as_str()), (Some(1), ""), "{args:?}: {said}");
    assert!(said.contains(words), "{args:?}: {said}");
}

#[track_caller]
fn json(store: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&done(store, &[args, &["--json"]].concat())).expect("JSON")
}

#[test]
fn a_token_is_shown_once_listed_rotated_and_revoked_and_each_is_on_record() {
    let (_folder, store, _) = loaded();
    let add =
        ["token", "add", "--role", "officer", "--area", "477@2024-12-31", "--label", "huyện cũ"];
    let token = done(&store, &add);
    assert_eq!(token.trim().len(), 43, "256 bits in base64url");
    let plain = ask(&store, &["token", "--label", "như trước"]);
    assert_eq!((plain.0, plain.1.trim().len()), (Some(0), 43));
    assert!(plain.2.contains("token add"), "{}", plain.2);

    let listed = json(&store, &["token", "list"]);
    assert_eq!(listed[0]["grants"], serde_json::json!(["officer:477@2024-12-31"]));
    assert_eq!(listed[1]["grants"], serde_json::json!(["reviewer:*"]));
    assert!(!listed.to_string().contains(token.trim()), "its text is kept nowhere");
    let database = fs::read(store.with_extension("service.db")).expect("the database");
    assert!(!database.windows(20).any(|w| w == &token.as_bytes()[..20]), "nor in the file");

    done(&store, &["token", "rotate", "1", "--grace-hours", "0"]);
    done(&store, &["token", "revoke", "3"]);
    let states: Vec<Value> = json(&store, &["token", "list"])
        .as_array()
        .expect("a list")
        .iter()
        .map(|t| t["state"].clone())
        .collect();
    assert_eq!(states, ["revoked", "holds", "revoked"]);
    refused(&store, &["token", "revoke", "9"], "token list");
    refused(&store, &["token", "rotate", "1"], "token list");

    let log = done(&store, &["audit", "list"]);
    let actions: Vec<&str> = log.lines().filter_map(|l| l.split('\t').nth(3)).collect();
    assert_eq!(actions[..3], ["token-add", "token-add", "token-rotate"]);
    assert!(log.lines().all(|l| l.contains("cli:an")), "{log}");
}

#[test]
fn a_grant_that_makes_no_sense_is_refused_with_what_would() {
    let (_folder, store, _) = loaded();
    let (code, _, said) = ask(&store, &["token", "add", "--role", "officer", "--area", "477"]);
    assert!(code != Some(0) && said.contains("477@2025-07-01"), "{said}");
    let (code, _, said) = ask(&store, &["token", "add", "--role", "chief"]);
    assert!(code != Some(0) && said.contains("officer"), "{said}");
    refused(&store, &["token", "add", "--role", "collector"], "needs a team");
    let missing = store.with_file_name("khong-co.gpkg");
    refused(&missing, &["token", "add", "--role", "officer"], "no such store");
    assert!(!missing.with_extension("service.db").exists(), "nothing is made beside nothing");
}

#[test]
fn the_log_verifies_until_somebody_cuts_it() {
    let (folder, store, _) = loaded();
    for label in ["a", "b", "c"] {
        done(&store, &["token", "add", "--role", "planner", "--label", label]);
    }
    let head = done(&store, &["audit", "head"]);
    let (code, printed, said) = ask(&store, &["audit", "verify", "--anchor", head.trim()]);
    assert_eq!((code, &printed), (Some(0), &head), "{said}");
    assert!(said.contains("3 entries"), "{said}");
    let anchors = folder.path().join("moc.txt");
    fs::write(&anchors, &head).expect("written");
    let file = anchors.to_string_lossy().into_owned();
    done(&store, &["audit", "verify", "--anchors", &file]);
    let exported = done(&store, &["audit", "export"]);
    let lines: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 3);
    assert!(head.contains(lines[2]["hash"].as_str().expect("a hash")));
    // A database made anew has a whole chain, and not this one.
    fs::remove_file(store.with_extension("service.db")).expect("removed");
    done(&store, &["token", "add", "--role", "planner", "--label", "a"]);
    done(&store, &["audit", "verify"]);
    refused(&store, &["audit", "verify", "--anchors", &file], "cut off");
    let one = done(&store, &["audit", "head"]).replace('1', "2");
    refused(&store, &["audit", "verify", "--anchor", &one.replacen('2', "1", 1)], "anchored");
}

#[test]
fn a_request_is_due_by_working_days_and_late_ones_are_told() {
    let (_folder, store, _) = loaded();
    let id = done(&store, &["subject", "add", "erase", "HO-1", "--received-on", "2020-11-27"]);
    assert_eq!(id.trim(), "1");
    let late = json(&store, &["subject", "list", "--late"]);
    assert_eq!(late[0]["answer_by"], "2020-12-01", "a Friday's is due on Tuesday");
    assert_eq!(late[0]["complete_by"], "2020-12-17");
    done(&store, &["subject", "answer", "1", "--on", "2020-11-30"]);
    done(&store, &["subject", "complete", "1", "--outcome", "đã rút tệp", "--on", "2020-12-02"]);
    assert_eq!(json(&store, &["subject", "list", "--late"]), serde_json::json!([]));
    refused(&store, &["subject", "complete", "1", "--outcome", "lại"], "subject list");
    let log = done(&store, &["audit", "list"]);
    assert!(log.contains("subject-erase") && log.contains("subject-completed"), "{log}");
}
