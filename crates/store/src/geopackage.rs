//! The embedded store: one GeoPackage file.
//!
//! A run is one SQLite transaction. A file that has readers is written through a write-ahead log: readers keep
//! the last whole run while the next is written, and the commit is one append. A new file has no reader, so
//! its first run goes through a rollback journal, which writes every page once instead of twice. Either way a
//! killed writer leaves what the next connection undoes by itself. After a run the log is moved into the file
//! and, where no reader holds it, given up, so that the one file is all there is to copy.

pub(crate) mod drain;
mod dump;
mod file;
mod forget;
mod held;
mod history;
mod near;
mod old_tokens;
mod packed;
mod places;
mod proposals;
mod publish;
mod read;
mod record;
mod write;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diachiso_model::{
    Decision, Published, ReferencePlace, RegisterInfo, RowKey, RuleCode, SubmissionId, UnitCode,
    Units,
};
use geo_types::MultiPolygon;
use sqlx::{
    ConnectOptions, Sqlite, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnection, SqlitePoolOptions},
};

use crate::{
    AcceptedPoint, AreaQuery, BoundaryRecord, Box4, CoverageRow, DensityPoint, GapCursor, GapPage,
    Gone, HeldBatch, HeldRow, HouseholdPoint, KnownHouse, LedgerRun, NearPoint, NewHeld, NewRun,
    PlaceView, ProposalView, RegisterLine, ReportRow, RunInfo, Store, StoreError, StoredSource,
    SubmissionView, Thing, UnitShape, VillageDays, VillageHousehold, VillageShape,
    answers::Answers as _, rows::Run,
};
use file::Found;
pub(crate) use file::failed;
pub(crate) use old_tokens::{forget_tokens, tokens_in};
pub(crate) use publish::{LAYERS, layout_digest};

/// How long readers may keep a writer from beginning.
const SWITCH_TIMEOUT: Duration = Duration::from_secs(3);
/// Between two tries.
const SWITCH_PAUSE: Duration = Duration::from_millis(20);
/// Connections that read at the same time.
const READERS: u32 = 4;

/// The store in one GeoPackage file.
#[derive(Debug)]
pub struct GeoPackage {
    path: PathBuf,
    name: String,
    readers: SqlitePool,
    made: AtomicBool,
}

/// The store behind a URL: a path ending in `.gpkg`, or `postgres://…` or `postgresql://…` of a database that
/// `diachiso migrate` made ready. With `create`, a file that is not there yet will be made by the first thing written to it.
///
/// # Errors
/// When the URL names no kind of store, or the file cannot be used (see [`GeoPackage::open`] and
/// [`PostGis::open`](crate::PostGis::open)).
pub async fn open_store(url: &str, create: bool) -> Result<Arc<dyn Store>, StoreError> {
    if crate::postgis::is_url(url) {
        return Ok(Arc::new(crate::PostGis::open(url).await?));
    }
    let gpkg = Path::new(url).extension().is_some_and(|e| e.eq_ignore_ascii_case("gpkg"));
    if !gpkg || url.contains("://") {
        return Err(StoreError::Url { url: without_credentials(url) });
    }
    let store =
        if create { GeoPackage::create_or_open(url).await? } else { GeoPackage::open(url).await? };
    Ok(Arc::new(store))
}

/// A URL as it may be shown: who asks and what else stands behind `?` are left out.
pub(crate) fn without_credentials(url: &str) -> String {
    let url = if url.contains("://") { url.split('?').next().unwrap_or_default() } else { url };
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    }
}

