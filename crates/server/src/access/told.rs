//! What an answer tells of persons: put on record before it leaves.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{body::Body, response::Response};
use diachiso_store::{AuditEntry, ExportRecord};
use tokio::sync::mpsc;
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};

use super::Access;
use crate::{AppState, error::ApiError};

/// Pieces of a file that are hashed before the client has taken them.
const PIECES_AHEAD: usize = 2;

/// What an answer tells, as its handler says; an extension of the answer.
#[derive(Clone)]
pub(crate) struct Told {
    /// Of which area or thing.
    pub(crate) area: Box<str>,
    /// How many rows; of a file they are counted while it is made.
    pub(crate) rows: Rows,
    /// The file that it is.
    pub(crate) export: Option<Arc<ExportRecord>>,
}

/// A count that goes on while an answer is made. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Rows(Arc<AtomicU64>);

impl Rows {
    /// So many more.
    pub(crate) fn add(&self, rows: usize) {
        self.0.fetch_add(rows as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Told {
    fn entry(
        &self,
        state: &AppState,
        access: &Access,
        action: &str,
        content_hash: Option<[u8; 32]>,
    ) -> AuditEntry {
        let entry = AuditEntry {
            area: self.area.clone(),
            rows: self.rows.get(),
            columns: access.operation().columns.join(",").into(),
            content_hash,
            ..access.entry(state, action)
        };
        match &self.export {
            Some(export) => {
                AuditEntry { purpose: export.purpose.clone(), export: export.id.clone(), ..entry }
            }
            None => entry,
        }
    }

    /// Puts the answer on record, and lets it go only then. Of a file the beginning is on record before its first piece
    /// leaves, the end, with its hash and rows, before its last.
    ///
    /// # Errors
    /// When the record cannot be written; then nothing leaves.
    pub(crate) async fn record(
        self,
        state: &AppState,
        access: &Access,
        response: Response,
    ) -> Result<Response, ApiError> {
        let action = if self.export.is_some() { "export" } else { "read" };
        state.service().append(self.entry(state, access, action, None)).await?;
        if self.export.is_none() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let (send, receive) = mpsc::channel(PIECES_AHEAD);
        tokio::spawn(hashed(state.clone(), access.clone(), self, body, send));
        Ok(Response::from_parts(parts, Body::from_stream(ReceiverStream::new(receive))))
    }
}

/// Passes a file on piece by piece and keeps the last back until its end is on record.
async fn hashed(
    state: AppState,
    access: Access,
    told: Told,
    body: Body,
    send: mpsc::Sender<Result<axum::body::Bytes, axum::Error>>,
) {
    let mut pieces = body.into_data_stream();
    let mut hasher = blake3::Hasher::new();
    let mut kept = None;
    while let Some(piece) = pieces.next().await {
        let piece = match piece {
            Ok(piece) => piece,
            Err(error) => {
                let _ = send.send(Err(error)).await;
                return;
            }
        };
        hasher.update(&piece);
        if let Some(before) = kept.replace(piece)
            && send.send(Ok(before)).await.is_err()
        {
            return;
        }
    }
    let hash = *hasher.finalize().as_bytes();
    match state.service().append(told.entry(&state, &access, "export-end", Some(hash))).await {
        Ok(_) => {
            if let Some(last) = kept {
                let _ = send.send(Ok(last)).await;
            }
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "export broken off");
            let _ = send.send(Err(axum::Error::new(error))).await;
        }
    }
}
