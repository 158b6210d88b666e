//! What every handler shares.

use std::{
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use diachiso_model::{Profile, Published, Timestamp};
use diachiso_pipeline::{Checker, Locator, Reference};
use diachiso_runs::{Desk, ResultBook};
use diachiso_store::{ServiceStore, Store};

use crate::{
    access::{Access, Oidc, OidcConfig, OidcError},
    aside::aside,
    checker::Checkers,
    error::ApiError,
    geocoder::{Geocoder, Geocoders},
    kept::KeptAnswers,
    limits::{Gate, Limits},
    locators::Locators,
    metrics::Metrics,
    routes::registers::Comparisons,
    snapshot::Snapshot,
    tiles::TileCache,
    waiting::{Waiting, WaitingLists},
    walk::VillageLists,
};

/// How often the store is asked at most whether a newer run has been published: what is published shows on maps within a
/// second, and one question takes a fraction of a millisecond.
const CHECK_EVERY: Duration = Duration::from_millis(250);

/// Files that are checked at a time: each takes all cores while it is.
const CHECKS_AT_A_TIME: usize = 2;

/// A published state as a run made it, and what it was made with.
pub type Reproduced = (Published, Arc<Reference>);

/// Makes the newest published state again from what the store keeps: what decided is more than what is published.
#[async_trait::async_trait]
pub trait Reproduce: Send + Sync {
    /// The state of the newest run.
    ///
    /// # Errors
    /// When the store fails or the state cannot be made, in words for the log.
    async fn reproduce(&self) -> Result<Reproduced, Box<dyn std::error::Error + Send + Sync>>;
}

/// Tells what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Shared state of the server: the store, the snapshot that tiles are made of, caches and counters.
/// Clones are cheap and share everything.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    /// The same by a login that sees rows about persons only within an area.
    guarded: OnceLock<Arc<dyn Store>>,
    service: Arc<dyn ServiceStore>,
    oidc: OnceLock<Arc<Oidc>>,
    /// What time it is; the system's where nothing else was said.
    clock: OnceLock<Clock>,
    gate: OnceLock<Gate>,
    current: RwLock<Option<Current>>,
    refresh: tokio::sync::Mutex<()>,
    metrics: Metrics,
    tiles: TileCache,
    answers: KeptAnswers,
    village_lists: VillageLists,
    checkers: Arc<Checkers>,
    locators: Locators,
    waiting: WaitingLists,
    /// Results on record as of a snapshot.
    results: tokio::sync::Mutex<Option<(u64, Arc<ResultBook>)>>,
    geocoders: Arc<Geocoders>,
    /// Comparisons of registers.
    comparisons: Comparisons,
    /// Files that are checked at a time.
    checks: tokio::sync::Semaphore,
    reproduce: Option<Arc<dyn Reproduce>>,
    /// Where batches are handed in; a server without takes nothing in.
    desk: OnceLock<Arc<Desk>>,
    /// The state that explanations are told of, with the number of its run.
    reproduced: tokio::sync::Mutex<Option<(i64, Arc<Reproduced>)>>,
}

struct Current {
    snapshot: Arc<Snapshot>,
    checked: Instant,
}

