//! Gap lists: complete, paged without loss, and closed to those without a token.

use std::{collections::BTreeSet, io::Cursor};

use axum::http::StatusCode;

use crate::state::{PERSONAL, Server, gap_count};

#[tokio::test]
async fn pages_hold_every_household_exactly_once() {
    let server = Server::published().await;
    for limit in [1, 7, 1000] {
        let mut url = format!("/api/v1/areas/477/gaps?limit={limit}");
        let mut seen = Vec::new();
        loop {
            let answer = server.get_with_token(&url).await;
            assert_eq!(answer.status, StatusCode::OK, "{url}");
            let page = answer.json();
            let rows = page["rows"].as_array().unwrap();
            assert!(rows.len() <= limit);
            seen.extend(rows.iter().map(|r| r["household"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else {
                assert_eq!(answer.header("link"), "");
                break;
            };
            assert_eq!(answer.header("link"), format!("<{next}>; rel=\"next\""));
            url = next.to_owned();
        }
        assert_eq!(seen.len(), gap_count(), "limit {limit}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), gap_count(), "limit {limit}");
    }
}

#[tokio::test]
async fn pages_are_in_the_order_in_which_teams_go_as_the_files_are() {
    let server = Server::published().await;
    let answer = server.get_with_token("/api/v1/areas/477/gaps?format=csv&purpose=test").await;
    let text = answer.text().strip_prefix('\u{feff}').unwrap();
    let of_file: Vec<&str> =
        text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    for limit in [1, 3, 1000] {
        let mut url = format!("/api/v1/areas/477/gaps?limit={limit}");
        let mut of_pages = Vec::new();
        loop {
            let page = server.get_with_token(&url).await.json();
            let rows = page["rows"].as_array().unwrap();
            of_pages.extend(rows.iter().map(|r| r["household"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            next.clone_into(&mut url);
        }
        assert_eq!(of_pages, of_file, "limit {limit}");
    }
}

#[tokio::test]
async fn a_row_says_why_in_words() {
    let server = Server::published().await;
    let page = server.get_with_token("/api/v1/areas/19873-nam/gaps?limit=3").await.json();
    insta::assert_json_snapshot!(page);
}

#[tokio::test]
async fn csv_holds_the_whole_list() {
    let server = Server::published().await;
    let answer = server.get_with_token("/api/v1/areas/19870/gaps?format=csv&purpose=test").await;
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"ho-chua-co-dia-chi-so-19870.csv\""
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    let text = answer.text().strip_prefix('\u{feff}').unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("Mã hộ,Nguồn,Họ và tên chủ hộ"), "{}", lines[0]);
    assert_eq!(lines.len() - 1, 40 * 2 / 5 + 30 * 2 / 5);
}

#[tokio::test]
async fn geojson_reads_back_with_every_household() {
    let server = Server::published().await;
    let answer = server.get_with_token("/api/v1/areas/46/gaps?format=geojson&purpose=test").await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
    let read: geojson::FeatureCollection = answer.text().parse().unwrap();
    assert_eq!(read.features.len(), gap_count());
}

#[tokio::test]
async fn the_workbook_is_one() {
    let server = Server::published().await;
    let answer = server.get_with_token("/api/v1/areas/477/gaps?format=xlsx&purpose=test").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-disposition").ends_with(".xlsx\""));
    assert!(Cursor::new(&answer.body).get_ref().starts_with(b"PK\x03\x04"));
}

#[tokio::test]
async fn personal_data_needs_a_token_that_holds() {
    let server = Server::published().await;
    let urls = [
        "/api/v1/areas/477/gaps",
        "/api/v1/areas/477/gaps?format=csv&purpose=test",
        "/api/v1/report",
        "/api/v1/submissions/00000000070707070707070707070707",
    ];
    for url in urls {
        for header in [None, Some("Bearer wrong"), Some("Basic YTpi")] {
            let mut request = axum::http::Request::get(url);
            if let Some(value) = header {
                request = request.header("authorization", value);
            }
            let answer = server.send(request.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{url} {header:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"diachiso\"");
            assert!(PERSONAL.iter().all(|p| !answer.text().contains(p)), "{url}");
        }
        let in_url =
            format!("{url}{}token={}", if url.contains('?') { '&' } else { '?' }, server.token);
        let answer = server.get(&in_url).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "a token in the URL does not count");
        assert_eq!(server.get_with_token(url).await.status, StatusCode::OK, "{url}");
    }
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_refused_even_where_none_is_needed() {
    let server = Server::published().await;
    let request = axum::http::Request::get("/api/v1/coverage").header("authorization", "Bearer x");
    let answer = server.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bad_page_or_area_is_refused() {
    let server = Server::published().await;
    for (url, status) in [
        ("/api/v1/areas/477/gaps?limit=0", 400),
        ("/api/v1/areas/477/gaps?limit=1001", 400),
        ("/api/v1/areas/477/gaps?cursor=%21", 400),
        ("/api/v1/areas/477/gaps?format=pdf", 400),
        ("/api/v1/areas/99999/gaps", 404),
        ("/api/v1/areas/x%22y/gaps", 404),
    ] {
        assert_eq!(server.get_with_token(url).await.status.as_u16(), status, "{url}");
    }
}

#[tokio::test]
async fn whole_lists_go_village_by_village_the_poor_first_in_walking_order() {
    let server = Server::published().await;
    let answer = server.get_with_token("/api/v1/areas/477/gaps?format=geojson&purpose=test").await;
    let read: geojson::FeatureCollection = answer.text().parse().unwrap();
    let text =
        |f: &geojson::Feature, name: &str| f.property(name).unwrap().as_str().unwrap().to_owned();
    let keys: Vec<(String, u8, u64)> = read
        .features
        .iter()
        .map(|f| {
            let rank = ["poor", "near_poor", "none"].iter().position(|p| *p == text(f, "poverty"));
            (text(f, "village"), rank.unwrap() as u8, f.property("walk").unwrap().as_u64().unwrap())
        })
        .collect();
    assert_eq!(keys.len(), gap_count());
    assert!(keys.is_sorted(), "{keys:?}");
    for village in ["19870-dong", "19870-tay", "19873-nam"] {
        let mut walks: Vec<u64> = keys.iter().filter(|k| k.0 == village).map(|k| k.2).collect();
        walks.sort_unstable();
        assert_eq!(walks, (1..=walks.len() as u64).collect::<Vec<_>>(), "{village}");
    }
}

#[tokio::test]
async fn a_row_says_where_to_look_from_a_neighbour_whose_name_is_masked() {
    let server = Server::published().await;
    let page = server.get_with_token("/api/v1/areas/19873-nam/gaps?limit=50").await.json();
    for row in page["rows"].as_array().unwrap() {
        assert_eq!(row["suggestion_vi"], "cạnh nhà ông/bà B. M. (theo số nhà lân cận)");
        assert_eq!((&row["suggested_by"], &row["neighbour_m"]), (&"numbers".into(), &0.0.into()));
    }
    let csv = server.get_with_token("/api/v1/areas/19873-nam/gaps?format=csv&purpose=test").await;
    assert!(csv.text().contains("cạnh nhà ông/bà B. M. (theo số nhà lân cận)"), "{}", csv.text());
}
