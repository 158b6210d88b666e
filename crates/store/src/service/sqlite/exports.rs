//! Exports in SQLite.

use async_trait::async_trait;

use super::SqliteService;
use crate::service::{ExportRecord, ExportStore, ServiceError, rows::ExportRow};

#[async_trait]
impl ExportStore for SqliteService {
    async fn add_export(&self, export: &ExportRecord) -> Result<(), ServiceError> {
        let mut c = self.writer().await;
        sqlx::query(include_str!("../sql/insert_export.sql"))
            .bind(&*export.id)
            .bind(export.made_at.as_microsecond())
            .bind(export.expires_at.as_microsecond())
            .bind(&*export.who)
            .bind(&*export.operation)
            .bind(&*export.area)
            .bind(&*export.purpose)
            .bind(&*export.format)
            .execute(&mut *c)
            .await
            .map(drop)
            .map_err(|e| self.failed(e))
    }

    async fn export(&self, id: &str) -> Result<Option<ExportRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let row: Option<ExportRow> = sqlx::query_as(include_str!("../sql/export.sql"))
            .bind(id)
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| self.read(row.read(id))).transpose()
    }
}
