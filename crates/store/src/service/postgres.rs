//! The service's tables in the database of the store, for any number of servers.
//!
//! Each write is one transaction that the database flushes before it says yes. Entries of the audit log are appended by one
//! transaction at a time, whichever server it is of: it holds an advisory lock from before it reads the last entry until
//! its own are committed, so that the chain has no branches.

mod areas;
mod audit;
mod erasing;
mod exports;
mod requests;
mod review;
mod tokens;
mod work;

use std::{collections::VecDeque, sync::Arc};

use sqlx::{ConnectOptions as _, PgConnection, PgPool, PgTransaction, postgres::PgConnectOptions};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{AuditEntry, ServiceError, ServiceStore, rows::Unreadable};
use crate::postgis::{self, PostGis};

/// Connections at most, beside those of the store: what is written here is short.
const CONNECTIONS: u32 = 8;
/// Connections of the worker at most: it does one thing at a time.
const WORK_CONNECTIONS: u32 = 2;
/// Waits in the queue of those who want to work, at most a second; the number is one of its own beside those of `postgis`.
const LOCK_WORK: &str = "set lock_timeout = '1s'; select pg_advisory_lock(7235989434046739314)";
/// Lets the next one work.
const UNLOCK_WORK: &str = "select pg_advisory_unlock(7235989434046739314)";

/// The service's tables in `PostgreSQL`.
#[derive(Clone, Debug)]
pub struct PgService {
    inner: Arc<Inner>,
}

/// What tasks that outlive a request share.
#[derive(Debug)]
struct Inner {
    name: String,
    pool: PgPool,
    /// Of the login that does what waits; the same where there is one login for all.
    work_pool: PgPool,
    options: PgConnectOptions,
    /// Held by whoever writes the audit log for this process.
    scribe: Mutex<()>,
    /// Entries of the audit log that nobody writes yet.
    waiting: std::sync::Mutex<VecDeque<audit::Waiting>>,
    /// The connection that holds the right to work, between two turns.
    worker: Arc<Mutex<Option<PgConnection>>>,
}

/// The right to do what waits, of one process at a time. It ends when it is given back, or with the process.
#[derive(Debug, Default)]
pub struct WorkLock {
    held: Option<OwnedMutexGuard<Option<PgConnection>>>,
}

impl WorkLock {
    /// Gives the right back, for whoever waits for it.
    pub async fn release(mut self) {
        let Some(mut held) = self.held.take() else { return };
        let Some(c) = held.as_mut() else { return };
        if sqlx::raw_sql(UNLOCK_WORK).execute(c).await.is_err() {
            // The right ends with the connection.
            *held = None;
        }
    }
}

impl Drop for WorkLock {
    fn drop(&mut self) {
        if let Some(mut held) = self.held.take() {
            *held = None;
        }
    }
}

impl PgService {
    /// Opens the tables that `diachiso migrate` made; what waits is read by the login of `worker`, where there is one.
    ///
    /// # Errors
    /// When the URL cannot be read, nobody answers there, or the tables are others than this program knows.
    pub async fn open(url: &str, worker: Option<&str>) -> Result<Self, ServiceError> {
        PostGis::open(url).await?;
        let options = postgis::options(url)?;
        let name = postgis::place_name(&options);
        let pool = postgis::pool(options.clone(), CONNECTIONS);
        let (work_pool, options) = match worker {
            Some(url) => {
                let options = postgis::options(url)?;
                (postgis::pool(options.clone(), WORK_CONNECTIONS), options)
            }
            None => (pool.clone(), options),
        };
        let inner = Inner {
            name,
            pool,
            work_pool,
            options,
            scribe: Mutex::default(),
            waiting: std::sync::Mutex::default(),
            worker: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    fn work_pool(&self) -> &PgPool {
        &self.inner.work_pool
    }

    async fn begin(&self) -> Result<PgTransaction<'static>, ServiceError> {
        self.pool().begin().await.map_err(|e| self.failed(e))
    }

    /// Ends a transaction that changed something, with the entries that say so: both are kept, or neither. The log is locked
    /// last, for the flush alone, so that nobody who has it waits for a row of another.
    async fn commit(
        &self,
        mut tx: PgTransaction<'_>,
        entries: &[&AuditEntry],
    ) -> Result<(), ServiceError> {
        let noted = self.inner.write(&mut tx, entries).await;
        noted.map_err(|e| ServiceError::Audit(Arc::new(e)))?;
        tx.commit().await.map_err(|e| self.failed(e))
    }

    fn failed(&self, error: sqlx::Error) -> ServiceError {
        self.inner.failed(error)
    }

    /// What a row says; a value that cannot be read names the database.
    fn read<T>(&self, read: Result<T, Unreadable>) -> Result<T, ServiceError> {
        read.map_err(|e| e.at(&self.inner.name))
    }

    /// The right to work, unless another has it.
    async fn lock_work(&self) -> Result<Option<WorkLock>, ServiceError> {
        let mut held = Arc::clone(&self.inner.worker).lock_owned().await;
        // Whoever gives up while waiting closes the connection, and with it what it may have got meanwhile.
        let mut c = match held.take() {
            Some(c) => c,
            None => self.inner.options.connect().await.map_err(|e| self.failed(e))?,
        };
        match sqlx::raw_sql(LOCK_WORK).execute(&mut c).await.map_err(|e| self.failed(e)) {
            Ok(_) => {
                *held = Some(c);
                Ok(Some(WorkLock { held: Some(held) }))
            }
            Err(ServiceError::Busy { .. }) => {
                *held = Some(c);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Inner {
    fn failed(&self, error: sqlx::Error) -> ServiceError {
        postgis::failed(&self.name, error).into()
    }
}

impl ServiceStore for PgService {
    fn name(&self) -> &str {
        &self.inner.name
    }
}
