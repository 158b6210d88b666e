//! Rows of the service's tables as values, whichever database they come from.

use diachiso_model::{
    AreaOn, Choice, Date, Decision, DecisionKind, Grant, SavedArea, SubjectRequest,
    SubjectRequestKind, Timestamp,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::{
    AuditAnchor, AuditEntry, AuditHash, AuditRecord, BatchOutcome, BatchRecord, BatchState,
    ExportRecord, NewBatch, NewSubmission, Order, OrderKind, OrderState, ReviewClaim, ReviewMark,
    ReviewOrder, SavedAreaRecord, ServiceError, TokenRecord,
};

/// Columns of a token.
pub(super) const TOKEN: &str = "id, label, grants, created_at, expires_at, revoked_at";
/// Columns of a batch.
pub(super) const BATCH: &str =
    "id, owner, key, by, request, spool, hash, bytes, received_at, state, outcome, changed_at";

/// Where a value stands that cannot be read, and why.
pub(super) struct Unreadable(&'static str, String);

impl Unreadable {
    fn of(what: &'static str) -> impl Fn(&dyn ToString) -> Self {
        move |why| Self(what, why.to_string())
    }

    /// The error of the database of a name.
    pub(super) fn at(self, name: &str) -> ServiceError {
        ServiceError::Corrupt { path: name.to_owned(), what: self.0, reason: self.1 }
    }
}

type Read<T> = Result<T, Unreadable>;

fn moment(us: i64) -> Read<Timestamp> {
    Timestamp::from_microsecond(us).map_err(|e| Unreadable::of("moment")(&e))
}

fn day(text: &str) -> Read<Date> {
    text.parse().map_err(|e: jiff::Error| Unreadable::of("day")(&e))
}

fn hash_of(bytes: &[u8]) -> Read<AuditHash> {
    bytes.try_into().map_err(|_| Unreadable::of("hash")(&format!("{} bytes", bytes.len())))
}

/// JSON of what the program made itself.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Units on days, one a line.
pub(super) fn lines(units: &[AreaOn]) -> String {
    units.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A saved area.
#[derive(FromRow)]
pub(super) struct AreaRow {
    id: String,
    name: String,
    units: String,
    made_by: String,
    made_at: i64,
    changed_by: String,
    changed_at: i64,
}

impl AreaRow {
    pub(super) fn read(self) -> Read<SavedAreaRecord> {
        let unreadable = Unreadable::of("saved area");
        let units = self.units.lines().map(str::parse).collect::<Result<Vec<AreaOn>, _>>();
        let units = units.map_err(|e| unreadable(&e))?;
        let id = self.id.parse().map_err(|e: diachiso_model::AreaIdError| unreadable(&e))?;
        Ok(SavedAreaRecord {
            area: SavedArea::new(id, &self.name, units).map_err(|e| unreadable(&e))?,
            made_by: self.made_by.into(),
            made_at: moment(self.made_at)?,
            changed_by: self.changed_by.into(),
            changed_at: moment(self.changed_at)?,
        })
    }
}

/// A token.
#[derive(FromRow)]
pub(super) struct TokenRow {
    id: i64,
    label: String,
    grants: String,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl TokenRow {
    pub(super) fn read(self) -> Read<TokenRecord> {
        let grants = self.grants.lines().map(str::parse).collect::<Result<Vec<Grant>, _>>();
        Ok(TokenRecord {
            id: self.id,
            label: self.label.into(),
            grants: grants.map_err(|e| Unreadable::of("grants of a token")(&e))?,
            created_at: moment(self.created_at)?,
            expires_at: moment(self.expires_at)?,
            revoked_at: self.revoked_at.map(moment).transpose()?,
        })
    }
}

/// Number and hash of an entry of the audit log.
#[derive(FromRow)]
pub(super) struct AnchorRow {
    seq: i64,
    hash: Vec<u8>,
}

impl AnchorRow {
    pub(super) fn read(self) -> Read<AuditAnchor> {
        Ok(AuditAnchor { seq: self.seq, hash: hash_of(&self.hash)? })
    }
}

/// An entry of the audit log.
#[derive(FromRow)]
pub(super) struct AuditRow {
    seq: i64,
    at: i64,
    who: String,
    action: String,
    operation: String,
    area: String,
    purpose: String,
    row_count: i64,
    columns: String,
    export: String,
    content_hash: Option<Vec<u8>>,
    hash: Vec<u8>,
}

impl AuditRow {
    pub(super) fn read(self) -> Read<AuditRecord> {
        Ok(AuditRecord {
            anchor: AuditAnchor { seq: self.seq, hash: hash_of(&self.hash)? },
            entry: AuditEntry {
                at: moment(self.at)?,
                who: self.who.into(),
                action: self.action.into(),
                operation: self.operation.into(),
                area: self.area.into(),
                purpose: self.purpose.into(),
                rows: self.row_count.cast_unsigned(),
                columns: self.columns.into(),
                export: self.export.into(),
                content_hash: self.content_hash.as_deref().map(hash_of).transpose()?,
            },
        })
    }
}

/// A file that was handed out.
#[derive(FromRow)]
pub(super) struct ExportRow {
    made_at: i64,
    expires_at: i64,
    who: String,
    operation: String,
    area: String,
    purpose: String,
    format: String,
}

impl ExportRow {
    pub(super) fn read(self, id: &str) -> Read<ExportRecord> {
        Ok(ExportRecord {
            id: id.into(),
            made_at: moment(self.made_at)?,
            expires_at: moment(self.expires_at)?,
            who: self.who.into(),
            operation: self.operation.into(),
            area: self.area.into(),
            purpose: self.purpose.into(),
            format: self.format.into(),
        })
    }
}

/// A request of a data subject.
#[derive(FromRow)]
pub(super) struct RequestRow {
    id: i64,
    kind: String,
    about: String,
    received_on: String,
    answer_by: String,
    complete_by: String,
    recorded_by: String,
    answered_on: Option<String>,
    completed_on: Option<String>,
    outcome: Option<String>,
}

impl RequestRow {
    pub(super) fn read(self) -> Read<SubjectRequest> {
        let kind = SubjectRequestKind::from_key(&self.kind)
            .ok_or_else(|| Unreadable::of("kind of a request")(&self.kind))?;
        Ok(SubjectRequest {
            id: self.id,
            kind,
            about: self.about.into(),
            received_on: day(&self.received_on)?,
            answer_by: day(&self.answer_by)?,
            complete_by: day(&self.complete_by)?,
            recorded_by: self.recorded_by.into(),
            answered_on: self.answered_on.as_deref().map(day).transpose()?,
            completed_on: self.completed_on.as_deref().map(day).transpose()?,
            outcome: self.outcome.map(Into::into),
        })
    }
}

/// A batch.
#[derive(FromRow)]
pub(super) struct BatchRow {
    id: i64,
    owner: i64,
    key: Option<String>,
    by: String,
    request: String,
    spool: String,
    hash: String,
    bytes: i64,
    received_at: i64,
    state: String,
    outcome: String,
    changed_at: i64,
}

impl BatchRow {
    pub(super) fn read(self) -> Read<BatchRecord> {
        let outcome: BatchOutcome = serde_json::from_str(&self.outcome)
            .map_err(|e| Unreadable::of("outcome of a batch")(&e))?;
        let request = serde_json::from_str(&self.request)
            .map_err(|e| Unreadable::of("request of a batch")(&e))?;
        let state = BatchState::from_key(&self.state)
            .ok_or_else(|| Unreadable::of("state of a batch")(&self.state))?;
        Ok(BatchRecord {
            id: self.id,
            batch: NewBatch {
                owner: self.owner,
                key: self.key.map(Into::into),
                by: self.by.into(),
                request,
                spool: self.spool.into(),
                hash: self.hash.into(),
                bytes: self.bytes.cast_unsigned(),
                received_at: moment(self.received_at)?,
            },
            state,
            outcome,
            changed_at: moment(self.changed_at)?,
        })
    }
}

/// A decision as JSON.
#[derive(Serialize, Deserialize)]
struct Written {
    kind: Box<str>,
    target: Box<str>,
    choice: Box<str>,
    by: Box<str>,
    at: Timestamp,
    why: Box<str>,
}

impl From<&Decision> for Written {
    fn from(d: &Decision) -> Self {
        Self {
            kind: d.kind().as_str().into(),
            target: d.target().into(),
            choice: d.choice().as_str().into(),
            by: d.by().into(),
            at: d.at(),
            why: d.why().into(),
        }
    }
}

impl Written {
    fn read(&self) -> Option<Decision> {
        let (kind, choice) = (DecisionKind::from_key(&self.kind)?, Choice::from_key(&self.choice)?);
        Decision::new(kind, &self.target, choice, &self.by, self.at, &self.why).ok()
    }
}

/// Kind and body of an order as they are kept.
pub(super) fn written(kind: &OrderKind) -> (&'static str, String) {
    match kind {
        OrderKind::Release(held) => ("release", json(held)),
        OrderKind::Discard(held) => ("discard", json(held)),
        OrderKind::Decide(decisions) => {
            ("decide", json(&decisions.iter().map(Written::from).collect::<Vec<_>>()))
        }
    }
}

/// An order.
#[derive(FromRow)]
pub(super) struct OrderRow {
    id: i64,
    batch: Option<i64>,
    kind: String,
    body: String,
    by: String,
    why: String,
}

impl OrderRow {
    pub(super) fn read(self) -> Read<Order> {
        let wrong = |e: serde_json::Error| Unreadable::of("order")(&e);
        let kind = match &*self.kind {
            "release" => OrderKind::Release(serde_json::from_str(&self.body).map_err(wrong)?),
            "discard" => OrderKind::Discard(serde_json::from_str(&self.body).map_err(wrong)?),
            _ => {
                let written: Vec<Written> = serde_json::from_str(&self.body).map_err(wrong)?;
                let read = written.iter().map(Written::read).collect::<Option<_>>();
                OrderKind::Decide(read.ok_or_else(|| Unreadable::of("order")(&"no decision"))?)
            }
        };
        let (by, why) = (self.by.into(), self.why.into());
        Ok(Order { id: self.id, batch: self.batch, kind, by, why })
    }
}

/// What came of an order.
#[derive(FromRow)]
pub(super) struct OrderStateRow {
    state: String,
    run: Option<i64>,
    fault: Option<String>,
}

impl OrderStateRow {
    pub(super) fn read(self) -> OrderState {
        match &*self.state {
            "done" => OrderState::Done(self.run),
            "failed" => OrderState::Failed(self.fault.unwrap_or_default().into()),
            _ => OrderState::Waiting,
        }
    }
}

/// State, run and fault of an order as they are kept; `None` of one that waits.
pub(super) fn settled(state: &OrderState) -> Option<(&'static str, Option<i64>, Option<&str>)> {
    match state {
        OrderState::Waiting => None,
        OrderState::Done(run) => Some(("done", *run, None)),
        OrderState::Failed(fault) => Some(("failed", None, Some(&**fault))),
    }
}

/// What is known of a thing that waits for a person.
#[derive(FromRow)]
pub(super) struct MarkRow {
    item: String,
    claimed_by: Option<String>,
    claimed_until: Option<i64>,
    order_id: Option<i64>,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    undoes: bool,
}

impl MarkRow {
    pub(super) fn read(self) -> Read<ReviewMark> {
        let claim = match (self.claimed_by, self.claimed_until) {
            (Some(by), Some(until)) => Some(ReviewClaim { by: by.into(), until: moment(until)? }),
            _ => None,
        };
        let order = match (self.order_id, self.decided_by, self.decided_at) {
            (Some(order), Some(by), Some(at)) => {
                let (by, at) = (by.into(), moment(at)?);
                Some(ReviewOrder { order, by, at, undoes: self.undoes })
            }
            _ => None,
        };
        Ok(ReviewMark { item: self.item.into(), claim, order })
    }
}

/// A submission that waits.
#[derive(FromRow)]
pub(super) struct SubmissionRow {
    id: String,
    cells: String,
    owner: i64,
}

impl SubmissionRow {
    pub(super) fn read(self) -> NewSubmission {
        NewSubmission { id: self.id.into(), cells: self.cells.into(), owner: self.owner }
    }
}

/// Since when the oldest of them waits.
pub(super) fn since(us: Option<i64>) -> Read<Option<Timestamp>> {
    us.map(moment).transpose()
}
