//! Requests of data subjects in SQLite.

use async_trait::async_trait;
use diachiso_model::{Date, SubjectRequest};

use super::SqliteService;
use crate::service::{AuditEntry, NewRequest, RequestStore, ServiceError, rows::RequestRow};

#[async_trait]
impl RequestStore for SqliteService {
    async fn add_request(
        &self,
        request: &NewRequest,
        entry: &AuditEntry,
    ) -> Result<i64, ServiceError> {
        let (answer_by, complete_by) = request.kind.deadlines(request.received_on);
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        let id = sqlx::query_scalar(include_str!("../sql/insert_request.sql"))
            .bind(request.kind.as_str())
            .bind(&*request.about)
            .bind(request.received_on.to_string())
            .bind(answer_by.to_string())
            .bind(complete_by.to_string())
            .bind(&*request.recorded_by)
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        self.commit(tx, &[entry]).await?;
        Ok(id)
    }

    async fn requests(&self) -> Result<Vec<SubjectRequest>, ServiceError> {
        let mut c = self.reader().await?;
        let sql = include_str!("../sql/requests.sql");
        let rows: Vec<RequestRow> =
            sqlx::query_as(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }

    async fn answer_request(
        &self,
        id: i64,
        on: Date,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        let sql =
            "update subject_requests set answered_on = ?2 where id = ?1 and answered_on is null";
        let done = sqlx::query(sql).bind(id).bind(on.to_string()).execute(&mut *tx).await;
        if done.map_err(|e| self.failed(e))?.rows_affected() == 0 {
            return Ok(false);
        }
        self.commit(tx, &[entry]).await?;
        Ok(true)
    }

    async fn complete_request(
        &self,
        id: i64,
        on: Date,
        outcome: &str,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        let sql = include_str!("../sql/complete_request.sql");
        let query = sqlx::query(sql).bind(id).bind(on.to_string()).bind(outcome);
        let done = query.execute(&mut *tx).await.map_err(|e| self.failed(e))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        self.commit(tx, &[entry]).await?;
        Ok(true)
    }
}
