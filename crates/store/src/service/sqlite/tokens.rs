//! Tokens in SQLite.

use std::path::Path;

use async_trait::async_trait;
use diachiso_model::{Areas, Grant, Role, Timestamp};
use sqlx::{Connection, SqliteConnection};

use super::{SqliteService, failed};
use crate::service::{
    AuditEntry, NewToken, ServiceError, TokenRecord, TokenStore,
    rows::{TOKEN, TokenRow},
};

#[async_trait]
impl TokenStore for SqliteService {
    async fn add_token(&self, token: &NewToken, entry: &AuditEntry) -> Result<i64, ServiceError> {
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        let id = insert(&mut tx, token).await.map_err(|e| self.failed(e))?;
        self.commit(tx, &[entry]).await?;
        Ok(id)
    }

    async fn token(&self, hash: [u8; 32]) -> Result<Option<TokenRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let sql = sqlx::AssertSqlSafe(format!("select {TOKEN} from tokens where hash = ?"));
        let row: Option<TokenRow> = sqlx::query_as(sql)
            .bind(hash.as_slice())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| self.read(row.read())).transpose()
    }

    async fn tokens(&self) -> Result<Vec<TokenRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let sql = sqlx::AssertSqlSafe(format!("select {TOKEN} from tokens order by id"));
        let rows: Vec<TokenRow> =
            sqlx::query_as(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(|row| self.read(row.read())).collect()
    }

    async fn revoke_token(
        &self,
        id: i64,
        at: Timestamp,
        entry: &AuditEntry,
    ) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
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
        let mut c = self.writer().await;
        let mut tx = self.begin(&mut c).await?;
        let sql = sqlx::AssertSqlSafe(format!("select {TOKEN} from tokens where id = ?"));
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

async fn insert(c: &mut SqliteConnection, token: &NewToken) -> Result<i64, sqlx::Error> {
    let grants: Vec<String> = token.grants.iter().map(ToString::to_string).collect();
    sqlx::query_scalar(
        "insert into tokens (hash, label, grants, created_at, expires_at) values (?, ?, ?, ?, ?) returning id",
    )
    .bind(token.hash.as_slice())
    .bind(&*token.label)
    .bind(grants.join("\n"))
    .bind(token.created_at.as_microsecond())
    .bind(token.expires_at.as_microsecond())
    .fetch_one(c)
    .await
}

async fn revoke(c: &mut SqliteConnection, id: i64, at: Timestamp) -> Result<bool, sqlx::Error> {
    // An earlier end stays: revoking again must not let a token live longer.
    let sql = "update tokens set revoked_at = coalesce(min(revoked_at, ?2), ?2) where id = ?1";
    let done = sqlx::query(sql).bind(id).bind(at.as_microsecond()).execute(c).await?;
    Ok(done.rows_affected() > 0)
}

/// Moves tokens that older programs kept in the GeoPackage. They are deleted there only after they are here; a copy of
/// the GeoPackage then carries no token.
pub(super) async fn take_over(
    name: &str,
    gpkg: &Path,
    c: &mut SqliteConnection,
) -> Result<(), ServiceError> {
    let old = crate::geopackage::tokens_in(gpkg).await?;
    if old.is_empty() {
        return Ok(());
    }
    let fail = |e| failed(name, e);
    let everything = Grant::new(Role::Reviewer, Areas::All, None);
    let Ok(everything) = everything else { return Ok(()) };
    let mut tx = c.begin_with("begin immediate").await.map_err(fail)?;
    for (hash, label, expires_at) in old {
        let known: Option<i64> = sqlx::query_scalar("select id from tokens where hash = ?")
            .bind(hash.as_slice())
            .fetch_optional(&mut *tx)
            .await
            .map_err(fail)?;
        if known.is_none() {
            let created_at = Timestamp::now();
            let grants = vec![everything.clone()];
            let token = NewToken { hash, label, grants, created_at, expires_at };
            insert(&mut tx, &token).await.map_err(fail)?;
        }
    }
    tx.commit().await.map_err(fail)?;
    Ok(crate::geopackage::forget_tokens(gpkg).await?)
}
