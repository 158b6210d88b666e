//! The canonical text of the published state.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, Row, sqlite::SqliteRow};

use super::GeoPackage;
use crate::{
    StoreError,
    answers::{Answers as _, CanonicalAnswers as _},
};

/// Rows held at once while the dump is written.
const PAGE: i64 = 20_000;

/// Records that a run of an older program did not publish.
const PROPOSAL: &str = "proposal";
const SUBMISSION: &str = "submission";

/// Kind of record, its statement, the key before the first.
const PARTS: [(&str, &str, &str); 7] = [
    ("register", include_str!("../sql/dump_registers.sql"), "-1"),
    ("village", include_str!("../sql/dump_villages.sql"), "-1"),
    ("household", include_str!("../sql/dump_households.sql"), "-1"),
    (SUBMISSION, include_str!("../sql/dump_submissions.sql"), ""),
    ("tally", include_str!("../sql/dump_coverage.sql"), "-1"),
    ("rule", include_str!("../sql/dump_rules.sql"), "-1"),
    (PROPOSAL, include_str!("../sql/dump_proposals.sql"), ""),
];

impl GeoPackage {
    /// One record a line, its members in alphabetical order; broken numbers to 7 decimals.
    pub(super) async fn read_dump(&self) -> Result<String, StoreError> {
        let mut text = String::new();
        if self.read_latest_run().await?.is_none() {
            return Ok(text);
        }
        let Some(mut c) = self.reader().await? else { return Ok(text) };
        // One read transaction, so that a run that commits meanwhile does not mix in.
        sqlx::raw_sql("begin").execute(&mut *c).await.map_err(|e| self.failed(e))?;
        for (kind, sql, first) in PARTS {
            if kind == PROPOSAL && !self.has_table(&mut c, "proposals").await? {
                continue;
            }
            let mut key = first.to_owned();
            // A run of an older program did not tell places.
            let placeless = kind == SUBMISSION && !self.tells_places(&mut c).await?;
            let sql = if placeless { Cow::from(sql.replace("s.place,", "")) } else { sql.into() };
            loop {
                let rows = sqlx::query(AssertSqlSafe(&*sql))
                    .bind(&key)
                    .bind(PAGE)
                    .fetch_all(&mut *c)
                    .await
                    .map_err(|e| self.failed(e))?;
                let Some(last) = rows.last() else { break };
                key = self.key(last)?;
                for row in &rows {
                    text.push_str(&self.record(kind, row)?);
                    text.push('\n');
                }
            }
        }
        sqlx::raw_sql("rollback").execute(&mut *c).await.map_err(|e| self.failed(e))?;
        Ok(text)
    }

    fn key(&self, row: &SqliteRow) -> Result<String, StoreError> {
        row.try_get_unchecked::<String, _>("key").map_err(|e| self.failed(e))
    }
}
