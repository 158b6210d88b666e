//! Forgetting in SQLite.

use async_trait::async_trait;

use super::SqliteService;
use crate::service::{EraseStore, ServiceError, erasing::naming};

#[async_trait]
impl EraseStore for SqliteService {
    async fn forget(&self, erased: &[String]) -> Result<u64, ServiceError> {
        let fail = |e| self.failed(e);
        let mut c = self.writer().await;
        let orders: Vec<(i64, String)> = sqlx::query_as(include_str!("../sql/settled_orders.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(fail)?;
        let named = naming(&orders, erased);
        for id in &named {
            let sql = "update orders set body = '[]', why = '–' where id = ?";
            sqlx::query(sql).bind(*id).execute(&mut *c).await.map_err(fail)?;
        }
        // Every page is written anew, and the log emptied: none is left that is free and holds what it held.
        for sql in ["vacuum", "pragma wal_checkpoint(truncate)"] {
            sqlx::raw_sql(sql).execute(&mut *c).await.map_err(fail)?;
        }
        Ok(named.len() as u64)
    }
}
