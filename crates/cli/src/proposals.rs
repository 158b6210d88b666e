//! `diachiso proposals`: what is proposed about all rows of one collector, for people and for machines.

use std::{cmp::Reverse, fmt::Write as _, io::Write as _};

use diachiso_model::{Decision, DecisionKind, ProposalStatus};
use diachiso_server::ProposalsBody;
use diachiso_store::ProposalView;
use diachiso_text::number::format_vi;

use crate::{args, user};

/// Rows of a file that are listed before the rest is only counted.
const ROWS_SHOWN: usize = 8;

/// The command.
pub(crate) async fn command(args: &args::Proposals) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let mut proposals = store.proposals().await.map_err(user)?;
    let record = store.decisions().await.map_err(user)?;
    // What waits comes first, and of that what touches most rows.
    proposals
        .sort_by_key(|p| (p.status != ProposalStatus::Open, p.kind, Reverse(p.rows.len()), p.id));
    let text = if args.json {
        format!("{}\n", serde_json::to_string_pretty(&ProposalsBody::of(&proposals, &record))?)
    } else {
        words(&proposals, &record)
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Confidence as people read it: `99,87 %`.
pub(crate) fn percent(confidence: f64) -> String {
    format!("{:.2} %", confidence * 100.0).replace('.', ",")
}

/// Decisions about one target, oldest first.
fn about<'d>(record: &'d [Decision], id: &str) -> impl Iterator<Item = &'d Decision> {
    record.iter().filter(move |d| d.target() == id)
}

/// Files with the rows in them; `rows` are by file.
fn by_file(rows: &[(Box<str>, u32)]) -> impl Iterator<Item = (&str, Vec<u32>)> {
    rows.chunk_by(|a, b| a.0 == b.0).map(|run| (&*run[0].0, run.iter().map(|(_, n)| *n).collect()))
}

fn words(proposals: &[ProposalView], record: &[Decision]) -> String {
    let mut out = String::new();
    for p in proposals {
        let _ = write_proposal(&mut out, p, record);
    }
    let orphans: Vec<&Decision> = record
        .iter()
        .filter(|d| matches!(d.kind(), DecisionKind::Proposal | DecisionKind::Batch))
        .filter(|d| !proposals.iter().any(|p| p.id.to_string() == d.target()))
        .collect();
    if proposals.is_empty() {
        out.push_str("Không có đề xuất nào / Nothing is proposed\n");
    }
    if !orphans.is_empty() {
        out.push_str(
            "Quyết định về đề xuất không còn / Decisions about proposals that are no more:\n",
        );
    }
    for decision in orphans {
        let _ = write_decision(&mut out, decision, decision.target());
    }
    out
}

fn write_proposal(out: &mut String, p: &ProposalView, record: &[Decision]) -> std::fmt::Result {
    let (kind, status) = (p.kind, p.status);
    writeln!(out, "{}  {} / {}", p.id, kind.vi(), kind.en())?;
    writeln!(out, "  {} · {} / {}", p.subject, status.vi(), status.as_str())?;
    writeln!(out, "  Nếu áp dụng / If applied: {}", p.remedy)?;
    writeln!(
        out,
        "  Độ tin cậy / Confidence: {} · {} phiếu làm chứng / votes · {} phiếu liên quan / rows",
        percent(p.confidence),
        format_vi(u64::from(p.votes)),
        format_vi(p.rows.len() as u64)
    )?;
    writeln!(out, "  Bằng chứng / Evidence: {}", p.evidence)?;
    for (file, rows) in by_file(&p.rows) {
        let shown: Vec<String> = rows.iter().take(ROWS_SHOWN).map(u32::to_string).collect();
        let more = if rows.len() > ROWS_SHOWN { ", …" } else { "" };
        let n = format_vi(rows.len() as u64);
        writeln!(out, "  {file}: {n} phiếu, dòng / rows {}{more}", shown.join(", "))?;
    }
    let id = p.id.to_string();
    about(record, &id).try_for_each(|d| write_decision(out, d, "  Quyết định / Decision:"))?;
    writeln!(out)
}

fn write_decision(out: &mut String, d: &Decision, before: &str) -> std::fmt::Result {
    let (vi, choice, by, at, why) = (d.choice().vi(), d.choice(), d.by(), d.at(), d.why());
    writeln!(out, "{before} {vi} / {choice} · {by} · {at:.0} · {why}")
}
