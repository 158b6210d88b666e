//! What is around the API: the page, the documentation, health, headers, and what the public may not see.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};

use crate::{
    state::{PERSONAL, Server},
    tiles::around,
};

#[tokio::test]
async fn before_the_first_run_the_server_lives_but_is_not_ready() {
    let server = Server::empty().await;
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    for url in ["/readyz", "/api/v1/coverage", "/api/v1/areas", "/tiles/communes/0/0/0"] {
        let answer = server.get(url).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{url}");
        assert!(answer.json()["detail_en"].as_str().unwrap().contains("diachiso run"), "{url}");
    }
}

#[tokio::test]
async fn a_published_run_makes_the_server_ready() {
    let server = Server::published().await;
    assert_eq!(server.get("/readyz").await.text(), "ready, run 1\n");
}

#[tokio::test]
async fn no_public_answer_holds_a_personal_field() {
    let server = Server::published().await;
    let mut urls: Vec<String> =
        ["/", "/api/v1/areas", "/api/v1/rules", "/metrics", "/readyz", "/docs", "/openapi.json"]
            .map(String::from)
            .into();
    for level in crate::state::LEVELS {
        for rest in ["", "&format=csv", "&on=2025-08-01"] {
            urls.push(format!("/api/v1/coverage?level={}{rest}", level.as_str()));
        }
    }
    for layer in ["communes", "villages", "density", "gaps"] {
        urls.push(format!("/tiles/{layer}.json"));
        urls.extend(
            ["0/0/0", "9/408/232", "12/3270/1858", "14/13080/7434"]
                .map(|t| format!("/tiles/{layer}/{t}")),
        );
    }
    urls.push("/api/v1/reverse?lat=16.56&lon=107.41".into());
    for url in urls {
        let answer = server.get(&url).await;
        assert!(answer.status.is_success(), "{url}: {}", answer.status);
        for personal in PERSONAL {
            let found = answer.body.windows(personal.len()).any(|w| w == personal.as_bytes());
            assert!(!found, "{url} holds {personal}");
        }
    }
}

#[tokio::test]
async fn the_page_is_there_under_a_strict_policy() {
    let server = Server::published().await;
    let answer = server.get("/").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-type").starts_with("text/html"));
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(server.get("/assets/none.js").await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/assets/..%2f..%2fCargo.toml").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_carries_the_standing_headers() {
    let server = Server::published().await;
    for url in ["/", "/healthz", "/api/v1/areas", "/nothing", "/tiles/communes/0/0/0", "/docs"] {
        let answer = server.get(url).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{url}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{url}");
        assert!(
            answer.header("content-security-policy").contains("frame-ancestors 'none'"),
            "{url}"
        );
    }
}

#[tokio::test]
async fn other_methods_and_long_bodies_are_refused_as_problems() {
    let server = Server::published().await;
    let answer = server.send(Request::post("/api/v1/areas").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.json()["status"], 405);
    assert!(answer.header("allow").contains("GET"));
    let long = Request::get("/healthz")
        .header("content-length", "1000000")
        .body(Body::from(vec![0; 1_000_000]));
    let answer = server.send(long.unwrap()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["status"], 413);
}

#[tokio::test]
async fn json_is_compressed_for_those_who_take_it() {
    let server = Server::published().await;
    let ask = Request::get("/api/v1/rules").header("accept-encoding", "gzip").body(Body::empty());
    let answer = server.send(ask.unwrap()).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert!(answer.body.starts_with(&[0x1f, 0x8b]));
    assert_eq!(server.get("/api/v1/rules").await.header("content-encoding"), "");
}

#[tokio::test]
async fn the_description_names_every_route_and_what_needs_a_token() {
    let server = Server::published().await;
    let api = server.get("/openapi.json").await.json();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths: Vec<&String> = api["paths"].as_object().unwrap().keys().collect();
    insta::assert_json_snapshot!(paths);
    let needs = |path: &str| api["paths"][path]["get"]["security"].to_string();
    assert_eq!(needs("/api/v1/areas/{area}/gaps"), r#"[{"token":[]}]"#);
    assert_eq!(needs("/api/v1/areas"), "null");
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_elsewhere() {
    let server = Server::published().await;
    for url in ["/docs", "/docs/docs.js", "/docs/docs.css"] {
        let answer = server.get(url).await;
        assert_eq!(answer.status, StatusCode::OK, "{url}");
        assert!(!answer.text().contains("//cdn") && !answer.text().contains("https://"), "{url}");
    }
}

#[tokio::test]
async fn requests_and_tiles_are_counted() {
    let server = Server::published().await;
    let url = format!("/tiles/communes/{}", around(9));
    server.get(&url).await;
    server.get(&url).await;
    server.get("/wp-login.php").await;
    let text = server.get("/metrics").await.text().to_owned();
    for line in [
        "diachiso_requests_total{route=\"/tiles/{layer}/{z}/{x}/{y}\",status=\"200\"} 2",
        "diachiso_requests_total{route=\"unmatched\",status=\"404\"} 1",
        "diachiso_tile_cache_hits_total 1",
        "diachiso_tile_cache_misses_total 1",
        "diachiso_run 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_ends() {
    let server = Server::published().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let state = diachiso_server::AppState::new(server.store.clone(), server.service.clone());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(diachiso_server::serve(listener, state, async {
        let _ = stopped.await;
    }));
    stop.send(()).unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(5), running)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
