//! What waits to be processed, in `PostgreSQL`.

use async_trait::async_trait;
use diachiso_model::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::{PgService, WorkLock};
use crate::service::{
    AuditEntry, BatchOutcome, BatchRecord, BatchState, Handed, NewBatch, NewSubmission, Order,
    OrderKind, OrderState, ServiceError, WorkStore,
    rows::{self, BATCH, BatchRow, OrderRow, OrderStateRow, SubmissionRow, json, settled, written},
};

impl PgService {
    async fn batches_of(
        &self,
        rest: &'static str,
        values: &[i64],
    ) -> Result<Vec<BatchRecord>, ServiceError> {
        let sql = AssertSqlSafe(format!("select {BATCH} from batches {rest}"));
        let query = values.iter().fold(sqlx::query_as(sql), |query, value| query.bind(*value));
        let rows: Vec<BatchRow> = query.fetch_all(self.pool()).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }

    /// What was handed in under a key before.
    async fn known(
        &self,
        c: &mut PgConnection,
        batch: &NewBatch,
    ) -> Result<Option<Handed>, ServiceError> {
        let Some(key) = batch.key.as_deref() else { return Ok(None) };
        let sql =
            AssertSqlSafe(format!("select {BATCH} from batches where owner = $1 and key = $2"));
        let row: Option<BatchRow> = sqlx::query_as(sql)
            .bind(batch.owner)
            .bind(key)
            .fetch_optional(c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(row) = row else { return Ok(None) };
        let known = self.read(row.read())?;
        let same = known.batch.hash == batch.hash && known.batch.request == batch.request;
        Ok(Some(if same { Handed::Repeated(known.id) } else { Handed::Other(known.id) }))
    }
}

/// The number of the new batch; `None` where one has its key.
async fn insert_batch(c: &mut PgConnection, batch: &NewBatch) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(include_str!("../sql/postgres/insert_batch.sql"))
        .bind(batch.owner)
        .bind(batch.key.as_deref())
        .bind(&*batch.by)
        .bind(json(&batch.request))
        .bind(&*batch.spool)
        .bind(&*batch.hash)
        .bind(batch.bytes.cast_signed())
        .bind(batch.received_at.as_microsecond())
        .bind(json(&BatchOutcome::default()))
        .fetch_optional(c)
        .await
}

pub(super) async fn insert_order(
    c: &mut PgConnection,
    batch: Option<i64>,
    kind: &OrderKind,
    (by, why): (&str, &str),
) -> Result<i64, sqlx::Error> {
    let (key, body) = written(kind);
    sqlx::query_scalar(
        "insert into orders (batch, kind, body, by, why, at) values ($1, $2, $3, $4, $5, $6) returning id",
    )
    .bind(batch)
    .bind(key)
    .bind(body)
    .bind(by)
    .bind(why)
    .bind(Timestamp::now().as_microsecond())
    .fetch_one(c)
    .await
}

#[async_trait]
impl WorkStore for PgService {
    async fn work_lock(&self) -> Result<Option<WorkLock>, ServiceError> {
        self.lock_work().await
    }

    async fn hand_in(&self, batch: &NewBatch, entry: &AuditEntry) -> Result<Handed, ServiceError> {
        let mut tx = self.begin().await?;
        if let Some(handed) = self.known(&mut tx, batch).await? {
            return Ok(handed);
        }
        if let Some(id) = insert_batch(&mut tx, batch).await.map_err(|e| self.failed(e))? {
            self.commit(tx, &[&entry.of(format!("batch {id}"))]).await?;
            return Ok(Handed::Kept(id));
        }
        // Another server took one in under this key between the two.
        let handed = self.known(&mut tx, batch).await?;
        handed.ok_or_else(|| ServiceError::Busy { path: self.inner.name.clone() })
    }

    async fn batch(&self, id: i64) -> Result<Option<BatchRecord>, ServiceError> {
        Ok(self.batches_of("where id = $1", &[id]).await?.pop())
    }

    async fn batches(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<BatchRecord>, ServiceError> {
        let values = [before.unwrap_or(i64::MAX), i64::from(limit)];
        self.batches_of("where id < $1 order by id desc limit $2", &values).await
    }

    async fn next_batch(&self, here: &[Box<str>]) -> Result<Option<BatchRecord>, ServiceError> {
        let sql = AssertSqlSafe(format!(
            "select {BATCH} from batches where state in ('queued', 'running') and spool = any($1) \
             order by state = 'queued', id limit 1"
        ));
        let row: Option<BatchRow> = sqlx::query_as(sql)
            .bind(here.iter().map(|name| &**name).collect::<Vec<&str>>())
            .fetch_optional(self.work_pool())
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| self.read(row.read())).transpose()
    }

    async fn move_batch(
        &self,
        id: i64,
        from: BatchState,
        to: BatchState,
        outcome: &BatchOutcome,
    ) -> Result<bool, ServiceError> {
        let done = sqlx::query(
            "update batches set state = $1, outcome = $2, changed_at = $3 where id = $4 and state = $5",
        )
        .bind(to.as_str())
        .bind(json(outcome))
        .bind(Timestamp::now().as_microsecond())
        .bind(id)
        .bind(from.as_str())
        .execute(self.work_pool())
        .await
        .map_err(|e| self.failed(e))?;
        Ok(done.rows_affected() == 1)
    }

