//! Identity numbers are sealed with one key: no state is made again without it, unless people say that it is lost.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support;
use serde_json::Value;
use support::{diachiso_with, dump, files, loaded, run_args, with_column};

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const WHO: [&str; 4] = ["--by", "Lê Văn C", "--why", "đã hỏi"];

/// How a command ended with a key or without, what it printed and what it said.
fn run(key: Option<&str>, args: &[String]) -> (Option<i32>, String, String) {
    let variables: Vec<_> = key.map(|key| ("DIACHISO_IDENTITY_KEY", key)).into_iter().collect();
    let output = diachiso_with(args, &variables);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn on(store: &Path, args: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = args.iter().map(|&a| a.to_owned()).collect();
    all.extend(["--store".to_owned(), store.to_string_lossy().into_owned()]);
    all
}

/// A store of sealed numbers in which one collector copied a fix from house to house: something to decide. With it the
/// folder and another file of submissions.
fn sealed(numbers: impl Fn(usize) -> String) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let (folder, plain, first) = loaded();
    let text = fs::read_to_string(first).expect("a file");
    let mut text = with_column(&text, "Số ĐDCN/CCCD", numbers);
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(|record| record.expect("a record"))
        .collect();
    let heading = csv::Reader::from_reader(text.as_bytes()).headers().expect("a heading").clone();
    for (column, copied) in [("Vĩ độ", 30), ("Kinh độ", 30), ("Người thu thập", 30)] {
        let at = heading.iter().position(|title| title == column).expect("the column");
        let of = |n: usize| rows[if n < copied { 0 } else { n }][at].to_owned();
        text = with_column(&text, column, of);
    }
    let path = folder.path().join("bam.csv");
    fs::write(&path, text).expect("written");
    let store = plain.with_file_name("bam.gpkg");
    let (code, _, words) =
        run(Some(KEY), &run_args(&store, &files(folder.path(), "register"), &[path]));
    assert_eq!(code, Some(0), "{words}");
    let second = files(folder.path(), "phieu-").remove(1);
    (folder, store, second)
}

/// Id of something that can be decided.
fn proposal(store: &Path) -> String {
    let (_, printed, words) = run(None, &on(store, &["proposals", "--json"]));
    let body: Value = serde_json::from_str(&printed).expect(&words);
    body["proposals"][0]["id"].as_str().expect("a proposal").to_owned()
}

#[test]
fn nothing_is_published_again_without_the_key_that_numbers_are_sealed_with() {
    let (_folder, store, second) = sealed(|n| format!("046190{n:06}"));
    let before = dump(&store);
    let id = proposal(&store);
    let again = [run_args(&store, &[], &[]), vec!["--again".to_owned()]].concat();
    let commands = [
        on(&store, &[&["decide", &id, "refuse"][..], &WHO].concat()),
        on(&store, &[&["match", "bam.csv:2", "bam.csv:3", "different"][..], &WHO].concat()),
        on(&store, &["explain", "bam.csv:2"]),
        again,
        run_args(&store, &[], &[second]),
    ];
    for command in &commands {
        for (key, words) in
            [(None, "a key that is not given now"), (Some(OTHER), "this is not the key")]
        {
            let (code, printed, said) = run(key, command);
            assert_eq!((code, &*printed), (Some(1), ""), "{command:?}: {said}");
            assert!(said.contains(words), "{command:?}: {said}");
            assert!(said.contains("DIACHISO_IDENTITY_KEY") && !said.contains(&KEY[..16]), "{said}");
            assert!(dump(&store) == before, "{command:?} published");
        }
    }
    for command in &commands {
        let (code, _, said) = run(Some(KEY), command);
        assert_eq!(code, Some(0), "{command:?}: {said}");
    }
    assert!(dump(&store) != before);
}

#[test]
fn a_key_that_is_lost_for_good_stops_nobody_who_says_so() {
    let (_folder, store, second) = sealed(|n| format!("046190{n:06}"));
    let id = proposal(&store);
    let decide = on(&store, &[&["decide", &id, "refuse"][..], &WHO].concat());
    let lost = [decide, vec!["--identity-key-lost".to_owned()]].concat();
    let (code, _, said) = run(None, &lost);
    assert_eq!(code, Some(0), "{said}");
    // What is published now was made without a key: nobody is asked again.
    let (code, _, said) = run(None, &run_args(&store, &[], &[second]));
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_key_that_sealed_nothing_is_not_asked_for() {
    let (_folder, store, second) = sealed(|_| String::new());
    for command in [
        on(&store, &[&["decide", &proposal(&store), "refuse"][..], &WHO].concat()),
        run_args(&store, &[], &[second]),
    ] {
        let (code, _, said) = run(None, &command);
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn a_held_batch_is_released_with_the_key_that_sealed_it() {
    let (folder, _, first) = loaded();
    let store = folder.path().join("s.gpkg");
    let text = fs::read_to_string(first).expect("a file");
    let text = with_column(&text, "Số ĐDCN/CCCD", |n| format!("046190{n:06}"));
    let path = folder.path().join("lai.csv");
    fs::write(&path, with_column(&text, "Mã phiếu", |n| format!("L2-{n}"))).expect("written");
    let (code, _, said) = run(Some(KEY), &run_args(&store, &[], &[path]));
    assert_eq!(code, Some(1), "{said}");
    let release = on(&store, &[&["held", "release", "1"][..], &WHO].concat());
    for key in [None, Some(OTHER)] {
        let (code, _, said) = run(key, &release);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("DIACHISO_IDENTITY_KEY"), "{said}");
    }
    let (code, _, said) = run(Some(KEY), &release);
    assert_eq!(code, Some(0), "{said}");
}
