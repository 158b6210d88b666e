//! Where batches, single submissions and orders are handed in while a service runs, and what is done about them.
//!
//! What the desk answered for is on disk: the file of a batch and its row in the service's database are flushed before it
//! says yes, and with it, in one transaction, the entry of the audit log that says who asked for what. One worker takes up what waits, the oldest first, whatever process it was handed to; a process that dies
//! leaves its work to the next. Nothing is done twice: a run is one transaction of the store, and whoever takes up work
//! that was begun looks first whether the store has it already (its files by their hashes, its decisions by their
//! instants).

mod erasing;
mod inbox;
mod meter;
mod review;
mod spool;
mod worker;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use diachiso_model::{Date, Decision, DecisionKind, GuardLimits, Profile, Timestamp};
use diachiso_store::{
    AuditEntry, BatchRecord, BatchRequest, BatchState, Handed, NewBatch, NewSubmission, OrderKind,
    ServiceError, ServiceStore, Store,
};
use tokio::sync::Notify;

use crate::{Acceptance, JobError, Key, Retention, find_held, resident::Resident};

pub use meter::Progressed;
pub use spool::{Incoming, MAX_BATCH_BYTES};

use inbox::Scribe;
use meter::Meter;
use spool::Spool;

/// How a desk works.
#[derive(Clone, Debug)]
pub struct DeskSettings {
    /// Folder of the files that wait; made where there is none.
    pub spool: PathBuf,
    /// What seals identity numbers.
    pub key: Key,
    /// Beyond which limits a batch looks like a mistake.
    pub guard: GuardLimits,
    /// The day that counts as today; the system's when nothing is said.
    pub today: Option<Date>,
    /// How long a single submission waits at most before a run publishes it.
    pub publish_every: Duration,
    /// Rows and households up to which the state stays in memory between runs; 0 never keeps it.
    pub keep_rows: usize,
    /// How long the personal cells of a file of submissions are kept; a day that was chosen for a file goes before. Where
    /// nothing is told nothing is erased by itself.
    pub retention: Retention,
}

/// What [`DeskSettings::keep_rows`] is when nothing is said: a million rows and a million households take about 1.4 GB.
pub const KEEP_ROWS: usize = 3_000_000;

impl DeskSettings {
    /// The usual settings over a folder.
    #[must_use]
    pub fn new(spool: PathBuf, key: Key) -> Self {
        let publish_every = Duration::from_secs(30);
        let guard = GuardLimits::default();
        let (today, retention) = (None, Retention::default());
        Self { spool, key, guard, today, publish_every, keep_rows: KEEP_ROWS, retention }
    }
}

/// Why the desk cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The service's database fails.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The job cannot be done.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The folder of files that wait fails.
    #[error("{path}: {source}")]
    Spool {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// More bytes than a batch may have.
    #[error("the file has more than the {} MiB that are taken in at once", MAX_BATCH_BYTES >> 20)]
    TooLarge,
    /// No byte at all.
    #[error("the file is empty")]
    Empty,
    /// There is no such batch.
    #[error("there is no batch {0}")]
    NoBatch(i64),
    /// The batch is not where it must be for this.
    #[error("batch {batch} is {}", state.as_str())]
    Elsewhere {
        /// Its number.
        batch: i64,
        /// Where it stands.
        state: BatchState,
    },
    /// Submissions could not be written down.
    #[error(transparent)]
    Unwritten(Arc<ServiceError>),
    /// Another is at work on the store, or what waits elsewhere has to be done first.
    #[error("other work comes first")]
    Busy,
    /// The process is about to end.
    #[error("the service is stopping")]
    Stopping,
}

/// The desk of a service; one for each process, any number over one store.
pub struct Desk {
    store: Arc<dyn Store>,
    service: Arc<dyn ServiceStore>,
    spool: Spool,
    settings: DeskSettings,
    scribe: Scribe,
    /// Told whenever something new waits.
    wake: Notify,
    /// Whether the process is about to end.
    stopping: tokio::sync::watch::Sender<bool>,
    /// The batch that a run of this process is at work on, and how far it is.
    at_work: Mutex<Option<(i64, Arc<Meter>)>>,
    /// Whose turn it is in this process: one thing is done at a time.
    turns: tokio::sync::Mutex<()>,
    /// Files past their end that were erased, by their hashes.
    let_go_of: Mutex<BTreeSet<Box<str>>>,
    /// The state of the newest run of this process, by which the next judges only what is new.
    resident: Arc<Resident>,
}

