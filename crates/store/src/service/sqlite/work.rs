//! What waits to be processed, in SQLite.

use async_trait::async_trait;
use diachiso_model::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};

use super::SqliteService;
use crate::service::{
    AuditEntry, BatchOutcome, BatchRecord, BatchState, Handed, NewBatch, NewSubmission, Order,
    OrderKind, OrderState, ServiceError, WorkLock, WorkStore,
    rows::{self, BATCH, BatchRow, OrderRow, OrderStateRow, SubmissionRow, json, settled, written},
};

impl SqliteService {
    async fn batches_of(
        &self,
        rest: &'static str,
        values: &[i64],
    ) -> Result<Vec<BatchRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let sql = format!("select {BATCH} from batches {rest}");
        let query = values
            .iter()
            .fold(sqlx::query_as(sqlx::AssertSqlSafe(sql)), |query, value| query.bind(*value));
        let rows: Vec<BatchRow> = query.fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }
}

async fn insert_batch(c: &mut SqliteConnection, batch: &NewBatch) -> Result<i64, sqlx::Error> {
    let at = batch.received_at.as_microsecond();
    sqlx::query_scalar(
        "insert into batches (owner, key, by, request, spool, hash, bytes, received_at, state, outcome, changed_at) \
         values (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?) returning id",
    )
    .bind(batch.owner)
    .bind(batch.key.as_deref())
    .bind(&*batch.by)
    .bind(json(&batch.request))
    .bind(&*batch.spool)
    .bind(&*batch.hash)
    .bind(batch.bytes.cast_signed())
    .bind(at)
    .bind(json(&BatchOutcome::default()))
    .bind(at)
    .fetch_one(c)
    .await
}

