//! Batches of files: handed in, followed, taken out again, let pass or thrown away.

use std::io;

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Multipart, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use diachiso_model::Profile;
use diachiso_runs::{Desk, DeskError, Incoming, Progressed};
use diachiso_source::MappingFile;
use diachiso_store::{BatchKind, BatchRecord, BatchRequest, BatchState, Handed};
use serde::{Deserialize, Serialize};
use tokio_stream::StreamExt as _;
use utoipa::{IntoParams, ToSchema};

use super::{
    batch_events, batch_orders,
    brought::{Brought, bare_name, cut_off, key_of},
    submissions::NOT_KEPT,
};
use crate::{
    AppState,
    access::{Access, Told},
    error::{ApiError, Problem},
    extract::{Path, Query},
    params,
};

/// Longest text of one word that is said of a batch, in characters.
pub(super) const MOST_CHARS: usize = 300;

/// Longest part of a form that is no file: a mapping file.
const MOST_FIELD_BYTES: usize = 256 << 10;

/// Sheets that can be named.
const MOST_SHEETS: usize = 200;

/// Batches of a page when nothing is said, and at most.
const PAGE: (u32, u32) = (50, 500);

/// The route that takes files, which alone takes bodies of any length up to the limit of a batch.
pub(crate) fn file_router() -> Router<AppState> {
    Router::new().route("/api/v1/batches", post(hand_in)).layer(DefaultBodyLimit::disable())
}

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/batches", get(batches))
        .route("/api/v1/batches/{id}", get(batch))
        .merge(batch_events::router())
        .merge(batch_orders::router())
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        let en = error.to_string();
        match error {
            DeskError::Service(error) => error.into(),
            DeskError::TooLarge => Self::Plain(StatusCode::PAYLOAD_TOO_LARGE),
            DeskError::Empty => {
                Self::unprocessable("F01 Tệp rỗng; hãy xuất lại", format!("F01 {en}"))
            }
            DeskError::NoBatch(id) => Self::missing(format!("Không có lô {id}"), en),
            DeskError::Elsewhere { batch, state } => {
                Self::conflict(format!("Lô {batch} đang ở trạng thái {}", state_vi(state)), en)
            }
            DeskError::Job(diachiso_runs::JobError::Unsigned { .. }) => {
                Self::bad("Thiếu tên người quyết định hoặc lý do", en)
            }
            DeskError::Job(error) => error.into(),
            DeskError::Unwritten(error) if error.is_full() => Self::Full(en),
            // Many waited for one write: the database is away for all of them.
            DeskError::Unwritten(error) => {
                let error: &dyn std::error::Error = &*error;
                tracing::error!(error, "submissions cannot be written");
                Self::Plain(StatusCode::SERVICE_UNAVAILABLE)
            }
            DeskError::Spool { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Self::Full(en)
            }
            DeskError::Busy | DeskError::Stopping => Self::Plain(StatusCode::SERVICE_UNAVAILABLE),
            other @ DeskError::Spool { .. } => Self::internal(other),
        }
    }
}

/// What the state of a batch is called in Vietnamese.
fn state_vi(state: BatchState) -> &'static str {
    match state {
        BatchState::Queued => "chờ xử lý",
        BatchState::Running => "đang xử lý",
        BatchState::Published => "đã công bố",
        BatchState::Held => "bị giữ lại",
        BatchState::Failed => "không dùng được",
        BatchState::Withdrawn => "đã rút",
        BatchState::Discarded => "đã bỏ",
    }
}

/// What is said of a batch that is handed in; of a form the parts of these names.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Said {
    /// `submissions`, `register` or `poor` (a list of poor households).
    #[param(required, pattern = "^(submissions|register|poor)$")]
    kind: Option<String>,
    /// Legal basis of processing its data.
    #[param(required, max_length = 300, pattern = r"^\S[^\r\n]*$")]
    legal_basis: Option<String>,
    /// What its data is processed for.
    #[param(required, max_length = 200, pattern = r"^\S[^\r\n]*\S$")]
    purpose: Option<String>,
    /// Name of the file; its extension helps to tell the format. Of a form the name of its part `file` counts.
    name: Option<String>,
    /// `strict`, `default` or `relaxed`; as in the run before when nothing is said.
    #[param(pattern = "^(strict|default|relaxed)$")]
    profile: Option<String>,
    /// Sheets that are read, one a line; all that hold households when none is named.
    sheet: Option<String>,
    /// Text of a mapping file (TOML) that says which column is which; in a form only.
    #[serde(skip)]
    #[param(ignore)]
    mapping: Option<String>,
}

