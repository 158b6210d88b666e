//! How far a run is, for whoever asks while it goes on.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use diachiso_pipeline::Progress;

use crate::Watch;

/// Says that the steps of a stage are not known beforehand.
const UNKNOWN: u64 = u64::MAX;

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progressed {
    /// The stage that it is in; empty before the first.
    pub stage: &'static str,
    /// Steps of the stage that are done.
    pub done: u64,
    /// Steps of the stage, where they are known.
    pub total: Option<u64>,
}

/// Counts while a run is at work.
#[derive(Debug)]
pub(super) struct Meter {
    stage: Mutex<&'static str>,
    done: AtomicU64,
    total: AtomicU64,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self { stage: Mutex::new(""), done: AtomicU64::new(0), total: AtomicU64::new(UNKNOWN) }
    }

    pub(super) fn read(&self) -> Progressed {
        let stage = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|total| *total != UNKNOWN);
        Progressed { stage, done: self.done.load(Ordering::Relaxed), total }
    }
}

impl Progress for Meter {
    fn stage(&self, name: &'static str, total: Option<u64>) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *stage = name;
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total.unwrap_or(UNKNOWN), Ordering::Relaxed);
    }

    fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }
}

impl Watch for Meter {
    fn say(&self, _: &str) {}
}
