//! Which columns of a table hold parts of an address, by their headings.

use diachiso_model::{AddressField, Field as _};
use diachiso_text::point_cell;

use crate::{Mapping, MappingFile, Row, RowBlock, SourceError, map_columns_with};

/// Columns of a table by what they hold.
#[derive(Clone, Debug)]
pub struct AddressColumns {
    mapping: Mapping<AddressField>,
}

/// The cells of a position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PositionCells<'r> {
    /// Latitude, or northing in metres.
    pub latitude: &'r str,
    /// Longitude, or easting in metres.
    pub longitude: &'r str,
    /// Coordinate system as stated.
    pub system: &'r str,
}

impl AddressColumns {
    /// Finds the heading among the first rows, as that of a file of submissions is found.
    ///
    /// # Errors
    /// [`SourceError`] (F02) when no row is a heading of addresses, or the mapping file fits none.
    pub fn find(name: &str, block: &RowBlock, mapping: &MappingFile) -> Result<Self, SourceError> {
        Ok(Self { mapping: map_columns_with(name, block, mapping)? })
    }

    /// Number of the heading's last row.
    #[must_use]
    pub fn header_row(&self) -> u32 {
        self.mapping.header_row()
    }

    /// The heading of each column as it stands.
    #[must_use]
    pub fn heading(&self) -> &[String] {
        self.mapping.header()
    }

    /// The cell of a field; empty where there is no such column.
    #[must_use]
    pub fn get<'r>(&self, row: Row<'r>, field: AddressField) -> &'r str {
        self.mapping.get(row, field).trim()
    }

    /// Whether there is a column of a field.
    #[must_use]
    pub fn has(&self, field: AddressField) -> bool {
        self.mapping.column(field).is_some()
    }

    /// Whether a column says something of an address: not of a point, a day or the name of a place alone.
    #[must_use]
    pub fn tell_addresses(&self) -> bool {
        AddressField::ALL.iter().any(|field| *field <= AddressField::Code && self.has(*field))
    }

    /// The cells of a row's position: latitude and longitude, else the parts of the one cell that holds both.
    #[must_use]
    pub fn position<'r>(&self, row: Row<'r>) -> PositionCells<'r> {
        let get = |field| self.get(row, field);
        let (latitude, longitude) = (get(AddressField::Latitude), get(AddressField::Longitude));
        let system = get(AddressField::System);
        let missing = latitude.is_empty() && longitude.is_empty();
        match missing.then(|| point_cell::split(get(AddressField::Position))).flatten() {
            Some(whole) => {
                PositionCells { latitude: whole.latitude, longitude: whole.longitude, system }
            }
            None => PositionCells { latitude, longitude, system },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(block: &RowBlock) -> Result<AddressColumns, SourceError> {
        AddressColumns::find("a.csv", block, &MappingFile::default())
    }

    #[test]
    fn the_heading_is_found_under_a_letterhead() {
        let mut block = RowBlock::new();
        block.push_row(1, ["UBND xã", "", ""]);
        block.push_row(2, ["STT", "Số nhà", "Tên đường", "Xã/Phường"]);
        block.push_row(3, ["1", "31", " Cao Bá Quát ", "P. Gia Hội"]);
        let columns = find(&block).expect("a heading");
        assert_eq!(columns.header_row(), 2);
        assert_eq!(columns.get(block.row(2), AddressField::Street), "Cao Bá Quát");
        assert_eq!(columns.get(block.row(2), AddressField::Village), "");
        assert!(columns.has(AddressField::HouseNumber) && !columns.has(AddressField::Line));
        assert!(columns.tell_addresses());
    }

    #[test]
    fn one_column_is_enough_and_a_position_may_stand_in_one_cell() {
        let mut block = RowBlock::new();
        block.push_row(1, ["Địa chỉ", "Tọa độ"]);
        block.push_row(2, ["Quảng Phú", "16.5, 107.5"]);
        let columns = find(&block).expect("a heading");
        let cells = PositionCells { latitude: "16.5", longitude: "107.5", system: "" };
        assert_eq!(columns.position(block.row(1)), cells);
        let mut block = RowBlock::new();
        block.push_row(1, ["q"]);
        assert!(find(&block).expect("a heading").tell_addresses());
    }

    #[test]
    fn a_table_without_addresses_has_no_heading() {
        let mut block = RowBlock::new();
        block.push_row(1, ["a", "b"]);
        assert!(find(&block).is_err());
    }
}
