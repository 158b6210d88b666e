//! Where the server was asked, for documents that must name themselves.

use axum::http::{HeaderMap, header};

/// Scheme and host of a request, by https when a proxy says so; empty where the host could lead elsewhere.
pub(crate) fn origin(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).filter(|h| plain_host(h));
    let secure = headers.get("x-forwarded-proto").is_some_and(|p| p == "https");
    let scheme = if secure { "https" } else { "http" };
    host.map(|h| format!("{scheme}://{h}")).unwrap_or_default()
}

/// Whether a `Host` is a name or address with at most a port, and nothing that could lead elsewhere.
fn plain_host(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_could_lead_elsewhere_is_not_repeated() {
        assert!(plain_host("127.0.0.1:8080") && plain_host("[::1]:80") && plain_host("a-b.vn"));
        assert!(!plain_host("evil/<x>") && !plain_host("a@b"));
    }
}
