//! Suggestions for rows without usable coordinates (G07) while they are checked.

use std::{
    panic::resume_unwind,
    sync::{Arc, LazyLock},
};

use diachiso_geocode::{Missing, Scratch};
use diachiso_model::{Date, Submission, SuggestedPosition};
use diachiso_pipeline::PositionSuggester;
use diachiso_runs::OnBoundaries;
use diachiso_store::{Store, StoreError};

use super::{Geocoder, GeocoderError, StoreKnown};

impl PositionSuggester for Geocoder {
    fn suggest(&self, submission: &Submission, village: Option<&str>) -> Option<SuggestedPosition> {
        let missing = Missing::of(submission, village);
        let land = OnBoundaries(&self.reference);
        self.index.suggest_position(&land, &missing, &mut Scratch::default())
    }
}

type Make = Box<dyn FnOnce() -> Option<Geocoder> + Send>;

/// A geocoder that is made when the first row lacks coordinates.
struct AtNeed(LazyLock<Option<Geocoder>, Make>);

impl PositionSuggester for AtNeed {
    fn suggest(&self, submission: &Submission, village: Option<&str>) -> Option<SuggestedPosition> {
        self.0.as_ref()?.suggest(submission, village)
    }
}

/// Suggestions by what a store knows, by units alone without one. What can be read is read now, the index is made when
/// the first row lacks coordinates.
///
/// # Errors
/// When the store cannot be read.
pub async fn suggester_of(
    store: Option<&dyn Store>,
    today: Date,
) -> Result<Arc<dyn PositionSuggester>, StoreError> {
    let known = match store {
        Some(store) => StoreKnown::read(store).await?,
        None => StoreKnown::default(),
    };
    let make: Make = Box::new(move || apart(move || known.geocoder(today)));
    Ok(Arc::new(AtNeed(LazyLock::new(make))))
}

/// Works on a thread of its own, in a pool of its own: those who wait for it are workers of the common pool, which must
/// neither be needed for the work nor take up other work that waits for it too.
fn apart(work: impl FnOnce() -> Result<Geocoder, GeocoderError> + Send) -> Option<Geocoder> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let told = |error: &dyn std::fmt::Display| {
        tracing::warn!(error = %error, "no positions suggested");
    };
    let pool = pool.inspect_err(|error| told(error)).ok()?;
    let made = std::thread::scope(|scope| scope.spawn(|| pool.install(work)).join());
    made.unwrap_or_else(|panic| resume_unwind(panic)).inspect_err(|error| told(error)).ok()
}
