//! Who looks at what waits for a person, and what was decided of it: never by two at once.

use async_trait::async_trait;
use diachiso_model::Timestamp;

use super::{AuditEntry, OrderKind, ServiceError};

/// Columns of a mark.
pub(super) const MARK: &str =
    "item, claimed_by, claimed_until, order_id, decided_by, decided_at, undoes";
/// Whether an order is not carried out yet, or was by a run after the one that was seen.
pub(super) const PAST: &str = "select state = 'waiting' or (state = 'done' and coalesce(run, 0) > $1) \
                               from orders where id = $2";
/// An order by its number.
pub(super) const ORDER: &str = "select id, batch, kind, body, by, why from orders where id = $1";
/// Keeps a claim.
pub(super) const CLAIM: &str = "insert into reviews (item, claimed_by, claimed_until) values ($1, $2, $3) \
                                on conflict (item) do update set claimed_by = excluded.claimed_by, \
                                claimed_until = excluded.claimed_until";
/// Ends the claim of whoever asks.
pub(super) const RELEASE: &str = "update reviews set claimed_by = null, claimed_until = null where item = $1 and claimed_by = $2";
/// Keeps who decided, and ends the claim.
pub(super) const DECIDE: &str = "insert into reviews (item, order_id, decided_by, decided_at) values ($1, $2, $3, $4) \
                                 on conflict (item) do update set claimed_by = null, claimed_until = null, \
                                 order_id = excluded.order_id, decided_by = excluded.decided_by, \
                                 decided_at = excluded.decided_at, undoes = false";
/// Keeps who took a decision back, if it stands.
pub(super) const UNDO: &str = "update reviews set claimed_by = null, claimed_until = null, order_id = $2, decided_by = $3, \
                               decided_at = $4, undoes = true where item = $1 and order_id = $5 and not undoes";

/// A claim that holds until an instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReviewClaim {
    /// Who looks at it: the name of the token.
    pub by: Box<str>,
    /// Until when nobody else may decide.
    pub until: Timestamp,
}

/// The last order that a decision about a thing gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReviewOrder {
    /// Number of the order.
    pub order: i64,
    /// Who decided: the name of the token.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Whether it takes the decision before back.
    pub undoes: bool,
}

/// What is known of a thing that waits, or waited.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReviewMark {
    /// Id of the submission or proposal.
    pub item: Box<str>,
    /// The claim on it, which may have expired.
    pub claim: Option<ReviewClaim>,
    /// What was ordered last.
    pub order: Option<ReviewOrder>,
}

/// Who asks, when, and what they saw.
#[derive(Clone, Copy, Debug)]
pub struct Reviewing<'a> {
    /// Id of the submission or proposal.
    pub item: &'a str,
    /// Who asks: the name of the token.
    pub by: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Number of the run in which the thing was seen to wait: a decision that a later run carried out is not known to whoever
    /// asks.
    pub run: i64,
}

/// Whether somebody may look at a thing, or decide of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reviewed<T> {
    /// They may; with what came of it.
    Done(T),
    /// Somebody else looks at it.
    Claimed(ReviewClaim),
    /// It is decided already, by this order.
    Decided(ReviewOrder),
}

/// Keeps claims and decisions. Each step is one transaction with its entry, whatever process takes it.
#[async_trait]
pub trait ReviewStore: Send + Sync {
    /// Keeps a thing for whoever asks until an instant, or longer if it is theirs already.
    async fn claim_review(
        &self,
        who: Reviewing<'_>,
        until: Timestamp,
        entry: &AuditEntry,
    ) -> Result<Reviewed<ReviewClaim>, ServiceError>;
    /// Ends a claim of whoever asks before its time, so that others may look at once; that of somebody else holds. Where nobody
    /// holds one that is all.
    async fn release_review(
        &self,
        who: Reviewing<'_>,
        entry: &AuditEntry,
    ) -> Result<Reviewed<()>, ServiceError>;
    /// Keeps an order about a thing, unless somebody else has claimed or decided it; the claim ends. Answers with the number of
    /// the order.
    async fn decide_review(
        &self,
        who: Reviewing<'_>,
        kind: &OrderKind,
        why: &str,
        entry: &AuditEntry,
    ) -> Result<Reviewed<i64>, ServiceError>;
    /// Keeps an order that takes back what the order `undone` decided, unless something else was decided or taken back since;
    /// `None` then.
    async fn undo_review(
        &self,
        who: Reviewing<'_>,
        undone: i64,
        order: (&OrderKind, &str),
        entry: &AuditEntry,
    ) -> Result<Option<i64>, ServiceError>;
    /// The decisions of an order, if there is one of this number.
    async fn order_kind(&self, order: i64) -> Result<Option<OrderKind>, ServiceError>;
    /// What is known of some things, those alone of which anything is.
    async fn reviews(&self, items: &[&str]) -> Result<Vec<ReviewMark>, ServiceError>;
}
