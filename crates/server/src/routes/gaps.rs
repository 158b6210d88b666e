//! Gap lists: the households of an area without coverage, with the reason for each. Personal data.

mod features;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_model::{Date, HouseholdState, Level, LonLat, RowKey, source_title};
use diachiso_pipeline::GapHint;
use diachiso_runs::{ListedRow, RowSaid};
use diachiso_source::{
    CsvTable,
    gap_list::{GapHeading, GapLine, VillageSummary, write_xlsx},
};
use diachiso_store::{AreaQuery, CoverageRow, GapRow};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};

use features::{GapFeatures, GeoJsonList};

use super::submissions::{NOT_KEPT, Point};
use crate::{
    AppState,
    access::{Access, Export},
    area::Area,
    download::{CSV, download},
    error::{ApiError, Problem},
    extract::{Path, Query},
    paging::{gap_cursor, link_header, read_gap_cursor},
    params,
    routes::geocode_body::rounded,
    snapshot::Snapshot,
    walk::{self, HintedRow, WholeList},
};

/// Rows of a json page when nothing is said, and at most.
const PAGE: (u32, u32) = (100, 1_000);

/// Villages made before the client has taken them.
const VILLAGES_AHEAD: usize = 2;

/// Media type of workbooks.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Media type of geographic JSON.
const GEOJSON: &str = "application/geo+json";

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/areas/{area}/gaps", get(gaps))
}

/// Which part of the list, and in what form.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// `json` (default, in pages), or the whole list as `csv`, `xlsx` or `geojson`.
    #[param(pattern = "^(json|csv|xlsx|geojson)$")]
    format: Option<String>,
    /// Rows of a json page, 1 to 1,000. Default 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// For what a file (csv, xlsx, geojson) is wanted, 3 to 200 characters; or the header `X-Purpose`, percent-encoded.
    /// It stands in the access log.
    #[expect(dead_code, reason = "read for all operations in one place")]
    purpose: Option<String>,
    /// A file that was handed out before, by its id: the same once more, for its purpose, until its end; then 410.
    #[expect(dead_code, reason = "read for all operations in one place")]
    export: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Json,
    Csv,
    Xlsx,
    GeoJson,
}

const FORMATS: [(&str, Format); 4] = [
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("xlsx", Format::Xlsx),
    ("geojson", Format::GeoJson),
];

/// A page of a gap list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Gaps {
    /// The area: a unit's code, a unit on a day, or the id of a saved area.
    area: String,
    /// Households by village, there the poor first, then the near-poor, each in walking order.
    rows: Vec<Gap>,
    /// Path of the next page; `null` at the end. The header `Link` says the same.
    next: Option<String>,
}

/// A household without coverage. Personal data.
#[derive(Serialize, ToSchema)]
pub(crate) struct Gap {
    /// Id inside the register.
    household: String,
    /// Source of the register.
    source: String,
    /// Head of the household.
    head: String,
    /// Address in one line.
    address: String,
    /// Village's code.
    village: String,
    /// Village's name with its kind.
    village_name: String,
    /// Commune's code on the register's closing date.
    commune: String,
    /// Commune's name on that date.
    commune_name: String,
    /// Persons.
    members: u16,
    /// `none`, `near_poor` or `poor`.
    poverty: &'static str,
    /// `pending`, `rejected`, `none`, `claimed`, `absent`, `away`, `refused` or `leaving`.
    state: &'static str,
    /// Why it is not covered, in words.
    reason_vi: String,
    /// The same in English.
    reason_en: String,
    /// The held or rejected submission behind the state.
    submission: Option<String>,
    /// The rules that hold or reject it, worst first.
    rules: Vec<&'static str>,
    /// Suggested position (precision class C, or D where it is the village's centre).
    suggested: Option<Point>,
    /// What it rests on: `submission`, `address`, `numbers`, `street` or `village`.
    suggested_by: Option<&'static str>,
    /// Metres around it within which the house is likely to be.
    suggested_radius_m: Option<f64>,
    /// Where that is from the nearest covered neighbour, whose name is masked: "cách nhà ông N. V. H. 120 m về phía Đông
    /// Bắc (theo số nhà lân cận)".
    suggestion_vi: String,
    /// The same in English.
    suggestion_en: String,
    /// Metres from the house of that neighbour.
    neighbour_m: Option<f64>,
    /// Direction from it, degrees clockwise from north.
    neighbour_azimuth_deg: Option<f64>,
    /// Place in a short walk through all households on the village's list, from 1.
    walk: Option<u32>,
}

