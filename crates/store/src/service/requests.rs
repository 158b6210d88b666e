//! What data subjects asked for, and by when it is due.

use async_trait::async_trait;
use diachiso_model::{Date, SubjectRequest, SubjectRequestKind};

use super::{AuditEntry, ServiceError};

/// A request to keep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRequest {
    /// What is asked for.
    pub kind: SubjectRequestKind,
    /// About what: an id of the store, or a number of the office's own file; never a name.
    pub about: Box<str>,
    /// The day on which it came.
    pub received_on: Date,
    /// Who recorded it.
    pub recorded_by: Box<str>,
}

/// Keeps requests.
#[async_trait]
pub trait RequestStore {
    /// Keeps a new request with its deadlines; answers with its number.
    async fn add_request(
        &self,
        request: &NewRequest,
        entry: &AuditEntry,
    ) -> Result<i64, ServiceError>;
    /// All requests by number.
    async fn requests(&self) -> Result<Vec<SubjectRequest>, ServiceError>;
    /// Notes the day on which the person was answered. `false` when there is no such request, or it was noted before.
    async fn answer_request(
        &self,
        id: i64,
        on: Date,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError>;
    /// Notes the day on which it was done, and how it ended. `false` when there is no such request, or it was noted
    /// before.
    async fn complete_request(
        &self,
        id: i64,
        on: Date,
        outcome: &str,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError>;
}
