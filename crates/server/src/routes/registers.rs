//! The lists that coverage is measured against, and what changed between two files of them.

use std::{collections::VecDeque, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_model::SourceKind;
use diachiso_runs::{
    HouseholdChange, HouseholdDiff, Key, RegisterDiff, RegisterFile, compare_registers,
    register_file,
};
use diachiso_store::StoredSource;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::submissions::NOT_KEPT;
use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::{Path, Query},
    paging::{link_header, read_register_cursor, register_cursor},
    params,
};

/// Rows of a page when nothing is said, and at most.
const PAGE: (u32, u32) = (100, 1_000);
/// Comparisons that are kept: of a province each is some megabytes, and is made in seconds.
const KEPT: usize = 4;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/registers", get(registers))
        .route("/api/v1/registers/{before}/compare/{after}", get(compare))
        .route("/api/v1/registers/{before}/compare/{after}/households", get(households))
}

/// Comparisons that were made, by the hashes of the two files; one is made at a time.
#[derive(Default)]
pub(crate) struct Comparisons(tokio::sync::Mutex<VecDeque<Kept>>);

struct Kept {
    hashes: [Box<str>; 2],
    diff: Arc<RegisterDiff>,
}

impl Comparisons {
    async fn get(
        &self,
        state: &AppState,
        files: [&StoredSource; 2],
    ) -> Result<Arc<RegisterDiff>, ApiError> {
        let mut kept = self.0.lock().await;
        let hashes = files.map(|file| file.hash.clone());
        if let Some(at) = kept.iter().position(|one| one.hashes == hashes)
            && let Some(one) = kept.remove(at)
        {
            let diff = Arc::clone(&one.diff);
            kept.push_back(one);
            return Ok(diff);
        }
        let store = state.store_shared();
        // Registers hold no sealed numbers that a comparison would look at: no key is needed.
        let diff = compare_registers(&store, &hashes[0], &hashes[1], &Key::default())
            .await
            .map_err(ApiError::internal)?;
        let diff = Arc::new(diff);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Kept { hashes, diff: Arc::clone(&diff) });
        Ok(diff)
    }
}

/// What coverage can be measured against.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registers {
    /// The published registers side by side.
    registers: Vec<Register>,
    /// The files that they were read from, the oldest first.
    files: Vec<File>,
}

/// A published register.
#[derive(Serialize, ToSchema)]
struct Register {
    /// Its source (`police`, `statistics`, …): `GET /api/v1/coverage?source=…` measures against it.
    source: String,
    /// The day on which it was closed.
    #[schema(format = Date)]
    closed_on: String,
    /// Its households, those included that count in no denominator.
    households: u64,
    /// Whether coverage is measured against it unless something else is said.
    denominator: bool,
}

/// A file of registers.
#[derive(Serialize, ToSchema)]
struct File {
    /// Its name, and its sheet where several were read.
    name: String,
    /// BLAKE3 of its bytes: by it, or its beginning, files are compared.
    hash: String,
    /// The run that took it in.
    run: i64,
    /// When that was.
    loaded_at: String,
}

/// The registers that coverage is measured against, and the files of them.
#[utoipa::path(
    get, path = "/api/v1/registers", tag = "registers", security(("token" = [])),
    responses((status = 200, body = Registers, description = "Registers side by side, and their files"))
)]
pub(crate) async fn registers(State(state): State<AppState>) -> Result<Json<Registers>, ApiError> {
    let published = state.store().registers().await?;
    let registers = published.into_iter().enumerate().map(|(at, register)| Register {
        source: register.source.to_string(),
        closed_on: register.closed_on.to_string(),
        households: u64::from(register.households),
        denominator: at == 0,
    });
    let registers = registers.collect();
    let files = register_files(&state).await?.into_iter().map(|file| File {
        name: file.name.into(),
        hash: file.hash.into(),
        run: file.run,
        loaded_at: file.loaded_at.to_string(),
    });
    Ok(Json(Registers { registers, files: files.collect() }))
}

