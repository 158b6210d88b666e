//! The review queue over HTTP: what waits is listed, looked at by one at a time, decided once, carried out and taken back.

use std::{path::Path, time::Instant};

use crate::support::{self, server};
use diachiso_testkit::PgDatabase;
use serde_json::{Value, json};
use server::{Answer, PATIENCE, Server};
use support::{dump, files, folder, loaded, run_args, succeed};

fn token(store: &Path, grant: &str) -> String {
    let store = store.to_string_lossy();
    succeed(["token", "add", "--grant", grant, "--label", grant, "--store", &store])
        .lines()
        .last()
        .expect("a token")
        .trim()
        .to_owned()
}

fn post(server: &Server, url: &str, body: &Value) -> Answer {
    server.post(url, body.to_string().as_bytes())
}

/// All pages of the queue.
#[track_caller]
fn queue(server: &Server, filter: &str) -> (Value, Vec<Value>) {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = server.get(&format!("/api/v1/review?limit=7{filter}{cursor}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let page = answer.json();
        items.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (page, items),
        }
    }
}

/// Waits until the last decision about a thing was carried out.
#[track_caller]
fn carried_out(server: &Server, order: i64) {
    let started = Instant::now();
    loop {
        let (page, _) = queue(server, "&rule=M02");
        if page["run"].as_i64() >= Some(order) {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "order {order} is not carried out");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

fn signed(mut body: Value) -> Value {
    body["by"] = "Lê Văn C".into();
    body["why"] = "đã xem ảnh".into();
    body
}

#[test]
fn what_waits_is_listed_decided_and_taken_back() {
    let (folder, store, _) = loaded();
    // Those that repeat the first file are in the others.
    succeed(run_args(&store, &[], &files(folder.path(), "phieu-")[1..]));
    let before = dump(&store);
    let server = Server::start(&store, &token(&store, "reviewer:*"), &["--publish-every", "1"]);
    let (page, items) = queue(&server, "");
    assert_eq!(page["waiting"], items.len());
    let ids: std::collections::BTreeSet<_> = items.iter().map(|i| i["id"].to_string()).collect();
    assert_eq!(ids.len(), items.len(), "nothing comes twice");
    for rule in page["rules"].as_array().expect("rules") {
        let code = rule["code"].as_str().expect("a code");
        let (_, own) = queue(&server, &format!("&rule={code}"));
        assert_eq!(rule["waiting"], own.len(), "{code}");
        assert!(own.iter().all(|i| i["rules"].as_array().expect("rules").contains(&code.into())));
    }
    // The command lists the same, in the same order.
    let at = store.to_string_lossy().into_owned();
    let list = |more: &[&str]| -> Value {
        let fixed = ["review", "list", "--json", "--limit", "100000", "--store", &at];
        serde_json::from_str(&succeed(fixed.iter().chain(more))).expect("JSON")
    };
    let listed = list(&[]);
    let ids_of = |items: &[Value]| items.iter().map(|i| i["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids_of(listed["items"].as_array().expect("items")), ids_of(&items));
    assert_eq!(listed["waiting"], page["waiting"]);
    for (query, words) in [("&rule=M02", ["--rule", "M02"]), ("&area=19870", ["--area", "19870"])] {
        let told = list(&words);
        assert_eq!(
            ids_of(told["items"].as_array().expect("items")),
            ids_of(&queue(&server, query).1)
        );
    }
    let alone = |code: &str| {
        items.iter().find(|i| i["rules"] == json!([code])).unwrap_or_else(|| panic!("no {code}"))
    };
    let pair = items.iter().find(|i| !i["others"].as_array().expect("a list").is_empty());
    let pair = pair.expect("a pair");
    assert!(pair["others"][0]["submission"]["head"].is_string(), "both records: {pair}");
    let lines = items.iter().find(|i| !i["lines"].as_array().expect("a list").is_empty());
    let line = lines.expect("a match in doubt")["lines"][0].clone();
    assert!(line["household"].is_string() && line["explain"].is_string(), "{line}");

    let run = page["run"].as_i64().expect("a number");
    let url = format!("/api/v1/review/{}", alone("M02")["id"].as_str().expect("an id"));
    let claimed = post(&server, &format!("{url}/claim"), &json!({"minutes": 5}));
    assert_eq!(claimed.status, 200, "{claimed:?}");
    assert_eq!(server.get(&url).json()["claim"]["mine"], true);
    let left = server.try_send("DELETE", &format!("{url}/claim"), &[], b"").expect("an answer");
    assert_eq!(left.status, 204, "{left:?}");
    assert!(server.get(&url).json()["claim"].is_null(), "nobody keeps it");
    for (body, status) in [
        (json!({"choice": "accept"}), 400),
        (signed(json!({"choice": "unit"})), 400),
        (signed(json!({"choice": "apply"})), 400),
        (signed(json!({"choice": "unit", "unit": "99999"})), 409),
        (signed(json!({"choice": "line", "household": "KHONG-CO"})), 409),
        (signed(json!({"choice": "accept"})), 202),
        (signed(json!({"choice": "accept"})), 409),
    ] {
        let answer = post(&server, &format!("{url}/decision"), &body);
        assert_eq!(answer.status, status, "{body}: {answer:?}");
    }
    carried_out(&server, run + 1);
    assert_eq!(server.get(&url).status, 409, "it waits no more");
    let id = url.rsplit('/').next().expect("an id");
    let now = server.get(&format!("/api/v1/submissions/{id}")).json();
    assert_ne!(now["verdict"], "held", "{now}");
    let back = post(&server, &format!("{url}/undo"), &signed(json!({})));
    assert_eq!(back.status, 202, "{back:?}");
    let again = post(&server, &format!("{url}/undo"), &signed(json!({})));
    assert_eq!(again.status, 409, "{again:?}");
    carried_out(&server, run + 2);
    assert_eq!(server.get(&url).json()["decision"]["state"], "done");
    server.stop();
    assert!(dump(&store) == before, "what is taken back leaves no trace");
    let log = succeed(["audit", "list", "--limit", "100000", "--store", &store.to_string_lossy()]);
    assert!(log.contains("/decision") && log.contains("/undo"), "{log}");
}

#[test]
fn of_reviewers_at_two_servers_on_one_database_one_decides() {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    let database = PgDatabase::create();
    let store = Path::new(database.url());
    succeed(["migrate", "--store", database.url()]);
    let first = files(folder.path(), "phieu-").remove(0);
    succeed(run_args(store, &files(folder.path(), "register"), &[first]));
    let spool = |n: usize| folder.path().join(n.to_string()).to_string_lossy().into_owned();
    let servers: Vec<Server> = (0..2)
        .map(|n| {
            let own = token(store, "reviewer:*");
            Server::start(store, &own, &["--spool", &spool(n), "--publish-every", "1"])
        })
        .collect();
    let (page, items) = queue(&servers[0], "");
    let rows: Vec<&Value> = items.iter().filter(|i| i["kind"] == "submission").take(6).collect();
    assert!(rows.len() == 6, "{page}");
    let mut claimed = 0;
    for (n, item) in rows.iter().enumerate() {
        let id = item["id"].as_str().expect("an id");
        if n % 2 == 0 {
            let url = format!("/api/v1/review/{id}/claim");
            assert_eq!(post(&servers[1], &url, &json!({})).status, 200);
            assert_eq!(post(&servers[0], &url, &json!({})).status, 409, "somebody looks at it");
            claimed += 1;
        }
        let url = format!("/api/v1/review/{id}/decision");
        let body = signed(json!({"choice": "reject"}));
        let ask = |n: usize| post(&servers[n % 2], &url, &body).status;
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..8).map(|n| scope.spawn(move || ask(n))).collect();
            asked.into_iter().map(|asked| asked.join().expect("answered")).collect()
        });
        assert_eq!(answers.iter().filter(|s| **s == 202).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|s| **s == 409).count(), 7, "{answers:?}");
    }
    assert_eq!(claimed, 3);
    let started = Instant::now();
    loop {
        let rejected = rows.iter().filter(|item| {
            let id = item["id"].as_str().expect("an id");
            let now = servers[1].get(&format!("/api/v1/submissions/{id}")).json();
            now["verdict"] == "rejected"
        });
        if rejected.count() == rows.len() {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "what was decided is not carried out");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    succeed(["audit", "verify", "--store", database.url()]);
}
