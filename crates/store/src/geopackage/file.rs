//! What stands at a store's path, found out without writing a byte.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, Row,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous},
};

use crate::StoreError;

/// Version of the tables that this program reads and writes.
pub(super) const SCHEMA_VERSION: i64 = 6;
/// `GPKG` in ASCII: what GeoPackages say they are.
const APPLICATION_ID: i64 = 0x4750_4b47;
/// First bytes of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// How long to wait for another writer. Runs take seconds, so a longer wait would only hide them.
const BUSY_TIMEOUT: Duration = Duration::from_millis(1500);
/// Page cache of a writer in KiB, negative as SQLite wants it: 128 MiB.
const WRITER_CACHE: &str = "-131072";
/// Page cache of each reader in KiB: 32 MiB.
const READER_CACHE: &str = "-32768";
/// Rows that a reader has ready: the threads take turns this seldom.
const READER_ROWS: usize = 1024;
/// SQLite's result codes, without their extensions.
mod code {
    pub(super) const BUSY: i64 = 5;
    pub(super) const LOCKED: i64 = 6;
    pub(super) const READ_ONLY: i64 = 8;
    pub(super) const FULL: i64 = 13;
    pub(super) const NOT_A_DATABASE: i64 = 26;
    pub(super) const CORRUPT: i64 = 11;
}

/// What stands at the path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A file without a table: its making was broken off.
    Fresh,
    /// A store of ours, of a version that we know.
    Ours,
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(false)
        .disable_statement_logging()
}

/// How readers connect.
pub(super) fn reader(path: &Path) -> SqliteConnectOptions {
    options(path).read_only(true).pragma("cache_size", READER_CACHE).row_buffer_size(READER_ROWS)
}

/// How the writer connects.
pub(super) fn writer(path: &Path) -> SqliteConnectOptions {
    options(path)
        .create_if_missing(true)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("cache_size", WRITER_CACHE)
        .pragma("temp_store", "memory")
}

/// Result code of SQLite behind an error.
fn result_code(error: &sqlx::Error) -> Option<i64> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i64>().ok().map(|c| c & 0xff)
}

/// The error of a database as an error of the store.
pub(crate) fn failed(path: &str, source: sqlx::Error) -> StoreError {
    match result_code(&source) {
        Some(code::BUSY | code::LOCKED) => StoreError::Busy { path: path.to_owned() },
        Some(code::FULL) => StoreError::Full { path: path.to_owned() },
        _ => StoreError::Database { path: path.to_owned(), source },
    }
}

fn not_ours(path: &Path, reason: &str) -> StoreError {
    StoreError::NotOurs { path: path.display().to_string(), reason: reason.to_owned() }
}

/// Looks at the first bytes, so that SQLite never touches what is not its own.
pub(super) fn look(path: &Path) -> Result<Found, StoreError> {
    let io = |source| StoreError::Io { path: path.display().to_string(), source };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(io(e)),
    };
    if metadata.is_dir() {
        return Err(not_ours(path, "it is a folder"));
    }
    if !metadata.is_file() {
        return Err(not_ours(path, "it is no regular file"));
    }
    if metadata.len() == 0 {
        return Ok(Found::Fresh);
    }
    let mut head = Vec::new();
    File::open(path).and_then(|f| f.take(MAGIC.len() as u64).read_to_end(&mut head)).map_err(io)?;
    // A first run that was killed may have written every page but the first; its journal undoes them.
    let undone = head.iter().all(|b| *b == 0) && journal(path).is_file();
    if head == MAGIC || undone {
        Ok(Found::Ours)
    } else {
        Err(not_ours(path, "it is no SQLite file"))
    }
}

fn journal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-journal");
    name.into()
}

/// Looks inside too.
pub(super) async fn inspect(path: &Path) -> Result<Found, StoreError> {
    let found = look(path)?;
    if found != Found::Ours {
        return Ok(found);
    }
    match examine(path, reader(path)).await {
        // A journal left by a killed writer wants to be rolled back first, which takes a writer.
        Err(StoreError::Database { source, .. })
            if result_code(&source) == Some(code::READ_ONLY) =>
        {
            examine(path, writer(path)).await
        }
        other => other,
    }
}

async fn examine(path: &Path, options: SqliteConnectOptions) -> Result<Found, StoreError> {
    let mut connection = options.connect().await.map_err(|e| unreadable(path, e))?;
    let found = tables(path, &mut connection).await;
    connection.close().await.map_err(|e| failed(&path.display().to_string(), e))?;
    found
}

async fn tables(path: &Path, connection: &mut SqliteConnection) -> Result<Found, StoreError> {
    let row = sqlx::query(include_str!("../sql/objects.sql"))
        .fetch_one(&mut *connection)
        .await
        .map_err(|e| unreadable(path, e))?;
    let (objects, ours, application): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    if objects == 0 {
        return Ok(Found::Fresh);
    }
    if application != APPLICATION_ID {
        return Err(not_ours(path, "it is an SQLite file but no GeoPackage"));
    }
    if ours == 0 {
        return Err(not_ours(path, "it is a GeoPackage of another program"));
    }
    let version: Option<String> =
        sqlx::query_scalar("select value from diachiso_meta where key = 'schema_version'")
            .fetch_optional(&mut *connection)
            .await
            .map_err(|e| unreadable(path, e))?;
    let version = version
        .and_then(|v| v.parse::<i64>().ok())
        .ok_or_else(|| not_ours(path, "it does not say its schema version"))?;
    if version > SCHEMA_VERSION {
        let path = path.display().to_string();
        return Err(StoreError::Newer { path, found: version, known: SCHEMA_VERSION });
    }
    Ok(Found::Ours)
}

fn unreadable(path: &Path, error: sqlx::Error) -> StoreError {
    match result_code(&error) {
        Some(code::NOT_A_DATABASE | code::CORRUPT) => not_ours(path, "the SQLite file is damaged"),
        _ => failed(&path.display().to_string(), error),
    }
}