impl GeoPackage {
    /// Opens a store that exists.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none, [`StoreError::NotOurs`] and [`StoreError::Newer`] when the
    /// file is something else; it is left as it was.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        match file::inspect(path).await? {
            Found::Ours => Ok(Self::at(path, true)),
            Found::Nothing | Found::Fresh => {
                Err(StoreError::Missing { path: path.display().to_string() })
            }
        }
    }

    /// Opens a store, or stands ready to make one: nothing is written before there is something to keep.
    ///
    /// # Errors
    /// As [`GeoPackage::open`], and when the folder does not exist.
    pub async fn create_or_open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let found = file::inspect(path).await?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|_| found == Found::Nothing) {
            let io = |source| StoreError::Io { path: folder.display().to_string(), source };
            std::fs::metadata(folder).map_err(io)?;
        }
        Ok(Self::at(path, found == Found::Ours))
    }

    /// Where it is, for messages.
    pub(crate) fn place_name(&self) -> &str {
        &self.name
    }

    fn at(path: &Path, made: bool) -> Self {
        let readers =
            SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(file::reader(path));
        let name = path.display().to_string();
        Self { path: path.to_owned(), name, readers, made: AtomicBool::new(made) }
    }

    /// A reading connection; `None` while the store is still to be made.
    pub(crate) async fn reader(&self) -> Result<Option<PoolConnection<Sqlite>>, StoreError> {
        if !self.made.load(Ordering::Relaxed) {
            if file::inspect(&self.path).await? != Found::Ours {
                return Ok(None);
            }
            self.made.store(true, Ordering::Relaxed);
        }
        self.readers.acquire().await.map(Some).map_err(|e| self.failed(e))
    }

    /// A connection for writing, in the journal mode that suits.
    pub(crate) async fn writer(&self) -> Result<SqliteConnection, StoreError> {
        let found = file::inspect(&self.path).await?;
        let mut connection =
            file::writer(&self.path).connect().await.map_err(|e| self.failed(e))?;
        let mode = match found {
            Found::Ours => "pragma journal_mode = wal",
            Found::Nothing | Found::Fresh => "pragma journal_mode = delete",
        };
        self.switch(&mut connection, mode).await?;
        Ok(connection)
    }

    /// Changes the journal mode. A reader in the middle of a page of rows is in the way of that, and SQLite does
    /// not wait by itself here.
    async fn switch(
        &self,
        connection: &mut SqliteConnection,
        mode: &'static str,
    ) -> Result<(), StoreError> {
        let begun = Instant::now();
        loop {
            let result = sqlx::raw_sql(mode).execute(&mut *connection).await;
            match result.map_err(|e| self.failed(e)) {
                Err(StoreError::Busy { .. }) if begun.elapsed() < SWITCH_TIMEOUT => {
                    tokio::time::sleep(SWITCH_PAUSE).await;
                }
                other => return other.map(drop),
            }
        }
    }
}

#[async_trait]
impl Store for GeoPackage {
    fn name(&self) -> &str {
        &self.name
    }

    async fn latest_run(&self) -> Result<Option<RunInfo>, StoreError> {
        self.read_latest_run().await
    }

    async fn runs(&self, before: i64, limit: u32) -> Result<Vec<LedgerRun>, StoreError> {
        self.read_runs(before, limit).await
    }

    async fn sources(&self) -> Result<Vec<StoredSource>, StoreError> {
        self.read_sources().await
    }

    async fn archive(&self, source: i64) -> Result<Vec<u8>, StoreError> {
        self.read_archive(source).await
    }

    async fn boundaries(&self) -> Result<Vec<BoundaryRecord>, StoreError> {
        self.read_boundaries().await
    }

    async fn import_boundaries(&self, boundaries: &[BoundaryRecord]) -> Result<(), StoreError> {
        self.write_boundaries(boundaries).await
    }

    async fn masks(&self) -> Result<Vec<MultiPolygon<f64>>, StoreError> {
        self.read_masks().await
    }

    async fn import_masks(
        &self,
        masks: &[MultiPolygon<f64>],
        origin: &str,
    ) -> Result<(), StoreError> {
        self.write_masks(masks, origin).await
    }

    async fn places(&self) -> Result<Vec<ReferencePlace>, StoreError> {
        self.read_places().await
    }

    async fn places_stamp(&self) -> Result<(i64, i64), StoreError> {
        self.read_places_stamp().await
    }

    async fn import_places(
        &self,
        places: &[ReferencePlace],
        origin: &str,
    ) -> Result<(), StoreError> {
        self.write_places(places, origin).await
    }

    async fn known_houses(&self) -> Result<Vec<KnownHouse>, StoreError> {
        self.read_known_houses().await
    }

