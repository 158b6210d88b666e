//! The real server killed at random moments while it is handed batches, submissions and withdrawals: what it answered for
//! is done, once, and nothing half done is visible.

use std::{collections::BTreeMap, path::Path, time::Duration};

use diachiso_testkit::Rng;

#[path = "support/server.rs"]
mod server;
mod support;

use server::Server;
use support::{dump, files, run_args, succeed};

/// How often the server is killed, unless `DIACHISO_KILLS` says another number.
const KILLS: u64 = 30;

/// Rows of one small batch.
const ROWS: usize = 12;

/// Longest life of a server, in milliseconds: several runs.
const LONGEST_LIFE_MS: usize = 1500;

const SAID: &str = "kind=submissions&legal_basis=Q%C4%90%2012&purpose=thu";

/// Small files cut out of a large one.
fn pieces(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("a file");
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let heading = lines.next().expect("a heading");
    let rows: Vec<&str> = lines.collect();
    rows.chunks(ROWS).map(|rows| format!("{heading}\n{}\n", rows.join("\n"))).collect()
}

/// Hashes of the files that a store holds, with how often, and how many runs it had.
fn sources(store: &Path) -> (BTreeMap<String, u32>, i64) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store =
            diachiso_store::open_store(&store.to_string_lossy(), false).await.expect("a store");
        let mut counts = BTreeMap::new();
        for source in store.sources().await.expect("files") {
            *counts.entry(source.hash.to_string()).or_default() += 1;
        }
        (counts, store.latest_run().await.expect("a run").expect("there").number)
    })
}

/// Takes texts in at the command line, as files of a folder.
fn take_in(store: &Path, kept: &Path, texts: &[&String]) {
    std::fs::create_dir(kept).expect("a folder");
    let mut paths = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let path = kept.join(format!("q{n}.csv"));
        std::fs::write(&path, text).expect("written");
        paths.push(path);
    }
    let mut args = run_args(store, &[], &paths);
    args.extend(["--legal-basis", "QĐ 12", "--accept", "x", "--by", "y"].map(str::to_owned));
    succeed(args);
}

#[test]
fn what_was_answered_for_is_done_once_whenever_the_server_is_killed() {
    let kills: u64 =
        std::env::var("DIACHISO_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let folder = support::folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    let (store, twin) = (folder.path().join("s.gpkg"), folder.path().join("twin.gpkg"));
    let register = files(folder.path(), "register");
    succeed(run_args(&store, &register, &[]));
    std::fs::copy(&store, &twin).expect("copied");
    let token = server::token(&store);
    let all: Vec<String> = files(folder.path(), "phieu-")
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
        .flat_map(|path| pieces(path))
        .collect();
    let mut random = Rng::new(477);
    let mut next = all.iter().enumerate();
    // Batch number → what it holds, of those that were answered; withdrawals that were.
    let (mut answered, mut withdrawn) = (BTreeMap::<i64, String>::new(), Vec::<i64>::new());
    let mut unanswered = Vec::new();
    for _ in 0..kills {
        let server = Server::start(&store, &token, &["--publish-every", "0"]);
        let life = Duration::from_millis(random.below(LONGEST_LIFE_MS) as u64);
        let (done, lost, undone) = std::thread::scope(|scope| {
            let sender = scope.spawn(|| {
                let (mut done, mut lost, mut undone) = (Vec::new(), Vec::new(), Vec::new());
                for (n, text) in next.by_ref().take(4) {
                    let key = format!("piece-{n}");
                    let url = format!("/api/v1/batches?{SAID}&name=p{n}.csv");
                    let headers = [("Idempotency-Key", &*key)];
                    match server.try_send("POST", &url, &headers, text.as_bytes()) {
                        Some(answer) => {
                            assert_eq!(answer.status, 202, "{answer:?}");
                            done.push((
                                answer.json()["id"].as_i64().expect("a number"),
                                text.clone(),
                            ));
                        }
                        None => lost.push((n, text.clone())),
                    }
                }
                // Something that an earlier life published is taken out again.
                if let Some(id) = answered.keys().copied().find(|id| !withdrawn.contains(id)) {
                    let url = format!("/api/v1/batches/{id}/withdraw");
                    let signed = br#"{"by": "A", "why": "b"}"#;
                    let answer = server.try_send("POST", &url, &[], signed);
                    if answer.is_some_and(|answer| answer.status == 202) {
                        undone.push(id);
                    }
                }
                (done, lost, undone)
            });
            std::thread::sleep(life);
            let id = server.id().to_string();
            let killed = std::process::Command::new("kill").args(["-9", &id]).status();
            assert!(killed.expect("kill runs").success());
            sender.join().expect("the sender")
        });
        answered.extend(done);
        unanswered.extend(lost);
        withdrawn.extend(undone);
    }
    let server = Server::start(&store, &token, &["--publish-every", "0"]);
    // What was not answered is sent again under its key: it is there already, or it comes now.
    for (n, text) in &unanswered {
        let (key, url) = (format!("piece-{n}"), format!("/api/v1/batches?{SAID}&name=p{n}.csv"));
        let headers = [("Idempotency-Key", &*key)];
        let answer = server.try_send("POST", &url, &headers, text.as_bytes()).expect("answered");
        assert_eq!(answer.status, 202, "{answer:?}");
        answered.insert(answer.json()["id"].as_i64().expect("a number"), text.clone());
    }
    let (mut published, mut out) = (Vec::new(), Vec::new());
    for (id, text) in &answered {
        let batch = server.settled(*id);
        let state = batch["state"].as_str().expect("a state");
        match state {
            "published" => published.push(text),
            "withdrawn" => out.push(*id),
            other => panic!("batch {id} is {other}: {batch}"),
        }
    }
    for id in &withdrawn {
        assert!(out.contains(id), "the withdrawal of batch {id} was answered for and not done");
    }
    server.stop();
    let (counts, runs) = sources(&store);
    for text in answered.values() {
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        assert_eq!(counts.get(&hash), Some(&1), "a batch is taken in once");
    }
    // One run for each batch and at most one for each withdrawal, beside the first.
    let most = 1 + answered.len() + out.len();
    assert!(usize::try_from(runs).expect("few") <= most, "{runs} runs, at most {most} were due");
    // The state is that of the same files taken in at the command line.
    take_in(&twin, &folder.path().join("kept"), &published);
    assert_eq!(dump(&store), dump(&twin));
    eprintln!(
        "{kills} kills: {} batches ({} sent twice), {} withdrawn, {runs} runs",
        answered.len(),
        unanswered.len(),
        out.len()
    );
}
