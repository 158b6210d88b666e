//! What rows of a database say, whichever database it is.

mod canonical;
mod many;
mod people;
mod public;

use std::str::FromStr;

use diachiso_model::LonLat;
use geo_types::MultiPolygon;

use crate::{StoreError, geometry::Wkb};

pub(crate) use canonical::CanonicalAnswers;
pub(crate) use many::{GapCells, HouseholdCells, ManyAnswers};
pub(crate) use people::{PersonalAnswers, cut_report};
pub(crate) use public::PublicAnswers;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Nothing,
    Text,
    Integer,
    Real,
    Geometry,
}

/// A row of a database, its values by the names of their columns; `None` where there is none.
pub(crate) trait Record {
    /// Its columns in order, and what each of them holds.
    fn kinds(&self) -> Result<Vec<(&str, Kind)>, sqlx::Error>;
    fn text(&self, column: &str) -> Result<Option<&str>, sqlx::Error>;
    fn integer(&self, column: &str) -> Result<Option<i64>, sqlx::Error>;
    fn real(&self, column: &str) -> Result<Option<f64>, sqlx::Error>;
    fn truth(&self, column: &str) -> Result<Option<bool>, sqlx::Error>;
    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, sqlx::Error>;
    /// The geometry in a column; the text says what is wrong with it.
    fn geometry(&self, column: &str) -> Result<Option<Result<Wkb<'_>, String>>, sqlx::Error>;
}

/// A value that a column may hold.
pub(crate) trait Cell<'r>: Sized {
    fn of<R: Record>(row: &'r R, column: &str) -> Result<Self, sqlx::Error>;
}

fn none(column: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: "nothing is there".into() }
}

macro_rules! cells {
    ($($kind:ty, $read:ident;)*) => {
        $(
            impl<'r> Cell<'r> for Option<$kind> {
                fn of<R: Record>(row: &'r R, column: &str) -> Result<Self, sqlx::Error> {
                    row.$read(column)
                }
            }

            impl<'r> Cell<'r> for $kind {
                fn of<R: Record>(row: &'r R, column: &str) -> Result<Self, sqlx::Error> {
                    row.$read(column)?.ok_or_else(|| none(column))
                }
            }
        )*
    };
}

cells! {
    &'r str, text;
    i64, integer;
    f64, real;
    bool, truth;
}

macro_rules! small_numbers {
    ($($kind:ty),*) => {
        $(
            impl<'r> Cell<'r> for Option<$kind> {
                fn of<R: Record>(row: &'r R, column: &str) -> Result<Self, sqlx::Error> {
                    let number = row.integer(column)?.map(<$kind>::try_from).transpose();
                    number.map_err(|e| sqlx::Error::ColumnDecode {
                        index: column.to_owned(),
                        source: e.into(),
                    })
                }
            }

            impl<'r> Cell<'r> for $kind {
                fn of<R: Record>(row: &'r R, column: &str) -> Result<Self, sqlx::Error> {
                    Option::<$kind>::of(row, column)?.ok_or_else(|| none(column))
                }
            }
        )*
    };
}

small_numbers!(u8, u16, u32);

impl<'r> Cell<'r> for String {
    fn of<R: Record>(row: &'r R, column: &str) -> Result<Self, sqlx::Error> {
        <&str>::of(row, column).map(str::to_owned)
    }
}

impl<'r> Cell<'r> for Option<String> {
    fn of<R: Record>(row: &'r R, column: &str) -> Result<Self, sqlx::Error> {
        Ok(row.text(column)?.map(str::to_owned))
    }
}

/// A store whose rows are read; faults name it.
pub(crate) trait Answers {
    type Row: Record;

    /// The error of the database as one of the store.
    fn failed(&self, error: sqlx::Error) -> StoreError;
    /// A value that cannot be read back.
    fn corrupt(&self, what: &'static str, reason: impl ToString) -> StoreError;

    /// A column of a row.
    fn get<'r, T: Cell<'r>>(&self, row: &'r Self::Row, column: &str) -> Result<T, StoreError> {
        T::of(row, column).map_err(|e| self.failed(e))
    }

    fn parsed<T>(&self, row: &Self::Row, column: &'static str) -> Result<T, StoreError>
    where
        T: FromStr<Err: ToString>,
    {
        self.get::<&str>(row, column)?.parse().map_err(|e: T::Err| self.corrupt(column, e))
    }

    fn parsed_maybe<T>(
        &self,
        row: &Self::Row,
        column: &'static str,
    ) -> Result<Option<T>, StoreError>
    where
        T: FromStr<Err: ToString>,
    {
        let text: Option<&str> = self.get(row, column)?;
        text.map(|t| t.parse().map_err(|e: T::Err| self.corrupt(column, e))).transpose()
    }

    /// A value that is stored by its stable name.
    fn keyed<T>(
        &self,
        row: &Self::Row,
        column: &'static str,
        from: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let key: &str = self.get(row, column)?;
        from(key).ok_or_else(|| self.corrupt(column, format!("`{key}` is unknown")))
    }

    fn boxed(&self, row: &Self::Row, column: &str) -> Result<Box<str>, StoreError> {
        self.get::<&str>(row, column).map(Into::into)
    }

    fn boxed_maybe(&self, row: &Self::Row, column: &str) -> Result<Option<Box<str>>, StoreError> {
        self.get::<Option<&str>>(row, column).map(|t| t.map(Into::into))
    }

    /// A count, which is no less than nothing.
    fn count(&self, row: &Self::Row, column: &str) -> Result<u64, StoreError> {
        self.get::<i64>(row, column).map(i64::cast_unsigned)
    }

    /// The shape in a column; `None` without one, or where it is empty.
    fn shape(
        &self,
        row: &Self::Row,
        column: &str,
    ) -> Result<Option<MultiPolygon<f64>>, StoreError> {
        let wkb = row.geometry(column).map_err(|e| self.failed(e))?;
        let shape = wkb.map(|wkb| wkb?.shape()).transpose();
        shape.map(Option::flatten).map_err(|e| self.corrupt("shape", e))
    }

    /// The point in a column; `None` without one.
    fn point(&self, row: &Self::Row, column: &str) -> Result<Option<LonLat>, StoreError> {
        let wkb = row.geometry(column).map_err(|e| self.failed(e))?;
        wkb.map(|wkb| wkb?.point()).transpose().map_err(|e| self.corrupt("point", e))
    }
}
