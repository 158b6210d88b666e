//! Gap rows village by village, each with a hint where to look, in the order in which teams go.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use diachiso_model::{HouseholdState, Level, LonLat, PovertyClass, Tally, UnitCode};
use diachiso_pipeline::{GapHint, WalkHousehold, gap_hints};
use diachiso_store::{GapRow, Store, VillageHousehold};
use quick_cache::{Weighter, sync::Cache};
use tokio::task::JoinHandle;

use crate::{AppState, access::Access, area::Area, error::ApiError, snapshot::Snapshot};

/// Rows of villages kept for pages: some 60 MiB.
const KEPT_ROWS: u64 = 100_000;

/// Villages expected among them, for the tables of the cache.
const KEPT_VILLAGES: usize = 256;

/// Villages of a whole list that are read at a time.
const VILLAGES_AT_ONCE: usize = 4;

/// Where a page of a list in walking order ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct WalkCursor {
    /// Village of the last row.
    pub(crate) village: UnitCode,
    /// Poverty rank of the last row, the poor first.
    pub(crate) rank: u8,
    /// Its place in the walk.
    pub(crate) walk: u32,
    /// Its household.
    pub(crate) household: Box<str>,
}

/// A row of a gap list and where to look for the household.
#[derive(Clone)]
pub(crate) struct HintedRow {
    pub(crate) row: GapRow,
    /// `None` only while the store is replaced under the list.
    pub(crate) hint: Option<GapHint>,
}

impl HintedRow {
    /// Its place within the village: the poor first, then the near-poor, each in walking order; rows without a hint stand by
    /// household behind the others.
    fn place(&self) -> (u8, u32, &str) {
        let rank = match self.row.poverty {
            PovertyClass::Poor => 0,
            PovertyClass::NearPoor => 1,
            PovertyClass::None => 2,
        };
        let walk = self.hint.as_ref().map_or(u32::MAX, |hint| hint.walk);
        (rank, walk, &self.row.household)
    }

    /// The cursor of a page that ends with this row.
    pub(crate) fn cursor(&self) -> WalkCursor {
        let (rank, walk, household) = self.place();
        WalkCursor { village: self.row.village.clone(), rank, walk, household: household.into() }
    }

    /// Whether the row comes behind the end of a page.
    fn is_behind(&self, cursor: &WalkCursor) -> bool {
        self.row.village != cursor.village
            || self.place() > (cursor.rank, cursor.walk, &*cursor.household)
    }

    /// Where to look; without a hint what the run suggested.
    pub(crate) fn position(&self) -> Option<LonLat> {
        self.hint.as_ref().map_or(self.row.suggested, |hint| hint.position)
    }
}

/// Hints by the id of the household.
fn hints(households: &[VillageHousehold], centre: Option<LonLat>) -> HashMap<&str, GapHint> {
    let walked: Vec<WalkHousehold<'_>> = households
        .iter()
        .map(|own| WalkHousehold {
            id: &own.id,
            head: &own.head,
            address: &own.address,
            point: own.point.or(own.submitted.filter(|_| own.state.is_gap())),
            suggested: own.suggested,
            covered: !own.state.is_gap(),
        })
        .collect();
    let named = |hint: GapHint| (&*households[hint.household].id, hint);
    gap_hints(&walked, centre).into_iter().map(named).collect()
}

/// The list of a village in order: the poor first, then the near-poor, each in walking order.
type VillageList = Arc<Vec<HintedRow>>;

#[derive(Clone)]
struct ByRows;

impl Weighter<(u64, UnitCode), VillageList> for ByRows {
    fn weight(&self, _: &(u64, UnitCode), list: &VillageList) -> u64 {
        list.len() as u64 + 1
    }
}

/// Lists of villages that pages were cut from, of at most [`KEPT_ROWS`]. Those of older runs give way.
pub(crate) struct VillageLists {
    lists: Cache<(u64, UnitCode), VillageList, ByRows>,
}

impl VillageLists {
    pub(crate) fn new() -> Self {
        Self { lists: Cache::with_weighter(KEPT_VILLAGES, KEPT_ROWS, ByRows) }
    }

