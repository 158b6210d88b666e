//! Every operation of the description, asked by every role for areas that its grant holds, holds a part of, and holds not.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use crate::state::{EXPORT, PERSONAL, PROPOSAL, Server};

/// What is asked about lies in the commune 19870 of the old district 477, since 2025-07-01 in the commune 19867.
const SUBMISSION: &str = "00000000070707070707070707070707";

/// Grants by where they hold, and whether the commune 19870 lies wholly inside.
const AREAS: [(&str, bool); 8] = [
    ("*", true),
    ("19870@2024-12-31", true),
    // The district that it was part of, on its last days and in a year from which no figures are kept.
    ("477@2025-06-30", true),
    ("477@2012-06-01", true),
    // What it became, and the province.
    ("19867@2025-07-01", true),
    ("46@2025-07-01", true),
    // A neighbour.
    ("19873@2024-12-31", false),
    // The code of today's commune, on a day on which it meant another or none.
    ("19867@2024-12-31", false),
];

/// Who may use an operation, told once more by hand: the table of the program is checked against it.
enum Who {
    /// Everybody, and nobody is told more.
    All,
    /// Everybody; a token that does not hold is refused.
    AllSomeMore,
    /// Whoever has one of these roles where the record or area lies.
    There(&'static [&'static str]),
    /// Whoever has one of these roles, and is told what lies inside.
    Filtered(&'static [&'static str]),
    /// Whoever has one of these roles everywhere.
    Everywhere(&'static [&'static str]),
    /// Whoever has one of these roles anywhere.
    Anywhere(&'static [&'static str]),
}

const DECIDE: &[&str] = &["officer", "reviewer"];
const HAND_IN: &[&str] = &["collector", "officer", "reviewer"];
const BATCHES: &[&str] = &["officer", "reviewer", "administrator"];
const REGISTERS: &[&str] = &["planner", "officer", "reviewer", "administrator"];
const SETS: &[&str] = &["officer", "administrator"];
const SETTLE: &[&str] = &["reviewer", "administrator"];
const ROWS: &[&str] = &["collector", "officer", "reviewer", "administrator"];

