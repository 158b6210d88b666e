//! The documents of OGC API as pages: asked for by `f=html`, or by a client that would rather have HTML than JSON.
//!
//! A page is made of the document itself, so that it tells the same and links to the same places.

use std::fmt::Write as _;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::{error::ApiError, params::refused, routes::web::page_headers};

const HTML: &str = "text/html; charset=utf-8";
/// Media types of JSON that pages are made of.
const JSON: [&str; 3] = ["application/json", "application/geo+json", "application/schema+json"];
/// Longest document that a page is made of; one of 10,000 features is 100 MB at most.
const MAX_BYTES: usize = 128 << 20;

/// Answers in the form that is asked for. The handler sees the question without `f`.
pub(crate) async fn negotiated(mut request: Request, next: Next) -> Response {
    let (asked, rest) = without_form(request.uri());
    let html = match asked.as_deref() {
        None => prefers_html(request.headers()),
        Some("html") => true,
        Some("json") => false,
        Some(other) => return refused("f", other, "json | html").into_response(),
    };
    if asked.is_some() {
        match rest.parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(error) => {
                return ApiError::bad(
                    format!("Địa chỉ không đọc được: {error}"),
                    error.to_string(),
                )
                .into_response();
            }
        }
    }
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|t| t.to_str().ok());
    if !response.status().is_success() || !kind.is_some_and(|kind| JSON.contains(&kind)) {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    if !html {
        let other = format!(
            "<{rest}{}f=html>; rel=\"alternate\"; type=\"text/html\"",
            if rest.contains('?') { '&' } else { '?' }
        );
        if let Ok(link) = HeaderValue::try_from(other) {
            response.headers_mut().append(header::LINK, link);
        }
        return response;
    }
    page_of(response, &rest).await.unwrap_or_else(IntoResponse::into_response)
}

/// The value of `f`, and path and query without it.
fn without_form(uri: &Uri) -> (Option<String>, String) {
    let mut asked = None;
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|part| !part.is_empty())
        .filter(|part| match part.strip_prefix("f=") {
            Some(form) => {
                asked = Some(form.to_owned());
                false
            }
            None => true,
        })
        .collect();
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    (asked, format!("{}{query}", uri.path()))
}

/// Whether `Accept` weighs HTML above every kind of JSON; nobody who says nothing does.
fn prefers_html(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok());
    let told: Vec<(&str, f32)> = lists
        .flat_map(|list| list.split(','))
        .map(|one| {
            let mut parts = one.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
            (kind, weight.unwrap_or(1.0))
        })
        .collect();
    let weight = |kind: &str| told.iter().find(|(k, _)| *k == kind).map(|(_, weight)| *weight);
    let any = weight("application/*").or(weight("*/*")).unwrap_or(0.0);
    let json = JSON.iter().map(|kind| weight(kind).unwrap_or(any)).fold(0.0, f32::max);
    weight("text/html").is_some_and(|html| html > json)
}

async fn page_of(response: Response, place: &str) -> Result<Response, ApiError> {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_BYTES).await.map_err(ApiError::internal)?;
    let document: Value = serde_json::from_slice(&bytes).map_err(ApiError::internal)?;
    let mut made = Response::from_parts(parts, Body::from(page(&document, place)));
    made.headers_mut().remove(header::CONTENT_LENGTH);
    for (name, value) in page_headers(HTML, "no-cache") {
        made.headers_mut().insert::<HeaderName>(name, value);
    }
    Ok(made)
}

