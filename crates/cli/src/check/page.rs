//! What a check found, on a page that a layman can print: no script, no picture, nothing from elsewhere.

use diachiso_model::{Date, RULE_VERSION, Severity, Verdict};
use diachiso_pipeline::{CheckedPart, CheckedProposal, CheckedRule, FileCheck};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use diachiso_runs::Unread;
use diachiso_text::number::format_vi as grouped;

use crate::unread;

use super::text::{asks, counts, one_line, rows};

/// Black on white, one column, no rule broken across pages.
const STYLE: &str = "
@page { size: A4; margin: 18mm 16mm }
body { font: 11pt/1.45 'Times New Roman', 'Liberation Serif', serif; color: #111; max-width: 178mm; margin: 2em auto; padding: 0 1em }
h1 { font-size: 17pt; margin: 0 0 .2em } h2 { font-size: 13pt; margin: 1.6em 0 .4em; border-bottom: 1px solid #111 }
p, ul { margin: .3em 0 } small, .en { color: #555; font-size: 9.5pt }
table { border-collapse: collapse; width: 100% } td, th { border: 1px solid #999; padding: 2px 6px; text-align: left; vertical-align: top }
td.n, th.n { text-align: right; white-space: nowrap } section { break-inside: avoid; margin: .8em 0 }
.code { font-weight: bold; display: inline-block; min-width: 3em } .todo { font-weight: bold }
@media print { body { margin: 0; max-width: none; padding: 0 } }
";

/// Groups of rules as people take them up: what stops rows first.
const PARTS: &[(&[Severity], &str, &str)] = &[
    (
        &[Severity::Error],
        "Dòng bị trả lại: phải sửa rồi nộp lại",
        "Rejected: mend and hand in again",
    ),
    (&[Severity::Review], "Dòng chờ người xem", "Held for a person"),
    (&[Severity::Warning], "Được nhận, cần lưu ý", "Accepted, flagged"),
    (&[Severity::Fixed], "Máy đã sửa, bản gốc được giữ", "Mended by the program, originals kept"),
    (&[Severity::Info], "Thông tin", "Information"),
];

/// The page.
pub(super) fn page(checked: &FileCheck, unread: &[Unread], today: Date) -> Markup {
    html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Kiểm tra " (checked.name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Kết quả kiểm tra tệp phiếu địa chỉ số" }
                p { b { (checked.name) } " · " (today.strftime("%d/%m/%Y")) " · quy tắc phiên bản " (RULE_VERSION)
                    br; span.en { "What would come of this file; rules version " (RULE_VERSION) } }
                (verdicts(checked))
                @for (severities, vi, en) in PARTS {
                    @let rules: Vec<&CheckedRule> =
                        checked.rules.iter().filter(|r| severities.contains(&r.severity)).collect();
                    @if !rules.is_empty() {
                        h2 { (vi) " " span.en { (en) } }
                        @for rule in rules { (section(rule, &checked.parts)) }
                    }
                }
                (proposals(checked))
                @for part in &checked.parts { (columns(part)) }
                @if !unread.is_empty() {
                    h2 { "Trang tính không đọc" " " span.en { "Sheets not read" } }
                    ul { @for sheet in unread { li { (unread::text(sheet)) } } }
                }
                p { small {
                    "Báo cáo chứa dữ liệu cá nhân: chỉ đưa cho người có trách nhiệm. "
                    span.en { "This report holds personal data." }
                } }
            }
        }
    }
}

fn verdicts(checked: &FileCheck) -> Markup {
    let meaning = |verdict| match verdict {
        Verdict::Accepted => "được tính vào độ phủ nếu khớp danh sách hộ",
        Verdict::Held => "chưa tính, cần người xem",
        Verdict::Duplicate => "đã có phiếu khác của cùng hộ",
        Verdict::Rejected => "không dùng được, phải sửa",
    };
    html! {
        table {
            tr { th { "Kết quả" } th.n { "Số dòng" } th { "Nghĩa là" } }
            @for verdict in Verdict::ALL {
                tr { td { (verdict.vi()) } td.n { (grouped(checked.verdict(verdict))) } td { (meaning(verdict)) } }
            }
            tr { td { "Bỏ qua" } td.n { (grouped(checked.skipped_rows())) }
                td { "không phải hộ: " (skipped(checked)) } }
            tr { th { "Tổng số dòng" } th.n { (grouped(checked.rows_read)) } th {} }
        }
    }
}

fn section(rule: &CheckedRule, parts: &[CheckedPart]) -> Markup {
    let texts = rule.code.rule();
    html! {
        section {
            p { span.code { (rule.code) } (texts.vi) ": " b { (grouped(rule.findings)) }
                " " span.en { (texts.en) } }
            @if asks(rule.code) { p.todo { "Cần làm: " (texts.advice_vi) } }
            @if !rule.examples.is_empty() {
                ul { @for example in &rule.examples { li { (one_line(example, parts)) } } }
            }
        }
    }
}

/// The reasons why rows are no households, each with its number.
fn skipped(checked: &FileCheck) -> String {
    let said = checked.skipped.iter().map(|(reason, rows)| {
        format!("{} {}", diachiso_source::reason_words(reason).0, grouped(*rows))
    });
    said.collect::<Vec<_>>().join(", ")
}

fn proposals(checked: &FileCheck) -> Markup {
    html! {
        h2 { "Đề xuất về người thu thập" " " span.en { "Proposals about collectors" } }
        @if checked.proposals.is_empty() { p { "Không có / none" } }
        @for proposal in &checked.proposals { (proposed(proposal, &checked.parts)) }
        p { small {
            "So với: " (checked.compared.vi()) ". " span.en { "Compared with: " (checked.compared.en()) "." }
        } }
    }
}

fn proposed(checked: &CheckedProposal, parts: &[CheckedPart]) -> Markup {
    let p = &checked.proposal;
    html! {
        section {
            p { b { (p.kind.vi()) } " " span.en { (p.kind.en()) } " · " (p.subject) }
            ul {
                li { (checked.means_vi()) " " span.en { (checked.means_en()) } }
                li { "Nếu áp dụng / If applied: " (p.remedy) }
                li { (counts(checked)) }
                li { "Bằng chứng / Evidence: " (p.evidence) }
                li { "Dòng / Rows: " (rows(checked, parts)) }
            }
            p.todo { "Cần làm: " (checked.advice_vi()) }
            p.en { (checked.advice_en()) }
        }
    }
}

fn columns(part: &CheckedPart) -> Markup {
    html! {
        h2 {
            "Các cột được hiểu là" @if let Some(sheet) = &part.sheet { " [" (sheet) "]" }
            " " span.en { "What the columns were taken for" }
        }
        table {
            tr { th { "Cột" } th { "Tiêu đề trong tệp" } th { "Được hiểu là" } }
            @for column in &part.columns {
                tr {
                    td { (column.letters) }
                    td { (column.heading) }
                    td { @match (&column.field, column.sensitive) {
                        (_, true) => { "bỏ, nhạy cảm (C02)" }
                        (Some((title, _)), _) => { (title) }
                        (None, _) => { "giữ, không dùng" }
                    } }
                }
            }
        }
    }
}