/// Method, path in the description, what to ask, body, who may.
type Case = (&'static str, &'static str, String, &'static str, Who);

#[expect(clippy::too_many_lines, reason = "a table: an operation a row")]
fn cases() -> Vec<Case> {
    let get = |path: &'static str, url: &str, who| ("GET", path, url.to_owned(), "", who);
    let post = |path: &'static str, url: &str, who| ("POST", path, url.to_owned(), "{}", who);
    let all = |path: &'static str, url: &str| get(path, url, Who::All);
    let record = |path: &'static str, url: String, who| ("GET", path, url, "", who);
    vec![
        get("/api/v1/coverage", "/api/v1/coverage", Who::AllSomeMore),
        get("/api/v1/coverage/course", "/api/v1/coverage/course", Who::All),
        all("/api/v1/coverage/registers", "/api/v1/coverage/registers"),
        all("/api/v1/areas", "/api/v1/areas"),
        all("/api/v1/areas/{area}", "/api/v1/areas/477@2024-12-31"),
        ("PUT", "/api/v1/areas/{area}", "/api/v1/areas/ven-pha".into(), "{}", Who::Anywhere(SETS)),
        (
            "DELETE",
            "/api/v1/areas/{area}",
            "/api/v1/areas/khong-co".into(),
            "",
            Who::Anywhere(SETS),
        ),
        all("/api/v1/units/find", "/api/v1/units/find?q=X%C3%A3%20Qu%E1%BA%A3ng%20Ph%C3%BA"),
        get("/api/v1/reverse", "/api/v1/reverse?lat=16.56&lon=107.41", Who::AllSomeMore),
        all("/api/v1/codes/{code}", "/api/v1/codes/5310712345"),
        get("/api/v1/geocode", "/api/v1/geocode?q=2%20Ki%E1%BB%87t%20Ri%C3%AAng", Who::AllSomeMore),
        (
            "POST",
            "/api/v1/geocode",
            "/api/v1/geocode".into(),
            r#"{"commune":"19870"}"#,
            Who::AllSomeMore,
        ),
        get("/api/v1/suggest", "/api/v1/suggest?q=Ki%E1%BB%87t", Who::AllSomeMore),
        (
            "POST",
            "/api/v1/geocode/batch",
            "/api/v1/geocode/batch".into(),
            "{\"commune\":\"19870\"}\n",
            Who::Anywhere(DECIDE),
        ),
        all("/api/v1/rules", "/api/v1/rules"),
        all("/tiles/{layer}.json", "/tiles/communes.json"),
        all("/tiles/{layer}/{z}/{x}/{y}", "/tiles/villages/0/0/0"),
        get(
            "/tiles/households/{z}/{x}/{y}",
            "/tiles/households/14/13080/7426",
            Who::Anywhere(DECIDE),
        ),
        all("/ogc", "/ogc"),
        all("/ogc/conformance", "/ogc/conformance"),
        all("/ogc/collections", "/ogc/collections"),
        all("/ogc/collections/{collection}", "/ogc/collections/communes"),
        all("/ogc/collections/{collection}/queryables", "/ogc/collections/communes/queryables"),
        all("/ogc/collections/{collection}/items", "/ogc/collections/villages/items"),
        all(
            "/ogc/collections/{collection}/items/{feature}",
            "/ogc/collections/communes/items/19870",
        ),
        all("/ogc/collections/{collection}/tiles", "/ogc/collections/communes/tiles"),
        all(
            "/ogc/collections/{collection}/tiles/{tiling}",
            "/ogc/collections/communes/tiles/WebMercatorQuad",
        ),
        all(
            "/ogc/collections/{collection}/tiles/{tiling}/{matrix}/{row}/{column}",
            "/ogc/collections/communes/tiles/WebMercatorQuad/0/0/0",
        ),
        all("/ogc/tileMatrixSets", "/ogc/tileMatrixSets"),
        all("/ogc/tileMatrixSets/{tiling}", "/ogc/tileMatrixSets/WebMercatorQuad"),
        all("/healthz", "/healthz"),
        all("/readyz", "/readyz"),
        all("/metrics", "/metrics"),
        get("/api/v1/areas/{area}/gaps", "/api/v1/areas/19870/gaps", Who::There(DECIDE)),
        record(
            "/api/v1/submissions/{id}",
            format!("/api/v1/submissions/{SUBMISSION}"),
            Who::There(ROWS),
        ),
        record("/api/v1/places/{id}", format!("/api/v1/places/{SUBMISSION}"), Who::There(DECIDE)),
        record("/api/v1/explain", format!("/api/v1/explain?a={SUBMISSION}"), Who::There(DECIDE)),
        get("/api/v1/exports/{id}", &format!("/api/v1/exports/{EXPORT}"), Who::Anywhere(BATCHES)),
        get("/api/v1/report", "/api/v1/report", Who::Filtered(DECIDE)),
        get("/api/v1/proposals", "/api/v1/proposals", Who::Filtered(DECIDE)),
        record(
            "/api/v1/proposals/{id}",
            format!("/api/v1/proposals/{PROPOSAL}"),
            Who::There(DECIDE),
        ),
        (
            "POST",
            "/api/v1/check",
            "/api/v1/check?name=a.csv".into(),
            "Họ và tên chủ hộ,Thôn,Xã,Vĩ độ,Kinh độ,Ngày thu thập\n",
            Who::Anywhere(HAND_IN),
        ),
        (
            "POST",
            "/api/v1/check/columns",
            "/api/v1/check/columns?name=a.csv".into(),
            "Họ và tên chủ hộ,Thôn,Xã,Vĩ độ,Kinh độ,Ngày thu thập\n",
            Who::Anywhere(HAND_IN),
        ),
        (
            "POST",
            "/api/v1/check/submission",
            "/api/v1/check/submission".into(),
            r#"{"commune":"19870"}"#,
            Who::Anywhere(HAND_IN),
        ),
        post("/api/v1/submissions", "/api/v1/submissions", Who::Anywhere(HAND_IN)),
    ]
}

/// The cases of batches, and of erasing, which knows no areas either.
fn batch_cases() -> [Case; 10] {
    let get = |path: &'static str, url: &str, who| ("GET", path, url.to_owned(), "", who);
    let post = |path: &'static str, url: &str, who| ("POST", path, url.to_owned(), "{}", who);
    [
        post("/api/v1/batches", "/api/v1/batches", Who::Anywhere(BATCHES)),
        get("/api/v1/runs", "/api/v1/runs", Who::Anywhere(BATCHES)),
        get("/api/v1/runs/{number}", "/api/v1/runs/1", Who::Anywhere(BATCHES)),
        get("/api/v1/batches", "/api/v1/batches", Who::Anywhere(BATCHES)),
        get("/api/v1/batches/{id}", "/api/v1/batches/1", Who::Anywhere(BATCHES)),
        get("/api/v1/batches/{id}/events", "/api/v1/batches/1/events", Who::Anywhere(BATCHES)),
        post(
            "/api/v1/batches/{id}/withdraw",
            "/api/v1/batches/1/withdraw",
            Who::Everywhere(SETTLE),
        ),
        post("/api/v1/batches/{id}/publish", "/api/v1/batches/1/publish", Who::Everywhere(SETTLE)),
        post("/api/v1/batches/{id}/discard", "/api/v1/batches/1/discard", Who::Everywhere(SETTLE)),
        post("/api/v1/erasures", "/api/v1/erasures", Who::Everywhere(&["administrator"])),
    ]
}

/// The cases of the review queue.
fn review_cases() -> [Case; 6] {
    let get = |path: &'static str, url: String| ("GET", path, url, "", Who::There(DECIDE));
    let review = |path: &'static str, what: &str| {
        let url = format!("/api/v1/review/{SUBMISSION}/{what}");
        ("POST", path, url, "{}", Who::There(&["reviewer"]))
    };
    [
        get("/api/v1/review", "/api/v1/review?area=19870".into()),
        get("/api/v1/review/{id}", format!("/api/v1/review/{SUBMISSION}")),
        review("/api/v1/review/{id}/claim", "claim"),
        (
            "DELETE",
            "/api/v1/review/{id}/claim",
            format!("/api/v1/review/{SUBMISSION}/claim"),
            "",
            Who::There(&["reviewer"]),
        ),
        review("/api/v1/review/{id}/decision", "decision"),
        review("/api/v1/review/{id}/undo", "undo"),
    ]
}

