//! The real server killed at random moments while it is handed batches, single submissions, decisions and withdrawals, over a store in a
//! file and over one on a server: what it answered for is done, once, nothing half done is visible, and the record of who did
//! what is whole.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use diachiso_model::{Decision, DecisionKind};
use diachiso_testkit::{PgDatabase, Rng};

use crate::support::{self, pieces, server};
use pieces::{SAID, pieces, sources, take_in};
use server::Server;
use support::{dump, files, run_args, succeed};

/// How often the server of each store is killed, unless `DIACHISO_KILLS` says another number.
const KILLS: [u64; 2] = [10, 6];

/// Batches that are sent to each life of a server.
const BATCHES_A_LIFE: usize = 4;

/// Longest life of a server, in milliseconds: several runs.
const LONGEST_LIFE_MS: usize = 2500;

/// A single submission of a household that is in no register.
fn single(n: u64) -> String {
    format!(
        r#"{{"head": "Nguyễn Văn Lẻ", "form": "LE-{n}", "house_number": "{n}", "commune": "Thị trấn Sịa",
            "collected_on": "12/03/2024", "legal_basis": "QĐ 12"}}"#
    )
}

/// Where everything of a test is: the program runs there, so that whatever it keeps beside the store is there too.
struct Home<'a> {
    folder: &'a Path,
    store: String,
}

impl Home<'_> {
    fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_diachiso"));
        program.current_dir(self.folder).env_remove("DIACHISO_IDENTITY_KEY");
        program
    }

    /// Runs the program over the store.
    #[track_caller]
    fn succeed(&self, args: &[&str]) -> String {
        let output = self.program().args(args).args(["--store", &self.store]).output();
        let output = output.expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn start(&self, token: &str) -> Server {
        Server::start_by(self.program(), &self.store, token, &["--publish-every", "0"])
    }
}

/// The record of decisions of a store in a file or on a server.
fn decisions(store: &str) -> Vec<Decision> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = diachiso_store::open_store(store, false).await.expect("a store");
        store.decisions().await.expect("decisions")
    })
}

