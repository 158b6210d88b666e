//! The audit log in `PostgreSQL`: whoever comes first writes for all of its process who wait, one process at a time.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use sqlx::PgConnection;
use tokio::sync::oneshot;

use super::{Inner, PgService};
use crate::service::{
    AUDIT_GENESIS, AuditAnchor, AuditEntry, AuditLog, AuditRecord, ServiceError,
    rows::{AnchorRow, AuditRow},
};

/// Most entries of one transaction.
const GROUP: usize = 1024;

/// Taken until the transaction ends. Others hold it for a flush to disk and no longer.
const LOCK: &str =
    "set local lock_timeout = '5s'; select pg_advisory_xact_lock(7235989434046739313);";

/// An entry and who waits for it.
pub(super) type Waiting = (AuditEntry, oneshot::Sender<Result<AuditAnchor, Arc<ServiceError>>>);

#[async_trait]
impl AuditLog for PgService {
    async fn append(&self, entry: AuditEntry) -> Result<AuditAnchor, ServiceError> {
        let (done, told) = oneshot::channel();
        self.inner.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back((entry, done));
        // A task of its own: a caller who goes away must not take down the group that it writes for.
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move { inner.write_waiting().await });
        match told.await {
            Ok(result) => result.map_err(ServiceError::Audit),
            Err(_) => Err(ServiceError::Busy { path: self.inner.name.clone() }),
        }
    }

    async fn audit_head(&self) -> Result<AuditAnchor, ServiceError> {
        let mut c = self.pool().acquire().await.map_err(|e| self.failed(e))?;
        self.inner.head(&mut c).await
    }

    async fn audit_page(&self, after: i64, limit: u32) -> Result<Vec<AuditRecord>, ServiceError> {
        let sql = include_str!("../sql/postgres/audit_page.sql");
        let rows: Result<Vec<AuditRow>, _> =
            sqlx::query_as(sql).bind(after).bind(i64::from(limit)).fetch_all(self.pool()).await;
        let rows = rows.map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }
}

impl Inner {
    /// Writes those that wait, in one transaction, and tells them.
    async fn write_waiting(&self) {
        let turn = self.scribe.lock().await;
        let group: Vec<Waiting> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let many = waiting.len().min(GROUP);
            waiting.drain(..many).collect()
        };
        if group.is_empty() {
            return;
        }
        let result = self.write_group(&group).await.map_err(Arc::new);
        drop(turn);
        for (at, (_, done)) in group.into_iter().enumerate() {
            let own = result.as_ref().map(|anchors| anchors[at]).map_err(Arc::clone);
            // Who asked may be gone; the entry stays.
            let _ = done.send(own);
        }
    }

    async fn write_group(&self, group: &[Waiting]) -> Result<Vec<AuditAnchor>, ServiceError> {
        let fail = |e| self.failed(e);
        let mut tx = self.pool.begin().await.map_err(fail)?;
        let entries: Vec<&AuditEntry> = group.iter().map(|(entry, _)| entry).collect();
        let anchors = self.write(&mut tx, &entries).await?;
        tx.commit().await.map_err(fail)?;
        Ok(anchors)
    }

    /// Writes entries at the end of the log, in a transaction that has nothing else to do than to end: nobody else writes
    /// there until it has.
    pub(super) async fn write(
        &self,
        tx: &mut PgConnection,
        entries: &[&AuditEntry],
    ) -> Result<Vec<AuditAnchor>, ServiceError> {
        let fail = |e| self.failed(e);
        sqlx::raw_sql(LOCK).execute(&mut *tx).await.map_err(fail)?;
        // A question of its own after the lock is held: it sees what the holder before committed.
        let mut last = self.head(&mut *tx).await?;
        let anchors: Vec<AuditAnchor> = entries
            .iter()
            .map(|entry| {
                let seq = last.seq + 1;
                last = AuditAnchor { seq, hash: entry.hash(seq, &last.hash) };
                last
            })
            .collect();
        let texts =
            |of: fn(&AuditEntry) -> &str| -> Vec<&str> { entries.iter().map(|e| of(e)).collect() };
        let contents = entries.iter().map(|entry| entry.content_hash.map(|h| h.to_vec()));
        sqlx::query(include_str!("../sql/postgres/insert_audit.sql"))
            .bind(anchors.iter().map(|a| a.seq).collect::<Vec<_>>())
            .bind(entries.iter().map(|e| e.at.as_microsecond()).collect::<Vec<_>>())
            .bind(texts(|e| &e.who))
            .bind(texts(|e| &e.action))
            .bind(texts(|e| &e.operation))
            .bind(texts(|e| &e.area))
            .bind(texts(|e| &e.purpose))
            .bind(entries.iter().map(|e| e.rows.cast_signed()).collect::<Vec<_>>())
            .bind(texts(|e| &e.columns))
            .bind(texts(|e| &e.export))
            .bind(contents.collect::<Vec<_>>())
            .bind(anchors.iter().map(|a| a.hash.to_vec()).collect::<Vec<_>>())
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        Ok(anchors)
    }

    async fn head(&self, c: &mut PgConnection) -> Result<AuditAnchor, ServiceError> {
        let sql = "select seq, hash from audit order by seq desc limit 1";
        let row: Option<AnchorRow> =
            sqlx::query_as(sql).fetch_optional(c).await.map_err(|e| self.failed(e))?;
        match row {
            Some(row) => row.read().map_err(|e| e.at(&self.name)),
            None => Ok(AuditAnchor { seq: 0, hash: AUDIT_GENESIS }),
        }
    }
}