pub(super) async fn insert_order(
    c: &mut SqliteConnection,
    batch: Option<i64>,
    kind: &OrderKind,
    (by, why): (&str, &str),
) -> Result<i64, sqlx::Error> {
    let (key, body) = written(kind);
    sqlx::query_scalar(
        "insert into orders (batch, kind, body, by, why, at) values (?, ?, ?, ?, ?, ?) returning id",
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
impl WorkStore for SqliteService {
    async fn hand_in(&self, batch: &NewBatch, entry: &AuditEntry) -> Result<Handed, ServiceError> {
        let fail = |e| self.failed(e);
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        if let Some(key) = batch.key.as_deref() {
            let sql = format!("select {BATCH} from batches where owner = ? and key = ?");
            let row: Option<BatchRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(batch.owner)
                .bind(key)
                .fetch_optional(&mut *tx)
                .await
                .map_err(fail)?;
            if let Some(row) = row {
                let known = self.read(row.read())?;
                let same = known.batch.hash == batch.hash && known.batch.request == batch.request;
                return Ok(if same { Handed::Repeated(known.id) } else { Handed::Other(known.id) });
            }
        }
        let id = insert_batch(&mut tx, batch).await.map_err(fail)?;
        self.commit(tx, &[&entry.of(format!("batch {id}"))]).await?;
        Ok(Handed::Kept(id))
    }

    async fn batch(&self, id: i64) -> Result<Option<BatchRecord>, ServiceError> {
        Ok(self.batches_of("where id = ?", &[id]).await?.pop())
    }

    async fn batches(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<BatchRecord>, ServiceError> {
        let values = [before.unwrap_or(i64::MAX), i64::from(limit)];
        self.batches_of("where id < ? order by id desc limit ?", &values).await
    }

    async fn work_lock(&self) -> Result<Option<WorkLock>, ServiceError> {
        Ok(Some(WorkLock::default()))
    }

    async fn next_batch(&self, _here: &[Box<str>]) -> Result<Option<BatchRecord>, ServiceError> {
        let rest = "where state in ('queued', 'running') order by state = 'queued', id limit 1";
        Ok(self.batches_of(rest, &[]).await?.pop())
    }

    async fn move_batch(
        &self,
        id: i64,
        from: BatchState,
        to: BatchState,
        outcome: &BatchOutcome,
    ) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        let done = sqlx::query(
            "update batches set state = ?, outcome = ?, changed_at = ? where id = ? and state = ?",
        )
        .bind(to.as_str())
        .bind(json(outcome))
        .bind(Timestamp::now().as_microsecond())
        .bind(id)
        .bind(from.as_str())
        .execute(&mut *c)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(done.rows_affected() == 1)
    }

    async fn spooled(&self) -> Result<Vec<Box<str>>, ServiceError> {
        let mut c = self.reader().await?;
        let names: Vec<String> = sqlx::query_scalar(
            "select spool from batches where state in ('queued', 'running') order by id",
        )
        .fetch_all(&mut *c)
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
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        let id = insert_order(&mut tx, batch, kind, signed).await.map_err(|e| self.failed(e))?;
        self.commit(tx, &[entry]).await?;
        Ok(id)
    }

    async fn orders(&self, limit: u32) -> Result<Vec<Order>, ServiceError> {
        let mut c = self.reader().await?;
        let rows: Vec<OrderRow> = sqlx::query_as(
            "select id, batch, kind, body, by, why from orders where state = 'waiting' order by id limit ?",
        )
        .bind(limit)
        .fetch_all(&mut *c)
        .await
        .map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }

    async fn order_state(&self, id: i64) -> Result<Option<OrderState>, ServiceError> {
        let mut c = self.reader().await?;
        let sql = "select state, run, fault from orders where id = ?";
        let row: Option<OrderStateRow> = sqlx::query_as(sql)
            .bind(id)
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(row.map(OrderStateRow::read))
    }

    async fn ordered(&self, batch: i64) -> Result<bool, ServiceError> {
        let mut c = self.reader().await?;
        let sql = "select exists (select 1 from orders where state = 'waiting' and batch = ?)";
        let there: i64 = sqlx::query_scalar(sql)
            .bind(batch)
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(there == 1)
    }

    async fn settle_orders(&self, ids: &[i64], state: &OrderState) -> Result<(), ServiceError> {
        let fail = |e| self.failed(e);
        let Some((word, run, fault)) = settled(state) else { return Ok(()) };
        let mut c = self.writer().await;
        let mut tx = c.begin_with("begin immediate").await.map_err(fail)?;
        for id in ids {
            sqlx::query(
                "update orders set state = ?, run = ?, fault = ? where id = ? and state = 'waiting'",
            )
            .bind(word)
            .bind(run)
            .bind(fault)
            .bind(*id)
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        }
        tx.commit().await.map_err(fail)
    }

    async fn submit(
        &self,
        submissions: &[NewSubmission],
        entries: &[AuditEntry],
    ) -> Result<(), ServiceError> {
        let fail = |e| self.failed(e);
        let at = Timestamp::now().as_microsecond();
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        for submission in submissions {
            sqlx::query(
                "insert into inbox (id, cells, owner, received_at) values (?, ?, ?, ?) on conflict do nothing",
            )
            .bind(&*submission.id)
            .bind(&*submission.cells)
            .bind(submission.owner)
            .bind(at)
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        }
        self.commit(tx, &entries.iter().collect::<Vec<_>>()).await
    }

    async fn waiting(&self) -> Result<(u64, Option<Timestamp>), ServiceError> {
        let mut c = self.reader().await?;
        let row = sqlx::query("select count(*), min(received_at) from inbox where batch is null")
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let since = self.read(rows::since(row.get(1)))?;
        Ok((row.get::<i64, _>(0).cast_unsigned(), since))
    }

    async fn inbox(&self, limit: u32) -> Result<Vec<NewSubmission>, ServiceError> {
        let mut c = self.reader().await?;
        let rows: Vec<SubmissionRow> = sqlx::query_as(
            "select id, cells, owner from inbox where batch is null order by received_at, id limit ?",
        )
        .bind(limit)
        .fetch_all(&mut *c)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(rows.into_iter().map(SubmissionRow::read).collect())
    }

    async fn bundle(&self, batch: &NewBatch, ids: &[Box<str>]) -> Result<i64, ServiceError> {
        let fail = |e| self.failed(e);
        let mut c = self.writer().await;
        let mut tx = c.begin_with("begin immediate").await.map_err(fail)?;
        let number = insert_batch(&mut tx, batch).await.map_err(fail)?;
        // One statement, not one for each: nobody else writes meanwhile.
        sqlx::query(
            "update inbox set batch = ?, cells = '' \
             where id in (select value from json_each(?)) and batch is null",
        )
        .bind(number)
        .bind(json(&ids))
        .execute(&mut *tx)
        .await
        .map_err(fail)?;
        tx.commit().await.map_err(fail)?;
        Ok(number)
    }

    async fn submitted(&self, id: &str) -> Result<Option<Option<i64>>, ServiceError> {
        let mut c = self.reader().await?;
        let row = sqlx::query("select batch from inbox where id = ?")
            .bind(id)
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(row.map(|row| row.get(0)))
    }
}
