//! Files that were handed out end: by a clock that the test sets.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::http::StatusCode;
use diachiso_model::Timestamp;
use diachiso_server::{AppState, sweep_exports};

use crate::state::{Server, published, units};

const GAPS: &str = "/api/v1/areas/477/gaps?format=csv";

/// A clock that stands until it is set.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn set(&self, day: &str) {
        let at: Timestamp = format!("{day}T08:00:00Z").parse().unwrap();
        self.0.store(at.as_microsecond(), Ordering::Relaxed);
    }

    async fn server(&self) -> Server {
        self.set("2026-01-01");
        let hands = self.0.clone();
        let clock = move || Timestamp::from_microsecond(hands.load(Ordering::Relaxed)).unwrap();
        let server = Server::with(|a, b| AppState::new(a, b).with_clock(Arc::new(clock))).await;
        server.publish(&published(&units())).await;
        server
    }
}

/// Hands a list out; answers with its id.
async fn handed_out(server: &Server) -> Box<str> {
    let list = server.get_with_token(&format!("{GAPS}&purpose=test")).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text());
    server.audit().await.last().unwrap().export.clone()
}

#[tokio::test]
async fn an_export_is_fetched_again_under_its_id_until_its_end_and_refused_behind_it() {
    let hands = Hands::default();
    let server = hands.server().await;
    let id = handed_out(&server).await;
    hands.set("2026-01-30");
    let again = server.get_with_token(&format!("{GAPS}&export={id}")).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    assert!(again.text().contains(&format!("Bản xuất {id} cho token:1, hết hạn 31/01/2026")));
    let log = server.audit().await;
    let last = log.last().unwrap();
    assert_eq!((&*last.action, &last.export, &*last.purpose), ("export-end", &id, "test"));
    let told = server.get_with_token(&format!("/api/v1/exports/{id}")).await;
    assert_eq!(told.json()["ends_at"], "2026-01-31T08:00:00Z");
    assert_eq!(told.json()["own"], true);

    hands.set("2026-01-31");
    for url in [format!("{GAPS}&export={id}"), format!("/api/v1/exports/{id}")] {
        let refused = server.get_with_token(&url).await;
        assert_eq!(refused.status, StatusCode::GONE, "{url}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        let expected = "đã hết hạn ngày 31/01/2026: hãy huỷ tệp đó và xin bản mới";
        assert_eq!(detail, format!("Bản xuất {id} {expected}"));
    }
}

#[tokio::test]
async fn an_export_is_fetched_again_by_whom_it_was_handed_to_and_as_it_was() {
    let hands = Hands::default();
    let server = hands.server().await;
    let id = handed_out(&server).await;
    let other = server.token_for(&["reviewer:*"]).await;
    let url = format!("{GAPS}&export={id}");
    assert_eq!(server.ask("GET", &url, "", Some(&other)).await.status, StatusCode::NOT_FOUND);
    hands.set("2026-03-01");
    let foreign = server.ask("GET", &url, "", Some(&other)).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "nor is its end told to others");
    hands.set("2026-01-02");
    for url in [
        format!("/api/v1/areas/19870/gaps?format=csv&export={id}"),
        format!("/api/v1/areas/477/gaps?format=xlsx&export={id}"),
        format!("/api/v1/report?format=csv&export={id}"),
    ] {
        let other = server.get_with_token(&url).await;
        assert_eq!(other.status, StatusCode::BAD_REQUEST, "{url}");
    }
    let never = server.get_with_token(&format!("{GAPS}&export=never")).await;
    assert_eq!(never.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_sweep_closes_what_has_ended_on_record_and_its_id_stays_refused() {
    let hands = Hands::default();
    let server = hands.server().await;
    let id = handed_out(&server).await;
    assert_eq!(sweep_exports(&server.state).await.unwrap(), 0, "it holds yet");
    hands.set("2026-02-01");
    assert_eq!(sweep_exports(&server.state).await.unwrap(), 1);
    assert_eq!(sweep_exports(&server.state).await.unwrap(), 0, "once");
    let log = server.audit().await;
    let closed: Vec<_> = log.iter().filter(|e| &*e.action == "export-closed").collect();
    assert_eq!(closed.len(), 1);
    assert_eq!((&closed[0].export, &*closed[0].purpose), (&id, ""));
    let kept = server.service.export(&id).await.unwrap().expect("known for ever");
    assert_eq!(&*kept.purpose, "", "for what it was asked is forgotten");
    let refused = server.get_with_token(&format!("{GAPS}&export={id}")).await;
    assert_eq!(refused.status, StatusCode::GONE);
}
