//! Tokens: who shows one may what its grants say, until it expires or is revoked.

use async_trait::async_trait;
use diachiso_model::{Grant, Timestamp};

use super::{AuditEntry, ServiceError};

/// A token to keep.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Hash of its text.
    pub hash: [u8; 32],
    /// What it is for, or whose it is.
    pub label: Box<str>,
    /// What it grants; at least one.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A token as kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenRecord {
    /// Number, by which people name it; never given twice.
    pub id: i64,
    /// What it is for, or whose it is.
    pub label: Box<str>,
    /// What it grants.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl TokenRecord {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.revoked_at.is_none_or(|at| now < at)
    }
}

/// Keeps tokens.
#[async_trait]
pub trait TokenStore {
    /// Keeps a new token; answers with its number.
    async fn add_token(&self, token: &NewToken, entry: &AuditEntry) -> Result<i64, ServiceError>;
    /// The token with a hash, whether or not it holds.
    async fn token(&self, hash: [u8; 32]) -> Result<Option<TokenRecord>, ServiceError>;
    /// All tokens by number.
    async fn tokens(&self) -> Result<Vec<TokenRecord>, ServiceError>;
    /// Lets a token hold until `at` and no longer, unless it ends before. `false` when there is no such token.
    async fn revoke_token(
        &self,
        id: i64,
        at: Timestamp,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError>;
    /// Keeps `new` in place of a token that is revoked from `old_until` on, in one transaction. `None` when there is no
    /// such token, or it holds no more.
    async fn rotate_token(
        &self,
        id: i64,
        new: &NewToken,
        old_until: Timestamp,
        entry: &AuditEntry,
    ) -> Result<Option<i64>, ServiceError>;
}
