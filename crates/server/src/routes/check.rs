//! What would come of a file, or of one submission while it is filled in. Nothing is kept.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::HeaderName,
    routing::post,
};
use diachiso_model::{Field as _, Profile, RowRef, SourceKind, SubmissionField};
use diachiso_pipeline::{
    CheckedColumn, CheckedPart, CheckedProposal, CheckedRule, ComparedWith, FileCheck, Input,
    MemoryScratch, NoProgress, OneCheck, RunError,
};
use diachiso_source::{MappingFile, Opened, SheetFate};
use serde::{Deserialize, Serialize};
use tower_http::limit::RequestBodyLimitLayer;
use utoipa::{IntoParams, ToSchema};

use super::{
    proposals::ProposalBody,
    submissions::{FindingBody, NOT_KEPT},
};
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Query,
    params,
};

/// Largest file checked over HTTP: 16 MiB are some 50,000 rows; larger ones are for `diachiso check`.
pub(crate) const MAX_FILE_BYTES: usize = 16 << 20;

/// Longest name of a file that is taken over.
pub(super) const MAX_NAME_CHARS: usize = 120;

/// The route for files, which alone takes large bodies.
pub(crate) fn file_router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/check", post(check_file))
        .route("/api/v1/check/columns", post(super::check_columns::columns))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(MAX_FILE_BYTES))
}

/// The route for one submission.
pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/check/submission", post(check_one))
}

/// How to check.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Name of the file; its extension helps to tell the format. Default `phieu`.
    name: Option<String>,
    /// `strict`, `default` or `relaxed`.
    #[param(pattern = "^(strict|default|relaxed)$")]
    profile: Option<String>,
    /// `true` when a legal basis is recorded for the whole file; else every row must state its own (C01).
    legal_basis: Option<bool>,
    /// Text of a mapping file (TOML) that says which column is which.
    mapping: Option<String>,
}

/// What a mapping says; nothing where there is none.
pub(super) fn mapping_of(text: Option<&str>) -> Result<MappingFile, ApiError> {
    text.unwrap_or_default().parse().map_err(|error: diachiso_source::MappingFileError| {
        ApiError::bad(
            format!("Cách hiểu các cột không dùng được: {}", error.vi()),
            error.to_string(),
        )
    })
}

impl Params {
    fn profile(&self) -> Result<Profile, ApiError> {
        let words = [Profile::Default, Profile::Strict, Profile::Relaxed].map(|p| (p.as_str(), p));
        params::word("profile", self.profile.as_deref(), &words)
    }
}

/// What a file came to.
#[derive(Serialize, ToSchema)]
pub struct FileCheckBody {
    /// Its name.
    name: String,
    /// Version of the rules.
    rule_version: u32,
    /// Number of the heading's last row, on the first sheet where several were read.
    header_row: u32,
    /// Its columns from left to right, on the first sheet where several were read.
    columns: Vec<ColumnBody>,
    /// The sheets that were read, where they are several.
    sheets: Vec<SheetBody>,
    /// Sheets of the workbook that were left alone.
    unread_sheets: Vec<UnreadSheetBody>,
    /// Rows read: the sum of `verdicts` and `skipped`.
    rows_read: u64,
    /// Rows by verdict.
    verdicts: VerdictsBody,
    /// Rows that are no records, by the reason.
    skipped: BTreeMap<&'static str, u64>,
    /// Rules that spoke, worst first.
    rules: Vec<SpokenRuleBody>,
    /// What a run over this file alone would propose about its collectors, by id.
    proposals: Vec<CheckedProposalBody>,
    /// What collectors' rows were compared with.
    compared_with: ComparedBody,
}

/// A proposal as at `/api/v1/proposals`, with what it means and what to do. Nothing is decided on a check.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckedProposalBody {
    #[serde(flatten)]
    proposal: ProposalBody,
    /// What is wrong with the points, in Vietnamese.
    means_vi: String,
    /// What is wrong with the points, in English.
    means_en: String,
    /// What to do, in Vietnamese.
    advice_vi: String,
    /// What to do, in English.
    advice_en: String,
}

