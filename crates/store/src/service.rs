//! What the service itself must remember: tokens and their grants, what was read and changed by whom.
//!
//! It is written often, and must not wait while a run is published; so beside an embedded store it lives in a second
//! SQLite file (`tinh.gpkg` → `tinh.service.db`). One trait a subject; [`ServiceStore`] is all of them.

mod audit;
mod exports;
mod requests;
mod sqlite;
mod tokens;
mod work;

use std::{path::Path, sync::Arc};

pub use audit::{
    AUDIT_GENESIS, AnchorError, AuditAnchor, AuditCheck, AuditEntry, AuditFault, AuditHash,
    AuditLog, AuditRecord,
};
pub use exports::{ExportRecord, ExportStore};
pub use requests::{NewRequest, RequestStore};
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
    #[error("`{0}` has no database of the service: expected a path ending in .gpkg")]
    Url(String),
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
    Store(#[from] crate::StoreError),
}

/// All that the service keeps.
pub trait ServiceStore:
    TokenStore + AuditLog + ExportStore + RequestStore + WorkStore + Send + Sync
{
    /// Where it is, for messages; never holds a secret.
    fn name(&self) -> &str;
}

/// The service's database that belongs to the store behind a URL; made where there is none. Of a store on a server it is a
/// file in the working directory, named after the database.
///
/// # Errors
/// When the URL names no kind of store, or the database cannot be made or used.
pub async fn open_service(url: &str) -> Result<Arc<dyn ServiceStore>, ServiceError> {
    if crate::postgis::is_url(url) {
        let name = crate::postgis::service_name(url)
            .map_err(|_| ServiceError::Url(crate::geopackage::without_credentials(url)))?;
        return Ok(Arc::new(SqliteService::beside(Path::new(&format!("{name}.gpkg"))).await?));
    }
    let gpkg = Path::new(url);
    let embedded = gpkg.extension().is_some_and(|e| e.eq_ignore_ascii_case("gpkg"));
    if !embedded || url.contains("://") {
        return Err(ServiceError::Url(crate::geopackage::without_credentials(url)));
    }
    Ok(Arc::new(SqliteService::beside(gpkg).await?))
}
