//! Copies what comes out of the sink into the tables.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::rows::sink::{Drain, Job, Values};

/// Copies until the sink is dropped.
pub(crate) async fn write(
    mut drain: Drain,
    c: &mut PgConnection,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), sqlx::Error> {
    while let Some(job) = drain.0.recv().await {
        match job {
            Job::Rows { sql, values, heard } => {
                let Values::Copied(text) = values else {
                    unreachable!("the sink was made for PostgreSQL")
                };
                let mut copy = c.copy_in_raw(&sql).await?;
                copy.send(text).await?;
                copy.finish().await?;
                if heard > 0 {
                    progress(heard);
                }
            }
            Job::Delete { head, numbers } => {
                // The head ends in `in`, for a list; one bound array serves as well.
                let head = head.strip_suffix(" in").unwrap_or(head);
                let sql = AssertSqlSafe(format!("{head} = any($1)"));
                sqlx::query(sql).bind(numbers).execute(&mut *c).await?;
            }
            Job::ForgetFindings(submissions) => {
                let sql = "delete from findings where submission = any($1)";
                sqlx::query(sql).bind(submissions).execute(&mut *c).await?;
            }
            Job::ForgetParts { layer, parts } => {
                sqlx::query("delete from digests where layer = $1 and part = any($2)")
                    .bind(layer)
                    .bind(parts)
                    .execute(&mut *c)
                    .await?;
            }
            Job::Heard(rows) => progress(rows),
            Job::Script(sql) => {
                sqlx::raw_sql(sql).execute(&mut *c).await?;
            }
        }
    }
    Ok(())
}
