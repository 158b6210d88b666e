//! The geocoder that requests share: made of the published state and of places of reference files.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use diachiso_geocode::{
    Answer, Audience, BuildError, Index, Known, KnownAddress, KnownVillage, Land as _, Query,
    QueryError, Scratch, Suggestion,
};
use diachiso_model::{Date, Level, ReferencePlace, UnitCode, UnitId, Units};
use diachiso_pipeline::{Reference, ReferenceError};
use diachiso_runs::{OnBoundaries, reference_of};
use diachiso_store::{AreaQuery, BoundaryRecord, KnownHouse, Store, StoreError, VillageShape};
use geo_types::MultiPolygon;

use crate::{aside::aside, checker::today, error::ApiError};

mod suggester;

pub use suggester::suggester_of;

/// How often the store is asked at most whether something changed.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// What an index was made of.
#[derive(Clone, PartialEq)]
struct Stamp {
    run: i64,
    places: (i64, i64),
    masks: Vec<MultiPolygon<f64>>,
    today: Date,
}

/// An index with the boundaries by which points are located. It tells of places in exclusion masks, and never where they
/// are.
pub struct Geocoder {
    index: Index,
    /// Units, boundaries and masks.
    pub reference: Reference,
}

impl Geocoder {
    /// What tells of units, villages and streets by their ids. Ask the geocoder itself for addresses: the index knows no
    /// masks.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The places that an address may mean; those in a mask without a position.
    ///
    /// # Errors
    /// When it is too long to be an address.
    pub fn geocode(&self, query: &Query<'_>, scratch: &mut Scratch) -> Result<Answer, QueryError> {
        Ok(self.shown(self.index.geocode(query, scratch)?))
    }

    /// Answers many queries on all threads, in their order.
    #[must_use]
    pub fn geocode_all(&self, queries: &[Query<'_>]) -> Vec<Result<Answer, QueryError>> {
        let answers = self.index.geocode_all(queries);
        answers.into_iter().map(|answer| answer.map(|answer| self.shown(answer))).collect()
    }

    /// Completions of what is typed so far; those in a mask without a point.
    ///
    /// # Errors
    /// When the text is too long to be an address.
    pub fn complete(
        &self,
        text: &str,
        limit: usize,
        audience: Audience,
        scratch: &mut Scratch,
    ) -> Result<Vec<Suggestion>, QueryError> {
        let land = OnBoundaries(&self.reference);
        let mut found = self.index.suggest(text, limit, audience, scratch)?;
        for suggestion in &mut found {
            suggestion.point = suggestion.point.filter(|point| land.may_show(*point));
        }
        Ok(found)
    }

    /// An answer without positions in masks.
    fn shown(&self, mut answer: Answer) -> Answer {
        let land = OnBoundaries(&self.reference);
        for candidate in &mut answer.candidates {
            candidate.position = candidate.position.filter(|at| land.may_show(at.point));
        }
        answer
    }
}

struct Kept {
    geocoder: Arc<Geocoder>,
    stamp: Stamp,
    checked: Instant,
}

/// The newest geocoder, made anew when a run is published or places are imported. Meanwhile the one before answers.
#[derive(Default)]
pub(crate) struct Geocoders {
    kept: RwLock<Option<Kept>>,
    refresh: tokio::sync::Mutex<()>,
}

impl Geocoders {
    pub(crate) async fn get(&self, store: &Arc<dyn Store>) -> Result<Arc<Geocoder>, ApiError> {
        let (old, fresh) = self.current();
        let Some(old) = old else {
            let _one_at_a_time = self.refresh.lock().await;
            return match self.current().0 {
                Some(made) => Ok(made),
                None => self.load(store).await,
            };
        };
        if fresh {
            return Ok(old);
        }
        let Ok(_one_at_a_time) = self.refresh.try_lock() else { return Ok(old) };
        match self.load(store).await {
            Ok(newest) => Ok(newest),
            Err(error) => {
                tracing::warn!(error = %error, "geocoding by the run before");
                Ok(old)
            }
        }
    }

    fn current(&self) -> (Option<Arc<Geocoder>>, bool) {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map_or((None, false), |kept| {
            (Some(Arc::clone(&kept.geocoder)), kept.checked.elapsed() < CHECK_EVERY)
        })
    }

