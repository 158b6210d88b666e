//! Runs the real binary.

pub(crate) mod cluster;
pub(crate) mod corpus;
pub(crate) mod district;
pub(crate) mod handed_in;
pub(crate) mod pieces;
pub(crate) mod rulings;
pub(crate) mod server;
pub(crate) mod serving;
pub(crate) mod stages;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A folder that goes away with the test.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Runs `diachiso` with arguments.
pub(crate) fn diachiso<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    diachiso_with(args, &[])
}

/// The same with environment variables of its own.
pub(crate) fn diachiso_with<S: AsRef<std::ffi::OsStr>>(
    args: impl IntoIterator<Item = S>,
    variables: &[(&str, &str)],
) -> Output {
    Command::new(env!("CARGO_BIN_EXE_diachiso"))
        .args(args)
        .env_remove("DIACHISO_STORE")
        .env_remove("DIACHISO_IDENTITY_KEY")
        .envs(variables.iter().copied())
        .output()
        .expect("the binary runs")
}

/// Runs `diachiso` and expects success; returns standard output.
#[track_caller]
pub(crate) fn succeed<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> String {
    let output = diachiso(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Files of a folder whose names begin with `prefix`, by name.
pub(crate) fn files(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(prefix)))
        .filter(|p| p.extension().is_some_and(|e| e == "csv" || e == "xlsx"))
        .collect();
    found.sort();
    found
}

/// Arguments of a run over files.
pub(crate) fn run_args(store: &Path, register: &[PathBuf], submissions: &[PathBuf]) -> Vec<String> {
    let text = |p: &Path| p.to_string_lossy().into_owned();
    let mut args = vec![
        "run".into(),
        "--store".into(),
        text(store),
        "--today".into(),
        "2024-12-01".into(),
        "--json".into(),
    ];
    if !register.is_empty() {
        args.push("--register".into());
        args.extend(register.iter().map(|p| text(p)));
    }
    if !submissions.is_empty() {
        args.push("--submissions".into());
        args.extend(submissions.iter().map(|p| text(p)));
    }
    args
}

/// The canonical dump of a store.
#[track_caller]
pub(crate) fn dump(store: &Path) -> String {
    succeed(["dump", "--store", &store.to_string_lossy()])
}

/// A store with a small register and its first file of submissions, that file, and the folder of both.
pub(crate) fn loaded() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "3000", "--district", "477", "--out", &out]);
    let store = folder.path().join("s.gpkg");
    let first = files(folder.path(), "phieu-").remove(0);
    let register = files(folder.path(), "register");
    succeed(run_args(&store, &register, std::slice::from_ref(&first)));
    (folder, store, first)
}

/// The decisions on record in a store.
pub(crate) fn decisions(store: &Path) -> Vec<diachiso_model::Decision> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store =
            diachiso_store::open_store(&store.to_string_lossy(), false).await.expect("a store");
        store.decisions().await.expect("decisions")
    })
}

/// The csv with one column of every record made anew.
pub(crate) fn with_column(csv_text: &str, column: &str, of: impl Fn(usize) -> String) -> String {
    let mut reader = csv::Reader::from_reader(csv_text.trim_start_matches('\u{feff}').as_bytes());
    let heading = reader.headers().expect("a heading").clone();
    let at = heading.iter().position(|title| title == column).expect("the column");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&heading).expect("memory");
    for (n, record) in reader.records().enumerate() {
        let record = record.expect("a record");
        let changed = of(n);
        let cells =
            record.iter().enumerate().map(|(c, cell)| if c == at { &*changed } else { cell });
        writer.write_record(cells).expect("memory");
    }
    String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8")
}