/// What collectors' rows were compared with: never with points that were accepted before.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparedBody {
    /// Communes with surveyed boundaries.
    surveyed_communes: u32,
    /// Communes with schematic boundaries.
    schematic_communes: u32,
    /// Villages in which points of several people in this file could be compared.
    villages: u32,
    /// Whether villages are those of the register; else they are taken as the rows state them.
    register: bool,
    /// Points accepted before, in the villages of the file; a check over HTTP looks at none.
    accepted_points: u64,
    /// Collectors of whose rows in a commune only the 32,768 with the smallest hashes were looked at.
    sampled_collectors: u32,
    /// All of it in Vietnamese.
    vi: String,
    /// All of it in English.
    en: String,
}

/// A sheet of a workbook of which several were read.
#[derive(Serialize, ToSchema)]
pub(crate) struct SheetBody {
    /// Its name.
    sheet: String,
    /// Number of the heading's last row.
    header_row: u32,
    /// Rows read.
    rows_read: u64,
    /// Its columns from left to right.
    columns: Vec<ColumnBody>,
}

/// A sheet that was left alone.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnreadSheetBody {
    /// Its name.
    sheet: String,
    /// Rows that are not blank.
    rows: usize,
    /// `not_data`, `hidden` or `not_chosen`.
    why: &'static str,
}

/// Rows by verdict.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerdictsBody {
    accepted: u64,
    held: u64,
    duplicate: u64,
    rejected: u64,
}

/// What a column was taken for.
#[derive(Serialize, ToSchema)]
pub(crate) struct ColumnBody {
    /// Letters by which spreadsheets call it.
    letters: String,
    /// Heading as it stands in the file.
    heading: String,
    /// Title of the field; `null` when the column means nothing here.
    field: Option<&'static str>,
    /// Whether it is sensitive and was dropped.
    sensitive: bool,
}

/// What a rule noticed.
#[derive(Serialize, ToSchema)]
pub(crate) struct SpokenRuleBody {
    /// Rule code.
    code: &'static str,
    /// `E`, `R`, `W`, `F` or `I`, in the profile asked for.
    severity: &'static str,
    /// Findings.
    findings: u64,
    /// Message in Vietnamese.
    message_vi: &'static str,
    /// Message in English.
    message_en: &'static str,
    /// What to do, in Vietnamese; may be empty.
    advice_vi: &'static str,
    /// What to do, in English; may be empty.
    advice_en: &'static str,
    /// The first of them.
    examples: Vec<ExampleBody>,
}

/// One thing noticed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExampleBody {
    /// Rows, from 1; several where they share a value.
    rows: Vec<u32>,
    /// The sheet of each of `rows`; empty where not several sheets were read.
    sheets: Vec<String>,
    /// Title of the column; empty where the row as a whole is meant.
    column: &'static str,
    /// Value as it came.
    original: String,
    /// Value put in its place, or a suggestion.
    replacement: Option<String>,
}

impl FileCheckBody {
    /// What a check found, and the sheets that were not looked at: name, rows and why.
    pub fn new(
        checked: &FileCheck,
        unread: impl Iterator<Item = (String, usize, SheetFate)>,
    ) -> Self {
        let [accepted, held, duplicate, rejected] = checked.verdicts;
        let first = checked.parts.first();
        let sheet = |part: &CheckedPart| {
            Some(SheetBody {
                sheet: part.sheet.as_deref()?.to_owned(),
                header_row: part.header_row,
                rows_read: part.rows_read,
                columns: columns(part),
            })
        };
        let left = |(sheet, rows, fate): (String, usize, SheetFate)| UnreadSheetBody {
            sheet,
            rows,
            why: fate.as_str(),
        };
        Self {
            name: checked.name.to_string(),
            rule_version: diachiso_model::RULE_VERSION,
            header_row: first.map_or(0, |part| part.header_row),
            columns: first.map_or_else(Vec::new, columns),
            sheets: checked.parts.iter().filter_map(sheet).collect(),
            unread_sheets: unread.map(left).collect(),
            rows_read: checked.rows_read,
            verdicts: VerdictsBody { accepted, held, duplicate, rejected },
            skipped: checked.skipped.iter().copied().collect(),
            rules: checked
                .rules
                .iter()
                .map(|rule| SpokenRuleBody::new(rule, &checked.parts))
                .collect(),
            proposals: checked
                .proposals
                .iter()
                .map(|proposal| CheckedProposalBody::of_file(checked, proposal))
                .collect(),
            compared_with: checked.compared.into(),
        }
    }
}