impl From<&HintedRow> for Gap {
    fn from(hinted: &HintedRow) -> Self {
        let HintedRow { row, hint } = hinted;
        let neighbour = hint.as_ref().and_then(|hint| hint.neighbour.as_ref());
        let tenth = |value: f64| (value * 10.0).round() / 10.0;
        Self {
            household: row.household.to_string(),
            source: row.source.to_string(),
            head: row.head.to_string(),
            address: row.address.to_string(),
            village: row.village.to_string(),
            village_name: row.village_name.to_string(),
            commune: row.commune.to_string(),
            commune_name: row.commune_name.to_string(),
            members: row.members,
            poverty: row.poverty.as_str(),
            state: row.state.as_str(),
            reason_vi: reason(row.state.vi(), row.reasons.iter().map(|c| c.rule().vi)),
            reason_en: reason(row.state.en(), row.reasons.iter().map(|c| c.rule().en)),
            submission: row.submission.map(|id| id.to_string()),
            rules: row.reasons.iter().map(|c| c.as_str()).collect(),
            suggested: hinted
                .position()
                .map(|p| Point { lon: rounded(p.lon()), lat: rounded(p.lat()) }),
            suggested_by: hint
                .as_ref()
                .filter(|h| h.position.is_some())
                .map(|h| h.basis.words()[0]),
            suggested_radius_m: hint.as_ref().and_then(|h| h.radius_m).map(tenth),
            suggestion_vi: hint.as_ref().map(GapHint::vi).unwrap_or_default(),
            suggestion_en: hint.as_ref().map(GapHint::en).unwrap_or_default(),
            neighbour_m: neighbour.map(|n| tenth(n.distance_m)),
            neighbour_azimuth_deg: neighbour.map(|n| tenth(n.azimuth_deg)),
            walk: hint.as_ref().map(|hint| hint.walk),
        }
    }
}

/// "state: message; message".
fn reason<'a>(state: &str, messages: impl Iterator<Item = &'a str>) -> String {
    let mut text = state.to_owned();
    for (i, message) in messages.enumerate() {
        text.push_str(if i == 0 { ": " } else { "; " });
        text.push_str(message);
    }
    text
}