/// The cases of results of visits.
fn result_cases() -> [Case; 6] {
    let decide = |path: &'static str, what: &str, roles| {
        let url = format!("/api/v1/results/0123456789abcdef01234567/{what}");
        ("POST", path, url, "{}", Who::Anywhere(roles))
    };
    [
        ("POST", "/api/v1/results", "/api/v1/results".into(), "x", Who::Anywhere(HAND_IN)),
        ("GET", "/api/v1/results", "/api/v1/results".into(), "", Who::Filtered(DECIDE)),
        decide("/api/v1/results/{id}/approve", "approve", &["reviewer"]),
        decide("/api/v1/results/{id}/refuse", "refuse", &["reviewer"]),
        decide("/api/v1/results/{id}/withdraw", "withdraw", HAND_IN),
        ("GET", "/api/v1/orders/{order}", "/api/v1/orders/7".into(), "", Who::Anywhere(HAND_IN)),
    ]
}

/// The cases of registers.
fn register_cases() -> [Case; 3] {
    let get = |path: &'static str, url: &str, who| ("GET", path, url.to_owned(), "", who);
    [
        get("/api/v1/registers", "/api/v1/registers", Who::Anywhere(REGISTERS)),
        get(
            "/api/v1/registers/{before}/compare/{after}",
            "/api/v1/registers/ho-1.csv/compare/ho-2.csv",
            Who::Anywhere(REGISTERS),
        ),
        get(
            "/api/v1/registers/{before}/compare/{after}/households",
            "/api/v1/registers/ho-1.csv/compare/ho-2.csv/households",
            Who::Anywhere(DECIDE),
        ),
    ]
}

/// The status of an answer to a role whose grant holds in an area.
fn expected(who: &Who, role: &str, area: &str, inside: bool) -> u16 {
    let has = |roles: &[&str]| if roles.contains(&role) { 200 } else { 403 };
    match who {
        Who::All | Who::AllSomeMore => 200,
        Who::Anywhere(roles) | Who::Filtered(roles) => has(roles),
        Who::There(roles) if inside => has(roles),
        Who::Everywhere(roles) if area == "*" => has(roles),
        Who::There(_) | Who::Everywhere(_) => 403,
    }
}

