//! The row report: what the rules noticed, by file and row.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_source::CsvTable;
use diachiso_store::{ReportRow, RowPlace};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::submissions::{FindingBody, NOT_KEPT};
use crate::{
    AppState,
    access::Access,
    area,
    download::{CSV, download},
    error::{ApiError, Problem},
    extract::Query,
    paging::{link_header, query_value, read_report_cursor, report_cursor},
    params,
};

/// Findings of a page when nothing is said, and at most.
const PAGE: (u32, u32) = (500, 5_000);

/// More than one row can have: every rule on every column that it looks at. A page is read this much longer
/// and cut after a whole row, so that the next one, which starts after a row, misses nothing.
const ROW_FINDINGS: u32 = 256;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/report", get(report))
}

/// What to report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Only this file, by name.
    file: Option<String>,
    /// Only rows in this area: a unit's code, a unit on a day, a saved area. A page may then hold fewer rows, or none.
    area: Option<String>,
    /// `json` (default) or `csv`.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// Findings of a page, 1 to 5,000; a page ends with a whole row and may be a few longer. Default 500.
    #[param(minimum = 1, maximum = 5000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// For what a file (csv) is wanted, 3 to 200 characters; or the header `X-Purpose`, percent-encoded. It stands in
    /// the access log.
    purpose: Option<String>,
    /// A file that was handed out before, by its id: the same once more, for its purpose, until its end; then 410.
    #[expect(dead_code, reason = "read for all operations in one place")]
    export: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Json,
    Csv,
}

/// A page of the row report.
#[derive(Serialize, ToSchema)]
pub(crate) struct Report {
    /// Findings by file, row and code.
    rows: Vec<Line>,
    /// Path of the next page; `null` at the end. The header `Link` says the same.
    next: Option<String>,
}

/// A finding on a row of a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct Line {
    /// File name.
    file: String,
    /// Row, from 1, as a spreadsheet counts.
    row: u32,
    /// What became of the row.
    verdict: &'static str,
    #[serde(flatten)]
    finding: FindingBody,
}

impl From<ReportRow> for Line {
    fn from(row: ReportRow) -> Self {
        Self {
            file: row.file.into(),
            row: row.row,
            verdict: row.verdict.as_str(),
            finding: row.finding.into(),
        }
    }
}

/// What the rules noticed on rows of files.
///
/// Findings that warn, hold or reject, on rows inside the caller's areas; lines of registers are for those whose grant
/// holds everywhere. Pages as json or csv; the header `Link` names the next page, also of a page without any row.
#[utoipa::path(
    get, path = "/api/v1/report", tag = "rows", params(Params), security(("token" = [])),
    responses(
        (status = 200, body = Report),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such area, or no such export to fetch again"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "An export that has ended"),
    )
)]
pub(crate) async fn report(
    access: Access,
    State(state): State<AppState>,
    Query(params): Query<Params>,
) -> Result<Response, ApiError> {
    let format = params::word(
        "format",
        params.format.as_deref(),
        &[("json", Format::Json), ("csv", Format::Csv)],
    )?;
    let limit = params::limit(params.limit, PAGE.0, PAGE.1)?;
    let area = area::asked(&state, params.area.as_deref()).await?;
    let after = params.cursor.as_deref().map(read_report_cursor).transpose()?;
    let after = after.as_ref().map(|(file, row)| (file.as_str(), *row));
    let file = params.file.as_deref();
    let (scope, store) = (access.scope(&state).await?, state.rows(&access).await?);
    let mut rows = store.report(file, after, limit + ROW_FINDINGS).await?;
    let end = page_end(&rows, limit as usize);
    let next = (end < rows.len())
        .then(|| next_page(&params, limit, format, &rows[end - 1]))
        .transpose()?;
    rows.truncate(end);
    // Behind the end of the page is known: a page may hold fewer rows than were asked for, or none.
    let here = |place: &RowPlace| area.as_ref().is_none_or(|area| area.holds(place));
    rows.retain(|row| match &row.place {
        Some(place) => scope.row(place) && here(place),
        None => scope.everywhere() && area.is_none(),
    });
    let link = link_header(next.as_deref());
    let of_file = match (&area, file) {
        (Some(area), Some(file)) => format!("{} {file}", area.id),
        (Some(area), None) => area.id.to_string(),
        (None, file) => file.unwrap_or_default().to_owned(),
    };
    Ok(match format {
        Format::Json => {
            let told = access.told(of_file.as_str(), rows.len());
            let rows = rows.into_iter().map(Line::from).collect();
            (told, NOT_KEPT, link, Json(Report { rows, next })).into_response()
        }
        Format::Csv => {
            let export = access.export(&state, &of_file, "csv").await?;
            export.rows().add(rows.len());
            let file = csv(rows, &export.mark())?;
            (export.told(), NOT_KEPT, link, file).into_response()
        }
    })
}