/// A document as a page.
fn page(document: &Value, place: &str) -> String {
    let title = document["title"].as_str().or(document["id"].as_str()).unwrap_or(place);
    let mut out = String::from(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>",
    );
    escape(&mut out, title);
    out.push_str(
        "</title><link rel=\"stylesheet\" href=\"/docs/docs.css\"></head><body><main><h1>",
    );
    escape(&mut out, title);
    out.push_str("</h1>");
    if let Some(text) = document["description"].as_str() {
        out.push_str("<p>");
        escape(&mut out, text);
        out.push_str("</p>");
    }
    links(&mut out, &document["links"]);
    for name in ["collections", "tilesets", "tileMatrixSets"] {
        for part in document[name].as_array().into_iter().flatten() {
            out.push_str("<section><h2>");
            escape(&mut out, part["title"].as_str().unwrap_or_default());
            out.push_str("</h2>");
            links(&mut out, &part["links"]);
            out.push_str("</section>");
        }
    }
    match document["features"].as_array() {
        Some(features) => table(&mut out, features),
        None => definitions(&mut out, document),
    }
    let other = if place.contains('?') { '&' } else { '?' };
    out.push_str("<p><a rel=\"alternate\" href=\"");
    escape(&mut out, &format!("{place}{other}f=json"));
    out.push_str("\">JSON</a></p></main></body></html>");
    out
}

fn links(out: &mut String, links: &Value) {
    out.push_str("<ul>");
    for link in links.as_array().into_iter().flatten().filter(|link| link["templated"] != true) {
        out.push_str("<li><a rel=\"");
        escape(out, link["rel"].as_str().unwrap_or_default());
        out.push_str("\" href=\"");
        escape(out, link["href"].as_str().unwrap_or_default());
        out.push_str("\">");
        escape(out, link["title"].as_str().unwrap_or_default());
        out.push_str("</a></li>");
    }
    out.push_str("</ul>");
}

/// Features by their properties; shapes are in the JSON.
fn table(out: &mut String, features: &[Value]) {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in features.iter().filter_map(|f| f["properties"].as_object()).flatten() {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    out.push_str("<table><thead><tr>");
    for name in &columns {
        out.push_str("<th scope=\"col\">");
        escape(out, name);
        out.push_str("</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for feature in features {
        out.push_str("<tr>");
        for name in &columns {
            out.push_str("<td>");
            value(out, &feature["properties"][*name]);
            out.push_str("</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}

/// What a document says beside title, description and links.
fn definitions(out: &mut String, document: &Value) {
    let told =
        ["title", "description", "links", "collections", "tilesets", "tileMatrixSets", "geometry"];
    out.push_str("<dl>");
    for (name, what) in document.as_object().into_iter().flatten() {
        if told.contains(&name.as_str()) {
            continue;
        }
        out.push_str("<dt>");
        escape(out, name);
        out.push_str("</dt><dd>");
        value(out, what);
        out.push_str("</dd>");
    }
    out.push_str("</dl>");
}

fn value(out: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(text) => escape(out, text),
        other => escape(out, &other.to_string()),
    }
}

/// Text as it may stand in a page and in an attribute between double quotes.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => {
                let _ = write!(out, "{c}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(accept: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::try_from(accept).expect("a header"));
        assert_eq!(prefers_html(&headers), expected, "{accept}");
    }

    #[test]
    fn browsers_get_pages_and_programs_json() {
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true);
        check("text/html", true);
        check("*/*", false);
        check("application/json, text/html", false);
        check("application/geo+json, application/json;q=0.9", false);
        check("text/html;q=0.5, application/json;q=0.4", true);
        assert!(!prefers_html(&HeaderMap::new()));
    }

    #[test]
    fn the_form_is_taken_out_of_the_question() {
        let uri = |text: &str| text.parse::<Uri>().expect("a path");
        assert_eq!(without_form(&uri("/ogc")), (None, "/ogc".into()));
        assert_eq!(without_form(&uri("/ogc?f=html")), (Some("html".into()), "/ogc".into()));
        let (form, rest) = without_form(&uri("/a?limit=1&f=json&offset=2"));
        assert_eq!((form.as_deref(), &*rest), (Some("json"), "/a?limit=1&offset=2"));
    }

    #[test]
    fn nothing_of_a_document_is_taken_for_markup() {
        let text = page(
            &json!({ "title": "<script>\"&", "links": [{ "href": "\"><b>", "title": "t" }] }),
            "/ogc",
        );
        assert!(!text.contains("<script>") && !text.contains("\"><b>"), "{text}");
        assert!(text.contains("&lt;script&gt;&quot;&amp;"));
    }
}
