//! The locator that requests share: boundaries as the store has them, villages as the last run shaped them.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use diachiso_model::Profile;
use diachiso_pipeline::{LocatedVillage, Locator};

use crate::{AppState, error::ApiError};

/// How old a locator may be: boundaries are loaded by other programs.
const MAX_AGE: Duration = Duration::from_mins(1);

/// The current locator, made anew when it is old or a run was published.
#[derive(Default)]
pub(crate) struct Locators {
    current: RwLock<Option<Kept>>,
    making: tokio::sync::Mutex<()>,
}

struct Kept {
    locator: Arc<Locator>,
    /// Number of the run whose villages it has.
    run: Option<i64>,
    made: Instant,
}

impl Locators {
    /// The locator. While one request makes a new one, the others go on with the one before. Without a published run
    /// there are no villages.
    pub(crate) async fn get(&self, state: &AppState) -> Result<Arc<Locator>, ApiError> {
        let run = match state.snapshot().await {
            Ok(snapshot) => Some(snapshot.run.number),
            Err(ApiError::NotReady) => None,
            Err(error) => return Err(error),
        };
        let (old, fresh) = self.current(run);
        if let Some(old) = old.as_ref().filter(|_| fresh) {
            return Ok(Arc::clone(old));
        }
        let _one_at_a_time = match (self.making.try_lock(), old) {
            (Ok(alone), _) => alone,
            (Err(_), Some(old)) => return Ok(old),
            (Err(_), None) => self.making.lock().await,
        };
        if let (Some(made_meanwhile), true) = self.current(run) {
            return Ok(made_meanwhile);
        }
        let locator = make(state, run).await?;
        let kept = Kept { locator: Arc::clone(&locator), run, made: Instant::now() };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(locator)
    }

    /// The locator that is there, and whether it may still be used.
    fn current(&self, run: Option<i64>) -> (Option<Arc<Locator>>, bool) {
        let kept = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = &*kept else { return (None, false) };
        (Some(Arc::clone(&kept.locator)), kept.run == run && kept.made.elapsed() < MAX_AGE)
    }
}

async fn make(state: &AppState, run: Option<i64>) -> Result<Arc<Locator>, ApiError> {
    let reference = state.checker(Profile::Default).await?.shared_reference();
    let shapes = match run {
        Some(_) => state.store().village_shapes().await?,
        None => Vec::new(),
    };
    let villages = shapes.into_iter().filter_map(|v| {
        let village = LocatedVillage { code: v.code, name: v.name, confidence: v.confidence };
        Some((village, v.shape?))
    });
    let villages: Vec<_> = villages.collect();
    let make = move || Arc::new(Locator::new(reference, villages));
    tokio::task::spawn_blocking(make).await.map_err(ApiError::internal)
}
