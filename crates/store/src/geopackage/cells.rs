//! Values of a row, bound to a statement or taken down for a digest.

use std::sync::Arc;

use sqlx::{Encode, Sqlite, Type, sqlite::SqliteArguments};

/// Where the values of a row go.
pub(super) enum Cells<'a> {
    /// Into a text that is the same for the same values alone.
    Taken(&'a mut Vec<u8>),
    /// Into a statement.
    Bound(&'a mut SqliteArguments),
}

impl Cells<'_> {
    /// Appends a value to the row.
    pub(super) fn put<'v, T>(&mut self, value: T) -> &mut Self
    where
        T: Encode<'v, Sqlite> + Type<Sqlite> + Told,
    {
        match self {
            Self::Taken(bytes) => value.tell(bytes),
            Self::Bound(values) => {
                sqlx::Arguments::add(&mut **values, value).expect("plain values always encode");
            }
        }
        self
    }

    /// Ends a row of one expression.
    #[expect(clippy::unused_self, reason = "closures that put values end in a statement this way")]
    pub(super) fn done(&mut self) {}
}

/// A value that can be told from every other.
pub(super) trait Told {
    /// Appends it: its length first where that varies.
    fn tell(&self, bytes: &mut Vec<u8>);
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Told for $number {
            fn tell(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
        })*
    };
}

numbers!(i64, u32, u16, u8, f64);

impl Told for bool {
    fn tell(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }
}

impl Told for &[u8] {
    fn tell(&self, bytes: &mut Vec<u8>) {
        bytes.extend((self.len() as u64).to_le_bytes());
        bytes.extend(*self);
    }
}

impl Told for Vec<u8> {
    fn tell(&self, bytes: &mut Vec<u8>) {
        self.as_slice().tell(bytes);
    }
}

impl Told for &str {
    fn tell(&self, bytes: &mut Vec<u8>) {
        self.as_bytes().tell(bytes);
    }
}

impl Told for String {
    fn tell(&self, bytes: &mut Vec<u8>) {
        self.as_bytes().tell(bytes);
    }
}

impl Told for Arc<str> {
    fn tell(&self, bytes: &mut Vec<u8>) {
        self.as_bytes().tell(bytes);
    }
}

impl<T: Told> Told for Option<T> {
    fn tell(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.tell(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(of: impl Fn(&mut Cells<'_>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        of(&mut Cells::Taken(&mut bytes));
        bytes
    }

    #[test]
    fn rows_that_differ_are_taken_down_differently() {
        let rows = [
            taken(|c| c.put("a").put("bc").done()),
            taken(|c| c.put("ab").put("c").done()),
            taken(|c| c.put("abc").put("").done()),
            taken(|c| c.put("abc").put(None::<&str>).done()),
            taken(|c| c.put("abc").put(Some("")).done()),
            taken(|c| c.put(1_i64).put(2_i64).done()),
            taken(|c| c.put(2_i64).put(1_i64).done()),
        ];
        for (at, row) in rows.iter().enumerate() {
            assert!(!rows[..at].contains(row), "{at}");
        }
    }
}
