//! A file in which people say which column is which, where the headings do not.

use crate::row_block::MAX_COLUMNS;
use diachiso_model::{Field, SubmissionField};
use std::str::FromStr;
use toml_edit::{Document, Item, Table, Value};

/// Largest mapping file: 64 KiB, a line for each of the columns that a file may have.
pub const MAX_MAPPING_FILE_BYTES: usize = 64 << 10;

/// The table of columns.
const COLUMNS: &str = "columns";

/// The row of the heading.
const HEADING_ROW: &str = "heading_row";

/// Which column is which, by the keys of the fields; it fits files of either kind until it is
/// used on one.
///
/// ```toml
/// # Number of the row in which the heading ends; 0 where the file has none. Found when left out.
/// heading_row = 4
///
/// [columns]
/// head = "Tên hộ"         # the heading as it stands in the file
/// latitude = "G"          # or the column's letter
/// longitude = 8           # or its number, from 1
/// poverty = false         # or: no column, whatever its heading says
/// ```
///
/// A text names the column whose heading it is, as it stands in the file or but for accents and
/// case; only where there is none it is read as a letter.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct MappingFile {
    heading_row: Option<u32>,
    columns: Vec<(String, Choice)>,
}

/// What a mapping file says of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Choice {
    /// The column with this heading, or else of these letters.
    Heading(String),
    /// The column at this place, counted from 0.
    Column(usize),
    /// No column.
    Nothing,
}

/// A mapping file read for a kind of file.
pub(crate) struct Overrides<F> {
    pub(crate) heading_row: Option<u32>,
    pub(crate) choices: Vec<(F, Choice)>,
}

/// Why a mapping file cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MappingFileError {
    /// The file is no TOML.
    #[error("the mapping file is no TOML: {reason}")]
    Syntax {
        /// The parser's word, with line and column.
        reason: String,
    },
    /// The file is too large to be one.
    #[error("the mapping file is larger than {} KiB", MAX_MAPPING_FILE_BYTES >> 10)]
    TooLarge,
    /// A part of the file that has no meaning.
    #[error("`{key}` means nothing in a mapping file: it has `heading_row` and `[columns]`")]
    UnknownPart {
        /// The name.
        key: String,
    },
    /// A value that names no column.
    #[error(
        "`{key} = {value}` names no column: give the heading in quotes, the column's letter in \
         quotes, its number from 1 to {MAX_COLUMNS}, or false for none"
    )]
    BadValue {
        /// The field's key.
        key: String,
        /// The value as written.
        value: String,
    },
    /// A heading row that is no row number.
    #[error("`heading_row = {value}` is no row number: give 0 where there is no heading")]
    BadHeadingRow {
        /// The value as written.
        value: String,
    },
    /// A key that no field of this kind of file has.
    #[error("`{key}` is no field of this kind of file; its fields are {}", known.join(", "))]
    UnknownField {
        /// The key.
        key: String,
        /// The keys that there are.
        known: Vec<&'static str>,
    },
    /// A heading that the file does not have.
    #[error("no column has the heading `{heading}`: write it as it stands in the file")]
    NoSuchHeading {
        /// The heading.
        heading: String,
    },
    /// A heading that several columns have.
    #[error(
        "the heading `{heading}` stands over columns {} and {}: give the column's letter",
        columns[0], columns[1]
    )]
    HeadingTwice {
        /// The heading.
        heading: String,
        /// Letters of the first two columns.
        columns: [String; 2],
    },
    /// A column beyond the last.
    #[error("there is no column {column}: the file has {width}")]
    NoSuchColumn {
        /// Number of the column, from 1.
        column: usize,
        /// How many columns the file has.
        width: usize,
    },
    /// One column for two fields.
    #[error(
        "column {column} (`{heading}`) is given to both `{}` and `{}`: a column has one meaning",
        fields[0], fields[1]
    )]
    ColumnTwice {
        /// Number of the column, from 1.
        column: usize,
        /// Its heading.
        heading: String,
        /// Keys of the fields.
        fields: [&'static str; 2],
    },
    /// A column of identity numbers for a field that is kept as it stands.
    #[error(
        "column {column} (`{heading}`) holds identity numbers, which are kept sealed or not at all: give `{field}` \
         another column"
    )]
    Identity {
        /// Number of the column, from 1.
        column: usize,
        /// Its heading.
        heading: String,
        /// Key of the field.
        field: &'static str,
    },
    /// A heading row that is not among the first rows.
    #[error("row {row} is blank or not among the first {rows} rows: check `heading_row`")]
    NoSuchRow {
        /// The row.
        row: u32,
        /// Rows looked at.
        rows: usize,
    },
    /// Columns by letter alone, in a file whose heading nobody knows.
    #[error("the heading is not found: give its row as `heading_row`, 0 where there is none")]
    NoHeading,
}

