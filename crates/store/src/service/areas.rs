//! Saved areas: named sets of units that anybody may ask for.

use std::path::Path;

use async_trait::async_trait;
use diachiso_model::{AreaId, SavedArea, Timestamp};

use super::{AuditEntry, ServiceError, open_service};

/// A saved area, and who keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SavedAreaRecord {
    /// The area.
    pub area: SavedArea,
    /// Who made it.
    pub made_by: Box<str>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who changed it last.
    pub changed_by: Box<str>,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// Keeps saved areas.
#[async_trait]
pub trait AreaStore {
    /// Keeps an area under its id, in place of one that had it. `only_of` names whose alone may be replaced; `false` when
    /// it is somebody else's. Who saves it and when is what the entry says.
    async fn save_area(
        &self,
        area: &SavedArea,
        only_of: Option<&str>,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError>;
    /// Keeps a record as it came from another store, in place of one with its id.
    async fn take_area(&self, record: &SavedAreaRecord) -> Result<(), ServiceError>;
    /// All of them, by id.
    async fn saved_areas(&self) -> Result<Vec<SavedAreaRecord>, ServiceError>;
    /// The one of an id.
    async fn saved_area(&self, id: &AreaId) -> Result<Option<SavedAreaRecord>, ServiceError>;
    /// Forgets one; `false` when there is none, or it is not of whom `only_of` names.
    async fn remove_area(
        &self,
        id: &AreaId,
        only_of: Option<&str>,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError>;
}

/// Takes the saved areas of a store to another; answers with how many there are.
///
/// # Errors
/// What opening, reading and writing says.
pub async fn copy_areas(from: &str, to: &str) -> Result<u64, ServiceError> {
    // Nothing is made beside a file of which the service never remembered anything.
    let beside = super::sqlite::path_beside(Path::new(from));
    if !crate::postgis::is_url(from) && !beside.exists() {
        return Ok(0);
    }
    let records = open_service(from).await?.saved_areas().await?;
    if records.is_empty() {
        return Ok(0);
    }
    let to = open_service(to).await?;
    for record in &records {
        to.take_area(record).await?;
    }
    Ok(records.len() as u64)
}
