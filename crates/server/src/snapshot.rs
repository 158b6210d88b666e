//! What tiles, menus and masks are made of: one run's shapes and counts, held in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use diachiso_model::{Date, Level, LonLat, UnitCode};
use diachiso_spatial::{density::Density, point_index};
use diachiso_store::{AreaQuery, CoverageRow, RunInfo, Store};

use crate::{
    access::AreaIndex,
    error::ApiError,
    ogc::{self, Collection},
    tiles::{Drawn, Figures, MapUnit, RegisterRows},
};

/// Zooms whose tiles show a district or more.
const FIRST_ZOOMS: u8 = 10;

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
    pub(crate) communes: BTreeMap<Date, Drawn>,
    /// Villages to draw, in [`Snapshot::period`].
    pub(crate) villages: Drawn,
    /// Where covered households are, in cells.
    pub(crate) density: Cells,
    /// Where those are that are not covered.
    pub(crate) gaps: Cells,
    /// What the maps tell of units.
    pub(crate) figures: Figures,
    /// West, south, east, north of everything drawn.
    pub(crate) bounds: [f64; 4],
    /// The same as collections of features.
    pub(crate) collections: Vec<Collection>,
    /// Which villages make up a unit in each period.
    pub(crate) area_index: AreaIndex,
    codes: BTreeSet<UnitCode>,
}

/// Households by cell.
pub(crate) struct Cells {
    pub(crate) density: Density,
    /// Those whose place nothing tells, or lies where no point may be shown.
    nowhere: u64,
}

impl Cells {
    /// Households that no zoom tells of: too few, or nowhere.
    pub(crate) fn suppressed(&self) -> u64 {
        self.density.hidden() + self.nowhere
    }
}

impl Snapshot {
    /// Reads one run from the store; shapes that are as in the run before are used again.
    pub(crate) async fn load(
        store: &dyn Store,
        run: RunInfo,
        before: Option<Arc<Self>>,
    ) -> Result<Self, ApiError> {
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
        let registers = by_register(store, &periods).await?;
        let village_shapes = store.village_shapes().await?;
        let days = store.covered_by_day().await?;
        let points = store.density_points().await?;
        let masks = store.masks().await?;
        // Projecting is arithmetic over all vertices: off the threads that answer.
        tokio::task::spawn_blocking(move || {
            let all = registers.iter().flat_map(|(_, periods)| periods);
            let rows: Vec<&CoverageRow> =
                all.flat_map(|(_, levels)| levels).flat_map(|(_, rows)| rows).collect();
            let mut codes: BTreeSet<UnitCode> = areas.iter().map(|a| a.code.clone()).collect();
            codes.extend(rows.iter().filter(|r| r.level == Level::Commune).map(|c| c.code.clone()));
            codes.extend(shapes.iter().map(|s| s.code.clone()));
            codes.extend(village_shapes.iter().map(|v| v.code.clone()));
            let first = || registers.first().into_iter().flat_map(|(_, periods)| periods);
            let area_index =
                AreaIndex::of(first().flat_map(|(_, levels)| levels).flat_map(|(_, rows)| rows));
            let mut bounds = Bounds::default();
            let mut communes: BTreeMap<Date, Drawn> = BTreeMap::new();
            for &on in &periods {
                let own = shapes.iter().filter(|s| s.level == Level::Commune && s.period == on);
                let own = own.map(|s| {
                    bounds.add(&s.shape);
                    (
                        MapUnit {
                            code: s.code.clone(),
                            name: s.name.to_string(),
                            schematic: s.schematic,
                        },
                        &s.shape,
                    )
                });
                let same = before.as_ref().and_then(|b| b.communes.get(&on));
                communes.insert(on, Drawn::of(own.collect(), same));
            }
            let by_period: Vec<(Date, Vec<CoverageRow>)> = first()
                .map(|(on, levels)| {
                    let of_level = levels.iter().filter(|(level, _)| *level == Level::Commune);
                    (*on, of_level.flat_map(|(_, rows)| rows.iter().cloned()).collect())
                })
                .collect();
            let collections =
                ogc::collections(&shapes, &village_shapes, &areas, &by_period, period);
            let own = village_shapes.iter().filter_map(|v| {
                let shape = v.shape.as_ref()?;
                bounds.add(shape);
                let schematic = v.confidence < 1.0;
                Some((MapUnit { code: v.code.clone(), name: v.name.to_string(), schematic }, shape))
            });
            let villages = Drawn::of(own.collect(), before.as_ref().map(|b| &b.villages));
            let masks = point_index::AreaIndex::new((0..).zip(masks).collect());
            let of = |covered| {
                let own = points.iter().filter(|p| p.covered == covered);
                let shown = |at: &LonLat| masks.locate(*at).is_none();
                let placed: Vec<LonLat> =
                    own.clone().filter_map(|p| p.point).filter(shown).collect();
                let all: u64 = own.map(|p| p.households).sum();
                Cells { nowhere: all - placed.len() as u64, density: Density::of(&placed) }
            };
            let (density, gaps) = rayon::join(|| of(true), || of(false));
            Self {
                id: NEXT.fetch_add(1, Ordering::Relaxed),
                run,
                period,
                periods: periods.into_iter().collect(),
                communes,
                villages,
                density,
                gaps,
                figures: Figures::of(registers, &days, &area_index, period),
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

    /// Cuts the tiles of the zooms that a map begins with, which show all units or most: those of the communes of every
    /// period, so that the time slider need not wait either, and of the villages.
    pub(crate) fn cut_first_zooms(&self) {
        for drawn in self.communes.values().chain([&self.villages]) {
            drawn.cut_down_to(FIRST_ZOOMS);
        }
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
        self.communes.get(&period).is_some_and(|drawn| drawn.units.iter().any(|u| u.schematic))
    }
}

/// The units of all levels and periods, by register, the first one first.
async fn by_register(
    store: &dyn Store,
    periods: &BTreeSet<Date>,
) -> Result<Vec<(Box<str>, RegisterRows)>, ApiError> {
    let mut registers: Vec<(Box<str>, RegisterRows)> = Vec::new();
    for register in store.registers().await? {
        // A source that sent two lists is asked for the first.
        if registers.iter().any(|(source, _)| **source == *register.source) {
            continue;
        }
        let mut rows = RegisterRows::new();
        for &on in periods {
            let mut levels = Vec::new();
            for level in Level::ALL {
                let source = Some((*register.source).into());
                let query = AreaQuery { on: Some(on), level, within: None, source };
                levels.push((level, store.coverage(&query).await?));
            }
            rows.push((on, levels));
        }
        registers.push(((*register.source).into(), rows));
    }
    Ok(registers)
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
