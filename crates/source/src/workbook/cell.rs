//! Values of cells to text.

use calamine::{Data, DataRef, ExcelDateTime};
use std::fmt::Write as _;

pub(super) fn by_reference(value: &Data) -> DataRef<'_> {
    match value {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            DataRef::SharedString(text)
        }
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(value) => DataRef::DateTime(*value),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// The text of a value: whole numbers without a fraction, dates as `2024-03-05`, times behind
/// them, errors as Excel shows them.
pub(super) fn write_cell(text: &mut String, value: &DataRef<'_>) {
    text.clear();
    let written = match value {
        DataRef::Empty => Ok(()),
        DataRef::SharedString(value) => push_clean(text, value),
        DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => {
            push_clean(text, value)
        }
        DataRef::Int(value) => write!(text, "{value}"),
        // Rust prints the shortest digits that read back, never an exponent, and no ".0".
        DataRef::Float(value) => write!(text, "{value}"),
        DataRef::Bool(value) => text.write_str(if *value { "TRUE" } else { "FALSE" }),
        DataRef::Error(error) => write!(text, "{error}"),
        DataRef::DateTime(value) => write_date(text, value),
    };
    written.expect("a string takes any text");
}

/// Text without zero characters, which databases refuse.
fn push_clean(text: &mut String, value: &str) -> std::fmt::Result {
    if value.contains('\0') {
        text.extend(value.chars().map(|c| if c == '\0' { '\u{FFFD}' } else { c }));
        Ok(())
    } else {
        text.write_str(value)
    }
}

fn write_date(text: &mut String, value: &ExcelDateTime) -> std::fmt::Result {
    let number = value.as_f64();
    if !(0.0..2_958_466.0).contains(&number) {
        return write!(text, "{number}");
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    if value.is_duration() || number < 1.0 {
        let seconds = (number * 86_400.0).round() as u64;
        let (hours, rest) = (seconds / 3_600, seconds % 3_600);
        return write!(text, "{hours:02}:{:02}:{:02}", rest / 60, rest % 60);
    }
    write!(text, "{year:04}-{month:02}-{day:02}")?;
    if (hour, minute, second) != (0, 0, 0) {
        write!(text, " {hour:02}:{minute:02}:{second:02}")?;
    }
    Ok(())
}
