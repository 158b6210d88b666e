//! The checker that requests share: units, boundaries, masks and villages as the store has them.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use diachiso_model::{Date, Level, Profile, UnitCode};
use diachiso_pipeline::{Checker, Options, ReferenceError, Sealer};
use diachiso_runs::reference_of;
use diachiso_store::{AreaQuery, CoverageRow, Store, StoreError};

use crate::{error::ApiError, geocoder::Geocoders};

/// How old a checker may be: boundaries and masks are loaded by other programs.
const MAX_AGE: Duration = Duration::from_mins(1);

/// A checker per profile, made anew when it is old.
#[derive(Default)]
pub(crate) struct Checkers {
    kept: tokio::sync::Mutex<[Option<Kept>; Profile::ALL.len()]>,
    /// How many were made while somebody waited for one, and before anybody did.
    first: AtomicU64,
}

struct Kept {
    checker: Arc<Checker>,
    made: Instant,
}

impl Checkers {
    /// The checker of a profile, which suggests positions by a geocoder. Without a published run villages are not looked
    /// up.
    ///
    /// Whoever asks first waits; later an old one serves until the next is made.
    pub(crate) async fn get(
        self: &Arc<Self>,
        store: &Arc<dyn Store>,
        geocoders: &Arc<Geocoders>,
        profile: Profile,
    ) -> Result<Arc<Checker>, ApiError> {
        let mut kept = self.kept.lock().await;
        let slot = &mut kept[profile as usize];
        if let Some(old) = slot {
            if old.made.elapsed() >= MAX_AGE {
                old.made = Instant::now();
                let (all, store) = (Arc::clone(self), Arc::clone(store));
                let geocoders = Arc::clone(geocoders);
                tokio::spawn(async move { all.renew(&store, &geocoders, profile).await });
            }
            return Ok(Arc::clone(&old.checker));
        }
        let checker = made(store, geocoders, profile).await?;
        self.first.fetch_add(1, Relaxed);
        *slot = Some(Kept { checker: Arc::clone(&checker), made: Instant::now() });
        Ok(checker)
    }

    /// How many were made that no older one stood in for meanwhile.
    pub(crate) fn first_made(&self) -> u64 {
        self.first.load(Relaxed)
    }

    async fn renew(&self, store: &Arc<dyn Store>, geocoders: &Geocoders, profile: Profile) {
        match made(store, geocoders, profile).await {
            Ok(checker) => {
                let fresh = Kept { checker, made: Instant::now() };
                self.kept.lock().await[profile as usize] = Some(fresh);
            }
            Err(error) => tracing::warn!(error = %error, "checking by the state before"),
        }
    }
}

/// A checker with the geocoder that suggests positions.
async fn made(
    store: &Arc<dyn Store>,
    geocoders: &Geocoders,
    profile: Profile,
) -> Result<Arc<Checker>, ApiError> {
    let suggester = geocoders.get(store).await?;
    Ok(Arc::new(load(&**store, profile).await?.with_suggester(suggester)))
}

async fn load(store: &dyn Store, profile: Profile) -> Result<Checker, ApiError> {
    // Identity numbers that are sent for a look are checked and forgotten: no key is needed here.
    let options =
        Options { today: today(), sealer: Sealer::default(), profile, decisions: Vec::new() };
    Ok(checker_of(store, options).await?)
}

/// Why a checker cannot be had from a store.
#[derive(thiserror::Error, Debug)]
pub enum CheckerError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its units or boundaries cannot be used.
    #[error("reference data")]
    Reference(#[from] ReferenceError),
}

impl From<CheckerError> for ApiError {
    fn from(error: CheckerError) -> Self {
        match error {
            CheckerError::Store(error) => error.into(),
            other @ CheckerError::Reference(_) => Self::internal(other),
        }
    }
}

/// A checker by what a store knows: boundaries, masks, the villages of the registers. Before the first run villages are
/// not looked up.
///
/// # Errors
/// When the store cannot be read.
pub async fn checker_of(store: &dyn Store, options: Options) -> Result<Checker, CheckerError> {
    let imported = store.boundaries().await?;
    let masks = store.masks().await?;
    let query = AreaQuery { on: None, level: Level::Village, within: None, source: None };
    let rows = match store.latest_run().await? {
        Some(_) => store.coverage(&query).await?,
        None => Vec::new(),
    };
    let work = move || {
        let reference = reference_of(imported)?.with_masks(masks);
        let checker = Checker::new(Arc::new(reference), options);
        Ok(match rows.first().map(|row| row.closed_on) {
            Some(day) => checker.with_villages(day, rows.iter().filter_map(village)),
            None => checker,
        })
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| resume_unwind(e.into_panic()))
}

/// A village's commune, which its code begins with, and its name.
fn village(row: &CoverageRow) -> Option<(UnitCode, Arc<str>)> {
    let code = row.code.to_string();
    Some((code.split_once('-')?.0.parse().ok()?, Arc::from(&*row.name)))
}

/// Today in Vietnam (UTC+7 all year).
pub(crate) fn today() -> Date {
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(7);
    jiff::tz::Offset::UTC.to_datetime(now).date()
}
