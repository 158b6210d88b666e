//! Figures: right, complete, and careful with small numbers.

use axum::{body::Body, http::Request};
use serde_json::Value;

use crate::state::Server;

#[tokio::test]
async fn communes_of_the_closing_date_come_with_numerator_denominator_source_and_date() {
    let server = Server::published().await;
    insta::assert_json_snapshot!(server.get("/api/v1/coverage").await.json());
}

#[tokio::test]
async fn another_day_rolls_up_to_the_units_of_that_day() {
    let server = Server::published().await;
    let answer = server.get("/api/v1/coverage?on=2025-08-15").await.json();
    assert_eq!(answer["period"], "2025-07-01");
    assert_eq!(answer["rows"].as_array().unwrap().len(), 1);
    assert_eq!(answer["rows"][0]["name"], "Xã Đan Điền");
    assert_eq!(answer["total"]["households"], 72);
    assert_eq!(answer["total"]["covered"], 36);
    assert_eq!(answer["total"]["percent"], 50.0);
}

#[tokio::test]
async fn the_rows_of_every_level_sum_to_the_same_total() {
    let server = Server::published().await;
    for level in ["province", "district", "commune", "village"] {
        let answer = server.get_with_token(&format!("/api/v1/coverage?level={level}")).await.json();
        let rows = answer["rows"].as_array().unwrap();
        for field in ["households", "covered", "persons", "poor", "poor_covered", "near_poor"] {
            let sum: u64 = rows.iter().map(|r| r[field].as_u64().unwrap()).sum();
            assert_eq!(answer["total"][field], sum, "{level} {field}");
        }
        assert_eq!(answer["total"]["households"], 72, "{level}");
    }
}

#[tokio::test]
async fn small_numbers_of_poor_households_need_a_token() {
    let server = Server::published().await;
    let poor = |answer: &Value| -> Vec<Option<u64>> {
        answer["rows"].as_array().unwrap().iter().map(|r| r["poor"].as_u64()).collect()
    };
    let url = "/api/v1/coverage?level=village";
    assert_eq!(poor(&server.get_with_token(url).await.json()), [Some(10), Some(3), Some(2)]);
    assert_eq!(poor(&server.get(url).await.json()), [Some(10), None, None]);
    let within = server.get("/api/v1/coverage?level=village&within=19870-tay").await.json();
    assert_eq!(poor(&within), [None], "asking for a part tells no more");
    assert_eq!(within["total"]["poor"], Value::Null);
    // 19873 has two; the district's number less that of 19870 would tell it.
    assert_eq!(poor(&server.get("/api/v1/coverage").await.json()), [None, None]);
    let sum = server.get("/api/v1/coverage?level=village&within=19870").await.json();
    assert_eq!(sum["total"]["poor"], Value::Null, "nor does a sum over a hidden unit");
    assert_eq!(server.get("/api/v1/coverage").await.json()["total"]["poor"], 15);
}

#[tokio::test]
async fn within_keeps_the_units_of_one() {
    let server = Server::published().await;
    let answer = server.get("/api/v1/coverage?level=village&within=19873").await.json();
    assert_eq!(answer["rows"].as_array().unwrap().len(), 1);
    assert_eq!(answer["rows"][0]["code"], "19873-nam");
}

#[tokio::test]
async fn csv_has_the_same_rows_under_a_byte_order_mark() {
    let server = Server::published().await;
    let answer = server.get("/api/v1/coverage?format=csv&level=village").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"coverage.csv\"");
    insta::assert_snapshot!(answer.text().strip_prefix('\u{feff}').unwrap());
}

