//! Batches over HTTP, by the real binary.

use std::path::{Path, PathBuf};

use crate::support::{self, server};
use server::Server;
use support::{dump, files, folder, loaded, run_args, succeed};

const SAID: &str = "kind=submissions&legal_basis=Q%C4%90%2012&purpose=thu%20th%E1%BA%ADp";

fn url(name: &str) -> String {
    format!("/api/v1/batches?{SAID}&name={name}")
}

/// The further files of submissions that belong to a loaded store.
fn others(folder: &Path, first: &Path) -> Vec<PathBuf> {
    files(folder, "phieu-").into_iter().filter(|path| path != first).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn a_batch_ends_as_the_command_line_would_have_it() {
    let (folder, store, first) = loaded();
    let twin = folder.path().join("twin.gpkg");
    std::fs::copy(&store, &twin).expect("copied");
    let file = others(folder.path(), &first).remove(0);
    let bytes = std::fs::read(&file).expect("a file");
    let server = Server::start(&store, &server::token(&store), &[]);
    let answer = server.post(&url(&name_of(&file)), &bytes);
    assert_eq!(answer.status, 202, "{answer:?}");
    let id = answer.json()["id"].as_i64().expect("a number");
    assert_eq!(answer.header("location"), Some(&*format!("/api/v1/batches/{id}")));
    let batch = server.settled(id);
    assert_eq!(batch["state"], "published", "{batch}");
    assert_eq!((&batch["run"], &batch["name"]), (&2.into(), &name_of(&file).into()));
    let verdicts: u64 = batch["verdicts"]
        .as_array()
        .expect("counts")
        .iter()
        .filter_map(serde_json::Value::as_u64)
        .sum();
    assert!(verdicts > 0 && verdicts <= batch["rows"].as_u64().expect("rows"), "{batch}");
    // The events of a batch that rests are the one that says so.
    let events = server.get(&format!("/api/v1/batches/{id}/events"));
    assert!(events.head.contains("text/event-stream"), "{events:?}");
    assert_eq!(events.body.matches("event: published").count(), 1, "{events:?}");
    server.stop();
    let mut args = run_args(&twin, &[], std::slice::from_ref(&file));
    args.extend(["--legal-basis".to_owned(), "QĐ 12".to_owned()]);
    succeed(args);
    assert_eq!(dump(&store), dump(&twin));
    let spool = std::fs::read_dir(store.with_extension("spool")).expect("the spool");
    let left: Vec<_> = spool.map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left, ["lock"], "files of finished batches are let go of");
}

#[test]
fn a_key_names_one_request_and_a_form_says_the_same_as_a_query() {
    let (folder, store, first) = loaded();
    let file = others(folder.path(), &first).remove(0);
    let bytes = std::fs::read(&file).expect("a file");
    let server = Server::start(&store, &server::token(&store), &[]);
    let send = |body: &[u8], key: &str| {
        server.try_send("POST", &url("a.csv"), &[("Idempotency-Key", key)], body).expect("answered")
    };
    let (one, again) = (send(&bytes, "k-1"), send(&bytes, "k-1"));
    assert_eq!((one.status, again.status), (202, 202));
    assert_eq!(one.body, again.body, "the same answer");
    let other = send(&bytes[..bytes.len() / 2], "k-1");
    assert_eq!(other.status, 422, "{other:?}");
    assert!(other.head.contains("application/problem+json"), "{other:?}");
    let mut form = Vec::new();
    for (name, value) in
        [("kind", "submissions"), ("legal_basis", "QĐ 12"), ("purpose", "thu thập")]
    {
        form.extend_from_slice(
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .as_bytes(),
        );
    }
    form.extend_from_slice(
        b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n",
    );
    form.extend_from_slice(&bytes);
    form.extend_from_slice(b"\r\n--xyz--\r\n");
    let headers =
        [("Content-Type", "multipart/form-data; boundary=xyz"), ("Idempotency-Key", "k-1")];
    let told = server.try_send("POST", "/api/v1/batches", &headers, &form).expect("answered");
    assert_eq!((told.status, &told.body), (202, &one.body), "the form is the same request");
    let id = one.json()["id"].as_i64().expect("a number");
    assert_eq!(server.settled(id)["state"], "published");
    // The same content under no key is another batch, and breaks F04.
    let twice = server.post(&url("b.csv"), &bytes);
    let twice = server.settled(twice.json()["id"].as_i64().expect("a number"));
    assert_eq!((&twice["state"], &twice["rule"]), (&"failed".into(), &"F04".into()), "{twice}");
}

#[test]
fn what_cannot_be_a_batch_is_refused_in_words() {
    let (_folder, store, _) = loaded();
    let server = Server::start(&store, &server::token(&store), &[]);
    let refused = |url: &str, body: &[u8], status: u16, words: &str| {
        let answer = server.post(url, body);
        assert_eq!(answer.status, status, "{url}: {answer:?}");
        assert!(answer.body.contains(words), "{url}: {answer:?}");
        assert!(answer.head.contains("application/problem+json"), "{url}: {answer:?}");
    };
    refused("/api/v1/batches?kind=submissions&purpose=thu", b"a", 400, "legal_basis");
    refused("/api/v1/batches?kind=submissions&legal_basis=x&purpose=%20", b"a", 400, "purpose");
    refused("/api/v1/batches?kind=people&legal_basis=x&purpose=thu", b"a", 400, "register | poor");
    refused(&url("a.csv"), b"", 422, "F01");
    let junk = server.post(&url("rác.csv").replace("rác", "rac"), b"\x00\x01\x02junk");
    let batch = server.settled(junk.json()["id"].as_i64().expect("a number"));
    assert_eq!((&batch["state"], &batch["rule"]), (&"failed".into(), &"F01".into()), "{batch}");
    let fault = batch["fault"].as_str().expect("words");
    assert!(fault.contains("rac.csv") && !fault.contains("spool"), "{fault}");
    let columns = server.post(&url("b.csv"), "Tên,Tuổi\nAn,3\nBình,4\n".as_bytes());
    let batch = server.settled(columns.json()["id"].as_i64().expect("a number"));
    assert_eq!((&batch["state"], &batch["rule"]), (&"failed".into(), &"F02".into()), "{batch}");
    assert_eq!(server.get("/api/v1/batches/99").status, 404);
    let list = server.get("/api/v1/batches?limit=1").json();
    assert_eq!((&list["batches"][0]["id"], &list["next"]), (&2.into(), &2.into()), "{list}");
}

