//! Tokens in SQLite.

use std::path::Path;

use async_trait::async_trait;
use diachiso_model::{Areas, Grant, Role, Timestamp};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteRow};

use super::{SqliteService, failed};
use crate::service::{NewToken, ServiceError, TokenRecord, TokenStore};

/// Columns of a token, in the order that [`SqliteService::token_of`] reads.
const COLUMNS: &str = "id, label, grants, created_at, expires_at, revoked_at";

#[async_trait]
impl TokenStore for SqliteService {
    async fn add_token(&self, token: &NewToken) -> Result<i64, ServiceError> {
        let mut c = self.writer().await;
        insert(&mut c, token).await.map_err(|e| self.failed(e))
    }

    async fn token(&self, hash: [u8; 32]) -> Result<Option<TokenRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from tokens where hash = ?"
        )))
        .bind(hash.as_slice())
        .fetch_optional(&mut *c)
        .await
        .map_err(|e| self.failed(e))?;
        row.map(|row| self.token_of(&row)).transpose()
    }

    async fn tokens(&self) -> Result<Vec<TokenRecord>, ServiceError> {
        let mut c = self.reader().await?;
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(format!("select {COLUMNS} from tokens order by id")))
                .fetch_all(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        rows.iter().map(|row| self.token_of(row)).collect()
    }

    async fn revoke_token(&self, id: i64, at: Timestamp) -> Result<bool, ServiceError> {
        let mut c = self.writer().await;
        revoke(&mut c, id, at).await.map_err(|e| self.failed(e))
    }

    async fn rotate_token(
        &self,
        id: i64,
        new: &NewToken,
        old_until: Timestamp,
    ) -> Result<Option<i64>, ServiceError> {
        let fail = |e| self.failed(e);
        let mut c = self.writer().await;
        let mut tx = c.begin_with("begin immediate").await.map_err(fail)?;
        let row =
            sqlx::query(sqlx::AssertSqlSafe(format!("select {COLUMNS} from tokens where id = ?")))
                .bind(id)
                .fetch_optional(&mut *tx)
                .await
                .map_err(fail)?;
        let old = row.map(|row| self.token_of(&row)).transpose()?;
        if !old.is_some_and(|old| old.holds_at(new.created_at)) {
            return Ok(None);
        }
        let fresh = insert(&mut tx, new).await.map_err(fail)?;
        revoke(&mut tx, id, old_until).await.map_err(fail)?;
        tx.commit().await.map_err(fail)?;
        Ok(Some(fresh))
    }
}

impl SqliteService {
    fn token_of(&self, row: &SqliteRow) -> Result<TokenRecord, ServiceError> {
        let time =
            |us| Timestamp::from_microsecond(us).map_err(|e| self.corrupt("time of a token", e));
        let grants =
            row.get::<&str, _>(2).lines().map(str::parse).collect::<Result<Vec<Grant>, _>>();
        Ok(TokenRecord {
            id: row.get(0),
            label: row.get::<&str, _>(1).into(),
            grants: grants.map_err(|e| self.corrupt("grants of a token", e))?,
            created_at: time(row.get(3))?,
            expires_at: time(row.get(4))?,
            revoked_at: row.get::<Option<i64>, _>(5).map(time).transpose()?,
        })
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
