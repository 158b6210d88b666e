//! Values of a row, bound to a statement, written as text for `copy`, or taken down for a digest.

use std::{io::Write as _, sync::Arc};

use sqlx::{Encode, Sqlite, Type, sqlite::SqliteArguments};

use crate::geometry;

/// Where the values of a row go.
pub(crate) enum Cells<'a> {
    /// Into a text that is the same for the same values alone.
    Taken(&'a mut Vec<u8>),
    /// Into a statement of SQLite.
    Bound(&'a mut SqliteArguments),
    /// Into the text that `copy … from stdin` of `PostgreSQL` reads, a tab after every value.
    Copied(&'a mut Vec<u8>),
}

impl Cells<'_> {
    /// Appends a value to the row.
    pub(crate) fn put<'v, T>(&mut self, value: T) -> &mut Self
    where
        T: Encode<'v, Sqlite> + Type<Sqlite> + Told,
    {
        match self {
            Self::Taken(bytes) => value.tell(bytes),
            Self::Bound(values) => {
                sqlx::Arguments::add(&mut **values, value).expect("plain values always encode");
            }
            Self::Copied(text) => {
                value.copy(text);
                text.push(b'\t');
            }
        }
        self
    }

    /// Appends a geometry, given as the blob of a GeoPackage.
    pub(crate) fn put_geometry(&mut self, blob: Option<Vec<u8>>) -> &mut Self {
        match (&mut *self, &blob) {
            (Self::Copied(text), Some(blob)) => {
                hex(text, &geometry::extended(blob));
                text.push(b'\t');
                self
            }
            _ => self.put(blob),
        }
    }

    /// Ends a row of one expression.
    #[expect(clippy::unused_self, reason = "closures that put values end in a statement this way")]
    pub(crate) fn done(&mut self) {}
}

/// A value that can be told from every other.
pub(crate) trait Told {
    /// Appends it: its length first where that varies.
    fn tell(&self, bytes: &mut Vec<u8>);
    /// Writes it as `copy` reads it.
    fn copy(&self, text: &mut Vec<u8>);
}

/// Appends bytes in hexadecimal.
fn hex(text: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.extend(
        bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]),
    );
}

/// Appends words, escaped. `PostgreSQL` keeps no NUL in a text; readers of files have none left, and one that got in
/// otherwise becomes the character for what cannot be shown.
fn words(text: &mut Vec<u8>, words: &str) {
    for byte in words.bytes() {
        match byte {
            b'\\' => text.extend(b"\\\\"),
            b'\t' => text.extend(b"\\t"),
            b'\n' => text.extend(b"\\n"),
            b'\r' => text.extend(b"\\r"),
            0 => text.extend("\u{FFFD}".as_bytes()),
            _ => text.push(byte),
        }
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Told for $number {
            fn tell(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }

            fn copy(&self, text: &mut Vec<u8>) {
                write!(text, "{self}").expect("memory takes all bytes");
            }
        })*
    };
}

numbers!(i64, u32, u16, u8, f64);

impl Told for bool {
    fn tell(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }

    fn copy(&self, text: &mut Vec<u8>) {
        text.push(if *self { b't' } else { b'f' });
    }
}

impl Told for &[u8] {
    fn tell(&self, bytes: &mut Vec<u8>) {
        bytes.extend((self.len() as u64).to_le_bytes());
        bytes.extend(*self);
    }

    fn copy(&self, text: &mut Vec<u8>) {
        text.extend(b"\\\\x");
        hex(text, self);
    }
}

impl Told for Vec<u8> {
    fn tell(&self, bytes: &mut Vec<u8>) {
        self.as_slice().tell(bytes);
    }

    fn copy(&self, text: &mut Vec<u8>) {
        self.as_slice().copy(text);
    }
}

impl Told for &str {
    fn tell(&self, bytes: &mut Vec<u8>) {
        self.as_bytes().tell(bytes);
    }

    fn copy(&self, text: &mut Vec<u8>) {
        words(text, self);
    }
}

impl Told for String {
    fn tell(&self, bytes: &mut Vec<u8>) {
        self.as_bytes().tell(bytes);
    }

    fn copy(&self, text: &mut Vec<u8>) {
        words(text, self);
    }
}

impl Told for Arc<str> {
    fn tell(&self, bytes: &mut Vec<u8>) {
        self.as_bytes().tell(bytes);
    }

    fn copy(&self, text: &mut Vec<u8>) {
        words(text, self);
    }
}

impl<T: Told> Told for Option<T> {
    fn tell(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.tell(bytes);
        }
    }

    fn copy(&self, text: &mut Vec<u8>) {
        match self {
            Some(value) => value.copy(text),
            None => text.extend(b"\\N"),
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
    fn a_row_is_written_as_copy_reads_it() {
        let mut text = Vec::new();
        let mut cells = Cells::Copied(&mut text);
        cells.put(-7_i64).put(0.5_f64).put(true).put("a\tb\\\n\0").put(None::<&str>).put(Some(""));
        cells.put([0x1f_u8, 0xa0].as_slice()).put_geometry(None);
        let point = diachiso_model::LonLat::new(107.5, 16.5).expect("inside");
        cells.put_geometry(Some(geometry::point_blob(point))).done();
        let point = "0101000020e61000000000000000e05a400000000000803040";
        let expected =
            format!("-7\t0.5\tt\ta\\tb\\\\\\n\u{FFFD}\t\\N\t\t\\\\x1fa0\t\\N\t{point}\t");
        assert_eq!(String::from_utf8(text).expect("a text"), expected);
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
