//! What each column of a file is taken for, with some of its values, before anything is done with its rows.

use std::io::Cursor;

use axum::{Json, body::Bytes, extract::State, http::HeaderName};
use diachiso_model::{Field, RegisterField, SourceKind, SubmissionField};
use diachiso_pipeline::RunError;
use diachiso_source::{
    Mapping, MappingFile, Opened, RowBlock, RowSource, SheetFate, SourceError, find_columns,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    check::{MAX_NAME_CHARS, mapping_of, refused},
    submissions::{NOT_KEPT, last_three, mask_digits},
};
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Query,
    params,
};

/// Rows of a sheet that are looked at: the heading and enough below it.
const ROWS: usize = 256;
/// Values told of a column, and the characters of each.
const SAMPLES: usize = 3;
const SAMPLE_CHARS: usize = 60;
/// From so many digits on a value that nothing is known of is masked: a phone or an identity number.
const MANY_DIGITS: usize = 9;

/// Kinds of file, as batches name them; a list of poor households has the columns of a register.
const KINDS: [(&str, SourceKind); 3] = [
    ("submissions", SourceKind::Submissions),
    ("register", SourceKind::Register),
    ("poor", SourceKind::Register),
];

/// Which file, and what is said of its columns.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Name of the file; its extension helps to tell the format. Default `phieu`.
    name: Option<String>,
    /// What the file holds: `submissions` (default), `register` or `poor` (a list of poor households).
    #[param(pattern = "^(submissions|register|poor)$")]
    kind: Option<String>,
    /// Text of a mapping file (TOML) that says which column is which.
    mapping: Option<String>,
}

/// The columns of a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct ColumnsBody {
    /// The sheets that would be read; one, without a name, of what is no workbook of several.
    sheets: Vec<SheetColumns>,
    /// Every field that a column of this kind of file can be taken for.
    fields: Vec<FieldBody>,
}

/// The columns of a sheet.
#[derive(Serialize, ToSchema)]
struct SheetColumns {
    /// Its name.
    sheet: Option<String>,
    /// Number of the heading's last row.
    header_row: u32,
    /// Its columns from left to right.
    columns: Vec<KnownColumn>,
    /// Titles of required fields that no column was taken for: the sheet cannot be used so (F02).
    missing: Vec<String>,
}

/// A column and what it is taken for.
#[derive(Serialize, ToSchema)]
struct KnownColumn {
    /// Its number, from 1.
    number: u32,
    /// Letters by which spreadsheets call it.
    letters: String,
    /// Heading as it stands in the file.
    heading: String,
    /// Key of the field, one of `fields`; `null` when the column means nothing here.
    field: Option<&'static str>,
    /// Whether it is sensitive and would be dropped.
    sensitive: bool,
    /// Some of its values, phones and identity numbers masked; none of a sensitive column.
    samples: Vec<String>,
}

/// A field of this kind of file.
#[derive(Serialize, ToSchema)]
struct FieldBody {
    /// Its key in a mapping file.
    key: &'static str,
    /// Its title.
    title: &'static str,
    /// Whether a file cannot be used without it.
    required: bool,
    /// Keys of the fields that together stand in for it where it is required and missing; none for most.
    stand_ins: Vec<&'static str>,
}

impl FieldBody {
    /// Every field of a kind of file.
    fn all<F: Field>() -> Vec<Self> {
        let told = |field: &F| Self {
            key: field.key(),
            title: field.title(),
            required: field.required(),
            stand_ins: field.stand_ins().iter().map(|field| field.key()).collect(),
        };
        F::ALL.iter().map(told).collect()
    }
}

