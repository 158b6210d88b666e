//! Held batches in words and as JSON.

use std::fmt::Write as _;

use diachiso_model::{GuardLimit, SourceKind, Verdict};
use diachiso_store::{HeldBatch, HeldFile};
use diachiso_text::number::format_vi;
use serde_json::{Map, Value, json};

/// One batch in a few lines.
pub(super) fn line(batch: &HeldBatch) -> String {
    let mut out = String::new();
    let _ = write_head(&mut out, batch);
    for file in &batch.files {
        let rows = format_vi(file.report.rows_read);
        let _ = writeln!(out, "  {}: {rows} dòng / rows", file.report.name);
    }
    out
}

/// One batch with all that is kept of it.
pub(super) fn page(batch: &HeldBatch) -> String {
    let mut out = String::new();
    let _ = write_head(&mut out, batch);
    let _ = write_files(&mut out, batch);
    let _ = writeln!(
        out,
        "  So với lượt chạy / Compared with run {} · mức chặt / profile {} · hôm nay / today {}",
        batch.after_run,
        batch.profile,
        batch.today.strftime("%d/%m/%Y")
    );
    let _ = writeln!(out, "  Giới hạn / Limits: {}", batch.guard);
    out
}

fn status(batch: &HeldBatch) -> &'static str {
    match batch.status() {
        "held" => "đang giữ / held",
        "released" => "đã công bố / released",
        _ => "đã bỏ / discarded",
    }
}

fn write_head(out: &mut String, batch: &HeldBatch) -> std::fmt::Result {
    writeln!(out, "{}  {} · từ / since {:.0}", batch.id, status(batch), batch.held_at)?;
    if let Some(settled) = &batch.settled {
        let run = settled.run.map(|n| format!("lượt chạy / run {n} · ")).unwrap_or_default();
        writeln!(out, "  {run}{} · {:.0} · {}", settled.by, settled.at, settled.why)?;
    }
    batch.reasons.iter().try_for_each(|reason| writeln!(out, "  - {reason}"))
}

fn write_files(out: &mut String, batch: &HeldBatch) -> std::fmt::Result {
    for file in &batch.files {
        let report = &file.report;
        let kind = match report.kind {
            SourceKind::Submissions => "phiếu / submissions",
            SourceKind::Register => "danh sách hộ / register",
        };
        writeln!(out, "  {} · {kind} · BLAKE3 {}", report.name, report.hash)?;
        let counts = Verdict::ALL.map(|v| format!("{} {}", v.as_str(), report.verdict(v)));
        writeln!(out, "    {}, skipped {}", counts.join(", "), report.skipped)?;
        if let Some(basis) = &file.legal_basis {
            writeln!(out, "    Căn cứ xử lý / Legal basis: {basis}")?;
        }
        if !report.dropped_columns.is_empty() {
            writeln!(out, "    C02: {}", report.dropped_columns.join(", "))?;
        }
    }
    Ok(())
}

/// One batch for machines.
pub(super) fn json(batch: &HeldBatch) -> Value {
    let limits: Map<_, _> = GuardLimit::ALL
        .iter()
        .map(|limit| (limit.as_str().to_owned(), json!(batch.guard.get(*limit))))
        .collect();
    let settled = batch
        .settled
        .as_ref()
        .map(|s| json!({ "run": s.run, "by": s.by, "at": s.at.to_string(), "why": s.why }));
    json!({
        "id": batch.id,
        "status": batch.status(),
        "held_at": batch.held_at.to_string(),
        "reasons": batch.reasons,
        "after_run": batch.after_run,
        "profile": batch.profile.as_str(),
        "today": batch.today.to_string(),
        "guard": limits,
        "settled": settled,
        "files": batch.files.iter().map(file).collect::<Vec<_>>(),
    })
}

fn file(file: &HeldFile) -> Value {
    let report = &file.report;
    let mut value = json!({
        "name": report.name, "hash": report.hash, "bytes": report.bytes, "kind": report.kind.as_str(),
        "legal_basis": file.legal_basis, "mapping": file.mapping, "dropped_columns": report.dropped_columns,
        "rows_read": report.rows_read, "skipped": report.skipped,
    });
    for verdict in Verdict::ALL {
        value[verdict.as_str()] = json!(report.verdict(verdict));
    }
    value
}
