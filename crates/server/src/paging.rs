//! Cursors: where the next page starts, opaque to clients.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::{error::ApiError, walk::WalkCursor};

/// Longest cursor looked at, in characters; ours hold a village code and an id.
const MAX_CURSOR_LEN: usize = 1024;

/// A place in a list as clients carry it: base64url of a JSON array.
fn encode<T: Serialize>(place: &T) -> Result<String, ApiError> {
    serde_json::to_vec(place).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(ApiError::internal)
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    let bytes = (text.len() <= MAX_CURSOR_LEN).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten();
    bytes.and_then(|b| serde_json::from_slice(&b).ok()).ok_or_else(bad_cursor)
}

fn bad_cursor() -> ApiError {
    ApiError::bad(
        "Con trỏ trang không hợp lệ; dùng đúng giá trị `next` của trang trước",
        "the cursor is not valid; use the `next` of the page before",
    )
}

/// The cursor after a row of a gap list.
pub(crate) fn gap_cursor(place: &WalkCursor) -> Result<String, ApiError> {
    encode(&(place.village.as_str(), place.rank, place.walk, &*place.household))
}

/// A place in a gap list from its cursor.
pub(crate) fn read_gap_cursor(text: &str) -> Result<WalkCursor, ApiError> {
    let (village, rank, walk, household): (String, u8, u32, String) = decode(text)?;
    let village = village.parse().map_err(|_| bad_cursor())?;
    Ok(WalkCursor { village, rank, walk, household: household.into() })
}

/// The cursor after a row of a file in the row report.
pub(crate) fn report_cursor(file: &str, row: u32) -> Result<String, ApiError> {
    encode(&(file, row))
}

/// A place in the row report from its cursor.
pub(crate) fn read_report_cursor(text: &str) -> Result<(String, u32), ApiError> {
    decode(text)
}

/// The cursor after a household of a comparison of registers.
pub(crate) fn register_cursor(household: &str) -> Result<String, ApiError> {
    encode(&[household])
}

/// A household in a comparison of registers from its cursor.
pub(crate) fn read_register_cursor(text: &str) -> Result<String, ApiError> {
    let [household]: [String; 1] = decode(text)?;
    Ok(household)
}

/// The cursor after something in the review queue.
pub(crate) fn review_cursor(place: &str, id: &str) -> Result<String, ApiError> {
    encode(&(place, id))
}

/// A place in the review queue from its cursor.
pub(crate) fn read_review_cursor(text: &str) -> Result<(String, String), ApiError> {
    decode(text)
}

/// Header `Link: <…>; rel="next"` (RFC 8288).
pub(crate) fn link_header(next: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(value) =
        next.and_then(|url| HeaderValue::try_from(format!("<{url}>; rel=\"next\"")).ok())
    {
        headers.insert(header::LINK, value);
    }
    headers
}

/// A text as the value of a query's parameter: all but RFC 3986's unreserved characters escaped.
pub(crate) fn query_value(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            write!(out, "%{b:02X}").expect("a String takes any text");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_cursor_reads_back() {
        let place = WalkCursor {
            village: "19870-trung-lang".parse().expect("a code"),
            rank: 1,
            walk: 7,
            household: "H \"ộ\" 12".into(),
        };
        let text = gap_cursor(&place).expect("a cursor");
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(read_gap_cursor(&text).expect("a place"), place);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "%%%", "e30", &"A".repeat(MAX_CURSOR_LEN + 1)] {
            assert!(read_gap_cursor(text).is_err(), "{text}");
            assert!(read_report_cursor(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_query_value_escapes_what_would_end_it() {
        assert_eq!(query_value("a b&c=ă.csv"), "a%20b%26c%3D%C4%83.csv");
    }
}