    async fn get(&self, key: &(u64, UnitCode), store: &dyn Store) -> Result<VillageList, ApiError> {
        let made = async { village_list(store, &key.1).await.map(Arc::new) };
        self.lists.get_or_insert_async(key, made).await
    }
}

/// The villages of an area that have somebody on the list, in order.
fn villages(snapshot: &Snapshot, area: &Area) -> Vec<UnitCode> {
    let without: BTreeSet<&UnitCode> = snapshot
        .areas
        .iter()
        .filter(|row| row.level == Level::Village && gaps_of(&row.tally) == 0)
        .map(|row| &row.code)
        .collect();
    area.villages.iter().filter(|code| !without.contains(code)).cloned().collect()
}

fn gaps_of(tally: &Tally) -> u64 {
    HouseholdState::ALL.into_iter().filter(|s| s.is_gap()).map(|s| tally.state(s)).sum()
}

async fn village_list(store: &dyn Store, village: &UnitCode) -> Result<Vec<HintedRow>, ApiError> {
    let rows = store.village_gaps(village).await?;
    let Some(centre) = rows.first().map(|row| row.suggested) else { return Ok(Vec::new()) };
    let households = store.village_households(village).await?;
    // A tour of a large village is milliseconds of arithmetic: off the threads that answer.
    let hinted = move || {
        let mut hints = hints(&households, centre);
        let hinted = |row: GapRow| HintedRow { hint: hints.remove(&*row.household), row };
        in_order(rows.into_iter().map(hinted).collect())
    };
    tokio::task::spawn_blocking(hinted).await.map_err(ApiError::internal)
}

/// A page of so many rows behind the end of the one before, and whether there are more. No page costs more than the first:
/// it begins at the village in which the one before ended, whose list is likely at hand.
pub(crate) async fn page(
    state: &AppState,
    access: &Access,
    area: &Area,
    end: Option<&WalkCursor>,
    limit: u32,
) -> Result<(Vec<HintedRow>, bool), ApiError> {
    let (snapshot, store) = (state.snapshot().await?, state.rows(access).await?);
    let villages = villages(&snapshot, area);
    let begin = end.map_or(0, |end| villages.partition_point(|code| *code < end.village));
    let most = limit as usize;
    let mut rows: Vec<HintedRow> = Vec::new();
    for code in villages.into_iter().skip(begin) {
        let list = state.village_lists().get(&(snapshot.id, code), &*store).await?;
        let behind = list.iter().filter(|row| end.is_none_or(|end| row.is_behind(end)));
        rows.extend(behind.take(most + 1 - rows.len()).cloned());
        if rows.len() > most {
            break;
        }
    }
    let more = rows.len() > most;
    rows.truncate(most);
    Ok((rows, more))
}

/// A whole list, village by village, some of them read ahead. Memory holds those, however long the list.
pub(crate) struct WholeList {
    store: Arc<dyn Store>,
    villages: std::vec::IntoIter<UnitCode>,
    ahead: VecDeque<JoinHandle<Result<Vec<HintedRow>, ApiError>>>,
}

impl WholeList {
    pub(crate) async fn new(
        state: &AppState,
        access: &Access,
        area: &Area,
    ) -> Result<Self, ApiError> {
        let snapshot = state.snapshot().await?;
        let villages = villages(&snapshot, area).into_iter();
        Ok(Self { store: state.rows(access).await?, villages, ahead: VecDeque::new() })
    }

    /// The rows of the next village in order. `None` at the end.
    pub(crate) async fn next_village(&mut self) -> Result<Option<Vec<HintedRow>>, ApiError> {
        loop {
            while self.ahead.len() < VILLAGES_AT_ONCE
                && let Some(code) = self.villages.next()
            {
                let store = Arc::clone(&self.store);
                let list = async move { village_list(&*store, &code).await };
                self.ahead.push_back(tokio::spawn(list));
            }
            let Some(next) = self.ahead.pop_front() else { return Ok(None) };
            let rows = next.await.map_err(ApiError::internal)??;
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
    }
}

fn in_order(mut rows: Vec<HintedRow>) -> Vec<HintedRow> {
    rows.sort_by(|a, b| a.place().cmp(&b.place()));
    rows
}
