//! How to reach the database, and what its errors mean.

use std::{path::Path, str::FromStr as _, time::Duration};

use sqlx::{
    ConnectOptions as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use url::Url;

use super::tls::{Said, TlsError};
use crate::{StoreError, geopackage::without_credentials};

/// Connections at most: each is a process of the server, and readers of short pages need few.
pub(super) const CONNECTIONS: u32 = 16;
/// Connections beside those, by which lists are read: as many villages as two lists read ahead.
pub(super) const LISTS: u32 = 8;
/// How long a request waits for a connection, also while the server is away.
const PATIENCE: Duration = Duration::from_secs(3);
/// Takes the lock that one writer has at a time until its transaction ends. Runs take seconds, so a longer wait would only
/// hide them. The number is `diachiso` in ASCII.
pub(super) const LOCK_WRITER: &str = "set local lock_timeout = '1500ms';
select pg_advisory_xact_lock(7235989434046739311);
set local lock_timeout = default;";

/// States of `PostgreSQL` that are told from others (Appendix A of its manual).
mod state {
    /// The lock was not to be had in time; two transactions were in each other's way.
    pub(super) const BUSY: [&str; 3] = ["55P03", "40P01", "40001"];
    /// The disk of the server is full.
    pub(super) const FULL: &str = "53100";
    /// The server stops, has stopped, starts, or has no connection left; 08 is the class of broken connections.
    pub(super) const AWAY: [&str; 4] = ["57P01", "57P02", "57P03", "53300"];
    pub(super) const CONNECTION: &str = "08";
}

/// Whether a URL names a database of `PostgreSQL`.
pub(crate) fn is_url(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// How to connect to ask for lists of villages: here one plan is right for each of them, and making it anew took as long as
/// reading the village.
pub(super) fn listing(options: PgConnectOptions) -> PgConnectOptions {
    options.options([("plan_cache_mode", "force_generic_plan")])
}

/// How to connect.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let unreadable = || StoreError::Url { url: without_credentials(url) };
    let unsafe_way = |source| StoreError::Tls { path: without_credentials(url), source };
    let read = Url::parse(url).map_err(|_| unreadable())?;
    let said = Said::of(&read, |name| std::env::var(name).ok()).map_err(unsafe_way)?;
    let options = PgConnectOptions::from_str(url).map_err(|_| unreadable())?;
    let options = said.applied_to(options).map_err(unsafe_way)?;
    // Pages are short: compiling them would take longer than answering. Planning takes a quarter of a millisecond; a plan for
    // any values would read a whole gap list for each of its pages.
    let settings = [
        ("search_path", "diachiso,public"),
        ("jit", "off"),
        ("plan_cache_mode", "force_custom_plan"),
    ];
    Ok(options.application_name("diachiso").options(settings).disable_statement_logging())
}

/// The folder of the server's socket, where it is reached by one.
pub(super) fn socket(options: &PgConnectOptions) -> Option<&Path> {
    let host = options.get_host();
    let folder = options.get_socket().map(std::path::PathBuf::as_path);
    folder.or_else(|| host.starts_with('/').then(|| Path::new(host)))
}

/// Where it is, without who asks.
pub(crate) fn name(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    match socket(options) {
        Some(socket) => format!("postgresql:///{database}?host={}", socket.display()),
        None => format!("postgresql://{}:{}/{database}", options.get_host(), options.get_port()),
    }
}

/// The name of the database that a URL names, as a file may be called; `None` of a URL of another kind, or one that
/// cannot be read.
#[must_use]
pub fn database_name(url: &str) -> Option<String> {
    let options = is_url(url).then(|| PgConnectOptions::from_str(url).ok()).flatten()?;
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    Some(database.chars().map(plain).collect())
}

pub(crate) fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options)
}

/// The error of the database as an error of the store.
pub(crate) fn failed(name: &str, source: sqlx::Error) -> StoreError {
    let path = name.to_owned();
    if let Some(source) = TlsError::of(&source) {
        return StoreError::Tls { path, source };
    }
    let code = source.as_database_error().and_then(|e| e.code().map(std::borrow::Cow::into_owned));
    match (&source, code.as_deref()) {
        (_, Some(state::FULL)) => StoreError::Full { path },
        (_, Some(code)) if state::BUSY.contains(&code) => StoreError::Busy { path },
        (_, Some(code)) if state::AWAY.contains(&code) || code.starts_with(state::CONNECTION) => {
            StoreError::Unreachable { path, source }
        }
        (sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed, _) => {
            StoreError::Unreachable { path, source }
        }
        _ => StoreError::Database { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_without_who_asks() {
        let named = |url: &str| name(&options(url).expect("a URL"));
        let url = "postgres://me:secret@db.example:5433/huế?password=secret";
        assert_eq!(named(url), "postgresql://db.example:5433/huế");
        let asked = options(url).expect("a URL");
        let settings = asked.get_options().expect("settings");
        assert!(settings.contains("plan_cache_mode=force_custom_plan"), "{settings}");
        let lists = listing(asked);
        let settings = lists.get_options().expect("settings");
        assert!(settings.ends_with("plan_cache_mode=force_generic_plan"), "{settings}");
        let socket = named("postgresql:///city?host=/run/postgresql&user=me&password=secret");
        assert_eq!(socket, "postgresql:///city?host=/run/postgresql");
        let Err(error) = options("postgres://me:secret@db.example:port/x?password=secret") else {
            panic!("a port is a number")
        };
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
