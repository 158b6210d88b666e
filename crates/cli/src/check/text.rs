//! What a check found, for a terminal.

use std::fmt::Write as _;

use diachiso_model::{RowRef, RuleCode, Verdict};
use diachiso_pipeline::{CheckedPart, CheckedProposal, CheckedRule, Example, FileCheck};

use diachiso_text::number::format_vi as grouped;

use crate::proposals::percent;

/// Examples shown of each rule; the report for printing has more.
const EXAMPLES: usize = 2;
/// Rows of a proposal that are listed before the rest is only counted.
const ROWS_SHOWN: usize = 8;

/// The summary.
pub(super) fn summary(checked: &FileCheck) -> String {
    let mut out = String::new();
    let rows = grouped(checked.rows_read);
    let _ = writeln!(out, "{}: {rows} dòng / rows", checked.name);
    for part in &checked.parts {
        if let Some(sheet) = &part.sheet {
            let rows = grouped(part.rows_read);
            let _ = writeln!(out, "  [{sheet}]: {rows} dòng / rows");
        }
    }
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
        write_proposals(&mut out, checked);
        return out;
    }
    let _ = writeln!(out);
    for rule in &checked.rules {
        write_rule(&mut out, rule, &checked.parts);
    }
    let _ = writeln!(
        out,
        "\nE trả lại, R chờ người xem, W cảnh báo, F đã sửa, I thông tin / rejected, held, flagged, mended, information"
    );
    write_proposals(&mut out, checked);
    out
}

/// What all rows of one collector show together, and what that was compared with, even where nothing is proposed.
fn write_proposals(out: &mut String, checked: &FileCheck) {
    let n = checked.proposals.len();
    let _ = writeln!(out, "\nĐề xuất về người thu thập / Proposals about collectors: {n}");
    for proposal in &checked.proposals {
        let _ = write_proposal(out, proposal, &checked.parts);
    }
    let _ = writeln!(out, "  So với: {}", checked.compared.vi());
    let _ = writeln!(out, "  Compared with: {}", checked.compared.en());
}

fn write_proposal(
    out: &mut String,
    checked: &CheckedProposal,
    parts: &[CheckedPart],
) -> std::fmt::Result {
    let p = &checked.proposal;
    writeln!(out, "{}  {} / {}", p.id, p.kind.vi(), p.kind.en())?;
    writeln!(out, "  {}", p.subject)?;
    writeln!(out, "  {} / {}", checked.means_vi(), checked.means_en())?;
    writeln!(out, "  Nếu áp dụng / If applied: {}", p.remedy)?;
    writeln!(out, "  {}", counts(checked))?;
    writeln!(out, "  Bằng chứng / Evidence: {}", p.evidence)?;
    writeln!(out, "  Dòng / Rows: {}", rows(checked, parts))?;
    writeln!(out, "  → {}\n  → {}\n", checked.advice_vi(), checked.advice_en())
}

/// "Độ tin cậy / Confidence: 99,87 % · 40 phiếu làm chứng / votes · 48 phiếu liên quan / rows".
pub(super) fn counts(checked: &CheckedProposal) -> String {
    format!(
        "Độ tin cậy / Confidence: {} · {} phiếu làm chứng / votes · {} phiếu liên quan / rows",
        percent(checked.proposal.confidence),
        grouped(u64::from(checked.proposal.votes)),
        grouped(checked.rows)
    )
}

/// The first rows of a proposal.
pub(super) fn rows(checked: &CheckedProposal, parts: &[CheckedPart]) -> String {
    let rows = checked.proposal.rows.iter().take(ROWS_SHOWN);
    let shown: Vec<RowRef> = rows.map(|row| CheckedPart::row(parts, *row)).collect();
    let more = if checked.rows > ROWS_SHOWN as u64 { ", …" } else { "" };
    format!("{}{more}", numbers(&shown, parts, ""))
}

/// Rows as "12, 14", sheets before theirs where several were read; each run of numbers with `word` before it.
fn numbers(rows: &[RowRef], parts: &[CheckedPart], word: &str) -> String {
    let mut text = String::new();
    for same in rows.chunk_by(|a, b| a.file == b.file) {
        let between = if text.is_empty() { "" } else { "; " };
        let sheet = parts.get(same[0].file as usize).and_then(|part| part.sheet.as_deref());
        let sheet = sheet.map_or_else(String::new, |sheet| format!("[{sheet}] "));
        let rows: Vec<String> = same.iter().map(|at| at.row.to_string()).collect();
        let _ = write!(text, "{between}{sheet}{word}{}", rows.join(", "));
    }
    text
}

fn write_rule(out: &mut String, rule: &CheckedRule, parts: &[CheckedPart]) {
    let texts = rule.code.rule();
    let n = grouped(rule.findings);
    let letter = rule.severity.letter();
    let _ = writeln!(out, "{} {letter} {n:>10}  {} / {}", rule.code, texts.vi, texts.en);
    for example in rule.examples.iter().take(EXAMPLES) {
        let _ = writeln!(out, "{:16}{}", "", one_line(example, parts));
    }
    if !texts.advice_vi.is_empty() {
        let _ = writeln!(out, "{:16}→ {} / {}", "", texts.advice_vi, texts.advice_en);
    }
}

/// "dòng 12, Số điện thoại: 0126… → 076…"; "[Thôn A] dòng 12; [Thôn B] dòng 7" where several sheets were read.
pub(super) fn one_line(example: &Example, parts: &[CheckedPart]) -> String {
    let mut text = numbers(&example.rows, parts, "dòng ");
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