impl Said {
    /// The request, if all is said that must be.
    fn request(self) -> Result<BatchRequest, ApiError> {
        let kind = self.kind.ok_or_else(|| params::refused("kind", "", KINDS))?;
        let kind =
            BatchKind::from_key(&kind).ok_or_else(|| params::refused("kind", &kind, KINDS))?;
        let said = |name: &str, value: Option<String>| {
            let value = value.unwrap_or_default();
            params::short(name, &value, MOST_CHARS)?;
            match value.trim() {
                "" => Err(ApiError::bad(
                    format!("Thiếu {name}: phải ghi căn cứ xử lý và mục đích của lô"),
                    format!("{name} is missing: a batch needs its legal basis and its purpose"),
                )),
                text => Ok(Box::<str>::from(text)),
            }
        };
        if let Some(profile) = &self.profile {
            profile
                .parse::<Profile>()
                .map_err(|_| params::refused("profile", profile, "strict | default | relaxed"))?;
        }
        if let Some(mapping) = &self.mapping {
            mapping.parse::<MappingFile>().map_err(|error| {
                ApiError::bad(
                    format!("Cách hiểu các cột không dùng được: {}", error.vi()),
                    error.to_string(),
                )
            })?;
        }
        let name = self.name.unwrap_or_default();
        params::short("name", &name, MOST_CHARS)?;
        let name = bare_name(&name);
        let sheets: Vec<Box<str>> = self
            .sheet
            .iter()
            .flat_map(|sheets| sheets.lines())
            .map(str::trim)
            .filter(|sheet| !sheet.is_empty())
            .map(Into::into)
            .collect();
        if sheets.len() > MOST_SHEETS {
            return Err(params::refused(
                "sheet",
                &sheets.len().to_string(),
                &format!("≤ {MOST_SHEETS}"),
            ));
        }
        Ok(BatchRequest {
            kind,
            name: if name.is_empty() { kind.as_str().into() } else { name.into() },
            legal_basis: said("legal_basis", self.legal_basis)?,
            purpose: said("purpose", self.purpose)?,
            profile: self.profile.map(Into::into),
            mapping: self.mapping.map(Into::into),
            sheets,
        })
    }
}

const KINDS: &str = "submissions | register | poor";

