//! Tokens in `PostgreSQL`.

use async_trait::async_trait;
use diachiso_model::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection};

use super::PgService;
use crate::service::{
    AuditEntry, NewToken, ServiceError, TokenRecord, TokenStore,
    rows::{TOKEN, TokenRow},
};

#[async_trait]
impl TokenStore for PgService {
    async fn add_token(&self, token: &NewToken, entry: &AuditEntry) -> Result<i64, ServiceError> {
        let mut tx = self.begin().await?;
        let id = insert(&mut tx, token).await.map_err(|e| self.failed(e))?;
        self.commit(tx, &[entry]).await?;
        Ok(id)
    }

    async fn token(&self, hash: [u8; 32]) -> Result<Option<TokenRecord>, ServiceError> {
        let sql = AssertSqlSafe(format!("select {TOKEN} from tokens where hash = $1"));
        let row: Option<TokenRow> = sqlx::query_as(sql)
            .bind(hash.as_slice())
            .fetch_optional(self.pool())
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| self.read(row.read())).transpose()
    }

    async fn tokens(&self) -> Result<Vec<TokenRecord>, ServiceError> {
        let sql = AssertSqlSafe(format!("select {TOKEN} from tokens order by id"));
        let rows: Vec<TokenRow> =
            sqlx::query_as(sql).fetch_all(self.pool()).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }

    async fn revoke_token(
        &self,
        id: i64,
        at: Timestamp,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError> {
        let mut tx = self.begin().await?;
        if !revoke(&mut tx, id, at).await.map_err(|e| self.failed(e))? {
            return Ok(false);
        }
        self.commit(tx, &[entry]).await?;
        Ok(true)
    }

    async fn rotate_token(
        &self,
        id: i64,
        new: &NewToken,
        old_until: Timestamp,
        entry: &AuditEntry,
    ) -> Result<Option<i64>, ServiceError> {
        let fail = |e| self.failed(e);
        let mut tx = self.begin().await?;
        // Locked: of two who rotate at once the second finds it revoked.
        let sql = AssertSqlSafe(format!("select {TOKEN} from tokens where id = $1 for update"));
        let row: Option<TokenRow> =
            sqlx::query_as(sql).bind(id).fetch_optional(&mut *tx).await.map_err(fail)?;
        let old = row.map(|row| self.read(row.read())).transpose()?;
        if !old.is_some_and(|old| old.holds_at(new.created_at)) {
            return Ok(None);
        }
        let fresh = insert(&mut tx, new).await.map_err(fail)?;
        revoke(&mut tx, id, old_until).await.map_err(fail)?;
        self.commit(tx, &[entry]).await?;
        Ok(Some(fresh))
    }
}

async fn insert(c: &mut PgConnection, token: &NewToken) -> Result<i64, sqlx::Error> {
    let grants: Vec<String> = token.grants.iter().map(ToString::to_string).collect();
    sqlx::query_scalar(
        "insert into tokens (hash, label, grants, created_at, expires_at) values ($1, $2, $3, $4, $5) returning id",
    )
    .bind(token.hash.as_slice())
    .bind(&*token.label)
    .bind(grants.join("\n"))
    .bind(token.created_at.as_microsecond())
    .bind(token.expires_at.as_microsecond())
    .fetch_one(c)
    .await
}

async fn revoke(c: &mut PgConnection, id: i64, at: Timestamp) -> Result<bool, sqlx::Error> {
    // An earlier end stays: revoking again must not let a token live longer. (`least` leaves out what is null.)
    let sql = "update tokens set revoked_at = least(revoked_at, $2) where id = $1";
    let done = sqlx::query(sql).bind(id).bind(at.as_microsecond()).execute(c).await?;
    Ok(done.rows_affected() > 0)
}
