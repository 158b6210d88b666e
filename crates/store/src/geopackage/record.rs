//! Rows of SQLite.

use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _, sqlite::SqliteRow};

use super::{GeoPackage, file::failed};
use crate::{
    StoreError,
    answers::{Answers, Kind, Record},
    geometry::Wkb,
};

impl Record for SqliteRow {
    fn kinds(&self) -> Result<Vec<(&str, Kind)>, sqlx::Error> {
        let mut kinds = Vec::with_capacity(self.columns().len());
        for column in self.columns() {
            let raw = self.try_get_raw(column.ordinal())?;
            let kind = match raw.type_info().name() {
                _ if raw.is_null() => Kind::Nothing,
                "BLOB" => Kind::Geometry,
                "REAL" => Kind::Real,
                "INTEGER" => Kind::Integer,
                _ => Kind::Text,
            };
            kinds.push((column.name(), kind));
        }
        Ok(kinds)
    }

    fn text(&self, column: &str) -> Result<Option<&str>, sqlx::Error> {
        self.try_get(column)
    }

    fn integer(&self, column: &str) -> Result<Option<i64>, sqlx::Error> {
        self.try_get(column)
    }

    fn real(&self, column: &str) -> Result<Option<f64>, sqlx::Error> {
        self.try_get(column)
    }

    fn truth(&self, column: &str) -> Result<Option<bool>, sqlx::Error> {
        self.try_get(column)
    }

    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, sqlx::Error> {
        self.try_get(column)
    }

    fn geometry(&self, column: &str) -> Result<Option<Result<Wkb<'_>, String>>, sqlx::Error> {
        Ok(self.try_get::<Option<&[u8]>, _>(column)?.map(Wkb::body))
    }
}

impl Answers for GeoPackage {
    type Row = SqliteRow;

    fn failed(&self, error: sqlx::Error) -> StoreError {
        failed(&self.name, error)
    }

    fn corrupt(&self, what: &'static str, reason: impl ToString) -> StoreError {
        StoreError::Corrupt { path: self.name.clone(), what, reason: reason.to_string() }
    }
}