/// Households of an area without coverage.
///
/// Json comes in pages (follow `next`, or the header `Link`); csv, xlsx and geojson hold the whole list. All are in the order
/// in which teams go: village by village, there the poor first, then the near-poor, each in walking order.
#[utoipa::path(
    get, path = "/api/v1/areas/{area}/gaps", tag = "gaps", security(("token" = [])),
    params(("area" = String, Path, description = "Code of a village, commune, district or province, a unit on a day (`477@2024-12-31`), or the id of a saved area", example = "477"), Params),
    responses(
        (status = 200, description = "A page, or a file",
         content((Gaps = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (GapFeatures = "application/geo+json"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such area"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "A village that no register names any more, or an export that has ended"),
    )
)]
pub(crate) async fn gaps(
    access: Access,
    State(state): State<AppState>,
    Path(area): Path<String>,
    Query(params): Query<Params>,
) -> Result<Response, ApiError> {
    let format = params::word("format", params.format.as_deref(), &FORMATS)?;
    let area = Area::of(&state, &area).await?;
    if format == Format::Json {
        return page(&state, &access, &area, &params).await;
    }
    let export = access.export(&state, &area.id, FORMATS[format as usize].0).await?;
    let villages = WholeList::new(&state, &access, &area).await?;
    let checks = Checks::new(&state, &export).await?;
    match format {
        Format::Csv => {
            let list = CsvList { table: None, mark: export.mark(), checks };
            Ok(whole(villages, area.id, CSV, list, export))
        }
        Format::GeoJson => {
            let list = GeoJsonList::marked(export.mark());
            Ok(whole(villages, area.id, GEOJSON, list, export))
        }
        Format::Json | Format::Xlsx => workbook(&state, &access, &area, (export, checks)).await,
    }
}

async fn page(
    state: &AppState,
    access: &Access,
    area: &Area,
    params: &Params,
) -> Result<Response, ApiError> {
    let limit = params::limit(params.limit, PAGE.0, PAGE.1)?;
    let after = params.cursor.as_deref().map(read_gap_cursor).transpose()?;
    let (rows, more) = walk::page(state, access, area, after.as_ref(), limit).await?;
    let end = rows.last().filter(|_| more).map(HintedRow::cursor);
    let next = end.as_ref().map(gap_cursor).transpose()?;
    let next = next.map(|c| format!("/api/v1/areas/{}/gaps?limit={limit}&cursor={c}", area.id));
    let link = link_header(next.as_deref());
    let rows: Vec<Gap> = rows.iter().map(Gap::from).collect();
    let told = access.told(&*area.id, rows.len());
    Ok((told, NOT_KEPT, link, Json(Gaps { area: area.id.to_string(), rows, next })).into_response())
}

/// A list written village by village.
trait List: Send + 'static {
    /// Ending of the file's name.
    const ENDING: &'static str;
    /// The text of the next rows, and of whatever stands before the first.
    fn rows(&mut self, rows: &[HintedRow]) -> Result<Bytes, ApiError>;
    /// What stands after the last row.
    fn end(&mut self) -> Bytes;
}

/// Sends the whole list while it is being read: memory holds a few villages, however long the list. When the
/// store fails midway the connection breaks, so that nobody takes a part for the whole.
fn whole<L: List>(
    mut villages: WholeList,
    area: Box<str>,
    content_type: &'static str,
    mut list: L,
    export: Export,
) -> Response {
    let name = file_name(&area, L::ENDING);
    let counted = export.rows();
    let (send, receive) = mpsc::channel::<Result<Bytes, ApiError>>(VILLAGES_AHEAD);
    tokio::spawn(async move {
        // What stands before the first row, even where there is none.
        let mut text = list.rows(&[]);
        loop {
            let written = match text {
                Ok(text) => Ok(text),
                Err(error) => {
                    tracing::error!(%error, %area, "gap list broken off");
                    Err(error)
                }
            };
            let failed = written.is_err();
            // The client may have gone; then nobody needs the error either.
            if send.send(written).await.is_err() || failed {
                return;
            }
            text = match villages.next_village().await {
                Ok(Some(rows)) => {
                    counted.add(rows.len());
                    list.rows(&rows)
                }
                Ok(None) => break,
                Err(error) => Err(error),
            };
        }
        let _ = send.send(Ok(list.end())).await;
    });
    let body = Body::from_stream(ReceiverStream::new(receive));
    (export.told(), NOT_KEPT, download(content_type, &name), body).into_response()
}

fn file_name(area: &str, ending: &str) -> String {
    format!("ho-chua-co-dia-chi-so-{area}.{ending}")
}

/// What makes rows of a file known again when it comes back filled.
struct Checks {
    /// Closing dates of registers, by source.
    closed_on: HashMap<Arc<str>, Date>,
    /// Id of the file.
    export: Box<str>,
}

impl Checks {
    async fn new(state: &AppState, export: &Export) -> Result<Self, ApiError> {
        let registers = state.store().registers().await?.into_iter();
        let closed_on = registers.map(|register| (register.source, register.closed_on)).collect();
        Ok(Self { closed_on, export: export.id() })
    }

    /// The cells of id and hash.
    fn of(&self, row: &GapRow) -> [String; 2] {
        let key = RowKey::new(&row.source, &row.household);
        let (Some(key), Some(closed_on)) = (key, self.closed_on.get(&*row.source)) else {
            return Default::default();
        };
        let village = row.village.as_str();
        let listed = ListedRow { key: &key, head: &row.head, address: &row.address, village };
        let reason: Vec<&str> = row.reasons.iter().map(|code| code.as_str()).collect();
        let said = RowSaid {
            closed_on: *closed_on,
            state: row.state.as_str(),
            reason: &reason.join("+"),
            export: &self.export,
        };
        let check = listed.check(&said);
        [key.to_string(), check]
    }
}

struct CsvList {
    table: Option<CsvTable>,
    mark: String,
    checks: Checks,
}

impl List for CsvList {
    const ENDING: &'static str = "csv";

    fn rows(&mut self, rows: &[HintedRow]) -> Result<Bytes, ApiError> {
        let table = match &mut self.table {
            Some(table) => table,
            empty => empty.insert(CsvTable::new(&[
                "Mã hộ",
                "Nguồn",
                "Họ và tên chủ hộ",
                "Địa chỉ",
                "Mã thôn",
                "Thôn/Tổ dân phố",
                "Mã xã",
                "Xã/Phường",
                "Số nhân khẩu",
                "Diện hộ",
                "Trạng thái",
                "Lý do",
                "Mã lỗi",
                "Vĩ độ gợi ý",
                "Kinh độ gợi ý",
                "Vị trí gợi ý",
                "Thứ tự đi",
                "Kết quả",
                "Ghi chú",
                "Mã dòng",
                "Mã kiểm tra",
                "Bản xuất",
            ])?),
        };
        for hinted in rows {
            let (row, hint) = (&hinted.row, hinted.hint.as_ref());
            let degrees = |n: Option<f64>| n.map(|n| format!("{n:.6}")).unwrap_or_default();
            let [id, check] = self.checks.of(row);
            let rules = row.reasons.iter().map(|code| code.as_str());
            table.row(&[
                &*row.household,
                source_title(&row.source),
                &row.head,
                &row.address,
                row.village.as_str(),
                &row.village_name,
                row.commune.as_str(),
                &row.commune_name,
                &row.members.to_string(),
                row.poverty.title(),
                row.state.as_str(),
                &reason(row.state.vi(), row.reasons.iter().map(|code| code.rule().vi)),
                &rules.collect::<Vec<_>>().join(" "),
                &degrees(hinted.position().map(LonLat::lat)),
                &degrees(hinted.position().map(LonLat::lon)),
                &hint.map(GapHint::vi).unwrap_or_default(),
                &hint.map(|hint| hint.walk.to_string()).unwrap_or_default(),
                "",
                "",
                &id,
                &check,
                &self.mark,
            ])?;
        }
        Ok(table.take()?.into())
    }

    fn end(&mut self) -> Bytes {
        Bytes::new()
    }
}

/// The workbook for the teams. Unlike the other forms it is made in memory: its first sheet sums up the rest.
async fn workbook(
    state: &AppState,
    access: &Access,
    area: &Area,
    (export, checks): (Export, Checks),
) -> Result<Response, ApiError> {
    let snapshot = state.snapshot().await?;
    let query = AreaQuery { on: None, level: Level::Village, within: None, source: None };
    let mut villages = state.store().coverage(&query).await?;
    villages.retain(|row| area.villages.contains(&row.code));
    let mut lines = Vec::new();
    let mut list = WholeList::new(state, access, area).await?;
    while let Some(rows) = list.next_village().await? {
        export.rows().add(rows.len());
        lines.extend(rows.iter().map(|row| line(row, &checks)));
    }
    let name = file_name(&area.id, "xlsx");
    let title = area.name.clone();
    let mark = export.mark();
    let bytes = tokio::task::spawn_blocking(move || {
        let summaries: Vec<_> = villages.iter().map(|v| summary(&snapshot, v)).collect();
        let denominator = villages.first().or(snapshot.areas.first());
        let heading = GapHeading {
            area: &title,
            on: committed_on(&snapshot),
            source: denominator.map_or("", |d| source_title(&d.source)),
            closed_on: denominator.map_or(snapshot.period, |d| d.closed_on),
            mark: &mark,
        };
        write_xlsx(Vec::new(), &heading, &summaries, &lines).map_err(ApiError::internal)
    });
    let bytes = bytes.await.map_err(ApiError::internal)??;
    Ok((export.told(), NOT_KEPT, download(XLSX, &name), bytes).into_response())
}

/// Day on which the run was committed.
fn committed_on(snapshot: &Snapshot) -> Date {
    let day = snapshot.run.committed_at.get(..10).and_then(|day| day.parse().ok());
    day.unwrap_or(snapshot.period)
}

fn line(hinted: &HintedRow, checks: &Checks) -> GapLine {
    let (row, gap) = (&hinted.row, Gap::from(hinted));
    let [id, check] = checks.of(row);
    let degrees = hinted.position().map(|p| format!("{:.5}, {:.5}", p.lat(), p.lon()));
    let position = [Some(gap.suggestion_vi).filter(|words| !words.is_empty()), degrees];
    GapLine {
        commune: gap.commune_name,
        village: gap.village_name,
        household_id: gap.household,
        head: gap.head,
        address: gap.address,
        members: Some(row.members),
        poverty: row.poverty,
        reason: gap.reason_vi,
        position: position.into_iter().flatten().collect::<Vec<_>>().join("; "),
        walk: gap.walk,
        row: id,
        check,
        ..GapLine::default()
    }
}

fn summary(snapshot: &Snapshot, row: &CoverageRow) -> VillageSummary {
    let t = &row.tally;
    let commune = snapshot.areas.iter().find(|a| Some(&a.code) == row.parent.as_ref());
    VillageSummary {
        commune: commune.map(|c| c.name.to_string()).unwrap_or_default(),
        village: row.name.to_string(),
        households: t.households(),
        covered: t.covered(),
        pending: t.state(HouseholdState::Pending),
        rejected: t.state(HouseholdState::Rejected),
        none: t.state(HouseholdState::None),
        claimed: t.state(HouseholdState::Claimed),
        absent: t.state(HouseholdState::Absent),
        away: t.state(HouseholdState::Away),
        refused: t.state(HouseholdState::Refused),
        leaving: t.state(HouseholdState::Leaving),
        outside_list: t.outside_list,
        poor: t.poor,
        poor_covered: t.poor_covered,
        change: None,
        team: String::new(),
    }
}