impl Desk {
    /// A desk over a store; [`Desk::work`] must run for anything to be done.
    ///
    /// # Errors
    /// When the folder of files that wait cannot be made.
    pub fn new(
        store: Arc<dyn Store>,
        service: Arc<dyn ServiceStore>,
        settings: DeskSettings,
    ) -> Result<Self, DeskError> {
        let spool = Spool::new(&settings.spool)?;
        let scribe = Scribe::new(Arc::clone(&service));
        let (wake, at_work) = (Notify::new(), Mutex::new(None));
        let stopping = tokio::sync::watch::Sender::new(false);
        let resident = Arc::new(Resident::new(settings.keep_rows));
        Ok(Self {
            store,
            service,
            spool,
            settings,
            scribe,
            wake,
            stopping,
            at_work,
            turns: tokio::sync::Mutex::default(),
            let_go_of: Mutex::default(),
            resident,
        })
    }

    /// A file that is about to come.
    ///
    /// # Errors
    /// When none can be made, or the key is not that of the numbers in the store: no batch could be processed.
    pub async fn incoming(&self) -> Result<Incoming, DeskError> {
        self.check_key().await?;
        self.spool.incoming()
    }

    async fn check_key(&self) -> Result<(), DeskError> {
        match self.store.latest_run().await.map_err(JobError::from)? {
            Some(last) => Ok(self.settings.key.check(&last.sealed)?),
            None => Ok(()),
        }
    }

    /// Takes a batch in whose file has come whole, of whom the entry names: from here on it will be processed.
    ///
    /// # Errors
    /// When it cannot be kept; the file is let go of then, and where the same request was answered before.
    pub async fn hand_in(
        &self,
        file: Incoming,
        key: Option<&str>,
        request: BatchRequest,
        entry: &AuditEntry,
    ) -> Result<Handed, DeskError> {
        let whole = file.finish().await?;
        let batch = NewBatch {
            key: key.map(Into::into),
            owner: owner(&entry.who),
            by: entry.who.clone(),
            request,
            spool: whole.name().into(),
            hash: whole.hash().into(),
            bytes: whole.bytes(),
            received_at: Timestamp::now(),
        };
        let handed = self.service.hand_in(&batch, entry).await?;
        if let Handed::Kept(_) = handed {
            whole.keep();
        }
        self.wake.notify_one();
        Ok(handed)
    }

    /// A batch as it stands now.
    ///
    /// # Errors
    /// [`DeskError::NoBatch`] where there is none.
    pub async fn batch(&self, id: i64) -> Result<BatchRecord, DeskError> {
        let mut record = self.service.batch(id).await?.ok_or(DeskError::NoBatch(id))?;
        // Others may have settled what is held, at the command line for one.
        if let (BatchState::Held, Some(held)) = (record.state, record.outcome.held)
            && let Some(settled) = find_held(self.store.as_ref(), held).await?.settled
        {
            let mut outcome = record.outcome.clone();
            outcome.run = settled.run;
            let to =
                if settled.run.is_some() { BatchState::Published } else { BatchState::Discarded };
            self.service.move_batch(id, BatchState::Held, to, &outcome).await?;
            record = self.service.batch(id).await?.ok_or(DeskError::NoBatch(id))?;
        }
        Ok(record)
    }

