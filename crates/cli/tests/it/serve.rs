//! The server as a process: what its log tells, and what it may not.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use crate::support;
use support::{diachiso_with, loaded};

/// A server that is stopped with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks the server at an address; the answer.
fn ask(at: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(at).expect("connected");
    stream.write_all(request.as_bytes()).expect("asked");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answered");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_log_is_json_and_tells_no_address_name_number_or_token() {
    let (folder, store, _) = loaded();
    let store = store.to_string_lossy().into_owned();
    let made = diachiso_with(["token", "--store", &store, "--label", "t"], &[]);
    let token = String::from_utf8(made.stdout).expect("UTF-8").trim().to_owned();
    let config = folder.path().join("may-chu.toml");
    let settings = format!(
        "store = {store:?}\nlisten = \"127.0.0.1:0\"\nlog = \"debug\"\nlog-format = \"json\"\n"
    );
    std::fs::write(&config, settings).expect("written");

    let mut child = Command::new(env!("CARGO_BIN_EXE_diachiso"))
        .args(["serve", "--config"])
        .arg(&config)
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut said = BufReader::new(child.stderr.take().expect("piped"));
    let running = Running(child);
    let mut heard = String::new();
    let at = loop {
        let mut line = String::new();
        assert!(said.read_line(&mut line).expect("said") > 0, "it ended: {heard}");
        heard.push_str(&line);
        if let Some((_, at)) = line.split_once("http://") {
            break at.trim().trim_end_matches('/').to_owned();
        }
    };
    let secret = ["0905123456", "Nguy%E1%BB%85n", "Riengtu"];
    for url in [
        format!("/api/v1/geocode?q={}", secret.join("+")),
        format!("/api/v1/suggest?q={}", secret[2]),
        format!("/{}", secret[2]),
        "/api/v1/areas/477/gaps?limit=5".to_owned(),
        format!("/api/v1/areas/477/gaps?format=csv&purpose={}", secret[2]),
    ] {
        let answer = ask(
            &at,
            &format!(
                "GET {url} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
            ),
        );
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    }
    drop(running);
    said.read_to_string(&mut heard).expect("the rest");
    let lines: Vec<&str> = heard.lines().filter(|l| l.starts_with('{')).collect();
    assert!(lines.len() > 5, "{heard}");
    for line in lines {
        serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    }
    assert!(heard.contains("/api/v1/areas/{area}/gaps"), "the route is told: {heard}");
    for word in secret.iter().copied().chain([&*token]) {
        assert!(!heard.contains(word), "the log tells {word}:\n{heard}");
    }
}

#[test]
fn a_setting_that_is_none_stops_the_program_before_it_begins() {
    let (folder, store, _) = loaded();
    let config = folder.path().join("a.toml");
    std::fs::write(&config, "lisen = \"127.0.0.1:0\"\n").expect("written");
    let args =
        ["serve", "--store", &store.to_string_lossy(), "--config", &config.to_string_lossy()]
            .map(str::to_owned);
    let output = diachiso_with(&args, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`lisen` is no setting"));
}
