//! Two servers on one database, each with a spool of its own, are one service.

use std::path::{Path, PathBuf};

use crate::support::{self, server};
use diachiso_testkit::PgDatabase;
use server::Server;
use support::{diachiso, files, folder, run_args, succeed};

const SAID: &str = "kind=submissions&legal_basis=Q%C4%90%2012&purpose=thu%20th%E1%BA%ADp";

/// A database with a register and a first file of submissions, and the files that were not loaded yet.
fn loaded() -> (tempfile::TempDir, PgDatabase, Vec<PathBuf>) {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    let database = PgDatabase::create();
    succeed(["migrate", "--store", database.url()]);
    let register = files(folder.path(), "register");
    let mut others = files(folder.path(), "phieu-");
    let first = others.remove(0);
    let mut args = run_args(Path::new(database.url()), &register, &[first]);
    args.extend(["--legal-basis".to_owned(), "QĐ 12".to_owned()]);
    succeed(args);
    (folder, database, others)
}

/// A server with a spool of its own.
fn start(database: &PgDatabase, folder: &Path, name: &str, token: &str) -> Server {
    let spool = folder.join(name).to_string_lossy().into_owned();
    Server::start(Path::new(database.url()), token, &["--spool", &spool, "--publish-every", "1"])
}

#[test]
fn tokens_keys_batches_and_the_log_are_those_of_both() {
    let (folder, database, others) = loaded();
    let token = server::token(Path::new(database.url()));
    let one = start(&database, folder.path(), "one.spool", &token);
    let mut two = start(&database, folder.path(), "two.spool", &token);
    let url = format!("/api/v1/batches?{SAID}&name=a.csv");
    let send = |server: &Server, bytes: &[u8]| {
        server.try_send("POST", &url, &[("Idempotency-Key", "k-1")], bytes).expect("answered")
    };
    let bytes = std::fs::read(&others[0]).expect("a file");
    let (first, again) = (send(&two, &bytes), send(&one, &bytes));
    assert_eq!((first.status, again.status), (202, 202), "{first:?} {again:?}");
    assert_eq!(first.body, again.body, "one key is one batch");
    assert_eq!(send(&one, b"other").status, 422);
    let id = first.json()["id"].as_i64().expect("a number");
    // The file lies in the second server's spool; the first one tells what came of it.
    let batch = one.settled(id);
    assert_eq!(batch["state"], "published", "{batch}");
    // Either reads personal data, and both write one log.
    for server in [&one, &two].into_iter().cycle().take(10) {
        let gaps = server.get("/api/v1/areas/477/gaps?limit=3");
        assert_eq!(gaps.status, 200, "{gaps:?}");
    }
    let log = succeed(["audit", "list", "--store", database.url()]);
    let reads = log.lines().filter(|line| line.contains("/gaps")).count();
    assert_eq!(reads, 10, "{log}");
    succeed(["audit", "verify", "--store", database.url()]);
    // What was handed to a server that is killed waits for it, and the other one works on.
    two.kill();
    let bytes = std::fs::read(&others[1]).expect("a file");
    let later = one.post(&format!("/api/v1/batches?{SAID}&name=b.csv"), &bytes);
    let later = one.settled(later.json()["id"].as_i64().expect("a number"));
    assert_eq!(later["state"], "published", "{later}");
    succeed(["token", "revoke", "1", "--store", database.url()]);
    assert_eq!(one.get("/api/v1/areas/477/gaps").status, 401, "revoked for all");
    one.stop();
    let beside = diachiso(["audit", "verify", "--store", database.url()]);
    assert!(beside.status.success(), "{}", String::from_utf8_lossy(&beside.stderr));
}
