//! `diachiso columns`: what each column of a file is taken for, before anything is done with it.

use std::{fmt::Write as _, io::Write as _, path::Path};

use anyhow::Context as _;
use diachiso_model::{Field, RegisterField, SourceKind, SubmissionField};
use diachiso_pipeline::label;
use diachiso_runs::{Named, Tables, Unread};
use diachiso_source::{Mapping, MappingFile, MatchKind, RowBlock, map_columns_with};
use serde_json::{Value, json};

use crate::{args, unread, user};

/// Rows among which the heading is looked for.
const ROWS: usize = 4096;

/// The command.
pub(crate) fn command(args: &args::Columns) -> anyhow::Result<()> {
    let mapping = mapping_text(args.mapping.as_deref())?;
    let mapping: MappingFile = mapping.unwrap_or_default().parse().map_err(user)?;
    let kind = if args.register { SourceKind::Register } else { SourceKind::Submissions };
    let file = Named::new(&args.file, kind)?;
    let text = match (kind, args.json) {
        (SourceKind::Register, false) => {
            described::<RegisterField>(&file, &args.sheet, &mapping)?.text()
        }
        (SourceKind::Register, true) => {
            described::<RegisterField>(&file, &args.sheet, &mapping)?.json()?
        }
        (SourceKind::Submissions, false) => submissions(&file, &args.sheet, &mapping)?,
        (SourceKind::Submissions, true) => {
            described::<SubmissionField>(&file, &args.sheet, &mapping)?.json()?
        }
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// What the columns of a file of submissions are taken for.
pub(crate) fn submissions(
    file: &Named,
    sheets: &[String],
    mapping: &MappingFile,
) -> anyhow::Result<String> {
    Ok(described::<SubmissionField>(file, sheets, mapping)?.text())
}

/// The text of a mapping file, checked.
pub(crate) fn mapping_text(path: Option<&Path>) -> anyhow::Result<Option<Box<str>>> {
    let Some(path) = path else { return Ok(None) };
    let named = || format!("{}", path.display());
    let text = std::fs::read_to_string(path).with_context(named).map_err(user)?;
    text.parse::<MappingFile>().with_context(named).map_err(user)?;
    Ok(Some(text.into()))
}

/// The columns of a file, sheet by sheet.
struct Described<F> {
    file: Box<str>,
    tables: Vec<DescribedTable<F>>,
    unread: Vec<Unread>,
}

struct DescribedTable<F> {
    /// File, and sheet where several are read.
    label: Box<str>,
    /// The sheet that it stands on.
    title: Option<Box<str>>,
    mapping: Mapping<F>,
}

fn described<F: Field>(
    file: &Named,
    sheets: &[String],
    mapping: &MappingFile,
) -> anyhow::Result<Described<F>> {
    let Tables { read, unread } = Tables::open(file, sheets, mapping)?;
    let mut tables = Vec::with_capacity(read.len());
    for mut table in read {
        let mut block = RowBlock::new();
        table.rows.next_block(&mut block, ROWS).map_err(user)?;
        let label = label(&file.name, table.sheet.as_deref());
        let mapping = map_columns_with::<F>(&label, &block, mapping).map_err(user)?;
        tables.push(DescribedTable { label, title: table.title, mapping });
    }
    Ok(Described { file: file.name.clone(), tables, unread })
}

impl<F: Field> Described<F> {
    fn text(&self) -> String {
        let mut out = String::new();
        for table in &self.tables {
            let _ = write_table(&mut out, &table.label, &table.mapping);
        }
        for unread in &self.unread {
            let _ = writeln!(out, "{}", unread::text(unread));
        }
        out
    }

    fn json(&self) -> anyhow::Result<String> {
        let column = |column: diachiso_source::ColumnUse<'_, F>| {
            json!({
                "letters": column.letters(),
                "heading": column.heading,
                "field": column.field.map(|(field, _)| field.key()),
                "title": column.field.map(|(field, _)| field.title()),
                "sensitive": column.sensitive,
            })
        };
        let table = |table: &DescribedTable<F>| {
            json!({
                "sheet": table.title,
                "header_row": table.mapping.header_row(),
                "columns": table.mapping.describe().into_iter().map(column).collect::<Vec<Value>>(),
            })
        };
        let body = json!({
            "file": self.file,
            "tables": self.tables.iter().map(table).collect::<Vec<Value>>(),
            "unread_sheets": self.unread.iter().map(unread::json).collect::<Vec<Value>>(),
        });
        Ok(serde_json::to_string_pretty(&body)? + "\n")
    }
}

fn write_table<F: Field>(out: &mut String, name: &str, mapping: &Mapping<F>) -> std::fmt::Result {
    let row = mapping.header_row();
    writeln!(out, "{name}: tiêu đề ở dòng / heading in row {row}")?;
    for column in mapping.describe() {
        let taken = match (&column.field, column.sensitive) {
            (_, true) => "bỏ, nhạy cảm / dropped, sensitive (C02)".to_owned(),
            (Some((field, how)), _) => format!("{} ({})", field.title(), how_found(*how)),
            (None, _) => "giữ, không nhận ra / kept, unknown".to_owned(),
        };
        writeln!(out, "  {:<4}{:<32} → {taken}", column.letters(), column.heading)?;
    }
    Ok(())
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
