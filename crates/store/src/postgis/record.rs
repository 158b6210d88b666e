//! Rows of `PostgreSQL`. A geometry is asked for as WKB (`st_asbinary`), a date or a moment as text.

use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _, postgres::PgRow};

use super::{PostGis, connect::failed};
use crate::{
    StoreError,
    answers::{Answers, Kind, Record},
    geometry::Wkb,
};

impl Record for PgRow {
    fn kinds(&self) -> Result<Vec<(&str, Kind)>, sqlx::Error> {
        let mut kinds = Vec::with_capacity(self.columns().len());
        for column in self.columns() {
            let kind = match column.type_info().name() {
                _ if self.try_get_raw(column.ordinal())?.is_null() => Kind::Nothing,
                "BYTEA" => Kind::Geometry,
                "FLOAT8" | "FLOAT4" => Kind::Real,
                "INT8" | "INT4" | "INT2" => Kind::Integer,
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
        match self.try_get_raw(column)?.type_info().name() {
            "INT2" => Ok(self.try_get::<Option<i16>, _>(column)?.map(i64::from)),
            "INT4" => Ok(self.try_get::<Option<i32>, _>(column)?.map(i64::from)),
            _ => self.try_get(column),
        }
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
        Ok(self.try_get::<Option<&[u8]>, _>(column)?.map(|wkb| Ok(Wkb::bare(wkb))))
    }
}

impl Answers for PostGis {
    type Row = PgRow;

    fn failed(&self, error: sqlx::Error) -> StoreError {
        failed(&self.name, error)
    }

    fn corrupt(&self, what: &'static str, reason: impl ToString) -> StoreError {
        StoreError::Corrupt { path: self.name.clone(), what, reason: reason.to_string() }
    }
}
