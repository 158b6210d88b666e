//! The geocoder that requests share: made of the published state and of places of reference files.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use diachiso_geocode::{Extent, Index, IndexBuilder, NewHouse, NewVillage, Origin, VillageId};
use diachiso_model::{Date, Level, PlaceKind, ReferencePlace, UnitCode, UnitId};
use diachiso_pipeline::Reference;
use diachiso_runs::reference_of;
use diachiso_store::{AreaQuery, KnownHouse, Store, VillageShape};
use diachiso_text::house::{self, HouseAddress};

use crate::{checker::today, error::ApiError};

/// How often the store is asked at most whether something changed.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// Metres within which a house of a reference file is.
const REFERENCE_RADIUS_M: f64 = 12.0;
/// Metres within which an accepted point is that states no accuracy.
const USUAL_RADIUS_M: f64 = 20.0;
/// Metres within which a village of a reference file lies that is known by its middle alone.
const VILLAGE_RADIUS_M: f64 = 1_000.0;

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
    let imported = store.boundaries().await?;
    let places = store.places().await?;
    let published = store.latest_run().await?.is_some();
    let query = AreaQuery { on: None, level: Level::Village, within: None, source: None };
    let (villages, closed_on) = if published {
        let rows = store.coverage(&query).await?;
        (store.village_shapes().await?, rows.first().map(|row| row.closed_on))
    } else {
        (Vec::new(), None)
    };
    let houses = if published { store.known_houses().await? } else { Vec::new() };
    let work = move || {
        let reference = reference_of(imported).map_err(ApiError::internal)?;
        let made = Making::new(&reference, today)?;
        let index = made.build(&villages, closed_on.unwrap_or(today), &houses, &places)?;
        Ok(Geocoder { index, reference })
    };
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?
}

/// An index on its way.
struct Making<'r> {
    reference: &'r Reference,
    builder: IndexBuilder,
    today: Date,
    villages: HashMap<UnitCode, VillageId>,
}

impl<'r> Making<'r> {
    fn new(reference: &'r Reference, today: Date) -> Result<Self, ApiError> {
        let extent = |id: UnitId| Extent::of_shape(&reference.boundaries.get(id)?.shape);
        let builder =
            IndexBuilder::new(&reference.units, today, extent).map_err(ApiError::internal)?;
        Ok(Self { reference, builder, today, villages: HashMap::new() })
    }

    fn build(
        mut self,
        villages: &[VillageShape],
        closed_on: Date,
        houses: &[KnownHouse],
        places: &[ReferencePlace],
    ) -> Result<Index, ApiError> {
        for village in villages {
            let extent = village.shape.as_ref().and_then(Extent::of_shape);
            if let Some(commune) = self.commune(&village.code, closed_on) {
                self.village(&village.code, &village.name, commune, extent)?;
            }
        }
        for (place, nth) in places.iter().zip(0_u32..) {
            self.place(place, nth)?;
        }
        for house in houses {
            let day = house.collected_on.unwrap_or(closed_on);
            let commune =
                house.commune.as_ref().and_then(|code| self.reference.units.by_code(code, day));
            let village = house.village.as_ref().and_then(|code| self.villages.get(code)).copied();
            let new = NewHouse {
                address: &house::parse_line(&house.address),
                village,
                commune,
                point: house.point,
                radius_m: house.accuracy_m.unwrap_or(USUAL_RADIUS_M),
                origin: Origin::Submission,
            };
            self.builder.house(&new).map_err(ApiError::internal)?;
        }
        Ok(self.builder.build())
    }

    /// The commune that a village's code begins with.
    fn commune(&self, village: &UnitCode, on: Date) -> Option<UnitId> {
        let code = village.as_str().split_once('-')?.0.parse().ok()?;
        self.reference.units.by_code(&code, on)
    }

    fn village(
        &mut self,
        code: &UnitCode,
        name: &str,
        commune: UnitId,
        extent: Option<Extent>,
    ) -> Result<(), ApiError> {
        let new = NewVillage { code, name, commune, extent };
        let id = self.builder.village(new).map_err(ApiError::internal)?;
        self.villages.insert(code.clone(), id);
        Ok(())
    }

    fn place(&mut self, place: &ReferencePlace, nth: u32) -> Result<(), ApiError> {
        let commune = self.reference.boundaries.locate(place.point, self.today);
        if place.kind == PlaceKind::Village {
            let Some(commune) = commune else { return Ok(()) };
            let of = &self.reference.units.get(commune).code;
            let Ok(code) = UnitCode::village(of, &format!("place-{nth}")) else { return Ok(()) };
            let extent = Extent { middle: place.point, radius_m: VILLAGE_RADIUS_M };
            return self.village(&code, &place.name, commune, Some(extent));
        }
        let read = house::parse(&place.number, &place.alley, &place.name);
        let address = match place.kind {
            PlaceKind::Street => HouseAddress { number: String::new(), ..read },
            _ => read,
        };
        let new = NewHouse {
            address: &address,
            village: None,
            commune,
            point: place.point,
            radius_m: REFERENCE_RADIUS_M,
            origin: Origin::Reference,
        };
        self.builder.house(&new).map_err(ApiError::internal)
    }
}
