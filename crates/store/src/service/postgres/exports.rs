//! Exports in `PostgreSQL`.

use async_trait::async_trait;
use diachiso_model::Timestamp;

use super::PgService;
use crate::service::{AuditEntry, ExportRecord, ExportStore, ServiceError, rows::ExportRow};

#[async_trait]
impl ExportStore for PgService {
    async fn add_export(&self, export: &ExportRecord) -> Result<(), ServiceError> {
        sqlx::query(include_str!("../sql/postgres/insert_export.sql"))
            .bind(&*export.id)
            .bind(export.made_at.as_microsecond())
            .bind(export.expires_at.as_microsecond())
            .bind(&*export.who)
            .bind(&*export.operation)
            .bind(&*export.area)
            .bind(&*export.purpose)
            .bind(&*export.format)
            .execute(self.pool())
            .await
            .map(drop)
            .map_err(|e| self.failed(e))
    }

    async fn export(&self, id: &str) -> Result<Option<ExportRecord>, ServiceError> {
        let row: Option<ExportRow> = sqlx::query_as(include_str!("../sql/postgres/export.sql"))
            .bind(id)
            .fetch_optional(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| self.read(row.read(id))).transpose()
    }

    async fn ended_exports(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Box<str>>, ServiceError> {
        sqlx::query_scalar(include_str!("../sql/postgres/ended_exports.sql"))
            .bind(now.as_microsecond())
            .bind(i64::from(limit))
            .fetch_all(self.pool())
            .await
            .map_err(|e| self.failed(e))
    }

    async fn close_export(&self, id: &str, entry: &AuditEntry) -> Result<bool, ServiceError> {
        let mut tx = self.begin().await?;
        let sql = include_str!("../sql/postgres/close_export.sql");
        let query = sqlx::query(sql).bind(id).bind(entry.at.as_microsecond());
        let done = query.execute(&mut *tx).await.map_err(|e| self.failed(e))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        self.commit(tx, &[entry]).await?;
        Ok(true)
    }
}
