//! The real server killed at random moments while it is handed batches, single submissions, decisions, withdrawals and results of
//! visits, over a store in a file and over one on a server: what it answered for is done, once, nothing half done is visible,
//! and the record of who did what is whole: whatever is kept has its entry.

mod entries;
pub(crate) mod visits;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, mpsc::Sender},
    time::Duration,
};

use diachiso_model::{Decision, DecisionKind};
use diachiso_runs::{At, Job, Key};
use diachiso_testkit::{PgDatabase, Rng};

use crate::support::{self, pieces, server};
use pieces::{SAID, pieces, sources, take_in};
use server::{Answer, Server};
use support::{dump, files, run_args, succeed};
use visits::Visits;

/// How often the server of each store is killed, unless `DIACHISO_KILLS` says another number.
const KILLS: [u64; 2] = [10, 6];

/// Batches that are sent to each life of a server.
const BATCHES_A_LIFE: usize = 2;

/// How long a server lives at most after the step that its end follows, in milliseconds: several runs.
const LONGEST_AFTER_MS: usize = 1200;

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
        // Every batch is asked for in a row, which is more than a token may where there are hundreds.
        let rates = ["rate-per-second", "rate-burst", "token-rate-per-second", "token-rate-burst"];
        let rates = rates.map(|rate| format!("--{rate}=1000000"));
        let args: Vec<&str> = rates.iter().map(String::as_str).collect();
        let args = [&["--publish-every", "0"], &*args].concat();
        Server::start_by(self.program(), &self.store, token, &args)
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
    let households = (kills * 25).max(1000).to_string();
    let out = folder.to_string_lossy().into_owned();
    succeed(["generate", "--households", &households, "--district", "477", "--out", &out]);
    files(folder, "register")
}

/// Asks a server; `None` when it was gone before it answered, or said that it cannot now: it answered for nothing.
fn ask(server: &Server, method: &str, url: &str, body: &[u8]) -> Option<Answer> {
    answered(server.try_send(method, url, &[], body))
}

fn answered(answer: Option<Answer>) -> Option<Answer> {
    answer.filter(|answer| answer.status != 503)
}

/// Handed in one batch, it is answered with its number, or `None` when the server was gone.
fn hand_in(server: &Server, n: usize, text: &str) -> Option<i64> {
    let (key, url) = (format!("piece-{n}"), format!("/api/v1/batches?{SAID}&name=p{n}.csv"));
    let headers = [("Idempotency-Key", &*key)];
    let answer = answered(server.try_send("POST", &url, &headers, text.as_bytes()))?;
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
    visits: Visits,
}

/// What is asked of each life, in an order of its own.
#[derive(Clone, Copy)]
enum Step {
    Batches,
    Submission,
    Rejection,
    Withdrawal,
    Visits,
    Approval,
    TakingBack,
}

const STEPS: [Step; 7] = [
    Step::Batches,
    Step::Submission,
    Step::Rejection,
    Step::Withdrawal,
    Step::Visits,
    Step::Approval,
    Step::TakingBack,
];

/// What is sent to a life.
struct Sent<'a> {
    batches: Vec<(usize, &'a String)>,
    /// A batch that an earlier life published and this one takes out again.
    to_withdraw: Option<i64>,
    /// A filled list.
    list: &'a str,
    /// The token of who approves.
    other: &'a str,
}

/// Rejects something that waits for a person; answers with it where that was answered for.
fn decide(server: &Server, n: u64) -> Option<String> {
    let waiting = ask(server, "GET", "/api/v1/review?limit=20", b"")?.json();
    let items = waiting["items"].as_array().cloned().unwrap_or_default();
    let single = |item: &&serde_json::Value| item["kind"] == "submission";
    let items: Vec<_> = items.iter().filter(single).collect();
    let id = items.get(usize::try_from(n).expect("small") % items.len().max(1))?["id"].as_str()?;
    let url = format!("/api/v1/review/{id}/decision");
    let body = br#"{"choice": "reject", "by": "A", "why": "b"}"#;
    let answer = ask(server, "POST", &url, body)?;
    // It may be decided already, in a run that is not published yet.
    assert!([202, 409].contains(&answer.status), "{answer:?}");
    (answer.status == 202).then(|| id.to_owned())
}

/// Asks a life for everything, and says so after each step.
fn live(server: &Server, n: u64, sent: &Sent<'_>, done: &Sender<()>) -> Life {
    let mut life = Life::default();
    let first = usize::try_from(n).expect("small") % STEPS.len();
    for step in STEPS.iter().cycle().skip(first).take(STEPS.len()) {
        match step {
            Step::Batches => {
                for (n, text) in &sent.batches {
                    match hand_in(server, *n, text) {
                        Some(id) => life.done.push((id, (*text).clone())),
                        None => life.lost.push((*n, (*text).clone())),
                    }
                }
            }
            Step::Submission => life.submitted = submit(server, n),
            Step::Rejection => life.decided = decide(server, n),
            Step::Withdrawal => {
                life.withdrawn = sent.to_withdraw.filter(|id| withdraw(server, *id));
            }
            Step::Visits => life.visits.hand_in(server, n, sent.list),
            Step::Approval => life.visits.approve(server, sent.other, n),
            Step::TakingBack => life.visits.take_back(server, n),
        }
        // Who kills it listens no more.
        let _ = done.send(());
    }
    life
}

