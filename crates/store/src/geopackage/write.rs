//! Small writes: boundaries and masks, and what every writer does before and after.

use geo_types::MultiPolygon;
use sqlx::{Connection, SqliteConnection};

use super::GeoPackage;
use crate::{
    BoundaryRecord, StoreError,
    answers::Answers as _,
    geometry::{Bounds, shape_blob},
};

/// What each schema added to the one before it.
const UPGRADES: [(i64, &str); 5] = [
    (2, include_str!("../sql/schema_2.sql")),
    (3, include_str!("../sql/schema_3.sql")),
    (4, include_str!("../sql/schema_4.sql")),
    (5, include_str!("../sql/schema_5.sql")),
    (6, include_str!("../sql/schema_6.sql")),
];

impl GeoPackage {
    /// Takes the write lock, makes the tables if there are none, and those that an older program did not know.
    pub(crate) async fn begin(&self, c: &mut SqliteConnection) -> Result<(), StoreError> {
        sqlx::raw_sql("begin immediate").execute(&mut *c).await.map_err(|e| self.failed(e))?;
        let objects: i64 = sqlx::query_scalar("select count(*) from sqlite_master")
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        if objects == 0 {
            self.script(c, include_str!("../sql/schema.sql")).await?;
        }
        let version = self.schema_version(c).await?;
        for (_, sql) in UPGRADES.into_iter().filter(|(to, _)| *to > version) {
            self.script(c, sql).await?;
        }
        Ok(())
    }

    /// Version of the tables that are there.
    pub(super) async fn schema_version(&self, c: &mut SqliteConnection) -> Result<i64, StoreError> {
        let sql = "select value from diachiso_meta where key = 'schema_version'";
        let value: String =
            sqlx::query_scalar(sql).fetch_one(c).await.map_err(|e| self.failed(e))?;
        value.parse().map_err(|e| self.corrupt("schema version", e))
    }

    pub(crate) async fn script(
        &self,
        c: &mut SqliteConnection,
        sql: &'static str,
    ) -> Result<(), StoreError> {
        sqlx::raw_sql(sql).execute(c).await.map(drop).map_err(|e| self.failed(e))
    }

    /// Closes the writer. After success the log goes into the file, and is given up where no reader uses it;
    /// readers may keep both from happening now, which loses nothing.
    pub(crate) async fn finish<T>(
        &self,
        mut c: SqliteConnection,
        result: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if result.is_ok() {
            self.made.store(true, std::sync::atomic::Ordering::Relaxed);
            let tidy = [
                "pragma busy_timeout = 100",
                "pragma wal_checkpoint(truncate)",
                "pragma journal_mode = delete",
            ];
            for sql in tidy {
                if let Err(e) = sqlx::raw_sql(sql).execute(&mut c).await {
                    tracing::debug!(store.path = self.name, error = %e, "the log stays beside the store");
                }
            }
        }
        // What is not committed is rolled back here.
        c.close().await.map_err(|e| self.failed(e))?;
        result
    }

    pub(super) async fn write_boundaries(
        &self,
        boundaries: &[BoundaryRecord],
    ) -> Result<(), StoreError> {
        let mut c = self.writer().await?;
        let result = self.insert_boundaries(&mut c, boundaries).await;
        self.finish(c, result).await
    }

    async fn insert_boundaries(
        &self,
        c: &mut SqliteConnection,
        boundaries: &[BoundaryRecord],
    ) -> Result<(), StoreError> {
        self.begin(c).await?;
        for b in boundaries {
            sqlx::query(include_str!("../sql/insert_boundary.sql"))
                .bind(shape_blob(&b.shape))
                .bind(b.code.as_str())
                .bind(b.valid_from.to_string())
                .bind(&*b.origin)
                .bind(b.schematic)
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        let rows = sqlx::query("select geom from boundaries")
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let mut extent: Option<Bounds> = None;
        for row in rows {
            let shape = self.shape(&row, "geom")?;
            let bounds = shape.as_ref().and_then(Bounds::shape);
            extent = extent.into_iter().chain(bounds).reduce(Bounds::join);
        }
        self.set_extent(c, "boundaries", extent).await?;
        self.script(c, "commit").await
    }

    pub(super) async fn write_masks(
        &self,
        masks: &[MultiPolygon<f64>],
        origin: &str,
    ) -> Result<(), StoreError> {
        let mut c = self.writer().await?;
        let result = self.replace_masks(&mut c, masks, origin).await;
        self.finish(c, result).await
    }

    async fn replace_masks(
        &self,
        c: &mut SqliteConnection,
        masks: &[MultiPolygon<f64>],
        origin: &str,
    ) -> Result<(), StoreError> {
        self.begin(c).await?;
        self.script(c, "delete from masks").await?;
        for mask in masks {
            sqlx::query("insert into masks (geom, name) values (?, ?)")
                .bind(shape_blob(mask))
                .bind(origin)
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        let extent = masks.iter().filter_map(Bounds::shape).reduce(Bounds::join);
        self.set_extent(c, "masks", extent).await?;
        self.script(c, "commit").await
    }

    /// Tells other programs where a layer lies.
    pub(crate) async fn set_extent(
        &self,
        c: &mut SqliteConnection,
        layer: &str,
        extent: Option<Bounds>,
    ) -> Result<(), StoreError> {
        sqlx::query(include_str!("../sql/update_extent.sql"))
            .bind(extent.map(|b| b.min_x))
            .bind(extent.map(|b| b.min_y))
            .bind(extent.map(|b| b.max_x))
            .bind(extent.map(|b| b.max_y))
            .bind(layer)
            .execute(c)
            .await
            .map(drop)
            .map_err(|e| self.failed(e))
    }
}
