//! The geocoder that requests share: made of the published state and of places of reference files.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use diachiso_geocode::{BuildError, Index, Known, KnownAddress, KnownVillage};
use diachiso_model::{Date, Level, ReferencePlace, UnitCode, UnitId, Units};
use diachiso_pipeline::{Reference, ReferenceError};
use diachiso_runs::{OnBoundaries, reference_of};
use diachiso_store::{AreaQuery, BoundaryRecord, KnownHouse, Store, StoreError, VillageShape};
use geo_types::MultiPolygon;

use crate::{checker::today, error::ApiError};

mod suggester;

pub use suggester::suggester_of;

/// How often the store is asked at most whether something changed.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// What an index was made of.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    run: i64,
    places: (i64, i64),
    today: Date,
}

/// An index with the boundaries by which points are located.
pub struct Geocoder {
    /// The index.
    pub index: Index,
    /// Units and boundaries.
    pub reference: Reference,
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
    pub(crate) async fn get(&self, store: &dyn Store) -> Result<Arc<Geocoder>, ApiError> {
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

    async fn load(&self, store: &dyn Store) -> Result<Arc<Geocoder>, ApiError> {
        let stamp = Stamp {
            run: store.latest_run().await?.map_or(0, |run| run.number),
            places: store.places_stamp().await?,
            today: today(),
        };
        let same = {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            kept.as_ref().filter(|k| k.stamp == stamp).map(|k| Arc::clone(&k.geocoder))
        };
        let geocoder = match same {
            Some(same) => same,
            None => Arc::new(geocoder(store, stamp.today).await?),
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
