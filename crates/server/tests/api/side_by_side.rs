//! Registers side by side: the same units against each, on any day, and which had closed by then.

use diachiso_model::{HouseholdState, Published, RegisterInfo};
use serde_json::{Value, json};

use crate::state::{Server, code, day, published, units};

/// The state of the other tests with a second register of Nam alone, which closed later and lacks one household.
fn two_registers() -> Published {
    let mut state = published(&units());
    let nam: Vec<_> = state.households.iter().filter(|h| h.village == 2).cloned().collect();
    let own = state.tallies.iter().find(|t| t.code == code("19873-nam")).unwrap().clone();
    let gone = nam.iter().position(|h| h.state == HouseholdState::None).unwrap();
    let mut tally = own.tally;
    tally.states[HouseholdState::None as usize] -= 1;
    for (i, household) in nam.into_iter().enumerate().filter(|(i, _)| *i != gone) {
        let id = format!("TK-{i:04}").into();
        state.households.push(diachiso_model::Household { id, register: 1, ..household });
    }
    let holds = ["46", "477", "19873", "19873-nam", "19867"].map(code);
    let rows: Vec<_> = state.tallies.iter().filter(|t| holds.contains(&t.code)).cloned().collect();
    let of_second = |row| diachiso_model::UnitTally { register: 1, tally, ..row };
    state.tallies.extend(rows.into_iter().map(of_second));
    state.registers.push(RegisterInfo {
        source: "statistics".into(),
        closed_on: day("2025-06-30"),
        households: 19,
    });
    state
}

#[tokio::test]
async fn every_unit_stands_against_every_register_as_coverage_tells_it() {
    let server = Server::empty().await;
    server.publish(&two_registers()).await;
    for (level, on) in
        [("commune", "2021-01-01"), ("commune", "2025-07-01"), ("village", "2021-01-01")]
    {
        let url = format!("/api/v1/coverage/registers?level={level}&on={on}");
        let beside = server.get(&url).await.json();
        for (at, source) in ["police", "statistics"].into_iter().enumerate() {
            assert_eq!(beside["registers"][at]["source"], source);
            let url = format!("/api/v1/coverage?level={level}&on={on}&source={source}");
            let alone = server.get(&url).await.json();
            let figures =
                |of: &Value| ["households", "covered", "percent"].map(|field| of[field].clone());
            assert_eq!(figures(&beside["total"][at]), figures(&alone["total"]), "{url}");
            for row in beside["rows"].as_array().unwrap() {
                let told = alone["rows"].as_array().unwrap();
                match told.iter().find(|one| one["code"] == row["code"]) {
                    Some(one) => assert_eq!(figures(&row["against"][at]), figures(one), "{url}"),
                    None => assert_eq!(row["against"][at], Value::Null, "{url}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn a_day_is_told_with_which_register_had_closed_by_then() {
    let server = Server::empty().await;
    server.publish(&two_registers()).await;
    let flags = async |query: &str| {
        let answer = server.get(&format!("/api/v1/coverage/registers?{query}")).await.json();
        let registers = answer["registers"].as_array().unwrap().clone();
        registers.iter().map(|r| (r["later"].clone(), r["newest"].clone())).collect::<Vec<_>>()
    };
    let pair = |later: bool, newest: bool| (json!(later), json!(newest));
    assert_eq!(flags("").await, [pair(false, false), pair(false, true)]);
    assert_eq!(flags("as_of=2025-07-15").await, [pair(false, false), pair(false, true)]);
    assert_eq!(flags("as_of=2025-05-01").await, [pair(false, true), pair(true, false)]);
    assert_eq!(flags("as_of=2025-01-01").await, [pair(true, false), pair(true, false)]);
    let on = server.get("/api/v1/coverage/registers?as_of=2025-01-31").await.json();
    assert_eq!(on["total"][0]["covered"], 0, "nothing was collected before 2025-02-01");
    assert_eq!(on["total"][0]["households"], 72);
    let course = server.get("/api/v1/coverage/course?source=statistics").await.json();
    assert_eq!(
        (&course["source"], &course["closed_on"]),
        (&json!("statistics"), &json!("2025-06-30"))
    );
}

#[tokio::test]
async fn an_area_stands_against_every_register_too() {
    let server = Server::empty().await;
    server.publish(&two_registers()).await;
    let url = "/api/v1/coverage/registers?on=2025-07-01&area=19870@2024-12-31";
    let answer = server.get(url).await.json();
    assert_eq!(
        answer["rows"][0]["against"],
        json!([{"households": 56, "covered": 28, "percent": 50.0}, null])
    );
}