#[test]
fn a_batch_is_withdrawn_by_a_run_that_undoes_it() {
    let (folder, store, first) = loaded();
    let before = dump(&store);
    let file = others(folder.path(), &first).remove(0);
    let bytes = std::fs::read(&file).expect("a file");
    let server = Server::start(&store, &server::token(&store), &[]);
    let id = server.post(&url("a.csv"), &bytes).json()["id"].as_i64().expect("a number");
    let withdraw = format!("/api/v1/batches/{id}/withdraw");
    let signed = "{\"by\": \"Lê Văn A\", \"why\": \"gửi nhầm\"}".as_bytes();
    server.settled(id);
    assert_eq!(server.post(&withdraw, b"{\"by\": \"\", \"why\": \"x\"}").status, 400);
    assert_eq!(server.post(&withdraw, signed).status, 202);
    let batch = server.settled(id);
    assert_eq!((&batch["state"], &batch["run"]), (&"withdrawn".into(), &3.into()), "{batch}");
    assert_eq!(server.post(&withdraw, signed).status, 409, "once");
    server.stop();
    assert_eq!(dump(&store), before);
    let decision = support::decisions(&store).pop().expect("on record");
    assert_eq!((decision.by(), decision.why()), ("Lê Văn A · token:1", "gửi nhầm"));
}

#[test]
fn a_held_batch_is_published_or_thrown_away_by_who_answers_for_it() {
    let (folder, store, first) = loaded();
    let twin = folder.path().join("twin.gpkg");
    std::fs::copy(&store, &twin).expect("copied");
    // The first file once more with another note is most of an earlier file handed in again.
    let text = std::fs::read_to_string(&first).expect("a file");
    let again = support::with_column(&text, "STT", |n| (n + 7).to_string());
    let server = Server::start(&store, &server::token(&store), &[]);
    let hand_in = |text: &str| {
        let id = server.post(&url("lai.csv"), text.as_bytes()).json()["id"].as_i64();
        let id = id.expect("a number");
        let batch = server.settled(id);
        assert_eq!(batch["state"], "held", "{batch}");
        assert!(!batch["reasons"].as_array().expect("reasons").is_empty(), "{batch}");
        id
    };
    let signed = "{\"by\": \"Lê Văn A\", \"why\": \"đã xem\"}".as_bytes();
    let thrown = hand_in(&again);
    let kept = hand_in(&support::with_column(&text, "STT", |n| (n + 8).to_string()));
    assert_eq!(server.post(&format!("/api/v1/batches/{thrown}/discard"), signed).status, 202);
    assert_eq!(server.settled(thrown)["state"], "discarded");
    assert_eq!(server.post(&format!("/api/v1/batches/{thrown}/publish"), signed).status, 409);
    assert_eq!(server.post(&format!("/api/v1/batches/{kept}/publish"), signed).status, 202);
    let batch = server.settled(kept);
    assert_eq!((&batch["state"], &batch["run"]), (&"published".into(), &2.into()), "{batch}");
    server.stop();
    let other = folder.path().join("lai.csv");
    std::fs::write(&other, support::with_column(&text, "STT", |n| (n + 8).to_string()))
        .expect("written");
    let mut args = run_args(&twin, &[], std::slice::from_ref(&other));
    args.extend(["--legal-basis", "QĐ 12", "--accept", "đã xem", "--by", "A"].map(str::to_owned));
    succeed(args);
    assert_eq!(dump(&store), dump(&twin));
}

#[test]
fn two_servers_on_one_store_have_one_worker() {
    let (folder, store, first) = loaded();
    let token = server::token(&store);
    let mut one = Server::start(&store, &token, &[]);
    let two = Server::start(&store, &token, &[]);
    let files = others(folder.path(), &first);
    let hand_in = |server: &Server, file: &Path| {
        let bytes = std::fs::read(file).expect("a file");
        server.post(&url(&name_of(file)), &bytes).json()["id"].as_i64().expect("a number")
    };
    let (a, b) = (hand_in(&two, &files[0]), hand_in(&one, &files[1]));
    let runs = [two.settled(a)["run"].clone(), two.settled(b)["run"].clone()];
    assert_eq!(runs, [2, 3], "each batch had its run, one after the other");
    // The other takes over when the first is gone.
    one.kill();
    let c = hand_in(&two, &files[2]);
    assert_eq!(two.settled(c)["run"], 4);
}

#[test]
fn the_folder_of_a_store_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let _keep = folder();
    let (_folder, store, _) = loaded();
    let server = Server::start(&store, &server::token(&store), &[]);
    assert_eq!(server.get("/healthz").status, 200);
    let mode =
        std::fs::metadata(store.with_extension("spool")).expect("there").permissions().mode();
    assert_eq!(mode & 0o077, 0);
}
