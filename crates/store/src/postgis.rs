//! The store on a server: `PostgreSQL` with PostGIS.
//!
//! A run is one transaction: a state is copied in, or what changed of it, and becomes visible as a whole; readers see the
//! last whole run until then. One writer at a time holds an advisory lock of the database; the next is told to wait. The
//! tables are made by [`migrate`](crate::migrate) alone, so that the role that serves needs no right to make any.

mod columns;
mod connect;
pub(crate) mod drain;
mod dump;
mod forget;
mod held;
mod history;
pub(crate) mod migrate;
mod near;
mod places;
mod publish;
mod read;
mod record;
mod tls;
mod wall;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use diachiso_model::{
    Decision, Published, ReferencePlace, RegisterInfo, RowKey, RuleCode, SubmissionId, UnitCode,
    Units,
};
use geo_types::MultiPolygon;
use sqlx::{
    PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgRow},
};

use crate::{
    AcceptedPoint, AreaQuery, BoundaryRecord, Box4, CoverageRow, DensityPoint, GapCursor, GapPage,
    GapRow, Gone, HeldBatch, HeldRow, HouseholdPoint, KnownHouse, LedgerRun, NearPoint, NewHeld,
    NewRun, PlaceView, ProposalView, RegisterLine, ReportRow, RowArea, RunInfo, Store, StoreError,
    StoredSource, SubmissionView, Thing, UnitShape, VillageDays, VillageHousehold, VillageShape,
    answers::Answers as _, rows::Run,
};

pub use connect::database_name;
pub(crate) use connect::{failed, is_url, name as place_name, options, pool};
pub(crate) use publish::ANALYZE;
pub use tls::TlsError;
pub use wall::{open_guarded, roles_sql};

/// Begins to read a state as one run left it.
pub(crate) const LAYERS_READ: &str = "begin isolation level repeatable read read only";

/// The store in the schema `diachiso` of a database.
#[derive(Clone, Debug)]
pub struct PostGis {
    name: String,
    pool: PgPool,
    /// Connections for questions about a whole village.
    lists: PgPool,
    /// The rows about persons that are shown: settings of every transaction that reads some.
    area: Option<Arc<(&'static str, String, String)>>,
}

impl PostGis {
    /// Opens a store that `diachiso migrate` made. What the URL leaves out is read as libpq reads it, from `PGHOST`,
    /// `PGUSER`, `PGPASSWORD` and the like or a password file, but for `sslmode` ([`TlsError`]): over a network the server's
    /// certificate is asked for.
    ///
    /// # Errors
    /// [`StoreError::Url`] when the URL cannot be read, [`StoreError::Unreachable`] when nobody answers there,
    /// [`StoreError::Tls`] when another does or would hear what is said,
    /// [`StoreError::Older`] and [`StoreError::Newer`] when the tables are others than this program knows.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = connect::options(url)?;
        let store = Self::with(options);
        migrate::check(&store).await?;
        Ok(store)
    }

    /// Where it is, for messages.
    pub(crate) fn place_name(&self) -> &str {
        &self.name
    }

    fn with(options: PgConnectOptions) -> Self {
        let name = connect::name(&options);
        let lists = connect::pool(connect::listing(options.clone()), connect::LISTS);
        Self { name, pool: connect::pool(options, connect::CONNECTIONS), lists, area: None }
    }

    /// The connections of the store, for tables of others beside its own.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins to write: nobody else does until the transaction ends.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut t = self.pool.begin().await.map_err(|e| self.failed(e))?;
        sqlx::raw_sql(connect::LOCK_WRITER).execute(&mut *t).await.map_err(|e| self.failed(e))?;
        Ok(t)
    }

    pub(crate) async fn commit(&self, t: Transaction<'static, Postgres>) -> Result<(), StoreError> {
        t.commit().await.map_err(|e| self.failed(e))
    }

    /// Rows of a fixed question.
    async fn rows(&self, sql: &'static str) -> Result<Vec<PgRow>, StoreError> {
        let mut c = self.reading().await?;
        sqlx::query(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))
    }
}

#[async_trait]
impl Store for PostGis {
    fn name(&self) -> &str {
        &self.name
    }

    fn within(&self, area: &RowArea) -> Option<Arc<dyn Store>> {
        Some(Arc::new(self.in_area(area)))
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

    async fn village_gaps(&self, village: &UnitCode) -> Result<Vec<GapRow>, StoreError> {
        self.read_village_gaps(village).await
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
