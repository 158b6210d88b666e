//! The service's database in one SQLite file beside a GeoPackage.
//!
//! One connection writes, several read; the log is flushed to disk at every commit (`synchronous = full`), since what
//! was answered must be there after a power cut. Other programs (`diachiso token …` beside a server) may write between.

mod areas;
mod audit;
mod checkpoints;
mod erasing;
mod exports;
mod requests;
mod review;
mod tokens;
mod work;

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, Row, Sqlite, SqlitePool, Transaction,
    pool::PoolConnection,
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};
use tokio::sync::{Mutex, MutexGuard};

use self::checkpoints::Checkpoints;
use super::{AuditEntry, ServiceError, ServiceStore, rows::Unreadable};

/// What each schema added to the one before it; the position is the version, from 1. Append, never change.
const SCHEMAS: [&str; 6] = [
    include_str!("sql/schema_1.sql"),
    include_str!("sql/schema_2.sql"),
    include_str!("sql/schema_3.sql"),
    include_str!("sql/schema_4.sql"),
    include_str!("sql/schema_5.sql"),
    include_str!("sql/schema_6.sql"),
];
/// `dcsv` in ASCII: what databases of the service say they are.
const APPLICATION_ID: i64 = 0x6463_7376;
/// Connections that read at the same time.
const READERS: u32 = 4;
/// How long a writer waits for those of other processes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The service's database in one SQLite file.
#[derive(Debug)]
pub struct SqliteService {
    inner: Arc<Inner>,
}

/// What tasks that outlive a request share.
#[derive(Debug)]
struct Inner {
    name: String,
    writer: Mutex<SqliteConnection>,
    readers: SqlitePool,
    /// Entries of the audit log that nobody writes yet.
    waiting: std::sync::Mutex<VecDeque<audit::Waiting>>,
    checkpoints: Checkpoints,
}

/// Path of the service's database of a GeoPackage: `tinh.gpkg` → `tinh.service.db`.
pub(super) fn path_beside(gpkg: &Path) -> PathBuf {
    gpkg.with_extension("service.db")
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .disable_statement_logging()
}

fn write_options(path: &Path) -> SqliteConnectOptions {
    options(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // See `Checkpoints`.
        .pragma("wal_autocheckpoint", "0")
}

fn failed(path: &str, source: sqlx::Error) -> ServiceError {
    crate::geopackage::failed(path, source).into()
}

impl SqliteService {
    /// Opens the database of a GeoPackage, or makes it. Tokens that older programs kept in the GeoPackage are moved here:
    /// they were for everything that is personal, so each becomes a reviewer's token for all areas.
    ///
    /// # Errors
    /// When the file is something else, or newer than this program, or cannot be written.
    pub async fn beside(gpkg: &Path) -> Result<Self, ServiceError> {
        let path = path_beside(gpkg);
        let name = path.display().to_string();
        let fail = |e| failed(&name, e);
        let mut writer = write_options(&path).connect().await.map_err(fail)?;
        migrate(&name, &mut writer).await?;
        tokens::take_over(&name, gpkg, &mut writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_lazy_with(options(&path).read_only(true));
        let writer = Mutex::new(writer);
        Ok(Self {
            inner: Arc::new(Inner {
                name,
                writer,
                readers,
                waiting: std::sync::Mutex::default(),
                checkpoints: Checkpoints::of(&path),
            }),
        })
    }

    /// A connection that reads.
    async fn reader(&self) -> Result<PoolConnection<Sqlite>, ServiceError> {
        self.inner.readers.acquire().await.map_err(|e| self.failed(e))
    }

    /// The connection that writes; the others of this process wait.
    async fn writer(&self) -> MutexGuard<'_, SqliteConnection> {
        self.inner.writer().await
    }

    /// A transaction that writes from its beginning on: what it reads stays true until it is over, in other processes too.
    async fn begin<'c>(
        &self,
        c: &'c mut SqliteConnection,
    ) -> Result<Transaction<'c, Sqlite>, ServiceError> {
        c.begin_with("begin immediate").await.map_err(|e| self.failed(e))
    }

    /// Ends a transaction that changed something, with the entries that say so: both are kept, or neither.
    async fn commit(
        &self,
        mut tx: Transaction<'_, Sqlite>,
        entries: &[&AuditEntry],
    ) -> Result<(), ServiceError> {
        let noted = self.inner.write(&mut tx, entries).await;
        noted.map_err(|e| ServiceError::Audit(Arc::new(e)))?;
        tx.commit().await.map_err(|e| self.failed(e))
    }

    fn failed(&self, error: sqlx::Error) -> ServiceError {
        self.inner.failed(error)
    }

    /// What a row says; a value that cannot be read names the file.
    fn read<T>(&self, read: Result<T, Unreadable>) -> Result<T, ServiceError> {
        read.map_err(|e| e.at(&self.inner.name))
    }
}

impl Inner {
    /// The connection that writes. One that is still in a transaction is left over from a failure: when the disk is full SQLite
    /// ends the transaction itself, and the driver, whose rollback then fails, begins none on it ever again.
    async fn writer(&self) -> MutexGuard<'_, SqliteConnection> {
        let mut writer = self.writer.lock().await;
        self.checkpoints.turn();
        if writer.is_in_transaction() {
            match write_options(Path::new(&self.name)).connect().await {
                Ok(fresh) => *writer = fresh,
                // The next statement says so to whoever waits for it.
                Err(error) => {
                    tracing::warn!(%error, "the service's database cannot be opened anew");
                }
            }
        }
        writer
    }

    fn failed(&self, error: sqlx::Error) -> ServiceError {
        failed(&self.name, error)
    }
}

impl ServiceStore for SqliteService {
    fn name(&self) -> &str {
        &self.inner.name
    }
}

/// Makes the tables that are not there yet, in one transaction.
async fn migrate(name: &str, c: &mut SqliteConnection) -> Result<(), ServiceError> {
    let fail = |e| failed(name, e);
    let known = i64::try_from(SCHEMAS.len()).unwrap_or(i64::MAX);
    let mut tx = c.begin_with("begin immediate").await.map_err(fail)?;
    let found: i64 =
        sqlx::query_scalar("pragma user_version").fetch_one(&mut *tx).await.map_err(fail)?;
    let application: i64 =
        sqlx::query_scalar("pragma application_id").fetch_one(&mut *tx).await.map_err(fail)?;
    let objects: i64 = sqlx::query("select count(*) from sqlite_master")
        .fetch_one(&mut *tx)
        .await
        .map_err(fail)?
        .get(0);
    if objects > 0 && application != APPLICATION_ID {
        let (path, reason) =
            (name.to_owned(), "it is an SQLite file of another program".to_owned());
        return Err(ServiceError::NotOurs { path, reason });
    }
    if found > known {
        return Err(ServiceError::Newer { path: name.to_owned(), found, known });
    }
    for sql in SCHEMAS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        sqlx::raw_sql(*sql).execute(&mut *tx).await.map_err(fail)?;
    }
    for (pragma, value) in [("application_id", APPLICATION_ID), ("user_version", known)] {
        // Pragmas take no parameters; both are numbers of ours.
        let sql = sqlx::AssertSqlSafe(format!("pragma {pragma} = {value}"));
        sqlx::raw_sql(sql).execute(&mut *tx).await.map_err(fail)?;
    }
    tx.commit().await.map_err(fail)
}
