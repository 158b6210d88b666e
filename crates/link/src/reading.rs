//! Cells of a file to cells of a table, by the kind of their column.

use diachiso_text::{date, fold, number, phone};

use crate::{Cell, Column, Kind, TextColumn};

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
    /// one for everything else. What cannot be read states nothing; the answer tells whether anything was lost so.
    pub fn push(self, column: &mut Column, cells: [&str; 2]) -> bool {
        let cell = cells[0].trim();
        let (parsed, lost) = match self {
            Self::Text => (Cell::Text(cell), false),
            Self::Name => {
                let key = fold::strong_key(cell);
                return column.push(Cell::Text(&key)).is_ok()
                    && (!key.is_empty() || cell.is_empty());
            }
            Self::Phone => return push_phone(column, cell),
            Self::Number => real(number::parse_decimal(cell).map(|d| d.value), cell),
            Self::Date => real(day(cell), cell),
            Self::Point => {
                let of = |text: &str| number::parse_decimal(text.trim()).map(|d| d.value);
                let at = of(cells[1]).zip(of(cells[0]));
                let at = at.filter(|(lon, lat)| lon.abs() <= 180.0 && lat.abs() <= 90.0);
                let point = at.map_or([f64::NAN; 2], |(lon, lat)| [lon, lat]);
                (
                    Cell::Point(point),
                    at.is_none() && !(cell.is_empty() && cells[1].trim().is_empty()),
                )
            }
        };
        column.push(parsed).is_ok() && !lost
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

fn push_phone(column: &mut Column, cell: &str) -> bool {
    match phone::parse(cell) {
        phone::PhoneOutcome::Valid { digits, .. } => {
            column.push(Cell::Text(&phone::display(digits))).is_ok()
        }
        _ => column.push(Cell::Text("")).is_ok() && cell.is_empty(),
    }
}