/// Whether an answer to a role in an area may hold words that stand for a person.
fn may_tell(who: &Who, role: &str, inside: bool, status: u16) -> bool {
    let personal = match who {
        Who::There(_) | Who::Everywhere(_) | Who::AllSomeMore => true,
        Who::Filtered(_) => inside,
        Who::All | Who::Anywhere(_) => false,
    };
    personal && status == 200 && HAND_IN.contains(&role)
}

#[tokio::test]
async fn every_operation_answers_every_role_in_every_area_as_the_table_says() {
    let server = Server::explaining().await;
    let api = server.get("/openapi.json").await.json();
    let mut described = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        described
            .extend(item.as_object().unwrap().keys().map(|m| (m.to_uppercase(), path.clone())));
    }
    let rest = batch_cases().into_iter().chain(review_cases()).chain(register_cases());
    let rest = rest.chain(result_cases());
    let cases: Vec<Case> = cases().into_iter().chain(rest).collect();
    let asked: BTreeSet<_> =
        cases.iter().map(|(m, path, ..)| ((*m).to_owned(), (*path).to_owned())).collect();
    assert_eq!(asked, described, "every operation of the description has a case here");

    let mut askers = vec![("public", "", false, None)];
    for role in ["planner", "collector", "officer", "reviewer", "administrator"] {
        for (area, inside) in AREAS {
            let team = if role == "collector" { ";team=Tổ 1" } else { "" };
            let token = server.token_for(&[&format!("{role}:{area}{team}")]).await;
            askers.push((role, area, inside, Some(token)));
        }
    }
    let mut faults = Vec::new();
    for (method, path, url, body, who) in &cases {
        for (role, area, inside, token) in &askers {
            let answer = server.ask(method, url, *body, token.as_deref()).await;
            let mut wanted = expected(who, role, area, *inside);
            if token.is_none() && wanted == 403 {
                wanted = 401;
            }
            // An empty file is refused as such: the caller was let in.
            let status = match answer.status.as_u16() {
                422 if *path == "/api/v1/check" => 200,
                // This store keeps no files of registers, which it says to whom it let in.
                404 if path.starts_with("/api/v1/registers/") => 200,
                // This server takes nothing in, which it says to whom it let in.
                404 if path.starts_with("/api/v1/batches")
                    || ["/api/v1/submissions", "/api/v1/erasures"].contains(path) =>
                {
                    200
                }
                // Neither does it know such a result.
                404 if path.starts_with("/api/v1/results") && *method == "POST" => 200,
                // Nor an order of that number.
                404 if path.starts_with("/api/v1/orders/") => 200,
                // It does not wait, or what is decided is not said: both are told to whom it let in.
                400 | 409 if path.starts_with("/api/v1/review/") => 200,
                // What is sent is no area, and there is none of that id: both are told to whom it let in.
                400 if *method == "PUT" => 200,
                204 | 404 if *method == "DELETE" => 200,
                204 if path.starts_with("/tiles/") || path.starts_with("/ogc/") => 200,
                other => other,
            };
            if status != wanted {
                faults.push(format!(
                    "{method} {path} as {role} in {area}: {status}, not {wanted}: {}",
                    answer.text_or_bytes()
                ));
            }
            if !may_tell(who, role, *inside, status) {
                for word in PERSONAL {
                    if answer.body.windows(word.len()).any(|w| w == word.as_bytes()) {
                        faults.push(format!("{method} {path} as {role} in {area} tells {word}"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let asked = cases.len() * askers.len();
    println!("{asked} questions: {} operations, {} askers", cases.len(), askers.len());
}

#[tokio::test]
async fn the_description_says_who_may() {
    let server = Server::published().await;
    let api = server.get("/openapi.json").await.json();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let roles = operation["x-roles"].as_array();
            let roles = roles.unwrap_or_else(|| panic!("{method} {path} says no roles"));
            let open = roles.contains(&"public".into());
            assert_eq!(operation["responses"]["403"].is_null(), open, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_grant_that_ended_or_a_token_that_was_revoked_opens_nothing() {
    let server = Server::published().await;
    let url = "/api/v1/areas/19870/gaps";
    for (grant, status) in [
        ("officer:*;to=2025-01-01", StatusCode::FORBIDDEN),
        ("officer:*;from=2999-01-01", StatusCode::FORBIDDEN),
        ("officer:*;from=2020-01-01;to=2999-01-01", StatusCode::OK),
    ] {
        let token = server.token_for(&[grant]).await;
        assert_eq!(server.ask("GET", url, "", Some(&token)).await.status, status, "{grant}");
    }
    let token = server.token_for(&["officer:*"]).await;
    assert_eq!(server.ask("GET", url, "", Some(&token)).await.status, StatusCode::OK);
    let id = server.service.tokens().await.unwrap().last().unwrap().id;
    let now = diachiso_model::Timestamp::now();
    let entry = diachiso_store::AuditEntry::empty(now);
    server.service.revoke_token(id, now, &entry).await.unwrap();
    assert_eq!(server.ask("GET", url, "", Some(&token)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn two_grants_together_open_what_neither_opens_alone() {
    let server = Server::published().await;
    let url = "/api/v1/areas/477/gaps";
    let ask = async |grants: &[&str]| {
        let token = server.token_for(grants).await;
        server.ask("GET", url, "", Some(&token)).await.status
    };
    let (one, other) = ("officer:19870@2024-12-31", "reviewer:19873@2024-12-31");
    assert_eq!(ask(&[one]).await, StatusCode::FORBIDDEN);
    assert_eq!(ask(&[other]).await, StatusCode::FORBIDDEN);
    assert_eq!(ask(&[one, other]).await, StatusCode::OK);
    // A planner's wide area widens no officer's.
    assert_eq!(ask(&[one, "planner:*"]).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_collector_sees_the_own_team_and_an_administrator_no_names() {
    let server = Server::published().await;
    let url = format!("/api/v1/submissions/{SUBMISSION}");
    let ask = async |grant: &str| {
        let token = server.token_for(&[grant]).await;
        server.ask("GET", &url, "", Some(&token)).await
    };
    let own = ask("collector:*;team=Tổ 1").await;
    assert_eq!(own.status, StatusCode::OK);
    assert_eq!(own.json()["head"], "Bí Mật");
    assert_eq!(ask("collector:*;team=Tổ 2").await.status, StatusCode::FORBIDDEN);
    let masked = ask("administrator:*").await.json();
    assert_eq!((&masked["head"], &masked["address"]), (&"B. M.".into(), &"".into()));
    assert_eq!(masked["point"], serde_json::Value::Null);
    assert_eq!(masked["phone"], "0905***123");
}

#[tokio::test]
async fn houses_are_told_where_the_grant_holds_and_nowhere_else() {
    let server = Server::published().await;
    let here = server.token_for(&["officer:19867@2025-07-01"]).await;
    let elsewhere = server.token_for(&["officer:19873@2024-12-31"]).await;
    let url = "/api/v1/reverse?lat=16.56&lon=107.41";
    let told = server.ask("GET", url, "", Some(&here)).await.json();
    assert_eq!(told["address"]["address"], "2 Kiệt Riêng");
    let told = server.ask("GET", url, "", Some(&elsewhere)).await.json();
    assert_eq!(told["address"], serde_json::Value::Null);
    let address = r#"{"number":"2","alley":"Kiệt Riêng","village":"Thôn Đông","commune":"19870"}"#;
    let best = async |token: &str| {
        let answer = server.ask("POST", "/api/v1/geocode", address, Some(token)).await;
        answer.json()["candidates"][0]["level"].as_str().map(str::to_owned)
    };
    assert_eq!(best(&here).await.as_deref(), Some("door"));
    assert_eq!(best(&elsewhere).await.as_deref(), Some("village"));
    let batch =
        server.ask("POST", "/api/v1/geocode/batch", format!("{address}\n"), Some(&elsewhere)).await;
    assert!(!batch.text().contains("door"), "{}", batch.text());
}

#[tokio::test]
async fn small_numbers_are_told_where_the_grant_holds() {
    let server = Server::published().await;
    let url = "/api/v1/coverage?level=village&within=19873";
    let poor = async |token: Option<&str>, url: &str| {
        server.ask("GET", url, "", token).await.json()["rows"][0]["poor"].clone()
    };
    assert_eq!(poor(None, url).await, serde_json::Value::Null);
    let planner = server.token_for(&["planner:477@2024-12-31"]).await;
    assert!(poor(Some(&planner), url).await.is_number());
    let elsewhere = server.token_for(&["planner:19870@2024-12-31"]).await;
    assert_eq!(poor(Some(&elsewhere), url).await, serde_json::Value::Null);
}
