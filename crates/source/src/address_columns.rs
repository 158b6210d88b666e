//! Which columns of a table hold parts of an address, by their headings.

use diachiso_text::fold::unaccent_key;

use crate::{Row, RowBlock};

/// A part of an address, or what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressPart {
    /// The whole address in one cell.
    Line,
    /// House number.
    Number,
    /// Alley.
    Alley,
    /// Street.
    Street,
    /// Village or urban group.
    Village,
    /// Commune.
    Commune,
    /// District.
    District,
    /// Address code or postal code.
    Code,
    /// Day on which it was written.
    Day,
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
    /// Name of a place.
    Name,
    /// Kind of a place.
    Kind,
}

/// Headings without marks, and what they say.
const HEADINGS: [(&str, AddressPart); 50] = [
    ("dia chi", AddressPart::Line),
    ("dia chi day du", AddressPart::Line),
    ("address", AddressPart::Line),
    ("full address", AddressPart::Line),
    ("q", AddressPart::Line),
    ("so nha", AddressPart::Number),
    ("number", AddressPart::Number),
    ("house number", AddressPart::Number),
    ("housenumber", AddressPart::Number),
    ("addr housenumber", AddressPart::Number),
    ("kiet", AddressPart::Alley),
    ("kiet ngo hem", AddressPart::Alley),
    ("ngo", AddressPart::Alley),
    ("hem", AddressPart::Alley),
    ("alley", AddressPart::Alley),
    ("ten duong", AddressPart::Street),
    ("duong", AddressPart::Street),
    ("duong pho", AddressPart::Street),
    ("street", AddressPart::Street),
    ("addr street", AddressPart::Street),
    ("thon", AddressPart::Village),
    ("thon to dan pho", AddressPart::Village),
    ("to dan pho", AddressPart::Village),
    ("thon tdp", AddressPart::Village),
    ("tdp", AddressPart::Village),
    ("village", AddressPart::Village),
    ("xa", AddressPart::Commune),
    ("phuong", AddressPart::Commune),
    ("xa phuong", AddressPart::Commune),
    ("xa phuong thi tran", AddressPart::Commune),
    ("phuong xa", AddressPart::Commune),
    ("commune", AddressPart::Commune),
    ("ward", AddressPart::Commune),
    ("huyen", AddressPart::District),
    ("huyen thi xa", AddressPart::District),
    ("quan huyen", AddressPart::District),
    ("district", AddressPart::District),
    ("ma dia chi so", AddressPart::Code),
    ("ma buu chinh", AddressPart::Code),
    ("address code", AddressPart::Code),
    ("ngay thu thap", AddressPart::Day),
    ("date", AddressPart::Day),
    ("vi do", AddressPart::Latitude),
    ("lat", AddressPart::Latitude),
    ("latitude", AddressPart::Latitude),
    ("kinh do", AddressPart::Longitude),
    ("lon", AddressPart::Longitude),
    ("longitude", AddressPart::Longitude),
    ("name", AddressPart::Name),
    ("kind", AddressPart::Kind),
];

/// Rows among which the heading is looked for.
pub const ADDRESS_HEADING_ROWS: usize = 30;

/// Columns of a table by what they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressColumns {
    found: Vec<(AddressPart, usize)>,
    /// Number of the heading's row.
    pub header_row: u32,
    /// The heading as it stands.
    pub heading: Vec<String>,
}

impl AddressColumns {
    /// Finds the heading among the first rows: the one with the most columns known, the first of those. `None` where no row
    /// has a column of an address.
    #[must_use]
    pub fn find(block: &RowBlock) -> Option<Self> {
        let rows = block.rows().take(ADDRESS_HEADING_ROWS);
        let best = rows.map(|row| (row, columns(row))).max_by(|(a, left), (b, right)| {
            left.len().cmp(&right.len()).then(b.number.cmp(&a.number))
        });
        let (row, found) = best?;
        let heading = row.cells().map(str::to_owned).collect();
        (!found.is_empty()).then_some(Self { found, header_row: row.number, heading })
    }

    /// The cell of a part; empty where there is no such column.
    #[must_use]
    pub fn get<'r>(&self, row: Row<'r>, part: AddressPart) -> &'r str {
        let column = self.found.iter().find(|(known, _)| *known == part);
        column.map_or("", |(_, column)| row.get(*column).trim())
    }

    /// Whether there is a column of a part.
    #[must_use]
    pub fn has(&self, part: AddressPart) -> bool {
        self.found.iter().any(|(known, _)| *known == part)
    }
}

/// The columns that a row would head, each part once.
fn columns(row: Row<'_>) -> Vec<(AddressPart, usize)> {
    let mut found: Vec<(AddressPart, usize)> = Vec::new();
    for (column, cell) in row.cells().enumerate() {
        let key = unaccent_key(cell);
        if let Some((_, part)) = HEADINGS.iter().find(|(heading, _)| *heading == key)
            && found.iter().all(|(known, _)| known != part)
        {
            found.push((*part, column));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heading_is_found_under_a_letterhead() {
        let mut block = RowBlock::new();
        block.push_row(1, ["UBND xã", "", ""]);
        block.push_row(2, ["STT", "Số nhà", "Tên đường", "Xã/Phường"]);
        block.push_row(3, ["1", "31", " Cao Bá Quát ", "P. Gia Hội"]);
        let columns = AddressColumns::find(&block).expect("a heading");
        assert_eq!(columns.header_row, 2);
        assert_eq!(columns.get(block.row(2), AddressPart::Street), "Cao Bá Quát");
        assert_eq!(columns.get(block.row(2), AddressPart::Village), "");
        assert!(columns.has(AddressPart::Number) && !columns.has(AddressPart::Line));
    }

    #[test]
    fn a_table_without_addresses_has_no_heading() {
        let mut block = RowBlock::new();
        block.push_row(1, ["a", "b"]);
        assert_eq!(AddressColumns::find(&block), None);
    }
}
