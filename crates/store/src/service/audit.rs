//! The record of who read personal data and who changed what: appended to, chained by hashes, never changed.

use std::fmt;

use async_trait::async_trait;
use diachiso_model::Timestamp;

use super::ServiceError;

/// Hash of an entry and of all before it.
pub type AuditHash = [u8; 32];

/// What the first entry follows.
pub const AUDIT_GENESIS: AuditHash = [0; 32];

/// Begins the canonical bytes of every entry, so that they are taken for nothing else.
const CANONICAL: &[u8] = b"diachiso-audit-1";

/// One thing that was read or changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: `token:7`, `oidc:SUBJECT`, `cli:USER`.
    pub who: Box<str>,
    /// `read`, `export`, `export-end`, `refused` or what was changed.
    pub action: Box<str>,
    /// By which operation: `GET /api/v1/areas/{area}/gaps`.
    pub operation: Box<str>,
    /// Of which area or thing, by its code or id; empty where of all.
    pub area: Box<str>,
    /// For what purpose; empty where none was asked for.
    pub purpose: Box<str>,
    /// How many rows.
    pub rows: u64,
    /// Which personal columns, joined by commas.
    pub columns: Box<str>,
    /// Id of the file that was handed out; empty of an answer that is no file.
    pub export: Box<str>,
    /// BLAKE3 of the file, in the entry that tells its end.
    pub content_hash: Option<[u8; 32]>,
}

impl AuditEntry {
    /// An entry of an instant that says nothing more yet.
    #[must_use]
    pub fn empty(at: Timestamp) -> Self {
        let nothing = Box::<str>::default;
        Self {
            at,
            who: nothing(),
            action: nothing(),
            operation: nothing(),
            area: nothing(),
            purpose: nothing(),
            rows: 0,
            columns: nothing(),
            export: nothing(),
            content_hash: None,
        }
    }

    /// The same entry of another thing.
    #[must_use]
    pub(super) fn of(&self, area: String) -> Self {
        Self { area: area.into(), ..self.clone() }
    }

    /// The hash of the entry at a place in the chain: over the hash before it, its number, and every field behind its
    /// length, so that no two entries have the same bytes.
    #[must_use]
    pub fn hash(&self, seq: i64, before: &AuditHash) -> AuditHash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(CANONICAL).update(before).update(&seq.to_le_bytes());
        hasher.update(&self.at.as_microsecond().to_le_bytes()).update(&self.rows.to_le_bytes());
        let texts = [
            &self.who,
            &self.action,
            &self.operation,
            &self.area,
            &self.purpose,
            &self.columns,
            &self.export,
        ];
        for text in texts {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        hasher.update(&[u8::from(self.content_hash.is_some())]);
        hasher.update(&self.content_hash.unwrap_or_default());
        *hasher.finalize().as_bytes()
    }
}

/// A place in the chain, told outside the database so that nobody can cut the chain before it unseen: `41 9f3c…`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuditAnchor {
    /// Number of the entry, from 1; 0 of an empty log.
    pub seq: i64,
    /// Its hash.
    pub hash: AuditHash,
}

impl fmt::Display for AuditAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.seq, blake3::Hash::from_bytes(self.hash).to_hex())
    }
}

/// A text that is no anchor.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is no anchor: expected a number and 64 hexadecimal digits, as `diachiso audit head` prints"
)]
pub struct AnchorError(Box<str>);

impl std::str::FromStr for AuditAnchor {
    type Err = AnchorError;

    fn from_str(text: &str) -> Result<Self, AnchorError> {
        let parts = || {
            let (seq, hash) = text.trim().split_once(' ')?;
            let hash = blake3::Hash::from_hex(hash.trim()).ok()?;
            Some(Self { seq: seq.parse().ok().filter(|seq| *seq >= 0)?, hash: *hash.as_bytes() })
        };
        parts().ok_or_else(|| AnchorError(text.chars().take(80).collect()))
    }
}

/// An entry as kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRecord {
    /// Its number and hash.
    pub anchor: AuditAnchor,
    /// What it says.
    pub entry: AuditEntry,
}

/// Where the log is not what was written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuditFault {
    /// A number is missing: entries were deleted, or put elsewhere.
    #[error("entry {expected} is missing; entry {found} follows")]
    Missing {
        /// The number that should come.
        expected: i64,
        /// The one that comes.
        found: i64,
    },
    /// An entry, or one before it, was changed.
    #[error("entry {0} does not fit its hash: it was changed, or stands where another stood")]
    Changed(i64),
    /// The log ends before an anchor.
    #[error("the log ends with entry {last}, and entry {anchor} was anchored: the end was cut off")]
    Truncated {
        /// The last entry there.
        last: i64,
        /// The entry that was anchored.
        anchor: i64,
    },
    /// The log was written anew.
    #[error("entry {0} is not the one that was anchored: the log was written anew")]
    NotAnchored(i64),
}

/// Checks a chain, entry by entry, against itself and against anchors.
#[derive(Debug)]
pub struct AuditCheck {
    last: AuditAnchor,
    anchors: Vec<AuditAnchor>,
}

impl AuditCheck {
    /// A check that knows of anchors told outside the log.
    #[must_use]
    pub fn new(anchors: Vec<AuditAnchor>) -> Self {
        Self { last: AuditAnchor { seq: 0, hash: AUDIT_GENESIS }, anchors }
    }

    /// The next entry.
    ///
    /// # Errors
    /// When it is not the one that was written there.
    pub fn next(&mut self, record: &AuditRecord) -> Result<(), AuditFault> {
        let seq = self.last.seq + 1;
        if record.anchor.seq != seq {
            return Err(AuditFault::Missing { expected: seq, found: record.anchor.seq });
        }
        let hash = record.entry.hash(seq, &self.last.hash);
        if hash != record.anchor.hash {
            return Err(AuditFault::Changed(seq));
        }
        if self.anchors.iter().any(|a| a.seq == seq && a.hash != hash) {
            return Err(AuditFault::NotAnchored(seq));
        }
        self.last = record.anchor;
        Ok(())
    }

    /// The end of the log; answers with its last entry.
    ///
    /// # Errors
    /// When an anchor lies behind it.
    pub fn end(self) -> Result<AuditAnchor, AuditFault> {
        let last = self.last.seq;
        match self.anchors.iter().map(|a| a.seq).max().filter(|anchor| *anchor > last) {
            Some(anchor) => Err(AuditFault::Truncated { last, anchor }),
            None => Ok(self.last),
        }
    }
}

/// Keeps the log.
///
/// What changes something takes its entry with it, and both are one transaction: neither is there without the other. What
/// is refused, or changes nothing, leaves no entry. Here stand entries of what was told, and of what is done elsewhere.
#[async_trait]
pub trait AuditLog {
    /// Appends an entry; when this returns it is on disk. Entries of callers at the same time share one flush.
    async fn append(&self, entry: AuditEntry) -> Result<AuditAnchor, ServiceError>;
    /// The last entry.
    async fn audit_head(&self) -> Result<AuditAnchor, ServiceError>;
    /// At most `limit` entries behind number `after`, by number.
    async fn audit_page(&self, after: i64, limit: u32) -> Result<Vec<AuditRecord>, ServiceError>;
}
