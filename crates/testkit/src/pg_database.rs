//! A fresh `PostGIS` database for one test.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Environment variable with the libpq URL of a database whose user may create others.
const TEST_PG: &str = "DIACHISO_TEST_PG";

/// An empty database with the extension `postgis`, dropped with its value.
///
/// It is reached through the client `psql`, so that this crate needs no driver; a test with a driver of its own
/// connects to [`PgDatabase::url`].
#[derive(Debug)]
pub struct PgDatabase {
    server_url: String,
    url: String,
    name: String,
}

impl PgDatabase {
    /// Creates a database on the server that `DIACHISO_TEST_PG` names.
    ///
    /// # Panics
    /// If the variable is unset, `psql` is not installed, or the server refuses; the message says which.
    #[must_use]
    #[track_caller]
    pub fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);

        let server_url = std::env::var(TEST_PG).unwrap_or_else(|_| {
            panic!(
                "{TEST_PG} is unset: run `cargo xtask test`, which starts a throw-away PostgreSQL, or set it to the \
                 URL of a server with PostGIS, such as postgresql:///postgres?host=/var/run/postgresql"
            )
        });
        let name =
            format!("diachiso_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        psql(&server_url, &format!("create database {name}"));
        let url = with_database(&server_url, &name);
        let database = Self { server_url, url, name };
        database.run("create extension if not exists postgis");
        database
    }

    /// The libpq URL of this database; sqlx and GDAL (after `PG:`) read it too.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of this database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs a script and returns what it prints: one line a row, columns apart by `|`, no headings.
    ///
    /// The script goes in through standard input, so `copy t from stdin` may be followed by its data and `\.`.
    ///
    /// # Panics
    /// If a statement fails, with the message of the server.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "most scripts are run for what they change")]
    pub fn run(&self, script: &str) -> String {
        psql(&self.url, script)
    }
}

impl Drop for PgDatabase {
    fn drop(&mut self) {
        // A test that failed is already panicking: a second panic would hide its message.
        let statement = format!("drop database if exists {} with (force)", self.name);
        if let Err(error) = try_psql(&self.server_url, &statement) {
            eprintln!("database {} stays behind: {error}", self.name);
        }
    }
}

/// Runs a script, or panics with what `psql` said.
#[track_caller]
fn psql(url: &str, script: &str) -> String {
    match try_psql(url, script) {
        Ok(output) => output,
        Err(error) => panic!("{error}"),
    }
}

/// Runs a script through the client: its output, or a message with the start of the script.
fn try_psql(url: &str, script: &str) -> Result<String, String> {
    let mut child = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
        .arg(format!("--dbname={url}"))
        .env("PGOPTIONS", "-c client_min_messages=warning")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("psql does not start ({error}): install postgresql-client"))?;
    let mut stdin = child.stdin.take().expect("the child was started with a pipe");
    // Written beside the reading: a long script and a long answer would otherwise wait for each other.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A refused script closes the pipe early; what psql says about it is the better message.
            let _closed_early = stdin.write_all(script.as_bytes());
        });
        child.wait_with_output()
    })
    .map_err(|error| format!("psql cannot be waited for: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let start: String = script.chars().take(200).collect();
    Err(format!("psql: {} in the script: {start}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// The URL with another database's name in its path: what stands after the authority and before the query.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) =
        url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let path = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..path])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        assert_eq!(with_database(url, "new"), expected);
    }

    #[test]
    fn a_url_keeps_all_but_the_name_of_its_database() {
        check(
            "postgresql:///postgres?host=/tmp/x&user=postgres",
            "postgresql:///new?host=/tmp/x&user=postgres",
        );
        check(
            "postgres://me:secret@db.example:5433/postgres",
            "postgres://me:secret@db.example:5433/new",
        );
        check("postgres://localhost", "postgres://localhost/new");
        check("postgresql:///?host=/run", "postgresql:///new?host=/run");
    }

    #[test]
    fn a_fresh_database_has_postgis_and_goes_away_with_its_value() {
        let database = PgDatabase::create();
        let covered = database
            .run("select st_covers(st_makeenvelope(0, 0, 2, 2, 4326), st_point(1, 1, 4326))");
        assert_eq!(covered.trim(), "t");
        let (server_url, name) = (database.server_url.clone(), database.name().to_owned());
        drop(database);
        let left = psql(
            &server_url,
            &format!("select count(*) from pg_database where datname = '{name}'"),
        );
        assert_eq!(left.trim(), "0");
    }

    #[test]
    fn databases_do_not_see_each_other() {
        let (one, other) = (PgDatabase::create(), PgDatabase::create());
        one.run("create table only_here (x integer)");
        let elsewhere = other
            .run("select count(*) from information_schema.tables where table_name = 'only_here'");
        assert_eq!(elsewhere.trim(), "0");
        assert_ne!(one.url(), other.url());
    }

    #[test]
    fn a_script_carries_the_data_of_its_copy() {
        let database = PgDatabase::create();
        database.run("create table pair (a integer, b text)");
        let rows: Vec<String> = (0..20_000).map(|row| format!("{row}\tvalue {row}")).collect();
        let rows = rows.join("\n");
        let script =
            format!("copy pair from stdin;\n{rows}\n\\.\nselect a, b from pair order by a;\n");
        let read = database.run(&script);
        assert_eq!(read.lines().count(), 20_000);
        assert_eq!(read.lines().last(), Some("19999|value 19999"));
    }

    #[test]
    #[should_panic(expected = "there_is_no_such_table")]
    fn a_refused_script_panics_with_the_words_of_the_server() {
        PgDatabase::create().run("select * from there_is_no_such_table");
    }
}
