//! Single submissions over HTTP, by the real binary.

use serde_json::{Value, json};

use crate::support::{self, server};
use server::{PATIENCE, Server};
use support::{loaded, succeed};

fn household(head: &str, phone: &str) -> Value {
    json!({
        "head": head, "commune": "Xã Quảng Phú", "district": "Huyện Quảng Điền", "latitude": "16.5735",
        "longitude": "107.5060", "collected_on": "12/03/2024", "phone": phone, "legal_basis": "QĐ 12",
        "collector": "Lê Văn A", "team": "Tổ 3"
    })
}

fn submit(server: &Server, body: &str) -> Value {
    let answer = server.post("/api/v1/submissions", body.as_bytes());
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["submissions"].clone()
}

/// Waits until a submission is published.
fn published(server: &Server, id: &str) -> Value {
    let started = std::time::Instant::now();
    loop {
        let answer = server.get(&format!("/api/v1/submissions/{id}"));
        if answer.status == 200 {
            return answer.json();
        }
        assert!(started.elapsed() < PATIENCE, "{id} is not published: {answer:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn a_submission_is_answered_at_once_and_published_under_the_same_id() {
    let (_folder, store, _) = loaded();
    let token = server::token(&store);
    let server = Server::start(&store, &token, &["--publish-every", "0"]);
    let one = household("Trần Thị Hoa", "0905123456");
    let told = submit(&server, &one.to_string());
    assert_eq!(told, submit(&server, &one.to_string()), "the same submission is the same");
    assert!(told[0]["findings"].as_array().expect("findings").iter().any(|f| f["code"] == "M01"));
    let id = told[0]["id"].as_str().expect("an id");
    let there = published(&server, id);
    assert_eq!(there["head"], "Trần Thị Hoa");
    assert_eq!(there["id"], id);
    // An array and one a line are the same.
    let more: Vec<Value> =
        (0..40).map(|n| household(&format!("Lê Văn {n}"), &format!("09051{n:05}"))).collect();
    let lines: Vec<String> = more.iter().map(Value::to_string).collect();
    let lines = lines.join("\n");
    let (a, b) = (submit(&server, &json!(more).to_string()), submit(&server, &lines));
    assert_eq!(a, b);
    for one in a.as_array().expect("all") {
        published(&server, one["id"].as_str().expect("an id"));
    }
}

#[test]
fn what_the_first_submission_is_judged_by_is_ready_before_anybody_asks() {
    let (_folder, store, _) = loaded();
    let server = Server::start(&store, &server::token(&store), &[]);
    let made = |n: u32| {
        let line = format!("diachiso_checkers_first_made_total {n}");
        server.get("/metrics").body.lines().any(|own| own == line)
    };
    let started = std::time::Instant::now();
    while !made(1) {
        assert!(started.elapsed() < PATIENCE, "nothing is made ready: {}", server.said());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    submit(&server, &household("Trần Thị Hoa", "0905123456").to_string());
    assert!(made(1), "what was ready was made once more for the first who asked");
}

#[test]
fn what_was_answered_is_there_after_a_kill_and_identity_numbers_are_nowhere() {
    let (folder, store, _) = loaded();
    let token = server::token(&store);
    // Nothing is published before the end of the hour: the kill comes first.
    let mut server = Server::start(&store, &token, &["--publish-every", "3600"]);
    let mut ids = Vec::new();
    for n in 0..50 {
        let mut one = household(&format!("Lê Văn {n}"), &format!("09051{n:05}"));
        one["identity"] = json!(format!("0460860{n:05}"));
        let told = submit(&server, &one.to_string());
        ids.push(told[0]["id"].as_str().expect("an id").to_owned());
    }
    server.kill();
    for file in ["s.service.db", "s.service.db-wal"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap_or_default();
        for n in 0..50 {
            let number = format!("0460860{n:05}");
            assert!(!bytes.windows(12).any(|w| w == number.as_bytes()), "{number} is in {file}");
        }
    }
    let server = Server::start(&store, &token, &["--publish-every", "0"]);
    for id in &ids {
        published(&server, id);
    }
    // Sent again they are the same, and make no further run.
    let runs =
        |server: &Server| server.get("/api/v1/batches").json()["batches"].as_array().map(Vec::len);
    let before = runs(&server);
    let mut one = household("Lê Văn 7", "0905100007");
    one["identity"] = json!("046086000007");
    assert_eq!(submit(&server, &one.to_string())[0]["id"], ids[7]);
    assert_eq!(runs(&server), before);
    server.stop();
    let dump = succeed(["dump", "--store", &store.to_string_lossy()]);
    assert!(ids.iter().all(|id| dump.contains(id)));
}

#[test]
fn what_is_no_submission_is_refused_whole() {
    let (_folder, store, _) = loaded();
    let server = Server::start(&store, &server::token(&store), &[]);
    for (body, words) in [
        ("", "no submission"),
        ("[]", "no submission"),
        ("{\"head\": 1}", "cells as text"),
        ("{\"tên\": \"An\"}", "there is no column"),
        ("[{\"head\": \"An\"}, 3]", "cells as text"),
    ] {
        let answer = server.post("/api/v1/submissions", body.as_bytes());
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(answer.body.contains(words), "{body}: {answer:?}");
    }
}
