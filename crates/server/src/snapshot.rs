//! What tiles, menus and masks are made of: one run's shapes and counts, held in memory.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};

use diachiso_model::{Date, Level, UnitCode};
use diachiso_store::{AreaQuery, CoverageRow, RunInfo, Store};

use crate::{
    access::AreaIndex,
    error::ApiError,
    ogc::{self, Collection},
    tiles::{Density, MapUnit},
};

/// One run, ready to be drawn.
pub(crate) struct Snapshot {
    /// Unlike any other snapshot of this process; runs of two stores may share a number.
    pub(crate) id: u64,
    /// The run.
    pub(crate) run: RunInfo,
    /// The period of the denominator's closing date.
    pub(crate) period: Date,
    /// First days of all periods with shapes or counts, oldest first.
    pub(crate) periods: Vec<Date>,
    /// Units with counts in [`Snapshot::period`], widest first.
    pub(crate) areas: Vec<CoverageRow>,
    /// Communes to draw, by period.
    pub(crate) communes: BTreeMap<Date, Vec<MapUnit>>,
    /// Villages to draw, in [`Snapshot::period`].
    pub(crate) villages: Vec<MapUnit>,
    /// Where covered households are, in cells.
    pub(crate) density: Density,
    /// West, south, east, north of everything drawn.
    pub(crate) bounds: [f64; 4],
    /// The same as collections of features.
    pub(crate) collections: Vec<Collection>,
    /// Which villages make up a unit in each period.
    pub(crate) area_index: AreaIndex,
    codes: BTreeSet<UnitCode>,
}

impl Snapshot {
    /// Reads one run from the store.
    pub(crate) async fn load(store: &dyn Store, run: RunInfo) -> Result<Self, ApiError> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut areas = Vec::new();
        for level in Level::ALL {
            areas.extend(
                store.coverage(&AreaQuery { on: None, level, within: None, source: None }).await?,
            );
        }
        let shapes = store.unit_shapes().await?;
        let mut periods: BTreeSet<Date> = shapes.iter().map(|s| s.period).collect();
        let period = areas.first().map(|a| a.period).or_else(|| periods.last().copied());
        let period = period.ok_or(ApiError::NotReady)?;
        periods.insert(period);
        let mut communes_by_period = BTreeMap::new();
        for &on in &periods {
            let query =
                AreaQuery { on: Some(on), level: Level::Commune, within: None, source: None };
            communes_by_period.insert(on, store.coverage(&query).await?);
        }
        let area_index = AreaIndex::of(&rolled_up(store, &periods).await?);
        let village_shapes = store.village_shapes().await?;
        let points = store.density_points().await?;
        // Projecting is arithmetic over all vertices: off the threads that answer.
        tokio::task::spawn_blocking(move || {
            let mut codes: BTreeSet<UnitCode> = areas.iter().map(|a| a.code.clone()).collect();
            codes.extend(communes_by_period.values().flatten().map(|c| c.code.clone()));
            codes.extend(shapes.iter().map(|s| s.code.clone()));
            codes.extend(village_shapes.iter().map(|v| v.code.clone()));
            let mut bounds = Bounds::default();
            let mut communes: BTreeMap<Date, Vec<MapUnit>> = BTreeMap::new();
            for (&on, rows) in &communes_by_period {
                let counts = by_code(rows);
                let units = shapes.iter().filter(|s| s.level == Level::Commune && s.period == on);
                let units = units.map(|s| {
                    bounds.add(&s.shape);
                    let row = counts.get(&s.code).copied();
                    MapUnit::new(&s.code, &s.name, on, s.schematic, row, s.shape.clone())
                });
                communes.insert(on, units.collect());
            }
            let by_period: Vec<_> = communes_by_period.into_iter().collect();
            let collections =
                ogc::collections(&shapes, &village_shapes, &areas, &by_period, period);
            let counts = by_code(&areas);
            let villages = village_shapes
                .iter()
                .filter_map(|v| {
                    let shape = v.shape.as_ref()?;
                    bounds.add(shape);
                    let row = counts.get(&v.code).copied();
                    Some(MapUnit::new(&v.code, &v.name, period, true, row, shape.clone()))
                })
                .collect();
            Self {
                id: NEXT.fetch_add(1, Ordering::Relaxed),
                run,
                period,
                periods: periods.into_iter().collect(),
                communes,
                villages,
                density: Density::of(&points),
                bounds: bounds.0,
                collections,
                codes,
                area_index,
                areas,
            }
        })
        .await
        .map_err(ApiError::internal)
    }

    /// The period that holds a day; days before the first fall into the first, as for units.
    pub(crate) fn period_of(&self, on: Option<Date>) -> Date {
        let Some(on) = on else { return self.period };
        let at = self.periods.partition_point(|p| *p <= on);
        self.periods[at.saturating_sub(1)]
    }

    /// Whether a unit has shapes or counts in any period.
    pub(crate) fn knows(&self, code: &UnitCode) -> bool {
        self.codes.contains(code)
    }

    /// Whether any commune of a period is drawn by a schematic boundary.
    pub(crate) fn schematic(&self, period: Date) -> bool {
        self.communes.get(&period).is_some_and(|units| units.iter().any(|u| u.schematic))
    }

    /// Weak entity tag of everything that is a function of the run.
    pub(crate) fn etag(&self) -> String {
        let inputs: String = self.run.inputs_hash.chars().take(16).collect();
        format!("W/\"{}-{inputs}-{}\"", self.run.number, self.run.rule_version)
    }
}

/// The units of all levels and periods.
async fn rolled_up(
    store: &dyn Store,
    periods: &BTreeSet<Date>,
) -> Result<Vec<CoverageRow>, ApiError> {
    let mut rows = Vec::new();
    for &on in periods {
        for level in Level::ALL {
            let query = AreaQuery { on: Some(on), level, within: None, source: None };
            rows.extend(store.coverage(&query).await?);
        }
    }
    Ok(rows)
}

fn by_code(rows: &[CoverageRow]) -> HashMap<&UnitCode, &CoverageRow> {
    rows.iter().map(|r| (&r.code, r)).collect()
}

/// West, south, east, north; the province's box before anything is added.
struct Bounds([f64; 4], bool);

impl Default for Bounds {
    fn default() -> Self {
        Self([107.03, 15.99, 108.21, 16.75], false)
    }
}

impl Bounds {
    fn add(&mut self, shape: &geo_types::MultiPolygon<f64>) {
        for at in shape.iter().flat_map(|p| p.exterior().coords()) {
            let [west, south, east, north] = if self.1 { self.0 } else { [at.x, at.y, at.x, at.y] };
            self.0 = [west.min(at.x), south.min(at.y), east.max(at.x), north.max(at.y)];
            self.1 = true;
        }
    }
}
