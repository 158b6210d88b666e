//! What a run says when it is done: in words that a layman understands, or as JSON.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _};

use diachiso_model::{
    FileReport, GuardLimit, Level, ProposalStatus, Published, RuleCode, Severity, SourceKind,
    Tally, UnitTally, Verdict, source_title,
};
use diachiso_runs::{Outcome, Unread};
use diachiso_text::number::{format_vi, percent_vi};
use serde_json::{Value, json};

use crate::unread;

/// How many rules the summary lists before it points to the report.
const RULES_SHOWN: usize = 12;

/// The tally over everything in the first register, in the period of its closing date.
pub(crate) fn total(state: &Published) -> Tally {
    let period = state.tallies.iter().filter(|t| t.register == 0).map(|t| t.period).min();
    let mut sum = Tally::default();
    for t in state.tallies.iter().filter(|t| Some(t.period) == period && t.register == 0) {
        if t.code.level() == Level::Village {
            sum += &t.tally;
        }
    }
    sum
}

/// Rows of a verdict over all files of submissions.
fn rows(state: &Published, verdict: Verdict) -> u64 {
    use diachiso_model::SourceKind::Submissions;
    state.files.iter().filter(|f| f.kind == Submissions).map(|f| f.verdict(verdict)).sum()
}

/// The summary in words.
pub(crate) fn text(outcome: &Outcome) -> String {
    let state = &outcome.state;
    let mut out = String::new();
    let _ = write_passed(&mut out, &outcome.passed);
    let _ = write_files(&mut out, state);
    let _ = write_unread(&mut out, &outcome.unread);
    let _ = write_coverage(&mut out, state);
    let _ = write_rules(&mut out, state);
    let _ = write_proposals(&mut out, state);
    let rows: u64 = state.files.iter().map(|f| f.rows_read).sum();
    let _ = writeln!(
        out,
        "\nLượt chạy {} đã ghi vào {} · {} dòng trong {:.2} s",
        outcome.run.number,
        outcome.store.name(),
        format_vi(rows),
        outcome.took.as_secs_f64()
    );
    out
}

fn write_passed(out: &mut String, reasons: &[String]) -> std::fmt::Result {
    if reasons.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nLô được cho qua dù / The batch passes although:\n  - {}",
        reasons.join("\n  - ")
    )
}

fn write_unread(out: &mut String, unread: &[Unread]) -> std::fmt::Result {
    if unread.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nTrang tính không đọc / Sheets not read:")?;
    unread.iter().try_for_each(|sheet| writeln!(out, "  {}", unread::text(sheet)))
}

fn write_files(out: &mut String, state: &Published) -> std::fmt::Result {
    let sum = |kind: SourceKind, count: &dyn Fn(&FileReport) -> u64| -> u64 {
        state.files.iter().filter(|f| f.kind == kind).map(count).sum()
    };
    let registers = |count: &dyn Fn(&FileReport) -> u64| sum(SourceKind::Register, count);
    writeln!(
        out,
        "\nDanh sách hộ / Register: {} dòng đã đọc",
        format_vi(registers(&|f| f.rows_read))
    )?;
    let mut line = |what: &str, n: u64| writeln!(out, "  {what:<28}{:>10}", format_vi(n));
    line("Hộ (households)", registers(&|f| f.verdict(Verdict::Accepted)))?;
    let repeated = registers(&|f| f.verdict(Verdict::Duplicate));
    if repeated > 0 {
        line("Dòng lặp, bản cũ (repeats)", repeated)?;
    }
    let unusable = registers(&|f| f.verdict(Verdict::Rejected));
    if unusable > 0 {
        line("Không dùng được, L01", unusable)?;
    }
    let submissions = |count: &dyn Fn(&FileReport) -> u64| sum(SourceKind::Submissions, count);
    writeln!(
        out,
        "\nPhiếu / Submissions: {} dòng đã đọc",
        format_vi(submissions(&|f| f.rows_read))
    )?;
    let mut line = |what: &str, n: u64| writeln!(out, "  {what:<28}{:>10}", format_vi(n));
    for verdict in Verdict::ALL {
        let what = format!("{} ({})", verdict.vi(), verdict.as_str());
        line(&what, submissions(&|f| f.verdict(verdict)))?;
    }
    line("Không phải hộ (skipped)", submissions(&|f| f.skipped))?;
    write_skipped(out, state)?;
    for file in state.files.iter().filter(|f| !f.dropped_columns.is_empty()) {
        let (rule, columns) = (RuleCode::C02.rule(), file.dropped_columns.join(", "));
        writeln!(out, "  C02 {}: {} / {}: {columns}", file.name, rule.vi, rule.en)?;
    }
    Ok(())
}

/// Why rows of submissions are no households: members in a table of their own are many.
fn write_skipped(out: &mut String, state: &Published) -> std::fmt::Result {
    let mut reasons: BTreeMap<&'static str, u64> = BTreeMap::new();
    let of_submissions = |at: u32| state.files[at as usize].kind == SourceKind::Submissions;
    for skipped in state.skipped.iter().filter(|skipped| of_submissions(skipped.at.file)) {
        *reasons.entry(skipped.reason).or_default() += 1;
    }
    reasons.into_iter().try_for_each(|(reason, rows)| {
        let (vi, en) = diachiso_source::reason_words(reason);
        writeln!(out, "    {vi} / {en}: {}", format_vi(rows))
    })
}