/// A form that brings a batch.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of a form whose parts are read as they come")]
pub(crate) struct BatchForm {
    /// `submissions`, `register` or `poor`.
    kind: String,
    /// Legal basis of processing its data.
    legal_basis: String,
    /// What its data is processed for.
    purpose: String,
    /// `strict`, `default` or `relaxed`.
    profile: Option<String>,
    /// Sheets that are read, one a line.
    sheet: Option<String>,
    /// Text of a mapping file (TOML).
    mapping: Option<String>,
    /// The file.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Where a batch that was handed in is found.
#[derive(Serialize, ToSchema)]
pub(crate) struct HandedIn {
    /// Its number.
    id: i64,
    /// Where its state is.
    href: String,
    /// Where changes of its state are told as they happen.
    events: String,
}

/// Hands in a batch: a file as the body, or a form (`multipart/form-data`).
///
/// When this is answered the file is on disk, and it will be processed, once, whatever happens to the service. A request
/// that is sent again under its `Idempotency-Key` gets the same answer and is processed no second time.
#[utoipa::path(
    post, path = "/api/v1/batches", tag = "batches", security(("token" = [])),
    params(Said, ("Idempotency-Key" = Option<String>, Header, description = "Any text of up to 255 characters")),
    request_body(content(
        (Vec<u8> = "application/octet-stream"),
        (BatchForm = "multipart/form-data"),
    )),
    responses(
        (status = 202, body = HandedIn, headers(("Location" = String, description = "The batch"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "More than 1 GiB"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "An empty file, or another request under the same key"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn hand_in(
    access: Access,
    State(state): State<AppState>,
    Query(said): Query<Said>,
    request: Request,
) -> Result<Response, ApiError> {
    let desk = state.desk()?;
    let key = key_of(&request)?;
    let (file, said) = match Brought::of(request, &state).await? {
        Brought::Form(form) => read_form(desk, form, said).await?,
        Brought::File(request) => {
            // What is wrong with the words is told before a whole file was sent for nothing.
            let said = said.request()?;
            let mut file = desk.incoming().await?;
            let mut body = request.into_body().into_data_stream();
            while let Some(piece) = body.next().await {
                let piece: Bytes = piece.map_err(|e| cut_off(&e))?;
                file.write(&piece).await?;
            }
            (file, said)
        }
    };
    // Of which batch it is, is known once it has a number.
    let entry = access.change(&state, "", 1);
    let handed = desk.hand_in(file, key.as_deref(), said, &entry).await?;
    let id = match handed {
        Handed::Kept(id) | Handed::Repeated(id) => id,
        Handed::Other(id) => {
            return Err(ApiError::unprocessable(
                format!("Idempotency-Key này đã dùng cho lô {id} với nội dung khác"),
                format!("this Idempotency-Key was used for batch {id}, with something else"),
            ));
        }
    };
    tracing::info!(
        batch.id = id,
        repeated = matches!(handed, Handed::Repeated(_)),
        "batch handed in"
    );
    let href = format!("/api/v1/batches/{id}");
    let location = HeaderValue::try_from(&href).map_err(ApiError::internal)?;
    let body = HandedIn { id, events: format!("{href}/events"), href };
    let location = [(header::LOCATION, location)];
    Ok((StatusCode::ACCEPTED, location, NOT_KEPT, Json(body)).into_response())
}

/// Reads a form part by part: the file goes to disk as it comes.
async fn read_form(
    desk: &Desk,
    mut form: Multipart,
    mut said: Said,
) -> Result<(Incoming, BatchRequest), ApiError> {
    let mut file = None;
    while let Some(mut part) = form.next_field().await.map_err(|e| cut_off(&e.body_text()))? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            if file.is_some() {
                return Err(ApiError::bad("Một lô chỉ có một tệp", "a batch has one file"));
            }
            said.name = part.file_name().map(str::to_owned).or(said.name);
            let mut incoming = desk.incoming().await?;
            while let Some(piece) = part.chunk().await.map_err(|e| cut_off(&e.body_text()))? {
                incoming.write(&piece).await?;
            }
            file = Some(incoming);
            continue;
        }
        let mut text = Vec::new();
        while let Some(piece) = part.chunk().await.map_err(|e| cut_off(&e.body_text()))? {
            if text.len() + piece.len() > MOST_FIELD_BYTES {
                return Err(params::refused(&name, "…", &format!("≤ {MOST_FIELD_BYTES} bytes")));
            }
            text.extend_from_slice(&piece);
        }
        let text = String::from_utf8(text).map_err(|_| params::refused(&name, "…", "UTF-8"))?;
        let slot = match name.as_str() {
            "kind" => &mut said.kind,
            "legal_basis" => &mut said.legal_basis,
            "purpose" => &mut said.purpose,
            "name" => &mut said.name,
            "profile" => &mut said.profile,
            "mapping" => &mut said.mapping,
            "sheet" => {
                let before = said.sheet.take().map(|s| s + "\n").unwrap_or_default();
                said.sheet = Some(before + &text);
                continue;
            }
            _ => {
                let known = "kind, legal_basis, purpose, name, profile, mapping, sheet, file";
                return Err(params::refused("form", &name, known));
            }
        };
        *slot = Some(text).filter(|text| !text.is_empty());
    }
    let file = file.ok_or_else(|| {
        ApiError::bad("Biểu mẫu không có tệp `file`", "the form has no part `file`")
    })?;
    Ok((file, said.request()?))
}

/// A batch and where it stands.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct BatchBody {
    /// Its number.
    id: i64,
    /// `submissions`, `register` or `poor`.
    kind: &'static str,
    /// Name of the file.
    name: String,
    /// Who handed it in.
    by: String,
    /// Legal basis of processing its data; empty of a batch of single submissions, where each row states its own.
    legal_basis: String,
    /// What its data is processed for.
    purpose: String,
    /// BLAKE3 of its bytes.
    hash: String,
    /// Size in bytes.
    bytes: u64,
    /// When it came.
    #[schema(format = DateTime)]
    received_at: String,
    /// `queued`, `running`, `published`, `held`, `failed`, `withdrawn` or `discarded`.
    pub(super) state: &'static str,
    /// The state in Vietnamese.
    state_vi: &'static str,
    /// When it came to this state.
    #[schema(format = DateTime)]
    changed_at: String,
    /// Whether somebody ordered something of it that is not done yet.
    pub(super) ordered: bool,
    /// How far the run is, of a batch that this service is running.
    progress: Option<ProgressBody>,
    /// The run that published it, or took it out again.
    run: Option<i64>,
    /// Number of the held batch, as `diachiso held` knows it.
    held: Option<i64>,
    /// Why it is held.
    reasons: Vec<String>,
    /// The rule that the file breaks as a whole: F01, F02 or F04.
    rule: Option<String>,
    /// What is wrong with it.
    fault: Option<String>,
    /// Names of its tables in the published state: the file, or its sheets.
    tables: Vec<String>,
    /// Rows read; `null` while they are not known.
    rows: Option<u64>,
    /// Rows by verdict: accepted, held, duplicate, rejected.
    verdicts: Option<[u64; 4]>,
}

/// How far a run is.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ProgressBody {
    /// The stage: `registers`, `submissions`, `forensics`, `linking`, `coverage`, `publish`.
    stage: &'static str,
    /// Steps (rows, households, …) of the stage that are done.
    done: u64,
    /// All steps of the stage, where they are known.
    total: Option<u64>,
}

impl From<Progressed> for ProgressBody {
    fn from(Progressed { stage, done, total }: Progressed) -> Self {
        Self { stage, done, total }
    }
}

impl BatchBody {
    fn new(record: BatchRecord, progress: Option<Progressed>, ordered: bool) -> Self {
        let BatchRecord { id, batch, state, outcome, changed_at } = record;
        Self {
            id,
            kind: batch.request.kind.as_str(),
            name: batch.request.name.into(),
            by: batch.by.into(),
            legal_basis: batch.request.legal_basis.into(),
            purpose: batch.request.purpose.into(),
            hash: batch.hash.into(),
            bytes: batch.bytes,
            received_at: batch.received_at.to_string(),
            state: state.as_str(),
            state_vi: state_vi(state),
            changed_at: changed_at.to_string(),
            ordered,
            progress: progress.filter(|p| !p.stage.is_empty()).map(Into::into),
            run: outcome.run,
            held: outcome.held,
            reasons: outcome.reasons,
            rule: outcome.rule.map(Into::into),
            fault: outcome.fault.map(Into::into),
            tables: outcome.tables.into_iter().map(Into::into).collect(),
            rows: outcome.rows,
            verdicts: outcome.verdicts,
        }
    }
}

pub(super) async fn read(desk: &Desk, id: i64) -> Result<BatchBody, ApiError> {
    let record = desk.batch(id).await?;
    let ordered = desk.service().ordered(id).await?;
    Ok(BatchBody::new(record, desk.progress(id), ordered))
}

/// Which batches.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Listed {
    /// Only batches with lower numbers: the last of the page before.
    before: Option<i64>,
    /// Batches of a page, 1 to 500. Default 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Batches, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Batches {
    /// Batches of this page.
    batches: Vec<BatchBody>,
    /// `before` of the next page; `null` at the end.
    next: Option<i64>,
}

