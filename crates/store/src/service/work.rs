//! What is handed in and waits to be processed: batches of files, single submissions, and orders about what is held or
//! published. What stands here was answered for: it is processed once, whatever happens meanwhile.

use async_trait::async_trait;
use diachiso_model::{Decision, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AuditEntry, ServiceError, WorkLock};

/// What a batch holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchKind {
    /// Submissions.
    Submissions,
    /// A register.
    Register,
    /// A list of poor households, which is a register of the source `welfare`.
    Poor,
}

impl BatchKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Submissions, Self::Register, Self::Poor];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["submissions", "register", "poor"][self as usize]
    }

    /// The kind of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == key)
    }
}

/// What people said of a batch when they handed it in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BatchRequest {
    /// What it holds.
    pub kind: BatchKind,
    /// What people call the file.
    pub name: Box<str>,
    /// On what ground its data is processed.
    pub legal_basis: Box<str>,
    /// What for.
    pub purpose: Box<str>,
    /// How strict the rules are; as in the run before when nothing is said.
    pub profile: Option<Box<str>>,
    /// Text of the mapping file.
    pub mapping: Option<Box<str>>,
    /// Sheets that are read; all that hold households when none is named.
    pub sheets: Vec<Box<str>>,
}

/// A batch whose file is on disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewBatch {
    /// The caller's key by which a repeated request is known, if it has one.
    pub key: Option<Box<str>>,
    /// Whose key it is: the number of the token.
    pub owner: i64,
    /// Who hands it in.
    pub by: Box<str>,
    /// What was said of it.
    pub request: BatchRequest,
    /// Name of its file in the folder of files that wait.
    pub spool: Box<str>,
    /// BLAKE3 of the bytes, hexadecimal.
    pub hash: Box<str>,
    /// Size.
    pub bytes: u64,
    /// When it came.
    pub received_at: Timestamp,
}

/// Where a batch stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchState {
    /// It waits for its turn.
    Queued,
    /// A run is at work on it.
    Running,
    /// It is published.
    Published,
    /// The guard rails hold it until somebody answers for it.
    Held,
    /// It cannot be used; nothing of it is published.
    Failed,
    /// It was published and is taken out again.
    Withdrawn,
    /// It was held and is thrown away.
    Discarded,
}

impl BatchState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Published,
        Self::Held,
        Self::Failed,
        Self::Withdrawn,
        Self::Discarded,
    ];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["queued", "running", "published", "held", "failed", "withdrawn", "discarded"]
            [self as usize]
    }

    /// The state of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == key)
    }

    /// Whether nothing happens to it any more unless somebody asks for it.
    #[must_use]
    pub fn rests(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// What came of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct BatchOutcome {
    /// The run that published it, or took it out again.
    pub run: Option<i64>,
    /// Number of the held batch in the store.
    pub held: Option<i64>,
    /// Why it is held.
    pub reasons: Vec<String>,
    /// The rule that it breaks as a whole.
    pub rule: Option<Box<str>>,
    /// What is wrong with it, in words for whoever handed it in.
    pub fault: Option<Box<str>>,
    /// Names of its tables in the published state: the file, or its sheets.
    pub tables: Vec<Box<str>>,
    /// Rows read; not known of a batch whose process ended before it was noted.
    pub rows: Option<u64>,
    /// Rows by verdict, where `rows` is known.
    pub verdicts: Option<[u64; 4]>,
}

/// A batch as kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchRecord {
    /// Its number, from 1; never given twice.
    pub id: i64,
    /// As it was handed in.
    pub batch: NewBatch,
    /// Where it stands.
    pub state: BatchState,
    /// What came of it.
    pub outcome: BatchOutcome,
    /// When it came to where it stands.
    pub changed_at: Timestamp,
}

/// What became of handing a batch in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Handed {
    /// It is kept now under this number.
    Kept(i64),
    /// The same was handed in under the same key: it is this batch.
    Repeated(i64),
    /// Something else was handed in under the same key, as this batch.
    Other(i64),
}

/// What somebody orders to be done in a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrderKind {
    /// To publish a held batch of the store.
    Release(i64),
    /// To throw a held batch of the store away.
    Discard(i64),
    /// To put decisions on record.
    Decide(Vec<Decision>),
}

