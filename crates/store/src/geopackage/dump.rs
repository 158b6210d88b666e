//! The canonical text of the published state.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};
use sqlx::{AssertSqlSafe, Column, Row, TypeInfo, ValueRef, sqlite::SqliteRow};

use super::GeoPackage;
use crate::{StoreError, geometry};

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

    fn record(&self, kind: &str, row: &SqliteRow) -> Result<String, StoreError> {
        let mut record = Map::new();
        record.insert("record".to_owned(), kind.into());
        for column in row.columns().iter().filter(|c| c.name() != "key") {
            record.insert(column.name().to_owned(), self.value(row, column.name())?);
        }
        Ok(Value::Object(record).to_string())
    }

    fn value(&self, row: &SqliteRow, column: &str) -> Result<Value, StoreError> {
        let raw = row.try_get_raw(column).map_err(|e| self.failed(e))?;
        let (null, kind) = (raw.is_null(), raw.type_info().name().to_owned());
        if null {
            return Ok(Value::Null);
        }
        Ok(match kind.as_str() {
            "BLOB" => self.place(self.get(row, column)?)?,
            "REAL" => decimals(self.get(row, column)?),
            "INTEGER" => Value::Number(Number::from(self.get::<i64>(row, column)?)),
            _ if column == "findings" => {
                let json: &str = self.get(row, column)?;
                serde_json::from_str(json).map_err(|e| self.corrupt("findings", e))?
            }
            _ => Value::String(self.get(row, column)?),
        })
    }

    fn place(&self, blob: &[u8]) -> Result<Value, StoreError> {
        if let Ok(point) = geometry::read_point(blob) {
            return Ok(Value::String(point.to_string()));
        }
        let shape = self.shape(Some(blob))?;
        let rings =
            shape.iter().flatten().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
        let ring = |r: &geo_types::LineString<f64>| {
            r.0.iter().map(|c| format!("{:.7} {:.7}", c.y, c.x)).collect::<Vec<_>>().join(", ")
        };
        Ok(rings.map(ring).map(Value::String).collect())
    }
}

/// A number to seven decimals, as text, so that no reader rounds it again.
fn decimals(v: f64) -> Value {
    Value::String(format!("{v:.7}"))
}