    async fn publish(
        &self,
        state: &Published,
        units: &Units,
        shapes: &[UnitShape],
        new: &NewRun,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<RunInfo, StoreError> {
        self.write_run(&Run { state, units, shapes, new }, progress).await
    }

    async fn forget(&self, erased: &[SubmissionId]) -> Result<(), StoreError> {
        self.forget_erased(erased).await
    }

    async fn hold(&self, batch: &NewHeld) -> Result<i64, StoreError> {
        self.write_held(batch).await
    }

    async fn held(&self) -> Result<Vec<HeldBatch>, StoreError> {
        self.read_held().await
    }

    async fn held_archive(&self, file: i64) -> Result<Vec<u8>, StoreError> {
        self.read_held_archive(file).await
    }

    async fn rewrite_held(&self, archives: &[(i64, Vec<u8>)]) -> Result<(), StoreError> {
        self.write_held_archives(archives).await
    }

    async fn discard(&self, batch: i64, decision: &Decision) -> Result<(), StoreError> {
        self.write_discarded(batch, decision).await
    }

    async fn proposals(&self) -> Result<Vec<ProposalView>, StoreError> {
        self.read_proposals().await
    }

    async fn decisions(&self) -> Result<Vec<Decision>, StoreError> {
        self.read_decisions().await
    }

    async fn verdicts(&self) -> Result<[u64; 4], StoreError> {
        self.read_verdicts().await
    }

    async fn rule_counts(&self) -> Result<Vec<(RuleCode, u64)>, StoreError> {
        self.read_rule_counts().await
    }

    async fn coverage(&self, query: &AreaQuery) -> Result<Vec<CoverageRow>, StoreError> {
        self.read_coverage(query).await
    }

    async fn gaps(
        &self,
        area: &UnitCode,
        after: Option<&GapCursor>,
        limit: u32,
    ) -> Result<GapPage, StoreError> {
        self.read_gaps(area, after, limit).await
    }

    async fn place(&self, id: SubmissionId) -> Result<Option<PlaceView>, StoreError> {
        self.read_place(id).await
    }

    async fn gone(&self, thing: Thing, id: &str) -> Result<Option<Gone>, StoreError> {
        self.read_gone(thing, id).await
    }

    async fn submission(&self, id: SubmissionId) -> Result<Option<SubmissionView>, StoreError> {
        self.read_submission(id).await
    }

    async fn held_rows(&self) -> Result<Vec<HeldRow>, StoreError> {
        self.read_held_rows().await
    }

    async fn report(
        &self,
        file: Option<&str>,
        after: Option<(&str, u32)>,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError> {
        self.read_report(file, after, limit).await
    }

    async fn village_households(
        &self,
        village: &UnitCode,
    ) -> Result<Vec<VillageHousehold>, StoreError> {
        self.read_village_households(village).await
    }

    async fn register_lines(&self, keys: &[RowKey]) -> Result<Vec<RegisterLine>, StoreError> {
        self.read_register_lines(keys).await
    }

    async fn accepted_near(&self, bounds: Box4, limit: u32) -> Result<Vec<NearPoint>, StoreError> {
        self.read_accepted_near(bounds, limit).await
    }

    async fn accepted_points(&self) -> Result<Vec<AcceptedPoint>, StoreError> {
        self.read_accepted_points().await
    }

    async fn unit_shapes(&self) -> Result<Vec<UnitShape>, StoreError> {
        self.read_unit_shapes().await
    }

    async fn village_shapes(&self) -> Result<Vec<VillageShape>, StoreError> {
        self.read_village_shapes().await
    }

    async fn density_points(&self) -> Result<Vec<DensityPoint>, StoreError> {
        self.read_density_points().await
    }

    async fn covered_by_day(&self) -> Result<Vec<VillageDays>, StoreError> {
        self.read_covered_by_day().await
    }

    async fn registers(&self) -> Result<Vec<RegisterInfo>, StoreError> {
        self.read_registers().await
    }

    async fn households_in(
        &self,
        bounds: Box4,
        limit: u32,
    ) -> Result<Vec<HouseholdPoint>, StoreError> {
        self.read_households_in(bounds, limit).await
    }

    async fn dump(&self) -> Result<String, StoreError> {
        self.read_dump().await
    }
}