/// Tells what each column of a file of submissions or of a register is taken for. The body is the file; nothing of it is
/// judged or kept.
#[utoipa::path(
    post, path = "/api/v1/check/columns", tag = "check", security(("token" = [])), params(Params),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = ColumnsBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "More than 16 MiB"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "F01, or a mapping that does not fit"),
    )
)]
pub(crate) async fn columns(
    _access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
    body: Bytes,
) -> Result<([(HeaderName, &'static str); 1], Json<ColumnsBody>), ApiError> {
    let name: String =
        params.name.as_deref().unwrap_or("phieu").chars().take(MAX_NAME_CHARS).collect();
    let kind = params::word("kind", params.kind.as_deref(), &KINDS)?;
    let mapping = mapping_of(params.mapping.as_deref())?;
    let leave = state.leave_to_check().await?;
    let work = move || match kind {
        SourceKind::Submissions => body_of::<SubmissionField>(&name, body, &mapping),
        SourceKind::Register => body_of::<RegisterField>(&name, body, &mapping),
    };
    let found = tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?;
    drop(leave);
    let told = found.map_err(|error| refused(RunError::Source(error)))?;
    Ok((NOT_KEPT, Json(told)))
}

fn body_of<F: Field>(
    name: &str,
    body: Bytes,
    mapping: &MappingFile,
) -> Result<ColumnsBody, SourceError> {
    Ok(ColumnsBody { sheets: sheets::<F>(name, body, mapping)?, fields: FieldBody::all::<F>() })
}

fn sheets<F: Field>(
    name: &str,
    body: Bytes,
    mapping: &MappingFile,
) -> Result<Vec<SheetColumns>, SourceError> {
    let mut told = Vec::new();
    match diachiso_source::open_sheets(name, Cursor::new(body))? {
        Opened::Rows(rows) => told.push(described::<F>(name, None, rows, mapping)?),
        Opened::Workbook(book) => {
            for sheet in book.choose::<F>(mapping, &[])? {
                if sheet.fate() == SheetFate::Read {
                    let title = (!sheet.lone()).then(|| sheet.title().to_owned());
                    told.push(described::<F>(name, title, sheet.into_rows(name)?, mapping)?);
                }
            }
        }
    }
    Ok(told)
}

fn described<F: Field>(
    name: &str,
    sheet: Option<String>,
    mut rows: Box<dyn RowSource + '_>,
    mapping: &MappingFile,
) -> Result<SheetColumns, SourceError> {
    let mut block = RowBlock::new();
    rows.next_block(&mut block, ROWS)?;
    match find_columns::<F>(name, &block, mapping) {
        // Where not enough is known people shall say which column is which.
        Ok((found, missing)) => {
            let (header_row, columns) = (found.header_row(), known(&found, &block));
            Ok(SheetColumns { sheet, header_row, columns, missing })
        }
        Err(SourceError::MissingColumns { names, .. }) => {
            let (header_row, columns) = bare(&block);
            Ok(SheetColumns { sheet, header_row, columns, missing: names })
        }
        Err(other) => Err(other),
    }
}

fn known<F: Field>(mapping: &Mapping<F>, block: &RowBlock) -> Vec<KnownColumn> {
    let of = |column: diachiso_source::ColumnUse<'_, F>| KnownColumn {
        number: column.column as u32 + 1,
        letters: column.letters(),
        heading: column.heading.to_owned(),
        field: column.field.map(|(field, _)| field.key()),
        sensitive: column.sensitive,
        samples: if column.sensitive {
            Vec::new()
        } else {
            let field = column.field.map(|(field, _)| field.key());
            samples(block, column.column, mapping.header_row(), field)
        },
    };
    mapping.describe().into_iter().map(of).collect()
}

/// The columns of a file whose heading is not known: the fullest of its first rows is taken for it.
fn bare(block: &RowBlock) -> (u32, Vec<KnownColumn>) {
    let full =
        |row: &diachiso_source::Row<'_>| row.cells().filter(|cell| !cell.trim().is_empty()).count();
    let first = block.rows().take(diachiso_source::HEADER_SEARCH_ROWS);
    // Of equals the first stays.
    let Some(heading) = first.min_by_key(|row| std::cmp::Reverse(full(row))) else {
        return (0, Vec::new());
    };
    let column = |(column, cell): (usize, &str)| KnownColumn {
        number: column as u32 + 1,
        letters: diachiso_source::column_letters(column),
        heading: cell.trim().chars().take(SAMPLE_CHARS).collect(),
        field: None,
        sensitive: diachiso_source::is_sensitive(cell),
        samples: if diachiso_source::is_sensitive(cell) {
            Vec::new()
        } else {
            samples(block, column, heading.number, None)
        },
    };
    (heading.number, heading.cells().enumerate().map(column).collect())
}

/// The first values of a column below the heading.
fn samples(block: &RowBlock, column: usize, header_row: u32, field: Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for row in block.rows().filter(|row| row.number > header_row) {
        let cell = row.get(column).trim();
        let shown = shown(cell, field);
        if !shown.is_empty() && !found.contains(&shown) {
            found.push(shown);
        }
        if found.len() == SAMPLES {
            break;
        }
    }
    found
}

fn shown(cell: &str, field: Option<&str>) -> String {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let text = match field {
        Some("identity") => last_three(cell),
        Some("phone") => mask_digits(cell),
        None if digits >= MANY_DIGITS => mask_digits(cell),
        _ => cell.to_owned(),
    };
    text.chars().take(SAMPLE_CHARS).collect()
}
