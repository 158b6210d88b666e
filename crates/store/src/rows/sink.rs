//! Rows on their way into a database: while it writes one batch, the next is being made.

use std::{borrow::Cow, sync::Arc};

use sqlx::sqlite::SqliteArguments;
use tokio::sync::mpsc;

use super::cells::Cells;

/// Most bound values of one statement of SQLite (`SQLITE_MAX_VARIABLE_NUMBER`).
pub(crate) const MAX_VALUES: usize = 32_766;
/// Rows of one `copy`: more than that gains nothing, and they are held in memory.
const COPIED_ROWS: usize = 10_000;
/// Batches made ahead of the writer.
const AHEAD: usize = 2;

/// Which database the rows are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// Bound values of SQLite.
    Sqlite,
    /// Text that `PostgreSQL` copies.
    Postgres,
}

/// One thing for the writer to do.
pub(crate) enum Job {
    /// Runs a statement with its values.
    Rows { sql: Arc<str>, values: Values, heard: u64 },
    /// Deletes rows by their number; `head` is the statement up to the list.
    Delete { head: &'static str, numbers: Vec<i64> },
    /// Deletes the findings of submissions by the number of the submission.
    ForgetFindings(Vec<i64>),
    /// Deletes parts of the digests of a layer.
    ForgetParts { layer: &'static str, parts: Vec<i64> },
    /// Runs a fixed script.
    Script(&'static str),
    /// Lets the progress hear of rows that need no writing.
    Heard(u64),
}

/// The rows of one statement.
pub(crate) enum Values {
    Bound(SqliteArguments),
    Copied(Vec<u8>),
}

/// The writer is gone; its own error says why.
#[derive(Debug)]
pub(crate) struct Closed;

/// Where rows go in.
pub(crate) struct Sink {
    jobs: mpsc::Sender<Job>,
    target: Target,
}

/// Where the writer takes them out.
pub(crate) struct Drain(pub(crate) mpsc::Receiver<Job>);

/// A sink and its drain.
pub(crate) fn channel(target: Target) -> (Sink, Drain) {
    let (jobs, receive) = mpsc::channel(AHEAD);
    (Sink { jobs, target }, Drain(receive))
}

impl Sink {
    /// Whether rows are copied, into a database that keeps its own trees and replaces no row by inserting another.
    pub(crate) fn copies(&self) -> bool {
        self.target == Target::Postgres
    }

    /// Begins to fill a table; `head` is the statement up to `values`, with its columns listed.
    pub(crate) fn table(&self, head: impl Into<Cow<'static, str>>) -> Rows<'_> {
        let head = head.into();
        let columns = 1 + head.matches(',').count();
        let (head, most, values) = match self.target {
            Target::Sqlite => {
                (head, MAX_VALUES / columns, Values::Bound(SqliteArguments::default()))
            }
            Target::Postgres => (copy(&head).into(), COPIED_ROWS, Values::Copied(Vec::new())),
        };
        Rows {
            sink: self,
            head,
            columns,
            most,
            full: None,
            values,
            replaced: Vec::new(),
            delete: "",
            held: 0,
            counted: false,
        }
    }

    async fn send(&self, job: Job) -> Result<(), Closed> {
        self.jobs.send(job).await.map_err(|_| Closed)
    }

    /// Deletes rows by their number; `head` is the statement up to the list.
    pub(crate) async fn delete(&self, head: &'static str, numbers: &[i64]) -> Result<(), Closed> {
        for some in numbers.chunks(MAX_VALUES) {
            self.send(Job::Delete { head, numbers: some.to_vec() }).await?;
        }
        Ok(())
    }

    /// Deletes the findings of submissions, given by their numbers.
    pub(crate) async fn forget_findings(&self, submissions: Vec<i64>) -> Result<(), Closed> {
        self.send(Job::ForgetFindings(submissions)).await
    }

    /// Deletes parts of the digests of a layer.
    pub(crate) async fn forget_parts(
        &self,
        layer: &'static str,
        parts: Vec<i64>,
    ) -> Result<(), Closed> {
        if parts.is_empty() {
            return Ok(());
        }
        self.send(Job::ForgetParts { layer, parts }).await
    }

    /// Lets the progress hear of rows that need no writing.
    pub(crate) async fn heard(&self, rows: u64) -> Result<(), Closed> {
        self.send(Job::Heard(rows)).await
    }

    /// Runs a fixed script after all rows given before.
    pub(crate) async fn script(&self, sql: &'static str) -> Result<(), Closed> {
        self.send(Job::Script(sql)).await
    }
}

/// Rows of one table, sent on in statements of as many rows as the database takes at once.
pub(crate) struct Rows<'s> {
    sink: &'s Sink,
    head: Cow<'static, str>,
    columns: usize,
    most: usize,
    full: Option<Arc<str>>,
    values: Values,
    /// Rows that are there under these numbers and have to go first, and the statement for that up to the list.
    replaced: Vec<i64>,
    delete: &'static str,
    held: usize,
    counted: bool,
}

impl Rows<'_> {
    /// Lets the progress hear of these rows.
    pub(crate) fn counted(mut self) -> Self {
        self.counted = true;
        self
    }

    /// Says that the next row takes the place of one that is there.
    pub(crate) fn replaces(&mut self, delete: &'static str, number: i64) {
        if self.sink.copies() {
            self.delete = delete;
            self.replaced.push(number);
        }
    }

    /// Adds a row.
    pub(crate) async fn row(&mut self, cells: impl FnOnce(&mut Cells<'_>)) -> Result<(), Closed> {
        self.held += 1;
        match &mut self.values {
            Values::Bound(values) => {
                cells(&mut Cells::Bound(values));
                let all = self.held * self.columns;
                debug_assert_eq!(sqlx::Arguments::len(values), all, "{}", self.head);
            }
            Values::Copied(text) => {
                cells(&mut Cells::Copied(text));
                // The tab after the last value.
                text.pop();
                text.push(b'\n');
            }
        }
        if self.held == self.most { self.send().await } else { Ok(()) }
    }

    /// Sends what is left.
    pub(crate) async fn finish(mut self) -> Result<(), Closed> {
        if self.held > 0 { self.send().await } else { Ok(()) }
    }

    async fn send(&mut self) -> Result<(), Closed> {
        let replaced = std::mem::take(&mut self.replaced);
        self.sink.delete(self.delete, &replaced).await?;
        let rows = std::mem::take(&mut self.held);
        let heard = if self.counted { rows as u64 } else { 0 };
        let (sql, values) = match &mut self.values {
            Values::Bound(values) => {
                let sql = if rows == self.most {
                    let (insert, columns) = (&self.head, self.columns);
                    Arc::clone(self.full.get_or_insert_with(|| statement(insert, columns, rows)))
                } else {
                    statement(&self.head, self.columns, rows)
                };
                let sent = std::mem::take(values);
                sqlx::Arguments::reserve(values, self.most * self.columns, 0);
                (sql, Values::Bound(sent))
            }
            Values::Copied(text) => {
                let room = Vec::with_capacity(text.len());
                let sent = std::mem::replace(text, room);
                (Arc::from(&*self.head), Values::Copied(sent))
            }
        };
        self.sink.send(Job::Rows { sql, values, heard }).await
    }
}

/// `head (?,?),(?,?)…`: the only text that is put together at run time, and it holds no value.
fn statement(head: &str, columns: usize, rows: usize) -> Arc<str> {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("{head} {}", vec![row.as_str(); rows].join(",")).into()
}

/// The `copy` that fills what an insert fills: its table and columns stand between `into` and `values`.
fn copy(insert: &str) -> String {
    let table = insert.split_once("into ").map_or(insert, |(_, table)| table).trim_end();
    format!("copy {} from stdin", table.strip_suffix("values").unwrap_or(table).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insert_and_its_copy_fill_the_same_columns() {
        let insert = "insert or replace into digests (layer, part, data) values\n";
        assert_eq!(copy(insert), "copy digests (layer, part, data) from stdin");
    }
}
