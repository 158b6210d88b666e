//! What the service itself must remember: tokens and their grants, what was read and changed by whom.
//!
//! It is written often, and must not wait while a run is published; so beside an embedded store it lives in a second
//! SQLite file (`tinh.gpkg` → `tinh.service.db`). Beside a store on a server it lies in the same database, where any number
//! of servers share it. One trait a subject; [`ServiceStore`] is all of them, and one suite of tests runs on both.

mod areas;
mod audit;
mod erasing;
mod exports;
mod postgres;
mod requests;
mod review;
mod rows;
mod sqlite;
mod tokens;
mod work;

use std::{path::Path, sync::Arc};

pub use areas::{AreaStore, SavedAreaRecord, copy_areas};
pub use audit::{
    AUDIT_GENESIS, AnchorError, AuditAnchor, AuditCheck, AuditEntry, AuditFault, AuditHash,
    AuditLog, AuditRecord,
};
pub use erasing::EraseStore;
pub use exports::{ExportRecord, ExportStore};
pub use postgres::{PgService, WorkLock};
pub use requests::{NewRequest, RequestStore};
pub use review::{ReviewClaim, ReviewMark, ReviewOrder, ReviewStore, Reviewed, Reviewing};
pub use sqlite::SqliteService;
pub use tokens::{NewToken, TokenRecord, TokenStore};
pub use work::{
    BatchKind, BatchOutcome, BatchRecord, BatchRequest, BatchState, Handed, NewBatch,
    NewSubmission, Order, OrderKind, OrderState, WorkStore,
};

/// Why the service's database cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The file is no database of the service.
    #[error("{path}: not a database of diachiso's service ({reason}); move the file away")]
    NotOurs {
        /// The path.
        path: String,
        /// What was found instead.
        reason: String,
    },
    /// It was made by a newer version.
    #[error(
        "{path}: made by a newer diachiso (schema {found}, this program knows {known}); update the program"
    )]
    Newer {
        /// The path.
        path: String,
        /// Schema version found.
        found: i64,
        /// Schema version known.
        known: i64,
    },
    /// The URL names no kind of store known.
    #[error(
        "`{0}` has no database of the service: expected a path ending in .gpkg, or postgres://HOST/DATABASE"
    )]
    Url(String),
    /// There is no room on the disk; what was there before is whole.
    #[error(
        "{path}: hết chỗ trên đĩa, dữ liệu cũ còn nguyên / the disk is full, what is stored is whole; make room and try again"
    )]
    Full {
        /// The path.
        path: String,
    },
    /// Others wrote for too long.
    #[error("{path}: others are writing; try again")]
    Busy {
        /// The path.
        path: String,
    },
    /// The database said no.
    #[error("{path}: {source}")]
    Database {
        /// The path.
        path: String,
        /// What it said.
        source: sqlx::Error,
    },
    /// A stored value cannot be read back.
    #[error("{path}: stored {what} cannot be read: {reason}")]
    Corrupt {
        /// The path.
        path: String,
        /// Which value.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The audit log could not be written, for all that waited for it.
    #[error("the audit log cannot be written: {0}")]
    Audit(Arc<ServiceError>),
    /// The store beside it failed.
    #[error(transparent)]
    Store(crate::StoreError),
}

impl From<crate::StoreError> for ServiceError {
    fn from(error: crate::StoreError) -> Self {
        match error {
            crate::StoreError::Busy { path } => Self::Busy { path },
            crate::StoreError::Full { path } => Self::Full { path },
            crate::StoreError::Database { path, source } => Self::Database { path, source },
            other => Self::Store(other),
        }
    }
}

impl ServiceError {
    /// Whether there is no room on the disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Store(crate::StoreError::Full { .. }) => true,
            Self::Audit(behind) => behind.is_full(),
            _ => false,
        }
    }
}

/// All that the service keeps.
pub trait ServiceStore:
    TokenStore
    + AuditLog
    + ExportStore
    + RequestStore
    + WorkStore
    + ReviewStore
    + AreaStore
    + EraseStore
    + Send
    + Sync
{
    /// Where it is, for messages; never holds a secret.
    fn name(&self) -> &str;
}

/// What the service remembers about the store behind a URL: in a file beside one in a file, made where there is none; in
/// the same database as one on a server, where `diachiso migrate` made the tables.
///
/// # Errors
/// When the URL names no kind of store, or the database cannot be made or used.
pub async fn open_service(url: &str) -> Result<Arc<dyn ServiceStore>, ServiceError> {
    open_service_for(url, None).await
}

/// The same on a server for two logins: one that answers requests, and one that does what waits.
///
/// # Errors
/// As [`open_service`].
pub async fn open_service_for(
    url: &str,
    worker: Option<&str>,
) -> Result<Arc<dyn ServiceStore>, ServiceError> {
    if crate::postgis::is_url(url) {
        return Ok(Arc::new(PgService::open(url, worker).await?));
    }
    let gpkg = Path::new(url);
    let embedded = gpkg.extension().is_some_and(|e| e.eq_ignore_ascii_case("gpkg"));
    if !embedded || url.contains("://") {
        return Err(ServiceError::Url(crate::geopackage::without_credentials(url)));
    }
    Ok(Arc::new(SqliteService::beside(gpkg).await?))
}
