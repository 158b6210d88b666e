//! How long work tells how far it is.

/// Receives progress; implementations must be cheap, they are called per block of rows.
pub trait Progress: Sync {
    /// A new stage begins; `total` is in the stage's own steps, when known.
    fn stage(&self, name: &'static str, total: Option<u64>);
    /// So many more steps are done.
    fn advance(&self, steps: u64);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn stage(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
}