type Personal<T> = Result<(Extension<Told>, [(HeaderName, &'static str); 1], Json<T>), ApiError>;

/// Batches that were handed in, newest first.
#[utoipa::path(
    get, path = "/api/v1/batches", tag = "batches", params(Listed), security(("token" = [])),
    responses(
        (status = 200, body = Batches),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "This service takes nothing in"),
    )
)]
pub(crate) async fn batches(
    access: Access,
    State(state): State<AppState>,
    Query(listed): Query<Listed>,
) -> Personal<Batches> {
    let desk = state.desk()?;
    let limit = params::limit(listed.limit, PAGE.0, PAGE.1)?;
    let records = desk.batches(listed.before, limit).await?;
    let next = records.last().filter(|_| records.len() == limit as usize).map(|last| last.id);
    let body = |record: BatchRecord| {
        let progress = desk.progress(record.id);
        BatchBody::new(record, progress, false)
    };
    let told = records.len();
    let batches = records.into_iter().map(body).collect();
    Ok((access.told("", told), NOT_KEPT, Json(Batches { batches, next })))
}

/// One batch and where it stands.
#[utoipa::path(
    get, path = "/api/v1/batches/{id}", tag = "batches", security(("token" = [])),
    params(("id" = i64, Path, description = "Number of the batch")),
    responses(
        (status = 200, body = BatchBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn batch(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Personal<BatchBody> {
    let body = read(state.desk()?, id).await?;
    Ok((access.told(format!("batch {id}"), 1), NOT_KEPT, Json(body)))
}