    /// Batches below a number, newest first.
    ///
    /// # Errors
    /// When the service's database fails.
    pub async fn batches(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<BatchRecord>, DeskError> {
        Ok(self.service.batches(before, limit).await?)
    }

    /// How far the run is that this process is at work on for a batch.
    #[must_use]
    pub fn progress(&self, batch: i64) -> Option<Progressed> {
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.as_ref().filter(|(id, _)| *id == batch).map(|(_, meter)| meter.read())
    }

    /// Orders that a published batch be taken out again; a run does so.
    ///
    /// # Errors
    /// When it is not published, or nobody answers for it.
    pub async fn withdraw(
        &self,
        id: i64,
        by: &Acceptance,
        entry: &AuditEntry,
    ) -> Result<i64, DeskError> {
        let record = self.batch(id).await?;
        if record.state != BatchState::Published {
            return Err(DeskError::Elsewhere { batch: id, state: record.state });
        }
        let sources = self.store.sources().await.map_err(JobError::from)?;
        let of_it = |name: &str| record.outcome.tables.iter().any(|table| **table == *name);
        let run = record.outcome.run.unwrap_or_default();
        let decisions = sources
            .iter()
            .filter(|source| source.run == run && of_it(&source.name))
            .map(|source| by.refusal(DecisionKind::File, &source.hash))
            .collect::<Result<Vec<Decision>, _>>()?;
        self.order(Some(id), &OrderKind::Decide(decisions), by, entry).await
    }

    /// Orders that a batch which is held be published.
    ///
    /// # Errors
    /// When it is not held.
    pub async fn publish(
        &self,
        id: i64,
        by: &Acceptance,
        entry: &AuditEntry,
    ) -> Result<i64, DeskError> {
        let held = self.held(id).await?;
        self.order(Some(id), &OrderKind::Release(held), by, entry).await
    }

    /// Orders that a batch which is held be thrown away.
    ///
    /// # Errors
    /// When it is not held.
    pub async fn discard(
        &self,
        id: i64,
        by: &Acceptance,
        entry: &AuditEntry,
    ) -> Result<i64, DeskError> {
        let held = self.held(id).await?;
        self.order(Some(id), &OrderKind::Discard(held), by, entry).await
    }

    /// Orders that decisions be put on record; answers with the number of the order.
    ///
    /// # Errors
    /// When the order cannot be kept, or nobody answers for it.
    pub async fn put_on_record(
        &self,
        decisions: Vec<Decision>,
        by: &Acceptance,
        entry: &AuditEntry,
    ) -> Result<i64, DeskError> {
        self.order(None, &OrderKind::Decide(decisions), by, entry).await
    }

    /// Number in the store of a batch that is held.
    async fn held(&self, id: i64) -> Result<i64, DeskError> {
        let record = self.batch(id).await?;
        match (record.state, record.outcome.held) {
            (BatchState::Held, Some(held)) => Ok(held),
            (state, _) => Err(DeskError::Elsewhere { batch: id, state }),
        }
    }

    async fn order(
        &self,
        batch: Option<i64>,
        kind: &OrderKind,
        by: &Acceptance,
        entry: &AuditEntry,
    ) -> Result<i64, DeskError> {
        // Said before it is kept: an order without a name or a reason could never be carried out.
        by.refusal(DecisionKind::Batch, "-")?;
        let id = self.service.order(batch, kind, (&by.by, &by.why), entry).await?;
        self.wake.notify_one();
        Ok(id)
    }

    /// Keeps single submissions of whom the entry names; when this returns they are on disk and will be published.
    ///
    /// # Errors
    /// When they cannot be kept, all of them.
    pub async fn submit(
        &self,
        mut submissions: Vec<NewSubmission>,
        entry: AuditEntry,
    ) -> Result<(), DeskError> {
        let owner = owner(&entry.who);
        for submission in &mut submissions {
            submission.owner = owner;
        }
        self.scribe.submit(submissions, entry).await
    }

    /// Tells the worker that something waits.
    pub fn look(&self) {
        self.wake.notify_one();
    }

    /// The service's database.
    #[must_use]
    pub fn service(&self) -> &dyn ServiceStore {
        self.service.as_ref()
    }

    /// The key of this service.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.settings.key
    }

    /// How strict the rules are for what is handed in without a word of it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn profile(&self) -> Result<Profile, DeskError> {
        let last = self.store.latest_run().await.map_err(JobError::from)?;
        Ok(last.map_or(Profile::Default, |last| last.profile))
    }

    /// Lets go of whoever waits here: the process is about to end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Ends when the process is about to.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as the desk.
        let _ = stopping.wait_for(|stop| *stop).await;
    }

    fn today(&self) -> Date {
        self.settings.today.unwrap_or_else(crate::today)
    }

    /// The rules' strictness of a batch: its own, else that of the run before.
    async fn profile_of(&self, request: &BatchRequest) -> Result<Profile, JobError> {
        if let Some(own) = request.profile.as_deref().and_then(|p| p.parse().ok()) {
            return Ok(own);
        }
        Ok(self.store.latest_run().await?.map_or(Profile::Default, |last| last.profile))
    }
}

/// A number for whoever hands something in, by which keys of different people stay apart.
fn owner(by: &str) -> i64 {
    let hash = blake3::hash(by.as_bytes());
    hash.as_bytes().iter().take(8).fold(0_i64, |number, byte| number << 8 | i64::from(*byte))
}
