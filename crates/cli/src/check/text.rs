//! What a check found, for a terminal.

use std::fmt::Write as _;

use diachiso_model::{RuleCode, Verdict};
use diachiso_pipeline::{CheckedRule, Example, FileCheck};

use diachiso_text::number::format_vi as grouped;

/// Examples shown of each rule; the report for printing has more.
const EXAMPLES: usize = 2;

/// The summary.
pub(super) fn summary(checked: &FileCheck) -> String {
    let mut out = String::new();
    let rows = grouped(checked.rows_read);
    let _ = writeln!(out, "{}: {rows} dòng / rows", checked.name);
    for verdict in Verdict::ALL {
        let (vi, key, rows) = (verdict.vi(), verdict.as_str(), checked.verdict(verdict));
        let _ = writeln!(out, "  {:<28}{:>12}", format!("{vi} / {key}"), grouped(rows));
    }
    let skipped = grouped(checked.skipped_rows());
    let _ = writeln!(out, "  {:<28}{skipped:>12}", "Bỏ qua / skipped");
    for (reason, rows) in &checked.skipped {
        let (vi, en) = diachiso_source::reason_words(reason);
        let _ = writeln!(out, "    {vi} / {en}: {}", grouped(*rows));
    }
    if checked.rules.is_empty() {
        let _ = writeln!(out, "\nKhông có gì phải sửa / nothing to mend");
        return out;
    }
    let _ = writeln!(out);
    for rule in &checked.rules {
        write_rule(&mut out, rule);
    }
    let _ = writeln!(
        out,
        "\nE trả lại, R chờ người xem, W cảnh báo, F đã sửa, I thông tin / rejected, held, flagged, mended, information"
    );
    out
}

fn write_rule(out: &mut String, rule: &CheckedRule) {
    let texts = rule.code.rule();
    let n = grouped(rule.findings);
    let letter = rule.severity.letter();
    let _ = writeln!(out, "{} {letter} {n:>10}  {} / {}", rule.code, texts.vi, texts.en);
    for example in rule.examples.iter().take(EXAMPLES) {
        let _ = writeln!(out, "{:16}{}", "", one_line(example));
    }
    if !texts.advice_vi.is_empty() {
        let _ = writeln!(out, "{:16}→ {} / {}", "", texts.advice_vi, texts.advice_en);
    }
}

/// "dòng 12, Số điện thoại: 0126… → 076…".
pub(super) fn one_line(example: &Example) -> String {
    let rows: Vec<String> = example.rows.iter().map(u32::to_string).collect();
    let mut text = String::new();
    if !rows.is_empty() {
        let _ = write!(text, "dòng {}", rows.join(", "));
    }
    for part in [example.column, &*example.original].into_iter().filter(|p| !p.is_empty()) {
        let between = if text.is_empty() { "" } else { ": " };
        let _ = write!(text, "{between}{part}");
    }
    if let Some(to) = &example.replacement {
        let _ = write!(text, " → {to}");
    }
    text
}

/// Whether a rule asks something of a person.
pub(super) fn asks(code: RuleCode) -> bool {
    !code.rule().advice_vi.is_empty()
}
