//! Moving what was written from the log into the database, off the way of those who write.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use sqlx::{ConnectOptions as _, Connection as _};

use super::write_options;

/// Transactions after which the log is moved: some ten megabytes of single submissions. The log is overwritten from its
/// beginning then, which reaches the disk sooner than making it longer does.
const EVERY: u32 = 200;

/// How long those who write wait at most for those who read the log's end.
const PATIENCE: Duration = Duration::from_millis(250);

/// Moves the log by a connection of its own now and then. SQLite by itself would do so within the commit of whoever made the
/// log long, who then waits for two more flushes.
#[derive(Debug)]
pub(super) struct Checkpoints {
    path: PathBuf,
    turns: AtomicU32,
    under_way: Arc<AtomicBool>,
}

impl Checkpoints {
    pub(super) fn of(path: &Path) -> Self {
        let (turns, under_way) = (AtomicU32::new(0), Arc::default());
        Self { path: path.to_owned(), turns, under_way }
    }

    /// Another transaction begins. Must be said inside a runtime.
    pub(super) fn turn(&self) {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        if turn % EVERY != EVERY - 1 || self.under_way.swap(true, Ordering::Relaxed) {
            return;
        }
        let (path, under_way) = (self.path.clone(), Arc::clone(&self.under_way));
        tokio::spawn(async move {
            if let Err(error) = checkpoint(&path).await {
                // The log stays, and grows; nothing is lost.
                tracing::warn!(%error, "the log of the service's database cannot be moved yet");
            }
            under_way.store(false, Ordering::Relaxed);
        });
    }
}

/// Most of the log is moved while others write; then, while they wait for a moment, the rest, so that they begin anew.
async fn checkpoint(path: &Path) -> Result<(), sqlx::Error> {
    let mut c = write_options(path).busy_timeout(PATIENCE).connect().await?;
    for how in ["pragma wal_checkpoint(passive)", "pragma wal_checkpoint(restart)"] {
        sqlx::query(how).execute(&mut c).await?;
    }
    c.close().await
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn the_log_does_not_grow_with_what_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kept.db");
        let checkpoints = Checkpoints::of(&path);
        let mut writer = write_options(&path).connect().await.expect("a database");
        sqlx::query("create table t (text)").execute(&mut writer).await.expect("made");
        let log = || fs::metadata(path.with_extension("db-wal")).expect("a log").len();
        let (mut after_one, rounds) = (0, 10);
        for round in 0..rounds {
            // Nobody stops writing while the log is moved.
            let mut written = 0;
            while written < EVERY || checkpoints.under_way.load(Ordering::Relaxed) {
                if written < EVERY {
                    checkpoints.turn();
                }
                let insert = sqlx::query("insert into t values (zeroblob(3000))");
                insert.execute(&mut writer).await.expect("written");
                written += 1;
            }
            if round == 0 {
                after_one = log();
            }
        }
        // Now and then somebody who reads is in the way, and the log is moved the next time.
        assert!(
            2 * log() < rounds * after_one,
            "{} after {rounds} rounds, {after_one} after one",
            log()
        );
    }
}
