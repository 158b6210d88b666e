//! Values of parameters: read, or refused with the value and what would do.

use diachiso_model::{Date, Level, UnitCode};

use crate::error::ApiError;

/// Longest piece of a refused value that is repeated to the client, in characters.
const ECHO_CHARS: usize = 64;

pub(crate) fn refused(name: &str, value: &str, expected: &str) -> ApiError {
    let value: String = value.chars().take(ECHO_CHARS).collect();
    ApiError::bad(
        format!("Tham số {name}=`{value}` không hợp lệ; cần {expected}"),
        format!("{name}=`{value}` is not valid; expected {expected}"),
    )
}

/// A level by its key; communes when nothing is said.
pub(crate) fn level(value: Option<&str>) -> Result<Level, ApiError> {
    let Some(value) = value else { return Ok(Level::Commune) };
    Level::from_key(value)
        .ok_or_else(|| refused("level", value, "village | commune | district | province"))
}

/// A day.
pub(crate) fn date(name: &str, value: Option<&str>) -> Result<Option<Date>, ApiError> {
    value.map(|v| v.parse().map_err(|_| refused(name, v, "YYYY-MM-DD"))).transpose()
}

/// A unit's code.
pub(crate) fn code(name: &str, value: Option<&str>) -> Result<Option<UnitCode>, ApiError> {
    value
        .map(|v| v.parse().map_err(|_| refused(name, v, "46 | 477 | 19867 | 19870-trung-lang")))
        .transpose()
}

/// One of a set of words; the first when nothing is said.
pub(crate) fn word<'a, T: Copy>(
    name: &str,
    value: Option<&str>,
    words: &'a [(&'a str, T)],
) -> Result<T, ApiError> {
    let Some(value) = value else { return Ok(words[0].1) };
    words.iter().find(|(word, _)| *word == value).map(|(_, meant)| *meant).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        refused(name, value, &known.join(" | "))
    })
}

/// A text of so many characters at most.
pub(crate) fn short(name: &str, value: &str, max: usize) -> Result<(), ApiError> {
    match value.chars().nth(max) {
        None => Ok(()),
        Some(_) => Err(refused(name, value, &format!("≤ {max}"))),
    }
}

/// Rows of a page: 1 to `max`.
pub(crate) fn limit(value: Option<u32>, default: u32, max: u32) -> Result<u32, ApiError> {
    match value {
        None => Ok(default),
        Some(n) if (1..=max).contains(&n) => Ok(n),
        Some(n) => Err(refused("limit", &n.to_string(), &format!("1..{max}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_value_is_named_with_what_would_do() {
        for (error, words) in [
            (level(Some("ward")).map(drop), ["`ward`", "commune"]),
            (date("on", Some("2025-02-30")).map(drop), ["on=`2025-02-30`", "YYYY-MM-DD"]),
            (code("within", Some("x")).map(drop), ["within=`x`", "19867"]),
            (limit(Some(0), 100, 1000).map(drop), ["`0`", "1..1000"]),
            (limit(Some(1001), 100, 1000).map(drop), ["`1001`", "1..1000"]),
            (
                word("format", Some("pdf"), &[("json", 1), ("csv", 2)]).map(drop),
                ["`pdf`", "json | csv"],
            ),
        ] {
            let text = error.expect_err("refused").to_string();
            assert!(words.iter().all(|w| text.contains(w)), "{text}");
        }
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        assert_eq!(level(None).expect("default"), Level::Commune);
        assert_eq!(limit(None, 100, 1000).expect("default"), 100);
        assert_eq!(word("format", None, &[("json", 1), ("csv", 2)]).expect("default"), 1);
    }
}
