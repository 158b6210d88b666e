//! Forgetting in `PostgreSQL`.

use async_trait::async_trait;

use super::PgService;
use crate::service::{EraseStore, ServiceError, erasing::naming};

#[async_trait]
impl EraseStore for PgService {
    async fn forget(&self, erased: &[String]) -> Result<u64, ServiceError> {
        let orders: Vec<(i64, String)> = sqlx::query_as(include_str!("../sql/settled_orders.sql"))
            .fetch_all(self.work_pool())
            .await
            .map_err(|e| self.failed(e))?;
        let named = naming(&orders, erased);
        sqlx::query("update orders set body = '[]', why = '–' where id = any($1)")
            .bind(&named)
            .execute(self.work_pool())
            .await
            .map(drop)
            .map_err(|e| self.failed(e))?;
        sqlx::raw_sql("vacuum orders, inbox")
            .execute(self.work_pool())
            .await
            .map(drop)
            .map_err(|e| self.failed(e))?;
        Ok(named.len() as u64)
    }
}