impl MappingFile {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Says as well which heading is that of a field; what it said of the field before is forgotten.
    pub fn name_column<F: Field>(&mut self, field: F, heading: &str) {
        self.columns.retain(|(key, _)| key != field.key());
        self.columns.push((field.key().to_owned(), Choice::Heading(heading.to_owned())));
    }

    /// What it says of the fields of another kind of file: a mapping for submissions serves for the addresses in them,
    /// and what it says of names and telephones is left out. A key that is no field of either stays, to be refused.
    #[must_use]
    pub fn of_submissions_for<F: Field>(&self) -> Self {
        fn has<F: Field>(key: &str) -> bool {
            F::ALL.iter().any(|field| field.key() == key)
        }
        let mut mapping = self.clone();
        mapping.columns.retain(|(key, _)| has::<F>(key) || !has::<SubmissionField>(key));
        mapping
    }

    pub(crate) fn overrides<F: Field>(&self) -> Result<Overrides<F>, MappingFileError> {
        let field = |key: &String| {
            F::ALL.iter().copied().find(|field| field.key() == key).ok_or_else(|| {
                MappingFileError::UnknownField {
                    key: key.clone(),
                    known: F::ALL.iter().map(|field| field.key()).collect(),
                }
            })
        };
        let choices: Result<Vec<_>, MappingFileError> =
            self.columns.iter().map(|(key, choice)| Ok((field(key)?, choice.clone()))).collect();
        Ok(Overrides { heading_row: self.heading_row, choices: choices? })
    }
}

impl FromStr for MappingFile {
    type Err = MappingFileError;

    /// Reads the text of a mapping file.
    ///
    /// # Errors
    /// [`MappingFileError`] when it is no TOML or holds something else than a mapping; whether its
    /// fields and columns exist shows when it meets a file.
    fn from_str(text: &str) -> Result<Self, MappingFileError> {
        if text.len() > MAX_MAPPING_FILE_BYTES {
            return Err(MappingFileError::TooLarge);
        }
        let text = text.trim_start_matches('\u{FEFF}');
        let document = Document::parse(text)
            .map_err(|error| MappingFileError::Syntax { reason: one_line(&error.to_string()) })?;
        let mut mapping = Self::default();
        for (key, item) in document.as_table() {
            match (key, item) {
                (COLUMNS, Item::Table(table)) => mapping.columns = columns(text, table)?,
                (HEADING_ROW, item) => mapping.heading_row = Some(heading_row(text, item)?),
                _ => return Err(MappingFileError::UnknownPart { key: key.to_owned() }),
            }
        }
        Ok(mapping)
    }
}

fn columns(text: &str, table: &Table) -> Result<Vec<(String, Choice)>, MappingFileError> {
    let choice = |key: &str, item: &Item| {
        let bad =
            || MappingFileError::BadValue { key: key.to_owned(), value: as_written(text, item) };
        Ok(match item.as_value().ok_or_else(bad)? {
            Value::String(heading) if !heading.value().trim().is_empty() => {
                Choice::Heading(heading.value().clone())
            }
            Value::Integer(number) => match usize::try_from(*number.value()) {
                Ok(number @ 1..=MAX_COLUMNS) => Choice::Column(number - 1),
                _ => return Err(bad()),
            },
            Value::Boolean(chosen) if !chosen.value() => Choice::Nothing,
            _ => return Err(bad()),
        })
    };
    table.iter().map(|(key, item)| Ok((key.to_owned(), choice(key, item)?))).collect()
}

