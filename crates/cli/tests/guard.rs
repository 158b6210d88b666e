//! Batches that look like a mistake are held until somebody answers for them; other rules say what they change.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use diachiso_model::{Decision, DecisionKind};
use support::{diachiso, dump, files, folder, run_args, succeed};

/// A store with a small register and its first file of submissions, that file, and the folder of both.
fn loaded() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "3000", "--district", "477", "--out", &out]);
    let store = folder.path().join("s.gpkg");
    let first = files(folder.path(), "phieu-").remove(0);
    let register = files(folder.path(), "register");
    succeed(run_args(&store, &register, std::slice::from_ref(&first)));
    (folder, store, first)
}

/// Loads the changed rows of a file; gives back how it ended and what was said.
fn load(store: &Path, file: &PathBuf, more: &[&str]) -> (Option<i32>, String) {
    let mut args = run_args(store, &[], std::slice::from_ref(file));
    args.extend(more.iter().map(|&a| a.to_owned()));
    let output = diachiso(args);
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

/// The decisions on record in a store.
fn decisions(store: &Path) -> Vec<Decision> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store =
            diachiso_store::open_store(&store.to_string_lossy(), false).await.expect("a store");
        store.decisions().await.expect("decisions")
    })
}

/// The csv with one column of every record made anew.
fn with_column(csv_text: &str, column: &str, of: impl Fn(usize) -> String) -> String {
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

#[test]
fn a_file_that_repeats_an_earlier_one_is_held_until_somebody_answers_for_it() {
    let (folder, store, first) = loaded();
    let before = dump(&store);
    let again = folder.path().join("lan-hai.csv");
    let text = fs::read_to_string(&first).expect("a file");
    fs::write(&again, with_column(&text, "Mã phiếu", |n| format!("L2-{n}"))).expect("a file");
    let (code, words) = load(&store, &again, &[]);
    assert_eq!(code, Some(1), "{words}");
    let file = first.file_name().expect("a name").to_string_lossy();
    assert!(words.contains("lan-hai.csv: lặp lại") && words.contains(&*file), "{words}");
    assert!(words.contains("--accept"), "{words}");
    assert_eq!(dump(&store), before, "nothing was published");
    let (code, words) = load(&store, &again, &["--accept", "nộp lại theo yêu cầu"]);
    assert_eq!(code, Some(2), "nobody answers for it: {words}");
    let (code, words) =
        load(&store, &again, &["--accept", "nộp lại theo yêu cầu", "--by", "Lê Văn C"]);
    assert_eq!(code, Some(0), "{words}");
    assert_ne!(dump(&store), before);
    let record = decisions(&store);
    assert_eq!(record.len(), 1);
    assert_eq!((record[0].kind(), record[0].by()), (DecisionKind::Batch, "Lê Văn C"));
    assert_eq!(record[0].why(), "nộp lại theo yêu cầu");
}

#[test]
fn a_batch_that_lowers_coverage_is_held_and_one_that_raises_it_is_not() {
    let (folder, store, first) = loaded();
    let before = dump(&store);
    let text = fs::read_to_string(&first).expect("a file");
    // The codes of the first file under other names: both sides of each are held (D02).
    let other = folder.path().join("ten-khac.csv");
    fs::write(
        &other,
        with_column(&text, "Họ và tên chủ hộ", |n| {
            format!("Lò Văn {}", ["Pún", "Xay", "Ó"][n % 3])
        }),
    )
    .expect("a file");
    let (code, words) = load(&store, &other, &[]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("độ phủ giảm từ"), "{words}");
    assert_eq!(dump(&store), before, "nothing was published");
    let second = files(folder.path(), "phieu-").remove(1);
    let (code, words) = load(&store, &second, &[]);
    assert_eq!(code, Some(0), "{words}");
}

#[test]
fn a_run_by_other_rules_over_the_same_files_says_what_changed() {
    let (_folder, store, _) = loaded();
    let again = |profile: &str| {
        let mut args = run_args(&store, &[], &[]);
        args.extend(["--again", "--profile", profile].map(str::to_owned));
        let output = diachiso(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let before = dump(&store);
    assert!(!again("default").contains("Quy tắc / Rules"), "the same rules");
    assert_eq!(dump(&store), before);
    let strict = again("strict");
    assert!(strict.contains("Quy tắc / Rules: 1 (default) → 1 (strict)"), "{strict}");
    let held = strict.lines().find(|line| line.contains("Chờ duyệt / held")).expect("more is held");
    assert!(held.contains("(+"), "{held}");
    let back = again("default");
    assert!(
        back.lines().any(|line| line.contains("Chờ duyệt / held") && line.contains("(-")),
        "{back}"
    );
    assert_eq!(dump(&store), before);
}

#[test]
fn a_run_without_files_is_refused_unless_it_is_asked_for() {
    let (_folder, store, _) = loaded();
    let output = diachiso(run_args(&store, &[], &[]));
    assert_eq!(output.status.code(), Some(1));
}
