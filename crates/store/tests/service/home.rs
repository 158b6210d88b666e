//! Where the service's database of a test lives.

use std::{path::PathBuf, sync::Arc};

use diachiso_store::{Direction, ServiceStore, migrate, open_service};
use diachiso_testkit::PgDatabase;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

/// An empty database, and what goes with it when the test ends.
pub(crate) struct Home {
    pub(crate) service: Arc<dyn ServiceStore>,
    pub(crate) url: String,
    folder: TempDir,
    pub(crate) database: Option<PgDatabase>,
}

impl Home {
    /// The same database, as another server opens it.
    pub(crate) async fn again(&self) -> Arc<dyn ServiceStore> {
        open_service(&self.url).await.expect("a database")
    }

    /// Another database of the same kind.
    pub(crate) async fn another(&self) -> Self {
        if self.database.is_some() { postgres().await } else { sqlite().await }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("a.service.db")
    }

    /// What somebody does who has the database in hand; the message when it refuses.
    pub(crate) async fn by_hand(&self, sql: &str) -> Result<(), String> {
        let result = if let Some(database) = &self.database {
            let options: sqlx::postgres::PgConnectOptions = database.url().parse().expect("a URL");
            let options = options.options([("search_path", "diachiso,public")]);
            let mut c = options.connect().await.expect("connected");
            let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut c).await;
            c.close().await.expect("closed");
            done.map(drop)
        } else {
            let options = SqliteConnectOptions::new().filename(self.file());
            let mut c = options.connect().await.expect("open");
            let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut c).await;
            c.close().await.expect("closed");
            done.map(drop)
        };
        result.map_err(|e| e.to_string())
    }
}

/// A database in a file.
pub(crate) async fn sqlite() -> Home {
    let folder = tempfile::tempdir().expect("a folder");
    let url = folder.path().join("a.gpkg").display().to_string();
    let service = open_service(&url).await.expect("a database");
    Home { service, url, folder, database: None }
}

/// A database on a server that was just migrated.
pub(crate) async fn postgres() -> Home {
    let folder = tempfile::tempdir().expect("a folder");
    let database = PgDatabase::create();
    let url = database.url().to_owned();
    migrate(&url, Direction::Up, false).await.expect("migrated");
    let service = open_service(&url).await.expect("a database");
    Home { service, url, folder, database: Some(database) }
}
