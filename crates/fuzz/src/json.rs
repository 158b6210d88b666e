//! JSON records, alone and in their envelopes, and GeoJSON.

use crate::drain::drain;
use serde_json::{Map, Value};

/// Reads the bytes, and counts their records a second way where a general parser knows them.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    // The heading repeats no name, and joined names of nested groups share a beginning at most 32
    // times over.
    let (rows, result) = drain("a.json", data, 64);
    if result.is_err() || !data.trim_ascii_start().starts_with(b"[") {
        return;
    }
    let Ok(records) = serde_json::from_slice::<Vec<Map<String, Value>>>(data) else { return };
    if !rows.is_empty() {
        assert_eq!(rows.len(), records.len() + 1, "a heading and a row for every record");
    }
}