async fn register_files(state: &AppState) -> Result<Vec<StoredSource>, ApiError> {
    let mut files = state.store().sources().await?;
    files.retain(|file| file.kind == SourceKind::Register);
    Ok(files)
}

/// The comparison of the two files that a path names.
async fn compared(
    state: &AppState,
    before: &str,
    after: &str,
) -> Result<Arc<RegisterDiff>, ApiError> {
    let files = register_files(state).await?;
    let one = |text: &str| {
        register_file(text, &files).map_err(|_| {
            ApiError::missing(
                format!("không có đúng một tệp danh sách hộ tên hoặc mã băm `{text}`"),
                format!("not exactly one file of registers has the name or hash `{text}`"),
            )
        })
    };
    state.comparisons().get(state, [one(before)?, one(after)?]).await
}

/// A file that was compared.
#[derive(Serialize, ToSchema)]
struct ComparedFile {
    /// Its name.
    name: String,
    /// BLAKE3 of its bytes.
    hash: String,
    /// Its source, or sources.
    source: String,
    /// The day on which it was closed.
    #[schema(format = Date)]
    closed_on: Option<String>,
    /// Its households.
    households: u64,
}

impl From<&RegisterFile> for ComparedFile {
    fn from(file: &RegisterFile) -> Self {
        Self {
            name: file.name.to_string(),
            hash: file.hash.to_string(),
            source: file.source.to_string(),
            closed_on: file.closed_on.map(|day| day.to_string()),
            households: file.households,
        }
    }
}

/// How many households differ between two files of registers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Comparison {
    /// The first file.
    before: ComparedFile,
    /// The second.
    after: ComparedFile,
    /// Households that both have and say the same of.
    same: u64,
    /// Households that the second has alone.
    added: u64,
    /// Households that the first has alone.
    gone: u64,
    /// Households of which they say different things.
    changed: u64,
    /// The same by village, by code.
    villages: Vec<VillageChanges>,
}

/// How many households of a village differ.
#[derive(Serialize, ToSchema)]
struct VillageChanges {
    /// Its code in the newer file that has it.
    code: String,
    /// Its name.
    name: String,
    /// Households that the second has alone.
    added: u64,
    /// Households that the first has alone.
    gone: u64,
    /// Households of which they say different things.
    changed: u64,
}

impl From<&RegisterDiff> for Comparison {
    fn from(diff: &RegisterDiff) -> Self {
        let mut villages: Vec<VillageChanges> = diff
            .villages()
            .into_iter()
            .map(|(code, village)| VillageChanges {
                code: code.to_string(),
                name: village.name.to_string(),
                added: village.added,
                gone: village.gone,
                changed: village.changed,
            })
            .collect();
        villages.sort_by(|a, b| a.code.cmp(&b.code));
        let sum = |of: fn(&VillageChanges) -> u64| villages.iter().map(of).sum();
        Self {
            before: (&diff.before).into(),
            after: (&diff.after).into(),
            same: diff.same,
            added: sum(|v| v.added),
            gone: sum(|v| v.gone),
            changed: sum(|v| v.changed),
            villages,
        }
    }
}

