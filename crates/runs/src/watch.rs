//! Who hears of a run while it is at work.

use diachiso_pipeline::{NoProgress, Progress};

/// Hears how far a run is, and what people should know while it goes on.
pub trait Watch: Progress + Send + Sync {
    /// Something that stops nothing and that people should read.
    fn say(&self, words: &str);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, name: &'static str, total: Option<u64>) {
        NoProgress.stage(name, total);
    }

    fn advance(&self, steps: u64) {
        NoProgress.advance(steps);
    }
}

impl Watch for Silent {
    fn say(&self, _: &str) {}
}
