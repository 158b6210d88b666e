//! Writes what comes out of the sink into the file.

use sqlx::{AssertSqlSafe, SqliteConnection, sqlite::SqliteArguments};

use crate::rows::{
    cells::Cells,
    sink::{Drain, Job, Values},
};

/// Numbers of findings that one submission has room for, for the statement below.
const FORGET_FINDINGS: &str = "delete from findings where fid between ? * 4096 and ? * 4096 + 4095";

/// Writes until the sink is dropped.
pub(crate) async fn write(
    mut drain: Drain,
    c: &mut SqliteConnection,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), sqlx::Error> {
    while let Some(job) = drain.0.recv().await {
        match job {
            Job::Rows { sql, values, heard } => {
                let Values::Bound(values) = values else {
                    unreachable!("the sink was made for SQLite")
                };
                sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut *c).await?;
                if heard > 0 {
                    progress(heard);
                }
            }
            Job::Delete { head, numbers } => {
                let mut values = SqliteArguments::default();
                for number in &numbers {
                    Cells::Bound(&mut values).put(*number);
                }
                let list = vec!["?"; numbers.len()].join(",");
                let sql = AssertSqlSafe(format!("{head} ({list})"));
                sqlx::query_with(sql, values).execute(&mut *c).await?;
            }
            Job::ForgetFindings(submissions) => {
                for fid in submissions {
                    sqlx::query(FORGET_FINDINGS).bind(fid).bind(fid).execute(&mut *c).await?;
                }
            }
            Job::ForgetParts { layer, parts } => {
                for part in parts {
                    sqlx::query("delete from digests where layer = ? and part = ?")
                        .bind(layer)
                        .bind(part)
                        .execute(&mut *c)
                        .await?;
                }
            }
            Job::Heard(rows) => progress(rows),
            Job::Script(sql) => {
                sqlx::raw_sql(sql).execute(&mut *c).await?;
            }
        }
    }
    Ok(())
}