fn submit(server: &Server, n: u64) -> Option<String> {
    let answer = ask(server, "POST", "/api/v1/submissions", single(n).as_bytes())?;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["submissions"][0]["id"].as_str().map(str::to_owned)
}

/// Takes a batch out again; answers whether that was answered for.
fn withdraw(server: &Server, id: i64) -> bool {
    let url = format!("/api/v1/batches/{id}/withdraw");
    let answer = server.try_send("POST", &url, &[], br#"{"by": "A", "why": "b"}"#);
    answer.is_some_and(|answer| answer.status == 202)
}

fn check(home: &Home<'_>, twin: &Path, kills: u64) {
    let token = home.succeed(&["token", "--label", "Tổ 3"]).trim().to_owned();
    let other = home.succeed(&["token", "--label", "Duyệt"]).trim().to_owned();
    let all = pieces(home.folder);
    let lists = {
        let server = home.start(&token);
        let lists = visits::filled(&server, usize::try_from(kills).expect("few"));
        server.stop();
        lists
    };
    let mut random = Rng::new(477);
    let mut next = all.iter().enumerate();
    // Batch number → what it holds, of those that were answered; withdrawals and submissions that were.
    let mut answered = BTreeMap::<i64, String>::new();
    let (mut withdrawn, mut submitted, mut unanswered) = (Vec::new(), Vec::new(), Vec::new());
    let (mut decided, mut visits) = (Vec::new(), Visits::default());
    for (n, list) in (0..).zip(&lists) {
        let server = home.start(&token);
        // A moment by what was done, so that a slow machine has the same: between two steps, in one, or in runs after them.
        let steps = random.below(STEPS.len() + 1);
        let moment = Duration::from_millis(random.below(LONGEST_AFTER_MS) as u64);
        let batches: Vec<_> = next.by_ref().take(BATCHES_A_LIFE).collect();
        let to_withdraw = answered.keys().copied().find(|id| !withdrawn.contains(id));
        let sent = Sent { batches, to_withdraw, list, other: &other };
        let life = std::thread::scope(|scope| {
            let (done, steps_done) = std::sync::mpsc::channel();
            let sender = scope.spawn(|| live(&server, n, &sent, &{ done }));
            for () in steps_done.iter().take(steps) {}
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
        visits.add(life.visits);
    }
    let server = home.start(&token);
    // What was not answered is sent again under its key: it is there already, or it comes now.
    for (n, text) in &unanswered {
        let id = hand_in(&server, *n, text).expect("answered");
        answered.insert(id, text.clone());
    }
    visits.send_again(&server, &lists);
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
    visits.check(&record);
    entries::check(&home.store, &record);
    let (counts, runs) = sources(&home.store);
    for text in answered.values() {
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        assert_eq!(counts.get(&hash), Some(&1), "a batch is taken in once");
    }
    // One run for each batch and at most one for each withdrawal and submission, beside the first; a submission that was
    // kept and not answered for makes one too.
    let most = 1 + answered.len() + out.len() + record.len() + usize::try_from(kills).expect("few");
    assert!(usize::try_from(runs).expect("few") <= most, "{runs} runs, at most {most} were due");
    // The state is that of the same files taken in at the command line with the same record, but for the single submissions.
    take_in(twin, &home.folder.join("kept"), &published);
    let kept = |d: &&Decision| d.kind() != DecisionKind::File;
    put_on_record(twin, record.iter().filter(kept).cloned().collect());
    let without = |dump: &str| -> Vec<String> {
        let lines = dump.lines().filter(|line| !line.contains("Nguyễn Văn Lẻ"));
        lines.filter(|line| !counts_submissions(line)).map(str::to_owned).collect()
    };
    assert_eq!(without(&home.succeed(&["dump"])), without(&dump(twin)));
    eprintln!(
        "{kills} kills: {} batches ({} sent twice), {} withdrawn, {} rejected, {} submissions, {}, {runs} runs",
        answered.len(),
        unanswered.len(),
        out.len(),
        decided.len(),
        submitted.len(),
        visits.told(),
    );
}

/// Puts decisions on record in a store in a file, by one run.
fn put_on_record(store: &Path, decisions: Vec<Decision>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = diachiso_store::open_store(&store.to_string_lossy(), false).await;
        let store = store.expect("a store");
        let last = store.latest_run().await.expect("a run").expect("there");
        let again = Job::again(At::Open(store), &last, Key::default());
        let job = Job { decisions, ..again };
        diachiso_runs::run(job, Arc::new(diachiso_runs::Silent)).await.expect("a run");
    });
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
