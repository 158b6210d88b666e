//! What the guard rails hold back is kept, and is published or discarded by somebody with a name and a reason.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::support;
use diachiso_model::{Decision, DecisionKind};
use serde_json::Value;
use support::{decisions, diachiso_with, dump, files, loaded, run_args, with_column};

/// The files of submissions after the first are held with these: the last of them hands in some rows again.
const TIGHT: [&str; 4] = ["--guard-repeated-percent", "1", "--guard-least-repeated", "1"];
/// A day after all rows were collected, and one in the midst: what came later is held then (T02).
const TODAY: &str = "2024-12-01";
const MIDST: &str = "2024-06-01";
/// Seals the identity numbers of these tests.
const KEY: [(&str, &str); 1] =
    [("DIACHISO_IDENTITY_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")];
const WHO: [&str; 4] = ["--by", "Lê Văn C", "--why", "đã gọi hỏi tổ"];

/// Runs the program with the key; how it ended, what it printed and what it said.
fn run(args: &[String]) -> (Option<i32>, String, String) {
    let output = diachiso_with(args, &KEY);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// `diachiso held …` on a store.
fn held(store: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut all = vec!["held".to_owned()];
    all.extend(args.iter().map(|&a| a.to_owned()));
    all.extend(["--store".to_owned(), store.to_string_lossy().into_owned()]);
    run(&all)
}

/// The same, as JSON.
#[track_caller]
fn held_json(store: &Path, args: &[&str]) -> Value {
    let (code, printed, said) = held(store, &[args, &["--json"]].concat());
    assert_eq!(code, Some(0), "{said}");
    serde_json::from_str(&printed).expect("JSON")
}

/// A batch as people hand it in.
#[derive(Clone, Copy)]
struct Batch<'a> {
    registers: &'a [PathBuf],
    submissions: &'a [PathBuf],
    more: &'a [&'a str],
    today: &'a str,
}

impl Batch<'_> {
    fn load(&self, store: &Path, more: &[&str]) -> (Option<i32>, String, String) {
        let mut args = on(self.today, run_args(store, self.registers, self.submissions));
        args.extend([self.more, more].concat().iter().map(|&a| a.to_owned()));
        run(&args)
    }

    /// Holds it in the store under this number.
    #[track_caller]
    fn hold(&self, store: &Path, number: u32) {
        let before = dump(store);
        let (code, printed, said) = self.load(store, &[]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("is held as number {number}")), "{said}");
        assert_eq!(printed, "");
        assert_eq!(dump(store), before, "what is published stays as it is");
    }
}

/// The same run on another day.
fn on(today: &str, mut args: Vec<String>) -> Vec<String> {
    let at = args.iter().position(|arg| arg == "--today").expect("a day");
    today.clone_into(&mut args[at + 1]);
    args
}

fn copy(store: &Path, name: &str) -> PathBuf {
    let to = store.with_file_name(name);
    fs::copy(store, &to).expect("copied");
    to
}

/// What stays the same of decisions that were taken at different times.
fn said(record: &[Decision]) -> Vec<(DecisionKind, &str, &str, &str)> {
    record.iter().map(|d| (d.kind(), d.target(), d.by(), d.why())).collect()
}

/// Holds and releases in one store, accepts at once in another; the states are the same byte for byte.
#[track_caller]
fn check_released(store: &Path, what: &str, batch: Batch<'_>) {
    let (two_steps, at_once) = (copy(store, "two.gpkg"), copy(store, "one.gpkg"));
    batch.hold(&two_steps, 1);
    let (code, _, said_so) = held(&two_steps, &[&["release", "1"][..], &WHO].concat());
    assert_eq!(code, Some(0), "{what}: {said_so}");
    assert!(said_so.contains("The batch passes although:\n  - "), "{what}: {said_so}");
    let accept = ["--accept", WHO[3], "--by", WHO[1]];
    let (code, _, words) = batch.load(&at_once, &accept);
    assert_eq!(code, Some(0), "{what}: {words}");
    let state = dump(&two_steps);
    assert!(state == dump(&at_once), "{what}: released is another state than accepted");
    assert!(state != dump(store), "{what}: nothing was published");
    let record = decisions(&two_steps);
    assert_eq!(said(&record), said(&decisions(&at_once)), "{what}");
    assert!(!record.is_empty(), "{what}: nobody answers for it");
    let batch = held_json(&two_steps, &["show", "1"]);
    assert_eq!((&batch["status"], &batch["settled"]["run"]), (&"released".into(), &2.into()));
    assert_eq!(batch["settled"]["by"], WHO[1]);
    // The files are files of the store from here on: a later run over everything changes nothing.
    let mut again = run_args(&two_steps, &[], &[]);
    let profile = batch["profile"].as_str().expect("a profile").to_owned();
    again.extend(["--again".to_owned(), "--profile".to_owned(), profile]);
    let again = on(batch["today"].as_str().expect("a day"), again);
    assert_eq!(run(&again).0, Some(0));
    assert!(dump(&two_steps) == state, "{what}: the next run is another state");
}

