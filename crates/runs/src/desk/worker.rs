//! The one worker of a store: takes up what waits, and finishes what another left.

use std::{
    collections::HashSet,
    error::Error,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use diachiso_model::{Choice, Decision, DecisionKind, FileReport, SourceKind, Timestamp};
use diachiso_pipeline::RunError;
use diachiso_store::{
    BatchKind, BatchOutcome, BatchRecord, BatchRequest, BatchState, NewBatch, Order, OrderKind,
    OrderState, StoreError,
};

use super::{Desk, DeskError, Meter};
use crate::{
    Acceptance, At, Given, Job, JobError, Mappings, Outcome, find_held, job::run_from, release,
};

/// How often somebody who is not the worker looks whether he may be, and the worker whether others handed something in.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Longest wait after a failure; waits double from [`LOOK_EVERY`] up to it.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// How often files past their end are looked for.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// Orders that one run carries out at most.
const ORDERS_AT_ONCE: u32 = 1000;

/// Submissions that are put into one batch at most.
const BUNDLE: u32 = 50_000;

/// Owner of the batches that the desk makes of single submissions.
const DESK: i64 = 0;

/// What comes of trying something.
enum Tried {
    /// It is done, one way or the other.
    Settled,
    /// It cannot be done now and is tried again.
    Later(JobError),
}

impl Desk {
    /// Does what waits until [`Desk::stop`] is said; a run under way is finished first. While another process works on the same
    /// store this one waits to take over.
    pub async fn work(&self) {
        let mut stop = pin!(self.stopped());
        let lock = loop {
            match self.spool.try_lock() {
                Ok(Some(lock)) => break lock,
                Ok(None) => {}
                Err(error) => tracing::error!(error = %error, "cannot become the worker"),
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        };
        if let Err(error) = self.tidy().await {
            tracing::warn!(error = %error, "the spool could not be tidied");
        }
        let (mut wait, mut swept) = (LOOK_EVERY, None::<Instant>);
        loop {
            if *self.stopping.borrow() {
                break;
            }
            match self.turn().await {
                Ok(true) => wait = LOOK_EVERY,
                Ok(false) => {
                    wait = LOOK_EVERY;
                    if swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
                        self.sweep().await;
                        swept = Some(Instant::now());
                    }
                    tokio::select! {
                        () = &mut stop => break,
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep(LOOK_EVERY) => {}
                    }
                }
                Err(error) => {
                    tracing::error!(error = %chain(&error), wait.seconds = wait.as_secs(), "work is tried again");
                    tokio::select! {
                        () = &mut stop => break,
                        () = tokio::time::sleep(wait) => {}
                    }
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
        drop(lock);
    }

    async fn tidy(&self) -> Result<(), DeskError> {
        let needed = self.service.spooled().await?;
        self.spool.sweep(&needed)
    }

    /// Does the next thing, unless a server on the same database is at work; answers whether there was one.
    async fn turn(&self) -> Result<bool, DeskError> {
        let _own = self.turns.lock().await;
        let Some(lock) = self.service.work_lock().await? else { return Ok(false) };
        let done = self.step().await;
        lock.release().await;
        done
    }

    /// Does the next thing; answers whether there was one.
    pub(super) async fn step(&self) -> Result<bool, DeskError> {
        let next = self.service.next_batch(&self.spool.names()?).await?;
        if let Some(left) = next.as_ref().filter(|b| b.state == BatchState::Running) {
            self.process(left, true).await?;
            return Ok(true);
        }
        let orders = self.service.orders(ORDERS_AT_ONCE).await?;
        if !orders.is_empty() {
            self.carry_out(orders).await?;
            return Ok(true);
        }
        if let Some(batch) = next {
            let moved = self
                .service
                .move_batch(batch.id, BatchState::Queued, BatchState::Running, &batch.outcome)
                .await?;
            if moved {
                self.process(&batch, false).await?;
            }
            return Ok(true);
        }
        self.bundle().await
    }

    /// Runs a batch that is running; `again` says that a run may have done so before.
    async fn process(&self, record: &BatchRecord, again: bool) -> Result<(), DeskError> {
        let meter = Arc::new(Meter::new());
        self.at_work_on(Some((record.id, Arc::clone(&meter))));
        let ran = self.run(record, meter).await;
        self.at_work_on(None);
        let (state, outcome) = match ran {
            Ok(outcome) => {
                let counted = published(&outcome);
                tracing::info!(
                    batch.id = record.id,
                    run.number = outcome.run.number,
                    "batch published"
                );
                (BatchState::Published, counted)
            }
            Err(JobError::Held { batch, reasons, .. }) => (
                BatchState::Held,
                BatchOutcome { held: Some(batch), reasons, ..BatchOutcome::default() },
            ),
            Err(JobError::HeldAlready { batch, .. }) if again => {
                let held = find_held(self.store.as_ref(), batch).await?;
                let reasons = held.reasons.iter().map(ToString::to_string).collect();
                (
                    BatchState::Held,
                    BatchOutcome { held: Some(batch), reasons, ..BatchOutcome::default() },
                )
            }
            Err(JobError::Loaded { run, .. } | JobError::Withdrawn { run, .. }) if again => {
                let sources = self.store.sources().await.map_err(JobError::from)?;
                let tables = sources.into_iter().filter(|s| s.run == run).map(|s| s.name).collect();
                (
                    BatchState::Published,
                    BatchOutcome { run: Some(run), tables, ..BatchOutcome::default() },
                )
            }
            Err(error) if is_passing(&error) => return Err(error.into()),
            Err(error) => {
                tracing::info!(batch.id = record.id, "batch cannot be used");
                let rule = error.rule().map(|rule| rule.as_str().into());
                let fault = Some(fault(&error).into());
                (BatchState::Failed, BatchOutcome { rule, fault, ..BatchOutcome::default() })
            }
        };
        self.service.move_batch(record.id, BatchState::Running, state, &outcome).await?;
        self.spool.remove(&record.batch.spool);
        Ok(())
    }

    async fn run(&self, record: &BatchRecord, meter: Arc<Meter>) -> Result<Outcome, JobError> {
        let request = &record.batch.request;
        let kind = match request.kind {
            BatchKind::Submissions => SourceKind::Submissions,
            BatchKind::Register | BatchKind::Poor => SourceKind::Register,
        };
        let path = self.spool.path(&record.batch.spool);
        let basis = Some(&request.legal_basis).filter(|basis| !basis.is_empty());
        // The day never goes back: rows of earlier runs would lie in the future.
        let last = self.store.latest_run().await?;
        let today = last.map_or(self.today(), |last| last.today.max(self.today()));
        let name = self.own_name(record).await?;
        let job = Job {
            store: At::Open(Arc::clone(&self.store)),
            files: vec![Given { kind, path, name: Some(name) }],
            sheets: request.sheets.iter().map(ToString::to_string).collect(),
            key: self.settings.key.clone(),
            today,
            profile: self.profile_of(request).await?,
            mappings: Mappings::for_kind(kind, request.mapping.clone()),
            legal_basis: basis.cloned(),
            guard: self.settings.guard,
            acceptance: None,
            kept: None,
            decisions: Vec::new(),
            full: false,
        };
        self.run_job(job, meter).await
    }

    /// A run that goes on from the one before.
    async fn run_job(&self, job: Job, meter: Arc<Meter>) -> Result<Outcome, JobError> {
        run_from(Some(Arc::clone(&self.resident)), job, meter).await
    }

    /// The name of a batch's file, with its number where another file has that name: rows are told by file and number.
    async fn own_name(&self, record: &BatchRecord) -> Result<Box<str>, JobError> {
        let name = &*record.batch.request.name;
        let sheets = format!("{name} [");
        let sources = self.store.sources().await?;
        if !sources.iter().any(|s| *s.name == *name || s.name.starts_with(&sheets)) {
            return Ok(name.into());
        }
        let id = record.id;
        Ok(match name.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() => format!("{stem} (lô {id}).{ending}").into(),
            _ => format!("{name} (lô {id})").into(),
        })
    }

    /// Carries out orders, the oldest first: decisions that stand in a row by one run.
    async fn carry_out(&self, orders: Vec<Order>) -> Result<(), DeskError> {
        let decides = |order: &Order| matches!(order.kind, OrderKind::Decide(_));
        let Some(first) = orders.first() else { return Ok(()) };
        let group: Vec<&Order> = if decides(first) {
            orders.iter().take_while(|order| decides(order)).collect()
        } else {
            vec![first]
        };
        let tried = match &first.kind {
            OrderKind::Decide(_) => self.decide(&group).await?,
            OrderKind::Release(held) => self.release(first, *held).await?,
            OrderKind::Discard(held) => self.throw_away(first, *held).await?,
        };
        match tried {
            Tried::Settled => Ok(()),
            Tried::Later(error) => Err(error.into()),
        }
    }

    /// Puts decisions on record that are not there yet, all in one run.
    async fn decide(&self, orders: &[&Order]) -> Result<Tried, DeskError> {
        let record = self.store.decisions().await.map_err(JobError::from)?;
        let asked = orders.iter().flat_map(|order| match &order.kind {
            OrderKind::Decide(decisions) => decisions.as_slice(),
            _ => &[],
        });
        let known: HashSet<&Decision> = record.iter().collect();
        let new: Vec<Decision> = asked.filter(|d| !known.contains(d)).cloned().collect();
        let last = self.store.latest_run().await.map_err(JobError::from)?;
        let ids: Vec<i64> = orders.iter().map(|order| order.id).collect();
        let Some(last) = last else {
            let state = OrderState::Failed("chưa có lượt chạy nào / nothing was run yet".into());
            self.service.settle_orders(&ids, &state).await?;
            return Ok(Tried::Settled);
        };
        let mut run = last.number;
        if !new.is_empty() {
            let key = self.settings.key.clone();
            let again = Job::again(At::Open(Arc::clone(&self.store)), &last, key);
            match self.run_job(Job { decisions: new, ..again }, Arc::new(Meter::new())).await {
                Ok(outcome) => run = outcome.run.number,
                Err(error) => return Ok(Tried::Later(error)),
            }
        }
        for order in orders {
            if let (Some(id), OrderKind::Decide(decisions)) = (order.batch, &order.kind)
                && decisions
                    .iter()
                    .any(|d| d.kind() == DecisionKind::File && d.choice() == Choice::Refuse)
                && let Some(batch) = self.service.batch(id).await?
            {
                let outcome = BatchOutcome { run: Some(run), ..batch.outcome };
                let (from, to) = (BatchState::Published, BatchState::Withdrawn);
                self.service.move_batch(id, from, to, &outcome).await?;
            }
        }
        self.service.settle_orders(&ids, &OrderState::Done(Some(run))).await?;
        Ok(Tried::Settled)
    }

    async fn release(&self, order: &Order, held: i64) -> Result<Tried, DeskError> {
        let by = Acceptance { by: order.by.to_string(), why: order.why.to_string() };
        let key = self.settings.key.clone();
        let job = match release(Arc::clone(&self.store), held, by, key).await {
            Ok(job) => job,
            Err(JobError::Settled { .. }) => return self.settled_before(order, held).await,
            Err(error) => return Ok(Tried::Later(error)),
        };
        match self.run_job(job, Arc::new(Meter::new())).await {
            Ok(outcome) => {
                let counted = published(&outcome);
                self.settle_held(order, BatchState::Published, |_| counted).await?;
                let state = OrderState::Done(Some(outcome.run.number));
                self.service.settle_orders(&[order.id], &state).await?;
                Ok(Tried::Settled)
            }
            Err(error) => Ok(Tried::Later(error)),
        }
    }

    async fn throw_away(&self, order: &Order, held: i64) -> Result<Tried, DeskError> {
        let by = Acceptance { by: order.by.to_string(), why: order.why.to_string() };
        match crate::discard(self.store.as_ref(), held, &by).await {
            Ok(()) => {
                self.settle_held(order, BatchState::Discarded, |outcome| outcome).await?;
                self.service.settle_orders(&[order.id], &OrderState::Done(None)).await?;
                Ok(Tried::Settled)
            }
            Err(JobError::Settled { .. }) => self.settled_before(order, held).await,
            Err(error) => Ok(Tried::Later(error)),
        }
    }

    /// Somebody settled the batch before the order came to its turn, or this process did and ended before it said so.
    async fn settled_before(&self, order: &Order, held: i64) -> Result<Tried, DeskError> {
        let batch = find_held(self.store.as_ref(), held).await?;
        let Some(settled) = batch.settled else { return Ok(Tried::Settled) };
        let to = if settled.run.is_some() { BatchState::Published } else { BatchState::Discarded };
        let tables = batch.files.iter().map(|file| file.report.name.clone()).collect();
        let told = |outcome| BatchOutcome { run: settled.run, tables, ..outcome };
        self.settle_held(order, to, told).await?;
        let own = *settled.by == *order.by && *settled.why == *order.why;
        let wanted = matches!(order.kind, OrderKind::Release(_)) == settled.run.is_some();
        let state = if own && wanted {
            OrderState::Done(settled.run)
        } else {
            OrderState::Failed(
                format!("đã được quyết định / settled already by {}: {}", settled.by, settled.why)
                    .into(),
            )
        };
        self.service.settle_orders(&[order.id], &state).await?;
        Ok(Tried::Settled)
    }

    async fn settle_held(
        &self,
        order: &Order,
        to: BatchState,
        told: impl FnOnce(BatchOutcome) -> BatchOutcome,
    ) -> Result<(), DeskError> {
        let Some(id) = order.batch else { return Ok(()) };
        let Some(batch) = self.service.batch(id).await? else { return Ok(()) };
        let before = batch.outcome.clone();
        let outcome =
            BatchOutcome { held: before.held, reasons: before.reasons, ..told(batch.outcome) };
        self.service.move_batch(id, BatchState::Held, to, &outcome).await?;
        Ok(())
    }

    /// Makes a batch of the submissions that wait, when the oldest has waited long enough.
    async fn bundle(&self) -> Result<bool, DeskError> {
        let (count, since) = self.service.waiting().await?;
        let Some(since) = since else { return Ok(false) };
        let waited = Duration::try_from(Timestamp::now().duration_since(since)).unwrap_or_default();
        if waited < self.settings.publish_every && count < u64::from(BUNDLE) {
            return Ok(false);
        }
        self.bundle_now().await?;
        Ok(true)
    }

    /// The same at once.
    pub(super) async fn bundle_now(&self) -> Result<(), DeskError> {
        let submissions = self.service.inbox(BUNDLE).await?;
        let mut file = self.spool.incoming()?;
        for submission in &submissions {
            file.write(submission.cells.as_bytes()).await?;
            file.write(b"\n").await?;
        }
        let whole = file.finish().await?;
        let now = Timestamp::now();
        let batch = NewBatch {
            key: None,
            owner: DESK,
            by: "/api/v1/submissions".into(),
            request: BatchRequest {
                kind: BatchKind::Submissions,
                name: format!("phieu-le-{:.12}.ndjson", whole.hash()).into(),
                // Each row states its own.
                legal_basis: "".into(),
                purpose: "phiếu gửi lẻ / single submissions".into(),
                profile: None,
                mapping: None,
                sheets: Vec::new(),
            },
            spool: whole.name().into(),
            hash: whole.hash().into(),
            bytes: whole.bytes(),
            received_at: now,
        };
        let ids: Vec<Box<str>> = submissions.into_iter().map(|s| s.id).collect();
        self.service.bundle(&batch, &ids).await?;
        whole.keep();
        Ok(())
    }

    fn at_work_on(&self, batch: Option<(i64, Arc<Meter>)>) {
        *self.at_work.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = batch;
    }
}

/// Whether the same may go well later: the machine, the store or another run stood in the way, not the batch itself.
fn is_passing(error: &JobError) -> bool {
    match error {
        JobError::Ours(_) | JobError::Service(_) | JobError::Key { .. } => true,
        JobError::Store(error) => !matches!(error, StoreError::HeldAlready { .. }),
        _ => false,
    }
}

/// What a run made of its new files, which come last.
fn published(outcome: &Outcome) -> BatchOutcome {
    let files = &outcome.state.files[outcome.state.files.len() - outcome.new_files..];
    let mut verdicts = [0; 4];
    for file in files {
        for (sum, rows) in verdicts.iter_mut().zip(file.verdicts) {
            *sum += rows;
        }
    }
    BatchOutcome {
        run: Some(outcome.run.number),
        tables: files.iter().map(|file: &FileReport| file.name.clone()).collect(),
        rows: Some(files.iter().map(|file| file.rows_read).sum()),
        verdicts: Some(verdicts),
        ..BatchOutcome::default()
    }
}

/// What is wrong with a batch, for people: of a file that cannot be read in Vietnamese first, as all else is told.
fn fault(error: &JobError) -> String {
    let en = chain(error);
    match error {
        JobError::Source(source) | JobError::Run(RunError::Source(source)) => {
            format!("{} / {en}", source.vi())
        }
        _ => en,
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}
