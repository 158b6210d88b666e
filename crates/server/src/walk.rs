//! Gap rows village by village, each with a hint where to look, in the order in which teams go.

use std::collections::{HashMap, VecDeque};

use diachiso_model::{LonLat, PovertyClass, UnitCode};
use diachiso_pipeline::{GapHint, WalkHousehold, gap_hints};
use diachiso_store::{GapCursor, GapRow, Store, VillageHousehold};

use crate::error::ApiError;

/// Rows asked of the store at a time for a whole list, and for a page at least.
const CHUNK_ROWS: u32 = 2_000;
const PAGE_CHUNK_ROWS: u32 = 256;

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

/// The hints of one village at a time: rows come village by village.
#[derive(Default)]
pub(crate) struct Hints {
    village: Option<UnitCode>,
    by_household: HashMap<Box<str>, GapHint>,
}

impl Hints {
    /// The row with its hint; reads the village when it is another than that of the row before.
    pub(crate) async fn give(
        &mut self,
        store: &dyn Store,
        row: GapRow,
    ) -> Result<HintedRow, ApiError> {
        if self.village.as_ref() != Some(&row.village) {
            let households = store.village_households(&row.village).await?;
            let centre = row.suggested;
            // A tour of a large village is milliseconds of arithmetic: off the threads that answer.
            let hints = tokio::task::spawn_blocking(move || hints(&households, centre)).await;
            self.by_household = hints.map_err(ApiError::internal)?;
            self.village = Some(row.village.clone());
        }
        let hint = self.by_household.get(&row.household).cloned();
        Ok(HintedRow { row, hint })
    }
}

fn hints(households: &[VillageHousehold], centre: Option<LonLat>) -> HashMap<Box<str>, GapHint> {
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
    let named = |hint: GapHint| (households[hint.household].id.clone(), hint);
    gap_hints(&walked, centre).into_iter().map(named).collect()
}

/// A whole list, village by village. Memory holds a chunk and a village, however long the list.
pub(crate) struct WholeList {
    area: UnitCode,
    chunk_rows: u32,
    after: Option<GapCursor>,
    read_all: bool,
    ahead: VecDeque<GapRow>,
    hints: Hints,
}

impl WholeList {
    pub(crate) fn new(area: UnitCode) -> Self {
        Self {
            area,
            chunk_rows: CHUNK_ROWS,
            after: None,
            read_all: false,
            ahead: VecDeque::new(),
            hints: Hints::default(),
        }
    }

    /// A page of so many rows behind the end of the one before, and whether there are more. It begins to read at the village
    /// in which that ended, so that no page costs more than the first.
    pub(crate) async fn page(
        area: UnitCode,
        end: Option<&WalkCursor>,
        limit: u32,
        store: &dyn Store,
    ) -> Result<(Vec<HintedRow>, bool), ApiError> {
        // Before the first household of the village: no id is empty.
        let first = |end: &WalkCursor| GapCursor {
            village: end.village.clone(),
            rank: 0,
            household: "".into(),
        };
        let chunk_rows = limit.saturating_add(1).max(PAGE_CHUNK_ROWS);
        let mut list = Self { chunk_rows, after: end.map(first), ..Self::new(area) };
        let mut rows: Vec<HintedRow> = Vec::new();
        let most = limit as usize;
        while rows.len() <= most {
            let Some(village) = list.next_village(store).await? else { break };
            rows.extend(village.into_iter().filter(|row| end.is_none_or(|end| row.is_behind(end))));
        }
        let more = rows.len() > most;
        rows.truncate(most);
        Ok((rows, more))
    }

    /// The rows of the next village: the poor first, then the near-poor, each in walking order. `None` at the end.
    pub(crate) async fn next_village(
        &mut self,
        store: &dyn Store,
    ) -> Result<Option<Vec<HintedRow>>, ApiError> {
        let mut rows: Vec<HintedRow> = Vec::new();
        loop {
            while let Some(next) = self.ahead.front() {
                if rows.first().is_some_and(|first| first.row.village != next.village) {
                    return Ok(Some(in_order(rows)));
                }
                if let Some(next) = self.ahead.pop_front() {
                    rows.push(self.hints.give(store, next).await?);
                }
            }
            if self.read_all {
                return Ok((!rows.is_empty()).then(|| in_order(rows)));
            }
            let chunk = store.gaps(&self.area, self.after.as_ref(), self.chunk_rows).await?;
            self.ahead.extend(chunk.rows);
            self.read_all = chunk.next.is_none();
            self.after = chunk.next;
        }
    }
}

fn in_order(mut rows: Vec<HintedRow>) -> Vec<HintedRow> {
    rows.sort_by(|a, b| a.place().cmp(&b.place()));
    rows
}
