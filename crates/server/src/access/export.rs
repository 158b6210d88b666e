//! Files with personal data that are handed out: each has an id, a purpose and an end, behind which nothing is done by it.

use std::{sync::Arc, time::Duration};

use axum::Extension;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use diachiso_runs::{FilledList, exports_of};
use diachiso_store::{AuditEntry, ExportRecord};

use super::{Access, Rows, Told};
use crate::{AppState, error::ApiError};

/// Days after which a file that was handed out shall be used no more.
const EXPORT_DAYS: i64 = 30;
/// Random bytes of the id of such a file; 96 bits are 16 characters.
const EXPORT_ID_BYTES: usize = 12;
/// How often those past their end are looked for.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// So many are closed between two questions.
const SWEEP_AT_ONCE: u32 = 500;

impl Access {
    /// A file that is to be handed out: its record, which is kept, and the mark that it must carry. Where the caller names
    /// one that he was handed before, it is that one once more, for the purpose and to the end that it had.
    ///
    /// # Errors
    /// When no purpose was told, the one that is named has ended or is another, or the record cannot be kept.
    pub(crate) async fn export(
        &self,
        state: &AppState,
        area: &str,
        format: &str,
    ) -> Result<Export, ApiError> {
        let record = match &self.0.again {
            Some(id) => self.once_more(state, id, area, format).await?,
            None => self.new_export(state, area, format).await?,
        };
        let told =
            Told { area: area.into(), rows: Rows::default(), export: Some(Arc::new(record)) };
        Ok(Export { told })
    }

    async fn once_more(
        &self,
        state: &AppState,
        id: &str,
        area: &str,
        format: &str,
    ) -> Result<ExportRecord, ApiError> {
        // Of what others were handed nothing is told, not even that it ended.
        let own = state.service().export(id).await?.filter(|e| *e.who == *self.who());
        let record = own.ok_or_else(unknown)?;
        if !record.holds_at(state.now()) {
            return Err(ended(&record));
        }
        let same = *record.operation == *self.operation().name()
            && *record.area == *area
            && *record.format == *format;
        if same {
            return Ok(record);
        }
        Err(ApiError::bad(
            format!(
                "Bản xuất này là {} của {}: hãy xin lại đúng bản đó",
                record.format, record.area
            ),
            format!("that export is {} of {}: ask for the same again", record.format, record.area),
        ))
    }

    async fn new_export(
        &self,
        state: &AppState,
        area: &str,
        format: &str,
    ) -> Result<ExportRecord, ApiError> {
        let purpose = self.purpose().ok_or_else(|| {
            ApiError::bad(
                "Xuất tệp có dữ liệu cá nhân phải nói mục đích: tham số purpose=… hoặc tiêu đề X-Purpose",
                "a file with personal data needs a purpose: the parameter purpose=… or the header X-Purpose",
            )
        })?;
        let mut bytes = [0; EXPORT_ID_BYTES];
        getrandom::fill(&mut bytes).map_err(|e| ApiError::internal(e.to_string()))?;
        let made_at = state.now();
        let record = ExportRecord {
            id: URL_SAFE_NO_PAD.encode(bytes).into(),
            made_at,
            expires_at: made_at + jiff::SignedDuration::from_hours(24 * EXPORT_DAYS),
            who: self.who().into(),
            operation: self.operation().name().into(),
            area: area.into(),
            purpose: purpose.into(),
            format: format.into(),
        };
        state.service().add_export(&record).await?;
        Ok(record)
    }
}

/// The refusal of what was handed out and has ended.
fn ended(record: &ExportRecord) -> ApiError {
    let (id, day) = (&record.id, record.expires_at.strftime("%Y-%m-%d"));
    let day_vi = record.expires_at.strftime("%d/%m/%Y");
    ApiError::Gone {
        vi: format!("Bản xuất {id} đã hết hạn ngày {day_vi}: hãy huỷ tệp đó và xin bản mới"),
        en: format!("export {id} ended on {day}: destroy that file and ask for a new one"),
        successor: None,
    }
}

fn unknown() -> ApiError {
    ApiError::missing("Không có bản xuất này", "there is no such export")
}

/// What was handed out under an id, by which something may still be done: looked at, fetched once more, or brought back.
///
/// # Errors
/// [`ApiError::NotFound`] where there never was such an export, [`ApiError::Gone`] where it has ended.
pub(crate) async fn export_in_use(state: &AppState, id: &str) -> Result<ExportRecord, ApiError> {
    let record = state.service().export(id).await?.ok_or_else(unknown)?;
    if record.holds_at(state.now()) { Ok(record) } else { Err(ended(&record)) }
}

/// What was handed out under the ids that filled lists name. Of an id that is missing there never was such a list, which
/// judging their rows tells.
///
/// # Errors
/// [`ApiError::Gone`] where one has ended.
pub(crate) async fn exports_in_use(
    state: &AppState,
    lists: &[FilledList],
) -> Result<Vec<ExportRecord>, ApiError> {
    let exports = exports_of(state.service(), lists).await?;
    let now = state.now();
    match exports.iter().find(|record| !record.holds_at(now)) {
        Some(record) => Err(ended(record)),
        None => Ok(exports),
    }
}

/// Closes the exports that are past their end, each on record; answers with how many. For what they were asked is
/// forgotten then, and their ids go on being refused as ended.
///
/// # Errors
/// When what the service remembers cannot be read or written; those that were closed stay so.
pub async fn sweep_exports(state: &AppState) -> Result<usize, ApiError> {
    let (now, service, mut closed) = (state.now(), state.service(), 0);
    loop {
        let ended = service.ended_exports(now, SWEEP_AT_ONCE).await?;
        let last = ended.len() < SWEEP_AT_ONCE as usize;
        for id in ended {
            let entry = AuditEntry {
                who: "service".into(),
                action: "export-closed".into(),
                operation: "sweep".into(),
                export: id.clone(),
                ..AuditEntry::empty(now)
            };
            // Another server on the same database may have been quicker.
            closed += usize::from(service.close_export(&id, &entry).await?);
        }
        if last {
            return Ok(closed);
        }
    }
}

/// Closes exports past their end, now and every [`SWEEP_EVERY`].
pub(crate) async fn sweep_forever(state: AppState) {
    loop {
        match sweep_exports(&state).await {
            Ok(0) => {}
            Ok(closed) => tracing::info!(exports.closed = closed, "exports past their end"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "exports stay open");
            }
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// A file on its way to somebody.
pub(crate) struct Export {
    told: Told,
}

impl Export {
    /// What the file says of itself: its id, who asked for it, when it ends.
    pub(crate) fn mark(&self) -> String {
        let Some(record) = &self.told.export else { return String::new() };
        let ends = record.expires_at.strftime("%d/%m/%Y");
        format!("Bản xuất {} cho {}, hết hạn {ends}", record.id, record.who)
    }

    /// Its id.
    pub(crate) fn id(&self) -> Box<str> {
        self.told.export.as_ref().map(|record| record.id.clone()).unwrap_or_default()
    }

    /// To count rows while the file is made.
    pub(crate) fn rows(&self) -> Rows {
        self.told.rows.clone()
    }

    /// To be returned with the file.
    pub(crate) fn told(self) -> Extension<Told> {
        Extension(self.told)
    }
}
