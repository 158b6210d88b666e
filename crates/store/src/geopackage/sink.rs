//! Rows on their way into the file: while SQLite's thread writes one batch, the next is being made.

use std::{borrow::Cow, sync::Arc};

use sqlx::{AssertSqlSafe, SqliteConnection, sqlite::SqliteArguments};
use tokio::sync::mpsc;

use super::cells::Cells;

/// Most bound values of one statement (`SQLITE_MAX_VARIABLE_NUMBER`).
const MAX_VALUES: usize = 32_766;
/// Batches made ahead of the writer.
const AHEAD: usize = 2;

/// One thing for the writer to do.
enum Job {
    Rows { sql: Arc<str>, values: SqliteArguments, heard: u64 },
    Script(&'static str),
    Heard(u64),
}

/// The writer is gone; its own error says why.
#[derive(Debug)]
pub(super) struct Closed;

/// Where rows go in.
pub(super) struct Sink(mpsc::Sender<Job>);

/// Where the writer takes them out.
pub(super) struct Drain(mpsc::Receiver<Job>);

/// A sink and its drain.
pub(super) fn channel() -> (Sink, Drain) {
    let (send, receive) = mpsc::channel(AHEAD);
    (Sink(send), Drain(receive))
}

impl Sink {
    /// Begins to fill a table; `head` is the statement up to `values`, with its columns listed.
    pub(super) fn table(&self, head: impl Into<Cow<'static, str>>) -> Rows<'_> {
        let head = head.into();
        let columns = 1 + head.matches(',').count();
        let most = MAX_VALUES / columns;
        Rows {
            sink: self,
            head,
            columns,
            most,
            full: None,
            values: SqliteArguments::default(),
            held: 0,
            counted: false,
        }
    }

    /// Deletes rows by their number; `head` is the statement up to the list.
    pub(super) async fn delete(&self, head: &'static str, numbers: &[i64]) -> Result<(), Closed> {
        for some in numbers.chunks(MAX_VALUES) {
            let mut values = SqliteArguments::default();
            for number in some {
                Cells::Bound(&mut values).put(*number);
            }
            let list = vec!["?"; some.len()].join(",");
            let sql = format!("{head} ({list})").into();
            let job = Job::Rows { sql, values, heard: 0 };
            self.0.send(job).await.map_err(|_| Closed)?;
        }
        Ok(())
    }

    /// Runs a statement of two bound numbers.
    pub(super) async fn between(
        &self,
        sql: &'static str,
        (from, to): (i64, i64),
    ) -> Result<(), Closed> {
        let mut values = SqliteArguments::default();
        Cells::Bound(&mut values).put(from).put(to);
        let job = Job::Rows { sql: sql.into(), values, heard: 0 };
        self.0.send(job).await.map_err(|_| Closed)
    }

    /// Lets the progress hear of rows that need no writing.
    pub(super) async fn heard(&self, rows: u64) -> Result<(), Closed> {
        self.0.send(Job::Heard(rows)).await.map_err(|_| Closed)
    }

    /// Runs a fixed script after all rows given before.
    pub(super) async fn script(&self, sql: &'static str) -> Result<(), Closed> {
        self.0.send(Job::Script(sql)).await.map_err(|_| Closed)
    }
}

impl Drain {
    /// Writes until the sink is dropped.
    pub(super) async fn write(
        mut self,
        connection: &mut SqliteConnection,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), sqlx::Error> {
        while let Some(job) = self.0.recv().await {
            match job {
                Job::Rows { sql, values, heard } => {
                    sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut *connection).await?;
                    if heard > 0 {
                        progress(heard);
                    }
                }
                Job::Heard(rows) => progress(rows),
                Job::Script(sql) => {
                    sqlx::raw_sql(sql).execute(&mut *connection).await?;
                }
            }
        }
        Ok(())
    }
}

/// Rows of one table, sent on in statements of as many rows as SQLite binds at once.
pub(super) struct Rows<'s> {
    sink: &'s Sink,
    head: Cow<'static, str>,
    columns: usize,
    most: usize,
    full: Option<Arc<str>>,
    values: SqliteArguments,
    held: usize,
    counted: bool,
}

impl Rows<'_> {
    /// Lets the progress hear of these rows.
    pub(super) fn counted(mut self) -> Self {
        self.counted = true;
        self
    }

    /// Adds a row.
    pub(super) async fn row(&mut self, cells: impl FnOnce(&mut Cells<'_>)) -> Result<(), Closed> {
        cells(&mut Cells::Bound(&mut self.values));
        self.held += 1;
        debug_assert_eq!(
            sqlx::Arguments::len(&self.values),
            self.held * self.columns,
            "{}",
            self.head
        );
        if self.held == self.most { self.send().await } else { Ok(()) }
    }

    /// Sends what is left.
    pub(super) async fn finish(mut self) -> Result<(), Closed> {
        if self.held > 0 { self.send().await } else { Ok(()) }
    }

    async fn send(&mut self) -> Result<(), Closed> {
        let sql = if self.held == self.most {
            let (head, columns, rows) = (&self.head, self.columns, self.held);
            Arc::clone(self.full.get_or_insert_with(|| statement(head, columns, rows)))
        } else {
            statement(&self.head, self.columns, self.held)
        };
        let values = std::mem::take(&mut self.values);
        sqlx::Arguments::reserve(&mut self.values, self.most * self.columns, 0);
        let rows = std::mem::take(&mut self.held);
        let heard = if self.counted { rows as u64 } else { 0 };
        self.sink.0.send(Job::Rows { sql, values, heard }).await.map_err(|_| Closed)
    }
}

/// `head (?,?),(?,?)…`: the only text that is put together at run time, and it holds no value.
fn statement(head: &str, columns: usize, rows: usize) -> Arc<str> {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("{head} {}", vec![row.as_str(); rows].join(",")).into()
}
