//! What is let in, over real connections: the address of a caller is known there alone.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use diachiso_server::Limits;

use crate::state::Server;

/// Serves until the test ends.
async fn served(limits: Limits) -> (Server, SocketAddr) {
    let server = Server::published().await;
    server.state.limit(limits);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(diachiso_server::serve(listener, server.state.clone(), std::future::pending()));
    (server, at)
}

/// The head of the answer to a request, on a connection of its own.
fn ask(at: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

fn get(at: SocketAddr, path: &str) -> String {
    ask(at, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_too_often_is_told_when_to_come_again() {
    let limits = Limits { per_second: 1, burst: 3, at_once: 100, ..Limits::USUAL };
    let (_server, at) = served(limits).await;
    let answers = tokio::task::spawn_blocking(move || {
        let rules = (0..6).map(|_| get(at, "/api/v1/rules")).collect::<Vec<_>>();
        (rules, get(at, "/healthz"))
    });
    let (rules, health) = answers.await.unwrap();
    assert!(rules[..3].iter().all(|a| a.starts_with("http/1.1 200")), "{}", rules[2]);
    let refused = rules.iter().find(|a| a.starts_with("http/1.1 429")).expect("one too many");
    assert!(refused.contains("retry-after: 1\r\n"), "{refused}");
    assert!(refused.contains("application/problem+json"), "{refused}");
    assert!(health.starts_with("http/1.1 200"), "who watches is always answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_what_it_can_do_at_once_the_server_says_so_and_goes_on() {
    let limits = Limits { per_second: 1_000, burst: 1_000, at_once: 1, ..Limits::USUAL };
    let (server, at) = served(limits).await;
    let token = server.token.clone();
    let told = tokio::task::spawn_blocking(move || {
        // A file whose end does not come: the request stays under way.
        let mut slow = TcpStream::connect(at).unwrap();
        let head = format!(
            "POST /api/v1/check?name=a.csv HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 1000\r\n\r\nabc"
        );
        slow.write_all(head.as_bytes()).unwrap();
        // The slow one is under way once the server has come to it.
        let refused = (0..1_000).find_map(|_| {
            std::thread::sleep(Duration::from_millis(20));
            let answer = get(at, "/api/v1/rules");
            (!answer.starts_with("http/1.1 200")).then_some(answer)
        });
        drop(slow);
        let again = (0..100).find_map(|_| {
            std::thread::sleep(Duration::from_millis(20));
            let answer = get(at, "/api/v1/rules");
            answer.starts_with("http/1.1 200").then_some(answer)
        });
        (refused, again.is_some())
    });
    let (refused, again) = told.await.unwrap();
    let refused = refused.expect("one was refused");
    assert!(refused.starts_with("http/1.1 503"), "{refused}");
    assert!(refused.contains("retry-after: "), "{refused}");
    assert!(again, "when the slow one is gone others are answered");
}
