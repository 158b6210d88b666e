//! OGC API – Common, part 1.

use axum::http::StatusCode;

use super::features::{PAGES, json, links, page};
use crate::state::Server;

pub(super) async fn req_core_root_op(server: &Server) {
    assert_eq!(server.get("/ogc").await.status, StatusCode::OK);
}

pub(super) async fn req_core_root_success(server: &Server) {
    let landing = json(server, "/ogc").await;
    assert!(landing["title"].is_string() && landing["description"].is_string());
    for rel in ["self", "service-desc", "service-doc", "conformance", "data"] {
        let url = links(&landing, rel).first().cloned().unwrap_or_else(|| panic!("no {rel}"));
        assert_eq!(server.get(&url).await.status, StatusCode::OK, "{rel}");
    }
}

pub(super) async fn req_core_api_definition_op(server: &Server) {
    let definition = server.get("/openapi.json").await.json();
    assert_eq!(definition["openapi"].as_str().map(|v| &v[..3]), Some("3.1"));
    for path in ["/ogc", "/ogc/collections/{collection}/items"] {
        assert!(definition["paths"][path]["get"].is_object(), "{path}");
    }
}

pub(super) async fn req_core_conformance_success(server: &Server) {
    let declared = json(server, "/ogc/conformance").await;
    let classes = declared["conformsTo"].as_array().unwrap();
    assert!(classes.iter().all(|c| c.as_str().unwrap().contains("/conf/")));
}

pub(super) async fn req_core_query_param_name_unknown(server: &Server) {
    let answer = server.get("/ogc/collections/communes/items?unknown=1").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

pub(super) async fn req_html_definition(server: &Server) {
    for url in PAGES {
        let answer = page(server, url).await;
        assert_eq!(answer.status, StatusCode::OK, "{url}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{url}");
    }
}

pub(super) async fn req_html_content(server: &Server) {
    for url in PAGES {
        let (answer, document) = (page(server, url).await, json(server, url).await);
        for link in document["links"].as_array().into_iter().flatten() {
            let title = link["title"].as_str().unwrap();
            let written = title.replace('&', "&amp;");
            assert!(answer.text().contains(&written), "{url} does not tell of {title}");
        }
    }
}
