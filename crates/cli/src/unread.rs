//! Sheets of workbooks that are left alone, for people and for machines.

use diachiso_runs::Unread;
use diachiso_source::SheetFate;
use diachiso_text::number::format_vi;
use serde_json::{Value, json};

/// For a terminal: `phieu.xlsx [Bìa]: không đọc, 3 dòng: …`.
pub(crate) fn text(unread: &Unread) -> String {
    let Unread { file, sheet, rows, fate } = unread;
    let rows = format_vi(*rows as u64);
    let (vi, en) = (fate.vi(), fate.en());
    let hint = if *fate == SheetFate::Hidden { " (--sheet)" } else { "" };
    format!("{file} [{sheet}]: không đọc / not read, {rows} dòng / rows: {vi} / {en}{hint}")
}

pub(crate) fn json(unread: &Unread) -> Value {
    let Unread { file, sheet, rows, fate } = unread;
    json!({"file": file, "sheet": sheet, "rows": rows, "why": fate.as_str()})
}
