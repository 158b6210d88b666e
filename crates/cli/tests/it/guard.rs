//! Batches that look like a mistake are held until somebody answers for them; other rules say what they change.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support;
use diachiso_model::{DecisionKind, GuardLimit, GuardLimits};
use support::{decisions, diachiso, diachiso_with, dump, files, loaded, run_args, with_column};

/// Loads the changed rows of a file; gives back how it ended and what was said.
fn load(store: &Path, file: &PathBuf, more: &[&str]) -> (Option<i32>, String) {
    let mut args = run_args(store, &[], std::slice::from_ref(file));
    args.extend(more.iter().map(|&a| a.to_owned()));
    let output = diachiso(args);
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

/// The limits that the last run was held to.
fn guard(store: &Path) -> GuardLimits {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store =
            diachiso_store::open_store(&store.to_string_lossy(), false).await.expect("a store");
        let run = store.latest_run().await.expect("read").expect("a run");
        run.guard.expect("recorded")
    })
}

#[test]
fn a_file_that_repeats_an_earlier_one_is_held_until_somebody_answers_for_it() {
    let (folder, store, first) = loaded();
    let before = dump(&store);
    let again = folder.path().join("lan-hai.csv");
    let text = fs::read_to_string(&first).expect("a file");
    fs::write(&again, with_column(&text, "Mã phiếu", |n| format!("L2-{n}"))).expect("a file");
    let accept = ["--accept", "nộp lại theo yêu cầu"];
    let (code, words) = load(&store, &again, &accept);
    assert_eq!(code, Some(2), "nobody answers for it: {words}");
    let fresh = folder.path().join("nhan-ngay.gpkg");
    fs::copy(&store, &fresh).expect("copied");
    let (code, words) = load(&store, &again, &[]);
    assert_eq!(code, Some(1), "{words}");
    let file = first.file_name().expect("a name").to_string_lossy();
    assert!(words.contains("lan-hai.csv: lặp lại") && words.contains(&*file), "{words}");
    assert!(words.contains("diachiso held release 1"), "{words}");
    assert_eq!(dump(&store), before, "nothing was published");
    assert!(decisions(&store).is_empty());
    let (code, words) = load(&fresh, &again, &[&accept[..], &["--by", "Lê Văn C"]].concat());
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("The batch passes although:\n  - lan-hai.csv"), "{words}");
    assert_ne!(dump(&fresh), before);
    let record = decisions(&fresh);
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
fn the_limits_are_settings_and_stay_with_the_run() {
    let (folder, store, first) = loaded();
    let again = folder.path().join("lan-hai.csv");
    let text = fs::read_to_string(&first).expect("a file");
    fs::write(&again, with_column(&text, "Mã phiếu", |n| format!("L2-{n}"))).expect("a file");
    let usual_but = |least: &str| {
        GuardLimits::default().with(GuardLimit::LeastRepeated.set(least).expect("in range"))
    };
    // More rows than the file has are never repeated.
    let variable = [("DIACHISO_GUARD_LEAST_REPEATED", "1000000")];
    let loose = folder.path().join("long.gpkg");
    fs::copy(&store, &loose).expect("copied");
    let output = diachiso_with(run_args(&loose, &[], std::slice::from_ref(&again)), &variable);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.contains(r#""least_repeated":1000000.0"#), "{said}");
    assert_eq!(guard(&loose), usual_but("1000000"));
    assert_eq!(guard(&store), GuardLimits::default());
    // A decision runs everything again as before; a flag outweighs the variable.
    let mut args = run_args(&loose, &[], &[]);
    args.extend(["--again", "--guard-least-repeated", "3"].map(str::to_owned));
    let output = diachiso_with(args, &variable);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(guard(&loose), usual_but("3"));
}

#[test]
fn rows_of_a_collector_that_grow_past_the_factor_are_held() {
    let (folder, store, first) = loaded();
    let text = fs::read_to_string(&first).expect("a file");
    let one = |name: &str| {
        let path = folder.path().join(name);
        let anew = with_column(&text, "Người thu thập", |_| "Trần Thị B".to_owned());
        let anew = with_column(&anew, "Tổ CNSCĐ", |_| "Tổ 1".to_owned());
        fs::write(&path, with_column(&anew, "Mã phiếu", |n| format!("{name}-{n}")))
            .expect("a file");
        path
    };
    // What is repeated is not looked at here.
    let limits = |factor: &'static str, least: &'static str| {
        [
            "--guard-least-repeated",
            "1000000",
            "--guard-rows-factor",
            factor,
            "--guard-least-rows",
            least,
        ]
    };
    let (code, words) = load(&store, &one("a.csv"), &limits("2", "200"));
    assert_eq!(code, Some(0), "the first rows of hers: {words}");
    let (code, words) = load(&store, &one("b.csv"), &limits("2", "200"));
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("Trần Thị B (Tổ 1): trước có"), "{words}");
    let (code, words) = load(&store, &one("c.csv"), &limits("2", "1000000"));
    assert_eq!(code, Some(0), "few rows grow as they like: {words}");
    let (code, words) = load(&store, &one("d.csv"), &limits("1.6", "200"));
    assert_eq!(code, Some(0), "half as many again: {words}");
}

#[test]
fn a_limit_out_of_range_is_refused_with_the_range() {
    let (_folder, store, first) = loaded();
    for (flag, value, range) in [
        ("--guard-drop-points", "101", "số từ 0 đến 100"),
        ("--guard-rows-factor", "1", "số từ 1.1 đến 1000"),
        ("--guard-least-rows", "2.5", "số nguyên từ 1 đến 1000000"),
        ("--guard-repeated-percent", "50%", "số từ 1 đến 100"),
    ] {
        let (code, words) = load(&store, &first, &[flag, value]);
        assert_eq!(code, Some(2), "{words}");
        assert!(words.contains(flag) && words.contains(value) && words.contains(range), "{words}");
    }
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
    let version = diachiso_model::RULE_VERSION;
    let change = format!("Quy tắc / Rules: {version} (default) → {version} (strict)");
    assert!(strict.contains(&change), "{strict}");
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
