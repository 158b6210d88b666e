//! Exports in SQLite.

use async_trait::async_trait;
use diachiso_model::Timestamp;
use sqlx::Row;

use super::SqliteService;
use crate::service::{ExportRecord, ExportStore, ServiceError};

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
        let row = sqlx::query(include_str!("../sql/export.sql"))
            .bind(id)
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(row) = row else { return Ok(None) };
        let time =
            |us| Timestamp::from_microsecond(us).map_err(|e| self.corrupt("time of an export", e));
        let text = |at: usize| -> Box<str> { row.get::<&str, _>(at).into() };
        Ok(Some(ExportRecord {
            id: id.into(),
            made_at: time(row.get(0))?,
            expires_at: time(row.get(1))?,
            who: text(2),
            operation: text(3),
            area: text(4),
            purpose: text(5),
            format: text(6),
        }))
    }
}
