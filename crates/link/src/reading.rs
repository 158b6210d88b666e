//! Cells of a file to cells of a table, by the kind of their column.

use diachiso_text::{date, fold, number, phone};

use crate::{Cell, Column, Kind, TextBatch, TextColumn};

impl Kind {
    /// An empty column of this kind with room for `rows` cells.
    #[must_use]
    pub fn column(self, rows: usize) -> Column {
        match self {
            Self::Text | Self::Name | Self::Phone => Column::Text(TextColumn::with_capacity(rows)),
            Self::Number | Self::Date => Column::Number(Vec::with_capacity(rows)),
            Self::Point => Column::Point(Vec::with_capacity(rows)),
        }
    }

    /// Adds to a column of this kind what the cells of one record say: two cells, latitude and longitude, for a point,
    /// one for everything else. What cannot be read states nothing; the answer tells whether it could be read.
    pub fn push(self, column: &mut Column, cells: [&str; 2]) -> bool {
        self.push_all(column, [cells], &mut TextBatch::default()) == 0
    }

    /// [`Kind::push`] for the cells of many records, which is faster than one by one: how many could not be read. `batch`
    /// is empty before and afterwards.
    pub fn push_all<'c>(
        self,
        column: &mut Column,
        rows: impl IntoIterator<Item = [&'c str; 2]>,
        batch: &mut TextBatch,
    ) -> u64 {
        let mut unreadable = 0;
        // Records come street by street: most cells of a place repeat the one above.
        let mut above: Option<([&str; 2], bool)> = None;
        for cells in rows {
            let read = match above {
                Some((same, read)) if same == cells => {
                    match column {
                        Column::Text(_) => batch.repeat(),
                        Column::Number(_) | Column::Point(_) => column.repeat(),
                    }
                    read
                }
                _ => self.push_one(column, cells, batch),
            };
            unreadable += u64::from(!read);
            above = Some((cells, read));
        }
        if let Column::Text(texts) = column {
            texts.append(batch);
        }
        unreadable
    }

    /// Adds a cell, a text to the batch; tells whether it could be read.
    fn push_one(self, column: &mut Column, cells: [&str; 2], batch: &mut TextBatch) -> bool {
        let cell = cells[0].trim();
        let (number, lost) = match self {
            Self::Text => {
                batch.push(cell);
                return true;
            }
            Self::Name => {
                let key = fold::strong_key(cell);
                batch.push(&key);
                return !key.is_empty() || cell.is_empty();
            }
            Self::Phone => return push_phone(batch, cell),
            Self::Number => real(number::parse_decimal(cell).map(|d| d.value), cell),
            Self::Date => real(day(cell), cell),
            Self::Point => {
                let of = |text: &str| number::parse_decimal(text.trim()).map(|d| d.value);
                let at = of(cells[1]).zip(of(cells[0]));
                let at = at.filter(|(lon, lat)| lon.abs() <= 180.0 && lat.abs() <= 90.0);
                let point = at.map_or([f64::NAN; 2], |(lon, lat)| [lon, lat]);
                let stated = !(cell.is_empty() && cells[1].trim().is_empty());
                (Cell::Point(point), at.is_none() && stated)
            }
        };
        column.push(number).is_ok() && !lost
    }
}

fn real(value: Option<f64>, cell: &str) -> (Cell<'static>, bool) {
    (Cell::Number(value.unwrap_or(f64::NAN)), value.is_none() && !cell.is_empty())
}

/// Days since 1970-01-01.
fn day(cell: &str) -> Option<f64> {
    let date = match date::parse(cell) {
        date::DateOutcome::Valid { date, .. } => date,
        date::DateOutcome::Empty | date::DateOutcome::Impossible => return None,
    };
    let epoch = jiff::civil::date(1970, 1, 1);
    date.since((jiff::Unit::Day, epoch)).ok().map(|span| f64::from(span.get_days()))
}

fn push_phone(batch: &mut TextBatch, cell: &str) -> bool {
    if let phone::PhoneOutcome::Valid { digits, .. } = phone::parse(cell) {
        batch.push(&phone::display(digits));
        return true;
    }
    batch.push("");
    cell.is_empty()
}