/// How many households were added, are gone or changed between two files of registers, by village: two versions of one
/// list, or the lists of two sources. Names nobody.
#[utoipa::path(
    get, path = "/api/v1/registers/{before}/compare/{after}", tag = "registers", security(("token" = [])),
    params(
        ("before" = String, Path, description = "The first file: its name, or at least 6 digits of its hash"),
        ("after" = String, Path, description = "The second"),
    ),
    responses(
        (status = 200, body = Comparison, description = "Counts, of all and by village"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such file, or several"),
    )
)]
pub(crate) async fn compare(
    State(state): State<AppState>,
    Path((before, after)): Path<(String, String)>,
) -> Result<Json<Comparison>, ApiError> {
    let diff = compared(&state, &before, &after).await?;
    Ok(Json(Comparison::from(&*diff)))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Rows of a page, 1 to 1,000. Default 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of households that differ.
#[derive(Serialize, ToSchema)]
pub(crate) struct Households {
    /// Households by id, of villages where the caller's grants hold.
    rows: Vec<ChangedHousehold>,
    /// Path of the next page; `null` at the end. The header `Link` says the same.
    next: Option<String>,
}

/// A household that differs. Personal data.
#[derive(Serialize, ToSchema)]
struct ChangedHousehold {
    /// Id inside the register.
    household: String,
    /// Code of its village in the newer file that has it.
    village: String,
    /// Name of that.
    village_name: String,
    /// `added`, `gone` or `changed`.
    change: &'static str,
    /// The columns that differ, of a changed one.
    fields: Vec<ChangedField>,
}

/// A column that differs. Personal data.
#[derive(Serialize, ToSchema)]
struct ChangedField {
    /// Stable name of the column.
    field: &'static str,
    /// As it was.
    before: String,
    /// As it is.
    after: String,
}

impl From<&HouseholdDiff> for ChangedHousehold {
    fn from(diff: &HouseholdDiff) -> Self {
        let fields = match &diff.change {
            HouseholdChange::Changed(fields) => fields.as_slice(),
            HouseholdChange::Added | HouseholdChange::Gone => &[],
        };
        Self {
            household: diff.id.to_string(),
            village: diff.village_code.to_string(),
            village_name: diff.village.to_string(),
            change: diff.change.as_str(),
            fields: fields
                .iter()
                .map(|field| ChangedField {
                    field: field.field,
                    before: field.before.to_string(),
                    after: field.after.to_string(),
                })
                .collect(),
        }
    }
}

/// The households that were added, are gone or changed between two files of registers, and in what. Personal data, of the
/// villages where the caller's grants hold; each page is on record.
#[utoipa::path(
    get, path = "/api/v1/registers/{before}/compare/{after}/households", tag = "registers",
    security(("token" = [])),
    params(
        ("before" = String, Path, description = "The first file: its name, or at least 6 digits of its hash"),
        ("after" = String, Path, description = "The second"),
        Params,
    ),
    responses(
        (status = 200, body = Households, description = "A page of them, by id"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A parameter that cannot be read"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such file, or several"),
    )
)]
pub(crate) async fn households(
    access: Access,
    State(state): State<AppState>,
    Path((before, after)): Path<(String, String)>,
    Query(params): Query<Params>,
) -> Result<Response, ApiError> {
    let limit = params::limit(params.limit, PAGE.0, PAGE.1)? as usize;
    let behind = params.cursor.as_deref().map(read_register_cursor).transpose()?;
    let diff = compared(&state, &before, &after).await?;
    let scope = access.scope(&state).await?;
    let from = behind.map_or(0, |id| diff.households.partition_point(|h| *h.id <= *id));
    let held = |h: &&HouseholdDiff| scope.everywhere() || scope.village(&h.village_code);
    let mut found = diff.households[from..].iter().filter(held);
    let rows: Vec<&HouseholdDiff> = found.by_ref().take(limit).collect();
    let next = match (rows.last(), found.next()) {
        (Some(last), Some(_)) => {
            let (a, b) = (&diff.before.hash, &diff.after.hash);
            let cursor = register_cursor(&last.id)?;
            Some(format!(
                "/api/v1/registers/{a}/compare/{b}/households?limit={limit}&cursor={cursor}"
            ))
        }
        _ => None,
    };
    let about = format!("{:.12} {:.12}", diff.before.hash, diff.after.hash);
    let told = access.told(about, rows.len());
    let links = link_header(next.as_deref());
    let rows = rows.into_iter().map(ChangedHousehold::from).collect();
    Ok((told, NOT_KEPT, links, Json(Households { rows, next })).into_response())
}