/// A file with identity numbers and a column that nobody needs.
fn with_secrets(text: &str) -> String {
    let text = with_column(text, "Số ĐDCN/CCCD", |n| format!("046190{n:06}"));
    with_column(&text.replacen("Ghi chú", "Tôn giáo", 1), "Tôn giáo", |n| {
        format!("Bí mật {n}")
    })
}

#[test]
fn a_batch_that_is_held_and_released_is_what_accepting_it_at_once_makes() {
    let (folder, store, first) = loaded();
    let at = folder.path();
    let text = fs::read_to_string(&first).expect("a file");
    let made = |name: &str, text: String| {
        let path = at.join(name);
        fs::write(&path, text).expect("written");
        vec![path]
    };
    let again = made("lai.csv", with_column(&text, "Mã phiếu", |n| format!("L2-{n}")));
    let others = made(
        "khac.csv",
        with_column(&text, "Họ và tên chủ hộ", |n| {
            format!("Lò Văn {}", ["Pún", "Xay"][n % 2])
        }),
    );
    let secrets = made("kin.csv", with_secrets(&text));
    let registers = files(at, "register");
    let register = made(
        "ho-moi.csv",
        fs::read_to_string(&registers[0]).expect("csv").replacen("Nguyễn", "Hồ", 40),
    );
    let strict = [&TIGHT[..], &["--profile", "strict", "--legal-basis", "QĐ 12"]].concat();
    let rest = files(at, "phieu-").split_off(1);
    assert!(rest.iter().any(|f| f.extension().is_some_and(|e| e == "xlsx")), "a workbook too");
    let none: &[PathBuf] = &[];
    for (what, registers, submissions, more, today) in [
        ("a repeat", none, &again, &[][..], TODAY),
        ("names that lower coverage", none, &others, &[], TODAY),
        ("secrets", none, &secrets, &["--legal-basis", "QĐ 12"], TODAY),
        ("a register with it", &register, &again, &[], TODAY),
        ("all other files", none, &rest, &TIGHT, TODAY),
        ("another day", none, &rest, &TIGHT, MIDST),
        ("another profile", none, &rest, &strict, TODAY),
    ] {
        check_released(&store, what, Batch { registers, submissions, more, today });
    }
}

#[test]
fn what_came_between_holding_and_releasing_counts_as_if_it_came_first() {
    let (folder, store, _) = loaded();
    let mut rest = files(folder.path(), "phieu-").split_off(1);
    let between = [rest.remove(0)];
    let batch = Batch { registers: &[], submissions: &rest, more: &TIGHT, today: MIDST };
    let (held_first, last) = (copy(&store, "two.gpkg"), copy(&store, "one.gpkg"));
    batch.hold(&held_first, 1);
    for store in [&held_first, &last] {
        let (code, _, words) = run(&run_args(store, &[], &between));
        assert_eq!(code, Some(0), "{words}");
    }
    let (code, _, words) = held(&held_first, &[&["release", "1"][..], &WHO].concat());
    assert_eq!(code, Some(0), "{words}");
    // The day does not go back to that of the batch.
    let mut args = run_args(&last, &[], &rest);
    let accept = ["--accept", WHO[3], "--by", WHO[1]];
    args.extend([&TIGHT[..], &accept].concat().iter().map(|&a| a.to_owned()));
    let (code, _, words) = run(&args);
    assert_eq!(code, Some(0), "{words}");
    assert!(dump(&held_first) == dump(&last));
}

