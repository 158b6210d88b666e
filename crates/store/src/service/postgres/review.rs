//! Claims and decisions of reviewers in `PostgreSQL`. Every step locks the row of its thing first.

use async_trait::async_trait;
use diachiso_model::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{PgService, work::insert_order};
use crate::service::{
    AuditEntry, OrderKind, ReviewClaim, ReviewMark, ReviewStore, Reviewed, Reviewing, ServiceError,
    review::{CLAIM, DECIDE, MARK, ORDER, PAST, RELEASE, UNDO},
    rows::{MarkRow, OrderRow},
};

impl PgService {
    /// Why a thing is not to be touched by whoever asks; `None` where it is.
    async fn in_the_way<T>(
        &self,
        c: &mut PgConnection,
        who: Reviewing<'_>,
    ) -> Result<Option<Reviewed<T>>, ServiceError> {
        // A row that is not there cannot be locked.
        sqlx::query("insert into reviews (item) values ($1) on conflict do nothing")
            .bind(who.item)
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let sql = AssertSqlSafe(format!("select {MARK} from reviews where item = $1 for update"));
        let row: Option<MarkRow> = sqlx::query_as(sql)
            .bind(who.item)
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(row) = row else { return Ok(None) };
        let ReviewMark { claim, order, .. } = self.read(row.read())?;
        if let Some(order) = order {
            // Carried out by a run that whoever asks has not seen, or not yet: what they saw is past.
            let past: Option<bool> = sqlx::query_scalar(PAST)
                .bind(who.run)
                .bind(order.order)
                .fetch_optional(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
            if past == Some(true) {
                return Ok(Some(Reviewed::Decided(order)));
            }
        }
        let others = claim.filter(|claim| *claim.by != *who.by && claim.until > who.now);
        Ok(others.map(Reviewed::Claimed))
    }
}

#[async_trait]
impl ReviewStore for PgService {
    async fn claim_review(
        &self,
        who: Reviewing<'_>,
        until: Timestamp,
        entry: &AuditEntry,
    ) -> Result<Reviewed<ReviewClaim>, ServiceError> {
        let fail = |e| self.failed(e);
        let mut tx = self.begin().await?;
        if let Some(other) = self.in_the_way(&mut tx, who).await? {
            return Ok(other);
        }
        let query = sqlx::query(CLAIM).bind(who.item).bind(who.by).bind(until.as_microsecond());
        query.execute(&mut *tx).await.map_err(fail)?;
        self.commit(tx, &[entry]).await?;
        Ok(Reviewed::Done(ReviewClaim { by: who.by.into(), until }))
    }

    async fn release_review(
        &self,
        who: Reviewing<'_>,
        entry: &AuditEntry,
    ) -> Result<Reviewed<()>, ServiceError> {
        let fail = |e| self.failed(e);
        let mut tx = self.begin().await?;
        if let Some(Reviewed::Claimed(claim)) = self.in_the_way::<()>(&mut tx, who).await? {
            return Ok(Reviewed::Claimed(claim));
        }
        let query = sqlx::query(RELEASE).bind(who.item).bind(who.by);
        if query.execute(&mut *tx).await.map_err(fail)?.rows_affected() > 0 {
            self.commit(tx, &[entry]).await?;
        }
        Ok(Reviewed::Done(()))
    }

    async fn decide_review(
        &self,
        who: Reviewing<'_>,
        kind: &OrderKind,
        why: &str,
        entry: &AuditEntry,
    ) -> Result<Reviewed<i64>, ServiceError> {
        let fail = |e| self.failed(e);
        let mut tx = self.begin().await?;
        if let Some(other) = self.in_the_way(&mut tx, who).await? {
            return Ok(other);
        }
        let order = insert_order(&mut tx, None, kind, (who.by, why)).await.map_err(fail)?;
        let query = sqlx::query(DECIDE).bind(who.item).bind(order).bind(who.by);
        let query = query.bind(who.now.as_microsecond());
        query.execute(&mut *tx).await.map_err(fail)?;
        self.commit(tx, &[entry]).await?;
        Ok(Reviewed::Done(order))
    }

    async fn undo_review(
        &self,
        who: Reviewing<'_>,
        undone: i64,
        (kind, why): (&OrderKind, &str),
        entry: &AuditEntry,
    ) -> Result<Option<i64>, ServiceError> {
        let fail = |e| self.failed(e);
        let mut tx = self.begin().await?;
        let order = insert_order(&mut tx, None, kind, (who.by, why)).await.map_err(fail)?;
        let query = sqlx::query(UNDO).bind(who.item).bind(order).bind(who.by);
        let query = query.bind(who.now.as_microsecond()).bind(undone);
        if query.execute(&mut *tx).await.map_err(fail)?.rows_affected() == 0 {
            // The order goes with the transaction.
            return Ok(None);
        }
        self.commit(tx, &[entry]).await?;
        Ok(Some(order))
    }

    async fn order_kind(&self, order: i64) -> Result<Option<OrderKind>, ServiceError> {
        let row: Option<OrderRow> = sqlx::query_as(ORDER)
            .bind(order)
            .fetch_optional(self.work_pool())
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| Ok(self.read(row.read())?.kind)).transpose()
    }

    async fn reviews(&self, items: &[&str]) -> Result<Vec<ReviewMark>, ServiceError> {
        let sql = format!("select {MARK} from reviews where item = any($1) order by item");
        let rows: Vec<MarkRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(items)
            .fetch_all(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }
}
