//! Words that many rows share, kept once.

use std::sync::Arc;

use rustc_hash::FxHashSet;

/// Hands out one copy of each word.
#[derive(Default)]
pub(crate) struct Words(FxHashSet<Arc<str>>);

impl Words {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The shared copy of a word.
    pub(crate) fn intern(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.0.get(word) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = word.into();
        self.0.insert(Arc::clone(&shared));
        shared
    }
}
