//! Names in the description of the API: what is told under a name is one thing.

use std::{collections::BTreeMap, fs, path::Path};

use axum::http::StatusCode;

use crate::state::{PROPOSAL, Server};

/// Names of all types of a folder that are schemas, each with how many types have it.
fn collect(folder: &Path, found: &mut BTreeMap<String, u32>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for after in text.split("ToSchema").skip(1) {
                // What follows a derivation: the rest of it, attributes of the type, its kind and its name.
                let Some((others, rest)) = after.split_once(")]") else { continue };
                if others.contains(';') {
                    // An import, not a derivation.
                    continue;
                }
                let declared = rest.lines().find_map(|line| {
                    let words =
                        line.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
                    let words = words.trim_start_matches("pub ");
                    words.strip_prefix("struct ").or_else(|| words.strip_prefix("enum "))
                });
                let Some(declared) = declared else { continue };
                let name = declared.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                *found.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
}

#[test]
fn two_shapes_of_an_answer_never_share_a_name() {
    let mut names = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    assert!(names.len() > 90, "the types are found: {names:?}");
    names.retain(|_, count| *count > 1);
    // The description keeps one of them, and the answers of the other are not what it says.
    assert!(names.is_empty(), "{names:?}");
}

#[tokio::test]
async fn every_limit_is_described_with_its_bounds() {
    let server = Server::published().await;
    let description = server.get("/openapi.json").await.json();
    let mut seen = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            for limit in parameters.iter().filter(|p| p["name"] == "limit") {
                // Where more than the most is the most, any more may be asked for.
                assert_eq!(limit["schema"]["minimum"], 1, "{path}: {limit}");
                assert!(limit["schema"]["maximum"].as_i64() > Some(1), "{path}: {limit}");
                seen += 1;
            }
        }
    }
    assert!(seen > 5, "the limits are found");
}

#[tokio::test]
async fn a_claim_may_say_nothing_in_every_way_that_is_described() {
    let server = Server::published().await;
    let url = format!("/api/v1/review/{PROPOSAL}/claim");
    for nothing in ["", "null", "{}"] {
        let answer = server.post(&url, nothing, true).await;
        assert_eq!(answer.status, StatusCode::OK, "{nothing:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn whoever_answers_for_something_is_told_how_long_a_name_and_a_reason_may_be() {
    let server = Server::published().await;
    let description = server.get("/openapi.json").await.json();
    let mut seen = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let Some(name) = body.as_str().and_then(|body| body.rsplit('/').next()) else {
                continue;
            };
            let properties = &description["components"]["schemas"][name]["properties"];
            for word in ["by", "why"].iter().filter(|word| !properties[**word].is_null()) {
                let schema = &properties[*word];
                assert_eq!(schema["maxLength"], 300, "{method} {path} {word}: {schema}");
                assert_eq!(schema["pattern"], r"\S", "{method} {path} {word}: {schema}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 6, "those who answer are found: {seen}");
}

#[tokio::test]
async fn what_is_json_is_never_described_as_a_text() {
    let server = Server::published().await;
    let description = server.get("/openapi.json").await.json();
    let mut seen = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for (status, answer) in operation["responses"].as_object().unwrap() {
                for (kind, told) in answer["content"].as_object().into_iter().flatten() {
                    if kind == "application/json" || kind.ends_with("+json") {
                        let kind_of = &told["schema"]["type"];
                        assert_ne!(kind_of, "string", "{method} {path} {status} {kind}");
                        seen += 1;
                    }
                }
            }
        }
    }
    assert!(seen > 200, "the answers are found: {seen}");
}
