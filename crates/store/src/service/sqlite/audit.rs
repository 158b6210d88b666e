//! The audit log in SQLite: whoever comes first writes for all who wait.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::oneshot;

use super::{Inner, SqliteService};
use crate::service::{
    AUDIT_GENESIS, AuditAnchor, AuditEntry, AuditLog, AuditRecord, ServiceError,
    rows::{AnchorRow, AuditRow},
};

/// Most entries of one transaction.
const GROUP: usize = 256;

/// An entry and who waits for it.
pub(super) type Waiting = (AuditEntry, oneshot::Sender<Result<AuditAnchor, Arc<ServiceError>>>);

#[async_trait]
impl AuditLog for SqliteService {
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
        let mut c = self.reader().await?;
        self.inner.head(&mut c).await
    }

    async fn audit_page(&self, after: i64, limit: u32) -> Result<Vec<AuditRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let sql = include_str!("../sql/audit_page.sql");
        let rows: Result<Vec<AuditRow>, _> =
            sqlx::query_as(sql).bind(after).bind(limit).fetch_all(&mut *c).await;
        let rows = rows.map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }
}

impl Inner {
    /// Writes those that wait, in one transaction, and tells them.
    async fn write_waiting(&self) {
        let mut c = self.writer().await;
        let group: Vec<Waiting> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let many = waiting.len().min(GROUP);
            waiting.drain(..many).collect()
        };
        if group.is_empty() {
            return;
        }
        let result = self.write_group(&mut c, &group).await.map_err(Arc::new);
        drop(c);
        for (at, (_, done)) in group.into_iter().enumerate() {
            let own = result.as_ref().map(|anchors| anchors[at]).map_err(Arc::clone);
            // Who asked may be gone; the entry stays.
            let _ = done.send(own);
        }
    }

    async fn write_group(
        &self,
        c: &mut SqliteConnection,
        group: &[Waiting],
    ) -> Result<Vec<AuditAnchor>, ServiceError> {
        let fail = |e| self.failed(e);
        let mut tx = c.begin_with("begin immediate").await.map_err(fail)?;
        let entries: Vec<&AuditEntry> = group.iter().map(|(entry, _)| entry).collect();
        let anchors = self.write(&mut tx, &entries).await?;
        tx.commit().await.map_err(fail)?;
        Ok(anchors)
    }

    /// Writes entries at the end of the log, in a transaction that began as a writer.
    pub(super) async fn write(
        &self,
        tx: &mut SqliteConnection,
        entries: &[&AuditEntry],
    ) -> Result<Vec<AuditAnchor>, ServiceError> {
        let mut last = self.head(tx).await?;
        let mut anchors = Vec::with_capacity(entries.len());
        for entry in entries {
            let seq = last.seq + 1;
            last = AuditAnchor { seq, hash: entry.hash(seq, &last.hash) };
            sqlx::query(include_str!("../sql/insert_audit.sql"))
                .bind(seq)
                .bind(entry.at.as_microsecond())
                .bind(&*entry.who)
                .bind(&*entry.action)
                .bind(&*entry.operation)
                .bind(&*entry.area)
                .bind(&*entry.purpose)
                .bind(entry.rows.cast_signed())
                .bind(&*entry.columns)
                .bind(&*entry.export)
                .bind(entry.content_hash.as_ref().map(<[u8; 32]>::as_slice))
                .bind(last.hash.as_slice())
                .execute(&mut *tx)
                .await
                .map_err(|e| self.failed(e))?;
            anchors.push(last);
        }
        Ok(anchors)
    }

    async fn head(&self, c: &mut SqliteConnection) -> Result<AuditAnchor, ServiceError> {
        let sql = "select seq, hash from audit order by seq desc limit 1";
        let row: Option<AnchorRow> =
            sqlx::query_as(sql).fetch_optional(c).await.map_err(|e| self.failed(e))?;
        match row {
            Some(row) => row.read().map_err(|e| e.at(&self.name)),
            None => Ok(AuditAnchor { seq: 0, hash: AUDIT_GENESIS }),
        }
    }
}
