//! Cells that no spreadsheet takes for a formula.

use std::borrow::Cow;

/// The cell with an apostrophe before it where a spreadsheet would take it for a formula: when
/// it begins with `=`, `+`, `-`, `@`, a tab or a line break (OWASP, "CSV Injection"), their
/// full-width forms included.
///
/// A plain number (`-16.5`, `+84905123456`) is no formula and stays as it is, so that
/// coordinates and phones load back unchanged.
pub(crate) fn safe_cell(cell: &str) -> Cow<'_, str> {
    let starts = |c: char| {
        matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
    };
    let danger = cell.trim_start_matches(' ').starts_with(starts);
    if danger && !is_plain_number(cell) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// A sign, digits and at most one point or comma between digits.
fn is_plain_number(cell: &str) -> bool {
    let Some(digits) = cell.strip_prefix(['+', '-']) else { return false };
    let mut parts = digits.splitn(2, ['.', ',']);
    parts.all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_starts_a_formula_and_signed_numbers_stay() {
        #[track_caller]
        fn check(cell: &str, expected: &str) {
            assert_eq!(safe_cell(cell), expected);
        }
        check("Võ Thị Lài", "Võ Thị Lài");
        check("=1+1", "'=1+1");
        check("+84905123456", "+84905123456");
        check("-16.5", "-16.5");
        check("-107,5", "-107,5");
        check("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "'\r=1");
        check("  =1", "'  =1");
        check("＝1", "'＝1");
        check("-", "'-");
        check("- Lưu", "'- Lưu");
        check("1-2", "1-2");
        check("", "");
    }
}
