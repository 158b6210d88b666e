//! The published state is a function of the set of rows: any order, any batching, any number of
//! threads, sent once or twice.

use std::{fs, path::Path};

use crate::support;
use support::{dump, files, folder, run_args, succeed};

/// A csv file as several, its rows in another order.
fn recut(from: &Path, into: &Path, parts: usize, rotate: usize) -> Vec<std::path::PathBuf> {
    let text = fs::read_to_string(from).expect("csv");
    let heading = text.trim_start_matches('\u{feff}').lines().next().expect("a heading");
    let delimiter = if heading.contains(';') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let heading = reader.headers().expect("a heading").clone();
    let mut rows: Vec<_> = reader.records().map(|record| record.expect("a record")).collect();
    rows.reverse();
    let turn = rotate % rows.len().max(1);
    rows.rotate_left(turn);
    let stem = from.file_stem().expect("a name").to_string_lossy();
    let size = rows.len().div_ceil(parts);
    let write = |(at, rows): (usize, &[csv::StringRecord])| {
        let path = into.join(format!("{stem}-{at}.csv"));
        let mut writer = csv::WriterBuilder::new().flexible(true).from_path(&path).expect("a file");
        writer.write_record(&heading).expect("written");
        for row in rows {
            writer.write_record(row).expect("written");
        }
        writer.flush().expect("written");
        path
    };
    rows.chunks(size).enumerate().map(write).collect()
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
    let (plain, mut other): (Vec<_>, Vec<_>) =
        submissions.iter().cloned().partition(|path| path.extension().is_some_and(|e| e == "csv"));
    assert!(plain.len() > 1, "some files are cut");
    for (n, file) in plain.iter().enumerate() {
        other.extend(recut(file, &recut_dir, 3, 7 * n + 11));
    }
    other.push(plain[0].clone());
    let cut = at.join("cut.gpkg");
    succeed(run_args(&cut, &register, &other));
    assert!(dump(&cut) == expected, "another cut gives another state");
}
