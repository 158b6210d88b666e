//! Files with personal data that were handed out, by the id that each carries.

use async_trait::async_trait;
use diachiso_model::Timestamp;

use super::{AuditEntry, ServiceError};

/// A file that was handed out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExportRecord {
    /// Its id, which stands in the file.
    pub id: Box<str>,
    /// When it was made.
    pub made_at: Timestamp,
    /// From when on it shall be used no more.
    pub expires_at: Timestamp,
    /// Who asked.
    pub who: Box<str>,
    /// By which operation.
    pub operation: Box<str>,
    /// Of which area.
    pub area: Box<str>,
    /// For what.
    pub purpose: Box<str>,
    /// `csv`, `xlsx`, `geojson`.
    pub format: Box<str>,
}

impl ExportRecord {
    /// Whether it may be used at an instant; what comes back of it later is refused.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// Keeps what was handed out. How it ended, with rows and hash, stands in the audit log.
#[async_trait]
pub trait ExportStore {
    /// Keeps one.
    async fn add_export(&self, export: &ExportRecord) -> Result<(), ServiceError>;
    /// The one with an id.
    async fn export(&self, id: &str) -> Result<Option<ExportRecord>, ServiceError>;
    /// Ids of those that are past their end and not closed yet, the oldest first, so many at most.
    async fn ended_exports(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Box<str>>, ServiceError>;
    /// Closes one: for what it was asked is forgotten, that it was is not. `false` when it was closed before, or never was.
    /// When is what the entry says.
    async fn close_export(&self, id: &str, entry: &AuditEntry) -> Result<bool, ServiceError>;
}
