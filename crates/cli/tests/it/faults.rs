//! What goes wrong around a server that is in order: the disk is full, the clock is set back, another server works on the same
//! store, clients say nothing. The real binary each time.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{self, pieces, server};
use pieces::{SAID, pieces, sources, take_in};
use server::{Answer, PATIENCE, Server};
use support::{dump, files, folder, run_args, succeed};

/// Idle connections of the test, with as many descriptors in this process and in the server.
const IDLE: usize = 10_000;

/// Memory that an idle connection may take; it takes half of that.
const IDLE_KIB: usize = 40;

/// Room of the small disk.
const DISK: &str = "size=48m";

/// A small store, a copy of it before anything came, and a token.
fn small(folder: &Path) -> (PathBuf, PathBuf, String) {
    let out = folder.to_string_lossy().into_owned();
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    let (store, twin) = (folder.join("s.gpkg"), folder.join("twin.gpkg"));
    succeed(run_args(&store, &files(folder, "register"), &[]));
    std::fs::copy(&store, &twin).expect("copied");
    let token = server::token(&store);
    (store, twin, token)
}

pub(crate) fn submission(n: usize) -> String {
    format!(
        r#"{{"head": "Trần Thị Bé", "form": "B-{n}", "house_number": "{n}", "commune": "Thị trấn Sịa",
            "collected_on": "12/03/2024", "legal_basis": "QĐ 12"}}"#
    )
}

pub(crate) fn submit(server: &Server, n: usize) -> Answer {
    server.post("/api/v1/submissions", submission(n).as_bytes())
}

pub(crate) fn id_of(answer: &Answer) -> String {
    answer.json()["submissions"][0]["id"].as_str().expect("an id").to_owned()
}

fn verified(store: &Path) {
    succeed(["audit", "verify", "--store", &store.to_string_lossy()]);
}

/// A file system in memory, gone with its value.
pub(crate) struct Disk(pub(crate) PathBuf);

impl Disk {
    /// Mounted over an empty folder.
    pub(crate) fn mounted(folder: &Path) -> Self {
        std::fs::create_dir(folder).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", DISK, "diachiso-test"])
            .arg(folder)
            .status();
        assert!(
            mounted.is_ok_and(|status| status.success()),
            "a small file system cannot be mounted here: run this test as root, outside of a container that forbids mount"
        );
        Self(folder.to_owned())
    }

