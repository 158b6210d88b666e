//! A file that is withdrawn is as if it never had come, until that is taken back; no id is forgotten.

use std::path::Path;

use crate::support;
use diachiso_model::SubmissionId;
use diachiso_store::{Thing, open_store};
use support::{diachiso, dump, files, folder, loaded, run_args, succeed};

/// `diachiso withdraw FILE` and more, signed.
fn withdraw(store: &Path, file: &str, more: &[&str]) -> std::process::Output {
    let store = store.to_string_lossy();
    let mut args =
        vec!["withdraw", file, "--store", &store, "--by", "Lê Văn C", "--why", "nộp nhầm"];
    args.extend(more);
    diachiso(args)
}

/// Answers of the store about submissions: published, gone with a successor, gone.
fn known(store: &Path, ids: &[SubmissionId]) -> [usize; 3] {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = open_store(&store.to_string_lossy(), false).await.expect("a store");
        let mut counts = [0; 3];
        for id in ids {
            if store.submission(*id).await.expect("read").is_some() {
                assert!(store.place(*id).await.expect("read").is_some(), "{id} has a place");
                counts[0] += 1;
                continue;
            }
            let gone = store.gone(Thing::Submission, &id.to_string()).await.expect("read");
            let gone = gone.unwrap_or_else(|| panic!("{id} was published and is unknown"));
            counts[if gone.successor.is_some() { 1 } else { 2 }] += 1;
        }
        counts
    })
}

/// Ids of the submissions in a dump.
fn ids(dump: &str) -> Vec<SubmissionId> {
    let records = dump.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("json"));
    let own = records.filter(|r| r["record"] == "submission");
    own.map(|r| r["id"].as_str().expect("an id").parse().expect("an id")).collect()
}

#[test]
fn a_withdrawn_file_is_as_if_it_never_had_come_and_can_be_put_back() {
    let (folder, store, first) = loaded();
    let before = dump(&store);
    // The first houses once more, measured a day before.
    let text = std::fs::read_to_string(first).expect("csv");
    let some: String = text.split_inclusive('\n').take(120).collect();
    let name = "lai.csv";
    let second = folder.path().join(name);
    let again = support::with_column(&some, "Ngày thu thập", |_| "02/01/2024".to_owned());
    std::fs::write(&second, again).expect("written");
    succeed(run_args(&store, &[], std::slice::from_ref(&second)));
    let with = dump(&store);
    assert_ne!(with, before);
    let all = ids(&with);

    let output = withdraw(&store, name, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(dump(&store) == before, "the state is the one that never had the file");
    let listed = |more: &[&str]| -> Vec<serde_json::Value> {
        let place = store.to_string_lossy();
        let output = diachiso(["files", "--json", "--store", &place].iter().chain(more));
        serde_json::from_slice(&output.stdout).expect("json")
    };
    assert!(listed(&[]).len() > 1);
    let [out] = &listed(&["--withdrawn"])[..] else { panic!("one file is withdrawn") };
    assert_eq!((&out["name"], &out["withdrawn"]["by"]), (&name.into(), &"Lê Văn C".into()));
    assert_eq!(out["withdrawn"]["why"], "nộp nhầm");
    let [here, led_on, gone] = known(&store, &all);
    assert_eq!(here, ids(&before).len());
    assert!(led_on > 0, "repeats lead to whom they repeat: {here} {led_on} {gone}");

    let again = diachiso(run_args(&store, &[], std::slice::from_ref(&second)));
    assert_eq!(again.status.code(), Some(1));
    let text = String::from_utf8_lossy(&again.stderr);
    assert!(text.contains("F04") && text.contains("--undo"), "{text}");
    assert_eq!(withdraw(&store, name, &[]).status.code(), Some(1), "it is withdrawn already");

    assert!(withdraw(&store, name, &["--undo"]).status.success());
    assert!(dump(&store) == with, "the file is back");
    assert!(listed(&["--withdrawn"]).is_empty());
    assert_eq!(known(&store, &all), [all.len(), 0, 0]);
    assert_eq!(withdraw(&store, name, &["--undo"]).status.code(), Some(1), "nothing to take back");
    let record = support::decisions(&store);
    assert_eq!(record.len(), 2, "who withdrew it and who put it back");
    assert!(record.iter().all(|d| d.by() == "Lê Văn C" && d.why() == "nộp nhầm"));
}

#[test]
fn a_register_can_be_withdrawn_and_its_households_are_not_forgotten() {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    let store = folder.path().join("s.gpkg");
    let (register, submissions) =
        (files(folder.path(), "register"), files(folder.path(), "phieu-"));
    succeed(run_args(&store, &[], &submissions[..1]));
    let before = dump(&store);
    succeed(run_args(&store, &register, &[]));
    let with = dump(&store);
    let household = with.lines().find(|l| l.contains("\"record\":\"household\"")).expect("one");
    let household: serde_json::Value = serde_json::from_str(household).expect("json");
    let household = household["id"].as_str().expect("an id").to_owned();
    for file in &register {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let output = withdraw(&store, &name, &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(dump(&store) == before);
    let explained = diachiso(["explain", &household, "--store", &store.to_string_lossy()]);
    let text = String::from_utf8_lossy(&explained.stderr).into_owned();
    assert_eq!(explained.status.code(), Some(1));
    assert!(text.contains("published no more since run 3"), "{text}");
}