fn write_coverage(out: &mut String, state: &Published) -> std::fmt::Result {
    let Some(register) = state.registers.first() else {
        return writeln!(
            out,
            "\nChưa có danh sách hộ: chưa tính được độ phủ / No register: no coverage"
        );
    };
    let t = total(state);
    writeln!(
        out,
        "\nĐộ phủ / Coverage: {} trên {} hộ = {} % (nguồn {}, chốt ngày {})",
        format_vi(t.covered()),
        format_vi(t.households()),
        percent_vi(t.covered(), t.households()),
        source_title(&register.source),
        register.closed_on.strftime("%d/%m/%Y"),
    )?;
    let mut line = |what: &str, n: u64, of: u64| {
        writeln!(
            out,
            "  {what:<28}{:>10} / {} = {} %",
            format_vi(n),
            format_vi(of),
            percent_vi(n, of)
        )
    };
    line("Nhân khẩu (persons)", t.persons_covered, t.persons)?;
    line("Hộ nghèo (poor)", t.poor_covered, t.poor)?;
    line("Hộ cận nghèo (near-poor)", t.near_poor_covered, t.near_poor)?;
    writeln!(out, "  {:<28}{:>10}", "Ngoài danh sách (outside)", format_vi(t.outside_list))?;
    let period = state.tallies.iter().filter(|t| t.register == 0).map(|t| t.period).min();
    for t in state.tallies.iter().filter(|t| t.register == 0 && Some(t.period) == period) {
        if t.code.level() == Level::Commune {
            write_unit(out, t)?;
        }
    }
    Ok(())
}

fn write_unit(out: &mut String, unit: &UnitTally) -> std::fmt::Result {
    let (covered, households) = (unit.tally.covered(), unit.tally.households());
    let (name, percent) = (&unit.name, percent_vi(covered, households));
    writeln!(
        out,
        "    {name:<26}{:>10} / {} = {percent} %",
        format_vi(covered),
        format_vi(households)
    )
}

fn write_rules(out: &mut String, state: &Published) -> std::fmt::Result {
    let severity = |code| state.profile.severity(code);
    let mut spoken: Vec<_> =
        state.rules.iter().filter(|r| severity(r.code) >= Severity::Fixed).collect();
    spoken.sort_by_key(|r| (Reverse(severity(r.code) >= Severity::Review), Reverse(r.findings)));
    writeln!(out, "\nĐiều cần biết / Findings:")?;
    for r in spoken.iter().take(RULES_SHOWN) {
        let rule = r.code.rule();
        writeln!(
            out,
            "  {} {} {:>8}  {} / {}",
            r.code,
            severity(r.code).letter(),
            format_vi(r.findings),
            rule.vi,
            rule.en
        )?;
    }
    if spoken.len() > RULES_SHOWN {
        writeln!(out, "  … và {} quy tắc khác: diachiso report", spoken.len() - RULES_SHOWN)?;
    }
    Ok(())
}

fn proposals(state: &Published, status: ProposalStatus) -> u64 {
    state.proposals.iter().filter(|p| p.status == status).count() as u64
}

fn write_proposals(out: &mut String, state: &Published) -> std::fmt::Result {
    let open = proposals(state, ProposalStatus::Open);
    if open == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\nĐề xuất chờ quyết định / Proposals to decide: {} — diachiso proposals",
        format_vi(open)
    )
}

/// The summary for machines.
pub(crate) fn json(outcome: &Outcome) -> Value {
    let state = &outcome.state;
    let t = total(state);
    let count =
        |code: RuleCode| state.rules.iter().find(|r| r.code == code).map_or(0, |r| r.findings);
    json!({
        "run": outcome.run.number,
        "store": outcome.store.name(),
        "seconds": outcome.took.as_secs_f64(),
        "guard": outcome.run.guard.map(|limits| GuardLimit::ALL.iter()
            .map(|limit| (limit.as_str().to_owned(), json!(limits.get(*limit))))
            .collect::<serde_json::Map<_, _>>()),
        "submissions": Verdict::ALL.iter().map(|v| (v.as_str().to_owned(), json!(rows(state, *v))))
            .collect::<serde_json::Map<_, _>>(),
        "files": state.files.iter().map(|f| json!({
            "name": f.name, "dropped_columns": f.dropped_columns, "kind": f.kind.as_str(), "rows_read": f.rows_read, "skipped": f.skipped,
            "accepted": f.verdicts[0], "held": f.verdicts[1], "duplicate": f.verdicts[2], "rejected": f.verdicts[3],
        })).collect::<Vec<_>>(),
        "unread_sheets": outcome.unread.iter().map(unread::json).collect::<Vec<_>>(),
        "coverage": {
            "covered": t.covered(), "households": t.households(), "persons_covered": t.persons_covered,
            "persons": t.persons, "poor_covered": t.poor_covered, "poor": t.poor, "outside_list": t.outside_list,
        },
        "proposals": ProposalStatus::ALL.iter()
            .map(|s| (s.as_str().to_owned(), json!(proposals(state, *s))))
            .collect::<serde_json::Map<_, _>>(),
        "rules": RuleCode::ALL.iter().filter(|c| count(**c) > 0).map(|c| (c.to_string(), json!(count(*c))))
            .collect::<serde_json::Map<_, _>>(),
    })
}
