//! Places, and ids that were published once.

use axum::http::StatusCode;
use diachiso_model::{Published, SubmissionId, Verdict};
use diachiso_store::Store as _;

use crate::state::{Server, day, published, units};

/// A state in which the second submission, the older one, repeats the first.
fn merged() -> Published {
    let mut state = published(&units());
    let link = state.submissions[0].link;
    let second = &mut state.submissions[1];
    (second.link, second.master, second.verdict) = (link, Some(0), Verdict::Duplicate);
    second.collected_on = Some(day("2024-12-01"));
    state
}

/// The same after its file was withdrawn and another came, with another row instead of one.
fn without(mut state: Published, at: usize) -> Published {
    state.files[0].hash = format!("{at:064}").into();
    state.submissions[at].id = SubmissionId([0xfe; 16]);
    state.submissions[at].master = None;
    state.submissions[at].link = None;
    state.submissions[at].verdict = Verdict::Accepted;
    state
}

async fn place(server: &Server, id: SubmissionId) -> (StatusCode, serde_json::Value) {
    let answer = server.get_with_token(&format!("/api/v1/places/{id}")).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_place_is_named_by_its_oldest_submission_and_found_by_each() {
    let server = Server::empty().await;
    let state = merged();
    server.publish(&state).await;
    let [first, second] = [state.submissions[0].id, state.submissions[1].id];
    let (status, of_first) = place(&server, first).await;
    assert_eq!((status, &of_first["id"]), (StatusCode::OK, &second.to_string().into()));
    assert_eq!(of_first["merged_into"], second.to_string());
    let (_, of_second) = place(&server, second).await;
    assert!(of_second["merged_into"].is_null());
    assert_eq!(of_second["submissions"], of_first["submissions"]);
    assert_eq!(
        of_second["submissions"][0]["id"],
        first.to_string(),
        "the one that counts is first"
    );
    assert_eq!(of_second["household"]["source"], "police");
    let (status, _) = place(&server, SubmissionId([9; 16])).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let anybody = server.get(&format!("/api/v1/places/{first}")).await;
    assert_eq!(anybody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_id_that_was_answered_once_leads_on_or_is_said_to_be_gone() {
    let server = Server::empty().await;
    let state = merged();
    let [first, second, third] = [0, 1, 2].map(|at: usize| state.submissions[at].id);
    server.publish(&state).await;

    // The older of two goes: its name leads to the place of the other, which has its own name again.
    server.publish(&without(state.clone(), 1)).await;
    let (status, body) = place(&server, second).await;
    assert_eq!((status, &body["id"]), (StatusCode::OK, &first.to_string().into()));
    assert_eq!(body["merged_into"], first.to_string());
    let answer = server.get_with_token(&format!("/api/v1/submissions/{second}")).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::GONE, "no-store"));
    assert_eq!(answer.json()["successor"], first.to_string());

    // What stood alone leads nowhere, and is not unknown.
    server.publish(&without(state.clone(), 2)).await;
    assert_eq!(place(&server, third).await.0, StatusCode::GONE);
    let answer = server.get_with_token(&format!("/api/v1/submissions/{third}")).await;
    assert_eq!(answer.status, StatusCode::GONE);
    assert!(answer.json().get("successor").is_none());
    let (status, body) = place(&server, second).await;
    assert_eq!((status, body["merged_into"].is_null()), (StatusCode::OK, true), "it is back");

    // Households, villages and proposals go with their register.
    let mut other = without(state, 2);
    other.files[0].kind = diachiso_model::SourceKind::Register;
    let household = std::mem::replace(&mut other.households[40].id, "HO-9999".into());
    other.proposals.clear();
    server.publish(&other).await;
    let answer =
        server.get_with_token(&format!("/api/v1/proposals/{}", crate::state::PROPOSAL)).await;
    assert_eq!(answer.status, StatusCode::GONE);
    let gone = server.store.gone(diachiso_store::Thing::Household, &household).await;
    assert!(gone.expect("read").is_some_and(|gone| gone.successor.is_none()));
}
