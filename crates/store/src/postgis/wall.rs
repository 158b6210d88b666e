//! The second wall: rows about persons are shown to a login that cannot bypass it for the area that it names.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::{PgConnection, PgPool, Postgres, Transaction, pool::PoolConnection};

use super::PostGis;
use crate::{RowArea, Store, StoreError, answers::Answers as _};

/// Whether a login is bound by policies: no superuser, not let past them, nor in the owner's place.
const BOUND: &str = "select not (
    rolsuper or rolbypassrls
    or pg_has_role(rolname, (select relowner from pg_class where oid = 'diachiso.submissions'::regclass), 'member')
) from pg_roles where rolname = current_user";

/// A connection to read by, for one question.
pub(super) enum Reading {
    Plain(PoolConnection<Postgres>),
    Bound(Transaction<'static, Postgres>),
}

impl Deref for Reading {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Self::Plain(c) => c,
            Self::Bound(t) => t,
        }
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Plain(c) => c,
            Self::Bound(t) => t,
        }
    }
}

impl PostGis {
    /// The same store for those rows about persons alone that lie in an area.
    pub(super) fn in_area(&self, area: &RowArea) -> Self {
        Self { area: Some(Arc::new(area.settings())), ..self.clone() }
    }

    /// A connection that shows the rows of the store's area.
    pub(super) async fn reading(&self) -> Result<Reading, StoreError> {
        self.reading_by(&self.pool).await
    }

    /// The same for questions about a whole village, thousands of which make a list.
    pub(super) async fn listing(&self) -> Result<Reading, StoreError> {
        self.reading_by(&self.lists).await
    }

    async fn reading_by(&self, pool: &PgPool) -> Result<Reading, StoreError> {
        let fail = |e| self.failed(e);
        let Some(area) = &self.area else {
            return pool.acquire().await.map(Reading::Plain).map_err(fail);
        };
        let (rows, villages, communes) = &**area;
        let mut t = pool.begin().await.map_err(fail)?;
        sqlx::query(include_str!("../sql/postgis/set_area.sql"))
            .bind(rows)
            .bind(villages)
            .bind(communes)
            .execute(&mut *t)
            .await
            .map_err(fail)?;
        Ok(Reading::Bound(t))
    }
}

/// Opens a store on a server by a login that shows rows about persons only within an area ([`Store::within`]).
///
/// # Errors
/// [`StoreError::Unwalled`] when that login could see every row; and as [`PostGis::open`].
pub async fn open_guarded(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let store = PostGis::open(url).await?;
    let bound: bool =
        sqlx::query_scalar(BOUND).fetch_one(&store.pool).await.map_err(|e| store.failed(e))?;
    if !bound {
        return Err(StoreError::Unwalled { path: store.name });
    }
    Ok(Arc::new(store))
}

/// SQL that makes the two logins of a store on a server, for an administrator to run; `None` where a name is none of
/// letters, digits and underscores.
#[must_use]
pub fn roles_sql(service: &str, worker: &str) -> Option<String> {
    let plain = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    (plain(service) && plain(worker)).then(|| {
        let text = include_str!("../sql/postgis/roles.sql");
        text.replace("{service}", service).replace("{worker}", worker)
    })
}
