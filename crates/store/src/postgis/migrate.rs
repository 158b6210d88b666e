//! Makes the tables, and brings them from one version to the next.
//!
//! A migration has the date as its version; the texts are in the program, and what was run is on record in
//! `diachiso.migrations` with a hash of its text. Each is one transaction.

use sqlx::{Connection as _, PgConnection, Row as _, postgres::PgConnection as Pg};

use super::{PostGis, connect};
use crate::{StoreError, answers::Answers as _};

/// One step from version to version.
struct Migration {
    version: i64,
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

/// The digits of a file's name as a number.
const fn number(digits: &str) -> i64 {
    match i64::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("a version is digits"),
    }
}

macro_rules! migrations {
    ($($version:literal $name:literal,)*) => {
        &[$(Migration {
            version: number($version),
            name: $name,
            up: include_str!(concat!("../../../../migrations/", $version, "_", $name, ".sql")),
            down: include_str!(concat!("../../../../migrations/", $version, "_", $name, ".down.sql")),
        },)*]
    };
}

/// All of them, oldest first.
const MIGRATIONS: &[Migration] = migrations! {
    "20261125000000" "insert_epsg_9214",
    "20261128000000" "create_store",
    "20261129000000" "create_service",
    "20261129010000" "create_reviews",
    "20261129020000" "guard_rows",
    "20261129034500" "create_saved_areas",
    "20261129040000" "end_exports",
    "20261129050000" "count_visits",
    "20261129053000" "note_changes",
    "20261129070000" "guard_found",
};

/// Version of the tables that this program reads and writes.
pub(super) const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// Which way to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// To the version that this program needs.
    Up,
    /// Back to a version, undoing what is newer; 0 undoes everything.
    DownTo(i64),
}

/// A migration that was run or undone, or would be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// Its version: year, month, day, hour, minute and second.
    pub version: i64,
    /// What it does, in a few words.
    pub name: &'static str,
}

/// The newest migration that changes what a run writes; later ones leave the published rows as they are.
const LAYOUT: i64 = number("20261129050000");

/// Tells the layout of the tables that a run writes from others.
pub(crate) fn layout() -> [u8; 8] {
    LAYOUT.to_be_bytes()
}

/// Refuses tables of another version.
pub(super) async fn check(store: &PostGis) -> Result<(), StoreError> {
    let mut c = store.pool().acquire().await.map_err(|e| store.failed(e))?;
    let run = run_before(store, &mut c).await?;
    let found = run.last().map_or(0, |(version, _)| *version);
    let path = store.name.clone();
    match found.cmp(&KNOWN) {
        std::cmp::Ordering::Less => Err(StoreError::Older { path, found, known: KNOWN }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { path, found, known: KNOWN }),
    }
}

/// Versions that were run, oldest first, with the hashes of their texts.
async fn run_before(
    store: &PostGis,
    c: &mut PgConnection,
) -> Result<Vec<(i64, String)>, StoreError> {
    let there: bool = sqlx::query_scalar("select to_regclass('diachiso.migrations') is not null")
        .fetch_one(&mut *c)
        .await
        .map_err(|e| store.failed(e))?;
    if !there {
        return Ok(Vec::new());
    }
    let sql = "select version, hash from diachiso.migrations order by version";
    let rows = sqlx::query(sql).fetch_all(c).await.map_err(|e| store.failed(e))?;
    Ok(rows.iter().map(|row| (row.get("version"), row.get("hash"))).collect())
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Brings the tables of a database to the version that this program needs, or back; answers with what was run, or with
/// what would be when it is a `dry_run`. The schema `diachiso` and the extension `postgis` are made where they are not.
///
/// # Errors
/// [`StoreError::Newer`] when the database is ahead of the program, [`StoreError::Altered`] when it was migrated by another
/// text, and what the database says; a migration that fails leaves nothing behind.
pub async fn migrate(
    url: &str,
    direction: Direction,
    dry_run: bool,
) -> Result<Vec<Applied>, StoreError> {
    let store = PostGis::with(connect::options(url)?);
    let mut c = store.pool().acquire().await.map_err(|e| store.failed(e))?.detach();
    let done = steps(&store, &mut c, direction, dry_run).await;
    c.close().await.map_err(|e| store.failed(e))?;
    done
}

async fn steps(
    store: &PostGis,
    c: &mut Pg,
    direction: Direction,
    dry_run: bool,
) -> Result<Vec<Applied>, StoreError> {
    if !dry_run {
        // Two at a time would both find nothing there.
        sqlx::raw_sql(PREPARE).execute(&mut *c).await.map_err(|e| store.failed(e))?;
    }
    let before = run_before(store, c).await?;
    if let Some((found, _)) = before.last().filter(|(version, _)| *version > KNOWN) {
        return Err(StoreError::Newer { path: store.name.clone(), found: *found, known: KNOWN });
    }
    for (version, text) in &before {
        let known = MIGRATIONS.iter().find(|m| m.version == *version);
        if known.is_none_or(|m| hash(m.up) != *text) {
            return Err(StoreError::Altered { path: store.name.clone(), version: *version });
        }
    }
    let was_run = |m: &&Migration| before.iter().any(|(version, _)| *version == m.version);
    let chosen: Vec<&Migration> = match direction {
        Direction::Up => MIGRATIONS.iter().filter(|m| !was_run(m)).collect(),
        Direction::DownTo(to) => {
            MIGRATIONS.iter().rev().filter(|m| m.version > to && was_run(m)).collect()
        }
    };
    let mut done = Vec::with_capacity(chosen.len());
    for migration in chosen {
        if !dry_run {
            step(c, migration, direction).await.map_err(|e| store.failed(e))?;
        }
        done.push(Applied { version: migration.version, name: migration.name });
    }
    Ok(done)
}

/// Holds the lock of whoever migrates until the connection ends, and makes what every migration stands on.
const PREPARE: &str = "select pg_advisory_lock(7235989434046739312);
create extension if not exists postgis;
create schema if not exists diachiso;
create table if not exists diachiso.migrations (
    version bigint not null,
    name text not null,
    hash text not null,
    run_at timestamptz not null default now(),
    constraint migrations_pkey primary key (version)
);";

async fn step(c: &mut Pg, migration: &Migration, direction: Direction) -> Result<(), sqlx::Error> {
    let mut t = c.begin().await?;
    if direction == Direction::Up {
        sqlx::raw_sql(migration.up).execute(&mut *t).await?;
        sqlx::query("insert into diachiso.migrations (version, name, hash) values ($1, $2, $3)")
            .bind(migration.version)
            .bind(migration.name)
            .bind(hash(migration.up))
            .execute(&mut *t)
            .await?;
    } else {
        sqlx::raw_sql(migration.down).execute(&mut *t).await?;
        sqlx::query("delete from diachiso.migrations where version = $1")
            .bind(migration.version)
            .execute(&mut *t)
            .await?;
    }
    t.commit().await
}