    async fn spooled(&self) -> Result<Vec<Box<str>>, ServiceError> {
        let names: Vec<String> = sqlx::query_scalar(
            "select spool from batches where state in ('queued', 'running') order by id",
        )
        .fetch_all(self.work_pool())
        .await
        .map_err(|e| self.failed(e))?;
        Ok(names.into_iter().map(Into::into).collect())
    }

    async fn order(
        &self,
        batch: Option<i64>,
        kind: &OrderKind,
        signed: (&str, &str),
        entry: &AuditEntry,
    ) -> Result<i64, ServiceError> {
        let mut tx = self.begin().await?;
        let id = insert_order(&mut tx, batch, kind, signed).await.map_err(|e| self.failed(e))?;
        self.commit(tx, &[entry]).await?;
        Ok(id)
    }

    async fn orders(&self, limit: u32) -> Result<Vec<Order>, ServiceError> {
        let rows: Vec<OrderRow> = sqlx::query_as(
            "select id, batch, kind, body, by, why from orders where state = 'waiting' order by id limit $1",
        )
        .bind(i64::from(limit))
        .fetch_all(self.work_pool())
        .await
        .map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }

    async fn order_state(&self, id: i64) -> Result<Option<OrderState>, ServiceError> {
        let sql = "select state, run, fault from orders where id = $1";
        let row: Option<OrderStateRow> = sqlx::query_as(sql)
            .bind(id)
            .fetch_optional(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        Ok(row.map(OrderStateRow::read))
    }

    async fn ordered(&self, batch: i64) -> Result<bool, ServiceError> {
        let sql = "select exists (select 1 from orders where state = 'waiting' and batch = $1)";
        let query = sqlx::query_scalar(sql).bind(batch);
        query.fetch_one(self.pool()).await.map_err(|e| self.failed(e))
    }

    async fn settle_orders(&self, ids: &[i64], state: &OrderState) -> Result<(), ServiceError> {
        let Some((word, run, fault)) = settled(state) else { return Ok(()) };
        sqlx::query(
            "update orders set state = $1, run = $2, fault = $3 where id = any($4) and state = 'waiting'",
        )
        .bind(word)
        .bind(run)
        .bind(fault)
        .bind(ids)
        .execute(self.work_pool())
        .await
        .map(drop)
        .map_err(|e| self.failed(e))
    }

    async fn submit(
        &self,
        submissions: &[NewSubmission],
        entries: &[AuditEntry],
    ) -> Result<(), ServiceError> {
        let mut tx = self.begin().await?;
        sqlx::query(include_str!("../sql/postgres/insert_inbox.sql"))
            .bind(submissions.iter().map(|s| &*s.id).collect::<Vec<&str>>())
            .bind(submissions.iter().map(|s| &*s.cells).collect::<Vec<&str>>())
            .bind(submissions.iter().map(|s| s.owner).collect::<Vec<_>>())
            .bind(Timestamp::now().as_microsecond())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        self.commit(tx, &entries.iter().collect::<Vec<_>>()).await
    }

    async fn waiting(&self) -> Result<(u64, Option<Timestamp>), ServiceError> {
        let row = sqlx::query("select count(*), min(received_at) from inbox where batch is null")
            .fetch_one(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        let since = self.read(rows::since(row.get(1)))?;
        Ok((row.get::<i64, _>(0).cast_unsigned(), since))
    }

    async fn inbox(&self, limit: u32) -> Result<Vec<NewSubmission>, ServiceError> {
        let rows: Vec<SubmissionRow> = sqlx::query_as(
            "select id, cells, owner from inbox where batch is null order by received_at, id limit $1",
        )
        .bind(i64::from(limit))
        .fetch_all(self.work_pool())
        .await
        .map_err(|e| self.failed(e))?;
        Ok(rows.into_iter().map(SubmissionRow::read).collect())
    }

    async fn bundle(&self, batch: &NewBatch, ids: &[Box<str>]) -> Result<i64, ServiceError> {
        let fail = |e| self.failed(e);
        let mut tx = self.work_pool().begin().await.map_err(fail)?;
        let number = insert_batch(&mut tx, batch).await.map_err(fail)?;
        let number = number.ok_or_else(|| ServiceError::Busy { path: self.inner.name.clone() })?;
        sqlx::query("update inbox set batch = $1, cells = '' where id = any($2) and batch is null")
            .bind(number)
            .bind(ids.iter().map(|id| &**id).collect::<Vec<&str>>())
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        tx.commit().await.map_err(fail)?;
        Ok(number)
    }

    async fn submitted(&self, id: &str) -> Result<Option<Option<i64>>, ServiceError> {
        sqlx::query_scalar("select batch from inbox where id = $1")
            .bind(id)
            .fetch_optional(self.pool())
            .await
            .map_err(|e| self.failed(e))
    }
}
