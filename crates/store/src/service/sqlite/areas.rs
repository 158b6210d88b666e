//! Saved areas in SQLite.

use async_trait::async_trait;
use diachiso_model::{AreaId, SavedArea};

use super::SqliteService;
use crate::service::{
    AreaStore, AuditEntry, SavedAreaRecord, ServiceError,
    rows::{AreaRow, lines},
};

#[async_trait]
impl AreaStore for SqliteService {
    async fn save_area(
        &self,
        area: &SavedArea,
        only_of: Option<&str>,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        let query = sqlx::query(include_str!("../sql/save_area.sql"))
            .bind(area.id().as_str())
            .bind(area.name())
            .bind(lines(area.units()))
            .bind(&*entry.who)
            .bind(entry.at.as_microsecond())
            .bind(only_of);
        let done = query.execute(&mut *tx).await.map_err(|e| self.failed(e))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        self.commit(tx, &[entry]).await?;
        Ok(true)
    }

    async fn take_area(&self, record: &SavedAreaRecord) -> Result<(), ServiceError> {
        let mut c = self.writer().await;
        let query = sqlx::query(include_str!("../sql/take_area.sql"))
            .bind(record.area.id().as_str())
            .bind(record.area.name())
            .bind(lines(record.area.units()))
            .bind(&*record.made_by)
            .bind(record.made_at.as_microsecond())
            .bind(&*record.changed_by)
            .bind(record.changed_at.as_microsecond());
        query.execute(&mut *c).await.map(drop).map_err(|e| self.failed(e))
    }

    async fn saved_areas(&self) -> Result<Vec<SavedAreaRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let sql = include_str!("../sql/areas.sql");
        let rows: Vec<AreaRow> =
            sqlx::query_as(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }

    async fn saved_area(&self, id: &AreaId) -> Result<Option<SavedAreaRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let row: Option<AreaRow> = sqlx::query_as(include_str!("../sql/area.sql"))
            .bind(id.as_str())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| self.read(row.read())).transpose()
    }

    async fn remove_area(
        &self,
        id: &AreaId,
        only_of: Option<&str>,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        let sql = "delete from saved_areas where id = ?1 and (?2 is null or made_by = ?2)";
        let query = sqlx::query(sql).bind(id.as_str()).bind(only_of);
        let done = query.execute(&mut *tx).await.map_err(|e| self.failed(e))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        self.commit(tx, &[entry]).await?;
        Ok(true)
    }
}
