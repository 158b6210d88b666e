//! `diachiso columns`: what each column of a file is taken for, before anything is done with it.

use std::{fmt::Write as _, io::Write as _, path::Path};

use anyhow::Context as _;
use diachiso_model::{Field, RegisterField, SourceKind, SubmissionField};
use diachiso_source::{MappingFile, MatchKind, RowBlock, map_columns_with};

use crate::{args, files::Named, user};

/// Rows among which the heading is looked for.
const ROWS: usize = 4096;

/// The command.
pub(crate) fn command(args: &args::Columns) -> anyhow::Result<()> {
    let mapping = mapping_text(args.mapping.as_deref())?;
    let mapping: MappingFile = mapping.unwrap_or_default().parse().map_err(user)?;
    let text = if args.register {
        table::<RegisterField>(&args.file, SourceKind::Register, &mapping)
    } else {
        submissions(&args.file, &mapping)
    }?;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// What the columns of a file of submissions are taken for.
pub(crate) fn submissions(path: &Path, mapping: &MappingFile) -> anyhow::Result<String> {
    table::<SubmissionField>(path, SourceKind::Submissions, mapping)
}

/// The text of a mapping file, checked.
pub(crate) fn mapping_text(path: Option<&Path>) -> anyhow::Result<Option<Box<str>>> {
    let Some(path) = path else { return Ok(None) };
    let named = || format!("{}", path.display());
    let text = std::fs::read_to_string(path).with_context(named).map_err(user)?;
    text.parse::<MappingFile>().with_context(named).map_err(user)?;
    Ok(Some(text.into()))
}

fn table<F: Field>(path: &Path, kind: SourceKind, file: &MappingFile) -> anyhow::Result<String> {
    let named = Named::new(path, kind)?;
    let mut rows = named.rows()?;
    let mut block = RowBlock::new();
    rows.next_block(&mut block, ROWS).map_err(user)?;
    let mapping = map_columns_with::<F>(&named.name, &block, file).map_err(user)?;
    let row = mapping.header_row();
    let mut out = format!("{}: tiêu đề ở dòng / heading in row {row}\n", named.name);
    for column in mapping.describe() {
        let taken = match (&column.field, column.sensitive) {
            (_, true) => "bỏ, nhạy cảm / dropped, sensitive (C02)".to_owned(),
            (Some((field, how)), _) => format!("{} ({})", field.title(), how_found(*how)),
            (None, _) => "giữ, không nhận ra / kept, unknown".to_owned(),
        };
        writeln!(out, "  {:<4}{:<32} → {taken}", column.letters(), column.heading)?;
    }
    Ok(out)
}

fn how_found(how: MatchKind) -> &'static str {
    match how {
        MatchKind::Title => "đúng mẫu / as the template",
        MatchKind::Synonym => "tên khác / synonym",
        MatchKind::GroupPath => "tên trong nhóm / inside a group",
        MatchKind::Fallback => "thay thế / stand-in",
        MatchKind::Counted => "đếm từ nhóm lặp / counted from a repeat group",
        MatchKind::Override => "theo tệp chỉ dẫn / mapping file",
    }
}
