//! The published state is a function of the set of rows: any order, any batching, any number of
//! threads, sent once or twice.

mod support;

use std::{fs, path::Path};

use support::{dump, files, folder, run_args, succeed};

/// Lines of a csv file: the heading, and the rows in another order.
fn recut(from: &Path, into: &Path, parts: usize, rotate: usize) -> Vec<std::path::PathBuf> {
    let text = fs::read_to_string(from).expect("csv");
    let mut lines = text.split_inclusive('\n');
    let heading = lines.next().expect("a heading");
    let mut rows: Vec<&str> = lines.collect();
    rows.reverse();
    let turn = rotate % rows.len().max(1);
    rows.rotate_left(turn);
    let size = rows.len().div_ceil(parts);
    rows.chunks(size)
        .enumerate()
        .map(|(at, chunk)| {
            let stem = from.file_stem().expect("a name").to_string_lossy();
            let path = into.join(format!("{stem}-{at}.csv"));
            fs::write(&path, format!("{heading}{}", chunk.concat())).expect("written");
            path
        })
        .collect()
}

#[test]
fn order_batching_and_threads_do_not_change_the_published_state() {
    let folder = folder();
    let at = folder.path();
    let made = at.join("made");
    succeed([
        "generate",
        "--households",
        "1500",
        "--district",
        "477",
        "--seed",
        "9",
        "--out",
        &made.to_string_lossy(),
    ]);
    let register = files(&made, "register");
    let submissions = files(&made, "phieu");
    let all = at.join("all.gpkg");
    succeed(run_args(&all, &register, &submissions));
    let expected = dump(&all);
    assert!(expected.lines().count() > 3_000, "the dump holds the state");

    // One file at a time, last first, on one thread; the register comes last.
    let steps = at.join("steps.gpkg");
    for file in submissions.iter().rev() {
        let mut args = run_args(&steps, &[], std::slice::from_ref(file));
        args.extend(["--threads".into(), "1".into()]);
        succeed(args);
    }
    for file in register.iter().rev() {
        succeed(run_args(&steps, std::slice::from_ref(file), &[]));
    }
    assert!(dump(&steps) == expected, "one file at a time gives another state");

    // Cut differently, rows in another order, and some sent twice.
    let recut_dir = at.join("recut");
    fs::create_dir(&recut_dir).expect("created");
    let plain: Vec<_> = submissions.iter().filter(|p| is_plain_csv(p)).cloned().collect();
    assert!(!plain.is_empty(), "some file is cut");
    let mut other: Vec<_> = submissions.iter().filter(|p| !is_plain_csv(p)).cloned().collect();
    for (n, file) in plain.iter().enumerate() {
        other.extend(recut(file, &recut_dir, 3, 7 * n + 11));
    }
    other.push(plain[0].clone());
    let cut = at.join("cut.gpkg");
    succeed(run_args(&cut, &register, &other));
    assert!(dump(&cut) == expected, "another cut gives another state");
}

/// Whether a file can be cut line by line.
fn is_plain_csv(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "csv")
        && fs::read_to_string(path)
            .is_ok_and(|t| !t.contains('"') && t.lines().next().is_some_and(|l| l.contains("Họ")))
}