impl AppState {
    /// A state over a store and what the service remembers beside it; nothing is read before the first request.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, service: Arc<dyn ServiceStore>) -> Self {
        Self::made(store, service, None)
    }

    /// The same with somebody who makes states again, so that they can be explained.
    #[must_use]
    pub fn explaining(
        store: Arc<dyn Store>,
        service: Arc<dyn ServiceStore>,
        reproduce: Arc<dyn Reproduce>,
    ) -> Self {
        Self::made(store, service, Some(reproduce))
    }

    fn made(
        store: Arc<dyn Store>,
        service: Arc<dyn ServiceStore>,
        reproduce: Option<Arc<dyn Reproduce>>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                guarded: OnceLock::new(),
                service,
                oidc: OnceLock::new(),
                clock: OnceLock::new(),
                gate: OnceLock::new(),
                current: RwLock::new(None),
                refresh: tokio::sync::Mutex::new(()),
                metrics: Metrics::default(),
                tiles: TileCache::new(),
                answers: KeptAnswers::new(),
                village_lists: VillageLists::new(),
                checkers: Arc::default(),
                locators: Locators::default(),
                waiting: WaitingLists::default(),
                results: tokio::sync::Mutex::default(),
                geocoders: Arc::default(),
                comparisons: Comparisons::default(),
                checks: tokio::sync::Semaphore::new(CHECKS_AT_A_TIME),
                reproduce,
                desk: OnceLock::new(),
                reproduced: tokio::sync::Mutex::new(None),
            }),
        }
    }

    /// The same, taking batches and submissions in at a desk, the first that it is given.
    #[must_use]
    pub fn with_desk(self, desk: Arc<Desk>) -> Self {
        // A second desk would be another worker's: the first stays.
        let _ = self.inner.desk.set(desk);
        self
    }

    /// Where batches are handed in.
    pub(crate) fn desk(&self) -> Result<&Desk, ApiError> {
        self.inner.desk.get().map(Arc::as_ref).ok_or_else(no_desk)
    }

    /// The same, for work that outlives a request.
    pub(crate) fn desk_shared(&self) -> Result<Arc<Desk>, ApiError> {
        self.inner.desk.get().cloned().ok_or_else(no_desk)
    }

    /// Reads rows about persons by another login, which sees none outside the area that it is told.
    pub fn guard_rows(&self, store: Arc<dyn Store>) {
        // The first wall stays.
        let _ = self.inner.guarded.set(store);
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    pub(crate) fn store_shared(&self) -> Arc<dyn Store> {
        Arc::clone(&self.inner.store)
    }

    /// Comparisons of registers that were made.
    pub(crate) fn comparisons(&self) -> &Comparisons {
        &self.inner.comparisons
    }

    /// The store as a caller may see it: where it keeps a wall, no row about a person outside his areas.
    pub(crate) async fn rows(&self, access: &Access) -> Result<Arc<dyn Store>, ApiError> {
        let Some(guarded) = self.inner.guarded.get() else {
            return Ok(Arc::clone(&self.inner.store));
        };
        let area = access.scope(self).await?.row_area();
        Ok(guarded.within(&area).unwrap_or_else(|| Arc::clone(guarded)))
    }

    /// Accepts the tokens of an `OpenID` Connect provider too; the first that is named stays.
    ///
    /// # Errors
    /// When its address is not safe.
    pub fn accept(&self, provider: OidcConfig) -> Result<(), OidcError> {
        let _ = self.inner.oidc.set(Arc::new(Oidc::new(provider)?));
        Ok(())
    }

    /// Goes by another clock than the system's, the first that it is given.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        // A second clock would be another time.
        let _ = self.inner.clock.set(clock);
        self
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.get().map_or_else(crate::clock::now, |clock| clock())
    }

    /// Limits what is let in; those that are named first stay. Without any, everything is.
    pub fn limit(&self, limits: Limits) {
        let _ = self.inner.gate.set(Gate::new(limits));
    }

    pub(crate) fn gate(&self) -> Option<&Gate> {
        self.inner.gate.get()
    }

    pub(crate) fn oidc(&self) -> Option<&Arc<Oidc>> {
        self.inner.oidc.get()
    }

    /// What the service remembers: tokens, and what was read and changed by whom.
    pub(crate) fn service(&self) -> &dyn ServiceStore {
        &*self.inner.service
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// All counters in the text format of Prometheus.
    pub(crate) fn metrics_text(&self) -> String {
        self.metrics().checkers(self.inner.checkers.first_made());
        self.metrics().text()
    }

    /// Makes ready what the first who hand something in would wait for: which areas there are, and the rules by which single
    /// submissions are judged. Whoever asks meanwhile waits for the same; where it cannot be made, the first who asks tries
    /// again.
    pub async fn warm_up(&self) {
        if let Err(error) = self.try_warm_up().await {
            tracing::warn!(error = %error, "the first who ask will wait");
        }
    }

    async fn try_warm_up(&self) -> Result<(), ApiError> {
        let profile = match self.store().latest_run().await? {
            Some(last) => {
                self.snapshot().await?;
                last.profile
            }
            None => Profile::Default,
        };
        self.checker(profile).await?;
        Ok(())
    }

    /// The geocoder of the newest published state.
    pub(crate) async fn geocoder(&self) -> Result<Arc<Geocoder>, ApiError> {
        self.inner.geocoders.get(&self.inner.store).await
    }

    /// The checker of a profile.
    pub(crate) async fn checker(&self, profile: Profile) -> Result<Arc<Checker>, ApiError> {
        let Inner { store, checkers, geocoders, .. } = self.inner.as_ref();
        checkers.get(store, geocoders, profile).await
    }

    /// What waits for a person in the newest run.
    pub(crate) async fn waiting(&self) -> Result<Arc<Waiting>, ApiError> {
        self.inner.waiting.get(self.store()).await
    }

    /// What says what lies at a point.
    pub(crate) async fn locator(&self) -> Result<Arc<Locator>, ApiError> {
        self.inner.locators.get(self).await
    }

    /// The newest published state as a run made it; kept until the next run. Requests that come meanwhile wait.
    ///
    /// # Errors
    /// [`ApiError::NotReady`] before the first run; [`ApiError::Internal`] when it cannot be made again.
    pub(crate) async fn explained(&self) -> Result<Arc<Reproduced>, ApiError> {
        // A task of its own: whoever goes away, or is told to ask again, leaves what was begun to be found.
        let own = self.clone();
        tokio::spawn(async move { own.reproduced().await }).await.map_err(ApiError::internal)?
    }

    async fn reproduced(&self) -> Result<Arc<Reproduced>, ApiError> {
        let Some(reproduce) = &self.inner.reproduce else {
            return Err(ApiError::missing(
                "Máy chủ này không giải thích",
                "this server was started without the means to explain",
            ));
        };
        let mut kept = self.inner.reproduced.lock().await;
        let run = self.store().latest_run().await?.ok_or(ApiError::NotReady)?.number;
        if let Some((_, state)) = kept.as_ref().filter(|(of, _)| *of == run) {
            return Ok(Arc::clone(state));
        }
        // Two states at a time would take twice the memory.
        *kept = None;
        let state = Arc::new(reproduce.reproduce().await.map_err(ApiError::internal)?);
        *kept = Some((run, Arc::clone(&state)));
        Ok(state)
    }

    /// Leave to check a file, waited for while others are checked.
    pub(crate) async fn leave_to_check(
        &self,
    ) -> Result<tokio::sync::SemaphorePermit<'_>, ApiError> {
        self.inner.checks.acquire().await.map_err(ApiError::internal)
    }

    /// Results of visits on record as of a snapshot, read once.
    pub(crate) async fn results(&self, snapshot: &Snapshot) -> Result<Arc<ResultBook>, ApiError> {
        let mut kept = self.inner.results.lock().await;
        if let Some((id, book)) = kept.as_ref()
            && *id == snapshot.id
        {
            return Ok(Arc::clone(book));
        }
        let book = Arc::new(ResultBook::read(self.store()).await?);
        *kept = Some((snapshot.id, Arc::clone(&book)));
        Ok(book)
    }

    /// Lists of villages that pages of gap lists are cut from.
    pub(crate) fn village_lists(&self) -> &VillageLists {
        &self.inner.village_lists
    }

    /// Answers that are a function of the run.
    pub(crate) fn answers(&self) -> &KeptAnswers {
        &self.inner.answers
    }

    pub(crate) fn tiles(&self) -> &TileCache {
        &self.inner.tiles
    }

    /// The newest published state, at most [`CHECK_EVERY`] old. While one request loads a newer run, the
    /// others go on with the one before; so they do, with a warning in the log, when the store fails.
    ///
    /// # Errors
    /// [`ApiError::NotReady`] before the first run; [`ApiError::Store`] when nothing could be loaded yet.
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>, ApiError> {
        let (old, fresh) = self.current();
        let Some(old) = old else {
            let _one_at_a_time = self.inner.refresh.lock().await;
            return match self.current().0 {
                Some(loaded) => Ok(loaded),
                None => self.load(None).await,
            };
        };
        if fresh {
            return Ok(old);
        }
        let Ok(_one_at_a_time) = self.inner.refresh.try_lock() else { return Ok(old) };
        match self.load(Some(&old)).await {
            Ok(newest) => Ok(newest),
            Err(error) => {
                tracing::warn!(error = %error, run.number = old.run.number, "serving the run before");
                self.keep(&old);
                Ok(old)
            }
        }
    }

    fn current(&self) -> (Option<Arc<Snapshot>>, bool) {
        let current = self.inner.current.read().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some(c) => (Some(Arc::clone(&c.snapshot)), c.checked.elapsed() < CHECK_EVERY),
            None => (None, false),
        }
    }

    fn keep(&self, snapshot: &Arc<Snapshot>) {
        let current = Current { snapshot: Arc::clone(snapshot), checked: Instant::now() };
        *self.inner.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
    }

    /// Loads the newest run unless `old` is it. The store is asked again after reading: when a run was
    /// published in between, what was read may mix two runs and is read once more.
    async fn load(&self, old: Option<&Arc<Snapshot>>) -> Result<Arc<Snapshot>, ApiError> {
        let mut run = self.store().latest_run().await?.ok_or(ApiError::NotReady)?;
        loop {
            if let Some(old) = old.filter(|o| o.run == run) {
                self.keep(old);
                return Ok(Arc::clone(old));
            }
            let (store, run_of, old) = (self.store_shared(), run.clone(), old.cloned());
            let load = async move { Snapshot::load(&*store, run_of, old).await };
            let snapshot = aside(load).await?;
            let newest = self.store().latest_run().await?.ok_or(ApiError::NotReady)?;
            if newest == run {
                let snapshot = Arc::new(snapshot);
                self.metrics().serving(run.number);
                self.keep(&snapshot);
                tracing::info!(run.number = run.number, "run loaded");
                let shown = Arc::clone(&snapshot);
                // Nobody waits for it, and what it has not come to is made when it is asked for.
                drop(tokio::task::spawn_blocking(move || shown.cut_first_zooms()));
                return Ok(snapshot);
            }
            run = newest;
        }
    }
}

fn no_desk() -> ApiError {
    ApiError::missing(
        "Máy chủ này không nhận lô và phiếu",
        "this server was started without the means to take anything in",
    )
}
