//! Records as columns.

use crate::TextColumn;

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A text; the empty one states nothing.
    Text(&'a str),
    /// A number; not-a-number states nothing. A date is a number of days.
    Number(f64),
    /// A position, longitude and latitude in degrees; not-a-number states nothing.
    Point([f64; 2]),
}

/// The cells of one column.
#[derive(Clone, Debug)]
pub enum Column {
    /// Texts.
    Text(TextColumn),
    /// Numbers, or days; not-a-number where nothing is stated.
    Number(Vec<f64>),
    /// Positions, longitude and latitude in degrees; not-a-number where nothing is stated.
    Point(Vec<[f64; 2]>),
}

impl Column {
    /// An empty column of the kind of `like`.
    fn like(like: &Self) -> Self {
        match like {
            Self::Text(_) => Self::Text(TextColumn::with_capacity(0)),
            Self::Number(_) => Self::Number(Vec::new()),
            Self::Point(_) => Self::Point(Vec::new()),
        }
    }

    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(texts) => texts.codes().len(),
            Self::Number(numbers) => numbers.len(),
            Self::Point(points) => points.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the cell of a row states.
    #[must_use]
    pub fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Text(texts) => Cell::Text(texts.value(texts.codes()[row])),
            Self::Number(numbers) => Cell::Number(numbers[row]),
            Self::Point(points) => Cell::Point(points[row]),
        }
    }

    /// Makes room for so many more cells.
    pub fn reserve(&mut self, rows: usize) {
        match self {
            Self::Text(texts) => texts.reserve(rows),
            Self::Number(numbers) => numbers.reserve(rows),
            Self::Point(points) => points.reserve(rows),
        }
    }

    /// Adds a cell.
    ///
    /// # Errors
    /// When the cell is of another kind than the column.
    pub fn push(&mut self, cell: Cell<'_>) -> Result<(), TableError> {
        match (self, cell) {
            (Self::Text(texts), Cell::Text(text)) => texts.push(text),
            (Self::Number(numbers), Cell::Number(number)) => numbers.push(number),
            (Self::Point(points), Cell::Point(point)) => points.push(point),
            _ => return Err(TableError::Kind),
        }
        Ok(())
    }
}

impl Column {
    /// Adds the last cell again; one that states nothing where there is none.
    pub fn repeat(&mut self) {
        match self {
            Self::Text(texts) => texts.repeat(),
            Self::Number(numbers) => numbers.push(numbers.last().copied().unwrap_or(f64::NAN)),
            Self::Point(points) => points.push(points.last().copied().unwrap_or([f64::NAN; 2])),
        }
    }
}

/// Why columns are no table, or a row does not fit one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Columns of several lengths.
    #[error("column {column} has {found} cells and the first column {expected}")]
    Length {
        /// Which column, from 0.
        column: usize,
        /// Its length.
        found: usize,
        /// That of the first.
        expected: usize,
    },
    /// A row with more or fewer cells than there are columns.
    #[error("a row of {found} cells for {expected} columns")]
    Width {
        /// Cells given.
        found: usize,
        /// Columns.
        expected: usize,
    },
    /// A cell of another kind than its column.
    #[error("a cell of another kind than its column")]
    Kind,
    /// More rows than a row number can tell apart.
    #[error("more than {max} records")]
    Rows {
        /// The most that are taken.
        max: usize,
    },
}

/// Most records of a table: a row number is a `u32`.
pub const RECORDS_MAX: usize = u32::MAX as usize - 1;

/// Records, column by column, in the order of the columns of a [`crate::Model`].
#[derive(Clone, Debug, Default)]
pub struct Table {
    columns: Vec<Column>,
    names: Vec<u64>,
}

impl Table {
    /// A table of columns of one length, whose records are named by their rows.
    ///
    /// # Errors
    /// When the lengths differ or there are more than [`RECORDS_MAX`] records.
    pub fn new(columns: Vec<Column>) -> Result<Self, TableError> {
        let rows = columns.first().map_or(0, Column::len);
        Self::named(columns, (0..rows as u64).collect())
    }

    /// A table of columns of one length with a name for each record, such as the hash of its identifier. Ties are broken
    /// by name, so that results do not depend on the order of records.
    ///
    /// # Errors
    /// When the lengths differ or there are more than [`RECORDS_MAX`] records.
    pub fn named(columns: Vec<Column>, names: Vec<u64>) -> Result<Self, TableError> {
        let expected = names.len();
        if expected > RECORDS_MAX {
            return Err(TableError::Rows { max: RECORDS_MAX });
        }
        match columns.iter().position(|c| c.len() != expected) {
            None => Ok(Self { columns, names }),
            Some(column) => {
                let found = columns[column].len();
                Err(TableError::Length { column, found, expected })
            }
        }
    }

    /// A table of the same kinds of columns, without records.
    #[must_use]
    pub fn empty_like(&self) -> Self {
        Self { columns: self.columns.iter().map(Column::like).collect(), names: Vec::new() }
    }

    /// Adds a record of this name; all or none of its cells are added.
    ///
    /// # Errors
    /// When it has another number or other kinds of cells than the table.
    pub fn push(&mut self, name: u64, row: &[Cell<'_>]) -> Result<(), TableError> {
        if row.len() != self.columns.len() {
            return Err(TableError::Width { found: row.len(), expected: self.columns.len() });
        }
        if self.len() == RECORDS_MAX {
            return Err(TableError::Rows { max: RECORDS_MAX });
        }
        let fits = |(column, cell): (&Column, &Cell<'_>)| {
            matches!(
                (column, cell),
                (Column::Text(_), Cell::Text(_))
                    | (Column::Number(_), Cell::Number(_))
                    | (Column::Point(_), Cell::Point(_))
            )
        };
        if !self.columns.iter().zip(row).all(fits) {
            return Err(TableError::Kind);
        }
        self.names.push(name);
        self.columns.iter_mut().zip(row).try_for_each(|(column, cell)| column.push(*cell))
    }

    /// How many records it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What its records are called.
    #[must_use]
    pub fn names(&self) -> &[u64] {
        &self.names
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}
