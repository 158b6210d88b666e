//! What is asked.

use diachiso_model::{Date, UnitId};

use crate::tokens::{Column, MAX_TOKENS, Tokens};

/// Longest text of one column, in bytes: ten times a long address.
pub const MAX_TEXT_BYTES: usize = 2_000;

/// An address, in one text or in columns; what is not stated is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<'a> {
    /// Free text.
    pub text: &'a str,
    /// House number, perhaps with its alley: `22/31`.
    pub number: &'a str,
    /// Alley.
    pub alley: &'a str,
    /// Street.
    pub street: &'a str,
    /// Village or urban group.
    pub village: &'a str,
    /// Commune.
    pub commune: &'a str,
    /// District.
    pub district: &'a str,
    /// Postal code of the commune, such as the first five digits of an address code.
    pub postal: Option<u32>,
    /// The commune, of any period, around a point that is known.
    pub within: Option<UnitId>,
    /// Day on which the address was written; today if unknown.
    pub on: Option<Date>,
    /// Who is to see the answer.
    pub audience: Audience,
}

/// Who is to see an answer: known houses are personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Audience {
    /// Anybody: houses count that reference files name, and streets and villages of several houses.
    #[default]
    Public,
    /// Somebody who may see where households live.
    Entitled,
}

/// A query that is too long to be an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A column with too many bytes.
    #[error(
        "địa chỉ dài {bytes} byte, tối đa {MAX_TEXT_BYTES} / an address of {bytes} bytes, at most {MAX_TEXT_BYTES}"
    )]
    TooLong {
        /// Bytes of the column.
        bytes: usize,
    },
    /// Too many words in all columns.
    #[error("địa chỉ quá {MAX_TOKENS} từ / an address of more than {MAX_TOKENS} words")]
    TooManyWords,
}

impl<'a> Query<'a> {
    /// A query of free text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self { text, ..Self::default() }
    }

    pub(crate) fn columns(&self) -> [(&'a str, Column); 7] {
        [
            (self.text, Column::Any),
            (self.number, Column::Number),
            (self.alley, Column::Alley),
            (self.street, Column::Street),
            (self.village, Column::Village),
            (self.commune, Column::Commune),
            (self.district, Column::District),
        ]
    }

    /// The text of a column.
    pub(crate) fn column(&self, column: Column) -> &'a str {
        self.columns().into_iter().find(|(_, c)| *c == column).map_or("", |(text, _)| text)
    }

    pub(crate) fn cut(&self, tokens: &mut Tokens) -> Result<(), QueryError> {
        tokens.clear();
        for (text, column) in self.columns() {
            if text.len() > MAX_TEXT_BYTES {
                return Err(QueryError::TooLong { bytes: text.len() });
            }
            tokens.push(text, column);
        }
        tokens.seal();
        if tokens.overflow { Err(QueryError::TooManyWords) } else { Ok(()) }
    }
}