/// Where a page of at least `limit` findings ends without cutting a row.
fn page_end(rows: &[ReportRow], limit: usize) -> usize {
    if rows.len() <= limit {
        return rows.len();
    }
    let last = &rows[limit - 1];
    let same = rows[limit..].iter().take_while(|r| r.file == last.file && r.row == last.row);
    limit + same.count()
}

fn next_page(
    params: &Params,
    limit: u32,
    format: Format,
    last: &ReportRow,
) -> Result<String, ApiError> {
    let cursor = report_cursor(&last.file, last.row)?;
    let mut url = format!("/api/v1/report?limit={limit}&cursor={cursor}");
    if let Some(file) = &params.file {
        url.push_str("&file=");
        url.push_str(&query_value(file));
    }
    if let Some(area) = &params.area {
        url.push_str("&area=");
        url.push_str(&query_value(area));
    }
    if format == Format::Csv {
        url.push_str("&format=csv");
    }
    if let Some(purpose) = &params.purpose {
        url.push_str("&purpose=");
        url.push_str(&query_value(purpose));
    }
    Ok(url)
}

fn csv(rows: Vec<ReportRow>, mark: &str) -> Result<Response, ApiError> {
    let mut table = CsvTable::new(&[
        "Tệp",
        "Dòng",
        "Kết quả",
        "Cột",
        "Giá trị",
        "Mã lỗi",
        "Mức",
        "Nội dung",
        "Message",
        "Gợi ý",
        "Cách sửa",
        "Bản xuất",
    ])?;
    for line in rows.into_iter().map(Line::from) {
        let f = &line.finding;
        table.row(&[
            line.file.as_str(),
            &line.row.to_string(),
            line.verdict,
            f.field.as_deref().unwrap_or_default(),
            &f.original,
            f.code,
            f.severity,
            f.message_vi,
            f.message_en,
            f.replacement.as_deref().unwrap_or_default(),
            f.advice_vi,
            mark,
        ])?;
    }
    Ok((download(CSV, "report.csv"), table.take()?).into_response())
}

#[cfg(test)]
mod tests {
    use diachiso_model::{RuleCode, Severity, Verdict};
    use diachiso_store::FindingView;

    use super::*;

    #[track_caller]
    fn check(rows: &[u32], limit: usize, expected: usize) {
        let finding = FindingView {
            code: RuleCode::G09,
            severity: Severity::Review,
            field: None,
            original: "".into(),
            replacement: None,
        };
        let line = |row| ReportRow {
            kind: diachiso_model::SourceKind::Submissions,
            file: "a.csv".into(),
            row,
            verdict: Verdict::Held,
            finding: finding.clone(),
            place: None,
        };
        let rows: Vec<_> = rows.iter().map(|row| line(*row)).collect();
        assert_eq!(page_end(&rows, limit), expected);
    }

    #[test]
    fn a_page_ends_with_a_whole_row() {
        check(&[], 1, 0);
        check(&[1, 1, 1, 2], 1, 3);
        check(&[1, 2, 2, 3], 3, 3);
        check(&[1, 2, 2, 3], 4, 4);
    }
}
