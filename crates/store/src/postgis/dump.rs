//! The canonical text of the published state.

use super::{LAYERS_READ, PostGis};
use crate::{
    StoreError,
    answers::{Answers as _, CanonicalAnswers as _},
};

/// Rows held at once while the dump is written.
const PAGE: i64 = 20_000;

/// Kind of record, its statement, the key before the first.
const PARTS: [(&str, &str, &str); 7] = [
    ("register", include_str!("../sql/postgis/dump_registers.sql"), "-1"),
    ("village", include_str!("../sql/postgis/dump_villages.sql"), "-1"),
    ("household", include_str!("../sql/postgis/dump_households.sql"), "-1"),
    ("submission", include_str!("../sql/postgis/dump_submissions.sql"), ""),
    ("tally", include_str!("../sql/postgis/dump_coverage.sql"), "-1"),
    ("rule", include_str!("../sql/postgis/dump_rules.sql"), "-1"),
    ("proposal", include_str!("../sql/postgis/dump_proposals.sql"), ""),
];

impl PostGis {
    /// One record a line, its members in alphabetical order; broken numbers to 7 decimals.
    pub(super) async fn read_dump(&self) -> Result<String, StoreError> {
        let mut text = String::new();
        // One read transaction, so that a run that commits meanwhile does not mix in.
        let mut t = self.pool.begin_with(LAYERS_READ).await.map_err(|e| self.failed(e))?;
        for (kind, sql, first) in PARTS {
            let mut key = first.to_owned();
            loop {
                let rows = sqlx::query(sql)
                    .bind(&key)
                    .bind(PAGE)
                    .fetch_all(&mut *t)
                    .await
                    .map_err(|e| self.failed(e))?;
                let Some(last) = rows.last() else { break };
                key = self.get(last, "key")?;
                for row in &rows {
                    text.push_str(&self.record(kind, row)?);
                    text.push('\n');
                }
            }
        }
        t.rollback().await.map_err(|e| self.failed(e))?;
        Ok(text)
    }
}