impl CheckedProposalBody {
    fn of_file(file: &FileCheck, checked: &CheckedProposal) -> Self {
        Self {
            proposal: ProposalBody::of_file(file, checked),
            means_vi: checked.means_vi(),
            means_en: checked.means_en(),
            advice_vi: checked.advice_vi(),
            advice_en: checked.advice_en(),
        }
    }
}

impl From<ComparedWith> for ComparedBody {
    fn from(compared: ComparedWith) -> Self {
        let ComparedWith { surveyed, schematic, villages, register, accepted, sampled } = compared;
        Self {
            surveyed_communes: surveyed,
            schematic_communes: schematic,
            villages,
            register,
            accepted_points: accepted,
            sampled_collectors: sampled,
            vi: compared.vi(),
            en: compared.en(),
        }
    }
}

fn columns(part: &CheckedPart) -> Vec<ColumnBody> {
    let column = |column: &CheckedColumn| ColumnBody {
        letters: column.letters.clone(),
        heading: column.heading.clone(),
        field: column.field.map(|(title, _)| title),
        sensitive: column.sensitive,
    };
    part.columns.iter().map(column).collect()
}

impl SpokenRuleBody {
    fn new(checked: &CheckedRule, parts: &[CheckedPart]) -> Self {
        let rule = checked.code.rule();
        let sheet = |at: &RowRef| parts.get(at.file as usize)?.sheet.as_deref().map(str::to_owned);
        let examples = checked.examples.iter().map(|example| ExampleBody {
            rows: example.rows.iter().map(|at| at.row).collect(),
            sheets: example.rows.iter().filter_map(sheet).collect(),
            column: example.column,
            original: example.original.clone(),
            replacement: example.replacement.clone(),
        });
        Self {
            code: checked.code.as_str(),
            severity: checked.severity.letter(),
            findings: checked.findings,
            message_vi: rule.vi,
            message_en: rule.en,
            advice_vi: rule.advice_vi,
            advice_en: rule.advice_en,
            examples: examples.collect(),
        }
    }
}

/// What one submission would come to.
#[derive(Serialize, ToSchema)]
pub(crate) struct OneCheckBody {
    /// `accepted`, `held` or `rejected`; whether it repeats another is known only after a run.
    verdict: &'static str,
    /// The verdict in Vietnamese.
    verdict_vi: &'static str,
    /// What the rules noticed.
    findings: Vec<FindingBody>,
}

impl From<OneCheck> for OneCheckBody {
    fn from(checked: OneCheck) -> Self {
        Self {
            verdict: checked.verdict.as_str(),
            verdict_vi: checked.verdict.vi(),
            findings: checked.findings.into_iter().map(FindingBody::from).collect(),
        }
    }
}

/// A file that is wrong is the client's; anything else is ours.
pub(super) fn refused(error: RunError) -> ApiError {
    match error {
        RunError::Source(source) => {
            let rule = source.rule().rule();
            let mut en = source.to_string();
            let mut cause = std::error::Error::source(&source);
            while let Some(error) = cause {
                en = format!("{en}: {error}");
                cause = error.source();
            }
            ApiError::unprocessable(
                format!("{} {}: {}", rule.code, rule.vi, source.vi()),
                format!("{} {en}", rule.code),
            )
        }
        other => ApiError::internal(other),
    }
}