/// An order that is kept until it is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Its number, from 1.
    pub id: i64,
    /// The batch that it is about, if it is about one.
    pub batch: Option<i64>,
    /// What shall be done.
    pub kind: OrderKind,
    /// Who orders it.
    pub by: Box<str>,
    /// Why.
    pub why: Box<str>,
}

/// What came of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrderState {
    /// It waits for its turn.
    Waiting,
    /// It is done, in this run if it took one.
    Done(Option<i64>),
    /// It cannot be done, for this reason.
    Failed(Box<str>),
}

/// A submission that is answered for and waits to be published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSubmission {
    /// Its id, 32 hexadecimal digits.
    pub id: Box<str>,
    /// Its cells as a line of JSON under the titles of columns; identity numbers sealed.
    pub cells: Box<str>,
    /// Number of the token that handed it in.
    pub owner: i64,
}

/// What waits to be processed.
#[async_trait]
pub trait WorkStore: Send + Sync {
    /// Keeps a batch, unless something was handed in under its key. The entry is of the batch, by the number that it gets.
    async fn hand_in(&self, batch: &NewBatch, entry: &AuditEntry) -> Result<Handed, ServiceError>;
    /// The batch of a number.
    async fn batch(&self, id: i64) -> Result<Option<BatchRecord>, ServiceError>;
    /// Batches with numbers below `before`, newest first, at most `limit`.
    async fn batches(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<BatchRecord>, ServiceError>;
    /// The right to do what waits: nobody else has it until it is given back. `None` where another has it; a database
    /// of one server gives it to everybody, for its spool has a lock of its own.
    async fn work_lock(&self) -> Result<Option<WorkLock>, ServiceError>;
    /// The oldest batch that is running (it was left by a process that is no more) or waits. Where several servers
    /// share the database, and each may have a spool of its own, only one whose file is `here`.
    async fn next_batch(&self, here: &[Box<str>]) -> Result<Option<BatchRecord>, ServiceError>;
    /// Moves a batch from one state to another, if it is still there; answers whether it was.
    async fn move_batch(
        &self,
        id: i64,
        from: BatchState,
        to: BatchState,
        outcome: &BatchOutcome,
    ) -> Result<bool, ServiceError>;
    /// Names of the files in the folder that batches still need.
    async fn spooled(&self) -> Result<Vec<Box<str>>, ServiceError>;
    /// Keeps an order, signed by a name and a reason.
    async fn order(
        &self,
        batch: Option<i64>,
        kind: &OrderKind,
        signed: (&str, &str),
        entry: &AuditEntry,
    ) -> Result<i64, ServiceError>;
    /// Orders that wait, oldest first, at most `limit`.
    async fn orders(&self, limit: u32) -> Result<Vec<Order>, ServiceError>;
    /// What came of an order; `None` where there is none of this number.
    async fn order_state(&self, id: i64) -> Result<Option<OrderState>, ServiceError>;
    /// Whether an order about a batch waits.
    async fn ordered(&self, batch: i64) -> Result<bool, ServiceError>;
    /// Says what came of orders.
    async fn settle_orders(&self, ids: &[i64], state: &OrderState) -> Result<(), ServiceError>;
    /// Keeps submissions of any number of requests, with an entry for each request, all or none; those that are known already
    /// change nothing.
    async fn submit(
        &self,
        submissions: &[NewSubmission],
        entries: &[AuditEntry],
    ) -> Result<(), ServiceError>;
    /// How many submissions wait to be put into a batch, and since when the oldest does.
    async fn waiting(&self) -> Result<(u64, Option<Timestamp>), ServiceError>;
    /// Submissions that wait, by id, at most `limit`.
    async fn inbox(&self, limit: u32) -> Result<Vec<NewSubmission>, ServiceError>;
    /// Makes a batch of submissions that wait, in one step.
    async fn bundle(&self, batch: &NewBatch, ids: &[Box<str>]) -> Result<i64, ServiceError>;
    /// The batch that a submission was put into; `Some(None)` while it waits, `None` of one that is unknown.
    async fn submitted(&self, id: &str) -> Result<Option<Option<i64>>, ServiceError>;
}