#[test]
fn a_batch_that_is_discarded_leaves_the_state_and_a_line_on_record() {
    let (folder, store, _) = loaded();
    let before = dump(&store);
    let rest = files(folder.path(), "phieu-").split_off(1);
    let batch = Batch { registers: &[], submissions: &rest, more: &TIGHT, today: TODAY };
    batch.hold(&store, 1);
    let (code, _, words) = held(&store, &["discard", "1", "--by", " ", "--why", "nhầm"]);
    assert_eq!(code, Some(1), "nobody answers for it: {words}");
    let (code, page, words) = held(&store, &[&["discard", "1"][..], &WHO].concat());
    assert_eq!(code, Some(0), "{words}");
    assert!(page.contains("đã bỏ / discarded") && page.contains(WHO[1]), "{page}");
    assert!(dump(&store) == before, "the state stays as it was");
    assert!(decisions(&store).is_empty());
    let listed = held_json(&store, &["list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    let batch_on_record = &listed[0];
    assert_eq!(batch_on_record["status"], "discarded");
    assert_eq!(batch_on_record["settled"]["why"], WHO[3]);
    assert_eq!(batch_on_record["settled"]["run"], Value::Null);
    assert_eq!(batch_on_record["files"].as_array().map(Vec::len), Some(rest.len()));
    for verb in ["release", "discard"] {
        let (code, _, words) = held(&store, &[&[verb, "1"][..], &WHO].concat());
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains("is discarded already: Lê Văn C"), "{words}");
    }
    // The mistake may have been to discard it: it can come again, and is told from what never was here.
    let (code, _, words) = batch.load(&store, &[]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("was discarded in batch 1: Lê Văn C"), "{words}");
    assert!(words.contains("is held as number 2"), "a number is never given twice: {words}");
}

#[test]
fn a_file_that_is_held_already_is_named_with_its_batch() {
    let (folder, store, _) = loaded();
    let rest = files(folder.path(), "phieu-").split_off(1);
    let batch = Batch { registers: &[], submissions: &rest, more: &TIGHT, today: TODAY };
    batch.hold(&store, 1);
    let one = Batch { submissions: &rest[1..2], ..batch };
    for more in [&[][..], &["--accept", "vội", "--by", "Lê Văn C"]] {
        let (code, _, words) = one.load(&store, more);
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains("is held in batch 1 since"), "{words}");
        let name = rest[1].file_name().expect("a name").to_string_lossy();
        assert!(words.contains(&*name) && words.contains("held release 1"), "{words}");
    }
    assert_eq!(held_json(&store, &["list"]).as_array().map(Vec::len), Some(1));
    let (code, _, words) = held(&store, &["show", "7"]);
    assert_eq!(code, Some(1));
    assert!(words.contains("không có lô 7"), "{words}");
}

#[test]
fn a_held_batch_is_shown_with_its_files_and_reasons() {
    let (folder, store, _) = loaded();
    assert!(held(&store, &["list"]).1.contains("Không có lô nào bị giữ"));
    let rest = files(folder.path(), "phieu-").split_off(1);
    let more = [&TIGHT[..], &["--legal-basis", "QĐ 12/QĐ-UBND"]].concat();
    Batch { registers: &[], submissions: &rest, more: &more, today: TODAY }.hold(&store, 1);
    let batch = held_json(&store, &["show", "1"]);
    assert_eq!(batch["guard"]["repeated_percent"], 1.0);
    assert_eq!((&batch["today"], &batch["after_run"]), (&"2024-12-01".into(), &1.into()));
    let file = &batch["files"][0];
    assert_eq!(file["legal_basis"], "QĐ 12/QĐ-UBND");
    let count = |key: &str| file[key].as_u64().expect("a count");
    let rows = ["accepted", "held", "duplicate", "rejected", "skipped"].map(count);
    assert_eq!(count("rows_read"), rows.iter().sum::<u64>(), "{file}");
    assert!(count("accepted") > 0);
    let (_, page, _) = held(&store, &["show", "1"]);
    for words in ["đang giữ / held", "QĐ 12/QĐ-UBND", "repeated_percent=1 ", "repeats so much"]
    {
        assert!(page.contains(words), "`{words}` is not in {page}");
    }
}

#[test]
fn no_identity_number_and_no_sensitive_cell_reaches_the_store_with_a_held_batch() {
    let (folder, store, first) = loaded();
    let text = fs::read_to_string(&first).expect("a file");
    let path = folder.path().join("kin.csv");
    fs::write(&path, with_secrets(&text)).expect("written");
    Batch { registers: &[], submissions: &[path], more: &[], today: TODAY }.hold(&store, 1);
    let batch = held_json(&store, &["show", "1"]);
    assert_eq!(batch["files"][0]["dropped_columns"][0], "Tôn giáo", "{batch}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let archive = runtime.block_on(async {
        let store =
            diachiso_store::open_store(&store.to_string_lossy(), false).await.expect("a store");
        let batches = store.held().await.expect("read");
        store.held_archive(batches[0].files[0].id).await.expect("an archive")
    });
    let mut rows = String::new();
    zstd::Decoder::new(&*archive).expect("zstd").read_to_string(&mut rows).expect("text");
    assert!(rows.contains("Tôn giáo") && rows.contains("sealed:"), "the rows are kept");
    let file = String::from_utf8_lossy(&fs::read(&store).expect("the store")).into_owned();
    for kept in [rows, file] {
        assert!(!kept.contains("046190000"), "an identity number in clear");
        assert!(!kept.contains("Bí mật"), "a cell that nobody needs");
    }
}
