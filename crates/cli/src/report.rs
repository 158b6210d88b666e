//! `diachiso report`: what is wrong in which row of which file.

use std::{borrow::Cow, fs::File, io::BufWriter, path::Path};

use anyhow::Context as _;
use diachiso_model::{Field as _, RegisterField, RuleCode, title_of};
use diachiso_source::report::{ReportLine, ReportWriter};
use diachiso_store::{ReportRow, Store};
use diachiso_text::place_line;

use crate::{args, user};

/// Rows asked of the store at a time.
const PAGE: u32 = 10_000;

/// The command.
pub(crate) async fn command(args: &args::Report) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let lines = write(store.as_ref(), &args.out, args.file.as_deref()).await?;
    eprintln!("{}: {lines} dòng / lines", args.out.display());
    Ok(())
}

/// Writes the report of all files, or one, as csv or xlsx by the name of `out`; returns its lines.
pub(crate) async fn write(
    store: &dyn Store,
    out: &Path,
    file: Option<&str>,
) -> anyhow::Result<u64> {
    let named = || format!("{}", out.display());
    let to = BufWriter::new(File::create(out).with_context(named).map_err(user)?);
    let workbook = out.extension().is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
    let mut writer = if workbook { ReportWriter::xlsx(to)? } else { ReportWriter::csv(to)? };
    let (mut last, mut lines) = (None::<(Box<str>, u32)>, 0);
    loop {
        let after = last.as_ref().map(|(file, row)| (file.as_ref(), *row));
        let page = store.report(file, after, PAGE).await?;
        let Some(end) = page.last() else { break };
        let next = (end.file.clone(), end.row);
        for row in &page {
            writer.push(&line(row, &suggestion(row)))?;
            lines += 1;
        }
        last = Some(next);
    }
    writer.finish().with_context(named)?;
    Ok(lines)
}

fn line<'a>(row: &'a ReportRow, suggestion: &'a str) -> ReportLine<'a> {
    let rule = row.finding.code.rule();
    ReportLine {
        file: &row.file,
        row: row.row,
        column: row
            .finding
            .field
            .as_deref()
            .and_then(|key| title_of(row.kind, key))
            .unwrap_or_default(),
        value: &row.finding.original,
        code: row.finding.code,
        severity: row.finding.severity,
        message_vi: rule.vi,
        message_en: rule.en,
        suggestion,
    }
}

/// What was put in place or what to do; of an address in one line, what it lacks; of missing coordinates, where the house is
/// likely to be and that somebody has to go there.
fn suggestion(row: &ReportRow) -> Cow<'_, str> {
    let finding = &row.finding;
    let advice = finding.code.rule().advice_vi;
    let in_address = finding.field.as_deref() == Some(RegisterField::Address.key());
    match &finding.replacement {
        Some(likely) if finding.code == RuleCode::G07 => {
            format!("Có lẽ ở quanh {likely}. {advice}").into()
        }
        Some(replacement) => replacement.as_ref().into(),
        None if finding.code == RuleCode::L01 && in_address => {
            place_line::lacks(&finding.original).into()
        }
        None => advice.into(),
    }
}