#[tokio::test]
async fn an_answer_is_kept_in_two_forms_and_known_again_by_its_tag() {
    let server = Server::published().await;
    let ask = |headers: &[(&str, &str)], token: bool| {
        let mut request = Request::get("/api/v1/coverage?level=village");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if token {
            request = request.header("authorization", format!("Bearer {}", server.token));
        }
        server.send(request.body(Body::empty()).unwrap())
    };
    let plain = ask(&[], false).await;
    assert_eq!(plain.header("content-encoding"), "");
    for accept in ["gzip", "br, gzip;q=0.5, zstd"] {
        let packed = ask(&[("accept-encoding", accept)], false).await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{accept}");
        assert_ne!(packed.header("etag"), plain.header("etag"));
        let mut unpacked = Vec::new();
        let mut reader = flate2::read::GzDecoder::new(&packed.body[..]);
        std::io::Read::read_to_end(&mut reader, &mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body);
    }
    let other = ask(&[("accept-encoding", "br, zstd")], false).await;
    assert_eq!(other.body, plain.body, "what has a strong tag is packed by nobody on the way");
    let tag = plain.header("etag").to_owned();
    let again = ask(&[("if-none-match", &tag)], false).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.header("vary"), "authorization, accept-encoding");
    let told_more = ask(&[("if-none-match", &tag)], true).await;
    assert_eq!(told_more.status.as_u16(), 200, "who may be told more has not got it yet");
    assert_ne!(told_more.header("etag"), tag);
    // A run that changes nothing but its number is another answer, and so is its tag.
    server.publish(&crate::state::published(&crate::state::units())).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(ask(&[("if-none-match", &tag)], false).await.status.as_u16(), 200);
}

#[tokio::test]
async fn areas_list_what_can_be_asked_for() {
    let server = Server::published().await;
    insta::assert_json_snapshot!(server.get("/api/v1/areas").await.json());
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_told_what_would() {
    let server = Server::published().await;
    for (url, status, word) in [
        ("/api/v1/coverage?level=ward", 400, "village | commune"),
        ("/api/v1/coverage?on=yesterday", 400, "YYYY-MM-DD"),
        ("/api/v1/coverage?within=abc", 400, "19867"),
        ("/api/v1/coverage?levle=village", 400, "levle"),
        ("/api/v1/coverage?within=99999", 404, "99999"),
        ("/api/v1/coverage?source=nobody", 404, "nobody"),
        ("/api/v1/nothing", 404, "no such address"),
    ] {
        let answer = server.get(url).await;
        assert_eq!(answer.status.as_u16(), status, "{url}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{url}");
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{url}");
        assert!(problem["detail_en"].as_str().unwrap().contains(word), "{url}: {problem}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{url}");
    }
}

#[tokio::test]
async fn a_new_run_is_served_a_second_later() {
    let server = Server::published().await;
    let run = || async { server.get("/api/v1/coverage").await.json()["run"].clone() };
    assert_eq!(run().await, 1);
    server.publish(&crate::state::published(&crate::state::units())).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(run().await, 2);
}

#[tokio::test]
async fn the_course_rises_to_what_is_covered_now_and_begins_with_the_first_collection() {
    let server = Server::published().await;
    for level in ["commune", "village"] {
        let course = server.get(&format!("/api/v1/coverage/course?level={level}")).await.json();
        let now = server.get(&format!("/api/v1/coverage?level={level}")).await.json();
        let (rows, days) = (course["rows"].as_array().unwrap(), course["days"].as_array().unwrap());
        assert_eq!(rows.len(), now["rows"].as_array().unwrap().len(), "{level}");
        assert!(!days.is_empty() && days.is_sorted_by_key(|day| day.as_str()), "{level}");
        for (row, told) in rows.iter().zip(now["rows"].as_array().unwrap()) {
            assert_eq!((&row["code"], &row["households"]), (&told["code"], &told["households"]));
            let covered: Vec<u64> =
                row["covered"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
            assert_eq!(covered.len(), days.len());
            assert!(covered.is_sorted(), "{level}: {covered:?}");
            assert_eq!(covered.last().copied(), told["covered"].as_u64(), "{level}");
        }
    }
    assert_eq!(server.get("/api/v1/coverage/course?source=nobody").await.status, 404);
    assert_eq!(server.get("/api/v1/coverage/course?level=province").await.status, 400);
    let sources = &server.get("/api/v1/areas").await.json()["sources"];
    assert_eq!(sources[0]["source"], server.get("/api/v1/coverage").await.json()["source"]);
}
