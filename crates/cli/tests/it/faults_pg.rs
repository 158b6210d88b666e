//! What goes wrong with the database under a real server: its disk is full, it stops and starts while everybody writes.

use std::{
    os::unix::fs::{MetadataExt as _, chown},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use crate::{
    faults::{Disk, id_of, submission, submit},
    support::{
        cluster::Cluster,
        files, folder,
        pieces::{SAID, pieces, sources},
        server::{PATIENCE, Server},
        succeed,
    },
};

/// How often the database stops under load, and for how long.
const STOPS: usize = 2;
const AWAY: Duration = Duration::from_millis(600);

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_diachiso"));
    program.env_remove("DIACHISO_IDENTITY_KEY");
    program
}

/// A database with a small register in it, and a token.
fn loaded(url: &str, folder: &std::path::Path) -> String {
    let out = folder.to_string_lossy().into_owned();
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    succeed(["migrate", "--store", url]);
    let register = files(folder, "register").remove(0);
    let register = register.to_string_lossy();
    succeed(["run", "--today", "2024-12-01", "--register", &register, "--store", url]);
    succeed(["token", "--label", "t", "--store", url]).trim().to_owned()
}

fn start(url: &str, folder: &std::path::Path, token: &str) -> Server {
    let spool = folder.join("spool").to_string_lossy().into_owned();
    // One caller asks for everything here, without a pause.
    let rates =
        ["--rate-per-second", "--rate-burst", "--token-rate-per-second", "--token-rate-burst"];
    let mut args = vec!["--publish-every", "0", "--spool", &spool];
    args.extend(rates.into_iter().flat_map(|rate| [rate, "1000000"]));
    Server::start_by(program(), url, token, &args)
}

fn sql(url: &str, text: &str) {
    let args = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text];
    let done = Command::new("psql").args(args).status();
    assert!(done.is_ok_and(|status| status.success()), "{text}");
}

#[test]
fn a_full_disk_of_the_database_is_told_and_it_goes_on_when_there_is_room() {
    let home = folder();
    let cluster = Cluster::start();
    let url = cluster.url();
    let disk = Disk::mounted(&home.path().join("disk"));
    // The server's user must reach the disk.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(home.path(), open).expect("opened");
    let owner = cluster.folder().metadata().expect("its folder");
    chown(&disk.0, Some(owner.uid()), Some(owner.gid())).expect("given away");
    sql(&url, &format!("create tablespace small location '{}'", disk.0.display()));
    sql(&url, "alter role postgres set default_tablespace = small");
    let token = loaded(&url, home.path());
    let server = start(&url, home.path(), &token);
    let first = submit(&server, 0);
    assert_eq!(first.status, 202, "{first:?}");
    let ballast = disk.fill();
    let mut kept = vec![id_of(&first)];
    // Pages that are there already have a little room.
    let refused = (1..5000).map(|n| submit(&server, n)).find(|answer| {
        if answer.status == 202 {
            kept.push(id_of(answer));
        }
        answer.status != 202
    });
    let refused = refused.expect("a disk without room takes nothing in");
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    assert!(refused.body.contains("hết chỗ"), "{refused:?}");
    assert_eq!(server.get("/api/v1/coverage").status, 200, "figures go on");
    std::fs::remove_file(&ballast).expect("removed");
    let started = Instant::now();
    let again = loop {
        let answer = submit(&server, 6000);
        if answer.status == 202 {
            break answer;
        }
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(started.elapsed() < PATIENCE, "it does not come back");
    };
    kept.push(id_of(&again));
    for id in &kept {
        server.wait_for(&format!("/api/v1/submissions/{id}"), 200);
    }
    server.stop();
    succeed(["audit", "verify", "--store", &url]);
    eprintln!("{} submissions answered for around a full disk, all there", kept.len());
    // The cluster ends before the disk that it writes to.
    drop(cluster);
}

#[test]
fn what_was_answered_for_while_the_database_stops_and_starts_is_there_afterwards() {
    let home = folder();
    let cluster = Cluster::start();
    let url = cluster.url();
    let token = loaded(&url, home.path());
    let server = start(&url, home.path(), &token);
    let texts: Vec<String> = pieces(home.path()).into_iter().take(12).collect();
    let over = AtomicBool::new(false);
    let ((kept, refused), batches) = std::thread::scope(|scope| {
        let (server, over) = (&server, &over);
        let singles = scope.spawn(move || {
            let (mut kept, mut refused) = (Vec::new(), 0_usize);
            let mut n = 0;
            while !over.load(Ordering::Relaxed) {
                n += 1;
                let answer = server.post("/api/v1/submissions", submission(n).as_bytes());
                match answer.status {
                    202 => kept.push(id_of(&answer)),
                    503 => {
                        assert!(answer.header("retry-after").is_some(), "{answer:?}");
                        refused += 1;
                    }
                    _ => panic!("{answer:?}\n{}", server.said()),
                }
            }
            (kept, refused)
        });
        let batches = scope.spawn(move || {
            let mut ids = Vec::new();
            for (n, text) in texts.iter().enumerate() {
                let (key, url) = (format!("k{n}"), format!("/api/v1/batches?{SAID}&name=p{n}.csv"));
                let started = Instant::now();
                // Sent again under its key until it is taken.
                loop {
                    let headers = [("Idempotency-Key", &*key)];
                    let answer = server.try_send("POST", &url, &headers, text.as_bytes());
                    let answer = answer.expect("the server lives");
                    if answer.status == 202 {
                        ids.push(answer.json()["id"].as_i64().expect("a number"));
                        break;
                    }
                    assert_eq!(answer.status, 503, "{answer:?}");
                    assert!(started.elapsed() < PATIENCE, "it does not come back");
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
            ids
        });
        for _ in 0..STOPS {
            std::thread::sleep(AWAY);
            cluster.stop();
            std::thread::sleep(AWAY);
            cluster.start_again();
        }
        let batches = batches.join().expect("the batches");
        over.store(true, Ordering::Relaxed);
        (singles.join().expect("the singles"), batches)
    });
    assert!(refused > 0, "it was away while somebody wrote");
    for id in &batches {
        assert_eq!(server.settled(*id)["state"], "published");
    }
    for id in &kept {
        server.wait_for(&format!("/api/v1/submissions/{id}"), 200);
    }
    server.stop();
    succeed(["audit", "verify", "--store", &url]);
    let (counts, _) = sources(&url);
    assert!(counts.values().all(|times| *times == 1), "{counts:?}");
    eprintln!(
        "{STOPS} stops: {} submissions and {} batches answered for and there, {refused} refused",
        kept.len(),
        batches.len()
    );
}
