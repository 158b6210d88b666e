//! Cells to clean text: rules F05, F06 and F07.

use std::borrow::Cow;

use diachiso_model::{Finding, RuleCode};
use diachiso_text::{clean, legacy};

/// Collects the findings of one row.
pub(crate) type Findings = Vec<Finding>;

/// The text of a cell as it ought to be, with what had to be done to it noted in `findings`.
pub(crate) fn text<'c>(
    cell: &'c str,
    field: &'static str,
    findings: &mut Findings,
) -> Cow<'c, str> {
    if plain(cell) {
        return Cow::Borrowed(cell);
    }
    // Legacy bytes come first: what reads as a soft hyphen or a no-break space may be a letter of theirs.
    if let Some(repaired) = legacy::repair(cell) {
        let text = clean::clean(&repaired.text).into_owned();
        findings.push(Finding::new(RuleCode::F05, Some(field), cell).with(text.as_str()));
        return Cow::Owned(text);
    }
    let cleaned = clean::clean(cell);
    if legacy::is_damaged(&cleaned) {
        findings.push(Finding::new(RuleCode::F07, Some(field), cell));
    }
    if cleaned != cell.trim() {
        findings.push(Finding::new(RuleCode::F06, Some(field), cell).with(&*cleaned));
    }
    cleaned
}

/// Whether a cell is plain letters and digits with single spaces: nothing to clean, convert or repair.
fn plain(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    bytes.first().is_none_or(|b| *b != b' ')
        && bytes.last().is_none_or(|b| *b != b' ')
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b' ')
        && !bytes.windows(2).any(|pair| pair == b"  ")
}

/// Puts findings in the order in which they are published.
pub(crate) fn sort(findings: &mut Findings) {
    findings.sort_by(|a, b| (a.code, a.field, &a.original).cmp(&(b.code, b.field, &b.original)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: &str, codes: &[RuleCode]) {
        let mut findings = Findings::new();
        assert_eq!(text(cell, "head", &mut findings), expected);
        assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), codes);
    }

    #[test]
    fn what_had_to_be_done_to_a_cell_is_noted() {
        check("Nguyễn Văn An", "Nguyễn Văn An", &[]);
        check("Nguyễn  Văn\u{a0}An", "Nguyễn Văn An", &[RuleCode::F06]);
        check("Nguye\u{302}\u{303}n Văn An", "Nguyễn Văn An", &[RuleCode::F06]);
        check("Nguy?n V?n An", "Nguy?n V?n An", &[RuleCode::F07]);
    }
}
