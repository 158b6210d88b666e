//! Tokens that older programs kept in the GeoPackage itself; the service's database takes them over.

use std::path::Path;

use diachiso_model::Timestamp;
use sqlx::{ConnectOptions, Connection};

use super::file::{self, Found, failed};
use crate::StoreError;

/// Hash, label and end of a token.
pub(crate) type OldToken = ([u8; 32], Box<str>, Timestamp);

/// The tokens kept in a GeoPackage; none where there is no store of ours.
pub(crate) async fn tokens_in(gpkg: &Path) -> Result<Vec<OldToken>, StoreError> {
    if file::inspect(gpkg).await? != Found::Ours {
        return Ok(Vec::new());
    }
    let path = gpkg.display().to_string();
    let fail = |e| failed(&path, e);
    let mut c = file::reader(gpkg).connect().await.map_err(fail)?;
    let rows: Vec<(Vec<u8>, String, String)> =
        sqlx::query_as("select hash, label, expires_at from tokens order by id")
            .fetch_all(&mut c)
            .await
            .map_err(fail)?;
    c.close().await.map_err(fail)?;
    let corrupt = |what, reason: String| StoreError::Corrupt { path: path.clone(), what, reason };
    let token = |(hash, label, expires): (Vec<u8>, String, String)| {
        let len = hash.len();
        let hash = hash.try_into();
        let hash = hash.map_err(|_| corrupt("hash of a token", format!("{len} bytes")))?;
        let expires =
            expires.parse().map_err(|e: jiff::Error| corrupt("expiry of a token", e.to_string()));
        Ok((hash, label.into(), expires?))
    };
    rows.into_iter().map(token).collect()
}

/// Deletes them all.
pub(crate) async fn forget_tokens(gpkg: &Path) -> Result<(), StoreError> {
    let path = gpkg.display().to_string();
    let fail = |e| failed(&path, e);
    let mut c = file::writer(gpkg).connect().await.map_err(fail)?;
    sqlx::raw_sql("delete from tokens").execute(&mut c).await.map_err(fail)?;
    c.close().await.map_err(fail)
}