fn heading_row(text: &str, item: &Item) -> Result<u32, MappingFileError> {
    item.as_integer()
        .and_then(|row| u32::try_from(row).ok())
        .ok_or_else(|| MappingFileError::BadHeadingRow { value: as_written(text, item) })
}

fn as_written(text: &str, item: &Item) -> String {
    item.span().and_then(|span| text.get(span)).unwrap_or("a table").trim().to_owned()
}

/// The parser draws the line in question over several lines; a message is one.
fn one_line(message: &str) -> String {
    let words = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.contains(" | ") && !line.starts_with('|'));
    words.collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use diachiso_model::{AddressField, SubmissionField as S};

    #[test]
    fn a_mapping_file_names_columns_by_heading_letter_number_or_not_at_all() {
        let file: MappingFile = "heading_row = 4 # letterhead\n[columns]\nhead = \"Tên hộ\"\n\
             latitude = \"G\"\nlongitude = 8\npoverty = false\n"
            .parse()
            .expect("parses");
        let overrides = file.overrides::<S>().expect("all are fields");
        assert_eq!(overrides.heading_row, Some(4));
        let expected = [
            (S::Head, Choice::Heading("Tên hộ".to_owned())),
            (S::Latitude, Choice::Heading("G".to_owned())),
            (S::Longitude, Choice::Column(7)),
            (S::Poverty, Choice::Nothing),
        ];
        assert_eq!(overrides.choices, expected);
        assert!("".parse::<MappingFile>().expect("parses").is_empty());
    }

    #[test]
    fn a_mapping_for_submissions_serves_for_their_addresses() {
        let file: MappingFile =
            "[columns]\nhead = 1\nvillage = 2\naddress = 3\n".parse().expect("parses");
        let choices = |file: &MappingFile| file.overrides::<AddressField>().map(|o| o.choices);
        assert!(choices(&file).is_err(), "a head is no part of an address");
        let expected = vec![
            (AddressField::Village, Choice::Column(1)),
            (AddressField::Line, Choice::Column(2)),
        ];
        assert_eq!(choices(&file.of_submissions_for::<AddressField>()), Ok(expected));
        let file: MappingFile = "[columns]\nhaed = 1".parse().expect("parses");
        assert!(choices(&file.of_submissions_for::<AddressField>()).is_err());
    }

    #[test]
    fn what_is_no_mapping_is_refused_in_words() {
        #[track_caller]
        fn check(text: &str, words: &[&str]) {
            let error = text.parse::<MappingFile>().expect_err("is refused").to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
        check("[columns\nhead = 1", &["no TOML", "line 1"]);
        check("[columns]\nhead = 1\nhead = 2", &["no TOML", "line 3", "duplicate"]);
        check("colums = 1", &["`colums`", "[columns]"]);
        check("columns = 1", &["`columns`"]);
        check("heading_row = -1", &["`heading_row = -1`"]);
        check("heading_row = \"x\"", &["`heading_row = \"x\"`"]);
        for value in ["0", "1001", "true", "\"\"", "1.5", "[1]"] {
            check(&format!("[columns]\nhead = {value}"), &[&format!("`head = {value}`"), "number"]);
        }
        check("[columns.head]\nx = 1", &["`head = "]);
        check(&"#".repeat(MAX_MAPPING_FILE_BYTES + 1), &["64 KiB"]);
    }

    #[test]
    fn a_key_that_is_no_field_is_named_beside_those_that_are() {
        let file: MappingFile = "[columns]\nhaed = 1".parse().expect("parses");
        let error = file.overrides::<S>().err().expect("is refused").to_string();
        assert!(error.contains("`haed`") && error.contains("head, "), "{error}");
    }
}
