//! Requests of data subjects in SQLite.

use async_trait::async_trait;
use diachiso_model::{Date, SubjectRequest, SubjectRequestKind};
use sqlx::{Row, sqlite::SqliteRow};

use super::SqliteService;
use crate::service::{NewRequest, RequestStore, ServiceError};

#[async_trait]
impl RequestStore for SqliteService {
    async fn add_request(&self, request: &NewRequest) -> Result<i64, ServiceError> {
        let (answer_by, complete_by) = request.kind.deadlines(request.received_on);
        let mut c = self.writer().await;
        sqlx::query_scalar(include_str!("../sql/insert_request.sql"))
            .bind(request.kind.as_str())
            .bind(&*request.about)
            .bind(request.received_on.to_string())
            .bind(answer_by.to_string())
            .bind(complete_by.to_string())
            .bind(&*request.recorded_by)
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))
    }

    async fn requests(&self) -> Result<Vec<SubjectRequest>, ServiceError> {
        let mut c = self.reader().await?;
        let rows = sqlx::query(include_str!("../sql/requests.sql")).fetch_all(&mut *c).await;
        rows.map_err(|e| self.failed(e))?.iter().map(|row| self.request(row)).collect()
    }

    async fn answer_request(&self, id: i64, on: Date) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        let sql =
            "update subject_requests set answered_on = ?2 where id = ?1 and answered_on is null";
        let done = sqlx::query(sql).bind(id).bind(on.to_string()).execute(&mut *c).await;
        Ok(done.map_err(|e| self.failed(e))?.rows_affected() > 0)
    }

    async fn complete_request(
        &self,
        id: i64,
        on: Date,
        outcome: &str,
    ) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        let sql = include_str!("../sql/complete_request.sql");
        let query = sqlx::query(sql).bind(id).bind(on.to_string()).bind(outcome);
        let done = query.execute(&mut *c).await.map_err(|e| self.failed(e))?;
        Ok(done.rows_affected() > 0)
    }
}

impl SqliteService {
    fn request(&self, row: &SqliteRow) -> Result<SubjectRequest, ServiceError> {
        let day = |text: &str| -> Result<Date, ServiceError> {
            text.parse().map_err(|e| self.corrupt("day of a request", e))
        };
        let kind = SubjectRequestKind::from_key(row.get(1))
            .ok_or_else(|| self.corrupt("kind of a request", row.get::<&str, _>(1)))?;
        Ok(SubjectRequest {
            id: row.get(0),
            kind,
            about: row.get::<&str, _>(2).into(),
            received_on: day(row.get(3))?,
            answer_by: day(row.get(4))?,
            complete_by: day(row.get(5))?,
            recorded_by: row.get::<&str, _>(6).into(),
            answered_on: row.get::<Option<&str>, _>(7).map(day).transpose()?,
            completed_on: row.get::<Option<&str>, _>(8).map(day).transpose()?,
            outcome: row.get::<Option<&str>, _>(9).map(Into::into),
        })
    }
}