    async fn load(&self, store: &Arc<dyn Store>) -> Result<Arc<Geocoder>, ApiError> {
        let stamp = Stamp {
            run: store.latest_run().await?.map_or(0, |run| run.number),
            places: store.places_stamp().await?,
            masks: store.masks().await?,
            today: today(),
        };
        let same = {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            kept.as_ref().filter(|k| k.stamp == stamp).map(|k| Arc::clone(&k.geocoder))
        };
        let geocoder = if let Some(same) = same {
            same
        } else {
            let (store, today) = (Arc::clone(store), stamp.today);
            Arc::new(aside(async move { geocoder(&*store, today).await }).await?)
        };
        let kept = Kept { geocoder: Arc::clone(&geocoder), stamp, checked: Instant::now() };
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(geocoder)
    }
}

/// The geocoder of the state that a store holds; of units alone where nothing is published.
///
/// # Errors
/// When the store cannot be read, or holds more than an index can count.
pub async fn geocoder(store: &dyn Store, today: Date) -> Result<Geocoder, ApiError> {
    let known = StoreKnown::read(store).await?;
    let work = move || known.geocoder(today).map_err(ApiError::internal);
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?
}

/// Why no geocoder can be made of what a store holds.
#[derive(thiserror::Error, Debug)]
enum GeocoderError {
    #[error("reference data")]
    Reference(#[from] ReferenceError),
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// What a store knows of where addresses are; nothing, by default.
#[derive(Default)]
struct StoreKnown {
    boundaries: Vec<BoundaryRecord>,
    masks: Vec<MultiPolygon<f64>>,
    places: Vec<ReferencePlace>,
    villages: Vec<VillageShape>,
    houses: Vec<KnownHouse>,
    /// Closing date of the register.
    closed_on: Option<Date>,
}

impl StoreKnown {
    async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let query = AreaQuery { on: None, level: Level::Village, within: None, source: None };
        let (villages, houses, closed_on) = if store.latest_run().await?.is_some() {
            let rows = store.coverage(&query).await?;
            let closed_on = rows.first().map(|row| row.closed_on);
            (store.village_shapes().await?, store.known_houses().await?, closed_on)
        } else {
            (Vec::new(), Vec::new(), None)
        };
        let (boundaries, masks) = (store.boundaries().await?, store.masks().await?);
        Ok(Self { boundaries, masks, places: store.places().await?, villages, houses, closed_on })
    }

    fn geocoder(self, today: Date) -> Result<Geocoder, GeocoderError> {
        let reference = reference_of(self.boundaries)?.with_masks(self.masks);
        let (units, closed_on) = (&reference.units, self.closed_on.unwrap_or(today));
        let village = |village: &'_ VillageShape| commune(units, &village.code, closed_on);
        let villages: Vec<KnownVillage<'_>> = self
            .villages
            .iter()
            .filter_map(|v| {
                let (name, shape) = (&*v.name, v.shape.as_ref());
                Some(KnownVillage { code: &v.code, name, commune: village(v)?, shape })
            })
            .collect();
        let address = |house| known_address(units, house, closed_on);
        let addresses: Vec<KnownAddress<'_>> = self.houses.iter().map(address).collect();
        let known = Known { villages: &villages, addresses: &addresses, places: &self.places };
        let index = Index::of_known(units, today, &OnBoundaries(&reference), &known)?;
        Ok(Geocoder { index, reference })
    }
}

/// The commune that a village's code begins with.
fn commune(units: &Units, village: &UnitCode, on: Date) -> Option<UnitId> {
    units.by_code(&village.as_str().split_once('-')?.0.parse().ok()?, on)
}

fn known_address<'a>(units: &Units, house: &'a KnownHouse, closed_on: Date) -> KnownAddress<'a> {
    let day = house.collected_on.unwrap_or(closed_on);
    KnownAddress {
        address: &house.address,
        village: house.village.as_ref(),
        commune: house.commune.as_ref().and_then(|code| units.by_code(code, day)),
        point: house.point,
        accuracy_m: house.accuracy_m,
    }
}