/// Checks a file of submissions: csv, tsv, xlsx, xls, ods, JSON, `GeoJSON`. The body is the file.
#[utoipa::path(
    post, path = "/api/v1/check", tag = "check", security(("token" = [])), params(Params),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = FileCheckBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "More than 16 MiB"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "F01 or F02"),
    )
)]
pub(crate) async fn check_file(
    _access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
    body: Bytes,
) -> Result<([(HeaderName, &'static str); 1], Json<FileCheckBody>), ApiError> {
    let name: String =
        params.name.as_deref().unwrap_or("phieu").chars().take(MAX_NAME_CHARS).collect();
    let checker = state.checker(params.profile()?).await?;
    let legal_basis = params.legal_basis.unwrap_or(false);
    let mapping = mapping_of(params.mapping.as_deref())?;
    let leave = state.leave_to_check().await?;
    let bytes = body.len();
    let work = move || {
        let input = |sheet: Option<Box<str>>, rows| Input {
            name: name.as_str().into(),
            sheet,
            kind: SourceKind::Submissions,
            legal_basis,
            mapping: mapping.clone(),
            rows,
            sink: None,
        };
        let (mut inputs, mut unread) = (Vec::new(), Vec::new());
        match diachiso_source::open_sheets(&name, std::io::Cursor::new(body))? {
            Opened::Rows(rows) => inputs.push(input(None, rows)),
            Opened::Workbook(book) => {
                for sheet in book.choose::<SubmissionField>(&mapping, &[])? {
                    if sheet.fate() == SheetFate::Read {
                        let told = (!sheet.lone()).then(|| sheet.title().into());
                        inputs.push(input(told, sheet.into_rows(&name)?));
                    } else {
                        unread.push((sheet.title().to_owned(), sheet.row_count(), sheet.fate()));
                    }
                }
            }
        }
        let found = checker.check(inputs, &mut MemoryScratch::default(), &NoProgress)?;
        Ok((found, unread))
    };
    let found = tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?;
    drop(leave);
    let (found, unread) = found.map_err(refused)?;
    tracing::info!(file.bytes = bytes, rows.read = found.rows_read, "file checked");
    Ok((NOT_KEPT, Json(FileCheckBody::new(&found, unread.into_iter()))))
}

/// Checks one submission: an object of column keys and their cells as text, as `diachiso columns` names them.
#[utoipa::path(
    post, path = "/api/v1/check/submission", tag = "check", security(("token" = [])), params(Params),
    request_body(content = BTreeMap<String, String>, example = json!({
        "head": "Nguyễn Văn An", "commune": "Xã Quảng Phú", "latitude": "16,5735", "longitude": "107,5060",
        "collected_on": "12/03/2024"
    })),
    responses(
        (status = 200, body = OneCheckBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn check_one(
    _access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
    body: Bytes,
) -> Result<([(HeaderName, &'static str); 1], Json<OneCheckBody>), ApiError> {
    let cells: BTreeMap<String, String> = serde_json::from_slice(&body).map_err(|error| {
        // The parser's words name a position, never a value.
        let at = format!("{}:{}", error.line(), error.column());
        ApiError::bad(
            format!("Nội dung phải là một đối tượng JSON gồm các ô dạng chữ (lỗi ở {at})"),
            format!("the body must be a JSON object of cells as text (wrong at {at})"),
        )
    })?;
    let cells = cells
        .iter()
        .map(|(key, cell)| Ok((field(key)?, cell.as_str())))
        .collect::<Result<Vec<_>, ApiError>>()?;
    let checker = state.checker(params.profile()?).await?;
    let found = checker.check_one(&cells, params.legal_basis.unwrap_or(false)).map_err(refused)?;
    Ok((NOT_KEPT, Json(found.into())))
}

pub(super) fn field(key: &str) -> Result<SubmissionField, ApiError> {
    SubmissionField::ALL.iter().copied().find(|field| field.key() == key).ok_or_else(|| {
        let known: Vec<&str> = SubmissionField::ALL.iter().map(|field| field.key()).collect();
        let (key, known): (String, _) = (key.chars().take(64).collect(), known.join(", "));
        ApiError::bad(
            format!("Không có cột `{key}`; các cột: {known}"),
            format!("there is no column `{key}`; the columns are {known}"),
        )
    })
}