    /// Fills it to the last byte; answers with the file that did.
    pub(crate) fn fill(&self) -> PathBuf {
        let path = self.0.join("ballast");
        let mut file = std::fs::File::create(&path).expect("a file");
        let mut piece = vec![0; 1 << 20];
        while !piece.is_empty() {
            if file.write_all(&piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_in_words_and_what_was_answered_for_is_there_when_there_is_room_again() {
    let home = folder();
    let (made, _, _) = small(home.path());
    let disk = Disk::mounted(&home.path().join("disk"));
    let store = disk.0.join("s.gpkg");
    std::fs::copy(&made, &store).expect("copied");
    let token = server::token(&store);
    let server = Server::start(&store, &token, &["--publish-every", "0"]);
    assert_eq!(submit(&server, 0).status, 202);
    let ballast = disk.fill();
    // The database has a little room of its own.
    let mut kept = Vec::new();
    let refused = (1..2000).map(|n| submit(&server, n)).find(|answer| {
        if answer.status == 202 {
            kept.push(id_of(answer));
        }
        answer.status != 202
    });
    let refused = refused.expect("a disk without room takes nothing in");
    let batch = pieces(home.path()).remove(0);
    let url = format!("/api/v1/batches?{SAID}&name=a.csv");
    let unkept = server.post(&url, batch.as_bytes());
    for answer in [&refused, &unkept] {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.body.contains("hết chỗ") && answer.body.contains("full"), "{answer:?}");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    assert_eq!(server.get("/api/v1/coverage").status, 200, "figures go on");
    assert_eq!(server.get("/healthz").status, 200);
    std::fs::remove_file(&ballast).expect("removed");
    // No restart is needed.
    let started = Instant::now();
    while submit(&server, 5000).status != 202 {
        assert!(started.elapsed() < PATIENCE, "it does not come back");
    }
    let accepted = server.post(&url, batch.as_bytes());
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let id = accepted.json()["id"].as_i64().expect("a number");
    assert_eq!(server.settled(id)["state"], "published");
    for id in &kept {
        server.wait_for(&format!("/api/v1/submissions/{id}"), 200);
    }
    server.stop();
    verified(&store);
}

/// The program as it sees the time some seconds ago.
fn ago(seconds: u32) -> Command {
    // faketime itself stays beside what it starts, and would be the one that is stopped: only its library is wanted.
    let told =
        Command::new("faketime").args(["-f", "-1s", "sh", "-c", "echo $LD_PRELOAD"]).output();
    let told = told.expect("faketime is installed: run `cargo xtask test --only install`");
    let library = String::from_utf8(told.stdout).expect("UTF-8").trim().to_owned();
    assert!(library.contains("faketime"), "{library}");
    let mut program = Command::new(env!("CARGO_BIN_EXE_diachiso"));
    program.env("LD_PRELOAD", library).env("FAKETIME", format!("-{seconds}s"));
    // Only the clock on the wall: what is waited for takes as long as ever.
    program.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    program
}

#[test]
fn with_the_clock_set_back_tokens_end_as_before_and_the_record_goes_on() {
    let home = folder();
    let (store, _, token) = small(home.path());
    let path = store.to_string_lossy().into_owned();
    let revoked = server::token(&store);
    succeed(["token", "revoke", "2", "--store", &path]);
    let gaps = "/api/v1/areas/477/gaps?limit=5";
    let asked = |server: &Server, token: &str| {
        let bearer = format!("Bearer {token}");
        let mut stream = server.connect().expect("it listens");
        let head = format!(
            "GET {gaps} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: {bearer}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer.split(' ').nth(1).and_then(|s| s.parse::<u16>().ok()).expect("a status")
    };
    // At once, with nothing on record but the revocation; and again after a restart.
    for _ in 0..2 {
        let back = Server::start_by(ago(3 * 3600), &path, &token, &["--publish-every", "0"]);
        assert_eq!(asked(&back, &token), 200);
        assert_eq!(asked(&back, &revoked), 401, "a token that was revoked stays so");
        let answer = submit(&back, 7);
        assert_eq!(answer.status, 202, "{answer:?}");
        back.wait_for(&format!("/api/v1/submissions/{}", id_of(&answer)), 200);
        back.stop();
        verified(&store);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let page = runtime.block_on(async {
        let service = diachiso_store::open_service(&path).await.expect("a database");
        service.audit_page(0, 1000).await.expect("read")
    });
    assert!(page.len() > 3, "{page:?}");
    let times: Vec<_> = page.iter().map(|record| record.entry.at).collect();
    assert!(times.is_sorted(), "nothing on record is older than what stands before it: {times:?}");
}

#[test]
fn two_servers_over_one_store_do_everything_once() {
    let home = folder();
    let (store, twin, token) = small(home.path());
    let servers = [(); 2].map(|()| Server::start(&store, &token, &["--publish-every", "0"]));
    let texts: Vec<String> = pieces(home.path()).into_iter().take(8).collect();
    let hand_in = |server: &Server, n: usize, text: &str| {
        let (key, url) = (format!("key-{n}"), format!("/api/v1/batches?{SAID}&name=p{n}.csv"));
        let answer = server.try_send("POST", &url, &[("Idempotency-Key", &key)], text.as_bytes());
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["id"].as_i64().expect("a number")
    };
    // Each is sent every batch, at the same time.
    let [one, other] = std::thread::scope(|scope| {
        let senders = servers.each_ref().map(|server| {
            let texts = &texts;
            scope.spawn(move || -> Vec<i64> {
                (0..).zip(texts).map(|(n, text)| hand_in(server, n, text)).collect()
            })
        });
        senders.map(|sender| sender.join().expect("the sender"))
    });
    assert_eq!(one, other, "the same batch under the same key is one");
    for (at, id) in one.iter().enumerate() {
        assert_eq!(servers[at % 2].settled(*id)["state"], "published");
    }
    servers.into_iter().for_each(Server::stop);
    verified(&store);
    let (counts, _) = sources(&store.to_string_lossy());
    assert!(counts.values().all(|times| *times == 1), "{counts:?}");
    take_in(&twin, &home.path().join("kept"), &texts.iter().collect::<Vec<_>>());
    assert_eq!(dump(&store), dump(&twin));
}

/// Reads until the server closes the connection.
fn closed(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection stays open: {error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_client_that_does_not_go_on_is_sent_away_while_others_are_answered() {
    let home = folder();
    let (store, _, token) = small(home.path());
    let server = Server::start(&store, &token, &[]);
    let begun = |said: String| {
        let mut stream = server.connect().expect("it listens");
        stream.write_all(said.as_bytes()).expect("sent");
        stream
    };
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: 90000\r\n\r\n"
        )
    };
    let silent = begun(String::new());
    let slow_head = begun("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: ".to_owned());
    let bodies = ["/api/v1/submissions".to_owned(), format!("/api/v1/batches?{SAID}&name=a.csv")];
    let slow_bodies = bodies.map(|path| begun(head(&path) + "a,b"));
    for _ in 0..20 {
        assert_eq!(server.get("/api/v1/coverage").status, 200);
    }
    for mut stream in [silent, slow_head] {
        let answer = closed(&mut stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    for mut stream in slow_bodies {
        let answer = closed(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 503"), "{answer}");
    }
    let folder = store.with_extension("spool");
    let left = std::fs::read_dir(folder).expect("the spool").map(|e| e.expect("an entry"));
    let left: Vec<_> = left.filter(|e| e.file_name() != "lock").collect();
    assert!(left.is_empty(), "nothing of what did not come whole stays: {left:?}");
    server.stop();
}

/// Memory of a process in KiB.
fn resident_kib(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn ten_thousand_idle_connections_take_little_and_others_are_answered() {
    // For this process, and with it for the server that it starts.
    let own = std::process::id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &own, "--nofile=12000:"]).status();
    assert!(
        raised.is_ok_and(|status| status.success()),
        "12,000 file descriptors are needed: raise the hard limit (ulimit -Hn)"
    );
    let home = folder();
    let (store, _, token) = small(home.path());
    let server = Server::start(&store, &token, &[]);
    assert_eq!(server.get("/api/v1/coverage").status, 200);
    let before = resident_kib(server.id());
    let mut idle = Vec::with_capacity(IDLE);
    for n in 0..IDLE {
        idle.push(server.connect().unwrap_or_else(|e| panic!("connection {n}: {e}")));
        if n % 1000 == 0 {
            assert_eq!(server.get("/healthz").status, 200, "behind {n} idle connections");
        }
    }
    for url in ["/api/v1/coverage", "/api/v1/areas/477/gaps?limit=5", "/readyz"] {
        assert_eq!(server.get(url).status, 200, "{url}");
    }
    let took = resident_kib(server.id()).saturating_sub(before);
    assert!(took < IDLE * IDLE_KIB, "{IDLE} idle connections take {took} KiB");
    // They are closed for saying nothing; then there is room for others.
    for mut stream in idle.into_iter().step_by(500) {
        assert_eq!(closed(&mut stream), "");
    }
    std::thread::sleep(Duration::from_millis(10));
    assert_eq!(server.get("/healthz").status, 200);
    server.stop();
    eprintln!("{IDLE} idle connections took {took} KiB");
}
