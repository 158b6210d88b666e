//! Where a store of a test lives.

use std::sync::Arc;

use diachiso_store::{Direction, Store, migrate, open_store};
use diachiso_testkit::PgDatabase;
use tempfile::TempDir;

/// An empty store, and what goes with it when the test ends.
pub(crate) struct Home {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) url: String,
    _folder: Option<TempDir>,
    pub(crate) database: Option<PgDatabase>,
}

impl Home {
    /// The same store, as another program opens it.
    pub(crate) async fn again(&self) -> Arc<dyn Store> {
        open_store(&self.url, false).await.expect("the store is there")
    }

    /// Another store of the same kind.
    pub(crate) async fn another(&self) -> Self {
        if self.database.is_some() { postgis().await } else { geopackage().await }
    }
}

/// A store in a file that is not there yet.
pub(crate) async fn geopackage() -> Home {
    let folder = tempfile::tempdir().expect("a folder");
    let url = folder.path().join("a.gpkg").display().to_string();
    let store = open_store(&url, true).await.expect("a store");
    Home { store, url, _folder: Some(folder), database: None }
}

/// A store in a database that was just migrated.
pub(crate) async fn postgis() -> Home {
    let database = PgDatabase::create();
    let url = database.url().to_owned();
    migrate(&url, Direction::Up, false).await.expect("migrated");
    let store = open_store(&url, true).await.expect("a store");
    Home { store, url, _folder: None, database: Some(database) }
}