fn kills(of: usize) -> u64 {
    std::env::var("DIACHISO_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS[of])
}

/// Files of a district that is large enough to be sent to so many lives.
fn made(folder: &Path, kills: u64) -> Vec<PathBuf> {
    let households = (kills * 50).max(1000).to_string();
    let out = folder.to_string_lossy().into_owned();
    succeed(["generate", "--households", &households, "--district", "477", "--out", &out]);
    files(folder, "register")
}

/// Handed in one batch, it is answered with its number, or `None` when the server was gone.
fn hand_in(server: &Server, n: usize, text: &str) -> Option<i64> {
    let (key, url) = (format!("piece-{n}"), format!("/api/v1/batches?{SAID}&name=p{n}.csv"));
    let headers = [("Idempotency-Key", &*key)];
    let answer = server.try_send("POST", &url, &headers, text.as_bytes())?;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["id"].as_i64()
}

/// What one life of a server answered for.
#[derive(Default)]
struct Life {
    done: Vec<(i64, String)>,
    lost: Vec<(usize, String)>,
    submitted: Option<String>,
    withdrawn: Option<i64>,
    /// A submission that was rejected.
    decided: Option<String>,
}

/// Rejects something that waits for a person; answers with it where that was answered for.
fn decide(server: &Server, n: u64) -> Option<String> {
    let waiting = server.try_send("GET", "/api/v1/review?limit=20", &[], b"")?.json();
    let items = waiting["items"].as_array().cloned().unwrap_or_default();
    let single = |item: &&serde_json::Value| item["kind"] == "submission";
    let items: Vec<_> = items.iter().filter(single).collect();
    let id = items.get(usize::try_from(n).expect("small") % items.len().max(1))?["id"].as_str()?;
    let url = format!("/api/v1/review/{id}/decision");
    let body = br#"{"choice": "reject", "by": "A", "why": "b"}"#;
    let answer = server.try_send("POST", &url, &[], body)?;
    // It may be decided already, in a run that is not published yet.
    assert!([202, 409].contains(&answer.status), "{answer:?}");
    (answer.status == 202).then(|| id.to_owned())
}

fn live(server: &Server, batches: &[(usize, &String)], n: u64, to_withdraw: Option<i64>) -> Life {
    let mut life = Life::default();
    let send = |life: &mut Life| {
        for (n, text) in batches {
            match hand_in(server, *n, text) {
                Some(id) => life.done.push((id, (*text).clone())),
                None => life.lost.push((*n, (*text).clone())),
            }
        }
    };
    // In some lives what is small comes first, in others the files.
    if n.is_multiple_of(2) {
        send(&mut life);
    }
    let told = server.try_send("POST", "/api/v1/submissions", &[], single(n).as_bytes());
    if let Some(answer) = told {
        assert_eq!(answer.status, 202, "{answer:?}");
        life.submitted = answer.json()["submissions"][0]["id"].as_str().map(str::to_owned);
    }
    life.decided = decide(server, n);
    // Something that an earlier life published is taken out again.
    life.withdrawn = to_withdraw.filter(|id| {
        let url = format!("/api/v1/batches/{id}/withdraw");
        let answer = server.try_send("POST", &url, &[], br#"{"by": "A", "why": "b"}"#);
        answer.is_some_and(|answer| answer.status == 202)
    });
    if !n.is_multiple_of(2) {
        send(&mut life);
    }
    life
}

fn check(home: &Home<'_>, twin: &Path, kills: u64) {
    let token = home.succeed(&["token", "--label", "Tổ 3"]).trim().to_owned();
    let all = pieces(home.folder);
    let mut random = Rng::new(477);
    let mut next = all.iter().enumerate();
    // Batch number → what it holds, of those that were answered; withdrawals and submissions that were.
    let mut answered = BTreeMap::<i64, String>::new();
    let (mut withdrawn, mut submitted, mut unanswered) = (Vec::new(), Vec::new(), Vec::new());
    let mut decided = Vec::new();
    for n in 0..kills {
        let server = home.start(&token);
        let moment = Duration::from_millis(random.below(LONGEST_LIFE_MS) as u64);
        let batches: Vec<_> = next.by_ref().take(BATCHES_A_LIFE).collect();
        let to_withdraw = answered.keys().copied().find(|id| !withdrawn.contains(id));
        let life = std::thread::scope(|scope| {
            let sender = scope.spawn(|| live(&server, &batches, n, to_withdraw));
            std::thread::sleep(moment);
            let id = server.id().to_string();
            let killed = Command::new("kill").args(["-9", &id]).status();
            assert!(killed.expect("kill runs").success());
            sender.join().expect("the sender")
        });
        answered.extend(life.done);
        unanswered.extend(life.lost);
        withdrawn.extend(life.withdrawn);
        submitted.extend(life.submitted);
        decided.extend(life.decided);
    }
    let server = home.start(&token);
    // What was not answered is sent again under its key: it is there already, or it comes now.
    for (n, text) in &unanswered {
        let id = hand_in(&server, *n, text).expect("answered");
        answered.insert(id, text.clone());
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
    for id in &submitted {
        let url = format!("/api/v1/submissions/{id}");
        server.wait_for(&url, 200);
    }
    server.stop();
    home.succeed(&["audit", "verify"]);
    let record = decisions(&home.store);
    for id in &decided {
        let own = record.iter().filter(|d| d.target() == id);
        assert_eq!(own.count(), 1, "{id} was rejected once");
    }
    let (counts, runs) = sources(&home.store);
    for text in answered.values() {
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        assert_eq!(counts.get(&hash), Some(&1), "a batch is taken in once");
    }
    // One run for each batch and at most one for each withdrawal and submission, beside the first; a submission that was
    // kept and not answered for makes one too.
    let most = 1 + answered.len() + out.len() + record.len() + usize::try_from(kills).expect("few");
    assert!(usize::try_from(runs).expect("few") <= most, "{runs} runs, at most {most} were due");
    // The state is that of the same files taken in at the command line, but for the single submissions.
    take_in(twin, &home.folder.join("kept"), &published);
    for id in record.iter().filter(|d| d.kind() == DecisionKind::Verdict).map(Decision::target) {
        let place = twin.to_string_lossy();
        let args = ["decide", id, "reject", "--by", "A", "--why", "b", "--store", &place];
        let output = support::diachiso(args);
        // What was withdrawn, or came by itself, is not there.
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || said.contains("no submission"), "{said}");
    }
    let without = |dump: &str| -> Vec<String> {
        let lines = dump.lines().filter(|line| !line.contains("Nguyễn Văn Lẻ"));
        lines.filter(|line| !counts_submissions(line)).map(str::to_owned).collect()
    };
    assert_eq!(without(&home.succeed(&["dump"])), without(&dump(twin)));
    eprintln!(
        "{kills} kills: {} batches ({} sent twice), {} withdrawn, {} rejected, {} submissions, {runs} runs",
        answered.len(),
        unanswered.len(),
        out.len(),
        decided.len(),
        submitted.len()
    );
}

/// Figures that the single submissions, which are in no register, are counted in.
fn counts_submissions(line: &str) -> bool {
    ["tally", "rule"].iter().any(|kind| line.contains(&format!(r#""record":"{kind}""#)))
}

#[test]
fn what_was_answered_for_is_done_once_whenever_the_server_is_killed() {
    let folder = support::folder();
    let kills = kills(0);
    let register = made(folder.path(), kills);
    let (store, twin) = (folder.path().join("s.gpkg"), folder.path().join("twin.gpkg"));
    succeed(run_args(&store, &register, &[]));
    std::fs::copy(&store, &twin).expect("copied");
    let home = Home { folder: folder.path(), store: store.to_string_lossy().into_owned() };
    check(&home, &twin, kills);
}

#[test]
fn so_it_is_over_a_store_on_a_server() {
    let folder = support::folder();
    let kills = kills(1);
    let register = made(folder.path(), kills);
    let twin = folder.path().join("twin.gpkg");
    succeed(run_args(&twin, &register, &[]));
    let database = PgDatabase::create();
    let home = Home { folder: folder.path(), store: database.url().to_owned() };
    home.succeed(&["migrate"]);
    let register = register[0].to_string_lossy().into_owned();
    home.succeed(&["run", "--today", "2024-12-01", "--register", &register]);
    check(&home, &twin, kills);
}
